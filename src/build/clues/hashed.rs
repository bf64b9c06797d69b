//! Names that a bundler has put a fingerprint into already: `index-B4x9kQ2a.js`, `main.8e3f0a1c.css`.
//!
//! Such a file need not get a second one. Taking a plain name for a hashed one would be much worse: the file
//! would be cached for a year whatever becomes of it. So one name proves nothing: `hero-iPhone15.png` looks
//! the part. Two of a kind in one folder do, if they are scripts or style sheets, and what lies beside them
//! then counts as well; so does a whole digest.

use std::collections::{BTreeMap, BTreeSet};

use crate::build::name::Language;
use crate::manifest::{fingerprint_of, hex};

/// The paths whose names carry a fingerprint, as far as their looks tell.
pub fn hashed<'a>(paths: impl Iterator<Item = &'a str> + Clone) -> BTreeSet<&'a str> {
    let seen = |path: &'a str| {
        token(path).map(|token| (path, (folder(path), token.separator == '/', token.text.len()), token))
    };
    // How many scripts and style sheets of a shape there are in a folder, and whether there are any in the site.
    let mut shapes: BTreeMap<(&str, bool, usize), (BTreeSet<&str>, usize)> = BTreeMap::new();
    for (path, shape, token) in paths.clone().filter_map(seen).filter(|(path, ..)| is_code(path)) {
        let (certain, odd) = shapes.entry(shape).or_default();
        // A source map is the same name once more.
        if token.is_certain() {
            certain.insert(path.strip_suffix(".map").unwrap_or(path));
        }
        *odd += usize::from(token.is_odd());
    }
    let is_known = |shape: &(&str, bool, usize)| {
        shapes.get(shape).is_some_and(|(certain, odd)| certain.len() >= PAIR || *odd >= ENOUGH)
    };
    let in_site: BTreeSet<(bool, usize)> =
        shapes.keys().filter(|shape| is_known(shape)).map(|(_, is_bare, length)| (*is_bare, *length)).collect();
    let is_hashed = |(path, shape, token): &(&str, (&'a str, bool, usize), Token<'a>)| {
        let is_of_site = in_site.contains(&(shape.1, shape.2));
        let is_written = || FOLDERS.iter().any(|folder| is_in(path, folder));
        token.is_digest()
            || (token.is_likely() && is_written())
            || (token.is_likely() && is_known(shape))
            || (token.is_certain() && is_of_site)
    };
    let by_looks = paths.clone().filter_map(seen).filter(is_hashed).map(|(path, ..)| path);
    let is_whole = |path: &&str| WHOLE.iter().any(|folder| is_in(path, folder)) && fingerprint_of(path).is_none();
    by_looks.chain(paths.filter(is_whole)).collect()
}

/// Names whose digits are not those of the bytes, though those of others beside them are, as many of the SHA-256: mdBook digests
/// scripts and style sheets before it puts the names of other files into them. (rustdoc minifies them: those name no others.)
pub fn belied<'a>(files: impl Iterator<Item = (&'a str, &'a [u8; 32])>) -> BTreeSet<&'a str> {
    // By folder and how many digits there are: how many are right, and which are not.
    let mut shapes: BTreeMap<(&str, usize), (usize, Vec<&str>)> = BTreeMap::new();
    for (path, sha256) in files {
        // A source map is named after what it is for.
        let digits = token(path).filter(|token| is_hex(token.text) && !path.ends_with(".map"));
        let Some(token) = digits else { continue };
        let (right, wrong) = shapes.entry((folder(path), token.text.len())).or_default();
        match hex(sha256).starts_with(token.text) {
            true => *right += 1,
            false => wrong.push(path),
        }
    }
    shapes.into_values().filter(|(right, _)| *right >= PAIR).flat_map(|(_, wrong)| wrong).collect()
}

/// What frameworks name after their bytes they put into folders of their own: SvelteKit, Astro, Next, Nuxt.
const FOLDERS: [&str; 4] = ["_app/immutable/", "_astro/", "_next/static/", "_nuxt/"];

/// Folders in which everything is named so, however that looks: Turbopack's names are none that anybody would know. (Beside
/// them lie others, `_next/static/build-id/_buildManifest.js`.)
const WHOLE: [&str; 4] = ["_app/immutable/", "_next/static/chunks/", "_next/static/css/", "_next/static/media/"];

/// Whether a path is in a folder of this name, wherever that lies.
fn is_in(path: &str, folder: &str) -> bool {
    path.starts_with(folder) || path.contains(&["/", folder].concat())
}

/// So many certain names of one shape in one folder are no accident: a script and its style sheet.
const PAIR: usize = 2;

/// So many odd names of one shape in one folder are no accident.
const ENOUGH: usize = 3;

/// Whether a file is what bundlers write, rather than what they copy; of .NET, that is its wasm.
fn is_code(path: &str) -> bool {
    let plain = path.strip_suffix(".map").unwrap_or(path);
    matches!(Language::of(plain), Language::Css | Language::JavaScript) || plain.ends_with(".wasm")
}

/// What may be a fingerprint in a name, and what stands before it.
struct Token<'a> {
    separator: char,
    text: &'a str,
}

/// How long the fingerprints of bundlers are.
const LENGTHS: std::ops::RangeInclusive<usize> = 7..=64;

fn token(path: &str) -> Option<Token<'_>> {
    let name = path.rsplit('/').next()?;
    // Ours is known by its mark, and checked against the bytes.
    if fingerprint_of(path).is_some() {
        return None;
    }
    // A source map is named after what it is for.
    let name = name.strip_suffix(".map").unwrap_or(name);
    let stem = &name[..name.rfind('.')?];
    // rustdoc says of a font what it was made of: `FiraMono-86f75c8c.ttf.woff2`.
    let stem =
        [".chunk", ".lean", ".min", ".otf", ".ttf"].iter().find_map(|word| stem.strip_suffix(word)).unwrap_or(stem);
    // Next says of a font how it is used: `e4af272ccee01ff0-s.p.woff2`.
    let font = ["-s.p", "-s", ".p"].iter().find_map(|word| stem.strip_suffix(word)).filter(|stem| is_hex(stem));
    let stem = font.unwrap_or(stem);
    // The digits of base64url may hold the separators, so the lengths in use are tried first.
    let of_length = |length: usize| {
        let start = stem.len().checked_sub(length).filter(|start| stem.is_char_boundary(*start))?;
        let separator = stem[..start].chars().next_back().filter(|c| matches!(c, '-' | '.' | '_'))?;
        Some(Token { separator, text: &stem[start..] })
    };
    // Seven is as short as it gets, and hexadecimal.
    let is_whole = |token: &Token<'_>| {
        let is_long_enough = token.text.len() > *LENGTHS.start() || is_hex(token.text);
        is_long_enough && token.text.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    let last = stem.rfind(['-', '.', '_']).map(|at| stem.len() - at - 1);
    let plain = last.and_then(of_length).filter(|token| LENGTHS.contains(&token.text.len()) && is_whole(token));
    // A name that is nothing but a digest.
    let bare = || Some(Token { separator: '/', text: stem }).filter(|token| token.is_bare());
    let bare = || bare().filter(|token| LENGTHS.contains(&token.text.len()));
    plain.or_else(|| of_length(8).filter(|token| is_base64url(token.text))).or_else(bare)
}

/// A path up to where the digits begin that a bundler has put into its name; nothing if all of the name may be such.
pub fn before_digits(path: &str) -> Option<&str> {
    token(path).filter(|token| token.separator != '/').and_then(|token| Some(path.rsplit_once(token.text)?.0))
}

fn is_base64url(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

impl Token<'_> {
    fn count(&self, is: impl Fn(&u8) -> bool) -> usize {
        self.text.bytes().filter(|b| is(b)).count()
    }

    /// A whole digest, or most of one: hexadecimal with letters and digits mixed.
    fn is_digest(&self) -> bool {
        let (digits, lower) = (self.count(u8::is_ascii_digit), self.count(u8::is_ascii_lowercase));
        let letters = if self.text.len() >= 20 { 2 } else { 4 };
        self.text.len() >= 16 && is_hex(self.text) && digits >= 4 && lower >= letters && self.turns() >= letters + 2
    }

    /// Whether a whole name may be a fingerprint.
    fn is_bare(&self) -> bool {
        self.is_odd() || is_hex(self.text) || (self.text.len() == 8 && is_base64url(self.text) && self.is_likely())
    }

    /// Hardly anybody writes such a thing by hand: hexadecimal with letters and digits mixed, or letters of both
    /// cases with digits among them that make no words, as long as bundlers make it.
    fn is_certain(&self) -> bool {
        let (digits, upper) = (self.count(u8::is_ascii_digit), self.count(u8::is_ascii_uppercase));
        let lower = self.count(u8::is_ascii_lowercase);
        if self.turns() < 3 || self.text.len() < 8 || (self.separator == '/' && self.text.len() < 16) {
            return false;
        }
        let is_mixed_hex = is_hex(self.text) && digits >= 2 && lower >= 2;
        let is_base32 =
            lower == 0 && self.text.len() == 8 && digits >= 1 && upper >= 4 && !self.text.contains(['-', '_']);
        let is_long_enough = matches!(self.text.len(), 8 | 20..);
        let is_base64 = digits >= 1 && upper >= 1 && lower >= 1 && is_long_enough && !self.is_made_of_words();
        is_mixed_hex || is_base32 || is_base64
    }

    /// Lower case with digits strewn in, or a whole name in the digits of base64: nothing that one name alone would prove.
    fn is_odd(&self) -> bool {
        let (digits, lower) = (self.count(u8::is_ascii_digit), self.count(u8::is_ascii_lowercase));
        let upper = self.count(u8::is_ascii_uppercase);
        let is_base64 = self.separator == '/' && self.text.len() == 8 && is_base64url(self.text);
        let is_mixed = is_base64 && digits.min(upper).min(lower) >= 1 && !self.is_made_of_words();
        let is_lower = digits >= 2 && lower >= 2 && digits + lower == self.text.len();
        (is_lower || is_mixed) && self.turns() >= 3
    }

    /// `Uint8Array`, `Japan1-1`, `GB1-UCS2`: words, perhaps run together, with one number each at the most.
    fn is_made_of_words(&self) -> bool {
        let runs = |is: fn(&char) -> bool| -> Vec<usize> {
            let pieces = self.text.split(|c| !is(&c)).filter(|run| !run.is_empty());
            pieces.map(str::len).collect()
        };
        let parts = self.text.split(['-', '_']).count();
        runs(char::is_ascii_lowercase).iter().all(|length| *length >= 2) && runs(char::is_ascii_digit).len() <= parts
    }

    /// Beside names that are certain: anything that is no word. A number may be hexadecimal by chance.
    fn is_likely(&self) -> bool {
        let (digits, upper) = (self.count(u8::is_ascii_digit), self.count(u8::is_ascii_uppercase));
        let lower = self.count(u8::is_ascii_lowercase);
        let is_camel = self.text.as_bytes()[1..].iter().filter(|b| b.is_ascii_uppercase()).count() <= 1
            && digits == 0
            && !self.is_unspeakable();
        // Digits of base64url that look like two words, or a word and a number.
        let is_upper = self.text.len() == 8 && digits > 0 && upper > 0;
        is_upper
            || (upper > 0 && lower > 0 && !is_camel)
            || (digits > 0 && digits + lower + upper == self.text.len())
            || is_hex(self.text)
    }

    /// `BtOil_bq`, `BexkdtkI`: letters with capitals among them, which part them as they part words, but into what are none. A
    /// short word or a last capital may be an abbreviation, or a version (`JsModule`, `VariantA`); two of these are not.
    fn is_unspeakable(&self) -> bool {
        const VOWELS: [char; 12] = ['A', 'E', 'I', 'O', 'U', 'Y', 'a', 'e', 'i', 'o', 'u', 'y'];
        let parted: String =
            self.text.chars().flat_map(|c| c.is_ascii_uppercase().then_some('-').into_iter().chain([c])).collect();
        let oddness = |word: &str| match word.split(VOWELS).map(str::len).max().unwrap_or_default() {
            5.. => 1,
            2 if word.len() == 2 => 1,
            _ => usize::from(word.len() == 1),
        };
        self.count(u8::is_ascii_uppercase) >= 2 && parted.split(['-', '_']).map(oddness).sum::<usize>() >= 2
    }

    /// How often the kind of character changes: words and numbers stay with one.
    fn turns(&self) -> usize {
        let kind = |b: &u8| (b.is_ascii_digit(), b.is_ascii_uppercase());
        self.text.as_bytes().windows(2).filter(|pair| kind(&pair[0]) != kind(&pair[1])).count()
    }
}

fn folder(path: &str) -> &str {
    path.rfind('/').map_or("", |slash| &path[..slash])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_bundlers_are_known() {
        let cases: [(&str, &[&str], &[&str]); 24] = [
            // who           hashed                                                      plain
            ("Vite", &["assets/index-B4x9kQ2a.js", "assets/index-DfTqWbcd.css", "assets/a-1_-bC2dE.js"], &["vite.svg"]),
            ("webpack", &["static/js/main.8e3f0a1c.js", "static/js/787.c4e7f8f9.chunk.js.map"], &["787.js"]),
            ("webpack 5", &["main.4f2a9c1be07d33a8e1f0.js"], &["runtime.js"]),
            ("Vite, with separators", &["assets/a-B_E-RY2t.css", "assets/b.-ChL7bql.js", "assets/c.E7mXXQ9p.js"], &[]),
            ("esbuild", &["chunk-NZ5QJ2WK.js", "chunk-7Q2MKXR4.js"], &["app.js"]),
            ("Parcel", &["index.7f3b2c9d.js", "index.2c4e6a8f.css"], &[]),
            (
                "Rolldown",
                &["a/x-l2zm4y7d.js", "a/y-n7m6gp59.css", "a/z-k26c31qx.js", "a/v-abcdefg1.js"],
                &["a/lodash.js"],
            ),
            ("Rolldown, no names", &["a/l2zm4y7d.js", "a/n7m6gp59.css", "a/k26c31qx.js"], &["b/k26c31qx.js"]),
            ("Rspack", &["a/1.f647c35.js", "a/2.0a1b2c3.js", "a/3.9e8d7c6.js", "a/4.abcdef1.js"], &["b/1.f647c35.js"]),
            (
                "rustdoc",
                &[
                    "f/noscript-f7c3ffd8.css",
                    "f/rustdoc-b7b9f40b.css",
                    "f/Mono-86f75c8c.woff2",
                    "f/It-fc8b9304.ttf.woff2",
                ],
                &["f/a.ttf.woff2"],
            ),
            (
                ".NET",
                &["f/A.9gvjsd2l3a.wasm", "f/B.z97v4tjsvy.wasm", "f/C.922y6js5vs.wasm", "f/icudt.oh1zvcfom8.dat"],
                &["f/dotnet.js", "css/app.b6l13xorvf.css"],
            ),
            (
                "Next fonts",
                &["media/e4af272ccee01ff0-s.p.woff2", "media/569ce4b8f30dc480-s.woff2"],
                &["media/a-s.p.woff2"],
            ),
            (
                "Vite, like words",
                &[
                    "assets/a-B4x9kQ2a.js",
                    "assets/b-C5y0lR3b.css",
                    "assets/deep-D10-63G3.js",
                    "assets/deep-D10-63G3.js.map",
                ],
                &["assets/GB1-UCS2.bcmap", "assets/my-names.js"],
            ),
            (
                "VitePress",
                &["assets/a.md.B4x9kQ2a.js", "assets/a.md.B4x9kQ2a.lean.js", "assets/b.md.C5y0lR3b.lean.js"],
                &["vp-icons.css"],
            ),
            (
                "SvelteKit",
                &["_app/immutable/chunks/fGDCbqOM.js", "_app/immutable/assets/a.Bx1Yk2_z.woff2"],
                &["_app/version.json"],
            ),
            ("names alone", &["n/B4x9kQ2a.js", "n/C5y0lR3b.js", "n/D6z1mS4c.js", "n/fGDCbqOM.js"], &["n/settings.js"]),
            ("two names alone", &[], &["n/B4x9kQ2a.js", "n/C5y0lR3b.js"]),
            (
                "Next media",
                &["_next/static/media/bg.af178c1b.png", "b/_next/static/media/f.00df7165.woff2"],
                &["media/bg.af178c1b.png"],
            ),
            (
                "Turbopack",
                &["_next/static/chunks/2igx90knjupm_.js", "x/_next/static/chunks/turbopack-2u1d16houkiyo.js"],
                &["_next/static/x-y/_buildManifest.js", "chunks/2igx90knjupm_.js"],
            ),
            ("Next", &["_next/static/chunks/4bd1b696-5b6c0ccbd3c0c9ab.js"], &["_next/static/x/_buildManifest.js"]),
            ("Sprockets", &["application-ae0d66c4a3c6b21e5a0a1b5f9f7f2f3a.css"], &[]),
            (
                "people, one of each",
                &[],
                &[
                    "a/map-Covid19x.png",
                    "b/nb-WebGL2d3.js",
                    "c/lib-OpenCV4j.js",
                    "d/x-WW2Tank1.png",
                    "e/a-WiFi6E5G.png",
                    "f/video-4K60FPS1.mp4",
                    "g/car-BMWX5M50.jpg",
                    "h/color-ff00aa33.png",
                    "i/hex-c0ffee11.js",
                    "j/3f2504e0-4f89-11d3-9a0c-0305e82c3301.png",
                    "k/report-Q3FY2024.pdf",
                ],
            ),
            (
                "a digest alone",
                &["img/3b5d5c3712955042212316173ccf37be.png", "b/bg.4151477343b4399bb021.png"],
                &["img/1234567890123456.png"],
            ),
            (
                "people",
                &[],
                &[
                    "js/jquery-validate.js",
                    "js/jquery-3.7.1.min.js",
                    "img/photo-20240101.jpg",
                    "img/IMG_20240101.jpg",
                    "js/bootstrap.bundle.js",
                    "js/main.deadbeef.js",
                    "js/es-module-lexer.js",
                    "js/some-JavaScript.js",
                    "js/swagger-ui-standalone.js",
                    "font/Roboto-BoldItalic.woff2",
                    "css/theme-blueberry2.css",
                    "img/icon-1024x1024.png",
                    "img/icon-192x192.png",
                    "css/site.kf.0123456789abcdef0123.css",
                    "v2/release-2024a.js",
                    "lodash/_Uint8Array.js",
                    "lodash/_baseIsDate.js",
                    "cmaps/Adobe-Japan1-1.bcmap",
                    "cmaps/Adobe-GB1-UCS2.bcmap",
                    "js/decode-Level2UI.js",
                    "img/cover-MP3FILES.png",
                ],
            ),
        ];
        for (who, with, without) in cases {
            let found = hashed(with.iter().chain(without).copied());
            assert_eq!(found, with.iter().copied().collect(), "{who}");
        }
    }

    #[test]
    fn a_likely_name_needs_a_certain_one_beside_it() {
        let cases: [(&[&str], usize); 8] = [
            (&["assets/index-DfTqWbcd.css"], 0),
            (&["assets/a-B4x9kQ2a.js", "assets/b-C5y0lR3b.css", "assets/c-BtOil_bq.svg", "assets/d.e-BexkdtkI.js"], 4),
            (
                &[
                    "assets/a-B4x9kQ2a.js",
                    "assets/b-C5y0lR3b.css",
                    "assets/a-BtnIcons.svg",
                    "assets/a-JsModule.js",
                    "assets/a-VariantA.svg",
                    "assets/a-MyVideos.js",
                    "assets/a-Angstrom.js",
                    "assets/a-Matchbox.css",
                    "assets/a-Icon_svg.js",
                    "assets/a-dropDown.js",
                    "assets/a-RawXhtml.js",
                    "assets/a-FooXhtml.svg",
                ],
                2,
            ),
            (&["assets/index-B4x9kQ2a.js"], 0),
            (&["assets/index-B4x9kQ2a.js", "assets/index-B4x9kQ2a.js.map"], 0),
            (&["assets/index-DfTqWbcd.css", "assets/index-B4x9kQ2a.js", "other/index-DfTqWbcd.css"], 0),
            (&["assets/a-B4x9kQ2a.js", "assets/b-C5y0lR3b.css", "assets/c-DfTqWbcd.css", "img/d-E6z1mS4c.png"], 4),
            (&["img/hero-iPhone15.png", "img/mock_iPad2024.jpg", "img/case-iPhone4S.png", "img/lcd-1920x1080.png"], 0),
        ];
        for (paths, expected) in cases {
            assert_eq!(hashed(paths.iter().copied()).len(), expected, "{paths:?}");
        }
    }
}

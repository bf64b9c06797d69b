//! What a file's name says: how to read it, and whether its name may change.

use crate::manifest::MARK;

/// How a file is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Language {
    /// Style sheets.
    Css,
    /// Pages.
    Html,
    /// Scripts and modules.
    JavaScript,
    /// Files without references that are understood here.
    Other,
    /// Pictures that are written as markup.
    Svg,
    /// Web app manifests.
    WebManifest,
}

impl Language {
    /// The language of a file with this path.
    pub fn of(path: &str) -> Self {
        const LANGUAGES: [(&str, Language); 8] = [
            ("css", Language::Css),
            ("htm", Language::Html),
            ("html", Language::Html),
            ("js", Language::JavaScript),
            ("mjs", Language::JavaScript),
            ("svg", Language::Svg),
            ("webmanifest", Language::WebManifest),
            ("xhtml", Language::Html),
        ];
        let name = path.rsplit('/').next().unwrap_or(path);
        let extension = name.rsplit_once('.').map(|(_, extension)| extension).unwrap_or_default();
        let known = LANGUAGES.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(extension));
        let other = || if name == "manifest.json" { Self::WebManifest } else { Self::Other };
        known.map_or_else(other, |(_, language)| language)
    }
}

/// Whether a file keeps its name because it is known by it: pages, and what browsers, crawlers and
/// hosts ask for by convention.
pub fn keeps_name(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let language = Language::of(path);
    let is_known = matches!(
        name,
        "ads.txt"
            | "apple-touch-icon.png"
            | "browserconfig.xml"
            | "favicon.ico"
            | "humans.txt"
            | "robots.txt"
            | "security.txt"
    );
    matches!(language, Language::Html | Language::WebManifest)
        || is_known
        || is_for_host(path)
        || path.starts_with(".well-known/")
        || (name.starts_with("sitemap") && name.ends_with(".xml"))
}

/// Whether browsers read a page as XML.
pub(super) fn is_xml(path: &str) -> bool {
    extension(path) == "xhtml"
}

/// Whether a host reads a file, or runs it, under the name that it knows, and gives it to nobody: a second one under another
/// name would be there for everybody.
pub fn is_for_host(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let is_known = matches!(
        name.as_str(),
        "_headers"
            | "_redirects"
            | "_routes.json"
            | "_worker.js"
            | "cname"
            | "firebase.json"
            | "netlify.toml"
            | "staticwebapp.config.json"
            | "vercel.json"
            | "web.config"
            | "wrangler.json"
            | "wrangler.jsonc"
            | "wrangler.toml"
    );
    is_known || path.starts_with("_worker.js/") || name.ends_with(".php") || name.starts_with('.')
}

/// How long a name may be, in bytes: the limit of common file systems.
pub const NAME_LIMIT: usize = 255;

/// The longest of the extensions that compressed forms have.
const SIDECAR: &str = ".zst";

/// Whether a file's name is too long for a fingerprint of so many digits, and for compressed forms beside it.
pub fn is_long(path: &str, digits: usize) -> bool {
    path.rsplit('/').next().unwrap_or(path).len() + MARK.len() + digits + SIDECAR.len() > NAME_LIMIT
}

/// Whether a file's name leaves room for the extension of a compressed form.
pub fn takes_sidecar(path: &str) -> bool {
    path.rsplit('/').next().unwrap_or(path).len() + SIDECAR.len() <= NAME_LIMIT
}

/// The URL of a page relative to the site's root: `docs/index.html` is `docs/`.
pub fn page_url(path: &str) -> &str {
    match path.strip_suffix("index.html") {
        Some(folder) if folder.is_empty() || folder.ends_with('/') => folder,
        _ => path,
    }
}

/// The file that a page's URL stands for: what [`page_url`] was given.
pub fn page_file(url: &str) -> String {
    let name = if url.is_empty() || url.ends_with('/') { "index.html" } else { "" };
    [url, name].concat()
}

/// The media type of a file, as a host has to send it: browsers refuse modules, style sheets and streamed wasm
/// under another.
pub fn media_type(path: &str) -> &'static str {
    match extension(path).as_str() {
        "aac" => "audio/aac",
        "avif" => "image/avif",
        "css" => "text/css; charset=utf-8",
        "gif" => "image/gif",
        "htm" | "html" => "text/html; charset=utf-8",
        "ico" => "image/x-icon",
        "jpeg" | "jpg" => "image/jpeg",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" => "application/json",
        "m4a" => "audio/mp4",
        "md" => "text/markdown; charset=utf-8",
        "mp3" => "audio/mpeg",
        "mp4" => "video/mp4",
        "oga" | "ogg" | "opus" => "audio/ogg",
        "otf" => "font/otf",
        "pdf" => "application/pdf",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "ttf" => "font/ttf",
        "txt" => "text/plain; charset=utf-8",
        "vtt" => "text/vtt; charset=utf-8",
        "wasm" => "application/wasm",
        "wav" => "audio/wav",
        "webm" => "video/webm",
        "webmanifest" => "application/manifest+json",
        "webp" => "image/webp",
        "woff" => "font/woff",
        "woff2" => "font/woff2",
        "xhtml" => "application/xhtml+xml",
        "xml" => "application/xml",
        "zip" => "application/zip",
        _ => "application/octet-stream",
    }
}

fn extension(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default()
}

/// A path as it stands in a URL once a browser has read it, for the store is asked for what that sends: the
/// [path percent-encode set][spec] is percent-encoded, and `%` and `\` are.
///
/// [spec]: https://url.spec.whatwg.org/#path-percent-encode-set
pub fn encode(path: &str) -> String {
    let mut url = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte == b'/' || stands_for_itself(byte) {
            url.push(char::from(byte));
        } else {
            url.push_str(&format!("%{byte:02X}"));
        }
    }
    url
}

/// Whether a byte in the name of a file stands in its URL as it is.
pub(super) fn stands_for_itself(byte: u8) -> bool {
    byte.is_ascii_graphic() && !br##""#%/<>?\^`{}"##.contains(&byte)
}

/// The byte that is escaped at a place in a URL: `%2F`.
pub(super) fn escaped_byte(url: &[u8], at: usize) -> Option<u8> {
    let digits = url.get(at + 1..at + 3).filter(|digits| url[at] == b'%' && digits.iter().all(u8::is_ascii_hexdigit));
    digits.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok())
}

/// The path that a URL's path stands for; `None` if it is not text.
pub fn decode(url: &str) -> Option<String> {
    let bytes = url.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let byte = escaped_byte(bytes, at);
        decoded.push(byte.unwrap_or(bytes[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_files_are_known_by_their_names() {
        let cases = [
            ("index.html", true),
            ("docs/a.HTM", true),
            ("app.webmanifest", true),
            ("robots.txt", true),
            ("favicon.ico", true),
            (".well-known/x.json", true),
            (".nojekyll", true),
            ("sitemap-1.xml", true),
            ("css/site.css", false),
            ("img/favicon.svg", false),
            ("LICENSE", false),
            ("html", false),
            ("data/manifest.json", true),
        ];
        for (path, expected) in cases {
            assert_eq!(keeps_name(path), expected, "{path}");
        }
    }

    #[test]
    fn hosts_keep_some_files_to_themselves() {
        for (path, expected) in [
            ("_headers", true),
            ("_redirects", true),
            ("_worker.js", true),
            ("_worker.js/index.js", true),
            ("CNAME", true),
            ("Web.config", true),
            ("admin/index.php", true),
            ("docs/.htaccess", true),
            ("vercel.json", true),
            ("netlify.toml", true),
            (".well-known/security.txt", false),
            ("index.html", false),
            ("_app/worker.js", false),
            ("data/config.json", false),
        ] {
            assert_eq!((is_for_host(path), expected && keeps_name(path)), (expected, expected), "{path}");
        }
    }

    #[test]
    fn paths_survive_a_url() {
        for path in ["a/b.css", "a b.css", "fotos/über.jpg", "100%.png", "a?b#c.png", "a+b&c.js", "日本.svg"] {
            let url = encode(path);
            assert!(url.is_ascii() && !url.contains([' ', '?', '#']), "{url}");
            assert_eq!(decode(&url).as_deref(), Some(path));
        }
        assert_eq!(encode("[a]|b~c!'d^{e}.png"), "[a]|b~c!'d%5E%7Be%7D.png");
        assert_eq!(decode("100%.png").as_deref(), Some("100%.png"));
        assert_eq!(decode("a%+1.png").as_deref(), Some("a%+1.png"));
        assert_eq!(decode("%ff"), None);
    }
}

//! A picture of what a release costs those who come back: bars for all of it, and under them, on a scale of their own, for each
//! file. As SVG, whose colours follow those of whoever looks at it.

use std::error::Error;

use anyhow::anyhow;
use indicatif::DecimalBytes;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// One group of bars.
pub(crate) struct Bars {
    pub(crate) name: String,
    /// Bytes, in the order of [`COLUMNS`].
    pub(crate) bytes: [u64; 4],
}

/// What the bars stand for. Their colours can be told from each other, and from white and black alike.
const COLUMNS: [(&str, RGBColor); 4] = [
    ("as it is", RGBColor(0x8f, 0x95, 0x9e)),
    ("with Brotli", RGBColor(0x3b, 0x82, 0xf6)),
    ("Workbox (estimate)", RGBColor(0xe0, 0x7b, 0x24)),
    ("keepfresh", RGBColor(0x1f, 0x9d, 0x61)),
];

const INK: RGBColor = RGBColor(0x1f, 0x23, 0x28);
const GRID: RGBColor = RGBColor(0xd8, 0xdb, 0xdf);

/// What is painted in which colour is painted in another one where dark is preferred.
const DARK: &str = "<style>@media (prefers-color-scheme: dark) { [fill=\"#FFFFFF\"] { fill: #16181d } \
                    text { fill: #e6e8eb } [stroke=\"#D8DBDF\"] { stroke: #3c4149 } [stroke=\"#1F2328\"] { stroke: #9aa0a8 } }</style>\n";

/// In pixels.
const WIDTH: u32 = 960;
const NAMES: u32 = 260;
const VALUES: u32 = 90;
const TOP: u32 = 78;
const AXIS: u32 = 44;
const BELOW: u32 = 10;
const GROUP: u32 = 62;

/// As many characters fit in front of the bars.
const LONGEST: usize = 32;

/// The picture. The first of `all` is the sum of the others.
pub(crate) fn draw(all: &[Bars]) -> anyhow::Result<String> {
    let mut svg = String::new();
    painted(&mut svg, all).map_err(|error| anyhow!("{error}"))?;
    // Behind the tag of the picture itself.
    let start = svg.find("<svg").and_then(|tag| Some(tag + svg[tag..].find('>')? + 1)).unwrap_or_default();
    svg.insert_str(start, &["\n", DARK].concat());
    Ok(svg)
}

fn painted(svg: &mut String, all: &[Bars]) -> Result<(), Box<dyn Error>> {
    let (sum, files) = all.split_at(all.len().min(1));
    let panel = |bars: &[Bars]| AXIS + BELOW + GROUP * bars.len() as u32;
    let root = SVGBackend::with_string(svg, (WIDTH, TOP + panel(sum) + panel(files))).into_drawing_area();
    root.fill(&WHITE)?;
    root.draw(&Text::new("What a returning visitor downloads", (20, 14), ("sans-serif", 25).into_font().color(&INK)))?;
    let mut left = 20;
    for (name, color) in COLUMNS {
        root.draw(&Rectangle::new([(left, 50), (left + 12, 62)], color.filled()))?;
        root.draw(&Text::new(name, (left + 18, 56), small(HPos::Left)))?;
        left += 50 + 7 * name.len() as i32;
    }
    let (_, below) = root.split_vertically(TOP);
    let (upper, lower) = below.split_vertically(panel(sum));
    bars(&root, &upper, sum, "bytes on the network, in all")?;
    bars(&root, &lower, files, "bytes on the network, for each file")
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Groups of bars, one under the other.
fn bars(root: &Area<'_>, area: &Area<'_>, all: &[Bars], what: &str) -> Result<(), Box<dyn Error>> {
    let most = all.iter().flat_map(|bars| bars.bytes).max().unwrap_or_default().max(1) as f64;
    let mut chart = ChartBuilder::on(area)
        .margin_bottom(BELOW)
        .margin_right(VALUES)
        .set_label_area_size(LabelAreaPosition::Left, NAMES)
        .set_label_area_size(LabelAreaPosition::Bottom, AXIS)
        .build_cartesian_2d(0.0..most, 0.0..all.len().max(1) as f64)?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .disable_y_axis()
        .x_labels(6)
        .x_label_formatter(&|bytes| DecimalBytes(*bytes as u64).to_string())
        .x_label_style(small(HPos::Center))
        .x_desc(what)
        .axis_desc_style(small(HPos::Center))
        .axis_style(INK)
        .bold_line_style(GRID)
        .light_line_style(TRANSPARENT)
        .draw()?;
    for (n, one) in all.iter().enumerate() {
        let top = (all.len() - n) as f64;
        // A sixth of the room for a bar, and two sixths between the groups.
        let place = |bar: usize, part: f64| top - (bar as f64 + 1.0 + part) / 6.0;
        chart.draw_series(COLUMNS.iter().enumerate().map(|(bar, (_, color))| {
            Rectangle::new([(0.0, place(bar, 0.08)), (one.bytes[bar] as f64, place(bar, 0.92))], color.filled())
        }))?;
        let (x, y) = chart.backend_coord(&(0.0, place(1, 1.0)));
        root.draw(&Text::new(shortened(&one.name), (x - 10, y), small(HPos::Right)))?;
        for (bar, bytes) in one.bytes.iter().enumerate() {
            let (x, y) = chart.backend_coord(&(*bytes as f64, place(bar, 0.5)));
            root.draw(&Text::new(DecimalBytes(*bytes).to_string(), (x + 6, y), tiny()))?;
        }
    }
    Ok(())
}

fn small(side: HPos) -> TextStyle<'static> {
    ("sans-serif", 16).into_font().color(&INK).pos(Pos::new(side, VPos::Center))
}

fn tiny() -> TextStyle<'static> {
    ("sans-serif", 13).into_font().color(&INK).pos(Pos::new(HPos::Left, VPos::Center))
}

/// A name with its end, which tells more than where it begins.
fn shortened(name: &str) -> String {
    let length = name.chars().count();
    if length <= LONGEST {
        return name.to_owned();
    }
    std::iter::once('…').chain(name.chars().skip(length + 1 - LONGEST)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shown_by_their_ends() {
        for (name, shown) in [
            ("/", "/"),
            ("/twenty-letters-and-twelve-more", "/twenty-letters-and-twelve-more"),
            ("/vendor/twenty-letters-and-twelve.js", "…or/twenty-letters-and-twelve.js"),
            ("/vendor/zwölf-Wörter-und-noch-zwölf.js", "…/zwölf-Wörter-und-noch-zwölf.js"),
        ] {
            assert_eq!(shortened(name), shown);
        }
    }

    #[test]
    fn whatever_a_file_is_called_the_picture_is_markup() {
        let bars = |name: &str, bytes| Bars { name: name.to_owned(), bytes };
        let all = [bars("in all", [9, 0, u64::MAX, 1]), bars("/<script>&\"'.js", [0; 4])];
        for all in [&all[..], &all[..1], &[]] {
            let svg = draw(all).unwrap();
            assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{svg}");
            assert_eq!((svg.matches("<style>").count(), svg.contains("<script>")), (1, false));
        }
    }
}

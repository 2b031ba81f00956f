//! A badge: how many of the rules that must be kept are kept.

use super::Report;
use crate::check::Level;

/// The left half.
const LABEL: &str = "SCIM conformance";

/// The badge as SVG.
pub fn render(report: &Report) -> String {
    let must = report.score(Level::Must);
    let value = format!("{} MUST", must.fraction());
    let colour = match (must.passed, must.of) {
        (_, 0) => "#6b7280",
        _ if must.is_full() => "#15803d",
        (passed, of) if passed * 10 >= of * 9 => "#a16207",
        _ => "#b91c1c",
    };
    let (left, right) = (width(LABEL), width(&value));
    let whole = left + right;
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="20" role="img" aria-label="{LABEL}: {value}">
  <title>{LABEL}: {value}</title>
  <clipPath id="r"><rect width="{whole}" height="20" rx="4"/></clipPath>
  <g clip-path="url(#r)">
    <rect width="{left}" height="20" fill="#374151"/>
    <rect x="{left}" width="{right}" height="20" fill="{colour}"/>
  </g>
  <g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">
    <text x="{}" y="14" textLength="{}">{LABEL}</text>
    <text x="{}" y="14" textLength="{}">{value}</text>
  </g>
</svg>
"##,
        left / 2,
        left - 14,
        left + right / 2,
        right - 14,
    )
}

/// How wide a half is, in pixels: the font's middle width, and seven at each side.
fn width(text: &str) -> usize {
    text.chars().count() * 7 + 14
}

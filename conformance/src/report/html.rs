//! A page in a single file: it needs nothing else, and shows what a server says without obeying it.

mod check;
mod tables;

use super::cause::{causes, notes};
use super::{Outcome, Report, title, words};
use crate::check::Level;

const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/script.js");

/// The SHA-256 of the script in Base64: a browser runs this script and no other.
const SCRIPT_HASH: &str = "eGcwxJLbr7UtDl3Vj2mGCCmUoU8rdOMCN/0bftvmLzg=";

/// The report as HTML.
pub fn render(report: &Report) -> String {
    format!(
        r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{SCRIPT_HASH}'; base-uri 'none'; form-action 'none'">
<title>SCIM conformance of {url}</title>
<style>
{STYLE}</style>
</head>
<body>
{head}<main>
{tables}{comparison}{fix}{notes}{checks}</main>
<script>{SCRIPT}</script>
</body>
</html>
"#,
        url = escaped(&report.base_url),
        head = head(report),
        tables = tables::render(report),
        comparison = comparison(report),
        fix = fix_first(report),
        notes = remarks(report),
        checks = checks(report),
    )
}

fn head(report: &Report) -> String {
    let must = report.score(Level::Must);
    let mut facts = vec![
        report.started.clone(),
        format!("{:.1} s", report.seconds),
        format!("resource types: {}", report.resource_types.join(", ")),
        format!("scim-conformance {}", report.version),
    ];
    if !report.profiles.is_empty() {
        let titles: Vec<&str> = report.profiles.iter().map(|it| it.title()).collect();
        facts.push(format!("profiles: {}", titles.join(", ")));
    }
    let facts = each(&facts, |it| format!("<li>{}</li>", escaped(it)));
    let interrupted = if report.interrupted {
        let (done, planned) = (report.results.len(), report.planned);
        format!("<p class=\"warning\">Interrupted after {done} of {planned} checks.</p>\n")
    } else {
        String::new()
    };
    let tiles = each(Outcome::ALL, |outcome| {
        let count = report.count(outcome);
        let (class, name) = (outcome.class(), outcome.name());
        let zero = if count == 0 { " zero" } else { "" };
        format!("<li class=\"tile {class}{zero}\"><strong>{count}</strong> {name}</li>")
    });
    format!(
        "<header>\n<p class=\"kicker\">SCIM conformance</p>\n<h1>{}</h1>\n<ul class=\"facts\">{facts}</ul>\n{interrupted}<p class=\"score {}\"><strong>{}</strong> of {} MUST pass</p>\n<ul class=\"tiles\">{tiles}</ul>\n</header>\n",
        escaped(&report.base_url),
        if must.failed > 0 { "fails" } else { "pass" },
        must.passed,
        must.of,
    )
}

fn comparison(report: &Report) -> String {
    let Some(comparison) = &report.comparison else {
        return String::new();
    };
    let mut html = format!(
        "<section>\n<h2>Compared with the report of {}</h2>\n",
        escaped(&comparison.before)
    );
    for (heading, changes) in comparison.parts() {
        html += &format!("<h3>{} {heading}</h3>\n", changes.len());
        if changes.is_empty() {
            continue;
        }
        let items = each(changes, |it| {
            let words = it.words();
            format!("<li>{}: {words}</li>\n", link(&it.id))
        });
        html += &format!("<ul>\n{items}</ul>\n");
    }
    html + "</section>\n"
}

/// The causes, the most binding first, with links to the checks.
fn fix_first(report: &Report) -> String {
    let mut html = String::new();
    let wrong = causes(report, &[Outcome::Fails, Outcome::Deviates]);
    if !wrong.is_empty() {
        html += "<section>\n<h2>What to fix first</h2>\n<ol class=\"causes\">\n";
        for cause in wrong {
            let result = cause.first;
            let others = each(&cause.others, |it| format!(" {}", link(&it.id)));
            html += &format!(
                "<li>{} {}<br><span class=\"words\">{}</span><br>{}{others}</li>\n",
                check::level(result),
                escaped(&result.rule),
                escaped(&result.words()),
                link(&result.id),
            );
        }
        html += "</ol>\n</section>\n";
    }
    let unjudged = causes(report, &[Outcome::Blocked, Outcome::Broken]);
    if !unjudged.is_empty() {
        html += "<section>\n<h2>What could not be judged</h2>\n<ul class=\"causes\">\n";
        for cause in unjudged {
            let others = each(&cause.others, |it| format!(" {}", link(&it.id)));
            let outcome = cause.first.outcome;
            html += &format!(
                "<li><span class=\"outcome {}\">{} {}</span> <span class=\"words\">{}</span><br>{}{others}</li>\n",
                outcome.class(),
                cause.count(),
                outcome.name(),
                escaped(&cause.first.words()),
                link(&cause.first.id),
            );
        }
        html += "</ul>\n</section>\n";
    }
    html
}

fn remarks(report: &Report) -> String {
    let notes = notes(report);
    if notes.is_empty() && report.assumptions.is_empty() {
        return String::new();
    }
    let mut html = "<section>\n<h2>Notes</h2>\n<ul class=\"causes\">\n".to_owned();
    for assumption in &report.assumptions {
        html += &format!("<li>{}</li>\n", escaped(assumption));
    }
    for (note, results) in notes {
        let links: Vec<String> = results.iter().map(|it| link(&it.id)).collect();
        html += &format!("<li>{}<br>{}</li>\n", escaped(&note), links.join(" "));
    }
    html + "</ul>\n</section>\n"
}

/// All checks by area, with the filter.
fn checks(report: &Report) -> String {
    let options = |names: Vec<(&str, &str)>| {
        each(names, |(value, name)| {
            format!("<option value=\"{value}\">{name}</option>")
        })
    };
    let outcomes = Outcome::ALL.map(|it| (it.class(), it.name())).to_vec();
    let levels = report
        .levels()
        .iter()
        .map(|it| (it.name(), it.name()))
        .collect();
    let mut html = format!(
        "<section>\n<h2 id=\"checks\">Checks</h2>\n<form id=\"filter\" role=\"search\" hidden>\n<label>Text <input id=\"text\" type=\"search\" autocomplete=\"off\"></label>\n<label>Outcome <select id=\"outcome\"><option value=\"\">all</option><option value=\"bad\">all but passed and not offered</option>{}</select></label>\n<label>Level <select id=\"level\"><option value=\"\">all</option>{}</select></label>\n<output id=\"shown\" aria-live=\"polite\"></output>\n</form>\n",
        options(outcomes),
        options(levels),
    );
    for area in report.areas() {
        html += &format!(
            "<div class=\"area\" id=\"area-{}\">\n<h3>{}</h3>\n",
            escaped(area),
            escaped(title(area))
        );
        for result in report.of_area(area) {
            html += &check::render(result, &report.base_url);
        }
        html += "</div>\n";
    }
    html + "</section>\n"
}

/// The HTML of each item, one after another.
fn each<T>(items: impl IntoIterator<Item = T>, html: impl Fn(T) -> String) -> String {
    items.into_iter().map(html).collect()
}

/// A link to a check.
fn link(id: &str) -> String {
    let place = id.replace('%', "%25");
    format!(
        "<a href=\"#{}\"><code>{}</code></a>",
        escaped(&place),
        escaped(id)
    )
}

/// Escapes for text and for attributes in double quotes.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in words::harmless(text).chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{SCRIPT, SCRIPT_HASH};

    /// RFC 4648 §4, for the one text that needs it.
    fn base64(bytes: &[u8]) -> String {
        const LETTERS: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut text = String::new();
        for chunk in bytes.chunks(3) {
            let bits = chunk
                .iter()
                .fold(0, |bits, byte| bits << 8 | usize::from(*byte));
            let bits = bits << (8 * (3 - chunk.len()));
            for n in 0..4 {
                let letter = char::from(LETTERS[bits >> (18 - 6 * n) & 63]);
                text.push(if n > chunk.len() { '=' } else { letter });
            }
        }
        text
    }

    #[test]
    fn the_hash_is_that_of_the_script() {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, SCRIPT.as_bytes());
        assert_eq!(SCRIPT_HASH, base64(digest.as_ref()));
    }
}

//! A summary for a README or a pull request.

use super::cause::{Cause, causes};
use super::score::Score;
use super::{Outcome, Report, title, words};
use crate::check::Level;

/// The most lines of an answer that are shown.
const LINES: usize = 25;

/// How many causes are shown with their exchange: a comment on GitHub has at most 65536 letters.
const WITH_EXCHANGE: usize = 10;

/// The report as Markdown.
pub fn render(report: &Report) -> String {
    let mut text = format!(
        "## SCIM conformance\n\n**{}**\n\n{} · {} · scim-conformance {}\n\n",
        report.total(),
        code(&report.base_url),
        escaped(&report.started),
        escaped(&report.version),
    );
    if report.interrupted {
        let (done, planned) = (report.results.len(), report.planned);
        text += &format!("**Interrupted after {done} of {planned} checks.**\n\n");
    }
    text += &table(report);
    text += &comparison(report);
    for (heading, outcome) in [
        ("What must be fixed", Outcome::Fails),
        ("What should be better", Outcome::Deviates),
    ] {
        let causes = causes(report, &[outcome]);
        if !causes.is_empty() {
            text += &format!("\n### {heading}\n\n");
        }
        for cause in causes.iter().take(WITH_EXCHANGE) {
            text += &unfoldable(cause);
        }
        for cause in causes.iter().skip(WITH_EXCHANGE) {
            text += &line(cause);
        }
    }
    text += &unjudged(report);
    text
}

/// Areas by levels.
fn table(report: &Report) -> String {
    let levels = report.levels();
    let names: Vec<&str> = levels.iter().map(|it| it.name()).collect();
    let mut text = format!("| Area | {} | not offered |\n", names.join(" | "));
    text += &format!("|:--|{}--:|\n", "--:|".repeat(levels.len()));
    for area in report.areas() {
        let cell = |level: &Level| {
            let score = Score::of(report.of_area(area).filter(|it| it.level == *level));
            let mark = if score.failed > 0 { " ✗" } else { "" };
            format!("{}{mark}", score.fraction())
        };
        let cells: Vec<String> = levels.iter().map(cell).collect();
        let not_offered = match Score::of(report.of_area(area)).not_offered {
            0 => "–".to_owned(),
            n => n.to_string(),
        };
        let name = escaped(title(area));
        text += &format!("| {name} | {} | {not_offered} |\n", cells.join(" | "));
    }
    text
}

fn comparison(report: &Report) -> String {
    let Some(comparison) = &report.comparison else {
        return String::new();
    };
    let mut text = format!("\n### Compared with {}\n\n", escaped(&comparison.before));
    for (heading, changes) in comparison.parts() {
        text += &format!("- {heading}: {}\n", changes.len());
        for change in changes {
            text += &format!("  - {}: {}\n", code(&change.id), change.words());
        }
    }
    text
}

fn unfoldable(cause: &Cause<'_>) -> String {
    let result = cause.first;
    let mut text = format!(
        "<details><summary>{} {}</summary>\n\n- {}, {}, {}\n",
        result.level,
        escaped(&result.rule),
        escaped(&result.source),
        escaped(&result.line),
        code(&result.id),
    );
    if let Some(finding) = &result.finding {
        text += &format!("- expected: {}\n", escaped(&finding.expected));
        text += &format!("- got: {}\n", escaped(&finding.actual));
    }
    for other in &cause.others {
        text += &format!("- the same: {} {}\n", escaped(&other.rule), code(&other.id));
    }
    if let Some(exchange) = result.shown() {
        let answer = match &exchange.answer {
            Ok(received) => words::answer(received, false),
            Err(error) => error.clone(),
        };
        text += &fenced("sh", &exchange.curl());
        text += &fenced("http", &answer);
    }
    if let Some(diff) = result.finding.as_ref().and_then(|it| it.diff.as_ref()) {
        let lines = words::diff(diff);
        let lines = lines.iter().map(|(mark, line)| format!("{mark}{line}"));
        text += &fenced("diff", &lines.collect::<Vec<_>>().join("\n"));
    }
    text + "\n</details>\n\n"
}

/// A cause in a line.
fn line(cause: &Cause<'_>) -> String {
    let result = cause.first;
    let more = match cause.others.len() {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    format!(
        "- {} {} {}{more}: {}\n",
        result.level,
        escaped(&result.rule),
        code(&result.id),
        escaped(&result.words()),
    )
}

/// What is blocked or broken, and why.
fn unjudged(report: &Report) -> String {
    let causes = causes(report, &[Outcome::Blocked, Outcome::Broken]);
    if causes.is_empty() {
        return String::new();
    }
    let mut text = "\n### What could not be judged\n\n".to_owned();
    for cause in causes {
        let (count, outcome) = (cause.count(), cause.first.outcome.name());
        let words = escaped(&cause.first.words());
        text += &format!("- {count} {outcome}: {words} ({})\n", code(&cause.first.id));
    }
    text
}

/// A block of code with a fence that the text cannot end.
fn fenced(language: &str, text: &str) -> String {
    let text = words::harmless(text);
    let (lines, more) = words::first_lines(&text, LINES);
    let longest = text.split(|c| c != '`').map(str::len).max();
    let fence = "`".repeat(longest.unwrap_or_default().max(2) + 1);
    let mut block = format!("\n{fence}{language}\n{}\n", lines.join("\n"));
    if more > 0 {
        block += &format!("… {more} lines more\n");
    }
    block + &fence + "\n"
}

/// A word as code; it has no backticks of its own.
fn code(text: &str) -> String {
    format!("`{}`", words::harmless(text).replace(['`', '\n', '|'], " "))
}

/// A text in a line, nothing in it obeyed.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in words::harmless(text).chars() {
        match c {
            '\n' | '\t' => escaped.push(' '),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            // an at sign would call somebody by name
            '@' => escaped.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' => {
                escaped.push('\\');
                escaped.push(c);
            }
            c => escaped.push(c),
        }
    }
    escaped
}

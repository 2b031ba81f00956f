//! A check, to be unfolded.

use super::escaped;
use crate::exchange::Exchange;
use crate::report::{CheckResult, Outcome, words};

/// A check's rule, and what came of it; all but its head is folded away.
pub(super) fn render(result: &CheckResult, base_url: &str) -> String {
    let outcome = result.outcome;
    let mut html = format!(
        "<details class=\"check\" id=\"{0}\" data-outcome=\"{1}\" data-level=\"{2}\"><summary><span class=\"outcome {1}\">{3}</span> {4} <span class=\"rule\">{5}</span></summary>\n<dl>\n",
        escaped(&result.id),
        outcome.class(),
        result.level,
        outcome.name(),
        level(result),
        escaped(&result.rule),
    );
    html += &row("Check", &format!("<code>{}</code>", escaped(&result.id)));
    html += &row("Source", &escaped(&result.source));
    html += &row("Line", &escaped(&result.line));
    if let Some(finding) = &result.finding {
        html += &row("Expected", &escaped(&finding.expected));
        html += &row("Got", &escaped(&finding.actual));
    }
    if let Some(reason) = &result.reason {
        html += &row("Why", &escaped(reason));
    }
    for note in &result.notes {
        html += &row("Note", &escaped(note));
    }
    html += "</dl>\n";
    html += &diff(result);
    let shown = result.finding.as_ref().map(|it| it.exchange);
    for (n, it) in result.exchanges.iter().enumerate() {
        let telling = shown == Some(n) && outcome != Outcome::Pass;
        html += &exchange(it, base_url, telling);
    }
    html + "</details>\n"
}

/// How much a check's rule binds.
pub(super) fn level(result: &CheckResult) -> String {
    format!("<span class=\"level\">{}</span>", result.level)
}

fn row(name: &str, html: &str) -> String {
    format!("<div><dt>{name}</dt><dd>{html}</dd></div>\n")
}

fn diff(result: &CheckResult) -> String {
    let Some(diff) = result.finding.as_ref().and_then(|it| it.diff.as_ref()) else {
        return String::new();
    };
    let lines = words::diff(diff).into_iter().map(|(mark, line)| {
        let line = escaped(&format!("{mark} {line}"));
        match mark {
            '-' => format!("<del>{line}</del>\n"),
            '+' => format!("<ins>{line}</ins>\n"),
            _ => format!("{line}\n"),
        }
    });
    let lines: String = lines.collect();
    format!(
        "<p class=\"label\">Difference (- expected, + got)</p>\n<pre class=\"diff\">{lines}</pre>\n"
    )
}

/// A request and its answer; the one that shows what is wrong is unfolded.
fn exchange(exchange: &Exchange, base_url: &str, telling: bool) -> String {
    let answer = match &exchange.answer {
        Ok(received) => words::answer(received, true),
        Err(error) => error.clone(),
    };
    format!(
        "<details class=\"exchange\"{}><summary><code>{}</code> <span class=\"millis\">{} ms</span></summary>\n<p class=\"label\">Request</p>\n<pre tabindex=\"0\">{}</pre>\n<p class=\"label\">Answer</p>\n<pre tabindex=\"0\">{}</pre>\n</details>\n",
        if telling { " open" } else { "" },
        escaped(&words::headline(exchange, base_url)),
        exchange.millis,
        escaped(&exchange.curl()),
        escaped(&answer),
    )
}

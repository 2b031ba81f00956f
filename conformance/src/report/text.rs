//! For a terminal.

use std::fmt::Write as _;

use super::{Outcome, Report};

/// The report as text.
pub fn render(report: &Report) -> String {
    let mut text = String::new();
    for result in &report.results {
        let words = match (&result.finding, &result.reason) {
            (Some(finding), _) => finding.to_string(),
            (_, Some(reason)) => reason.clone(),
            _ => String::new(),
        };
        writeln!(
            text,
            "{:11} {:6} {} {words}",
            result.outcome.name(),
            result.level,
            result.id
        )
        .unwrap_or_default();
        if matches!(
            result.outcome,
            Outcome::Fails | Outcome::Deviates | Outcome::Broken
        ) {
            let shown = result
                .finding
                .as_ref()
                .and_then(|it| result.exchanges.get(it.exchange));
            if let Some(exchange) = shown {
                writeln!(text, "{}\n{:?}", exchange.curl(), exchange.answer).unwrap_or_default();
            }
        }
    }
    for outcome in Outcome::ALL {
        write!(text, "{} {}  ", report.count(outcome), outcome.name()).unwrap_or_default();
    }
    writeln!(text, "in {:.1} s", report.seconds).unwrap_or_default();
    text
}

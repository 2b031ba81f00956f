//! JUnit XML: a suite for each area, a case for each check.
//!
//! Only what makes the exit code 1 is a failure or an error; what deviates, is blocked or is not
//! offered is skipped, with the reason.

use super::{CheckResult, Outcome, Report, title, words};

/// The report as JUnit XML.
pub fn render(report: &Report) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let all: Vec<&CheckResult> = report.results.iter().collect();
    xml += &format!(
        "<testsuites name=\"SCIM conformance of {}\" {}>\n",
        escaped(&report.base_url),
        counts(&all, report.seconds),
    );
    for area in report.areas() {
        let results: Vec<&CheckResult> = report.of_area(area).collect();
        let seconds = results.iter().map(|it| seconds(it)).sum();
        xml += &format!(
            "  <testsuite name=\"{}\" timestamp=\"{}\" {}>\n",
            escaped(title(area)),
            escaped(&report.started),
            counts(&results, seconds),
        );
        for result in results {
            xml += &case(result);
        }
        xml += "  </testsuite>\n";
    }
    xml + "</testsuites>\n"
}

fn seconds(result: &CheckResult) -> f64 {
    std::time::Duration::from_millis(result.millis).as_secs_f64()
}

fn counts(results: &[&CheckResult], seconds: f64) -> String {
    let count = |outcomes: &[Outcome]| {
        let of_these = results.iter().filter(|it| outcomes.contains(&it.outcome));
        of_these.count()
    };
    format!(
        "tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{seconds:.3}\"",
        results.len(),
        count(&[Outcome::Fails]),
        count(&[Outcome::Broken]),
        count(&[Outcome::Deviates, Outcome::Blocked, Outcome::NotOffered]),
    )
}

fn case(result: &CheckResult) -> String {
    let head = format!(
        "    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3}\"",
        escaped(&result.area),
        escaped(&result.id),
        seconds(result),
    );
    let words = escaped(&result.words());
    let level = result.level;
    let inner = match result.outcome {
        Outcome::Pass => return format!("{head}/>\n"),
        Outcome::Fails => format!(
            "<failure type=\"{level}\" message=\"{words}\">{}</failure>",
            escaped(&story(result))
        ),
        Outcome::Broken => format!("<error type=\"broken\" message=\"{words}\"/>"),
        other => format!("<skipped message=\"{} ({level}): {words}\"/>", other.name()),
    };
    format!("{head}>\n      {inner}\n    </testcase>\n")
}

/// The rule, and the exchange that shows that it is not kept.
fn story(result: &CheckResult) -> String {
    let mut story = format!("{}\n{}\n", result.rule, result.source);
    if let Some(exchange) = result.shown() {
        let answer = match &exchange.answer {
            Ok(received) => words::answer(received, false),
            Err(error) => error.clone(),
        };
        story += &format!("\n{}\n\n{answer}\n", exchange.curl());
    }
    story
}

/// Escapes for text and attributes; what XML 1.0 has no place for is replaced.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

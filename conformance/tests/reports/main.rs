//! The forms of a report, each against a file; `UPDATE_SNAPSHOTS=1` writes the files anew.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod fabricated;

use std::fs;
use std::path::Path;

use conformance::check::Diff;
use conformance::report::compare::Comparison;
use conformance::report::redact::Secrets;
use conformance::report::{Format, Outcome, Report};
use fabricated::{hostile, report};
use serde_json::json;

fn is_as_in(file: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/snapshots")
        .join(file);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(&path, text).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == text,
        "{file} is not as it was; UPDATE_SNAPSHOTS=1 writes it anew:\n{text}"
    );
}

#[test]
fn every_form_is_as_it_was() {
    let report = report();
    for (file, format) in [
        ("report.txt", Format::Text),
        ("report.md", Format::Markdown),
        ("report.xml", Format::Junit),
        ("report.html", Format::Html),
        ("report.json", Format::Json),
        ("badge.svg", Format::Badge),
    ] {
        assert_eq!(Format::of_file(Path::new(file)).unwrap(), format);
        is_as_in(file, &format.render(&report, false));
    }
}

#[test]
fn a_terminal_shows_colours() {
    is_as_in("report.ansi", &Format::Text.render(&report(), true));
}

#[test]
fn what_is_worse_and_better_is_shown() {
    let before = report();
    let mut now = report();
    now.results[2].outcome = Outcome::Deviates;
    now.results[3].outcome = Outcome::Pass;
    now.results[4].outcome = Outcome::Blocked;
    now.results[10].outcome = Outcome::Pass;
    now.results[11].id += "-of-another-version";
    now.results[13].outcome = Outcome::NotOffered;
    let comparison = Comparison::new(&before, &now);
    let ids = |n: usize| {
        comparison.parts()[n]
            .1
            .iter()
            .map(|it| it.id.clone())
            .collect::<Vec<_>>()
    };
    let of = |places: &[usize]| {
        places
            .iter()
            .map(|n| now.results[*n].id.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(0), of(&[2, 4]), "worse");
    assert_eq!(ids(1), of(&[11]), "new");
    assert_eq!(ids(2), of(&[5, 6, 7, 8, 9, 12]), "as bad");
    assert_eq!(ids(3), of(&[3, 10]), "better");
    now.comparison = Some(comparison);
    let text = Format::Text.render(&now, false);
    assert!(text.contains("not offered, now blocked"), "{text}");
}

#[test]
fn an_interrupted_report_says_so() {
    let mut report = report();
    report.interrupted = true;
    report.planned = 300;
    for format in [Format::Text, Format::Markdown, Format::Html] {
        let text = format.render(&report, false);
        assert!(text.contains("nterrupted after 14 of 300 checks"), "{text}");
    }
}

#[test]
fn a_json_report_can_be_read_back() {
    let json = Format::Json.render(&report(), false);
    let back: Report = serde_json::from_str(&json).unwrap();
    assert_eq!(Format::Json.render(&back, false), json);
}

#[test]
fn a_server_cannot_put_script_into_a_page() {
    let html = Format::Html.render(&hostile(), false);
    assert_eq!(html.matches("<script").count(), 1);
    assert_eq!(html.matches("</script").count(), 1);
    assert!(!html.contains("<img"));
    assert!(!html.contains("x onerror='"));
    // an attribute ends where it should
    assert!(html.contains("alert(1)&lt;/script&gt;&quot;&gt;&lt;img"));
    assert!(!html.contains("alert(1)&lt;/script&gt;\""));
    assert!(!html.contains('\u{1b}'));
}

#[test]
fn a_server_cannot_break_the_other_forms() {
    let xml = Format::Junit.render(&hostile(), false);
    assert!(!xml.contains("<script") && !xml.contains("<img") && !xml.contains('\u{1b}'));
    let text = Format::Text.render(&hostile(), false);
    assert!(!text.contains('\u{1b}'), "a terminal obeys no answer");
    let markdown = Format::Markdown.render(&hostile(), false);
    let mut fence = None;
    for line in markdown.lines() {
        let ticks = line.len() - line.trim_start_matches('`').len();
        match fence {
            None if ticks >= 3 => fence = Some(ticks),
            Some(open) if line.len() == ticks && ticks >= open => fence = None,
            None => {
                let unescaped = line.replace("\\`", "");
                let outside_code: String = unescaped.split('`').step_by(2).collect();
                assert!(!outside_code.contains("<script"), "{line}");
            }
            Some(_) => {}
        }
    }
    assert_eq!(fence, None, "every fence is closed");
}

#[test]
fn no_form_shows_a_secret() {
    let token = "0123456789-abcdef/ghi";
    let headers = [("x-api-key".to_owned(), "key 9876543210".to_owned())];
    let mut report = report();
    let echo = format!("Bearer {token}, key 9876543210");
    report.assumptions.push(echo.clone());
    for result in &mut report.results {
        result.notes.push(echo.clone());
        if let Some(finding) = &mut result.finding {
            finding.actual.push_str(&echo);
            finding.diff = Some(Diff {
                expected: json!({ &echo: 1 }),
                actual: json!([&echo]),
            });
        }
        for exchange in &mut result.exchanges {
            exchange.url += "?token=0123456789-abcdef%2Fghi";
            exchange.headers.push(headers[0].clone());
            if let Ok(received) = &mut exchange.answer {
                received
                    .headers
                    .push(("www-authenticate".to_owned(), echo.clone()));
                received.body = format!("{} is unknown: {}", echo.replace('/', r"\/"), &echo[..20]);
            }
        }
    }
    report.redact(&Secrets::new(Some(token), &headers));
    for format in [
        Format::Text,
        Format::Json,
        Format::Junit,
        Format::Html,
        Format::Markdown,
        Format::Badge,
    ] {
        let text = format.render(&report, false);
        for secret in ["0123456", "abcdef", "9876543"] {
            assert!(!text.contains(secret), "{secret} in {format:?}: {text}");
        }
    }
}

//! The forms of a report, each against a file; `UPDATE_SNAPSHOTS=1` writes the files anew.

use std::fs;
use std::path::Path;

use conformance::check::{Diff, Finding, Level, Profile};
use conformance::exchange::{Exchange, Received};
use conformance::report::compare::Comparison;
use conformance::report::redact::Secrets;
use conformance::report::{CheckResult, Format, Outcome, Report};
use serde_json::json;

const BASE: &str = "https://scim.example.com/v2";

/// What a server could say to do harm to who reads a report.
const HOSTILE: &str =
    "</script><script>alert(1)</script>\"><img src=x onerror='alert(2)'>]]>\u{1b}[2J``` | @all";

fn result(area: &str, id: &str, level: Level, rule: &str, outcome: Outcome) -> CheckResult {
    let place = id.split('/').next().unwrap();
    CheckResult {
        id: id.to_owned(),
        line: "J33".to_owned(),
        area: area.to_owned(),
        level,
        rule: rule.to_owned(),
        source: place.replacen("rfc", "RFC ", 1).replacen('-', " §", 1),
        outcome,
        finding: None,
        reason: None,
        notes: Vec::new(),
        exchanges: Vec::new(),
        millis: 12,
    }
}

fn wrong(mut result: CheckResult, expected: &str, actual: &str, exchange: Exchange) -> CheckResult {
    result.finding = Some(Finding {
        expected: expected.to_owned(),
        actual: actual.to_owned(),
        exchange: 0,
        diff: None,
    });
    result.exchanges = vec![exchange];
    result
}

fn because(mut result: CheckResult, reason: &str) -> CheckResult {
    result.reason = Some(reason.to_owned());
    result
}

fn exchange(method: &str, path: &str, body: Option<&str>, status: u16, answer: &str) -> Exchange {
    let mut headers = vec![
        ("accept".to_owned(), "application/scim+json".to_owned()),
        ("authorization".to_owned(), "Bearer $TOKEN".to_owned()),
    ];
    if body.is_some() {
        headers.push((
            "content-type".to_owned(),
            "application/scim+json".to_owned(),
        ));
    }
    Exchange {
        method: method.to_owned(),
        url: format!("{BASE}{path}"),
        headers,
        body: body.map(str::to_owned),
        answer: Ok(Received {
            status,
            headers: vec![
                (
                    "content-type".to_owned(),
                    "application/scim+json".to_owned(),
                ),
                (
                    "date".to_owned(),
                    "Sun, 22 Nov 2026 14:00:00 GMT".to_owned(),
                ),
            ],
            body: answer.to_owned(),
        }),
        millis: 7,
    }
}

/// A report with results of every outcome.
fn report() -> Report {
    let duplicate = exchange(
        "POST",
        "/Users",
        Some(r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"O'Neil"}"#),
        201,
        r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"2819c223","userName":"O'Neil"}"#,
    );
    let internal = exchange(
        "PATCH",
        "/Users/2819c223",
        Some("{}"),
        500,
        "Internal Server Error",
    );
    let list = exchange(
        "GET",
        "/Users?count=0",
        None,
        200,
        r#"{"totalResults":3,"Resources":[]}"#,
    );
    let mut differs = wrong(
        result(
            "patch",
            "rfc7644-3.5.2.3/replace-merges",
            Level::Must,
            "A replace of a complex attribute without a filter sets the sub-attributes that are given.",
            Outcome::Fails,
        ),
        "name {\"familyName\":\"B\"}",
        "name {\"familyName\":\"A\"}",
        exchange(
            "GET",
            "/Users/2819c223",
            None,
            200,
            r#"{"id":"2819c223","name":{"familyName":"A","givenName":"C"}}"#,
        ),
    );
    differs.finding.as_mut().unwrap().diff = Some(Diff {
        expected: json!({ "familyName": "B", "givenName": "C" }),
        actual: json!({ "familyName": "A", "givenName": "C" }),
    });
    let mut silent = wrong(
        result(
            "patch",
            "robust/deep-path",
            Level::Robust,
            "A path of a thousand dots is refused.",
            Outcome::Deviates,
        ),
        "an answer",
        "io: connection reset",
        exchange("PATCH", "/Users/2819c223", Some("{}"), 0, ""),
    );
    silent.exchanges[0].answer = Err("io: connection reset".to_owned());
    let mut noted = result(
        "discovery",
        "rfc7644-4/config",
        Level::Must,
        "There is a ServiceProviderConfig.",
        Outcome::Pass,
    );
    noted.notes = vec!["the server also answers to /serviceproviderconfig".to_owned()];
    let five_hundred = |id: &str, rule: &str| {
        let failed = result("patch", id, Level::Must, rule, Outcome::Fails);
        wrong(
            failed,
            "status 200 or 204",
            "status 500: Internal Server Error",
            internal.clone(),
        )
    };
    let results = vec![
        noted,
        result(
            "discovery",
            "rfc7644-4/types",
            Level::Must,
            "There are ResourceTypes.",
            Outcome::Pass,
        ),
        result(
            "create",
            "rfc7644-3.3/create-answers-201[User]",
            Level::Must,
            "A resource that is created is answered with 201.",
            Outcome::Pass,
        ),
        wrong(
            result(
                "create",
                "rfc7644-3.3/duplicate-is-409",
                Level::Must,
                "A userName that is taken is refused with 409 and scimType uniqueness.",
                Outcome::Fails,
            ),
            "status 409 with scimType uniqueness",
            "status 201",
            duplicate,
        ),
        because(
            result(
                "create",
                "rfc7644-3.14/created-has-etag",
                Level::Must,
                "The answer to a creation has an ETag.",
                Outcome::NotOffered,
            ),
            "ServiceProviderConfig says etag.supported: false",
        ),
        wrong(
            result(
                "pages",
                "rfc7644-3.4.2.4/count-0",
                Level::Should,
                "A count of 0 gives no itemsPerPage but 0.",
                Outcome::Deviates,
            ),
            "itemsPerPage 0",
            "no itemsPerPage",
            list,
        ),
        five_hundred("rfc7644-3.5.2.1/add-a-value", "A value can be added."),
        five_hundred("rfc7644-3.5.2.2/remove-a-value", "A value can be removed."),
        differs,
        silent,
        because(
            result(
                "groups",
                "rfc7643-4.2/members[Group]",
                Level::Must,
                "A group shows its members.",
                Outcome::Blocked,
            ),
            "POST /Groups: expected status 201; got status 501 (\"scimconf-0a1b2c3d-7-1\" is no name)",
        ),
        because(
            result(
                "groups",
                "rfc7643-4.2/nested[Group]",
                Level::Must,
                "A group can be in a group.",
                Outcome::Blocked,
            ),
            "POST /Groups: expected status 201; got status 501 (\"scimconf-0a1b2c3d-8-1\" is no name)",
        ),
        because(
            result(
                "groups",
                "rfc7643-4.2/odd",
                Level::May,
                "Something odd.",
                Outcome::Broken,
            ),
            "index out of bounds",
        ),
        result(
            "entra",
            "entra/active-as-text",
            Level::Idp,
            "The text \"False\" for active is taken.",
            Outcome::Pass,
        ),
    ];
    Report {
        version: "1.2.3".to_owned(),
        base_url: BASE.to_owned(),
        started: "2026-11-22T14:00:00Z".to_owned(),
        seconds: 3.25,
        profiles: vec![Profile::Entra],
        resource_types: vec!["User".to_owned(), "Group".to_owned()],
        assumptions: vec!["there are no Schemas: they are taken to be as in RFC 7643".to_owned()],
        interrupted: false,
        planned: results.len(),
        comparison: None,
        results,
    }
}

/// The same report, in which a server says something hostile wherever it can say anything.
fn hostile() -> Report {
    let mut report = report();
    let hostile = || HOSTILE.to_owned();
    report.assumptions = vec![hostile()];
    report.resource_types = vec![hostile()];
    report.base_url = hostile();
    report.comparison = Some(Comparison::new(&self::report(), &report));
    for result in &mut report.results {
        result.id += HOSTILE;
        result.notes = vec![hostile()];
        result.reason = result.reason.as_ref().map(|_| hostile());
        if let Some(finding) = &mut result.finding {
            (finding.expected, finding.actual) = (hostile(), hostile());
            finding.diff = Some(Diff {
                expected: json!({ HOSTILE: HOSTILE }),
                actual: json!([HOSTILE]),
            });
        }
        for exchange in &mut result.exchanges {
            exchange.url = hostile();
            exchange.body = Some(hostile());
            exchange.headers.push(("x-hostile".to_owned(), hostile()));
            exchange.answer = Ok(Received {
                status: 200,
                headers: vec![("location".to_owned(), hostile())],
                body: json!({ HOSTILE: HOSTILE }).to_string(),
            });
        }
    }
    report
}

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

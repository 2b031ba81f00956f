//! Reports that no run has made.

use conformance::check::{Diff, Finding, Level, Profile};
use conformance::exchange::{Exchange, Received};
use conformance::report::compare::Comparison;
use conformance::report::{CheckResult, Outcome, Report};
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
pub(crate) fn report() -> Report {
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
pub(crate) fn hostile() -> Report {
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

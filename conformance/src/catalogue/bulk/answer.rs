//! The answer (RFC 7644 §3.7 and §3.7.3).

use serde_json::{Value, json};

use super::USERS;
use super::request::{RESPONSE, Results, bulk, change, create};
use crate::answer::ERROR;
use crate::check::Feature::{Bulk, Etag, User};
use crate::check::{Check, Stop, Verdict, must, should};
use crate::json::{at, list, text};
use crate::lab::{Lab, with};

pub(super) const CHECKS: &[Check] = &[
    must(
        "O1",
        "rfc7644-3.7/bulk-answers-200-with-a-result-each",
        "A Bulk request is answered with 200 and a BulkResponse that has a result for each operation that was processed.",
        a_result_each,
    )
    .needs(USERS),
    must(
        "O2",
        "rfc7644-3.7/bulk-result-has-bulk-id",
        "The result of a POST has the bulkId of its operation.",
        has_bulk_id,
    )
    .needs(USERS),
    must(
        "O2",
        "rfc7644-3.7.3/bulk-result-has-location",
        "Each result has the location of the resource, absolute, but for a POST that failed.",
        has_location,
    )
    .needs(USERS),
    must(
        "O2",
        "rfc7644-3.7.3/bulk-result-has-status",
        "Each result has the method of its operation and the status that a single request would have had.",
        has_status,
    )
    .needs(USERS),
    should(
        "O2",
        "rfc7644-3.7.3/bulk-status-is-a-text",
        "The status of a result is a JSON text, as the last examples of the RFC have it.",
        status_is_a_text,
    )
    .needs(USERS),
    should(
        "O2",
        "rfc7644-3.7.3/bulk-result-has-version",
        "Where versions are offered, the result of what was created or changed has its version.",
        has_version,
    )
    .needs(&[Bulk, User, Etag]),
    must(
        "O3",
        "rfc7644-3.7/failed-bulk-result-has-the-error",
        "The result of an operation that failed has the error in response: its schema, and its status.",
        failed_has_the_error,
    )
    .needs(USERS),
];

/// Creates a user, replaces it, deletes another, and fails to create one and to delete one.
fn five(lab: &Lab<'_>) -> Result<Results, Stop> {
    let (one, two) = (lab.user()?, lab.user()?);
    let taken = with(lab.user_body(), json!({ "userName": one.text("userName") }));
    let nobody = format!("{}/{}", lab.users(), uuid::Uuid::new_v4());
    let own = with(lab.user_body(), json!({ "userName": one.text("userName") }));
    bulk(
        lab,
        &[
            create(lab.users(), "new", &lab.user_body()),
            change("PUT", &one.path, own),
            change("DELETE", &two.path, Value::Null),
            create(lab.users(), "taken", &taken),
            change("DELETE", &nobody, Value::Null),
        ],
    )
}

/// The results by method and success; their order is the server's.
fn find<'a>(results: &'a Results, method: &str, succeeded: bool) -> Result<&'a Value, Stop> {
    let all = list(&results.answer.body, "Operations");
    for n in 0..all.len() {
        let outcome = results.at(n)?;
        let is_method = text(outcome.value, "method").eq_ignore_ascii_case(method);
        if is_method && (outcome.status() < 300) == succeeded {
            return Ok(outcome.value);
        }
    }
    let words = if succeeded { "succeeded" } else { "failed" };
    let expected = format!("a result of a {method} that {words}");
    Err(results.answer.wrong(expected, results.answer.summary()))
}

fn a_result_each(lab: &Lab<'_>) -> Verdict {
    let results = five(lab)?;
    let schemas = list(&results.answer.body, "schemas");
    let named = schemas.contains(&RESPONSE.into());
    lab.expect(
        named,
        &format!("schemas with {RESPONSE}"),
        results.answer.summary(),
    )?;
    lab.expect(
        results.count() == 5,
        "5 results",
        results.count().to_string(),
    )?;
    let methods: Vec<&str> = list(&results.answer.body, "Operations")
        .iter()
        .map(|it| text(it, "method"))
        .collect();
    if methods != ["POST", "PUT", "DELETE", "POST", "DELETE"] {
        lab.note("results are in another order than their operations");
    }
    Ok(())
}

fn has_bulk_id(lab: &Lab<'_>) -> Verdict {
    let results = five(lab)?;
    results.of_id("new")?.is(&[201])?;
    results.of_id("taken")?.failed()?;
    Ok(())
}

fn has_location(lab: &Lab<'_>) -> Verdict {
    let results = five(lab)?;
    let expect = |value: &Value, what: &str| {
        let location = text(value, "location");
        let words = format!("an absolute location of {what}");
        lab.expect(location.contains("://"), &words, value.to_string())
    };
    expect(find(&results, "POST", true)?, "what was created")?;
    expect(find(&results, "PUT", true)?, "what was replaced")?;
    expect(find(&results, "DELETE", true)?, "what was deleted")?;
    expect(
        find(&results, "DELETE", false)?,
        "what could not be deleted",
    )?;
    let location = text(results.of_id("new")?.value, "location").to_owned();
    lab.get(location)?.is(200)?;
    Ok(())
}

fn has_status(lab: &Lab<'_>) -> Verdict {
    let results = five(lab)?;
    results.of_id("new")?.is(&[201])?;
    results.of_id("taken")?.is(&[409])?;
    for (method, succeeded, status) in [
        ("PUT", true, 200),
        ("DELETE", true, 204),
        ("DELETE", false, 404),
    ] {
        let value = find(&results, method, succeeded)?;
        let all = list(&results.answer.body, "Operations");
        let place = all.iter().position(|it| it == value).unwrap_or_default();
        results.at(place)?.is(&[status])?;
    }
    Ok(())
}

fn status_is_a_text(lab: &Lab<'_>) -> Verdict {
    let results = five(lab)?;
    for value in list(&results.answer.body, "Operations") {
        let is_text = at(value, "status").is_some_and(Value::is_string);
        lab.expect(is_text, "a status like \"201\"", value.to_string())?;
    }
    Ok(())
}

fn has_version(lab: &Lab<'_>) -> Verdict {
    let results = five(lab)?;
    let created = results.of_id("new")?.made(lab.users())?;
    let now = lab.read(&created)?;
    let version = now.value("meta.version")?;
    let outcome = results.of_id("new")?;
    let same = at(outcome.value, "version") == Some(version);
    outcome.expect(same, &format!("a result with the version {version}"))?;
    let replaced = find(&results, "PUT", true)?;
    let there = !text(replaced, "version").is_empty();
    lab.expect(
        there,
        "a version of what was replaced",
        replaced.to_string(),
    )
}

fn failed_has_the_error(lab: &Lab<'_>) -> Verdict {
    let results = five(lab)?;
    for (value, status) in [
        (results.of_id("taken")?.value, "409"),
        (find(&results, "DELETE", false)?, "404"),
    ] {
        let schemas = list(value, "response.schemas");
        let words = format!("a response with {ERROR} and status \"{status}\"");
        let is_error = schemas.contains(&ERROR.into()) && text(value, "response.status") == status;
        lab.expect(is_error, &words, value.to_string())?;
    }
    Ok(())
}

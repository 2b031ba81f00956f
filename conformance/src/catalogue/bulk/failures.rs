//! Operations that fail (RFC 7644 §3.7): the others go on, as far as the client wants it.

use serde_json::{Value, json};

use super::USERS;
use super::request::{Results, bulk, change, create, request};
use crate::check::{Check, Stop, Verdict, must};
use crate::lab::{Lab, Made, with};

pub(super) const CHECKS: &[Check] = &[
    must(
        "O10",
        "rfc7644-3.7/bulk-goes-on-after-a-failure",
        "Without failOnErrors all operations are tried: those after a failure are done.",
        goes_on,
    )
    .needs(USERS),
    must(
        "O11",
        "rfc7644-3.7/fail-on-errors-stops",
        "failOnErrors: 1 ends the processing after the first error: what follows is not done, and what went before stays.",
        fail_on_errors_stops,
    )
    .needs(USERS),
    must(
        "O11",
        "rfc7644-3.7/fail-on-errors-counts",
        "failOnErrors: 2 lets the processing go on after one error, and ends it after the second.",
        fail_on_errors_counts,
    )
    .needs(USERS),
    must(
        "O12",
        "rfc7644-3.7/bulk-second-delete-is-404",
        "Of two DELETEs of one resource in a request the first succeeds and the second fails with 404.",
        second_delete_is_404,
    )
    .needs(USERS),
];

/// An operation that fails: it creates a user whose userName is taken.
fn failing(lab: &Lab<'_>, taken: &Made, bulk_id: &str) -> Value {
    let name = taken.text("userName");
    let body = with(lab.user_body(), json!({ "userName": name }));
    create(lab.users(), bulk_id, &body)
}

fn goes_on(lab: &Lab<'_>) -> Verdict {
    let taken = lab.user()?;
    let results = bulk(
        lab,
        &[
            failing(lab, &taken, "first"),
            create(lab.users(), "second", &lab.user_body()),
            failing(lab, &taken, "third"),
            create(lab.users(), "fourth", &lab.user_body()),
        ],
    )?;
    for id in ["first", "third"] {
        results.of_id(id)?.failed()?;
    }
    for id in ["second", "fourth"] {
        let user = results.of_id(id)?.made(lab.users())?;
        lab.read(&user)?;
    }
    Ok(())
}

/// Sends operations, so many errors of which are accepted.
fn with_limit(lab: &Lab<'_>, errors: u32, operations: &[Value]) -> Result<Results, Stop> {
    let body = with(request(operations), json!({ "failOnErrors": errors }));
    Results::of(lab.post("/Bulk", &body)?)
}

/// Expects a user to be there, or not.
fn is_there(lab: &Lab<'_>, user: &Made, there: bool) -> Verdict {
    lab.get(&user.path)?
        .is(if there { 200 } else { 404 })
        .map(|_| ())
}

fn fail_on_errors_stops(lab: &Lab<'_>) -> Verdict {
    let (taken, after) = (lab.user()?, lab.user()?);
    let results = with_limit(
        lab,
        1,
        &[
            create(lab.users(), "first", &lab.user_body()),
            failing(lab, &taken, "second"),
            change("DELETE", &after.path, Value::Null),
        ],
    )?;
    let first = results.of_id("first")?.made(lab.users())?;
    results.of_id("second")?.failed()?;
    is_there(lab, &first, true)?;
    is_there(lab, &after, true)?;
    if results.count() > 2 {
        lab.note("operations that were not processed have a result too");
    }
    Ok(())
}

fn fail_on_errors_counts(lab: &Lab<'_>) -> Verdict {
    let [taken, between, after] = [lab.user()?, lab.user()?, lab.user()?];
    let results = with_limit(
        lab,
        2,
        &[
            failing(lab, &taken, "first"),
            change("DELETE", &between.path, Value::Null),
            failing(lab, &taken, "third"),
            change("DELETE", &after.path, Value::Null),
        ],
    )?;
    for id in ["first", "third"] {
        results.of_id(id)?.failed()?;
    }
    is_there(lab, &between, false)?;
    is_there(lab, &after, true)
}

fn second_delete_is_404(lab: &Lab<'_>) -> Verdict {
    let user = lab.user()?;
    let delete = change("DELETE", &user.path, Value::Null);
    let results = bulk(lab, &[delete.clone(), delete])?;
    let mut statuses = [results.at(0)?.status(), results.at(1)?.status()];
    statuses.sort_unstable();
    let words = format!("{statuses:?}");
    lab.expect(statuses == [204, 404], "statuses 204 and 404", words)?;
    is_there(lab, &user, false)
}

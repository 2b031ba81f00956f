//! The limits of a Bulk request (RFC 7644 §3.7.4), as ServiceProviderConfig has them.

use serde_json::{Value, json};

use super::USERS;
use super::request::request;
use crate::answer::Answer;
use crate::check::{Check, Stop, Verdict, must};
use crate::json::at;
use crate::lab::{Lab, with};
use crate::wire::Request;

/// The most operations that are sent to see a limit.
const MOST_OPERATIONS: u64 = 1_000;
/// The most bytes.
const MOST_BYTES: u64 = 8 * 1024 * 1024;

pub(super) const CHECKS: &[Check] = &[
    must(
        "O14",
        "rfc7644-3.7.4/too-many-operations-is-413",
        "A request with more operations than bulk.maxOperations is refused with 413, and none is done.",
        too_many_operations_is_413,
    )
    .needs(USERS),
    must(
        "O14",
        "rfc7644-3.7.4/too-many-operations-names-the-limit",
        "The error of a request with too many operations names the limit.",
        too_many_operations_names_the_limit,
    )
    .needs(USERS),
    must(
        "O15",
        "rfc7644-3.7.4/too-large-payload-is-413",
        "A request with more bytes than bulk.maxPayloadSize is refused with 413, and nothing is done.",
        too_large_payload_is_413,
    )
    .needs(USERS),
];

/// A limit of the configuration, if it can be exceeded cheaply.
fn limit(lab: &Lab<'_>, name: &str, most: u64) -> Result<u64, Stop> {
    let config = lab.server.config.as_ref();
    let limit = config.and_then(|it| at(it, &format!("bulk.{name}")));
    match limit.and_then(Value::as_u64) {
        Some(limit) if limit <= most => Ok(limit),
        Some(limit) => Err(Stop::NotOffered(format!(
            "bulk.{name} is {limit}: too much to exceed"
        ))),
        None => Err(Stop::Blocked(format!(
            "ServiceProviderConfig has no number bulk.{name}"
        ))),
    }
}

/// Sends a deletion of a user and too many others, and returns the answer.
fn too_many(lab: &Lab<'_>) -> Result<(Answer, u64), Stop> {
    let limit = limit(lab, "maxOperations", MOST_OPERATIONS)?;
    let user = lab.user()?;
    let nobody = format!("{}/{}", lab.users(), uuid::Uuid::new_v4());
    let mut operations = vec![json!({ "method": "DELETE", "path": user.path })];
    for _ in 0..limit {
        operations.push(json!({ "method": "DELETE", "path": nobody }));
    }
    let answer = lab.post("/Bulk", &request(&operations))?;
    let answer = answer.is(413)?;
    lab.read(&user)?;
    Ok((answer, limit))
}

fn too_many_operations_is_413(lab: &Lab<'_>) -> Verdict {
    too_many(lab).map(|_| ())
}

fn too_many_operations_names_the_limit(lab: &Lab<'_>) -> Verdict {
    let (answer, limit) = lab.setup("a request with too many operations", || too_many(lab))?;
    let digits: String = answer.text.chars().filter(|it| *it != ',').collect();
    if digits.contains(&limit.to_string()) || answer.text.contains("maxOperations") {
        return Ok(());
    }
    let words = format!("an error that names maxOperations, or {limit}");
    Err(answer.wrong(words, answer.summary()))
}

fn too_large_payload_is_413(lab: &Lab<'_>) -> Verdict {
    let limit = limit(lab, "maxPayloadSize", MOST_BYTES)?;
    let user = lab.user()?;
    let operation = json!({ "method": "DELETE", "path": user.path });
    // spaces are of the payload, and make no operation larger
    let length = usize::try_from(limit).unwrap_or(usize::MAX);
    let body = with(request(&[operation]), json!({ "failOnErrors": 1 })).to_string();
    let body = format!("{body}{}", " ".repeat(length));
    // a server may answer, and hang up, before it has read all of it
    let request = Request::new("POST", "/Bulk").header("expect", "100-continue");
    match lab.send(request.bytes(body)) {
        Err(Stop::Wrong(finding)) => {
            lab.note(format!("too large a payload: {}", finding.actual));
        }
        answer => {
            answer?.is(413)?;
        }
    }
    lab.read(&user)?;
    Ok(())
}

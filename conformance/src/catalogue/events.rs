//! Asynchronous requests and security events (RFC 9967).

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::check::Feature::{Patch, User};
use crate::check::{Check, Stop, Verdict, must, robust};
use crate::json::{list, member, text};
use crate::lab::{Lab, Made, patch};
use crate::wire::Request;

/// Lines of the catalogue without a check, and why.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[
    (
        "V6",
        "the completion events of a Bulk request arrive at a receiver of events, which this suite has not",
    ),
    (
        "V7",
        "security event tokens arrive at a receiver, which this suite has not; how one is registered is no part of RFC 9967",
    ),
    (
        "V8",
        "security event tokens arrive at a receiver, which this suite has not",
    ),
];

pub(super) const CHECKS: &[Check] = &[
    must(
        "V1",
        "rfc9967-4/security-events-are-described",
        "Where ServiceProviderConfig has securityEvents, asyncRequest is none, long or request, and eventUris are URIs of events.",
        security_events_are_described,
    ),
    must(
        "V2",
        "rfc9967-2.5.1.1/respond-async-is-ignored-or-202",
        "A PATCH that prefers an asynchronous answer is done as any other, or answered 202 without a body.",
        respond_async_is_ignored_or_202,
    )
    .needs(&[Patch, User]),
    must(
        "V3",
        "rfc9967-2.5.1.1/accepted-names-its-transaction",
        "An answer 202 has Set-Txn, Preference-Applied and Location.",
        accepted_names_its_transaction,
    )
    .needs(&[Patch, User]),
    robust(
        "V4",
        "robust/unknown-preferences-break-nothing",
        "A request with preferences that nobody knows is answered as one without.",
        unknown_preferences_break_nothing,
    )
    .needs(&[User]),
    must(
        "V5",
        "rfc9967-2.5.1.1/location-of-accepted-leads-on",
        "A GET at the Location of a 202 gives the event or the resource.",
        location_of_accepted_leads_on,
    )
    .needs(&[Patch, User]),
];

fn security_events_are_described(lab: &Lab<'_>) -> Verdict {
    let config = lab.get("/ServiceProviderConfig")?;
    let Some(events) = member(&config.body, "securityEvents") else {
        return Err(Stop::NotOffered(
            "ServiceProviderConfig has no securityEvents".to_owned(),
        ));
    };
    let modes = ["none", "long", "request"].map(str::to_lowercase);
    let mode = member(events, "asyncRequest");
    let is_mode = mode.is_none_or(|it| {
        let word = it.as_str().unwrap_or_default().to_lowercase();
        modes.contains(&word)
    });
    if !is_mode {
        let words = mode.map(ToString::to_string).unwrap_or_default();
        return Err(config.wrong("asyncRequest none, long or request", words));
    }
    let is_uri = |it: &Value| it.as_str().is_some_and(|it| it.contains(':'));
    match member(events, "eventUris") {
        None | Some(Value::Null) => Ok(()),
        Some(Value::Array(uris)) if uris.iter().all(is_uri) => Ok(()),
        Some(other) => Err(config.wrong("an array of URIs as eventUris", other.to_string())),
    }
}

/// Changes a user with a PATCH that prefers an asynchronous answer.
fn patched_async(lab: &Lab<'_>) -> Result<(Made, String, Answer), Stop> {
    let user = lab.user()?;
    let name = lab.name();
    let operations = json!([{ "op": "replace", "path": "userName", "value": name }]);
    let request = Request::new("PATCH", &user.path).json(&patch(operations));
    let answer = lab.send(request.header("Prefer", "respond-async"))?;
    Ok((user, name, answer))
}

/// The same, for servers that do as is preferred.
fn accepted(lab: &Lab<'_>) -> Result<(Made, Answer), Stop> {
    let (user, _, answer) = patched_async(lab)?;
    if answer.status != 202 {
        let why = format!("the server answers {} at once, not 202", answer.status);
        return Err(Stop::NotOffered(why));
    }
    Ok((user, answer))
}

fn respond_async_is_ignored_or_202(lab: &Lab<'_>) -> Verdict {
    let (user, name, answer) = patched_async(lab)?;
    let answer = answer.one_of(&[200, 202, 204])?;
    if answer.status == 202 {
        lab.note("answers 202 where an asynchronous answer is preferred");
        return lab.expect(answer.text.is_empty(), "no body", answer.summary());
    }
    lab.read(&user)?.has("userName", name)
}

fn accepted_names_its_transaction(lab: &Lab<'_>) -> Verdict {
    let (_, answer) = accepted(lab)?;
    for header in ["Set-Txn", "Preference-Applied", "Location"] {
        if answer.header(header).is_none_or(str::is_empty) {
            return Err(answer.wrong(format!("the header {header}"), "none"));
        }
    }
    Ok(())
}

fn unknown_preferences_break_nothing(lab: &Lab<'_>) -> Verdict {
    let unknown = "scimconf-unknown=\"a, b\"; depth=3, handling=lenient";
    let body = lab.user_body();
    let create = Request::new("POST", lab.users()).json(&body);
    let user = lab.send(create.header("Prefer", unknown))?.is(201)?;
    let user = user.made(lab.users())?;
    let read = Request::new("GET", &user.path).header("Prefer", unknown);
    lab.send(read)?.is(200)?.has("id", user.id.as_str())?;
    let delete = Request::new("DELETE", &user.path).header("Prefer", unknown);
    lab.send(delete)?.is(204)?;
    lab.get(&user.path)?.is(404)?;
    Ok(())
}

fn location_of_accepted_leads_on(lab: &Lab<'_>) -> Verdict {
    let (user, answer) = accepted(lab)?;
    let location = answer.header("Location").unwrap_or_default();
    if location.is_empty() {
        return Err(Stop::Blocked("the answer 202 has no Location".to_owned()));
    }
    // what is not yet done may still be on its way
    let found = lab.get(location)?.one_of(&[200, 202])?;
    let is_event = member(&found.body, "events").is_some();
    let is_resource =
        text(&found.body, "id") == user.id || !list(&found.body, "schemas").is_empty();
    lab.expect(
        found.status == 202 || is_event || is_resource,
        "the event of completion or the resource",
        found.summary(),
    )
}

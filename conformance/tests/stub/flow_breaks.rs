//! Breaks that identity providers, events and drafts see, as data.
//!
//! W2, W3, W4 and W8.password break RFC 7643 or 7644, or do more than they ask: the drafts want it.

#![allow(
    clippy::semicolon_if_nothing_returned,
    reason = "the lines of the table read better without"
)]

use std::time::Duration;

use serde_json::{Value, json};

use super::edits::{at, attribute, body, each_resource, error, is_list, remove, resources, text};
use super::error::ScimError;
use super::wire::{Answer, Asked};
use super::wire_breaks::Change;

/// The breaks of this file, by their names in [`super::listed::BREAKS`].
pub const FLOWS: &[(&str, Change)] = &[
    ("U5", |asked, answer| {
        if matches!(asked.method.as_str(), "PUT" | "PATCH") && activates(&sent(asked)) {
            *answer = error(400, "who is inactive stays so")
        }
    }),
    ("U5.twice", |asked, answer| {
        if asked.method == "DELETE" && answer.status == 404 {
            *answer = Answer::empty(204)
        }
    }),
    ("U8", |asked, answer| {
        let is_lookup = asked.query.iter().any(|(name, _)| name == "filter");
        if is_lookup && is_list(answer) {
            body(answer, |body| {
                body["Resources"] = json!([]);
                body["totalResults"] = 0.into();
            })
        }
    }),
    ("U9.slow", |asked, _| {
        if asked.method == "GET" && asked.path.starts_with("/Groups") {
            std::thread::sleep(Duration::from_millis(700));
        }
    }),
    ("U9", |asked, answer| {
        if asked.method == "GET" && !is_list(answer) {
            resources(answer, |user| remove(user, "emails"))
        }
    }),
    ("U12", |asked, answer| {
        let message = sent(asked);
        let operations = message["Operations"].as_array();
        let is_simple = operations.is_none_or(|it| {
            it.len() == 1
                && it
                    .iter()
                    .all(|it| !text(it, "op").eq_ignore_ascii_case("replace"))
        });
        if asked.path.starts_with("/Groups/") && asked.method == "PATCH" && !is_simple {
            *answer = error(501, "one addition or removal at a time")
        }
    }),
    ("U16", |_, answer| {
        if answer.status == 409 {
            *answer = error(400, "taken")
        }
    }),
    ("U17", |asked, answer| {
        if asked.path.starts_with("/Users/") && asked.arrived.timestamp_subsec_micros() % 4 == 0 {
            *answer = error(503, "too many requests")
        }
    }),
    ("V2.accepted", |asked, answer| {
        accept(asked, answer, &asked.path)
    }),
    ("V5", |asked, answer| accept(asked, answer, "/nowhere")),
    ("W2", |asked, answer| {
        if String::from_utf8_lossy(&asked.body).contains("Undefined") {
            *answer = ScimError::invalid_syntax("nothing is called so").into()
        }
    }),
    ("W3", |asked, answer| {
        at(asked, answer, "/Schemas", |body| {
            each_resource(body, canonical)
        })
    }),
    ("W4", |asked, answer| {
        let message = sent(asked);
        let mut operations = message["Operations"].as_array().into_iter().flatten();
        if asked.method == "PATCH" && operations.any(|it| it["path"].is_null()) {
            *answer = ScimError::invalid_syntax("an operation has no path").into()
        }
    }),
    ("W8", |_, answer| {
        resources(answer, |user| remove(user, "externalId"))
    }),
    ("W8.password", |asked, answer| {
        at(asked, answer, "/Schemas", |body| {
            each_resource(body, |schema| {
                attribute(schema, "password", |password| {
                    password["name"] = "secret".into()
                })
            })
        })
    }),
];

/// The body of a request; null if it is no JSON.
fn sent(asked: &Asked) -> Value {
    serde_json::from_slice(&asked.body).unwrap_or_default()
}

/// Whether some `active` in it is true, as a boolean or a text.
fn activates(value: &Value) -> bool {
    let is_true = |it: &Value| {
        *it == true
            || it
                .as_str()
                .is_some_and(|it| it.eq_ignore_ascii_case("true"))
    };
    match value {
        Value::Object(members) => {
            is_true(&value["active"])
                || value["path"] == "active" && is_true(&value["value"])
                || members.values().any(activates)
        }
        Value::Array(elements) => elements.iter().any(activates),
        _ => false,
    }
}

/// Answers as RFC 9967 §2.5.1.1 asks for, but for where the Location leads.
fn accept(asked: &Asked, answer: &mut Answer, path: &str) {
    let prefers = asked
        .header("prefer")
        .is_some_and(|it| it.contains("respond-async"));
    if prefers && answer.status == 200 {
        let host = asked.header("host").unwrap_or_default();
        *answer = Answer::empty(202)
            .with("set-txn", "1".to_owned())
            .with("preference-applied", "respond-async".to_owned())
            .with("location", format!("http://{host}{}{path}", super::PREFIX));
    }
}

/// Gives each `type` values that are suggested.
fn canonical(schema: &mut Value) {
    let attributes = schema["attributes"].as_array_mut().into_iter().flatten();
    let subs = attributes.filter_map(|it| it["subAttributes"].as_array_mut());
    for kind in subs.flatten().filter(|it| it["name"] == "type") {
        if kind["canonicalValues"].as_array().is_none_or(Vec::is_empty) {
            kind["canonicalValues"] = json!(["work"]);
        }
    }
}

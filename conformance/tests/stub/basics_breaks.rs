//! Breaks of creating, reading and characteristics that can be seen in the answer alone; the same as in
//! [`super::wire_breaks`].

use serde_json::{Value, json};

use super::breaks::keeps;
use super::edits::{error, fail_if, remove, resources};
use super::wire::{Answer, Asked};
use super::wire_breaks::Change;

/// The URN of the enterprise extension.
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// Whether the parameter `attributes` of a request is such a one.
fn wants(asked: &Asked, is_it: impl Fn(&str) -> bool) -> bool {
    let mut query = asked.query.iter();
    query.any(|(name, value)| name == "attributes" && is_it(value))
}

fn elements<'a>(resource: &'a mut Value, name: &str) -> impl Iterator<Item = &'a mut Value> {
    let found = resource.get_mut(name).and_then(Value::as_array_mut);
    found.into_iter().flatten()
}

/// The breaks, by their names in [`super::listed::BREAKS`].
pub const BASICS: &[(&str, Change)] = &[
    ("C22.echo", |asked, answer| {
        if answer.status >= 400 && asked.method == "POST" {
            let echo = String::from_utf8_lossy(&asked.body).into_owned();
            *answer = error(answer.status, &format!("cannot make {echo}"));
        }
    }),
    ("D6.core", |asked, answer| {
        if wants(asked, |it| it.contains(":core:2.0:"))
            && let Some(body) = answer.body.as_mut().and_then(|it| it.as_object_mut())
        {
            body.retain(|name, _| name == "id" || name == "schemas");
        }
    }),
    ("D6.part", |asked, answer| {
        if wants(asked, |it| it == ENTERPRISE)
            && let Some(body) = &mut answer.body
        {
            body[ENTERPRISE] = json!({ "division": "?" });
        }
    }),
    ("D14.empty", |asked, answer| {
        fail_if(
            answer,
            asked.query.iter().any(|(_, value)| value.is_empty()),
        );
    }),
    ("D15.missing", |_, answer| {
        resources(answer, |resource| {
            if let Some(schemas) = resource["schemas"].as_array_mut() {
                schemas.truncate(1);
            }
        });
    }),
    ("E2.add", |asked, answer| {
        if asked.method == "PATCH" && asked.body.windows(7).any(|it| it == b"\"batch\"") {
            *answer = error(400, "batch is immutable");
        }
    }),
    ("E7.kept", |_, answer| {
        resources(answer, |resource| {
            if let Some(serial) = resource.get("serial").and_then(Value::as_str) {
                resource["serial"] = serial.to_lowercase().into();
            }
        });
    }),
    ("E12.kept", |_, answer| {
        resources(answer, |resource| {
            for (name, other) in [
                ("bought", "2000-01-01T00:00:00Z"),
                ("certificate", "AAAA"),
                ("manual", "https://example.com/other"),
            ] {
                if resource.get(name).is_some() {
                    resource[name] = other.into();
                }
            }
            if let Some(tags) = resource.get_mut("tags").and_then(Value::as_array_mut) {
                tags.truncate(1);
            }
        });
    }),
    ("E15.changed", |_, answer| {
        resources(answer, |resource| {
            for mail in elements(resource, "emails") {
                mail["type"] = "other".into();
            }
        });
    }),
    ("E18.code", |_, answer| {
        resources(answer, |resource| {
            for address in elements(resource, "addresses") {
                address["country"] = "XX".into();
            }
        });
    }),
    ("M2.stale", |asked, answer| {
        if asked.header("if-none-match").is_some() && answer.status == 200 {
            *answer = Answer::empty(304);
        }
    }),
    ("T1.attributes", |_, answer| {
        resources(answer, |resource| {
            if resource.get(ENTERPRISE).is_some() {
                remove(&mut resource[ENTERPRISE], "department");
            }
        });
    }),
];

/// The id of a new resource; that of a deleted one again where this rule is broken.
pub fn id(body: &Value, new: String) -> String {
    let name = ["userName", "serial", "displayName"].iter();
    let name = name.clone().find_map(|name| body[name].as_str());
    match name {
        Some(name) if !keeps("C3.again") => format!("id-of-{name}"),
        _ => new,
    }
}

//! More breaks of discovery, /Me, errors and HTTP, as data.

#![allow(
    clippy::semicolon_if_nothing_returned,
    reason = "the lines of the table read better without"
)]

use serde_json::{Value, json};

use super::edits::{
    at, attribute, each_resource, error, errors, fail_if, lose_header, remove, resources, schemas,
};
use super::wire::Answer;
use super::wire_breaks::Change;

/// The breaks, by their names in [`super::listed::BREAKS`].
pub const DOOR: &[(&str, Change)] = &[
    ("A7.complete", |asked, answer| {
        at(asked, answer, "/ResourceTypes", |body| {
            each_resource(body, |kind| remove(kind, "name"))
        })
    }),
    ("A7.endpoint", |asked, answer| {
        at(asked, answer, "/ResourceTypes", |body| {
            body["Resources"][1]["endpoint"] = "/Teams".into()
        })
    }),
    ("A11.described", |_, answer| {
        schemas(answer, |schema| {
            remove(&mut schema["attributes"][0], "multiValued")
        })
    }),
    ("A12.group", |_, answer| {
        schemas(answer, |schema| {
            attribute(schema, "members", |it| it["multiValued"] = false.into())
        })
    }),
    ("A12.enterprise", |_, answer| {
        schemas(answer, |schema| {
            attribute(schema, "manager", |it| {
                it["type"] = "string".into();
                remove(it, "subAttributes");
            })
        })
    }),
    ("A12.id", |_, answer| {
        schemas(answer, |schema| {
            let id = json!({ "name": "id", "type": "string", "multiValued": false });
            if let Some(attributes) = schema["attributes"].as_array_mut() {
                attributes.push(id);
            }
        })
    }),
    ("A15.etag", |_, answer| {
        lose_header(answer, "etag");
        resources(answer, |resource| remove(&mut resource["meta"], "version"));
    }),
    ("A15.sort", |asked, answer| {
        let asks = |name: &str| asked.query.iter().any(|(key, _)| key == name);
        let list = answer
            .body
            .as_mut()
            .and_then(|it| it.get_mut("Resources")?.as_array_mut());
        if let Some(list) = list.filter(|_| asks("sortBy")) {
            list.sort_by_key(|it| it["id"].to_string());
        }
    }),
    ("A15.password", |asked, answer| {
        if asked.method == "PATCH" && asked.body.windows(8).any(|it| it == b"password") {
            *answer = error(403, "passwords stay")
        }
    }),
    ("A16.filters", |asked, answer| {
        let filters = asked.query.iter().any(|(name, _)| name == "filter");
        if filters && matches!(asked.path.as_str(), "/Schemas" | "/ResourceTypes") {
            *answer = Answer::new(200, super::list::response(0, Vec::new()));
        }
    }),
    ("P1.status", |_, answer| {
        if answer.status == 501 {
            *answer = error(400, "no such thing")
        }
    }),
    ("P3", |asked, answer| {
        if asked.path == "/Me" {
            let id = if asked.method == "GET" { "a" } else { "b" };
            *answer = Answer::new(200, json!({ "id": id, "userName": "somebody" }));
        }
    }),
    ("Q2.unknown", |_, answer| {
        errors(answer, |body| body["scimType"] = "wrong".into())
    }),
    ("R8", |asked, answer| {
        // what the parser has dropped is not written again
        let read = serde_json::from_slice::<Value>(&asked.body);
        let shorter = read.is_ok_and(|it| it.to_string().len() < asked.body.len());
        fail_if(answer, shorter)
    }),
    ("R11.encoded", |asked, answer| {
        if asked.path.contains('%') && answer.status == 200 {
            *answer = error(404, "not found")
        }
    }),
    ("R12.chunks", |asked, answer| {
        if asked.header("transfer-encoding").is_some() {
            *answer = error(400, "no Content-Length")
        }
    }),
    ("R12.expect", |asked, answer| {
        if asked.header("expect").is_some() {
            *answer = error(400, "an unknown header")
        }
    }),
    ("R12.gzip", |asked, answer| {
        fail_if(answer, asked.header("content-encoding").is_some())
    }),
];

//! Breaks of discovery, authentication, errors and HTTP that the other tables do not have: a
//! name, what is then wrong, and what becomes of the answer.

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

/// The breaks, in the order of the catalogue.
pub const DOOR: &[(&str, &str, Change)] = &[
    (
        "A7.complete",
        "resource types have no name",
        |asked, answer| {
            at(asked, answer, "/ResourceTypes", |body| {
                each_resource(body, |kind| remove(kind, "name"))
            })
        },
    ),
    (
        "A7.endpoint",
        "the endpoint of Groups is not where they are",
        |asked, answer| {
            at(asked, answer, "/ResourceTypes", |body| {
                body["Resources"][1]["endpoint"] = "/Teams".into()
            })
        },
    ),
    (
        "A11.described",
        "an attribute has no multiValued",
        |_, answer| {
            schemas(answer, |schema| {
                remove(&mut schema["attributes"][0], "multiValued")
            })
        },
    ),
    (
        "A11.legal",
        "an attribute has a mutability that does not exist",
        |_, answer| {
            schemas(answer, |schema| {
                schema["attributes"][0]["mutability"] = "writeOnce".into()
            })
        },
    ),
    (
        "A12.group",
        "members is published as singular",
        |_, answer| {
            schemas(answer, |schema| {
                attribute(schema, "members", |it| it["multiValued"] = false.into())
            })
        },
    ),
    (
        "A12.enterprise",
        "manager is published as a string",
        |_, answer| {
            schemas(answer, |schema| {
                attribute(schema, "manager", |it| {
                    it["type"] = "string".into();
                    remove(it, "subAttributes");
                })
            })
        },
    ),
    ("A12.id", "id is published readWrite", |_, answer| {
        schemas(answer, |schema| {
            let id = json!({ "name": "id", "type": "string", "multiValued": false });
            if let Some(attributes) = schema["attributes"].as_array_mut() {
                attributes.push(id);
            }
        })
    }),
    (
        "A15.etag",
        "versions are announced, and there are none",
        |_, answer| {
            lose_header(answer, "etag");
            resources(answer, |resource| remove(&mut resource["meta"], "version"));
        },
    ),
    (
        "A15.sort",
        "sorting is announced, and sortBy ignored",
        |asked, answer| {
            let asks = |name: &str| asked.query.iter().any(|(key, _)| key == name);
            let list = answer
                .body
                .as_mut()
                .and_then(|it| it.get_mut("Resources")?.as_array_mut());
            if let Some(list) = list.filter(|_| asks("sortBy")) {
                list.sort_by_key(|it| it["id"].to_string());
            }
        },
    ),
    (
        "A16.filters",
        "a filter on Schemas and ResourceTypes is applied",
        |asked, answer| {
            let filters = asked.query.iter().any(|(name, _)| name == "filter");
            if filters && matches!(asked.path.as_str(), "/Schemas" | "/ResourceTypes") {
                *answer = Answer::new(200, super::list::response(0, Vec::new()));
            }
        },
    ),
    (
        "P1.status",
        "/Me, which is not supported, is a bad request",
        |_, answer| {
            if answer.status == 501 {
                *answer = error(400, "no such thing")
            }
        },
    ),
    (
        "P3",
        "a PATCH of /Me changes another resource than its GET shows",
        |asked, answer| {
            if asked.path == "/Me" {
                let id = if asked.method == "GET" { "a" } else { "b" };
                *answer = Answer::new(200, json!({ "id": id, "userName": "somebody" }));
            }
        },
    ),
    (
        "Q2.unknown",
        "scimType is a word that no RFC has",
        |_, answer| errors(answer, |body| body["scimType"] = "wrong".into()),
    ),
    (
        "R8",
        "two members with the same name are a failure of the server",
        |asked, answer| {
            // what the parser has dropped is not written again
            let read = serde_json::from_slice::<Value>(&asked.body);
            let shorter = read.is_ok_and(|it| it.to_string().len() < asked.body.len());
            fail_if(answer, shorter)
        },
    ),
    (
        "R11.encoded",
        "a percent-encoded id is not found",
        |asked, answer| {
            if asked.path.contains('%') && answer.status == 200 {
                *answer = error(404, "not found")
            }
        },
    ),
    (
        "R12.chunks",
        "a body in chunks is refused",
        |asked, answer| {
            if asked.header("transfer-encoding").is_some() {
                *answer = error(400, "no Content-Length")
            }
        },
    ),
    (
        "R12.expect",
        "Expect: 100-continue is refused as unknown",
        |asked, answer| {
            if asked.header("expect").is_some() {
                *answer = error(400, "an unknown header")
            }
        },
    ),
    (
        "R12.gzip",
        "a compressed body is a failure of the server",
        |asked, answer| fail_if(answer, asked.header("content-encoding").is_some()),
    ),
];

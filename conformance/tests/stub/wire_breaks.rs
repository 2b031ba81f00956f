//! Breaks that can be seen in the answer alone, as data: a name, and what then becomes of the answer.

#![allow(
    clippy::semicolon_if_nothing_returned,
    reason = "the lines of the table read better without"
)]

use serde_json::json;

use super::basics_breaks::BASICS;
use super::breaks::keeps;
use super::discovery_breaks::DISCOVERY;
use super::door_breaks::DOOR;
use super::edits::{
    detail, error, errors, fail_if, header, is_list, lose_header, lose_scim_type, relative, remove,
    resources, swap_scim_type, text, without_astral,
};
use super::flow_breaks::FLOWS;
use super::group_breaks::GROUPS;
use super::query_breaks::QUERIES;
use super::wire::{Answer, Asked};

/// What becomes of the answer to a request.
pub type Change = fn(&Asked, &mut Answer);

/// The breaks of the wire but those of discovery and flows, by their names in [`super::listed::BREAKS`].
pub const WIRE: &[(&str, Change)] = &[
    // PATCH
    ("J43.type", |asked, answer| {
        if asked.method == "PATCH" {
            errors(answer, |body| {
                if body["scimType"] == "invalidValue" {
                    body["scimType"] = "invalidSyntax".into();
                }
            });
        }
    }),
    // Authentication
    ("B2.body", |_, answer| {
        if answer.status == 401 {
            answer.body = None
        }
    }),
    ("B3", |_, answer| lose_header(answer, "www-authenticate")),
    ("B6", |asked, answer| {
        let token = asked
            .header("authorization")
            .and_then(|header| header.split_once(' '))
            .map(|(_, token)| token.trim());
        fail_if(
            answer,
            answer.status == 401
                && token.is_none_or(|token| {
                    token.is_empty() || token.contains(' ') || token.len() > 999
                }),
        );
    }),
    ("B11", |asked, answer| {
        if asked.method == "GET" && asked.path == "/Users" {
            *answer =
                Answer::empty(307).with("location", "http://scim.example/scim/v2/Users".into());
        }
    }),
    // Create
    ("C1.status", |_, answer| {
        if answer.status == 201 {
            answer.status = 200
        }
    }),
    ("C1.body", |_, answer| {
        if answer.status == 201 {
            answer.body = None
        }
    }),
    ("C2.header", |_, answer| {
        if answer.status == 201 {
            lose_header(answer, "location")
        }
    }),
    ("C2.differs", |_, answer| {
        header(answer, "location", |location| format!("{location}?created"))
    }),
    ("C2.relative", |_, answer| {
        header(answer, "location", relative);
        resources(answer, |resource| {
            resource["meta"]["location"] = relative(text(&resource["meta"], "location")).into()
        });
    }),
    ("C4.created", |_, answer| {
        resources(answer, |resource| remove(&mut resource["meta"], "created"))
    }),
    ("C4.resourceType", |_, answer| {
        resources(answer, |resource| {
            remove(&mut resource["meta"], "resourceType")
        })
    }),
    ("C5", |_, answer| {
        if answer.status == 201 {
            lose_header(answer, "etag")
        }
    }),
    // Read
    ("D1", |asked, answer| {
        if asked.method == "GET" {
            resources(answer, |resource| remove(resource, "meta"))
        }
    }),
    ("D2", |asked, answer| {
        if asked.method == "GET" && answer.status == 404 {
            *answer = error(400, "no such id")
        }
    }),
    ("D3", |asked, answer| {
        fail_if(answer, asked.path.contains('%') && answer.status == 404)
    }),
    ("D13", |asked, answer| {
        let has = |wanted: &str| asked.query.iter().any(|(name, _)| name == wanted);
        fail_if(answer, has("attributes") && has("excludedAttributes"));
    }),
    // Pages
    ("H6.max", |asked, answer| {
        let count = asked
            .query
            .iter()
            .find(|(name, _)| name == "count")
            .and_then(|(_, count)| count.parse::<usize>().ok());
        if count.is_some_and(|count| count > super::list::MAX_RESULTS) {
            *answer = error(400, "the count is too large");
        }
    }),
    ("H9", |_, answer| {
        if is_list(answer)
            && answer
                .body
                .as_ref()
                .is_some_and(|body| body["totalResults"] == 0)
        {
            *answer = error(404, "nothing was found");
        }
    }),
    ("I1", |asked, answer| {
        super::edits::at(asked, answer, "/ServiceProviderConfig", |body| {
            body["pagination"]["cursor"] = "yes".into()
        })
    }),
    ("I1.method", |asked, answer| {
        super::edits::at(asked, answer, "/ServiceProviderConfig", |body| {
            body["pagination"]["defaultPaginationMethod"] = "page".into();
        })
    }),
    // PATCH, DELETE
    ("J1", |asked, answer| {
        if asked.method == "PATCH" && answer.status == 200 {
            answer.body = None
        }
    }),
    ("J1.attributes", |asked, answer| {
        if asked.method == "PATCH" && answer.status == 200 {
            *answer = Answer::empty(204)
        }
    }),
    ("J6", |asked, answer| {
        if asked.method == "PATCH" && answer.status == 404 {
            *answer = Answer::empty(204)
        }
    }),
    ("L1", |asked, answer| {
        if asked.method == "DELETE" && answer.status == 204 {
            *answer = Answer::new(200, json!({}))
        }
    }),
    ("L7", |asked, answer| {
        if asked.method == "DELETE" && asked.header("content-type").is_some() {
            *answer = error(400, "DELETE has no body");
        }
    }),
    // Versions
    ("M1.header", |asked, answer| {
        if asked.method != "POST" {
            lose_header(answer, "etag")
        }
    }),
    ("M1.differs", |_, answer| {
        header(answer, "etag", |tag| tag.replace("W/\"", "W/\"v"))
    }),
    ("M8", |asked, answer| {
        super::edits::at(asked, answer, "/ServiceProviderConfig", |body| {
            body["etag"]["supported"] = false.into()
        })
    }),
    ("N4.filter", |asked, answer| {
        if asked.path.ends_with("/.search") && answer.status == 400 {
            *answer = Answer::new(200, super::list::response(0, Vec::new()));
        }
    }),
    ("N5", |asked, answer| {
        if asked.path.ends_with("/.search") && answer.status == 200 {
            answer.status = 201
        }
    }),
    ("P1", |_, answer| {
        if answer.status == 501 {
            *answer = Answer::new(200, json!({}))
        }
    }),
    // Errors
    ("Q1.status", |_, answer| {
        errors(answer, |body| {
            body["status"] = text(body, "status").parse::<u16>().unwrap_or(0).into()
        })
    }),
    ("Q1.schemas", |_, answer| {
        errors(answer, |body| remove(body, "schemas"))
    }),
    ("Q1.media", |_, answer| {
        if answer.status >= 400 {
            header(answer, "content-type", |_| {
                "application/problem+json".into()
            })
        }
    }),
    ("Q1.body", |_, answer| {
        if answer.status >= 400 {
            answer.body = None
        }
    }),
    ("Q2.invalidFilter", |_, answer| {
        lose_scim_type(answer, "invalidFilter")
    }),
    ("Q2.uniqueness", |_, answer| {
        lose_scim_type(answer, "uniqueness")
    }),
    ("Q2.mutability", |_, answer| {
        swap_scim_type(answer, "mutability")
    }),
    ("Q2.invalidSyntax", |_, answer| {
        swap_scim_type(answer, "invalidSyntax")
    }),
    ("Q2.invalidPath", |_, answer| {
        swap_scim_type(answer, "invalidPath")
    }),
    ("Q2.noTarget", |_, answer| {
        lose_scim_type(answer, "noTarget")
    }),
    ("Q2.invalidValue", |_, answer| {
        swap_scim_type(answer, "invalidValue")
    }),
    ("Q3.unknown", |_, answer| {
        if detail(answer).contains("such endpoint") {
            *answer = Answer::new(200, json!({}))
        }
    }),
    ("Q3.form", |_, answer| {
        if detail(answer).contains("such endpoint") {
            answer.body = Some("Not Found".into())
        }
    }),
    ("Q3.method", |_, answer| {
        if answer.status == 405 {
            *answer = error(400, "no such method")
        }
    }),
    ("Q3.allow", |_, answer| lose_header(answer, "allow")),
    ("Q7", |_, answer| {
        errors(answer, |body| {
            body["detail"] = "SELECT * FROM users WHERE id = $1 at Store.java:217".into()
        })
    }),
    ("Q8", |_, answer| {
        errors(answer, |body| {
            body["timestamp"] = "2026-01-01T00:00:00Z".into()
        })
    }),
    ("Q10", |asked, answer| {
        fail_if(answer, asked.body.windows(6).any(|six| six == b"\\u0000"))
    }),
    // Media types and text
    ("R1", |asked, answer| {
        if asked
            .header("accept")
            .is_some_and(|accept| accept != "application/scim+json")
        {
            *answer = error(406, "only application/scim+json");
        }
    }),
    ("R3", |_, answer| {
        header(answer, "content-type", |_| "application/json".into())
    }),
    ("R4", |_, answer| {
        if let Some(body) = &mut answer.body {
            without_astral(body)
        }
    }),
    ("R10.head", |asked, answer| {
        fail_if(answer, asked.method == "HEAD")
    }),
    ("R10.options", |asked, answer| {
        fail_if(answer, asked.method == "OPTIONS")
    }),
    ("R11", |asked, answer| {
        fail_if(
            answer,
            asked.path.len() > 1 && asked.path.ends_with('/') || asked.path.contains("//"),
        )
    }),
    ("R14", |_, answer| {
        lose_header(answer, "cache-control");
        lose_header(answer, "x-content-type-options");
    }),
    // RFC 9967
    ("V1", |asked, answer| {
        super::edits::at(asked, answer, "/ServiceProviderConfig", |body| {
            body["securityEvents"] = json!({ "asyncRequest": "maybe", "eventUris": "none" });
        })
    }),
    ("V2", |asked, answer| {
        if asked
            .header("prefer")
            .is_some_and(|prefer| prefer.contains("respond-async"))
        {
            answer.status = 202
        }
    }),
    ("V3", |asked, answer| {
        if asked
            .header("prefer")
            .is_some_and(|prefer| prefer.contains("respond-async"))
        {
            *answer = Answer::empty(202);
        }
    }),
    ("V4", |asked, answer| {
        if asked.header("prefer").is_some() {
            *answer = error(400, "unknown preference")
        }
    }),
];

/// Applies those that are broken here.
pub fn change(asked: &Asked, answer: &mut Answer) {
    for (_, change) in WIRE
        .iter()
        .chain(DISCOVERY)
        .chain(BASICS)
        .chain(DOOR)
        .chain(FLOWS)
        .chain(GROUPS)
        .chain(QUERIES)
        .filter(|(name, _)| !keeps(name))
    {
        change(asked, answer);
    }
}

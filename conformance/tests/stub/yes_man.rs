//! The negative control: a server that says yes to everything, and does nothing.

use serde_json::{Value, json};

use super::discovery;
use super::wire::{Answer, Asked};

/// Answers 200 and something that looks like it. Discovery is that of the specimen.
pub fn answer(base: &str, asked: &Asked) -> Answer {
    let path = asked.segments().unwrap_or_default();
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let discovered = discovery::answer(base, &path, 3600);
    Answer::new(
        200,
        discovered.unwrap_or_else(|_| plausible(base, asked, &path)),
    )
}

fn plausible(base: &str, asked: &Asked, path: &[&str]) -> Value {
    let is_collection = asked.method == "GET" && path.len() == 1;
    if !is_collection {
        return user(base);
    }
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": 1,
        "startIndex": 1,
        "itemsPerPage": 1,
        "Resources": [user(base)],
    })
}

fn user(base: &str) -> Value {
    let id = "2819c223-7f76-453a-919d-413861904646";
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": id,
        "externalId": "701984",
        "userName": "bjensen@example.com",
        "name": { "formatted": "Barbara Jensen", "familyName": "Jensen", "givenName": "Barbara" },
        "displayName": "Babs Jensen",
        "emails": [{ "value": "bjensen@example.com", "type": "work", "primary": true }],
        "active": true,
        "meta": {
            "resourceType": "User",
            "created": "2026-01-23T04:56:22Z",
            "lastModified": "2026-05-13T04:42:34Z",
            "location": format!("{base}/Users/{id}"),
            "version": "W/\"1\"",
        },
    })
}

//! What no client means to send, and some client will.

use serde_json::{Value, json};

use crate::check::{Stop, Verdict};
use crate::lab::{Lab, with};
use crate::sample::Fill;
use crate::server::{Attribute, ResourceType};
use crate::wire::Request;

/// Most attributes of a resource type that are tried.
const MOST: usize = 30;

/// Parameters of a list, or of a resource, that nobody can mean.
const PARAMETERS: [&str; 16] = [
    "filter=",
    "filter=%00",
    "filter=%FF%FE",
    "filter=userName%20eq",
    "filter=a%20eq%20%22%5Cu0000%22",
    "sortBy=%00&sortOrder=sideways",
    "sortBy=a.b.c.d[e]",
    "count=99999999999999999999999",
    "count=1e9&startIndex=-9223372036854775808",
    "startIndex=18446744073709551616",
    "attributes=,,,&excludedAttributes=,",
    "attributes=%5B%5D.%00:::",
    "cursor=%00%FF",
    "cursor=%E2%80%AE&count=NaN",
    "a=%",
    "=&&==&",
];

pub(super) fn odd_values(lab: &Lab<'_>) -> Verdict {
    for kind in &lab.server.types {
        for (n, attribute) in kind.schema.attributes.iter().take(MOST).enumerate() {
            post_with(lab, kind, &attribute.name, odd(attribute, n))?;
        }
        for (extension, _) in &kind.extensions {
            post_with(lab, kind, &extension.id, json!(["a", 1, null]))?;
        }
        for (name, value) in [
            ("schemas", json!([1, null, {}])),
            ("schemas", json!({})),
            ("id", json!([[]])),
            ("meta", json!("a")),
            ("externalId", json!({ "a": [] })),
            ("", json!({ "": "" })),
        ] {
            post_with(lab, kind, name, value)?;
        }
    }
    Ok(())
}

fn post_with(lab: &Lab<'_>, kind: &ResourceType, name: &str, value: Value) -> Verdict {
    let body = with(lab.body(kind, Fill::Required), json!({ name: value }));
    lab.post(&kind.endpoint, &body)?.survives()?;
    Ok(())
}

/// A value that does not fit the attribute; another one for each.
fn odd(attribute: &Attribute, n: usize) -> Value {
    let deep = json!({ "value": { "value": { "value": ["a", { "": null }] } } });
    let odd = [
        json!([[null]]),
        deep,
        json!(-1.5e300),
        json!("\u{0}\u{7}\u{202e}'\";--%_\\"),
        json!([{ "value": 1, "type": [], "primary": "a" }, 1, "a", null]),
        json!(true),
    ];
    let simple = |it: &&Value| attribute.kind != "boolean" || !it.is_boolean();
    let odd: Vec<&Value> = odd.iter().filter(simple).collect();
    odd.get(n % odd.len())
        .map_or(Value::Null, |it| (*it).clone())
}

pub(super) fn odd_addresses(lab: &Lab<'_>) -> Verdict {
    let kind = lab.kind()?;
    let (made, path) = (lab.sample(kind, Fill::Required)?, &kind.endpoint);
    let mut paths = Vec::new();
    for parameters in PARAMETERS {
        paths.push(format!("{path}?{parameters}"));
        paths.push(format!("{}?{parameters}", made.path));
    }
    for segment in ["%00", "%FF", "%2e%2e", ".search", "a%2Fb", "%E2%80%AE", "'"] {
        paths.push(format!("{path}/{segment}"));
        paths.push(format!("/Schemas/{segment}"));
        paths.push(format!("/{segment}"));
    }
    survive(lab, paths.into_iter().map(|it| Request::new("GET", it)))
}

pub(super) fn odd_operations(lab: &Lab<'_>) -> Verdict {
    let kind = lab.kind()?;
    let made = lab.sample(kind, Fill::Required)?;
    let name = kind.plain_texts().next();
    let name = name.map_or("externalId", |it| &it.name);
    let odd = [
        json!(null),
        json!([]),
        json!([null]),
        json!({ "op": "add" }),
        json!([{}]),
        json!([{ "op": 1, "path": [], "value": null }]),
        json!([{ "op": "add", "path": "", "value": "a" }]),
        json!([{ "op": "add", "value": [1, 2] }]),
        json!([{ "op": "add", "value": { "": {} } }]),
        json!([{ "op": "replace", "path": "\u{0}", "value": "\u{0}" }]),
        json!([{ "op": "replace", "path": format!("{name}[value eq 1].a.b.c"), "value": 1 }]),
        json!([{ "op": "replace", "path": format!("{name}.a.b"), "value": [[]] }]),
        json!([{ "op": "remove", "path": "schemas" }]),
        json!([{ "op": "replace", "path": "schemas", "value": 1 }]),
        json!([{ "op": "add", "path": "urn:a:b:c", "value": { "a": 1 } }]),
        json!([{ "op": "add", "path": "meta.location", "value": {} }]),
    ];
    survive(
        lab,
        odd.into_iter()
            .map(|it| Request::new("PATCH", &made.path).json(&crate::lab::patch(it))),
    )
}

fn survive(lab: &Lab<'_>, requests: impl Iterator<Item = Request>) -> Result<(), Stop> {
    for request in requests {
        lab.send(request)?.survives()?;
    }
    Ok(())
}

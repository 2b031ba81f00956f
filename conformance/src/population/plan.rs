//! Who the shared users are.

use serde_json::{Value, json};

use crate::lab::{with, without};
use crate::server::ENTERPRISE;

/// The users as they are meant, in an order that is not that of any attribute.
pub(crate) fn plan(tag: &str, text: Option<&str>) -> Vec<(&'static str, Value)> {
    let texts: &[(&str, &str, &str, Option<&str>)] = &[
        ("hal", "Hal", "Lindqvist", None),
        ("bo", "bo", "Berg", Some("guide book")),
        ("fay", "Fay", "Novak", Some("warden")),
        ("ada", "Ada", "Varga", Some("Guide")),
        ("gil", "Gil", "Osman", Some("Zookeeper")),
        ("cy", "Cy", "Iyer", Some("Night guide")),
        ("eve", "Eve", "Novak", Some("Warden")),
        ("dee", "Dee", "varga", None),
    ];
    let person = |(name, given, family, words): &(&'static str, &str, &str, Option<&str>)| {
        let mut body = json!({
            "displayName": format!("{given} {family}"),
            "name": { "givenName": given, "familyName": family },
            "active": true,
        });
        if let (Some(text), Some(words)) = (text, words) {
            body = with(body, json!({ text: words }));
        } else if text == Some("displayName") {
            body = without(body, "displayName");
        }
        (*name, with(body, more(tag, name)))
    };
    texts.iter().map(person).collect()
}

/// What only some of the users have.
fn more(tag: &str, name: &str) -> Value {
    let email = |kind: &str, domain: &str| json!({ "type": kind, "value": format!("{tag}-{name}@{domain}.example") });
    let first = |email: Value| with(email, json!({ "primary": true }));
    match name {
        "ada" => json!({
            "externalId": format!("{tag}-Ada"),
            "emails": [first(email("work", "corp")), email("home", "house")],
            "phoneNumbers": [{ "type": "work", "value": "tel:+1-201-555-0101" }, { "type": "mobile", "value": "tel:+1-201-555-0102" }],
            ENTERPRISE: { "department": "Tours", "costCenter": "North 1" },
        }),
        "bo" => json!({
            "externalId": format!("{tag}-Bo"),
            "emails": [first(email("home", "house"))],
            "phoneNumbers": [{ "type": "mobile", "value": "tel:+1-201-555-0103" }],
            ENTERPRISE: { "department": "night tours" },
        }),
        "cy" => json!({
            "externalId": format!("{tag}-Cy"),
            "emails": [email("work", "house")],
            ENTERPRISE: { "department": "Archive", "costCenter": "South 2" },
        }),
        "dee" => json!({ "emails": [email("work", "corp")] }),
        "eve" => json!({ "externalId": format!("{tag}-Eve"), "emails": [email("other", "corp")] }),
        "fay" => json!({ "emails": [first(email("work", "corp")), email("other", "house")] }),
        "gil" => json!({ "externalId": format!("{tag}-Gil"), "emails": [email("home", "house")] }),
        _ => json!({ "emails": [email("work", "house"), email("home", "corp")] }),
    }
}

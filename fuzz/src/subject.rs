//! The resource types that the targets know, with a resource of each.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use crate::idp::{Idp, Profile, Quirk};
use crate::scim::admit::{Admitted, admit};
use crate::scim::registry::Registry;
use crate::scim::render::{BaseUrl, Resource, attributes};
use crate::scim::schema::ResourceType;
use crate::scim::version::Version;

/// Schemas as an operator might add them: every type, every characteristic.
const FILES: [(&str, &str); 3] = [
    (
        "badge.json",
        include_str!("../../tests/fixtures/schemas/badge.json"),
    ),
    (
        "device.json",
        include_str!("../../tests/fixtures/schemas/device.json"),
    ),
    (
        "device-type.json",
        include_str!("../../tests/fixtures/schemas/device-type.json"),
    ),
];

/// A resource type and a resource of it.
#[derive(Debug)]
pub struct Subject {
    /// The type.
    pub kind: &'static ResourceType,
    /// What a client made the resource with, as admitted.
    pub admitted: Admitted,
    /// The resource as a client reads it, with `id`, `meta` and members.
    pub shown: Map<String, Value>,
}

/// One of each resource type: User, Group, Device.
pub static SUBJECTS: LazyLock<Vec<Subject>> = LazyLock::new(|| {
    let files = FILES.map(|(name, text)| (name.to_owned(), text.to_owned()));
    let registry = Registry::load(&files).expect("the schemas fit together");
    registry.types.iter().copied().map(subject).collect()
});

/// The leniencies to try a request with: none, and those of all providers.
pub static LENIENCIES: LazyLock<[Vec<Quirk>; 2]> =
    LazyLock::new(|| [Vec::new(), Profile::Auto.quirks(Some(Idp::Entra))]);

fn subject(kind: &'static ResourceType) -> Subject {
    let body = match kind.name.as_str() {
        "User" => user(),
        "Group" => group(),
        _ => device(),
    };
    let admitted = admit(kind, body).expect("the resource is valid");
    let resource = Resource {
        id: uuid::uuid!("2819c223-7f76-453a-919d-413861904646"),
        version: Version(7),
        created: 1_264_222_582_000_000,
        updated: 1_305_261_754_000_000,
        document: admitted.attributes.to_document(),
    };
    let members = kind
        .members
        .map(|members| (members.name.as_str(), json!(admitted.members)));
    let base = BaseUrl("https://vestibule.example/scim/v2".to_owned());
    let shown = attributes(kind, &resource, members, &base).expect("a document is JSON");
    Subject {
        kind,
        admitted,
        shown,
    }
}

fn user() -> Value {
    json!({
        "schemas": [
            "urn:ietf:params:scim:schemas:core:2.0:User",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
            "urn:example:params:scim:schemas:extension:badge:1.0:User"
        ],
        "userName": "bjensen@example.com",
        "externalId": "701984",
        "name": { "formatted": "Ms. Bárbara J Jensen", "familyName": "Jensen", "givenName": "Bárbara" },
        "displayName": "Babs Jensen",
        "nickName": "",
        "active": false,
        "emails": [
            { "value": "bjensen@example.com", "type": "work", "primary": true },
            { "value": "babs@jensen.example.org", "type": "home" },
            { "value": "BABS@jensen.example.org" }
        ],
        "addresses": [{ "type": "work", "locality": "Hollywood", "postalCode": "91608" }],
        "phoneNumbers": [{ "value": "555-555-5555", "type": "work" }, { "type": "mobile" }],
        "x509Certificates": [{ "value": "MIIDQzCCAqygAwIBAgICEAAwDQYJKoZIhvcNAQEFBQAw" }],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
            "employeeNumber": "701984", "department": "Tours", "manager": { "value": "26118915" }
        },
        "urn:example:params:scim:schemas:extension:badge:1.0:User": {
            "number": "B-1", "level": 3, "issued": "2011-05-13T04:42:34Z", "lost": false
        }
    })
}

fn group() -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": "Tour Guides",
        "externalId": "tours",
        "members": [
            { "value": "2819c223-7f76-453a-919d-413861904646", "type": "User", "display": "Babs" },
            { "value": "902c246b-6245-4190-8e05-00816be7344a" }
        ]
    })
}

fn device() -> Value {
    json!({
        "schemas": ["urn:example:params:scim:schemas:core:1.0:Device"],
        "serialNumber": "S-1",
        "assetTag": "ä1",
        "enabled": true,
        "weight": 2.5,
        "ports": 4,
        "bought": "2011-05-13T04:42:34.5+02:00",
        "certificate": "aGk=",
        "manual": "https://example.com/manual",
        "model": "M",
        "tags": ["red", "Blue"],
        "location": { "building": "A", "floor": -1 },
        "interfaces": [
            { "value": "eth0", "type": "wired", "speed": 1000, "primary": true },
            { "value": "wlan0", "type": "radio" }
        ]
    })
}

//! A stored resource becomes the text of an answer (RFC 7643 §3.1, RFC 7644 §3.4).
//!
//! # Why
//! A document is answered as it is stored: `id`, `groups` and `meta` are spliced into its text,
//! and nothing is parsed unless the client asked for particular attributes. Addresses come
//! from the base URL of the moment, never from storage.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::projection::Selection;
use super::resource::Attributes;
use super::schema::{Attribute, ResourceType};
use super::version::Version;

/// A resource as it is stored.
#[derive(Clone, Debug)]
pub struct Resource {
    /// The server's identifier.
    pub id: Uuid,
    /// Grows with every change.
    pub version: Version,
    /// Microseconds since 1970.
    pub created: i64,
    /// Microseconds since 1970.
    pub updated: i64,
    /// What the client wrote, as JSON text.
    pub document: String,
}

/// Where we are reached: scheme, host and path, without a slash at the end, as in
/// `https://vestibule.example/scim/v2`.
#[derive(Clone, Debug)]
pub struct BaseUrl(pub String);

impl BaseUrl {
    /// Returns the address of a resource.
    #[must_use]
    pub fn location(&self, kind: &ResourceType, id: Uuid) -> String {
        format!("{}{}/{id}", self.0, kind.endpoint)
    }
}

/// A group that a user is in (`User.groups`).
#[derive(Clone, Debug)]
pub struct Membership {
    /// The group.
    pub id: Uuid,
    /// What people call it.
    pub display: String,
    /// Through no other group.
    pub direct: bool,
}

/// A member of a group.
#[derive(Clone, Debug)]
pub struct Member<'a> {
    /// The member.
    pub id: Uuid,
    /// What it is.
    pub kind: &'static ResourceType,
    /// What people call it.
    pub display: &'a str,
}

/// Returns a point in time as `meta` has it: UTC, microseconds.
#[must_use]
pub fn timestamp(micros: i64) -> String {
    DateTime::<Utc>::from_timestamp_micros(micros)
        .unwrap_or_default()
        .to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// Returns `meta` (RFC 7643 §3.1).
#[must_use]
pub fn meta(kind: &ResourceType, resource: &Resource, base: &BaseUrl) -> Value {
    json!({
        "resourceType": kind.name,
        "created": timestamp(resource.created),
        "lastModified": timestamp(resource.updated),
        "location": base.location(kind, resource.id),
        "version": resource.version.to_string(),
    })
}

/// Returns `User.groups` (RFC 7643 §4.1.2).
#[must_use]
pub fn groups(memberships: &[Membership], groups: &ResourceType, base: &BaseUrl) -> Value {
    let group = |membership: &Membership| {
        json!({
            "value": membership.id.to_string(),
            "$ref": base.location(groups, membership.id),
            "display": membership.display,
            "type": if membership.direct { "direct" } else { "indirect" },
        })
    };
    memberships.iter().map(group).collect()
}

/// Returns the whole resource as attributes, for filters and projections. `derived` is what the
/// store knows beside the document: members, or the groups of a user.
///
/// # Errors
/// When the stored document is not JSON.
pub fn attributes(
    kind: &ResourceType,
    resource: &Resource,
    derived: Option<(&str, Value)>,
    base: &BaseUrl,
) -> Result<Map<String, Value>, serde_json::Error> {
    let mut map = Attributes::from_document(&resource.document)?.into_map();
    map.shift_insert(
        map.len().min(1),
        "id".into(),
        Value::from(resource.id.to_string()),
    );
    if let Some((name, value)) = derived {
        map.insert(name.to_owned(), value);
    }
    map.insert("meta".into(), meta(kind, resource, base));
    Ok(map)
}

/// Which sub-attributes of members an answer shows.
#[expect(
    clippy::struct_excessive_bools,
    reason = "one for each sub-attribute, none of them a state"
)]
#[derive(Clone, Copy, Debug)]
pub struct MemberShape {
    value: bool,
    reference: bool,
    kind: bool,
    display: bool,
}

impl MemberShape {
    /// Asks a projection about the sub-attributes of a members attribute.
    #[must_use]
    pub fn new(members: &Attribute, selection: &Selection) -> Self {
        let shows = |name: &str| {
            members
                .sub(name)
                .is_some_and(|sub| selection.includes_sub(members, sub))
        };
        Self {
            value: shows("value"),
            reference: shows("$ref"),
            kind: shows("type"),
            display: shows("display"),
        }
    }

    /// Appends one element of `Group.members`.
    pub fn write(self, out: &mut String, member: &Member<'_>, base: &BaseUrl) {
        let Member { id, kind, display } = member;
        out.push('{');
        if self.value {
            let _ = write!(out, r#""value":"{id}","#);
        }
        if self.reference {
            let _ = write!(out, r#""$ref":"{}{}/{id}","#, base.0, kind.endpoint);
        }
        if self.kind {
            let _ = write!(out, r#""type":"{}","#, kind.name);
        }
        if self.display && !display.is_empty() {
            let _ = write!(out, r#""display":{},"#, Value::from(*display));
        }
        if out.ends_with(',') {
            out.pop();
        }
        out.push('}');
    }
}

/// A resource as text in two halves: what comes before the members of a group, and what after.
///
/// Whoever writes the answer puts `"members":[…],` between them if the client asked for members.
#[derive(Debug)]
pub struct Rendered {
    /// Up to and with the comma before what comes next.
    pub head: String,
    /// `"meta":{…}}`, or what is left of it.
    pub tail: String,
}

impl Rendered {
    /// Returns the text without members.
    #[must_use]
    pub fn into_text(mut self) -> String {
        if self.tail == "}" && self.head.ends_with(',') {
            self.head.pop();
        }
        self.head + &self.tail
    }
}

/// Renders a resource. `memberships` are the groups of a user, already as JSON.
///
/// # Errors
/// When the stored document is not JSON and had to be read.
pub fn render(
    kind: &ResourceType,
    resource: &Resource,
    memberships: Option<&Value>,
    selection: &Selection,
    base: &BaseUrl,
) -> Result<Rendered, serde_json::Error> {
    let groups = kind
        .member_of
        .zip(memberships)
        .filter(|(_, groups)| groups.as_array().is_some_and(|groups| !groups.is_empty()));
    let as_stored = matches!(selection, Selection::Default) && kind.answers_documents_as_stored();
    if as_stored
        && let Some(body) = resource
            .document
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'))
    {
        let mut head = String::with_capacity(body.len() + 400);
        let _ = write!(head, r#"{{"id":"{}",{body},"#, resource.id);
        if let Some((attribute, groups)) = groups {
            let _ = write!(head, "{}:{groups},", Value::from(attribute.name.as_str()));
        }
        return Ok(Rendered {
            head,
            tail: format!("\"meta\":{}}}", meta(kind, resource, base)),
        });
    }
    let derived = groups.map(|(attribute, groups)| (attribute.name.as_str(), groups.clone()));
    let mut shown = selection.apply(kind, attributes(kind, resource, derived, base)?);
    let meta = shown.shift_remove("meta");
    let mut head = Value::Object(shown).to_string();
    head.pop();
    head.push(',');
    let tail = meta.map_or_else(|| "}".to_owned(), |meta| format!("\"meta\":{meta}}}"));
    Ok(Rendered { head, tail })
}

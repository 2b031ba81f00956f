//! Leaves out of a script what a server does not have.
//!
//! An administrator who connects an identity provider maps only attributes that the application
//! has; without this, each server would have to have every attribute of the RFC.

use serde_json::{Map, Value};

use crate::json::{list, text};
use crate::lab::PATCH_OP;
use crate::server::{Attribute, ENTERPRISE, ResourceType};

/// A resource type, and what is sent whether it has it or not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fit<'a> {
    kind: &'a ResourceType,
    always: &'a [String],
}

impl<'a> Fit<'a> {
    /// Bodies for this type.
    pub(super) fn new(kind: &'a ResourceType, always: &'a [String]) -> Self {
        Self { kind, always }
    }

    /// The body of a request; nothing if nothing is left of it.
    pub(super) fn body(&self, mut body: Value) -> Option<Value> {
        if !list(&body, "schemas").contains(&Value::from(PATCH_OP)) {
            return Some(self.resource(body));
        }
        let operations = body.get_mut("Operations")?.as_array_mut()?;
        for operation in operations.iter_mut() {
            if operation.get("path").is_none()
                && let Some(value) = operation.get_mut("value")
            {
                *value = self.resource(value.take());
            }
        }
        operations.retain(|it| match text(it, "path") {
            "" => it.get("value").and_then(Value::as_object) != Some(&Map::new()),
            path => self.has(path),
        });
        (!operations.is_empty()).then_some(body)
    }

    /// A resource, or the resources of a list.
    pub(super) fn resource(&self, mut body: Value) -> Value {
        let Some(members) = body.as_object_mut() else {
            return body;
        };
        if members.contains_key("totalResults") || members.contains_key("Resources") {
            if let Some(Value::Array(resources)) = members.get_mut("Resources") {
                for resource in resources {
                    *resource = self.resource(resource.take());
                }
            }
            return body;
        }
        if self.kind.extension(ENTERPRISE).is_none()
            && let Some(Value::Array(schemas)) = members.get_mut("schemas")
        {
            schemas.retain(|it| it != ENTERPRISE);
        }
        self.prune("", members);
        body
    }

    /// Takes away what the type does not have; the prefix of all names ends with `.` or `:`.
    fn prune(&self, prefix: &str, members: &mut Map<String, Value>) {
        members.retain(|name, value| {
            let path = format!("{prefix}{name}");
            if self.always.contains(&path) || is_common(&path) {
                return true;
            }
            let inner = match self.kind.extension(&path) {
                Some(_) => format!("{path}:"),
                None => format!("{path}."),
            };
            let elements = match value {
                Value::Array(elements) => elements.as_mut_slice(),
                value => std::slice::from_mut(value),
            };
            for members in elements.iter_mut().filter_map(Value::as_object_mut) {
                self.prune(&inner, members);
            }
            self.has(&path)
        });
    }

    /// Whether a client can set what stands at this path: `name.familyName`,
    /// `emails[type eq "work"].value`, `urn:…:User:manager`, `urn:…:User`.
    pub(super) fn has(&self, path: &str) -> bool {
        let path = without_filter(path);
        if is_common(&path) {
            return true;
        }
        let extensions = self.kind.extensions.iter().map(|(schema, _)| schema);
        for schema in extensions.chain([&self.kind.schema]) {
            if path.eq_ignore_ascii_case(&schema.id) {
                return true;
            }
            let inside = path
                .get(..schema.id.len())
                .filter(|head| head.eq_ignore_ascii_case(&schema.id))
                .and_then(|_| path.get(schema.id.len()..)?.strip_prefix(':'));
            if let Some(rest) = inside {
                return is_there(&schema.attributes, rest);
            }
        }
        is_there(&self.kind.schema.attributes, &path)
    }
}

/// What every resource has (RFC 7643 §3, §3.1).
fn is_common(name: &str) -> bool {
    matches!(name, "schemas" | "id" | "externalId" | "meta")
}

fn is_there(attributes: &[Attribute], path: &str) -> bool {
    let (name, sub) = path.split_once('.').unwrap_or((path, ""));
    let mut attributes = attributes.iter();
    let Some(attribute) = attributes.find(|it| it.name.eq_ignore_ascii_case(name)) else {
        return false;
    };
    // a type that does not list its sub-attributes says nothing of them
    attribute.is_writable()
        && (sub.is_empty()
            || attribute.sub_attributes.is_empty()
            || attribute.sub(sub).is_some_and(Attribute::is_writable))
}

/// A path without what is in brackets.
fn without_filter(path: &str) -> String {
    match (path.find('['), path.rfind(']')) {
        (Some(begin), Some(end)) if begin < end => format!(
            "{}{}",
            path.get(..begin).unwrap_or_default(),
            path.get(end + 1..).unwrap_or_default()
        ),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Fit;
    use crate::lab::patch;
    use crate::server::{ENTERPRISE, ResourceType, Schema, USER};

    /// A User with a name, a family name and e-mail addresses, and nothing else.
    fn user() -> ResourceType {
        ResourceType {
            name: "User".to_owned(),
            endpoint: "/Users".to_owned(),
            schema: Schema::read(&json!({
                "id": USER,
                "attributes": [
                    { "name": "userName" },
                    { "name": "name", "type": "complex", "subAttributes": [{ "name": "familyName" }] },
                    { "name": "emails", "type": "complex", "multiValued": true },
                    { "name": "groups", "type": "complex", "mutability": "readOnly" },
                ],
            })),
            extensions: Vec::new(),
        }
    }

    #[test]
    fn what_the_type_lacks_is_left_out() {
        let body = json!({
            "schemas": [USER, ENTERPRISE],
            "externalId": "7",
            "userName": "ada",
            "name": { "familyName": "L", "givenName": "A" },
            "emails": [{ "value": "a@example.com" }],
            "title": "Countess",
            "groups": [],
            ENTERPRISE: { "department": "X" },
        });
        let left = json!({
            "schemas": [USER],
            "externalId": "7",
            "userName": "ada",
            "name": { "familyName": "L" },
            "emails": [{ "value": "a@example.com" }],
        });
        assert_eq!(Fit::new(&user(), &[]).body(body), Some(left));
    }

    #[test]
    fn what_is_always_sent_stays() {
        let body = json!({ "userName": "ada", "groups": [] });
        let always = ["groups".to_owned()];
        assert_eq!(Fit::new(&user(), &always).body(body.clone()), Some(body));
    }

    #[test]
    fn operations_go_by_their_paths() {
        let body = patch(json!([
            { "op": "Replace", "path": "emails[type eq \"work.home\"].value", "value": "x" },
            { "op": "Replace", "path": "name.givenName", "value": "A" },
            { "op": "replace", "value": { "name.familyName": "L", "title": "Countess" } },
            { "op": "Add", "path": format!("{ENTERPRISE}:department"), "value": "X" },
        ]));
        let left = patch(json!([
            { "op": "Replace", "path": "emails[type eq \"work.home\"].value", "value": "x" },
            { "op": "replace", "value": { "name.familyName": "L" } },
        ]));
        assert_eq!(Fit::new(&user(), &[]).body(body), Some(left));
    }

    #[test]
    fn a_change_of_nothing_is_not_sent() {
        let body = patch(json!([{ "op": "replace", "value": { "title": "Countess" } }]));
        assert_eq!(Fit::new(&user(), &[]).body(body), None);
    }

    #[test]
    fn lists_keep_their_own_members() {
        let list = json!({ "totalResults": 1, "Resources": [{ "id": "1", "title": "Countess" }] });
        let left = json!({ "totalResults": 1, "Resources": [{ "id": "1" }] });
        assert_eq!(Fit::new(&user(), &[]).resource(list), left);
    }
}

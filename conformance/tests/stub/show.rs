//! A resource as its representation has it (RFC 7643 §3): what is stored, and what the server says of it.

use serde_json::{Value, json};

use super::breaks::keeps;
use super::names::Members;
use super::schema::{ResourceType, Schema};
use super::store::{Record, Store};
use super::text::written;

impl Store {
    /// Returns the resource as it is shown in full (RFC 7643 §3), its secrets included.
    pub fn show(&self, record: &Record, base: &str) -> Value {
        let kind = record.kind;
        let mut shown = Members::new();
        shown.insert("schemas".into(), Value::Null);
        shown.insert("id".into(), record.id.as_str().into());
        shown.extend(
            record
                .members
                .iter()
                .filter(|(name, _)| !name.starts_with("urn:"))
                .map(clone_member),
        );
        self.show_members(&mut shown, base);
        self.show_groups(record, &mut shown, base);
        shown.extend(
            record
                .members
                .iter()
                .filter(|(name, _)| name.starts_with("urn:"))
                .map(clone_member),
        );
        shown.insert("meta".into(), meta(record, base));
        let schemas = schemas_in(kind, &shown);
        shown.insert("schemas".into(), schemas);
        shown.into()
    }

    /// Says of each member what the server knows of it (RFC 7643 §4.2).
    fn show_members(&self, shown: &mut Members, base: &str) {
        for member in shown
            .get_mut("members")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            let known = member["value"].as_str().and_then(|id| self.by_id(id));
            if let Some(known) = known.filter(|_| keeps("S3")) {
                member["$ref"] = location(known, base).into();
                member["type"] = if keeps("S3.type") {
                    known.kind.name.into()
                } else {
                    "Person".into()
                };
                member["display"] = display(known);
            }
        }
    }

    /// Shows the groups that a user is in, also by way of other groups (RFC 7643 §4.1.2).
    fn show_groups(&self, record: &Record, shown: &mut Members, base: &str) {
        if record.kind.core.attribute("groups").is_none() {
            return;
        }
        let mut groups: Vec<(&str, &str)> = Vec::new();
        let mut inside = vec![(record.id.as_str(), "direct")];
        while let Some((member, way)) = inside.pop() {
            for group in self.memberships.get(member).into_iter().flatten() {
                if groups.iter().all(|(known, _)| known != group) {
                    groups.push((group, way));
                    inside.push((group, "indirect"));
                }
            }
        }
        let shown_of_them = if keeps("S8") { groups.len() } else { 1 };
        let groups: Vec<Value> = groups
            .into_iter()
            .take(shown_of_them)
            .filter_map(|(id, way)| Some((self.by_id(id)?, way)))
            .map(|(group, way)| {
                json!({ "value": group.id, "$ref": location(group, base), "display": display(group), "type": way })
            })
            .collect();
        shown.extend((!groups.is_empty()).then(|| ("groups".to_owned(), groups.into())));
    }
}

fn clone_member((name, value): (&String, &Value)) -> (String, Value) {
    (name.clone(), value.clone())
}

/// Returns the absolute address of a resource.
pub fn location(record: &Record, base: &str) -> String {
    format!("{base}{}/{}", record.kind.endpoint, record.id)
}

fn display(record: &Record) -> Value {
    let name = record
        .members
        .get("displayName")
        .or_else(|| record.members.get("userName"));
    name.cloned().unwrap_or(Value::Null)
}

fn meta(record: &Record, base: &str) -> Value {
    json!({
        "resourceType": record.kind.name,
        "created": written(record.created),
        "lastModified": written(record.modified),
        "location": location(record, base),
        "version": record.etag(),
    })
}

/// Returns `schemas`: the core schema, and each extension that has data (RFC 7643 §3).
pub fn schemas_in(kind: &ResourceType, shown: &Members) -> Value {
    let changed = shown
        .get("meta")
        .is_some_and(|meta| meta["version"] != "W/\"1\"");
    let present = |schema: &&Schema| match shown.get(schema.urn) {
        _ if kind.is_core(schema) => true,
        Some(_) => keeps("J38.gains") || !changed,
        None => !keeps("D15") || !keeps("J38.loses") && changed,
    };
    if !keeps("C12.missing") {
        return json!([]);
    }
    let unknown = (!keeps("C12.unknown")).then(|| "urn:example:scimconf:unheard-of".into());
    kind.schemas()
        .filter(present)
        .map(|schema| Value::from(schema.urn))
        .chain(unknown)
        .collect()
}

//! What changed, attribute by attribute, for the provisioning log.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::model::Announcement;
use crate::scim::resource::Attributes;
use crate::scim::schema::ResourceType;
use crate::store::Edited;

/// Returns `[{"path", "before", "after"}]`; what is absent is left out. Attributes that are
/// never returned are in neither, because they are not stored.
pub(super) fn diff(
    kind: &ResourceType,
    before: Option<&Attributes>,
    after: Option<&Attributes>,
) -> Vec<Value> {
    let empty = Map::new();
    let before = before.map_or(&empty, Attributes::as_map);
    let after = after.map_or(&empty, Attributes::as_map);
    let mut changes = Vec::new();
    for schema in kind.all_schemas() {
        let is_core = schema.id == kind.schema.id;
        let holder = |map: &Map<String, Value>| {
            if is_core {
                map.clone()
            } else {
                map.get(&schema.id)
                    .and_then(Value::as_object)
                    .cloned()
                    .unwrap_or_default()
            }
        };
        let (old, new) = (holder(before), holder(after));
        let common = if is_core {
            kind.common.attributes.as_slice()
        } else {
            &[]
        };
        for attribute in common
            .iter()
            .chain(&schema.attributes)
            .filter(|attribute| attribute.name != "schemas")
        {
            let (old, new) = (old.get(&attribute.name), new.get(&attribute.name));
            if old == new {
                continue;
            }
            let path = if is_core {
                attribute.name.clone()
            } else {
                format!("{}:{}", schema.id, attribute.name)
            };
            let mut change = Map::from_iter([("path".to_owned(), json!(path))]);
            change.extend(old.map(|old| ("before".to_owned(), old.clone())));
            change.extend(new.map(|new| ("after".to_owned(), new.clone())));
            changes.push(Value::Object(change));
        }
    }
    changes
}

/// Returns what changed of the members: who came, who went, and how many where they are too
/// many to list.
pub(super) fn members(kind: &ResourceType, edited: &Edited) -> Option<Value> {
    let attribute = kind.members.filter(|_| !edited.is_empty())?;
    let mut change = Map::from_iter([("path".to_owned(), json!(attribute.name))]);
    for (name, ids) in [("added", &edited.added), ("removed", &edited.removed)] {
        if !ids.is_empty() {
            let listed: Vec<String> = ids
                .iter()
                .take(Announcement::MAX_MEMBERS)
                .map(Uuid::to_string)
                .collect();
            if listed.len() < ids.len() {
                change.insert(format!("{name}Count"), json!(ids.len()));
            }
            change.insert(name.to_owned(), json!(listed));
        }
    }
    Some(Value::Object(change))
}

//! The resources, what is unique among them, and who is a member of what.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::breaks::keeps;
use super::error::{Scim, ScimError};
use super::names::{Members, elements};
use super::schema::{Attribute, ResourceType, Schema};
use super::text::{key, later_than, written};

/// A resource as it is kept: what clients wrote, under our names.
#[derive(Debug, Clone)]
pub struct Record {
    pub id: String,
    pub kind: &'static ResourceType,
    pub members: Members,
    pub created: DateTime<Utc>,
    pub modified: DateTime<Utc>,
    /// Counts the changes.
    pub version: u64,
    /// Where the record stands in the order of creation.
    number: u64,
    /// What the last change replaced.
    pub before: Members,
}

impl Record {
    /// The entity tag (RFC 7644 §3.14), a weak one.
    pub fn etag(&self) -> String {
        format!("W/\"{}\"", self.version)
    }
}

/// All resources. A clone is cheap, so that a group of operations can be undone.
#[derive(Debug, Clone, Default)]
pub struct Store {
    records: BTreeMap<u64, Arc<Record>>,
    numbers: HashMap<String, u64>,
    /// The holder of each unique value, by type, attribute and value.
    unique: HashMap<(&'static str, &'static str, String), String>,
    /// The groups that each member is in.
    memberships: HashMap<String, BTreeSet<String>>,
    next: u64,
}

impl Store {
    /// Returns the resources of a type in the order of their creation.
    pub fn all(&self, kind: &'static ResourceType) -> impl Iterator<Item = &Arc<Record>> {
        self.records
            .values()
            .filter(move |record| record.kind.name == kind.name)
    }

    pub fn by_id(&self, id: &str) -> Option<&Arc<Record>> {
        self.records.get(self.numbers.get(id)?)
    }

    pub fn find(&self, kind: &'static ResourceType, id: &str) -> Scim<Arc<Record>> {
        let record = self
            .by_id(id)
            .filter(|record| record.kind.name == kind.name || !keeps("D2.type"));
        record
            .cloned()
            .ok_or_else(|| ScimError::not_found(&format!("{} {id:?}", kind.name)))
    }

    /// Stores a new resource under a new `id`.
    pub fn create(
        &mut self,
        kind: &'static ResourceType,
        id: &str,
        members: Members,
    ) -> Scim<Arc<Record>> {
        self.check_unique(kind, id, &members, Change::Create)?;
        let now = Utc::now();
        self.next += 1;
        let record = Record {
            id: id.to_owned(),
            kind,
            before: members.clone(),
            members,
            created: now,
            modified: if keeps("C4.equal") {
                now
            } else {
                later_than(now)
            },
            version: 1,
            number: self.next,
        };
        self.numbers.insert(id.to_owned(), self.next);
        Ok(self.put(record))
    }

    /// Changes a resource; what stays the same keeps its version and `lastModified` (RFC 7644 §3.5.2.1).
    pub fn update(&mut self, old: &Record, members: Members, change: Change) -> Scim<Arc<Record>> {
        self.check_unique(old.kind, &old.id, &members, change)?;
        let same =
            old.members == members && (keeps("J47") || change != Change::Patch) && keeps("M5");
        if same && let Some(record) = self.by_id(&old.id) {
            return Ok(record.clone());
        }
        self.forget(old);
        let moves = change != Change::Replace || keeps("K9");
        Ok(self.put(Record {
            before: old.members.clone(),
            members,
            modified: if moves {
                later_than(old.modified)
            } else {
                old.modified
            },
            version: old.version + u64::from(keeps("M6") || old.kind.name != "Group"),
            ..old.clone()
        }))
    }

    /// Takes a resource away, and out of the groups that it is a member of.
    pub fn delete(&mut self, record: &Record) {
        if keeps("C20") {
            self.forget(record);
        }
        self.records.remove(&record.number);
        self.numbers.remove(&record.id);
        let rule = if record.kind.name == "Group" {
            "S15"
        } else {
            "L4"
        };
        if !keeps(rule) {
            return;
        }
        for group in self.memberships.remove(&record.id).unwrap_or_default() {
            let Some(group) = self.by_id(&group).cloned() else {
                continue;
            };
            let mut members = group.members.clone();
            if let Some(Value::Array(values)) = members.get_mut("members") {
                values.retain(|member| member["value"] != *record.id);
                if values.is_empty() {
                    members.shift_remove("members");
                }
            }
            self.forget(&group);
            let modified = later_than(group.modified);
            self.put(Record {
                members,
                modified,
                version: group.version + 1,
                ..Record::clone(&group)
            });
        }
    }

    fn put(&mut self, record: Record) -> Arc<Record> {
        for (place, value) in unique_values(record.kind, &record.members) {
            self.unique
                .insert((record.kind.name, place, value), record.id.clone());
        }
        for member in member_ids(&record.members) {
            self.memberships
                .entry(member.to_owned())
                .or_default()
                .insert(record.id.clone());
        }
        let record = Arc::new(record);
        self.records.insert(record.number, record.clone());
        record
    }

    /// Undoes what [`Self::put`] noted of the record's values.
    fn forget(&mut self, record: &Record) {
        for (place, value) in unique_values(record.kind, &record.members) {
            self.unique.remove(&(record.kind.name, place, value));
        }
        for member in member_ids(&record.members) {
            if let Some(groups) = self.memberships.get_mut(member) {
                groups.remove(&record.id);
            }
        }
    }

    fn check_unique(
        &self,
        kind: &'static ResourceType,
        id: &str,
        members: &Members,
        change: Change,
    ) -> Scim<()> {
        let rule = match change {
            Change::Create => "C7",
            Change::Replace => "K8",
            Change::Patch => "J44",
        };
        for (place, value) in unique_values(kind, members) {
            let holder = self.unique.get(&(kind.name, place, value));
            if holder.is_some_and(|holder| holder != id)
                && keeps(rule)
                && keeps("A13.unique")
                && keeps("E6")
            {
                return Err(ScimError::of(
                    409,
                    "uniqueness",
                    format!("{place} is in use"),
                ));
            }
        }
        Ok(())
    }

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
                member["type"] = known.kind.name.into();
                member["display"] = display(known);
            }
        }
    }

    /// Shows the groups that a user is in, also by way of other groups (RFC 7643 §4.1.2).
    fn show_groups(&self, record: &Record, shown: &mut Members, base: &str) {
        if record.kind.core.attribute("groups").is_none() || !keeps("S8") {
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
        let groups: Vec<Value> = groups
            .into_iter()
            .filter_map(|(id, way)| Some((self.by_id(id)?, way)))
            .map(|(group, way)| {
                json!({ "value": group.id, "$ref": location(group, base), "display": display(group), "type": way })
            })
            .collect();
        shown.extend((!groups.is_empty()).then(|| ("groups".to_owned(), groups.into())));
    }
}

/// Which request changes a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Create,
    Replace,
    Patch,
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
    let present =
        |schema: &&Schema| kind.is_core(schema) || !keeps("D15") || shown.get(schema.urn).is_some();
    kind.schemas()
        .filter(present)
        .map(|schema| Value::from(schema.urn))
        .collect()
}

fn member_ids(members: &Members) -> impl Iterator<Item = &str> {
    let members = members.get("members").map(elements).unwrap_or_default();
    members
        .into_iter()
        .filter_map(|member| member["value"].as_str())
}

/// Returns each value that no other resource of the type may have, in the form in which it is compared.
fn unique_values(kind: &'static ResourceType, members: &Members) -> Vec<(&'static str, String)> {
    let core = kind
        .core
        .attributes
        .iter()
        .map(|attribute| (attribute, members.get(attribute.name)));
    let unique = core.filter(|(attribute, _)| attribute.unique);
    unique
        .filter_map(|(attribute, value)| {
            Some((attribute.name, unique_key(attribute, value?.as_str()?)))
        })
        .collect()
}

fn unique_key(attribute: &Attribute, value: &str) -> String {
    if attribute.exact && !keeps("E7.unique") {
        value.to_lowercase()
    } else if keeps("C8") && keeps("E8.unique") {
        key(attribute, value)
    } else {
        value.to_owned()
    }
}

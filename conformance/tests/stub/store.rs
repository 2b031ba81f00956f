//! The resources, what is unique among them, and who is a member of what.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::breaks::keeps;
use super::error::{Scim, ScimError};
use super::names::{Members, elements};
use super::schema::{Attribute, ResourceType};
use super::text::{key, later_than};

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
    pub number: u64,
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
    pub memberships: HashMap<String, BTreeSet<String>>,
    next: u64,
    /// When the request arrived that is answered now.
    pub arrived: DateTime<Utc>,
    /// Deleted, but not gone; for L2.
    ghosts: BTreeSet<u64>,
}

impl Store {
    /// Returns the resources of a type in the order of their creation.
    pub fn all(&self, kind: &'static ResourceType) -> impl Iterator<Item = &Arc<Record>> {
        self.records.values().filter(move |record| {
            record.kind.name == kind.name && !self.ghosts.contains(&record.number)
        })
    }

    pub fn by_id(&self, id: &str) -> Option<&Arc<Record>> {
        self.records.get(self.numbers.get(id)?)
    }

    pub fn find(&self, kind: &'static ResourceType, id: &str) -> Scim<Arc<Record>> {
        let record = self
            .by_id(id)
            .filter(|record| record.kind.name == kind.name || !keeps("D2.type"));
        let record = record
            .filter(|record| record.members.get("active") != Some(&false.into()) || keeps("L5"));
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
        if member_ids(&members).any(|id| {
            self.by_id(id)
                .is_some_and(|member| member.kind.name == kind.name)
        }) && !keeps("S12")
        {
            return Err(ScimError::new(500, "a group in a group"));
        }
        let mut members = members;
        if !keeps("S1.members") {
            members.shift_remove("members");
        }
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
        let unique = self.check_unique(old.kind, &old.id, &members, change);
        if change != Change::Patch || keeps("J44.stored") {
            unique.clone()?;
        }
        let same = old.members == members
            && (keeps("J47.stays") || change != Change::Patch)
            && keeps("M5");
        if same && let Some(record) = self.by_id(&old.id) {
            return Ok(record.clone());
        }
        if unique.is_err() {
            // stored, and refused
            let members = members.clone();
            self.forget(old);
            self.put(Record {
                members,
                ..old.clone()
            });
            return unique.map(|()| Arc::new(old.clone()));
        }
        self.forget(old);
        let moves = match change {
            Change::Create => true,
            Change::Replace => keeps("K9.lastModified"),
            Change::Patch => keeps("J47.moves"),
        };
        Ok(self.put(Record {
            before: old.members.clone(),
            members,
            modified: if moves {
                later_than(old.modified)
            } else {
                old.modified
            },
            version: old.version + u64::from(keeps("M6") || old.kind.name != "Group"),
            created: if keeps("K9.created") || change != Change::Replace {
                old.created
            } else {
                Utc::now()
            },
            ..old.clone()
        }))
    }

    /// Takes a resource away, and out of the groups that it is a member of.
    pub fn delete(&mut self, record: &Record) {
        if keeps("C20") {
            self.forget(record);
        }
        if keeps("L2") {
            self.numbers.remove(&record.id);
        } else {
            self.ghosts.insert(record.number);
        }
        if keeps("L2") && keeps("L3") {
            self.records.remove(&record.number);
        }
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
            let holder = self
                .unique
                .get(&(kind.name, place, value))
                .filter(|holder| !self.is_overlooked(holder));
            let other = holder.is_some_and(|holder| {
                holder != id || change == Change::Replace && !keeps("K8.own")
            });
            let checks = place == "userName" || keeps("A13.unique") && keeps("E6");
            if other && checks && keeps(rule) {
                return Err(ScimError::of(
                    409,
                    "uniqueness",
                    format!("{place} is in use"),
                ));
            }
        }
        Ok(())
    }

    /// What C19 forbids: a resource made while a request waited is not seen by it.
    fn is_overlooked(&self, id: &str) -> bool {
        !keeps("C19")
            && self
                .by_id(id)
                .is_some_and(|record| record.created > self.arrived)
    }
}

/// Which request changes a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Create,
    Replace,
    Patch,
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
    let unique = core.filter(|(attribute, _)| {
        attribute.unique || kind.name == "Group" && attribute.name == "displayName" && !keeps("S14")
    });
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

//! Resources: one row each, and the values under which they are found.
//!
//! # Why
//! An update writes only the index rows that change; a unique value is settled by its primary
//! key (`ON CONFLICT DO NOTHING` and a count), never by looking first; the version stands in
//! the UPDATE.

use std::collections::{BTreeMap, HashMap, HashSet};

use uuid::Uuid;

use super::catalog::{ABSENT, Values};
use super::dialect::Row;
use super::sql::{Arg, Column, Columns, Counts, Rows, Step};
use super::{StoreError, Tx};
use crate::scim::index::{Entry, entries};
use crate::scim::render::{Membership, Resource};
use crate::scim::resource::Attributes;
use crate::scim::schema::ResourceType;
use crate::scim::version::Version;

/// A resource with the key of its row.
#[derive(Clone, Debug)]
pub struct Stored {
    pub(super) pk: i64,
    /// The resource.
    pub resource: Resource,
}

pub(super) const COLUMNS: &str = "pk, id, version, created_us, updated_us, doc";

/// Reads [`COLUMNS`], of which the first is the `at`-th.
pub(super) fn stored(row: &Row<'_>, at: usize) -> Result<Stored, StoreError> {
    Ok(Stored {
        pk: row.int(at)?,
        resource: Resource {
            id: row.id(at + 1)?,
            version: Version(row.int(at + 2)?),
            created: row.int(at + 3)?,
            updated: row.int(at + 4)?,
            document: row.text(at + 5)?,
        },
    })
}

/// Finds a resource's row if nobody has changed it since it was read.
fn as_it_was(old: &Stored) -> Columns {
    vec![
        ("pk", Column::Ints(vec![old.pk])),
        ("version", Column::Ints(vec![old.resource.version.0])),
    ]
}

impl Tx<'_> {
    /// Returns a resource.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn resource(
        &mut self,
        organization: i64,
        kind: &ResourceType,
        id: Uuid,
    ) -> Result<Option<Stored>, StoreError> {
        self.find(organization, kind, id, "").await
    }

    /// Returns a resource that nobody else changes until the transaction ends.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn lock_resource(
        &mut self,
        organization: i64,
        kind: &ResourceType,
        id: Uuid,
    ) -> Result<Option<Stored>, StoreError> {
        let suffix = self.connection().for_update();
        self.find(organization, kind, id, suffix).await
    }

    /// Returns a resource that is to be changed, and perhaps its groups: where nothing but its row
    /// changes, it need not be locked, because the change expects it as it is now.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn resource_to_change(
        &mut self,
        organization: i64,
        kind: &ResourceType,
        id: Uuid,
    ) -> Result<Option<(Stored, Option<Vec<Membership>>)>, StoreError> {
        if kind.members.is_none() && self.connection().look(true) {
            let found = self.resource_in_groups(organization, kind, id).await;
            self.connection().look(false);
            return Ok(found?.map(|(stored, groups)| (stored, Some(groups))));
        }
        let found = self.lock_resource(organization, kind, id).await?;
        Ok(found.map(|stored| (stored, None)))
    }

    async fn find(
        &mut self,
        organization: i64,
        kind: &ResourceType,
        id: Uuid,
        suffix: &str,
    ) -> Result<Option<Stored>, StoreError> {
        let kind = self.catalog.number(kind);
        let type_is = self.connection().checked("type");
        let sql = format!(
            "SELECT {COLUMNS} FROM resources WHERE organization = $1 AND id = $2 AND {type_is} = $3{suffix}"
        );
        let rows = self
            .connection()
            .rows(
                &sql,
                &[Arg::Int(organization), Arg::Id(id), Arg::Int(kind)],
                |row| stored(row, 0),
            )
            .await?;
        Ok(rows.into_iter().next())
    }

    /// Stores a new resource.
    ///
    /// # Errors
    /// [`StoreError::Taken`], [`StoreError::Refused`] for a value too long to be indexed.
    pub async fn insert_resource(
        &mut self,
        organization: i64,
        kind: &ResourceType,
        id: Uuid,
        attributes: &Attributes,
        now: i64,
    ) -> Result<Stored, StoreError> {
        let number = self.catalog.number(kind);
        let entries = entries(kind, attributes)?;
        let document = attributes.to_document();
        let columns = vec![
            ("organization", Column::Ints(vec![organization])),
            ("type", Column::Ints(vec![number])),
            ("id", Column::Ids(vec![id])),
            (
                "active",
                Column::Ints(vec![attributes.is_active(kind).into()]),
            ),
            ("version", Column::Ints(vec![1])),
            ("created_us", Column::Ints(vec![now])),
            ("updated_us", Column::Ints(vec![now])),
            (
                "display",
                Column::Texts(vec![
                    attributes.display(kind).unwrap_or_default().to_owned(),
                ]),
            ),
            ("doc", Column::Texts(vec![document.clone()])),
        ];
        let pk = self.connection().insert_new(columns).await?;
        let added = self.with_absent(kind, entries);
        self.add_entries(organization, kind, pk, true, &added)?;
        self.count(organization, number, 1)?;
        Ok(Stored {
            pk,
            resource: Resource {
                id,
                version: Version(1),
                created: now,
                updated: now,
                document,
            },
        })
    }

    /// Stores new attributes of a resource and returns it.
    ///
    /// # Errors
    /// [`StoreError::Taken`], [`StoreError::Stale`], [`StoreError::Refused`].
    pub async fn update_resource(
        &mut self,
        organization: i64,
        kind: &ResourceType,
        old: &Stored,
        before: &Attributes,
        after: &Attributes,
        now: i64,
    ) -> Result<Stored, StoreError> {
        let old_entries = self.with_absent(kind, entries(kind, before)?);
        let new_entries = self.with_absent(kind, entries(kind, after)?);
        let gone: HashSet<Entry> = old_entries.difference(&new_entries).cloned().collect();
        let added: HashSet<Entry> = new_entries.difference(&old_entries).cloned().collect();
        self.remove_entries(organization, kind, old.pk, &gone)?;
        // a unique value that goes to another place must be found gone there
        let moves = |entry: &Entry| {
            let same = |other: &Entry| (other.index, &other.key) == (entry.index, &entry.key);
            let index = self.catalog.index(kind, entry.index);
            index.is_some_and(|index| index.unique) && added.iter().any(same)
        };
        if gone.iter().any(moves) {
            self.settle().await?;
        }
        self.add_entries(organization, kind, old.pk, false, &added)?;

        let document = after.to_document();
        let display = after.display(kind).unwrap_or_default();
        let updated = now.max(old.resource.updated + 1);
        let set = vec![
            ("doc", Column::Texts(vec![document.clone()])),
            ("display", Column::Texts(vec![display.to_owned()])),
            ("active", Column::Ints(vec![after.is_active(kind).into()])),
            ("updated_us", Column::Ints(vec![updated])),
        ];
        let version = self.new_version(old, set)?;
        Ok(Stored {
            pk: old.pk,
            resource: Resource {
                version,
                updated,
                document,
                ..old.resource.clone()
            },
        })
    }

    /// Gives a resource a new version because something beside its document changed.
    ///
    /// # Errors
    /// [`StoreError::Stale`].
    pub fn touch_resource(&mut self, old: &Stored, now: i64) -> Result<Stored, StoreError> {
        let updated = now.max(old.resource.updated + 1);
        let set = vec![("updated_us", Column::Ints(vec![updated]))];
        let version = self.new_version(old, set)?;
        Ok(Stored {
            pk: old.pk,
            resource: Resource {
                version,
                updated,
                ..old.resource.clone()
            },
        })
    }

    /// Removes a resource, its memberships and, if it is a group, its members; the groups that
    /// lost it get a new version.
    ///
    /// # Errors
    /// [`StoreError::Stale`] if it is gone already.
    pub fn delete_resource(
        &mut self,
        organization: i64,
        kind: &ResourceType,
        old: &Stored,
        attributes: &Attributes,
        now: i64,
    ) -> Result<(), StoreError> {
        let gone = self.with_absent(kind, entries(kind, attributes)?);
        self.remove_entries(organization, kind, old.pk, &gone)?;
        let leave = Step::Leave {
            members: vec![old.pk],
            now,
        };
        self.connection().defer(leave, None)?;
        for column in ["member_pk", "group_pk"] {
            let members = Step::Delete("members", vec![(column, Column::Ints(vec![old.pk]))]);
            self.connection().defer(members, None)?;
        }
        self.defer_one(Step::Delete("resources", as_it_was(old)))?;
        let number = self.catalog.number(kind);
        self.count(organization, number, -1)
    }

    /// Returns the resources with these keys, by key; those that are gone are left out.
    pub(super) async fn resources_by_pk(
        &mut self,
        pks: &[i64],
    ) -> Result<HashMap<i64, Stored>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM resources WHERE pk {{key}}");
        let found = self
            .connection()
            .rows_for_keys(&sql, &[], Column::Ints(pks.to_vec()), |row| stored(row, 0))
            .await?;
        Ok(found
            .into_iter()
            .map(|stored| (stored.pk, stored))
            .collect())
    }

    fn count(&mut self, organization: i64, kind: i64, change: i64) -> Result<(), StoreError> {
        let counts = Counts::new(organization, kind, self.shard, change);
        self.connection().defer(Step::Count(counts), None)
    }

    /// Defers a change of a resource's row, which gets the next version.
    fn new_version(&mut self, old: &Stored, mut set: Columns) -> Result<Version, StoreError> {
        let version = Version(old.resource.version.0 + 1);
        set.push(("version", Column::Ints(vec![version.0])));
        self.defer_one(Step::Update {
            table: "resources",
            key: as_it_was(old),
            set,
        })?;
        Ok(version)
    }

    /// Defers a change of one row, which must be as it was when it was read.
    fn defer_one(&mut self, step: Step) -> Result<(), StoreError> {
        let expected = Some((1, StoreError::Stale));
        self.connection().defer(step, expected)
    }

    /// Adds an entry that says so for each index that has no value of the resource.
    fn with_absent(&self, kind: &ResourceType, mut entries: HashSet<Entry>) -> HashSet<Entry> {
        let present: HashSet<usize> = entries
            .iter()
            .filter(|entry| entry.element == 0)
            .map(|entry| entry.index)
            .collect();
        for place in (0..kind.indexed.len()).filter(|place| !present.contains(place)) {
            if self
                .catalog
                .index(kind, place)
                .is_some_and(|index| !index.unique)
            {
                entries.insert(Entry {
                    index: place,
                    key: ABSENT.to_owned(),
                    element: -1,
                });
            }
        }
        entries
    }

    /// Defers the insertion of a resource's values: the unique ones of each attribute on their
    /// own, so that what is taken can be named.
    fn add_entries(
        &mut self,
        organization: i64,
        kind: &ResourceType,
        pk: i64,
        is_new: bool,
        entries: &HashSet<Entry>,
    ) -> Result<(), StoreError> {
        for (unique, rows) in self.rows_of(organization, kind, pk, entries) {
            let (table, expected) = match unique {
                Some(path) => (
                    "unique_values",
                    Some((rows.len() as u64, StoreError::Taken { path })),
                ),
                None => ("attribute_values", None),
            };
            let rows = Rows {
                may_be_there: !is_new || expected.is_some(),
                ..Rows::new(table, rows.columns())
            };
            self.connection().defer(Step::Insert(rows), expected)?;
        }
        Ok(())
    }

    fn remove_entries(
        &mut self,
        organization: i64,
        kind: &ResourceType,
        pk: i64,
        entries: &HashSet<Entry>,
    ) -> Result<(), StoreError> {
        for (unique, rows) in self.rows_of(organization, kind, pk, entries) {
            let table = if unique.is_some() {
                "unique_values"
            } else {
                "attribute_values"
            };
            let step = Step::Delete(table, rows.columns());
            self.connection().defer(step, None)?;
        }
        Ok(())
    }

    /// Sorts entries into rows: those of each unique attribute, by its path, and all others.
    fn rows_of(
        &self,
        organization: i64,
        kind: &ResourceType,
        pk: i64,
        entries: &HashSet<Entry>,
    ) -> BTreeMap<Option<String>, Values> {
        let mut rows: BTreeMap<Option<String>, Values> = BTreeMap::new();
        for entry in entries {
            let (Some(index), Some(path)) = (
                self.catalog.index(kind, entry.index),
                kind.indexed.get(entry.index),
            ) else {
                continue;
            };
            let unique = index.unique.then(|| path.to_string());
            rows.entry(unique).or_default().push(
                organization,
                index.number,
                entry.key.clone(),
                pk,
                entry.element,
            );
        }
        rows
    }
}

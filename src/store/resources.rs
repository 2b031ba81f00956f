//! Resources: one row each, and the values under which they are found.
//!
//! # Why
//! An update writes only the index rows that change; a unique value is settled by its primary
//! key (`ON CONFLICT DO NOTHING` and a count), never by looking first; the version stands in
//! the UPDATE.

use std::collections::HashSet;

use uuid::Uuid;

use super::catalog::{ABSENT, Values};
use super::dialect::Row;
use super::sql::{Arg, Column};
use super::{StoreError, Tx};
use crate::scim::index::{Entry, entries};
use crate::scim::render::Resource;
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

pub(super) fn stored(row: &Row<'_>) -> Result<Stored, StoreError> {
    Ok(Stored {
        pk: row.int(0)?,
        resource: Resource {
            id: row.id(1)?,
            version: Version(row.int(2)?),
            created: row.int(3)?,
            updated: row.int(4)?,
            document: row.text(5)?,
        },
    })
}

/// Which of the entries changed places, by table.
#[derive(Default)]
struct Changes {
    unique: Values,
    other: Values,
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

    async fn find(
        &mut self,
        organization: i64,
        kind: &ResourceType,
        id: Uuid,
        suffix: &str,
    ) -> Result<Option<Stored>, StoreError> {
        let kind = self.catalog.number(kind);
        let sql = format!(
            "SELECT {COLUMNS} FROM resources WHERE organization = $1 AND id = $2 AND type = $3{suffix}"
        );
        let rows = self
            .connection()
            .rows(
                &sql,
                &[Arg::Int(organization), Arg::Id(id), Arg::Int(kind)],
                stored,
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
        let sql = "INSERT INTO resources (organization, type, id, active, version, created_us, updated_us, display, doc)
                   VALUES ($1, $2, $3, $4, 1, $5, $6, $7, $8) RETURNING pk";
        let args = [
            Arg::Int(organization),
            Arg::Int(number),
            Arg::Id(id),
            Arg::Int(i64::from(attributes.is_active(kind))),
            Arg::Int(now),
            Arg::Int(now),
            Arg::from(attributes.display(kind).unwrap_or_default()),
            Arg::from(document.as_str()),
        ];
        let pk = self
            .connection()
            .rows(sql, &args, |row| row.int(0))
            .await?
            .pop()
            .ok_or(StoreError::Stale)?;
        let added = self.with_absent(kind, entries);
        self.add_entries(organization, kind, pk, &added).await?;
        self.count(organization, number, 1).await?;
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
        self.remove_entries(organization, kind, old.pk, &gone)
            .await?;
        self.add_entries(organization, kind, old.pk, &added).await?;

        let document = after.to_document();
        let display = after.display(kind).unwrap_or_default();
        let updated = now.max(old.resource.updated + 1);
        let sql = "UPDATE resources SET doc = $1, display = $2, active = $3, updated_us = $4, version = version + 1 WHERE pk = $5 AND version = $6";
        let args = [
            Arg::from(document.as_str()),
            Arg::from(display),
            Arg::Int(i64::from(after.is_active(kind))),
            Arg::Int(updated),
            Arg::Int(old.pk),
            Arg::Int(old.resource.version.0),
        ];
        if self.connection().execute(sql, &args).await? == 0 {
            return Err(StoreError::Stale);
        }
        if before.display(kind).unwrap_or_default() != display {
            self.connection()
                .execute(
                    "UPDATE members SET display = $1 WHERE member_pk = $2",
                    &[Arg::from(display), Arg::Int(old.pk)],
                )
                .await?;
        }
        let version = Version(old.resource.version.0 + 1);
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
    pub async fn touch_resource(&mut self, old: &Stored, now: i64) -> Result<Stored, StoreError> {
        let updated = now.max(old.resource.updated + 1);
        let sql = "UPDATE resources SET updated_us = $1, version = version + 1 WHERE pk = $2 AND version = $3";
        let args = [
            Arg::Int(updated),
            Arg::Int(old.pk),
            Arg::Int(old.resource.version.0),
        ];
        if self.connection().execute(sql, &args).await? == 0 {
            return Err(StoreError::Stale);
        }
        let version = Version(old.resource.version.0 + 1);
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
    pub async fn delete_resource(
        &mut self,
        organization: i64,
        kind: &ResourceType,
        old: &Stored,
        attributes: &Attributes,
        now: i64,
    ) -> Result<(), StoreError> {
        let gone = self.with_absent(kind, entries(kind, attributes)?);
        self.remove_entries(organization, kind, old.pk, &gone)
            .await?;
        let left = "UPDATE resources SET version = version + 1, updated_us = $1 WHERE pk IN (SELECT group_pk FROM members WHERE member_pk = $2)";
        self.connection()
            .execute(left, &[Arg::Int(now), Arg::Int(old.pk)])
            .await?;
        for sql in [
            "DELETE FROM members WHERE member_pk = $1",
            "DELETE FROM members WHERE group_pk = $1",
        ] {
            self.connection().execute(sql, &[Arg::Int(old.pk)]).await?;
        }
        if self
            .connection()
            .execute("DELETE FROM resources WHERE pk = $1", &[Arg::Int(old.pk)])
            .await?
            == 0
        {
            return Err(StoreError::Stale);
        }
        let number = self.catalog.number(kind);
        self.count(organization, number, -1).await
    }

    /// Returns the resources with these keys, in this order; those that are gone are left out.
    pub(super) async fn resources_by_pk(&mut self, pks: &[i64]) -> Result<Vec<Stored>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM resources WHERE pk {{key}}");
        let found = self
            .connection()
            .rows_for_keys(&sql, &[], Column::Ints(pks.to_vec()), stored)
            .await?;
        let mut by_pk: std::collections::HashMap<i64, Stored> = found
            .into_iter()
            .map(|stored| (stored.pk, stored))
            .collect();
        Ok(pks.iter().filter_map(|pk| by_pk.remove(pk)).collect())
    }

    async fn count(&mut self, organization: i64, kind: i64, change: i64) -> Result<(), StoreError> {
        let shard = self.shard;
        let sql = "INSERT INTO resource_counts (organization, type, shard, n) VALUES ($1, $2, $3, $4)
                   ON CONFLICT (organization, type, shard) DO UPDATE SET n = resource_counts.n + excluded.n";
        self.connection()
            .execute(
                sql,
                &[
                    Arg::Int(organization),
                    Arg::Int(kind),
                    Arg::Int(shard),
                    Arg::Int(change),
                ],
            )
            .await
            .map(|_| ())
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

    fn rows_of(
        &self,
        organization: i64,
        kind: &ResourceType,
        pk: i64,
        entries: &HashSet<Entry>,
    ) -> Changes {
        let mut changes = Changes::default();
        for entry in entries {
            let Some(index) = self.catalog.index(kind, entry.index) else {
                continue;
            };
            let rows = if index.unique {
                &mut changes.unique
            } else {
                &mut changes.other
            };
            rows.push(
                organization,
                index.number,
                entry.key.clone(),
                pk,
                entry.element,
            );
        }
        changes
    }

    async fn add_entries(
        &mut self,
        organization: i64,
        kind: &ResourceType,
        pk: i64,
        entries: &HashSet<Entry>,
    ) -> Result<(), StoreError> {
        let Changes { unique, other } = self.rows_of(organization, kind, pk, entries);
        if unique.len() > 0 {
            let asked = unique.len();
            let inserted = self
                .connection()
                .insert_many("unique_values", unique.columns(), "pk")
                .await?;
            if inserted.len() < asked {
                return Err(self.taken(organization, kind, pk, entries).await?);
            }
        }
        if other.len() > 0 {
            self.connection()
                .insert_many("attribute_values", other.columns(), "pk")
                .await?;
        }
        Ok(())
    }

    async fn remove_entries(
        &mut self,
        organization: i64,
        kind: &ResourceType,
        pk: i64,
        entries: &HashSet<Entry>,
    ) -> Result<(), StoreError> {
        let Changes { unique, other } = self.rows_of(organization, kind, pk, entries);
        for (table, rows) in [("unique_values", unique), ("attribute_values", other)] {
            if rows.len() > 0 {
                self.connection()
                    .delete_many(table, rows.columns(), "pk")
                    .await?;
            }
        }
        Ok(())
    }

    /// Finds out which unique value another resource has.
    async fn taken(
        &mut self,
        organization: i64,
        kind: &ResourceType,
        pk: i64,
        entries: &HashSet<Entry>,
    ) -> Result<StoreError, StoreError> {
        for entry in entries {
            let (Some(index), Some(path)) = (
                self.catalog.index(kind, entry.index),
                kind.indexed.get(entry.index),
            ) else {
                continue;
            };
            if !index.unique {
                continue;
            }
            let sql = "SELECT pk FROM unique_values WHERE organization = $1 AND attribute = $2 AND value = $3 AND pk <> $4";
            let args = [
                Arg::Int(organization),
                Arg::Int(index.number),
                Arg::from(entry.key.as_str()),
                Arg::Int(pk),
            ];
            if !self
                .connection()
                .rows(sql, &args, |row| row.int(0))
                .await?
                .is_empty()
            {
                return Ok(StoreError::Taken {
                    path: path.to_string(),
                });
            }
        }
        Ok(StoreError::Stale)
    }
}

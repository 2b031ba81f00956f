//! Members of groups: rows in both directions, never part of a document.
//!
//! # Why
//! Adding or removing one member touches one row and its index entries and never reads the
//! others, at any size. Who adds or removes holds the group's row first, which orders writers;
//! who adds holds the members' rows too, and a deletion that waited for them finds the new
//! membership in the end (by a trigger on PostgreSQL) and begins again.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use uuid::Uuid;

use super::resources::Stored;
use super::sql::{Arg, Column};
use super::{StoreError, Tx};
use crate::scim::render::Member;
use crate::scim::schema::ResourceType;

/// The members of a group at one moment, compactly.
#[derive(Clone, Debug, Default)]
pub struct Members {
    rows: Vec<(Uuid, i64, u32)>,
    displays: String,
    types: Arc<HashMap<i64, &'static ResourceType>>,
}

impl Members {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True if there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns the members from the `start`-th on, in the order in which they were stored.
    pub fn iter_from(&self, start: usize) -> impl Iterator<Item = Member<'_>> {
        let begin = |n: usize| {
            n.checked_sub(1)
                .and_then(|before| self.rows.get(before))
                .map_or(0, |(_, _, end)| *end as usize)
        };
        self.rows
            .iter()
            .enumerate()
            .skip(start)
            .filter_map(move |(n, (id, kind, end))| {
                let display = self.displays.get(begin(n)..*end as usize)?;
                Some(Member {
                    id: *id,
                    kind: self.types.get(kind)?,
                    display,
                })
            })
    }
}

/// What an edit of members really changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edited {
    /// Who was no member and is one.
    pub added: Vec<Uuid>,
    /// Who was a member and is none.
    pub removed: Vec<Uuid>,
}

impl Edited {
    /// True if nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }

    /// Adds what a later edit changed; who came and went is as before.
    pub fn extend(&mut self, later: Self) {
        let common = |a: &[Uuid], b: &[Uuid]| -> HashSet<Uuid> {
            let a: HashSet<Uuid> = a.iter().copied().collect();
            b.iter().copied().filter(|id| a.contains(id)).collect()
        };
        let back = common(&self.removed, &later.added);
        let gone_again = common(&self.added, &later.removed);
        self.added.retain(|id| !gone_again.contains(id));
        self.removed.retain(|id| !back.contains(id));
        let is_new = |id: &Uuid| !back.contains(id) && !gone_again.contains(id);
        self.added.extend(later.added.into_iter().filter(is_new));
        self.removed
            .extend(later.removed.into_iter().filter(is_new));
    }
}

impl Tx<'_> {
    fn types_by_number(&self) -> Arc<HashMap<i64, &'static ResourceType>> {
        let number = |kind: &&'static ResourceType| (self.catalog.number(kind), *kind);
        Arc::new(self.registry.types.iter().map(number).collect())
    }

    /// Returns the type whose resources have members: what `User.groups` points to.
    #[must_use]
    pub fn group_type(&self) -> Option<&'static ResourceType> {
        self.registry
            .types
            .iter()
            .copied()
            .find(|kind| kind.members.is_some())
    }

    /// Returns the members of a group.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn members(&mut self, group: &Stored) -> Result<Members, StoreError> {
        let mut members = Members {
            types: self.types_by_number(),
            ..Members::default()
        };
        let sql =
            "SELECT member_id, type, display FROM members WHERE group_pk = $1 ORDER BY member_pk";
        let displays = &mut members.displays;
        members.rows = self
            .connection()
            .rows(sql, &[Arg::Int(group.pk)], |row| {
                displays.push_str(&row.text(2)?);
                Ok((
                    row.id(0)?,
                    row.int(1)?,
                    u32::try_from(displays.len()).map_err(|_| StoreError::TooSlow)?,
                ))
            })
            .await?;
        Ok(members)
    }

    /// Makes resources members of a group; those that are already stay.
    ///
    /// # Errors
    /// The first id that no user or group of the organization has.
    pub async fn add_members(
        &mut self,
        organization: i64,
        group: &Stored,
        ids: &[Uuid],
    ) -> Result<Result<Edited, Uuid>, StoreError> {
        // a name that changes meanwhile would leave the old one in the member's row
        let sql = format!(
            "SELECT id, pk, type, display FROM resources WHERE organization = $1 AND id {{key}} ORDER BY pk{}",
            self.connection().for_share()
        );
        let found = self
            .connection()
            .rows_for_keys(
                &sql,
                &[Arg::Int(organization)],
                Column::Ids(ids.to_vec()),
                |row| Ok((row.id(0)?, (row.int(1)?, row.int(2)?, row.text(3)?))),
            )
            .await?;
        let mut found: HashMap<Uuid, (i64, i64, String)> = found.into_iter().collect();
        // user and group types are those that members can be
        let allowed: HashSet<i64> = self
            .registry
            .types
            .iter()
            .filter(|kind| kind.members.is_some() || kind.member_of.is_some())
            .map(|kind| self.catalog.number(kind))
            .collect();
        if let Some(unknown) = ids.iter().find(|id| {
            found
                .get(id)
                .is_none_or(|(_, kind, _)| !allowed.contains(kind))
        }) {
            return Ok(Err(*unknown));
        }
        let nested: HashSet<i64> = self
            .registry
            .types
            .iter()
            .filter(|kind| kind.members.is_some())
            .map(|kind| self.catalog.number(kind))
            .collect();
        let mut rows: Vec<(i64, Uuid, i64, String)> = ids
            .iter()
            .filter_map(|id| {
                found
                    .remove(id)
                    .map(|(pk, kind, display)| (pk, *id, kind, display))
            })
            .collect();
        rows.sort_unstable_by_key(|(pk, ..)| *pk);
        let by_pk: HashMap<i64, Uuid> = rows.iter().map(|(pk, id, ..)| (*pk, *id)).collect();
        let columns = vec![
            ("group_pk", Column::Ints(vec![group.pk; rows.len()])),
            (
                "member_pk",
                Column::Ints(rows.iter().map(|row| row.0).collect()),
            ),
            (
                "member_id",
                Column::Ids(rows.iter().map(|row| row.1).collect()),
            ),
            ("type", Column::Ints(rows.iter().map(|row| row.2).collect())),
            (
                "nested",
                Column::Ints(
                    rows.iter()
                        .map(|row| i64::from(nested.contains(&row.2)))
                        .collect(),
                ),
            ),
            (
                "display",
                Column::Texts(rows.into_iter().map(|row| row.3).collect()),
            ),
        ];
        let inserted = self
            .connection()
            .insert_many("members", columns, "member_pk")
            .await?;
        Ok(Ok(Edited {
            added: inserted
                .iter()
                .filter_map(|pk| by_pk.get(pk).copied())
                .collect(),
            removed: Vec::new(),
        }))
    }

    /// Ends memberships; ids that are no members are ignored.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn remove_members(
        &mut self,
        organization: i64,
        group: &Stored,
        ids: &[Uuid],
    ) -> Result<Edited, StoreError> {
        let sql = "DELETE FROM members WHERE group_pk = $1 AND member_pk IN (SELECT pk FROM resources WHERE organization = $2 AND id {key})
                   RETURNING member_id";
        let args = [Arg::Int(group.pk), Arg::Int(organization)];
        let ids = Column::Ids(ids.to_vec());
        let removed = self
            .connection()
            .rows_for_keys(sql, &args, ids, |row| row.id(0))
            .await?;
        Ok(Edited {
            added: Vec::new(),
            removed,
        })
    }

    /// Makes these the members of a group, changing only the rows that differ.
    ///
    /// # Errors
    /// The first id that no user or group of the organization has.
    pub async fn replace_members(
        &mut self,
        organization: i64,
        group: &Stored,
        ids: &[Uuid],
    ) -> Result<Result<Edited, Uuid>, StoreError> {
        let current = self
            .connection()
            .rows(
                "SELECT member_id FROM members WHERE group_pk = $1",
                &[Arg::Int(group.pk)],
                |row| row.id(0),
            )
            .await?;
        let (current, wanted): (HashSet<Uuid>, HashSet<Uuid>) =
            (current.into_iter().collect(), ids.iter().copied().collect());
        let missing: Vec<Uuid> = ids
            .iter()
            .copied()
            .filter(|id| !current.contains(id))
            .collect();
        let mut edited = match self.add_members(organization, group, &missing).await? {
            Ok(edited) => edited,
            Err(unknown) => return Ok(Err(unknown)),
        };
        if wanted.is_empty() {
            self.connection()
                .execute(
                    "DELETE FROM members WHERE group_pk = $1",
                    &[Arg::Int(group.pk)],
                )
                .await?;
            edited.removed = current.into_iter().collect();
        } else {
            let surplus: Vec<Uuid> = current.difference(&wanted).copied().collect();
            edited.extend(self.remove_members(organization, group, &surplus).await?);
        }
        Ok(Ok(edited))
    }
}

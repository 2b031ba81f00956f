//! Announcements, in the transaction of what they announce.
//!
//! Readers follow `seq`. On PostgreSQL a lower one may be committed after a higher one, so a
//! reader looks back over the last seconds and takes each announcement as "look again", which
//! may be done twice.

use uuid::Uuid;

use super::sql::{Arg, Column, Rows, Step};
use super::{StoreError, Tx};
use crate::model::{Announcement, Kind};

impl Tx<'_> {
    /// Announces a change.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub fn announce(
        &mut self,
        organization: i64,
        announcement: &Announcement,
        now: i64,
    ) -> Result<(), StoreError> {
        let listed = (1..=Announcement::MAX_MEMBERS).contains(&announcement.members.len());
        let delta = listed.then(|| {
            announcement
                .members
                .iter()
                .map(Uuid::to_string)
                .collect::<Vec<_>>()
                .join(" ")
        });
        let columns = vec![
            ("organization", Column::Ints(vec![organization])),
            ("at_us", Column::Ints(vec![now])),
            (
                "kind",
                Column::Texts(vec![announcement.kind.as_str().to_owned()]),
            ),
            ("resource", Column::Ids(vec![announcement.resource])),
            ("delta", Column::MaybeTexts(vec![delta])),
        ];
        let rows = Rows::new("outbox", columns);
        self.connection().defer(Step::Insert(rows), None)
    }

    /// Returns the announcements of all organizations after `seq`, oldest first, at most `limit`:
    /// the place of each, its organization, and what it says.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] for a row that another version wrote.
    pub async fn announcements_after(
        &mut self,
        seq: i64,
        limit: i64,
    ) -> Result<Vec<(i64, i64, Announcement)>, StoreError> {
        let sql = "SELECT seq, organization, kind, resource, delta FROM outbox WHERE seq > $1 ORDER BY seq LIMIT $2";
        let args = [Arg::Int(seq), Arg::Int(limit)];
        let corrupt = |what: &str| StoreError::Corrupt(format!("an announcement has {what}"));
        self.connection()
            .rows(sql, &args, |row| {
                let kind = Kind::from_name(&row.text(2)?).ok_or_else(|| corrupt("another kind"))?;
                let members = row.optional_text(4)?.unwrap_or_default();
                let members = members.split_whitespace().map(str::parse);
                let members = members
                    .collect::<Result<_, _>>()
                    .map_err(|_| corrupt("no ids"))?;
                let announcement = Announcement {
                    kind,
                    resource: row.id(3)?,
                    members,
                };
                Ok((row.int(0)?, row.int(1)?, announcement))
            })
            .await
    }

    /// Removes the oldest announcements from before `before`, at most `limit`; returns how many.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn prune_outbox(&mut self, before: i64, limit: i64) -> Result<u64, StoreError> {
        let sql = "DELETE FROM outbox WHERE seq IN (SELECT seq FROM outbox ORDER BY seq LIMIT $1) AND at_us < $2 RETURNING seq";
        let args = [Arg::Int(limit), Arg::Int(before)];
        let pruned = self.connection().rows(sql, &args, |row| row.int(0)).await?;
        Ok(pruned.len() as u64)
    }
}

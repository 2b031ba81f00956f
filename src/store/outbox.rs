//! Announcements, in the transaction of what they announce.
//!
//! Readers follow `seq`. On PostgreSQL a lower one may be committed after a higher one, so a
//! reader looks back over the last seconds and takes each announcement as "look again", which
//! may be done twice.

use uuid::Uuid;

use super::sql::Arg;
use super::{StoreError, Tx};
use crate::model::Announcement;

impl Tx<'_> {
    /// Announces a change.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn announce(
        &mut self,
        organization: i64,
        announcement: &Announcement,
        now: i64,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO outbox (organization, at_us, kind, resource, delta) VALUES ($1, $2, $3, $4, $5)";
        let listed = (1..=Announcement::MAX_MEMBERS).contains(&announcement.members.len());
        let delta = listed.then(|| {
            announcement
                .members
                .iter()
                .map(Uuid::to_string)
                .collect::<Vec<_>>()
                .join(" ")
        });
        let args = [
            Arg::Int(organization),
            Arg::Int(now),
            Arg::from(announcement.kind.as_str()),
            Arg::Id(announcement.resource),
            Arg::from(delta),
        ];
        self.connection().execute(sql, &args).await.map(|_| ())
    }

    /// Removes the oldest announcements from before `before`, at most `limit`; returns how many.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn prune_outbox(&mut self, before: i64, limit: i64) -> Result<u64, StoreError> {
        let sql = "DELETE FROM outbox WHERE seq IN (SELECT seq FROM outbox ORDER BY seq LIMIT $1) AND at_us < $2";
        self.connection()
            .execute(sql, &[Arg::Int(limit), Arg::Int(before)])
            .await
    }
}

//! The provisioning log.

use super::sql::{Arg, Column, Rows, Sql, Step};
use super::{StoreError, Tx};
use crate::model::{AuditEvent, LogEntry, LogQuery};

impl Tx<'_> {
    /// Appends an event.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub fn log(&mut self, event: &AuditEvent, now: i64) -> Result<(), StoreError> {
        let AuditEvent {
            organization,
            token,
            idp,
            method,
            path,
            resource,
            status,
            scim_type,
            detail,
            diff,
            request_id,
            duration,
        } = event;
        let int = |n: i64| Column::Ints(vec![n]);
        let text = |text: &str| Column::Texts(vec![text.to_owned()]);
        let maybe = |text: Option<String>| Column::MaybeTexts(vec![text]);
        let columns = vec![
            ("organization", int(*organization)),
            ("at_us", int(now)),
            ("token", int(*token)),
            ("idp", text(idp)),
            ("method", text(method)),
            ("path", text(path)),
            ("resource", Column::MaybeIds(vec![*resource])),
            ("status", int(i64::from(*status))),
            ("scim_type", maybe(scim_type.map(str::to_owned))),
            ("detail", maybe(detail.clone())),
            ("diff", maybe(diff.as_ref().map(ToString::to_string))),
            ("request_id", text(request_id)),
            ("duration_us", int(*duration)),
        ];
        let rows = Rows::new("provisioning_log", columns);
        self.connection().defer(Step::Insert(rows), None)
    }

    /// Returns the newest events that match, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn log_entries(&mut self, query: &LogQuery) -> Result<Vec<LogEntry>, StoreError> {
        let mut sql = Sql::new(
            "SELECT l.seq, l.at_us, o.slug, t.name, l.idp, l.method, l.path, l.resource, l.status, l.scim_type, l.detail, l.diff, l.request_id, l.duration_us
             FROM provisioning_log l JOIN organizations o ON o.pk = l.organization JOIN scim_tokens t ON t.pk = l.token WHERE l.seq > 0",
        );
        if let Some(organization) = query.organization {
            sql.push(" AND l.organization = ").bind(organization);
        }
        if let Some(resource) = query.resource {
            sql.push(" AND l.resource = ").bind(resource);
        }
        if query.failed {
            sql.push(" AND l.status >= 400");
        }
        sql.push(" ORDER BY l.seq DESC LIMIT ").bind(query.limit);
        let mut entries = self
            .connection()
            .rows(&sql.text(), &sql.args, |row| {
                Ok(LogEntry {
                    seq: row.int(0)?,
                    at: row.int(1)?,
                    organization: row.text(2)?,
                    token: row.text(3)?,
                    idp: row.text(4)?,
                    method: row.text(5)?,
                    path: row.text(6)?,
                    resource: row.optional_id(7)?,
                    status: row.int(8)?,
                    scim_type: row.optional_text(9)?,
                    detail: row.optional_text(10)?,
                    diff: row.optional_text(11)?,
                    request_id: row.text(12)?,
                    duration: row.int(13)?,
                })
            })
            .await?;
        entries.reverse();
        Ok(entries)
    }

    /// Removes the oldest events from before `before`, at most `limit`; returns how many.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn prune_log(&mut self, before: i64, limit: i64) -> Result<u64, StoreError> {
        let sql = "DELETE FROM provisioning_log WHERE seq IN (SELECT seq FROM provisioning_log ORDER BY seq LIMIT $1) AND at_us < $2 RETURNING seq";
        let args = [Arg::Int(limit), Arg::Int(before)];
        let pruned = self.connection().rows(sql, &args, |row| row.int(0)).await?;
        Ok(pruned.len() as u64)
    }
}

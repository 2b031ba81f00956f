//! Secrets and facts that all replicas share.

use super::sql::Arg;
use super::{StoreError, Tx};

impl Tx<'_> {
    /// Returns a setting; if there is none, stores `value` first. Of several who do so at once,
    /// all get the same.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn setting(&mut self, name: &str, value: &str) -> Result<String, StoreError> {
        let known = "SELECT value FROM settings WHERE name = $1";
        let known = self
            .connection()
            .rows(known, &[Arg::from(name)], |row| row.text(0))
            .await?;
        if let Some(known) = known.into_iter().next() {
            return Ok(known);
        }
        let sql = "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING value";
        self.connection()
            .rows(sql, &[Arg::from(name), Arg::from(value)], |row| row.text(0))
            .await?
            .pop()
            .ok_or(StoreError::Stale)
    }
}

//! Statements of PostgreSQL, one at a time.

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::{AssertSqlSafe, SqlSafeStr as _};
use tracing::Dispatch;
use tracing::instrument::WithSubscriber as _;

use super::super::error::StoreError;
use super::pool::Loan;
use super::postgres::{is_conflict, is_lost, is_read_only, is_retriable, is_taken_key};
use super::unavailable;

/// A connection of PostgreSQL that is to run a statement.
pub(super) struct Statements<'c> {
    pub(super) loan: &'c mut Loan,
    pub(super) mode: Mode,
    pub(super) retriable: &'c mut bool,
    pub(super) plan: Plan,
}

/// How PostgreSQL is to plan a statement.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Plan {
    /// Once, for whatever values.
    Kept,
    /// For these values: they may select one resource, or half of all.
    ForItsValues,
}

/// What a statement of PostgreSQL is part of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Nothing: it reads, and may be run again.
    Reading,
    /// Nothing: it is the whole transaction, so if the connection is lost it may have happened.
    Alone,
    Transaction,
}

impl Statements<'_> {
    /// Runs one statement. A reader whose connection was lost while it waited takes a new one.
    pub(super) async fn run(
        &mut self,
        sql: String,
        arguments: impl Fn() -> Result<PgArguments, StoreError>,
    ) -> Result<Vec<PgRow>, StoreError> {
        self.try_run(sql, arguments)
            .await
            .map_err(|error| match error {
                Ok(error) => failure(&error, self.mode),
                Err(error) => error,
            })
    }

    /// The same; the database's error as it is.
    pub(super) async fn try_run(
        &mut self,
        sql: String,
        arguments: impl Fn() -> Result<PgArguments, StoreError>,
    ) -> Result<Vec<PgRow>, Result<sqlx::Error, StoreError>> {
        let sql = AssertSqlSafe(sql).into_sql_str();
        // sqlx would enter the request's span four times for each row, a sixth of what the
        // members of a large group cost
        let nobody = Dispatch::none();
        let mut renewed = false;
        loop {
            let query = sqlx::query_with(sql.clone(), arguments().map_err(Err)?)
                .persistent(self.plan == Plan::Kept);
            let rows = query.fetch_all(self.loan.begin().map_err(Err)?);
            match rows.with_subscriber(nobody.clone()).await {
                Ok(rows) => {
                    if self.mode != Mode::Transaction {
                        self.loan.ended();
                    }
                    return Ok(rows);
                }
                Err(error) if is_lost(&error) && self.mode == Mode::Reading && !renewed => {
                    self.loan.renew().await.map_err(Err)?;
                    renewed = true;
                }
                Err(error) if is_read_only(&error) => {
                    self.loan.discard();
                    return Err(Ok(error));
                }
                Err(error) => {
                    if self.mode != Mode::Transaction && !is_lost(&error) {
                        self.loan.ended();
                    }
                    if is_taken_key(&error) {
                        self.loan.keys().clear();
                    }
                    *self.retriable |= match self.mode {
                        Mode::Alone => is_conflict(&error),
                        Mode::Reading | Mode::Transaction => is_retriable(&error),
                    };
                    return Err(Ok(error));
                }
            }
        }
    }
}

/// What an error of PostgreSQL means.
pub(super) fn failure(error: &sqlx::Error, mode: Mode) -> StoreError {
    match error {
        sqlx::Error::Database(database) => {
            let code = database.code().unwrap_or_default();
            // a write that takes too long has waited, and may not the next time
            if code == "57014" && mode == Mode::Reading {
                return StoreError::TooSlow;
            }
            if is_read_only(error) {
                return unavailable(error);
            }
            if ["08", "40", "53", "55", "57", "58"]
                .iter()
                .any(|class| code.starts_with(class))
            {
                return unavailable(error);
            }
            StoreError::Corrupt(error.to_string())
        }
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::Encode(_) => {
            StoreError::Corrupt(error.to_string())
        }
        _ => unavailable(error),
    }
}

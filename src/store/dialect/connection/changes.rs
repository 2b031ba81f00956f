//! What a connection changes: at once on SQLite, and on PostgreSQL as one statement of all that
//! waits, when it must.

use super::super::super::error::StoreError;
use super::super::super::sql::{Column, Columns, Rows, Step};
use super::super::deferred::{Deferred, Expected};
use super::super::keys::Keys;
use super::super::row::Row;
use super::super::statements::{Mode, Plan, Statements, failure};
use super::super::together::Failed;
use super::super::{postgres, sqlite, steps};
use super::{Connection, Handle, Inner};

impl Connection {
    /// Does a step before the next statement of another kind, at the latest when the transaction
    /// ends: with `expected` it fails then if it touches fewer rows than so many. On PostgreSQL
    /// all that waits is one statement, so no two steps that wait together may touch one row,
    /// unless they are alike and become one.
    pub(in crate::store) fn defer(
        &mut self,
        step: Step,
        expected: Option<Expected>,
    ) -> Result<(), StoreError> {
        match self.handle()? {
            Handle::Sqlite(connection) => check(sqlite::step(connection, step)?, expected),
            Handle::Postgres(_) => {
                self.deferred.push(step, expected);
                Ok(())
            }
        }
    }

    /// Inserts the row of a new resource and returns its key, which others can refer to at once.
    pub(in crate::store) async fn insert_new(
        &mut self,
        mut columns: Columns,
    ) -> Result<i64, StoreError> {
        let table = "resources";
        let Inner::PostgresWriter(writer) = &self.inner else {
            let keys = self.insert_many(table, columns, "pk").await?;
            return keys.first().copied().ok_or(StoreError::Stale);
        };
        let key = match writer.loan.keys().take() {
            Some(key) => key,
            None => self.set_keys_aside().await?,
        };
        columns.push(("pk", Column::Ints(vec![key])));
        self.defer(Step::Insert(Rows::new(table, columns)), None)?;
        Ok(key)
    }

    /// Sets keys of new resources aside, and returns one of them. They are no part of the
    /// transaction: if it is rolled back, they are still nobody's.
    async fn set_keys_aside(&mut self) -> Result<i64, StoreError> {
        let Inner::PostgresWriter(writer) = &mut self.inner else {
            return Err(StoreError::Stale);
        };
        let mode = if writer.has_begun {
            Mode::Transaction
        } else {
            Mode::Reading
        };
        let mut statements = Statements {
            mode,
            loan: &mut writer.loan,
            retriable: &mut self.retriable,
            plan: Plan::Kept,
        };
        let rows = statements
            .run(Keys::SET_ASIDE.to_owned(), || postgres::arguments(&[]))
            .await?;
        let keys: Result<Vec<i64>, _> = rows.iter().map(|row| Row::Postgres(row).int(0)).collect();
        let key = writer.loan.keys().put(keys?);
        key.ok_or_else(|| StoreError::Corrupt("the database gave no key".into()))
    }

    /// Does what was deferred, in the transaction.
    pub(in crate::store) async fn settle(&mut self) -> Result<(), StoreError> {
        if self.deferred.is_empty() {
            return Ok(());
        }
        self.begin().await?;
        self.finish().await
    }

    /// Takes what was deferred, if nothing else was done: it is the whole transaction.
    pub(in crate::store::dialect) fn take_whole(&mut self) -> Option<Deferred> {
        let Inner::PostgresWriter(writer) = &self.inner else {
            return None;
        };
        let is_whole = !writer.has_begun && !self.deferred.is_empty();
        is_whole.then(|| std::mem::take(&mut self.deferred))
    }

    /// Makes a change that is the whole transaction, which is committed when this returns `Ok`.
    pub(in crate::store::dialect) async fn finish_alone(
        &mut self,
        change: Deferred,
    ) -> Result<(), Failed> {
        self.deferred = change;
        self.retriable = false;
        let done = self.finish().await;
        done.map_err(|error| Failed {
            error,
            retriable: self.retriable,
        })
    }

    /// Does what was deferred; if that is all, it is the transaction.
    pub(in crate::store::dialect) async fn finish(&mut self) -> Result<(), StoreError> {
        if self.deferred.is_empty() {
            return Ok(());
        }
        let form = self.deferred.form;
        let (steps, expected) = std::mem::take(&mut self.deferred).into_parts();
        let least = expected
            .iter()
            .map(|expected| expected.as_ref().map(|(least, _)| *least));
        let sql = steps::joined(steps, least.collect(), form);
        let Handle::Postgres(mut statements) = self.handle()? else {
            return Ok(());
        };
        let arguments = || postgres::arguments(&sql.args);
        let error = match statements.try_run(sql.text(), arguments).await {
            Ok(_) => return Ok(()),
            Err(error) => error?,
        };
        let Some(unmet) = steps::unmet(&error) else {
            return Err(failure(&error, statements.mode));
        };
        match expected.into_iter().nth(unmet).flatten() {
            Some((_, otherwise)) => {
                // who looked before the transaction may look again
                self.retriable |= matches!(otherwise, StoreError::Stale);
                Err(otherwise)
            }
            None => Err(StoreError::Stale),
        }
    }

    /// Forgets what was deferred, because the transaction returns to a state before it.
    pub(in crate::store) fn forget_deferred(&mut self) {
        self.deferred.clear();
    }
}

fn check(touched: u64, expected: Option<Expected>) -> Result<(), StoreError> {
    match expected {
        Some((at_least, otherwise)) if touched < at_least => Err(otherwise),
        _ => Ok(()),
    }
}

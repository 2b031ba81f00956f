//! A connection to either database, and the rows it gives.

mod changes;

use sqlx::Executor as _;

use super::super::error::StoreError;
use super::super::sql::{Arg, Column, Columns, UNLESS_THERE};
use super::deferred::Deferred;
use super::pool::Loan;
use super::postgres::{self, is_retriable};
use super::row::Row;
use super::sqlite::{self, Checkout};
use super::statements::{Mode, Plan, Statements, failure};
use super::steps::{self, Form};

/// A connection, in a transaction unless it is a reader of PostgreSQL.
pub(in crate::store) struct Connection {
    inner: Inner,
    /// What is to be done before the next statement; only PostgreSQL lets anything wait.
    deferred: Deferred,
    /// A statement failed in a way that a new attempt may not.
    retriable: bool,
}

enum Inner {
    SqliteWriter(rusqlite::Connection),
    SqliteReader(Checkout),
    PostgresReader(Loan),
    PostgresWriter(Writer),
}

/// The same, without what tells readers from writers. Borrowed as mutable, so that a future
/// which holds it can go to another thread.
enum Handle<'c> {
    Sqlite(&'c mut rusqlite::Connection),
    Postgres(Statements<'c>),
}

/// A connection of PostgreSQL that writes.
///
/// # Why
/// A transaction is begun when a second statement needs it: what only defers is one statement,
/// which is its own transaction, and a creation costs one journey instead of four.
struct Writer {
    loan: Loan,
    has_begun: bool,
    /// A resource may be read before the transaction; that it is still the same is part of the
    /// statement that changes it. So the first attempt goes, and a second one locks.
    may_look_first: bool,
    /// What is read now is read before the transaction.
    is_looking: bool,
}

impl Connection {
    fn new(inner: Inner) -> Self {
        Self {
            inner,
            deferred: Deferred::default(),
            retriable: false,
        }
    }

    pub(super) fn sqlite_writer(connection: rusqlite::Connection) -> Self {
        Self::new(Inner::SqliteWriter(connection))
    }

    pub(super) fn sqlite_reader(checkout: Checkout) -> Self {
        Self::new(Inner::SqliteReader(checkout))
    }

    pub(super) fn postgres_reader(loan: Loan) -> Self {
        Self::new(Inner::PostgresReader(loan))
    }

    pub(super) fn postgres_writer(loan: Loan, may_look_first: bool) -> Self {
        Self::new(Inner::PostgresWriter(Writer {
            loan,
            has_begun: false,
            may_look_first,
            is_looking: false,
        }))
    }

    /// Begins the transaction of a writer of PostgreSQL, if it has none yet.
    async fn begin(&mut self) -> Result<(), StoreError> {
        let Inner::PostgresWriter(writer) = &mut self.inner else {
            return Ok(());
        };
        if writer.has_begun || writer.is_looking {
            return Ok(());
        }
        match writer.loan.begin()?.execute("BEGIN").await {
            Ok(_) => {
                writer.has_begun = true;
                Ok(())
            }
            Err(error) => {
                self.retriable |= is_retriable(&error);
                Err(failure(&error, Mode::Transaction))
            }
        }
    }

    /// Ends the transaction of a writer of PostgreSQL, if it has one.
    pub(super) async fn end(&mut self, how: &'static str) -> Result<(), sqlx::Error> {
        let Inner::PostgresWriter(Writer {
            loan,
            has_begun: true,
            ..
        }) = &mut self.inner
        else {
            return Ok(());
        };
        let connection = loan
            .begin()
            .map_err(|error| sqlx::Error::Protocol(error.to_string()))?;
        connection.execute(how).await?;
        loan.ended();
        Ok(())
    }

    /// Says whether what is read from here on is read before the transaction, and returns
    /// whether it can be: whoever changes it then must expect it to have changed.
    pub(in crate::store) fn look(&mut self, first: bool) -> bool {
        match &mut self.inner {
            Inner::PostgresWriter(writer) => {
                writer.is_looking = first && writer.may_look_first && !writer.has_begun;
                writer.is_looking
            }
            Inner::SqliteWriter(_) | Inner::SqliteReader(_) | Inner::PostgresReader(_) => false,
        }
    }

    /// True if a statement failed in a way that a new attempt may not.
    pub(super) fn is_retriable(&self) -> bool {
        self.retriable
    }

    fn handle(&mut self) -> Result<Handle<'_>, StoreError> {
        let retriable = &mut self.retriable;
        match &mut self.inner {
            Inner::SqliteWriter(connection) => Ok(Handle::Sqlite(connection)),
            Inner::SqliteReader(checkout) => match &mut checkout.reader {
                Some(reader) => Ok(Handle::Sqlite(&mut reader.connection)),
                None => Err(StoreError::Unavailable(
                    "the connection was given back".into(),
                )),
            },
            Inner::PostgresReader(loan) => Ok(Handle::Postgres(Statements {
                loan,
                mode: Mode::Reading,
                retriable,
                plan: Plan::Kept,
            })),
            Inner::PostgresWriter(writer) => Ok(Handle::Postgres(Statements {
                mode: match (writer.has_begun, writer.is_looking) {
                    (true, _) => Mode::Transaction,
                    (false, true) => Mode::Reading,
                    (false, false) => Mode::Alone,
                },
                loan: &mut writer.loan,
                retriable,
                plan: Plan::Kept,
            })),
        }
    }

    pub(super) fn run_sqlite(&mut self, sql: &str) -> Result<(), StoreError> {
        match self.handle()? {
            Handle::Sqlite(connection) => sqlite::run(connection, sql).map_err(sqlite::failure),
            Handle::Postgres(_) => Ok(()),
        }
    }

    pub(super) fn is_rolled_back(&self) -> bool {
        match &self.inner {
            Inner::SqliteWriter(connection) => connection.is_autocommit(),
            Inner::SqliteReader(_) | Inner::PostgresReader(_) | Inner::PostgresWriter(_) => false,
        }
    }

    /// What a SELECT ends with that wants the row to itself until the transaction ends.
    pub(in crate::store) fn for_update(&self) -> &'static str {
        match self.inner {
            Inner::SqliteWriter(_) | Inner::SqliteReader(_) => "",
            Inner::PostgresReader(_) | Inner::PostgresWriter(_) => " FOR UPDATE",
        }
    }

    /// What a SELECT ends with that wants the row to stay as it is until the transaction ends.
    pub(in crate::store) fn for_share(&self) -> &'static str {
        match self.inner {
            Inner::SqliteWriter(_) | Inner::SqliteReader(_) => "",
            Inner::PostgresReader(_) | Inner::PostgresWriter(_) => " FOR SHARE",
        }
    }

    /// Waits until no other transaction holds the queue of this number, and holds it until this
    /// one ends. SQLite has one writer, which is such a queue.
    pub(in crate::store) async fn queue(&mut self, number: i64) -> Result<(), StoreError> {
        match self.inner {
            Inner::SqliteWriter(_) | Inner::SqliteReader(_) => Ok(()),
            Inner::PostgresReader(_) | Inner::PostgresWriter(_) => {
                let sql = "SELECT 1 FROM pg_advisory_xact_lock($1)";
                self.execute(sql, &[Arg::Int(number)]).await
            }
        }
    }

    /// A row's key where it is only compared: no way into the table for SQLite's planner, which
    /// has no statistics and would take the longest list of keys as gladly as the shortest.
    pub(in crate::store) fn probed(&self) -> &'static str {
        match self.inner {
            Inner::SqliteWriter(_) | Inner::SqliteReader(_) => "+r.pk",
            Inner::PostgresReader(_) | Inner::PostgresWriter(_) => "r.pk",
        }
    }

    /// A column that is only compared: no way into the table for PostgreSQL's planner, which
    /// before it has statistics would take all users of an organization as gladly as the one id.
    pub(in crate::store) fn checked(&self, column: &str) -> String {
        match self.inner {
            Inner::SqliteWriter(_) | Inner::SqliteReader(_) => column.to_owned(),
            Inner::PostgresReader(_) | Inner::PostgresWriter(_) => format!("+{column}"),
        }
    }

    /// Whether a statement is a journey to another process, so that what can be asked in one is.
    pub(in crate::store) fn is_far(&self) -> bool {
        match self.inner {
            Inner::SqliteWriter(_) | Inner::SqliteReader(_) => false,
            Inner::PostgresReader(_) | Inner::PostgresWriter(_) => true,
        }
    }

    /// What a probe ends with that is to stay one: PostgreSQL would join its rows to the others,
    /// and without knowing the values (a prepared plan does not) it may begin with the 100,000
    /// e-mails of type "work" as gladly as with the one address.
    pub(in crate::store) fn on_its_own(&self) -> &'static str {
        match self.inner {
            Inner::SqliteWriter(_) | Inner::SqliteReader(_) => "",
            Inner::PostgresReader(_) | Inner::PostgresWriter(_) => " OFFSET 0",
        }
    }

    /// A condition: the text `value` contains what `needle` stands for.
    pub(in crate::store) fn contains(&self, value: &str, needle: &str) -> String {
        match self.inner {
            Inner::SqliteWriter(_) | Inner::SqliteReader(_) => {
                format!("instr({value}, {needle}) > 0")
            }
            Inner::PostgresReader(_) | Inner::PostgresWriter(_) => {
                format!("strpos({value}, {needle}) > 0")
            }
        }
    }

    /// True if another statement can be run: the connection was not lost.
    pub(super) fn is_whole(&self) -> bool {
        match &self.inner {
            Inner::PostgresWriter(Writer { loan, .. }) | Inner::PostgresReader(loan) => {
                loan.is_whole()
            }
            Inner::SqliteWriter(_) | Inner::SqliteReader(_) => true,
        }
    }

    /// Prepares for a statement that is not deferred.
    async fn prepare(&mut self) -> Result<(), StoreError> {
        self.begin().await?;
        self.settle().await
    }

    /// Runs a statement.
    pub(in crate::store) async fn execute(
        &mut self,
        sql: &str,
        args: &[Arg],
    ) -> Result<(), StoreError> {
        self.prepare().await?;
        match self.handle()? {
            Handle::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql).map_err(sqlite::failure)?;
                statement
                    .execute(rusqlite::params_from_iter(args))
                    .map(|_| ())
                    .map_err(sqlite::failure)
            }
            Handle::Postgres(mut statements) => {
                statements
                    .run(sql.to_owned(), || postgres::arguments(args))
                    .await?;
                Ok(())
            }
        }
    }

    /// Runs a query and makes something of each row.
    pub(in crate::store) async fn rows<T: Send>(
        &mut self,
        sql: &str,
        args: &[Arg],
        each: impl FnMut(&Row<'_>) -> Result<T, StoreError> + Send,
    ) -> Result<Vec<T>, StoreError> {
        self.rows_planned(Plan::Kept, sql, args, each).await
    }

    /// The same, by a plan that is kept or not.
    pub(in crate::store) async fn rows_planned<T: Send>(
        &mut self,
        plan: Plan,
        sql: &str,
        args: &[Arg],
        mut each: impl FnMut(&Row<'_>) -> Result<T, StoreError> + Send,
    ) -> Result<Vec<T>, StoreError> {
        self.prepare().await?;
        match self.handle()? {
            Handle::Sqlite(connection) => sqlite::rows(connection, sql, args, &mut each),
            Handle::Postgres(mut statements) => {
                statements.plan = plan;
                let rows = statements
                    .run(sql.to_owned(), || postgres::arguments(args))
                    .await?;
                rows.iter().map(|row| each(&Row::Postgres(row))).collect()
            }
        }
    }

    /// Runs a query for each of `keys`: `{key}` in `sql` is where the key's condition stands
    /// (`id {key}`), behind all other arguments. Which row belongs to which key, a column must say.
    pub(in crate::store) async fn rows_for_keys<T: Send>(
        &mut self,
        sql: &str,
        args: &[Arg],
        keys: Column,
        mut each: impl FnMut(&Row<'_>) -> Result<T, StoreError> + Send,
    ) -> Result<Vec<T>, StoreError> {
        if keys.len() == 0 {
            return Ok(Vec::new());
        }
        self.prepare().await?;
        let place = args.len() + 1;
        match self.handle()? {
            Handle::Sqlite(connection) => {
                let sql = sql.replace("{key}", &format!("= ${place}"));
                let mut all = Vec::with_capacity(keys.len());
                for row in 0..keys.len() {
                    let args: Vec<Arg> = args.iter().cloned().chain(keys.arg(row)).collect();
                    all.append(&mut sqlite::rows(connection, &sql, &args, &mut each)?);
                }
                Ok(all)
            }
            Handle::Postgres(mut statements) => {
                // a plan for one key is not that for thousands
                let is_one = keys.len() == 1;
                let sql = sql.replace(
                    "{key}",
                    &if is_one {
                        format!("= ${place}")
                    } else {
                        format!("= ANY(${place})")
                    },
                );
                let key = if is_one {
                    keys.arg(0)
                } else {
                    Some(Arg::Many(keys))
                };
                let args: Vec<Arg> = args.iter().cloned().chain(key).collect();
                let rows = statements.run(sql, || postgres::arguments(&args)).await?;
                rows.iter().map(|row| each(&Row::Postgres(row))).collect()
            }
        }
    }

    /// Inserts rows, leaves out those that a unique index has already, and returns the column
    /// `returning` of those that were inserted.
    pub(in crate::store) async fn insert_many(
        &mut self,
        table: &'static str,
        columns: Columns,
        returning: &str,
    ) -> Result<Vec<i64>, StoreError> {
        self.prepare().await?;
        match self.handle()? {
            Handle::Sqlite(connection) => {
                let sql = format!(
                    "{}{UNLESS_THERE} RETURNING {returning}",
                    sqlite::insertion(table, &columns)
                );
                sqlite::each_row(connection, &sql, &columns)
            }
            Handle::Postgres(mut statements) => {
                let mut sql = steps::insertion(table, columns, Form::Shortest);
                sql.push(UNLESS_THERE)
                    .push(&format!(" RETURNING CAST({returning} AS bigint)"));
                let rows = statements
                    .run(sql.text(), || postgres::arguments(&sql.args))
                    .await?;
                rows.iter().map(|row| Row::Postgres(row).int(0)).collect()
            }
        }
    }
}

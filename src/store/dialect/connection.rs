//! A connection to either database, and the rows it gives.

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::{AssertSqlSafe, PgConnection, Postgres, Row as _, Transaction};
use uuid::Uuid;

use super::super::error::StoreError;
use super::super::sql::{Arg, Column};
use super::postgres::{add_column, arguments, is_retriable, unnested};
use super::sqlite::{self, Checkout};
use super::unavailable;

/// A connection, in a transaction unless it is a reader of PostgreSQL.
pub(in crate::store) struct Connection {
    inner: Inner,
    /// A statement failed in a way that a new attempt may not.
    retriable: bool,
}

enum Inner {
    SqliteWriter(rusqlite::Connection),
    SqliteReader(Checkout),
    PostgresReader(PoolConnection<Postgres>),
    PostgresWriter(Transaction<'static, Postgres>),
}

/// The same, without what tells readers from writers. Borrowed as mutable, so that a future
/// which holds it can go to another thread.
enum Handle<'c> {
    Sqlite(&'c mut rusqlite::Connection),
    Postgres(&'c mut PgConnection),
}

impl Connection {
    pub(super) fn sqlite_writer(connection: rusqlite::Connection) -> Self {
        Self {
            inner: Inner::SqliteWriter(connection),
            retriable: false,
        }
    }

    pub(super) fn postgres_writer(transaction: Transaction<'static, Postgres>) -> Self {
        Self {
            inner: Inner::PostgresWriter(transaction),
            retriable: false,
        }
    }

    /// Ends a connection that wrote to PostgreSQL: its transaction, and whether a new attempt
    /// may succeed where this one failed.
    pub(super) fn into_postgres(self) -> (Option<Transaction<'static, Postgres>>, bool) {
        match self.inner {
            Inner::PostgresWriter(transaction) => (Some(transaction), self.retriable),
            Inner::SqliteWriter(_) | Inner::SqliteReader(_) | Inner::PostgresReader(_) => {
                (None, false)
            }
        }
    }

    pub(super) fn sqlite_reader(checkout: Checkout) -> Self {
        Self {
            inner: Inner::SqliteReader(checkout),
            retriable: false,
        }
    }

    pub(super) fn postgres_reader(connection: PoolConnection<Postgres>) -> Self {
        Self {
            inner: Inner::PostgresReader(connection),
            retriable: false,
        }
    }

    fn handle(&mut self) -> Result<Handle<'_>, StoreError> {
        match &mut self.inner {
            Inner::SqliteWriter(connection) => Ok(Handle::Sqlite(connection)),
            Inner::SqliteReader(checkout) => match &mut checkout.reader {
                Some(reader) => Ok(Handle::Sqlite(&mut reader.connection)),
                None => Err(StoreError::Unavailable(
                    "the connection was given back".into(),
                )),
            },
            Inner::PostgresReader(connection) => Ok(Handle::Postgres(connection)),
            Inner::PostgresWriter(transaction) => Ok(Handle::Postgres(transaction)),
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
                self.execute(sql, &[Arg::Int(number)]).await.map(|_| ())
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

    /// Runs a statement and returns how many rows it touched.
    pub(in crate::store) async fn execute(
        &mut self,
        sql: &str,
        args: &[Arg],
    ) -> Result<u64, StoreError> {
        match self.handle()? {
            Handle::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql).map_err(sqlite::failure)?;
                statement
                    .execute(rusqlite::params_from_iter(args))
                    .map(|n| n as u64)
                    .map_err(sqlite::failure)
            }
            Handle::Postgres(connection) => {
                let done = sqlx::query_with(AssertSqlSafe(sql.to_owned()), arguments(args)?)
                    .execute(connection)
                    .await;
                match done {
                    Ok(done) => Ok(done.rows_affected()),
                    Err(error) => Err(self.postgres_error(error)),
                }
            }
        }
    }

    /// Runs a query and makes something of each row.
    pub(in crate::store) async fn rows<T: Send>(
        &mut self,
        sql: &str,
        args: &[Arg],
        mut each: impl FnMut(&Row<'_>) -> Result<T, StoreError> + Send,
    ) -> Result<Vec<T>, StoreError> {
        match self.handle()? {
            Handle::Sqlite(connection) => sqlite::rows(connection, sql, args, &mut each),
            Handle::Postgres(connection) => {
                let rows = sqlx::query_with(AssertSqlSafe(sql.to_owned()), arguments(args)?)
                    .fetch_all(connection)
                    .await;
                match rows {
                    Ok(rows) => rows.iter().map(|row| each(&Row::Postgres(row))).collect(),
                    Err(error) => Err(self.postgres_error(error)),
                }
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
            Handle::Postgres(connection) => {
                let sql = sql.replace("{key}", &format!("= ANY(${place})"));
                let mut arguments = arguments(args)?;
                add_column(&mut arguments, keys)?;
                match sqlx::query_with(AssertSqlSafe(sql), arguments)
                    .fetch_all(connection)
                    .await
                {
                    Ok(rows) => rows.iter().map(|row| each(&Row::Postgres(row))).collect(),
                    Err(error) => Err(self.postgres_error(error)),
                }
            }
        }
    }

    /// Inserts rows, leaves out those that a unique index has already, and returns the column
    /// `returning` of those that were inserted.
    pub(in crate::store) async fn insert_many(
        &mut self,
        table: &str,
        columns: Vec<(&str, Column)>,
        returning: &str,
    ) -> Result<Vec<i64>, StoreError> {
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let into = format!("INSERT INTO {table} ({})", names.join(", "));
        let end = format!("ON CONFLICT DO NOTHING RETURNING CAST({returning} AS bigint)");
        match self.handle()? {
            Handle::Sqlite(connection) => {
                let places: Vec<String> = (1..=columns.len()).map(|n| format!("${n}")).collect();
                sqlite::each_row(
                    connection,
                    &format!("{into} VALUES ({}) {end}", places.join(", ")),
                    &columns,
                )
            }
            Handle::Postgres(_) => {
                let sql = format!("{into} SELECT * FROM unnest({}) {end}", unnested(&columns));
                self.postgres_columns(sql, columns).await
            }
        }
    }

    /// Deletes the rows whose columns are equal to these, and returns the column `returning` of
    /// those that were deleted.
    pub(in crate::store) async fn delete_many(
        &mut self,
        table: &str,
        columns: Vec<(&str, Column)>,
        returning: &str,
    ) -> Result<Vec<i64>, StoreError> {
        match self.handle()? {
            Handle::Sqlite(connection) => {
                let equal: Vec<String> = columns
                    .iter()
                    .enumerate()
                    .map(|(n, (name, _))| format!("{name} = ${}", n + 1))
                    .collect();
                let sql = format!(
                    "DELETE FROM {table} WHERE {} RETURNING CAST({returning} AS bigint)",
                    equal.join(" AND ")
                );
                sqlite::each_row(connection, &sql, &columns)
            }
            Handle::Postgres(_) => {
                let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
                let equal: Vec<String> = names
                    .iter()
                    .map(|name| format!("t.{name} = k.{name}"))
                    .collect();
                let sql = format!(
                    "DELETE FROM {table} t USING unnest({}) AS k({}) WHERE {} RETURNING CAST(t.{returning} AS bigint)",
                    unnested(&columns),
                    names.join(", "),
                    equal.join(" AND ")
                );
                self.postgres_columns(sql, columns).await
            }
        }
    }

    async fn postgres_columns(
        &mut self,
        sql: String,
        columns: Vec<(&str, Column)>,
    ) -> Result<Vec<i64>, StoreError> {
        let mut arguments = PgArguments::default();
        for (_, column) in columns {
            add_column(&mut arguments, column)?;
        }
        let Handle::Postgres(connection) = self.handle()? else {
            return Ok(Vec::new());
        };
        match sqlx::query_with(AssertSqlSafe(sql), arguments)
            .fetch_all(connection)
            .await
        {
            Ok(rows) => rows.iter().map(|row| Row::Postgres(row).int(0)).collect(),
            Err(error) => Err(self.postgres_error(error)),
        }
    }

    fn postgres_error(&mut self, error: sqlx::Error) -> StoreError {
        self.retriable |= is_retriable(&error);
        match &error {
            sqlx::Error::Database(database) if database.code().as_deref() == Some("57014") => {
                StoreError::TooSlow
            }
            sqlx::Error::Database(database)
                if database.code().is_some_and(|code| {
                    ["08", "40", "53", "55", "57", "58"]
                        .iter()
                        .any(|class| code.starts_with(class))
                }) =>
            {
                unavailable(error)
            }
            sqlx::Error::Database(_)
            | sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::Decode(_)
            | sqlx::Error::Encode(_) => StoreError::Corrupt(error.to_string()),
            _ => unavailable(error),
        }
    }
}

/// A row of a result. Columns count from 0.
pub(in crate::store) enum Row<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r PgRow),
}

impl Row<'_> {
    pub(in crate::store) fn int(&self, column: usize) -> Result<i64, StoreError> {
        self.read(column)
    }

    pub(in crate::store) fn text(&self, column: usize) -> Result<String, StoreError> {
        self.read(column)
    }

    pub(in crate::store) fn optional_int(&self, column: usize) -> Result<Option<i64>, StoreError> {
        self.read(column)
    }

    pub(in crate::store) fn optional_text(
        &self,
        column: usize,
    ) -> Result<Option<String>, StoreError> {
        self.read(column)
    }

    pub(in crate::store) fn id(&self, column: usize) -> Result<Uuid, StoreError> {
        self.optional_id(column)?
            .ok_or_else(|| StoreError::Corrupt("a row has no id".into()))
    }

    pub(in crate::store) fn optional_id(&self, column: usize) -> Result<Option<Uuid>, StoreError> {
        match self {
            Self::Sqlite(row) => {
                let bytes: Option<[u8; 16]> = row.get(column).map_err(sqlite::failure)?;
                Ok(bytes.map(Uuid::from_bytes))
            }
            Self::Postgres(row) => row
                .try_get(column)
                .map_err(|error| StoreError::Corrupt(error.to_string())),
        }
    }

    fn read<T>(&self, column: usize) -> Result<T, StoreError>
    where
        T: rusqlite::types::FromSql + for<'d> sqlx::Decode<'d, Postgres> + sqlx::Type<Postgres>,
    {
        match self {
            Self::Sqlite(row) => row.get(column).map_err(sqlite::failure),
            Self::Postgres(row) => row
                .try_get(column)
                .map_err(|error| StoreError::Corrupt(error.to_string())),
        }
    }
}

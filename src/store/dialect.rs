//! The one file that knows which database it talks to.
//!
//! # Why
//! SQLite is called inline through rusqlite: a call by key takes 10–14 µs of CPU, against
//! 46–73 µs through sqlx, whose price is the hop to its worker thread for every statement. One
//! thread writes: it takes whole requests from a channel, gives each a savepoint, and commits
//! all that have come meanwhile with one fsync, so that durability is not paid once a request.
//! PostgreSQL is sqlx, a transaction a request. Both are behind [`Connection`], whose methods
//! are async; on SQLite they are ready at once. The SQL text is the same for both: `$1` counts
//! arguments in either. We would change this if SQLite calls were ever to wait on anything but
//! the disk.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use sea_orm::{Database as SeaDatabase, DatabaseConnection, SqlxPostgresConnector};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgPoolOptions, PgRow};
use sqlx::{Arguments, AssertSqlSafe, Executor, PgConnection, PgPool, Postgres, Row as _, Transaction};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use uuid::Uuid;

use super::error::StoreError;
use super::sql::{Arg, Column};

/// How long one read may take before it is given up.
const READ_LIMIT: Duration = Duration::from_secs(5);
/// How long we wait for a connection, or for another process that writes to the same file.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many requests may wait for the writer.
const QUEUE: usize = 1_024;
/// How many requests are committed together at most.
const GROUP: usize = 64;

/// The database and the connections to it.
pub(super) enum Database {
    Sqlite(Sqlite),
    Postgres(PgPool),
}

pub(super) struct Sqlite {
    path: String,
    readers: Arc<Mutex<Vec<Reader>>>,
    permits: Arc<Semaphore>,
    writer: mpsc::Sender<Job>,
}

/// A request for the writer thread.
type Job = Box<dyn FnOnce(&mut Connection) -> Done + Send>;

/// What is left to do with a request once its group is committed or not.
struct Done {
    failed: bool,
    tell: Box<dyn FnOnce(Result<(), StoreError>) + Send>,
}

impl Database {
    /// Connects, and brings the tables up to date.
    pub(super) async fn open(url: &str) -> Result<Self, StoreError> {
        if let Some(path) = sqlite_path(url) {
            migrate(&sea_sqlite(path).await?).await?;
            return Sqlite::open(path).map(Self::Sqlite);
        }
        let pool = postgres(url).await?;
        // the migrator takes no lock of its own, and replicas start together
        let mut lock = pool.acquire().await.map_err(unavailable)?;
        lock.execute("SELECT pg_advisory_lock(7311091)").await.map_err(unavailable)?;
        let migrated = migrate(&SqlxPostgresConnector::from_sqlx_postgres_pool(pool.clone())).await;
        lock.execute("SELECT pg_advisory_unlock(7311091)").await.map_err(unavailable)?;
        drop(lock);
        migrated.map(|()| Self::Postgres(pool))
    }

    /// Takes the last steps back.
    pub(super) async fn migrate_down(url: &str, steps: u32) -> Result<(), StoreError> {
        use migrations::MigratorTrait as _;
        let connection = match sqlite_path(url) {
            Some(path) => sea_sqlite(path).await?,
            None => SqlxPostgresConnector::from_sqlx_postgres_pool(postgres(url).await?),
        };
        let done = migrations::Migrator::down(&connection, Some(steps)).await.map_err(unavailable);
        connection.close().await.map_err(unavailable)?;
        done
    }

    /// Returns a connection that sees one state of the data and changes none.
    pub(super) async fn reader(&self) -> Result<Connection, StoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.reader().await.map(Connection::sqlite_reader),
            Self::Postgres(pool) => pool.acquire().await.map(Connection::postgres_reader).map_err(unavailable),
        }
    }

    /// Runs `work` in a transaction. It may run more than once: where two transactions of
    /// PostgreSQL stand in each other's way, one of them starts again.
    pub(super) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: AsyncWork<T, E>,
    {
        match self {
            Self::Sqlite(sqlite) => sqlite.write(work).await,
            Self::Postgres(pool) => {
                let mut attempt = 0;
                loop {
                    attempt += 1;
                    let transaction = pool.begin().await.map_err(unavailable)?;
                    let mut connection = Connection { inner: Inner::PostgresWriter(transaction), retriable: false };
                    let result = work.run(&mut connection).await;
                    let retriable = connection.retriable;
                    let Inner::PostgresWriter(transaction) = connection.inner else { return result };
                    match result {
                        Ok(value) => match transaction.commit().await {
                            Ok(()) => return Ok(value),
                            Err(error) if attempt < 8 && is_retriable(&error) => {}
                            Err(error) => return Err(unavailable(error).into()),
                        },
                        Err(_) if retriable && attempt < 8 => drop(transaction),
                        Err(error) => {
                            // dropping would roll back too, but later
                            let _ = transaction.rollback().await;
                            return Err(error);
                        }
                    }
                }
            }
        }
    }

    /// In how many parts a counter is kept, so that writers do not wait for each other.
    pub(super) fn shards(&self) -> i64 {
        match self {
            Self::Sqlite(_) => 1,
            Self::Postgres(_) => 16,
        }
    }
}

/// Something to do in a transaction, perhaps again.
pub(super) trait AsyncWork<T, E>: Send + Sync + 'static {
    fn run<'c>(&'c self, connection: &'c mut Connection) -> futures_util::future::BoxFuture<'c, Result<T, E>>;
}

/// Returns the file that a URL names, if it is one of SQLite.
fn sqlite_path(url: &str) -> Option<&str> {
    url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:"))
}

async fn sea_sqlite(path: &str) -> Result<DatabaseConnection, StoreError> {
    if let Some(folder) = Path::new(path).parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        return Err(StoreError::Unavailable(format!("the folder {} does not exist", folder.display())));
    }
    SeaDatabase::connect(format!("sqlite://{path}?mode=rwc")).await.map_err(unavailable)
}

async fn postgres(url: &str) -> Result<PgPool, StoreError> {
    let options: PgConnectOptions = url.parse().map_err(|error| StoreError::Unavailable(format!("{error} (expected sqlite:PATH or postgres://…)")))?;
    let limits = [("statement_timeout", format!("{}", READ_LIMIT.as_millis())), ("lock_timeout", format!("{}", READ_LIMIT.as_millis() * 4 / 5))];
    let options = options.options(limits).statement_cache_capacity(512);
    PgPoolOptions::new().max_connections(16).acquire_timeout(PATIENCE).connect_with(options).await.map_err(unavailable)
}

async fn migrate(connection: &DatabaseConnection) -> Result<(), StoreError> {
    use migrations::MigratorTrait as _;
    let pending = migrations::Migrator::get_pending_migrations(connection).await.map_err(unavailable)?;
    if !pending.is_empty() {
        migrations::Migrator::up(connection, None).await.map_err(unavailable)?;
    }
    Ok(())
}

fn unavailable(error: impl std::fmt::Display) -> StoreError {
    StoreError::Unavailable(error.to_string())
}

impl Sqlite {
    fn open(path: &str) -> Result<Self, StoreError> {
        let writer = connect(path).map_err(|error| sqlite_error(&error))?;
        let (sender, receiver) = mpsc::channel(QUEUE);
        let connection = Connection { inner: Inner::SqliteWriter(writer), retriable: false };
        std::thread::Builder::new()
            .name("sqlite-writer".into())
            .spawn(move || write_in_groups(connection, receiver))
            .map_err(unavailable)?;
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Ok(Self { path: path.to_owned(), readers: Arc::default(), permits: Arc::new(Semaphore::new((2 * cores).max(4))), writer: sender })
    }

    async fn reader(&self) -> Result<Checkout, StoreError> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(unavailable)?;
        let idle = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let reader = match idle {
            Some(reader) => reader,
            None => Reader::open(&self.path).map_err(|error| sqlite_error(&error))?,
        };
        reader.deadline.store(millis() + READ_LIMIT.as_millis() as u64, Ordering::Relaxed);
        run(&reader.connection, "BEGIN").map_err(|error| sqlite_error(&error))?;
        Ok(Checkout { reader: Some(reader), home: Arc::clone(&self.readers), _permit: permit })
    }

    async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: AsyncWork<T, E>,
    {
        let (sender, receiver) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let result = std::panic::catch_unwind(AssertUnwindSafe(|| at_once(work.run(connection))));
            let result = result.unwrap_or_else(|_| Err(StoreError::Corrupt("the request panicked".into()).into()));
            let failed = result.is_err();
            let tell = Box::new(move |committed: Result<(), StoreError>| {
                let result = match (committed, result) {
                    (Ok(()), result) | (Err(_), result @ Err(_)) => result,
                    (Err(error), Ok(_)) => Err(error.into()),
                };
                let _ = sender.send(result);
            });
            Done { failed, tell }
        });
        self.writer.send(job).await.map_err(|_| StoreError::Unavailable("the writer has stopped".into()))?;
        receiver.await.map_err(|_| StoreError::Unavailable("the writer has stopped".into()))?
    }
}

/// The writer thread: commits what has come in groups, each request in its savepoint.
fn write_in_groups(mut connection: Connection, mut jobs: mpsc::Receiver<Job>) {
    while let Some(first) = jobs.blocking_recv() {
        let mut group: Vec<Done> = Vec::new();
        let mut outcome = connection.run_sqlite("BEGIN IMMEDIATE");
        let mut next = Some(first);
        while let Some(job) = next.take() {
            if outcome.is_ok() {
                outcome = connection.run_sqlite("SAVEPOINT request");
            }
            let done = job(&mut connection);
            if outcome.is_ok() && done.failed {
                // a full disk rolls back everything, not only the request that met it
                outcome = if connection.is_rolled_back() {
                    Err(StoreError::Unavailable("the database could not write".into()))
                } else {
                    connection.run_sqlite("ROLLBACK TO request")
                };
            }
            if outcome.is_ok() {
                outcome = connection.run_sqlite("RELEASE request");
            }
            group.push(done);
            if outcome.is_ok() && group.len() < GROUP {
                next = jobs.try_recv().ok();
            }
        }
        if outcome.is_ok() {
            outcome = connection.run_sqlite("COMMIT");
        }
        if outcome.is_err() && !connection.is_rolled_back() {
            let _ = connection.run_sqlite("ROLLBACK");
        }
        for done in group {
            (done.tell)(match &outcome {
                Ok(()) => Ok(()),
                Err(error) => Err(StoreError::Unavailable(error.to_string())),
            });
        }
    }
}

/// Polls a future that waits for nothing.
fn at_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("work on SQLite waits for nothing"),
    }
}

fn millis() -> u64 {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    u64::try_from(START.elapsed().as_millis()).unwrap_or(u64::MAX)
}

fn connect(path: &str) -> rusqlite::Result<rusqlite::Connection> {
    let connection = rusqlite::Connection::open(path)?;
    connection.busy_timeout(PATIENCE)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -16384; PRAGMA mmap_size = 268435456; PRAGMA wal_autocheckpoint = 4000;",
    )?;
    connection.set_prepared_statement_cache_capacity(256);
    Ok(connection)
}

/// A connection of SQLite that only reads, and gives up at its deadline.
struct Reader {
    connection: rusqlite::Connection,
    /// Milliseconds on the clock of [`millis`].
    deadline: Arc<AtomicU64>,
}

impl Reader {
    fn open(path: &str) -> rusqlite::Result<Self> {
        let connection = connect(path)?;
        connection.execute_batch("PRAGMA query_only = ON;")?;
        let deadline = Arc::new(AtomicU64::new(u64::MAX));
        let limit = Arc::clone(&deadline);
        connection.progress_handler(50_000, Some(move || millis() > limit.load(Ordering::Relaxed)))?;
        Ok(Self { connection, deadline })
    }
}

/// A reader on loan.
pub(super) struct Checkout {
    reader: Option<Reader>,
    home: Arc<Mutex<Vec<Reader>>>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Checkout {
    fn drop(&mut self) {
        if let Some(reader) = self.reader.take()
            && run(&reader.connection, "ROLLBACK").is_ok()
        {
            self.home.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
        }
    }
}

fn run(connection: &rusqlite::Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(|_| ())
}

/// A connection, in a transaction unless it is a reader of PostgreSQL.
pub(super) struct Connection {
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
    fn sqlite_reader(checkout: Checkout) -> Self {
        Self { inner: Inner::SqliteReader(checkout), retriable: false }
    }

    fn postgres_reader(connection: PoolConnection<Postgres>) -> Self {
        Self { inner: Inner::PostgresReader(connection), retriable: false }
    }

    fn handle(&mut self) -> Result<Handle<'_>, StoreError> {
        match &mut self.inner {
            Inner::SqliteWriter(connection) => Ok(Handle::Sqlite(connection)),
            Inner::SqliteReader(checkout) => match &mut checkout.reader {
                Some(reader) => Ok(Handle::Sqlite(&mut reader.connection)),
                None => Err(StoreError::Unavailable("the connection was given back".into())),
            },
            Inner::PostgresReader(connection) => Ok(Handle::Postgres(connection)),
            Inner::PostgresWriter(transaction) => Ok(Handle::Postgres(transaction)),
        }
    }

    fn run_sqlite(&mut self, sql: &str) -> Result<(), StoreError> {
        match self.handle()? {
            Handle::Sqlite(connection) => run(connection, sql).map_err(|error| sqlite_error(&error)),
            Handle::Postgres(_) => Ok(()),
        }
    }

    fn is_rolled_back(&self) -> bool {
        match &self.inner {
            Inner::SqliteWriter(connection) => connection.is_autocommit(),
            Inner::SqliteReader(_) | Inner::PostgresReader(_) | Inner::PostgresWriter(_) => false,
        }
    }

    /// What a SELECT ends with that wants the row to itself until the transaction ends.
    pub(super) fn for_update(&self) -> &'static str {
        match self.inner {
            Inner::SqliteWriter(_) | Inner::SqliteReader(_) => "",
            Inner::PostgresReader(_) | Inner::PostgresWriter(_) => " FOR UPDATE",
        }
    }

    /// A condition: the text `value` contains what `needle` stands for.
    pub(super) fn contains(&self, value: &str, needle: &str) -> String {
        match self.inner {
            Inner::SqliteWriter(_) | Inner::SqliteReader(_) => format!("instr({value}, {needle}) > 0"),
            Inner::PostgresReader(_) | Inner::PostgresWriter(_) => format!("strpos({value}, {needle}) > 0"),
        }
    }

    /// Runs a statement and returns how many rows it touched.
    pub(super) async fn execute(&mut self, sql: &str, args: &[Arg]) -> Result<u64, StoreError> {
        match self.handle()? {
            Handle::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql).map_err(|error| sqlite_error(&error))?;
                statement.execute(rusqlite::params_from_iter(args)).map(|n| n as u64).map_err(|error| sqlite_error(&error))
            }
            Handle::Postgres(connection) => {
                let done = sqlx::query_with(AssertSqlSafe(sql.to_owned()), postgres_arguments(args)?).execute(connection).await;
                match done {
                    Ok(done) => Ok(done.rows_affected()),
                    Err(error) => Err(self.postgres_error(error)),
                }
            }
        }
    }

    /// Runs a query and makes something of each row.
    pub(super) async fn rows<T: Send>(&mut self, sql: &str, args: &[Arg], mut each: impl FnMut(&Row<'_>) -> Result<T, StoreError> + Send) -> Result<Vec<T>, StoreError> {
        match self.handle()? {
            Handle::Sqlite(connection) => sqlite_rows(connection, sql, args, &mut each),
            Handle::Postgres(connection) => {
                let rows = sqlx::query_with(AssertSqlSafe(sql.to_owned()), postgres_arguments(args)?).fetch_all(connection).await;
                match rows {
                    Ok(rows) => rows.iter().map(|row| each(&Row::Postgres(row))).collect(),
                    Err(error) => Err(self.postgres_error(error)),
                }
            }
        }
    }

    /// Runs a query for each of `keys`: `{key}` in `sql` is where the key's condition stands
    /// (`id {key}`), behind all other arguments. Which row belongs to which key, a column must say.
    pub(super) async fn rows_for_keys<T: Send>(
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
                    all.append(&mut sqlite_rows(connection, &sql, &args, &mut each)?);
                }
                Ok(all)
            }
            Handle::Postgres(connection) => {
                let sql = sql.replace("{key}", &format!("= ANY(${place})"));
                let mut arguments = postgres_arguments(args)?;
                add_column(&mut arguments, keys)?;
                match sqlx::query_with(AssertSqlSafe(sql), arguments).fetch_all(connection).await {
                    Ok(rows) => rows.iter().map(|row| each(&Row::Postgres(row))).collect(),
                    Err(error) => Err(self.postgres_error(error)),
                }
            }
        }
    }

    /// Inserts rows, leaves out those that a unique index has already, and returns the column
    /// `returning` of those that were inserted.
    pub(super) async fn insert_many(&mut self, table: &str, columns: Vec<(&str, Column)>, returning: &str) -> Result<Vec<i64>, StoreError> {
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let into = format!("INSERT INTO {table} ({})", names.join(", "));
        let end = format!("ON CONFLICT DO NOTHING RETURNING CAST({returning} AS bigint)");
        match self.handle()? {
            Handle::Sqlite(connection) => {
                let places: Vec<String> = (1..=columns.len()).map(|n| format!("${n}")).collect();
                sqlite_each_row(connection, &format!("{into} VALUES ({}) {end}", places.join(", ")), &columns)
            }
            Handle::Postgres(_) => {
                let sql = format!("{into} SELECT * FROM unnest({}) {end}", unnested(&columns));
                self.postgres_columns(sql, columns).await
            }
        }
    }

    /// Deletes the rows whose columns are equal to these, and returns the column `returning` of
    /// those that were deleted.
    pub(super) async fn delete_many(&mut self, table: &str, columns: Vec<(&str, Column)>, returning: &str) -> Result<Vec<i64>, StoreError> {
        match self.handle()? {
            Handle::Sqlite(connection) => {
                let equal: Vec<String> = columns.iter().enumerate().map(|(n, (name, _))| format!("{name} = ${}", n + 1)).collect();
                let sql = format!("DELETE FROM {table} WHERE {} RETURNING CAST({returning} AS bigint)", equal.join(" AND "));
                sqlite_each_row(connection, &sql, &columns)
            }
            Handle::Postgres(_) => {
                let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
                let equal: Vec<String> = names.iter().map(|name| format!("t.{name} = k.{name}")).collect();
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

    async fn postgres_columns(&mut self, sql: String, columns: Vec<(&str, Column)>) -> Result<Vec<i64>, StoreError> {
        let mut arguments = PgArguments::default();
        for (_, column) in columns {
            add_column(&mut arguments, column)?;
        }
        let Handle::Postgres(connection) = self.handle()? else { return Ok(Vec::new()) };
        match sqlx::query_with(AssertSqlSafe(sql), arguments).fetch_all(connection).await {
            Ok(rows) => rows.iter().map(|row| Row::Postgres(row).int(0)).collect(),
            Err(error) => Err(self.postgres_error(error)),
        }
    }

    fn postgres_error(&mut self, error: sqlx::Error) -> StoreError {
        self.retriable |= is_retriable(&error);
        match &error {
            sqlx::Error::Database(database) if database.code().as_deref() == Some("57014") => StoreError::TooSlow,
            sqlx::Error::Database(database) if database.code().is_some_and(|code| ["08", "40", "53", "55", "57", "58"].iter().any(|class| code.starts_with(class))) => unavailable(error),
            sqlx::Error::Database(_) | sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::Encode(_) => StoreError::Corrupt(error.to_string()),
            _ => unavailable(error),
        }
    }
}

/// True for a serialization failure, a deadlock, a row that a foreign key lost meanwhile, and a
/// connection that was lost before the commit.
fn is_retriable(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(database) => database.code().is_some_and(|code| matches!(code.as_ref(), "40001" | "40P01" | "23503" | "55P03")),
        sqlx::Error::Io(_) => true,
        _ => false,
    }
}

fn sqlite_error(error: &rusqlite::Error) -> StoreError {
    use rusqlite::ErrorCode;
    match error.sqlite_error_code() {
        Some(ErrorCode::OperationInterrupted) => StoreError::TooSlow,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::DiskFull | ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::OutOfMemory) => {
            StoreError::Unavailable(error.to_string())
        }
        _ => StoreError::Corrupt(error.to_string()),
    }
}

fn sqlite_rows<T>(connection: &rusqlite::Connection, sql: &str, args: &[Arg], each: &mut impl FnMut(&Row<'_>) -> Result<T, StoreError>) -> Result<Vec<T>, StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(|error| sqlite_error(&error))?;
    let mut rows = statement.query(rusqlite::params_from_iter(args)).map_err(|error| sqlite_error(&error))?;
    let mut all = Vec::new();
    while let Some(row) = rows.next().map_err(|error| sqlite_error(&error))? {
        all.push(each(&Row::Sqlite(row))?);
    }
    Ok(all)
}

fn sqlite_each_row(connection: &rusqlite::Connection, sql: &str, columns: &[(&str, Column)]) -> Result<Vec<i64>, StoreError> {
    let count = columns.first().map_or(0, |(_, column)| column.len());
    let mut all = Vec::with_capacity(count);
    for row in 0..count {
        let args: Vec<Arg> = columns.iter().filter_map(|(_, column)| column.arg(row)).collect();
        all.append(&mut sqlite_rows(connection, sql, &args, &mut |row| row.int(0))?);
    }
    Ok(all)
}

impl rusqlite::ToSql for Arg {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::{ToSqlOutput, Value, ValueRef};
        Ok(match self {
            Self::Int(n) => ToSqlOutput::Owned(Value::Integer(*n)),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Id(id) => ToSqlOutput::Borrowed(ValueRef::Blob(id.as_bytes())),
            Self::NoInt | Self::NoText | Self::NoId => ToSqlOutput::Owned(Value::Null),
        })
    }
}

fn postgres_arguments(args: &[Arg]) -> Result<PgArguments, StoreError> {
    let mut arguments = PgArguments::default();
    for arg in args {
        match arg {
            Arg::Int(n) => arguments.add(*n),
            Arg::Text(text) => arguments.add(text.as_str()),
            Arg::Id(id) => arguments.add(*id),
            Arg::NoInt => arguments.add(None::<i64>),
            Arg::NoText => arguments.add(None::<String>),
            Arg::NoId => arguments.add(None::<Uuid>),
        }
        .map_err(|error| StoreError::Corrupt(error.to_string()))?;
    }
    Ok(arguments)
}

fn add_column(arguments: &mut PgArguments, column: Column) -> Result<(), StoreError> {
    match column {
        Column::Ints(values) => arguments.add(values),
        Column::Texts(values) => arguments.add(values),
        Column::Ids(values) => arguments.add(values),
    }
    .map_err(|error| StoreError::Corrupt(error.to_string()))
}

fn unnested(columns: &[(&str, Column)]) -> String {
    let types = columns.iter().enumerate().map(|(n, (_, column))| {
        let kind = match column {
            Column::Ints(_) => "bigint",
            Column::Texts(_) => "text",
            Column::Ids(_) => "uuid",
        };
        format!("${}::{kind}[]", n + 1)
    });
    types.collect::<Vec<_>>().join(", ")
}

/// A row of a result. Columns count from 0.
pub(super) enum Row<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r PgRow),
}

impl Row<'_> {
    pub(super) fn int(&self, column: usize) -> Result<i64, StoreError> {
        self.read(column)
    }

    pub(super) fn text(&self, column: usize) -> Result<String, StoreError> {
        self.read(column)
    }

    pub(super) fn optional_int(&self, column: usize) -> Result<Option<i64>, StoreError> {
        self.read(column)
    }

    pub(super) fn optional_text(&self, column: usize) -> Result<Option<String>, StoreError> {
        self.read(column)
    }

    pub(super) fn id(&self, column: usize) -> Result<Uuid, StoreError> {
        self.optional_id(column)?.ok_or_else(|| StoreError::Corrupt("a row has no id".into()))
    }

    pub(super) fn optional_id(&self, column: usize) -> Result<Option<Uuid>, StoreError> {
        match self {
            Self::Sqlite(row) => {
                let bytes: Option<[u8; 16]> = row.get(column).map_err(|error| sqlite_error(&error))?;
                Ok(bytes.map(Uuid::from_bytes))
            }
            Self::Postgres(row) => row.try_get(column).map_err(|error| StoreError::Corrupt(error.to_string())),
        }
    }

    fn read<T>(&self, column: usize) -> Result<T, StoreError>
    where
        T: rusqlite::types::FromSql + for<'d> sqlx::Decode<'d, Postgres> + sqlx::Type<Postgres>,
    {
        match self {
            Self::Sqlite(row) => row.get(column).map_err(|error| sqlite_error(&error)),
            Self::Postgres(row) => row.try_get(column).map_err(|error| StoreError::Corrupt(error.to_string())),
        }
    }
}

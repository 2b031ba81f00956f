//! SQLite: one thread that writes, and connections that read, all called inline.

use std::future::Future;
use std::os::unix::fs::OpenOptionsExt as _;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use sea_orm::{ConnectOptions, Database as SeaDatabase, DatabaseConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use super::super::error::StoreError;
use super::super::sql::{Arg, Column, Counts, Step, UNLESS_THERE};
use super::company::Company;
use super::connection::Connection;
use super::row::Row;
use super::{AsyncWork, Measured, PATIENCE, READ_LIMIT, unavailable};

/// How many requests may wait for the writer.
const QUEUE: usize = 1_024;

/// How many requests are committed together at most.
const GROUP: usize = 64;

pub(in crate::store) struct Sqlite {
    path: String,
    readers: Arc<Mutex<Vec<Reader>>>,
    permits: Arc<Semaphore>,
    /// How many may read at a time.
    most: usize,
    writer: mpsc::Sender<Job>,
}

/// A request for the writer thread, which is given the connection, or why there is none.
type Job = Box<dyn FnOnce(Result<&mut Connection, StoreError>) -> Done + Send>;

/// What is left to do with a request once its group is committed or not.
struct Done {
    failed: bool,
    tell: Box<dyn FnOnce(Result<(), StoreError>) + Send>,
}

/// Returns the file that a URL names, if it is one of SQLite.
pub(super) fn path(url: &str) -> Option<&str> {
    url.strip_prefix("sqlite://")
        .or_else(|| url.strip_prefix("sqlite:"))
}

pub(super) async fn connect_for_migrations(path: &str) -> Result<DatabaseConnection, StoreError> {
    if let Some(folder) = Path::new(path)
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir())
    {
        return Err(StoreError::Unavailable(format!(
            "the folder {} does not exist",
            folder.display()
        )));
    }
    // it holds what people are called: for its owner alone, and SQLite's own files beside it too
    if let Err(error) = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        && error.kind() != std::io::ErrorKind::AlreadyExists
    {
        return Err(StoreError::Unavailable(format!("{path}: {error}")));
    }
    let mut options = ConnectOptions::new(format!("sqlite://{path}?mode=rwc"));
    options.sqlx_logging(false);
    SeaDatabase::connect(options).await.map_err(unavailable)
}

impl Sqlite {
    pub(super) fn open(path: &str, measured: Measured) -> Result<Self, StoreError> {
        let writer = connect(path).map_err(failure)?;
        let (sender, receiver) = mpsc::channel(QUEUE);
        let connection = Connection::sqlite_writer(writer);
        std::thread::Builder::new()
            .name("sqlite-writer".into())
            .spawn(move || write_in_groups(connection, receiver, &measured))
            .map_err(unavailable)?;
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let most = (2 * cores).max(4);
        Ok(Self {
            path: path.to_owned(),
            readers: Arc::default(),
            permits: Arc::new(Semaphore::new(most)),
            most,
            writer: sender,
        })
    }

    /// How many connections read, and how many may.
    pub(super) fn readers(&self) -> [usize; 2] {
        [self.most - self.permits.available_permits(), self.most]
    }

    pub(super) async fn reader(&self) -> Result<Checkout, StoreError> {
        let permit = Arc::clone(&self.permits)
            .acquire_owned()
            .await
            .map_err(unavailable)?;
        let idle = self
            .readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let reader = match idle {
            Some(reader) => reader,
            None => Reader::open(&self.path).map_err(failure)?,
        };
        reader.deadline.store(millis(READ_LIMIT), Ordering::Relaxed);
        run(&reader.connection, "BEGIN").map_err(failure)?;
        Ok(Checkout {
            reader: Some(reader),
            home: Arc::clone(&self.readers),
            _permit: permit,
        })
    }

    pub(super) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: AsyncWork<T, E>,
    {
        let (sender, receiver) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            let result = connection.map_err(E::from).and_then(|connection| {
                std::panic::catch_unwind(AssertUnwindSafe(|| at_once(work.run(connection))))
                    .unwrap_or_else(|_| {
                        Err(StoreError::Corrupt("the request panicked".into()).into())
                    })
            });
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
        self.writer
            .send(job)
            .await
            .map_err(|_| StoreError::Unavailable("the writer has stopped".into()))?;
        receiver
            .await
            .map_err(|_| StoreError::Unavailable("the writer has stopped".into()))?
    }
}

/// The writer thread: commits what has come in groups, each request in its savepoint.
fn write_in_groups(mut connection: Connection, mut jobs: mpsc::Receiver<Job>, measured: &Measured) {
    let mut company = Company::default();
    while let Some(first) = jobs.blocking_recv() {
        let until = Instant::now() + company.patience;
        let mut group: Vec<Done> = Vec::new();
        let mut outcome = connection.run_sqlite("BEGIN IMMEDIATE");
        let mut next = Some(first);
        while let Some(job) = next.take() {
            // without a transaction nothing may run: each statement would commit itself
            let begun = match &outcome {
                Ok(()) => connection.run_sqlite("SAVEPOINT request"),
                Err(error) => Err(StoreError::Unavailable(error.to_string())),
            };
            let done = job(begun.map(|()| &mut connection));
            if outcome.is_ok() {
                outcome = end_request(&mut connection, done.failed);
            }
            group.push(done);
            if outcome.is_ok() && group.len() < GROUP {
                next = company.next(&mut jobs, group.len(), until);
            }
        }
        if outcome.is_ok() {
            let begun = Instant::now();
            outcome = connection.run_sqlite("COMMIT");
            measured.commit(group.len(), begun);
            company.saw(begun.elapsed(), group.len() + jobs.len());
        }
        if !connection.is_rolled_back() && outcome.is_err() {
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

/// Keeps what a request did, or undoes it and nothing else.
fn end_request(connection: &mut Connection, failed: bool) -> Result<(), StoreError> {
    // a full disk rolls back everything, not only the request that met it
    if connection.is_rolled_back() {
        return Err(StoreError::Unavailable(
            "the database could not write".into(),
        ));
    }
    if failed {
        connection.run_sqlite("ROLLBACK TO request")?;
    }
    connection.run_sqlite("RELEASE request")
}

/// Polls a future that waits for nothing.
fn at_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("work on SQLite waits for nothing"),
    }
}

/// Milliseconds on a clock of our own, at a time from now.
fn millis(from_now: Duration) -> u64 {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    u64::try_from((START.elapsed() + from_now).as_millis()).unwrap_or(u64::MAX)
}

/// Connects. What the connections keep of the file for themselves is little: the system keeps
/// it for all of them, and what was mapped or kept by each would be counted, and held, by each.
fn connect(path: &str) -> rusqlite::Result<rusqlite::Connection> {
    let connection = rusqlite::Connection::open(path)?;
    connection.busy_timeout(PATIENCE)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -4096; PRAGMA wal_autocheckpoint = 4000;",
    )?;
    connection.set_prepared_statement_cache_capacity(256);
    Ok(connection)
}

/// A connection of SQLite that only reads, and gives up at its deadline.
pub(super) struct Reader {
    pub(super) connection: rusqlite::Connection,
    /// Milliseconds on the clock of [`millis`].
    deadline: Arc<AtomicU64>,
}

impl Reader {
    fn open(path: &str) -> rusqlite::Result<Self> {
        let connection = connect(path)?;
        connection.execute_batch("PRAGMA query_only = ON;")?;
        let deadline = Arc::new(AtomicU64::new(u64::MAX));
        let limit = Arc::clone(&deadline);
        connection.progress_handler(
            50_000,
            Some(move || millis(Duration::ZERO) > limit.load(Ordering::Relaxed)),
        )?;
        Ok(Self {
            connection,
            deadline,
        })
    }
}

/// A reader on loan.
pub(super) struct Checkout {
    pub(super) reader: Option<Reader>,
    home: Arc<Mutex<Vec<Reader>>>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Checkout {
    fn drop(&mut self) {
        if let Some(reader) = self.reader.take()
            && run(&reader.connection, "ROLLBACK").is_ok()
        {
            self.home
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(reader);
        }
    }
}

pub(super) fn run(connection: &rusqlite::Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(|_| ())
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "so that map_err takes it as it is"
)]
pub(super) fn failure(error: rusqlite::Error) -> StoreError {
    use rusqlite::ErrorCode;
    match error.sqlite_error_code() {
        Some(ErrorCode::OperationInterrupted) => StoreError::TooSlow,
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::DiskFull
            | ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen
            | ErrorCode::ReadOnly
            | ErrorCode::OutOfMemory,
        ) => StoreError::Unavailable(error.to_string()),
        _ => StoreError::Corrupt(error.to_string()),
    }
}

pub(super) fn rows<T>(
    connection: &rusqlite::Connection,
    sql: &str,
    args: &[Arg],
    each: &mut impl FnMut(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(failure)?;
    let mut rows = statement
        .query(rusqlite::params_from_iter(args))
        .map_err(failure)?;
    let mut all = Vec::new();
    while let Some(row) = rows.next().map_err(failure)? {
        all.push(each(&Row::Sqlite(row))?);
    }
    Ok(all)
}

/// Does a step and returns how many rows it touched.
pub(super) fn step(connection: &rusqlite::Connection, step: Step) -> Result<u64, StoreError> {
    let execute = |sql: &str, args: &[Arg]| {
        let mut statement = connection.prepare_cached(sql).map_err(failure)?;
        let touched = statement.execute(rusqlite::params_from_iter(args));
        touched.map(|n| n as u64).map_err(failure)
    };
    match step {
        Step::Insert(rows) => {
            let mut sql = insertion(rows.table, &rows.columns);
            sql.push_str(if rows.may_be_there { UNLESS_THERE } else { "" });
            execute_each(&sql, &rows.columns, execute)
        }
        Step::Update { table, key, set } => {
            let sql = format!(
                "UPDATE {table} SET {} WHERE {}",
                places(&set, ", "),
                places(&key, " AND ")
            );
            execute_each(&sql, &[set, key].concat(), execute)
        }
        Step::Delete(table, columns) => {
            let sql = format!("DELETE FROM {table} WHERE {}", places(&columns, " AND "));
            execute_each(&sql, &columns, execute)
        }
        Step::Leave { members, now } => {
            // a group may be its own member
            let sql = "UPDATE resources SET version = version + 1, updated_us = $1
                       WHERE pk IN (SELECT group_pk FROM members WHERE member_pk = $2) AND pk <> $2";
            let each = |member| execute(sql, &[Arg::Int(now), Arg::Int(member)]);
            members.into_iter().map(each).sum()
        }
        Step::Count(counts) => {
            let columns = counts.columns();
            let sql = insertion("resource_counts", &columns) + Counts::ADD;
            execute_each(&sql, &columns, execute)
        }
    }
}

/// `column = ?` for each column.
fn places(columns: &[(&str, Column)], between: &str) -> String {
    let equal: Vec<String> = columns
        .iter()
        .map(|(name, _)| format!("{name} = ?"))
        .collect();
    equal.join(between)
}

fn execute_each(
    sql: &str,
    columns: &[(&str, Column)],
    execute: impl Fn(&str, &[Arg]) -> Result<u64, StoreError>,
) -> Result<u64, StoreError> {
    let mut touched = 0;
    for args in each_args(columns) {
        touched += execute(sql, &args)?;
    }
    Ok(touched)
}

/// The arguments of each of many rows.
fn each_args(columns: &[(&str, Column)]) -> impl Iterator<Item = Vec<Arg>> {
    let count = columns.first().map_or(0, |(_, column)| column.len());
    (0..count).map(|row| {
        let row = columns.iter().filter_map(|(_, column)| column.arg(row));
        row.collect()
    })
}

pub(super) fn insertion(table: &str, columns: &[(&str, Column)]) -> String {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let places = vec!["?"; columns.len()].join(", ");
    format!(
        "INSERT INTO {table} ({}) VALUES ({places})",
        names.join(", ")
    )
}

pub(super) fn each_row(
    connection: &rusqlite::Connection,
    sql: &str,
    columns: &[(&str, Column)],
) -> Result<Vec<i64>, StoreError> {
    let mut all = Vec::new();
    for args in each_args(columns) {
        all.append(&mut rows(connection, sql, &args, &mut |row| row.int(0))?);
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
            Self::Many(_) => {
                return Err(rusqlite::Error::ToSqlConversionFailure(
                    "SQLite takes no lists".into(),
                ));
            }
        })
    }
}

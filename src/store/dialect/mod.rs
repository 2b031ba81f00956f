//! The one file that knows which database it talks to.
//!
//! # Why
//! SQLite is called inline through rusqlite: a call by key takes 10–14 µs of CPU, against
//! 46–73 µs through sqlx, whose price is the hop to its worker thread for every statement. One
//! thread writes: it takes whole requests from a channel, gives each a savepoint, and commits
//! all that have come meanwhile with one fsync, so that durability is not paid once a request.
//! PostgreSQL is sqlx, a transaction a request; where that is one statement, requests that come
//! together are one as well. Both are behind [`Connection`], whose methods are async; on SQLite
//! they are ready at once. The SQL text is the same for both: `$1` counts
//! arguments in either. We would change this if SQLite calls were ever to wait on anything but
//! the disk.

mod backup;
mod company;
mod connection;
mod deferred;
mod keys;
mod pool;
mod postgres;
mod row;
mod sqlite;
mod statements;
mod steps;
mod together;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use sea_orm::{DatabaseConnection, SqlxPostgresConnector};
use sqlx::Executor;

use super::error::StoreError;
use postgres::{Pools, is_conflict};
use sqlite::Sqlite;

pub(super) use connection::Connection;
pub(super) use row::Row;
pub(super) use statements::Plan;

/// How long one read may take before it is given up.
const READ_LIMIT: Duration = Duration::from_secs(5);

/// How often a write of PostgreSQL is begun that others stand in the way of.
const ATTEMPTS: u32 = 10;
/// How long we wait for a connection, or for another process that writes to the same file.
const PATIENCE: Duration = Duration::from_secs(10);

/// The database and the connections to it.
pub(super) struct Database {
    kind: Kind,
    measured: Measured,
    /// Writes that wait for their turn or are at it.
    waiting: AtomicUsize,
}

enum Kind {
    Sqlite(Sqlite),
    Postgres(Pools),
}

/// What is measured of commits.
#[derive(Clone, Debug)]
pub struct Measured {
    /// How many requests were committed together.
    pub group_size: Histogram,
    /// How long commits took, in seconds.
    pub commit_seconds: Histogram,
}

impl Measured {
    fn new() -> Self {
        Self {
            group_size: Histogram::new(exponential_buckets(1.0, 2.0, 7)),
            commit_seconds: Histogram::new(exponential_buckets(0.000_25, 2.0, 14)),
        }
    }

    /// Notes that so many requests were committed together, in the time since `begun`.
    fn commit(&self, requests: usize, begun: Instant) {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a group has at most 64 requests"
        )]
        self.group_size.observe(requests as f64);
        self.commit_seconds.observe(begun.elapsed().as_secs_f64());
    }
}

impl Database {
    /// Connects, and brings the tables up to date.
    pub(super) async fn open(url: &str) -> Result<Self, StoreError> {
        let measured = Measured::new();
        let database = |kind| Self {
            kind,
            measured: measured.clone(),
            waiting: AtomicUsize::new(0),
        };
        if let Some(path) = sqlite::path(url) {
            migrate(&sqlite::connect_for_migrations(path).await?).await?;
            return Sqlite::open(path, measured.clone())
                .map(|sqlite| database(Kind::Sqlite(sqlite)));
        }
        let options = postgres::options(url)?;
        let pool = postgres::connect_for_migrations(options.clone()).await?;
        // the migrator takes no lock of its own, and replicas start together
        let mut lock = pool.acquire().await.map_err(unavailable)?;
        lock.execute("SELECT pg_advisory_lock(7311091)")
            .await
            .map_err(unavailable)?;
        let connection = SqlxPostgresConnector::from_sqlx_postgres_pool(pool.clone());
        let migrated = migrate(&connection).await;
        lock.execute("SELECT pg_advisory_unlock(7311091)")
            .await
            .map_err(unavailable)?;
        drop(lock);
        pool.close().await;
        migrated.map(|()| database(Kind::Postgres(Pools::new(&options, measured.clone()))))
    }

    /// Takes the last steps back.
    pub(super) async fn migrate_down(url: &str, steps: u32) -> Result<(), StoreError> {
        use migrations::MigratorTrait as _;
        let connection = match sqlite::path(url) {
            Some(path) => sqlite::connect_for_migrations(path).await?,
            None => SqlxPostgresConnector::from_sqlx_postgres_pool(
                postgres::connect_for_migrations(postgres::options(url)?).await?,
            ),
        };
        let done = migrations::Migrator::down(&connection, Some(steps))
            .await
            .map_err(unavailable);
        connection.close().await.map_err(unavailable)?;
        done
    }

    pub(super) fn backup(url: &str, file: &Path) -> Result<(), StoreError> {
        backup::backup(url, file)
    }

    pub(super) fn restore(url: &str, file: &Path) -> Result<(), StoreError> {
        backup::restore(url, file)
    }

    /// Returns a connection that sees one state of the data and changes none.
    pub(super) async fn reader(&self) -> Result<Connection, StoreError> {
        match &self.kind {
            Kind::Sqlite(sqlite) => sqlite.reader().await.map(Connection::sqlite_reader),
            Kind::Postgres(pools) => pools.readers.lend().await.map(Connection::postgres_reader),
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
        let _waiting = Waiting::new(&self.waiting);
        match &self.kind {
            Kind::Sqlite(sqlite) => sqlite.write(work).await,
            Kind::Postgres(pools) => {
                let mut attempt = 0;
                loop {
                    attempt += 1;
                    if attempt > 1 {
                        tokio::time::sleep(postgres::pause(attempt)).await;
                    }
                    let loan = pools.writers.lend().await?;
                    let mut connection = Connection::postgres_writer(loan, attempt == 1);
                    let mut result = work.run(&mut connection).await;
                    // what was deferred may be the whole transaction
                    if result.is_ok()
                        && let Some(change) = connection.take_whole()
                    {
                        drop(connection);
                        match pools.together.commit(change).await {
                            Ok(()) => return result,
                            Err(failed) if failed.retriable && attempt < ATTEMPTS => continue,
                            Err(failed) => return Err(failed.error.into()),
                        }
                    }
                    let begun = Instant::now();
                    if result.is_ok()
                        && let Err(error) = connection.finish().await
                    {
                        result = Err(error.into());
                    }
                    match result {
                        Ok(value) => match connection.end("COMMIT").await {
                            Ok(()) => {
                                self.measured.commit(1, begun);
                                return Ok(value);
                            }
                            // a connection that was lost now may have committed
                            Err(error) if attempt < ATTEMPTS && is_conflict(&error) => {}
                            Err(error) => return Err(unavailable(error).into()),
                        },
                        Err(_) if connection.is_retriable() && attempt < ATTEMPTS => {
                            let _ = connection.end("ROLLBACK").await;
                        }
                        Err(error) => {
                            // one that is not ended is closed, which rolls back too
                            let _ = connection.end("ROLLBACK").await;
                            return Err(error);
                        }
                    }
                }
            }
        }
    }

    pub(super) fn measured(&self) -> &Measured {
        &self.measured
    }

    /// How many connections are in use, and how many may be.
    pub(super) fn connections(&self) -> [(&'static str, [usize; 2]); 2] {
        let (read, write) = match &self.kind {
            Kind::Sqlite(sqlite) => (sqlite.readers(), [1, 1]),
            Kind::Postgres(pools) => {
                let [[alone, most], [together, others]] =
                    [pools.writers.in_use(), pools.groups.in_use()];
                (pools.readers.in_use(), [alone + together, most + others])
            }
        };
        [("read", read), ("write", write)]
    }

    pub(super) fn waiting_writes(&self) -> usize {
        self.waiting.load(Relaxed)
    }

    /// Counts again what the planner knows of tables that have changed much: after a first push,
    /// PostgreSQL would plan for empty tables until its own clock comes round, and a filter that
    /// takes 20 ms would take 5 s meanwhile (measured at 30,000 users).
    pub(super) async fn keep_statistics(&self) -> Result<(), StoreError> {
        match &self.kind {
            Kind::Sqlite(_) => Ok(()),
            Kind::Postgres(pools) => postgres::keep_statistics(&pools.writers).await,
        }
    }

    /// True if every statement is a journey to another process.
    pub(super) fn is_far(&self) -> bool {
        matches!(self.kind, Kind::Postgres(_))
    }

    /// In how many parts a counter is kept, so that writers do not wait for each other.
    pub(super) fn shards(&self) -> i64 {
        match &self.kind {
            Kind::Sqlite(_) => 1,
            Kind::Postgres(_) => 16,
        }
    }
}

/// A write that waits for its turn or is at it, until it is dropped.
struct Waiting<'w>(&'w AtomicUsize);

impl<'w> Waiting<'w> {
    fn new(count: &'w AtomicUsize) -> Self {
        count.fetch_add(1, Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

/// Something to do in a transaction, perhaps again.
pub(super) trait AsyncWork<T, E>: Send + Sync + 'static {
    fn run<'c>(&'c self, connection: &'c mut Connection) -> BoxFuture<'c, Result<T, E>>;
}

async fn migrate(connection: &DatabaseConnection) -> Result<(), StoreError> {
    use migrations::MigratorTrait as _;
    let pending = migrations::Migrator::get_pending_migrations(connection)
        .await
        .map_err(unavailable)?;
    if !pending.is_empty() {
        migrations::Migrator::up(connection, None)
            .await
            .map_err(unavailable)?;
    }
    Ok(())
}

fn unavailable(error: impl std::fmt::Display) -> StoreError {
    StoreError::Unavailable(error.to_string())
}

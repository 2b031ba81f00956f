//! PostgreSQL: its connections, and what its driver wants to be told.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgArguments, PgConnectOptions, PgDatabaseError, PgPoolOptions, PgSeverity};
use sqlx::{Arguments, AssertSqlSafe, ConnectOptions, PgPool};
use uuid::Uuid;

use super::super::error::StoreError;
use super::super::sql::{Arg, Column};
use super::pool::Pool;
use super::together::{self, Together};
use super::{Measured, PATIENCE, READ_LIMIT, unavailable};

/// How long a write may take before it is given up.
const WRITE_LIMIT: Duration = Duration::from_mins(1);
/// How long a write waits for another one that holds a row.
const LOCK_LIMIT: Duration = Duration::from_secs(20);

/// How many connections read.
const READERS: usize = 8;
/// How many connections write for a request.
const WRITERS: usize = 6;
/// How many write for several at once, which is one at a time and, if that waits, another.
const GROUPS: usize = 2;

/// The connections to PostgreSQL: those that read give up early, those that write do not.
pub(in crate::store) struct Pools {
    pub(super) readers: Arc<Pool>,
    pub(super) writers: Arc<Pool>,
    pub(super) groups: Arc<Pool>,
    pub(super) together: Arc<Together>,
}

pub(super) fn options(url: &str) -> Result<PgConnectOptions, StoreError> {
    let options: PgConnectOptions = url.parse().map_err(|error| {
        StoreError::Unavailable(format!("{error} (expected sqlite:PATH or postgres://…)"))
    })?;
    Ok(options
        .statement_cache_capacity(512)
        .disable_statement_logging())
}

impl Pools {
    pub(super) fn new(options: &PgConnectOptions, measured: Measured) -> Self {
        // a write goes by keys, whatever they are: to plan it anew costs more than it
        let (anew, once) = ("auto", "force_generic_plan");
        let keys = Arc::default();
        let pool = |size: usize, limit: Duration, lock_limit: Duration, plans: &str| {
            // not as options of the start, which poolers drop
            let greeting = format!(
                "SET statement_timeout = {}; SET lock_timeout = {}; SET plan_cache_mode = {plans}",
                limit.as_millis(),
                lock_limit.as_millis()
            );
            Pool::new(options.clone(), greeting, size, &keys)
        };
        let writers = pool(WRITERS, WRITE_LIMIT, LOCK_LIMIT, once);
        let groups = pool(GROUPS, together::LIMIT, together::PATIENCE, once);
        Self {
            readers: pool(READERS, READ_LIMIT, LOCK_LIMIT, anew),
            together: Together::new(&writers, Arc::clone(&groups), measured),
            writers,
            groups,
        }
    }
}

/// The pool that migrations want.
pub(super) async fn connect_for_migrations(
    options: PgConnectOptions,
) -> Result<PgPool, StoreError> {
    PgPoolOptions::new()
        .max_connections(2)
        .acquire_timeout(PATIENCE)
        .connect_with(options)
        .await
        .map_err(unavailable)
}

/// How long to wait before the next attempt: longer each time, and not all alike.
pub(super) fn pause(attempt: u32) -> Duration {
    let spread = u64::from(Uuid::new_v4().as_bytes()[0]);
    Duration::from_millis((1 << attempt.min(7)) * (50 + spread) / 50)
}

/// Analyzes the tables of which half or more has changed since that was last done: the planner
/// then knows them. Those that are not large yet are vacuumed too, so that walks along an index
/// need not look into the table; the large ones are left to PostgreSQL, which would take minutes.
pub(super) async fn keep_statistics(pool: &Arc<Pool>) -> Result<(), StoreError> {
    let changed = "SELECT CASE WHEN c.reltuples < 100000 THEN 'VACUUM (ANALYZE, SKIP_LOCKED) ' ELSE 'ANALYZE ' END || c.oid::regclass::text
                   FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid
                   WHERE s.schemaname = current_schema() AND s.n_mod_since_analyze > 1000 + greatest(c.reltuples, 0) / 2";
    let mut loan = pool.lend().await?;
    let statements: Vec<String> = sqlx::query_scalar(changed)
        .fetch_all(loan.begin()?)
        .await
        .map_err(unavailable)?;
    for statement in statements {
        sqlx::query(AssertSqlSafe(statement))
            .execute(loan.begin()?)
            .await
            .map_err(unavailable)?;
    }
    loan.ended();
    Ok(())
}

/// True for a serialization failure, a deadlock, a row that a foreign key lost meanwhile, and a
/// key that another primary has given away since: the same work may succeed when it is begun
/// again.
pub(super) fn is_conflict(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(database) => database
            .code()
            .is_some_and(|code| matches!(code.as_ref(), "40001" | "40P01" | "23503" | "23505")),
        _ => false,
    }
}

/// True for a conflict, and for a connection that was lost before the commit was asked for.
pub(super) fn is_retriable(error: &sqlx::Error) -> bool {
    is_conflict(error) || is_lost(error)
}

/// True if the connection is no more.
pub(super) fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        // ended by an administrator or a crash, refused while starting, or cut by a pooler,
        // which says so in words of its own (`08P01`)
        sqlx::Error::Database(database) => {
            let fatal = database
                .try_downcast_ref::<PgDatabaseError>()
                .is_some_and(|error| {
                    matches!(error.severity(), PgSeverity::Fatal | PgSeverity::Panic)
                });
            fatal || database.code().is_some_and(|code| code.starts_with("08"))
        }
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) => true,
        _ => false,
    }
}

/// True if a unique index has the key of a new row already.
pub(super) fn is_taken_key(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(database) => database.code().is_some_and(|code| code == "23505"),
        _ => false,
    }
}

/// True if the server does not write: an old primary after a failover, to which an old name
/// still leads. It would answer so for ever.
pub(super) fn is_read_only(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(database) => database.code().is_some_and(|code| code == "25006"),
        _ => false,
    }
}

pub(super) fn arguments(args: &[Arg]) -> Result<PgArguments, StoreError> {
    let mut arguments = PgArguments::default();
    for arg in args {
        match arg {
            Arg::Int(n) => arguments.add(*n),
            Arg::Text(text) => arguments.add(text.as_str()),
            Arg::Id(id) => arguments.add(*id),
            Arg::NoInt => arguments.add(None::<i64>),
            Arg::NoText => arguments.add(None::<String>),
            Arg::NoId => arguments.add(None::<Uuid>),
            Arg::Many(Column::Ints(values)) => arguments.add(values),
            Arg::Many(Column::Texts(values)) => arguments.add(values),
            Arg::Many(Column::Ids(values)) => arguments.add(values),
            Arg::Many(Column::MaybeTexts(values)) => arguments.add(values),
            Arg::Many(Column::MaybeIds(values)) => arguments.add(values),
        }
        .map_err(|error| StoreError::Corrupt(error.to_string()))?;
    }
    Ok(arguments)
}

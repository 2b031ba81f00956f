//! PostgreSQL: a pool, and what its driver wants to be told.

use std::time::Duration;

use sqlx::postgres::{PgArguments, PgConnectOptions, PgPoolOptions};
use sqlx::{Arguments, AssertSqlSafe, ConnectOptions, PgPool};
use uuid::Uuid;

use super::super::error::StoreError;
use super::super::sql::{Arg, Column};
use super::{PATIENCE, READ_LIMIT, unavailable};

/// How long a write may take before it is given up.
const WRITE_LIMIT: Duration = Duration::from_mins(1);
/// How long a write waits for another one that holds a row.
const LOCK_LIMIT: Duration = Duration::from_secs(20);

/// The connections to PostgreSQL: those that read give up early, those that write do not.
pub(in crate::store) struct Pools {
    pub(super) readers: PgPool,
    pub(super) writers: PgPool,
}

pub(super) async fn connect(url: &str) -> Result<Pools, StoreError> {
    let options: PgConnectOptions = url.parse().map_err(|error| {
        StoreError::Unavailable(format!("{error} (expected sqlite:PATH or postgres://…)"))
    })?;
    let options = options
        .statement_cache_capacity(512)
        .disable_statement_logging();
    let pool = |limit: Duration| {
        let limits = [
            ("statement_timeout", limit.as_millis().to_string()),
            ("lock_timeout", LOCK_LIMIT.as_millis().to_string()),
        ];
        PgPoolOptions::new()
            .max_connections(8)
            .acquire_timeout(PATIENCE)
            .connect_with(options.clone().options(limits))
    };
    Ok(Pools {
        readers: pool(READ_LIMIT).await.map_err(unavailable)?,
        writers: pool(WRITE_LIMIT).await.map_err(unavailable)?,
    })
}

/// How long to wait before the next attempt: longer each time, and not all alike.
pub(super) fn pause(attempt: u32) -> Duration {
    let spread = u64::from(Uuid::new_v4().as_bytes()[0]);
    Duration::from_millis((1 << attempt.min(7)) * (50 + spread) / 50)
}

/// Analyzes the tables of which half or more has changed since that was last done.
pub(super) async fn keep_statistics(pool: &PgPool) -> Result<(), StoreError> {
    let changed = "SELECT c.oid::regclass::text FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid
                   WHERE s.schemaname = current_schema() AND s.n_mod_since_analyze > 1000 + greatest(c.reltuples, 0) / 2";
    let tables: Vec<String> = sqlx::query_scalar(changed)
        .fetch_all(pool)
        .await
        .map_err(unavailable)?;
    for table in tables {
        let analyze = AssertSqlSafe(format!("ANALYZE {table}"));
        sqlx::query(analyze)
            .execute(pool)
            .await
            .map_err(unavailable)?;
    }
    Ok(())
}

/// True for a serialization failure, a deadlock, and a row that a foreign key lost meanwhile:
/// the same work may succeed when it is begun again.
pub(super) fn is_conflict(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(database) => database
            .code()
            .is_some_and(|code| matches!(code.as_ref(), "40001" | "40P01" | "23503")),
        _ => false,
    }
}

/// True for a conflict, and for a connection that was lost before the commit was asked for.
pub(super) fn is_retriable(error: &sqlx::Error) -> bool {
    is_conflict(error) || matches!(error, sqlx::Error::Io(_))
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
        }
        .map_err(|error| StoreError::Corrupt(error.to_string()))?;
    }
    Ok(arguments)
}

pub(super) fn add_column(arguments: &mut PgArguments, column: Column) -> Result<(), StoreError> {
    match column {
        Column::Ints(values) => arguments.add(values),
        Column::Texts(values) => arguments.add(values),
        Column::Ids(values) => arguments.add(values),
    }
    .map_err(|error| StoreError::Corrupt(error.to_string()))
}

pub(super) fn unnested(columns: &[(&str, Column)]) -> String {
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

//! PostgreSQL: a pool, and what its driver wants to be told.

use sqlx::postgres::{PgArguments, PgConnectOptions, PgPoolOptions};
use sqlx::{Arguments, ConnectOptions, PgPool};
use uuid::Uuid;

use super::super::error::StoreError;
use super::super::sql::{Arg, Column};
use super::{PATIENCE, READ_LIMIT, unavailable};

pub(super) async fn connect(url: &str) -> Result<PgPool, StoreError> {
    let options: PgConnectOptions = url.parse().map_err(|error| {
        StoreError::Unavailable(format!("{error} (expected sqlite:PATH or postgres://…)"))
    })?;
    let limits = [
        ("statement_timeout", format!("{}", READ_LIMIT.as_millis())),
        (
            "lock_timeout",
            format!("{}", READ_LIMIT.as_millis() * 4 / 5),
        ),
    ];
    let options = options
        .options(limits)
        .statement_cache_capacity(512)
        .disable_statement_logging();
    PgPoolOptions::new()
        .max_connections(16)
        .acquire_timeout(PATIENCE)
        .connect_with(options)
        .await
        .map_err(unavailable)
}

/// True for a serialization failure, a deadlock, a row that a foreign key lost meanwhile, and a
/// connection that was lost before the commit.
pub(super) fn is_retriable(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(database) => database
            .code()
            .is_some_and(|code| matches!(code.as_ref(), "40001" | "40P01" | "23503" | "55P03")),
        sqlx::Error::Io(_) => true,
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

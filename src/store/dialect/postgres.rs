//! PostgreSQL: its connections, and what its driver wants to be told.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgArguments, PgConnectOptions, PgPoolOptions};
use sqlx::{Arguments, AssertSqlSafe, ConnectOptions, PgPool};
use uuid::Uuid;

use super::super::error::StoreError;
use super::super::sql::{Arg, Column, Columns, Sql, Step, UNLESS_THERE};
use super::pool::Pool;
use super::{PATIENCE, READ_LIMIT, unavailable};

/// How long a write may take before it is given up.
const WRITE_LIMIT: Duration = Duration::from_mins(1);
/// How long a write waits for another one that holds a row.
const LOCK_LIMIT: Duration = Duration::from_secs(20);

/// How many connections read, and how many write.
const POOL_SIZE: usize = 8;

/// The connections to PostgreSQL: those that read give up early, those that write do not.
pub(in crate::store) struct Pools {
    pub(super) readers: Arc<Pool>,
    pub(super) writers: Arc<Pool>,
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
    pub(super) fn new(options: &PgConnectOptions) -> Self {
        let pool = |limit: Duration, plans: &str| {
            let settings = [
                ("statement_timeout", limit.as_millis().to_string()),
                ("lock_timeout", LOCK_LIMIT.as_millis().to_string()),
                ("plan_cache_mode", plans.to_owned()),
            ];
            Pool::new(options.clone().options(settings), POOL_SIZE)
        };
        Self {
            readers: pool(READ_LIMIT, "auto"),
            // a write goes by keys, whatever they are: to plan it anew costs more than it
            writers: pool(WRITE_LIMIT, "force_generic_plan"),
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
    is_conflict(error) || is_lost(error)
}

/// True if the connection is no more.
pub(super) fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(database) => database.code().is_some_and(|code| {
            // ended by an administrator, by a crash of another one, or refused while starting
            matches!(code.as_ref(), "57P01" | "57P02" | "57P03")
        }),
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) => true,
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

/// What an unmet expectation's number stands behind, in the error that says so.
const UNMET: &str = "vestibule: unmet ";

/// Several steps as one statement, all or nothing: it fails if a step touches fewer rows than it
/// is expected to.
///
/// # Why
/// The cast of a text that is no number is the one way for plain SQL to fail on a condition, and
/// the error repeats the text, which says what was not met.
pub(super) fn joined(steps: Vec<Step>, least: Vec<Option<u64>>) -> Sql {
    let mut sql = Sql::new("WITH ");
    let new = steps.iter().position(|step| matches!(step, Step::New(..)));
    for (n, (step, least)) in steps.into_iter().zip(&least).enumerate() {
        sql.push(&format!("{}s{n} AS (", if n > 0 { ", " } else { "" }))
            .append(match step {
                Step::Run(sql) => sql,
                Step::New(table, columns) => insertion(table, columns, None),
                Step::Insert(rows) => {
                    let mut sql = insertion(rows.table, rows.columns, new.filter(|_| rows.refer));
                    sql.push(if rows.may_be_there { UNLESS_THERE } else { "" });
                    sql
                }
                Step::Delete(table, columns) => deletion(table, columns),
                Step::Count { of, change } => Step::counting(of, change),
            })
            .push(match least {
                _ if new == Some(n) => " RETURNING pk)",
                Some(_) => " RETURNING 1)",
                None => ")",
            });
    }
    sql.push(" SELECT 1");
    for (n, least) in least.into_iter().enumerate() {
        // a count in the text would be a text of its own for each
        if let Some(least) = least {
            sql.push(&format!(", CAST(CASE WHEN (SELECT count(*) FROM s{n}) >= "))
                .bind(least.cast_signed())
                .push(&format!(" THEN '1' ELSE '{UNMET}{n}' END AS integer)"));
        }
    }
    sql
}

/// Returns which step touched too few rows, if that is what an error says.
pub(super) fn unmet(error: &sqlx::Error) -> Option<usize> {
    let database = error.as_database_error()?;
    let (_, number) = database.message().split_once(UNMET)?;
    let digits = number.find(|c: char| !c.is_ascii_digit());
    number.get(..digits.unwrap_or(number.len()))?.parse().ok()
}

/// Inserts rows; `new` is the step whose row they belong to.
pub(super) fn insertion(table: &str, columns: Columns, new: Option<usize>) -> Sql {
    let mut names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    names.extend(new.map(|_| "pk"));
    let key = new.map_or_else(String::new, |new| format!(", (SELECT pk FROM s{new})"));
    let mut sql = Sql::new(&format!("INSERT INTO {table} ({}) ", names.join(", ")));
    if let Some(row) = only_row(&columns) {
        for (n, (_, arg)) in row.into_iter().enumerate() {
            sql.push(if n > 0 { ", " } else { "VALUES (" }).bind(arg);
        }
        sql.push(&key).push(")");
    } else {
        sql.push(&format!("SELECT k.*{key} FROM unnest("));
        unnest(&mut sql, columns);
        sql.push(") AS k");
    }
    sql
}

fn deletion(table: &str, columns: Columns) -> Sql {
    if let Some(row) = only_row(&columns) {
        let mut sql = Sql::new(&format!("DELETE FROM {table}"));
        for (n, (name, arg)) in row.into_iter().enumerate() {
            sql.push(if n > 0 { " AND " } else { " WHERE " })
                .push(&format!("{name} = "))
                .bind(arg);
        }
        return sql;
    }
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let equal: Vec<String> = names
        .iter()
        .map(|name| format!("t.{name} = k.{name}"))
        .collect();
    let mut sql = Sql::new(&format!("DELETE FROM {table} t USING unnest("));
    unnest(&mut sql, columns);
    sql.push(&format!(
        ") AS k({}) WHERE {}",
        names.join(", "),
        equal.join(" AND ")
    ));
    sql
}

/// The row, if there is one only: that costs less than a list of one.
fn only_row(columns: &Columns) -> Option<Vec<(&'static str, Arg)>> {
    let (_, first) = columns.first()?;
    let cells = columns
        .iter()
        .map(|(name, column)| Some((*name, column.arg(0)?)));
    if first.len() == 1 {
        cells.collect()
    } else {
        None
    }
}

fn unnest(sql: &mut Sql, columns: Columns) {
    for (n, (_, column)) in columns.into_iter().enumerate() {
        let kind = match column {
            Column::Ints(_) => "::bigint[]",
            Column::Texts(_) | Column::MaybeTexts(_) => "::text[]",
            Column::Ids(_) | Column::MaybeIds(_) => "::uuid[]",
        };
        sql.push(if n > 0 { ", " } else { "" })
            .bind(Arg::Many(column))
            .push(kind);
    }
}

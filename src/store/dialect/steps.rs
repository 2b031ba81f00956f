//! Changes of rows, as statements of PostgreSQL.

use super::super::sql::{Arg, Column, Columns, Counts, Sql, Step, UNLESS_THERE};

/// How rows are given to a statement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Form {
    /// As lists, unless there is one only: that costs less than lists of one.
    #[default]
    Shortest,
    /// As lists, however many there are, so that the text is the same.
    Lists,
}

/// What an unmet expectation's number stands behind, in the error that says so.
const UNMET: &str = "vestibule: unmet ";

/// Several steps as one statement, all or nothing: it fails if a step touches fewer rows than it
/// is expected to.
///
/// # Why
/// The cast of a text that is no number is the one way for plain SQL to fail on a condition, and
/// the error repeats the text, which says what was not met.
pub(super) fn joined(steps: Vec<Step>, least: Vec<Option<u64>>, form: Form) -> Sql {
    let mut sql = Sql::new("WITH ");
    for (n, (step, least)) in steps.into_iter().zip(&least).enumerate() {
        sql.push(&format!("{}s{n} AS (", if n > 0 { ", " } else { "" }))
            .append(match step {
                Step::Insert(rows) => {
                    let mut sql = insertion(rows.table, rows.columns, form);
                    sql.push(if rows.may_be_there { UNLESS_THERE } else { "" });
                    sql
                }
                Step::Update { table, key, set } => update(table, key, set, form),
                Step::Delete(table, columns) => deletion(table, columns, form),
                Step::Leave { members, now } => leaving(members, now),
                Step::Count(counts) => {
                    let mut sql = insertion("resource_counts", counts.columns(), form);
                    sql.push(Counts::ADD);
                    sql
                }
            })
            .push(match least {
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

/// Inserts rows.
pub(super) fn insertion(table: &str, columns: Columns, form: Form) -> Sql {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let mut sql = Sql::new(&format!("INSERT INTO {table} ({}) ", names.join(", ")));
    if let Some(row) = only_row(&columns, form) {
        for (n, (_, arg)) in row.into_iter().enumerate() {
            sql.push(if n > 0 { ", " } else { "VALUES (" }).bind(arg);
        }
        sql.push(")");
    } else {
        sql.push("SELECT * FROM unnest(");
        unnest(&mut sql, columns);
        sql.push(")");
    }
    sql
}

fn update(table: &str, key: Columns, set: Columns, form: Form) -> Sql {
    let mut sql = Sql::new(&format!("UPDATE {table}"));
    if let (Some(key), Some(set)) = (only_row(&key, form), only_row(&set, form)) {
        assign(sql.push(" SET "), set, ", ");
        assign(sql.push(" WHERE "), key, " AND ");
        return sql;
    }
    let places = |columns: &Columns, first: usize, to: &str, between: &str| {
        let names = columns.iter().zip(first..);
        let equal: Vec<String> = names
            .map(|((name, _), n)| format!("{to}{name} = k.k{n}"))
            .collect();
        equal.join(between)
    };
    let all: Vec<String> = (0..key.len() + set.len())
        .map(|n| format!("k{n}"))
        .collect();
    let (values, found) = (
        places(&set, key.len(), "", ", "),
        places(&key, 0, "t.", " AND "),
    );
    sql.push(&format!(" t SET {values} FROM unnest("));
    unnest(&mut sql, key.into_iter().chain(set).collect());
    sql.push(&format!(") AS k({}) WHERE {found}", all.join(", ")));
    sql
}

fn leaving(members: Vec<i64>, now: i64) -> Sql {
    // a group may be its own member, and a row is not changed twice at once
    let members = Arg::Many(Column::Ints(members));
    let mut sql = Sql::new("UPDATE resources SET version = version + 1, updated_us = ");
    sql.bind(now)
        .push(" WHERE pk IN (SELECT group_pk FROM members WHERE member_pk = ANY(")
        .bind(members.clone())
        .push(")) AND pk <> ALL(")
        .bind(members)
        .push(")");
    sql
}

/// `column = value`, with something between one and the next.
fn assign(sql: &mut Sql, row: Vec<(&str, Arg)>, between: &str) {
    for (n, (name, arg)) in row.into_iter().enumerate() {
        sql.push(if n > 0 { between } else { "" })
            .push(&format!("{name} = "))
            .bind(arg);
    }
}

fn deletion(table: &str, columns: Columns, form: Form) -> Sql {
    if let Some(row) = only_row(&columns, form) {
        let mut sql = Sql::new(&format!("DELETE FROM {table} WHERE "));
        assign(&mut sql, row, " AND ");
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

/// The row, if there is one only and it is to be given as such.
fn only_row(columns: &Columns, form: Form) -> Option<Vec<(&'static str, Arg)>> {
    let (_, first) = columns.first()?;
    let cells = columns
        .iter()
        .map(|(name, column)| Some((*name, column.arg(0)?)));
    if first.len() == 1 && form == Form::Shortest {
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

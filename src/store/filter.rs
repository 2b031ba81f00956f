//! Filters as SQL.
//!
//! [`ResolvedFilter::matches`] is the meaning; what stands here is either the same (*exact*)
//! or lets more through, and a property test holds the two together on both databases.
//!
//! # Why
//! Every condition has the shape `r.pk IN (SELECT pk …)` over an index, so that the database
//! can start from whichever is the most selective. Value paths join the element's values on
//! `(pk, element)`. What no index knows is decided in Rust, over at most as many candidates as
//! `list` allows.

use uuid::Uuid;

use super::Tx;
use super::catalog::Index;
use super::sql::Sql;
use crate::scim::filter::{Compare, Operator, ResolvedFilter};
use crate::scim::path::{Container, ResolvedPath};
use crate::scim::schema::{Attribute, ResourceType, Type};

/// A filter as a condition on `resources r`.
#[derive(Debug)]
pub(super) struct Condition {
    /// The condition; none if it would be "all resources of the type".
    pub(super) sql: Option<Sql>,
    /// True if it lets through what matches and nothing else.
    pub(super) exact: bool,
}

/// What is known of a part of a filter.
enum Part {
    Exact(Sql),
    Superset(Option<Sql>),
}

struct Compiler<'t, 'c> {
    tx: &'t mut Tx<'c>,
    kind: &'static ResourceType,
    organization: i64,
}

impl Tx<'_> {
    /// Makes a condition of a filter.
    pub(super) fn condition(
        &mut self,
        organization: i64,
        kind: &'static ResourceType,
        filter: &ResolvedFilter,
    ) -> Condition {
        match (Compiler {
            tx: self,
            kind,
            organization,
        })
        .part(filter)
        {
            Part::Exact(sql) => Condition {
                sql: Some(sql),
                exact: true,
            },
            Part::Superset(sql) => Condition { sql, exact: false },
        }
    }
}

/// Joins conditions; the arguments keep their order.
fn joined(parts: Vec<Sql>, word: &str) -> Sql {
    let mut all = Sql::new("(");
    for (n, part) in parts.into_iter().enumerate() {
        if n > 0 {
            all.push(word);
        }
        all.append(part);
    }
    all.push(")");
    all
}

impl Compiler<'_, '_> {
    fn part(&mut self, filter: &ResolvedFilter) -> Part {
        match filter {
            ResolvedFilter::And(parts) => {
                let (mut known, mut exact) = (Vec::new(), true);
                for part in parts {
                    match self.part(part) {
                        Part::Exact(sql) => known.push(sql),
                        Part::Superset(sql) => {
                            exact = false;
                            known.extend(sql);
                        }
                    }
                }
                match (exact, known.is_empty()) {
                    (true, _) => Part::Exact(joined(known, " AND ")),
                    (false, true) => Part::Superset(None),
                    (false, false) => Part::Superset(Some(joined(known, " AND "))),
                }
            }
            ResolvedFilter::Or(parts) => {
                let (mut known, mut exact) = (Vec::new(), true);
                for part in parts {
                    match self.part(part) {
                        Part::Exact(sql) => known.push(sql),
                        Part::Superset(None) => return Part::Superset(None),
                        Part::Superset(Some(sql)) => {
                            exact = false;
                            known.push(sql);
                        }
                    }
                }
                let sql = joined(known, " OR ");
                if exact {
                    Part::Exact(sql)
                } else {
                    Part::Superset(Some(sql))
                }
            }
            ResolvedFilter::Not(inner) => match self.part(inner) {
                Part::Exact(inner) => {
                    let mut sql = Sql::new("NOT ");
                    sql.append(inner);
                    Part::Exact(sql)
                }
                Part::Superset(_) => Part::Superset(None),
            },
            ResolvedFilter::Constant(constant) => Part::Exact(always(*constant)),
            ResolvedFilter::Present(path) => self.present(path),
            ResolvedFilter::Compare(compare) => self.compare(compare),
            ResolvedFilter::Element(path, inner) => self.element(path, inner),
        }
    }

    fn present(&mut self, path: &ResolvedPath) -> Part {
        let name = path.leaf().name.as_str();
        if matches!(path.container, Container::Core)
            && (path.attribute.name == "id"
                || path.attribute.name == "meta"
                || path.attribute.name == "schemas")
        {
            return Part::Exact(always(true));
        }
        if is(path, self.kind.members) && (path.sub.is_none() || name == "value" || name == "type")
        {
            return Part::Exact(Sql::new("r.pk IN (SELECT group_pk FROM members)"));
        }
        if is(path, self.kind.member_of)
            && (path.sub.is_none() || name == "value" || name == "type")
        {
            return Part::Exact(Sql::new("r.pk IN (SELECT member_pk FROM members)"));
        }
        match self.tx.catalog.index_of(self.kind, path) {
            Some(index) => Part::Exact(self.values(index, |sql| {
                sql.push(" AND value <> ").bind("");
            })),
            None => Part::Superset(None),
        }
    }

    /// The resources that have a value in an index which meets a further condition.
    fn values(&self, index: Index, further: impl FnOnce(&mut Sql)) -> Sql {
        let mut sql = Sql::new("r.pk IN (SELECT pk FROM ");
        sql.push(index.table())
            .push(" WHERE organization = ")
            .bind(self.organization)
            .push(" AND attribute = ")
            .bind(index.number)
            .push(" AND element >= 0");
        further(&mut sql);
        sql.push(")");
        sql
    }

    fn compare(&mut self, compare: &Compare) -> Part {
        let Compare { path, op, key } = compare;
        let name = path.leaf().name.as_str();
        if matches!(path.container, Container::Core) {
            match (path.attribute.name.as_str(), name, op) {
                ("id", _, Operator::Eq) => return Part::Exact(id_is(key)),
                ("meta", "resourceType", op) => {
                    return Part::Exact(always(op.holds(&self.kind.name, key)));
                }
                ("meta", "created", op) => return moment("r.created_us", *op, key),
                ("meta", "lastModified", op) => return moment("r.updated_us", *op, key),
                (_, _, _) => {}
            }
        }
        if *op == Operator::Eq && name == "value" {
            if is(path, self.kind.members) {
                return Part::Exact(self.has_member(key));
            }
            if is(path, self.kind.member_of) {
                return Part::Exact(self.is_in_group(key));
            }
        }
        let Some(index) = self.tx.catalog.index_of(self.kind, path) else {
            return Part::Superset(None);
        };
        let mut sql = Sql::new("r.pk IN (SELECT pk FROM ");
        sql.push(index.table())
            .push(" WHERE organization = ")
            .bind(self.organization)
            .push(" AND attribute = ")
            .bind(index.number);
        match op {
            Operator::Co => {
                sql.push(" AND ")
                    .push(&self.tx.connection().contains("value", "?"));
                sql.args.push(key.as_str().into());
            }
            Operator::Ew => {
                let letters = i64::try_from(key.chars().count()).unwrap_or(i64::MAX);
                sql.push(" AND length(value) >= ").bind(letters);
                sql.push(" AND substr(value, CAST(length(value) + 1 - ")
                    .bind(letters)
                    .push(" AS integer)) = ")
                    .bind(key.as_str());
            }
            Operator::Eq
            | Operator::Sw
            | Operator::Gt
            | Operator::Ge
            | Operator::Lt
            | Operator::Le => range(&mut sql, "value", *op, key),
        }
        sql.push(" AND element >= 0)");
        Part::Exact(sql)
    }

    fn has_member(&self, id: &str) -> Sql {
        let Some(id) = canonical_id(id) else {
            return always(false);
        };
        let mut sql = Sql::new(
            "r.pk IN (SELECT group_pk FROM members WHERE member_pk = (SELECT pk FROM resources WHERE organization = ",
        );
        sql.bind(self.organization)
            .push(" AND id = ")
            .bind(id)
            .push("))");
        sql
    }

    fn is_in_group(&self, id: &str) -> Sql {
        let Some(id) = canonical_id(id) else {
            return always(false);
        };
        let mut sql = Sql::new(
            "r.pk IN (WITH RECURSIVE down (grp) AS (
                SELECT pk FROM resources WHERE organization = ",
        );
        sql.bind(self.organization).push(" AND id = ").bind(id).push(
            " UNION SELECT m.member_pk FROM down JOIN members m ON m.group_pk = down.grp AND m.nested = 1
            ) SELECT member_pk FROM members WHERE group_pk IN (SELECT grp FROM down))",
        );
        sql
    }

    fn element(&mut self, path: &ResolvedPath, inner: &ResolvedFilter) -> Part {
        if is(path, self.kind.members) || is(path, self.kind.member_of) {
            return match inner {
                ResolvedFilter::Compare(Compare {
                    path: sub,
                    op: Operator::Eq,
                    key,
                }) if sub.leaf().name == "value" => Part::Exact(if is(path, self.kind.members) {
                    self.has_member(key)
                } else {
                    self.is_in_group(key)
                }),
                _ => Part::Superset(None),
            };
        }
        let parts = match inner {
            ResolvedFilter::And(parts) => parts.as_slice(),
            single => std::slice::from_ref(single),
        };
        let mut known: Vec<(Index, Operator, &str, bool)> = Vec::new();
        for part in parts {
            if let ResolvedFilter::Compare(Compare { path: sub, op, key }) = part {
                let whole = ResolvedPath {
                    sub: (path.attribute.kind == Type::Complex).then_some(sub.attribute),
                    ..*path
                };
                let is_range = !matches!(op, Operator::Co | Operator::Ew);
                if let Some(index) = self
                    .tx
                    .catalog
                    .index_of(self.kind, &whole)
                    .filter(|_| is_range)
                {
                    known.push((index, *op, key, sub.attribute.canonical_values.is_empty()));
                }
            }
        }
        if known.is_empty() {
            return Part::Superset(None);
        }
        let exact = known.len() == parts.len();
        // what has few canonical values ("work") selects least, so it is only probed
        known.sort_by_key(|(_, op, _, selective)| (!selective, *op != Operator::Eq));
        let mut sql = Sql::new("r.pk IN (SELECT v0.pk FROM ");
        for (n, (index, op, key, _)) in known.iter().enumerate() {
            let alias = format!("v{n}");
            if n == 0 {
                sql.push(index.table()).push(" v0 WHERE ");
            } else {
                sql.push(" AND EXISTS (SELECT 1 FROM ")
                    .push(index.table())
                    .push(&format!(
                        " {alias} WHERE {alias}.pk = v0.pk AND {alias}.element = v0.element AND "
                    ));
            }
            sql.push(&format!("{alias}.element >= 0 AND {alias}.organization = "))
                .bind(self.organization);
            sql.push(&format!(" AND {alias}.attribute = "))
                .bind(index.number);
            range(&mut sql, &format!("{alias}.value"), *op, key);
            if n > 0 {
                sql.push(")");
            }
        }
        sql.push(")");
        if exact {
            Part::Exact(sql)
        } else {
            Part::Superset(Some(sql))
        }
    }
}

fn always(holds: bool) -> Sql {
    Sql::new(if holds { "1 = 1" } else { "1 = 0" })
}

/// Ids are lower case with hyphens; `id` is caseExact, so no other spelling is one.
fn canonical_id(text: &str) -> Option<Uuid> {
    text.parse::<Uuid>()
        .ok()
        .filter(|id| id.to_string() == text)
}

fn id_is(text: &str) -> Sql {
    match canonical_id(text) {
        Some(id) => {
            let mut sql = Sql::new("r.id = ");
            sql.bind(id);
            sql
        }
        None => always(false),
    }
}

/// A comparison of a column of microseconds with the key of a time.
fn moment(column: &str, op: Operator, key: &str) -> Part {
    let Ok(ordered) = u64::from_str_radix(key, 16) else {
        return Part::Superset(None);
    };
    let sign = match op {
        Operator::Eq => " = ",
        Operator::Gt => " > ",
        Operator::Ge => " >= ",
        Operator::Lt => " < ",
        Operator::Le => " <= ",
        Operator::Co | Operator::Sw | Operator::Ew => return Part::Superset(None),
    };
    let mut sql = Sql::new(column);
    sql.push(sign).bind((ordered ^ (1 << 63)).cast_signed());
    Part::Exact(sql)
}

/// A comparison that is a walk along an index.
fn range(sql: &mut Sql, column: &str, op: Operator, key: &str) {
    let sign = match op {
        Operator::Eq => " = ",
        Operator::Gt => " > ",
        Operator::Ge | Operator::Sw => " >= ",
        Operator::Lt => " < ",
        Operator::Le => " <= ",
        Operator::Co | Operator::Ew => return,
    };
    sql.push(" AND ").push(column).push(sign).bind(key);
    if op == Operator::Sw
        && let Some(end) = after_prefix(key)
    {
        sql.push(" AND ").push(column).push(" < ").bind(end);
    }
}

/// Returns the first text behind all texts that start with `prefix`.
fn after_prefix(prefix: &str) -> Option<String> {
    let mut letters: Vec<char> = prefix.chars().collect();
    while let Some(last) = letters.pop() {
        // the surrogates are no letters
        let next = if last == '\u{d7ff}' {
            Some('\u{e000}')
        } else {
            char::from_u32(last as u32 + 1)
        };
        if let Some(next) = next {
            letters.push(next);
            return Some(letters.into_iter().collect());
        }
    }
    None
}

/// True if a path names this core attribute.
fn is(path: &ResolvedPath, attribute: Option<&'static Attribute>) -> bool {
    matches!(path.container, Container::Core)
        && attribute.is_some_and(|attribute| attribute.name == path.attribute.name)
}

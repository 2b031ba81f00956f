//! Filters as SQL.
//!
//! [`ResolvedFilter::matches`] is the meaning; what stands here is either the same (*exact*)
//! or lets more through, and a property test holds the two together on both databases.
//!
//! # Why
//! A condition that is driven from has the shape `r.pk IN (SELECT pk …)` over an index; one that
//! is only checked is a probe, where the index allows it by the resource's key. Of conditions
//! joined by `and`, we say which drives, because SQLite has no statistics and would as gladly
//! begin with the 180,000 active users as with the one name (measured: more than 5 s at
//! 200,000 users, 4 ms at 100,000 since). Value paths join the element's values on
//! `(pk, element)`. What no index knows is decided in Rust, over at most as many candidates as
//! `list` allows.

mod known;

use super::Tx;
use super::catalog::Index;
use super::dialect::Plan;
use super::sql::Sql;
use crate::scim::filter::{Compare, Operator, ResolvedFilter};
use crate::scim::path::{Container, ResolvedPath};
use crate::scim::resource::resource_id;
use crate::scim::schema::{Attribute, ResourceType, Type};
use known::{Known, Rank, all_of, always, key_in, one_of};

/// A filter as a condition on `resources r`.
#[derive(Debug)]
pub(super) struct Condition {
    /// The condition; none if it would be "all resources of the type".
    pub(super) sql: Option<Sql>,
    /// True if it lets through what matches and nothing else.
    pub(super) exact: bool,
    /// True if it seems to let through a few at most.
    pub(super) few: bool,
}

impl Condition {
    /// How a statement with this condition is to be planned.
    pub(super) fn plan(&self) -> Plan {
        if self.few || self.sql.is_none() {
            Plan::Kept
        } else {
            Plan::ForItsValues
        }
    }
}

/// A part of a filter.
enum Part {
    Exact(Known),
    Superset(Option<Known>),
}

impl Part {
    fn new(exact: bool, known: Option<Known>) -> Self {
        match known {
            Some(known) if exact => Self::Exact(known),
            known => Self::Superset(known),
        }
    }

    fn into_known(self) -> (bool, Option<Known>) {
        match self {
            Self::Exact(known) => (true, Some(known)),
            Self::Superset(known) => (false, known),
        }
    }
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
        let mut compiler = Compiler {
            tx: self,
            kind,
            organization,
        };
        let (exact, known) = compiler.part(filter).into_known();
        Condition {
            few: known.as_ref().is_some_and(|known| known.rank <= Rank::Few),
            sql: known.map(|known| known.drive),
            exact,
        }
    }
}

impl Compiler<'_, '_> {
    fn part(&mut self, filter: &ResolvedFilter) -> Part {
        match filter {
            ResolvedFilter::And(parts) => {
                let (mut known, mut exact) = (Vec::new(), true);
                for part in parts {
                    let (is_exact, part) = self.part(part).into_known();
                    exact &= is_exact;
                    known.extend(part);
                }
                Part::new(exact, all_of(known))
            }
            ResolvedFilter::Or(parts) => {
                let (mut known, mut exact) = (Vec::new(), true);
                for part in parts {
                    let (is_exact, part) = self.part(part).into_known();
                    let Some(part) = part else {
                        return Part::Superset(None);
                    };
                    exact &= is_exact;
                    known.push(part);
                }
                Part::new(exact, one_of(known))
            }
            ResolvedFilter::Not(inner) => match self.part(inner) {
                Part::Exact(inner) => {
                    let mut sql = Sql::new("NOT ");
                    sql.append(inner.probe);
                    Part::Exact(Known::plain(sql, Rank::Most))
                }
                Part::Superset(_) => Part::Superset(None),
            },
            ResolvedFilter::Constant(constant) => Part::Exact(always(*constant)),
            ResolvedFilter::Present(path) => self.present(path),
            ResolvedFilter::Compare(compare) => self.compare(compare),
            ResolvedFilter::Element(path, inner) => self.element(path, inner),
        }
    }

    /// The resources whose keys a SELECT gives, where each can only be checked by that list.
    fn listed(&mut self, select: Sql, rank: Rank) -> Known {
        let probed = self.tx.connection().probed();
        Known::listed(select.clone(), key_in(probed, select), rank)
    }

    fn present(&mut self, path: &ResolvedPath) -> Part {
        let name = path.leaf().name.as_str();
        let is_core = matches!(path.container, Container::Core);
        if is_core && ["id", "meta", "schemas"].contains(&path.attribute.name.as_str()) {
            return Part::Exact(always(true));
        }
        let is_key = path.sub.is_none() || name == "value" || name == "type";
        for (attribute, column) in [
            (self.kind.members, "group_pk"),
            (self.kind.member_of, "member_pk"),
        ] {
            if is_key && is(path, attribute) {
                let mut probe = Sql::new("EXISTS (SELECT 1 FROM members WHERE ");
                probe.push(column).push(" = r.pk)");
                let keys = Sql::new(&format!("SELECT {column} FROM members"));
                return Part::Exact(Known::listed(keys, probe, Rank::Many));
            }
        }
        match self.tx.catalog.index_of(self.kind, path) {
            Some(index) => {
                let mut select = self.values(index, "v");
                select.push(" AND v.value <> ").bind("");
                Part::Exact(self.listed(select, Rank::Many))
            }
            None => Part::Superset(None),
        }
    }

    /// The keys of the resources that have a value in an index.
    fn values(&self, index: Index, alias: &str) -> Sql {
        let mut sql = Sql::new("SELECT ");
        sql.push(alias)
            .push(".pk FROM ")
            .push(index.table())
            .push(&format!(" {alias} WHERE {alias}.organization = "))
            .bind(self.organization)
            .push(&format!(" AND {alias}.attribute = "))
            .bind(index.number)
            .push(&format!(" AND {alias}.element >= 0"));
        sql
    }

    fn compare(&mut self, compare: &Compare) -> Part {
        let Compare { path, op, key } = compare;
        let name = path.leaf().name.as_str();
        if matches!(path.container, Container::Core) {
            match (path.attribute.name.as_str(), name, op) {
                ("id", _, Operator::Eq) => return Part::Exact(self.id_is(key)),
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
        let mut select = self.values(index, "v");
        self.comparison(&mut select, "v.value", *op, key);
        let is_boolean = path.leaf().kind == Type::Boolean;
        let rank = match op {
            Operator::Eq if index.unique => Rank::One,
            Operator::Eq if is_boolean => Rank::Many,
            Operator::Eq => Rank::Few,
            Operator::Sw | Operator::Gt | Operator::Ge | Operator::Lt | Operator::Le => Rank::Range,
            Operator::Co | Operator::Ew => Rank::Many,
        };
        let mut known = self.listed(select.clone(), rank);
        if *op == Operator::Eq {
            // the index goes on with the resource's key
            let mut probe = Sql::new("EXISTS (");
            probe
                .append(select)
                .push(" AND v.pk = r.pk")
                .push(self.tx.connection().on_its_own())
                .push(")");
            known.probe = probe;
        }
        Part::Exact(known)
    }

    /// Appends the comparison of a column of keys.
    fn comparison(&mut self, sql: &mut Sql, column: &str, op: Operator, key: &str) {
        let sign = match op {
            Operator::Eq => " = ",
            Operator::Gt => " > ",
            Operator::Ge | Operator::Sw => " >= ",
            Operator::Lt => " < ",
            Operator::Le => " <= ",
            Operator::Co => {
                let contains = self.tx.connection().contains(column, "?");
                sql.push(" AND ").push(&contains);
                sql.args.push(key.into());
                return;
            }
            Operator::Ew => {
                let letters = i64::try_from(key.chars().count()).unwrap_or(i64::MAX);
                sql.push(&format!(" AND length({column}) >= "))
                    .bind(letters);
                sql.push(&format!(
                    " AND substr({column}, CAST(length({column}) + 1 - "
                ))
                .bind(letters)
                .push(" AS integer)) = ")
                .bind(key);
                return;
            }
        };
        sql.push(" AND ").push(column).push(sign).bind(key);
        if op == Operator::Sw
            && let Some(end) = after_prefix(key)
        {
            sql.push(" AND ").push(column).push(" < ").bind(end);
        }
    }

    fn id_is(&self, id: &str) -> Known {
        let Some(id) = resource_id(id) else {
            return always(false);
        };
        let mut is = Sql::new("r.id = ");
        is.bind(id);
        let mut keys = Sql::new("SELECT pk FROM resources WHERE organization = ");
        keys.bind(self.organization).push(" AND id = ").bind(id);
        Known {
            keys: Some(keys),
            ..Known::plain(is, Rank::One)
        }
    }

    fn has_member(&self, id: &str) -> Known {
        let Some(id) = resource_id(id) else {
            return always(false);
        };
        let mut member = Sql::new("(SELECT pk FROM resources WHERE organization = ");
        member
            .bind(self.organization)
            .push(" AND id = ")
            .bind(id)
            .push(")");
        let mut keys = Sql::new("SELECT group_pk FROM members WHERE member_pk = ");
        keys.append(member.clone());
        let mut probe =
            Sql::new("EXISTS (SELECT 1 FROM members WHERE group_pk = r.pk AND member_pk = ");
        probe.append(member).push(")");
        Known::listed(keys, probe, Rank::Few)
    }

    fn is_in_group(&mut self, id: &str) -> Known {
        let Some(id) = resource_id(id) else {
            return always(false);
        };
        let mut select = Sql::new(
            "SELECT member_pk FROM members WHERE group_pk IN (WITH RECURSIVE down (grp) AS (
                SELECT pk FROM resources WHERE organization = ",
        );
        select.bind(self.organization).push(" AND id = ").bind(id).push(
            " UNION SELECT m.member_pk FROM down JOIN members m ON m.group_pk = down.grp AND m.nested = 1
            ) SELECT grp FROM down)",
        );
        self.listed(select, Rank::Few)
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
                let is_complex = path.attribute.kind == Type::Complex;
                let whole = ResolvedPath {
                    sub: is_complex.then_some(sub.attribute),
                    ..*path
                };
                if let Some(index) = self.tx.catalog.index_of(self.kind, &whole) {
                    known.push((index, *op, key, sub.attribute.canonical_values.is_empty()));
                }
            }
        }
        let exact = known.len() == parts.len();
        // what has few canonical values ("work") selects least, so it is only probed
        known.sort_by_key(|(_, op, _, selective)| (!selective, *op != Operator::Eq));
        let Some((first, op, key, _)) = known.first().copied() else {
            return Part::Superset(None);
        };
        let rank = if op == Operator::Eq {
            Rank::Few
        } else {
            Rank::Range
        };
        let mut select = self.values(first, "v0");
        self.comparison(&mut select, "v0.value", op, key);
        for (n, (index, op, key, _)) in known.iter().enumerate().skip(1) {
            let alias = format!("v{n}");
            let mut other = self.values(*index, &alias);
            self.comparison(&mut other, &format!("{alias}.value"), *op, key);
            let on_its_own = self.tx.connection().on_its_own();
            select.push(" AND EXISTS (").append(other).push(&format!(
                " AND {alias}.pk = v0.pk AND {alias}.element = v0.element{on_its_own})"
            ));
        }
        Part::new(exact, Some(self.listed(select, rank)))
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
    Part::Exact(Known::plain(sql, Rank::Many))
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

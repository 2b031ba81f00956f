//! Pages of resources: filtered, sorted, by index or behind a cursor's position.
//!
//! # Why
//! Where rows are skipped or many are sorted, a page is found as row keys first and its documents
//! are read last, so that this costs index entries, not documents. Everything is ordered by `(sort key, pk)`, which makes the
//! order total and a position enough to go on from, however rows come and go meanwhile. What
//! SQL cannot decide is decided here, over at most [`SCAN_LIMIT`] candidates.

mod scan;

use super::catalog::{ABSENT, Index};
use super::dialect::Row;
use super::filter::Condition;
use super::memberships::{Groups, RowGroups, groups_of_row};
use super::resources::{Stored, stored};
use super::sql::Sql;
use super::{StoreError, Tx};
use crate::scim::filter::ResolvedFilter;
use crate::scim::key::key;
use crate::scim::list::SortOrder;
use crate::scim::path::ResolvedPath;
use crate::scim::render::BaseUrl;
use crate::scim::schema::{ResourceType, Type};
use crate::scim::{ScimError, ScimType};

/// How many resources are looked at one by one before a query is refused.
pub(super) const SCAN_LIMIT: usize = 50_000;

/// Which resources are asked for.
#[derive(Clone, Debug)]
pub struct ListRequest<'a> {
    /// Whose.
    pub organization: i64,
    /// Of which type.
    pub kind: &'static ResourceType,
    /// Which.
    pub filter: Option<&'a ResolvedFilter>,
    /// In which order; by creation if it is not said.
    pub sort: Option<(ResolvedPath, SortOrder)>,
    /// From where.
    pub position: Position,
    /// How many; 0 asks for the total alone.
    pub count: u64,
    /// Whether the groups that they are in are wanted too.
    pub in_groups: bool,
    /// For filters on addresses.
    pub base: &'a BaseUrl,
}

/// Where a page starts.
#[derive(Clone, Debug)]
pub enum Position {
    /// Behind so many resources.
    Skip(u64),
    /// Behind this place; at the start if there is none.
    After(Option<Keyset>),
}

/// A place between two resources: the sort key and the row key of the one before it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Keyset {
    /// The sort key.
    pub key: String,
    /// The row key.
    pub pk: i64,
}

impl Keyset {
    /// The sort key of a resource that has no value: behind all others.
    pub const ABSENT: &str = ABSENT;
}

/// A page.
#[derive(Clone, Debug)]
pub struct Page {
    /// How many resources match in all.
    pub total: u64,
    /// The resources of the page.
    pub resources: Vec<Stored>,
    /// Their sort keys.
    pub keys: Vec<String>,
    /// The groups that they are in, if they are wanted and were read on the way.
    pub groups: Option<Groups>,
    /// Where the next page starts, if there is one.
    pub next: Option<Keyset>,
}

/// A resource of a page, read or not.
struct Place {
    keyset: Keyset,
    stored: Option<Stored>,
    groups: Option<RowGroups>,
}

/// [`COLUMNS`](super::resources::COLUMNS) of `resources r`.
const ROW_COLUMNS: &str = "r.pk, r.id, r.version, r.created_us, r.updated_us, r.doc";

/// What the order is read from.
#[derive(Clone, Copy)]
enum Order {
    Created,
    Updated,
    Values(Index),
    /// Nothing that is indexed.
    Documents,
}

impl Tx<'_> {
    /// Returns a page.
    ///
    /// # Errors
    /// [`StoreError::Refused`] with `tooMany` if more resources than [`SCAN_LIMIT`] would have
    /// to be looked at, [`StoreError::TooSlow`].
    pub async fn list(&mut self, request: &ListRequest<'_>) -> Result<Page, StoreError> {
        let condition = match request.filter {
            Some(filter) => self.condition(request.organization, request.kind, filter),
            None => Condition {
                sql: None,
                exact: true,
                few: false,
            },
        };
        let order = self.order(request);
        let wanted = usize::try_from(request.count)
            .unwrap_or(usize::MAX)
            .saturating_add(1);
        let by_index = condition.exact && !matches!(order, Order::Documents);
        let (total, mut places) = if by_index {
            let places = if request.count == 0 {
                Vec::new()
            } else {
                self.places(request, order, &condition, wanted).await?
            };
            let is_all = matches!(request.position, Position::Skip(0))
                && request.count > 0
                && places.len() < wanted;
            let total = if is_all {
                places.len() as u64
            } else {
                self.total(request, condition).await?
            };
            (total, places)
        } else {
            let all = self.scan(request, order, condition).await?;
            (all.len() as u64, page(all, request, wanted))
        };
        let next = if places.len() == wanted {
            places.pop();
            places.last().map(|place| place.keyset.clone())
        } else {
            None
        };
        let unread: Vec<i64> = places
            .iter()
            .filter(|place| place.stored.is_none())
            .map(|place| place.keyset.pk)
            .collect();
        let mut read = self.resources_by_pk(&unread).await?;
        let (mut keys, mut resources, mut groups) = (Vec::new(), Vec::new(), Vec::new());
        for place in places {
            if let Some(stored) = place.stored.or_else(|| read.remove(&place.keyset.pk)) {
                keys.push(place.keyset.key);
                resources.push(stored);
                groups.push(place.groups);
            }
        }
        let groups = match groups.into_iter().collect() {
            Some(direct) => Some(self.with_nested(&resources, direct).await?),
            None => None,
        };
        Ok(Page {
            total,
            resources,
            keys,
            groups,
            next,
        })
    }

    fn order(&self, request: &ListRequest<'_>) -> Order {
        let Some((path, _)) = request.sort else {
            return Order::Created;
        };
        match (
            path.attribute.name.as_str(),
            path.sub.map(|sub| sub.name.as_str()),
        ) {
            ("meta", Some("created")) => Order::Created,
            ("meta", Some("lastModified")) => Order::Updated,
            (_, _) => {
                let sub = path.sub.or_else(|| path.attribute.sub("value"));
                let index = self
                    .catalog
                    .index_of(request.kind, &ResolvedPath { sub, ..path });
                index
                    .filter(|index| index.complete)
                    .map_or(Order::Documents, Order::Values)
            }
        }
    }

    /// Returns the places of a page, found by index. Where little is skipped and sorted, the
    /// documents are read with them.
    async fn places(
        &mut self,
        request: &ListRequest<'_>,
        order: Order,
        condition: &Condition,
        wanted: usize,
    ) -> Result<Vec<Place>, StoreError> {
        let kind = self.catalog.number(request.kind);
        let skips = matches!(request.position, Position::Skip(skip) if skip > 0);
        let reads = !skips && (condition.sql.is_none() || condition.few);
        // for a full page another journey costs less than a hundred of these
        let reads_groups =
            reads && condition.few && request.in_groups && self.connection().is_far();
        let columns = match (reads, reads_groups) {
            (false, _) => String::new(),
            (true, false) => format!(", {ROW_COLUMNS}"),
            (true, true) => format!(", {ROW_COLUMNS}, {}", groups_of_row()),
        };
        let type_is = self.type_is(condition);
        let mut sql = Sql::default();
        let sorted = match order {
            Order::Created | Order::Documents => {
                sql.push(&format!(
                    "SELECT '', r.pk{columns} FROM resources r WHERE r.organization = "
                ))
                .bind(request.organization)
                .push(&type_is)
                .bind(kind);
                vec!["r.pk"]
            }
            Order::Updated => {
                sql.push(&format!("SELECT CAST(r.updated_us AS text), r.pk{columns} FROM resources r WHERE r.organization = ")).bind(request.organization).push(&type_is).bind(kind);
                vec!["r.updated_us", "r.pk"]
            }
            Order::Values(index) => {
                sql.push(&format!("SELECT v.value, v.pk{columns} FROM "))
                    .push(index.table())
                    .push(" v");
                if reads || condition.sql.is_some() {
                    sql.push(" JOIN resources r ON r.pk = v.pk");
                }
                sql.push(" WHERE v.organization = ")
                    .bind(request.organization)
                    .push(" AND v.attribute = ")
                    .bind(index.number)
                    .push(" AND v.element <= 0");
                vec!["v.value", "v.pk"]
            }
        };
        if let Some(condition) = &condition.sql {
            sql.push(" AND ").append(condition.clone());
        }
        let descending = matches!(request.sort, Some((_, SortOrder::Descending)));
        if let Position::After(Some(Keyset { key, pk })) = &request.position {
            sql.push(" AND (")
                .push(&sorted.join(", "))
                .push(if descending { ") < (" } else { ") > (" });
            match order {
                Order::Created | Order::Documents => {}
                Order::Updated => {
                    sql.bind(key.parse::<i64>().unwrap_or_default()).push(", ");
                }
                Order::Values(_) => {
                    sql.bind(key.as_str()).push(", ");
                }
            }
            sql.bind(*pk).push(")");
        }
        let direction = if descending { " DESC" } else { "" };
        let sorted: Vec<String> = sorted
            .iter()
            .map(|column| format!("{column}{direction}"))
            .collect();
        sql.push(" ORDER BY ")
            .push(&sorted.join(", "))
            .push(&limit(wanted));
        if let Position::Skip(skip) = request.position
            && skip > 0
        {
            sql.push(" OFFSET ")
                .bind(i64::try_from(skip).unwrap_or(i64::MAX));
        }
        let place = |row: &Row<'_>| {
            Ok(Place {
                keyset: Keyset {
                    key: row.text(0)?,
                    pk: row.int(1)?,
                },
                stored: if reads { Some(stored(row, 2)?) } else { None },
                groups: if reads_groups {
                    Some(RowGroups::read(row.optional_text(8)?.as_deref())?)
                } else {
                    None
                },
            })
        };
        self.connection()
            .rows_planned(condition.plan(), &sql.text(), &sql.args, place)
            .await
    }

    async fn total(
        &mut self,
        request: &ListRequest<'_>,
        condition: Condition,
    ) -> Result<u64, StoreError> {
        let kind = self.catalog.number(request.kind);
        let (mut sql, plan) = (Sql::default(), condition.plan());
        match condition.sql {
            None => sql.push("SELECT CAST(COALESCE(SUM(n), 0) AS bigint) FROM resource_counts WHERE organization = ").bind(request.organization).push(" AND type = ").bind(kind),
            Some(condition) => sql
                .push("SELECT COUNT(*) FROM resources r WHERE r.organization = ")
                .bind(request.organization)
                .push(" AND r.type = ")
                .bind(kind)
                .push(" AND ")
                .append(condition),
        };
        let total = self
            .connection()
            .rows_planned(plan, &sql.text(), &sql.args, |row| row.int(0))
            .await?
            .pop()
            .unwrap_or_default();
        Ok(u64::try_from(total).unwrap_or_default())
    }

    /// The beginning of the condition on the type: a way into the table only where there is no
    /// better one.
    fn type_is(&mut self, condition: &Condition) -> String {
        if condition.few {
            format!(" AND {} = ", self.connection().checked("r.type"))
        } else {
            " AND r.type = ".to_owned()
        }
    }

    /// Returns the members of a group that match a filter on members (`members[display sw "x"]`).
    ///
    /// # Errors
    /// [`StoreError::Refused`] with `tooMany` for a group of more than [`SCAN_LIMIT`] members.
    pub async fn members_that_match(
        &mut self,
        kind: &ResourceType,
        group: &Stored,
        filter: &ResolvedFilter,
    ) -> Result<Vec<uuid::Uuid>, StoreError> {
        let Some(attribute) = kind.members else {
            return Ok(Vec::new());
        };
        let members = self.members(group).await?;
        if members.len() > SCAN_LIMIT {
            let detail = format!(
                "the filter would look at {} members one by one, at most {SCAN_LIMIT} are; name them by value",
                members.len()
            );
            return Err(ScimError::new(ScimType::TooMany, detail).into());
        }
        let matching = members.iter_from(0).filter(|member| {
            let element = serde_json::json!({ "value": member.id.to_string(), "type": member.kind.name, "display": member.display });
            filter.matches_element(attribute, &element)
        });
        Ok(matching.map(|member| member.id).collect())
    }
}

pub(super) fn sort_key(
    path: &ResolvedPath,
    resource: &serde_json::Map<String, serde_json::Value>,
) -> String {
    let leaf = match path.sub {
        None if path.attribute.kind == Type::Complex => path.attribute.sub("value"),
        _ => Some(path.leaf()),
    };
    let value = path.sort_value(resource);
    leaf.zip(value)
        .and_then(|(leaf, value)| key(leaf, value))
        .map_or_else(|| ABSENT.to_owned(), std::borrow::Cow::into_owned)
}

/// A limit as text: SQLite prepares a statement anew for each run if its limit is bound, which
/// was a third of what a lookup cost.
fn limit(rows: usize) -> String {
    format!(" LIMIT {rows}")
}

/// Cuts a page out of all places.
fn page(all: Vec<Place>, request: &ListRequest<'_>, wanted: usize) -> Vec<Place> {
    let descending = matches!(request.sort, Some((_, SortOrder::Descending)));
    let start = match &request.position {
        Position::Skip(skip) => usize::try_from(*skip).unwrap_or(usize::MAX),
        Position::After(None) => 0,
        Position::After(Some(place)) => all.partition_point(|other| {
            if descending {
                other.keyset >= *place
            } else {
                other.keyset <= *place
            }
        }),
    };
    if request.count == 0 {
        Vec::new()
    } else {
        all.into_iter().skip(start).take(wanted).collect()
    }
}

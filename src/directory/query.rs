//! Reading: one resource, and pages of them.

use uuid::Uuid;

use super::cursor::Cursor;
use super::view::{View, shows_groups, view, view_in_groups, views};
use super::{Caller, Directory, Error};
use crate::idp::forgive_filter;
use crate::scim::discovery::DEFAULT_PAGE;
use crate::scim::filter::{self, ResolvedFilter, Unknown};
use crate::scim::list::{Query, SortOrder, Start};
use crate::scim::projection::{Projection, Selection};
use crate::scim::schema::ResourceType;
use crate::scim::version::{EntityTags, Version};
use crate::scim::{ScimError, ScimType};
use crate::store::{Keyset, ListRequest, Page, Position, Tx};

/// In which resource types is searched (RFC 7644 §3.4.2.1).
#[derive(Clone, Copy, Debug)]
pub enum Scope {
    /// In one, at its endpoint.
    Type(&'static ResourceType),
    /// In all, at the root.
    All,
}

/// A page of resources as it is answered.
#[derive(Debug)]
pub struct Listing {
    /// How many resources match in all.
    pub total: u64,
    /// Where the page starts, counted from 1; none behind a cursor.
    pub start_index: Option<u64>,
    /// The cursor of the next page, if the client pages by cursor and there is one.
    pub next_cursor: Option<String>,
    /// The resources of the page.
    pub views: Vec<View>,
}

/// What a client gets that reads a resource.
#[derive(Debug)]
pub enum Read {
    /// The resource.
    Found(View),
    /// The client has this version already (`If-None-Match`).
    NotModified(Version),
}

/// A query bound to one resource type.
struct Bound {
    kind: &'static ResourceType,
    filter: Option<ResolvedFilter>,
    sort: Option<(crate::scim::path::ResolvedPath, SortOrder)>,
    selection: Selection,
}

impl Directory {
    /// Returns a resource, unless the client has its version.
    ///
    /// # Errors
    /// 404.
    pub async fn read(
        &self,
        caller: &Caller,
        kind: &'static ResourceType,
        id: Uuid,
        projection: &Projection,
        if_none_match: Option<&EntityTags>,
    ) -> Result<Read, Error> {
        let mut tx = self.store.read().await?;
        let selection = projection.resolve(kind);
        let found = if shows_groups(kind, &selection) {
            tx.resource_in_groups(caller.organization, kind, id).await?
        } else {
            let found = tx.resource(caller.organization, kind, id).await?;
            found.map(|stored| (stored, Vec::new()))
        };
        let (stored, groups) =
            found.ok_or_else(|| ScimError::not_found(&kind.name, &id.to_string()))?;
        if if_none_match.is_some_and(|tags| tags.contains(stored.resource.version)) {
            return Ok(Read::NotModified(stored.resource.version));
        }
        view_in_groups(&mut tx, kind, stored, groups, &selection, &caller.base)
            .await
            .map(Read::Found)
    }

    /// Returns a page of resources (RFC 7644 §3.4.2).
    ///
    /// # Errors
    /// `invalidFilter`, `tooMany`, `invalidCursor`, `invalidValue`.
    pub async fn list(
        &self,
        caller: &Caller,
        scope: Scope,
        mut query: Query,
    ) -> Result<Listing, Error> {
        let kinds = match scope {
            Scope::Type(kind) => vec![kind],
            Scope::All => self.store.registry.types.clone(),
        };
        let quirks = caller.quirks();
        if let Some(filter) = &mut query.filter {
            for kind in &kinds {
                forgive_filter(&quirks, kind, filter);
            }
        }
        let bound = kinds
            .iter()
            .map(|kind| bind(kind, scope, &query))
            .collect::<Result<Vec<_>, _>>()?;
        let count = query.count.unwrap_or(DEFAULT_PAGE).min(self.limits.page);
        let mut tx = self.store.read().await?;
        match &query.start {
            Start::Cursor(cursor) => {
                self.list_by_cursor(&mut tx, caller, scope, &query, &bound, cursor, count)
                    .await
            }
            Start::Index(start) => {
                let skip = start - 1;
                let (total, views) = match (scope, &query.sort_by) {
                    (Scope::All, Some(_)) => {
                        merge_types(&mut tx, caller, &query, &bound, skip, count).await?
                    }
                    (_, _) => join_types(&mut tx, caller, &bound, skip, count).await?,
                };
                Ok(Listing {
                    total,
                    start_index: Some(*start),
                    next_cursor: None,
                    views,
                })
            }
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of one query, taken apart by its only caller"
    )]
    async fn list_by_cursor(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        scope: Scope,
        query: &Query,
        bound: &[Bound],
        cursor: &str,
        count: u64,
    ) -> Result<Listing, Error> {
        if matches!((scope, &query.sort_by), (Scope::All, Some(_))) {
            return Err(ScimError::invalid_value(
                "a cursor goes with sortBy only at the endpoint of one resource type",
            )
            .into());
        }
        let identity = identity(caller, scope, query);
        let (first, mut place) = match cursor {
            "" => (0, None),
            cursor => {
                let Cursor { kind, place } = self.cursors.unseal(&identity, cursor)?;
                (kind, Some(place))
            }
        };
        let (types, mut total, mut found, mut next) = (bound.len(), 0, Vec::new(), None);
        for (n, bound) in bound.iter().enumerate() {
            let wanted = if n < first || next.is_some() {
                0
            } else {
                count - found.len() as u64
            };
            let position = Position::After(if n == first { place.take() } else { None });
            let mut page = tx.list(&request(caller, bound, position, wanted)).await?;
            total += page.total;
            let is_last = n + 1 == types;
            if let Some(place) = page.next.take() {
                next = Some(Cursor { kind: n, place });
            } else if wanted > 0 && wanted == page.resources.len() as u64 && !is_last {
                next = Some(Cursor {
                    kind: n + 1,
                    place: Keyset {
                        key: String::new(),
                        pk: 0,
                    },
                });
            }
            found.extend(shown(tx, caller, bound, page).await?);
        }
        let next_cursor = next
            .map(|next| self.cursors.seal(&identity, &next))
            .transpose()?;
        Ok(Listing {
            total,
            start_index: None,
            next_cursor,
            views: found,
        })
    }
}

/// Binds a query to a type. At the root, names that a type lacks have no value there.
fn bind(kind: &'static ResourceType, scope: Scope, query: &Query) -> Result<Bound, ScimError> {
    let unknown = match scope {
        Scope::Type(_) => Unknown::Refuse,
        Scope::All => Unknown::Unassigned,
    };
    let filter = query
        .filter
        .as_ref()
        .map(|filter| filter.resolve(filter::Scope::Resource(kind), unknown))
        .transpose()?;
    let sort = match &query.sort_by {
        None => None,
        Some(path) => match (kind.resolve(path), unknown) {
            (Some(path), _) if path.leaf().is_dropped() => {
                return Err(ScimError::invalid_value(format!(
                    "sortBy: {path} is never returned"
                )));
            }
            (Some(path), _) => Some((path, query.sort_order)),
            (None, Unknown::Unassigned) => None,
            (None, Unknown::Refuse) => {
                return Err(ScimError::new(
                    ScimType::InvalidPath,
                    format!("sortBy: {} has no attribute {path}", kind.name),
                ));
            }
        },
    };
    Ok(Bound {
        kind,
        filter,
        sort,
        selection: query.projection.resolve(kind),
    })
}

fn request<'a>(
    caller: &'a Caller,
    bound: &'a Bound,
    position: Position,
    count: u64,
) -> ListRequest<'a> {
    ListRequest {
        organization: caller.organization,
        kind: bound.kind,
        filter: bound.filter.as_ref(),
        sort: bound.sort,
        position,
        count,
        in_groups: shows_groups(bound.kind, &bound.selection),
        base: &caller.base,
    }
}

/// Renders a page as the query asks for it.
async fn shown(
    tx: &mut Tx<'_>,
    caller: &Caller,
    bound: &Bound,
    page: Page,
) -> Result<Vec<View>, Error> {
    let Bound {
        kind, selection, ..
    } = bound;
    let Page {
        resources, groups, ..
    } = page;
    views(tx, kind, &resources, groups, selection, &caller.base).await
}

/// One type after the other.
async fn join_types(
    tx: &mut Tx<'_>,
    caller: &Caller,
    bound: &[Bound],
    mut skip: u64,
    count: u64,
) -> Result<(u64, Vec<View>), Error> {
    let (mut total, mut found) = (0, Vec::new());
    for bound in bound {
        let wanted = count - found.len() as u64;
        let page = tx
            .list(&request(caller, bound, Position::Skip(skip), wanted))
            .await?;
        total += page.total;
        skip = skip.saturating_sub(page.total);
        found.extend(shown(tx, caller, bound, page).await?);
    }
    Ok((total, found))
}

/// How far into a sorted list of several types a client can page by index.
const MERGE_LIMIT: u64 = 10_000;

/// All types in one order.
async fn merge_types(
    tx: &mut Tx<'_>,
    caller: &Caller,
    query: &Query,
    bound: &[Bound],
    skip: u64,
    count: u64,
) -> Result<(u64, Vec<View>), Error> {
    if skip + count > MERGE_LIMIT {
        return Err(ScimError::new(ScimType::TooMany, format!("with sortBy, the first {MERGE_LIMIT} resources of several types can be paged; ask at the endpoint of one type")).into());
    }
    let (mut total, mut all) = (0, Vec::new());
    for bound in bound {
        let request = ListRequest {
            in_groups: false, // most of them are not shown
            ..request(caller, bound, Position::Skip(0), skip + count)
        };
        let page = tx.list(&request).await?;
        total += page.total;
        all.extend(
            page.keys
                .into_iter()
                .zip(page.resources)
                // a type that lacks the attribute has no value of it (RFC 7644 §3.4.2.3)
                .map(|(key, stored)| {
                    (
                        bound.sort.map_or(Keyset::ABSENT.to_owned(), |_| key),
                        bound,
                        stored,
                    )
                }),
        );
    }
    let descending = query.sort_order == SortOrder::Descending;
    all.sort_by(|(a, ..), (b, ..)| if descending { b.cmp(a) } else { a.cmp(b) });
    let mut found = Vec::new();
    for (_, bound, stored) in all
        .into_iter()
        .skip(usize::try_from(skip).unwrap_or(usize::MAX))
        .take(usize::try_from(count).unwrap_or(usize::MAX))
    {
        found.push(view(tx, bound.kind, stored, &bound.selection, &caller.base).await?);
    }
    Ok((total, found))
}

/// What a cursor belongs to: it is no use in any other query.
fn identity(caller: &Caller, scope: Scope, query: &Query) -> String {
    let endpoint = match scope {
        Scope::Type(kind) => kind.name.as_str(),
        Scope::All => "",
    };
    let filter = query
        .filter
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    let sort = query
        .sort_by
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default()
        .to_ascii_lowercase();
    format!(
        "{}\n{endpoint}\n{filter}\n{sort}\n{:?}",
        caller.organization, query.sort_order
    )
}

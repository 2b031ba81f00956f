//! Resources that are looked at one by one, because SQL cannot decide.

use super::super::filter::Condition;
use super::super::resources::{COLUMNS, Stored, stored};
use super::super::sql::Sql;
use super::super::{StoreError, Tx};
use super::{Keyset, ListRequest, Order, Place, SCAN_LIMIT, limit, sort_key};
use crate::scim::filter::ResolvedFilter;
use crate::scim::list::SortOrder;
use crate::scim::render;
use crate::scim::{ScimError, ScimType};

const CHUNK: usize = 1_000;

impl Tx<'_> {
    /// Looks at every candidate and returns the places of those that match, in order.
    pub(super) async fn scan(
        &mut self,
        request: &ListRequest<'_>,
        order: Order,
        condition: Condition,
    ) -> Result<Vec<Place>, StoreError> {
        let mut found: Vec<Place> = Vec::new();
        let (mut after, mut looked_at) = (None, 0);
        loop {
            let chunk = self.candidates(request, &condition, after).await?;
            after = chunk.last().map(|last| last.pk);
            let is_last = chunk.len() < CHUNK;
            looked_at += chunk.len();
            if looked_at > SCAN_LIMIT {
                return Err(too_many(request).into());
            }
            self.look_at(request, order, chunk, &mut found).await?;
            if is_last {
                break;
            }
            // many documents are not kept, but read again where they are on the page
            for place in &mut found {
                place.stored = None;
            }
            tokio::task::yield_now().await;
        }
        let descending = matches!(request.sort, Some((_, SortOrder::Descending)));
        found.sort_unstable_by(|a, b| {
            let (first, second) = if descending { (b, a) } else { (a, b) };
            first.keyset.cmp(&second.keyset)
        });
        Ok(found)
    }

    /// Returns the next resources that a condition lets through: a chunk, or the last of them.
    async fn candidates(
        &mut self,
        request: &ListRequest<'_>,
        condition: &Condition,
        after: Option<i64>,
    ) -> Result<Vec<Stored>, StoreError> {
        let mut sql = Sql::new("SELECT ");
        sql.push(COLUMNS)
            .push(" FROM resources r WHERE r.organization = ")
            .bind(request.organization)
            .push(&self.type_is(condition))
            .bind(self.catalog.number(request.kind));
        if let Some(after) = after {
            sql.push(" AND r.pk > ").bind(after);
        }
        if let Some(condition) = &condition.sql {
            sql.push(" AND ").append(condition.clone());
        }
        sql.push(" ORDER BY r.pk").push(&limit(CHUNK));
        self.connection()
            .rows(&sql.text(), &sql.args, |row| stored(row, 0))
            .await
    }

    async fn look_at(
        &mut self,
        request: &ListRequest<'_>,
        order: Order,
        chunk: Vec<Stored>,
        found: &mut Vec<Place>,
    ) -> Result<(), StoreError> {
        let paths = request
            .filter
            .map(ResolvedFilter::paths)
            .unwrap_or_default();
        let mentions = |attribute: Option<&crate::scim::schema::Attribute>| {
            attribute.is_some_and(|attribute| {
                paths
                    .iter()
                    .chain(request.sort.iter().map(|(path, _)| path))
                    .any(|path| path.attribute.name == attribute.name)
            })
        };
        let memberships = match self.group_type() {
            Some(groups) if mentions(request.kind.member_of) => {
                let memberships = self.memberships(&chunk.iter().collect::<Vec<_>>()).await?;
                memberships
                    .iter()
                    .map(|of| Some(render::groups(of, groups, request.base)))
                    .collect()
            }
            _ => vec![None; chunk.len()],
        };
        let with_members = mentions(request.kind.members);
        let mut members_seen = 0;
        for (candidate, memberships) in chunk.into_iter().zip(memberships) {
            let mut derived = request
                .kind
                .member_of
                .map(|attribute| attribute.name.as_str())
                .zip(memberships);
            if with_members && let Some(attribute) = request.kind.members {
                let members = self.members(&candidate).await?;
                members_seen += members.len();
                if members_seen > SCAN_LIMIT {
                    return Err(too_many(request).into());
                }
                let value = members.iter_from(0).map(|member| {
                    serde_json::json!({ "value": member.id.to_string(), "type": member.kind.name, "display": member.display, "$ref": request.base.location(member.kind, member.id) })
                });
                derived = Some((attribute.name.as_str(), value.collect()));
            }
            let resource =
                render::attributes(request.kind, &candidate.resource, derived, request.base)
                    .map_err(|error| StoreError::Corrupt(error.to_string()))?;
            if request
                .filter
                .is_none_or(|filter| filter.matches(&resource))
            {
                let key = match (order, request.sort) {
                    (Order::Created, _) | (_, None) => String::new(),
                    (_, Some((path, _))) => sort_key(&path, &resource),
                };
                let pk = candidate.pk;
                found.push(Place {
                    keyset: Keyset { key, pk },
                    stored: Some(candidate),
                    groups: None,
                });
            }
        }
        Ok(())
    }
}

pub(super) fn too_many(request: &ListRequest<'_>) -> ScimError {
    let paths: Vec<String> = request
        .filter
        .map(ResolvedFilter::paths)
        .unwrap_or_default()
        .iter()
        .chain(request.sort.iter().map(|(path, _)| path))
        .map(ToString::to_string)
        .collect();
    ScimError::new(
        ScimType::TooMany,
        format!(
            "the query would look at more than {SCAN_LIMIT} resources one by one; add a condition on an indexed attribute, or let the administrator add {} to \"indexed\" of {} (see schemas/README.md)",
            paths.join(", "),
            request.kind.name
        ),
    )
}

//! A resource as it is answered.

use uuid::Uuid;

use super::Error;
use crate::scim::projection::Selection;
use crate::scim::render::{self, BaseUrl, MemberShape, Rendered};
use crate::scim::schema::ResourceType;
use crate::scim::version::Version;
use crate::store::{Members, Stored, Tx};

/// A resource as it is answered: text, and the members of a group, which the answer streams.
#[derive(Debug)]
pub struct View {
    /// The resource's id.
    pub id: Uuid,
    /// Its version.
    pub version: Version,
    /// Its address.
    pub location: String,
    /// Its text.
    pub text: Rendered,
    /// The name of its members attribute, the members, and what is shown of each.
    pub members: Option<(&'static str, Members, MemberShape)>,
}

/// Reads what an answer shows of resources beside their documents, and renders them.
pub(super) async fn views(
    tx: &mut Tx<'_>,
    kind: &'static ResourceType,
    resources: &[Stored],
    selection: &Selection,
    base: &BaseUrl,
) -> Result<Vec<View>, Error> {
    let shows_groups = kind
        .member_of
        .filter(|attribute| selection.includes(attribute));
    let mut memberships = Vec::new();
    if shows_groups.is_some()
        && let Some(groups) = tx.group_type()
    {
        let of = tx
            .memberships(&resources.iter().collect::<Vec<_>>())
            .await?;
        memberships = of
            .iter()
            .map(|of| render::groups(of, groups, base))
            .collect();
    }
    let mut memberships = memberships.into_iter();
    let mut views = Vec::with_capacity(resources.len());
    for stored in resources {
        let resource = &stored.resource;
        let members = match kind
            .members
            .filter(|attribute| selection.includes(attribute))
        {
            Some(attribute) => {
                let members = tx.members(stored).await?;
                (!members.is_empty()).then(|| {
                    (
                        attribute.name.as_str(),
                        members,
                        MemberShape::new(attribute, selection),
                    )
                })
            }
            None => None,
        };
        views.push(View {
            id: resource.id,
            version: resource.version,
            location: base.location(kind, resource.id),
            text: render::render(kind, resource, memberships.next().as_ref(), selection, base)?,
            members,
        });
    }
    Ok(views)
}

/// Renders one resource.
pub(super) async fn view(
    tx: &mut Tx<'_>,
    kind: &'static ResourceType,
    stored: Stored,
    selection: &Selection,
    base: &BaseUrl,
) -> Result<View, Error> {
    let mut views = views(tx, kind, std::slice::from_ref(&stored), selection, base).await?;
    views
        .pop()
        .ok_or_else(|| Error::Internal("a resource was not rendered".into()))
}

//! A resource as it is answered.

use uuid::Uuid;

use super::Error;
use crate::scim::projection::Selection;
use crate::scim::render::{self, BaseUrl, MemberShape, Membership, Rendered};
use crate::scim::schema::ResourceType;
use crate::scim::version::Version;
use crate::scim::{ScimError, ScimType};
use crate::store::{Groups, Members, Stored, Tx};

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

/// Reads what an answer shows of resources beside their documents, unless it was read with
/// them, and renders them.
pub(super) async fn views(
    tx: &mut Tx<'_>,
    kind: &'static ResourceType,
    resources: &[Stored],
    groups: Option<Groups>,
    selection: &Selection,
    base: &BaseUrl,
) -> Result<Vec<View>, Error> {
    let memberships = match groups {
        _ if !shows_groups(kind, selection) => Vec::new(),
        Some(groups) => groups,
        None => {
            let resources: Vec<&Stored> = resources.iter().collect();
            tx.memberships(&resources).await?
        }
    };
    rendered(tx, kind, resources, memberships, selection, base).await
}

/// Members of all groups of a page, which are in memory while the page is sent.
const MOST_MEMBERS: usize = 1_000_000;

fn too_many_members() -> ScimError {
    let detail = format!(
        "the groups of this page have more than {MOST_MEMBERS} members; ask for fewer groups (count), or without members (excludedAttributes=members)"
    );
    ScimError::new(ScimType::TooMany, detail)
}

/// True if an answer shows in which groups resources are.
pub(super) fn shows_groups(kind: &ResourceType, selection: &Selection) -> bool {
    kind.member_of
        .is_some_and(|attribute| selection.includes(attribute))
}

/// Renders resources, with their memberships if those are shown.
async fn rendered(
    tx: &mut Tx<'_>,
    kind: &'static ResourceType,
    resources: &[Stored],
    memberships: Groups,
    selection: &Selection,
    base: &BaseUrl,
) -> Result<Vec<View>, Error> {
    let (mut memberships, mut shown) = (memberships.into_iter(), 0);
    let mut views = Vec::with_capacity(resources.len());
    for stored in resources {
        let groups = memberships.next().unwrap_or_default();
        let mut view = view_alone(tx, kind, stored, groups, selection, base)?;
        if let Some(attribute) = kind
            .members
            .filter(|attribute| selection.includes(attribute))
        {
            let members = tx.members(stored).await?;
            shown += members.len();
            // one group alone is shown, whatever its size
            if shown > MOST_MEMBERS && resources.len() > 1 {
                return Err(too_many_members().into());
            }
            let shape = MemberShape::new(attribute, selection);
            view.members =
                (!members.is_empty()).then_some((attribute.name.as_str(), members, shape));
        }
        views.push(view);
    }
    Ok(views)
}

/// Renders a resource that has no members and is in these groups.
pub(super) fn view_alone(
    tx: &Tx<'_>,
    kind: &'static ResourceType,
    stored: &Stored,
    groups: Vec<Membership>,
    selection: &Selection,
    base: &BaseUrl,
) -> Result<View, Error> {
    let resource = &stored.resource;
    let groups = tx
        .group_type()
        .filter(|_| shows_groups(kind, selection))
        .map(|kind| render::groups(&groups, kind, base));
    Ok(View {
        id: resource.id,
        version: resource.version,
        location: base.location(kind, resource.id),
        text: render::render(kind, resource, groups.as_ref(), selection, base)?,
        members: None,
    })
}

/// Renders one resource.
pub(super) async fn view(
    tx: &mut Tx<'_>,
    kind: &'static ResourceType,
    stored: Stored,
    selection: &Selection,
    base: &BaseUrl,
) -> Result<View, Error> {
    only(
        views(
            tx,
            kind,
            std::slice::from_ref(&stored),
            None,
            selection,
            base,
        )
        .await?,
    )
}

/// Renders one resource that is in these groups.
pub(super) async fn view_in_groups(
    tx: &mut Tx<'_>,
    kind: &'static ResourceType,
    stored: Stored,
    groups: Vec<Membership>,
    selection: &Selection,
    base: &BaseUrl,
) -> Result<View, Error> {
    only(rendered(tx, kind, &[stored], vec![groups], selection, base).await?)
}

fn only(mut views: Vec<View>) -> Result<View, Error> {
    let none = || Error::Internal("a resource was not rendered".into());
    views.pop().ok_or_else(none)
}

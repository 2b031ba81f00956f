//! Members of groups: edits, and what they announce.

use serde_json::Value;
use uuid::Uuid;

use super::{Caller, Error};
use crate::model::{Announcement, Kind};
use crate::scim::patch::MemberEdit;
use crate::scim::resource::resource_id;
use crate::scim::schema::ResourceType;
use crate::scim::{ScimError, ScimType};
use crate::store::{Edited, Stored, Tx};

/// Applies one edit to the members of a group.
pub(super) async fn edit_members(
    tx: &mut Tx<'_>,
    caller: &Caller,
    kind: &'static ResourceType,
    group: &Stored,
    edit: &MemberEdit,
) -> Result<Edited, Error> {
    let unknown = |id: &str| {
        Error::Scim(ScimError::new(
            ScimType::InvalidValue,
            format!("members: no user or group has the id {id:?}; nothing was changed"),
        ))
    };
    let ids = |elements: &[Value]| -> Result<Vec<Uuid>, Error> {
        elements
            .iter()
            .map(|element| {
                let value = element
                    .get("value")
                    .and_then(Value::as_str)
                    .unwrap_or_default();
                resource_id(value).ok_or_else(|| unknown(value))
            })
            .collect()
    };
    let done = match edit {
        MemberEdit::Add(elements) => {
            tx.add_members(caller.organization, group, &ids(elements)?)
                .await?
        }
        MemberEdit::Replace(elements) => {
            tx.replace_members(caller.organization, group, &ids(elements)?)
                .await?
        }
        MemberEdit::Remove(filter) => {
            let ids = match MemberEdit::removed_ids(filter) {
                // an id that is none cannot be a member's
                Some(ids) => ids.into_iter().filter_map(resource_id).collect(),
                None => tx.members_that_match(kind, group, filter).await?,
            };
            Ok(tx.remove_members(caller.organization, group, &ids).await?)
        }
    };
    done.map_err(|id| unknown(&id.to_string()))
}

pub(super) async fn announce_members(
    tx: &mut Tx<'_>,
    caller: &Caller,
    group: Uuid,
    edited: &Edited,
    now: i64,
) -> Result<(), Error> {
    for (kind, ids) in [
        (Kind::MembersAdded, &edited.added),
        (Kind::MembersRemoved, &edited.removed),
    ] {
        if !ids.is_empty() {
            let members = if ids.len() > Announcement::MAX_MEMBERS {
                Vec::new()
            } else {
                ids.clone()
            };
            tx.announce(
                caller.organization,
                &Announcement {
                    kind,
                    resource: group,
                    members,
                },
                now,
            )?;
        }
    }
    Ok(())
}

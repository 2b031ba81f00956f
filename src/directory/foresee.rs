//! Long PATCHes, applied before the transaction.

use uuid::Uuid;

use super::{Caller, Directory, Error};
use crate::scim::patch::PatchPlan;
use crate::scim::resource::Attributes;
use crate::scim::schema::ResourceType;
use crate::scim::version::Version;

/// What a PATCH makes of one version of a resource: the attributes before and after.
#[derive(Debug)]
pub(super) struct Foreseen {
    pub(super) version: Version,
    pub(super) before: Attributes,
    pub(super) after: Attributes,
}

impl Directory {
    /// Applies a long PATCH before the transaction, in which other writers would wait for it.
    pub(super) async fn foresee(
        &self,
        caller: &Caller,
        kind: &'static ResourceType,
        id: Uuid,
        plan: PatchPlan,
    ) -> Result<Option<Foreseen>, Error> {
        let mut reader = self.store.read().await?;
        let stored = reader.resource(caller.organization, kind, id).await?;
        drop(reader);
        let Some(stored) = stored else {
            return Ok(None);
        };
        let apply = move || -> Result<Foreseen, Error> {
            let before = Attributes::from_document(&stored.resource.document)?;
            let after = plan.apply(kind, &before)?;
            let version = stored.resource.version;
            Ok(Foreseen {
                version,
                before,
                after,
            })
        };
        // what fails now may succeed on another version, so it fails in the transaction
        let applied = tokio::task::spawn_blocking(apply).await;
        Ok(applied.ok().and_then(Result::ok))
    }
}

//! The use cases of provisioning: each decides in one transaction, and its log entry is in it.

mod administration;
mod bulk;
mod change;
mod cursor;
mod diff;
mod error;
mod foresee;
mod members;
mod query;
mod view;

use crate::idp::{Idp, Profile, Quirk};
use crate::model::{Ambient, AuditEvent};
use crate::scim::ScimError;
use crate::scim::discovery::Limits;
use crate::scim::render::BaseUrl;
use crate::store::Store;

pub use change::{Body, Change, Condition, Outcome};
pub use error::Error;
pub use query::{Listing, Read, Scope};
pub use view::View;

/// Who asks, and in which request.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The organization whose resources it sees and changes.
    pub organization: i64,
    /// The token.
    pub token: i64,
    /// What the token says of the provider.
    pub profile: Profile,
    /// Which provider its requests show.
    pub recognised: Option<Idp>,
    /// Where we are reached.
    pub base: BaseUrl,
    /// The request's id.
    pub request_id: String,
    /// HTTP method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// When the request arrived, microseconds since 1970.
    pub arrived: i64,
}

impl Caller {
    /// Returns what is forgiven to the caller.
    #[must_use]
    pub fn quirks(&self) -> Vec<Quirk> {
        self.profile.quirks(self.recognised)
    }

    /// Returns the provider's name for the log.
    #[must_use]
    pub fn idp(&self) -> &'static str {
        match (self.profile, self.recognised) {
            (Profile::Auto, Some(idp)) => idp.as_str(),
            (profile, _) => profile.as_str(),
        }
    }

    /// Starts a log entry for the request, which ends at `now`.
    fn event(&self, status: u16, now: i64) -> AuditEvent {
        AuditEvent {
            organization: self.organization,
            token: self.token,
            idp: self.idp(),
            method: self.method.clone(),
            path: self.path.clone(),
            resource: None,
            status,
            scim_type: None,
            detail: None,
            diff: None,
            request_id: self.request_id.clone(),
            duration: now - self.arrived,
        }
    }

    /// Returns the log entry of a failure.
    fn failure(&self, error: &ScimError, now: i64) -> AuditEvent {
        AuditEvent {
            scim_type: error.scim_type.map(crate::scim::ScimType::as_str),
            detail: Some(error.detail.clone()),
            ..self.event(error.status, now)
        }
    }
}

/// The users and groups of all organizations, and what is done with them.
#[derive(Clone, Debug)]
pub struct Directory {
    /// Where they are kept.
    pub store: Store,
    /// What clients are told and held to.
    pub limits: Limits,
    ambient: Ambient,
    cursors: cursor::Sealer,
}

impl Directory {
    /// Opens the directory in a store.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the store is.
    pub async fn open(store: Store, limits: Limits, ambient: Ambient) -> Result<Self, Error> {
        let mut fresh = [0; 32];
        (ambient.random)(&mut fresh);
        let cursors = cursor::Sealer::open(&store, fresh).await?;
        Ok(Self {
            store,
            limits,
            ambient,
            cursors,
        })
    }

    /// Writes a failed request into the provisioning log.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn log_failure(&self, caller: &Caller, error: &ScimError) -> Result<(), Error> {
        let now = (self.ambient.now)();
        let event = caller.failure(error, now);
        self.store
            .write(move |tx| {
                let event = event.clone();
                Box::pin(async move { tx.log(&event, now).map_err(Error::from) })
            })
            .await
    }
}

#[cfg(test)]
mod tests;

//! Who is asking: SCIM bearer tokens.
//!
//! A token is looked up for every request, so that revoking it counts from the next one on, in
//! every process on the same database. That it was used is noted in memory and written once a
//! minute.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::constant_time::verify_slices_are_equal;

use crate::idp::{Idp, Sign};
use crate::model::{Ambient, ScimToken, TokenSecret, TokenState};
use crate::store::{Store, StoreError, TokenUse};

/// Why a request is not let in.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// It has no `Authorization` header.
    #[error(
        "the request has no Authorization header; expected \"Authorization: Bearer\" and a SCIM token"
    )]
    Missing,
    /// The header holds no token of ours.
    #[error(
        "the Authorization header holds no SCIM token of this server; expected \"Bearer\" and a token"
    )]
    Unknown,
    /// The token's time is over.
    #[error("the SCIM token has expired")]
    Expired(Box<ScimToken>),
    /// Somebody revoked the token.
    #[error("the SCIM token was revoked")]
    Revoked(Box<ScimToken>),
    /// The token may not be used from this address.
    #[error("the SCIM token may not be used from this address")]
    Elsewhere(Box<ScimToken>),
    /// The store does not answer, so we cannot know.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Checks tokens.
#[derive(Clone, Debug)]
pub struct Authenticator {
    store: Store,
    ambient: Ambient,
    uses: Arc<Mutex<HashMap<i64, TokenUse>>>,
}

impl Authenticator {
    /// An authenticator of the tokens in a store.
    #[must_use]
    pub fn new(store: Store, ambient: Ambient) -> Self {
        Self {
            store,
            ambient,
            uses: Arc::default(),
        }
    }

    /// Finds the token of a request's `Authorization` header, sent from `address`.
    ///
    /// # Errors
    /// Why it is not let in.
    pub async fn authenticate(
        &self,
        authorization: Option<&str>,
        address: Option<IpAddr>,
    ) -> Result<ScimToken, AuthError> {
        let authorization = authorization.ok_or(AuthError::Missing)?;
        let (scheme, credentials) = authorization
            .trim()
            .split_once(' ')
            .ok_or(AuthError::Unknown)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(AuthError::Unknown);
        }
        let secret = TokenSecret::parse(credentials.trim()).ok_or(AuthError::Unknown)?;
        let sha256 = secret.sha256();
        let token = self
            .store
            .read()
            .await?
            .token_by_hash(&sha256)
            .await?
            .ok_or(AuthError::Unknown)?;
        verify_slices_are_equal(token.sha256.as_bytes(), sha256.as_bytes())
            .map_err(|_| AuthError::Unknown)?;
        match token.state((self.ambient.now)(), address) {
            TokenState::Live => Ok(token),
            TokenState::Expired => Err(AuthError::Expired(Box::new(token))),
            TokenState::Revoked => Err(AuthError::Revoked(Box::new(token))),
            TokenState::Elsewhere => Err(AuthError::Elsewhere(Box::new(token))),
        }
    }

    /// Notes that a token was used, and returns which provider its requests show: this one, or
    /// what earlier ones showed.
    #[must_use]
    pub fn note_use(&self, token: &ScimToken, shown: Option<Sign>) -> Option<Idp> {
        let mut uses = self.uses.lock().unwrap_or_else(PoisonError::into_inner);
        let noted = uses
            .get(&token.pk)
            .and_then(|noted| noted.recognised)
            .or(token.recognised);
        let lasting = shown
            .filter(|sign| sign.lasting)
            .map(|sign| sign.idp)
            .or(noted);
        uses.insert(
            token.pk,
            TokenUse {
                token: token.pk,
                at: (self.ambient.now)(),
                recognised: lasting,
            },
        );
        shown.map(|sign| sign.idp).or(lasting)
    }

    /// Returns the uses since the last call, to be written.
    #[must_use]
    pub fn take_uses(&self) -> Vec<TokenUse> {
        self.uses
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .drain()
            .map(|(_, noted)| noted)
            .collect()
    }
}

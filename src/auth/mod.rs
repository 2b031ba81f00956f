//! Who is asking: SCIM bearer tokens.
//!
//! A token is looked up for every request, so that revoking it counts from the next one on, in
//! every process on the same database. Where a look-up is a journey (PostgreSQL), what it found
//! is trusted for half a second. That a token was used is noted in memory and written once a
//! minute.

mod quota;
mod throttle;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::constant_time::verify_slices_are_equal;

use crate::idp::{Idp, Sign};
use crate::model::{Ambient, ScimToken, TokenSecret, TokenState};
use crate::store::{Store, StoreError, TokenUse};
use quota::Quotas;
use throttle::Throttle;

pub use quota::{InFlight, TokenLimits};

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
    Expired(Arc<ScimToken>),
    /// Somebody revoked the token.
    #[error("the SCIM token was revoked")]
    Revoked(Arc<ScimToken>),
    /// The token may not be used from this address.
    #[error("the SCIM token may not be used from this address")]
    Elsewhere(Arc<ScimToken>),
    /// The client's address has failed too often.
    #[error("too many failed authentications from this address; try again in {0} s")]
    Throttled(u64),
    /// The token asks too much.
    #[error("{reason}; try again in {seconds} s")]
    Busy {
        /// How long to wait.
        seconds: u64,
        /// Which limit was met.
        reason: String,
        /// The token.
        token: Arc<ScimToken>,
    },
    /// The store does not answer, so we cannot know.
    #[error(transparent)]
    Store(#[from] StoreError),
}

type Known = HashMap<String, (Arc<ScimToken>, i64)>;

/// Checks tokens.
#[derive(Clone, Debug)]
pub struct Authenticator {
    store: Store,
    ambient: Ambient,
    uses: Arc<Mutex<HashMap<i64, TokenUse>>>,
    /// Live tokens by their SHA-256, and when they were read.
    known: Arc<Mutex<Known>>,
    throttle: Arc<Throttle>,
    quotas: Quotas,
}

impl Authenticator {
    /// An authenticator of the tokens in a store, which lets an address fail so often a minute.
    #[must_use]
    pub fn new(store: Store, ambient: Ambient, failures: u32, limits: TokenLimits) -> Self {
        Self {
            store,
            ambient,
            uses: Arc::default(),
            known: Arc::default(),
            throttle: Arc::new(Throttle::new(failures)),
            quotas: Quotas::new(limits),
        }
    }

    /// Finds the token of a request's `Authorization` header, sent from `address`.
    ///
    /// # Errors
    /// Why it is not let in.
    pub async fn authenticate(
        &self,
        authorization: Option<&str>,
        address: IpAddr,
    ) -> Result<(Arc<ScimToken>, InFlight), AuthError> {
        let now = (self.ambient.now)();
        let result = match authorization {
            Some(authorization) => self.identify(authorization, address, now).await,
            None => Err(AuthError::Missing),
        };
        if let Err(AuthError::Missing | AuthError::Unknown) = &result {
            if let Some(seconds) = self.throttle.wait(address, now) {
                return Err(AuthError::Throttled(seconds));
            }
            self.throttle.failed(address, now);
        }
        let token = result?;
        match self.quotas.admit(token.pk, now) {
            Ok(in_flight) => Ok((token, in_flight)),
            Err((seconds, reason)) => Err(AuthError::Busy {
                seconds,
                reason,
                token,
            }),
        }
    }

    async fn identify(
        &self,
        authorization: &str,
        address: IpAddr,
        now: i64,
    ) -> Result<Arc<ScimToken>, AuthError> {
        let (scheme, credentials) = authorization
            .trim()
            .split_once(' ')
            .ok_or(AuthError::Unknown)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(AuthError::Unknown);
        }
        let secret = TokenSecret::parse(credentials.trim()).ok_or(AuthError::Unknown)?;
        let sha256 = secret.sha256();
        let known = self.known().get(&sha256).cloned();
        let token = match known {
            Some((token, read)) if (0..self.store.trusted_for()).contains(&(now - read)) => token,
            _ => self.look_up(&sha256, now).await?,
        };
        match token.state(now, Some(address)) {
            TokenState::Live => Ok(token),
            TokenState::Expired => Err(AuthError::Expired(token)),
            TokenState::Revoked => Err(AuthError::Revoked(token)),
            TokenState::Elsewhere => Err(AuthError::Elsewhere(token)),
        }
    }

    /// Reads a token, and remembers it if it is good and reading it is a journey.
    async fn look_up(&self, sha256: &str, now: i64) -> Result<Arc<ScimToken>, AuthError> {
        let token = self.store.read().await?.token_by_hash(sha256).await?;
        let Some(token) = token.map(Arc::new) else {
            self.known().remove(sha256);
            return Err(AuthError::Unknown);
        };
        verify_slices_are_equal(token.sha256.as_bytes(), sha256.as_bytes())
            .map_err(|_| AuthError::Unknown)?;
        let mut known = self.known();
        match token.state(now, None) {
            TokenState::Live | TokenState::Elsewhere if self.store.trusted_for() > 0 => {
                known.insert(sha256.to_owned(), (Arc::clone(&token), now));
            }
            _ => {
                known.remove(sha256);
            }
        }
        Ok(token)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
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

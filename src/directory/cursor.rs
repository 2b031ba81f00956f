//! Cursors (RFC 9865): positions, sealed, and bound to the query that they belong to.
//!
//! # Why
//! No server state, and nothing a client could write into: a cursor is the position encrypted
//! and authenticated with AES-256-GCM, and the query is part of what is authenticated. The key
//! is a setting in the database, so any replica reads what another wrote.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Error;
use crate::scim::{ScimError, ScimType};
use crate::store::{Keyset, Store};

/// Seals positions.
#[derive(Clone)]
pub(super) struct Sealer(std::sync::Arc<RandomizedNonceKey>);

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer(…)")
    }
}

/// A position: the resource type of a query over several, and the place in it.
#[derive(Debug)]
pub(super) struct Cursor {
    pub(super) kind: usize,
    pub(super) place: Keyset,
}

fn internal(_: aws_lc_rs::error::Unspecified) -> Error {
    Error::Internal("a cursor could not be sealed".into())
}

impl Sealer {
    /// Reads the key, or stores `fresh` as the key.
    pub(super) async fn open(store: &Store, fresh: [u8; 32]) -> Result<Self, Error> {
        let text = URL_SAFE_NO_PAD.encode(fresh);
        let key = store
            .write(move |tx| {
                let text = text.clone();
                Box::pin(async move { tx.setting("cursor_key", &text).await.map_err(Error::from) })
            })
            .await?;
        let key = URL_SAFE_NO_PAD
            .decode(key)
            .map_err(|_| Error::Internal("the cursor key is not base64".into()))?;
        RandomizedNonceKey::new(&AES_256_GCM, &key)
            .map(|key| Self(std::sync::Arc::new(key)))
            .map_err(internal)
    }

    /// Returns the cursor for a position of `query`: unreserved characters only.
    pub(super) fn seal(&self, query: &str, cursor: &Cursor) -> Result<String, Error> {
        let mut bytes =
            format!("{} {} {}", cursor.kind, cursor.place.pk, cursor.place.key).into_bytes();
        let nonce = self
            .0
            .seal_in_place_append_tag(Aad::from(query), &mut bytes)
            .map_err(internal)?;
        let mut sealed = nonce.as_ref().to_vec();
        sealed.append(&mut bytes);
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// Reads a cursor that was sealed for `query`.
    ///
    /// # Errors
    /// `invalidCursor` for any other text.
    pub(super) fn unseal(&self, query: &str, cursor: &str) -> Result<Cursor, ScimError> {
        let invalid = || {
            ScimError::new(
                ScimType::InvalidCursor,
                "the cursor does not belong to this query; start again with an empty cursor",
            )
        };
        let mut sealed = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| invalid())?;
        let bytes = sealed.split_off(NONCE_LEN.min(sealed.len()));
        let nonce: [u8; NONCE_LEN] = sealed.try_into().map_err(|_| invalid())?;
        let mut bytes = bytes;
        let plain = self
            .0
            .open_in_place(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(query),
                &mut bytes,
            )
            .map_err(|_| invalid())?;
        let text = std::str::from_utf8(plain).map_err(|_| invalid())?;
        let mut parts = text.splitn(3, ' ');
        let mut next = || parts.next().ok_or_else(invalid);
        let (kind, pk, key) = (next()?, next()?, next()?);
        let place = Keyset {
            key: key.to_owned(),
            pk: pk.parse().map_err(|_| invalid())?,
        };
        Ok(Cursor {
            kind: kind.parse().map_err(|_| invalid())?,
            place,
        })
    }
}

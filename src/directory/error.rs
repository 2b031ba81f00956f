//! Why a use case could not be done. Nothing was changed.

use crate::scim::{ScimError, ScimType};
use crate::store::StoreError;

/// Why a use case could not be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The client can be told, and can do something about it.
    #[error(transparent)]
    Scim(#[from] ScimError),
    /// The database does not answer; the same request may succeed later.
    #[error("{0}")]
    Unavailable(String),
    /// Something is wrong with us.
    #[error("{0}")]
    Internal(String),
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Taken { path } => Self::Scim(ScimError::new(
                ScimType::Uniqueness,
                format!("another resource has this {path}, and its values are unique"),
            )),
            StoreError::Stale => Self::Unavailable(error.to_string()),
            StoreError::Refused(error) => Self::Scim(error),
            StoreError::Unavailable(cause) => Self::Unavailable(cause),
            StoreError::TooSlow => Self::Scim(ScimError::new(
                ScimType::TooMany,
                "the query took too long; add a condition on an indexed attribute such as userName or externalId",
            )),
            StoreError::Corrupt(cause) => Self::Internal(cause),
        }
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Internal(format!("a stored document is not JSON: {error}"))
    }
}

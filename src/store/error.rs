//! What can happen to data.

use crate::scim::ScimError;

/// Why the store could not do what was asked. Nothing was changed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum StoreError {
    /// Another resource of the organization has the value.
    #[error("{path} is taken by another resource")]
    Taken {
        /// Path of the unique attribute.
        path: String,
    },
    /// The row was changed or removed since it was read.
    #[error("somebody else changed the resource")]
    Stale,
    /// The value cannot be stored as it must be.
    #[error(transparent)]
    Refused(#[from] ScimError),
    /// The database does not answer, or cannot write.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The database took longer than a query may take.
    #[error("the query took too long")]
    TooSlow,
    /// A row is not what this version writes, or a statement is wrong.
    #[error("the database holds something unexpected: {0}")]
    Corrupt(String),
}

//! Bulk.
use super::error::{Scim, ScimError};
use super::serve::Server;
use super::wire::Asked;
use serde_json::Value;
pub fn run(_server: &mut Server, _asked: &Asked) -> Scim<Value> {
    Err(ScimError::new(501, "not yet"))
}

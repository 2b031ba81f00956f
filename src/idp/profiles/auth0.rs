//! Auth0's outbound action: the whole mapped user, `schemas` included, as the value of a
//! path-less PATCH. Source: Auth0's "Send outbound SCIM".

use super::Quirk;

/// What is forgiven to Auth0 alone.
pub(super) const OWN: &[Quirk] = &[];

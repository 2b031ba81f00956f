//! Okta: path-less PATCH values that carry `id`, PUT with `groups: []`, `password` and `meta`.
//! Source: Okta's "SCIM 2.0 protocol reference".

use super::Quirk;

/// What is forgiven to Okta alone.
pub(super) const OWN: &[Quirk] = &[];

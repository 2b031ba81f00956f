//! Keycloak with an outbound SCIM extension (keycloak-scim and its forks): booleans as strings
//! in PATCH, relative `$ref`. Source: the extensions' adapters.

use super::Quirk;

/// What is forgiven to Keycloak alone.
pub(super) const OWN: &[Quirk] = &[];

//! Keycloak with an outbound SCIM extension (keycloak-scim and its forks): booleans as strings
//! in PATCH, relative `$ref`. Source: the extensions' adapters.

use super::Quirk;

/// What is forgiven to Keycloak.
pub(super) const QUIRKS: &[Quirk] = &[
    Quirk::UnknownNames,
    Quirk::SingleForMany,
    Quirk::BareReferences,
    Quirk::StringBooleans,
    Quirk::EmptyStrings,
    Quirk::OnePrimary,
    Quirk::ReadOnlyInPatch,
    Quirk::PathKeys,
    Quirk::RemoveValues,
    Quirk::MissingElements,
    Quirk::UnknownPaths,
];

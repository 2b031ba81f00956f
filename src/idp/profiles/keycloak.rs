//! Keycloak with an outbound SCIM extension (keycloak-scim and its forks): booleans as strings
//! in PATCH, relative `$ref`. Source: the extensions' adapters.

use super::Quirk;

/// What is forgiven to Keycloak.
pub(super) const QUIRKS: &[Quirk] = &[
    Quirk::UnknownNames,
    Quirk::OldUrns,
    Quirk::ExtensionNames,
    Quirk::WrappedValues,
    Quirk::SingleForMany,
    Quirk::BareReferences,
    Quirk::StringBooleans,
    Quirk::Scalars,
    Quirk::EmptyStrings,
    Quirk::OnePrimary,
    Quirk::ReadOnlyInPatch,
    Quirk::PathKeys,
    Quirk::RemoveValues,
    Quirk::MissingElements,
    Quirk::UnknownPaths,
    Quirk::UnknownPathsAlone,
    Quirk::FilterAfterBrackets,
];

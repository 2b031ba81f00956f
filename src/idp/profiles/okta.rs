//! Okta: path-less PATCH values that carry `id`, PUT with `groups: []`, `password` and `meta`.
//! Source: Okta's "SCIM 2.0 protocol reference".

use super::Quirk;

/// What is forgiven to Okta.
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

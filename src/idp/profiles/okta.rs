//! Okta: path-less PATCH values that carry `id`, PUT with `groups: []`, `password` and `meta`.
//! Source: Okta's "SCIM 2.0 protocol reference".

use super::Quirk;

/// What is forgiven to Okta.
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
    Quirk::FilterAfterBrackets,
];

//! Auth0's outbound action: the whole mapped user, `schemas` included, as the value of a
//! path-less PATCH. Source: Auth0's "Send outbound SCIM".

use super::Quirk;

/// What is forgiven to Auth0.
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

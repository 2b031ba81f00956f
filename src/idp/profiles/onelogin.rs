//! OneLogin: an administrator's JSON template, in which parameters without a value are empty
//! strings, and whose default URNs are older than the RFC. Source: OneLogin's "Create a SCIM
//! app" and logged requests.

use super::Quirk;

/// What is forgiven to OneLogin.
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

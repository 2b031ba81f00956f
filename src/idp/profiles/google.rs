//! Google Workspace: the SCIM 1.0 core URN beside the 2.0 one. Source: create requests on
//! record with vendors of its catalogue.

use super::Quirk;

/// What is forgiven to Google Workspace.
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

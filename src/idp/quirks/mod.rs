//! The leniencies: each deviation that we forgive is one function, with who does it and where
//! that is on record. Their payloads are in `idp/tests.rs` and in `tests/fixtures/idp/`.

pub(super) mod filters;
pub(super) mod names;
pub(super) mod patch;
pub(super) mod values;

/// A deviation from the RFCs that is forgiven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quirk {
    /// [`names::drop_unknown_names`].
    UnknownNames,
    /// [`names::rename_old_urns`].
    OldUrns,
    /// [`names::qualify`].
    ExtensionNames,
    /// [`values::unwrap_value`].
    WrappedValues,
    /// [`values::make_many`].
    SingleForMany,
    /// [`values::make_reference`].
    BareReferences,
    /// [`values::read_boolean`].
    StringBooleans,
    /// [`values::read_scalar`].
    Scalars,
    /// [`values::read_json_value`].
    JsonValues,
    /// [`values::drop_empty_string`].
    EmptyStrings,
    /// [`values::keep_one_primary`].
    OnePrimary,
    /// [`patch::drop_read_only`].
    ReadOnlyInPatch,
    /// [`patch::split_path_keys`].
    PathKeys,
    /// [`patch::filter_removed_values`].
    RemoveValues,
    /// [`patch::create_missing_elements`].
    MissingElements,
    /// [`patch::drop_unknown_paths`], where something known is left.
    UnknownPaths,
    /// The same where nothing is left.
    UnknownPathsAlone,
    /// [`filters::filter_after_brackets`].
    FilterAfterBrackets,
}

/// The leniencies that every provider of ours gets: each is the habit of at least two.
pub const COMMON: &[Quirk] = &[
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

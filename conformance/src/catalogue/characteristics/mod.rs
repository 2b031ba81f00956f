//! Characteristics of attributes (RFC 7643 §2.3, §7), as the server publishes them.

mod comparing;
mod mutability;
mod returned;
mod types;
mod values;

use crate::check::Feature::{Filter, Patch, User};
use crate::check::Profile::{Entra, Interop};
use crate::check::{Check, draft, each_must, each_should, idp, may, must, robust};

/// Lines of the catalogue without a check, and why.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[];

pub(super) const CHECKS: &[Check] = &[
    each_must(
        "E1",
        "rfc7644-3.5.2/read-only-is-not-patched",
        "A PATCH of a readOnly attribute is refused, and changes nothing.",
        mutability::read_only_is_not_patched,
    )
    .needs(&[Patch]),
    each_must(
        "E2",
        "rfc7644-3.5.1/immutable-stays-as-it-is",
        "A PUT does not change an immutable attribute that has a value.",
        mutability::immutable_stays_as_it_is,
    ),
    each_must(
        "E2",
        "rfc7644-3.5.1/immutable-may-be-repeated",
        "A PUT with the same value of an immutable attribute is done.",
        mutability::immutable_may_be_repeated,
    ),
    each_must(
        "E2",
        "rfc7644-3.5.2/immutable-is-not-patched",
        "A PATCH with another value of an immutable attribute is refused, and changes nothing.",
        mutability::immutable_is_not_patched,
    )
    .needs(&[Patch]),
    each_must(
        "E2",
        "rfc7644-3.5.2/immutable-can-be-added-once",
        "A PATCH may add a value to an immutable attribute that has none.",
        mutability::immutable_can_be_added_once,
    )
    .needs(&[Patch]),
    each_must(
        "E3",
        "rfc7643-7/write-only-is-never-shown",
        "A writeOnly attribute, or one that is never returned, is in no answer: not to a POST or PUT, not to a GET, not in a list.",
        returned::write_only_is_never_shown,
    ),
    robust(
        "E3",
        "robust/secrets-cannot-be-guessed-by-filter",
        "The beginning of an attribute that is never returned cannot be found out by a filter.",
        returned::secrets_cannot_be_guessed_by_filter,
    )
    .needs(&[Filter]),
    each_must(
        "E4",
        "rfc7643-7/always-is-always",
        "An attribute that is always returned comes even if others are asked for, or it is excluded.",
        returned::always_is_always,
    ),
    each_must(
        "E5",
        "rfc7643-7/request-only-on-demand-in-lists",
        "An attribute that is returned on request is in a list only if it is asked for, and then it is.",
        returned::request_only_on_demand_in_lists,
    )
    .needs(&[Filter]),
    each_should(
        "E6",
        "rfc7643-7/unique-on-create",
        "A creation with a value that is published as unique, and is taken, is refused with 409 and scimType uniqueness, or with 400.",
        comparing::unique_on_create,
    ),
    each_should(
        "E6",
        "rfc7643-7/unique-on-put",
        "A PUT with a value that is published as unique, and is taken, is refused with 409 or 400.",
        comparing::unique_on_put,
    ),
    each_should(
        "E6",
        "rfc7643-7/unique-on-patch",
        "A PATCH with a value that is published as unique, and is taken, is refused with 409 or 400.",
        comparing::unique_on_patch,
    )
    .needs(&[Patch]),
    each_must(
        "E7",
        "rfc7643-7/exact-is-kept-as-given",
        "The case of a value is kept where the attribute is published as caseExact.",
        comparing::exact_is_kept_as_given,
    ),
    each_must(
        "E7",
        "rfc7643-7/exact-filters-by-case",
        "A filter tells upper from lower case where the attribute is published as caseExact.",
        comparing::exact_filters_by_case,
    )
    .needs(&[Filter]),
    each_must(
        "E7",
        "rfc7643-7/exact-is-unique-by-case",
        "Two values that differ in case are two where the attribute is published as unique and caseExact.",
        comparing::exact_is_unique_by_case,
    ),
    each_must(
        "E8",
        "rfc7643-7/inexact-filters-without-case",
        "A filter does not tell upper from lower case where the attribute is not published as caseExact.",
        comparing::inexact_filters_without_case,
    )
    .needs(&[Filter]),
    each_should(
        "E8",
        "rfc7643-7/inexact-is-unique-without-case",
        "Two values that differ in case are the same where the attribute is published as unique and not as caseExact.",
        comparing::inexact_is_unique_without_case,
    ),
    each_must(
        "E9",
        "rfc7643-2.3.2/boolean-is-kept",
        "A boolean is kept: true as true, false as false.",
        types::boolean_is_kept,
    ),
    each_must(
        "E9",
        "rfc7643-2.3.2/boolean-stays-boolean",
        "Whatever a client sends, a boolean attribute comes back as true or false, or not at all.",
        types::boolean_stays_boolean,
    ),
    each_should(
        "E9",
        "rfc7644-3.12/no-boolean-is-refused",
        "What is no boolean is refused with 400 where one is wanted.",
        types::no_boolean_is_refused,
    ),
    each_must(
        "E10",
        "rfc7643-2.3.4/integer-is-kept",
        "An integer is kept exactly, however its number is written, and comes back without a fraction; or it is refused.",
        types::integer_is_kept,
    ),
    each_should(
        "E10",
        "rfc7643-2.3.4/great-integer-is-kept",
        "An integer beyond 2^53 is kept exactly, or refused: it does not become another number.",
        types::great_integer_is_kept,
    ),
    each_must(
        "E10",
        "rfc7643-2.3.4/integer-stays-integer",
        "Whatever a client sends, an integer attribute comes back as a whole number, or not at all.",
        types::integer_stays_integer,
    ),
    each_should(
        "E10",
        "rfc7644-3.12/no-integer-is-refused",
        "What is no integer is refused with 400 where one is wanted.",
        types::no_integer_is_refused,
    ),
    each_must(
        "E11",
        "rfc7643-2.3.3/decimal-is-kept",
        "A decimal is kept.",
        types::decimal_is_kept,
    ),
    each_must(
        "E11",
        "rfc7643-2.3.3/decimal-stays-decimal",
        "Whatever a client sends, a decimal attribute comes back as a number, or not at all.",
        types::decimal_stays_decimal,
    ),
    each_must(
        "E12",
        "rfc7643-2.3.5/date-time-is-kept",
        "A dateTime is kept as the same instant, in whatever zone it is written.",
        types::date_time_is_kept,
    ),
    each_must(
        "E12",
        "rfc7643-2.3.5/date-time-stays-date-time",
        "Whatever a client sends, a dateTime attribute comes back with a date and a time, or not at all.",
        types::date_time_stays_date_time,
    ),
    each_should(
        "E12",
        "rfc7644-3.12/no-date-time-is-refused",
        "What is no dateTime, as a date alone, is refused with 400 where one is wanted.",
        types::no_date_time_is_refused,
    ),
    each_must(
        "E13",
        "rfc7643-2.3.6/binary-is-kept",
        "A binary is kept, with the padding of its base64 or without.",
        types::binary_is_kept,
    ),
    each_should(
        "E13",
        "rfc7643-2.3.6/no-base64-is-refused",
        "What is no base64 is refused with 400 where a binary is wanted.",
        types::no_base64_is_refused,
    ),
    each_must(
        "E14",
        "rfc7643-2.3.7/reference-is-kept",
        "An absolute URI in a reference is kept.",
        types::reference_is_kept,
    ),
    each_must(
        "E14",
        "rfc7643-2.3.7/relative-reference-is-kept",
        "A relative URI in a reference is kept, made absolute, or refused where the server wants a URL.",
        types::relative_reference_is_kept,
    ),
    may(
        "E15",
        "rfc7643-7/other-than-canonical",
        "A value beside the canonicalValues is kept or refused, and does not become another one.",
        values::other_than_canonical,
    ),
    each_must(
        "E16",
        "rfc7643-2.4/several-strings-are-kept",
        "The values of a multi-valued attribute of strings are kept.",
        values::several_strings_are_kept,
    ),
    each_must(
        "E17",
        "rfc7643-7/required-sub-attribute",
        "A complex value without a required sub-attribute is refused with 400.",
        values::required_sub_attribute,
    ),
    must(
        "E18",
        "rfc7643-4.1.2/country-code-is-taken",
        "A country of two letters by ISO 3166-1 is taken and kept.",
        values::country_code_is_taken,
    )
    .needs(&[User]),
    idp(
        "E18",
        "entra/country-name-is-taken",
        "A country that is a name and no code does not make a creation fail: Entra's validator sends Sierra Leone.",
        &[Entra],
        values::country_name_is_taken,
    )
    .needs(&[User]),
    draft(
        "E19",
        "interop/unknown-attribute-is-treated-alike",
        "An attribute that no schema has is treated alike by POST, PUT and PATCH: always refused, or always dropped.",
        &[Interop],
        values::unknown_attribute_is_treated_alike,
    )
    .needs(&[User, Patch]),
];

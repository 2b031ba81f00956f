//! PUT (RFC 7644 §3.5.1).

mod refused;
mod replaced;

use crate::check::Feature::User;
use crate::check::Profile::Okta;
use crate::check::{Check, each_must, each_should, idp, may, must};

/// Lines of the catalogue without a check, and why.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[];

pub(super) const CHECKS: &[Check] = &[
    each_must(
        "K1",
        "rfc7644-3.5.1/put-replaces",
        "A PUT is answered with 200 and the resource, and its values are there afterwards.",
        replaced::put_replaces,
    ),
    each_must(
        "K2",
        "rfc7644-3.5.1/put-ignores-read-only",
        "Values of readOnly attributes in a PUT are ignored, not refused and not taken.",
        replaced::put_ignores_read_only,
    ),
    each_must(
        "K2",
        "rfc7644-3.5.1/what-was-read-can-be-put-back",
        "A PUT of what a GET has shown is done, and changes nothing.",
        replaced::what_was_read_can_be_put_back,
    ),
    may(
        "K3",
        "rfc7644-3.5.1/omitted-is-treated-alike",
        "What a PUT leaves out is cleared, kept or set to a default, and the same each time.",
        replaced::omitted_is_treated_alike,
    )
    .needs(&[User]),
    each_must(
        "K4",
        "rfc7644-3.5.1/null-clears",
        "null in a PUT clears an attribute, and an empty array a multi-valued one.",
        replaced::null_clears,
    ),
    each_should(
        "K5",
        "rfc7644-3.5.1/immutable-is-400",
        "A PUT with another value of an immutable attribute is refused with 400 and scimType mutability.",
        refused::immutable_is_400,
    ),
    each_must(
        "K6",
        "rfc7644-3.5.1/put-does-not-clear-required",
        "A PUT without a required attribute does not leave the resource without it.",
        refused::put_does_not_clear_required,
    ),
    each_should(
        "K6",
        "rfc7644-3.5.1/put-without-required-is-400",
        "A PUT without a required attribute is refused with 400.",
        refused::put_without_required_is_400,
    ),
    each_must(
        "K7",
        "rfc7644-3.5.1/put-never-creates",
        "A PUT to an id that nothing has is refused (with 404), and makes nothing.",
        refused::put_never_creates,
    ),
    must(
        "K8",
        "rfc7643-4.1.1/put-of-taken-name-is-409",
        "A PUT with the userName of another user is refused with 409, or with 400 and scimType uniqueness, and changes nothing.",
        refused::put_of_taken_name_is_409,
    )
    .needs(&[User]),
    must(
        "K8",
        "rfc7644-3.5.1/own-name-is-not-taken",
        "A PUT with the user's own userName, as it is or in another case, is done.",
        refused::own_name_is_not_taken,
    )
    .needs(&[User]),
    each_must(
        "K9",
        "rfc7643-3.1/put-keeps-created",
        "A PUT leaves meta.created as it is, and moves meta.lastModified.",
        replaced::put_keeps_created,
    ),
    may(
        "K10",
        "rfc7644-3.5.1/omitted-extension-leaves-schemas",
        "When a PUT takes an extension away by leaving it out, schemas does not name it any more.",
        replaced::omitted_extension_leaves_schemas,
    )
    .needs(&[User]),
    idp(
        "K11",
        "okta/whole-user-by-put",
        "Okta's PUT of the whole user, with id, an empty groups and a password, is done.",
        &[Okta],
        replaced::whole_user_by_put,
    )
    .needs(&[User]),
];

//! Auth0: what it sends is in `flows/auth0.json`.

use crate::check::Check;
use crate::check::Feature::{Filter, Patch, User};
use crate::flow::flow;

const SCRIPT: &str = include_str!("../../flows/auth0.json");

/// Lines of the catalogue without a check, and why.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[(
    "U15",
    "JumpCloud, Ping and SailPoint: nobody has published what they send in full",
)];

pub(super) const CHECKS: &[Check] = &[
    flow!(
        SCRIPT,
        Auth0,
        "U15",
        "auth0/create-user",
        "A new user is created with a user_id as externalId, and the answer shows it.",
    )
    .needs(&[User]),
    flow!(
        SCRIPT,
        Auth0,
        "U16",
        "auth0/create-delivered-twice",
        "A creation that is delivered twice leaves one user: the second one is refused with 409.",
    )
    .needs(&[Filter, User]),
    flow!(
        SCRIPT,
        Auth0,
        "U15",
        "auth0/find-by-external-id",
        "A user is found by an externalId with a '|' in it.",
    )
    .needs(&[Filter, User]),
    flow!(
        SCRIPT,
        Auth0,
        "U15",
        "auth0/find-nothing",
        "A lookup without a match is answered with an empty array as Resources.",
    )
    .needs(&[Filter, User]),
    flow!(
        SCRIPT,
        Auth0,
        "U15",
        "auth0/find-by-user-name",
        "A user is found by userName.",
    )
    .needs(&[Filter, User]),
    flow!(
        SCRIPT,
        Auth0,
        "U15",
        "auth0/update-by-put",
        "A PUT of the whole user replaces its values and leaves id and externalId.",
    )
    .needs(&[User]),
    flow!(
        SCRIPT,
        Auth0,
        "U15",
        "auth0/put-clears",
        "What a PUT leaves out is cleared.",
    )
    .needs(&[User]),
    flow!(
        SCRIPT,
        Auth0,
        "U15",
        "auth0/change-email",
        "A user whose userName is replaced by PUT keeps id and externalId.",
    )
    .needs(&[Filter, User]),
    flow!(
        SCRIPT,
        Auth0,
        "U15",
        "auth0/block-user",
        "A blocked user is inactive, and still found.",
    )
    .needs(&[Filter, User]),
    flow!(
        SCRIPT,
        Auth0,
        "U15",
        "auth0/unblock-user",
        "An unblocked user is active again.",
    )
    .needs(&[Filter, User]),
    flow!(
        SCRIPT,
        Auth0,
        "U15",
        "auth0/update-by-patch",
        "A PATCH may replace the whole user without a path, schemas included.",
    )
    .needs(&[Patch, User]),
    flow!(
        SCRIPT,
        Auth0,
        "U15",
        "auth0/delete-user",
        "A user is deleted for good.",
    )
    .needs(&[User]),
    flow!(
        SCRIPT,
        Auth0,
        "U16",
        "auth0/delete-delivered-twice",
        "A deletion that is delivered twice finds an empty list the second time.",
    )
    .needs(&[Filter, User]),
    flow!(
        SCRIPT,
        Auth0,
        "U15",
        "auth0/sign-up-again",
        "Who was deleted can be created again with the same userName.",
    )
    .needs(&[User]),
];

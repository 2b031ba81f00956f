//! Keycloak: what it sends is in `flows/keycloak.json`.

use crate::check::Check;
use crate::check::Feature::{Group, Patch, User};
use crate::flow::flow;

const SCRIPT: &str = include_str!("../../flows/keycloak.json");

/// Lines of the catalogue without a check, and why.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[];

pub(super) const CHECKS: &[Check] = &[
    flow!(
        SCRIPT,
        Keycloak,
        "U14",
        "keycloak/discovery",
        "ServiceProviderConfig says that PATCH is supported.",
    ),
    flow!(
        SCRIPT,
        Keycloak,
        "U14",
        "keycloak/create-user",
        "A user is created with an e-mail address without a type, and the answer shows what the extension reads.",
    )
    .needs(&[User]),
    flow!(
        SCRIPT,
        Keycloak,
        "U14",
        "keycloak/create-other-user",
        "A name beyond ASCII comes back as it was sent.",
    )
    .needs(&[User]),
    flow!(
        SCRIPT,
        Keycloak,
        "U16",
        "keycloak/create-sent-twice",
        "A creation that is sent again is refused with 409.",
    )
    .needs(&[User]),
    flow!(
        SCRIPT,
        Keycloak,
        "U14",
        "keycloak/roles",
        "Roles are given by PUT, and taken away by an empty array.",
    )
    .needs(&[User]),
    flow!(
        SCRIPT,
        Keycloak,
        "U14",
        "keycloak/update-by-put",
        "A PUT with the id in the body replaces the user.",
    )
    .needs(&[User]),
    flow!(
        SCRIPT,
        Keycloak,
        "U14",
        "keycloak/disable-with-text",
        "The text false deactivates a user, and comes back as a boolean.",
    )
    .needs(&[Patch, User]),
    flow!(
        SCRIPT,
        Keycloak,
        "U14",
        "keycloak/enable-with-text",
        "The text true activates a user, and comes back as a boolean.",
    )
    .needs(&[Patch, User]),
    flow!(
        SCRIPT,
        Keycloak,
        "U14",
        "keycloak/disable-without-path",
        "The text false deactivates a user in an operation without a path.",
    )
    .needs(&[Patch, User]),
    flow!(
        SCRIPT,
        Keycloak,
        "U14",
        "keycloak/disable-with-boolean",
        "A boolean deactivates a user.",
    )
    .needs(&[Patch, User]),
    flow!(
        SCRIPT,
        Keycloak,
        "U14",
        "keycloak/delete-user",
        "A deleted user can be created again under another externalId.",
    )
    .needs(&[User]),
    flow!(
        SCRIPT,
        Keycloak,
        "U14",
        "keycloak/create-group",
        "A group is created with an externalId.",
    )
    .needs(&[Group]),
    flow!(
        SCRIPT,
        Keycloak,
        "U14",
        "keycloak/join-by-put",
        "A PUT of the group with relative references adds a member, and a PUT of the user leaves the membership alone.",
    )
    .needs(&[Group, User]),
    flow!(
        SCRIPT,
        Keycloak,
        "U14",
        "keycloak/patch-group",
        "Members, name and externalId of a group are replaced in one request.",
    )
    .needs(&[Group, Patch, User]),
    flow!(
        SCRIPT,
        Keycloak,
        "U14",
        "keycloak/remove-member",
        "A member is removed by a filter and added again.",
    )
    .needs(&[Group, Patch, User]),
    flow!(
        SCRIPT,
        Keycloak,
        "U14",
        "keycloak/empty-group",
        "A remove of members as a whole leaves the group without any.",
    )
    .needs(&[Group, Patch, User]),
    flow!(
        SCRIPT,
        Keycloak,
        "U14",
        "keycloak/delete-group",
        "A group is deleted for good.",
    )
    .needs(&[Group]),
];

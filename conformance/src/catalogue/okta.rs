//! Okta: what it sends is in `flows/okta.json`.

use crate::check::Check;
use crate::check::Feature::{Filter, Group, Patch, User};
use crate::flow::flow;

const SCRIPT: &str = include_str!("../../flows/okta.json");

/// Lines of the catalogue without a check, and why.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[];

pub(super) const CHECKS: &[Check] = &[
    flow!(
        SCRIPT,
        Okta,
        "U9",
        "okta/spec-users",
        "A page of users has integers as totalResults, startIndex and itemsPerPage.",
    )
    .needs(&[User]),
    flow!(
        SCRIPT,
        Okta,
        "U9",
        "okta/spec-groups",
        "A page of groups has integers as totalResults, startIndex and itemsPerPage.",
    )
    .needs(&[Group]),
    flow!(
        SCRIPT,
        Okta,
        "U9",
        "okta/spec-unknown-id",
        "An id that nobody has is answered with 404 and a SCIM error.",
    )
    .needs(&[User]),
    flow!(
        SCRIPT,
        Okta,
        "U9",
        "okta/spec-user-is-complete",
        "A user comes back with name, active and e-mail address.",
    )
    .needs(&[Filter, User]),
    flow!(
        SCRIPT,
        Okta,
        "U9",
        "okta/spec-case-of-user-name",
        "A userName is found in any case.",
    )
    .needs(&[Filter, User]),
    flow!(
        SCRIPT,
        Okta,
        "U10",
        "okta/create-user",
        "A user is created with a password, which never comes back, and with no groups.",
    )
    .needs(&[Filter, User]),
    flow!(
        SCRIPT,
        Okta,
        "U10",
        "okta/create-user-as-json",
        "A user is created by application/json.",
    )
    .needs(&[User]),
    flow!(
        SCRIPT,
        Okta,
        "U10",
        "okta/find-user",
        "A user is found by userName, with startIndex and count.",
    )
    .needs(&[Filter, User]),
    flow!(
        SCRIPT,
        Okta,
        "U13",
        "okta/link-existing-user",
        "A user that exists is refused with 409, is then found, and is then updated.",
    )
    .needs(&[Filter, User]),
    flow!(
        SCRIPT,
        Okta,
        "U10",
        "okta/update-by-put",
        "A PUT of the whole user, with id, meta and groups, replaces the profile.",
    )
    .needs(&[Filter, User]),
    flow!(
        SCRIPT,
        Okta,
        "U10",
        "okta/deactivate-by-put",
        "A PUT with active false deactivates a user, who is still found.",
    )
    .needs(&[Filter, User]),
    flow!(
        SCRIPT,
        Okta,
        "U10",
        "okta/reactivate-by-put",
        "A PUT with active true activates a user.",
    )
    .needs(&[Filter, User]),
    flow!(
        SCRIPT,
        Okta,
        "U10",
        "okta/deactivate-by-patch",
        "A replace of active without a path deactivates a user and leaves the profile alone.",
    )
    .needs(&[Filter, Patch, User]),
    flow!(
        SCRIPT,
        Okta,
        "U10",
        "okta/reactivate-by-patch",
        "A user who is assigned again is found and activated.",
    )
    .needs(&[Filter, Patch, User]),
    flow!(
        SCRIPT,
        Okta,
        "U10",
        "okta/password-sync",
        "A password is replaced without a path, and never comes back.",
    )
    .needs(&[Filter, Patch, User]),
    flow!(
        SCRIPT,
        Okta,
        "U12",
        "okta/create-group",
        "A group is created with an empty array of members.",
    )
    .needs(&[Filter, Group]),
    flow!(
        SCRIPT,
        Okta,
        "U12",
        "okta/link-existing-group",
        "A group is found by its displayName.",
    )
    .needs(&[Filter, Group]),
    flow!(
        SCRIPT,
        Okta,
        "U12",
        "okta/rename-group",
        "A group is renamed without a path, its id in the value.",
    )
    .needs(&[Filter, Group, Patch]),
    flow!(
        SCRIPT,
        Okta,
        "U12",
        "okta/add-member",
        "A member is added with a display name.",
    )
    .needs(&[Filter, Group, Patch, User]),
    flow!(
        SCRIPT,
        Okta,
        "U12",
        "okta/swap-members",
        "A member is removed by a filter and another one added, in one request.",
    )
    .needs(&[Filter, Group, Patch, User]),
    flow!(
        SCRIPT,
        Okta,
        "U12",
        "okta/replace-members",
        "The whole membership is replaced.",
    )
    .needs(&[Filter, Group, Patch, User]),
    flow!(
        SCRIPT,
        Okta,
        "U12",
        "okta/put-group",
        "A PUT replaces a group's name and members.",
    )
    .needs(&[Filter, Group, Patch, User]),
    flow!(
        SCRIPT,
        Okta,
        "U12",
        "okta/delete-group",
        "A group is deleted, and its members stay.",
    )
    .needs(&[Filter, Group, Patch, User]),
];

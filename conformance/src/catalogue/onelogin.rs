//! OneLogin: what it sends is in `flows/onelogin.json`.

use crate::check::Check;
use crate::check::Feature::{Filter, Group, Patch, User};
use crate::flow::flow;

const SCRIPT: &str = include_str!("../../flows/onelogin.json");

/// Lines of the catalogue without a check, and why.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[];

pub(super) const CHECKS: &[Check] = &[
    flow!(
        SCRIPT,
        Onelogin,
        "U15",
        "onelogin/enable",
        "An address whose query ends in '&' is understood.",
    )
    .needs(&[User]),
    flow!(
        SCRIPT,
        Onelogin,
        "U15",
        "onelogin/refresh-entitlements",
        "The groups can be listed by an address that ends in '?'.",
    )
    .needs(&[Group]),
    flow!(
        SCRIPT,
        Onelogin,
        "U15",
        "onelogin/create-user",
        "A user is created from a template whose empty variables are empty texts.",
    )
    .needs(&[Filter, User]),
    flow!(
        SCRIPT,
        Onelogin,
        "U15",
        "onelogin/find-user",
        "A filter with '+' for a blank and '&' at the end finds the user.",
    )
    .needs(&[Filter, User]),
    flow!(
        SCRIPT,
        Onelogin,
        "U15",
        "onelogin/update-user",
        "A PUT to an address that ends in '?' replaces the user.",
    )
    .needs(&[Filter, User]),
    flow!(
        SCRIPT,
        Onelogin,
        "U15",
        "onelogin/update-with-old-schemas",
        "A PUT that names the connector's own schemas replaces the user.",
    )
    .needs(&[Filter, User]),
    flow!(
        SCRIPT,
        Onelogin,
        "U15",
        "onelogin/suspend-user",
        "A PUT with active false suspends the user.",
    )
    .needs(&[Filter, User]),
    flow!(
        SCRIPT,
        Onelogin,
        "U15",
        "onelogin/restore-user",
        "A PUT with active true restores the user.",
    )
    .needs(&[Filter, User]),
    flow!(
        SCRIPT,
        Onelogin,
        "U15",
        "onelogin/create-group",
        "A group is created with nothing but a name.",
    )
    .needs(&[Group]),
    flow!(
        SCRIPT,
        Onelogin,
        "U15",
        "onelogin/add-members",
        "Members are added one by one.",
    )
    .needs(&[Filter, Group, Patch, User]),
    flow!(
        SCRIPT,
        Onelogin,
        "U15",
        "onelogin/remove-member",
        "A member is removed by a filter.",
    )
    .needs(&[Filter, Group, Patch, User]),
    flow!(
        SCRIPT,
        Onelogin,
        "U15",
        "onelogin/delete-user",
        "A deleted user is not found any more.",
    )
    .needs(&[Filter, User]),
    flow!(
        SCRIPT,
        Onelogin,
        "U15",
        "onelogin/create-user-again",
        "Who was deleted can be created again with the same userName.",
    )
    .needs(&[Filter, User]),
];

//! Google Workspace: what it sends is in `flows/google.json`.

use crate::check::Check;
use crate::check::Feature::{Filter, Patch, User};
use crate::flow::flow;

const SCRIPT: &str = include_str!("../../flows/google.json");

/// Lines of the catalogue without a check, and why.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[];

pub(super) const CHECKS: &[Check] = &[
    flow!(
        SCRIPT,
        Google,
        "U15",
        "google/probe",
        "GET /Users without parameters is answered with a list.",
    )
    .needs(&[User]),
    flow!(
        SCRIPT,
        Google,
        "U15",
        "google/create-user",
        "A user is created by a body that names the schemas of SCIM 1.0 and 2.0, as application/json.",
    )
    .needs(&[Filter, User]),
    flow!(
        SCRIPT,
        Google,
        "U15",
        "google/find-user",
        "A user is found by userName.",
    )
    .needs(&[Filter, User]),
    flow!(
        SCRIPT,
        Google,
        "U15",
        "google/create-existing-user",
        "A user that exists is refused with 409.",
    )
    .needs(&[Filter, User]),
    flow!(
        SCRIPT,
        Google,
        "U15",
        "google/update-user",
        "A PUT of the whole user replaces its values.",
    )
    .needs(&[Filter, User]),
    flow!(
        SCRIPT,
        Google,
        "U15",
        "google/rename-user",
        "The primary address, which is the userName, is replaced by PUT.",
    )
    .needs(&[Filter, User]),
    flow!(
        SCRIPT,
        Google,
        "U15",
        "google/suspend-by-patch",
        "A suspended user is inactive, and still there.",
    )
    .needs(&[Filter, Patch, User]),
    flow!(
        SCRIPT,
        Google,
        "U15",
        "google/restore-by-patch",
        "A restored user is active again.",
    )
    .needs(&[Filter, Patch, User]),
    flow!(
        SCRIPT,
        Google,
        "U15",
        "google/suspend-by-put",
        "A user is suspended by PUT too.",
    )
    .needs(&[Filter, User]),
    flow!(
        SCRIPT,
        Google,
        "U15",
        "google/delete-user",
        "A user is deleted for good.",
    )
    .needs(&[Filter, User]),
    flow!(
        SCRIPT,
        Google,
        "U15",
        "google/create-user-again",
        "Who was deleted can be created again with the same userName.",
    )
    .needs(&[Filter, User]),
];

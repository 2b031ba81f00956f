//! Scale: lists, lookups and groups with as many users as `--scale` says.

mod crowd;
mod group;
mod growth;
mod listing;

use crate::check::Feature::{Filter, Group, Patch, User};
use crate::check::{Check, robust};

/// Lines of the catalogue without a check, and why.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[];

pub(super) const CHECKS: &[Check] = &[
    robust(
        "H12",
        "robust/many-users-are-listed",
        "The pages over many users, by index and by cursor, show each user once, with exact totals.",
        listing::many_users_are_listed,
    )
    .needs(&[Filter, User]),
    robust(
        "H12",
        "robust/many-users-are-found",
        "A lookup by userName does not cost in proportion to the number of users.",
        growth::many_users_are_found,
    )
    .needs(&[Filter, User]),
    robust(
        "S13",
        "robust/large-group-is-changed",
        "A group of many members gains and loses one of them, and has all others still.",
        group::large_group_is_changed,
    )
    .needs(&[Group, Patch, User]),
];

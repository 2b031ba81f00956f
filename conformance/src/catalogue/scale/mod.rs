//! Scale: lists, lookups and groups with as many users as `--scale` says.

mod crowd;
mod group;
mod growth;

use crate::check::Feature::{Filter, Group, Patch, User};
use crate::check::{Check, robust};

/// Lines of the catalogue without a check, and why.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[];

pub(super) const CHECKS: &[Check] = &[
    robust(
        "H12",
        "robust/many-users-are-listed-and-found",
        "Of many users the pages, by index and by cursor, show each once with exact totals, and a lookup by userName does not cost in proportion to their number.",
        growth::many_users_are_listed_and_found,
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

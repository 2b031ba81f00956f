//! Groups and membership (RFC 7643 §4.2, RFC 7644 §3.5.2).

mod body;
mod change;
mod links;
mod look;

use super::patch::gather::{count, gather};
use crate::check::{Check, Feature, Stop, Verdict};
use crate::lab::{Lab, Made};

/// Lines of the catalogue without a check, and why.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[(
    "S16",
    "two clients at once are a race: the area race has it",
)];

pub(super) const CHECKS: &[Check] = &gather::<{ count(TABLES) }>(TABLES);

const TABLES: &[&[Check]] = &[body::CHECKS, change::CHECKS, look::CHECKS, links::CHECKS];

/// What checks of membership need.
const MEMBERS: &[Feature] = &[Feature::User, Feature::Group];
/// What checks need that change it.
const CHANGES: &[Feature] = &[Feature::User, Feature::Group, Feature::Patch];

/// Expects a group to have these members and no others.
fn has_members(lab: &Lab<'_>, group: &Made, expected: &[&Made]) -> Verdict {
    let actual = lab.members(group)?;
    let mut ids: Vec<&str> = expected.iter().map(|it| it.id.as_str()).collect();
    ids.sort_unstable();
    let words = match ids.as_slice() {
        [] => "no members".to_owned(),
        ids => format!("the members {}", ids.join(", ")),
    };
    lab.expect(actual == ids, &words, format!("[{}]", actual.join(", ")))
}

/// Makes a group with these members; blocked if it does not get them.
fn group_of(lab: &Lab<'_>, members: &[&Made]) -> Result<Made, Stop> {
    let group = lab.group(members)?;
    lab.setup("POST of a group with members", || {
        has_members(lab, &group, members)
    })?;
    Ok(group)
}

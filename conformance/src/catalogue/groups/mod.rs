//! Groups and membership (RFC 7643 §4.2, RFC 7644 §3.5.2).

mod body;
mod change;
mod links;
mod look;

use serde_json::{Value, json};

use super::patch::gather::{count, gather};
use super::patch::steps::add;
use crate::check::{Check, Feature, Stop, Verdict};
use crate::lab::{Lab, Made, with};

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

/// That a group may be without members, as far as the server's schema says.
fn may_be_empty(lab: &Lab<'_>) -> Verdict {
    let schema = lab.server.group().map(|it| &it.schema);
    match schema.and_then(|it| it.attribute("members")) {
        Some(members) if members.required => {
            Err(Stop::NotOffered("a group must have members".to_owned()))
        }
        _ => Ok(()),
    }
}

/// Users as the value of `members`.
fn members(lab: &Lab<'_>, users: &[&Made]) -> Value {
    users.iter().map(|it| lab.member(it)).collect()
}

/// Makes a group with these members; blocked if it does not get them, neither by the POST nor,
/// since that is another check's rule, by a PATCH after it.
fn group_of(lab: &Lab<'_>, users: &[&Made]) -> Result<Made, Stop> {
    let members = members(lab, users);
    let body = with(lab.group_body(), json!({ "members": members }));
    let group = lab.make(lab.groups(), &body)?;
    lab.setup("a group with members", || {
        if !users.is_empty() && lab.server.offers(Feature::Patch) && lab.members(&group)?.is_empty()
        {
            let change = json!([add("members", members)]);
            lab.patch(&group.path, change)?.done()?;
        }
        has_members(lab, &group, users)
    })?;
    Ok(group)
}

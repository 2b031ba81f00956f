//! Groups and membership (RFC 7643 §4.2, RFC 7644 §3.5.2).

mod body;
mod change;
mod links;
mod look;

use serde_json::{Value, json};

use super::patch::gather::{count, gather};
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

/// A user as a member, with what the server's schema requires of one.
fn member(lab: &Lab<'_>, user: &Made) -> Value {
    let schema = lab.server.group().map(|it| &it.schema);
    let attribute = schema.and_then(|it| it.attribute("members"));
    let required = |name: &str| {
        let part = attribute.and_then(|it| it.sub(name));
        part.is_some_and(|it| it.required)
    };
    let mut member = json!({ "value": user.id });
    if required("$ref") {
        member = with(member, json!({ "$ref": user.text("meta.location") }));
    }
    if required("type") {
        member = with(member, json!({ "type": "User" }));
    }
    member
}

/// Users as the value of `members`.
fn members(lab: &Lab<'_>, users: &[&Made]) -> Value {
    users.iter().map(|it| member(lab, it)).collect()
}

/// Makes a group with these members; blocked if it does not get them.
fn group_of(lab: &Lab<'_>, users: &[&Made]) -> Result<Made, Stop> {
    let body = with(lab.group_body(), json!({ "members": members(lab, users) }));
    let group = lab.make(lab.groups(), &body)?;
    lab.setup("POST of a group with members", || {
        has_members(lab, &group, users)
    })?;
    Ok(group)
}

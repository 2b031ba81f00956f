//! Users know their groups, and neither keeps what is gone (RFC 7643 §4.1.2).

use serde_json::json;

use super::{CHANGES, MEMBERS, group_of, has_members};
use crate::catalogue::patch::attributes::user_type;
use crate::catalogue::patch::steps::{add, remove};
use crate::check::Feature::{Group, Patch};
use crate::check::{Check, Stop, Verdict, may, robust};
use crate::json::{list, text};
use crate::lab::{Lab, Made, with};

pub(super) const CHECKS: &[Check] = &[
    may(
        "S8",
        "rfc7643-4.1.2/groups-of-a-user",
        "If a User shows groups, they are those of which the user is a member.",
        groups_of_a_user,
    )
    .needs(MEMBERS),
    may(
        "S8",
        "rfc7643-4.1.2/groups-of-a-user-follow",
        "If a User shows groups, they follow when the user leaves a group.",
        groups_of_a_user_follow,
    )
    .needs(CHANGES),
    robust(
        "S12",
        "robust/groups-in-a-circle",
        "Groups that are members of each other, or of themselves, are refused, or harmless: they can be read.",
        groups_in_a_circle,
    )
    .needs(&[Group, Patch]),
    robust(
        "S15",
        "robust/deleted-group-leaves-its-users",
        "A group that is deleted is in no user's groups any more, and its users stay.",
        deleted_group_leaves_its_users,
    )
    .needs(MEMBERS),
    robust(
        "S15",
        "robust/deleted-user-leaves-its-groups",
        "A user who is deleted is in no group's members any more, and the other members stay.",
        deleted_user_leaves_its_groups,
    )
    .needs(MEMBERS),
];

/// The ids of a user's groups.
fn groups(lab: &Lab<'_>, user: &Made) -> Result<Vec<String>, Stop> {
    let answer = lab.read(user)?;
    let groups = list(&answer.body, "groups").iter();
    let mut ids: Vec<String> = groups.map(|it| text(it, "value").to_owned()).collect();
    ids.sort();
    Ok(ids)
}

/// That the members of groups show them: no rule says that what the schema has must be filled.
fn are_shown(lab: &Lab<'_>, user: &Made) -> Verdict {
    let published = user_type(lab)?.schema.attribute("groups").is_some();
    if published && !groups(lab, user)?.is_empty() {
        return Ok(());
    }
    Err(Stop::NotOffered(
        "users do not show their groups".to_owned(),
    ))
}

/// Expects a user to show these groups.
fn shows(lab: &Lab<'_>, user: &Made, expected: &[&Made]) -> Verdict {
    let actual = groups(lab, user)?;
    let mut ids: Vec<&str> = expected.iter().map(|it| it.id.as_str()).collect();
    ids.sort_unstable();
    let words = format!("groups [{}]", ids.join(", "));
    lab.expect(actual == ids, &words, format!("[{}]", actual.join(", ")))
}

fn groups_of_a_user(lab: &Lab<'_>) -> Verdict {
    let (user, other) = (lab.user()?, lab.user()?);
    let one = group_of(lab, &[&user])?;
    let two = group_of(lab, &[&user, &other])?;
    are_shown(lab, &user)?;
    shows(lab, &user, &[&one, &two])?;
    shows(lab, &other, &[&two])
}

fn groups_of_a_user_follow(lab: &Lab<'_>) -> Verdict {
    let user = lab.user()?;
    let (one, two) = (group_of(lab, &[&user])?, group_of(lab, &[&user])?);
    are_shown(lab, &user)?;
    shows(lab, &user, &[&one, &two])?;
    let path = format!("members[value eq \"{}\"]", user.id);
    lab.setup("remove of a member", || {
        lab.patch(&one.path, json!([remove(&path)]))?.done()
    })?;
    shows(lab, &user, &[&two])
}

fn groups_in_a_circle(lab: &Lab<'_>) -> Verdict {
    let (one, two) = (lab.group(&[])?, lab.group(&[])?);
    for (outer, inner) in [(&one, &two), (&two, &one), (&one, &one)] {
        let member = json!([with(lab.member(inner), json!({ "type": "Group" }))]);
        lab.patch(&outer.path, json!([add("members", member)]))?
            .survives()?;
    }
    for group in [&one, &two] {
        lab.read(group)?.has("id", group.id.as_str())?;
    }
    Ok(())
}

fn deleted_group_leaves_its_users(lab: &Lab<'_>) -> Verdict {
    let user = lab.user()?;
    let (gone, stays) = (group_of(lab, &[&user])?, group_of(lab, &[&user])?);
    lab.setup("DELETE of a group", || lab.delete(&gone.path)?.is(204))?;
    let left = groups(lab, &user)?;
    let clear = !left.contains(&gone.id);
    lab.expect(clear, &format!("no group {}", gone.id), left.join(", "))?;
    has_members(lab, &stays, &[&user])
}

fn deleted_user_leaves_its_groups(lab: &Lab<'_>) -> Verdict {
    let (gone, stays) = (lab.user()?, lab.user()?);
    let group = group_of(lab, &[&gone, &stays])?;
    lab.setup("DELETE of a user", || lab.delete(&gone.path)?.is(204))?;
    has_members(lab, &group, &[&stays])
}

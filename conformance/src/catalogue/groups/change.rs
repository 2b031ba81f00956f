//! Members come and go by PATCH (RFC 7644 §3.5.2).

use serde_json::{Value, json};

use super::{CHANGES, group_of, has_members, may_be_empty, members};
use crate::catalogue::patch::steps::{add, remove, replace};
use crate::check::Profile::Ipsie;
use crate::check::{Check, Verdict, draft, must, should};
use crate::lab::{Lab, Made};

pub(super) const CHECKS: &[Check] = &[
    must(
        "S4",
        "rfc7644-3.5.2.1/add-members",
        "add with the path members and an array adds these members to those that are there.",
        add_members,
    )
    .needs(CHANGES),
    must(
        "S4",
        "rfc7644-3.5.2.1/add-member-as-object",
        "add with the path members and a single object adds this member.",
        add_member_as_object,
    )
    .needs(CHANGES),
    must(
        "S4",
        "rfc7644-3.5.2.1/add-members-without-path",
        "add without a path, whose value has members, adds them to those that are there.",
        add_members_without_path,
    )
    .needs(CHANGES),
    must(
        "S4",
        "rfc7644-3.5.2.2/remove-member",
        "remove with members[value eq id] removes this member, and no other.",
        remove_member,
    )
    .needs(CHANGES),
    must(
        "S4",
        "rfc7644-3.5.2.2/remove-all-members",
        "remove with the path members removes all members.",
        remove_all_members,
    )
    .needs(CHANGES),
    must(
        "S4",
        "rfc7644-3.5.2.2/remove-and-add-members",
        "remove and add in one request: all members are replaced by others.",
        remove_and_add_members,
    )
    .needs(CHANGES),
    must(
        "S4",
        "rfc7644-3.5.2.3/replace-members",
        "replace with the path members replaces all of them; with an empty array there are none.",
        replace_members,
    )
    .needs(CHANGES),
    must(
        "S4",
        "rfc7644-3.5.2.3/replace-members-without-path",
        "replace without a path, whose value has members, replaces all of them.",
        replace_members_without_path,
    )
    .needs(CHANGES),
    should(
        "S5",
        "rfc7644-3.5.2.1/member-added-twice-is-there-once",
        "A member that is added again, or twice in one request, is there once, and the answer is a success.",
        added_twice_is_there_once,
    )
    .needs(CHANGES),
    must(
        "S5",
        "rfc7644-3.5.2.1/member-added-again-keeps-last-modified",
        "add of a user who is a member already does not change the group's lastModified.",
        added_again_keeps_last_modified,
    )
    .needs(CHANGES),
    should(
        "S6",
        "rfc7644-3.5.2.2/remove-of-non-member-succeeds",
        "remove of a user who is no member succeeds, and changes nothing.",
        remove_of_non_member_succeeds,
    )
    .needs(CHANGES),
    must(
        "S7",
        "rfc7644-3.5.2.2/remove-members-by-or",
        "remove with members[value eq a or value eq b] removes both, and no other.",
        remove_by_or,
    )
    .needs(CHANGES),
    draft(
        "S13",
        "ipsie/50-member-operations-in-one-request",
        "50 operations that add and remove members in one PATCH are done, in their order.",
        &[Ipsie],
        fifty_operations,
    )
    .needs(CHANGES),
];

/// The path of one member.
fn path_of(user: &Made) -> String {
    format!("members[value eq \"{}\"]", user.id)
}

/// Changes a group, and expects it to have these members then.
fn becomes(lab: &Lab<'_>, group: &Made, operations: Value, expected: &[&Made]) -> Verdict {
    lab.patch(&group.path, operations)?.done()?;
    has_members(lab, group, expected)
}

fn add_members(lab: &Lab<'_>) -> Verdict {
    let [one, two, three] = [lab.user()?, lab.user()?, lab.user()?];
    let group = group_of(lab, &[&one])?;
    let operations = json!([add("members", members(lab, &[&two, &three]))]);
    becomes(lab, &group, operations, &[&one, &two, &three])
}

fn add_member_as_object(lab: &Lab<'_>) -> Verdict {
    let (one, two) = (lab.user()?, lab.user()?);
    let group = group_of(lab, &[&one])?;
    let operations = json!([add("members", lab.member(&two))]);
    becomes(lab, &group, operations, &[&one, &two])
}

fn add_members_without_path(lab: &Lab<'_>) -> Verdict {
    let (one, two) = (lab.user()?, lab.user()?);
    let group = group_of(lab, &[&one])?;
    let operations = json!([{ "op": "add", "value": { "members": members(lab, &[&two]) } }]);
    becomes(lab, &group, operations, &[&one, &two])
}

fn remove_member(lab: &Lab<'_>) -> Verdict {
    let (one, two) = (lab.user()?, lab.user()?);
    let group = group_of(lab, &[&one, &two])?;
    becomes(lab, &group, json!([remove(&path_of(&one))]), &[&two])
}

fn remove_all_members(lab: &Lab<'_>) -> Verdict {
    may_be_empty(lab)?;
    let (one, two) = (lab.user()?, lab.user()?);
    let group = group_of(lab, &[&one, &two])?;
    becomes(lab, &group, json!([remove("members")]), &[])
}

fn remove_and_add_members(lab: &Lab<'_>) -> Verdict {
    let [one, two, three] = [lab.user()?, lab.user()?, lab.user()?];
    let group = group_of(lab, &[&one, &two])?;
    let operations = json!([
        remove(&path_of(&one)),
        add("members", members(lab, &[&three])),
        remove(&path_of(&two))
    ]);
    becomes(lab, &group, operations, &[&three])?;
    if may_be_empty(lab).is_err() {
        return Ok(());
    }
    let operations = json!([
        remove("members"),
        add("members", members(lab, &[&one, &two]))
    ]);
    becomes(lab, &group, operations, &[&one, &two])
}

fn replace_members(lab: &Lab<'_>) -> Verdict {
    let [one, two, three] = [lab.user()?, lab.user()?, lab.user()?];
    let group = group_of(lab, &[&one, &two])?;
    let operations = json!([replace("members", members(lab, &[&two, &three]))]);
    becomes(lab, &group, operations, &[&two, &three])?;
    if may_be_empty(lab).is_err() {
        return Ok(());
    }
    becomes(lab, &group, json!([replace("members", json!([]))]), &[])
}

fn replace_members_without_path(lab: &Lab<'_>) -> Verdict {
    let (one, two) = (lab.user()?, lab.user()?);
    let group = group_of(lab, &[&one])?;
    let operations = json!([{ "op": "replace", "value": { "members": members(lab, &[&two]) } }]);
    becomes(lab, &group, operations, &[&two])
}

fn added_twice_is_there_once(lab: &Lab<'_>) -> Verdict {
    let (one, two) = (lab.user()?, lab.user()?);
    let group = group_of(lab, &[&one])?;
    let operations = json!([
        add("members", members(lab, &[&one, &two])),
        add("members", members(lab, &[&two]))
    ]);
    becomes(lab, &group, operations, &[&one, &two])
}

fn added_again_keeps_last_modified(lab: &Lab<'_>) -> Verdict {
    let user = lab.user()?;
    let group = group_of(lab, &[&user])?;
    let before = lab.read(&group)?;
    let modified = lab.setup("a group", || before.value("meta.lastModified").cloned())?;
    lab.patch(&group.path, json!([add("members", members(lab, &[&user]))]))?
        .done()?;
    lab.read(&group)?.has("meta.lastModified", modified)
}

fn remove_of_non_member_succeeds(lab: &Lab<'_>) -> Verdict {
    let (one, two) = (lab.user()?, lab.user()?);
    let group = group_of(lab, &[&one])?;
    becomes(lab, &group, json!([remove(&path_of(&two))]), &[&one])
}

fn remove_by_or(lab: &Lab<'_>) -> Verdict {
    let [one, two, three] = [lab.user()?, lab.user()?, lab.user()?];
    let group = group_of(lab, &[&one, &two, &three])?;
    let path = format!(
        "members[value eq \"{}\" or value eq \"{}\"]",
        one.id, three.id
    );
    let answer = lab.patch(&group.path, json!([remove(&path)]))?;
    if answer.status == 400 && answer.text_at("scimType") == "invalidFilter" {
        lab.note("the operator or in a path is refused as not supported");
        return has_members(lab, &group, &[&one, &two, &three]);
    }
    answer.done()?;
    has_members(lab, &group, &[&two])
}

fn fifty_operations(lab: &Lab<'_>) -> Verdict {
    let users = [lab.user()?, lab.user()?, lab.user()?];
    let [one, two, three] = &users;
    let group = group_of(lab, &[one])?;
    let mut operations = Vec::new();
    for user in users.iter().cycle().take(24) {
        operations.push(add("members", members(lab, &[user])));
        operations.push(remove(&path_of(user)));
    }
    operations.push(add("members", members(lab, &[two])));
    operations.push(add("members", members(lab, &[three])));
    becomes(lab, &group, operations.into(), &[two, three])
}

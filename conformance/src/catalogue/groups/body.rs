//! What a group is made of (RFC 7643 §4.2).

use serde_json::{Value, json};

use super::{MEMBERS, group_of, has_members, may_be_empty, members};
use crate::check::Feature::{Group, User};
use crate::check::Profile::{Entra, Ipsie};
use crate::check::{Check, Stop, Verdict, idp, may, must};
use crate::json::text;
use crate::lab::{Lab, Made, with, without};
use crate::server::ResourceType;

pub(super) const CHECKS: &[Check] = &[
    must(
        "S1",
        "rfc7643-4.2/group-with-members",
        "A group is created with members, and has them.",
        with_members,
    )
    .needs(MEMBERS),
    must(
        "S1",
        "rfc7643-4.2/group-without-members",
        "A group is created without members, or with an empty array of them, and has none.",
        without_members,
    )
    .needs(&[Group]),
    must(
        "S2",
        "rfc7643-4.2/group-needs-display-name",
        "A group without displayName is refused with 400, unless the server publishes it as not required, as RFC 7643 §8.7.1 does.",
        needs_display_name,
    )
    .needs(&[Group]),
    may(
        "S3",
        "rfc7643-4.2/member-ref-leads-to-it",
        "If a member has $ref, it leads to the member; if it has type, it is User or Group as the member is.",
        ref_leads_to_it,
    )
    .needs(MEMBERS),
    may(
        "S11",
        "rfc7643-2.3.7/unknown-member",
        "A member whose id no resource has is refused, left out, or kept as it was sent; it becomes nobody else.",
        unknown_member,
    )
    .needs(&[Group]),
    may(
        "S12",
        "rfc7643-4.2/group-in-group",
        "If groups may be members of groups, such a member has the group's id, and type Group if it has a type.",
        group_in_group,
    )
    .needs(&[Group]),
    idp(
        "S14",
        "entra/duplicate-display-name-is-409",
        "A second group with the same displayName is refused with 409; the RFC allows it, and Entra ID's validator expects the refusal.",
        &[Entra, Ipsie],
        duplicate_display_name_is_409,
    )
    .needs(&[Group]),
    may(
        "S14",
        "rfc7643-4.2/duplicate-display-name",
        "A second group with the same displayName is another group, or is refused with 409.",
        duplicate_display_name,
    )
    .needs(&[Group, User]),
];

fn with_members(lab: &Lab<'_>) -> Verdict {
    let (one, two) = (lab.user()?, lab.user()?);
    let body = with(
        lab.group_body(),
        json!({ "members": members(lab, &[&one, &two]) }),
    );
    let group = lab.post(lab.groups(), &body)?.is(201)?.made(lab.groups())?;
    has_members(lab, &group, &[&one, &two])
}

fn without_members(lab: &Lab<'_>) -> Verdict {
    may_be_empty(lab)?;
    let bodies = [
        without(lab.group_body(), "members"),
        with(lab.group_body(), json!({ "members": [] })),
    ];
    for body in bodies {
        let group = lab.post(lab.groups(), &body)?.is(201)?.made(lab.groups())?;
        has_members(lab, &group, &[])?;
    }
    Ok(())
}

fn group_type<'a>(lab: &Lab<'a>) -> Result<&'a ResourceType, Stop> {
    let none = || Stop::NotOffered("/ResourceTypes has no Group".to_owned());
    lab.server.group().ok_or_else(none)
}

fn needs_display_name(lab: &Lab<'_>) -> Verdict {
    let published = group_type(lab)?.schema.attribute("displayName");
    let free = published.is_some_and(|it| it.published && !it.required);
    let answer = lab.post(lab.groups(), &without(lab.group_body(), "displayName"))?;
    if free && answer.status == 201 {
        lab.note("a group needs no displayName, as the server's schema says");
        return Ok(());
    }
    answer.refused(400, "")?;
    Ok(())
}

fn ref_leads_to_it(lab: &Lab<'_>) -> Verdict {
    let user = lab.user()?;
    let group = group_of(lab, &[&user])?;
    let now = lab.read(&group)?;
    let kind = now.text_at("members.0.type");
    if !kind.is_empty() {
        now.has("members.0.type", "User")?;
    }
    let reference = now.text_at("members.0.$ref");
    if reference.is_empty() {
        lab.note("members have no $ref");
        return Ok(());
    }
    // it may be relative, and begin at the base or at the collection
    let path = match reference.split_once("://") {
        Some(_) => reference.to_owned(),
        None => user.path.clone(),
    };
    let leads = reference.trim_end_matches('/').ends_with(user.id.as_str());
    lab.expect(leads, &format!("a $ref to {}", user.path), reference)?;
    lab.get(path)?.is(200)?.has("id", user.id.as_str())
}

fn unknown_member(lab: &Lab<'_>) -> Verdict {
    let nobody = uuid::Uuid::new_v4().to_string();
    let member = lab.member(&Made {
        path: format!("{}/{nobody}", lab.users()),
        id: nobody.clone(),
        body: Value::Null,
    });
    let body = with(lab.group_body(), json!({ "members": [member] }));
    let answer = lab
        .post(lab.groups(), &body)?
        .one_of(&[201, 400, 404, 409, 422])?;
    if answer.status != 201 {
        lab.note(format!("an unknown member: {}", answer.summary()));
        return Ok(());
    }
    let group = answer.made(lab.groups())?;
    let members = lab.members(&group)?;
    lab.note(match members.as_slice() {
        [] => "an unknown member is left out",
        _ => "an unknown member is kept",
    });
    let same = members.iter().all(|it| *it == nobody);
    lab.expect(same, &nobody, members.join(", "))
}

fn group_in_group(lab: &Lab<'_>) -> Verdict {
    let inner = lab.group(&[])?;
    let body = with(
        lab.group_body(),
        json!({ "members": [with(lab.member(&inner), json!({ "type": "Group" }))] }),
    );
    let answer = lab.post(lab.groups(), &body)?;
    if (400..500).contains(&answer.status) {
        return Err(Stop::NotOffered(format!(
            "groups take no groups as members: {}",
            answer.summary()
        )));
    }
    let group = answer.is(201)?.made(lab.groups())?;
    has_members(lab, &group, &[&inner])?;
    let now = lab.read(&group)?;
    match now.text_at("members.0.type") {
        "" => Ok(()),
        _ => now.has("members.0.type", "Group"),
    }
}

fn duplicate_display_name_is_409(lab: &Lab<'_>) -> Verdict {
    let body = lab.group_body();
    lab.make(lab.groups(), &body)?;
    lab.post(lab.groups(), &body)?.is(409)?;
    Ok(())
}

fn duplicate_display_name(lab: &Lab<'_>) -> Verdict {
    let body = lab.group_body();
    let user = lab.user()?;
    let first = lab.make(lab.groups(), &body)?;
    let before = lab.members(&first)?;
    let more = with(body, json!({ "members": members(lab, &[&user]) }));
    let answer = lab.post(lab.groups(), &more)?.one_of(&[201, 409])?;
    if answer.status == 409 {
        lab.note("two groups cannot have the same displayName");
    } else {
        let second = answer.made(lab.groups())?;
        lab.expect(second.id != first.id, "another id", second.id.as_str())?;
    }
    let same = lab.members(&first)? == before;
    lab.expect(same, "the first as it was", text(&first.body, "id"))
}

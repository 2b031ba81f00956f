//! Groups are found by their members and names (RFC 7644 §3.4.2.2).

use serde_json::json;

use super::group_of;
use crate::check::Feature::{Filter, Group, User};
use crate::check::Profile::Entra;
use crate::check::{Check, Verdict, idp, must};
use crate::json::{list, text};
use crate::lab::{Lab, Made, query, with};

pub(super) const CHECKS: &[Check] = &[
    must(
        "S9",
        "rfc7644-3.4.2.2/filter-groups-by-member",
        "A group is found by its member, with members.value eq and with members[value eq], and no other group is.",
        by_member,
    )
    .needs(&[Filter, User, Group]),
    must(
        "S9",
        "rfc7644-3.4.2.2/filter-groups-by-display-name",
        "A group is found by displayName eq, in any case unless it is caseExact, and no other group is.",
        by_display_name,
    )
    .needs(&[Filter, Group]),
    must(
        "S9",
        "rfc7644-3.4.2.2/filter-groups-by-external-id",
        "A group is found by externalId eq, and no other group is.",
        by_external_id,
    )
    .needs(&[Filter, Group]),
    idp(
        "S10",
        "entra/groups-without-members",
        "excludedAttributes=members leaves members out, of a group and of groups in a list.",
        &[Entra],
        without_members,
    )
    .needs(&[Filter, User, Group]),
];

/// Expects a filter to find one group, or to be refused as not supported.
fn finds(lab: &Lab<'_>, filter: &str, group: &Made) -> Verdict {
    let answer = lab.list(lab.groups(), &[("filter", filter)])?;
    if answer.status == 400 && answer.text_at("scimType") == "invalidFilter" {
        lab.note(format!("the filter {filter} is refused as not supported"));
        return Ok(());
    }
    let answer = answer.is(200)?;
    let found: Vec<&str> = answer.resources().iter().map(|it| text(it, "id")).collect();
    lab.expect(
        found == [group.id.as_str()],
        &format!("the group {} alone", group.id),
        format!("[{}]", found.join(", ")),
    )
}

fn by_member(lab: &Lab<'_>) -> Verdict {
    let (one, two) = (lab.user()?, lab.user()?);
    let group = group_of(lab, &[&one])?;
    group_of(lab, &[&two])?;
    finds(lab, &format!("members.value eq \"{}\"", one.id), &group)?;
    finds(lab, &format!("members[value eq \"{}\"]", one.id), &group)
}

fn by_display_name(lab: &Lab<'_>) -> Verdict {
    let (group, _) = (lab.group(&[])?, lab.group(&[])?);
    let name = group.text("displayName");
    finds(lab, &format!("displayName eq \"{name}\""), &group)?;
    let schema = lab.server.group().map(|it| &it.schema);
    let attribute = schema.and_then(|it| it.attribute("displayName"));
    if attribute.is_some_and(|it| it.case_exact) {
        return Ok(());
    }
    let name = name.to_uppercase();
    finds(lab, &format!("displayName eq \"{name}\""), &group)
}

fn by_external_id(lab: &Lab<'_>) -> Verdict {
    let id = lab.name();
    let body = with(lab.group_body(), json!({ "externalId": id }));
    let group = lab.make(lab.groups(), &body)?;
    lab.group(&[])?;
    lab.setup("externalId is kept", || {
        lab.read(&group)?.has("externalId", id.as_str())
    })?;
    finds(lab, &format!("externalId eq \"{id}\""), &group)
}

fn without_members(lab: &Lab<'_>) -> Verdict {
    let user = lab.user()?;
    let group = group_of(lab, &[&user])?;
    let without = ("excludedAttributes", "members");
    let answer = lab.get(query(&group.path, &[without]))?.is(200)?;
    answer.lacks("members")?;
    answer.has("displayName", group.text("displayName"))?;
    let filter = format!("displayName eq \"{}\"", group.text("displayName"));
    let answer = lab
        .list(lab.groups(), &[without, ("filter", &filter)])?
        .is(200)?;
    let one = list(&answer.body, "Resources").len() == 1;
    lab.expect(one, "one group", answer.summary())?;
    answer.lacks("Resources.0.members")
}

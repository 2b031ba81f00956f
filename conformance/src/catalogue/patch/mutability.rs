//! Attributes that a client must not change (RFC 7644 §3.5.2, RFC 7643 §3.1 and §7).

use serde_json::{Value, json};

use super::ANY;
use super::attributes::{simple, values};
use super::steps::{add, names, replace, unchanged};
use crate::answer::Answer;
use crate::check::Feature::{Group, Patch, User};
use crate::check::{Check, Stop, Verdict, each_must, must};
use crate::json::list;
use crate::lab::Lab;
use crate::sample::Fill;
use crate::server::ResourceType;

pub(super) const CHECKS: &[Check] = &[
    each_must(
        "J45",
        "rfc7644-3.5.2/id-is-read-only",
        "replace of id is refused with 400 (mutability), and changes nothing.",
        id_is_read_only,
    )
    .needs(ANY),
    each_must(
        "J45",
        "rfc7643-3.1/meta-is-read-only",
        "replace of meta, or of something in it, is ignored or refused with 400 (mutability), and changes nothing.",
        meta_is_read_only,
    )
    .needs(ANY),
    each_must(
        "J45",
        "rfc7643-7/patch-without-path-changes-no-read-only-attribute",
        "An operation without a path never changes id or meta, whether it is refused or leaves them out.",
        without_path_changes_none,
    )
    .needs(ANY),
    must(
        "J45",
        "rfc7644-3.5.2/groups-of-a-user-are-read-only",
        "groups of a User is readOnly: add to it is refused with 400 (mutability), and makes no member.",
        groups_of_a_user_are_read_only,
    )
    .needs(&[Patch, User, Group]),
];

/// Expects an operation on a readOnly attribute to be refused.
fn is_read_only(lab: &Lab<'_>, kind: &ResourceType, operations: &[Value]) -> Verdict {
    let made = lab.sample(kind, Fill::Required)?;
    let before = lab.read(&made)?;
    for operation in operations {
        let answer = lab.patch(&made.path, json!([operation]))?;
        is_refused(lab, answer)?;
    }
    unchanged(lab, &made, &before)
}

/// Expects a refusal, with the keyword mutability if it names one; 501 is one too, which says that
/// the operation is not supported.
fn is_refused(lab: &Lab<'_>, answer: Answer) -> Verdict {
    if answer.status == 501 {
        lab.note("such an operation is answered with 501");
        return Ok(());
    }
    names(lab, answer, &["mutability"])
}

fn id_is_read_only(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let other = uuid::Uuid::new_v4().to_string();
    is_read_only(lab, kind, &[replace("id", other)])
}

fn meta_is_read_only(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let long_ago = "2001-02-03T04:05:06Z";
    let operations = [
        replace("meta.created", long_ago),
        replace("meta", json!({ "created": long_ago })),
    ];
    let made = lab.sample(kind, Fill::Required)?;
    let before = lab.read(&made)?;
    for operation in operations {
        let answer = lab.patch(&made.path, json!([operation]))?;
        if (200..300).contains(&answer.status) {
            // RFC 7643 §3.1: it "SHALL be ignored when provided by clients"
            lab.note("replace of meta is ignored");
        } else {
            is_refused(lab, answer)?;
        }
    }
    let now = lab.read(&made)?;
    for path in ["meta.created", "meta.resourceType"] {
        now.has(path, before.at(path).cloned().unwrap_or_default())?;
    }
    Ok(())
}

fn without_path_changes_none(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let attribute = simple(kind)?;
    let (_, new) = values(lab, attribute);
    let made = lab.sample(kind, Fill::Required)?;
    let before = lab.read(&made)?;
    let value = json!({
        "id": uuid::Uuid::new_v4().to_string(),
        "meta": { "created": "2001-02-03T04:05:06Z", "resourceType": "Scimconf" },
        &attribute.name: new,
    });
    let operations = json!([{ "op": "replace", "value": value }]);
    let answer = lab
        .patch(&made.path, operations)?
        .one_of(&[200, 204, 400, 501])?;
    if answer.status >= 400 {
        return unchanged(lab, &made, &before);
    }
    lab.note("replace without a path leaves readOnly attributes out, and does the rest");
    let now = lab.read(&made)?;
    now.has("id", made.id.as_str())?;
    for path in ["meta.created", "meta.resourceType"] {
        now.has(path, before.at(path).cloned().unwrap_or_default())?;
    }
    Ok(())
}

fn groups_of_a_user_are_read_only(lab: &Lab<'_>) -> Verdict {
    let groups = super::attributes::user_type(lab)?
        .schema
        .attribute("groups");
    if groups.is_none_or(|it| it.mutability != "readOnly") {
        return Err(Stop::NotOffered(
            "the User has no readOnly groups".to_owned(),
        ));
    }
    let (user, group) = (lab.user()?, lab.group(&[])?);
    let before = lab.members(&group)?;
    let operation = add("groups", json!([{ "value": group.id }]));
    let answer = lab.patch(&user.path, json!([operation]))?;
    let refusal = is_refused(lab, answer);
    let members = lab.members(&group)?;
    lab.expect(
        members == before,
        "the members of the group as before",
        members.join(", "),
    )?;
    let now = lab.read(&user)?;
    let none = list(&now.body, "groups").is_empty();
    lab.expect(none, "no groups", now.text.as_str())?;
    refusal
}

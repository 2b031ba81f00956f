//! Deletion and life cycle (RFC 7644 §3.6).

use serde_json::{Value, json};

use crate::check::Feature::{Filter, Group, Patch, User};
use crate::check::Profile::{Entra, Okta};
use crate::check::{Check, Stop, Verdict, each_must, idp, robust};
use crate::json::list;
use crate::lab::{Lab, Made};
use crate::sample::{Fill, text_spot};
use crate::server::ResourceType;
use crate::wire::Request;

/// Lines of the catalogue without a check, and why.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[(
    "L6",
    "a server that gets DELETE of a collection wrong would lose what belongs to others",
)];

pub(super) const CHECKS: &[Check] = &[
    each_must(
        "L1",
        "rfc7644-3.6/delete-answers-204",
        "A DELETE is answered with 204 and no body.",
        delete_answers_204,
    ),
    each_must(
        "L2",
        "rfc7644-3.6/deleted-is-404",
        "What was deleted is answered with 404 to GET, PUT and DELETE.",
        deleted_is_404,
    ),
    each_must(
        "L2",
        "rfc7644-3.6/deleted-is-404-to-patch",
        "What was deleted is answered with 404 to PATCH.",
        deleted_is_404_to_patch,
    )
    .needs(&[Patch]),
    each_must(
        "L3",
        "rfc7644-3.6/deleted-is-in-no-list",
        "What was deleted is in no list, and totalResults does not count it.",
        deleted_is_in_no_list,
    )
    .needs(&[Filter]),
    robust(
        "L4",
        "robust/deleted-leaves-its-groups",
        "A user who was deleted is no member of a group any more.",
        deleted_leaves_its_groups,
    )
    .needs(&[User, Group]),
    idp(
        "L5",
        "entra/inactive-is-still-there",
        "A user with active false is still read by id and found by a filter, and active true brings it back.",
        &[Entra, Okta],
        inactive_is_still_there,
    )
    .needs(&[User, Patch, Filter]),
    robust(
        "L7",
        "robust/delete-with-content-type",
        "A DELETE with a Content-Type is done, with an empty body or another one.",
        delete_with_content_type,
    ),
];

/// Makes a resource and deletes it.
fn deleted(lab: &Lab<'_>, kind: &ResourceType) -> Result<(Made, Value), Stop> {
    let body = lab.body(kind, Fill::Required);
    let made = lab.make(&kind.endpoint, &body)?;
    lab.setup("DELETE", || {
        lab.delete(&made.path)?.one_of(&[200, 202, 204])
    })?;
    Ok((made, body))
}

fn delete_answers_204(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let made = lab.sample(kind, Fill::Required)?;
    let answer = lab.delete(&made.path)?.is(204)?;
    lab.expect(answer.text.is_empty(), "no body", answer.text.as_str())
}

fn deleted_is_404(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let (made, body) = deleted(lab, kind)?;
    lab.get(&made.path)?.is(404)?;
    lab.put(&made.path, &body)?.is(404)?;
    lab.delete(&made.path)?.is(404)?;
    Ok(())
}

fn deleted_is_404_to_patch(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let spot = text_spot(kind)?;
    let (made, _) = deleted(lab, kind)?;
    let value = spot.value(&lab.name())?;
    let change = json!([{ "op": "replace", "path": spot.path(), "value": value }]);
    lab.patch(&made.path, change)?.is(404)?;
    Ok(())
}

fn deleted_is_in_no_list(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let made = lab.sample(kind, Fill::Required)?;
    let filter = format!("id eq \"{}\"", made.id);
    let found = lab.setup("filter", || lab.find(&kind.endpoint, &filter))?;
    if found.len() != 1 {
        return Err(Stop::Blocked(format!(
            "{filter} does not find what is there"
        )));
    }
    lab.setup("DELETE", || lab.delete(&made.path)?.is(204))?;
    let answer = lab.list(&kind.endpoint, &[("filter", &filter)])?.is(200)?;
    let (total, shown) = (answer.total()?, answer.resources().len());
    lab.expect(
        total == 0 && shown == 0,
        "an empty list with totalResults 0",
        format!("totalResults {total}, and {shown} resources"),
    )
}

fn deleted_leaves_its_groups(lab: &Lab<'_>) -> Verdict {
    let (leaves, stays) = (lab.user()?, lab.user()?);
    let group = lab.group(&[&leaves, &stays])?;
    if lab.members(&group)?.len() != 2 {
        return Err(Stop::Blocked("the group has not two members".to_owned()));
    }
    lab.setup("DELETE", || lab.delete(&leaves.path)?.is(204))?;
    let members = lab.members(&group)?;
    lab.expect(
        members == [stays.id.as_str()],
        &format!("{} as the only member", stays.id),
        format!("members {members:?}"),
    )
}

fn inactive_is_still_there(lab: &Lab<'_>) -> Verdict {
    let user = lab.user_with(json!({ "active": true }))?;
    let filter = format!("userName eq \"{}\"", user.text("userName"));
    for active in [false, true] {
        let change = json!([{ "op": "replace", "path": "active", "value": active }]);
        lab.patch(&user.path, change)?.done()?;
        lab.read(&user)?.has("active", active)?;
        let answer = lab.list(lab.users(), &[("filter", &filter)])?.is(200)?;
        let found = list(&answer.body, "Resources").iter();
        let found = found
            .filter(|it| it.get("id") == Some(&json!(user.id)))
            .count();
        lab.expect(
            found == 1,
            &format!("the user with active {active} in the list"),
            answer.summary(),
        )?;
    }
    Ok(())
}

fn delete_with_content_type(lab: &Lab<'_>) -> Verdict {
    for body in ["", "{}"] {
        let user = lab.user()?;
        let request = Request::new("DELETE", &user.path).header("content-type", "application/json");
        let request = if body.is_empty() {
            request
        } else {
            request.bytes(body)
        };
        lab.send(request)?.is(204)?;
    }
    Ok(())
}

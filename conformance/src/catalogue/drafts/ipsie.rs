//! The IPSIE SCIM profile of the OpenID Foundation.

use std::time::Instant;

use serde_json::{Value, json};

use crate::check::{Feature, Verdict};
use crate::json::{list, text};
use crate::lab::{Lab, Made};
use crate::server::Attribute;
use crate::wire::Request;

/// The User's attribute of this name, which the profile asks for.
fn attribute<'a>(lab: &'a Lab<'_>, name: &str) -> Option<&'a Attribute> {
    lab.server.user()?.schema.attribute(name)
}

pub(super) fn users_are_reactivated(lab: &Lab<'_>) -> Verdict {
    let user = lab.user()?;
    for active in [false, true] {
        let operations = json!([{ "op": "replace", "path": "active", "value": active }]);
        lab.patch(&user.path, operations)?.done()?;
        lab.read(&user)?.has("active", active)?;
    }
    Ok(())
}

pub(super) fn lookups(lab: &Lab<'_>) -> Verdict {
    let (outside, email) = (lab.name(), format!("{}@example.com", lab.name()));
    let user = lab.user_with(json!({
        "externalId": outside,
        "emails": [{ "type": "work", "value": email, "primary": true }],
    }))?;
    let name = user.text("userName");
    for filter in [
        format!("userName eq \"{name}\""),
        format!("externalId eq \"{outside}\""),
        format!("emails[value eq \"{email}\"]"),
        format!("emails[type eq \"work\" and value eq \"{email}\"]"),
    ] {
        let found = lab.find(lab.users(), &filter)?;
        let ids: Vec<&str> = found.iter().map(|it| text(it, "id")).collect();
        let words = format!("the user alone, by {filter}");
        lab.expect(
            ids == [user.id.as_str()],
            &words,
            format!("{} users", ids.len()),
        )?;
    }
    Ok(())
}

pub(super) fn users_have_the_attributes(lab: &Lab<'_>) -> Verdict {
    for name in ["displayName", "active"] {
        if attribute(lab, name).is_none() {
            lab.get("/Schemas")?;
            return Err(lab.wrong(format!("{name} in the User's schema"), "none"));
        }
    }
    let outside = lab.name();
    let values = json!({ "displayName": "Ada", "active": true, "externalId": outside });
    let user = lab.user_with(values)?;
    let now = lab.read(&user)?;
    now.has("displayName", "Ada")?;
    now.has("active", true)?;
    now.has("externalId", outside)
}

pub(super) fn no_password(lab: &Lab<'_>) -> Verdict {
    let password = attribute(lab, "password").filter(|it| it.published);
    lab.get("/Schemas")?;
    lab.expect(
        password.is_none(),
        "no password in the User's schema",
        "there is one",
    )
}

pub(super) fn groups_without_members(lab: &Lab<'_>) -> Verdict {
    let group = lab.post(lab.groups(), &lab.group_body())?.is(201)?;
    group.lacks("members")
}

pub(super) fn groups_by_member(lab: &Lab<'_>) -> Verdict {
    let user = lab.user()?;
    let group = lab.group(&[&user])?;
    lab.group(&[])?;
    let found = lab.find(lab.groups(), &format!("members[value eq \"{}\"]", user.id))?;
    let ids: Vec<&str> = found.iter().map(|it| text(it, "id")).collect();
    lab.expect(
        ids == [group.id.as_str()],
        "the group of the user alone",
        format!("{} groups", ids.len()),
    )
}

pub(super) fn fifty_operations_on_members(lab: &Lab<'_>) -> Verdict {
    let requests: Vec<Request> = (0..26)
        .map(|_| Request::new("POST", lab.users()).json(&lab.user_body()))
        .collect();
    let users: Vec<Made> = lab.setup("POST of 26 users", || {
        let answers = lab.send_together(&requests)?.into_iter();
        answers.map(|it| it.is(201)?.made(lab.users())).collect()
    })?;
    let group = lab.group(&[])?;
    let additions = users
        .iter()
        .map(|it| json!({ "op": "add", "path": "members", "value": [{ "value": it.id }] }));
    let removals = users
        .iter()
        .skip(2)
        .map(|it| json!({ "op": "remove", "path": format!("members[value eq \"{}\"]", it.id) }));
    let operations: Vec<Value> = additions.chain(removals).collect();
    lab.patch(&group.path, json!(operations))?.done()?;
    let mut expected: Vec<&str> = users.iter().take(2).map(|it| it.id.as_str()).collect();
    expected.sort_unstable();
    let members = lab.members(&group)?;
    lab.expect(
        members == expected,
        "the two members that were added and not removed",
        format!("{} members", members.len()),
    )
}

pub(super) fn bulk(lab: &Lab<'_>) -> Verdict {
    if let Some(why) = lab.server.lacks(Feature::Bulk) {
        lab.get("/ServiceProviderConfig")?;
        return Err(lab.wrong("Bulk is offered", why));
    }
    let body = lab.user_body();
    let request = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [{ "method": "POST", "path": lab.users(), "bulkId": "a", "data": body }],
    });
    let answer = lab.post("/Bulk", &request)?.is(200)?;
    let result = list(&answer.body, "Operations").first();
    let status = result.map_or("none", |it| text(it, "status"));
    if status != "201" {
        return Err(answer.wrong("status 201 of the operation", status));
    }
    let filter = format!("userName eq \"{}\"", text(&body, "userName"));
    let found = lab.find(lab.users(), &filter)?.len();
    lab.expect(
        found == 1,
        "the user that Bulk has made",
        format!("{found} users"),
    )
}

pub(super) fn twenty_five_requests(lab: &Lab<'_>) -> Verdict {
    let user = lab.user()?;
    let begun = Instant::now();
    for _ in 0..5 {
        for answer in lab.send_together(&vec![Request::new("GET", &user.path); 5])? {
            answer.is(200)?;
        }
    }
    // a client that shares its machine with the server cannot tell whose time it was
    let took = begun.elapsed().as_millis();
    lab.note(format!("25 requests took {took} ms"));
    Ok(())
}

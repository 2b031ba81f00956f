//! What a PUT must not do.

use serde_json::{Value, json};

use crate::check::{Stop, Verdict};
use crate::json::is_unassigned;
use crate::lab::{Lab, Made, with};
use crate::sample::{Fill, Spot, some};
use crate::server::{Attribute, ResourceType};

pub(super) fn immutable_is_400(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let spot = some(kind, "immutable", |it| {
        let parent = it.parent.is_none_or(Attribute::is_plain);
        parent && it.attribute.mutability == "immutable" && it.is_single() && !it.is_special()
    })?;
    let body = spot.set(lab.body(kind, Fill::Required), spot.value(&lab.name())?);
    let made = lab.make(&kind.endpoint, &body)?;
    let body = spot.set(body, spot.other(&lab.name())?);
    lab.put(&made.path, &body)?.refused(400, "mutability")?;
    Ok(())
}

/// A resource, a string that it cannot be without, and its body without it.
fn required<'a>(lab: &Lab<'_>, kind: &'a ResourceType) -> Result<(Made, Spot<'a>, Value), Stop> {
    let spot = some(kind, "a required string", |it| {
        let string = it.attribute.kind == "string" && it.is_single();
        let needed = it.parent.is_none() && !it.is_extension && it.attribute.required;
        string && needed && it.is_plain()
    })?;
    let body = lab.body(kind, Fill::Required);
    let made = lab.make(&kind.endpoint, &body)?;
    lab.setup("PUT", || lab.put(&made.path, &body)?.done())?;
    Ok((made, spot, spot.unset(body)))
}

pub(super) fn put_does_not_clear_required(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let (made, spot, body) = required(lab, kind)?;
    let answer = lab.put(&made.path, &body)?;
    if answer.status < 300 {
        lab.note(format!("a PUT without {} is done", spot.path()));
    }
    let answer = lab.read(&made)?;
    lab.expect(
        !is_unassigned(spot.find(&answer.body)),
        &format!("a refusal, or a {} all the same", spot.path()),
        answer.text.as_str(),
    )
}

pub(super) fn put_without_required_is_400(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let (made, _, body) = required(lab, kind)?;
    lab.put(&made.path, &body)?.refused(400, "")?;
    Ok(())
}

pub(super) fn put_never_creates(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let path = format!("{}/{}", kind.endpoint, uuid::Uuid::new_v4());
    let answer = lab
        .put(&path, &lab.body(kind, Fill::Required))?
        .rejected()?;
    if answer.status != 404 {
        lab.note(format!("{} rather than 404", answer.status));
    }
    lab.get(&path)?.is(404)?;
    Ok(())
}

pub(super) fn put_of_taken_name_is_409(lab: &Lab<'_>) -> Verdict {
    let body = lab.user_body();
    let (first, second) = (lab.user()?, lab.make(lab.users(), &body)?);
    let taken = with(body, json!({ "userName": first.text("userName") }));
    // the keyword is required of creations only (RFC 7644 §3.3)
    lab.put(&second.path, &taken)?
        .refused_as(&[(409, ""), (400, "uniqueness")])?;
    lab.read(&second)?.has("userName", second.text("userName"))
}

pub(super) fn own_name_is_not_taken(lab: &Lab<'_>) -> Verdict {
    let body = lab.user_body();
    let user = lab.make(lab.users(), &body)?;
    lab.put(&user.path, &body)?.done()?;
    let name = lab
        .server
        .user()
        .and_then(|it| it.schema.attribute("userName"));
    if name.is_some_and(|it| !it.is_plain()) {
        lab.note("a userName cannot be changed");
        return Ok(());
    }
    let shouted = user.text("userName").to_uppercase();
    let answer = lab.put(&user.path, &with(body, json!({ "userName": shouted })))?;
    answer.done()?;
    Ok(())
}

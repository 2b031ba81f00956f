//! What a PUT does.

use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::check::{Stop, Verdict};
use crate::json::{contains, is_unassigned, list};
use crate::lab::{Lab, with, without};
use crate::sample::{
    Fill, Spot, alike, instant, made_with, optional_text, some, spots, text_spot, unlocked,
    user_type,
};
use crate::server::ResourceType;

pub(super) fn put_replaces(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let spot = text_spot(kind)?;
    let (made, body) = made_with(lab, kind, &[spot])?;
    let value = spot.value(&lab.name())?;
    let body = spot.set(body, value.clone());
    let answer = lab.put(&made.path, &body)?.is(200)?;
    answer.has("id", made.id.as_str())?;
    for answer in [answer, lab.read(&made)?] {
        if !spot.is_kept(&value, &answer.body) {
            let found = spot.find(&answer.body).cloned().unwrap_or_default();
            return Err(answer.differs(&spot.path(), value, found));
        }
    }
    Ok(())
}

pub(super) fn put_ignores_read_only(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let body = lab.body(kind, Fill::Required);
    let made = lab.make(&kind.endpoint, &body)?;
    let before = lab.read(&made)?;
    let tag = lab.name();
    let meta = json!({ "created": "1999-01-02T03:04:05Z", "resourceType": "Forged" });
    let mut body = with(body, json!({ "id": tag, "meta": meta }));
    let mut forged = Vec::new();
    for spot in spots(kind) {
        if spot.parent.is_none()
            && !spot.attribute.is_writable()
            && let Ok(value) = spot.forged(&tag)
        {
            body = spot.set(body, value.clone());
            forged.push((spot, value));
        }
    }
    lab.put(&made.path, &body)?.done()?;
    let answer = lab.read(&made)?;
    for path in ["id", "meta.created", "meta.resourceType"] {
        answer.has(path, before.at(path).cloned().unwrap_or_default())?;
    }
    for (spot, value) in forged {
        let found = spot.find(&answer.body);
        let taken = found.is_some() && alike(&unlocked(spot.attribute), "", &value, found);
        lab.expect(
            !taken,
            &format!("{} as the server sees it", spot.path()),
            format!("{} as the client sent it, {value}", spot.path()),
        )?;
    }
    Ok(())
}

pub(super) fn what_was_read_can_be_put_back(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let made = lab.sample(kind, Fill::All)?;
    let before = lab.read(&made)?.body;
    lab.put(&made.path, &before)?.done()?;
    let after = lab.read(&made)?;
    for spot in spots(kind) {
        let was = spot.find(&before).filter(|_| spot.parent.is_none());
        if let Some(was) = was
            && !spot.is_kept(was, &after.body)
        {
            let found = spot.find(&after.body).cloned().unwrap_or_default();
            return Err(after.differs(&spot.path(), was.clone(), found));
        }
    }
    Ok(())
}

pub(super) fn omitted_is_treated_alike(lab: &Lab<'_>) -> Verdict {
    let kind = user_type(lab)?;
    let spot = optional_text(kind)?;
    let mut fates = Vec::new();
    for _ in 0..2 {
        let (made, body) = made_with(lab, kind, &[spot])?;
        lab.put(&made.path, &spot.unset(body.clone()))?.done()?;
        let answer = lab.read(&made)?;
        fates.push(match spot.find(&answer.body) {
            found if is_unassigned(found) => "cleared",
            found if found == spot.find(&body) => "kept",
            _ => "set to a default",
        });
    }
    lab.note(format!(
        "what a PUT leaves out is {}",
        fates.join(", then ")
    ));
    lab.expect(
        fates.first() == fates.last(),
        "the same each time",
        fates.join(", then "),
    )
}

pub(super) fn null_clears(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let several = some(kind, "multi-valued", |it| {
        let optional = it.parent.is_none() && !it.is_extension && !it.required;
        optional && it.attribute.multi_valued && it.is_plain() && it.value("x").is_ok()
    });
    let empty: Vec<(Spot<'_>, Value)> = [(optional_text(kind), Value::Null), (several, json!([]))]
        .into_iter()
        .filter_map(|(spot, value)| Some((spot.ok()?, value)))
        .collect();
    if empty.is_empty() {
        return Err(Stop::NotOffered(format!(
            "{} has nothing optional",
            kind.name
        )));
    }
    for (spot, value) in empty {
        let (made, body) = made_with(lab, kind, &[spot])?;
        lab.put(&made.path, &spot.set(body, value))?.done()?;
        let answer = lab.read(&made)?;
        let found = spot.find(&answer.body);
        if !is_unassigned(found) {
            let found = found.cloned().unwrap_or_default();
            return Err(answer.differs(&spot.path(), Value::Null, found));
        }
    }
    Ok(())
}

pub(super) fn put_keeps_created(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let spot = text_spot(kind)?;
    let (made, body) = made_with(lab, kind, &[spot])?;
    let before = lab.read(&made)?;
    let change = || -> Result<Answer, Stop> {
        let body = spot.set(body.clone(), spot.value(&lab.name())?);
        lab.put(&made.path, &body)?.done()?;
        lab.read(&made)
    };
    let mut after = change()?;
    let at = |answer: &Answer, path: &str| instant(answer.text_at(path));
    if at(&before, "meta.created").is_none() || at(&before, "meta.lastModified").is_none() {
        return Err(Stop::Blocked(
            "meta has no created or no lastModified".to_owned(),
        ));
    }
    lab.expect(
        at(&before, "meta.created") == at(&after, "meta.created"),
        &format!("meta.created {}", before.text_at("meta.created")),
        after.text_at("meta.created"),
    )?;
    let old = before.text_at("meta.lastModified");
    if after.text_at("meta.lastModified") == old {
        // the server's clock may show whole seconds only
        sleep(Duration::from_millis(1100));
        after = change()?;
    }
    lab.expect(
        at(&after, "meta.lastModified") > instant(old),
        &format!("a meta.lastModified after {old}"),
        after.text_at("meta.lastModified"),
    )
}

pub(super) fn omitted_extension_leaves_schemas(lab: &Lab<'_>) -> Verdict {
    let kind = user_type(lab)?;
    let spot = some(kind, "a plain string of an optional extension", |it| {
        let demanded = |urn: &str| {
            kind.extensions
                .iter()
                .any(|(it, must)| *must && it.id == urn)
        };
        it.is_extension && it.is_text() && !demanded(&it.schema.id)
    })?;
    let (made, body) = made_with(lab, kind, &[spot])?;
    let mut schemas = list(&body, "schemas").to_vec();
    schemas.retain(|it| it != spot.schema.id.as_str());
    let body = with(
        without(body, &spot.schema.id),
        json!({ "schemas": schemas }),
    );
    lab.put(&made.path, &body)?.done()?;
    let answer = lab.read(&made)?;
    let there = !is_unassigned(spot.find(&answer.body));
    let named = list(&answer.body, "schemas").contains(&json!(spot.schema.id));
    lab.note(format!(
        "a PUT without an extension {}",
        if there { "keeps it" } else { "takes it away" }
    ));
    lab.expect(
        there == named,
        "the extension both in schemas and in the resource, or in neither",
        answer.text.as_str(),
    )
}

pub(super) fn whole_user_by_put(lab: &Lab<'_>) -> Verdict {
    let user = lab.user()?;
    let (name, mail) = (lab.name(), format!("{}@example.com", lab.name()));
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": user.id,
        "userName": user.text("userName"),
        "name": { "givenName": "Another", "familyName": name },
        "emails": [{ "primary": true, "value": mail, "type": "work", "display": mail }],
        "active": true,
        "groups": [],
        "password": format!("T0p-Secret!{name}"),
        "meta": { "resourceType": "User" },
    });
    lab.put(&user.path, &body)?
        .is(200)?
        .has("id", user.id.as_str())?;
    let answer = lab.read(&user)?;
    let wanted =
        json!({ "name": { "familyName": name }, "emails": [{ "value": mail }], "active": true });
    lab.expect(
        contains(&answer.body, &wanted),
        &format!("{wanted} in the user"),
        answer.text.as_str(),
    )
}

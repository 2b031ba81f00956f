//! Several values, canonical ones, required ones, and those that nobody knows.

use serde_json::json;

use crate::check::{Stop, Verdict};
use crate::json::{is_unassigned, member};
use crate::lab::{Lab, with};
use crate::sample::{Fill, Spot, alike, keeps, must_take, offered, some, taken, user_type};
use crate::server::{Attribute, ResourceType};

pub(super) fn other_than_canonical(lab: &Lab<'_>) -> Verdict {
    let suggested = |it: &Spot<'_>| {
        let string = it.attribute.kind == "string" && !it.attribute.multi_valued;
        string && it.is_plain() && !it.attribute.canonical_values.is_empty()
    };
    let mut types = lab.server.types.iter();
    let found = types.find_map(|kind| Some((kind, some(kind, "", suggested).ok()?)));
    let Some((kind, spot)) = found else {
        return Err(Stop::NotOffered("no string has canonicalValues".to_owned()));
    };
    let value = "scimconf";
    let body = spot.set(lab.body(kind, Fill::Required), json!(value));
    let Some(made) = taken(lab, kind, &body)? else {
        lab.note(format!("{} takes its canonicalValues only", spot.path()));
        return Ok(());
    };
    lab.note(format!(
        "the canonicalValues of {} are suggestions",
        spot.path()
    ));
    let answer = lab.read(&made)?;
    let found = spot.find(&answer.body);
    if is_unassigned(found) {
        lab.note(format!("the server drops such a {}", spot.path()));
        return Ok(());
    }
    keeps(lab, &made, &spot, &json!(value))
}

pub(super) fn several_strings_are_kept(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let spot = some(kind, "multi-valued and of strings", |it| {
        let plain = it.parent.is_none() && it.is_plain();
        let free = it.attribute.canonical_values.is_empty();
        plain && free && it.attribute.multi_valued && it.attribute.kind == "string"
    })?;
    let sent = json!([format!("{}-b", lab.name()), format!("{}-a", lab.name())]);
    let body = spot.set(lab.body(kind, Fill::Required), sent.clone());
    let answer = lab.read(&must_take(lab, kind, &body)?)?;
    let found = spot.find(&answer.body).cloned().unwrap_or_default();
    let count = found.as_array().map_or(0, Vec::len);
    if count != 2 || !alike(spot.attribute, "", &sent, Some(&found)) {
        return Err(answer.differs(&spot.path(), sent, found));
    }
    if found != sent {
        lab.note(format!("the order of {} is not kept", spot.path()));
    }
    Ok(())
}

pub(super) fn required_sub_attribute(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let spot = some(kind, "a required sub-attribute", |it| {
        let needed = it.attribute.required && it.attribute.is_writable();
        let simple = !matches!(it.attribute.kind.as_str(), "boolean" | "complex");
        it.parent.is_some_and(Attribute::is_plain) && needed && simple && !it.is_special()
    })?;
    let whole = spot.set(lab.body(kind, Fill::Required), spot.value(&lab.name())?);
    lab.make(&kind.endpoint, &whole)?;
    // something has to be left: an empty object might count as no value
    let parent = spot
        .parent
        .map(|it| it.sub_attributes.as_slice())
        .unwrap_or_default();
    let other = parent
        .iter()
        .find(|it| it.name != spot.attribute.name && it.is_plain() && it.kind != "complex");
    let Some(other) = other else {
        return Err(Stop::NotOffered(format!(
            "nothing stands beside {}",
            spot.path()
        )));
    };
    let beside = Spot {
        attribute: other,
        ..spot
    };
    let body = beside.set(lab.body(kind, Fill::Required), beside.value(&lab.name())?);
    lab.post(&kind.endpoint, &spot.unset(body))?
        .refused(400, "")?;
    Ok(())
}

/// Expects a user with an address in this country to be taken, and the country kept if any
/// address is.
fn country_is_taken(lab: &Lab<'_>, country: &str) -> Verdict {
    let user = lab.server.user();
    let addresses = user.and_then(|it| it.schema.attribute("addresses"));
    let country_there = addresses.and_then(|it| it.sub("country"));
    if !country_there.is_some_and(Attribute::is_writable) {
        return Err(Stop::NotOffered(
            "a User has no addresses.country".to_owned(),
        ));
    }
    let addresses = json!([{ "type": "work", "locality": "Freetown", "country": country }]);
    let body = with(lab.user_body(), json!({ "addresses": addresses }));
    let answer = lab.read(&must_take(lab, user_type(lab)?, &body)?)?;
    if is_unassigned(answer.at("addresses")) {
        return Err(Stop::Blocked(
            "the server does not keep addresses".to_owned(),
        ));
    }
    answer.has("addresses.0.country", country)
}

pub(super) fn country_code_is_taken(lab: &Lab<'_>) -> Verdict {
    country_is_taken(lab, "SL")
}

pub(super) fn country_name_is_taken(lab: &Lab<'_>) -> Verdict {
    country_is_taken(lab, "Sierra Leone")
}

pub(super) fn unknown_attribute_is_treated_alike(lab: &Lab<'_>) -> Verdict {
    const UNKNOWN: &str = "scimconfUnheardOf";
    let body = lab.user_body();
    let user = lab.make(lab.users(), &body)?;
    let more = json!({ UNKNOWN: "x" });
    let mut refused = Vec::new();
    for method in ["POST", "PUT", "PATCH"] {
        let answer = match method {
            "POST" => lab.post(lab.users(), &with(lab.user_body(), more.clone()))?,
            "PUT" => lab.put(&user.path, &with(body.clone(), more.clone()))?,
            _ => offered(lab.patch(&user.path, json!([{ "op": "add", "value": more }]))?)?,
        };
        refused.push(answer.one_of(&[200, 201, 204, 400])?.status == 400);
    }
    let kept = member(&lab.read(&user)?.body, UNKNOWN).is_some();
    lab.expect(
        !kept,
        "no attribute that no schema has",
        format!("{UNKNOWN} is kept"),
    )?;
    let alike = refused.windows(2).all(|pair| pair.first() == pair.last());
    lab.note(if refused.contains(&true) {
        "unknown attributes are refused"
    } else {
        "unknown attributes are dropped"
    });
    lab.expect(
        alike,
        "POST, PUT and PATCH to do the same",
        format!("refused by POST, PUT, PATCH: {refused:?}"),
    )
}

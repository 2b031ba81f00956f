//! How a body may be written.

use serde_json::{Map, Value, json};

use crate::check::{Stop, Verdict};
use crate::json::{is_unassigned, list, member, text};
use crate::lab::{Lab, query, with, without};
use crate::sample::{self, Fill, Spot, keeps, made_with, must_take, some, taken};
use crate::server::{Attribute, ResourceType};

pub(super) fn unnamed_extension_is_not_lost(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let spot = some(kind, "a plain string of an extension", |it| {
        it.is_extension && it.is_text()
    })?;
    let named = lab.body(kind, Fill::Required);
    let body = spot.set(named.clone(), spot.value(&lab.name())?);
    let mut schemas = list(&named, "schemas").to_vec();
    schemas.retain(|it| it != spot.schema.id.as_str());
    let body = with(body, json!({ "schemas": schemas }));
    let Some(made) = taken(lab, kind, &body)? else {
        lab.note("such a body is refused");
        return Ok(());
    };
    let answer = lab.read(&made)?;
    lab.expect(
        spot.find(&answer.body).is_some(),
        "a refusal with 400, or the value kept",
        format!("201, and no {}", spot.path()),
    )?;
    lab.expect(
        list(&answer.body, "schemas").contains(&json!(spot.schema.id)),
        &format!("{} among the schemas, since it has a value", spot.schema.id),
        answer.at("schemas").unwrap_or(&Value::Null).to_string(),
    )
}

pub(super) fn null_is_absent(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let empty: Vec<(Spot<'_>, Value)> = [
        (sample::optional_text(kind), Value::Null),
        (some(kind, "several", is_several), json!([])),
    ]
    .into_iter()
    .filter_map(|(spot, value)| Some((spot.ok()?, value)))
    .collect();
    if empty.is_empty() {
        return Err(Stop::NotOffered(format!(
            "{} has nothing optional",
            kind.name
        )));
    }
    let absent = lab.read(&lab.sample(kind, Fill::Required)?)?;
    let body = lab.body(kind, Fill::Required);
    let body = empty
        .iter()
        .fold(body, |body, (spot, value)| spot.set(body, value.clone()));
    let answer = lab.read(&must_take(lab, kind, &body)?)?;
    for (spot, _) in empty {
        let found = spot.find(&answer.body);
        if is_unassigned(found) {
            continue;
        }
        // what is absent may be set to a default, and then the same of what is null
        lab.expect(
            !is_unassigned(spot.find(&absent.body)),
            &format!("no {}, as when it is left out", spot.path()),
            found.unwrap_or(&Value::Null).to_string(),
        )?;
        lab.note(format!("{} is set to a default", spot.path()));
    }
    Ok(())
}

/// Whether it has several values that are a client's to set.
fn is_several(spot: &Spot<'_>) -> bool {
    spot.parent.is_none()
        && !spot.is_extension
        && spot.attribute.multi_valued
        && spot.is_plain()
        && !spot.required
}

pub(super) fn names_in_any_case(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let spot = sample::text_spot(kind)?;
    let (_, body) = made_with(lab, kind, &[spot])?;
    let value = spot.value(&lab.name())?;
    let body = spot.set(with(body, lab.body(kind, Fill::Required)), value.clone());
    let made = must_take(lab, kind, &shouted(&body))?;
    keeps(lab, &made, &spot, &value)
}

/// The same object with its names in upper case, but for `schemas` and URNs.
fn shouted(value: &Value) -> Value {
    let Value::Object(members) = value else {
        return value.clone();
    };
    let members = members.iter().map(|(name, value)| {
        if name == "schemas" {
            (name.clone(), value.clone())
        } else if name.contains(':') {
            (name.clone(), shouted(value))
        } else {
            (name.to_uppercase(), shouted(value))
        }
    });
    Value::Object(members.collect())
}

pub(super) fn members_in_any_order(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let body = lab.body(kind, Fill::All);
    lab.make(&kind.endpoint, &body)?;
    must_take(lab, kind, &backwards(&lab.body(kind, Fill::All)))?;
    Ok(())
}

/// The same value with the members of all objects in the opposite order.
fn backwards(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.iter().rev();
            let members = members.map(|(name, value)| (name.clone(), backwards(value)));
            Value::Object(members.collect::<Map<_, _>>())
        }
        Value::Array(elements) => elements.iter().map(backwards).collect(),
        value => value.clone(),
    }
}

/// A multi-valued attribute whose elements have the sub-attributes of RFC 7643 §2.4.
fn elements<'a>(kind: &'a ResourceType, sub: &str) -> Result<Spot<'a>, Stop> {
    some(
        kind,
        &format!("multi-valued and has value and {sub}"),
        |it| {
            let has = |name: &str| it.attribute.sub(name).is_some_and(Attribute::is_plain);
            it.parent.is_none()
                && it.attribute.multi_valued
                && it.is_plain()
                && has("value")
                && has(sub)
        },
    )
}

/// Its first element as it is made up, with these members.
fn element(spot: &Spot<'_>, tag: &str, more: Value) -> Result<Value, Stop> {
    let made = spot.value(tag)?;
    Ok(with(made.get(0).cloned().unwrap_or_default(), more))
}

pub(super) fn one_primary(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let spot = elements(kind, "primary")?;
    let primary = json!({ "primary": true });
    let both = json!([
        element(&spot, &lab.name(), primary.clone())?,
        element(&spot, &lab.name(), primary)?
    ]);
    let body = spot.set(lab.body(kind, Fill::Required), both);
    let Some(made) = taken(lab, kind, &body)? else {
        lab.note("two primary elements are refused");
        return Ok(());
    };
    let answer = lab.read(&made)?;
    let found = spot.find(&answer.body).and_then(Value::as_array);
    let primary = found.map_or(0, |found| {
        let primary = |it: &&Value| it.get("primary") == Some(&json!(true));
        found.iter().filter(primary).count()
    });
    lab.expect(
        primary <= 1,
        &format!(
            "a refusal, or at most one primary element of {}",
            spot.path()
        ),
        format!("{primary}"),
    )
}

pub(super) fn no_element_twice(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let spot = elements(kind, "type")?;
    let one = element(&spot, &lab.name(), json!({}))?;
    let one = without(one, "primary");
    let value = text(&one, "value").to_owned();
    let body = spot.set(lab.body(kind, Fill::Required), json!([one, one]));
    let Some(made) = taken(lab, kind, &body)? else {
        lab.note("the same element twice is refused");
        return Ok(());
    };
    let answer = lab.read(&made)?;
    let found = spot.find(&answer.body).and_then(Value::as_array);
    let same = found.map_or(0, |found| {
        found.iter().filter(|it| text(it, "value") == value).count()
    });
    lab.expect(
        same <= 1,
        &format!("one element of {} with the value {value}", spot.path()),
        format!("{same}"),
    )
}

/// A password that policies like, and the attribute that takes it.
fn password(lab: &Lab<'_>) -> Result<String, Stop> {
    let user = lab.server.user();
    match user.and_then(|it| it.schema.attribute("password")) {
        Some(attribute) if attribute.is_writable() => Ok(format!("T0p-Secret!{}", lab.name())),
        _ => Err(Stop::NotOffered("a User has no password".to_owned())),
    }
}

pub(super) fn password_never_comes_back(lab: &Lab<'_>) -> Verdict {
    let secret = password(lab)?;
    let user = lab.user_with(json!({ "password": secret }))?;
    let hidden = |body: &Value, text: &str| {
        lab.expect(
            member(body, "password").is_none() && !text.contains(&secret),
            "no password in the answer",
            "the answer has a password",
        )
    };
    hidden(&user.body, &user.body.to_string())?;
    for path in [
        user.path.clone(),
        query(&user.path, &[("attributes", "userName,password")]),
    ] {
        let answer = lab.get(path)?.survives()?;
        hidden(&answer.body, &answer.text)?;
    }
    Ok(())
}

pub(super) fn refusal_does_not_echo_password(lab: &Lab<'_>) -> Verdict {
    let secret = password(lab)?;
    let body = with(lab.user_body(), json!({ "password": secret }));
    lab.make(lab.users(), &body)?;
    let answer = lab.setup("POST of a name that is taken", || {
        lab.post(lab.users(), &body)?.rejected()
    })?;
    lab.expect(
        !answer.text.contains(&secret),
        "a refusal without the password",
        "a refusal that contains it",
    )
}

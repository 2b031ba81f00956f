//! readOnly and immutable.

use serde_json::{Value, json};

use crate::check::{Stop, Verdict};
use crate::lab::{Lab, Made};
use crate::sample::{Fill, Spot, keeps, made_with, offered, some, spots};
use crate::server::ResourceType;

/// Expects a place to hold what it held in the body that the resource was made of.
fn unchanged(lab: &Lab<'_>, made: &Made, spot: &Spot<'_>, body: &Value) -> Verdict {
    keeps(lab, made, spot, spot.find(body).unwrap_or(&Value::Null))
}

pub(super) fn read_only_is_not_patched(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let made = lab.sample(kind, Fill::Required)?;
    let before = lab.read(&made)?.body;
    let forged = |path: &str, value: Value| -> Verdict {
        let change = json!([{ "op": "replace", "path": path, "value": value }]);
        offered(lab.patch(&made.path, change)?)?.rejected()?;
        Ok(())
    };
    let locked = spots(kind).into_iter();
    let locked = locked.filter(|it| it.parent.is_none() && !it.attribute.is_writable());
    let mut tried = false;
    for spot in locked {
        if let Ok(value) = spot.forged(&lab.name()) {
            tried = true;
            forged(&spot.path(), value)?;
            let before = spot.find(&before).cloned().unwrap_or_default();
            let now = lab.read(&made)?;
            let found = spot.find(&now.body).cloned().unwrap_or_default();
            if found != before {
                return Err(now.differs(&spot.path(), before, found));
            }
        }
    }
    if tried {
        return Ok(());
    }
    // every resource has an id, which is readOnly by RFC 7643 §3.1
    forged("id", json!(lab.name()))?;
    lab.read(&made)?.has("id", made.id.as_str())
}

/// A place that can be set once.
fn immutable(kind: &ResourceType) -> Result<Spot<'_>, Stop> {
    some(kind, "immutable", |it| {
        it.attribute.mutability == "immutable"
            && it.attribute.returned == "default"
            && it.is_single()
            && !it.is_special()
            && it.parent.is_none_or(crate::server::Attribute::is_plain)
    })
}

/// A resource with a value at an immutable place, and the body it was made of.
fn set_once<'a>(lab: &Lab<'_>, kind: &'a ResourceType) -> Result<(Made, Spot<'a>, Value), Stop> {
    let spot = immutable(kind)?;
    let (made, body) = made_with(lab, kind, &[spot])?;
    Ok((made, spot, body))
}

pub(super) fn immutable_stays_as_it_is(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let (made, spot, body) = set_once(lab, kind)?;
    let other = spot.set(body.clone(), spot.other(&lab.name())?);
    // how it should be refused is another check's rule
    lab.put(&made.path, &other)?;
    unchanged(lab, &made, &spot, &body)
}

pub(super) fn immutable_may_be_repeated(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let (made, spot, body) = set_once(lab, kind)?;
    lab.put(&made.path, &body)?.done()?;
    unchanged(lab, &made, &spot, &body)
}

pub(super) fn immutable_is_not_patched(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let (made, spot, body) = set_once(lab, kind)?;
    let other = spot.other(&lab.name())?;
    let change = json!([{ "op": "replace", "path": spot.path(), "value": other }]);
    offered(lab.patch(&made.path, change)?)?.rejected()?;
    unchanged(lab, &made, &spot, &body)
}

pub(super) fn immutable_can_be_added_once(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let spot = immutable(kind)?;
    if spot.required || spot.parent.is_some_and(|it| it.required) {
        return Err(Stop::NotOffered(format!(
            "{} cannot be absent",
            spot.path()
        )));
    }
    let value = spot.value(&lab.name())?;
    // what must stand beside it is there before
    let body = spot.unset(spot.set(lab.body(kind, Fill::Required), value.clone()));
    let made = lab.make(&kind.endpoint, &body)?;
    let change = json!([{ "op": "add", "path": spot.path(), "value": value }]);
    offered(lab.patch(&made.path, change)?)?.done()?;
    keeps(lab, &made, &spot, &value)
}

//! uniqueness and caseExact.

use serde_json::{Value, json};

use crate::check::{Stop, Verdict};
use crate::lab::{Lab, Made};
use crate::sample::{Fill, Spot, must_take, offered, some};
use crate::server::ResourceType;

/// How a change to a value that is taken is refused: RFC 7643 §7 has 400 for it, Table 8 of RFC
/// 7644 §3.12 409; only for a creation is the keyword required (§3.3).
const CHANGED: &[(u16, &str)] = &[(409, ""), (400, "")];

/// A place whose strings are unique, as the server says, and can be changed.
fn unique(kind: &ResourceType) -> Result<Spot<'_>, Stop> {
    some(kind, "a unique string", is_unique)
}

fn is_unique(spot: &Spot<'_>) -> bool {
    let text = spot.attribute.kind == "string" && spot.attribute.canonical_values.is_empty();
    text && spot.is_unique() && spot.is_single() && spot.is_plain()
}

/// A body with this value at this place.
fn body(lab: &Lab<'_>, kind: &ResourceType, spot: &Spot<'_>, value: &str) -> Value {
    spot.set(lab.body(kind, Fill::Required), json!(value))
}

pub(super) fn unique_on_create(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let spot = unique(kind)?;
    let value = lab.name();
    lab.make(&kind.endpoint, &body(lab, kind, &spot, &value))?;
    lab.post(&kind.endpoint, &body(lab, kind, &spot, &value))?
        .refused_as(&[(409, "uniqueness"), (400, "")])?;
    Ok(())
}

/// A resource, a unique place, a value that another one has there, and the body it was made of.
fn two<'a>(lab: &Lab<'_>, kind: &'a ResourceType) -> Result<(Made, Spot<'a>, String, Value), Stop> {
    let spot = unique(kind)?;
    let value = lab.name();
    lab.make(&kind.endpoint, &body(lab, kind, &spot, &value))?;
    let body = body(lab, kind, &spot, &lab.name());
    Ok((lab.make(&kind.endpoint, &body)?, spot, value, body))
}

pub(super) fn unique_on_put(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let (mine, spot, value, body) = two(lab, kind)?;
    lab.put(&mine.path, &spot.set(body, json!(value)))?
        .refused_as(CHANGED)?;
    Ok(())
}

pub(super) fn unique_on_patch(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let (mine, spot, value, _) = two(lab, kind)?;
    let change = json!([{ "op": "replace", "path": spot.path(), "value": value }]);
    offered(lab.patch(&mine.path, change)?)?.refused_as(CHANGED)?;
    Ok(())
}

/// A plain string that is, or is not, published as caseExact.
fn string(kind: &ResourceType, exact: bool) -> Result<Spot<'_>, Stop> {
    let what = if exact {
        "a caseExact string"
    } else {
        "a string that is not caseExact"
    };
    some(kind, what, |it| {
        it.is_text() && it.attribute.case_exact == exact && it.attribute.published
    })
}

pub(super) fn exact_is_kept_as_given(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let spot = string(kind, true)?;
    let value = format!("{}-MiXeD", lab.name());
    let made = lab.make(&kind.endpoint, &body(lab, kind, &spot, &value))?;
    let answer = lab.read(&made)?;
    let found = spot.find(&answer.body).cloned().unwrap_or_default();
    if found == value.as_str() {
        return Ok(());
    }
    Err(answer.differs(&spot.path(), json!(value), found))
}

pub(super) fn exact_filters_by_case(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    by_case(lab, kind, true)
}

pub(super) fn inexact_filters_without_case(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    by_case(lab, kind, false)
}

fn by_case(lab: &Lab<'_>, kind: &ResourceType, exact: bool) -> Verdict {
    let spot = string(kind, exact)?;
    let value = lab.name();
    let made = lab.make(&kind.endpoint, &body(lab, kind, &spot, &value))?;
    for (literal, wanted) in [(value.clone(), true), (value.to_uppercase(), !exact)] {
        let filter = format!("{} eq \"{literal}\"", spot.path());
        let found = lab.find(&kind.endpoint, &filter)?;
        let there = found.iter().any(|it| it.get("id") == Some(&json!(made.id)));
        let words = |there: bool| if there { "the resource" } else { "no resource" };
        lab.expect(
            there == wanted,
            &format!(
                "{} for {filter}, since caseExact is {exact} and the value is {value}",
                words(wanted)
            ),
            words(there),
        )?;
    }
    Ok(())
}

pub(super) fn exact_is_unique_by_case(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let spot = unique_by_case(kind, true)?;
    let value = lab.name();
    lab.make(&kind.endpoint, &body(lab, kind, &spot, &value))?;
    must_take(lab, kind, &body(lab, kind, &spot, &value.to_uppercase()))?;
    Ok(())
}

pub(super) fn inexact_is_unique_without_case(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let spot = unique_by_case(kind, false)?;
    let value = lab.name();
    lab.make(&kind.endpoint, &body(lab, kind, &spot, &value))?;
    lab.post(
        &kind.endpoint,
        &body(lab, kind, &spot, &value.to_uppercase()),
    )?
    .refused_as(&[(409, "uniqueness"), (400, "")])?;
    Ok(())
}

fn unique_by_case(kind: &ResourceType, exact: bool) -> Result<Spot<'_>, Stop> {
    let what = if exact {
        "unique and caseExact"
    } else {
        "unique and not caseExact"
    };
    some(kind, what, |it| {
        is_unique(it) && it.attribute.case_exact == exact
    })
}

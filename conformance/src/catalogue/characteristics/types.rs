//! Data types.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::check::{Stop, Verdict};
use crate::json::is_unassigned;
use crate::lab::Lab;
use crate::sample::{Fill, Spot, instant, must_take, some, taken_text};
use crate::server::{Attribute, ResourceType};

/// A place for values of this type; `active` only if there is nothing else, since it takes a
/// user away.
fn typed<'a>(kind: &'a ResourceType, data_type: &str) -> Result<Spot<'a>, Stop> {
    let fits = |it: &Spot<'a>| it.attribute.kind == data_type && it.is_single();
    let free =
        |it: &Spot<'a>| fits(it) && it.is_plain() && it.attribute.canonical_values.is_empty();
    let active = |it: &Spot<'a>| {
        fits(it) && it.parent.is_none() && it.attribute.name == "active" && it.attribute.is_plain()
    };
    let what = format!("a plain {data_type}");
    some(kind, &what, free).or_else(|_| some(kind, &what, active))
}

/// A body with this JSON text at a place: numbers have several forms.
fn written(lab: &Lab<'_>, kind: &ResourceType, spot: &Spot<'_>, text: &str) -> String {
    let mark = format!("mark-{}", lab.name());
    let body = spot.set(lab.body(kind, Fill::Required), json!(mark));
    body.to_string().replace(&format!("\"{mark}\""), text)
}

/// What a place holds after a resource was made with this JSON text there; `None` if the
/// resource was refused.
fn stored(
    lab: &Lab<'_>,
    kind: &ResourceType,
    spot: &Spot<'_>,
    text: &str,
) -> Result<Option<(Answer, Value)>, Stop> {
    let Some(made) = taken_text(lab, kind, written(lab, kind, spot, text))? else {
        return Ok(None);
    };
    let answer = lab.read(&made)?;
    let found = spot.find(&answer.body).cloned().unwrap_or_default();
    Ok(Some((answer, found)))
}

/// Expects values to come back as they were sent; they are right, so that none may be refused.
fn kept(lab: &Lab<'_>, kind: &ResourceType, spot: &Spot<'_>, values: &[Value]) -> Verdict {
    for (n, value) in values.iter().enumerate() {
        let body = spot.set(lab.body(kind, Fill::Required), value.clone());
        let answer = lab.read(&must_take(lab, kind, &body)?)?;
        let found = spot.find(&answer.body);
        if n == 0 && is_unassigned(found) {
            // another check asks whether all that is published is kept
            return Err(Stop::Blocked(format!(
                "the server does not keep {}",
                spot.path()
            )));
        }
        if !spot.is_kept(value, &answer.body) {
            let found = found.cloned().unwrap_or_default();
            return Err(answer.differs(&spot.path(), value.clone(), found));
        }
    }
    Ok(())
}

/// Expects a place to hold values of its type only, whatever is sent.
fn stays(
    lab: &Lab<'_>,
    kind: &ResourceType,
    wrong: &[Value],
    is_right: impl Fn(&Value) -> bool,
    data_type: &str,
) -> Verdict {
    let spot = typed(kind, data_type)?;
    for value in wrong {
        let Some((answer, found)) = stored(lab, kind, &spot, &value.to_string())? else {
            continue;
        };
        if !is_unassigned(Some(&found)) && !is_right(&found) {
            return Err(answer.wrong(
                format!(
                    "a refusal of {} {value}, or a value of the type {data_type}",
                    spot.path()
                ),
                format!("{} {found}", spot.path()),
            ));
        }
        lab.note(format!("{} {value} is taken as {found}", spot.path()));
    }
    Ok(())
}

/// Expects values to be refused that are not of the type of a place.
fn refused(lab: &Lab<'_>, kind: &ResourceType, data_type: &str, wrong: &[Value]) -> Verdict {
    let spot = typed(kind, data_type)?;
    for value in wrong {
        let body = spot.set(lab.body(kind, Fill::Required), value.clone());
        lab.post(&kind.endpoint, &body)?.refused(400, "")?;
    }
    Ok(())
}

fn no_booleans() -> [Value; 3] {
    // "True" and "false" are left out: Entra sends them, and servers that take them are right to
    [json!("maybe"), json!(2), json!({ "value": true })]
}

pub(super) fn boolean_is_kept(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let spot = typed(kind, "boolean")?;
    kept(lab, kind, &spot, &[json!(true), json!(false)])
}

pub(super) fn boolean_stays_boolean(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    stays(lab, kind, &no_booleans(), Value::is_boolean, "boolean")
}

pub(super) fn no_boolean_is_refused(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    refused(lab, kind, "boolean", &no_booleans())
}

pub(super) fn integer_is_kept(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let spot = typed(kind, "integer")?;
    kept(lab, kind, &spot, &[json!(5), json!(0)])?;
    exactly(lab, kind, &spot, &[("-5", -5), ("5.0", 5), ("1e2", 100)])
}

pub(super) fn great_integer_is_kept(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let spot = typed(kind, "integer")?;
    exactly(
        lab,
        kind,
        &spot,
        &[("9007199254740993", 9_007_199_254_740_993)],
    )
}

/// Expects numbers to be refused, or to come back as these integers.
fn exactly(
    lab: &Lab<'_>,
    kind: &ResourceType,
    spot: &Spot<'_>,
    numbers: &[(&str, i64)],
) -> Verdict {
    for (text, number) in numbers {
        let Some((answer, found)) = stored(lab, kind, spot, text)? else {
            lab.note(format!("{} {text} is refused", spot.path()));
            continue;
        };
        if found.as_i64() != Some(*number) {
            return Err(answer.differs(&spot.path(), json!(number), found));
        }
    }
    Ok(())
}

fn no_integers() -> [Value; 4] {
    [json!(1.5), json!("five"), json!("5"), json!(true)]
}

pub(super) fn integer_stays_integer(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let whole = |it: &Value| it.is_i64() || it.is_u64();
    stays(lab, kind, &no_integers(), whole, "integer")
}

pub(super) fn no_integer_is_refused(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    refused(lab, kind, "integer", &no_integers())
}

pub(super) fn decimal_is_kept(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let spot = typed(kind, "decimal")?;
    kept(lab, kind, &spot, &[json!(1.5), json!(-0.125), json!(3)])
}

pub(super) fn decimal_stays_decimal(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let wrong = [json!("much"), json!(true)];
    stays(lab, kind, &wrong, Value::is_number, "decimal")
}

pub(super) fn date_time_is_kept(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let spot = typed(kind, "dateTime")?;
    let whole = ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05+02:00"].map(Value::from);
    kept(lab, kind, &spot, &whole)?;
    let sent = "2026-01-02T03:04:05.125Z";
    let Some((answer, found)) = stored(lab, kind, &spot, &json!(sent).to_string())? else {
        return Err(lab.wrong("201 for a dateTime with a fraction", "a refusal"));
    };
    let got = found.as_str().and_then(instant);
    if got == instant(sent) {
        return Ok(());
    }
    // no rule says how fine a server's clock is
    lab.note("fractions of a second are not kept");
    let near = got
        .zip(instant(sent))
        .is_some_and(|(got, sent)| (got - sent).abs() < chrono::TimeDelta::seconds(1));
    if near {
        return Ok(());
    }
    Err(answer.differs(&spot.path(), json!(sent), found))
}

fn no_date_times() -> [Value; 3] {
    [json!("2026-01-02"), json!("yesterday"), json!(true)]
}

pub(super) fn date_time_stays_date_time(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let is_instant = |it: &Value| it.as_str().is_some_and(|it| instant(it).is_some());
    stays(lab, kind, &no_date_times(), is_instant, "dateTime")
}

pub(super) fn no_date_time_is_refused(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    refused(lab, kind, "dateTime", &no_date_times())
}

pub(super) fn binary_is_kept(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let spot = typed(kind, "binary")?;
    kept(lab, kind, &spot, &[json!("U0NJTQ=="), json!("U0NJTQ")])
}

pub(super) fn no_base64_is_refused(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    refused(lab, kind, "binary", &[json!("*** no base64 ***"), json!(5)])
}

/// A place for references to anything.
fn outward(kind: &ResourceType) -> Result<Spot<'_>, Stop> {
    some(kind, "a reference to the outside", |it: &Spot<'_>| {
        let a: &Attribute = it.attribute;
        a.kind == "reference" && it.is_single() && it.is_plain() && it.value("x").is_ok()
    })
}

pub(super) fn reference_is_kept(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let spot = outward(kind)?;
    let there = format!("https://example.com/{}", lab.name());
    kept(lab, kind, &spot, &[json!(there)])
}

/// An attribute may want more than a reference does: profileUrl is a URL (RFC 7643 §4.1.1).
pub(super) fn relative_reference_is_kept(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let spot = outward(kind)?;
    let name = lab.name();
    let body = spot.set(lab.body(kind, Fill::Required), json!(name));
    let answer = lab.post(&kind.endpoint, &body)?;
    if (400..500).contains(&answer.status) {
        lab.note(format!("a relative URI in {} is refused", spot.path()));
        return Ok(());
    }
    let now = lab.read(&answer.is(201)?.made(&kind.endpoint)?)?;
    let found = spot.find(&now.body);
    if is_unassigned(found) {
        // another check asks whether all that is published is kept
        let why = format!("the server does not keep {}", spot.path());
        return Err(Stop::Blocked(why));
    }
    let absolute = format!("/{name}");
    let is_same = |it: &str| it == name || it.ends_with(&absolute);
    if found.and_then(Value::as_str).is_some_and(is_same) {
        return Ok(());
    }
    let found = found.cloned().unwrap_or_default();
    Err(now.differs(&spot.path(), json!(name), found))
}

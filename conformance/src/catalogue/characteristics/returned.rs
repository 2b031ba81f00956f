//! never, always and request.

use serde_json::Value;

use crate::answer::Answer;
use crate::check::{Stop, Verdict};
use crate::json::is_unassigned;
use crate::lab::{Lab, query};
use crate::sample::{Fill, Spot, some, spots};
use crate::server::ResourceType;

/// A place that can be set and is never shown.
fn secret(kind: &ResourceType) -> Result<Spot<'_>, Stop> {
    some(kind, "never returned", |it| {
        let hidden = it.attribute.returned == "never" || it.attribute.mutability == "writeOnly";
        hidden && it.attribute.is_writable() && it.is_single() && it.attribute.kind == "string"
    })
}

/// A value that policies for passwords like.
fn secret_value(lab: &Lab<'_>) -> String {
    format!("T0p-Secret!{}", lab.name())
}

pub(super) fn write_only_is_never_shown(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let spot = secret(kind)?;
    let value = secret_value(lab);
    let body = spot.set(lab.body(kind, Fill::Required), Value::from(value.as_str()));
    let hidden = |answer: &Answer| {
        let shown = !is_unassigned(spot.find(&answer.body)) || answer.text.contains(&value);
        lab.expect(
            !shown,
            &format!("an answer without {}", spot.path()),
            format!("an answer with it: {}", answer.text),
        )
    };
    let answer = lab.setup("POST", || lab.post(&kind.endpoint, &body)?.is(201))?;
    hidden(&answer)?;
    let made = answer.made(&kind.endpoint)?;
    hidden(&lab.read(&made)?)?;
    hidden(&lab.put(&made.path, &body)?)?;
    let filter = format!("id eq \"{}\"", made.id);
    hidden(&lab.list(&kind.endpoint, &[("filter", &filter)])?)
}

pub(super) fn secrets_cannot_be_guessed_by_filter(lab: &Lab<'_>) -> Verdict {
    let found = lab
        .server
        .types
        .iter()
        .find_map(|kind| Some((kind, secret(kind).ok()?)));
    let Some((kind, spot)) = found else {
        return Err(Stop::NotOffered(
            "no attribute is never returned".to_owned(),
        ));
    };
    let value = secret_value(lab);
    let body = spot.set(lab.body(kind, Fill::Required), Value::from(value.as_str()));
    let made = lab.make(&kind.endpoint, &body)?;
    for operator in ["sw", "ge"] {
        let start = value.get(..5).unwrap_or_default();
        let filter = format!(
            "id eq \"{}\" and {} {operator} \"{start}\"",
            made.id,
            spot.path()
        );
        let answer = lab
            .list(&kind.endpoint, &[("filter", &filter)])?
            .survives()?;
        lab.expect(
            answer.resources().is_empty(),
            "a refusal, or an empty list",
            "the resource: its secret can be found out letter by letter",
        )?;
    }
    Ok(())
}

pub(super) fn always_is_always(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let mut body = lab.body(kind, Fill::Required);
    let mut always = spots(kind);
    always.retain(|it| {
        it.parent.is_none() && it.attribute.returned == "always" && it.attribute.is_writable()
    });
    always.retain(|it| it.value("x").is_ok());
    if always.is_empty() {
        return Err(Stop::NotOffered(format!(
            "{} has no attribute but id that is always returned",
            kind.name
        )));
    }
    for spot in &always {
        body = spot.set(body, spot.value(&lab.name())?);
    }
    let made = lab.make(&kind.endpoint, &body)?;
    for spot in always {
        let path = spot.path();
        for parameter in [("attributes", "id"), ("excludedAttributes", path.as_str())] {
            let answer = lab.get(query(&made.path, &[parameter]))?.is(200)?;
            lab.expect(
                !is_unassigned(spot.find(&answer.body)),
                &format!("{path}, which is always returned"),
                answer.text.as_str(),
            )?;
        }
    }
    Ok(())
}

pub(super) fn request_only_on_demand_in_lists(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let spot = some(kind, "returned on request", |it| {
        it.parent.is_none() && it.attribute.returned == "request" && it.attribute.is_writable()
    })?;
    let body = spot.set(lab.body(kind, Fill::Required), spot.value(&lab.name())?);
    let made = lab.make(&kind.endpoint, &body)?;
    let filter = format!("id eq \"{}\"", made.id);
    let (plain, path) = (("filter", filter.as_str()), spot.path());
    for (parameters, wanted) in [
        (&[plain][..], false),
        (&[plain, ("attributes", path.as_str())][..], true),
    ] {
        let answer = lab.list(&kind.endpoint, parameters)?.is(200)?;
        let found = answer.resources().iter();
        let found: Vec<bool> = found.map(|it| spot.find(it).is_some()).collect();
        lab.expect(
            found == [wanted],
            &format!(
                "one resource {} {path}",
                if wanted { "with" } else { "without" }
            ),
            answer.text.as_str(),
        )?;
    }
    Ok(())
}

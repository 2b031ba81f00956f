//! What the parameters attributes and excludedAttributes give and take.

use serde_json::Value;

use crate::answer::Answer;
use crate::check::{Stop, Verdict};
use crate::json::{is_unassigned, member};
use crate::lab::{Lab, Made, encode, query};
use crate::sample::{self, Fill, Spot, some, text_spot, user_type};
use crate::server::{ENTERPRISE, ResourceType};

/// Makes a resource with values at these places.
pub(super) fn made_with(
    lab: &Lab<'_>,
    kind: &ResourceType,
    places: &[Spot<'_>],
) -> Result<Made, Stop> {
    Ok(sample::made_with(lab, kind, places)?.0)
}

/// Reads a resource with one parameter.
fn read_with(lab: &Lab<'_>, made: &Made, name: &str, value: &str) -> Result<Answer, Stop> {
    lab.get(query(&made.path, &[(name, value)]))?.is(200)
}

/// Expects a resource to have a value at a place, or to have none.
pub(super) fn shows(answer: &Answer, resource: &Value, spot: &Spot<'_>, wanted: bool) -> Verdict {
    let there = !is_unassigned(spot.find(resource));
    if there == wanted {
        return Ok(());
    }
    let words = |there: bool| format!("{} {}", if there { "with" } else { "without" }, spot.path());
    Err(answer.wrong(
        format!("the resource {}", words(wanted)),
        format!("it {}: {resource}", words(there)),
    ))
}

pub(super) fn attributes_are_those_asked_for(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let spot = text_spot(kind)?;
    let body = spot.set(lab.body(kind, Fill::All), spot.value(&lab.name())?);
    let made = lab.make(&kind.endpoint, &body)?;
    let answer = read_with(lab, &made, "attributes", &spot.path())?;
    answer.has("id", made.id.as_str())?;
    shows(&answer, &answer.body, &spot, true)?;
    let asked = spot.parent.unwrap_or(spot.attribute);
    let more = kind.schema.attributes.iter().filter(|it| {
        let common = matches!(it.name.as_str(), "id" | "schemas" | "meta");
        let shown = it.name == asked.name && !spot.is_extension;
        let always = |it: &crate::server::Attribute| it.returned == "always";
        !common && !shown && !always(it) && !it.sub_attributes.iter().any(always)
    });
    for attribute in more {
        answer.lacks(&attribute.name)?;
    }
    let extensions = kind.extensions.iter().map(|(it, _)| it);
    for extension in extensions.filter(|it| it.id != spot.schema.id) {
        if extension
            .attributes
            .iter()
            .all(|it| it.returned != "always")
        {
            answer.lacks(&extension.id)?;
        }
    }
    Ok(())
}

pub(super) fn meta_only_if_asked_for(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let spot = text_spot(kind)?;
    let made = made_with(lab, kind, &[spot])?;
    read_with(lab, &made, "attributes", &spot.path())?.lacks("meta")?;
    read_with(lab, &made, "attributes", "meta")?.value("meta")?;
    Ok(())
}

pub(super) fn attribute_by_full_name(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let spot = some(kind, "a plain string of its core schema", |it| {
        !it.is_extension && it.is_text()
    })?;
    let made = made_with(lab, kind, &[spot])?;
    let answer = read_with(lab, &made, "attributes", &spot.full_path())?;
    shows(&answer, &answer.body, &spot, true)
}

pub(super) fn extension_attribute_by_full_name(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let spot = extension_text(kind)?;
    let path = spot.path();
    let other = some(kind, "another one of the extension", |it| {
        it.is_text() && it.schema.id == spot.schema.id && it.path() != path && it.parent.is_none()
    });
    let other = other.ok();
    let places: Vec<Spot<'_>> = std::iter::once(spot).chain(other).collect();
    let made = made_with(lab, kind, &places)?;
    let answer = read_with(lab, &made, "attributes", &path)?;
    shows(&answer, &answer.body, &spot, true)?;
    other.map_or(Ok(()), |other| shows(&answer, &answer.body, &other, false))
}

fn extension_text(kind: &ResourceType) -> Result<Spot<'_>, Stop> {
    some(kind, "a plain string of an extension", |it| {
        it.is_extension && it.is_text() && it.parent.is_none()
    })
}

pub(super) fn extension_by_its_urn(lab: &Lab<'_>) -> Verdict {
    let kind = user_type(lab)?;
    let spot = some(kind, "a plain string of the enterprise extension", |it| {
        it.schema.id == ENTERPRISE && it.is_text()
    })?;
    let made = made_with(lab, kind, &[spot])?;
    let whole = lab.read(&made)?;
    let answer = lab.get(query(&made.path, &[("attributes", ENTERPRISE)]))?;
    if answer.status != 200 || is_unassigned(answer.at(ENTERPRISE)) {
        lab.note("the bare URN of an extension names nothing in the parameter attributes");
        return Ok(());
    }
    let expected = member(&whole.body, ENTERPRISE).cloned().unwrap_or_default();
    answer.has(ENTERPRISE, expected)
}

pub(super) fn parameters_in_any_case(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let spot = some(kind, "a plain string of its core schema", |it| {
        !it.is_extension && it.is_text()
    })?;
    let made = made_with(lab, kind, &[spot])?;
    let answer = read_with(lab, &made, "attributes", &spot.path().to_uppercase())?;
    shows(&answer, &answer.body, &spot, true)?;
    let answer = read_with(
        lab,
        &made,
        "excludedAttributes",
        &spot.path().to_uppercase(),
    )?;
    shows(&answer, &answer.body, &spot, false)
}

pub(super) fn unknown_attribute_is_no_error(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let spot = text_spot(kind)?;
    let made = made_with(lab, kind, &[spot])?;
    let answer = read_with(lab, &made, "attributes", "scimconfUnheardOf")?;
    answer.has("id", made.id.as_str())?;
    if !is_unassigned(spot.find(&answer.body)) {
        lab.note("a name in attributes that nothing has is as if it were not there");
    }
    Ok(())
}

pub(super) fn excluded_is_absent(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let spot = text_spot(kind)?;
    let made = made_with(lab, kind, &[spot])?;
    let whole = lab.read(&made)?;
    let answer = read_with(lab, &made, "excludedAttributes", &spot.path())?;
    shows(&answer, &answer.body, &spot, false)?;
    let top = match (spot.is_extension, spot.parent) {
        (true, _) => &spot.schema.id,
        (_, Some(parent)) => &parent.name,
        _ => &spot.attribute.name,
    };
    let kept = whole.body.as_object().into_iter().flatten();
    for (name, value) in kept.filter(|(name, _)| !name.eq_ignore_ascii_case(top)) {
        // schemas may become shorter with an extension that is gone
        if name != "schemas" && !is_unassigned(Some(value)) {
            answer.value(name)?;
        }
    }
    Ok(())
}

pub(super) fn id_is_not_excluded(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let made = lab.sample(kind, Fill::Required)?;
    read_with(lab, &made, "excludedAttributes", "id")?.has("id", made.id.as_str())
}

pub(super) fn request_only_on_demand(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let spot = some(kind, "returned on request", |it| {
        it.parent.is_none() && it.attribute.returned == "request" && it.attribute.is_writable()
    })?;
    let body = spot.set(lab.body(kind, Fill::Required), spot.value(&lab.name())?);
    let made = lab.make(&kind.endpoint, &body)?;
    let answer = lab.read(&made)?;
    shows(&answer, &answer.body, &spot, false)?;
    let answer = read_with(lab, &made, "attributes", &spot.path())?;
    shows(&answer, &answer.body, &spot, true)
}

pub(super) fn never_is_never(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let spot = some(kind, "never returned", |it| {
        it.attribute.returned == "never" && it.attribute.is_writable() && it.is_single()
    })?;
    let secret = format!("T0p-Secret!{}", lab.name());
    let body = spot.set(lab.body(kind, Fill::Required), spot.value(&secret)?);
    let made = lab.make(&kind.endpoint, &body)?;
    let answer = lab
        .get(query(&made.path, &[("attributes", &spot.path())]))?
        .survives()?;
    shows(&answer, &answer.body, &spot, false)
}

pub(super) fn attributes_and_excluded_together(lab: &Lab<'_>) -> Verdict {
    let user = lab.user()?;
    let both = [
        ("attributes", "userName"),
        ("excludedAttributes", "userName"),
    ];
    let answer = lab.get(query(&user.path, &both))?.one_of(&[200, 400])?;
    if answer.status == 400 {
        lab.note("the two together are refused");
        return Ok(());
    }
    let wins = if answer.at("userName").is_some() {
        "attributes"
    } else {
        "excludedAttributes"
    };
    lab.note(format!("{wins} wins over the other"));
    answer.has("id", user.id.as_str())
}

pub(super) fn blanks_after_commas(lab: &Lab<'_>) -> Verdict {
    let user = lab.user()?;
    let names = encode("id, userName");
    let answer = lab
        .get(format!("{}?attributes={names}", user.path))?
        .is(200)?;
    answer.value("userName")?;
    Ok(())
}

pub(super) fn odd_parameters(lab: &Lab<'_>) -> Verdict {
    let user = lab.user()?;
    for odd in [
        "attributes=",
        "excludedAttributes=",
        "attributes=,,",
        "attributes=userName&attributes=displayName",
        "attributes",
        "scimconf=1",
    ] {
        lab.get(format!("{}?{odd}", user.path))?
            .one_of(&[200, 400])?;
    }
    Ok(())
}

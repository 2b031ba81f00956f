//! Sub-attributes in the parameters.

use serde_json::{Value, json};

use super::projection::shows;
use crate::check::{Stop, Verdict};
use crate::json::{is_unassigned, member};
use crate::lab::{Lab, query};
use crate::sample::{Fill, Spot, some, spots};
use crate::server::ResourceType;

/// Two sub-attributes of one complex attribute that is no element's.
fn siblings(kind: &ResourceType) -> Result<(Spot<'_>, Spot<'_>), Stop> {
    let found = spots(kind);
    let pair = found.iter().find_map(|one| {
        let parent = one.parent.filter(|_| one.is_text())?;
        let other = found.iter().find(|other| {
            let same = other.parent.is_some_and(|it| it.name == parent.name);
            same && other.schema.id == one.schema.id
                && other.is_plain()
                && other.is_single()
                && other.attribute.returned == "default"
                && other.attribute.name != one.attribute.name
        })?;
        Some((*one, *other))
    });
    pair.ok_or_else(|| {
        let name = &kind.name;
        Stop::NotOffered(format!(
            "{name} has no complex attribute with two plain sub-attributes"
        ))
    })
}

pub(super) fn sub_attribute_asked_for(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    judge(lab, kind, "attributes", true)
}

pub(super) fn sub_attribute_excluded(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    judge(lab, kind, "excludedAttributes", false)
}

fn judge(lab: &Lab<'_>, kind: &ResourceType, parameter: &str, asked: bool) -> Verdict {
    let (one, other) = siblings(kind)?;
    let made = super::projection::made_with(lab, kind, &[one, other])?;
    let answer = lab
        .get(query(&made.path, &[(parameter, &one.path())]))?
        .is(200)?;
    shows(&answer, &answer.body, &one, asked)?;
    shows(&answer, &answer.body, &other, !asked)
}

pub(super) fn sub_attribute_of_elements_asked_for(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let spot = some(kind, "multi-valued and has value and type", |it| {
        let default = |name: &str| {
            let sub = it.attribute.sub(name);
            sub.is_some_and(|it| it.is_plain() && it.returned == "default")
        };
        it.parent.is_none()
            && it.attribute.multi_valued
            && it.is_plain()
            && default("value")
            && default("type")
    })?;
    let mut element = spot.value(&lab.name())?.get(0).cloned().unwrap_or_default();
    if let Some(element) = element.as_object_mut() {
        element.entry("type").or_insert_with(|| json!("work"));
    }
    let body = spot.set(lab.body(kind, Fill::Required), json!([element]));
    let made = lab.make(&kind.endpoint, &body)?;
    let asked = format!("{}.value", spot.path());
    let answer = lab
        .get(query(&made.path, &[("attributes", &asked)]))?
        .is(200)?;
    let found = spot.find(&answer.body).cloned().unwrap_or_default();
    let elements = found.as_array().cloned().unwrap_or_default();
    let has = |it: &Value, name: &str| !is_unassigned(member(it, name));
    lab.expect(
        !elements.is_empty() && elements.iter().all(|it| has(it, "value")),
        &format!("{asked} of each element"),
        answer.text.as_str(),
    )?;
    lab.expect(
        elements.iter().all(|it| !has(it, "type")),
        &format!("of {} only the values", spot.path()),
        found.to_string(),
    )
}

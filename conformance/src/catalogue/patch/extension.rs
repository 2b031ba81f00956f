//! Attributes of extensions in PATCH (RFC 7644 §3.5.2 and §3.10).

use serde_json::json;

use super::add::with_enterprise;
use super::attributes::{enterprise_texts, person, user_type};
use super::steps::{add, after, remove, replace, unchanged};
use crate::answer::Answer;
use crate::check::Feature::{Enterprise, Patch, User};
use crate::check::{Check, Feature, Stop, Verdict, may, must, should};
use crate::json::list;
use crate::lab::{Lab, without};
use crate::server::ENTERPRISE;

const NEEDS: &[Feature] = &[Patch, User, Enterprise];

pub(super) const CHECKS: &[Check] = &[
    must(
        "J37",
        "rfc7644-3.10/extension-attribute-by-urn",
        "An attribute of an extension is added, replaced and removed by its name with the extension's URN before it; its siblings stay.",
        attribute_by_urn,
    )
    .needs(NEEDS),
    must(
        "J37",
        "rfc7644-3.10/extension-sub-attribute-by-urn",
        "A sub-attribute of an extension's attribute is set by a path with the extension's URN.",
        sub_attribute_by_urn,
    )
    .needs(NEEDS),
    must(
        "J37",
        "rfc7644-3.10/extension-urn-in-any-case",
        "The URN in a path is read in any case.",
        urn_in_any_case,
    )
    .needs(NEEDS),
    may(
        "J37",
        "rfc7644-3.5.2/remove-of-whole-extension",
        "remove of a path that is the URN of an extension takes its attributes away, all of them, or is refused and changes nothing; the syntax of paths does not have it.",
        whole_extension,
    )
    .needs(NEEDS),
    must(
        "J38",
        "rfc7644-3.5.2/schemas-gains-the-extension",
        "The first attribute of an extension, set by its full name, adds the extension's URN to schemas.",
        schemas_gains_the_extension,
    )
    .needs(NEEDS),
    should(
        "J38",
        "rfc7643-3/schemas-loses-the-extension",
        "With the last attribute of an extension its URN leaves schemas.",
        schemas_loses_the_extension,
    )
    .needs(NEEDS),
];

/// The path of an attribute of the enterprise extension.
fn path(name: &str) -> String {
    format!("{ENTERPRISE}:{name}")
}

/// Where an answer has it.
fn place(name: &str) -> String {
    format!("{ENTERPRISE}.{name}")
}

fn attribute_by_urn(lab: &Lab<'_>) -> Verdict {
    let [one, other] = enterprise_texts(lab)?;
    let kept = lab.name();
    let user = person(lab, with_enterprise(lab, json!({ other: kept })))?;
    let (first, second) = (lab.name(), lab.name());
    let now = after(lab, &user, [add(&path(one), first.as_str())])?;
    now.has(&place(one), first)?;
    now.has(&place(other), kept.as_str())?;
    let now = after(lab, &user, [replace(&path(one), second.as_str())])?;
    now.has(&place(one), second)?;
    let now = after(lab, &user, [remove(&path(one))])?;
    now.lacks(&place(one))?;
    now.has(&place(other), kept)
}

fn sub_attribute_by_urn(lab: &Lab<'_>) -> Verdict {
    let extension = user_type(lab)?.extension(ENTERPRISE);
    let manager = extension.and_then(|it| it.attribute("manager"));
    if manager.and_then(|it| it.sub("value")).is_none() {
        return Err(Stop::NotOffered(
            "the enterprise extension has no manager.value".to_owned(),
        ));
    }
    let (boss, user) = (lab.user()?, lab.user()?);
    let now = after(lab, &user, [add(&path("manager.value"), boss.id.as_str())])?;
    now.has(&place("manager.value"), boss.id.as_str())
}

fn urn_in_any_case(lab: &Lab<'_>) -> Verdict {
    let [one, other] = enterprise_texts(lab)?;
    let (user, first, second) = (lab.user()?, lab.name(), lab.name());
    let now = after(
        lab,
        &user,
        [
            add(&path(one).to_lowercase(), first.as_str()),
            replace(&path(other).to_uppercase(), second.as_str()),
        ],
    )?;
    now.has(&place(one), first)?;
    now.has(&place(other), second)
}

fn whole_extension(lab: &Lab<'_>) -> Verdict {
    let [one, other] = enterprise_texts(lab)?;
    let body = with_enterprise(lab, json!({ one: lab.name(), other: lab.name() }));
    let user = person(lab, body)?;
    let before = lab.read(&user)?;
    let answer = lab.patch(&user.path, json!([remove(ENTERPRISE)]))?;
    if (400..500).contains(&answer.status) {
        lab.note(format!("remove of a whole extension: {}", answer.summary()));
        return unchanged(lab, &user, &before);
    }
    answer.done()?;
    let now = lab.read(&user)?;
    now.lacks(&place(one))?;
    now.lacks(&place(other))
}

/// The `schemas` of an answer, for a report.
fn schemas(answer: &Answer) -> String {
    answer
        .at("schemas")
        .cloned()
        .unwrap_or_default()
        .to_string()
}

/// Whether `schemas` names the enterprise extension.
fn is_named(answer: &Answer) -> bool {
    let mut schemas = list(&answer.body, "schemas").iter();
    schemas.any(|it| {
        it.as_str()
            .is_some_and(|it| it.eq_ignore_ascii_case(ENTERPRISE))
    })
}

fn schemas_gains_the_extension(lab: &Lab<'_>) -> Verdict {
    let [one, _] = enterprise_texts(lab)?;
    let user = lab.user()?;
    let now = after(lab, &user, [add(&path(one), lab.name())])?;
    let expected = format!("{ENTERPRISE} in schemas");
    lab.expect(is_named(&now), &expected, schemas(&now))
}

fn schemas_loses_the_extension(lab: &Lab<'_>) -> Verdict {
    let extensions = &user_type(lab)?.extensions;
    if extensions
        .iter()
        .any(|(it, must)| *must && it.id == ENTERPRISE)
    {
        let why = "each User must have the enterprise extension";
        return Err(Stop::NotOffered(why.to_owned()));
    }
    let [one, other] = enterprise_texts(lab)?;
    let body = with_enterprise(lab, json!({ one: lab.name(), other: lab.name() }));
    let user = person(lab, body)?;
    let now = after(lab, &user, [remove(&path(one)), remove(&path(other))])?;
    let rest = now.at(ENTERPRISE).cloned().unwrap_or_default();
    let empty = rest.as_object().is_none_or(serde_json::Map::is_empty);
    lab.setup("an extension without attributes", || {
        lab.expect(
            empty,
            "nothing left in it",
            without(rest, "schemas").to_string(),
        )
    })?;
    let expected = format!("no {ENTERPRISE} in schemas");
    lab.expect(!is_named(&now), &expected, schemas(&now))
}

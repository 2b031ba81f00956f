//! Extensions and custom types (RFC 7643 §3.3, §4.3, §6).

use serde_json::{Value, json};

use crate::check::Feature::{Enterprise, Filter, Patch};
use crate::check::Profile::Okta;
use crate::check::{Check, Stop, Verdict, each_must, each_robust, each_should, idp, must};
use crate::json::{is_unassigned, list, member};
use crate::lab::{Lab, Made, query, with, without};
use crate::sample::{Fill, Spot, made_with, must_take, offered, some, spots, taken, user_type};
use crate::server::{ENTERPRISE, ResourceType, USER};

/// Lines of the catalogue without a check, and why.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[];

pub(super) const CHECKS: &[Check] = &[
    must(
        "T1",
        "rfc7643-4.3/enterprise-attributes-are-kept",
        "The attributes of the enterprise extension are kept under its URN.",
        enterprise_attributes_are_kept,
    )
    .needs(&[Enterprise]),
    must(
        "T1",
        "rfc7643-4.3/manager-is-kept",
        "The manager of a user is kept under the URN of the enterprise extension.",
        manager_is_kept,
    )
    .needs(&[Enterprise]),
    must(
        "T2",
        "rfc7643-4.3/manager-name-is-read-only",
        "The displayName of a manager is the server's to say: what a client sends is ignored.",
        manager_name_is_read_only,
    )
    .needs(&[Enterprise]),
    each_must(
        "T3",
        "rfc7643-2.1/extension-names-in-any-case",
        "The name of an attribute of an extension, after its URN, may be in any case in parameters.",
        extension_names_in_any_case,
    ),
    each_should(
        "T3",
        "rfc7644-3.10/urn-in-any-case-in-parameters",
        "The URN of an extension may be in any case in parameters.",
        urn_in_any_case_in_parameters,
    ),
    each_should(
        "T3",
        "rfc7643-2.1/urn-in-any-case-in-bodies",
        "The URN of an extension may be in any case as the name of its object in a body.",
        urn_in_any_case_in_bodies,
    ),
    each_should(
        "T3",
        "rfc7644-3.10/urn-in-any-case-in-filters",
        "The URN of an extension may be in any case in a filter.",
        urn_in_any_case_in_filters,
    )
    .needs(&[Filter]),
    each_should(
        "T3",
        "rfc7644-3.10/urn-in-any-case-in-paths",
        "The URN of an extension may be in any case in the path of a PATCH.",
        urn_in_any_case_in_paths,
    )
    .needs(&[Patch]),
    each_must(
        "T4",
        "rfc7643-3.3/flat-extension-attribute-is-not-taken",
        "An attribute of an extension that stands outside of the extension's object is not taken for it.",
        flat_extension_attribute_is_not_taken,
    ),
    each_robust(
        "T5",
        "robust/published-attributes-are-kept",
        "Each attribute that the server publishes for a type, in its core schema or an extension, is kept when a resource is made with it.",
        published_attributes_are_kept,
    ),
    each_must(
        "T6",
        "rfc7643-6/required-extension-is-required",
        "A resource without a required extension is refused with 400.",
        required_extension_is_required,
    ),
    each_must(
        "T7",
        "rfc7643-3.3/same-name-does-not-mix",
        "Two attributes of the same name in two schemas of a type do not mix.",
        same_name_does_not_mix,
    ),
    idp(
        "T8",
        "okta/entitlements-come-in-pages",
        "Where there are endpoints for entitlements or roles, their lists come in pages like others.",
        &[Okta],
        entitlements_come_in_pages,
    ),
];

/// Expects these places to hold what was sent.
fn all_kept(lab: &Lab<'_>, made: &Made, sent: &Value, places: &[Spot<'_>]) -> Verdict {
    let answer = lab.read(made)?;
    for spot in places {
        let wanted = spot.find(sent).cloned().unwrap_or_default();
        if !spot.is_kept(&wanted, &answer.body) {
            let found = spot.find(&answer.body).cloned().unwrap_or_default();
            return Err(answer.differs(&spot.path(), wanted, found));
        }
    }
    Ok(())
}

fn enterprise_attributes_are_kept(lab: &Lab<'_>) -> Verdict {
    let mut places = spots(user_type(lab)?);
    places.retain(|it| it.schema.id == ENTERPRISE && it.parent.is_none() && it.is_text());
    let mut body = lab.user_body();
    for spot in &places {
        body = spot.set(body, spot.value(&lab.name())?);
    }
    let made = must_take(lab, user_type(lab)?, &body)?;
    all_kept(lab, &made, &body, &places)
}

/// A user with this manager, and further members of `manager`.
fn managed(lab: &Lab<'_>, manager: &Made, more: Value) -> Result<Made, Stop> {
    let there = user_type(lab)?.extension(ENTERPRISE);
    if there.and_then(|it| it.attribute("manager")).is_none() {
        return Err(Stop::NotOffered(
            "the enterprise extension has no manager".to_owned(),
        ));
    }
    let mut body = lab.user_body();
    let mut schemas = list(&body, "schemas").to_vec();
    if !schemas.contains(&json!(ENTERPRISE)) {
        schemas.push(json!(ENTERPRISE));
    }
    let manager = with(json!({ "value": manager.id }), more);
    body = with(
        body,
        json!({ "schemas": schemas, ENTERPRISE: { "manager": manager } }),
    );
    must_take(lab, user_type(lab)?, &body)
}

fn manager_is_kept(lab: &Lab<'_>) -> Verdict {
    let manager = lab.user()?;
    let user = managed(lab, &manager, json!({}))?;
    let path = format!("{ENTERPRISE}.manager.value");
    lab.read(&user)?.has(&path, manager.id.as_str())
}

fn manager_name_is_read_only(lab: &Lab<'_>) -> Verdict {
    let forged = format!("forged-{}", lab.name());
    let user = managed(lab, &lab.user()?, json!({ "displayName": forged }))?;
    let answer = lab.read(&user)?;
    let found = answer.text_at(&format!("{ENTERPRISE}.manager.displayName"));
    lab.expect(
        found != forged,
        "manager.displayName as the server knows it, or none",
        format!("what the client sent, {found}"),
    )
}

/// A plain string of an extension.
fn extension_text(kind: &ResourceType) -> Result<Spot<'_>, Stop> {
    some(kind, "a plain string of an extension", |it| {
        it.is_extension && it.is_text() && it.parent.is_none()
    })
}

/// A resource with a value in an extension, its place, and the body it was made of.
fn extended<'a>(lab: &Lab<'_>, kind: &'a ResourceType) -> Result<(Made, Spot<'a>, Value), Stop> {
    let spot = extension_text(kind)?;
    let (made, body) = made_with(lab, kind, &[spot])?;
    Ok((made, spot, body))
}

/// The name of a place with its URN in upper case.
fn shouted_urn(spot: &Spot<'_>) -> String {
    format!("{}:{}", spot.schema.id.to_uppercase(), spot.attribute.name)
}

fn extension_names_in_any_case(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let (made, spot, body) = extended(lab, kind)?;
    let name = format!("{}:{}", spot.schema.id, spot.attribute.name.to_uppercase());
    asked_for(lab, &made, &spot, &name, &body)
}

fn urn_in_any_case_in_parameters(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let (made, spot, body) = extended(lab, kind)?;
    asked_for(lab, &made, &spot, &shouted_urn(&spot), &body)
}

/// Expects a value to come when it is asked for by this name.
fn asked_for(lab: &Lab<'_>, made: &Made, spot: &Spot<'_>, name: &str, body: &Value) -> Verdict {
    let answer = lab
        .get(query(&made.path, &[("attributes", name)]))?
        .is(200)?;
    let wanted = spot.find(body).cloned().unwrap_or_default();
    let found = spot.find(&answer.body).cloned().unwrap_or_default();
    if found == wanted {
        return Ok(());
    }
    Err(answer.differs(name, wanted, found))
}

fn urn_in_any_case_in_bodies(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let (_, spot, _) = extended(lab, kind)?;
    let body = spot.set(lab.body(kind, Fill::Required), spot.value(&lab.name())?);
    let urn = &spot.schema.id;
    let inner = member(&body, urn).cloned().unwrap_or_default();
    let mut other = without(body.clone(), urn);
    other = with(other, json!({ urn.to_uppercase(): inner }));
    let made = must_take(lab, kind, &other)?;
    all_kept(lab, &made, &body, &[spot])
}

fn urn_in_any_case_in_filters(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let (made, spot, body) = extended(lab, kind)?;
    let value = spot.find(&body).and_then(Value::as_str).unwrap_or_default();
    let filter = format!("{} eq \"{value}\"", shouted_urn(&spot));
    let found = lab.find(&kind.endpoint, &filter)?;
    let there = found.iter().any(|it| it.get("id") == Some(&json!(made.id)));
    lab.expect(there, "the resource", "a list without it")
}

fn urn_in_any_case_in_paths(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let (made, spot, body) = extended(lab, kind)?;
    let value = spot.value(&lab.name())?;
    let change = json!([{ "op": "replace", "path": shouted_urn(&spot), "value": value }]);
    offered(lab.patch(&made.path, change)?)?.done()?;
    all_kept(lab, &made, &spot.set(body, value), &[spot])
}

fn flat_extension_attribute_is_not_taken(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let spot = some(
        kind,
        "a plain string of an extension with a name of its own",
        |it| {
            let lonely = kind.schema.attribute(&it.attribute.name).is_none();
            it.is_extension && it.is_text() && it.parent.is_none() && !it.required && lonely
        },
    )?;
    let body = lab.body(kind, Fill::Required);
    let mut schemas = list(&body, "schemas").to_vec();
    if !schemas.contains(&json!(spot.schema.id)) {
        schemas.push(json!(spot.schema.id));
    }
    let flat = json!({ "schemas": schemas, &spot.attribute.name: lab.name() });
    let Some(made) = taken(lab, kind, &with(body, flat))? else {
        lab.note("such a body is refused");
        return Ok(());
    };
    let answer = lab.read(&made)?;
    answer.lacks(&spot.attribute.name)?;
    lab.expect(
        is_unassigned(spot.find(&answer.body)),
        &format!("a refusal, or no {}", spot.path()),
        answer.text.as_str(),
    )
}

fn published_attributes_are_kept(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let body = lab.body(kind, Fill::All);
    let made = lab.make(&kind.endpoint, &body)?;
    let mut places = spots(kind);
    places.retain(|it| it.parent.is_none() && it.is_plain() && it.find(&body).is_some());
    all_kept(lab, &made, &body, &places)
}

fn required_extension_is_required(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let demanded = kind.extensions.iter().find(|(_, must)| *must);
    let Some((extension, _)) = demanded else {
        return Err(Stop::NotOffered(format!(
            "{} has no required extension",
            kind.name
        )));
    };
    // an extension of which nothing is required can be there and be empty
    if !extension
        .attributes
        .iter()
        .any(|it| it.required && it.is_writable())
    {
        return Err(Stop::NotOffered(format!(
            "nothing of {} is required",
            extension.id
        )));
    }
    let body = lab.body(kind, Fill::Required);
    let mut schemas = list(&body, "schemas").to_vec();
    schemas.retain(|it| it != extension.id.as_str());
    let body = with(without(body, &extension.id), json!({ "schemas": schemas }));
    lab.post(&kind.endpoint, &body)?.refused(400, "")?;
    Ok(())
}

fn same_name_does_not_mix(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let mut texts = spots(kind);
    texts.retain(|it| it.is_text() && it.parent.is_none());
    let twin = |one: &Spot<'_>, other: &Spot<'_>| {
        let name = one
            .attribute
            .name
            .eq_ignore_ascii_case(&other.attribute.name);
        name && one.schema.id != other.schema.id
    };
    let pair = texts.iter().enumerate().find_map(|(n, one)| {
        let other = texts.iter().skip(n + 1).find(|other| twin(one, other))?;
        Some([*one, *other])
    });
    let Some(pair) = pair else {
        let name = &kind.name;
        return Err(Stop::NotOffered(format!(
            "no two schemas of {name} have a string of the same name"
        )));
    };
    let mut body = lab.body(kind, Fill::Required);
    for spot in &pair {
        body = spot.set(body, spot.value(&lab.name())?);
    }
    let made = must_take(lab, kind, &body)?;
    all_kept(lab, &made, &body, &pair)
}

fn entitlements_come_in_pages(lab: &Lab<'_>) -> Verdict {
    let like = |it: &&ResourceType| {
        let name = it.endpoint.to_lowercase();
        it.schema.id != USER && (name.contains("entitlement") || name.contains("role"))
    };
    let kinds: Vec<&ResourceType> = lab.server.types.iter().filter(like).collect();
    if kinds.is_empty() {
        return Err(Stop::NotOffered(
            "no resource type is of entitlements or roles".to_owned(),
        ));
    }
    for kind in kinds {
        let page = [("startIndex", "1"), ("count", "1")];
        let answer = lab.list(&kind.endpoint, &page)?.is(200)?;
        let (total, shown) = (answer.total()?, answer.resources().len());
        lab.expect(
            shown == usize::from(total > 0),
            "one resource of all on a page of one",
            format!("{shown} of {total}"),
        )?;
    }
    Ok(())
}

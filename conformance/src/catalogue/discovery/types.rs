//! `ResourceTypes` (RFC 7643 §6).

use serde_json::Value;

use super::{faultless, listed, not_found, whole_list};
use crate::check::{Stop, Verdict};
use crate::json::{at, list, same, text};
use crate::lab::{Lab, encode};
use crate::sample::Fill;
use crate::server::ResourceType;

const PATH: &str = "/ResourceTypes";

pub(super) fn are_a_list(lab: &Lab<'_>) -> Verdict {
    let answer = lab.get(PATH)?.is(200)?;
    whole_list(&answer).map(|_| ())
}

/// A resource type's name, or its place where it has none.
fn called(kind: &Value, n: usize) -> String {
    match text(kind, "name") {
        "" => format!("Resources[{n}]"),
        name => name.to_owned(),
    }
}

pub(super) fn are_complete(lab: &Lab<'_>) -> Verdict {
    let mut faults = Vec::new();
    for (n, kind) in listed(lab, PATH)?.iter().enumerate() {
        let lacks = ["name", "endpoint", "schema"].into_iter();
        let lacks = lacks.filter(|it| text(kind, it).is_empty());
        faults.extend(lacks.map(|it| format!("{} has no {it}", called(kind, n))));
        let endpoint = text(kind, "endpoint");
        if endpoint.contains("://") {
            lab.note(format!(
                "the endpoint {endpoint} is not relative to the base URL"
            ));
        }
    }
    faultless(lab, "a name, an endpoint and a schema in each", &faults)
}

pub(super) fn have_published_schemas(lab: &Lab<'_>) -> Verdict {
    let schemas = listed(lab, "/Schemas")?;
    let published = |urn: &str| schemas.iter().any(|it| text(it, "id") == urn);
    let mut faults = Vec::new();
    for (n, kind) in listed(lab, PATH)?.iter().enumerate() {
        let extensions = list(kind, "schemaExtensions").iter();
        let urns = extensions.map(|it| text(it, "schema"));
        let missing = urns.chain([text(kind, "schema")]);
        let missing = missing.filter(|urn| !urn.is_empty() && !published(urn));
        faults.extend(missing.map(|urn| format!("{} names {urn}", called(kind, n))));
    }
    faultless(lab, "only schemas that are under /Schemas", &faults)
}

pub(super) fn endpoint_leads_to_them(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let answer = lab.list(&kind.endpoint, &[("count", "1")])?;
    // a server may refuse to list them all; whether it fails at it is judged elsewhere
    lab.expect(
        answer.status != 404,
        &format!("the resources of type {}", kind.name),
        answer.summary(),
    )
}

/// The id by which a resource type is asked for; it is optional, and often the name.
fn key(kind: &Value) -> &str {
    match text(kind, "id") {
        "" => text(kind, "name"),
        id => id,
    }
}

pub(super) fn one_by_one(lab: &Lab<'_>) -> Verdict {
    for kind in listed(lab, PATH)? {
        let answer = lab.get(format!("{PATH}/{}", encode(key(&kind))))?.is(200)?;
        for name in ["name", "endpoint", "schema"] {
            answer.has(name, at(&kind, name).cloned().unwrap_or_default())?;
        }
        let (here, there) = (
            list(&answer.body, "schemaExtensions"),
            list(&kind, "schemaExtensions"),
        );
        let all = here.len() == there.len()
            && there
                .iter()
                .all(|one| here.iter().any(|other| same(one, other)));
        lab.expect(
            all,
            "the same schemaExtensions as in the list",
            answer.summary(),
        )?;
    }
    Ok(())
}

pub(super) fn unknown_is_404(lab: &Lab<'_>) -> Verdict {
    not_found(lab.get(format!("{PATH}/{}", lab.name()))?)
}

pub(super) fn extensions_are_complete(lab: &Lab<'_>) -> Verdict {
    let kinds = listed(lab, PATH)?;
    let mut faults = Vec::new();
    let mut extensions = 0;
    for (n, kind) in kinds.iter().enumerate() {
        for extension in list(kind, "schemaExtensions") {
            extensions += 1;
            let urn = text(extension, "schema");
            if urn.is_empty() {
                faults.push(format!(
                    "{} has an extension without a schema",
                    called(kind, n)
                ));
            }
            if !at(extension, "required").is_some_and(Value::is_boolean) {
                let given = at(extension, "required").cloned().unwrap_or_default();
                faults.push(format!("{}, {urn}: required {given}", called(kind, n)));
            }
        }
    }
    if extensions == 0 {
        return Err(Stop::NotOffered(
            "no resource type has extensions".to_owned(),
        ));
    }
    faultless(lab, "a schema and the boolean required in each", &faults)
}

pub(super) fn meta_names_it(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    if kind.name.is_empty() {
        let why = "a resource type has no name";
        return Err(Stop::Blocked(why.to_owned()));
    }
    let made = lab.sample(kind, Fill::Required)?;
    lab.read(&made)?
        .has("meta.resourceType", kind.name.as_str())
}

pub(super) fn id_is_name(lab: &Lab<'_>) -> Verdict {
    let mut faults = Vec::new();
    for (n, kind) in listed(lab, PATH)?.iter().enumerate() {
        let id = text(kind, "id");
        if id != text(kind, "name") {
            faults.push(format!("{} has the id {id:?}", called(kind, n)));
        }
    }
    faultless(lab, "id and name the same in each", &faults)
}

//! Reading one resource.

use serde_json::{Value, json};

use crate::answer::ERROR;
use crate::check::{Stop, Verdict};
use crate::json::{is_unassigned, list, member};
use crate::lab::Lab;
use crate::sample::{Fill, some};
use crate::server::ResourceType;

pub(super) fn read_by_id(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let made = lab.sample(kind, Fill::All)?;
    let answer = lab.get(&made.path)?.is(200)?;
    answer.has("id", made.id.as_str())?;
    lab.expect(
        list(&answer.body, "schemas").contains(&json!(kind.schema.id)),
        &format!("{} among the schemas", kind.schema.id),
        answer.text.as_str(),
    )?;
    answer.value("meta.resourceType")?;
    answer.value("meta.location")?;
    Ok(())
}

pub(super) fn content_location_is_the_location(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let made = lab.sample(kind, Fill::Required)?;
    let answer = lab.read(&made)?;
    match answer.header("content-location") {
        Some(location) => answer.has("meta.location", location),
        None => Err(Stop::NotOffered(
            "answers have no Content-Location".to_owned(),
        )),
    }
}

pub(super) fn unknown_id_is_404(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let nobody = uuid::Uuid::new_v4();
    let answer = lab.get(format!("{}/{nobody}", kind.endpoint))?.is(404)?;
    lab.expect(
        list(&answer.body, "schemas").contains(&json!(ERROR)),
        "404 with an error of RFC 7644 §3.12 in the body",
        answer.summary(),
    )
}

pub(super) fn id_of_another_type_is_404(lab: &Lab<'_>) -> Verdict {
    let user = lab.user()?;
    let group = lab.group(&[])?;
    if user.id == group.id {
        return Err(lab.wrong(
            "ids that are unique over all resources",
            format!("a user and a group with the id {}", user.id),
        ));
    }
    let place = |collection: &str, id: &str| format!("{collection}/{}", crate::lab::encode(id));
    // a server that numbers its users and its groups has another group by that number
    let answer = lab
        .get(place(lab.groups(), &user.id))?
        .one_of(&[200, 404])?;
    if answer.status == 200 {
        return Err(answer.wrong(
            "404, since ids are unique over all resources (RFC 7643 §3.1)",
            "200 for the id of a user",
        ));
    }
    Ok(())
}

pub(super) fn odd_ids_are_refused(lab: &Lab<'_>) -> Verdict {
    let long = "a".repeat(3000);
    let odd = [
        "%00",
        "..%2f..%2fetc%2fpasswd",
        "%zz",
        "%c3%28",
        "%27%20OR%201%3D1--",
        "%22",
        "%E2%80%AE",
        long.as_str(),
    ];
    for id in odd {
        let answer = lab.get(format!("{}/{id}", lab.users()))?.survives()?;
        if (200..300).contains(&answer.status) {
            return Err(answer.wrong("a refusal (4xx)", answer.summary()));
        }
    }
    Ok(())
}

pub(super) fn schemas_name_what_is_there(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let made = lab.sample(kind, Fill::All)?;
    let answer = lab.read(&made)?;
    let named = list(&answer.body, "schemas");
    let shown = answer.at("schemas").unwrap_or(&Value::Null).to_string();
    let there = kind.extensions.iter().map(|(it, _)| it.id.as_str());
    let there = there.filter(|urn| !is_empty(member(&answer.body, urn)));
    for urn in std::iter::once(kind.schema.id.as_str()).chain(there) {
        let times = named.iter().filter(|it| is(it, urn)).count();
        lab.expect(times == 1, &format!("{urn} once among the schemas"), &shown)?;
    }
    let known = |it: &Value| {
        is(it, &kind.schema.id) || kind.extensions.iter().any(|(schema, _)| is(it, &schema.id))
    };
    lab.expect(
        named.iter().all(known),
        &format!("only schemas that /ResourceTypes gives {}", kind.name),
        &shown,
    )
}

pub(super) fn schemas_do_not_name_what_is_not(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    some(kind, "of an optional extension", |it| {
        let optional = |urn: &str| {
            kind.extensions
                .iter()
                .any(|(it, must)| !must && it.id == urn)
        };
        it.is_extension && optional(&it.schema.id)
    })?;
    let made = lab.sample(kind, Fill::Required)?;
    let answer = lab.read(&made)?;
    for (extension, _) in &kind.extensions {
        let named = list(&answer.body, "schemas")
            .iter()
            .any(|it| is(it, &extension.id));
        let empty = is_empty(member(&answer.body, &extension.id));
        lab.expect(
            !(named && empty),
            &format!(
                "{} not among the schemas, since nothing of it is there",
                extension.id
            ),
            answer.text.as_str(),
        )?;
    }
    Ok(())
}

fn is(named: &Value, urn: &str) -> bool {
    named
        .as_str()
        .is_some_and(|it| it.eq_ignore_ascii_case(urn))
}

/// Whether nothing is in an extension.
fn is_empty(extension: Option<&Value>) -> bool {
    match extension {
        Some(Value::Object(members)) => members.values().all(|it| is_unassigned(Some(it))),
        other => is_unassigned(other),
    }
}

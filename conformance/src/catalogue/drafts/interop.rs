//! draft-ietf-scim-interop-profile.

use serde_json::json;

use crate::answer::Answer;
use crate::check::{Feature, Stop, Verdict};
use crate::json::{member, text};
use crate::lab::{Lab, with};
use crate::server::{Attribute, Schema};

/// No schema defines it.
const UNDEFINED: &str = "scimconfUndefined";

pub(super) fn says_whether_it_conforms(lab: &Lab<'_>) -> Verdict {
    let config = lab.get("/ServiceProviderConfig")?.is(200)?;
    match member(&config.body, "interopProfileConformant") {
        None => lab.note("says nothing of interopProfileConformant"),
        Some(value) if value == false => lab.note("says that it does not conform"),
        Some(value) if value == true => {
            undefined_attribute_in_post(lab)?;
            if lab.server.offers(Feature::Patch) {
                operation_without_path(lab)?;
            }
        }
        Some(other) => {
            return Err(config.wrong("a boolean as interopProfileConformant", other.to_string()));
        }
    }
    Ok(())
}

pub(super) fn undefined_attribute_in_post(lab: &Lab<'_>) -> Verdict {
    let body = with(lab.user_body(), json!({ UNDEFINED: "x" }));
    lab.post(lab.users(), &body)?
        .refused(400, "invalidSyntax")?;
    Ok(())
}

pub(super) fn undefined_attribute_in_put(lab: &Lab<'_>) -> Verdict {
    let body = lab.user_body();
    let user = lab.make(lab.users(), &body)?;
    lab.put(&user.path, &with(body, json!({ UNDEFINED: "x" })))?
        .refused(400, "invalidSyntax")?;
    Ok(())
}

pub(super) fn undefined_attribute_in_patch(lab: &Lab<'_>) -> Verdict {
    let user = lab.user()?;
    let operations = json!([{ "op": "add", "path": UNDEFINED, "value": "x" }]);
    // RFC 7644 has invalidPath for this, the draft invalidSyntax for all that is undefined
    lab.patch(&user.path, operations)?
        .refused_as(&[(400, "invalidSyntax"), (400, "invalidPath")])?;
    Ok(())
}

pub(super) fn undefined_schema(lab: &Lab<'_>) -> Verdict {
    let mut body = lab.user_body();
    let urn = "urn:example:params:scim:schemas:scimconf:2.0:Undefined";
    if let Some(schemas) = body.get_mut("schemas").and_then(|it| it.as_array_mut()) {
        schemas.push(json!(urn));
    }
    let body = with(body, json!({ urn: { "colour": "red" } }));
    lab.post(lab.users(), &body)?
        .refused(400, "invalidSyntax")?;
    Ok(())
}

pub(super) fn types_have_canonical_values(lab: &Lab<'_>) -> Verdict {
    let kinds = lab.server.types.iter();
    let schemas: Vec<&Schema> = kinds
        .flat_map(|it| {
            let extensions = it.extensions.iter().map(|(schema, _)| schema);
            extensions.chain([&it.schema])
        })
        .collect();
    let mut bare = schemas.iter().flat_map(|schema| {
        let attributes = schema.attributes.iter();
        let bare = attributes.filter(|it| it.published && it.sub("type").is_some_and(is_bare));
        bare.map(|it| (&schema.id, &it.name))
    });
    match bare.next() {
        None => Ok(()),
        Some((schema, name)) => {
            lab.get("/Schemas")?;
            let words = format!("canonicalValues of {name}.type in {schema}");
            Err(lab.wrong(words, "none"))
        }
    }
}

/// Whether nothing is said of the values that an attribute may have.
fn is_bare(attribute: &Attribute) -> bool {
    attribute.canonical_values.is_empty()
}

pub(super) fn operation_without_path(lab: &Lab<'_>) -> Verdict {
    let user = lab.user()?;
    let name = lab.name();
    let operations = json!([{ "op": "replace", "value": { "userName": name } }]);
    lab.patch(&user.path, operations)?
        .refused(400, "invalidSyntax")?;
    Ok(())
}

pub(super) fn eq_and_and(lab: &Lab<'_>) -> Verdict {
    let user = lab.user()?;
    lab.user()?;
    let (id, name) = (&user.id, user.text("userName"));
    for (filter, count) in [
        (format!("userName eq \"{name}\""), 1),
        (format!("id eq \"{id}\" and userName eq \"{name}\""), 1),
        (format!("id eq \"{id}\" and userName eq \"{name}-2\""), 0),
    ] {
        let found = lab.find(lab.users(), &filter)?;
        let right = found.len() == count && found.iter().all(|it| text(it, "id") == *id);
        let words = format!("{count} found by {filter}");
        lab.expect(right, &words, format!("{}", found.len()))?;
    }
    Ok(())
}

pub(super) fn unknown_attribute_in_filter(lab: &Lab<'_>) -> Verdict {
    let filter = format!("{UNDEFINED} eq \"x\"");
    lab.list(lab.users(), &[("filter", &filter)])?
        .refused(400, "invalidFilter")?;
    Ok(())
}

pub(super) fn delete_is_hard(lab: &Lab<'_>) -> Verdict {
    let body = lab.user_body();
    let user = lab.make(lab.users(), &body)?;
    lab.delete(&user.path)?.is(204)?;
    lab.get(&user.path)?.is(404)?;
    let again = lab.post(lab.users(), &body)?.is(201)?;
    is_another(&again, &user.id)
}

fn is_another(answer: &Answer, id: &str) -> Verdict {
    if answer.text_at("id") == id {
        return Err(answer.wrong("another id than that of the deleted user", id));
    }
    Ok(())
}

pub(super) fn patch_never_deletes(lab: &Lab<'_>) -> Verdict {
    let user = lab.user()?;
    if lab
        .server
        .user()
        .and_then(|it| it.schema.attribute("active"))
        .is_none()
    {
        return Err(Stop::NotOffered("the User has no active".to_owned()));
    }
    lab.patch(
        &user.path,
        json!([{ "op": "replace", "path": "active", "value": false }]),
    )?
    .done()?;
    lab.read(&user)?.has("active", false)
}

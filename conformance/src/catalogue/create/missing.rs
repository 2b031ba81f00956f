//! Bodies that lack what they must have.

use serde_json::{Value, json};

use crate::check::{Stop, Verdict};
use crate::json::list;
use crate::lab::{Lab, with, without};
use crate::sample::{Fill, Spot, some, taken, user_type};
use crate::server::ResourceType;

pub(super) fn user_name_is_required(lab: &Lab<'_>) -> Verdict {
    let body = lab.user_body();
    let bodies = [
        ("no userName", without(body.clone(), "userName")),
        (
            "a userName that is null",
            with(body.clone(), json!({ "userName": null })),
        ),
        ("an empty userName", with(body, json!({ "userName": "" }))),
    ];
    for (what, body) in bodies {
        let answer = lab.post(lab.users(), &body)?;
        lab.expect(
            answer.status == 400,
            &format!("status 400 for a user with {what}"),
            answer.summary(),
        )?;
    }
    Ok(())
}

pub(super) fn user_name_is_a_string(lab: &Lab<'_>) -> Verdict {
    for name in no_names(lab) {
        let body = with(lab.user_body(), json!({ "userName": name }));
        let Some(made) = taken(lab, user_type(lab)?, &body)? else {
            continue;
        };
        let answer = lab.read(&made)?;
        lab.expect(
            answer.at("userName").is_some_and(Value::is_string),
            "a refusal with 400, or a string",
            answer.text.as_str(),
        )?;
        lab.note(format!(
            "the userName {name} is taken as `{}`",
            answer.text_at("userName")
        ));
    }
    Ok(())
}

pub(super) fn user_name_of_another_type_is_400(lab: &Lab<'_>) -> Verdict {
    for name in no_names(lab) {
        let body = with(lab.user_body(), json!({ "userName": name }));
        lab.post(lab.users(), &body)?.refused(400, "")?;
    }
    Ok(())
}

/// What is no string.
fn no_names(lab: &Lab<'_>) -> [Value; 3] {
    // a number that no name of another user looks like
    let (number, ..) = uuid::Uuid::new_v4().as_fields();
    [
        json!(number),
        json!([lab.name()]),
        json!({ "value": lab.name() }),
    ]
}

pub(super) fn required_is_required(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let spot = some(kind, "a required string", |it| {
        !it.is_extension && is_needed(it)
    })?;
    let body = lab.body(kind, Fill::Required);
    let lacking = without(body, &spot.attribute.name);
    lab.post(&kind.endpoint, &lacking)?.refused(400, "")?;
    Ok(())
}

pub(super) fn required_in_required_extension(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let demanded = |urn: &str| {
        kind.extensions
            .iter()
            .any(|(it, must)| *must && it.id == urn)
    };
    let spot = some(kind, "required in a required extension", |it| {
        it.is_extension && is_needed(it) && demanded(&it.schema.id)
    })?;
    let body = lab.body(kind, Fill::Required);
    lab.post(&kind.endpoint, &spot.unset(body))?
        .refused(400, "")?;
    Ok(())
}

/// Whether a client has to give it: the schema says so, and not a default can be meant.
fn is_needed(spot: &Spot<'_>) -> bool {
    spot.parent.is_none()
        && spot.attribute.required
        && spot.attribute.is_writable()
        && spot.attribute.kind == "string"
        && spot.is_single()
}

pub(super) fn schemas_are_required(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let body = || lab.body(kind, Fill::Required);
    for body in [
        without(body(), "schemas"),
        with(body(), json!({ "schemas": [] })),
    ] {
        let Some(schemas) = schemas_of_made(lab, kind, &body)? else {
            continue;
        };
        lab.note("a body without schemas is taken");
        let named = schemas.iter().any(|it| is_urn(it, &kind.schema.id));
        let expected = format!("schemas with {}", kind.schema.id);
        lab.expect(named, &expected, Value::from(schemas).to_string())?;
    }
    Ok(())
}

pub(super) fn unknown_schema_is_not_kept(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let unknown = "urn:example:scimconf:unheard-of";
    let body = lab.body(kind, Fill::Required);
    let mut schemas = list(&body, "schemas").to_vec();
    schemas.push(json!(unknown));
    let body = with(body, json!({ "schemas": schemas }));
    let Some(schemas) = schemas_of_made(lab, kind, &body)? else {
        return Ok(());
    };
    if schemas.iter().any(|it| is_urn(it, unknown)) {
        let expected = "a refusal, or schemas of the resource type only";
        return Err(lab.wrong(expected, Value::from(schemas).to_string()));
    }
    lab.note("an unknown schema in a body is left out");
    Ok(())
}

fn is_urn(value: &Value, urn: &str) -> bool {
    value
        .as_str()
        .is_some_and(|it| it.eq_ignore_ascii_case(urn))
}

/// The schemas of what is made of a body, read back; `None` if it is refused.
fn schemas_of_made(
    lab: &Lab<'_>,
    kind: &ResourceType,
    body: &Value,
) -> Result<Option<Vec<Value>>, Stop> {
    let answer = lab.post(&kind.endpoint, body)?;
    if (400..500).contains(&answer.status) {
        return Ok(None);
    }
    let made = answer.is(201)?.made(&kind.endpoint)?;
    let now = lab.read(&made)?;
    Ok(Some(list(&now.body, "schemas").to_vec()))
}

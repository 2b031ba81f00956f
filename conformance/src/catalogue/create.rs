//! Creating (RFC 7644 §3.3).

use serde_json::{Value, json};

use crate::check::Feature::{Etag, User};
use crate::check::{Check, Verdict, each_must, must};
use crate::json::{list, text};
use crate::lab::{Lab, with};
use crate::sample::Fill;
use crate::server::ResourceType;

/// Lines of the catalogue without a check, and why.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[];

pub(super) const CHECKS: &[Check] = &[
    each_must(
        "C1",
        "rfc7644-3.3/create-answers-201",
        "A resource that is created is answered with 201 and the resource.",
        create_answers_201,
    ),
    each_must(
        "C2",
        "rfc7644-3.3/location-leads-to-it",
        "The answer to a creation has a Location, absolute, the same as meta.location, and a GET there gives the resource.",
        location_leads_to_it,
    ),
    must(
        "C5",
        "rfc7644-3.14/created-has-etag",
        "Where versions are offered, the answer to a creation has an ETag that is meta.version.",
        created_has_etag,
    )
    .needs(&[Etag, User]),
    must(
        "C7",
        "rfc7644-3.3/duplicate-is-409",
        "A userName that is taken is refused with 409 and scimType uniqueness.",
        duplicate_is_409,
    )
    .needs(&[User]),
    must(
        "C8",
        "rfc7643-4.1.1/duplicate-in-other-case-is-409",
        "A userName that differs from another one only in case is taken.",
        duplicate_in_other_case_is_409,
    )
    .needs(&[User]),
];

fn create_answers_201(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let answer = lab
        .post(&kind.endpoint, &lab.body(kind, Fill::Required))?
        .is(201)?;
    answer.value("id")?;
    let schemas = list(&answer.body, "schemas");
    let named = schemas.contains(&Value::from(kind.schema.id.as_str()));
    lab.expect(
        named,
        "the resource, its core schema among its schemas",
        answer.summary(),
    )
}

fn location_leads_to_it(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let answer = lab
        .post(&kind.endpoint, &lab.body(kind, Fill::Required))?
        .is(201)?;
    let Some(location) = answer.header("location") else {
        return Err(answer.wrong("a Location header", "none"));
    };
    lab.expect(
        location.contains("://"),
        "an absolute URI in Location",
        location,
    )?;
    answer.has("meta.location", location)?;
    lab.get(location)?.is(200)?.has("id", answer.text_at("id"))
}

fn created_has_etag(lab: &Lab<'_>) -> Verdict {
    let answer = lab.post(lab.users(), &lab.user_body())?.is(201)?;
    let version = answer.value("meta.version")?.clone();
    let etag = answer.header("etag").unwrap_or("no ETag");
    lab.expect(
        version == etag,
        &format!("ETag: {}", version.as_str().unwrap_or_default()),
        etag,
    )
}

fn duplicate_is_409(lab: &Lab<'_>) -> Verdict {
    let body = lab.user_body();
    lab.make(lab.users(), &body)?;
    lab.post(lab.users(), &body)?.refused(409, "uniqueness")?;
    Ok(())
}

fn duplicate_in_other_case_is_409(lab: &Lab<'_>) -> Verdict {
    let body = lab.user_body();
    lab.make(lab.users(), &body)?;
    let shouted = text(&body, "userName").to_uppercase();
    lab.post(lab.users(), &with(body, json!({ "userName": shouted })))?
        .refused(409, "uniqueness")?;
    Ok(())
}

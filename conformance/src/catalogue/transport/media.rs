//! Media types (RFC 7644 §3.8).

use crate::answer::Answer;
use crate::check::{Stop, Verdict};
use crate::lab::{Lab, query};
use crate::raw::{Connection, Message};
use crate::sample::Fill;
use crate::wire::Request;

const SCIM_JSON: &str = "application/scim+json";
const JSON: &str = "application/json";

/// The path of a resource that can be read.
pub(super) fn readable(lab: &Lab<'_>) -> Result<String, Stop> {
    let made = lab.sample(lab.kind()?, Fill::Required)?;
    lab.setup(&made.path, || lab.read(&made))?;
    Ok(made.path)
}

/// Expects one of these media types, whatever its parameters.
fn is_one_of(answer: &Answer, types: &[&str]) -> Verdict {
    let given = answer.header("content-type").unwrap_or("no Content-Type");
    let media = given.split(';').next().unwrap_or_default().trim();
    if types.iter().any(|it| it.eq_ignore_ascii_case(media)) {
        return Ok(());
    }
    Err(answer.wrong(
        format!("Content-Type: {}", types.join(" or ")),
        given.to_owned(),
    ))
}

fn accepting(lab: &Lab<'_>, path: &str, accept: &str) -> Result<Answer, Stop> {
    lab.send(Request::new("GET", path).header("accept", accept))?
        .is(200)
}

pub(super) fn accept_scim_json(lab: &Lab<'_>) -> Verdict {
    is_one_of(&accepting(lab, &readable(lab)?, SCIM_JSON)?, &[SCIM_JSON])
}

pub(super) fn accept_json(lab: &Lab<'_>) -> Verdict {
    is_one_of(&accepting(lab, &readable(lab)?, JSON)?, &[JSON, SCIM_JSON])
}

pub(super) fn accept_lists(lab: &Lab<'_>) -> Verdict {
    let path = readable(lab)?;
    for accept in [
        "*/*",
        "application/*",
        "text/html;q=0.2, application/scim+json;q=0.9",
        "application/scim+json, application/json;q=0.5, */*;q=0.1",
        "APPLICATION/SCIM+JSON",
    ] {
        is_one_of(&accepting(lab, &path, accept)?, &[SCIM_JSON, JSON])?;
    }
    Ok(())
}

pub(super) fn no_accept(lab: &Lab<'_>) -> Verdict {
    // a library adds the header
    let mut connection = Connection::open(lab.target())?;
    let message = Message::new("GET", readable(lab)?).last();
    is_one_of(
        &lab.speak(&mut connection, &message)?.is(200)?,
        &[SCIM_JSON],
    )
}

fn created_from(lab: &Lab<'_>, types: &[&str]) -> Verdict {
    let kind = lab.kind()?;
    lab.sample(kind, Fill::Required)?;
    for media in types {
        let request = Request::new("POST", &kind.endpoint)
            .json(&lab.body(kind, Fill::Required))
            .header("content-type", media);
        lab.send(request)?.is(201)?;
    }
    Ok(())
}

pub(super) fn scim_json_with_charset(lab: &Lab<'_>) -> Verdict {
    let with = [
        SCIM_JSON,
        "application/scim+json; charset=utf-8",
        "application/scim+json;charset=UTF-8",
    ];
    created_from(lab, &with)
}

pub(super) fn plain_json_is_taken(lab: &Lab<'_>) -> Verdict {
    created_from(lab, &[JSON, "application/json; charset=utf-8"])
}

pub(super) fn answers_are_scim_json(lab: &Lab<'_>) -> Verdict {
    let kind = lab.kind()?;
    let body = lab.body(kind, Fill::Required);
    let answer = lab.setup("POST", || lab.post(&kind.endpoint, &body)?.is(201))?;
    is_one_of(&answer, &[SCIM_JSON])?;
    let made = answer.made(&kind.endpoint)?;
    is_one_of(&lab.read(&made)?, &[SCIM_JSON])?;
    let list = lab.get(query(&kind.endpoint, &[("count", "1")]))?;
    // whether the list can be read is judged elsewhere
    match list.status {
        200 => is_one_of(&list, &[SCIM_JSON]),
        _ => Ok(()),
    }
}

//! Which status, and which keyword of Table 9, a situation has.
//!
//! `tooMany` and `sensitive` are for the server to decide, and `invalidVers` is one of several
//! ways to refuse a version: nothing provokes them for certain.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::check::{Stop, Verdict};
use crate::lab::{Lab, with};
use crate::sample::Fill;
use crate::wire::Request;

pub(super) fn invalid_filter(lab: &Lab<'_>) -> Verdict {
    lab.list(lab.users(), &[("filter", "userName xx \"a\"")])?
        .refused(400, "invalidFilter")?;
    Ok(())
}

pub(super) fn uniqueness(lab: &Lab<'_>) -> Verdict {
    let body = lab.user_body();
    lab.make(lab.users(), &body)?;
    lab.post(lab.users(), &body)?.refused(409, "uniqueness")?;
    Ok(())
}

/// What a PATCH of a new user is answered, where PATCH is there at all.
fn patched(lab: &Lab<'_>, operation: Value) -> Result<Answer, Stop> {
    let answer = lab.patch(&lab.user()?.path, json!([operation]))?;
    if answer.status == 501 {
        let why = "PATCH is not implemented, whatever the configuration says";
        return Err(Stop::Blocked(why.to_owned()));
    }
    Ok(answer)
}

pub(super) fn mutability(lab: &Lab<'_>) -> Verdict {
    let operation = json!({ "op": "replace", "path": "id", "value": lab.name() });
    let answer = patched(lab, operation)?.refused(400, "")?;
    names(lab, &answer, &["mutability"])
}

pub(super) fn no_target(lab: &Lab<'_>) -> Verdict {
    patched(lab, json!({ "op": "remove" }))?.refused(400, "noTarget")?;
    Ok(())
}

/// Expects an error to name one of these keywords, or none: `scimType` is optional, but for those
/// errors whose own rules name it.
fn names(lab: &Lab<'_>, answer: &Answer, kinds: &[&str]) -> Verdict {
    match answer.text_at("scimType") {
        "" => lab.note("an error names no scimType"),
        kind if kinds.contains(&kind) => {}
        kind => return Err(answer.wrong(format!("scimType {}", kinds.join(" or ")), kind)),
    }
    Ok(())
}

/// A 400, whose keyword is then judged; that it is refused at all is judged elsewhere.
fn bad_request(answer: Answer) -> Result<Answer, Stop> {
    match answer.status {
        400 => Ok(answer),
        status => Err(Stop::NotOffered(format!(
            "this is answered with {status} here, which other checks judge"
        ))),
    }
}

pub(super) fn invalid_syntax(lab: &Lab<'_>) -> Verdict {
    let request = Request::new("POST", &lab.kind()?.endpoint).bytes("{\"schemas\": [");
    names(lab, &bad_request(lab.send(request)?)?, &["invalidSyntax"])
}

pub(super) fn invalid_path(lab: &Lab<'_>) -> Verdict {
    let operation = json!({ "op": "replace", "path": "..user name..", "value": "a" });
    let answer = bad_request(patched(lab, operation)?)?;
    // a path may also be seen as one that leads nowhere, or as a part of the message
    names(lab, &answer, &["invalidPath", "noTarget", "invalidSyntax"])
}

pub(super) fn invalid_value(lab: &Lab<'_>) -> Verdict {
    let body = with(lab.user_body(), json!({ "userName": { "a": 1 } }));
    let answer = bad_request(lab.post(lab.users(), &body)?)?;
    // it does not conform to the schema either
    names(lab, &answer, &["invalidValue", "invalidSyntax"])
}

pub(super) fn unknown_endpoint_is_404(lab: &Lab<'_>) -> Verdict {
    lab.get(format!("/{}", lab.name()))?.is(404)?;
    Ok(())
}

/// Sends a method to the endpoint of a collection that RFC 7644 §3.2 does not have there.
fn wrong_method(lab: &Lab<'_>) -> Result<Answer, Stop> {
    let path = &lab.kind()?.endpoint;
    lab.send(Request::new("PUT", path).json(&Value::Object(serde_json::Map::new())))
}

pub(super) fn wrong_method_is_405(lab: &Lab<'_>) -> Verdict {
    let kind = lab.kind()?;
    let made = lab.sample(kind, Fill::Required)?;
    let body = lab.body(kind, Fill::Required);
    lab.post(&made.path, &body)?.one_of(&[405, 501])?;
    // 501 is what Table 8 of RFC 7644 has for an operation that is not supported
    wrong_method(lab)?.one_of(&[405, 501])?;
    Ok(())
}

pub(super) fn allow_names_the_methods(lab: &Lab<'_>) -> Verdict {
    let answer = wrong_method(lab)?;
    if answer.status != 405 {
        let why = format!("a wrong method is answered with {}", answer.status);
        return Err(Stop::NotOffered(why));
    }
    let allowed = answer.header("allow").unwrap_or("no Allow header");
    let methods: Vec<&str> = allowed.split(',').map(str::trim).collect();
    lab.expect(
        methods.contains(&"GET") && methods.contains(&"POST"),
        "an Allow header with GET and POST",
        allowed,
    )
}

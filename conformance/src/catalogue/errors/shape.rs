//! What the body of an error looks like, whatever went wrong.

use serde_json::json;

use crate::answer::{Answer, ERROR};
use crate::check::{Feature, Stop, Verdict};
use crate::json::list;
use crate::lab::{Lab, encode, query};
use crate::wire::Request;

/// Keywords of RFC 7644 §3.12 and §3.5.2 and of RFC 9865 §2.1.
const SCIM_TYPES: [&str; 13] = [
    "invalidFilter",
    "tooMany",
    "uniqueness",
    "mutability",
    "invalidSyntax",
    "invalidPath",
    "noTarget",
    "invalidValue",
    "invalidVers",
    "sensitive",
    "invalidCursor",
    "expiredCursor",
    "invalidCount",
];

/// Errors of several kinds; what a server does not take for one is left out.
///
/// # Errors
/// The check is blocked if there is no error at all.
pub(super) fn provoked(lab: &Lab<'_>) -> Result<Vec<Answer>, Stop> {
    let kind = lab.kind()?;
    let path = kind.endpoint.as_str();
    let unknown = format!("{path}/{}", encode(&lab.name()));
    let wrong = json!({ "schemas": [kind.schema.id], "userName": { "a": 1 }, "displayName": [1] });
    let mut requests = vec![
        Request::new("GET", &unknown),
        Request::new("DELETE", &unknown),
        Request::new("PUT", &unknown).json(&lab.body(kind, crate::sample::Fill::Required)),
        Request::new("POST", path).bytes("{\"schemas\": ["),
        Request::new("POST", path).json(&wrong),
        Request::new("GET", format!("/{}", lab.name())),
        Request::new("GET", path)
            .without_token()
            .header("authorization", "Bearer scimconf"),
    ];
    if lab.server.offers(Feature::Filter) {
        requests.push(Request::new("GET", query(path, &[("filter", "a b c")])));
    }
    if kind.is_user() {
        let body = lab.user_body();
        lab.make(path, &body)?;
        requests.push(Request::new("POST", path).json(&body));
    }
    let answers = requests.into_iter().map(|it| lab.send(it));
    let answers: Vec<Answer> = answers.collect::<Result<_, Stop>>()?;
    let errors = answers.into_iter().filter(|it| it.status >= 400);
    there_are(
        errors.collect(),
        "nothing that was sent was answered with an error",
    )
}

fn there_are(errors: Vec<Answer>, otherwise: &str) -> Result<Vec<Answer>, Stop> {
    if errors.is_empty() {
        return Err(Stop::Blocked(otherwise.to_owned()));
    }
    Ok(errors)
}

/// Those of the errors that are SCIM errors; the others are judged by one check alone.
fn scim_errors(lab: &Lab<'_>) -> Result<Vec<Answer>, Stop> {
    let errors = provoked(lab)?.into_iter().filter(is_scim_error);
    there_are(errors.collect(), "no error has the schema of errors")
}

fn is_scim_error(answer: &Answer) -> bool {
    list(&answer.body, "schemas").contains(&ERROR.into())
}

pub(super) fn have_the_schema(lab: &Lab<'_>) -> Verdict {
    for answer in provoked(lab)? {
        if !is_scim_error(&answer) {
            let expected = format!("an object with schemas [\"{ERROR}\"]");
            return Err(answer.wrong(expected, answer.summary()));
        }
    }
    Ok(())
}

pub(super) fn status_is_a_string(lab: &Lab<'_>) -> Verdict {
    for answer in scim_errors(lab)? {
        answer.has("status", answer.status.to_string())?;
    }
    Ok(())
}

pub(super) fn are_scim_json(lab: &Lab<'_>) -> Verdict {
    for answer in provoked(lab)? {
        let given = answer.header("content-type").unwrap_or("no Content-Type");
        let media = given.split(';').next().unwrap_or_default().trim();
        if !media.eq_ignore_ascii_case("application/scim+json") {
            let expected = "Content-Type: application/scim+json";
            return Err(answer.wrong(expected, format!("{given} (status {})", answer.status)));
        }
    }
    Ok(())
}

pub(super) fn scim_type_is_known(lab: &Lab<'_>) -> Verdict {
    for answer in scim_errors(lab)? {
        let Some(given) = answer.at("scimType").filter(|it| !it.is_null()) else {
            continue;
        };
        if !given.as_str().is_some_and(|it| SCIM_TYPES.contains(&it)) {
            let expected = format!("one of {}", SCIM_TYPES.join(", "));
            return Err(answer.wrong(expected, format!("scimType {given}")));
        }
    }
    Ok(())
}

pub(super) fn have_no_further_members(lab: &Lab<'_>) -> Verdict {
    const MEMBERS: [&str; 4] = ["schemas", "status", "scimType", "detail"];
    for answer in scim_errors(lab)? {
        let members = answer.body.as_object().into_iter().flatten();
        let further = members.filter(|(name, _)| !MEMBERS.contains(&name.as_str()));
        let further: Vec<&str> = further.map(|(name, _)| name.as_str()).collect();
        if !further.is_empty() {
            let expected = format!("only {}", MEMBERS.join(", "));
            return Err(answer.wrong(expected, format!("also {}", further.join(", "))));
        }
    }
    Ok(())
}

//! The parameters work alike wherever a resource comes back.

use serde_json::{Value, json};

use super::projection::{made_with, shows};
use crate::answer::Answer;
use crate::check::{Stop, Verdict};
use crate::lab::{Lab, Made, query};
use crate::sample::{self, Spot, offered, two_texts};
use crate::server::ResourceType;

/// The schema of a search request (RFC 7644 §3.4.3).
const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

const WAYS: [(&str, bool); 2] = [("attributes", true), ("excludedAttributes", false)];

/// A resource with two values, and their places.
fn two<'a>(lab: &Lab<'_>, kind: &'a ResourceType) -> Result<(Made, Spot<'a>, Spot<'a>), Stop> {
    let (x, y) = two_texts(kind)?;
    Ok((made_with(lab, kind, &[x, y])?, x, y))
}

/// The only resource of a list, which is this one.
fn only(answer: &Answer, made: &Made) -> Result<Value, Stop> {
    match answer.resources() {
        [found] if found.get("id") == Some(&json!(made.id)) => Ok(found.clone()),
        _ => Err(answer.wrong("a list of one resource, with its id", answer.summary())),
    }
}

pub(super) fn projection_of_lists(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let (made, x, y) = two(lab, kind)?;
    let filter = format!("id eq \"{}\"", made.id);
    for (parameter, asked) in WAYS {
        let answer = lab.list(
            &kind.endpoint,
            &[("filter", &filter), (parameter, &x.path())],
        )?;
        let answer = answer.is(200)?;
        let found = only(&answer, &made)?;
        shows(&answer, &found, &x, asked)?;
        shows(&answer, &found, &y, !asked)?;
    }
    Ok(())
}

pub(super) fn projection_of_search(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let (made, x, y) = two(lab, kind)?;
    for (parameter, asked) in WAYS {
        let request = json!({
            "schemas": [SEARCH],
            "filter": format!("id eq \"{}\"", made.id),
            parameter: [x.path()],
        });
        let answer = lab.post(format!("{}/.search", kind.endpoint), &request)?;
        if matches!(answer.status, 404 | 405 | 501) {
            return Err(Stop::NotOffered(format!(
                "no .search: {}",
                answer.summary()
            )));
        }
        let answer = answer.is(200)?;
        let found = only(&answer, &made)?;
        shows(&answer, &found, &x, asked)?;
        shows(&answer, &found, &y, !asked)?;
    }
    Ok(())
}

pub(super) fn projection_of_put(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let (x, y) = two_texts(kind)?;
    let (made, body) = sample::made_with(lab, kind, &[x, y])?;
    for (parameter, asked) in WAYS {
        let body = x.set(body.clone(), x.value(&lab.name())?);
        let url = query(&made.path, &[(parameter, &x.path())]);
        let answer = lab.setup("PUT", || lab.put(url, &body)?.done())?;
        if answer.status == 204 {
            return Err(Stop::NotOffered(
                "a PUT is answered without a body".to_owned(),
            ));
        }
        shows(&answer, &answer.body, &x, asked)?;
        shows(&answer, &answer.body, &y, !asked)?;
    }
    Ok(())
}

pub(super) fn projection_of_patch(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let (made, x, y) = two(lab, kind)?;
    for (parameter, asked) in WAYS {
        let change = json!([{ "op": "replace", "path": x.path(), "value": x.value(&lab.name())? }]);
        let url = query(&made.path, &[(parameter, &x.path())]);
        let answer = offered(lab.patch(url, change)?)?.done()?;
        if answer.status == 204 {
            lab.note(format!(
                "a PATCH with {parameter} is answered without a body"
            ));
            continue;
        }
        shows(&answer, &answer.body, &x, asked)?;
        shows(&answer, &answer.body, &y, !asked)?;
    }
    Ok(())
}

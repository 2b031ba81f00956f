//! Parameters, methods and addresses that the discovery endpoints do not take.

use serde_json::{Value, json};

use super::{ENDPOINTS, listed};
use crate::check::Verdict;
use crate::json::{list, text};
use crate::lab::{Lab, patch, query};
use crate::wire::Request;

const NOTHING: (&str, &str) = ("filter", "id eq \"scimconf\"");

pub(super) fn filter_is_403(lab: &Lab<'_>) -> Verdict {
    for path in ["/ResourceTypes", "/Schemas"] {
        lab.list(path, &[NOTHING])?.is(403)?;
    }
    Ok(())
}

pub(super) fn filter_changes_nothing(lab: &Lab<'_>) -> Verdict {
    for path in ["/ResourceTypes", "/Schemas"] {
        let all = listed(lab, path)?;
        let answer = lab.list(path, &[NOTHING])?.survives()?;
        if answer.status < 300 {
            has_all(lab, &all, list(&answer.body, "Resources"))?;
        }
    }
    Ok(())
}

pub(super) fn pages_are_ignored(lab: &Lab<'_>) -> Verdict {
    let parameters = [
        ("startIndex", "2"),
        ("count", "1"),
        ("sortBy", "id"),
        ("sortOrder", "descending"),
    ];
    for path in ["/ResourceTypes", "/Schemas"] {
        let all = listed(lab, path)?;
        let answer = lab.get(query(path, &parameters))?.is(200)?;
        has_all(lab, &all, answer.resources())?;
    }
    // the rule stands in a paragraph on these two; the third endpoint has no list
    let answer = lab.get(query("/ServiceProviderConfig", &parameters))?;
    if answer.survives()?.status != 200 {
        lab.note("/ServiceProviderConfig refuses parameters of lists");
    }
    Ok(())
}

/// Expects the same objects, by their ids or names, in any order.
fn has_all(lab: &Lab<'_>, all: &[Value], found: &[Value]) -> Verdict {
    let keys = |values: &[Value]| {
        let keys = values.iter().map(|it| match text(it, "id") {
            "" => text(it, "name").to_owned(),
            id => id.to_owned(),
        });
        let mut keys: Vec<String> = keys.collect();
        keys.sort();
        keys
    };
    let (all, found) = (keys(all), keys(found));
    lab.expect(
        all == found,
        &format!("all {}: {}", all.len(), all.join(", ")),
        format!("{}: {}", found.len(), found.join(", ")),
    )
}

pub(super) fn writes_are_refused(lab: &Lab<'_>) -> Verdict {
    let mut others = Vec::new();
    for path in ENDPOINTS {
        // what is there already: whoever takes it is not harmed by it
        let body = lab.setup(path, || Ok(lab.get(path)?.is(200)?.body))?;
        for (method, body) in [
            ("POST", Some(json!({}))),
            ("PUT", Some(body)),
            ("PATCH", Some(patch(json!([])))),
            ("DELETE", None),
        ] {
            let request = Request::new(method, path);
            let request = match body {
                Some(body) => request.json(&body),
                None => request,
            };
            let answer = lab.send(request)?;
            match answer.status {
                405 | 501 => {}
                status => {
                    answer.rejected()?;
                    others.push(format!("{method} {path}: {status}"));
                }
            }
        }
    }
    if !others.is_empty() {
        lab.note(format!("405 would say it best; {}", others.join(", ")));
    }
    Ok(())
}

/// The base address without a version at its end, and whether it had one (RFC 7644 §3.13).
fn without_version(base: &str) -> (&str, bool) {
    let is_version = |it: &str| {
        let number = it.strip_prefix('v').unwrap_or_default();
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    };
    match base.rsplit_once('/') {
        Some((rest, last)) if is_version(last) => (rest, true),
        _ => (base, false),
    }
}

pub(super) fn base_in_other_forms(lab: &Lab<'_>) -> Verdict {
    let base = lab.target().base_url.as_str();
    let (short, versioned) = without_version(base);
    let mut urls = vec![
        base.to_owned(),
        format!("{base}/"),
        format!("{base}//ServiceProviderConfig"),
    ];
    if versioned {
        urls.push(format!("{short}/ServiceProviderConfig"));
    }
    for url in urls {
        lab.get(url)?.survives()?;
    }
    Ok(())
}

pub(super) fn unknown_version(lab: &Lab<'_>) -> Verdict {
    let (short, _) = without_version(&lab.target().base_url);
    let endpoint = &lab.kind()?.endpoint;
    let answer = lab.get(format!("{short}/v9{endpoint}?count=1"))?;
    if answer.status < 300 && list(&answer.body, "schemas").is_empty() {
        lab.note("what is at /v9 is not SCIM");
        return Ok(());
    }
    match answer.status {
        300..=499 | 501 => Ok(()),
        _ => {
            let expected = "a refusal, as there is no version 9 of SCIM";
            Err(answer.wrong(expected, answer.summary()))
        }
    }
}

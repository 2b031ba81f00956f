//! Versions (RFC 7644 §3.14).

use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::check::Feature::{Bulk, Etag, Group, Patch, User};
use crate::check::{Check, Stop, Verdict, each_must, each_should, may, must, robust, should};
use crate::json::{list, text};
use crate::lab::{Lab, Made, patch};
use crate::sample::{Fill, made_with, text_spot, user_type};
use crate::server::ResourceType;
use crate::wire::Request;

/// Lines of the catalogue without a check, and why.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[];

pub(super) const CHECKS: &[Check] = &[
    each_must(
        "M1",
        "rfc7644-3.14/answers-have-etag",
        "The answers to POST, GET, PUT and PATCH have an ETag, weak or strong, and meta.version is the same.",
        answers_have_etag,
    )
    .needs(&[Etag]),
    each_should(
        "M1",
        "rfc7644-3.14/version-is-in-meta",
        "The ETag of a resource is in its meta.version too.",
        version_is_in_meta,
    )
    .needs(&[Etag]),
    should(
        "M2",
        "rfc7644-3.14/unchanged-is-304",
        "A GET with If-None-Match and the current version, a list with it, or *, is answered with 304 and no body.",
        unchanged_is_304,
    )
    .needs(&[Etag, User]),
    must(
        "M2",
        "rfc7644-3.14/changed-is-200",
        "A GET with If-None-Match and an old version is answered with 200 and the resource.",
        changed_is_200,
    )
    .needs(&[Etag, User]),
    must(
        "M3",
        "rfc7644-3.14/put-with-old-version-is-412",
        "A PUT with If-Match and an old version is answered with 412 or 409, and changes nothing.",
        put_with_old_version_is_412,
    )
    .needs(&[Etag, User]),
    must(
        "M3",
        "rfc7644-3.14/patch-with-old-version-is-412",
        "A PATCH with If-Match and an old version is answered with 412 or 409, and changes nothing.",
        patch_with_old_version_is_412,
    )
    .needs(&[Etag, User, Patch]),
    must(
        "M3",
        "rfc7644-3.14/delete-with-old-version-is-412",
        "A DELETE with If-Match and an old version is answered with 412 or 409, and deletes nothing.",
        delete_with_old_version_is_412,
    )
    .needs(&[Etag, User]),
    must(
        "M4",
        "rfc7644-3.14/current-version-matches",
        "A PUT with If-Match and the current version, a list with it, or *, is done.",
        current_version_matches,
    )
    .needs(&[Etag, User]),
    must(
        "M4",
        "rfc7644-3.14/delete-of-current-version",
        "A DELETE with If-Match and the current version is done.",
        delete_of_current_version,
    )
    .needs(&[Etag, User]),
    each_must(
        "M5",
        "rfc7232-2.1/version-changes-with-the-resource",
        "The version changes when the resource does, and does not when it is only read.",
        version_changes_with_the_resource,
    )
    .needs(&[Etag]),
    must(
        "M6",
        "rfc7232-2.1/version-changes-with-members",
        "The version of a group changes when its members do.",
        version_changes_with_members,
    )
    .needs(&[Etag, Group, User, Patch]),
    robust(
        "M8",
        "robust/no-version-is-pretended",
        "A server that does not offer versions shows no meta.version, or else refuses a write with an old one.",
        no_version_is_pretended,
    )
    .needs(&[User]),
    may(
        "M9",
        "rfc7644-3.7/version-in-bulk",
        "An operation of a Bulk request with an old version is answered with 412, and the others are done.",
        version_in_bulk,
    )
    .needs(&[Etag, Bulk, User]),
];

/// The version of a resource as an answer shows it.
fn version(answer: &Answer) -> Result<String, Stop> {
    let etag = answer.header("etag").unwrap_or_default();
    let opaque = etag.strip_prefix("W/").unwrap_or(etag);
    if opaque.len() < 2 || !opaque.starts_with('"') || !opaque.ends_with('"') {
        let found = if etag.is_empty() { "none" } else { etag };
        return Err(answer.wrong("an ETag header, \"…\" or W/\"…\"", found));
    }
    Ok(etag.to_owned())
}

/// Expects an answer to have an ETag, and its resource the same version.
fn agrees(answer: &Answer) -> Verdict {
    let etag = version(answer)?;
    match answer.at("meta.version") {
        Some(version) if *version != etag.as_str() => {
            Err(answer.differs("meta.version", json!(etag), version.clone()))
        }
        _ => Ok(()),
    }
}

/// The body of a resource with another value at some place.
fn changed(lab: &Lab<'_>, kind: &ResourceType, body: &Value) -> Result<Value, Stop> {
    let spot = text_spot(kind)?;
    Ok(spot.set(body.clone(), spot.value(&lab.name())?))
}

/// A user that was changed.
struct Stale {
    user: Made,
    /// Another body for it.
    body: Value,
    /// The version that it had.
    old: String,
    /// The version that it has.
    new: String,
}

fn stale(lab: &Lab<'_>) -> Result<Stale, Stop> {
    let kind = user_type(lab)?;
    let (user, body) = made_with(lab, kind, &[text_spot(kind)?])?;
    let (old, new) = lab.setup("two versions of a user", || {
        let old = version(&lab.read(&user)?)?;
        let change = || lab.put(&user.path, &changed(lab, kind, &body)?)?.done();
        Ok((old.clone(), another_version(lab, &user, &old, change)?))
    })?;
    let body = changed(lab, kind, &body)?;
    Ok(Stale {
        user,
        body,
        old,
        new,
    })
}

/// Expects a resource to have another version after a change; of a weak one, at least after a
/// change in another second: it may be made of a time (RFC 7232 §2.1).
fn another_version(
    lab: &Lab<'_>,
    made: &Made,
    old: &str,
    change: impl Fn() -> Result<Answer, Stop>,
) -> Result<String, Stop> {
    lab.setup("a change", &change)?;
    let mut new = version(&lab.read(made)?)?;
    if new == old && old.starts_with("W/") {
        sleep(Duration::from_millis(1100));
        lab.setup("a change", &change)?;
        new = version(&lab.read(made)?)?;
        lab.note("the version is weak, and the same after two changes in one second");
    }
    lab.expect(
        new != old,
        "another version after a change",
        format!("the same, {new}"),
    )?;
    Ok(new)
}

/// How a write with an old version is refused: RFC 7232 §3.1 has 412, Table 8 of RFC 7644 §3.12
/// 409 as well.
const OUTDATED: &[u16] = &[412, 409];

/// A request with If-Match.
fn matching(method: &str, made: &Made, version: &str) -> Request {
    Request::new(method, &made.path).header("if-match", version)
}

fn answers_have_etag(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let body = lab.body(kind, Fill::Required);
    let answer = lab.setup("POST", || lab.post(&kind.endpoint, &body)?.is(201))?;
    agrees(&answer)?;
    let made = answer.made(&kind.endpoint)?;
    agrees(&lab.read(&made)?)?;
    let answer = lab.setup("PUT", || {
        lab.put(&made.path, &changed(lab, kind, &body)?)?.done()
    })?;
    agrees(&answer)?;
    if !lab.server.offers(Patch) {
        return Ok(());
    }
    let spot = text_spot(kind)?;
    let value = spot.value(&lab.name())?;
    let change = json!([{ "op": "replace", "path": spot.path(), "value": value }]);
    let answer = lab.setup("PATCH", || lab.patch(&made.path, change)?.done())?;
    if answer.status == 204 && answer.header("etag").is_none() {
        lab.note("a PATCH that is answered with 204 has no ETag");
        return Ok(());
    }
    agrees(&answer)
}

fn version_is_in_meta(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let made = lab.sample(kind, Fill::Required)?;
    lab.read(&made)?.value("meta.version")?;
    Ok(())
}

fn unchanged_is_304(lab: &Lab<'_>) -> Verdict {
    let user = lab.user()?;
    let current = lab.setup("version", || version(&lab.read(&user)?))?;
    for versions in [current.as_str(), "*", &format!("W/\"scimconf\", {current}")] {
        let request = Request::new("GET", &user.path).header("if-none-match", versions);
        let answer = lab.send(request)?.is(304)?;
        lab.expect(
            answer.text.is_empty(),
            "304 without a body",
            answer.summary(),
        )?;
    }
    Ok(())
}

fn changed_is_200(lab: &Lab<'_>) -> Verdict {
    let Stale { user, old, .. } = stale(lab)?;
    let request = Request::new("GET", &user.path).header("if-none-match", &old);
    lab.send(request)?.is(200)?.has("id", user.id.as_str())
}

fn put_with_old_version_is_412(lab: &Lab<'_>) -> Verdict {
    let Stale {
        user,
        body,
        old,
        new,
    } = stale(lab)?;
    lab.send(matching("PUT", &user, &old).json(&body))?
        .one_of(OUTDATED)?;
    still(lab, &user, &new)
}

fn patch_with_old_version_is_412(lab: &Lab<'_>) -> Verdict {
    let spot = text_spot(user_type(lab)?)?;
    let Stale { user, old, new, .. } = stale(lab)?;
    let value = spot.value(&lab.name())?;
    let change = patch(json!([{ "op": "replace", "path": spot.path(), "value": value }]));
    lab.send(matching("PATCH", &user, &old).json(&change))?
        .one_of(OUTDATED)?;
    still(lab, &user, &new)
}

fn delete_with_old_version_is_412(lab: &Lab<'_>) -> Verdict {
    let Stale { user, old, new, .. } = stale(lab)?;
    lab.send(matching("DELETE", &user, &old))?
        .one_of(OUTDATED)?;
    still(lab, &user, &new)
}

/// Expects a user to have this version still.
fn still(lab: &Lab<'_>, user: &Made, expected: &str) -> Verdict {
    let answer = lab.read(user)?;
    let found = version(&answer)?;
    lab.expect(
        found == expected,
        &format!("version {expected} as before"),
        found,
    )
}

fn current_version_matches(lab: &Lab<'_>) -> Verdict {
    let kind = user_type(lab)?;
    let (user, body) = made_with(lab, kind, &[text_spot(kind)?])?;
    for form in ["current", "list", "*"] {
        let now = lab.read(&user)?;
        let current = lab.setup("version", || version(&now))?;
        let versions = match form {
            "current" => current,
            "list" => format!("W/\"scimconf\", {current}"),
            any => any.to_owned(),
        };
        let body = changed(lab, kind, &body)?;
        lab.send(matching("PUT", &user, &versions).json(&body))?
            .done()?;
    }
    Ok(())
}

fn delete_of_current_version(lab: &Lab<'_>) -> Verdict {
    let user = lab.user()?;
    let current = lab.setup("version", || version(&lab.read(&user)?))?;
    lab.send(matching("DELETE", &user, &current))?.is(204)?;
    lab.get(&user.path)?.is(404)?;
    Ok(())
}

fn version_changes_with_the_resource(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let (made, body) = made_with(lab, kind, &[text_spot(kind)?])?;
    let first = lab.setup("version", || version(&lab.read(&made)?))?;
    let again = version(&lab.read(&made)?)?;
    lab.expect(again == first, &format!("the same version, {first}"), again)?;
    let change = || lab.put(&made.path, &changed(lab, kind, &body)?)?.done();
    another_version(lab, &made, &first, change)?;
    Ok(())
}

fn version_changes_with_members(lab: &Lab<'_>) -> Verdict {
    let group = lab.group(&[])?;
    let before = lab.setup("version", || version(&lab.read(&group)?))?;
    let change = || {
        let members = json!([lab.member(&lab.user()?)]);
        let change = json!([{ "op": "add", "path": "members", "value": members }]);
        lab.patch(&group.path, change)?.done()
    };
    another_version(lab, &group, &before, change)?;
    Ok(())
}

fn no_version_is_pretended(lab: &Lab<'_>) -> Verdict {
    if lab.server.offers(Etag) {
        return Err(Stop::NotOffered("the server offers versions".to_owned()));
    }
    let kind = user_type(lab)?;
    let (user, body) = made_with(lab, kind, &[text_spot(kind)?])?;
    let before = lab.read(&user)?;
    let body = changed(lab, kind, &body)?;
    lab.setup("PUT", || lab.put(&user.path, &body)?.done())?;
    let body = changed(lab, kind, &body)?;
    let old = before.text_at("meta.version");
    let sent = if old.is_empty() {
        "W/\"scimconf\""
    } else {
        old
    };
    let answer = lab
        .send(matching("PUT", &user, sent).json(&body))?
        .survives()?;
    lab.expect(
        old.is_empty() || answer.status == 412,
        "412 for an old version, since meta.version is shown; or no meta.version",
        answer.summary(),
    )
}

fn version_in_bulk(lab: &Lab<'_>) -> Verdict {
    let Stale {
        user,
        body,
        old,
        new,
    } = stale(lab)?;
    let operations = json!([
        { "method": "PUT", "path": user.path, "version": old, "data": body },
        { "method": "POST", "path": lab.users(), "bulkId": "a", "data": lab.user_body() },
    ]);
    let request = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": operations,
    });
    let answer = lab.post("/Bulk", &request)?.is(200)?;
    let results = list(&answer.body, "Operations");
    let statuses: Vec<&str> = results.iter().map(|it| text(it, "status")).collect();
    lab.expect(
        statuses == ["412", "201"],
        "status 412 for the old version, and 201 for the other operation",
        format!("{statuses:?}"),
    )?;
    still(lab, &user, &new)
}

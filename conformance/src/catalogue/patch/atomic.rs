//! Operations in their order, all or none of them (RFC 7644 §3.5.2).

use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

use super::attributes::{many, simple, text, two_texts, values};
use super::steps::{add, after, has_all, remove, replace, unchanged};
use super::{ANY, USERS};
use crate::answer::Answer;
use crate::check::Feature::{Etag, Patch, User};
use crate::check::Profile::Entra;
use crate::check::{Check, Stop, Verdict, each_must, idp, must, robust};
use crate::lab::{Lab, Made};
use crate::sample::Fill;
use crate::sample::offered;
use crate::server::ResourceType;

pub(super) const CHECKS: &[Check] = &[
    each_must(
        "J4",
        "rfc7644-3.5.2/failed-patch-changes-nothing",
        "A PATCH is atomic: if a later operation is refused, the resource is as it was before, with its version and lastModified.",
        failed_patch_changes_nothing,
    )
    .needs(ANY),
    must(
        "J4",
        "rfc7644-3.5.2/conflict-in-patch-changes-nothing",
        "A PATCH is atomic also when its last operation sets a userName that is taken.",
        conflict_changes_nothing,
    )
    .needs(USERS),
    must(
        "J5",
        "rfc7644-3.5.2/operations-apply-in-order",
        "Operations are applied in their order: the last of several on one attribute wins.",
        operations_apply_in_order,
    )
    .needs(USERS),
    must(
        "J5",
        "rfc7644-3.5.2/operations-see-earlier-ones",
        "An operation works on what the earlier ones of the same request have made: a value that was just added is found by a filter.",
        operations_see_earlier_ones,
    )
    .needs(USERS),
    idp(
        "J46",
        "entra/36-operations-in-one-request",
        "A PATCH may have as many operations as a user has attributes: 36 of them are done.",
        &[Entra],
        thirty_six_operations,
    )
    .needs(USERS),
    robust(
        "J46",
        "robust/500-operations-in-one-request",
        "500 operations in one PATCH are done, or refused with 413 or 400; the server lives.",
        five_hundred_operations,
    )
    .needs(USERS),
    robust(
        "J46",
        "robust/value-of-one-megabyte",
        "A value of one megabyte is kept whole, or refused; the server lives.",
        value_of_one_megabyte,
    )
    .needs(USERS),
    must(
        "J47",
        "rfc7643-3.1/patch-moves-last-modified",
        "meta.lastModified moves when a PATCH changes the resource, and meta.created stays.",
        moves_last_modified,
    )
    .needs(USERS),
    must(
        "J47",
        "rfc7644-3.14/patch-changes-version",
        "Where versions are offered, meta.version is another one after a PATCH that changes the resource.",
        changes_version,
    )
    .needs(&[Patch, User, Etag]),
];

/// Operations that every server has to refuse; a server that does not is judged elsewhere.
fn refusable() -> [Value; 3] {
    [
        json!({ "op": "remove" }),
        json!({ "op": "scimconf", "path": "userName", "value": "x" }),
        replace("id", "scimconf"),
    ]
}

fn failed_patch_changes_nothing(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let attribute = simple(kind)?;
    let made = lab.sample(kind, Fill::Required)?;
    let mut refused = false;
    for bad in refusable() {
        let before = lab.read(&made)?;
        let (_, new) = values(lab, attribute);
        let good = replace(&attribute.name, new);
        let answer = lab.patch(&made.path, json!([good, bad]))?;
        if answer.status >= 400 {
            unchanged(lab, &made, &before)?;
            refused = true;
        }
    }
    if refused {
        return Ok(());
    }
    Err(Stop::Blocked(
        "the server refuses none of three wrong operations".to_owned(),
    ))
}

fn conflict_changes_nothing(lab: &Lab<'_>) -> Verdict {
    let name = text(lab)?;
    let (taken, user) = (lab.user()?, lab.user()?);
    let before = lab.read(&user)?;
    let operations = json!([
        add(name, lab.name()),
        replace("userName", taken.text("userName"))
    ]);
    let answer = lab.patch(&user.path, operations)?;
    lab.setup("PATCH of userName to one that is taken", || {
        answer.rejected()
    })?;
    unchanged(lab, &user, &before)
}

fn operations_apply_in_order(lab: &Lab<'_>) -> Verdict {
    let [one, other] = two_texts(lab)?;
    let user = lab.user()?;
    let last = lab.name();
    let now = after(
        lab,
        &user,
        [
            replace(one, lab.name()),
            add(other, lab.name()),
            replace(one, last.as_str()),
            remove(other),
        ],
    )?;
    now.has(one, last)?;
    now.lacks(other)
}

fn operations_see_earlier_ones(lab: &Lab<'_>) -> Verdict {
    let many = many(lab)?;
    let user = lab.user()?;
    let (first, second, new) = (many.element(lab, 0), many.element(lab, 1), many.value(lab));
    let now = after(
        lab,
        &user,
        [
            replace(many.name, json!([first])),
            add(many.name, json!([second])),
            replace(&format!("{}.value", many.of_kind(1)), new.as_str()),
            remove(&many.of_kind(0)),
        ],
    )?;
    let left = json!({ "value": new, "type": many.kind(1) });
    has_all(&now, many.name, &[&left])
}

/// Sends so many operations on one attribute, and returns the answer and the last value.
fn operations(lab: &Lab<'_>, count: usize) -> Result<(Made, Answer, String), Stop> {
    let name = text(lab)?;
    let user = lab.user()?;
    let value = |n: usize| format!("{}-{n}", lab.tag());
    let all: Vec<Value> = (1..=count).map(|n| replace(name, value(n))).collect();
    let answer = lab.patch(&user.path, all.into())?;
    Ok((user, answer, value(count)))
}

fn thirty_six_operations(lab: &Lab<'_>) -> Verdict {
    let (user, answer, last) = operations(lab, 36)?;
    answer.done()?;
    lab.read(&user)?.has(text(lab)?, last)
}

fn five_hundred_operations(lab: &Lab<'_>) -> Verdict {
    let (user, answer, last) = operations(lab, 500)?;
    let answer = offered(answer)?.one_of(&[200, 204, 400, 413])?;
    let now = lab.read(&user)?;
    if answer.status < 300 {
        return now.has(text(lab)?, last);
    }
    lab.note(format!("500 operations: {}", answer.summary()));
    now.has(
        text(lab)?,
        user.body.get(text(lab)?).cloned().unwrap_or_default(),
    )
}

fn value_of_one_megabyte(lab: &Lab<'_>) -> Verdict {
    let name = text(lab)?;
    let user = lab.user()?;
    let before = lab.read(&user)?;
    let long = "x".repeat(1024 * 1024);
    let operations = json!([replace(name, long.as_str())]);
    let answer = offered(lab.patch(&user.path, operations)?)?.survives()?;
    let now = lab.read(&user)?;
    if answer.status < 300 {
        return lab.expect(
            now.text_at(name) == long,
            "the value as it was sent",
            format!("{} characters of it", now.text_at(name).chars().count()),
        );
    }
    lab.note(format!("a value of one megabyte: {}", answer.summary()));
    now.has(name, before.at(name).cloned().unwrap_or_default())
}

fn moves_last_modified(lab: &Lab<'_>) -> Verdict {
    let name = text(lab)?;
    let user = lab.user()?;
    let before = lab.read(&user)?;
    let mut now = after(lab, &user, [replace(name, lab.name())])?;
    let modified = before.value("meta.lastModified")?;
    if now.at("meta.lastModified") == Some(modified) {
        // it may have a resolution of a second
        sleep(Duration::from_millis(1100));
        now = after(lab, &user, [replace(name, lab.name())])?;
    }
    let moved = now.value("meta.lastModified")? != modified;
    let (was, is) = (
        before.text_at("meta.lastModified"),
        now.text_at("meta.lastModified"),
    );
    lab.expect(moved, &format!("a lastModified after {was}"), is)?;
    now.has("meta.created", before.value("meta.created")?.clone())
}

fn changes_version(lab: &Lab<'_>) -> Verdict {
    let name = text(lab)?;
    let user = lab.user()?;
    let before = lab.read(&user)?;
    let version = before.value("meta.version")?.clone();
    let mut now = after(lab, &user, [replace(name, lab.name())])?;
    let is_weak = before.text_at("meta.version").starts_with("W/");
    if *now.value("meta.version")? == version && is_weak {
        // a weak one may be made of a time in seconds (RFC 7232 §2.1)
        sleep(Duration::from_millis(1100));
        now = after(lab, &user, [replace(name, lab.name())])?;
    }
    let other = *now.value("meta.version")? != version;
    lab.expect(
        other,
        "another meta.version than before",
        version.to_string(),
    )
}

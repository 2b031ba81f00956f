//! `bulkId` (RFC 7644 §3.7.1 and §3.7.2).

use serde_json::{Value, json};

use super::GROUPS;
use super::request::{Outcome, bulk, change, create, reference};
use crate::catalogue::patch::attributes::text as plain_text;
use crate::catalogue::patch::steps::{add, replace};
use crate::check::Feature::{Bulk, Enterprise, Group, Patch, User};
use crate::check::{Check, Stop, Verdict, may, must};
use crate::json::{list, text};
use crate::lab::{Lab, Made, patch, with};
use crate::server::ENTERPRISE;

pub(super) const CHECKS: &[Check] = &[
    must(
        "O4",
        "rfc7644-3.7.2/bulk-id-becomes-the-id",
        "bulkId:x as the value of a member becomes the id of what the operation x created.",
        becomes_the_id,
    )
    .needs(GROUPS),
    must(
        "O5",
        "rfc7644-3.7.2/bulk-id-in-an-extension",
        "bulkId:x in a reference of an extension (manager.value) becomes the id.",
        in_an_extension,
    )
    .needs(&[Bulk, User, Enterprise]),
    must(
        "O5",
        "rfc7644-3.7.2/bulk-id-in-patch",
        "bulkId:x in the data of a PATCH becomes the id.",
        in_patch,
    )
    .needs(&[Bulk, User, Group, Patch]),
    may(
        "O5",
        "rfc7644-3.7.2/bulk-id-in-a-path",
        "bulkId:x in the path of a later operation leads to what the operation x created, or the operation fails.",
        in_a_path,
    )
    .needs(&[Bulk, User, Patch]),
    must(
        "O6",
        "rfc7644-3.7.1/bulk-id-of-a-later-operation",
        "A reference to what a later operation creates is resolved, or the operation fails with 409.",
        of_a_later_operation,
    )
    .needs(GROUPS),
    must(
        "O7",
        "rfc7644-3.7.1/circular-bulk-ids",
        "Groups that are created as members of each other are both made so, or fail with 409.",
        circular,
    )
    .needs(&[Bulk, Group]),
    must(
        "O8",
        "rfc7644-3.7.2/unknown-bulk-id-fails",
        "An operation with a bulkId: that no operation has fails, and the literal is nowhere stored.",
        unknown_fails,
    )
    .needs(GROUPS),
    must(
        "O9",
        "rfc7644-3.7.2/bulk-id-of-a-failed-operation-fails",
        "An operation that refers to one that failed fails too, and the literal is nowhere stored.",
        of_a_failed_operation_fails,
    )
    .needs(GROUPS),
];

/// A group whose member is what an operation creates.
fn group_with(lab: &Lab<'_>, bulk_id: &str) -> Value {
    with(lab.group_body(), json!({ "members": reference(bulk_id) }))
}

/// Expects a group to have this member alone.
fn has_member(lab: &Lab<'_>, group: &Made, member: &Made) -> Verdict {
    let ids = lab.members(group)?;
    let expected = format!("the member {}", member.id);
    lab.expect(ids == [member.id.as_str()], &expected, ids.join(", "))
}

fn becomes_the_id(lab: &Lab<'_>) -> Verdict {
    let results = bulk(
        lab,
        &[
            create(lab.users(), "user", &lab.user_body()),
            create(lab.groups(), "group", &group_with(lab, "user")),
        ],
    )?;
    let user = results.of_id("user")?.made(lab.users())?;
    let group = results.of_id("group")?.made(lab.groups())?;
    has_member(lab, &group, &user)
}

fn in_an_extension(lab: &Lab<'_>) -> Verdict {
    let boss = lab.user_body();
    let mut schemas = list(&boss, "schemas").to_vec();
    schemas.push(ENTERPRISE.into());
    let body = with(
        lab.user_body(),
        json!({ "schemas": schemas, ENTERPRISE: { "manager": { "value": "bulkId:boss" } } }),
    );
    let results = bulk(
        lab,
        &[
            create(lab.users(), "boss", &boss),
            create(lab.users(), "user", &body),
        ],
    )?;
    let boss = results.of_id("boss")?.made(lab.users())?;
    let user = results.of_id("user")?.made(lab.users())?;
    lab.read(&user)?
        .has(&format!("{ENTERPRISE}.manager.value"), boss.id)
}

fn in_patch(lab: &Lab<'_>) -> Verdict {
    let group = lab.group(&[])?;
    let data = patch(json!([add("members", reference("user"))]));
    let results = bulk(
        lab,
        &[
            create(lab.users(), "user", &lab.user_body()),
            change("PATCH", &group.path, data),
        ],
    )?;
    let user = results.of_id("user")?.made(lab.users())?;
    has_member(lab, &group, &user)
}

fn in_a_path(lab: &Lab<'_>) -> Verdict {
    let (name, value) = (plain_text(lab)?, lab.name());
    let data = patch(json!([replace(name, value.as_str())]));
    let path = format!("{}/bulkId:user", lab.users());
    let results = bulk(
        lab,
        &[
            create(lab.users(), "user", &lab.user_body()),
            change("PATCH", &path, data),
        ],
    )?;
    let user = results.of_id("user")?.made(lab.users())?;
    let place = list(&results.answer.body, "Operations")
        .iter()
        .position(|it| text(it, "method") == "PATCH");
    let outcome = results.at(place.unwrap_or(usize::MAX))?;
    if (400..500).contains(&outcome.status()) {
        lab.note("bulkId: in a path is refused");
        return lab.read(&user)?.lacks(name);
    }
    outcome.is(&[200, 204])?;
    lab.read(&user)?.has(name, value)
}

/// Whether an operation failed with 409, as it may if a reference cannot be resolved.
fn may_conflict(lab: &Lab<'_>, outcome: &Outcome<'_>) -> bool {
    let conflict = outcome.status() == 409;
    if conflict {
        lab.note("the reference is not resolved: 409");
    }
    conflict
}

fn of_a_later_operation(lab: &Lab<'_>) -> Verdict {
    let results = bulk(
        lab,
        &[
            create(lab.groups(), "group", &group_with(lab, "user")),
            create(lab.users(), "user", &lab.user_body()),
        ],
    )?;
    let outcome = results.of_id("group")?;
    if may_conflict(lab, &outcome) {
        return Ok(());
    }
    let group = outcome.made(lab.groups())?;
    let user = results.of_id("user")?.made(lab.users())?;
    has_member(lab, &group, &user)
}

fn circular(lab: &Lab<'_>) -> Verdict {
    let operations = [
        create(lab.groups(), "one", &group_with(lab, "two")),
        create(lab.groups(), "two", &group_with(lab, "one")),
    ];
    let answer = lab.post("/Bulk", &super::request::request(&operations))?;
    if answer.status == 409 {
        lab.note("circular references are refused as a whole: 409");
        return Ok(());
    }
    let results = super::request::Results::of(answer)?;
    let one = results.of_id("one")?.is(&[201, 409])?;
    let two = results.of_id("two")?.is(&[201, 409])?;
    if may_conflict(lab, &one) || may_conflict(lab, &two) {
        return nowhere_stored(lab);
    }
    let (one, two) = (one.made(lab.groups())?, two.made(lab.groups())?);
    has_member(lab, &one, &two)?;
    has_member(lab, &two, &one)
}

/// Expects no group of this check to have a member whose id is a `bulkId:`.
fn nowhere_stored(lab: &Lab<'_>) -> Verdict {
    if !lab.server.offers(crate::check::Feature::Filter) {
        return Ok(());
    }
    let filter = format!("displayName sw \"{}\"", lab.tag());
    for group in lab.find(lab.groups(), &filter)? {
        let bad = list(&group, "members")
            .iter()
            .any(|it| text(it, "value").starts_with("bulkId:"));
        lab.expect(!bad, "no member with the id bulkId:…", group.to_string())?;
    }
    Ok(())
}

fn unknown_fails(lab: &Lab<'_>) -> Verdict {
    let results = bulk(
        lab,
        &[
            create(lab.users(), "user", &lab.user_body()),
            create(lab.groups(), "group", &group_with(lab, "nobody")),
        ],
    )?;
    results.of_id("user")?.is(&[201])?;
    results.of_id("group")?.failed()?;
    nowhere_stored(lab)
}

fn of_a_failed_operation_fails(lab: &Lab<'_>) -> Verdict {
    let taken: Result<Value, Stop> = lab.user().map(|user| {
        with(
            lab.user_body(),
            json!({ "userName": user.text("userName") }),
        )
    });
    let results = bulk(
        lab,
        &[
            create(lab.users(), "user", &taken?),
            create(lab.groups(), "group", &group_with(lab, "user")),
        ],
    )?;
    results.of_id("user")?.failed()?;
    results.of_id("group")?.failed()?;
    nowhere_stored(lab)
}

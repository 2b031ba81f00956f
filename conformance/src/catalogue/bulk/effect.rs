//! What a Bulk request does is what single requests do (RFC 7644 §3.7).

use serde_json::{Value, json};

use super::USERS;
use super::request::{bulk, change, create};
use crate::catalogue::patch::attributes::text as plain_text;
use crate::catalogue::patch::steps::{add, replace};
use crate::check::Feature::{Bulk, Patch, User};
use crate::check::{Check, Stop, Verdict, must};
use crate::lab::{Lab, patch, with, without};

pub(super) const CHECKS: &[Check] = &[
    must(
        "O12",
        "rfc7644-3.7/bulk-put",
        "A PUT in a Bulk request replaces the resource.",
        put,
    )
    .needs(USERS),
    must(
        "O12",
        "rfc7644-3.7/bulk-patch",
        "A PATCH in a Bulk request changes the resource.",
        patches,
    )
    .needs(&[Bulk, User, Patch]),
    must(
        "O12",
        "rfc7644-3.7/bulk-delete",
        "A DELETE in a Bulk request deletes the resource.",
        delete,
    )
    .needs(USERS),
    must(
        "O18",
        "rfc7644-3.7/bulk-operations-in-order",
        "Operations on one resource have the same result as single requests in their order.",
        in_order,
    )
    .needs(&[Bulk, User, Patch]),
    must(
        "O18",
        "rfc7644-3.7/bulk-keeps-names-unique",
        "Two users with the same userName are not created in one request: the second fails with 409.",
        keeps_names_unique,
    )
    .needs(USERS),
    must(
        "O18",
        "rfc7644-3.7/bulk-validates",
        "What a single request would refuse, a Bulk operation does: a user without userName fails with 400.",
        validates,
    )
    .needs(USERS),
    must(
        "O18",
        "rfc7644-3.7/bulk-patch-is-atomic",
        "A PATCH in a Bulk request that fails changes nothing.",
        patch_is_atomic,
    )
    .needs(&[Bulk, User, Patch]),
    must(
        "O20",
        "rfc7643-4.1.1/bulk-does-not-show-passwords",
        "The answer to a Bulk request never shows a password, neither of what was created nor of what failed.",
        shows_no_passwords,
    )
    .needs(USERS),
];

fn put(lab: &Lab<'_>) -> Verdict {
    let (user, name) = (lab.user()?, lab.name());
    let body = with(lab.user_body(), json!({ "userName": name }));
    let results = bulk(lab, &[change("PUT", &user.path, body)])?;
    results.at(0)?.is(&[200])?;
    lab.read(&user)?.has("userName", name)
}

fn patches(lab: &Lab<'_>) -> Verdict {
    let (name, value) = (plain_text(lab)?, lab.name());
    let user = lab.user()?;
    let data = patch(json!([replace(name, value.as_str())]));
    let results = bulk(lab, &[change("PATCH", &user.path, data)])?;
    results.at(0)?.is(&[200, 204])?;
    lab.read(&user)?.has(name, value)
}

fn delete(lab: &Lab<'_>) -> Verdict {
    let user = lab.user()?;
    let results = bulk(lab, &[change("DELETE", &user.path, Value::Null)])?;
    results.at(0)?.is(&[204])?;
    lab.get(&user.path)?.is(404)?;
    Ok(())
}

fn in_order(lab: &Lab<'_>) -> Verdict {
    let name = plain_text(lab)?;
    let (user, first, last) = (lab.user()?, lab.name(), lab.name());
    let set = |value: &str| change("PATCH", &user.path, patch(json!([add(name, value)])));
    let results = bulk(lab, &[set(&first), set(&last)])?;
    for n in 0..2 {
        results.at(n)?.is(&[200, 204])?;
    }
    lab.read(&user)?.has(name, last)
}

fn keeps_names_unique(lab: &Lab<'_>) -> Verdict {
    let body = lab.user_body();
    let results = bulk(
        lab,
        &[
            create(lab.users(), "first", &body),
            create(lab.users(), "second", &body),
        ],
    )?;
    let mut statuses = [
        results.of_id("first")?.status(),
        results.of_id("second")?.status(),
    ];
    statuses.sort_unstable();
    let words = format!("{statuses:?}");
    lab.expect(statuses == [201, 409], "statuses 201 and 409", words)
}

fn validates(lab: &Lab<'_>) -> Verdict {
    let body = without(lab.user_body(), "userName");
    let results = bulk(lab, &[create(lab.users(), "one", &body)])?;
    results.of_id("one")?.is(&[400])?;
    Ok(())
}

fn patch_is_atomic(lab: &Lab<'_>) -> Verdict {
    let name = plain_text(lab)?;
    let user = lab.user()?;
    let data = patch(json!([add(name, lab.name()), { "op": "remove" }]));
    let results = bulk(lab, &[change("PATCH", &user.path, data)])?;
    let outcome = results.at(0)?;
    lab.setup("a PATCH that is refused", || outcome.failed())?;
    lab.read(&user)?.lacks(name)
}

fn shows_no_passwords(lab: &Lab<'_>) -> Verdict {
    let kind = crate::catalogue::patch::attributes::user_type(lab)?;
    if kind.schema.attribute("password").is_none() {
        return Err(Stop::NotOffered("the User has no password".to_owned()));
    }
    let secret = format!("Zq7!{}", lab.name());
    let good = with(lab.user_body(), json!({ "password": secret }));
    let bad = with(
        good.clone(),
        json!({ "userName": lab.user()?.text("userName") }),
    );
    let results = bulk(
        lab,
        &[
            create(lab.users(), "good", &good),
            create(lab.users(), "bad", &bad),
        ],
    )?;
    results.of_id("bad")?.failed()?;
    let shown = results.answer.text.contains(&secret);
    lab.expect(
        !shown,
        "an answer without the password",
        "the password in it",
    )
}

//! Bulk requests that are wrong (RFC 7644 §3.7).

use serde_json::{Value, json};

use super::USERS;
use super::request::{Results, create, request};
use crate::check::Feature::{Bulk, Etag, User};
use crate::check::{Check, Stop, Verdict, may, must, robust, should};
use crate::json::text;
use crate::lab::{Lab, with, without};

pub(super) const CHECKS: &[Check] = &[
    robust(
        "O13",
        "robust/duplicate-bulk-id-fails",
        "Of two operations with the same bulkId at least one fails, or the request does: nobody could tell which of them a reference means.",
        duplicate_bulk_id_fails,
    )
    .needs(USERS),
    should(
        "O13",
        "rfc7644-3.7/post-without-bulk-id-fails",
        "bulkId is required in a POST: one without it fails, or the request does.",
        without_bulk_id_fails,
    )
    .needs(USERS),
    must(
        "O13",
        "rfc7644-3.7/unknown-method-fails",
        "An operation whose method is missing, or none of POST, PUT, PATCH and DELETE, fails, or the request does.",
        unknown_method_fails,
    )
    .needs(USERS),
    must(
        "O13",
        "rfc7644-3.7/unknown-path-fails",
        "An operation whose path is missing, leads to no collection, or lacks the id that its method needs, fails, or the request does.",
        unknown_path_fails,
    )
    .needs(USERS),
    must(
        "O13",
        "rfc7644-3.7/missing-data-fails",
        "A POST, PUT or PATCH without data fails, or the request does.",
        missing_data_fails,
    )
    .needs(USERS),
    should(
        "O16",
        "rfc7644-3.7/bulk-with-wrong-schema-is-400",
        "A Bulk request whose schemas name another message is refused with 400, and nothing is done; one without schemas may be taken.",
        wrong_schema_is_400,
    )
    .needs(USERS),
    must(
        "O16",
        "rfc7644-3.7/bulk-without-operations-is-400",
        "A Bulk request without Operations, or whose Operations are no array, is refused with 400; an operation that is no object fails, or the request does.",
        without_operations_is_400,
    )
    .needs(&[Bulk]),
    robust(
        "O17",
        "robust/bulk-with-no-operation",
        "A Bulk request with no operations is answered with 200 and no results, or refused with 400.",
        with_no_operation,
    )
    .needs(&[Bulk]),
    robust(
        "O19",
        "robust/bulk-path-without-slash",
        "A path without its first slash leads to the same place, or the operation fails.",
        path_without_slash,
    )
    .needs(USERS),
    robust(
        "O19",
        "robust/bulk-path-to-another-host",
        "A path that is a URL of another host is refused: the server sends no requests for its clients.",
        path_to_another_host,
    )
    .needs(USERS),
    may(
        "O18",
        "rfc7644-3.7/bulk-operation-version",
        "The version of an operation is compared like If-Match: with one that is old it fails with 412, and changes nothing.",
        operation_version,
    )
    .needs(&[Bulk, User, Etag]),
];

/// Sends operations, and returns how many failed; `None` if the whole request was refused.
fn failures(lab: &Lab<'_>, operations: &[Value]) -> Result<Option<usize>, Stop> {
    let answer = lab.post("/Bulk", &request(operations))?;
    if answer.status == 400 {
        return Ok(None);
    }
    let results = Results::of(answer)?;
    let mut failed = 0;
    for n in 0..results.count() {
        let status = results.at(n)?.status();
        failed += usize::from((400..500).contains(&status) || status == 501);
    }
    Ok(Some(failed))
}

/// Expects each of these operations to fail, alone in a request.
fn each_fails(lab: &Lab<'_>, operations: &[Value]) -> Verdict {
    for operation in operations {
        let failed = failures(lab, std::slice::from_ref(operation))?;
        let words = "status 400, or a result with status 4xx";
        lab.expect(failed != Some(0), words, "a success")?;
    }
    Ok(())
}

fn duplicate_bulk_id_fails(lab: &Lab<'_>) -> Verdict {
    let twice = [
        create(lab.users(), "same", &lab.user_body()),
        create(lab.users(), "same", &lab.user_body()),
    ];
    let failed = failures(lab, &twice)?;
    let words = "status 400, or a failure of at least one of the two";
    lab.expect(failed != Some(0), words, "two successes")
}

fn without_bulk_id_fails(lab: &Lab<'_>) -> Verdict {
    let operation = create(lab.users(), "one", &lab.user_body());
    each_fails(lab, &[without(operation, "bulkId")])
}

fn unknown_method_fails(lab: &Lab<'_>) -> Verdict {
    let user = lab.user()?;
    let operation = create(lab.users(), "one", &lab.user_body());
    each_fails(
        lab,
        &[
            json!({ "method": "GET", "path": user.path }),
            with(operation.clone(), json!({ "method": "FETCH" })),
            without(operation, "method"),
        ],
    )
}

fn unknown_path_fails(lab: &Lab<'_>) -> Verdict {
    let operation = create("/Scimconfs", "one", &lab.user_body());
    each_fails(
        lab,
        &[
            operation.clone(),
            without(operation, "path"),
            json!({ "method": "DELETE", "path": lab.users() }),
            json!({ "method": "PUT", "path": lab.users(), "data": lab.user_body() }),
        ],
    )
}

fn missing_data_fails(lab: &Lab<'_>) -> Verdict {
    let user = lab.user()?;
    each_fails(
        lab,
        &[
            json!({ "method": "POST", "path": lab.users(), "bulkId": "one" }),
            json!({ "method": "PUT", "path": user.path }),
            json!({ "method": "PATCH", "path": user.path }),
        ],
    )?;
    lab.read(&user)?.has("userName", user.text("userName"))
}

/// Sends a request that deletes a user, made wrong; expects a refusal and the user to stay.
fn refuses_all(lab: &Lab<'_>, spoilt: impl Fn(Value) -> Value) -> Verdict {
    let user = lab.user()?;
    let operation = json!({ "method": "DELETE", "path": user.path });
    lab.post("/Bulk", &spoilt(request(&[operation])))?
        .refused(400, "")?;
    lab.read(&user)?;
    Ok(())
}

fn wrong_schema_is_400(lab: &Lab<'_>) -> Verdict {
    let user = create(lab.users(), "one", &lab.user_body());
    let bare = without(request(&[user]), "schemas");
    if lab.post("/Bulk", &bare)?.survives()?.status == 200 {
        lab.note("a Bulk request without schemas is taken");
    }
    let other = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
    refuses_all(lab, |it| with(it, json!({ "schemas": [other] })))
}

fn without_operations_is_400(lab: &Lab<'_>) -> Verdict {
    let whole = request(&[]);
    for body in [
        without(whole.clone(), "Operations"),
        with(whole, json!({ "Operations": "none" })),
    ] {
        lab.post("/Bulk", &body)?.refused(400, "")?;
    }
    each_fails(lab, &["DELETE".into()])
}

fn with_no_operation(lab: &Lab<'_>) -> Verdict {
    let answer = lab.post("/Bulk", &request(&[]))?.one_of(&[200, 400])?;
    let none = answer.status == 400 || Results::of(answer)?.count() == 0;
    lab.expect(none, "no results", "some")
}

fn path_without_slash(lab: &Lab<'_>) -> Verdict {
    let body = lab.user_body();
    let path = lab.users().trim_start_matches('/');
    let answer = lab.post("/Bulk", &request(&[create(path, "one", &body)]))?;
    if answer.status == 400 {
        lab.note("a path without its first slash is refused");
        return Ok(());
    }
    let results = Results::of(answer)?;
    let outcome = results.of_id("one")?;
    if (400..500).contains(&outcome.status()) {
        lab.note("a path without its first slash is refused");
        return Ok(());
    }
    let user = outcome.made(lab.users())?;
    lab.read(&user)?.has("userName", text(&body, "userName"))
}

fn path_to_another_host(lab: &Lab<'_>) -> Verdict {
    let location = lab.read(&lab.user()?)?.text_at("meta.location").to_owned();
    let below = location
        .split_once("://")
        .and_then(|(_, it)| it.split_once('/'));
    let below = below.map_or("", |(_, below)| below);
    let collection = below.rsplit_once('/').map_or("Users", |(it, _)| it);
    // no machine has this name (RFC 2606)
    let path = format!("https://scim.invalid/{collection}");
    each_fails(lab, &[create(&path, "one", &lab.user_body())])
}

fn operation_version(lab: &Lab<'_>) -> Verdict {
    let user = lab.user()?;
    let version = lab.read(&user)?.value("meta.version")?.clone();
    let put = with(lab.user_body(), json!({ "userName": lab.name() }));
    lab.setup("PUT", || lab.put(&user.path, &put)?.is(200))?;
    let now = lab.read(&user)?;
    let changed = *now.value("meta.version")? != version;
    lab.setup("a new version", || {
        lab.expect(changed, "another version", version.to_string())
    })?;
    let operation = json!({ "method": "DELETE", "path": user.path, "version": version });
    let results = Results::of(lab.post("/Bulk", &request(&[operation]))?)?;
    results.at(0)?.is(&[412, 409])?;
    lab.read(&user)?;
    Ok(())
}

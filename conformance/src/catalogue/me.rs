//! The alias `/Me` (RFC 7644 §3.11).
//!
//! It is never deleted or changed: it may be the account of the one who runs this.

use serde_json::json;

use crate::answer::Answer;
use crate::check::Feature::{Patch, User};
use crate::check::{Check, Stop, Verdict, may, must, robust, should};
use crate::lab::{Lab, PREFIX};

/// Lines of the catalogue without a check, and why.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[];

pub(super) const CHECKS: &[Check] = &[
    should(
        "P1",
        "rfc7644-3.11/me-not-offered-is-501",
        "A server without /Me says so with 501.",
        not_offered_is_501,
    ),
    must(
        "P2",
        "rfc7644-3.11/me-leads-to-the-resource",
        "/Me redirects to the resource with 308, or answers it with its permanent address in Location.",
        leads_to_the_resource,
    ),
    may(
        "P3",
        "rfc7644-3.11/change-of-me-is-one-of-the-resource",
        "A PATCH of /Me, where it is taken, is one of the resource that /Me stands for.",
        change_is_one_of_the_resource,
    )
    .needs(&[Patch]),
    robust(
        "P4",
        "robust/me-is-nobody-else",
        "/Me is no resource that has nothing to do with the token, like one that was just made.",
        is_nobody_else,
    )
    .needs(&[User]),
];

const PATH: &str = "/Me";

/// What /Me answers, if it is offered: a resource, or where it is.
fn me(lab: &Lab<'_>) -> Result<Answer, Stop> {
    let answer = lab.get(PATH)?;
    match answer.status {
        200..=299 | 301 | 302 | 303 | 307 | 308 => Ok(answer),
        status => Err(Stop::NotOffered(format!("/Me is answered with {status}"))),
    }
}

fn not_offered_is_501(lab: &Lab<'_>) -> Verdict {
    let answer = lab.get(PATH)?;
    match answer.status {
        501 => Ok(()),
        200..=399 => Err(Stop::NotOffered("/Me is offered".to_owned())),
        403 | 404 => {
            lab.note(format!(
                "{}: either the token is nobody's, or there is no /Me, for which RFC 7644 §3.11 recommends 501",
                answer.status
            ));
            Ok(())
        }
        _ => Err(answer.wrong("status 501", answer.summary())),
    }
}

fn leads_to_the_resource(lab: &Lab<'_>) -> Verdict {
    let answer = me(lab)?.one_of(&[200, 308])?;
    let Some(location) = answer.header("location") else {
        let expected = "a Location header with the permanent address of the resource";
        return Err(answer.wrong(expected, "none"));
    };
    let there = lab.get(address(lab, location))?.is(200)?;
    there.value("id")?;
    if answer.status == 200 {
        there.has("id", answer.text_at("id"))?;
        let aliased = location.trim_end_matches('/').ends_with(PATH);
        let expected = "the address of the resource, not the alias";
        lab.expect(!aliased, expected, location)?;
    }
    Ok(())
}

/// The URL of a location, which may leave out the host.
fn address(lab: &Lab<'_>, location: &str) -> String {
    let base = lab.target().base_url.as_str();
    let after_scheme = base.find("://").map_or(0, |it| it + "://".len());
    let host_ends = base
        .get(after_scheme..)
        .and_then(|it| it.find('/'))
        .map_or(base.len(), |it| it + after_scheme);
    match location.strip_prefix('/') {
        Some(path) => format!("{}/{path}", base.get(..host_ends).unwrap_or(base)),
        None if location.contains("://") => location.to_owned(),
        None => format!("{base}/{location}"),
    }
}

fn change_is_one_of_the_resource(lab: &Lab<'_>) -> Verdict {
    let before = me(lab)?;
    if before.status != 200 || before.text_at("userName").is_empty() {
        let why = "/Me redirects, or is no user";
        return Err(Stop::NotOffered(why.to_owned()));
    }
    // the value that it has: nothing changes
    let value = before.text_at("userName");
    let operation = json!([{ "op": "replace", "path": "userName", "value": value }]);
    let answer = lab.patch(PATH, operation)?.survives()?;
    if !(200..300).contains(&answer.status) {
        lab.note(format!("a PATCH of /Me is answered with {}", answer.status));
        return Ok(());
    }
    let answer = answer.done()?;
    if answer.status == 200 {
        answer.has("id", before.text_at("id"))?;
    }
    lab.get(PATH)?.is(200)?.has("id", before.text_at("id"))
}

fn is_nobody_else(lab: &Lab<'_>) -> Verdict {
    let before = lab.get(PATH)?.survives()?;
    let made = lab.user()?;
    let after = lab.get(PATH)?;
    let (was, is) = (before.text_at("id"), after.text_at("id"));
    // no token is one of a user of this suite
    let ours = is == made.id || after.text_at("userName").starts_with(PREFIX);
    lab.expect(
        !ours,
        "the user of the token, or a refusal",
        format!("a user that this suite made, {is}"),
    )?;
    lab.expect(
        was == is,
        "the same as before a user was made",
        after.summary(),
    )
}

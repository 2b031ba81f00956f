//! What `ServiceProviderConfig` announces beside what happens (RFC 7643 §5).
//!
//! A parameter of a feature that is not offered may be ignored; an operation may not.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::check::{Stop, Verdict};
use crate::json::{at, text};
use crate::lab::{Lab, Made};

/// What the configuration says of a feature; whether it says it well is judged elsewhere.
fn announced(lab: &Lab<'_>, path: &str) -> Result<bool, Stop> {
    let config = lab.server.config.as_ref();
    let said = config.and_then(|it| at(it, path)).and_then(Value::as_bool);
    said.ok_or_else(|| Stop::NotOffered(format!("no ServiceProviderConfig says {path}")))
}

/// Expects that an operation is not done.
fn not_done(answer: Answer, path: &str) -> Verdict {
    if answer.status == 501 {
        return Ok(());
    }
    match answer.rejected() {
        Ok(_) => Ok(()),
        Err(Stop::Wrong(mut finding)) => {
            finding.expected = format!("a refusal (4xx or 501), as {path} is false");
            Err(Stop::Wrong(finding))
        }
        Err(stop) => Err(stop),
    }
}

pub(super) fn patch(lab: &Lab<'_>) -> Verdict {
    let offered = announced(lab, "patch.supported")?;
    let user = lab.kind()?;
    let name = user.plain_texts().next();
    let name = name.map_or("userName", |it| &it.name);
    let (made, value) = (lab.user()?, lab.name());
    let operation = json!([{ "op": "replace", "path": name, "value": value }]);
    let answer = lab.patch(&made.path, operation)?;
    if !offered {
        return not_done(answer, "patch.supported");
    }
    answer.done()?;
    // some servers publish what they make up themselves
    match lab.text_attribute(user) {
        Ok(kept) if kept == name => lab.read(&made)?.has(name, value),
        _ => Ok(()),
    }
}

pub(super) fn bulk(lab: &Lab<'_>) -> Verdict {
    let offered = announced(lab, "bulk.supported")?;
    let answer = lab.post(
        "/Bulk",
        &json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": [{
                "method": "POST",
                "path": lab.users(),
                "bulkId": lab.name(),
                "data": lab.user_body(),
            }],
        }),
    )?;
    if !offered {
        return not_done(answer, "bulk.supported");
    }
    let answer = answer.is(200)?;
    answer.has("Operations.0.status", "201")
}

pub(super) fn filter(lab: &Lab<'_>) -> Verdict {
    let (made, _) = (lab.user()?, lab.user()?);
    let found = lab.find(lab.users(), &is_named(&made))?;
    let ids: Vec<&str> = found.iter().map(|it| text(it, "id")).collect();
    lab.expect(
        ids == [made.id.as_str()],
        &format!("the one user {}", made.id),
        format!("{} users: {}", ids.len(), ids.join(", ")),
    )
}

fn is_named(made: &Made) -> String {
    format!("userName eq \"{}\"", made.text("userName"))
}

pub(super) fn sort(lab: &Lab<'_>) -> Verdict {
    let (first, second) = (lab.user()?, lab.user()?);
    let filter = format!("{} or {}", is_named(&first), is_named(&second));
    lab.setup("a filter with or", || {
        let found = found(lab, &[("filter", &filter)])?;
        lab.expect(found.len() == 2, "two users", format!("{}", found.len()))
    })?;
    let upwards = vec![first.id.clone(), second.id.clone()];
    let downwards = vec![second.id, first.id];
    for (order, ids) in [("ascending", upwards), ("descending", downwards)] {
        let parameters = [
            ("filter", filter.as_str()),
            ("sortBy", "userName"),
            ("sortOrder", order),
        ];
        let found = found(lab, &parameters)?;
        lab.expect(found == ids, &ids.join(" before "), found.join(", "))?;
    }
    Ok(())
}

/// The ids of users, in the order in which they come.
fn found(lab: &Lab<'_>, parameters: &[(&str, &str)]) -> Result<Vec<String>, Stop> {
    let answer = lab.list(lab.users(), parameters)?.is(200)?;
    let ids = answer
        .resources()
        .iter()
        .map(|it| text(it, "id").to_owned());
    Ok(ids.collect())
}

pub(super) fn etag(lab: &Lab<'_>) -> Verdict {
    let answer = lab.read(&lab.user()?)?;
    let there = answer.header("etag").is_some() || !answer.text_at("meta.version").is_empty();
    lab.expect(there, "an ETag, or meta.version", "neither")
}

pub(super) fn change_password(lab: &Lab<'_>) -> Verdict {
    let user = lab.kind()?;
    if user.schema.attribute("password").is_none() {
        let why = "the schema of the User has no password";
        return Err(Stop::NotOffered(why.to_owned()));
    }
    let made = lab.user()?;
    let value = format!("Tr0ub4dor&3-{}", lab.name());
    let operation = json!([{ "op": "replace", "path": "password", "value": value }]);
    let answer = lab.patch(&made.path, operation)?;
    if answer.status == 501 {
        let why = "PATCH is not implemented, whatever the configuration says";
        return Err(Stop::Blocked(why.to_owned()));
    }
    if answer.status == 400 && answer.text_at("scimType") == "invalidValue" {
        lab.note("the password was refused as a bad one");
        return Ok(());
    }
    answer.done()?;
    Ok(())
}

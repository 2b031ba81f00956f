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
    let name = lab.kind()?.plain_text().map_or("userName", |it| &it.name);
    let (made, value) = (lab.user()?, lab.name());
    let operation = json!([{ "op": "replace", "path": name, "value": value }]);
    let answer = lab.patch(&made.path, operation)?;
    if !offered {
        return not_done(answer, "patch.supported");
    }
    answer.done()?;
    lab.read(&made)?.has(name, value)
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
    let both = |answer: Answer| {
        let answer = answer.is(200)?;
        let ids = answer
            .resources()
            .iter()
            .map(|it| text(it, "id").to_owned());
        Ok(ids.collect::<Vec<_>>())
    };
    let asked = |order| {
        let parameters = [
            ("filter", filter.as_str()),
            ("sortBy", "userName"),
            ("sortOrder", order),
        ];
        both(lab.list(lab.users(), &parameters)?)
    };
    lab.setup("a filter with or", || {
        let found = both(lab.list(lab.users(), &[("filter", &filter)])?)?;
        lab.expect(found.len() == 2, "two users", format!("{}", found.len()))
    })?;
    let upwards = [first.id, second.id];
    let ids = asked("ascending")?;
    lab.expect(ids == upwards, &upwards.join(" before "), ids.join(", "))?;
    let [first, second] = upwards;
    let downwards = [second, first];
    let ids = asked("descending")?;
    lab.expect(
        ids == downwards,
        &downwards.join(" before "),
        ids.join(", "),
    )
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
    if answer.status == 400 && answer.text_at("scimType") == "invalidValue" {
        lab.note("the password was refused as a bad one");
        return Ok(());
    }
    answer.done()?;
    Ok(())
}

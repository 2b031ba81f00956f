//! `Schemas` as a whole (RFC 7644 §4).

use serde_json::Value;

use super::{faultless, listed, not_found, whole_list};
use crate::check::Verdict;
use crate::json::{at, contains, list, text};
use crate::lab::Lab;

const PATH: &str = "/Schemas";

/// What the schemas of messages begin with.
const MESSAGES: &str = "urn:ietf:params:scim:api:";

/// Most schemas that are asked for one by one.
const MOST: usize = 20;

pub(super) fn are_a_list(lab: &Lab<'_>) -> Verdict {
    let answer = lab.get(PATH)?.is(200)?;
    let schemas = whole_list(&answer)?;
    let nameless = schemas.iter().filter(|it| text(it, "id").is_empty());
    let nameless = nameless.count();
    lab.expect(
        nameless == 0,
        "the id of each schema, its URN",
        format!("{nameless} without one"),
    )
}

pub(super) fn one_by_one(lab: &Lab<'_>) -> Verdict {
    for schema in listed(lab, PATH)?.iter().take(MOST) {
        let urn = text(schema, "id");
        let answer = lab.get(format!("{PATH}/{urn}"))?.is(200)?;
        for name in ["id", "name", "description"] {
            answer.has(name, at(schema, name).cloned().unwrap_or_default())?;
        }
        let differing = differing(schema, &answer.body);
        faultless(
            lab,
            "the same attributes as in the list",
            differing.as_slice(),
        )?;
    }
    Ok(())
}

/// The attributes that only one of two schemas has, or that are not the same in both.
fn differing(one: &Value, other: &Value) -> Vec<String> {
    let (one, other) = (list(one, "attributes"), list(other, "attributes"));
    // arrays in them have no order
    let same = |one: &Value, other: &Value| contains(one, other) && contains(other, one);
    let lacking = |here: &[Value], there: &[Value]| -> Vec<String> {
        let missing = here
            .iter()
            .filter(|it| !there.iter().any(|other| same(it, other)));
        missing.map(|it| text(it, "name").to_owned()).collect()
    };
    let mut names = lacking(one, other);
    names.extend(lacking(other, one));
    names.sort();
    names.dedup();
    names
}

pub(super) fn unknown_is_404(lab: &Lab<'_>) -> Verdict {
    not_found(lab.get(format!("{PATH}/urn:example:{}", lab.name()))?)
}

pub(super) fn are_not_messages(lab: &Lab<'_>) -> Verdict {
    let schemas = listed(lab, PATH)?;
    let ids = schemas.iter().filter_map(|it| at(it, "id")?.as_str());
    let messages = ids.filter(|id| id.to_lowercase().starts_with(MESSAGES));
    let messages: Vec<String> = messages.map(str::to_owned).collect();
    faultless(lab, "no schema of a message", &messages)
}

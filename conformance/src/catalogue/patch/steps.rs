//! What checks of PATCH do again and again.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::check::{Stop, Verdict};
use crate::json::list;
use crate::lab::{Lab, Made};
use crate::model::alike;

/// An operation `add`.
pub(in crate::catalogue) fn add(path: &str, value: impl Into<Value>) -> Value {
    json!({ "op": "add", "path": path, "value": value.into() })
}

/// An operation `replace`.
pub(in crate::catalogue) fn replace(path: &str, value: impl Into<Value>) -> Value {
    json!({ "op": "replace", "path": path, "value": value.into() })
}

/// An operation `remove`.
pub(in crate::catalogue) fn remove(path: &str) -> Value {
    json!({ "op": "remove", "path": path })
}

/// Changes a resource, and reads it again.
///
/// # Errors
/// If it is not changed, or cannot be read.
pub(in crate::catalogue) fn after<const N: usize>(
    lab: &Lab<'_>,
    made: &Made,
    operations: [Value; N],
) -> Result<Answer, Stop> {
    lab.patch(&made.path, operations.to_vec().into())?.done()?;
    lab.read(made)
}

/// Expects operations to be refused with 400, and nothing to be changed.
///
/// # Errors
/// If it is not so.
pub(in crate::catalogue) fn refuses<const N: usize>(
    lab: &Lab<'_>,
    made: &Made,
    operations: [Value; N],
) -> Verdict {
    refuses_with(lab, made, operations, "")
}

/// Expects operations to be refused with 400 and a `scimType`, and nothing to be changed.
///
/// # Errors
/// If it is not so.
pub(in crate::catalogue) fn refuses_with<const N: usize>(
    lab: &Lab<'_>,
    made: &Made,
    operations: [Value; N],
    scim_type: &str,
) -> Verdict {
    let before = lab.read(made)?;
    lab.patch(&made.path, operations.to_vec().into())?
        .refused(400, scim_type)?;
    unchanged(lab, made, &before)
}

/// Expects a resource to be as it was.
///
/// # Errors
/// If it is not.
pub(in crate::catalogue) fn unchanged(lab: &Lab<'_>, made: &Made, before: &Answer) -> Verdict {
    let now = lab.read(made)?;
    if alike(&before.body, &now.body) {
        return Ok(());
    }
    Err(now.differs("resource", before.body.clone(), now.body.clone()))
}

/// Expects a refusal to name one of these `scimType`s, or none: the member is optional.
///
/// # Errors
/// If it names another.
pub(in crate::catalogue) fn names(lab: &Lab<'_>, answer: Answer, kinds: &[&str]) -> Verdict {
    let answer = answer.refused(400, "")?;
    match answer.text_at("scimType") {
        "" => lab.note("the error names no scimType"),
        kind if kinds.contains(&kind) => {}
        kind => return Err(answer.wrong(format!("scimType {}", kinds.join(" or ")), kind)),
    }
    Ok(())
}

/// Expects an attribute to have these values and no others, in any order; of each value, what is
/// given here.
///
/// # Errors
/// If it has others.
pub(in crate::catalogue) fn has_all(answer: &Answer, path: &str, expected: &[&Value]) -> Verdict {
    let actual = list(&answer.body, path);
    let there = |it: &&Value| actual.iter().any(|all| crate::json::contains(all, it));
    if actual.len() == expected.len() && expected.iter().all(there) {
        return Ok(());
    }
    let expected = expected.iter().map(|it| (*it).clone()).collect();
    Err(answer.differs(path, expected, actual.to_vec().into()))
}

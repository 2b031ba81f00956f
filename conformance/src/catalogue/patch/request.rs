//! The request and its answer (RFC 7644 §3.5.2).

use serde_json::{Value, json};

use super::attributes::{simple, text, values};
use super::steps::{replace, unchanged};
use super::{ANY, USERS};
use crate::check::{Check, Verdict, each_must, must, should};
use crate::json::contains;
use crate::lab::{Lab, PATCH_OP, patch, query, with, without};
use crate::sample::{Fill, offered};
use crate::server::ResourceType;
use crate::wire::Request;

pub(super) const CHECKS: &[Check] = &[
    each_must(
        "J1",
        "rfc7644-3.5.2/patch-answers-200-or-204",
        "A PATCH that is done is answered with 200 and the entire resource as it is then, or with 204 and no body.",
        answers_200_or_204,
    )
    .needs(ANY),
    must(
        "J1",
        "rfc7644-3.5.2/patch-with-attributes-answers-200",
        "A PATCH with the parameter attributes is answered with 200 and a body.",
        with_attributes_answers_200,
    )
    .needs(USERS),
    should(
        "J2",
        "rfc7644-3.5.2/patch-with-other-schema-is-400",
        "A PATCH whose schemas name another message is refused with 400; one without schemas may be taken.",
        with_other_schema_is_400,
    )
    .needs(USERS),
    must(
        "J2",
        "rfc7644-3.5.2/patch-without-operations-is-400",
        "A PATCH without Operations, or whose Operations are no array of objects, is refused with 400 and changes nothing.",
        without_operations_is_400,
    )
    .needs(USERS),
    should(
        "J2",
        "rfc7644-3.5.2/patch-with-no-operation-is-400",
        "A PATCH whose Operations are empty is refused with 400: there have to be one or more.",
        with_no_operation_is_400,
    )
    .needs(USERS),
    must(
        "J3",
        "rfc7644-3.5.2/unknown-op-is-400",
        "An operation whose op is missing, no text, or none of add, remove and replace (like move), is refused with 400 and changes nothing.",
        unknown_op_is_400,
    )
    .needs(USERS),
    each_must(
        "J6",
        "rfc7644-3.12/patch-of-unknown-id-is-404",
        "A PATCH of a resource that does not exist is answered with 404, and creates nothing.",
        unknown_id_is_404,
    )
    .needs(ANY),
];

fn answers_200_or_204(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let attribute = simple(kind)?;
    let (_, new) = values(lab, attribute);
    let made = lab.sample(kind, Fill::Required)?;
    let answer = lab
        .patch(&made.path, json!([replace(&attribute.name, new.clone())]))?
        .done()?;
    let now = lab.read(&made)?;
    now.has(&attribute.name, new)?;
    if answer.status == 204 {
        let empty = answer.text.is_empty();
        return answer_expect(empty, "204 without a body", &answer);
    }
    let whole = without(now.body, "meta");
    if contains(&answer.body, &whole) {
        return Ok(());
    }
    Err(answer.differs("resource in the answer", whole, answer.body.clone()))
}

fn answer_expect(kept: bool, expected: &str, answer: &crate::answer::Answer) -> Verdict {
    if kept {
        return Ok(());
    }
    Err(answer.wrong(expected, answer.summary()))
}

fn with_attributes_answers_200(lab: &Lab<'_>) -> Verdict {
    let name = text(lab)?;
    let user = lab.user()?;
    let value = lab.name();
    let answer = lab
        .patch(
            query(&user.path, &[("attributes", name)]),
            json!([replace(name, value.as_str())]),
        )?
        .is(200)?;
    answer.has(name, value)
}

/// Sends bodies that are no PATCH requests, and expects each to be refused.
fn refuses_bodies(lab: &Lab<'_>, bodies: &[Value]) -> Verdict {
    let user = lab.user()?;
    let before = lab.read(&user)?;
    for body in bodies {
        let request = Request::new("PATCH", &user.path).json(body);
        offered(lab.send(request)?)?.refused(400, "")?;
    }
    unchanged(lab, &user, &before)
}

/// To name the schema is the client's duty; no rule keeps a server from forgiving that it does not.
fn with_other_schema_is_400(lab: &Lab<'_>) -> Verdict {
    let whole = patch(json!([replace(text(lab)?, lab.name())]));
    let user = lab.user()?;
    let bare = Request::new("PATCH", &user.path).json(&without(whole.clone(), "schemas"));
    if (200..300).contains(&lab.send(bare)?.survives()?.status) {
        lab.note("a PATCH without schemas is taken");
    }
    let other = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"] });
    refuses_bodies(lab, &[with(whole, other)])
}

fn without_operations_is_400(lab: &Lab<'_>) -> Verdict {
    let operation = replace(text(lab)?, lab.name());
    let schemas = json!([PATCH_OP]);
    refuses_bodies(
        lab,
        &[
            json!({ "schemas": schemas }),
            json!({ "schemas": schemas, "Operations": operation }),
            json!({ "schemas": schemas, "Operations": "replace" }),
            json!({ "schemas": schemas, "Operations": [operation.to_string()] }),
        ],
    )
}

fn with_no_operation_is_400(lab: &Lab<'_>) -> Verdict {
    refuses_bodies(lab, &[patch(json!([]))])
}

fn unknown_op_is_400(lab: &Lab<'_>) -> Verdict {
    let whole = replace(text(lab)?, lab.name());
    let with_op = |op: Value| with(whole.clone(), json!({ "op": op }));
    let operations = [
        without(whole.clone(), "op"),
        with_op(json!("move")),
        with_op(json!("set")),
        with_op(json!("")),
        with_op(json!(1)),
    ];
    let bodies = operations.map(|it| patch(json!([it])));
    refuses_bodies(lab, &bodies)
}

fn unknown_id_is_404(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let attribute = simple(kind)?;
    let (_, new) = values(lab, attribute);
    let path = format!("{}/{}", kind.endpoint, uuid::Uuid::new_v4());
    lab.patch(&path, json!([replace(&attribute.name, new)]))?
        .is(404)?;
    lab.get(path)?.is(404)?;
    Ok(())
}

//! Breaks of queries that can be seen in the answer alone.

use serde_json::json;

use super::edits::{body, error, fail_if, is_list};
use super::list::response;
use super::wire::{Answer, Asked};
use super::wire_breaks::Change;

/// The breaks, by their names in [`super::listed::BREAKS`].
pub const QUERIES: &[(&str, Change)] = &[
    ("F4.pr", |asked, answer| {
        nothing_if(answer, filter(asked).contains("title pr"));
    }),
    ("E14", |_, answer| {
        let relative = |it: &str| !it.contains(':');
        if let Some(shown) = &mut answer.body
            && shown["profileUrl"].as_str().is_some_and(relative)
        {
            shown["profileUrl"] = "elsewhere".into();
        }
    }),
    ("F4.not", |asked, answer| {
        nothing_if(answer, filter(asked).contains("not (title pr)"));
    }),
    ("F4.complex", |asked, answer| {
        nothing_if(answer, filter(asked).contains("emails pr"));
    }),
    ("F10.nobody", |asked, answer| {
        nothing_if(answer, filter(asked).contains("emails eq"));
    }),
    ("F6.nested", |asked, answer| {
        refused_if(answer, filter(asked).contains("(("));
    }),
    ("F7.bare", |asked, answer| {
        if answer.status == 400 && filter(asked).contains("not userName") {
            *answer = Answer::new(200, response(0, Vec::new()));
        }
    }),
    ("F19.location", |asked, answer| {
        nothing_if(answer, filter(asked).contains("meta.location"));
    }),
    ("F26", |asked, answer| {
        if filter(asked).contains("emails.value") {
            *answer = error(403, "the filter is sensitive");
            body(answer, |it| it["scimType"] = "sensitive".into());
        }
    }),
    ("H1.schema", |_, answer| {
        if is_list(answer) {
            body(answer, |it| it["schemas"] = json!([]));
        }
    }),
    ("I10.fails", |_, answer| {
        fail_if(
            answer,
            answer
                .body
                .as_ref()
                .is_some_and(|it| it["scimType"] == "invalidCount"),
        );
    }),
    ("I17", |asked, answer| {
        if answer.status == 401 && asked.query.iter().any(|(name, _)| name == "cursor") {
            *answer = Answer::new(200, response(0, Vec::new()));
        }
    }),
];

/// The filter that a request has in its parameters, or in its body.
fn filter(asked: &Asked) -> String {
    let given = asked.query.iter().find(|(name, _)| name == "filter");
    if let Some((_, filter)) = given {
        return filter.clone();
    }
    let sent: serde_json::Value = serde_json::from_slice(&asked.body).unwrap_or_default();
    sent["filter"].as_str().unwrap_or_default().to_owned()
}

fn nothing_if(answer: &mut Answer, condition: bool) {
    if condition && is_list(answer) {
        *answer = Answer::new(200, response(0, Vec::new()));
    }
}

fn refused_if(answer: &mut Answer, condition: bool) {
    if condition {
        *answer = error(400, "the filter is too deep");
    }
}

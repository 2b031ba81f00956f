//! Breaks that can be seen in the answer alone, some of them only by what was asked before.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::edits::{body, error, fail_if, is_list, remove, resources, text};
use super::list::response;
use super::wire::Answer;
use super::wire_breaks::Change;

/// A body beyond this is one that J46 means.
const LARGE: usize = 500_000;

thread_local! {
    static DELETED: RefCell<Vec<String>> = RefCell::default();
    static STRANGE: Cell<bool> = const { Cell::new(false) };
    static NAMES: RefCell<BTreeSet<String>> = RefCell::default();
}

/// Names that begin so are the suite's own.
const UNHEARD_OF: &str = "scimconf";

/// The breaks, by their names in [`super::listed::BREAKS`].
pub const GROUPS: &[(&str, Change)] = &[
    ("D8.refused", |asked, answer| {
        let given = asked.query.iter().filter(|(name, _)| name == "attributes");
        if given
            .into_iter()
            .any(|(_, value)| value.starts_with(UNHEARD_OF))
        {
            *answer = error(400, "no such attribute");
        }
    }),
    ("J42.shown", |asked, answer| {
        let sent = String::from_utf8_lossy(&asked.body);
        if asked.method == "PATCH" && sent.contains(UNHEARD_OF) {
            STRANGE.set(true);
        }
        if asked.method == "GET" && STRANGE.get() {
            body(answer, |it| it["scimconfUnknown"] = json!("there"));
        }
    }),
    ("Q4.taken", |asked, answer| {
        let sent: Option<Value> = serde_json::from_slice(&asked.body).ok();
        if answer.status == 400 && !sent.is_some_and(|it| it.is_object()) {
            *answer = Answer::new(200, json!({}));
        }
    }),
    ("J46.large", |asked, answer| {
        fail_if(answer, asked.method == "PATCH" && asked.body.len() > LARGE);
    }),
    ("S3.value", |_, answer| {
        resources(answer, |group| {
            members(group).for_each(|it| remove(it, "value"));
        });
    }),
    ("S3.ref", |_, answer| {
        resources(answer, |group| {
            members(group).for_each(|it| it["$ref"] = json!("../Users/nobody"));
        });
    }),
    ("S9.member", |asked, answer| {
        let filter = asked
            .query
            .iter()
            .any(|(_, value)| value.contains("members"));
        if filter && is_list(answer) {
            *answer = Answer::new(200, response(0, Vec::new()));
        }
    }),
    ("S12.patch", |asked, answer| {
        let sent = String::from_utf8_lossy(&asked.body).replace(' ', "");
        fail_if(
            answer,
            asked.method == "PATCH" && sent.contains("\"type\":\"Group\""),
        );
    }),
    ("S14.fails", |asked, answer| {
        if asked.method == "POST" && asked.path.starts_with("/Groups") {
            let sent: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
            let name = text(&sent, "displayName").to_owned();
            fail_if(answer, !NAMES.with_borrow_mut(|names| names.insert(name)));
        }
    }),
    ("S15.users", |asked, answer| {
        if asked.method == "DELETE" {
            let id = asked.path.strip_prefix("/Groups/").map(str::to_owned);
            DELETED.with_borrow_mut(|deleted| deleted.extend(id));
        }
        if asked.method == "GET" && asked.path.starts_with("/Users/") {
            let groups = DELETED.with_borrow(|deleted| {
                let groups = deleted.iter().map(|id| json!({ "value": id }));
                groups.collect::<Vec<_>>()
            });
            body(answer, |user| user["groups"] = groups.into());
        }
    }),
    ("T8", |asked, answer| {
        if asked.path == "/ResourceTypes" {
            body(answer, |types| {
                let mut roles = types["Resources"][0].clone();
                for (name, value) in [("id", "Role"), ("name", "Role"), ("endpoint", "/Roles")] {
                    roles[name] = json!(value);
                }
                roles["schema"] = json!("urn:example:Role");
                if let Some(types) = types["Resources"].as_array_mut() {
                    types.push(roles);
                }
            });
        }
        if asked.path == "/Schemas" {
            let schema = json!({ "id": "urn:example:Role", "name": "Role", "attributes": [] });
            body(answer, |all| {
                if let Some(all) = all["Resources"].as_array_mut() {
                    all.push(schema);
                }
            });
        }
        if asked.path == "/Roles" {
            let roles = vec![json!({ "id": "1" }), json!({ "id": "2" })];
            *answer = Answer::new(200, response(2, roles));
        }
    }),
];

fn members(group: &mut Value) -> impl Iterator<Item = &mut Value> {
    let members = group.get_mut("members").and_then(Value::as_array_mut);
    members.into_iter().flatten()
}

use serde_json::{Value, json};

use super::rows::{Row, agree};
use super::{differential, logic, operators, paths, refused, values};
use crate::evaluate::Filter;
use crate::evaluate::tests::user;
use crate::lab::with;
use crate::population::{Expected, plan};
use crate::server::{ENTERPRISE, USER};

const TAG: &str = "scimconf-0-q";

/// What the filter of a table finds among users, by name.
fn expected(filter: &str, users: &[(&'static str, Value)]) -> Expected {
    let mut filter = filter
        .replace("{tag}", TAG)
        .replace("{text}", "title")
        .replace("{core}", USER)
        .replace("{enterprise}", ENTERPRISE);
    for (name, _) in users {
        filter = filter.replace(&format!("{{{name}}}"), &format!("id-{name}"));
    }
    let filter = Filter::parse(&filter).unwrap_or_else(|error| panic!("{filter}: {error}"));
    assert!(
        filter.paths().iter().all(|it| it.is_known(&user())),
        "{filter:?}"
    );
    let mut expected = Expected::default();
    for (name, body) in users {
        let added = json!({
            "id": format!("id-{name}"),
            "userName": format!("{TAG}-{name}"),
            "schemas": [USER],
            "meta": { "resourceType": "User", "created": "2026-01-02T03:04:05Z", "lastModified": "2026-01-02T03:04:05Z" },
        });
        match filter.finds(&user(), &with(body.clone(), added)) {
            Some(true) => expected.must.push(name),
            None => expected.may.push(name),
            Some(false) => {}
        }
    }
    expected
}

fn check(rows: &[Row<'_>], users: &[(&'static str, Value)]) {
    for (filter, names) in rows {
        let expected = expected(filter, users);
        assert!(
            agree(names, &expected),
            "{filter}: {names}, but {expected:?}"
        );
    }
}

#[test]
fn tables_and_evaluator_agree() {
    let users = plan(TAG, Some("title"));
    for rows in [
        operators::USER_NAMES,
        operators::IN_OTHER_CASE,
        operators::STRINGS,
        operators::ORDER,
        operators::PRESENT,
        operators::COMPLEX_PRESENT,
        operators::NULL,
        logic::AND_OR,
        logic::PRECEDENCE,
        logic::GROUPING,
        logic::NOT,
        logic::ANY_CASE,
        logic::BLANKS,
        paths::SUB_ATTRIBUTES,
        paths::DEFAULT_VALUE,
        paths::SAME_VALUE,
        paths::IN_BRACKETS,
        paths::AROUND_BRACKETS,
        paths::NO_VALUES,
        paths::CORE_SCHEMA,
        paths::EXTENSION,
        paths::SHOUTED,
        paths::COMMON,
        paths::IDS,
        paths::EXACT_IDS,
    ] {
        check(rows, &users);
    }
    let active = |(name, active): (&'static str, bool)| (name, json!({ "active": active }));
    check(
        operators::BOOLEANS,
        &[("on", true), ("off", false)].map(active),
    );
}

#[test]
fn tables_of_odd_text_agree() {
    for (texts, rows) in [
        (values::ODD, values::ESCAPED),
        (values::FOREIGN, values::BEYOND_ASCII),
        (values::FOREIGN, values::FOLDED),
        (values::PATTERNS, values::LITERAL),
    ] {
        let users: Vec<_> = texts
            .iter()
            .map(|(name, text)| (*name, json!({ "title": text })))
            .collect();
        check(rows, &users);
    }
}

#[test]
fn each_filter_tells_users_apart_or_finds_none_or_all_for_sure() {
    let users = plan(TAG, Some("title"));
    let mut open = Vec::new();
    for filter in differential::FILTERS {
        if expected(filter, &users).may.len() == users.len() {
            open.push(filter);
        }
    }
    assert!(open.is_empty(), "nobody is judged by {open:?}");
    assert!(
        differential::FILTERS.len() >= 120,
        "{}",
        differential::FILTERS.len()
    );
}

#[test]
fn malformed_filters_are_malformed() {
    for filter in refused::MALFORMED {
        assert!(Filter::parse(filter).is_err(), "{filter}");
    }
}

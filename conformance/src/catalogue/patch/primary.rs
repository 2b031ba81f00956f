//! `primary` moves (RFC 7644 §3.5.2): only one value has it.

use serde_json::{Value, json};

use super::USERS;
use super::attributes::{Many, many_primary, person};
use super::steps::{add, after, replace};
use crate::check::{Check, Stop, Verdict, must};
use crate::json::{at, list, text};
use crate::lab::{Lab, Made, with};

pub(super) const CHECKS: &[Check] = &[
    must(
        "J18",
        "rfc7644-3.5.2/added-primary-is-the-only-one",
        "When an element with primary true is added, primary of the others becomes false.",
        added,
    )
    .needs(USERS),
    must(
        "J18",
        "rfc7644-3.5.2/added-primary-without-path-is-the-only-one",
        "When an element with primary true is added without a path, primary of the others becomes false.",
        added_without_path,
    )
    .needs(USERS),
    must(
        "J18",
        "rfc7644-3.5.2/primary-of-chosen-element-is-the-only-one",
        "When primary of an element that a filter chooses is set to true, that of the others becomes false.",
        set_in_chosen_element,
    )
    .needs(USERS),
    must(
        "J18",
        "rfc7644-3.5.2/replaced-element-with-primary-is-the-only-one",
        "When an element that a filter chooses is replaced by one with primary true, primary of the others becomes false.",
        element_replaced,
    )
    .needs(USERS),
];

/// A user with two elements, the first of which is the primary one, and the second.
fn two<'a>(lab: &Lab<'a>) -> Result<(Many<'a>, Made, Value), Stop> {
    let many = many_primary(lab)?;
    let one = with(many.element(lab, 0), json!({ "primary": true }));
    let other = many.element(lab, 1);
    let user = person(lab, json!({ many.name: [one, other] }))?;
    Ok((many, user, other))
}

/// Does operations, and expects the primary element to be the one with this value, alone.
fn makes_primary(
    lab: &Lab<'_>,
    user: &Made,
    name: &str,
    operation: Value,
    element: &Value,
) -> Verdict {
    let now = after(lab, user, [operation])?;
    let elements = list(&now.body, name).iter();
    let primary = elements.filter(|it| at(it, "primary") == Some(&Value::Bool(true)));
    let primary: Vec<&str> = primary.map(|it| text(it, "value")).collect();
    let expected = text(element, "value");
    lab.expect(
        primary == [expected],
        &format!("primary: true in the element {expected} alone"),
        match primary.as_slice() {
            [] => format!("no primary element among {name}"),
            some => format!("primary: true in {}", some.join(" and ")),
        },
    )
}

fn added(lab: &Lab<'_>) -> Verdict {
    let (many, user, _) = two(lab)?;
    let new = with(many.element(lab, 2), json!({ "primary": true }));
    makes_primary(lab, &user, many.name, add(many.name, json!([new])), &new)
}

fn added_without_path(lab: &Lab<'_>) -> Verdict {
    let (many, user, _) = two(lab)?;
    let new = with(many.element(lab, 2), json!({ "primary": true }));
    let operation = json!({ "op": "add", "value": { many.name: [new] } });
    makes_primary(lab, &user, many.name, operation, &new)
}

fn set_in_chosen_element(lab: &Lab<'_>) -> Verdict {
    let (many, user, other) = two(lab)?;
    let path = format!("{}.primary", many.of_kind(1));
    makes_primary(lab, &user, many.name, replace(&path, true), &other)
}

fn element_replaced(lab: &Lab<'_>) -> Verdict {
    let (many, user, _) = two(lab)?;
    let new = with(many.element(lab, 1), json!({ "primary": true }));
    let operation = replace(&many.of_kind(1), new.clone());
    makes_primary(lab, &user, many.name, operation, &new)
}

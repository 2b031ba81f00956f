//! `replace` (RFC 7644 §3.5.2.3) of what a filter chooses.

use serde_json::json;

use super::USERS;
use super::attributes::{inner, many, person};
use super::steps::{after, has_all, refuses_with, replace};
use crate::check::{Check, Verdict, must};
use crate::json::{at, list, text};
use crate::lab::{Lab, with};

pub(super) const CHECKS: &[Check] = &[
    must(
        "J22",
        "rfc7644-3.5.2.3/replace-chosen-element",
        "replace of the element that a filter chooses replaces it, and leaves the others alone.",
        chosen_element,
    )
    .needs(USERS),
    must(
        "J23",
        "rfc7644-3.5.2.3/replace-sub-attribute-of-chosen-element",
        "replace of a sub-attribute of the element that a filter chooses sets it there, and leaves the rest alone.",
        sub_attribute_of_chosen_element,
    )
    .needs(USERS),
    must(
        "J23",
        "rfc7644-3.5.2.3/replace-sub-attribute-of-all-matches",
        "replace of a sub-attribute of elements that a filter chooses sets it in all of them.",
        sub_attribute_of_all_matches,
    )
    .needs(USERS),
    must(
        "J24",
        "rfc7644-3.5.2.3/replace-unmatched-element-is-noTarget",
        "replace of an element whose filter matches none is refused with 400 and scimType noTarget, and changes nothing.",
        unmatched_element_is_no_target,
    )
    .needs(USERS),
    must(
        "J24",
        "rfc7644-3.5.2.3/replace-unmatched-sub-attribute-is-noTarget",
        "replace of a sub-attribute whose filter matches no element is refused with 400 and scimType noTarget, and changes nothing.",
        unmatched_sub_attribute_is_no_target,
    )
    .needs(USERS),
    must(
        "J24",
        "rfc7644-3.5.2.3/replace-filter-without-values-is-noTarget",
        "replace with a filter on an attribute that has no values at all is refused with 400 and scimType noTarget, and changes nothing.",
        filter_without_values_is_no_target,
    )
    .needs(USERS),
];

fn chosen_element(lab: &Lab<'_>) -> Verdict {
    let inner = inner(lab)?;
    let [one, two] = [0, 1].map(|n| inner.element(lab, n));
    let user = person(lab, json!({ inner.many.name: [one, two] }))?;
    let new = crate::lab::without(inner.element(lab, 1), inner.text);
    // an element needs more than its type
    let new = if new.get("value").is_some() {
        new
    } else {
        inner.element(lab, 1)
    };
    let now = after(lab, &user, [replace(&inner.many.of_kind(1), new.clone())])?;
    has_all(&now, inner.many.name, &[&one, &new])?;
    let elements = list(&now.body, inner.many.name).iter();
    let mut kept = elements.filter(|it| text(it, inner.text) == text(&two, inner.text));
    if kept.next().is_some() {
        lab.note("replace of an element keeps sub-attributes that its value does not name");
    }
    Ok(())
}

fn sub_attribute_of_chosen_element(lab: &Lab<'_>) -> Verdict {
    let many = many(lab)?;
    let [one, two] = [0, 1].map(|n| many.element(lab, n));
    let user = person(lab, json!({ many.name: [one, two] }))?;
    let new = many.value(lab);
    let path = format!("{}.value", many.of_kind(1));
    let now = after(lab, &user, [replace(&path, new.as_str())])?;
    let changed = with(two, json!({ "value": new }));
    has_all(&now, many.name, &[&one, &changed])
}

fn sub_attribute_of_all_matches(lab: &Lab<'_>) -> Verdict {
    let many = many(lab)?;
    let [one, two, three] = [0, 0, 1].map(|n| many.element(lab, n));
    let user = person(lab, json!({ many.name: [one, two, three] }))?;
    let path = format!("{}.type", many.of_kind(0));
    let now = after(lab, &user, [replace(&path, many.kind(2))])?;
    let [one, two] = [one, two].map(|it| with(it, json!({ "type": many.kind(2) })));
    has_all(&now, many.name, &[&one, &two, &three])
}

fn unmatched_element_is_no_target(lab: &Lab<'_>) -> Verdict {
    let many = many(lab)?;
    let user = person(lab, json!({ many.name: [many.element(lab, 0)] }))?;
    let operation = replace(&many.of_kind(1), many.element(lab, 1));
    refuses_with(lab, &user, [operation], "noTarget")
}

fn unmatched_sub_attribute_is_no_target(lab: &Lab<'_>) -> Verdict {
    let many = many(lab)?;
    let user = person(lab, json!({ many.name: [many.element(lab, 0)] }))?;
    let path = format!("{}.value", many.of_kind(1));
    refuses_with(lab, &user, [replace(&path, many.value(lab))], "noTarget")
}

fn filter_without_values_is_no_target(lab: &Lab<'_>) -> Verdict {
    let many = many(lab)?;
    let user = lab.user()?;
    // a server may demand a value that every user then has
    let has_some = at(&user.body, many.name).is_some();
    lab.setup("a user without values", || {
        lab.expect(!has_some, &format!("no {}", many.name), "some")
    })?;
    let path = format!("{}.value", many.of_kind(1));
    refuses_with(lab, &user, [replace(&path, many.value(lab))], "noTarget")
}

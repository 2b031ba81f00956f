//! `add` (RFC 7644 §3.5.2.1).

use serde_json::json;

use super::attributes::{
    complex, enterprise_texts, inner, optional, person, several, simple, text, thing, two_texts,
    values,
};
use super::steps::{add, after, has_all, refuses};
use super::{ANY, USERS};
use crate::check::Feature::{Enterprise, Patch, User};
use crate::check::{Check, Verdict, each_must, must, should};
use crate::json::list;
use crate::lab::{Lab, Made, with};
use crate::sample::Fill;
use crate::server::{ENTERPRISE, ResourceType};

pub(super) const CHECKS: &[Check] = &[
    each_must(
        "J7",
        "rfc7644-3.5.2.1/add-sets-an-absent-attribute",
        "add gives a value to a simple attribute that has none.",
        sets_an_absent_attribute,
    )
    .needs(ANY),
    each_must(
        "J7",
        "rfc7644-3.5.2.1/add-replaces-a-simple-value",
        "add to a simple attribute that has a value replaces it.",
        replaces_a_simple_value,
    )
    .needs(ANY),
    must(
        "J8",
        "rfc7644-3.5.2.1/add-to-complex-sets-sub-attributes",
        "add to a complex attribute gives it the sub-attributes of the value.",
        to_complex_sets_sub_attributes,
    )
    .needs(USERS),
    should(
        "J8",
        "rfc7644-3.5.2.1/add-to-complex-keeps-the-others",
        "add to a complex attribute leaves sub-attributes alone that its value does not name: it takes nothing away, as replace does not.",
        to_complex_keeps_the_others,
    )
    .needs(USERS),
    must(
        "J9",
        "rfc7644-3.5.2.1/add-sub-attribute",
        "add to a sub-attribute sets it, whether it had a value or not, and leaves its siblings alone.",
        sub_attribute,
    )
    .needs(USERS),
    must(
        "J10",
        "rfc7644-3.5.2.1/add-appends-an-array",
        "add to a multi-valued attribute adds the values of an array to those that are there.",
        appends_an_array,
    )
    .needs(USERS),
    must(
        "J10",
        "rfc7644-3.5.2.1/add-appends-an-object",
        "add to a multi-valued attribute adds a value that is a single object to those that are there.",
        appends_an_object,
    )
    .needs(USERS),
    must(
        "J10",
        "rfc7644-3.5.2.1/add-first-value",
        "add to a multi-valued attribute that has no value gives it its first.",
        first_value,
    )
    .needs(USERS),
    must(
        "J11",
        "rfc7644-3.5.2.1/add-of-same-value-keeps-last-modified",
        "add of a simple value that is there already does not change meta.lastModified.",
        same_value_keeps_last_modified,
    )
    .needs(USERS),
    must(
        "J11",
        "rfc7644-3.5.2.1/add-of-same-element-keeps-last-modified",
        "add of an element that is there already does not change meta.lastModified.",
        same_element_keeps_last_modified,
    )
    .needs(USERS),
    should(
        "J11",
        "rfc7644-3.5.2.1/add-of-same-element-doubles-nothing",
        "add of an element that is there already succeeds, and the element is there once.",
        same_element_doubles_nothing,
    )
    .needs(USERS),
    must(
        "J12",
        "rfc7644-3.5.2.1/add-without-path",
        "add without a path sets the simple attributes of its value, and leaves other attributes alone.",
        without_path,
    )
    .needs(USERS),
    must(
        "J12",
        "rfc7644-3.5.2.1/add-without-path-appends",
        "add without a path adds the elements of an array in its value to those that are there.",
        without_path_appends,
    )
    .needs(USERS),
    must(
        "J12",
        "rfc7644-3.5.2.1/add-without-path-sets-sub-attributes",
        "add without a path sets sub-attributes that are nested in its value.",
        without_path_sets_sub_attributes,
    )
    .needs(USERS),
    must(
        "J12",
        "rfc7644-3.5.2.1/add-without-path-merges-extension",
        "add without a path whose value has an extension's object adds the attributes in it to those that are there.",
        without_path_merges_extension,
    )
    .needs(&[Patch, User, Enterprise]),
    must(
        "J13",
        "rfc7644-3.5.2.1/add-without-value-is-400",
        "add without a value is refused with 400, with and without a path, and changes nothing.",
        without_value_is_400,
    )
    .needs(USERS),
    must(
        "J14",
        "rfc7644-3.5.2.1/add-to-chosen-element",
        "add to a sub-attribute of the elements that a filter chooses sets it in these only.",
        to_chosen_element,
    )
    .needs(USERS),
];

fn sets_an_absent_attribute(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let attribute = optional(kind)?;
    let (_, new) = values(lab, attribute);
    let made = lab.sample(kind, Fill::Required)?;
    after(lab, &made, [add(&attribute.name, new.clone())])?.has(&attribute.name, new)
}

fn replaces_a_simple_value(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let attribute = simple(kind)?;
    let (old, new) = values(lab, attribute);
    let made = thing(lab, kind, json!({ &attribute.name: old }))?;
    after(lab, &made, [add(&attribute.name, new.clone())])?.has(&attribute.name, new)
}

fn to_complex_sets_sub_attributes(lab: &Lab<'_>) -> Verdict {
    let complex = complex(lab)?;
    let [one, other] = complex.texts;
    let user = person(lab, json!({ complex.name: { one: lab.name() } }))?;
    let (new, more) = (lab.name(), lab.name());
    let now = after(
        lab,
        &user,
        [add(complex.name, json!({ one: new, other: more }))],
    )?;
    now.has(&format!("{}.{one}", complex.name), new)?;
    now.has(&format!("{}.{other}", complex.name), more)
}

fn to_complex_keeps_the_others(lab: &Lab<'_>) -> Verdict {
    let complex = complex(lab)?;
    let [one, other] = complex.texts;
    let kept = lab.name();
    let user = person(
        lab,
        json!({ complex.name: { one: lab.name(), other: kept } }),
    )?;
    let now = after(lab, &user, [add(complex.name, json!({ one: lab.name() }))])?;
    now.has(&format!("{}.{other}", complex.name), kept)
}

fn sub_attribute(lab: &Lab<'_>) -> Verdict {
    let complex = complex(lab)?;
    let [one, other] = complex.texts.map(|it| format!("{}.{it}", complex.name));
    let user = lab.user()?;
    let (first, second, new) = (lab.name(), lab.name(), lab.name());
    after(lab, &user, [add(&one, first.as_str())])?.has(&one, first.as_str())?;
    let now = after(lab, &user, [add(&other, second.as_str())])?;
    now.has(&one, first)?;
    now.has(&other, second.as_str())?;
    let now = after(lab, &user, [add(&one, new.as_str())])?;
    now.has(&one, new)?;
    now.has(&other, second)
}

fn appends_an_array(lab: &Lab<'_>) -> Verdict {
    let many = several(lab)?;
    let [one, two, three] = [0, 1, 2].map(|n| many.element(lab, n));
    let user = person(lab, json!({ many.name: [one] }))?;
    let now = after(lab, &user, [add(many.name, json!([two, three]))])?;
    has_all(&now, many.name, &[&one, &two, &three])
}

fn appends_an_object(lab: &Lab<'_>) -> Verdict {
    let many = several(lab)?;
    let [one, two] = [0, 1].map(|n| many.element(lab, n));
    let user = person(lab, json!({ many.name: [one] }))?;
    let now = after(lab, &user, [add(many.name, two.clone())])?;
    has_all(&now, many.name, &[&one, &two])
}

fn first_value(lab: &Lab<'_>) -> Verdict {
    let many = several(lab)?;
    let user = lab.user()?;
    let before = list(&user.body, many.name).to_vec();
    let new = many.element(lab, 1);
    let now = after(lab, &user, [add(many.name, json!([new]))])?;
    // a server may demand a value that every user then has
    let all: Vec<_> = before.iter().chain([&new]).collect();
    has_all(&now, many.name, &all)
}

/// Adds what is there already, and expects lastModified to stay.
fn keeps_last_modified(lab: &Lab<'_>, user: &Made, operation: serde_json::Value) -> Verdict {
    let before = lab.read(user)?;
    let modified = before.value("meta.lastModified")?.clone();
    after(lab, user, [operation])?.has("meta.lastModified", modified)
}

fn same_value_keeps_last_modified(lab: &Lab<'_>) -> Verdict {
    let (name, value) = (text(lab)?, lab.name());
    let user = person(lab, json!({ name: value }))?;
    keeps_last_modified(lab, &user, add(name, value))
}

fn same_element_keeps_last_modified(lab: &Lab<'_>) -> Verdict {
    let many = several(lab)?;
    let element = many.element(lab, 0);
    let user = person(lab, json!({ many.name: [element] }))?;
    // as the server shows it, who may have put more into it
    let shown = list(&lab.read(&user)?.body, many.name).to_vec();
    keeps_last_modified(lab, &user, add(many.name, shown))
}

fn same_element_doubles_nothing(lab: &Lab<'_>) -> Verdict {
    let many = several(lab)?;
    let [one, two] = [0, 1].map(|n| many.element(lab, n));
    let user = person(lab, json!({ many.name: [one, two] }))?;
    let now = after(
        lab,
        &user,
        [add(many.name, json!([two])), add(many.name, one.clone())],
    )?;
    has_all(&now, many.name, &[&one, &two])
}

fn without_path(lab: &Lab<'_>) -> Verdict {
    let [one, other] = two_texts(lab)?;
    let (kept, new) = (lab.name(), lab.name());
    let user = person(lab, json!({ other: kept }))?;
    let now = after(lab, &user, [json!({ "op": "add", "value": { one: new } })])?;
    now.has(one, new)?;
    now.has(other, kept)
}

fn without_path_appends(lab: &Lab<'_>) -> Verdict {
    let many = several(lab)?;
    let [one, two] = [0, 1].map(|n| many.element(lab, n));
    let user = person(lab, json!({ many.name: [one] }))?;
    let now = after(
        lab,
        &user,
        [json!({ "op": "add", "value": { many.name: [two] } })],
    )?;
    has_all(&now, many.name, &[&one, &two])
}

fn without_path_sets_sub_attributes(lab: &Lab<'_>) -> Verdict {
    let complex = complex(lab)?;
    let [one, other] = complex.texts;
    let user = person(lab, json!({ complex.name: { one: lab.name() } }))?;
    let new = lab.name();
    let value = json!({ complex.name: { other: new } });
    let now = after(lab, &user, [json!({ "op": "add", "value": value })])?;
    now.has(&format!("{}.{other}", complex.name), new)?;
    if now.lacks(&format!("{}.{one}", complex.name)).is_ok() {
        lab.note(format!(
            "add without a path replaces {} as a whole",
            complex.name
        ));
    }
    Ok(())
}

fn without_path_merges_extension(lab: &Lab<'_>) -> Verdict {
    let [one, other] = enterprise_texts(lab)?;
    let (kept, new) = (lab.name(), lab.name());
    let body = with_enterprise(lab, json!({ one: kept }));
    let user = person(lab, body)?;
    let value = json!({ ENTERPRISE: { other: new } });
    let now = after(lab, &user, [json!({ "op": "add", "value": value })])?;
    now.has(&format!("{ENTERPRISE}.{other}"), new)?;
    now.has(&format!("{ENTERPRISE}.{one}"), kept)
}

/// The attributes of a User with these of the enterprise extension.
pub(super) fn with_enterprise(lab: &Lab<'_>, attributes: serde_json::Value) -> serde_json::Value {
    let mut schemas = list(&lab.user_body(), "schemas").to_vec();
    if !schemas.contains(&ENTERPRISE.into()) {
        schemas.push(ENTERPRISE.into());
    }
    with(
        json!({ "schemas": schemas }),
        json!({ ENTERPRISE: attributes }),
    )
}

fn without_value_is_400(lab: &Lab<'_>) -> Verdict {
    let name = text(lab)?;
    let user = person(lab, json!({ name: lab.name() }))?;
    refuses(lab, &user, [json!({ "op": "add", "path": name })])?;
    refuses(lab, &user, [json!({ "op": "add" })])
}

fn to_chosen_element(lab: &Lab<'_>) -> Verdict {
    let inner = inner(lab)?;
    let [one, two] = [0, 1].map(|n| inner.element(lab, n));
    let user = person(lab, json!({ inner.many.name: [one, two] }))?;
    let new = lab.name();
    let now = after(lab, &user, [add(&inner.path(1), new.as_str())])?;
    let changed = with(two, json!({ inner.text: new }));
    has_all(&now, inner.many.name, &[&one, &changed])
}

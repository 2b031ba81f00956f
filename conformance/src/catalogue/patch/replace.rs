//! `replace` (RFC 7644 §3.5.2.3) without a filter.

use serde_json::{Value, json};

use super::add::with_enterprise;
use super::attributes::{
    complex, enterprise_texts, optional, person, several, simple, thing, two_texts, values,
};
use super::steps::{after, has_all, replace};
use super::{ANY, USERS};
use crate::check::Feature::{Enterprise, Patch, User};
use crate::check::{Check, Verdict, each_must, must};
use crate::lab::Lab;
use crate::sample::Fill;
use crate::server::{ENTERPRISE, ResourceType};

pub(super) const CHECKS: &[Check] = &[
    each_must(
        "J19",
        "rfc7644-3.5.2.3/replace-simple",
        "replace of a simple attribute gives it another value.",
        replaces_simple,
    )
    .needs(ANY),
    each_must(
        "J19",
        "rfc7644-3.5.2.3/replace-of-absent-adds",
        "replace of an attribute that has no value is treated as an add.",
        of_absent_adds,
    )
    .needs(ANY),
    must(
        "J19",
        "rfc7644-3.5.2.3/replace-of-absent-sub-attribute-adds",
        "replace of a sub-attribute of a complex attribute that has no value is treated as an add.",
        of_absent_sub_attribute_adds,
    )
    .needs(USERS),
    must(
        "J19",
        "rfc7644-3.5.2.3/replace-of-absent-multi-valued-adds",
        "replace of a multi-valued attribute that has no value, without a filter, is treated as an add.",
        of_absent_multi_valued_adds,
    )
    .needs(USERS),
    must(
        "J19",
        "rfc7644-3.5.2.3/replace-sub-attribute",
        "replace of a sub-attribute sets it, and leaves its siblings alone.",
        replaces_sub_attribute,
    )
    .needs(USERS),
    must(
        "J20",
        "rfc7644-3.5.2.3/replace-complex-keeps-what-is-not-named",
        "replace of a complex attribute sets the sub-attributes of its value, and leaves those unchanged that it does not name.",
        complex_keeps_what_is_not_named,
    )
    .needs(USERS),
    must(
        "J21",
        "rfc7644-3.5.2.3/replace-multi-valued",
        "replace of a multi-valued attribute replaces all its values.",
        replaces_multi_valued,
    )
    .needs(USERS),
    must(
        "J25",
        "rfc7644-3.5.2.3/replace-without-path",
        "replace without a path replaces each attribute of its value, and leaves other attributes alone.",
        without_path,
    )
    .needs(USERS),
    must(
        "J25",
        "rfc7644-3.5.2.3/replace-without-path-multi-valued",
        "replace without a path replaces all values of a multi-valued attribute in its value.",
        without_path_multi_valued,
    )
    .needs(USERS),
    must(
        "J25",
        "rfc7644-3.5.2.3/replace-without-path-complex",
        "replace without a path sets the sub-attributes of a complex attribute in its value.",
        without_path_complex,
    )
    .needs(USERS),
    must(
        "J25",
        "rfc7644-3.5.2.3/replace-without-path-extension",
        "replace without a path sets the attributes of an extension's object in its value.",
        without_path_extension,
    )
    .needs(&[Patch, User, Enterprise]),
    must(
        "J28",
        "rfc7643-2.5/replace-with-null-unassigns",
        "A value null makes an attribute unassigned, with and without a path.",
        null_unassigns,
    )
    .needs(USERS),
    must(
        "J28",
        "rfc7643-2.5/replace-with-empty-array-unassigns",
        "An empty array makes a multi-valued attribute unassigned.",
        empty_array_unassigns,
    )
    .needs(USERS),
];

/// A replace without a path.
fn replace_all(value: Value) -> Value {
    json!({ "op": "replace", "value": value })
}

fn replaces_simple(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let attribute = simple(kind)?;
    let (old, new) = values(lab, attribute);
    let made = thing(lab, kind, json!({ &attribute.name: old }))?;
    after(lab, &made, [replace(&attribute.name, new.clone())])?.has(&attribute.name, new)
}

fn of_absent_adds(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let attribute = optional(kind)?;
    let (_, new) = values(lab, attribute);
    let made = lab.sample(kind, Fill::Required)?;
    after(lab, &made, [replace(&attribute.name, new.clone())])?.has(&attribute.name, new)
}

fn of_absent_sub_attribute_adds(lab: &Lab<'_>) -> Verdict {
    let complex = complex(lab)?;
    let [one, _] = complex.texts.map(|it| format!("{}.{it}", complex.name));
    let (user, new) = (lab.user()?, lab.name());
    after(lab, &user, [replace(&one, new.as_str())])?.has(&one, new)
}

fn of_absent_multi_valued_adds(lab: &Lab<'_>) -> Verdict {
    let many = several(lab)?;
    let (user, new) = (lab.user()?, many.element(lab, 0));
    let now = after(lab, &user, [replace(many.name, json!([new]))])?;
    // whether a server keeps its type too is another question
    let value = json!({ "value": crate::json::text(&new, "value") });
    has_all(&now, many.name, &[&value])
}

fn replaces_sub_attribute(lab: &Lab<'_>) -> Verdict {
    let complex = complex(lab)?;
    let [one, other] = complex.texts;
    let (kept, new) = (lab.name(), lab.name());
    let user = person(
        lab,
        json!({ complex.name: { one: lab.name(), other: kept } }),
    )?;
    let path = format!("{}.{one}", complex.name);
    let now = after(lab, &user, [replace(&path, new.as_str())])?;
    now.has(&path, new)?;
    now.has(&format!("{}.{other}", complex.name), kept)
}

fn complex_keeps_what_is_not_named(lab: &Lab<'_>) -> Verdict {
    let complex = complex(lab)?;
    let [one, other] = complex.texts;
    let (kept, new) = (lab.name(), lab.name());
    let user = person(
        lab,
        json!({ complex.name: { one: lab.name(), other: kept } }),
    )?;
    let now = after(lab, &user, [replace(complex.name, json!({ one: new }))])?;
    now.has(&format!("{}.{one}", complex.name), new)?;
    now.has(&format!("{}.{other}", complex.name), kept)
}

fn replaces_multi_valued(lab: &Lab<'_>) -> Verdict {
    let many = several(lab)?;
    let [one, two, three] = [0, 1, 2].map(|n| many.element(lab, n));
    let user = person(lab, json!({ many.name: [one, two] }))?;
    let now = after(lab, &user, [replace(many.name, json!([three]))])?;
    has_all(&now, many.name, &[&three])
}

fn without_path(lab: &Lab<'_>) -> Verdict {
    let many = several(lab)?;
    let [one, other] = two_texts(lab)?;
    let (new, more, kept) = (lab.name(), lab.name(), many.element(lab, 0));
    let user = person(lab, json!({ one: lab.name(), many.name: [kept] }))?;
    let now = after(lab, &user, [replace_all(json!({ one: new, other: more }))])?;
    now.has(one, new)?;
    now.has(other, more)?;
    has_all(&now, many.name, &[&kept])
}

fn without_path_multi_valued(lab: &Lab<'_>) -> Verdict {
    let many = several(lab)?;
    let [one, two, three] = [0, 1, 2].map(|n| many.element(lab, n));
    let user = person(lab, json!({ many.name: [one, two] }))?;
    let now = after(lab, &user, [replace_all(json!({ many.name: [three] }))])?;
    has_all(&now, many.name, &[&three])
}

fn without_path_complex(lab: &Lab<'_>) -> Verdict {
    let complex = complex(lab)?;
    let [one, other] = complex.texts;
    let user = person(
        lab,
        json!({ complex.name: { one: lab.name(), other: lab.name() } }),
    )?;
    let new = lab.name();
    let now = after(
        lab,
        &user,
        [replace_all(json!({ complex.name: { one: new } }))],
    )?;
    now.has(&format!("{}.{one}", complex.name), new)?;
    if now.lacks(&format!("{}.{other}", complex.name)).is_ok() {
        lab.note(format!(
            "replace without a path replaces {} as a whole",
            complex.name
        ));
    }
    Ok(())
}

fn without_path_extension(lab: &Lab<'_>) -> Verdict {
    let [one, other] = enterprise_texts(lab)?;
    let body = with_enterprise(lab, json!({ one: lab.name(), other: lab.name() }));
    let (user, new) = (person(lab, body)?, lab.name());
    let now = after(
        lab,
        &user,
        [replace_all(json!({ ENTERPRISE: { one: new } }))],
    )?;
    now.has(&format!("{ENTERPRISE}.{one}"), new)?;
    if now.lacks(&format!("{ENTERPRISE}.{other}")).is_ok() {
        lab.note("replace without a path replaces the extension as a whole");
    }
    Ok(())
}

fn null_unassigns(lab: &Lab<'_>) -> Verdict {
    let [one, other] = two_texts(lab)?;
    let user = person(lab, json!({ one: lab.name(), other: lab.name() }))?;
    let now = after(lab, &user, [replace(one, Value::Null)])?;
    now.lacks(one)?;
    let now = after(lab, &user, [replace_all(json!({ other: null }))])?;
    now.lacks(other)
}

fn empty_array_unassigns(lab: &Lab<'_>) -> Verdict {
    let many = several(lab)?;
    let user = person(lab, json!({ many.name: [many.element(lab, 0)] }))?;
    after(lab, &user, [replace(many.name, json!([]))])?.lacks(many.name)
}

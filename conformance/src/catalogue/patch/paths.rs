//! Paths (RFC 7644 §3.5.2, figure 7, and §3.10): forms that are right, and forms that are not.

use serde_json::{Value, json};

use super::attributes::{complex, many, person, several, simple, text, two_texts, values};
use super::steps::{add, after, has_all, names, refuses, remove, replace, unchanged};
use super::{ANY, USERS};
use crate::check::{Check, Verdict, each_must, must, robust, should};
use crate::lab::{Lab, with, without};
use crate::sample::Fill;
use crate::server::{ResourceType, USER};

pub(super) const CHECKS: &[Check] = &[
    each_must(
        "J39",
        "rfc7644-3.10/path-with-core-urn",
        "A path may name an attribute of the core schema with its URN before it.",
        with_core_urn,
    )
    .needs(ANY),
    must(
        "J39",
        "rfc7644-3.10/path-with-core-urn-and-sub-attribute",
        "A path with the URN of the core schema may go on to a sub-attribute, or to a filter and a sub-attribute.",
        with_core_urn_and_sub_attribute,
    )
    .needs(USERS),
    each_must(
        "J40",
        "rfc7644-3.10/path-in-any-case",
        "The name in a path is read in any case, and sets the same attribute.",
        in_any_case,
    )
    .needs(ANY),
    must(
        "J40",
        "rfc7644-3.10/sub-attributes-in-any-case",
        "Names of sub-attributes are read in any case, in paths, in their filters and in values.",
        sub_attributes_in_any_case,
    )
    .needs(USERS),
    must(
        "J40",
        "rfc7643-2.1/names-in-a-value-in-any-case",
        "Names of attributes in the value of an operation without a path are read in any case.",
        names_in_a_value_in_any_case,
    )
    .needs(USERS),
    must(
        "J42",
        "rfc7644-3.5.2/malformed-path-is-400",
        "A path that does not follow the syntax is refused with 400, and changes nothing.",
        malformed_is_400,
    )
    .needs(USERS),
    should(
        "J42",
        "rfc7644-3.12/malformed-path-is-invalidPath",
        "The error of a malformed path names invalidPath; of a malformed filter in a path, invalidPath or invalidFilter.",
        malformed_is_invalid_path,
    )
    .needs(USERS),
    must(
        "J42",
        "rfc7644-3.5.2/sub-attribute-of-simple-is-400",
        "A path to a sub-attribute, or with a filter, of an attribute that has no sub-attributes is refused with 400, and changes nothing.",
        sub_attribute_of_simple_is_400,
    )
    .needs(USERS),
    must(
        "J42",
        "rfc7644-3.5.2/unknown-sub-attribute-is-400",
        "A path to a sub-attribute that the schema does not have, or with one in its filter, is refused with 400, and changes nothing.",
        unknown_sub_attribute_is_400,
    )
    .needs(USERS),
    should(
        "J42",
        "rfc7644-3.5.2/unknown-attribute-is-400",
        "A path to an attribute that no schema has is refused with 400.",
        unknown_attribute_is_400,
    )
    .needs(USERS),
    robust(
        "J42",
        "robust/unknown-attribute-is-never-stored",
        "An attribute that no schema of the resource has is never stored, whatever the answer is.",
        unknown_attribute_is_never_stored,
    )
    .needs(USERS),
    must(
        "J48",
        "rfc7644-3.5.2/array-index-is-400",
        "Paths of JSON Patch (an index in an array, slashes) are refused with 400, and change nothing.",
        array_index_is_400,
    )
    .needs(USERS),
];

fn with_core_urn(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let attribute = simple(kind)?;
    let (_, new) = values(lab, attribute);
    let made = lab.sample(kind, Fill::Required)?;
    let path = format!("{}:{}", kind.schema.id, attribute.name);
    after(lab, &made, [replace(&path, new.clone())])?.has(&attribute.name, new)
}

fn with_core_urn_and_sub_attribute(lab: &Lab<'_>) -> Verdict {
    let (complex, many) = (complex(lab)?, many(lab)?);
    let [one, _] = complex.texts;
    let [first, second] = [0, 1].map(|n| many.element(lab, n));
    let user = person(lab, json!({ many.name: [first, second] }))?;
    let (name, value) = (lab.name(), many.value(lab));
    let now = after(
        lab,
        &user,
        [
            add(&format!("{USER}:{}.{one}", complex.name), name.as_str()),
            replace(&format!("{USER}:{}.value", many.of_kind(1)), value.as_str()),
        ],
    )?;
    now.has(&format!("{}.{one}", complex.name), name)?;
    let changed = with(second, json!({ "value": value }));
    has_all(&now, many.name, &[&first, &changed])
}

fn in_any_case(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let attribute = simple(kind)?;
    let (old, new) = values(lab, attribute);
    let made = lab.sample(kind, Fill::Required)?;
    let lower = replace(&attribute.name.to_lowercase(), old.clone());
    after(lab, &made, [lower])?.has(&attribute.name, old)?;
    let upper = replace(&attribute.name.to_uppercase(), new.clone());
    after(lab, &made, [upper])?.has(&attribute.name, new)
}

fn sub_attributes_in_any_case(lab: &Lab<'_>) -> Verdict {
    let (complex, many) = (complex(lab)?, many(lab)?);
    let [one, other] = complex.texts;
    let [first, second] = [0, 1].map(|n| many.element(lab, n));
    let user = person(lab, json!({ many.name: [first, second] }))?;
    let (name, more, value) = (lab.name(), lab.name(), many.value(lab));
    let chosen = format!(
        "{}[TYPE eq \"{}\"].VALUE",
        many.name.to_uppercase(),
        many.kind(1)
    );
    let path = format!("{}.{one}", complex.name).to_uppercase();
    let now = after(
        lab,
        &user,
        [
            replace(&path, name.as_str()),
            add(complex.name, json!({ other.to_uppercase(): more })),
            replace(&chosen, value.as_str()),
        ],
    )?;
    now.has(&format!("{}.{one}", complex.name), name)?;
    now.has(&format!("{}.{other}", complex.name), more)?;
    let changed = with(second, json!({ "value": value }));
    has_all(&now, many.name, &[&first, &changed])
}

fn names_in_a_value_in_any_case(lab: &Lab<'_>) -> Verdict {
    let [one, other] = two_texts(lab)?;
    let (user, new, more) = (lab.user()?, lab.name(), lab.name());
    let now = after(
        lab,
        &user,
        [
            json!({ "op": "add", "value": { one.to_uppercase(): new } }),
            json!({ "op": "replace", "value": { other.to_lowercase(): more } }),
        ],
    )?;
    now.has(one, new)?;
    now.has(other, more)
}

/// Paths that follow no rule of the syntax, without and with a filter.
fn malformed(name: &str) -> [Vec<String>; 2] {
    [
        vec![
            format!("{name}..value"),
            format!(".{name}"),
            format!("{name} value"),
            "[type eq \"work\"]".to_owned(),
        ],
        vec![
            format!("{name}[type eq \"work\""),
            format!("{name}[type eq]"),
            format!("{name}[type like \"work\"]"),
            format!("{name}[]"),
        ],
    ]
}

fn malformed_is_400(lab: &Lab<'_>) -> Verdict {
    let many = several(lab)?;
    let user = person(lab, json!({ many.name: [many.element(lab, 0)] }))?;
    let before = lab.read(&user)?;
    for path in malformed(many.name).concat() {
        lab.patch(&user.path, json!([remove(&path)]))?
            .refused(400, "")?;
    }
    unchanged(lab, &user, &before)
}

fn malformed_is_invalid_path(lab: &Lab<'_>) -> Verdict {
    let many = several(lab)?;
    let user = person(lab, json!({ many.name: [many.element(lab, 0)] }))?;
    let [paths, filters] = malformed(many.name);
    for path in paths {
        let answer = lab.patch(&user.path, json!([remove(&path)]))?;
        names(lab, answer, &["invalidPath"])?;
    }
    for path in filters {
        let answer = lab.patch(&user.path, json!([remove(&path)]))?;
        names(lab, answer, &["invalidFilter", "invalidPath"])?;
    }
    Ok(())
}

fn sub_attribute_of_simple_is_400(lab: &Lab<'_>) -> Verdict {
    let name = text(lab)?;
    let user = person(lab, json!({ name: lab.name() }))?;
    refuses(lab, &user, [replace(&format!("{name}.value"), lab.name())])?;
    let path = format!("{name}[value pr]");
    refuses(lab, &user, [replace(&path, lab.name())])
}

fn unknown_sub_attribute_is_400(lab: &Lab<'_>) -> Verdict {
    let (complex, many) = (complex(lab)?, many(lab)?);
    let user = person(lab, json!({ many.name: [many.element(lab, 0)] }))?;
    for path in [
        format!("{}.scimconfUnknown", complex.name),
        format!("{}.scimconfUnknown", many.of_kind(0)),
        format!("{}[scimconfUnknown eq \"x\"].value", many.name),
    ] {
        refuses(lab, &user, [replace(&path, many.value(lab))])?;
    }
    Ok(())
}

fn unknown_attribute_is_400(lab: &Lab<'_>) -> Verdict {
    let user = lab.user()?;
    refuses(lab, &user, [replace("scimconfUnknown", lab.name())])
}

fn unknown_attribute_is_never_stored(lab: &Lab<'_>) -> Verdict {
    let user = lab.user()?;
    let unknown = "scimconfUnknown";
    let operations: [Value; 3] = [
        add(unknown, lab.name()),
        json!({ "op": "add", "value": { unknown: lab.name() } }),
        replace(
            &format!("urn:scimconf:unknown:2.0:User:{unknown}"),
            lab.name(),
        ),
    ];
    for operation in operations {
        lab.patch(&user.path, json!([operation]))?.survives()?;
    }
    let now = lab.read(&user)?;
    let body = without(now.body.clone(), "meta").to_string();
    lab.expect(
        !body.contains(unknown),
        "no attribute scimconfUnknown",
        body,
    )
}

fn array_index_is_400(lab: &Lab<'_>) -> Verdict {
    let many = several(lab)?;
    let user = person(lab, json!({ many.name: [many.element(lab, 0)] }))?;
    let before = lab.read(&user)?;
    let name = many.name;
    for path in [
        format!("{name}[0]"),
        format!("{name}[0].value"),
        format!("{name}.0"),
        format!("/{name}/0"),
        format!("/{name}/-"),
    ] {
        lab.patch(&user.path, json!([replace(&path, many.element(lab, 1))]))?
            .refused(400, "")?;
    }
    unchanged(lab, &user, &before)
}

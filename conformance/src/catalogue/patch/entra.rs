//! What Microsoft Entra ID sends in PATCH requests, with the feature flag aadOptscim062020 and
//! without it.

use serde_json::{Value, json};

use super::USERS;
use super::attributes::{complex, enterprise_texts, many, many_primary, person, text, user_type};
use super::steps::{add, after, has_all, replace};
use crate::check::Feature::{Enterprise, Group, Patch, User};
use crate::check::Profile::{Entra, Keycloak};
use crate::check::{Check, Stop, Verdict, idp};
use crate::json::at;
use crate::lab::{Lab, with};
use crate::server::ENTERPRISE;

pub(super) const CHECKS: &[Check] = &[
    idp(
        "J3",
        "entra/op-in-any-case",
        "op is read in any case: Add, Replace, Remove.",
        &[Entra],
        op_in_any_case,
    )
    .needs(USERS),
    idp(
        "J15",
        "entra/add-to-unmatched-element-creates-it",
        "add to a sub-attribute whose filter matches no element creates the element from the filter: emails[type eq \"work\"].value.",
        &[Entra],
        unmatched_element_is_created,
    )
    .needs(USERS),
    idp(
        "J16",
        "entra/two-adds-to-unmatched-element-make-one",
        "Two operations of one request on the same absent element make one element.",
        &[Entra],
        two_make_one,
    )
    .needs(USERS),
    idp(
        "J17",
        "entra/text-in-a-filter-on-a-boolean",
        "A filter compares a boolean with a text: [primary eq \"True\"].",
        &[Entra],
        text_in_a_filter_on_a_boolean,
    )
    .needs(USERS),
    idp(
        "J26",
        "entra/dotted-keys-without-path",
        "Keys with dots in the value of an operation without a path are paths: name.givenName sets the sub-attribute, and no such key is stored.",
        &[Entra],
        dotted_keys,
    )
    .needs(USERS),
    idp(
        "J26",
        "entra/urn-keys-without-path",
        "Keys with an extension's URN in the value of an operation without a path are paths, and no such key is stored.",
        &[Entra],
        urn_keys,
    )
    .needs(&[Patch, User, Enterprise]),
    idp(
        "J29",
        "entra/boolean-as-text",
        "active is set by the texts True and False, in any case, and shown as a boolean.",
        &[Entra, Keycloak],
        boolean_as_text,
    )
    .needs(USERS),
    idp(
        "J36",
        "entra/remove-members-by-value",
        "remove with the path members and an array of members as its value removes these, and no others.",
        &[Entra],
        remove_members_by_value,
    )
    .needs(&[Patch, User, Group]),
    idp(
        "J49",
        "entra/manager-as-text",
        "manager is set by the bare id of a user.",
        &[Entra],
        manager_as_text,
    )
    .needs(&[Patch, User, Enterprise]),
    idp(
        "J49",
        "entra/manager-as-object",
        "manager is set by an object with the id of a user as its value, and replaced by another one.",
        &[Entra],
        manager_as_object,
    )
    .needs(&[Patch, User, Enterprise]),
    idp(
        "J49",
        "entra/manager-removed-by-empty-value",
        "manager is removed by an object whose value is empty, and by null.",
        &[Entra],
        manager_removed_by_empty_value,
    )
    .needs(&[Patch, User, Enterprise]),
];

fn op_in_any_case(lab: &Lab<'_>) -> Verdict {
    let name = text(lab)?;
    let (user, one, two) = (lab.user()?, lab.name(), lab.name());
    let now = after(
        lab,
        &user,
        [json!({ "op": "Add", "path": name, "value": one })],
    )?;
    now.has(name, one)?;
    let now = after(
        lab,
        &user,
        [json!({ "op": "Replace", "path": name, "value": two })],
    )?;
    now.has(name, two)?;
    after(lab, &user, [json!({ "op": "Remove", "path": name })])?.lacks(name)
}

fn unmatched_element_is_created(lab: &Lab<'_>) -> Verdict {
    let many = many(lab)?;
    let (one, value) = (many.element(lab, 0), many.value(lab));
    let user = person(lab, json!({ many.name: [one] }))?;
    let path = format!("{}.value", many.of_kind(1));
    let now = after(lab, &user, [add(&path, value.as_str())])?;
    let new = json!({ "value": value, "type": many.kind(1) });
    has_all(&now, many.name, &[&one, &new])
}

fn two_make_one(lab: &Lab<'_>) -> Verdict {
    let many = many_primary(lab)?;
    let (one, value) = (many.element(lab, 0), many.value(lab));
    let user = person(lab, json!({ many.name: [one] }))?;
    let chosen = many.of_kind(1);
    let now = after(
        lab,
        &user,
        [
            add(&format!("{chosen}.value"), value.as_str()),
            add(&format!("{chosen}.primary"), true),
        ],
    )?;
    let new = json!({ "value": value, "type": many.kind(1), "primary": true });
    has_all(&now, many.name, &[&one, &new])
}

fn text_in_a_filter_on_a_boolean(lab: &Lab<'_>) -> Verdict {
    let many = many_primary(lab)?;
    let [one, two] = [0, 1].map(|n| many.element(lab, n));
    let primary = with(one, json!({ "primary": true }));
    let user = person(lab, json!({ many.name: [primary, two] }))?;
    let value = many.value(lab);
    let path = format!("{}[primary eq \"True\"].value", many.name);
    let now = after(lab, &user, [replace(&path, value.as_str())])?;
    let changed = with(primary, json!({ "value": value }));
    has_all(&now, many.name, &[&changed, &two])
}

/// Replaces without a path, and expects no key of the value among the attributes.
fn stores_no_key(
    lab: &Lab<'_>,
    user: &crate::lab::Made,
    value: Value,
) -> Result<crate::answer::Answer, Stop> {
    let now = after(lab, user, [json!({ "op": "replace", "value": value })])?;
    let keys = value.as_object().into_iter().flatten();
    for (key, _) in keys.filter(|(key, _)| key.contains('.')) {
        let stored = now.body.get(key).is_some()
            || at(&now.body, ENTERPRISE).is_some_and(|it| it.get(key).is_some());
        lab.expect(
            !stored,
            &format!("no attribute with the name {key}"),
            now.text.as_str(),
        )?;
    }
    Ok(now)
}

fn dotted_keys(lab: &Lab<'_>) -> Verdict {
    let (complex, name) = (complex(lab)?, text(lab)?);
    let [one, other] = complex.texts.map(|it| format!("{}.{it}", complex.name));
    let user = lab.user()?;
    let (first, second, third) = (lab.name(), lab.name(), lab.name());
    let value = json!({ one.as_str(): first, other.as_str(): second, name: third });
    let now = stores_no_key(lab, &user, value)?;
    now.has(&format!("{}.{}", complex.name, complex.texts[0]), first)?;
    now.has(&other, second)?;
    now.has(name, third)
}

fn urn_keys(lab: &Lab<'_>) -> Verdict {
    let [one, other] = enterprise_texts(lab)?;
    let (user, first, second) = (lab.user()?, lab.name(), lab.name());
    let value = json!({
        format!("{ENTERPRISE}:{one}"): first,
        format!("{ENTERPRISE}:{other}"): second,
    });
    let now = stores_no_key(lab, &user, value)?;
    now.has(&format!("{ENTERPRISE}.{one}"), first)?;
    now.has(&format!("{ENTERPRISE}.{other}"), second)
}

fn boolean_as_text(lab: &Lab<'_>) -> Verdict {
    if user_type(lab)?.schema.attribute("active").is_none() {
        return Err(Stop::NotOffered("the User has no active".to_owned()));
    }
    let user = lab.user()?;
    for (text, value) in [
        ("False", false),
        ("True", true),
        ("false", false),
        ("true", true),
    ] {
        after(lab, &user, [replace("active", text)])?.has("active", value)?;
    }
    Ok(())
}

fn remove_members_by_value(lab: &Lab<'_>) -> Verdict {
    let [one, two, three] = [lab.user()?, lab.user()?, lab.user()?];
    let group = lab.group(&[&one, &two, &three])?;
    let value = json!([{ "$ref": null, "value": one.id }, { "$ref": null, "value": three.id }]);
    let operation = json!({ "op": "Remove", "path": "members", "value": value });
    lab.patch(&group.path, json!([operation]))?.done()?;
    let left = lab.members(&group)?;
    let expected = format!("the member {} alone", two.id);
    lab.expect(left == [two.id.as_str()], &expected, left.join(", "))
}

/// Sets `manager`, and expects it to have this value; none if it is empty.
fn manager(lab: &Lab<'_>, user: &crate::lab::Made, value: Value, expected: &str) -> Verdict {
    let operation = json!({
        "op": "Replace", "path": format!("{ENTERPRISE}:manager"), "value": value
    });
    let now = after(lab, user, [operation])?;
    let place = format!("{ENTERPRISE}.manager.value");
    if expected.is_empty() {
        return now.lacks(&place);
    }
    now.has(&place, expected)
}

fn has_manager(lab: &Lab<'_>) -> Verdict {
    let extension = user_type(lab)?.extension(ENTERPRISE);
    let manager = extension.and_then(|it| it.attribute("manager"));
    let none = || Stop::NotOffered("the enterprise extension has no manager".to_owned());
    manager.map(|_| ()).ok_or_else(none)
}

fn manager_as_text(lab: &Lab<'_>) -> Verdict {
    has_manager(lab)?;
    let (boss, user) = (lab.user()?, lab.user()?);
    manager(lab, &user, json!(boss.id), &boss.id)
}

fn manager_as_object(lab: &Lab<'_>) -> Verdict {
    has_manager(lab)?;
    let (boss, other, user) = (lab.user()?, lab.user()?, lab.user()?);
    manager(lab, &user, json!({ "value": boss.id }), &boss.id)?;
    manager(lab, &user, json!({ "value": other.id }), &other.id)
}

fn manager_removed_by_empty_value(lab: &Lab<'_>) -> Verdict {
    has_manager(lab)?;
    let (boss, user) = (lab.user()?, lab.user()?);
    for empty in [json!({ "value": "" }), Value::Null] {
        lab.setup("manager is set", || {
            manager(lab, &user, json!({ "value": boss.id }), &boss.id)
        })?;
        manager(lab, &user, empty, "")?;
    }
    Ok(())
}

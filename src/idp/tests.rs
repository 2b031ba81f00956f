//! Each leniency with the payload that shows it.

use serde_json::{Value, json};

use super::*;
use crate::scim::admit::admit;
use crate::scim::patch;
use crate::scim::registry::Registry;
use crate::scim::schema::ResourceType;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn kind(name: &str) -> &'static ResourceType {
    Registry::load(&[]).unwrap().by_name(name).unwrap()
}

/// Creates a user as a provider writes it.
fn created(profile: Profile, mut body: Value) -> Result<Value, String> {
    let quirks = profile.quirks(None);
    forgive_body(&quirks, kind("User"), &mut body);
    admit(kind("User"), body)
        .map(|admitted| Value::Object(admitted.attributes.into_map()))
        .map_err(|error| error.detail)
}

/// Patches a user with a work address and a department as a provider writes it.
fn patched(profile: Profile, operations: Value) -> Result<Value, String> {
    let before = json!({
        "schemas": [USER, ENTERPRISE], "userName": "a", "emails": [{ "value": "x", "type": "work", "primary": true }],
        ENTERPRISE: { "department": "D", "manager": { "value": "m" } }
    });
    let before = admit(kind("User"), before).unwrap().attributes;
    let quirks = profile.quirks(None);
    let mut body = json!({ "schemas": [patch::PATCH_SCHEMA], "Operations": operations });
    forgive_patch(&quirks, kind("User"), &mut body);
    let mut operations = patch::parse(body).map_err(|error| error.detail)?;
    forgive_operations(&quirks, kind("User"), &mut operations);
    let plan = patch::plan(kind("User"), operations).map_err(|error| error.detail)?;
    plan.apply(kind("User"), &before)
        .map(|after| Value::Object(after.into_map()))
        .map_err(|error| error.detail)
}

/// The payload is read in profile `auto` and refused in profile `strict`.
#[track_caller]
fn forgiven_create(body: Value, pointer: &str, expected: Value) {
    assert!(
        created(Profile::Strict, body.clone()).is_err(),
        "strict takes it"
    );
    let user = created(Profile::Auto, body).unwrap();
    assert_eq!(
        user.pointer(pointer).cloned().unwrap_or(Value::Null),
        expected,
        "{user}"
    );
}

#[track_caller]
fn forgiven_patch(operations: Value, pointer: &str, expected: Value) {
    assert!(
        patched(Profile::Strict, operations.clone()).is_err(),
        "strict takes it"
    );
    let user = patched(Profile::Idp(Idp::Entra), operations.clone()).unwrap();
    assert_eq!(
        user.pointer(pointer).cloned().unwrap_or(Value::Null),
        expected,
        "{user}"
    );
    assert_eq!(patched(Profile::Auto, operations).unwrap(), user);
}

#[test]
fn unknown_names_are_dropped() {
    forgiven_create(
        json!({ "schemas": ["urn:scim:schemas:core:1.0", USER], "userName": "a", "shoeSize": 5, "name": { "nick": "x", "givenName": "A" } }),
        "/name",
        json!({ "givenName": "A" }),
    );
    forgiven_create(json!({ "userName": "a" }), "/schemas", json!([USER]));
    let mut body = json!({ "schemas": [USER], "userName": "a", "shoeSize": 5 });
    assert_eq!(
        forgive_body(&Profile::Auto.quirks(None), kind("User"), &mut body),
        ["shoeSize"]
    );
}

#[test]
fn old_urns_are_read() {
    forgiven_create(
        json!({ "schemas": ["urn:scim:schemas:core:2.0", "urn:scim:schemas:extension:enterprise:2.0"], "userName": "a", "urn:scim:schemas:extension:enterprise:2.0": { "department": "D" } }),
        &format!("/{ENTERPRISE}/department"),
        json!("D"),
    );
}

#[test]
fn single_values_for_many() {
    forgiven_create(
        json!({ "schemas": [USER], "userName": "a", "emails": { "value": "x" } }),
        "/emails",
        json!([{ "value": "x" }]),
    );
    forgiven_create(
        json!({ "schemas": [USER], "userName": "a", "emails": "x" }),
        "/emails",
        json!([{ "value": "x" }]),
    );
    forgiven_create(
        json!({ "schemas": [USER], "userName": "a", "roles": ["x", ""] }),
        "/roles",
        json!([{ "value": "x" }]),
    );
}

#[test]
fn bare_references() {
    let manager = format!("/{ENTERPRISE}/manager");
    for (sent, stored) in [
        (json!("m"), json!({ "value": "m" })),
        (json!(""), Value::Null),
        (json!([{ "value": "m" }]), json!({ "value": "m" })),
    ] {
        forgiven_create(
            json!({ "schemas": [USER], "userName": "a", ENTERPRISE: { "manager": sent } }),
            &manager,
            stored,
        );
    }
    let nobody = created(Profile::Auto, json!({ "schemas": [USER], "userName": "a", ENTERPRISE: { "manager": { "value": "", "displayName": " " } } })).unwrap();
    assert_eq!(nobody.get(ENTERPRISE), None);
    forgiven_patch(
        json!([{ "op": "Add", "path": format!("{ENTERPRISE}:manager"), "value": "n" }]),
        &format!("{manager}/value"),
        json!("n"),
    );
    let removed = patched(Profile::Auto, json!([{ "op": "Replace", "path": format!("{ENTERPRISE}:manager"), "value": { "value": "" } }])).unwrap();
    assert_eq!(removed.pointer(&manager), None);
}

#[test]
fn booleans_as_strings() {
    forgiven_create(
        json!({ "schemas": [USER], "userName": "a", "active": "False", "roles": [{ "value": "r", "primary": "True" }] }),
        "/active",
        json!(false),
    );
    forgiven_patch(
        json!([{ "op": "Replace", "path": "active", "value": "False" }]),
        "/active",
        json!(false),
    );
    forgiven_patch(
        json!([{ "op": "replace", "value": { "active": "false" } }]),
        "/active",
        json!(false),
    );
    forgiven_patch(
        json!([{ "op": "Replace", "path": "emails[primary eq \"True\"].value", "value": "y" }]),
        "/emails/0/value",
        json!("y"),
    );
    assert!(
        created(
            Profile::Auto,
            json!({ "schemas": [USER], "userName": "a", "active": "yes" })
        )
        .is_err()
    );
}

#[test]
fn empty_strings_where_no_text_belongs() {
    forgiven_create(
        json!({ "schemas": [USER], "userName": "a", "active": "" }),
        "/active",
        Value::Null,
    );
}

#[test]
fn one_primary_stays() {
    forgiven_create(
        json!({ "schemas": [USER], "userName": "a", "emails": [{ "value": "x", "primary": true }, { "value": "y", "primary": "true" }] }),
        "/emails/1/primary",
        json!(false),
    );
}

#[test]
fn wrapped_values() {
    forgiven_patch(
        json!([{ "op": "Replace", "path": "displayName", "value": [{ "$ref": null, "value": "X" }] }]),
        "/displayName",
        json!("X"),
    );
    forgiven_patch(
        json!([{ "op": "Replace", "value": { "displayName": ["X"] } }]),
        "/displayName",
        json!("X"),
    );
}

#[test]
fn read_only_attributes_in_a_path_less_value() {
    forgiven_patch(
        json!([{ "op": "replace", "value": { "id": "x", "meta": {}, "groups": [], "displayName": "X" } }]),
        "/displayName",
        json!("X"),
    );
}

#[test]
fn keys_that_are_paths() {
    let department = format!("{ENTERPRISE}:department");
    forgiven_patch(
        json!([{ "op": "replace", "value": { "name.givenName": "G", department: "E", "emails[type eq \"work\"].value": "y", "title": "T" } }]),
        "/name/givenName",
        json!("G"),
    );
    let user = patched(Profile::Auto, json!([{ "op": "replace", "value": { format!("{ENTERPRISE}:department"): "E", "emails[type eq \"home\"].value": "h" } }])).unwrap();
    assert_eq!(user[ENTERPRISE]["department"], "E");
    assert_eq!(user["emails"][1], json!({ "type": "home", "value": "h" }));
}

#[test]
fn removed_values_are_listed() {
    forgiven_patch(
        json!([{ "op": "Remove", "path": "emails", "value": [{ "value": "other" }] }]),
        "/emails/0/value",
        json!("x"),
    );
    forgiven_patch(
        json!([{ "op": "Remove", "path": "emails", "value": [{ "type": "work", "value": "x" }] }]),
        "/emails",
        Value::Null,
    );
    forgiven_patch(
        json!([{ "op": "Remove", "path": "emails", "value": [] }]),
        "/emails/0/value",
        json!("x"),
    );
}

#[test]
fn a_removal_that_says_twice_what_to_remove() {
    let department = format!("/{ENTERPRISE}/department");
    forgiven_patch(
        json!([{ "op": "Remove", "path": "emails[type eq \"work\"].value", "value": "x" }]),
        "/emails/0/value",
        Value::Null,
    );
    forgiven_patch(
        json!([{ "op": "remove", "path": "emails[type eq \"work\"]", "value": [] }]),
        "/emails",
        Value::Null,
    );
    forgiven_patch(
        json!([{ "op": "remove", "path": format!("{ENTERPRISE}:department"), "value": "D" }]),
        &department,
        Value::Null,
    );
    let twins = json!([
        { "op": "add", "path": "emails", "value": [{ "value": "x", "type": "home" }] },
        { "op": "remove", "path": "emails", "value": [{ "value": "x", "type": "home", "colour": "red" }] }
    ]);
    let user = patched(Profile::Auto, twins).unwrap();
    assert_eq!(
        user["emails"],
        json!([{ "value": "x", "type": "work", "primary": true }])
    );
}

#[test]
fn extension_attributes_under_other_names() {
    let department = format!("/{ENTERPRISE}/department");
    for path in [
        "department".to_owned(),
        format!("{ENTERPRISE}.department"),
        "urn:scim:schemas:extension:enterprise:1.0:department".into(),
    ] {
        forgiven_patch(
            json!([{ "op": "Replace", "path": path, "value": "E" }]),
            &department,
            json!("E"),
        );
        forgiven_patch(
            json!([{ "op": "replace", "value": { path: "E" } }]),
            &department,
            json!("E"),
        );
    }
    forgiven_patch(
        json!([{ "op": "Add", "path": "manager", "value": [{ "$ref": "x", "value": "n" }] }]),
        &format!("/{ENTERPRISE}/manager/value"),
        json!("n"),
    );
    forgiven_patch(
        json!([{ "op": "remove", "path": "manager[value eq \"m\"]" }]),
        &format!("/{ENTERPRISE}/manager"),
        Value::Null,
    );
    let old = json!({ "schemas": [USER], "userName": "a", "urn:scim:schemas:extension:enterprise:1.0": { "manager": { "managerId": "m" } } });
    forgiven_create(old, &format!("/{ENTERPRISE}/manager/value"), json!("m"));
}

#[test]
fn scalars_of_another_type() {
    let sent = json!({ "schemas": [USER], "userName": "a", "phoneNumbers": [{ "value": 5_550_100 }], ENTERPRISE: { "employeeNumber": 701_984 } });
    let user = created(Profile::Idp(Idp::OneLogin), sent.clone()).unwrap();
    assert_eq!(user[ENTERPRISE]["employeeNumber"], "701984");
    assert_eq!(user["phoneNumbers"][0]["value"], "5550100");
    assert!(created(Profile::Auto, sent.clone()).is_err());
    assert!(created(Profile::Strict, sent).is_err());
}

#[test]
fn roles_as_json_in_text() {
    let role = json!({ "id": "06b0", "value": "Admin", "displayName": "Administrator" });
    forgiven_create(
        json!({ "schemas": [USER], "userName": "a", "roles": [{ "value": "Admin", "displayName": "Administrator" }] }),
        "/roles",
        json!([{ "value": "Admin", "display": "Administrator" }]),
    );
    let add = json!([{ "op": "Add", "path": "roles", "value": [{ "value": role.to_string() }] }]);
    let user = patched(Profile::Idp(Idp::Entra), add.clone()).unwrap();
    assert_eq!(
        user["roles"],
        json!([{ "value": "Admin", "display": "Administrator" }])
    );
    assert_eq!(patched(Profile::Auto, add).unwrap(), user);
}

#[test]
fn an_element_by_its_value_alone() {
    forgiven_patch(
        json!([{ "op": "Replace", "path": "emails[type eq \"work\"]", "value": "y" }]),
        "/emails/0/value",
        json!("y"),
    );
    let blank = patched(
        Profile::Auto,
        json!([{ "op": "Replace", "path": format!("{ENTERPRISE}:manager.value"), "value": "" }]),
    )
    .unwrap();
    assert_eq!(blank[ENTERPRISE].get("manager"), None);
}

#[test]
fn a_missing_element_is_made() {
    forgiven_patch(
        json!([{ "op": "Add", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "1" }]),
        "/phoneNumbers",
        json!([{ "type": "mobile", "value": "1" }]),
    );
    forgiven_patch(
        json!([{ "op": "Add", "path": "roles[primary eq \"True\"].value", "value": "r" }, { "op": "Add", "path": "roles[primary eq \"True\"].display", "value": "R" }]),
        "/roles",
        json!([{ "primary": true, "value": "r", "display": "R" }]),
    );
}

#[test]
fn unknown_paths_are_dropped_unless_nothing_else_is_there() {
    let operations = json!([{ "op": "replace", "path": "shoeSize", "value": 1 }, { "op": "replace", "path": "title", "value": "T" }]);
    assert_eq!(
        patched(Profile::Idp(Idp::Entra), operations.clone()).unwrap()["title"],
        "T"
    );
    assert_eq!(
        patched(Profile::Auto, operations.clone()).unwrap()["title"],
        "T"
    );
    assert!(patched(Profile::Strict, operations).is_err());
    let alone = json!([{ "op": "replace", "path": "shoeSize", "value": 1 }]);
    assert!(patched(Profile::Idp(Idp::Entra), alone.clone()).is_ok());
    assert!(patched(Profile::Auto, alone).is_err());
}

#[test]
fn a_comparison_behind_brackets() {
    let quirks = Profile::Auto.quirks(None);
    let read = |text: &str| {
        let mut filter =
            crate::scim::filter::Filter::parse(&forgive_filter_text(&quirks, text)).unwrap();
        forgive_filter(&quirks, kind("User"), &mut filter);
        filter.to_string()
    };
    assert_eq!(
        read(r#"emails[type eq "work"].value eq "a]b" and active eq "True""#),
        r#"emails[type eq "work" and value eq "a]b"] and active eq true"#
    );
    assert_eq!(
        read(r#"emails[type eq "work"].value pr"#),
        r#"emails[type eq "work" and value pr]"#
    );
    assert_eq!(read(r#"userName eq "a].b c""#), r#"userName eq "a].b c""#);
}

#[test]
fn providers_are_told_apart() {
    let by = |user_agent: &str, query: Option<&str>, body: Value| {
        recognise(Signals {
            user_agent,
            query,
            body: Some(&body),
        })
        .map(|sign| sign.idp)
    };
    assert_eq!(
        by("Okta SCIM Client 1.0.0", None, Value::Null),
        Some(Idp::Okta)
    );
    assert_eq!(
        by("Google-Auto-Provisioning", None, Value::Null),
        Some(Idp::Google)
    );
    assert_eq!(
        by("", Some("aadOptscim062020"), Value::Null),
        Some(Idp::Entra)
    );
    assert_eq!(
        by("", None, json!({ "Operations": [{ "op": "Add" }] })),
        Some(Idp::Entra)
    );
    assert_eq!(by("", Some("count=1&"), Value::Null), Some(Idp::OneLogin));
    assert_eq!(
        by("", None, json!({ "members": [{ "$ref": "Users/1" }] })),
        Some(Idp::Keycloak)
    );
    assert_eq!(
        by(
            "",
            None,
            json!({ "schemas": ["urn:scim:schemas:core:1.0", USER] })
        ),
        Some(Idp::Google)
    );
    assert_eq!(
        by(
            "",
            None,
            json!({ "externalId": "1", "meta": { "resourceType": "User" } })
        ),
        Some(Idp::Entra)
    );
    assert_eq!(
        by(
            "",
            None,
            json!({ "Operations": [{ "op": "replace", "value": { "externalId": "email|1" } }] })
        ),
        Some(Idp::Auth0)
    );
    assert_eq!(
        by("", None, json!({ "externalId": "auth0|1" })),
        Some(Idp::Auth0)
    );
    assert_eq!(
        by(
            "curl/8",
            Some("count=1"),
            json!({ "Operations": [{ "op": "add" }] })
        ),
        None
    );
}

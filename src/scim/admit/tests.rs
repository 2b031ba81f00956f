use serde_json::json;

use super::super::registry::Registry;
use super::*;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

fn user() -> &'static ResourceType {
    Registry::load(&[]).unwrap().by_name("User").unwrap()
}

fn create(mut body: Value) -> Result<Value, ScimError> {
    body["schemas"] = json!([USER]);
    admit(user(), body).map(|admitted| Value::Object(admitted.attributes.into_map()))
}

#[track_caller]
fn refused(body: Value, because: &str) {
    let error = create(body).expect_err("should be refused");
    assert!(error.detail.contains(because), "{error}");
}

#[test]
fn names_are_spelt_as_in_the_schema() {
    let admitted =
        create(json!({ "USERNAME": "a", "Emails": [{ "Value": "x@y", "PRIMARY": true }] }))
            .unwrap();
    assert_eq!(admitted["userName"], "a");
    assert_eq!(admitted["emails"][0]["primary"], true);
}

#[test]
fn what_only_the_server_writes_is_ignored() {
    let admitted = create(json!({ "userName": "a", "id": "x", "meta": { "version": "1" }, "groups": [{ "value": "g" }] })).unwrap();
    assert_eq!(admitted, json!({ "schemas": [USER], "userName": "a" }));
}

#[test]
fn a_password_is_checked_and_dropped() {
    assert!(
        create(json!({ "userName": "a", "password": "secret" }))
            .unwrap()
            .get("password")
            .is_none()
    );
    let error = create(json!({ "userName": "a", "password": 31337 })).unwrap_err();
    assert!(error.detail.contains("password is of another type"));
    assert!(!error.detail.contains("31337"), "{error}");
}

#[test]
fn unassigned_is_absent() {
    let admitted =
        create(json!({ "userName": "a", "title": null, "emails": [], "name": {} })).unwrap();
    assert_eq!(admitted, json!({ "schemas": [USER], "userName": "a" }));
}

#[test]
fn mistakes_are_named_with_their_path() {
    refused(json!({}), "userName is required");
    refused(json!({ "userName": " " }), "userName is required");
    refused(
        json!({ "userName": 5 }),
        "userName is the number 5, expected a string",
    );
    refused(
        json!({ "userName": "a", "active": "yes" }),
        "active is the string \"yes\", expected a boolean",
    );
    refused(
        json!({ "userName": "a", "emails": { "value": "x" } }),
        "emails is an object, expected an array",
    );
    refused(
        json!({ "userName": "a", "emails": [{ "value": "x" }, { "primary": "y" }] }),
        "emails[1].primary is the string",
    );
    refused(
        json!({ "userName": "a", "emails": [{ "colour": "red" }] }),
        "emails[0] has no sub-attribute \"colour\"",
    );
    refused(
        json!({ "userName": "a", "nickname2": "x" }),
        "did you mean nickName?",
    );
    refused(json!({ "userName": "a", "USERNAME": "b" }), "stands twice");
    refused(
        json!({ "userName": "a", "emails": [{ "value": "x", "primary": true }, { "value": "y", "primary": true }] }),
        "one at most",
    );
    refused(
        json!({ "userName": "a", "x509Certificates": [{ "value": "#" }] }),
        "expected base64",
    );
}

#[test]
fn schemas_names_what_is_there() {
    let urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let mut body = json!({ "userName": "a" });
    body[urn] = json!({ "department": "Tours" });
    assert_eq!(create(body).unwrap()["schemas"], json!([USER, urn]));
    let listed = json!({ "schemas": [USER, urn], "userName": "a" });
    let admitted = admit(user(), listed).unwrap();
    assert_eq!(admitted.attributes.as_map()["schemas"], json!([USER]));
    assert!(admit(user(), json!({ "userName": "a" })).is_err());
    assert!(admit(user(), json!({ "schemas": ["urn:x"], "userName": "a" })).is_err());
}

#[test]
fn a_put_without_active_does_not_switch_on() {
    let old = admit(
        user(),
        json!({ "schemas": [USER], "userName": "a", "active": false, "title": "x" }),
    )
    .unwrap();
    let new = admit(user(), json!({ "schemas": [USER], "userName": "a" })).unwrap();
    let replaced = replacing(user(), &new.attributes, &old.attributes).unwrap();
    assert_eq!(replaced.as_map()["active"], false);
    assert!(!replaced.as_map().contains_key("title"));
}

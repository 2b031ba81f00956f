use serde_json::json;

use super::*;

fn load(files: &[Value]) -> Result<&'static Registry, String> {
    let files: Vec<_> = files
        .iter()
        .enumerate()
        .map(|(n, file)| (format!("{n}.json"), file.to_string()))
        .collect();
    Registry::load(&files).map_err(|error| error.to_string())
}

#[track_caller]
fn refused(files: &[Value], because: &str) {
    let error = load(files).expect_err("should be refused");
    assert!(error.contains(because), "{error}");
}

#[test]
fn the_built_in_files_fit_together() {
    let registry = load(&[]).unwrap();
    let user = registry.by_endpoint("Users").unwrap();
    assert_eq!(user.indexed.first().unwrap().to_string(), "userName");
    assert_eq!(registry.schemas.len(), 3);
    assert!(user.answers_documents_as_stored());
}

#[test]
fn an_extension_finds_its_type_by_its_urn() {
    let badge = json!({ "id": "urn:example:badge:1.0:User", "attributes": [{ "name": "number" }] });
    let user = load(&[badge]).unwrap().by_name("User").unwrap();
    assert!(user.extension("URN:example:badge:1.0:user").is_some());
}

#[test]
fn an_attribute_is_added_to_a_known_schema() {
    let more = json!({ "id": "urn:ietf:params:scim:schemas:core:2.0:User", "attributes": [{ "name": "pronouns" }] });
    let user = load(&[more]).unwrap().by_name("User").unwrap();
    assert!(user.core_attribute("Pronouns").is_some());
}

#[test]
fn a_file_that_does_not_fit_is_refused_by_name() {
    refused(
        &[json!({ "id": "urn:x:y", "attributes": [] })],
        "no resource type uses urn:x:y",
    );
    refused(
        &[json!({ "id": "urn:x:User", "attributes": [{ "name": "a" }, { "name": "A" }] })],
        "0.json: A is defined twice",
    );
    refused(
        &[json!({ "id": "urn:x:User", "attributes": [{ "name": "a", "type": "text" }] })],
        "unknown variant",
    );
    refused(
        &[json!({ "id": "urn:x:User", "attributes": [{ "name": "a", "requierd": true }] })],
        "requierd",
    );
    refused(
        &[json!({ "name": "Bulk", "endpoint": "/Bulk", "schema": "urn:x" })],
        "endpoint of Bulk",
    );
    refused(
        &[json!({ "name": "D", "endpoint": "/Ds", "schema": "urn:x" })],
        "urn:x, which no file defines",
    );
    refused(&[json!(1)], "expected a Schema");
}

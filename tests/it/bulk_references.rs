//! `bulkId` references between the operations of a Bulk request (RFC 7644 §3.7.1, §3.7.2).

use serde_json::{Value, json};

use crate::support::{
    Client, ENTERPRISE, PATCH_OP, TestServer, at_group, at_user, bulk, group, user, values,
};

/// Sends operations that must be processed, and returns the results.
async fn results(client: &Client, operations: Value) -> Vec<Value> {
    let answer = client.post("/scim/v2/Bulk", bulk(operations)).await.is(200);
    answer.body["Operations"]
        .as_array()
        .expect("a BulkResponse has Operations")
        .clone()
}

fn post_user(bulk_id: &str, user_name: &str) -> Value {
    json!({ "method": "POST", "path": "/Users", "bulkId": bulk_id, "data": user(user_name) })
}

fn post_group(bulk_id: &str, display_name: &str, members: &[&str]) -> Value {
    json!({ "method": "POST", "path": "/Groups", "bulkId": bulk_id, "data": group(display_name, members) })
}

/// Returns the id in a result's location.
#[track_caller]
fn id(result: &Value) -> String {
    let location = result["location"]
        .as_str()
        .unwrap_or_else(|| panic!("no location: {result}"));
    location.rsplit('/').next().unwrap().to_owned()
}

#[track_caller]
fn all_succeeded(results: &[Value]) {
    for result in results {
        assert!(
            result["status"]
                .as_str()
                .is_some_and(|it| it.starts_with('2')),
            "{result}"
        );
    }
}

on_each_database! {
    async fn a_member_may_be_created_in_the_same_request(server: TestServer) { // O4
        let results = results(&server, json!([post_user("u", "ada"), post_group("g", "Staff", &["bulkId:u"])])).await;

        all_succeeded(&results);
        let staff = server.read(&at_group(&id(&results[1]))).await;
        assert_eq!(values(&staff["members"]), [id(&results[0])]);
        assert!(!staff.to_string().contains("bulkId"), "{staff}");
    }

    async fn references_stand_in_managers_patches_and_paths(server: TestServer) { // O5
        let staff = server.create_group("Staff", &[]).await;
        let mut report = post_user("report", "bo");
        report["data"][ENTERPRISE] = json!({ "manager": { "value": "bulkId:boss" } });

        let results = results(&server, json!([
            post_user("boss", "ada"),
            report,
            { "method": "PATCH", "path": format!("/Groups/{staff}"), "data": { "schemas": [PATCH_OP], "Operations": [
                { "op": "add", "path": "members", "value": [{ "value": "bulkId:boss" }, { "value": "bulkId:report" }] },
            ] } },
            { "method": "PATCH", "path": "/Users/bulkId:report", "data": { "schemas": [PATCH_OP], "Operations": [
                { "op": "add", "path": "title", "value": "Dr" },
            ] } },
        ])).await;

        all_succeeded(&results);
        let (boss, report) = (id(&results[0]), id(&results[1]));
        let read = server.read(&at_user(&report)).await;
        assert_eq!((&read["title"], &read[ENTERPRISE]["manager"]["value"]), (&json!("Dr"), &json!(boss)));
        let mut both = [boss, report];
        both.sort();
        assert_eq!(values(&server.read(&at_group(&staff)).await["members"]), both);
    }

    async fn a_reference_may_point_forward(server: TestServer) { // O6
        let results = results(&server, json!([post_group("g", "Staff", &["bulkId:u"]), post_user("u", "ada")])).await;

        all_succeeded(&results);
        assert_eq!(results[0]["bulkId"], "g");
        assert_eq!(values(&server.read(&at_group(&id(&results[0]))).await["members"]), [id(&results[1])]);
    }

    async fn references_may_go_in_a_circle(server: TestServer) { // O7 S12
        let results = results(&server, json!([
            post_group("a", "A", &["bulkId:b"]), post_group("b", "B", &["bulkId:a"]),
        ])).await;

        all_succeeded(&results);
        let (a, b) = (id(&results[0]), id(&results[1]));
        assert_eq!(values(&server.read(&at_group(&a)).await["members"]), [b.as_str()]);
        assert_eq!(values(&server.read(&at_group(&b)).await["members"]), [a]);
    }

    async fn a_reference_to_nothing_fails(server: TestServer) { // O8
        let results = results(&server, json!([
            post_group("g", "Staff", &["bulkId:nonesuch"]),
            { "method": "DELETE", "path": "/Users/bulkId:nonesuch" },
            post_user("u", "ada"),
        ])).await;

        for result in &results[..2] {
            assert!(result["status"].as_str().is_some_and(|it| it.starts_with('4')), "{result}");
        }
        assert_eq!(results[2]["status"], "201");
        assert!(!server.get("/scim/v2/Groups").await.is(200).text.contains("bulkId"));
    }

    async fn what_refers_to_a_failure_fails(server: TestServer) { // O9
        server.create_user("ada").await;

        let results = results(&server, json!([
            post_user("taken", "ada"), post_group("g", "Staff", &["bulkId:taken"]), post_user("u", "bo"),
        ])).await;

        assert_eq!(results[0]["status"], "409");
        assert!(results[1]["status"].as_str().is_some_and(|it| it.starts_with('4')), "{}", results[1]);
        assert_eq!(results[2]["status"], "201");
    }

    async fn text_that_looks_like_a_reference_is_text(server: TestServer) { // O8
        let mut body = post_user("u", "ada");
        body["data"]["title"] = json!("bulkId is my favourite word");

        let results = results(&server, json!([body])).await;

        all_succeeded(&results);
        assert_eq!(server.read(&at_user(&id(&results[0]))).await["title"], "bulkId is my favourite word");
    }
}

//! Faults that were found by trying, each with the request that showed it.

use std::collections::HashMap;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::spawn;

use crate::support::{
    Client, Database, ENTERPRISE, TestServer, USER, at_group, at_user, bulk, group, patch, user,
};

/// A schemas directory with these files.
fn schemas(files: &[(&str, Value)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, file) in files {
        std::fs::write(folder.path().join(name), file.to_string()).unwrap();
    }
    folder
}

/// A resource type with immutable attributes, a unique sub-attribute and a required extension.
fn machines() -> tempfile::TempDir {
    let sub = |name: &str, characteristics: Value| {
        let mut sub = json!({ "name": name });
        sub.as_object_mut()
            .unwrap()
            .extend(characteristics.as_object().unwrap().clone());
        sub
    };
    let attributes = json!([
        { "name": "serials", "multiValued": true, "mutability": "immutable", "type": "complex", "subAttributes": [sub("value", json!({})), sub("type", json!({}))] },
        { "name": "board", "type": "complex", "subAttributes": [sub("maker", json!({})), sub("serial", json!({ "mutability": "immutable" }))] },
        { "name": "macs", "multiValued": true, "type": "complex", "subAttributes": [sub("value", json!({ "uniqueness": "server" })), sub("type", json!({}))] }
    ]);
    schemas(&[
        (
            "machine.json",
            json!({ "id": "urn:example:core:1.0:Machine", "attributes": attributes }),
        ),
        (
            "rack.json",
            json!({ "id": "urn:example:ext:1.0:Rack", "attributes": [{ "name": "row" }] }),
        ),
        (
            "type.json",
            json!({ "id": "Machine", "name": "Machine", "endpoint": "/Machines", "schema": "urn:example:core:1.0:Machine", "schemaExtensions": [{ "schema": "urn:example:ext:1.0:Rack", "required": true }] }),
        ),
    ])
}

fn machine(more: Value) -> Value {
    let mut machine = json!({ "schemas": ["urn:example:core:1.0:Machine"], "urn:example:ext:1.0:Rack": { "row": "7" } });
    machine
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    machine
}

const MACHINES: &str = "/scim/v2/Machines";

on_each_database! {
    async fn only_true_switches_somebody_on(server: TestServer) {
        let id = server.create_user("bjensen").await;
        let path = at_user(&id);
        for operation in [
            json!({ "op": "replace", "path": "active", "value": "" }),
            json!({ "op": "replace", "path": "active", "value": null }),
            json!({ "op": "remove", "path": "active" }),
            json!({ "op": "replace", "value": { "active": "", "title": "x" } }),
        ] {
            server.edit(&path, json!([{ "op": "replace", "path": "active", "value": false }])).await.is(200);
            let answer = server.edit(&path, json!([operation])).await.is(200);
            assert_eq!(answer.body["active"], false, "{operation}");
        }
        server.edit(&path, json!([{ "op": "replace", "path": "active", "value": "True" }])).await.is(200);
        assert_eq!(server.read(&path).await["active"], true);
    }

    async fn no_answer_and_no_log_repeats_a_password(server: TestServer) {
        let id = server.create_user("bjensen").await;
        let mut wrong = user("ada");
        wrong["password"] = json!(73_217_321);
        let answers = [
            server.post("/scim/v2/Users", wrong).await,
            server.edit(&at_user(&id), json!([{ "op": "add", "path": "password", "value": [73_217_321] }])).await,
            server.edit(&at_user(&id), json!([{ "op": "add", "path": "password[value eq \"73217321\"]", "value": "x" }])).await,
        ];
        for answer in answers {
            answer.refused(400);
            assert!(!answer.text.contains("73217321"), "{}", answer.text);
        }
        assert!(!server.database().cli(&["log", "--json"]).contains("73217321"));
    }

    async fn a_unique_value_stands_once_in_one_resource_too(database: Database) {
        let folder = machines();
        let server = TestServer::start(database, &["--schemas", folder.path().to_str().unwrap()]);
        let twice = machine(json!({ "macs": [{ "value": "q1", "type": "a" }, { "value": "Q1", "type": "b" }] }));
        server.post(MACHINES, twice).await.refused_as(400, "invalidValue");
        server.create(MACHINES, machine(json!({ "macs": [{ "value": "q1" }] }))).await;
        server.post(MACHINES, machine(json!({ "macs": [{ "value": "Q1" }] }))).await.refused_as(409, "uniqueness");
    }

    async fn what_is_immutable_stays_by_every_path(database: Database) {
        let folder = machines();
        let server = TestServer::start(database, &["--schemas", folder.path().to_str().unwrap()]);
        let made = server.create(MACHINES, machine(json!({ "serials": [{ "value": "s" }], "board": { "maker": "m", "serial": "b" } }))).await;
        let path = format!("{MACHINES}/{}", made["id"].as_str().unwrap());
        for operation in [
            json!({ "op": "remove", "path": "serials[value eq \"s\"]" }),
            json!({ "op": "replace", "path": "serials[value eq \"s\"].type", "value": "t" }),
            json!({ "op": "remove", "path": "board" }),
            json!({ "op": "replace", "path": "board.serial", "value": "c" }),
        ] {
            server.edit(&path, json!([operation])).await.refused_as(400, "mutability");
        }
        server.put(&path, machine(json!({ "board": { "serial": "c" } }))).await.refused_as(400, "mutability");
        let kept = server.put(&path, machine(json!({ "board": { "maker": "n" } }))).await.is(200).body;
        assert_eq!((&kept["serials"], &kept["board"]), (&made["serials"], &json!({ "maker": "n", "serial": "b" })));
    }

    async fn a_required_extension_is_there_even_if_nothing_in_it_is_required(database: Database) {
        let folder = machines();
        let server = TestServer::start(database, &["--schemas", folder.path().to_str().unwrap()]);
        let without = json!({ "schemas": ["urn:example:core:1.0:Machine"] });
        server.post(MACHINES, without.clone()).await.refused_as(400, "invalidValue");
        let made = server.create(MACHINES, machine(json!({}))).await;
        let path = format!("{MACHINES}/{}", made["id"].as_str().unwrap());
        server.put(&path, without).await.refused_as(400, "invalidValue");
        server.edit(&path, json!([{ "op": "remove", "path": "urn:example:ext:1.0:Rack" }])).await.refused(400);
    }

    async fn a_type_without_the_attribute_sorts_as_absent(server: TestServer) {
        server.create_user("ada").await;
        server.create_group("Engineers", &[]).await;
        let types = |answer: &crate::support::Answer| -> Vec<String> {
            answer.resources().iter().map(|it| it["meta"]["resourceType"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(types(&server.get("/scim/v2/?sortBy=userName").await), ["User", "Group"]);
        assert_eq!(types(&server.get("/scim/v2/?sortBy=userName&sortOrder=descending").await), ["Group", "User"]);
    }

    async fn a_write_heeds_if_none_match(server: TestServer) {
        let id = server.create_user("ada").await;
        let path = at_user(&id);
        let version = server.get(&path).await.version();
        let conditional = |method: &'static str, body: Option<Value>, tag: String| {
            let (client, path) = (Client::clone(&server), path.clone());
            async move { client.request(method, &path, body, &[("if-none-match", tag.as_str())]).await }
        };
        conditional("PUT", Some(user("ada")), version).await.refused(412);
        conditional("DELETE", None, "*".into()).await.refused(412);
        conditional("DELETE", None, "W/\"99\"".into()).await.is(204);
    }

    async fn an_id_has_one_spelling(server: TestServer) {
        let id = server.create_user("ada").await;
        server.get(&at_user(&id.to_uppercase())).await.refused(404);
        server.get(&at_user(&id.replace('-', ""))).await.refused(404);
        server.post("/scim/v2/Groups", group("g", &[&id.to_uppercase()])).await.refused_as(400, "invalidValue");
    }

    async fn a_member_that_goes_and_comes_back_changes_nothing(server: TestServer) {
        let id = server.create_user("ada").await;
        let path = at_group(&server.create_group("g", &[&id]).await);
        let before = server.get(&path).await;
        server.edit(&path, json!([
            { "op": "remove", "path": format!("members[value eq \"{id}\"]") },
            { "op": "add", "path": "members", "value": [{ "value": id }] },
        ])).await.is(204);
        assert_eq!(server.get(&path).await.version(), before.version());
    }

    async fn a_bulk_does_not_run_ahead_of_its_order(server: TestServer) {
        let id = server.create_user("swap").await;
        let group = server.create_group("g", &[]).await;
        let answer = server.post("/scim/v2/Bulk", bulk(json!([
            { "method": "PATCH", "path": format!("/Groups/{group}"), "data": patch(json!([{ "op": "add", "path": "members", "value": [{ "value": "bulkId:n" }] }])) },
            { "method": "DELETE", "path": format!("/Users/{id}") },
            { "method": "POST", "path": "/Users", "bulkId": "n", "data": user("swap") },
        ]))).await.is(200);
        let statuses: Vec<&Value> = answer.body["Operations"].as_array().unwrap().iter().map(|it| &it["status"]).collect();
        assert_eq!(statuses, ["200", "204", "201"]);
    }

    async fn bulks_in_each_others_way_are_all_done(server: TestServer) {
        let names: Vec<String> = (0..30).map(|n| format!("user{n}")).collect();
        let ids = server.create_users(&names).await;
        let bulks = (0..6).map(|n: usize| {
            let (client, mut ids) = (Client::clone(&server), ids.clone());
            let at = ids.len() * n / 6;
            ids.rotate_left(at);
            if n % 2 == 1 {
                ids.reverse();
            }
            let operations = ids.iter().map(|id| json!({ "method": "PATCH", "path": format!("/Users/{id}"), "data": patch(json!([{ "op": "replace", "path": "title", "value": n.to_string() }])) }));
            let body = bulk(operations.collect());
            spawn(async move { client.post("/scim/v2/Bulk", body).await })
        });
        for answer in join_all(bulks).await {
            let answer = answer.unwrap().is(200);
            assert!(answer.body["Operations"].as_array().unwrap().iter().all(|it| it["status"] == "200"), "{}", answer.text);
        }
        let titles: Vec<Value> = server.get("/scim/v2/Users").await.each("title");
        let counts = titles.iter().fold(HashMap::new(), |mut counts, title| {
            *counts.entry(title.to_string()).or_insert(0) += 1;
            counts
        });
        assert_eq!(counts.into_values().collect::<Vec<i32>>(), [30], "one Bulk was last, and whole");
    }

    async fn the_schema_of_an_extension_may_stand_in_it(server: TestServer) {
        let mut body = user("ada");
        body["schemas"] = json!([USER, ENTERPRISE]);
        body[ENTERPRISE] = json!({ "schemas": [ENTERPRISE], "department": "D" });
        let made = server.strict().create("/scim/v2/Users", body).await;
        assert_eq!(made[ENTERPRISE], json!({ "department": "D" }));
    }
}

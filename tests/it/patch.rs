//! PATCH of simple, complex and extension attributes (RFC 7644 §3.5.2).
//!
//! Value paths and multi-valued attributes are in `patch_values.rs`, what is refused in
//! `patch_refusals.rs`.

use serde_json::{Value, json};

use crate::support::{Client, ENTERPRISE, TestServer, USER, at_group, at_user, user};

/// Creates a user with these attributes, and returns its address.
async fn user_with(client: &Client, attributes: Value) -> String {
    let mut body = user("bjensen");
    for (name, value) in attributes.as_object().unwrap() {
        body[name] = value.clone();
    }
    at_user(
        client.create("/scim/v2/Users", body).await["id"]
            .as_str()
            .unwrap(),
    )
}

/// Applies operations that must be accepted, and returns the resource as a GET shows it.
async fn edited(client: &Client, path: &str, operations: Value) -> Value {
    client.edit(path, operations).await.is(200);
    client.read(path).await
}

on_each_database! {
    async fn a_user_is_answered_and_a_group_only_on_demand(server: TestServer) { // J1
        let path = user_with(&server, json!({})).await;
        let title = json!([{ "op": "add", "path": "title", "value": "Dr" }]);
        let whole = server.edit(&path, title.clone()).await.is(200);
        assert_eq!(whole.body, server.read(&path).await);
        assert_eq!(whole.header("etag"), whole.version()); // M1
        assert_eq!(server.edit(&format!("{path}?attributes=title"), title).await.is(200).body["title"], "Dr");

        let group = at_group(&server.create_group("Staff", &[]).await);
        let rename = json!([{ "op": "replace", "path": "displayName", "value": "Crew" }]);
        let silent = server.edit(&group, rename.clone()).await.is(204);
        assert_eq!(silent.text, "");
        let spoken = server.edit(&format!("{group}?attributes=displayName"), rename).await.is(200);
        assert_eq!(spoken.body["displayName"], "Crew");
    }

    async fn operators_come_in_any_case(server: TestServer) { // J3 U3
        let path = user_with(&server, json!({})).await;
        for (op, value) in [("Add", "a"), ("ADD", "b"), ("Replace", "c"), ("rEPLACE", "d")] {
            let read = edited(&server, &path, json!([{ "op": op, "path": "title", "value": value }])).await;
            assert_eq!(read["title"], value);
        }
        let read = edited(&server, &path, json!([{ "op": "Remove", "path": "title" }])).await;
        assert!(read.get("title").is_none(), "{read}");
    }

    async fn operations_see_what_earlier_ones_did(server: TestServer) { // J5
        let path = user_with(&server, json!({})).await;

        let read = edited(&server, &path, json!([
            { "op": "add", "path": "emails", "value": [{ "value": "a@example.org", "type": "work" }] },
            { "op": "replace", "path": "emails[type eq \"work\"].value", "value": "b@example.org" },
            { "op": "add", "path": "title", "value": "x" },
            { "op": "remove", "path": "title" },
        ])).await;

        assert_eq!(read["emails"], json!([{ "value": "b@example.org", "type": "work" }]));
        assert!(read.get("title").is_none(), "{read}");
    }

    async fn add_sets_a_simple_attribute(server: TestServer) { // J7 J9 J39 J40
        let path = user_with(&server, json!({ "title": "old" })).await;

        let read = edited(&server, &path, json!([
            { "op": "add", "path": "title", "value": "new" },
            { "op": "add", "path": "nickName", "value": "Babs" },
            { "op": "add", "path": "name.givenName", "value": "Barbara" },
            { "op": "add", "path": format!("{USER}:displayName"), "value": "B" },
            { "op": "add", "path": format!("{}:NAME.FAMILYNAME", USER.to_uppercase()), "value": "Jensen" },
        ])).await;

        assert_eq!((&read["title"], &read["nickName"], &read["displayName"]), (&json!("new"), &json!("Babs"), &json!("B")));
        assert_eq!(read["name"], json!({ "givenName": "Barbara", "familyName": "Jensen" }));
    }

    async fn add_and_replace_merge_into_a_complex_attribute(server: TestServer) { // J8 J20
        let path = user_with(&server, json!({ "name": { "givenName": "Barbara", "familyName": "Jensen" } })).await;

        let added = edited(&server, &path, json!([{ "op": "add", "path": "name", "value": { "middleName": "Jane", "familyName": "J" } }])).await;
        assert_eq!(added["name"]["givenName"], "Barbara");
        assert_eq!(added["name"]["middleName"], "Jane");
        assert_eq!(added["name"]["familyName"], "J");
        let replaced = edited(&server, &path, json!([{ "op": "replace", "path": "name", "value": { "GIVENNAME": "Babs" } }])).await;
        assert_eq!(replaced["name"]["givenName"], "Babs");
        assert_eq!(replaced["name"]["middleName"], "Jane");
        assert_eq!(replaced["name"].as_object().unwrap().len(), 3);
    }

    async fn add_without_a_path_merges_an_object(server: TestServer) { // J12 J25
        let emails = json!([{ "value": "a@example.org", "type": "work" }]);
        let path = user_with(&server, json!({ "emails": emails, "name": { "givenName": "Barbara" }, ENTERPRISE: { "costCenter": "1" } })).await;

        let read = edited(&server, &path, json!([{ "op": "add", "value": {
            "title": "Dr", "name": { "familyName": "Jensen" }, "emails": [{ "value": "b@example.org", "type": "home" }],
            ENTERPRISE: { "department": "Field" },
        } }])).await;

        assert_eq!(read["title"], "Dr");
        assert_eq!(read["name"], json!({ "givenName": "Barbara", "familyName": "Jensen" }));
        assert_eq!(read["emails"].as_array().unwrap().len(), 2);
        assert_eq!(read[ENTERPRISE], json!({ "costCenter": "1", "department": "Field" }));
    }

    async fn replace_without_a_path_replaces_what_it_names(server: TestServer) { // J25 J20 J21
        let emails = json!([{ "value": "a@example.org", "type": "work" }]);
        let path = user_with(&server, json!({
            "emails": emails, "title": "Dr", "name": { "givenName": "Barbara" }, ENTERPRISE: { "costCenter": "1" },
        })).await;

        let read = edited(&server, &path, json!([{ "op": "replace", "value": {
            "displayName": "B", "name": { "familyName": "Jensen" }, "emails": [{ "value": "b@example.org", "type": "home" }],
            ENTERPRISE: { "department": "Field" },
        } }])).await;

        assert_eq!((&read["displayName"], &read["title"]), (&json!("B"), &json!("Dr")));
        assert_eq!(read["name"], json!({ "givenName": "Barbara", "familyName": "Jensen" }));
        assert_eq!(read["emails"], json!([{ "value": "b@example.org", "type": "home" }]));
        assert_eq!(read[ENTERPRISE]["department"], "Field");
        assert_eq!(read[ENTERPRISE]["costCenter"], "1");
    }

    async fn keys_without_a_path_may_be_dotted_or_urns(server: TestServer) { // J26 U4 J27
        let path = user_with(&server, json!({ "name": { "givenName": "Barbara" } })).await;
        let id = path.rsplit('/').next().unwrap();

        let read = edited(&server, &path, json!([{ "op": "replace", "value": {
            "id": id,
            "displayName": "B",
            "name.familyName": "Jensen",
            "NAME.middleName": "Jane",
            format!("{ENTERPRISE}:department"): "Field",
            format!("{USER}:title"): "Dr",
        } }])).await;

        assert_eq!((&read["id"], &read["displayName"], &read["title"]), (&json!(id), &json!("B"), &json!("Dr")));
        assert_eq!(read["name"], json!({ "givenName": "Barbara", "familyName": "Jensen", "middleName": "Jane" }));
        assert_eq!(read[ENTERPRISE], json!({ "department": "Field" }));
        for key in read.as_object().unwrap().keys() {
            assert!(!key.contains('.') || key == ENTERPRISE, "a key was stored literally: {key}");
        }
    }

    async fn replace_of_what_is_absent_adds(server: TestServer) { // J19
        let path = user_with(&server, json!({})).await;

        let read = edited(&server, &path, json!([
            { "op": "replace", "path": "title", "value": "Dr" },
            { "op": "replace", "path": "name.givenName", "value": "Barbara" },
            { "op": "replace", "path": "emails", "value": [{ "value": "a@example.org" }] },
            { "op": "replace", "path": format!("{ENTERPRISE}:department"), "value": "Field" },
        ])).await;

        assert_eq!(read["title"], "Dr");
        assert_eq!(read["name"], json!({ "givenName": "Barbara" }));
        assert_eq!(read["emails"], json!([{ "value": "a@example.org" }]));
        assert_eq!(read[ENTERPRISE], json!({ "department": "Field" }));
    }

    async fn null_and_empty_arrays_unassign(server: TestServer) { // J28
        let path = user_with(&server, json!({
            "title": "Dr", "nickName": "B", "name": { "givenName": "Barbara", "familyName": "Jensen" },
            "emails": [{ "value": "a@example.org" }], "phoneNumbers": [{ "value": "1" }],
        })).await;

        let read = edited(&server, &path, json!([
            { "op": "replace", "path": "title", "value": null },
            { "op": "replace", "path": "name.givenName", "value": null },
            { "op": "replace", "path": "emails", "value": [] },
            { "op": "replace", "value": { "nickName": null, "phoneNumbers": [] } },
        ])).await;

        for absent in ["title", "nickName", "emails", "phoneNumbers"] {
            assert!(read.get(absent).is_none_or(|it| *it == json!([])), "{absent} in {read}");
        }
        assert_eq!(read["name"], json!({ "familyName": "Jensen" }));
    }

    async fn remove_unassigns(server: TestServer) { // J30 J34
        let path = user_with(&server, json!({
            "title": "Dr", "name": { "givenName": "Barbara", "familyName": "Jensen" }, "nickName": "B",
            "addresses": [{ "type": "work", "locality": "Delft" }], "emails": [{ "value": "a@example.org" }],
        })).await;

        let read = edited(&server, &path, json!([
            { "op": "remove", "path": "title" },
            { "op": "remove", "path": "name.givenName" },
            { "op": "remove", "path": "emails" },
            { "op": "remove", "path": "addresses" },
            { "op": "remove", "path": "displayName" },
            { "op": "remove", "path": "name.middleName" },
        ])).await;

        for absent in ["title", "emails", "addresses"] {
            assert!(read.get(absent).is_none_or(|it| *it == json!([])), "{absent} in {read}");
        }
        assert_eq!(read["name"], json!({ "familyName": "Jensen" }));
        let read = edited(&server, &path, json!([{ "op": "remove", "path": "name" }])).await;
        assert!(read.get("name").is_none(), "{read}");
        assert_eq!(read["nickName"], "B");
    }

    async fn an_extension_comes_and_goes(server: TestServer) { // J37 J38 T3
        let path = user_with(&server, json!({})).await;
        let boss = server.create_user("boss").await;
        let upper = ENTERPRISE.to_uppercase();

        let added = edited(&server, &path, json!([
            { "op": "add", "path": format!("{ENTERPRISE}:department"), "value": "Field" },
            { "op": "add", "path": format!("{upper}:COSTCENTER"), "value": "1" },
            { "op": "add", "path": format!("{ENTERPRISE}:manager.value"), "value": boss },
        ])).await;
        assert_eq!(added["schemas"], json!([USER, ENTERPRISE]));
        assert_eq!(added[ENTERPRISE]["manager"]["value"], json!(boss));
        assert_eq!(added[ENTERPRISE]["costCenter"], "1");

        let less = edited(&server, &path, json!([
            { "op": "remove", "path": format!("{ENTERPRISE}:manager") },
            { "op": "replace", "path": ENTERPRISE, "value": { "department": "Desk" } },
        ])).await;
        assert_eq!(less[ENTERPRISE]["department"], "Desk");
        assert!(less[ENTERPRISE].get("manager").is_none(), "{less}");

        let bare = edited(&server, &path, json!([
            { "op": "remove", "path": format!("{ENTERPRISE}:department") },
            { "op": "remove", "path": format!("{ENTERPRISE}:costCenter") },
        ])).await;
        assert_eq!(bare["schemas"], json!([USER]));
        assert!(bare.get(ENTERPRISE).is_none(), "{bare}");
    }

    async fn a_whole_extension_is_added_and_removed(server: TestServer) { // J37 J38
        let path = user_with(&server, json!({})).await;

        let added = edited(&server, &path, json!([{ "op": "add", "path": ENTERPRISE, "value": { "department": "Field" } }])).await;
        assert_eq!(added[ENTERPRISE], json!({ "department": "Field" }));
        let removed = edited(&server, &path, json!([{ "op": "remove", "path": ENTERPRISE }])).await;
        assert!(removed.get(ENTERPRISE).is_none(), "{removed}");
        assert_eq!(removed["schemas"], json!([USER]));
    }

    async fn many_and_large_operations_are_done_or_refused(server: TestServer) { // J46
        let path = user_with(&server, json!({})).await;
        let adds = |number: usize| -> Value {
            (0..number)
                .map(|n| json!({ "op": "add", "path": "entitlements", "value": [{ "value": format!("e{n}") }] }))
                .collect::<Vec<_>>()
                .into()
        };

        assert_eq!(edited(&server, &path, adds(36)).await["entitlements"].as_array().unwrap().len(), 36);
        let many = server.edit(&path, adds(500)).await.one_of(&[200, 400, 413]);
        assert!(many.status != 200 || many.body["entitlements"].as_array().unwrap().len() == 500, "not all were added");
        let large = json!([{ "op": "replace", "path": "title", "value": "x".repeat(1 << 20) }]);
        let large = server.edit(&path, large).await.one_of(&[200, 400, 413]);
        assert!(large.status != 200 || large.body["title"].as_str().unwrap().len() == 1 << 20, "the value was cut");
    }
}

//! PATCH requests that are refused, and that a refused one has changed nothing
//! (RFC 7644 §3.5.2, §3.12).

use serde_json::{Value, json};

use crate::support::{Answer, Client, ENTERPRISE, PATCH_OP, TestServer, at_user, patch, user};

/// Creates a user to try on, and returns its address.
async fn subject(client: &Client) -> String {
    let mut body = user("bjensen");
    body["title"] = json!("Guide");
    body["name"] = json!({ "givenName": "Barbara" });
    body["emails"] = json!([{ "value": "b@example.org", "type": "work" }]);
    at_user(
        client.create("/scim/v2/Users", body).await["id"]
            .as_str()
            .unwrap(),
    )
}

/// Tries an operation behind one that could be done, and asserts that neither was.
async fn refuse(client: &Client, path: &str, operation: Value) -> Answer {
    let before = client.read(path).await;
    let answer = client
        .edit(
            path,
            json!([{ "op": "replace", "path": "title", "value": "changed" }, operation]),
        )
        .await;
    assert_eq!(
        client.read(path).await,
        before,
        "{operation} was refused, but something changed"
    );
    assert!(
        (400..500).contains(&answer.status),
        "{operation}: {} {}",
        answer.status,
        answer.text
    );
    answer
}

on_each_database! {
    async fn a_patch_without_operations_is_refused(server: TestServer) { // J2
        let path = subject(&server).await;
        for body in [
            json!({ "schemas": [PATCH_OP] }),
            json!({ "schemas": [PATCH_OP], "Operations": "add" }),
            json!({ "schemas": [PATCH_OP], "Operations": [5] }),
            json!({ "schemas": [PATCH_OP], "Operations": null }),
            json!({ "schemas": [PATCH_OP], "Operations": [] }),
            json!({}),
            json!([]),
        ] {
            server.patch(&path, body).await.refused_as(400, "invalidSyntax");
        }
        let title = json!([{ "op": "replace", "path": "title", "value": "x" }]);
        let strict = server.strict();
        strict.patch(&path, json!({ "Operations": title })).await.refused_as(400, "invalidSyntax");
        strict.patch(&path, json!({ "schemas": ["urn:example:other"], "Operations": title })).await.refused_as(400, "invalidSyntax");
        assert_eq!(server.read(&path).await["title"], "Guide");
    }

    async fn an_empty_list_of_operations_changes_nothing(server: TestServer) { // J2 J47
        let path = subject(&server).await;
        let before = server.read(&path).await;

        server.edit(&path, json!([])).await.one_of(&[200, 204, 400]);

        assert_eq!(server.read(&path).await, before);
    }

    async fn an_operation_needs_a_known_op(server: TestServer) { // J3
        let path = subject(&server).await;
        let either = ["invalidSyntax", "invalidValue"];
        for op in [json!("move"), json!("test"), json!(""), json!(5), json!(null)] {
            refuse(&server, &path, json!({ "op": op, "path": "nickName", "value": "x" })).await.refused_as_one_of(400, &either);
        }
        refuse(&server, &path, json!({ "path": "nickName", "value": "x" })).await.refused_as_one_of(400, &either);
    }

    async fn all_operations_are_done_or_none(server: TestServer) { // J4 M5
        let path = subject(&server).await;
        let before = server.read(&path).await;

        let answer = server.edit(&path, json!([
            { "op": "replace", "path": "title", "value": "changed" },
            { "op": "remove", "path": "emails" },
            { "op": "replace", "path": "userName", "value": "" },
        ])).await;

        answer.refused_as(400, "invalidValue");
        assert_eq!(server.read(&path).await, before);
    }

    async fn nobody_cannot_be_patched(server: TestServer) { // J6
        let title = json!([{ "op": "replace", "path": "title", "value": "x" }]);
        server.edit(&at_user("00000000-0000-0000-0000-000000000000"), title.clone()).await.refused(404);
        server.edit("/scim/v2/Groups/nonesuch", title).await.refused(404);
    }

    async fn an_add_needs_a_value(server: TestServer) { // J13
        let path = subject(&server).await;
        let either = ["invalidValue", "invalidSyntax"];

        refuse(&server, &path, json!({ "op": "add", "path": "nickName" })).await.refused_as_one_of(400, &either);
        refuse(&server, &path, json!({ "op": "add" })).await.refused_as_one_of(400, &either);
        refuse(&server, &path, json!({ "op": "add", "value": "x" })).await.refused_as_one_of(400, &["invalidValue", "invalidSyntax", "noTarget", "invalidPath"]);
    }

    async fn a_remove_needs_a_path(server: TestServer) { // J33
        let path = subject(&server).await;

        refuse(&server, &path, json!({ "op": "remove" })).await.refused_as(400, "noTarget");
        refuse(&server.strict(), &path, json!({ "op": "remove", "value": { "title": "Guide" } })).await.refused_as(400, "noTarget");
    }

    async fn what_must_stay_cannot_be_removed(server: TestServer) { // J35 J45 E1
        let path = subject(&server).await;
        let strict = server.strict();

        for required in ["userName", "id", "meta", "groups", "schemas"] {
            let answer = refuse(&strict, &path, json!({ "op": "remove", "path": required })).await;
            answer.refused_as_one_of(400, &["mutability", "invalidValue"]);
        }
        refuse(&server, &path, json!({ "op": "remove", "path": "userName" })).await.refused_as(400, "mutability");
        refuse(&strict, &path, json!({ "op": "replace", "path": "userName", "value": null })).await.refused(400);
        refuse(&strict, &path, json!({ "op": "replace", "path": "id", "value": "mine" })).await.refused_as(400, "mutability");
        refuse(&strict, &path, json!({ "op": "replace", "path": "meta.lastModified", "value": "2001-01-01T00:00:00Z" })).await.refused_as(400, "mutability");
        refuse(&strict, &path, json!({ "op": "add", "path": "groups", "value": [{ "value": "x" }] })).await.refused_as(400, "mutability");
    }

    async fn bad_paths_are_refused(server: TestServer) { // J42 J48
        let path = subject(&server).await;
        let strict = server.strict();
        for bad in [
            "emails[type eq \"work\"", "emails[type eq \"work\"]]", "emails[]", "emails[type]", "emails[type eq]",
            "emails[type eq \"work\"]value", "emails[type eq \"work\"]..value", "emails[0]", "emails[0].value", "emails.0",
            "/emails/0", "/title", "title.x", "userName.value", "name.colour", "colour", "emails[colour eq \"x\"].value",
            "emails[type eq \"work\"].colour", "title eq \"x\"", " ", "name.givenName.x", "urn:example:unknown:title",
            &format!("{ENTERPRISE}:colour"), &format!("{ENTERPRISE}:"), "title[value eq \"x\"]", "9",
        ] {
            let answer = refuse(&strict, &path, json!({ "op": "replace", "path": bad, "value": "x" })).await;
            answer.refused_as_one_of(400, &["invalidPath", "invalidFilter", "noTarget", "invalidValue", "invalidSyntax"]);
        }
        for malformed in ["emails[type eq \"work\"", "emails[]", "emails[0]", "/title"] {
            let answer = refuse(&server, &path, json!({ "op": "replace", "path": malformed, "value": "x" })).await;
            answer.refused_as_one_of(400, &["invalidPath", "invalidFilter"]);
        }
        refuse(&server, &path, json!({ "op": "replace", "path": 5, "value": "x" })).await.refused(400);
    }

    async fn a_deep_path_is_refused(server: TestServer) { // J42 F28
        let path = subject(&server).await;
        let deep = format!("emails[{}type pr{}]", "(".repeat(2000), ")".repeat(2000));

        refuse(&server, &path, json!({ "op": "remove", "path": deep })).await
            .refused_as_one_of(400, &["invalidPath", "invalidFilter", "tooMany"]);
    }

    async fn values_of_the_wrong_type_are_refused(server: TestServer) { // J43
        let path = subject(&server).await;
        let strict = server.strict();
        for (attribute, wrong) in [
            ("title", json!(5)),
            ("title", json!(["x"])),
            ("title", json!({ "value": "x" })),
            ("active", json!("maybe")),
            ("active", json!(1)),
            ("name", json!("Barbara")),
            ("name.givenName", json!(true)),
            ("emails", json!("b@example.org")),
            ("emails", json!([true])),
            ("emails[type eq \"work\"].primary", json!("maybe")),
            ("emails[type eq \"work\"]", json!("b@example.org")),
        ] {
            let answer = refuse(&strict, &path, json!({ "op": "replace", "path": attribute, "value": wrong })).await;
            answer.refused_as(400, "invalidValue");
        }
        refuse(&server, &path, json!({ "op": "replace", "path": "active", "value": "maybe" })).await.refused_as(400, "invalidValue");
    }

    async fn a_taken_user_name_is_refused(server: TestServer) { // J44
        let path = subject(&server).await;
        server.create_user("ada").await;

        refuse(&server, &path, json!({ "op": "replace", "path": "userName", "value": "ADA" })).await.refused_as(409, "uniqueness");
    }

    async fn the_time_and_version_of_a_change_move(server: TestServer) { // J47 M5
        let path = subject(&server).await;
        let before = server.read(&path).await;

        let changed = server.patch(&path, patch(json!([{ "op": "replace", "path": "title", "value": "new" }]))).await.is(200).body;

        assert_ne!(changed["meta"]["version"], before["meta"]["version"]);
        assert_ne!(changed["meta"]["lastModified"], before["meta"]["lastModified"]);
        assert_eq!(changed["meta"]["created"], before["meta"]["created"]);
        for nothing in [
            json!({ "op": "replace", "path": "title", "value": "new" }),
            json!({ "op": "replace", "value": { "title": "new", "userName": "bjensen" } }),
            json!({ "op": "remove", "path": "nickName" }),
            json!({ "op": "add", "path": "name", "value": { "givenName": "Barbara" } }),
        ] {
            server.edit(&path, json!([nothing])).await.one_of(&[200, 204]);
            assert_eq!(server.read(&path).await, changed, "{nothing}");
        }
    }
}

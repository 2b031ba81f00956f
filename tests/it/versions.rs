//! Versions: ETag, If-Match, If-None-Match (RFC 7644 §3.14).

use serde_json::{Value, json};

use crate::support::{TestServer, at_group, at_user, group, patch, user};

fn title(value: &str) -> Value {
    patch(json!([{ "op": "replace", "path": "title", "value": value }]))
}

/// A version that no resource has.
const STALE: &str = "W/\"stale\"";

on_each_database! {
    async fn every_answer_with_a_resource_has_its_version(server: TestServer) { // M1 C5
        let created = server.post("/scim/v2/Users", user("ada")).await.is(201);
        let path = at_user(created.id());
        let read = server.get(&path).await.is(200);
        let replaced = server.put(&path, user("Ada")).await.is(200);
        let edited = server.patch(&path, title("Dr")).await.is(200);

        for answer in [&created, &read, &replaced, &edited] {
            let version = answer.version();
            assert!(version.starts_with("W/\"") && version.ends_with('"'), "{version}");
            assert_eq!(answer.header("etag"), version, "{}", answer.request);
        }
        assert_eq!(created.version(), read.version());
        assert_ne!(read.version(), replaced.version());
        assert_ne!(replaced.version(), edited.version());
        assert_eq!(server.get("/scim/v2/Users").await.is(200).resources()[0]["meta"]["version"], edited.version());
    }

    async fn an_unchanged_resource_is_not_sent_again(server: TestServer) { // M2
        let created = server.post("/scim/v2/Users", user("ada")).await.is(201);
        let (path, version) = (at_user(created.id()), created.version());
        let ask = async |versions: &str| server.request("GET", &path, None, &[("if-none-match", versions)]).await;

        for known in [version.clone(), "*".to_owned(), format!("{STALE}, {version}"), format!("{version},{STALE}")] {
            let answer = ask(&known).await.is(304);
            assert_eq!(answer.text, "", "{known}");
            assert_eq!(answer.header("etag"), version, "{known}");
        }
        assert_eq!(ask(STALE).await.is(200).body, created.body);
    }

    async fn a_change_may_depend_on_the_version(server: TestServer) { // M3 M4
        let path = at_user(&server.create_user("ada").await);
        let version = async || server.get(&path).await.is(200).version();
        let when = async |method: &str, body: Option<Value>, versions: &str| {
            server.request(method, &path, body, &[("if-match", versions)]).await
        };

        let old = version().await;
        when("PATCH", Some(title("1")), &old).await.is(200);
        let before = server.read(&path).await;
        when("PATCH", Some(title("2")), &old).await.refused(412);
        when("PUT", Some(user("bo")), &old).await.refused(412);
        when("DELETE", None, &old).await.refused(412);
        when("PATCH", Some(title("2")), STALE).await.refused(412);
        assert_eq!(server.read(&path).await, before);

        when("PATCH", Some(title("2")), &format!("{STALE}, {}", version().await)).await.is(200);
        when("PATCH", Some(title("3")), "*").await.is(200);
        when("PUT", Some(user("ada")), &version().await).await.is(200);
        when("DELETE", None, &version().await).await.is(204);
        let answer = when("PATCH", Some(title("4")), "*").await;
        answer.one_of(&[404, 412]).is_scim_error();
    }

    async fn a_version_moves_with_every_change_and_only_then(server: TestServer) { // M5
        let path = at_user(&server.create_user("ada").await);
        let mut versions = vec![server.get(&path).await.is(200).version()];
        for n in 0..5 {
            versions.push(server.patch(&path, title(&n.to_string())).await.is(200).version());
        }
        versions.sort();
        versions.dedup();
        assert_eq!(versions.len(), 6);

        let settled = server.get(&path).await.is(200).version();
        server.patch(&path, title("4")).await.is(200);
        server.patch(&path, patch(json!([{ "op": "remove", "path": "userName" }]))).await.is(400);
        server.find("/scim/v2/Users", "userName pr").await.is(200);
        assert_eq!(server.get(&path).await.is(200).version(), settled);
    }

    async fn a_group_has_another_version_with_other_members(server: TestServer) { // M6
        let ada = server.create_user("ada").await;
        let path = at_group(&server.create_group("Staff", &[]).await);
        let version = async || server.get(&path).await.is(200).version();
        let member = json!([{ "value": ada }]);
        let empty = version().await;

        server.edit(&path, json!([{ "op": "add", "path": "members", "value": member }])).await.is(204);
        let one = version().await;
        assert_ne!(one, empty);
        server.edit(&path, json!([{ "op": "add", "path": "members", "value": member }])).await.is(204);
        assert_eq!(version().await, one);
        let remove = format!("members[value eq \"{ada}\"]");
        server.edit(&path, json!([{ "op": "remove", "path": remove }])).await.is(204);
        let none = version().await;
        assert_ne!(none, one);
        server.edit(&path, json!([{ "op": "remove", "path": remove }])).await.is(204);
        assert_eq!(version().await, none);
    }

    async fn a_change_of_members_may_depend_on_the_version(server: TestServer) { // M3 M4
        let ada = server.create_user("ada").await;
        let path = at_group(&server.create_group("Staff", &[]).await);
        let add = patch(json!([{ "op": "add", "path": "members", "value": [{ "value": ada }] }]));
        let version = server.get(&path).await.is(200).version();

        server.request("PATCH", &path, Some(add.clone()), &[("if-match", STALE)]).await.refused(412);
        assert!(server.read(&path).await.get("members").is_none_or(|it| *it == json!([])));
        server.request("PATCH", &path, Some(add), &[("if-match", &version)]).await.is(204);
        server.request("PUT", &path, Some(group("Crew", &[])), &[("if-match", &version)]).await.refused(412);
    }

    async fn a_nonsensical_condition_is_no_failure_of_the_server(server: TestServer) { // M4
        let path = at_user(&server.create_user("ada").await);
        for odd in ["", "W/", "\"", "W/\"\"", "1", "W/1,,", "not a version"] {
            let answer = server.request("PATCH", &path, Some(title("x")), &[("if-match", odd)]).await;
            answer.one_of(&[200, 400, 412]);
            server.request("GET", &path, None, &[("if-none-match", odd)]).await.one_of(&[200, 400]);
        }
    }
}

//! The provisioning log: every changing or failing SCIM request (issue 2, section 4).

use serde_json::{Value, json};

use crate::support::{TestServer, at_group, at_user, user};

const USERS: &str = "/scim/v2/Users";

/// Returns the entries of `vestibule log --json`, oldest first.
fn entries(server: &TestServer, options: &[&str]) -> Vec<Value> {
    let printed = server
        .database()
        .cli(&[&["log", "--json"], options].concat());
    let entry =
        |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"));
    let mut entries: Vec<Value> = printed.lines().map(entry).collect();
    entries.sort_by_key(|it| it["seq"].as_i64().expect("seq is a number"));
    entries
}

/// Returns the only entry with this method and status.
#[track_caller]
fn only(entries: &[Value], method: &str, status: u16) -> Value {
    let status = status.to_string();
    let found: Vec<&Value> = entries
        .iter()
        .filter(|it| it["method"] == method && it["status"].to_string().trim_matches('"') == status)
        .collect();
    assert_eq!(found.len(), 1, "{method} {status} in {entries:?}");
    found[0].clone()
}

/// Asserts that a diff tells both values, in whatever form.
#[track_caller]
fn tells(entry: &Value, values: &[&str]) {
    let diff = entry["diff"].to_string();
    for value in values {
        assert!(diff.contains(value), "{value} is missing: {entry}");
    }
}

on_each_database! {
    async fn a_change_is_logged_with_what_it_changed(server: TestServer) {
        let ada = server.create_user("ada").await;
        let title = |value: &str| json!([{ "op": "replace", "path": "title", "value": value }]);
        server.edit(&at_user(&ada), title("Guide")).await.is(200);
        server.put(&at_user(&ada), user("ada.l")).await.is(200);
        server.delete(&at_user(&ada)).await.is(204);

        let entries = entries(&server, &[]);

        assert_eq!(entries.len(), 4, "{entries:?}");
        for (method, status, told) in [
            ("POST", 201, vec!["userName", "ada"]), ("PATCH", 200, vec!["title", "Guide"]),
            ("PUT", 200, vec!["userName", "ada", "ada.l", "Guide"]), ("DELETE", 204, vec![]),
        ] {
            let entry = only(&entries, method, status);
            tells(&entry, &told);
            assert_eq!(entry["organization"], "default");
            assert!(entry["path"].as_str().is_some_and(|it| it.contains("/Users")), "{entry}");
            assert!(entry["resource"].to_string().contains(&ada), "{entry}");
            assert!(entry["durationMicros"].is_u64() && entry["at"].is_string(), "{entry}");
            assert!(!entry["token"].is_null() && !entry["requestId"].is_null(), "{entry}");
            for absent in ["scimType", "detail"] {
                assert!(entry.get(absent).is_none_or(|it| it.is_null() || it == ""), "{entry}");
            }
        }
        assert!(entries.windows(2).all(|it| it[0]["seq"].as_i64() < it[1]["seq"].as_i64()), "{entries:?}");
    }

    async fn a_failure_is_logged_with_its_reason(server: TestServer) {
        server.create_user("ada").await;
        server.post(USERS, user("ADA")).await.is(409);
        server.get(&at_user("nonesuch")).await.is(404);
        server.find(USERS, "userName eq").await.is(400);

        let entries = entries(&server, &[]);

        let conflict = only(&entries, "POST", 409);
        assert_eq!(conflict["scimType"], "uniqueness");
        assert!(conflict["detail"].as_str().is_some_and(|it| it.contains("userName")), "{conflict}");
        only(&entries, "GET", 404);
        assert_eq!(only(&entries, "GET", 400)["scimType"], "invalidFilter");
    }

    async fn a_read_that_succeeds_is_not_logged(server: TestServer) {
        let path = at_user(&server.create_user("ada").await);
        server.get(&path).await.is(200);
        server.get(USERS).await.is(200);
        server.without_token().get("/scim/v2/Schemas").await.is(200);

        assert_eq!(entries(&server, &[]).len(), 1);
    }

    async fn a_change_of_members_is_logged(server: TestServer) {
        let ada = server.create_user("ada").await;
        let path = at_group(&server.create_group("Staff", &[]).await);
        server.edit(&path, json!([{ "op": "add", "path": "members", "value": [{ "value": ada }] }])).await.is(204);

        let entry = only(&entries(&server, &[]), "PATCH", 204);

        tells(&entry, &["members", &ada]);
    }

    async fn a_password_is_never_logged(server: TestServer) { // C22
        let mut body = user("ada");
        body["password"] = json!("9k2mVq7T");
        let created = server.post(USERS, body.clone()).await.is(201);
        server.post(USERS, body.clone()).await.is(409);
        let change = json!([{ "op": "replace", "path": "password", "value": "9k2mVq7T" }]);
        server.edit(&at_user(created.id()), change).await.is(200);
        server.put(&at_user(created.id()), body).await.is(200);
        server.edit(&at_user(created.id()), json!([{ "op": "replace", "value": { "password": "9k2mVq7T" } }])).await.is(200);

        let printed = server.database().cli(&["log", "--json"]) + &server.database().cli(&["log"]);

        assert!(!printed.contains("9k2mVq7T"), "{printed}");
        assert!(!server.log().contains("9k2mVq7T"), "{}", server.log());
        for token in [server.token(), &server.token()[4..]] {
            assert!(!printed.contains(token), "{printed}");
        }
    }

    async fn the_provider_is_logged(server: TestServer) {
        server.as_profile("okta").create_user("ada").await;

        let entry = only(&entries(&server, &[]), "POST", 201);

        assert!(entry["idp"].as_str().is_some_and(|it| it.eq_ignore_ascii_case("okta")), "{entry}");
    }

    async fn a_log_belongs_to_an_organization(server: TestServer) { // B9
        let acme = server.in_new_organization("acme");
        server.create_user("ada").await;
        acme.create_user("bo").await;

        let (ours, theirs) = (entries(&server, &["--org", "default"]), entries(&server, &["--org", "acme"]));

        assert_eq!((ours.len(), theirs.len()), (1, 1));
        assert_eq!((&ours[0]["organization"], &theirs[0]["organization"]), (&json!("default"), &json!("acme")));
        tells(&ours[0], &["ada"]);
        tells(&theirs[0], &["bo"]);
    }

    async fn the_log_and_the_answer_have_the_same_request_id(server: TestServer) {
        let answer = server.post(USERS, user("ada")).await.is(201);

        let id = answer.header("x-request-id");

        assert!(!id.is_empty());
        assert_eq!(only(&entries(&server, &[]), "POST", 201)["requestId"], id);
    }

    async fn a_change_that_changes_nothing_has_no_diff(server: TestServer) {
        let path = at_user(&server.create_user("ada").await);
        server.edit(&path, json!([{ "op": "remove", "path": "title" }])).await.is(200);

        for entry in entries(&server, &[]).iter().filter(|it| it["method"] == "PATCH") {
            let diff = &entry["diff"];
            let empty = diff.is_null() || *diff == json!([]) || *diff == json!({}) || *diff == "";
            assert!(empty, "{entry}");
        }
    }
}

//! PUT replaces a resource (RFC 7644 §3.5.1).

use serde_json::{Value, json};

use crate::support::{
    Client, ENTERPRISE, TestServer, USER, at_group, at_user, group, user, values,
};

/// Creates a user with something in many places, and returns its address.
async fn subject(client: &Client) -> String {
    let mut body = user("bjensen");
    body["schemas"] = json!([USER, ENTERPRISE]);
    body["title"] = json!("Guide");
    body["externalId"] = json!("ext-1");
    body["name"] = json!({ "givenName": "Barbara", "familyName": "Jensen" });
    body["emails"] = json!([{ "value": "b@example.org", "type": "work" }]);
    body["active"] = json!(true);
    body[ENTERPRISE] = json!({ "department": "Field" });
    at_user(
        client.create("/scim/v2/Users", body).await["id"]
            .as_str()
            .unwrap(),
    )
}

/// Returns the smallest user with one more attribute.
fn user_with(attribute: &str, value: Value) -> Value {
    let mut body = user("bjensen");
    body[attribute] = value;
    body
}

on_each_database! {
    async fn a_put_replaces_the_resource(server: TestServer) { // K1 K3 K9 K10
        let path = subject(&server).await;
        let before = server.get(&path).await.is(200);

        let answer = server.put(&path, user_with("title", json!("Dr"))).await.is(200);

        assert_eq!(answer.body, server.read(&path).await);
        assert_eq!(answer.header("etag"), answer.version());
        assert_eq!(answer.body["title"], "Dr");
        for cleared in ["externalId", "name", "emails", ENTERPRISE] {
            assert!(answer.body.get(cleared).is_none_or(|it| *it == json!([])), "{cleared} in {}", answer.text);
        }
        assert_eq!(answer.body["schemas"], json!([USER]));
        assert_eq!(answer.body["meta"]["created"], before.body["meta"]["created"]);
        assert_ne!(answer.body["meta"]["lastModified"], before.body["meta"]["lastModified"]);
        assert_ne!(answer.version(), before.version());
        assert_eq!(server.users_where("emails.value eq \"b@example.org\"").await, [""; 0]);
    }

    async fn a_put_of_the_same_changes_nothing(server: TestServer) { // K3 M5
        let path = subject(&server).await;
        let once = server.put(&path, user_with("title", json!("Dr"))).await.is(200);

        let twice = server.put(&path, user_with("title", json!("Dr"))).await.is(200);
        let echoed = server.put(&path, once.body.clone()).await.is(200);

        assert_eq!(twice.body, once.body);
        assert_eq!(echoed.body, once.body);
        assert_eq!((server.read(&path).await, &once.body["title"]), (once.body.clone(), &json!("Dr")));
    }

    async fn read_only_values_are_ignored(server: TestServer) { // K2
        let path = subject(&server).await;
        let before = server.read(&path).await;
        let mut body = user_with("id", json!("mine"));
        body["meta"] = json!({ "created": "2001-01-01T00:00:00Z", "resourceType": "Group", "version": "W/\"0\"" });
        body["groups"] = json!([{ "value": "x" }]);

        let replaced = server.put(&path, body).await.is(200).body;

        assert_eq!(replaced["id"], before["id"]);
        assert_eq!(replaced["meta"]["created"], before["meta"]["created"]);
        assert_eq!(replaced["meta"]["resourceType"], "User");
        assert!(replaced.get("groups").is_none_or(|it| *it == json!([])), "{replaced}");
    }

    async fn null_and_empty_arrays_clear(server: TestServer) { // K4
        let path = subject(&server).await;
        let mut body = user_with("title", json!(null));
        body["emails"] = json!([]);
        body["name"] = json!({});

        let replaced = server.put(&path, body).await.is(200).body;

        for cleared in ["title", "emails", "name"] {
            assert!(replaced.get(cleared).is_none_or(|it| *it == json!([])), "{cleared} in {replaced}");
        }
    }

    async fn a_required_attribute_stays_required(server: TestServer) { // K6
        let path = subject(&server).await;
        let before = server.read(&path).await;

        server.put(&path, json!({ "schemas": [USER], "title": "x" })).await.refused_as(400, "invalidValue");
        server.put(&path, user_with("userName", json!(""))).await.refused_as(400, "invalidValue");
        let staff = at_group(&server.create_group("Staff", &[]).await);
        server.put(&staff, json!({ "members": [] })).await.refused_as(400, "invalidValue");

        assert_eq!(server.read(&path).await, before);
    }

    async fn a_put_never_creates(server: TestServer) { // K7
        let nobody = "00000000-0000-0000-0000-000000000000";
        server.put(&at_user(nobody), user("bjensen")).await.refused(404);
        server.put(&at_group(nobody), group("Staff", &[])).await.refused(404);
        assert_eq!(server.get("/scim/v2/Users").await.is(200).total(), 0);
        server.put("/scim/v2/Users", user("bjensen")).await.refused(405);
    }

    async fn ones_own_user_name_may_change_its_case(server: TestServer) { // K8
        let path = subject(&server).await;
        server.create_user("ada").await;

        assert_eq!(server.put(&path, user("BJensen")).await.is(200).body["userName"], "BJensen");
        server.put(&path, user("ADA")).await.refused_as(409, "uniqueness");
        assert_eq!(server.put(&path, user("babs")).await.is(200).body["userName"], "babs");
        server.create_user("bjensen").await;
    }

    async fn a_put_without_active_never_reactivates(server: TestServer) { // K3 L5
        let path = subject(&server).await;
        server.put(&path, user_with("active", json!(false))).await.is(200);

        let silent = server.put(&path, user_with("title", json!("Dr"))).await.is(200);
        assert_eq!(silent.body["active"], false);

        let spoken = server.put(&path, user_with("active", json!(true))).await.is(200);
        assert_eq!(spoken.body["active"], true);
    }

    async fn a_put_as_okta_sends_it_works(server: TestServer) { // K11 U10
        let path = subject(&server).await;
        let staff = server.create_group("Staff", &[path.rsplit('/').next().unwrap()]).await;
        let mut body = server.read(&path).await;
        body["groups"] = json!([]);
        body["password"] = json!("9k2mVq7T");
        body["title"] = json!("Shift Lead");

        let answer = server.put(&path, body).await.is(200);

        assert_eq!(answer.body["title"], "Shift Lead");
        assert!(!answer.text.contains("9k2mVq7T"), "{}", answer.text);
        assert_eq!(values(&server.read(&path).await["groups"]), [staff]);
    }

    async fn a_put_of_a_group_replaces_its_members(server: TestServer) { // K1 S4
        let (ada, bo) = (server.create_user("ada").await, server.create_user("bo").await);
        let path = at_group(&server.create_group("Staff", &[&ada]).await);

        let replaced = server.put(&path, group("Crew", &[&bo])).await.is(200).body;
        assert_eq!((&replaced["displayName"], values(&replaced["members"])), (&json!("Crew"), vec![bo]));
        assert_eq!(server.read(&path).await, replaced);

        let cleared = server.put(&path, json!({ "displayName": "Crew" })).await.is(200).body;
        assert_eq!(values(&cleared["members"]), [""; 0]);
    }

    async fn a_put_answers_with_what_was_asked_for(server: TestServer) { // D12
        let path = subject(&server).await;

        let only = server.put(&format!("{path}?attributes=title"), user_with("title", json!("Dr"))).await.is(200).body;

        assert_eq!(only["title"], "Dr");
        assert!(only.get("userName").is_none(), "{only}");
    }
}

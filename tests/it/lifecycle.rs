//! DELETE, and deactivation, which is not deletion (RFC 7644 §3.6).

use serde_json::json;

use crate::support::{TestServer, at_group, at_user, search, user, values};

on_each_database! {
    async fn a_deleted_user_is_gone(server: TestServer) { // L1 L2 U16
        let path = at_user(&server.create_user("ada").await);

        let answer = server.delete(&path).await.is(204);

        assert_eq!(answer.text, "");
        server.get(&path).await.refused(404);
        server.put(&path, user("ada")).await.refused(404);
        server.edit(&path, json!([{ "op": "add", "path": "title", "value": "x" }])).await.refused(404);
        server.delete(&path).await.refused(404);
    }

    async fn a_deleted_user_is_in_no_list(server: TestServer) { // L3
        let ada = server.create_user("ada").await;
        server.create_user("bo").await;
        server.delete(&at_user(&ada)).await.is(204);

        assert_eq!(server.get("/scim/v2/Users").await.is(200).total(), 1);
        assert_eq!(server.users_where("userName eq \"ada\"").await, [""; 0]);
        assert_eq!(server.users_where(&format!("id eq \"{ada}\"")).await, [""; 0]);
        assert_eq!(server.users_where("userName pr").await, ["bo"]);
        let found = server.post("/scim/v2/.search", search(json!({ "filter": format!("id eq \"{ada}\"") }))).await.is(200);
        assert_eq!(found.total(), 0);
    }

    async fn a_deleted_user_is_in_no_group(server: TestServer) { // L4 S15 M6
        let (ada, bo) = (server.create_user("ada").await, server.create_user("bo").await);
        let path = at_group(&server.create_group("Staff", &[&ada, &bo]).await);
        let before = server.get(&path).await.is(200);

        server.delete(&at_user(&ada)).await.is(204);

        let after = server.get(&path).await.is(200);
        assert_eq!(values(&after.body["members"]), [bo]);
        assert_ne!(after.version(), before.version());
        let found = server.find("/scim/v2/Groups", &format!("members.value eq \"{ada}\"")).await.is(200);
        assert_eq!(found.total(), 0);
    }

    async fn a_deleted_group_is_in_no_user(server: TestServer) { // S15
        let ada = server.create_user("ada").await;
        let staff = server.create_group("Staff", &[&ada]).await;
        assert_eq!(values(&server.read(&at_user(&ada)).await["groups"]), [staff.as_str()]);
        server.delete(&at_group(&staff)).await.is(204);

        assert_eq!(values(&server.read(&at_user(&ada)).await["groups"]), [""; 0]);
        assert_eq!(server.users_where(&format!("groups.value eq \"{staff}\"")).await, [""; 0]);
        server.create_group("Staff", &[]).await;
    }

    async fn a_deactivated_user_stays_and_keeps_its_groups(server: TestServer) { // L5 U5
        let ada = server.create_user("ada").await;
        let staff = at_group(&server.create_group("Staff", &[&ada]).await);
        let set_active = async |active: bool| {
            server.edit(&at_user(&ada), json!([{ "op": "replace", "path": "active", "value": active }])).await.is(200).body
        };

        assert_eq!(set_active(false).await["active"], false);
        assert_eq!(server.read(&at_user(&ada)).await["active"], false);
        assert_eq!(server.users_where("userName eq \"ada\"").await, ["ada"]);
        assert_eq!(server.users_where("active eq false").await, ["ada"]);
        assert_eq!(values(&server.read(&staff).await["members"]), [ada.as_str()]);
        server.post("/scim/v2/Users", user("ADA")).await.refused_as(409, "uniqueness");

        assert_eq!(set_active(true).await["active"], true);
        assert_eq!(server.users_where("active eq true").await, ["ada"]);
    }

    async fn active_is_not_invented(server: TestServer) { // C1 K3
        let path = at_user(&server.create_user("ada").await);

        assert!(server.read(&path).await.get("active").is_none());
        let edited = server.edit(&path, json!([{ "op": "add", "path": "title", "value": "Dr" }])).await.is(200).body;
        assert!(edited.get("active").is_none(), "{edited}");
    }

    async fn a_collection_cannot_be_deleted(server: TestServer) { // L6
        server.create_user("ada").await;
        for endpoint in ["/scim/v2/Users", "/scim/v2/Groups", "/scim/v2/Users/"] {
            server.delete(endpoint).await.refused(405);
        }
        assert_eq!(server.get("/scim/v2/Users").await.is(200).total(), 1);
    }

    async fn a_delete_may_have_a_body(server: TestServer) { // L7
        let (ada, bo) = (server.create_user("ada").await, server.create_user("bo").await);

        server.request("DELETE", &at_user(&ada), Some(json!({})), &[]).await.is(204);
        server.request("DELETE", &at_user(&bo), None, &[("content-type", "application/json")]).await.is(204);
    }

    async fn a_repeated_request_leaves_one_resource(server: TestServer) { // U16
        server.post("/scim/v2/Users", user("ada")).await.is(201);
        server.post("/scim/v2/Users", user("ada")).await.is(409);
        let path = at_user(server.get("/scim/v2/Users").await.resources()[0]["id"].as_str().unwrap());
        let off = json!([{ "op": "replace", "path": "active", "value": false }]);

        let once = server.edit(&path, off.clone()).await.is(200);
        let twice = server.edit(&path, off).await.is(200);

        assert_eq!(once.body, twice.body);
        server.delete(&path).await.is(204);
        server.delete(&path).await.is(404);
        assert_eq!(server.get("/scim/v2/Users").await.is(200).total(), 0);
    }
}

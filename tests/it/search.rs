//! POST to `.search` (RFC 7644 §3.4.3).

use serde_json::json;

use crate::support::{LIST_RESPONSE, SEARCH_REQUEST, TestServer, encode, search, strings};

on_each_database! {
    async fn a_search_is_a_list_request_with_a_body(server: TestServer) { // N1 N6
        server.create_users(&["ada", "bo", "cy", "dot"].map(str::to_owned)).await;
        let filter = "userName ne \"bo\"";

        let found = server.post("/scim/v2/Users/.search", search(json!({
            "filter": filter, "sortBy": "userName", "sortOrder": "descending", "startIndex": 2, "count": 1,
            "attributes": ["userName", "meta.location"],
        }))).await.is(200);

        let query = "sortBy=userName&sortOrder=descending&startIndex=2&count=1&attributes=userName,meta.location";
        let listed = server.get(&format!("/scim/v2/Users?filter={}&{query}", encode(filter))).await.is(200);
        assert_eq!(found.body, listed.body);
        assert_eq!(found.media_type(), "application/scim+json");
        assert_eq!(found.body["schemas"], json!([LIST_RESPONSE]));
        assert_eq!((found.total(), found.each("userName")), (3, vec![json!("cy")]));
        assert!(found.resources()[0]["meta"].get("created").is_none(), "{}", found.text);
    }

    async fn groups_are_searched_too(server: TestServer) { // N1
        let ada = server.create_user("ada").await;
        server.create_group("Staff", &[&ada]).await;

        let body = search(json!({ "filter": "displayName eq \"staff\"", "excludedAttributes": ["members"] }));
        let found = server.post("/scim/v2/Groups/.search", body).await.is(200);

        assert_eq!(found.each("displayName"), ["Staff"]);
        assert!(found.resources()[0].get("members").is_none(), "{}", found.text);
    }

    async fn the_root_searches_all_types(server: TestServer) { // N2
        server.create_user("ada").await;
        server.create_group("Staff", &[]).await;
        let types = async |parameters| {
            let found = server.post("/scim/v2/.search", search(parameters)).await.is(200);
            let types: Vec<_> = found.resources().iter().map(|it| it["meta"]["resourceType"].clone()).collect();
            assert_eq!(found.total(), types.len() as u64);
            strings(&types.into())
        };

        assert_eq!(types(json!({})).await, ["Group", "User"]);
        assert_eq!(types(json!({ "filter": "meta.resourceType eq \"Group\"" })).await, ["Group"]);
        assert_eq!(types(json!({ "filter": "userName eq \"ada\" or displayName eq \"Staff\"" })).await, ["Group", "User"]);
        assert_eq!(types(json!({ "filter": "nonesuch eq \"x\"" })).await, [""; 0]);
        let page = server.post("/scim/v2/.search", search(json!({ "count": 1 }))).await.is(200);
        assert_eq!((page.total(), page.resources().len()), (2, 1));
    }

    async fn the_root_itself_may_be_no_endpoint(server: TestServer) { // N3
        for root in ["/scim/v2", "/scim/v2/", "/scim/v2?filter=userName%20pr", "/", "/scim", "/v2/Users"] {
            let answer = server.get(root).await;
            assert!(answer.status < 500 || answer.status == 501, "{root}: {}", answer.status);
        }
    }

    async fn a_bad_search_is_refused(server: TestServer) { // N4
        let endpoint = "/scim/v2/Users/.search";

        server.post(endpoint, search(json!({ "filter": "userName eq" }))).await.refused_as(400, "invalidFilter");
        server.post(endpoint, search(json!({ "filter": 5 }))).await.refused(400);
        server.post(endpoint, search(json!({ "attributes": 5 }))).await.refused(400);
        server.post(endpoint, json!([])).await.refused(400);
        let strict = server.strict();
        strict.post(endpoint, json!({ "schemas": ["urn:example:other"], "filter": "userName pr" })).await.refused(400);
        strict.post(endpoint, json!({ "schemas": [SEARCH_REQUEST], "filter": "userName pr" })).await.is(200);
    }

    async fn a_search_creates_nothing(server: TestServer) { // N5
        let body = search(json!({ "userName": "ada" }));

        server.post("/scim/v2/Users/.search", body).await.is(200);

        assert_eq!(server.get("/scim/v2/Users").await.is(200).total(), 0);
        for method in ["GET", "PUT", "DELETE"] {
            let body = Some(search(json!({}))).filter(|_| method == "PUT");
            let answer = server.request(method, "/scim/v2/Users/.search", body, &[]).await;
            answer.one_of(&[404, 405]).is_scim_error();
        }
    }

    async fn a_search_with_a_trailing_slash_is_one(server: TestServer) { // R11
        server.create_user("ada").await;
        for endpoint in ["/scim/v2/Users/.search/", "/scim/v2/.search/"] {
            assert_eq!(server.post(endpoint, search(json!({}))).await.is(200).total(), 1);
        }
    }
}

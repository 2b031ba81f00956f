//! GET of one resource, and what of it is returned (RFC 7644 §3.4.1, §3.9, §3.10).

use serde_json::{Value, json};

use crate::support::{Client, ENTERPRISE, TestServer, USER, at_user, search, user};

/// Creates a user to look at from all sides, and returns its address.
async fn subject(client: &Client) -> String {
    let mut body = user("bjensen");
    body["schemas"] = json!([USER, ENTERPRISE]);
    body["name"] = json!({ "givenName": "Barbara", "familyName": "Jensen" });
    body["title"] = json!("Guide");
    body["displayName"] = json!("Babs");
    body["emails"] = json!([{ "value": "b@example.org", "type": "work" }, { "value": "h@example.org", "type": "home" }]);
    body[ENTERPRISE] = json!({ "department": "Field", "costCenter": "4130" });
    at_user(
        client.create("/scim/v2/Users", body).await["id"]
            .as_str()
            .unwrap(),
    )
}

/// Returns the names of a resource's members but for `id` and `schemas`, sorted.
#[track_caller]
fn beyond_the_minimum(resource: &Value) -> Vec<&str> {
    assert!(
        resource["id"].is_string() && resource["schemas"].is_array(),
        "{resource}"
    );
    let mut names: Vec<&str> = resource
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    names.retain(|it| *it != "id" && *it != "schemas");
    names.sort_unstable();
    names
}

on_each_database! {
    async fn a_resource_is_read_by_its_id(server: TestServer) { // D1
        let path = subject(&server).await;

        let answer = server.get(&path).await.is(200);

        assert_eq!(answer.media_type(), "application/scim+json");
        assert!(path.ends_with(answer.id()));
        assert_eq!(answer.body["meta"]["location"], format!("{}/Users/{}", server.tenant_url(), answer.id()));
        let content_location = answer.header("content-location");
        assert!(content_location.is_empty() || answer.body["meta"]["location"] == content_location);
        server.get(&path.to_uppercase().replace("/SCIM/V2/USERS/", "/scim/v2/Users/")).await.one_of(&[200, 404]);
    }

    async fn what_is_not_there_is_404(server: TestServer) { // D2
        let user = server.create_user("bjensen").await;
        let group = server.create_group("Staff", &[]).await;

        server.get("/scim/v2/Users/00000000-0000-0000-0000-000000000000").await.refused(404);
        server.get("/scim/v2/Users/nonesuch").await.refused(404);
        server.get(&format!("/scim/v2/Groups/{user}")).await.refused(404);
        server.get(&format!("/scim/v2/Users/{group}")).await.refused(404);
    }

    async fn odd_ids_are_refused(server: TestServer) { // D3
        let long = "x".repeat(3000);
        for odd in ["%00", "%2e%2e%2f", "..%2FUsers", "%zz", "%", "%FF%FE", "'", "%27%20or%201=1--", "😀", long.as_str()] {
            let answer = server.raw_request(&format!("GET /scim/v2/Users/{odd} HTTP/1.1"), b"");
            assert!((400..500).contains(&answer.status), "{odd}: {answer:?}");
        }
    }

    async fn attributes_select(server: TestServer) { // D4 D7 D8
        let path = subject(&server).await;
        let with = async |attributes: &str| server.read(&format!("{path}?attributes={attributes}")).await;

        assert_eq!(beyond_the_minimum(&with("userName").await), ["userName"]);
        assert_eq!(beyond_the_minimum(&with("title,displayName").await), ["displayName", "title"]);
        assert_eq!(beyond_the_minimum(&with("USERNAME").await), ["userName"]);
        assert_eq!(beyond_the_minimum(&with("meta").await), ["meta"]);
        assert_eq!(beyond_the_minimum(&with("id").await), [""; 0]);
        assert_eq!(beyond_the_minimum(&with("nonesuch").await), [""; 0]);
        assert_eq!(beyond_the_minimum(&with("nickName").await), [""; 0]);
    }

    async fn attributes_select_sub_attributes(server: TestServer) { // D5 D7
        let path = subject(&server).await;

        let read = server.read(&format!("{path}?attributes=name.givenName,emails.VALUE")).await;

        assert_eq!(beyond_the_minimum(&read), ["emails", "name"]);
        assert_eq!(read["name"], json!({ "givenName": "Barbara" }));
        assert_eq!(read["emails"], json!([{ "value": "b@example.org" }, { "value": "h@example.org" }]));
    }

    async fn attributes_select_by_urn(server: TestServer) { // D6 D7 T3
        let path = subject(&server).await;
        let with = async |attributes: &str| server.read(&format!("{path}?attributes={attributes}")).await;

        assert_eq!(beyond_the_minimum(&with(&format!("{USER}:userName")).await), ["userName"]);
        let department = with(&format!("{ENTERPRISE}:department")).await;
        assert_eq!(beyond_the_minimum(&department), [ENTERPRISE]);
        assert_eq!(department[ENTERPRISE], json!({ "department": "Field" }));
        let upper = with(&ENTERPRISE.to_uppercase()).await;
        assert_eq!(upper[ENTERPRISE], json!({ "department": "Field", "costCenter": "4130" }));
        assert_eq!(beyond_the_minimum(&upper), [ENTERPRISE]);
    }

    async fn excluded_attributes_leave_out(server: TestServer) { // D9 D10 E4
        let path = subject(&server).await;

        let read = server.read(&format!("{path}?excludedAttributes=id,schemas,TITLE,name.givenName,emails.type")).await;

        assert!(read["id"].is_string() && read["schemas"].is_array(), "{read}");
        assert!(read.get("title").is_none(), "{read}");
        assert_eq!(read["name"], json!({ "familyName": "Jensen" }));
        assert_eq!(read["emails"], json!([{ "value": "b@example.org" }, { "value": "h@example.org" }]));
        assert_eq!(read["userName"], "bjensen");
    }

    async fn excluded_attributes_leave_out_by_urn(server: TestServer) { // D6 D9
        let path = subject(&server).await;

        let some = server.read(&format!("{path}?excludedAttributes={ENTERPRISE}:department,{USER}:title")).await;
        let none = server.read(&format!("{path}?excludedAttributes={ENTERPRISE}")).await;

        assert_eq!(some[ENTERPRISE], json!({ "costCenter": "4130" }));
        assert!(some.get("title").is_none(), "{some}");
        assert!(none.get(ENTERPRISE).is_none(), "{none}");
    }

    async fn a_projection_holds_for_every_answer(server: TestServer) { // D12
        let path = subject(&server).await;
        let listed = server.read("/scim/v2/Users?attributes=title").await;
        let found = server.post("/scim/v2/Users/.search", search(json!({ "attributes": ["title"] }))).await.is(200).body;
        let mut replacement = user("bjensen");
        replacement["title"] = json!("Guide");
        let replaced = server.put(&format!("{path}?attributes=title"), replacement).await.is(200).body;
        let operations = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [
            { "op": "replace", "path": "displayName", "value": "B" },
        ] });
        let edited = server.patch(&format!("{path}?attributes=title"), operations).await.is(200).body;

        for resource in [&listed["Resources"][0], &found["Resources"][0], &replaced, &edited] {
            assert_eq!(beyond_the_minimum(resource), ["title"]);
            assert_eq!(resource["title"], "Guide");
        }
        let without = server.read("/scim/v2/Users?excludedAttributes=title").await;
        assert!(without["Resources"][0].get("title").is_none(), "{without}");
    }

    async fn both_parameters_at_once_have_a_defined_answer(server: TestServer) { // D13
        let path = subject(&server).await;

        let answer = server.get(&format!("{path}?attributes=title&excludedAttributes=displayName")).await;

        let answer = answer.one_of(&[200, 400]);
        assert!(answer.status == 400 || answer.body["title"] == "Guide", "{}", answer.text);
    }

    async fn sloppy_parameters_are_tolerated(server: TestServer) { // D14 D8
        let path = subject(&server).await;

        let blanks = server.read(&format!("{path}?attributes=title,%20displayName%20,")).await;
        assert_eq!(beyond_the_minimum(&blanks), ["displayName", "title"]);
        server.get(&format!("{path}?attributes=")).await.is(200);
        server.get(&format!("{path}?attributes")).await.is(200);
        server.get(&format!("{path}?attributes=title&attributes=displayName")).await.one_of(&[200, 400]);
        server.get(&format!("{path}?attributes=,,,")).await.is(200);
    }

    async fn schemas_name_the_extensions_in_use(server: TestServer) { // D15
        let path = subject(&server).await;
        let plain = server.create_user("plain").await;

        assert_eq!(server.read(&path).await["schemas"], json!([USER, ENTERPRISE]));
        assert_eq!(server.read(&at_user(&plain)).await["schemas"], json!([USER]));
    }
}

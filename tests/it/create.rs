//! POST creates a resource (RFC 7644 §3.3).

use serde_json::{Value, json};

use crate::support::{ENTERPRISE, TestServer, USER, at_user, user, values};

const USERS: &str = "/scim/v2/Users";

on_each_database! {
    async fn a_created_user_is_answered_with_its_address(server: TestServer) { // C1 C2 C5
        let answer = server.post(USERS, user("bjensen")).await.is(201);

        assert_eq!(answer.media_type(), "application/scim+json");
        assert_eq!(answer.body["userName"], "bjensen");
        assert_eq!(answer.body["schemas"], json!([USER]));
        let location = answer.header("location");
        assert_eq!(location, format!("{}/Users/{}", server.tenant_url(), answer.id()));
        assert_eq!(answer.body["meta"]["location"], location);
        assert_eq!(server.read(&at_user(answer.id())).await, answer.body);
        assert_eq!(answer.header("etag"), answer.version());
        assert!(answer.version().starts_with("W/\""), "{}", answer.version());
    }

    async fn the_server_makes_id_and_meta(server: TestServer) { // C3 C4 C6
        let mut body = user("bjensen");
        body["id"] = json!("mine");
        body["meta"] = json!({
            "resourceType": "Group", "created": "2001-01-01T00:00:00Z", "lastModified": "2001-01-01T00:00:00Z",
            "location": "https://example.test/mine", "version": "W/\"mine\"",
        });
        body["groups"] = json!([{ "value": "mine" }]);

        let created = server.create(USERS, body).await;

        let id = created["id"].as_str().unwrap();
        assert!(!id.is_empty() && id != "mine" && !id.contains("bulkId"), "{id}");
        assert_eq!(id, id.to_lowercase());
        let meta = &created["meta"];
        assert_eq!(meta["resourceType"], "User");
        assert_eq!(meta["created"], meta["lastModified"]);
        assert!(meta["created"].as_str().is_some_and(|it| it > "2026"), "{meta}");
        assert!(!meta.to_string().contains("mine"), "{meta}");
        assert!(created.get("groups").is_none_or(|it| *it == json!([])), "{created}");
    }

    async fn an_id_is_never_used_again(server: TestServer) { // C3 C20
        let first = server.create_user("bjensen").await;
        server.delete(&at_user(&first)).await.is(204);

        let second = server.create_user("bjensen").await;

        assert_ne!(first, second);
        server.get(&at_user(&first)).await.refused(404);
    }

    async fn a_user_name_is_taken_once(server: TestServer) { // C7 C8
        server.create_user("bjensen").await;

        for taken in ["bjensen", "BJENSEN", "bJensen"] {
            let again = server.post(USERS, user(taken)).await;
            again.refused_as(409, "uniqueness");
            assert!(again.body["detail"].as_str().is_some_and(|it| it.contains("userName")), "{}", again.text);
        }
        assert_eq!(server.get(USERS).await.is(200).total(), 1);
    }

    async fn case_is_folded_beyond_ascii(server: TestServer) { // C8 R13
        for (first, again) in [("ΣΊΣΥΦΟΣ", "σίσυφος"), ("ÅSA", "åsa"), ("ЖАННА", "жанна")] {
            server.create_user(first).await;
            server.post(USERS, user(again)).await.refused_as(409, "uniqueness");
        }
    }

    async fn composed_and_decomposed_names_are_the_same(server: TestServer) { // C9 R13
        server.create_user("ren\u{e9}").await;
        server.post(USERS, user("rene\u{301}")).await.refused_as(409, "uniqueness");
    }

    async fn full_width_and_ordinary_names_are_the_same(server: TestServer) { // C9 R13
        server.create_user("rene").await;
        server.post(USERS, user("ｒｅｎｅ")).await.refused_as(409, "uniqueness");
    }

    async fn a_user_needs_a_user_name(server: TestServer) { // C10
        let missing = json!({ "schemas": [USER], "displayName": "Nobody" });
        server.post(USERS, missing).await.refused_as(400, "invalidValue");
        for wrong in [json!(""), json!(null), json!(5), json!(true), json!({ "value": "x" })] {
            let mut body = user("x");
            body["userName"] = wrong;
            let answer = server.post(USERS, body).await;
            answer.refused_as(400, "invalidValue");
            assert!(answer.body["detail"].as_str().is_some_and(|it| it.contains("userName")), "{}", answer.text); // Q7
        }
    }

    async fn unknown_schemas_are_refused_by_the_strict_profile_alone(server: TestServer) { // C12
        let mut body = user("bjensen");
        body["schemas"] = json!([USER, "urn:example:unknown"]);

        server.strict().post(USERS, body.clone()).await.refused(400);
        let created = server.create(USERS, body).await;
        assert_eq!(created["schemas"], json!([USER]));
    }

    async fn missing_schemas_are_filled_in_or_refused(server: TestServer) { // C12
        for body in [json!({ "userName": "ada" }), json!({ "schemas": [], "userName": "bo" })] {
            let answer = server.post(USERS, body).await.one_of(&[201, 400]);
            assert!(answer.status == 400 || answer.body["schemas"] == json!([USER]), "{}", answer.text);
        }
    }

    async fn an_extension_that_schemas_forgets_is_not_lost(server: TestServer) { // C13
        let mut body = user("bjensen");
        body[ENTERPRISE] = json!({ "department": "Field" });

        let created = server.create(USERS, body).await;

        assert_eq!(created[ENTERPRISE]["department"], "Field");
        assert_eq!(created["schemas"], json!([USER, ENTERPRISE]));
    }

    async fn null_and_empty_arrays_are_absent(server: TestServer) { // C14
        let mut body = user("bjensen");
        body["title"] = json!(null);
        body["emails"] = json!([]);
        body["name"] = json!({ "givenName": null });
        body[ENTERPRISE] = json!(null);

        let created = server.create(USERS, body).await;

        for absent in ["title", "name", ENTERPRISE] {
            assert!(created.get(absent).is_none(), "{absent} in {created}");
        }
        assert_eq!(values(&created["emails"]), Vec::<String>::new());
        assert_eq!(server.users_where("not (title pr) and not (emails pr) and not (name pr)").await, ["bjensen"]);
    }

    async fn attribute_names_come_in_any_case(server: TestServer) { // C15
        let body = json!({
            "SCHEMAS": [USER], "USERNAME": "bjensen", "Name": { "GIVENNAME": "Barbara" },
            "eMails": [{ "VALUE": "b@example.org", "Type": "work" }],
        });

        let created = server.create(USERS, body).await;

        assert_eq!(created["userName"], "bjensen");
        assert_eq!(created["name"], json!({ "givenName": "Barbara" }));
        assert_eq!(created["emails"][0]["value"], "b@example.org");
        assert_eq!(created["emails"][0]["type"], "work");
        assert!(created.get("USERNAME").is_none() && created.get("eMails").is_none(), "{created}");
    }

    async fn the_order_of_members_does_not_matter(server: TestServer) { // C16
        let body = format!(
            r#"{{"{ENTERPRISE}":{{"department":"Field"}},"emails":[{{"primary":true,"value":"b@example.org"}}],
               "userName":"bjensen","schemas":["{ENTERPRISE}","{USER}"]}}"#
        );
        let headers = [("content-type", "application/scim+json")];

        let created = server.send_bytes("POST", USERS, body, &headers).await.is(201).body;

        assert_eq!(created["userName"], "bjensen");
        assert_eq!(created[ENTERPRISE]["department"], "Field");
    }

    async fn one_value_at_most_stays_primary(server: TestServer) { // C17
        let mut body = user("bjensen");
        body["emails"] = json!([
            { "value": "a@example.org", "primary": true }, { "value": "b@example.org", "primary": true },
        ]);

        let answer = server.post(USERS, body).await.one_of(&[201, 400]);

        if answer.status == 201 {
            let emails = answer.body["emails"].as_array().unwrap();
            assert_eq!(emails.len(), 2);
            assert_eq!(emails.iter().filter(|it| it["primary"] == true).count(), 1, "{}", answer.text);
        }
    }

    async fn the_same_value_is_not_returned_twice(server: TestServer) { // C18
        let mut body = user("bjensen");
        body["emails"] = json!([{ "value": "a@example.org", "type": "work" }, { "value": "a@example.org", "type": "work" }]);

        let answer = server.post(USERS, body).await.one_of(&[201, 400]);

        assert!(answer.status == 400 || values(&answer.body["emails"]) == ["a@example.org"], "{}", answer.text);
    }

    async fn a_create_answers_with_what_was_asked_for(server: TestServer) { // C21 D12
        let mut body = user("ada");
        body["title"] = json!("Dr");
        let only = server.post("/scim/v2/Users?attributes=title", body.clone()).await.is(201);
        assert_eq!(only.body["title"], "Dr");
        assert!(only.body.get("userName").is_none(), "{}", only.text);
        assert!(!only.id().is_empty());

        body["userName"] = json!("bo");
        let without = server.post("/scim/v2/Users?excludedAttributes=title", body).await.is(201);
        assert_eq!(without.body["userName"], "bo");
        assert!(without.body.get("title").is_none(), "{}", without.text);
    }

    async fn a_password_never_comes_back(server: TestServer) { // C22
        let mut body = user("bjensen");
        body["password"] = json!("9k2mVq7T-secret");

        let created = server.post(USERS, body.clone()).await.is(201);
        let again = server.post(USERS, body.clone()).await.is(409);
        body["userName"] = json!(7);
        let invalid = server.post(USERS, body).await.is(400);
        let read = server.get(&format!("{}?attributes=password,userName", at_user(created.id()))).await.is(200);

        for answer in [&created, &again, &invalid, &read] {
            assert!(!answer.text.contains("9k2mVq7T"), "{}", answer.text);
            assert!(answer.body.get("password").is_none(), "{}", answer.text);
        }
        assert!(!server.log().contains("9k2mVq7T"));
    }

    async fn a_create_can_depend_on_there_being_none(server: TestServer) { // issue 2, Versions: If-None-Match: *
        let unless_there = [("if-none-match", "*")];
        server.request("POST", USERS, Some(user("bjensen")), &unless_there).await.is(201);

        let again = server.request("POST", USERS, Some(user("bjensen")), &unless_there).await;

        again.one_of(&[409, 412]).is_scim_error();
    }

    async fn every_attribute_of_a_user_round_trips(server: TestServer) { // T1 C1 R4
        let manager = server.create_user("manager").await;
        let sent = full_user(&manager);

        let created = server.create(USERS, sent.clone()).await;

        let read = server.read(&at_user(created["id"].as_str().unwrap())).await;
        for (attribute, value) in sent.as_object().unwrap() {
            if attribute == ENTERPRISE {
                assert_eq!(read[ENTERPRISE]["manager"]["value"], manager);
                for (name, value) in value.as_object().unwrap().iter().filter(|(name, _)| *name != "manager") {
                    assert_eq!(&read[ENTERPRISE][name], value, "{name}");
                }
            } else {
                assert_eq!(&read[attribute], value, "{attribute}");
            }
        }
    }
}

/// Returns a user with a value in every attribute a client may write and read.
fn full_user(manager: &str) -> Value {
    json!({
        "schemas": [USER, ENTERPRISE],
        "externalId": "ext|0815/Ä",
        "userName": "bjensen@example.org",
        "name": {
            "formatted": "Ms. Barbara J Jensen, III", "familyName": "Jensen", "givenName": "Barbara",
            "middleName": "Jane", "honorificPrefix": "Ms.", "honorificSuffix": "III",
        },
        "displayName": "Babs 🐕 جنسن", "nickName": " Babs ", "profileUrl": "https://login.example.org/bjensen",
        "title": "Tour Guide", "userType": "Employee", "preferredLanguage": "en-US", "locale": "en-US",
        "timezone": "America/Los_Angeles", "active": true,
        "emails": [
            { "value": "bjensen@example.org", "display": "work mail", "type": "work", "primary": true },
            { "value": "babs@jensen.org", "type": "home" },
        ],
        "phoneNumbers": [{ "value": "+1 (555) 555-5555 ext. 7", "type": "work" }, { "value": "555-555-4444", "type": "mobile" }],
        "ims": [{ "value": "someaimhandle", "type": "aim" }],
        "photos": [{ "value": "https://photos.example.org/profilephoto/72930000000Ccne/F", "type": "photo" }],
        "addresses": [{
            "type": "work", "streetAddress": "100 Universal City Plaza\nRoom 3", "locality": "Hollywood", "region": "CA",
            "postalCode": "91608", "country": "US", "formatted": "100 Universal City Plaza\nHollywood, CA 91608 USA",
            "primary": true,
        }],
        "entitlements": [{ "value": "gold", "type": "plan" }],
        "roles": [{ "value": "operator", "display": "Operator", "type": "app", "primary": true }],
        "x509Certificates": [{ "value": "MIIDQzCCAqygAwIBAgICEAAwDQYJKoZIhvcNAQEFBQAw" }],
        ENTERPRISE: {
            "employeeNumber": "0701984", "costCenter": "4130", "organization": "Universal Studios",
            "division": "Theme Park", "department": "Tour Operations", "manager": { "value": manager },
        },
    })
}

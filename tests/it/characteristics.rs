//! Attribute characteristics on the core schemas (RFC 7643 §2, §7).
//!
//! The types and characteristics that no core attribute has are shown on the Device of
//! `extensions.rs`.

use serde_json::{Value, json};

use crate::support::{Client, ENTERPRISE, TestServer, USER, at_user, user};

const USERS: &str = "/scim/v2/Users";

/// Returns a user with one more attribute.
fn user_with(user_name: &str, attribute: &str, value: Value) -> Value {
    let mut body = user(user_name);
    body[attribute] = value;
    body
}

async fn replace(
    client: &Client,
    path: &str,
    attribute: &str,
    value: Value,
) -> crate::support::Answer {
    client
        .edit(
            path,
            json!([{ "op": "replace", "path": attribute, "value": value }]),
        )
        .await
}

on_each_database! {
    async fn read_only_attributes_ignore_writes(server: TestServer) { // E1 C6 J45 K2
        let strict = server.strict();
        let group = server.create_group("Staff", &[]).await;
        let created = server.create(USERS, user_with("ada", "groups", json!([{ "value": group }]))).await;
        let path = at_user(created["id"].as_str().unwrap());

        let mut replacement = user_with("ada", "groups", json!([{ "value": group }]));
        replacement["id"] = json!("mine");
        replacement["meta"] = json!({ "created": "2001-01-01T00:00:00Z" });
        server.put(&path, replacement).await.is(200);
        replace(&strict, &path, "groups", json!([{ "value": group }])).await.refused_as(400, "mutability");
        replace(&strict, &path, "id", json!("mine")).await.refused_as(400, "mutability");
        replace(&strict, &path, "meta.created", json!("2001-01-01T00:00:00Z")).await.refused_as(400, "mutability");

        let read = server.read(&path).await;
        assert_eq!(read["id"], created["id"]);
        assert_eq!(read["meta"]["created"], created["meta"]["created"]);
        assert!(read.get("groups").is_none_or(|it| *it == json!([])), "{read}");
        assert!(server.read(&format!("/scim/v2/Groups/{group}")).await.get("members").is_none_or(|it| *it == json!([])));
    }

    async fn a_password_cannot_be_searched_for(server: TestServer) { // E3 F25
        server.create(USERS, user_with("ada", "password", json!("9k2mVq7T"))).await;

        for filter in ["password%20eq%20%229k2mVq7T%22", "password%20sw%20%229%22", "password%20pr"] {
            let answer = server.get(&format!("{USERS}?filter={filter}")).await.one_of(&[200, 400, 403]);
            assert!(answer.status != 200 || answer.total() == 0, "{}", answer.text);
        }
        let sorted = server.get(&format!("{USERS}?sortBy=password")).await.one_of(&[200, 400]);
        assert!(!sorted.text.contains("9k2mVq7T"), "{}", sorted.text);
        assert_eq!(server.users_where("userName pr").await, ["ada"]);
    }

    async fn a_unique_name_stays_unique_by_every_verb(server: TestServer) { // E6 J44 K8
        server.create_user("ada").await;
        let bo = at_user(&server.create_user("bo").await);

        server.post(USERS, user("ADA")).await.refused_as(409, "uniqueness");
        server.put(&bo, user("Ada")).await.refused_as(409, "uniqueness");
        replace(&server, &bo, "userName", json!("aDA")).await.refused_as(409, "uniqueness");
        server.edit(&bo, json!([{ "op": "replace", "value": { "userName": "ada" } }])).await.refused_as(409, "uniqueness");
        assert_eq!(server.read(&bo).await["userName"], "bo");
    }

    async fn an_external_id_is_case_exact_and_not_unique(server: TestServer) { // E7 F20
        server.create(USERS, user_with("ada", "externalId", json!("Ext-1"))).await;
        server.create(USERS, user_with("bo", "externalId", json!("ext-1"))).await;
        server.create(USERS, user_with("cy", "externalId", json!("ext-1"))).await;

        assert_eq!(server.users_where("externalId eq \"Ext-1\"").await, ["ada"]);
        assert_eq!(server.users_where("externalId eq \"ext-1\"").await, ["bo", "cy"]);
        assert_eq!(server.users_where("externalId sw \"EXT\"").await, [""; 0]);
    }

    async fn a_user_name_keeps_its_case_and_is_found_in_any(server: TestServer) { // E8
        let id = server.create_user("BJensen@Example.ORG").await;

        assert_eq!(server.users_where("userName eq \"bjensen@example.org\"").await, ["BJensen@Example.ORG"]);
        assert_eq!(server.read(&at_user(&id)).await["userName"], "BJensen@Example.ORG");
    }

    async fn a_boolean_is_true_or_false(server: TestServer) { // E9 J43
        for (n, wrong) in [json!(1), json!(0), json!("yes"), json!([true]), json!({})].into_iter().enumerate() {
            let answer = server.post(USERS, user_with(&format!("user{n}"), "active", wrong)).await;
            answer.refused_as(400, "invalidValue");
            assert!(answer.body["detail"].as_str().is_some_and(|it| it.contains("active")), "{}", answer.text); // Q7
        }
        let strict = server.strict();
        strict.post(USERS, user_with("ada", "active", json!("true"))).await.refused_as(400, "invalidValue");
        let id = strict.create_user("ada").await;
        replace(&strict, &at_user(&id), "active", json!("False")).await.refused_as(400, "invalidValue");
    }

    async fn strings_and_objects_are_not_taken_for_one_another(server: TestServer) { // J43 Q2
        let strict = server.strict();
        for (n, (attribute, wrong)) in [
            ("displayName", json!(5)),
            ("displayName", json!({ "a": 1 })),
            ("displayName", json!(["x"])),
            ("name", json!("Barbara")),
            ("name", json!({ "givenName": 5 })),
            ("emails", json!("b@example.org")),
            ("emails", json!([5])),
            ("emails", json!([{ "value": true }])),
            (ENTERPRISE, json!("x")),
            (ENTERPRISE, json!({ "department": {} })),
        ].into_iter().enumerate() {
            strict.post(USERS, user_with(&format!("user{n}"), attribute, wrong)).await.refused_as(400, "invalidValue");
        }
        assert_eq!(server.get(USERS).await.is(200).total(), 0);
    }

    async fn a_binary_is_base64(server: TestServer) { // E13
        let certificate = |value: &str| json!([{ "value": value }]);
        for (n, fine) in ["aGVsbG8=", "aGVsbG8"].into_iter().enumerate() {
            let created = server.create(USERS, user_with(&format!("user{n}"), "x509Certificates", certificate(fine))).await;
            assert_eq!(created["x509Certificates"][0]["value"], fine);
        }
        let wrong = user_with("ada", "x509Certificates", certificate("not base64!"));
        server.strict().post(USERS, wrong).await.refused_as(400, "invalidValue");
    }

    async fn references_may_be_relative(server: TestServer) { // E14
        for (n, reference) in ["GFHXQWERTZ", "https://example.org/a?b#c", "../x"].into_iter().enumerate() {
            let created = server.create(USERS, user_with(&format!("user{n}"), "profileUrl", json!(reference))).await;
            let read = server.read(&at_user(created["id"].as_str().unwrap())).await;
            assert_eq!(read["profileUrl"], reference);
        }
    }

    async fn canonical_values_are_suggestions(server: TestServer) { // E15
        let emails = json!([{ "value": "b@example.org", "type": "carrier-pigeon" }]);
        let created = server.create(USERS, user_with("ada", "emails", emails.clone())).await;

        assert_eq!(server.read(&at_user(created["id"].as_str().unwrap())).await["emails"], emails);
    }

    async fn a_country_may_be_written_out(server: TestServer) { // E18
        let addresses = json!([{ "type": "work", "country": "Sierra Leone" }]);
        let created = server.create(USERS, user_with("ada", "addresses", addresses.clone())).await;

        assert_eq!(server.read(&at_user(created["id"].as_str().unwrap())).await["addresses"], addresses);
    }

    async fn unknown_attributes_are_dropped(server: TestServer) { // E19
        let created = server.create(USERS, user_with("ada", "favouriteColour", json!("green"))).await;
        let path = at_user(created["id"].as_str().unwrap());
        let replaced = server.put(&path, user_with("ada", "favouriteColour", json!("green"))).await.is(200);
        let edited = server.edit(&path, json!([{ "op": "add", "value": { "favouriteColour": "green" } }])).await.is(200);
        let sub = server.put(&path, user_with("ada", "name", json!({ "givenName": "Ada", "colour": "green" }))).await.is(200);

        for answer in [&replaced, &edited, &sub] {
            assert!(!answer.text.contains("green"), "{}", answer.text);
        }
        assert_eq!(sub.body["name"], json!({ "givenName": "Ada" }));
        assert!(!created.to_string().contains("green"), "{created}");
    }

    async fn the_strict_profile_refuses_unknown_attributes(server: TestServer) { // E19
        let strict = server.strict();
        let unknown = user_with("ada", "favouriteColour", json!("green"));
        let either = ["invalidSyntax", "invalidValue"];
        let path = at_user(&strict.create_user("ada").await);

        let mut other = unknown.clone();
        other["userName"] = json!("bo");
        let posted = strict.post(USERS, other).await;
        posted.refused_as_one_of(400, &either);
        assert!(posted.body["detail"].as_str().is_some_and(|it| it.contains("favouriteColour")), "{}", posted.text); // Q7
        strict.put(&path, unknown).await.refused_as_one_of(400, &either);
        strict.edit(&path, json!([{ "op": "add", "value": { "favouriteColour": "green" } }])).await.refused(400);
        strict.edit(&path, json!([{ "op": "add", "path": "favouriteColour", "value": "green" }])).await.refused(400);
        strict.post(USERS, user_with("cy", "name", json!({ "colour": "x" }))).await.refused_as_one_of(400, &either);
    }

    async fn a_managers_name_is_not_the_clients_to_say(server: TestServer) { // T2
        let boss = server.create(USERS, user_with("boss", "displayName", json!("The Boss"))).await;
        let forged = json!({ "manager": { "value": boss["id"], "displayName": "Forged" } });

        let created = server.create(USERS, user_with("ada", ENTERPRISE, forged.clone())).await;
        let path = at_user(created["id"].as_str().unwrap());
        let replaced = server.put(&path, user_with("ada", ENTERPRISE, forged)).await.is(200).body;

        for user in [created, replaced] {
            assert_eq!(user[ENTERPRISE]["manager"]["value"], boss["id"]);
            assert!(user[ENTERPRISE]["manager"].get("displayName").is_none_or(|it| it == "The Boss"), "{user}");
        }
        let name = format!("{ENTERPRISE}:manager.displayName");
        replace(&server.strict(), &path, &name, json!("Forged")).await.refused_as(400, "mutability");
    }

    async fn core_attributes_belong_to_their_schema(server: TestServer) { // T4
        let created = server.create(USERS, user_with("ada", "department", json!("Field"))).await;

        assert!(created.get("department").is_none() && created.get(ENTERPRISE).is_none(), "{created}");
        assert_eq!(created["schemas"], json!([USER]));
    }
}

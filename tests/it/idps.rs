//! What identity providers are documented to send beyond the recorded flows, to a token
//! with that provider's profile and to one with `auto`.

use serde_json::{Value, json};

use crate::support::{
    Answer, Client, ENTERPRISE, GROUP, TestServer, USER, at_group, at_user, group, user, values,
};

const USERS: &str = "/scim/v2/Users";

/// Returns a client for the provider's own profile, and one for `auto`.
fn both(server: &TestServer, idp: &str) -> [Client; 2] {
    [server.as_profile(idp), Client::clone(server)]
}

/// Returns a user with these attributes.
fn user_with(user_name: &str, attributes: Value) -> Value {
    let mut body = user(user_name);
    for (name, value) in attributes.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

/// Creates a user, and returns its address.
async fn create(client: &Client, body: Value) -> String {
    at_user(client.create(USERS, body).await["id"].as_str().unwrap())
}

async fn edited(client: &Client, path: &str, operations: Value) -> Value {
    client.edit(path, operations).await.one_of(&[200, 204]);
    client.read(path).await
}

fn manager(user: &Value) -> &Value {
    &user[ENTERPRISE]["manager"]
}

on_each_database! {
    async fn entra_creates_with_string_booleans(server: TestServer) { // U2 U8
        for (n, client) in both(&server, "entra").iter().enumerate() {
            let boss = client.create_user(&format!("boss{n}")).await;
            let created = client.create(USERS, json!({
                "schemas": [USER, ENTERPRISE], "externalId": format!("oid{n}"), "userName": format!("ilse{n}@umbra.test"), "active": "True",
                "emails": [{ "primary": "true", "type": "work", "value": "ilse@umbra.test" }],
                "roles": [{ "primary": "True", "display": "Operator", "value": "operator", "type": "WindowsAzureActiveDirectoryRole" }],
                "phoneNumbers": [
                    { "type": "work", "value": "1" }, { "type": "mobile", "value": "2" }, { "type": "fax", "value": "3" },
                ],
                "meta": { "resourceType": "User" },
                ENTERPRISE: { "employeeNumber": "E1", "manager": { "value": boss } },
            })).await;

            assert_eq!(created["active"], true);
            assert_eq!(created["roles"][0]["primary"], true);
            assert_eq!(created["emails"][0]["primary"], true);
            assert_eq!(values(&created["phoneNumbers"]), ["1", "2", "3"]);
            assert_eq!(manager(&created)["value"], json!(boss));
        }
    }

    async fn entra_disables_with_strings_in_any_case(server: TestServer) { // U3 U5 J29
        for (n, client) in both(&server, "entra").iter().enumerate() {
            let path = create(client, user_with(&format!("ilse{n}"), json!({ "active": true }))).await;
            for (value, active) in [
                (json!("False"), false), (json!("True"), true), (json!("FALSE"), false), (json!("true"), true), (json!("false"), false), (json!(true), true),
            ] {
                let read = edited(client, &path, json!([{ "op": "Replace", "path": "active", "value": value }])).await;
                assert_eq!(read["active"], active, "{value}");
            }
            let read = edited(client, &path, json!([{ "op": "Replace", "value": { "active": "False" } }])).await;
            assert_eq!(read["active"], false);
            client.delete(&path).await.is(204);
            client.delete(&path).await.refused(404);
        }
    }

    async fn entra_filters_with_string_booleans(server: TestServer) { // J17
        for (n, client) in both(&server, "entra").iter().enumerate() {
            let (on, off) = (format!("on{n}"), format!("off{n}"));
            create(client, user_with(&on, json!({ "active": true }))).await;
            create(client, user_with(&off, json!({ "active": false }))).await;

            let among = |filter: &str| format!("userName ew \"{n}\" and {filter}");
            assert_eq!(client.users_where(&among("active eq \"True\"")).await, [on]);
            assert_eq!(client.users_where(&among("active eq \"false\"")).await, [off]);
        }
    }

    async fn entra_sets_and_clears_a_manager_in_every_shape(server: TestServer) { // J49 U3
        for (n, client) in both(&server, "entra").iter().enumerate() {
            let boss = client.create_user(&format!("boss{n}")).await;
            let path = create(client, user(&format!("ilse{n}"))).await;
            let at = format!("{ENTERPRISE}:manager");
            for set in [json!(boss), json!({ "value": boss }), json!([{ "value": boss }])] {
                let read = edited(client, &path, json!([{ "op": "Add", "path": at, "value": set }])).await;
                assert_eq!(manager(&read)["value"], json!(boss), "{set}");
                for clear in [
                    json!({ "op": "Replace", "path": at, "value": { "value": "" } }), json!({ "op": "Replace", "path": at, "value": "" }),
                    json!({ "op": "Replace", "path": at, "value": null }), json!({ "op": "Remove", "path": at }),
                    json!({ "op": "Replace", "path": at, "value": [] }),
                ] {
                    edited(client, &path, json!([{ "op": "Replace", "path": at, "value": set }])).await;
                    let read = edited(client, &path, json!([clear])).await;
                    assert!(manager(&read).is_null(), "{clear}: {read}");
                    assert_eq!(read["schemas"], json!([USER]));
                }
            }
        }
    }

    async fn entra_updates_in_its_newer_form(server: TestServer) { // U4 J26
        for (n, client) in both(&server, "entra").iter().enumerate() {
            let path = create(client, user_with(&format!("ilse{n}"), json!({ "emails": [{ "type": "work", "value": "old@umbra.test" }] }))).await;

            let read = edited(client, &path, json!([
                { "op": "replace", "path": "emails[type eq \"work\"].value", "value": "new@umbra.test" },
                { "op": "add", "value": { "name.givenName": "Ilse", "name.familyName": "Varga", "displayName": "Ilse V",
                    format!("{ENTERPRISE}:department"): "Field" } },
                { "op": "replace", "value": { "active": false } },
            ])).await;

            assert_eq!(read["emails"], json!([{ "type": "work", "value": "new@umbra.test" }]));
            assert_eq!(read["name"], json!({ "givenName": "Ilse", "familyName": "Varga" }));
            assert_eq!((&read[ENTERPRISE]["department"], &read["active"]), (&json!("Field"), &json!(false)));
        }
    }

    async fn entra_replaces_through_a_path_to_nothing(server: TestServer) { // U3 J15
        for (n, client) in both(&server, "entra").iter().enumerate() {
            let path = create(client, user(&format!("ilse{n}"))).await;

            let read = edited(client, &path, json!([
                { "op": "Replace", "path": "emails[type eq \"work\"].value", "value": "ilse@umbra.test" },
                { "op": "Replace", "path": "emails[type eq \"work\"].primary", "value": "True" },
            ])).await;

            assert_eq!(read["emails"], json!([{ "type": "work", "value": "ilse@umbra.test", "primary": true }]));
        }
    }

    async fn entra_names_schemas_nobody_knows(server: TestServer) { // U6
        for (n, client) in both(&server, "entra").iter().enumerate() {
            let body = json!({
                "schemas": [GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
                "externalId": format!("oid{n}"), "displayName": format!("Operators {n}"), "members": null,
            });
            let created = client.create("/scim/v2/Groups", body).await;

            assert_eq!(created["schemas"], json!([GROUP]));
            let filter = format!("externalId eq \"oid{n}\"");
            assert_eq!(client.find("/scim/v2/Groups", &filter).await.is(200).total(), 1);
        }
    }

    async fn okta_renames_with_the_id_in_the_value(server: TestServer) { // U12 J27
        for (n, client) in both(&server, "okta").iter().enumerate() {
            let ada = client.create_user(&format!("ada{n}")).await;
            let id = client.create_group(&format!("Staff {n}"), &[&ada]).await;

            let rename = json!([{ "op": "replace", "value": { "id": id, "displayName": format!("Crew {n}") } }]);
            let read = edited(client, &at_group(&id), rename).await;

            assert_eq!((&read["id"], &read["displayName"]), (&json!(id), &json!(format!("Crew {n}"))));
            assert_eq!(values(&read["members"]), [ada]);
        }
    }

    async fn okta_imports_what_changed(server: TestServer) { // U11
        for (n, client) in both(&server, "okta").iter().enumerate() {
            client.create_user(&format!("saskia{n}")).await;
            let changed = "meta.lastModified gt \"2011-05-13T04:42:34Z\"";
            assert_eq!(client.users_where(changed).await.len(), n + 1);
            assert_eq!(client.users_where("meta.lastModified gt \"2999-01-01T00:00:00Z\"").await, [""; 0]);
        }
    }

    async fn okta_links_a_user_that_exists(server: TestServer) { // U13 U10
        for (n, client) in both(&server, "okta").iter().enumerate() {
            let name = format!("saskia{n}@umbra.test");
            let path = create(client, user(&name)).await;

            client.post(USERS, user(&name)).await.refused_as(409, "uniqueness");
            let found = client.find(USERS, &format!("userName eq \"{name}\"")).await.is(200);
            assert_eq!(found.total(), 1);
            assert!(path.ends_with(found.resources()[0]["id"].as_str().unwrap()));
            let read = edited(client, &path, json!([{ "op": "replace", "value": { "active": false } }])).await;
            assert_eq!(read["active"], false);
        }
    }

    async fn onelogin_sends_empty_strings_where_it_has_nothing(server: TestServer) { // U15
        for (n, client) in both(&server, "onelogin").iter().enumerate() {
            let body = user_with(&format!("dagny{n}"), json!({
                "title": "", ENTERPRISE: { "department": "Planning", "manager": { "value": "", "displayName": " " } },
            }));
            let created = client.post("/scim/v2/Users?", body).await.is(201).body;

            assert_eq!(created[ENTERPRISE]["department"], "Planning");
            assert!(manager(&created).get("value").is_none(), "{created}");
            assert!(created.get("title").is_none_or(|it| it == ""), "{created}");
            assert_eq!(client.get(&format!("/scim/v2/Users?filter=userName+eq+%22dagny{n}%22&")).await.is(200).total(), 1);
        }
    }

    async fn old_schema_urns_are_understood_or_ignored(server: TestServer) { // U15
        for (n, (idp, urn)) in [("onelogin", "urn:scim:schemas:core:2.0"), ("google", "urn:scim:schemas:core:1.0")].into_iter().enumerate() {
            for (m, client) in both(&server, idp).iter().enumerate() {
                let body = json!({ "schemas": [urn, USER], "userName": format!("renske{n}{m}") });
                assert_eq!(client.create(USERS, body).await["schemas"], json!([USER]));
            }
        }
    }

    async fn keycloak_sends_emails_without_a_type(server: TestServer) { // U14
        for (n, client) in both(&server, "keycloak").iter().enumerate() {
            let body = user_with(&format!("lieke{n}"), json!({ "emails": [{ "value": "l@umbra.test" }], "roles": [] }));
            let path = create(client, body).await;
            assert_eq!(client.read(&path).await["emails"], json!([{ "value": "l@umbra.test" }]));

            let read = edited(client, &path, json!([{ "op": "replace", "value": { "active": "false" } }])).await;
            assert_eq!(read["active"], false);
        }
    }

    async fn auth0_patches_with_a_whole_user(server: TestServer) { // U15
        for (n, client) in both(&server, "auth0").iter().enumerate() {
            let whole = user_with(&format!("ottilie{n}"), json!({
                "externalId": format!("auth0|{n}"), "active": true, "emails": [{ "value": "o@umbra.test", "type": "work", "primary": true }],
            }));
            let path = create(client, whole.clone()).await;

            let read = edited(client, &path, json!([{ "op": "replace", "value": whole }])).await;

            assert_eq!(read, client.read(&path).await);
            assert_eq!(read["emails"].as_array().unwrap().len(), 1);
            assert_eq!(client.users_where(&format!("externalId eq \"auth0|{n}\"")).await.len(), 1);
        }
    }

    async fn a_lone_object_is_taken_for_an_array_of_one(server: TestServer) { // issue 2, section 3
        let created = server.create(USERS, user_with("ada", json!({ "emails": { "value": "a@umbra.test", "type": "work" } }))).await;
        assert_eq!(created["emails"], json!([{ "value": "a@umbra.test", "type": "work" }]));

        let boss = server.create_user("boss").await;
        let created = server.create(USERS, user_with("bo", json!({ ENTERPRISE: { "manager": boss } }))).await;
        assert_eq!(manager(&created)["value"], json!(boss));
    }

    async fn the_strict_profile_forgives_nothing(server: TestServer) { // issue 2, section 3
        let strict = server.strict();
        let refused = |answer: Answer| answer.refused(400);

        refused(strict.post(USERS, user_with("ada", json!({ "active": "True" }))).await);
        refused(strict.post(USERS, user_with("ada", json!({ "emails": { "value": "a@umbra.test" } }))).await);
        refused(strict.post(USERS, user_with("ada", json!({ ENTERPRISE: { "manager": "boss" } }))).await);
        refused(strict.post(USERS, user_with("ada", json!({ "favouriteColour": "green" }))).await);
        refused(strict.get("/scim/v2/Users?aadOptscim062020").await);
        assert_eq!(strict.get(USERS).await.is(200).total(), 0);
    }

    async fn values_are_stored_as_they_were_sent(server: TestServer) { // U2 U7
        let sent = json!({
            "name": { "familyName": " Holm " }, "phoneNumbers": [{ "type": "work", "value": "+31 (0)6-5555 0118" }],
            "externalId": "ext|ID", "locale": "en_us", "timezone": "nowhere", "emails": [{ "value": "Not An Address" }],
        });
        let path = create(&server, user_with("Dagny@Umbra.TEST", sent.clone())).await;

        let read = server.read(&path).await;
        for (name, value) in sent.as_object().unwrap() {
            assert_eq!(&read[name], value, "{name}");
        }
        assert_eq!(read["userName"], "Dagny@Umbra.TEST");
    }

    async fn a_group_is_pushed_before_its_members_are_known(server: TestServer) { // U6 U12
        let created = server.create("/scim/v2/Groups", group("Staff", &[])).await;
        let path = at_group(created["id"].as_str().unwrap());
        let ada = server.create_user("ada").await;
        let add = json!([{ "op": "Add", "path": "members", "value": [{ "$ref": null, "value": ada, "display": "someone" }] }]);

        let read = edited(&server, &path, add).await;

        assert_eq!(values(&read["members"]), [ada]);
    }
}

//! PATCH of multi-valued attributes and through value paths (RFC 7644 §3.5.2).

use serde_json::{Value, json};

use crate::support::{Client, TestServer, at_user, user, values};

/// Creates a user with these e-mail addresses, and returns its address.
async fn with_emails(client: &Client, emails: Value) -> String {
    let mut body = user("bjensen");
    body["emails"] = emails;
    at_user(
        client.create("/scim/v2/Users", body).await["id"]
            .as_str()
            .unwrap(),
    )
}

/// A work and a home address, the first of them primary.
fn two() -> Value {
    json!([
        { "value": "work@example.org", "type": "work", "primary": true },
        { "value": "home@example.org", "type": "home" },
    ])
}

/// Applies operations that must be accepted, and returns the resource as a GET shows it.
async fn edited(client: &Client, path: &str, operations: Value) -> Value {
    client.edit(path, operations).await.is(200);
    client.read(path).await
}

/// Returns the values of the elements that are primary.
#[track_caller]
fn primary(multi_valued: &Value) -> Vec<&str> {
    let elements = multi_valued.as_array().expect("an array");
    elements
        .iter()
        .filter(|it| it["primary"] == true)
        .map(|it| it["value"].as_str().unwrap())
        .collect()
}

/// Returns the one element with this type.
#[track_caller]
fn typed<'a>(multi_valued: &'a Value, kind: &str) -> &'a Value {
    let mut found = multi_valued
        .as_array()
        .expect("an array")
        .iter()
        .filter(|it| it["type"] == kind);
    let element = found
        .next()
        .unwrap_or_else(|| panic!("no {kind} in {multi_valued}"));
    assert!(found.next().is_none(), "two of {kind} in {multi_valued}");
    element
}

on_each_database! {
    async fn add_appends(server: TestServer) { // J10
        let path = with_emails(&server, two()).await;

        let read = edited(&server, &path, json!([
            { "op": "add", "path": "emails", "value": [{ "value": "c@example.org" }, { "value": "d@example.org" }] },
            { "op": "add", "path": "emails", "value": { "value": "e@example.org", "type": "other" } },
            { "op": "add", "path": "phoneNumbers", "value": { "value": "1" } },
        ])).await;

        let expected = ["c@example.org", "d@example.org", "e@example.org", "home@example.org", "work@example.org"];
        assert_eq!(values(&read["emails"]), expected);
        assert_eq!(read["phoneNumbers"], json!([{ "value": "1" }]));
    }

    async fn adding_what_is_there_changes_nothing(server: TestServer) { // J11 J47 M5
        let path = with_emails(&server, two()).await;
        let before = server.read(&path).await;
        assert_eq!(before["emails"], two());
        for nothing_new in [
            json!([{ "op": "add", "path": "emails", "value": [{ "value": "home@example.org", "type": "home" }] }]),
            json!([{ "op": "add", "path": "emails", "value": two() }]),
            json!([{ "op": "add", "value": { "emails": [{ "value": "home@example.org", "type": "home" }] } }]),
            json!([{ "op": "add", "path": "userName", "value": "bjensen" }]),
            json!([{ "op": "replace", "path": "emails[type eq \"home\"].value", "value": "home@example.org" }]),
            json!([{ "op": "remove", "path": "emails[type eq \"home\"].display" }]),
        ] {
            server.edit(&path, nothing_new.clone()).await.one_of(&[200, 204]);
            assert_eq!(server.read(&path).await, before, "{nothing_new}");
        }
    }

    async fn replace_replaces_all_values(server: TestServer) { // J21
        let path = with_emails(&server, two()).await;

        let read = edited(&server, &path, json!([{ "op": "replace", "path": "emails", "value": [{ "value": "c@example.org" }] }])).await;

        assert_eq!(read["emails"], json!([{ "value": "c@example.org" }]));
    }

    async fn a_value_path_with_a_sub_attribute_changes_each_match(server: TestServer) { // J14 J23 J41
        let path = with_emails(&server, json!([
            { "value": "a@example.org", "type": "work" }, { "value": "b@example.org", "type": "work" },
            { "value": "c@example.org", "type": "home" },
        ])).await;

        let read = edited(&server, &path, json!([
            { "op": "replace", "path": "emails[type eq \"WORK\"].display", "value": "at work" },
            { "op": "add", "path": "EMAILS[Type EQ \"home\" AND value sw \"c\"].DISPLAY", "value": "at home" },
        ])).await;

        let displays: Vec<&Value> = read["emails"].as_array().unwrap().iter().map(|it| &it["display"]).collect();
        assert_eq!(displays, ["at work", "at work", "at home"]);
        assert_eq!(values(&read["emails"]), ["a@example.org", "b@example.org", "c@example.org"]);
    }

    async fn a_value_path_alone_replaces_the_element(server: TestServer) { // J22
        let path = with_emails(&server, two()).await;

        let read = edited(&server, &path, json!([
            { "op": "replace", "path": "emails[type eq \"home\"]", "value": { "value": "new@example.org", "type": "home" } },
        ])).await;

        assert_eq!(values(&read["emails"]), ["new@example.org", "work@example.org"]);
        assert_eq!(typed(&read["emails"], "work")["primary"], true);
    }

    async fn filters_in_paths_have_the_whole_grammar(server: TestServer) { // J41 F12
        let all = json!([
            { "value": "a@example.org", "type": "work", "primary": true }, { "value": "b@example.org", "type": "home" },
            { "value": "c@example.org", "display": "(x) \"and\" ]" },
        ]);
        for (filter, rest) in [
            ("type eq \"work\" or type eq \"home\"", vec!["c@example.org"]),
            ("type pr", vec!["c@example.org"]),
            ("not (type pr)", vec!["a@example.org", "b@example.org"]),
            ("type pr and not (primary eq true)", vec!["a@example.org", "c@example.org"]),
            ("(type eq \"work\" or type eq \"home\") and value ew \"b@example.org\"", vec!["a@example.org", "c@example.org"]),
            ("display eq \"(x) \\\"and\\\" ]\"", vec!["a@example.org", "b@example.org"]),
            ("type ne \"work\"", vec!["a@example.org"]),
        ] {
            let path = with_emails(&server, all.clone()).await;
            let read = edited(&server, &path, json!([{ "op": "remove", "path": format!("emails[{filter}]") }])).await;
            assert_eq!(values(&read["emails"]), rest, "{filter}");
            server.delete(&path).await.is(204);
        }
    }

    async fn add_through_a_value_path_creates_the_element(server: TestServer) { // J15 J16 U3
        let path = with_emails(&server, two()).await;

        let read = edited(&server, &path, json!([
            { "op": "Add", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "+1 555" },
            { "op": "Add", "path": "phoneNumbers[type eq \"mobile\"].primary", "value": true },
            { "op": "Add", "path": "addresses[type eq \"work\"].locality", "value": "Delft" },
            { "op": "Add", "path": "addresses[type eq \"work\"].country", "value": "NL" },
            { "op": "Add", "path": "emails[type eq \"other\"].value", "value": "other@example.org" },
        ])).await;

        assert_eq!(read["phoneNumbers"], json!([{ "type": "mobile", "value": "+1 555", "primary": true }]));
        assert_eq!(read["addresses"], json!([{ "type": "work", "locality": "Delft", "country": "NL" }]));
        assert_eq!(typed(&read["emails"], "other")["value"], "other@example.org");
        assert_eq!(read["emails"].as_array().unwrap().len(), 3);
    }

    async fn filter_literals_may_be_of_a_neighbouring_type(server: TestServer) { // J17 U2
        let mut body = user("bjensen");
        body["roles"] = json!([{ "value": "reader", "primary": "True" }, { "value": "writer", "primary": "False" }]);
        let created = server.create("/scim/v2/Users", body).await;
        assert_eq!(primary(&created["roles"]), ["reader"]);

        let path = at_user(created["id"].as_str().unwrap());
        let read = edited(&server, &path, json!([
            { "op": "Replace", "path": "roles[primary eq \"True\"].value", "value": "owner" },
        ])).await;

        assert_eq!(primary(&read["roles"]), ["owner"]);
        assert_eq!(values(&read["roles"]), ["owner", "writer"]);
    }

    async fn a_new_primary_takes_over(server: TestServer) { // J18
        for takes_over in [
            json!({ "op": "replace", "path": "emails[type eq \"home\"].primary", "value": true }),
            json!({ "op": "add", "path": "emails[type eq \"home\"].primary", "value": true }),
            json!({ "op": "replace", "path": "emails[type eq \"home\"]", "value": { "value": "home@example.org", "type": "home", "primary": true } }),
            json!({ "op": "add", "path": "emails", "value": [{ "value": "new@example.org", "primary": true }] }),
            json!({ "op": "add", "value": { "emails": [{ "value": "new@example.org", "primary": true }] } }),
        ] {
            let path = with_emails(&server, two()).await;
            let read = edited(&server, &path, json!([takes_over])).await;
            assert_eq!(primary(&read["emails"]).len(), 1, "{takes_over}: {read}");
            assert_ne!(primary(&read["emails"]), ["work@example.org"], "{takes_over}");
            server.delete(&path).await.is(204);
        }
    }

    async fn replace_through_an_unmatched_value_path(server: TestServer) { // J24 U3
        let strict = server.strict();
        let path = with_emails(&server, two()).await;
        let before = server.read(&path).await;
        let sub = json!([{ "op": "replace", "path": "emails[type eq \"other\"].value", "value": "x@example.org" }]);
        let element = json!([{ "op": "replace", "path": "emails[type eq \"other\"]", "value": { "value": "x@example.org" } }]);

        strict.edit(&path, sub.clone()).await.refused_as(400, "noTarget");
        strict.edit(&path, element).await.refused_as(400, "noTarget");
        assert_eq!(server.read(&path).await, before);

        server.as_profile("entra").edit(&path, sub).await.is(200);
        assert_eq!(typed(&server.read(&path).await["emails"], "other")["value"], "x@example.org");
    }

    async fn remove_through_a_value_path(server: TestServer) { // J31 J32 J34
        let path = with_emails(&server, json!([
            { "value": "a@example.org", "type": "work", "display": "A" }, { "value": "b@example.org", "type": "home", "display": "B" },
        ])).await;

        let read = edited(&server, &path, json!([{ "op": "remove", "path": "emails[type eq \"work\"].display" }])).await;
        assert!(typed(&read["emails"], "work").get("display").is_none(), "{read}");
        assert_eq!(typed(&read["emails"], "home")["display"], "B");

        let read = edited(&server, &path, json!([{ "op": "remove", "path": "emails[type eq \"work\"]" }])).await;
        assert_eq!(values(&read["emails"]), ["b@example.org"]);

        let read = edited(&server, &path, json!([{ "op": "remove", "path": "emails[value eq \"b@example.org\"]" }])).await;
        assert!(read.get("emails").is_none_or(|it| *it == json!([])), "{read}");
        assert_eq!(server.users_where("emails pr").await, [""; 0]);
    }

    async fn a_sub_attribute_without_brackets_is_changed_in_every_element(server: TestServer) { // J23
        let path = with_emails(&server, two()).await;

        let answer = server.edit(&path, json!([{ "op": "replace", "path": "emails.display", "value": "x" }])).await;

        let answer = answer.one_of(&[200, 400]);
        if answer.status == 200 {
            assert!(answer.body["emails"].as_array().unwrap().iter().all(|it| it["display"] == "x"), "{}", answer.text);
        }
    }

    async fn what_idempotent_operations_do_twice_they_did_once(server: TestServer) { // J11 U16
        let path = with_emails(&server, two()).await;
        for operations in [
            json!([{ "op": "add", "path": "emails", "value": [{ "value": "c@example.org", "type": "other" }] }]),
            json!([{ "op": "replace", "path": "emails[type eq \"other\"].value", "value": "d@example.org" }]),
            json!([{ "op": "remove", "path": "emails[type eq \"other\"]" }]),
            json!([{ "op": "add", "path": "name.givenName", "value": "Barbara" }, { "op": "replace", "path": "title", "value": "Dr" }]),
            json!([{ "op": "remove", "path": "title" }]),
        ] {
            let before = server.read(&path).await;
            let once = edited(&server, &path, operations.clone()).await;
            assert_ne!(once, before, "{operations}");
            assert_eq!(edited(&server, &path, operations).await, once);
        }
    }
}

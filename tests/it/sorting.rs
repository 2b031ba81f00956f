//! `sortBy` and `sortOrder` (RFC 7644 §3.4.2.3).

use serde_json::{Value, json};

use crate::support::{Client, ENTERPRISE, TestServer, USER, user};

const USERS: &str = "/scim/v2/Users";

/// Creates users whose names say where they belong in the tests below.
async fn users(client: &Client, attributes: &[(&str, Value)]) {
    for (user_name, more) in attributes {
        let mut body = user(user_name);
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        client.create(USERS, body).await;
    }
}

async fn sorted(client: &Client, parameters: &str) -> Vec<Value> {
    client
        .get(&format!("{USERS}?{parameters}"))
        .await
        .is(200)
        .each("userName")
}

on_each_database! {
    async fn strings_sort_without_regard_to_case(server: TestServer) { // G1 G2 E8
        users(&server, &[("cherry", json!({})), ("Banana", json!({})), ("apple", json!({})), ("Ähre", json!({}))]).await;
        let ascending = ["apple", "Banana", "cherry", "Ähre"];

        assert_eq!(sorted(&server, "sortBy=userName").await, ascending);
        assert_eq!(sorted(&server, "sortBy=USERNAME&sortOrder=ascending").await, ascending); // G5
        let descending: Vec<&str> = ascending.into_iter().rev().collect();
        assert_eq!(sorted(&server, "sortBy=userName&sortOrder=descending").await, descending);
        assert_eq!(sorted(&server, "sortBy=userName&sortOrder=Descending").await, descending);
    }

    async fn no_value_sorts_last(server: TestServer) { // G3
        let titled = |title: &str| json!({ "title": title });
        users(&server, &[("none", json!({})), ("b", titled("B")), ("a", titled("a"))]).await;

        assert_eq!(sorted(&server, "sortBy=title").await, ["a", "b", "none"]);
        assert_eq!(sorted(&server, "sortBy=title&sortOrder=descending").await, ["none", "b", "a"]);
    }

    async fn multi_valued_attributes_sort_by_the_primary_value(server: TestServer) { // G4
        let emails = |first: &str, second: &str, primary: bool| {
            json!({ "emails": [{ "value": first, "type": "home" }, { "value": second, "type": "work", "primary": primary }] })
        };
        users(&server, &[
            ("second", emails("a@example.org", "m@example.org", true)),
            ("first", emails("c@example.org", "a@example.org", false)),
            ("third", emails("x@example.org", "b@example.org", false)),
        ]).await;

        assert_eq!(sorted(&server, "sortBy=emails").await, ["first", "second", "third"]);
        assert_eq!(sorted(&server, "sortBy=emails.value").await, ["first", "second", "third"]);
        assert_eq!(sorted(&server, "sortBy=emails.value&sortOrder=descending").await, ["third", "second", "first"]);
    }

    async fn sub_attributes_and_urns_can_be_sorted_by(server: TestServer) { // G5
        users(&server, &[
            ("two", json!({ "name": { "familyName": "Zola" }, ENTERPRISE: { "department": "A" } })),
            ("one", json!({ "name": { "familyName": "abel" }, ENTERPRISE: { "department": "B" } })),
        ]).await;

        assert_eq!(sorted(&server, "sortBy=name.familyName").await, ["one", "two"]);
        assert_eq!(sorted(&server, &format!("sortBy={USER}:NAME.FAMILYNAME")).await, ["one", "two"]);
        assert_eq!(sorted(&server, &format!("sortBy={ENTERPRISE}:department")).await, ["two", "one"]);
    }

    async fn ties_are_broken_alike_on_every_page(server: TestServer) { // G6
        let names: Vec<String> = (0..23).map(|n| format!("user{n:02}")).collect();
        server.create_users(&names).await;
        for order in ["ascending", "descending"] {
            let mut seen: Vec<Value> = Vec::new();
            for start in (1..=23).step_by(5) {
                let page = format!("sortBy=title&sortOrder={order}&startIndex={start}&count=5");
                seen.extend(sorted(&server, &page).await);
            }
            let mut distinct: Vec<String> = seen.iter().map(ToString::to_string).collect();
            distinct.sort();
            distinct.dedup();
            assert_eq!((seen.len(), distinct.len()), (23, 23), "{order}");
        }
    }

    async fn an_unknown_attribute_to_sort_by_is_no_failure_of_the_server(server: TestServer) { // G7
        server.create_user("ada").await;
        for odd in ["nonesuch", "name.nonesuch", "", "%20", "emails%5B", "%27", "groups", "meta"] {
            let answer = server.get(&format!("{USERS}?sortBy={odd}")).await.one_of(&[200, 400]);
            assert!(answer.status == 400 || answer.total() == 1, "{}", answer.text);
        }
        server.get(&format!("{USERS}?sortBy=userName&sortOrder=sideways")).await.one_of(&[200, 400]);
    }

    async fn times_and_booleans_sort_by_value(server: TestServer) { // G8
        users(&server, &[("b", json!({ "active": true })), ("a", json!({ "active": false })), ("c", json!({ "active": true }))]).await;

        assert_eq!(sorted(&server, "sortBy=active").await.first().unwrap(), "a");
        assert_eq!(sorted(&server, "sortBy=meta.created").await, ["b", "a", "c"]);
        assert_eq!(sorted(&server, "sortBy=meta.created&sortOrder=descending").await, ["c", "a", "b"]);
    }

    async fn groups_sort_too(server: TestServer) { // G1
        for name in ["b", "C", "a"] {
            server.create_group(name, &[]).await;
        }
        let listed = server.get("/scim/v2/Groups?sortBy=displayName").await.is(200);

        assert_eq!(listed.each("displayName"), ["a", "b", "C"]);
    }
}

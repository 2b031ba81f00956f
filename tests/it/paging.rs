//! Pages by index (RFC 7644 §3.4.2.4).

use serde_json::{Value, json};

use crate::support::{Client, Database, LIST_RESPONSE, TestServer, search};

const USERS: &str = "/scim/v2/Users";

async fn users(client: &Client, number: usize) {
    let names: Vec<String> = (0..number).map(|n| format!("user{n:04}")).collect();
    for names in names.chunks(1000) {
        client.create_users(names).await;
    }
}

/// Walks through all pages as an import does, and returns the user names.
async fn all_by_pages(client: &Client, count: usize) -> Vec<String> {
    let mut names = Vec::new();
    loop {
        let page = client
            .get(&format!(
                "{USERS}?startIndex={}&count={count}",
                names.len() + 1
            ))
            .await
            .is(200);
        if page.resources().is_empty() {
            assert_eq!(page.total(), names.len() as u64);
            return names;
        }
        assert!(page.resources().len() <= count);
        names.extend(
            page.each("userName")
                .iter()
                .map(|it| it.as_str().unwrap().to_owned()),
        );
    }
}

on_each_database! {
    async fn a_page_says_where_it_is(server: TestServer) { // H1
        users(&server, 12).await;

        let page = server.get(&format!("{USERS}?startIndex=6&count=5")).await.is(200);

        assert_eq!(page.body["schemas"], json!([LIST_RESPONSE]));
        assert_eq!(page.total(), 12);
        assert_eq!(page.body["startIndex"], 6);
        assert_eq!(page.body["itemsPerPage"], 5);
        assert_eq!(page.resources().len(), 5);
        let last = server.get(&format!("{USERS}?startIndex=11&count=5")).await.is(200);
        assert_eq!((last.resources().len(), &last.body["itemsPerPage"]), (2, &json!(2)));
    }

    async fn pages_give_each_resource_once(server: TestServer) { // H2
        users(&server, 12).await;

        let mut names = all_by_pages(&server, 5).await;

        names.sort();
        let expected: Vec<String> = (0..12).map(|n| format!("user{n:04}")).collect();
        assert_eq!(names, expected);
    }

    async fn bounds_are_lenient(server: TestServer) { // H3 H4 H5 H7
        users(&server, 3).await;
        let ask = async |parameters: &str| server.get(&format!("{USERS}?{parameters}")).await.is(200);

        for low in ["startIndex=0", "startIndex=-1", "startIndex=-9223372036854775808"] {
            let page = ask(low).await;
            assert_eq!((page.resources().len(), &page.body["startIndex"]), (3, &json!(1)), "{low}");
        }
        for none in ["count=0", "count=-1", "startIndex=4", "startIndex=1000000", "startIndex=9223372036854775807"] {
            let page = ask(none).await;
            assert_eq!((page.total(), page.resources().len()), (3, 0), "{none}");
        }
        assert_eq!(ask("startIndex=2&count=9223372036854775807").await.resources().len(), 2);
    }

    async fn a_page_is_never_larger_than_the_maximum(database: Database) { // H6
        let server = TestServer::start(database, &["--max-results", "7"]);
        users(&server, 9).await;

        for parameters in ["", "?count=8", "?count=1000"] {
            let page = server.get(&format!("{USERS}{parameters}")).await.is(200);
            assert_eq!((page.total(), page.resources().len()), (9, 7), "{parameters}");
            assert_eq!(page.body["itemsPerPage"], 7);
        }
        assert_eq!(server.get(&format!("{USERS}?count=2")).await.is(200).resources().len(), 2);
        let found = server.post("/scim/v2/Users/.search", search(json!({ "count": 100 }))).await.is(200);
        assert_eq!(found.resources().len(), 7);
        assert_eq!(all_by_pages(&server, 7).await.len(), 9);
    }

    async fn what_is_no_number_is_refused_or_ignored(server: TestServer) { // H8
        users(&server, 2).await;
        for odd in ["count=abc", "startIndex=abc", "count=", "startIndex=1.5", "count=1e3", "count=99999999999999999999", "count"] {
            let answer = server.get(&format!("{USERS}?{odd}")).await.one_of(&[200, 400]);
            assert!(answer.status == 400 || answer.total() == 2, "{odd}: {}", answer.text);
        }
    }

    async fn an_empty_list_is_a_list(server: TestServer) { // H9
        for endpoint in [USERS, "/scim/v2/Groups"] {
            let list = server.get(endpoint).await.is(200);
            assert_eq!(list.body["schemas"], json!([LIST_RESPONSE]));
            assert_eq!((list.total(), &list.body["Resources"]), (0, &json!([])));
        }
        let missed = server.find(USERS, "userName eq \"nobody\"").await.is(200);
        assert_eq!((missed.total(), &missed.body["Resources"]), (0, &json!([])));
    }

    async fn unknown_parameters_are_ignored_but_by_the_strict_profile(server: TestServer) { // H10
        users(&server, 1).await;
        for sloppy in ["?aadOptscim062020", "?aadOptscim062020=&count=1", "?", "?&", "?count=1&", "?_=1700000000&foo=bar"] {
            assert_eq!(server.get(&format!("{USERS}{sloppy}")).await.is(200).total(), 1, "{sloppy}");
        }
        let strict = server.strict();
        strict.get(&format!("{USERS}?foo=bar")).await.refused_as_one_of(400, &["invalidSyntax", "invalidValue"]);
        strict.get(&format!("{USERS}?count=1")).await.is(200);
    }

    async fn a_page_has_a_hundred_unless_asked_otherwise(server: TestServer) { // H11 U11
        users(&server, 130).await;

        let by_default = server.get(USERS).await.is(200);
        let hundred = server.get(&format!("{USERS}?startIndex=1&count=100")).await.is(200);
        let more = server.get(&format!("{USERS}?count=120")).await.is(200);

        assert_eq!((by_default.total(), by_default.resources().len()), (130, 100));
        assert_eq!((hundred.total(), hundred.resources().len()), (130, 100));
        assert_eq!(more.resources().len(), 120);
        for whole_number in ["totalResults", "startIndex", "itemsPerPage"] {
            assert!(hundred.body[whole_number].is_u64(), "{whole_number}");
        }
    }

    async fn an_import_sees_everybody(server: TestServer) { // H12 U11
        users(&server, 1200).await;

        let mut names = all_by_pages(&server, 100).await;

        names.sort();
        names.dedup();
        assert_eq!(names.len(), 1200);
    }

    async fn groups_page_like_users(server: TestServer) { // H1 H2 U11
        for n in 0..5 {
            server.create_group(&format!("group{n}"), &[]).await;
        }
        let first = server.get("/scim/v2/Groups?startIndex=1&count=3").await.is(200);
        let second = server.get("/scim/v2/Groups?startIndex=4&count=3").await.is(200);

        let mut names: Vec<Value> = [first.each("displayName"), second.each("displayName")].concat();
        names.sort_by_key(ToString::to_string);
        assert_eq!(names, ["group0", "group1", "group2", "group3", "group4"]);
        assert_eq!(first.total(), 5);
    }

    async fn a_filter_counts_what_it_selects(server: TestServer) { // H1
        users(&server, 12).await;
        let page = server.get(&format!("{USERS}?filter=userName%20sw%20%22user000%22&count=4")).await.is(200);

        assert_eq!((page.total(), page.resources().len()), (10, 4));
    }
}

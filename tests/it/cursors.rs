//! Pages by cursor (RFC 9865).

use serde_json::{Value, json};

use crate::support::{Answer, Client, TestServer, at_user, encode, search};

const USERS: &str = "/scim/v2/Users";

async fn users(client: &Client, number: usize) -> Vec<String> {
    let names: Vec<String> = (0..number).map(|n| format!("user{n:02}")).collect();
    client.create_users(&names).await
}

async fn page(client: &Client, parameters: &str, cursor: &str) -> Answer {
    client
        .get(&format!("{USERS}?{parameters}&cursor={}", encode(cursor)))
        .await
}

fn next(page: &Answer) -> Option<String> {
    page.body
        .get("nextCursor")
        .map(|it| it.as_str().expect("a cursor is a string").to_owned())
}

/// Follows `nextCursor` to the end, and returns the user names in the order they came.
async fn follow(client: &Client, parameters: &str, first: Answer) -> Vec<Value> {
    let mut names = first.each("userName");
    let mut cursor = next(&first);
    while let Some(current) = cursor {
        let answer = page(client, parameters, &current).await.is(200);
        names.extend(answer.each("userName"));
        cursor = next(&answer);
        assert!(names.len() < 10_000, "the cursors go round in circles");
    }
    names
}

#[track_caller]
fn each_once(mut names: Vec<Value>, number: usize) {
    names.sort_by_key(ToString::to_string);
    let expected: Vec<String> = (0..number).map(|n| format!("user{n:02}")).collect();
    assert_eq!(names, expected);
}

on_each_database! {
    async fn pagination_is_announced(server: TestServer) { // I1
        let pagination = server.read("/scim/v2/ServiceProviderConfig").await["pagination"].clone();

        assert_eq!((&pagination["cursor"], &pagination["index"]), (&json!(true), &json!(true)));
        let method = pagination.get("defaultPaginationMethod");
        assert!(method.is_none_or(|it| it == "cursor" || it == "index"), "{pagination}");
        for number in ["defaultPageSize", "maxPageSize", "cursorTimeout"] {
            let value = pagination.get(number);
            assert!(value.is_none_or(|it| it.as_u64().is_some_and(|it| it > 0)), "{number}: {pagination}");
        }
    }

    async fn a_request_that_names_no_method_gets_the_default_one(server: TestServer) { // I14
        users(&server, 3).await;
        let config = server.read("/scim/v2/ServiceProviderConfig").await;

        let list = server.get(&format!("{USERS}?count=2")).await.is(200);

        if config["pagination"]["defaultPaginationMethod"] == "cursor" {
            assert!(next(&list).is_some(), "{}", list.text);
        } else {
            assert_eq!(list.body["startIndex"], 1);
        }
    }

    async fn cursors_lead_to_each_resource_once(server: TestServer) { // I2 I3 I4 I5 I6
        users(&server, 12).await;
        for start in ["cursor=&count=5", "cursor&count=5", "count=5&cursor="] {
            let first = server.get(&format!("{USERS}?{start}")).await.is(200);

            assert_eq!((first.total(), first.resources().len()), (12, 5));
            assert!(first.body.get("previousCursor").is_none(), "{}", first.text);
            let cursor = next(&first).expect("there are more pages");
            assert!(cursor.bytes().all(|it| it.is_ascii_alphanumeric() || b"-._~".contains(&it)), "{cursor}");
            each_once(follow(&server, "count=5", first).await, 12);
        }
    }

    async fn the_last_page_has_no_next_cursor(server: TestServer) { // I4
        users(&server, 10).await;

        let first = page(&server, "count=5", "").await.is(200);
        let second = page(&server, "count=5", &next(&first).unwrap()).await.is(200);

        assert_eq!(second.resources().len(), 5);
        assert_eq!(next(&second), None);
        assert_eq!(next(&page(&server, "count=100", "").await.is(200)), None);
    }

    async fn a_previous_cursor_leads_back(server: TestServer) { // I5
        users(&server, 9).await;
        let first = page(&server, "count=3", "").await.is(200);
        let second = page(&server, "count=3", &next(&first).unwrap()).await.is(200);

        if let Some(previous) = second.body["previousCursor"].as_str() {
            let back = page(&server, "count=3", previous).await.is(200);
            assert_eq!(back.each("userName"), first.each("userName"));
        }
    }

    async fn count_is_a_bound(server: TestServer) { // I7
        users(&server, 4).await;

        for none in ["count=0", "count=-1"] {
            let answer = page(&server, none, "").await.is(200);
            assert_eq!((answer.total(), answer.resources().len()), (4, 0), "{none}");
        }
        assert_eq!(page(&server, "count=3", "").await.is(200).resources().len(), 3);
    }

    async fn a_cursor_that_is_not_ours_is_refused(server: TestServer) { // I8 I18
        users(&server, 9).await;
        let cursor = next(&page(&server, "count=3", "").await.is(200)).unwrap();
        let middle = cursor.len() / 2;
        let flipped = if cursor.as_bytes()[middle] == b'A' { 'B' } else { 'A' };
        let altered = format!("{}{flipped}{}", &cursor[..middle], &cursor[middle + 1..]);
        let (truncated, long) = (cursor[..middle].to_owned(), "A".repeat(5000));

        for forged in [&altered, &truncated, &format!("{cursor}A"), &long, "x", "1", "' OR 1=1 --", "AAAA", "\u{1F436}"] {
            page(&server, "count=3", forged).await.refused_as(400, "invalidCursor");
        }
    }

    async fn a_cursor_belongs_to_its_query(server: TestServer) { // I9
        users(&server, 9).await;
        let cursor = next(&page(&server, "count=3", "").await.is(200)).unwrap();

        for other in ["count=3&filter=userName%20sw%20%22u%22", "count=3&sortBy=userName", "count=3&sortOrder=descending&sortBy=id"] {
            page(&server, other, &cursor).await.refused_as(400, "invalidCursor");
        }
        server.get(&format!("/scim/v2/Groups?count=3&cursor={cursor}")).await.refused_as(400, "invalidCursor");
    }

    async fn another_count_is_served_or_refused(server: TestServer) { // I10
        users(&server, 9).await;
        let cursor = next(&page(&server, "count=3", "").await.is(200)).unwrap();

        let answer = page(&server, "count=4", &cursor).await.one_of(&[200, 400]);

        if answer.status == 400 {
            answer.refused_as(400, "invalidCount");
        } else {
            assert!(answer.resources().len() <= 4);
        }
    }

    async fn pages_follow_the_sort_order(server: TestServer) { // I12
        users(&server, 9).await;
        for (parameters, backwards) in [
            ("count=2&sortBy=userName", false),
            ("count=2&sortBy=userName&sortOrder=descending", true),
            ("count=4&sortBy=meta.created", false),
        ] {
            let first = page(&server, parameters, "").await.is(200);
            let mut expected: Vec<String> = (0..9).map(|n| format!("user{n:02}")).collect();
            if backwards {
                expected.reverse();
            }
            let names = follow(&server, parameters, first).await;
            if parameters.contains("meta.created") {
                // One Bulk request may give several users the same moment.
                each_once(names, 9);
            } else {
                assert_eq!(names, expected, "{parameters}");
            }
        }
    }

    async fn sorted_pages_keep_those_without_a_value(server: TestServer) { // I12 G3
        let ids = users(&server, 9).await;
        for id in &ids[..4] {
            server.edit(&at_user(id), json!([{ "op": "add", "path": "title", "value": "Same" }])).await.is(200);
        }
        for order in ["ascending", "descending"] {
            let parameters = format!("count=2&sortBy=title&sortOrder={order}");
            let first = page(&server, &parameters, "").await.is(200);
            each_once(follow(&server, &parameters, first).await, 9);
        }
    }

    async fn a_search_request_takes_a_cursor(server: TestServer) { // I13
        users(&server, 7).await;
        let mut names = Vec::new();
        let mut cursor = Some(String::new());
        while let Some(current) = cursor {
            let body = search(json!({ "count": 3, "cursor": current, "attributes": ["userName"] }));
            let answer = server.post("/scim/v2/Users/.search", body).await.is(200);
            names.extend(answer.each("userName"));
            cursor = next(&answer);
        }

        each_once(names, 7);
    }

    async fn rows_that_come_and_go_disturb_no_others(server: TestServer) { // I15
        for parameters in ["count=4", "count=4&sortBy=userName", "count=4&sortBy=userName&sortOrder=descending"] {
            let ids = users(&server, 12).await;
            let first = page(&server, parameters, "").await.is(200);
            let mut seen = first.each("id");
            let gone = ids.iter().find(|it| seen.contains(&json!(it))).unwrap();
            server.delete(&at_user(gone)).await.is(204);
            let early = server.create_user("a-new-one").await;
            let late = server.create_user("user11-and-a-half").await;

            let mut more = next(&first);
            while let Some(cursor) = more {
                let answer = page(&server, parameters, &cursor).await.is(200);
                seen.extend(answer.each("id"));
                more = next(&answer);
            }

            let times = |id: &String| seen.iter().filter(|it| *it == id).count();
            assert!(ids.iter().all(|id| times(id) == 1), "{parameters}: {seen:?}");
            assert!(times(&early) <= 1 && times(&late) <= 1, "{parameters}: {seen:?}");
            for id in ids.iter().filter(|id| *id != gone).chain([&early, &late]) {
                server.delete(&at_user(id)).await.is(204);
            }
        }
    }

    async fn a_cursor_can_be_asked_twice(server: TestServer) { // I16
        users(&server, 9).await;
        let cursor = next(&page(&server, "count=3", "").await.is(200)).unwrap();

        let once = page(&server, "count=3", &cursor).await.is(200);
        let twice = page(&server, "count=3", &cursor).await.is(200);

        assert_eq!(once.each("id"), twice.each("id"));
    }

    async fn a_cursor_grants_nothing(server: TestServer) { // I17
        users(&server, 9).await;
        let cursor = next(&page(&server, "count=3", "").await.is(200)).unwrap();
        let elsewhere = server.in_new_organization("acme");

        page(&server.without_token(), "count=3", &cursor).await.refused(401);
        let foreign = page(&elsewhere, "count=3", &cursor).await;
        foreign.refused_as(400, "invalidCursor");
        assert_eq!(foreign.body, page(&server, "count=3", "forged").await.body);
    }

    async fn a_filter_goes_through_all_pages(server: TestServer) { // I3
        users(&server, 30).await;
        let parameters = "count=4&filter=userName%20sw%20%22user0%22";
        let first = page(&server, parameters, "").await.is(200);

        assert_eq!(first.total(), 10);
        each_once(follow(&server, parameters, first).await, 10);
    }
}

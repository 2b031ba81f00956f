//! Cursors that somebody took apart; what belongs to another query is in `../cursors.rs`.

use std::time::Instant;

use serde_json::json;

use crate::support::{Answer, Client, Database, Kind, TestServer, search};

const USERS: &str = "/scim/v2/Users";

async fn cursor(client: &Client) -> String {
    let page = client
        .get(&format!("{USERS}?count=2&cursor="))
        .await
        .is(200);
    page.body["nextCursor"]
        .as_str()
        .expect("there are more pages")
        .to_owned()
}

async fn follow(client: &Client, cursor: &str) -> Answer {
    client
        .get(&format!("{USERS}?count=2&cursor={cursor}"))
        .await
}

async fn users(client: &Client) {
    let names: Vec<String> = (0..5).map(|n| format!("user{n}")).collect();
    client.create_users(&names).await;
}

#[track_caller]
fn is_refused(answer: &Answer, case: &str) {
    assert_eq!(answer.status, 400, "{case}: {}", answer.text);
    answer.refused_as(400, "invalidCursor");
    assert!(
        !answer.text.contains("user") && answer.body.get("Resources").is_none(),
        "{case}: {}",
        answer.text
    );
}

on_each_database! {
    async fn each_letter_of_a_cursor_counts(server: TestServer) {
        users(&server).await;
        let cursor = cursor(&server).await;
        for n in 0..cursor.len() {
            for other in ["A", "b"] {
                if n % 2 == usize::from(other == "b") && &cursor[n..=n] != other {
                    let altered = format!("{}{other}{}", &cursor[..n], &cursor[n + 1..]);
                    is_refused(&follow(&server, &altered).await, &altered);
                }
            }
            if n % 4 == 1 {
                is_refused(&follow(&server, &cursor[..n]).await, &cursor[..n]);
            }
        }
        for (before, after) in [("", "="), ("", "=="), ("A", ""), ("", "%00"), ("", "."), ("%22", "%22")] {
            is_refused(&follow(&server, &format!("{before}{cursor}{after}")).await, before);
        }
        is_refused(&follow(&server, &format!("{cursor}{cursor}")).await, "twice");
        is_refused(&follow(&server, &cursor.to_lowercase()).await, "in lower case");
        follow(&server, &cursor).await.is(200);
    }

    async fn two_cursors_do_not_make_a_third(server: TestServer) {
        users(&server).await;
        let first = cursor(&server).await;
        let second = follow(&server, &first).await.is(200).body["nextCursor"].as_str().unwrap().to_owned();
        assert_ne!(first, second);
        for n in (1..first.len().min(second.len())).step_by(5) {
            let spliced = format!("{}{}", &first[..n], &second[n..]);
            if spliced != first && spliced != second {
                is_refused(&follow(&server, &spliced).await, &spliced);
            }
        }
    }

    async fn the_cursor_of_another_installation_is_refused(server: TestServer) {
        users(&server).await;
        let elsewhere = TestServer::start(Database::on(Kind::Sqlite).await, &[]);
        users(&elsewhere).await;
        is_refused(&follow(&server, &cursor(&elsewhere).await).await, "another installation's");
    }

    async fn a_cursor_is_no_better_in_a_body(server: TestServer) {
        users(&server).await;
        let cursor = cursor(&server).await;
        for odd in [json!(format!("{cursor}A")), json!(5), json!([cursor]), json!({ "cursor": cursor }), json!(true), json!("\u{1F436}")] {
            let answer = server.post("/scim/v2/Users/.search", search(json!({ "cursor": odd, "count": 2 }))).await;
            answer.refused(400);
            assert!(!answer.text.contains("user0"), "{odd}: {}", answer.text);
        }
        let filtered = search(json!({ "cursor": cursor, "count": 2, "filter": "userName eq \"user4\"" }));
        is_refused(&server.post("/scim/v2/Users/.search", filtered).await, "with a filter");
        is_refused(&server.post("/scim/v2/Groups/.search", search(json!({ "cursor": cursor, "count": 2 }))).await, "for groups");
        is_refused(&server.post("/scim/v2/.search", search(json!({ "cursor": cursor, "count": 2 }))).await, "for everything");
    }

    async fn a_cursor_ends_with_the_token(server: TestServer) {
        users(&server).await;
        let client = server.as_profile("auto");
        let cursor = cursor(&client).await;
        server.database().cli(&["token", "revoke", "2"]);
        client.is_out_within_a_second(Instant::now()).await;
        follow(&client, &cursor).await.refused(401);
    }
}

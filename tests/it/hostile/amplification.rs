//! Small Bulk requests that ask for great work, and for great answers (RFC 7644 §3.7).

use serde_json::{Value, json};

use crate::support::{
    Answer, Client, Pace, TestServer, at_group, at_user, bulk, group, patch, user, values,
};

const BULK: &str = "/scim/v2/Bulk";

/// Sends a Bulk request beside a good client, whom it hardly slows, and returns the answer.
async fn beside_a_good_client(server: &TestServer, operations: Value) -> Answer {
    let path = at_user(&server.create_user("good").await);
    let calm = Pace::of(server, &path).await;
    let attacker = Client::clone(server);
    let request = bulk(operations);
    let sent = request.to_string().len();
    let attack = tokio::spawn(async move { attacker.post(BULK, request).await });
    let (attacked, answer) = Pace::during(server, &path, attack).await;

    assert!(answer.status < 500, "{}: {}", answer.status, answer.text);
    assert!(
        answer.text.len() <= 2 * sent + 512 * 1024,
        "{} bytes were answered with {}",
        sent,
        answer.text.len()
    );
    attacked.is_hardly_slower_than(calm);
    answer
}

fn post_group(bulk_id: &str, members: &[String]) -> Value {
    let members: Vec<&str> = members.iter().map(String::as_str).collect();
    json!({ "method": "POST", "path": "/Groups", "bulkId": bulk_id, "data": group(bulk_id, &members) })
}

fn statuses(answer: &Answer) -> Vec<&str> {
    let results = answer.body["Operations"]
        .as_array()
        .expect("a BulkResponse has Operations");
    results
        .iter()
        .map(|it| it["status"].as_str().expect("a status is a string"))
        .collect()
}

/// Asserts that each operation succeeded, or the whole was refused.
#[track_caller]
fn is_done_or_refused(answer: &Answer) {
    if answer.status == 200 {
        let statuses = statuses(answer);
        let same = statuses.iter().all(|it| *it == statuses[0]);
        assert!(
            same && (statuses[0] == "201" || statuses[0].starts_with('4')),
            "{statuses:?}"
        );
    } else {
        answer.one_of_refusals();
    }
}

impl Answer {
    #[track_caller]
    fn one_of_refusals(&self) {
        assert!(
            [400, 413].contains(&self.status),
            "{}: {}",
            self.status,
            self.text
        );
        self.is_scim_error();
    }
}

on_each_database! {
    async fn one_reference_ten_thousand_times_is_one_member(server: TestServer) {
        let members = vec!["bulkId:u".to_owned(); 10_000];
        let operations = json!([{ "method": "POST", "path": "/Users", "bulkId": "u", "data": user("ada") }, post_group("g", &members)]);
        let answer = beside_a_good_client(&server, operations).await;
        if answer.status == 200 && statuses(&answer) == ["201", "201"] {
            let location = answer.body["Operations"][1]["location"].as_str().unwrap();
            let read = server.read(&at_group(location.rsplit('/').next().unwrap())).await;
            assert_eq!(values(&read["members"]).len(), 1);
        }
    }

    async fn a_thousand_references_to_nothing_are_one_error(server: TestServer) {
        let members: Vec<String> = (0..5_000).map(|n| format!("bulkId:nonesuch{n}")).collect();
        let answer = beside_a_good_client(&server, json!([post_group("g", &members)])).await;
        assert!(answer.text.len() < 8 * 1024, "an answer of {} bytes", answer.text.len());
        assert!(statuses(&answer)[0].starts_with('4'), "{}", answer.text);
    }

    async fn groups_that_all_contain_each_other_are_done_or_refused(server: TestServer) {
        let operations: Vec<Value> = (0..60).map(|n| {
            let others: Vec<String> = (0..60).filter(|m| *m != n).map(|m| format!("bulkId:g{m}")).collect();
            post_group(&format!("g{n}"), &others)
        }).collect();
        is_done_or_refused(&beside_a_good_client(&server, operations.into()).await);
    }

    async fn a_circle_of_a_thousand_is_done_or_refused(server: TestServer) {
        let operations: Vec<Value> = (0..1_000).map(|n| post_group(&format!("g{n}"), &[format!("bulkId:g{}", (n + 1) % 1_000)])).collect();
        is_done_or_refused(&beside_a_good_client(&server, operations.into()).await);
    }

    async fn a_chain_that_ends_in_nothing_fails_to_its_beginning(server: TestServer) {
        let operations: Vec<Value> = (0..500).map(|n| post_group(&format!("g{n}"), &[format!("bulkId:g{}", n + 1)])).collect();
        let answer = beside_a_good_client(&server, operations.into()).await;
        assert!(answer.status == 400 || statuses(&answer).iter().all(|it| it.starts_with('4')), "{}", answer.status);
        assert_eq!(server.get("/scim/v2/Groups").await.is(200).total(), 0);
    }

    async fn a_large_group_is_not_answered_a_thousand_times(server: TestServer) {
        let names: Vec<String> = (0..300).map(|n| format!("user{n}")).collect();
        let ids = server.create_users(&names).await;
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let id = server.create_group("Staff", &ids).await;
        let operations: Vec<Value> = (0..300).map(|n| json!({ "method": "PATCH", "path": format!("/Groups/{id}?attributes=members"), "data": patch(json!([{ "op": "replace", "path": "displayName", "value": format!("Staff {n}") }])) })).collect();
        beside_a_good_client(&server, operations.into()).await;
    }

    async fn errors_do_not_repeat_what_was_sent(server: TestServer) {
        let long = "x".repeat(4_000);
        let operations: Vec<Value> = (0..300).map(|n| json!({ "method": "POST", "path": format!("/{long}"), "bulkId": format!("{n}{long}"), "data": { "userName": [long], &long: long } })).collect();
        beside_a_good_client(&server, operations.into()).await;
    }

    async fn a_name_of_a_megabyte_is_no_bulk_id(server: TestServer) {
        let long = "x".repeat(100_000);
        let members = vec![format!("bulkId:{long}"); 20];
        let operations = json!([{ "method": "POST", "path": "/Users", "bulkId": long, "data": user("ada") }, post_group("g", &members)]);
        beside_a_good_client(&server, operations).await;
    }

    async fn a_bulk_in_a_bulk_is_refused(server: TestServer) {
        let mut inner = json!([{ "method": "POST", "path": "/Users", "bulkId": "u", "data": user("ada") }]);
        for n in 0..8 {
            inner = json!([{ "method": "POST", "path": "/Bulk", "bulkId": n.to_string(), "data": bulk(inner) }]);
        }
        let answer = beside_a_good_client(&server, inner).await;
        assert!(answer.status == 400 || statuses(&answer)[0].starts_with('4'), "{}", answer.text);
        assert_eq!(server.users_where("userName pr").await, ["good"]);
    }

    async fn one_operation_changes_a_circle_of_managers(server: TestServer) {
        let operations: Vec<Value> = (0..200).map(|n| {
            let mut data = user(&format!("user{n}"));
            data[crate::support::ENTERPRISE] = json!({ "manager": { "value": format!("bulkId:u{}", (n + 1) % 200) } });
            json!({ "method": "POST", "path": "/Users", "bulkId": format!("u{n}"), "data": data })
        }).collect();
        is_done_or_refused(&beside_a_good_client(&server, operations.into()).await);
    }
}

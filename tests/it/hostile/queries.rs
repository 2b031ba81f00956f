//! Filters and parameters that ask for more work than they are worth.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Answer, Client, Database, Pace, TestServer, at_user, encode, search};

const USERS: &str = "/scim/v2/Users";

async fn fill(client: &Client, number: usize) {
    let names: Vec<String> = (0..number).map(|n| format!("user{n:04}")).collect();
    for names in names.chunks(500) {
        client.create_users(names).await;
    }
}

async fn query(client: &Client, parameters: Value) -> Answer {
    client
        .post("/scim/v2/Users/.search", search(parameters))
        .await
}

#[track_caller]
fn is_served_or_refused(answer: &Answer, case: &str) {
    let case: String = case.chars().take(60).collect();
    assert!(
        answer.status == 200 || answer.status == 400,
        "{case}: {}: {}",
        answer.status,
        answer.text
    );
    assert!(
        answer.status == 200 || answer.text.len() < 4096,
        "{case}: an error of {} bytes",
        answer.text.len()
    );
}

on_each_database! {
    async fn a_filter_of_ten_thousand_parts_is_refused(server: TestServer) {
        server.create_user("ada").await;
        let many = |part: &str, joint: &str| vec![part; 10_000].join(joint);
        for filter in [
            many("userName eq \"ada\"", " or "), many("userName eq \"ada\"", " and "), many("title co \"\"", " or "), many("not (title pr)", " and "), format!("emails[{}]", many("value co \"x\"", " or ")),
            "title eq \"a\" and (".repeat(10_000), "not ".repeat(10_000) + "(title pr)", "emails[".repeat(10_000), "a.".repeat(10_000) + "b eq 1", "(".repeat(100_000), ")".repeat(100_000),
            "title pr ".repeat(10_000), "\"".repeat(99_999), "title eq \"".to_owned() + &"\\".repeat(99_999),
        ] {
            let answer = query(&server, json!({ "filter": filter })).await;
            answer.refused_as_one_of(400, &["invalidFilter", "tooMany"]);
            is_served_or_refused(&answer, &filter);
        }
    }

    async fn comparisons_that_match_everything_do_not_hold_up_others(server: TestServer) {
        fill(&server, 500).await;
        let path = at_user(&server.create_user("ada").await);
        let calm = Pace::of(&server, &path).await;
        let parts = ["title co \"\"", "displayName co \"\"", "name.familyName ew \"\"", "emails.value co \"zzz\"", "userName co \"zzz\"", "meta.created lt \"1970-01-01T00:00:00Z\"", "emails[type co \"\" and value co \"\"]"];
        let filter = (0..60).map(|n| parts[n % parts.len()]).collect::<Vec<_>>().join(" or ");
        let attackers: Vec<Client> = (0..6).map(|_| Client::clone(&server)).collect();
        let attack = tokio::spawn(async move {
            let each = attackers.iter().map(async |attacker| {
                for _ in 0..3 {
                    is_served_or_refused(&query(attacker, json!({ "filter": filter })).await, "comparisons");
                }
            });
            join_all(each).await;
        });
        let (attacked, ()) = Pace::during(&server, &path, attack).await;
        attacked.is_hardly_slower_than(calm);
    }

    async fn an_empty_comparison_is_what_the_filter_says(server: TestServer) {
        server.create_user("ada").await;
        for operator in ["co", "sw", "ew"] {
            assert_eq!(server.users_where(&format!("userName {operator} \"\"")).await, ["ada"]);
            assert_eq!(server.users_where(&format!("title {operator} \"\"")).await, [""; 0]);
        }
    }

    async fn a_list_of_ten_thousand_attributes_is_read(server: TestServer) {
        fill(&server, 100).await;
        let names = [vec!["emails.value"; 10_000], vec!["nonesuch"; 10_000], vec!["name"; 10_000]];
        for names in names {
            for parameter in ["attributes", "excludedAttributes"] {
                is_served_or_refused(&query(&server, json!({ parameter: names })).await, parameter);
                is_served_or_refused(&query(&server, json!({ parameter: names.join(",") })).await, parameter);
            }
        }
        let distinct: Vec<String> = (0..10_000).map(|n| format!("a{n}.b{n}")).collect();
        is_served_or_refused(&query(&server, json!({ "attributes": distinct })).await, "distinct attributes");
    }

    async fn numbers_of_pages_are_numbers(database: Database) {
        let server = TestServer::start(database, &["--max-results", "5"]);
        fill(&server, 12).await;
        for odd in ["+3", " 3", "3 ", "0x3", "1_0", "１２", "3;DROP TABLE", "3'", "-", "NaN", "Infinity", "1e400", "2147483648", "4294967296", "9223372036854775808", "-9223372036854775809", "-2147483649"] {
            for name in ["count", "startIndex"] {
                let answer = server.get(&format!("{USERS}?{name}={}", encode(odd))).await;
                is_served_or_refused(&answer, odd);
                assert!(answer.status == 400 || (answer.total() == 12 && answer.resources().len() <= 5), "{name}={odd}: {}", answer.text);
            }
        }
        for odd in [json!(1.5), json!("3"), json!("x"), json!([3]), json!({}), json!(true), json!(1e300), json!(-1e300), json!(u64::MAX), json!(i64::MIN), json!(null)] {
            for name in ["count", "startIndex"] {
                let answer = query(&server, json!({ name: odd })).await;
                is_served_or_refused(&answer, &odd.to_string());
                assert!(answer.status == 400 || (answer.total() == 12 && answer.resources().len() <= 5), "{name}: {odd}: {}", answer.text);
            }
        }
        // Said twice, it is refused or the first or the last counts; the two never add up.
        let twice = server.get(&format!("{USERS}?count=2&count=1000000")).await;
        is_served_or_refused(&twice, "count twice");
        assert!(twice.status == 400 || twice.resources().len() <= 5, "{}", twice.text);
        let filters = server.get(&format!("{USERS}?filter={}&filter={}", encode("userName eq \"user0001\""), encode("userName pr"))).await;
        assert!(filters.status == 400 || [1, 12].contains(&filters.total()), "{}", filters.text);
    }

    async fn a_patch_of_many_operations_holds_up_nobody(server: TestServer) {
        let path = at_user(&server.create_user("ada").await);
        let victim = at_user(&server.create_user("bo").await);
        let emails: Vec<Value> = (0..200).map(|n| json!({ "value": format!("ada{n}@example.test"), "type": n.to_string() })).collect();
        server.edit(&path, json!([{ "op": "add", "path": "emails", "value": emails }])).await.is(200);
        let calm = Pace::of(&server, &victim).await;
        let operations: Vec<Value> = (0..1_000).map(|n| json!({ "op": "replace", "path": format!("emails[type eq \"{}\" and not (value co \"zzz\")].value", n % 200), "value": format!("x{n}@example.test") })).collect();
        let attackers: Vec<Client> = (0..4).map(|_| Client::clone(&server)).collect();
        let attack = tokio::spawn(async move {
            join_all(attackers.iter().map(|it| it.edit(&path, json!(operations)))).await
        });
        let (attacked, answers) = Pace::during(&server, &victim, attack).await;
        for answer in answers {
            assert!(answer.status < 500, "{}: {}", answer.status, answer.text);
        }
        attacked.is_hardly_slower_than(calm);
    }

    async fn a_patch_of_many_operations_holds_up_no_other_writer(server: TestServer) {
        let path = at_user(&server.create_user("ada").await);
        let victim = at_user(&server.create_user("bo").await);
        let emails: Vec<Value> = (0..600).map(|n| json!({ "value": format!("ada{n}@example.test"), "type": n.to_string() })).collect();
        server.edit(&path, json!([{ "op": "add", "path": "emails", "value": emails }])).await.is(200);
        let calm = Pace::of_changes(&server, &victim).await;
        // Each of these forty kilobytes' operations is compared with each of the values.
        let operations: Vec<Value> = (0..400).map(|n| json!({ "op": "replace", "path": format!("emails[type eq \"{n}\" and not (value co \"zzz\")].value"), "value": format!("x{n}@example.test") })).collect();
        let attacker = Client::clone(&server);
        let attack = tokio::spawn(async move { attacker.edit(&path, json!(operations)).await });
        let (attacked, answer) = Pace::of_changes_during(&server, &victim, attack).await;
        assert!(answer.status < 500, "{}: {}", answer.status, answer.text);
        attacked.is_hardly_slower_than(calm);
    }

    async fn a_resource_of_many_values_holds_up_nobody(server: TestServer) {
        let victim = at_user(&server.create_user("bo").await);
        let calm = Pace::of(&server, &victim).await;
        let attackers: Vec<Client> = (0..4).map(|_| Client::clone(&server)).collect();
        let attack = tokio::spawn(async move {
            join_all(attackers.iter().enumerate().map(async |(n, attacker)| {
                let emails: Vec<Value> = (0..5_000).map(|m| json!({ "value": format!("ada{m}@example.test"), "primary": false })).collect();
                let mut body = crate::support::user(&format!("user{n}"));
                body["emails"] = emails.into();
                attacker.post(USERS, body).await
            })).await
        });
        let (attacked, answers) = Pace::during(&server, &victim, attack).await;
        for answer in answers {
            answer.one_of(&[201, 400, 413]);
        }
        attacked.is_hardly_slower_than(calm);
    }
}

//! Changes that come at the same time are committed together, and each is answered for itself.

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::spawn;

use crate::support::{Answer, Client, Kind, TestServer, at_user, eventually, patch, user};

const REQUESTS: &str = "vestibule_commit_group_size_sum";
const COMMITS: &str = "vestibule_commit_group_size_count";

/// How many rounds are tried until some changes have come at the same time.
const ROUNDS: usize = 200;

/// How many more changes than commits there were.
async fn joined(server: &TestServer) -> f64 {
    let metrics = server.metrics().await;
    metrics.sum(REQUESTS, &[]) - metrics.sum(COMMITS, &[])
}

fn title(value: &str) -> Value {
    json!([{ "op": "replace", "path": "title", "value": value }])
}

/// Sends requests at the same time, each from a task of its own.
async fn at_once<F: Future<Output = Answer> + Send + 'static>(
    requests: impl IntoIterator<Item = F>,
) -> Vec<Answer> {
    let answers = join_all(requests.into_iter().map(spawn)).await;
    answers.into_iter().map(Result::unwrap).collect()
}

on_each_database! {
    async fn changes_that_come_together_are_each_made(server: TestServer) {
        let names: Vec<String> = (0..8).map(|n| format!("user{n}")).collect();
        let ids = server.create_users(&names).await;
        let before = joined(&server).await;
        for round in 0.. {
            assert!(round < ROUNDS, "none was committed with another");
            let edits = ids.iter().enumerate().map(|(n, id)| {
                let (client, path) = (Client::clone(&server), at_user(id));
                async move { client.edit(&path, title(&format!("{round}.{n}"))).await }
            });
            let answers = at_once(edits).await;

            for (n, (answer, id)) in answers.into_iter().zip(&ids).enumerate() {
                let (answer, read) = (answer.is(200), server.get(&at_user(id)).await.is(200));
                let title = format!("{round}.{n}");
                assert_eq!([&answer.body["title"], &read.body["title"]], [&title, &title]);
                assert_eq!(answer.version(), read.version());
                let found = server.users_where(&format!("title eq \"{title}\"")).await;
                assert_eq!(found, [names[n].as_str()]);
            }
            if joined(&server).await > before {
                break;
            }
        }
    }

    async fn one_of_those_that_come_together_fails_alone(server: TestServer) {
        let before = joined(&server).await;
        let mut last = Vec::new();
        for round in 0.. {
            assert!(round < ROUNDS, "none was committed with another");
            // two want one name, two go, one is changed by who knows an old version
            let stale = server.create_user(&format!("stale{round}")).await;
            let names = ["twice", "twice", "ada", "eve"].map(|name| format!("{name}{round}"));
            let creations = names.iter().map(|name| (Client::clone(&server), user(name)));
            let deletions = std::mem::take(&mut last).into_iter().map(|id: String| (Client::clone(&server), at_user(&id)));
            let (editor, path) = (Client::clone(&server), at_user(&stale));
            let change = patch(title("new"));

            let (created, deleted, edited) = tokio::join!(
                at_once(creations.map(|(client, body)| async move { client.post("/scim/v2/Users", body).await })),
                at_once(deletions.map(|(client, path)| async move { client.delete(&path).await })),
                editor.request("PATCH", &path, Some(change), &[("if-match", "W/\"99\"")]),
            );

            edited.is(412);
            for answer in deleted {
                answer.is(204);
            }
            let [one, other, ada, eve] = &created[..] else { unreachable!("four were sent") };
            let (won, lost) = if one.status == 201 { (one, other) } else { (other, one) };
            assert_eq!([won.status, ada.status, eve.status], [201; 3]);
            lost.refused_as(409, "uniqueness");
            for name in &names {
                assert_eq!(server.users_where(&format!("userName eq \"{name}\"")).await, [name.as_str()]);
            }
            last = vec![ada.id().to_owned(), eve.id().to_owned()];
            if round >= 10 && joined(&server).await > before {
                break;
            }
        }
    }
}

/// A row that another program holds stops those who want it, and nobody else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_a_row_waits_alone() {
    let server = TestServer::on(Kind::Postgres).await;
    let names: Vec<String> = (0..8).map(|n| format!("user{n}")).collect();
    let ids = server.create_users(&names).await;
    let edit = |id: &String, value: &'static str| {
        let (client, path) = (Client::clone(&server), at_user(id));
        async move { client.edit(&path, title(value)).await }
    };
    let held = server.database().hold_with(&format!(
        "SELECT 1 FROM resources WHERE id IN ('{}', '{}') FOR UPDATE",
        ids[0], ids[1]
    ));
    let [first, second] = [&ids[0], &ids[1]].map(|id| spawn(edit(id, "late")));

    for round in ["one", "two", "three"] {
        for answer in at_once(ids[2..].iter().map(|id| edit(id, round))).await {
            assert_eq!(answer.is(200).body["title"], round);
        }
    }

    assert!(!first.is_finished() && !second.is_finished());
    drop(held);
    for waiting in [first, second] {
        assert_eq!(waiting.await.unwrap().is(200).body["title"], "late");
    }
}

/// Clients that do not wait for their answers leave nothing behind that others wait for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_goes_away_gives_back_what_it_had() {
    let server = TestServer::on(Kind::Postgres).await;
    let held_user = server.create_user("ada").await;
    let other = server.create_user("eve").await;
    let held = server.database().hold_with(&format!(
        "SELECT 1 FROM resources WHERE id = '{held_user}' FOR UPDATE"
    ));
    let body = patch(title("late")).to_string();
    let head = server.head(
        &format!("PATCH {} HTTP/1.1", at_user(&held_user)),
        &[
            "Content-Type: application/scim+json",
            &format!("Content-Length: {}", body.len()),
        ],
    );
    let waits_for_the_row = |count: usize| {
        server.database().administer(&format!(
            "DO $$ BEGIN
                 FOR attempt IN 1..2000 LOOP
                     EXIT WHEN (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock') >= {count};
                     ASSERT attempt < 2000, 'never: {count} wait for the row';
                     PERFORM pg_stat_clear_snapshot(), pg_sleep(0.01);
                 END LOOP;
             END $$"
        ));
    };
    // it is put off when the database has had it wait for long enough
    let (patient, path) = (Client::clone(&server), at_user(&held_user));
    let patient = spawn(async move { patient.edit(&path, title("late")).await });
    waits_for_the_row(1);
    // more than there are connections
    for n in 0..10 {
        let mut wire = server.wire().await;
        wire.write_all(format!("{head}{body}").as_bytes())
            .await
            .unwrap();
        waits_for_the_row(n + 2);
        drop(wire);
    }
    let in_use = [("pool", "write"), ("state", "in_use")];

    let answer = server.edit(&at_user(&other), title("new")).await;

    assert_eq!(answer.is(200).body["title"], "new");
    eventually("one connection is in use", async || {
        let metrics = server.metrics().await;
        let connections = metrics.sum("vestibule_database_connections", &in_use);
        (connections < 1.5).then_some(())
    })
    .await;
    assert!(!patient.is_finished());
    drop(held);
    assert_eq!(patient.await.unwrap().is(200).body["title"], "late");
}

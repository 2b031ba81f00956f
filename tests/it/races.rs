//! Many at once: uniqueness, membership and versions under load (issue 2, section 6).

use std::collections::BTreeMap;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::spawn;

use crate::support::{Client, Database, Kind, TestServer, at_group, at_user, patch, user, values};

/// Counts the statuses of requests that ran at the same time.
fn counted(statuses: impl IntoIterator<Item = u16>) -> BTreeMap<u16, usize> {
    let mut counts = BTreeMap::new();
    for status in statuses {
        *counts.entry(status).or_default() += 1;
    }
    counts
}

fn title(value: &str) -> Value {
    patch(json!([{ "op": "replace", "path": "title", "value": value }]))
}

on_each_database! {
    async fn one_of_a_hundred_creates_wins(server: TestServer) { // C19
        let attempts = (0..100).map(|_| {
            let client = Client::clone(&server);
            spawn(async move { client.post("/scim/v2/Users", user("bjensen")).await })
        });

        let answers: Vec<_> = join_all(attempts).await.into_iter().map(Result::unwrap).collect();

        assert_eq!(counted(answers.iter().map(|it| it.status)), BTreeMap::from([(201, 1), (409, 99)]));
        for refused in answers.iter().filter(|it| it.status == 409) {
            refused.refused_as(409, "uniqueness");
        }
        assert_eq!(server.users_where("userName pr").await, ["bjensen"]);
    }

    async fn fifty_workers_leave_exactly_the_expected_members(server: TestServer) { // S16
        let names: Vec<String> = (0..1000).map(|n| format!("user{n}")).collect();
        let ids = server.create_users(&names).await;
        let path = at_group(&server.create_group("Everybody", &[]).await);

        // Each worker adds twenty users one by one, and takes every second one out again.
        let workers = ids.chunks(20).map(|own| {
            let (client, path, own) = (Client::clone(&server), path.clone(), own.to_vec());
            spawn(async move {
                let mut statuses = Vec::new();
                for (n, id) in own.iter().enumerate() {
                    let add = json!([{ "op": "add", "path": "members", "value": [{ "value": id }] }]);
                    statuses.push(client.edit(&path, add).await.status);
                    if n % 2 == 1 {
                        let remove = json!([{ "op": "remove", "path": format!("members[value eq \"{id}\"]") }]);
                        statuses.push(client.edit(&path, remove).await.status);
                    }
                }
                statuses
            })
        });
        let statuses = join_all(workers).await.into_iter().flat_map(Result::unwrap);

        assert_eq!(counted(statuses), BTreeMap::from([(204, 1500)]));
        let mut expected: Vec<String> = ids.iter().step_by(2).cloned().collect();
        expected.sort();
        assert_eq!(values(&server.read(&path).await["members"]), expected);
    }

    async fn one_of_many_with_the_same_version_wins(server: TestServer) { // M7
        let created = server.post("/scim/v2/Users", user("bjensen")).await.is(201);
        let (path, version) = (at_user(created.id()), created.version());

        let attempts = (0..20).map(|n| {
            let (client, path, version) = (Client::clone(&server), path.clone(), version.clone());
            spawn(async move {
                let answer = client.request("PATCH", &path, Some(title(&n.to_string())), &[("if-match", &version)]).await;
                (n, answer.status)
            })
        });
        let outcomes: Vec<(i32, u16)> = join_all(attempts).await.into_iter().map(Result::unwrap).collect();

        assert_eq!(counted(outcomes.iter().map(|it| it.1)), BTreeMap::from([(200, 1), (412, 19)]));
        let winner = outcomes.iter().find(|it| it.1 == 200).unwrap().0;
        assert_eq!(server.read(&path).await["title"], winner.to_string());
    }

    async fn changes_of_different_attributes_all_stay(server: TestServer) { // S16
        let path = at_user(&server.create_user("bjensen").await);
        let names: Vec<String> = (0..20).map(|n| format!("entitlement{n:02}")).collect();

        let attempts = names.iter().map(|name| {
            let (client, path, name) = (Client::clone(&server), path.clone(), name.clone());
            spawn(async move {
                let add = json!([{ "op": "add", "path": "entitlements", "value": [{ "value": name }] }]);
                client.edit(&path, add).await.status
            })
        });
        let statuses = join_all(attempts).await.into_iter().map(Result::unwrap);

        assert_eq!(counted(statuses), BTreeMap::from([(200, 20)]));
        assert_eq!(values(&server.read(&path).await["entitlements"]), names);
    }

    async fn who_is_renamed_while_joining_a_group_has_the_new_name_there(server: TestServer) {
        let group = at_group(&server.create_group("Staff", &[]).await);
        for n in 0..60 {
            let ada = server.create_user(&format!("ada{n}")).await;
            let (path, joiner, renamer) = (at_user(&ada), Client::clone(&server), Client::clone(&server));
            let join = patch(json!([{ "op": "add", "path": "members", "value": [{ "value": ada }] }]));
            let rename = patch(json!([{ "op": "replace", "path": "displayName", "value": format!("Countess {n}") }]));
            let (joined, renamed) = tokio::join!(joiner.patch(&group, join), renamer.patch(&path, rename));
            joined.one_of(&[200, 204]);
            renamed.is(200);
        }
        let members = server.read(&group).await["members"].clone();
        for member in members.as_array().unwrap() {
            assert!(member["display"].as_str().unwrap().starts_with("Countess"), "{member}");
        }
    }

    async fn a_deletion_in_the_midst_of_a_rename_frees_both_names(server: TestServer) {
        for n in 0..60 {
            let path = at_user(&server.create_user(&format!("ada{n}")).await);
            let (renamer, deleter) = (Client::clone(&server), Client::clone(&server));
            let rename = patch(json!([{ "op": "replace", "path": "userName", "value": format!("eve{n}") }]));
            let (renamed, deleted) = tokio::join!(renamer.patch(&path, rename), deleter.delete(&path));
            renamed.one_of(&[200, 404]);
            deleted.is(204);
        }
        for n in 0..60 {
            server.post("/scim/v2/Users", user(&format!("ada{n}"))).await.is(201);
            server.post("/scim/v2/Users", user(&format!("eve{n}"))).await.is(201);
        }
    }

    async fn a_deletion_and_a_new_membership_leave_no_ghost(server: TestServer) { // L4 S15
        for n in 0..10 {
            let id = server.create_user(&format!("user{n}")).await;
            let path = at_group(&server.create_group(&format!("group{n}"), &[]).await);
            let (deleting, adding) = (Client::clone(&server), Client::clone(&server));
            let add = json!([{ "op": "add", "path": "members", "value": [{ "value": id }] }]);

            let user_path = at_user(&id);
            let (deleted, added) = tokio::join!(deleting.delete(&user_path), adding.edit(&path, add));

            deleted.is(204);
            added.one_of(&[204, 400]);
            assert_eq!(values(&server.read(&path).await["members"]), [""; 0]);
        }
    }
}

/// Several processes may share one PostgreSQL; the database decides between them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_on_one_postgresql_agree() {
    let first = TestServer::start(Database::on(Kind::Postgres).await, &[]);
    let second = TestServer::start(first.database(), &[]);
    let attempts = (0..40).map(|n| {
        let client = if n % 2 == 0 {
            Client::clone(&first)
        } else {
            Client::clone(&second)
        };
        spawn(async move { client.post("/scim/v2/Users", user("bjensen")).await.status })
    });

    let statuses = join_all(attempts).await.into_iter().map(Result::unwrap);

    assert_eq!(counted(statuses), BTreeMap::from([(201, 1), (409, 39)]));
    let id = first.get("/scim/v2/Users").await.is(200).resources()[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    second.patch(&at_user(&id), title("Dr")).await.is(200);
    assert_eq!(first.read(&at_user(&id)).await["title"], "Dr");
}

//! Two servers on one database: a load balancer may send any request to either.

use std::collections::BTreeMap;
use std::time::Instant;

use futures_util::future::{join, join_all};
use serde_json::json;
use tokio::spawn;

use crate::support::{
    Client, Database, Dice, Kind, Load, TestServer, at_group, at_user, patch, user, values,
};

/// Starts two servers on the same database.
fn two(database: Database) -> (TestServer, TestServer) {
    let first = TestServer::start(database, &[]);
    let second = TestServer::start(first.database(), &[]);
    (first, second)
}

/// After a failover the new primary may count from where the old one had not been yet.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_was_given_away_twice_is_nobodys_loss() {
    let (first, second) = two(Database::on(Kind::Postgres).await);
    let kept = first.create_user("user0").await;
    let counter = "pg_get_serial_sequence('resources', 'pk')";
    first
        .database()
        .administer(&format!("SELECT setval({counter}, 1, false)"));

    for n in 1..31 {
        second.create_user(&format!("user{n}")).await;
    }
    for n in 31..35 {
        first.create_user(&format!("user{n}")).await;
    }

    assert_eq!(second.read(&at_user(&kept)).await["userName"], "user0");
    let mut names: Vec<String> = (0..35).map(|n| format!("user{n}")).collect();
    let mut found = second.users_where("userName pr").await;
    names.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, names);
}

on_each_database! {
    async fn a_load_over_two_servers_loses_nothing(database: Database) {
        let mut dice = Dice::new();
        let (first, second) = two(database);
        let mut load = Load::of(4, &first, &mut dice).await;

        let running = load.begin(&[&first, &second]);
        running.acknowledged(400).await;
        load = running.end().await;

        load.check(&first).await;
        load.check(&second).await;
        assert_eq!(load.put_off(), 0);
    }

    async fn a_name_that_is_asked_of_both_at_once_is_given_once(database: Database) {
        let (first, second) = two(database);
        for n in 0..20 {
            let name = format!("user{n}");
            let (here, there) = join(first.post("/scim/v2/Users", user(&name)), second.post("/scim/v2/Users", user(&name.to_uppercase()))).await;

            let mut statuses = [here.status, there.status];
            statuses.sort_unstable();
            assert_eq!(statuses, [201, 409]);
            assert_eq!(second.find("/scim/v2/Users", &format!("userName eq \"{name}\"")).await.total(), 1);
        }
    }

    async fn a_version_has_one_winner_over_both(database: Database) { // M7
        let (first, second) = two(database);
        let path = at_user(&first.create_user("bjensen").await);
        for round in 0..5 {
            let version = second.get(&path).await.is(200).version();
            let attempts = (0..8).map(|n| {
                let client = Client::clone(if n % 2 == 0 { &first } else { &second });
                let (path, version) = (path.clone(), version.clone());
                let change = patch(json!([{ "op": "replace", "path": "title", "value": format!("{round}.{n}") }]));
                spawn(async move { (n, client.request("PATCH", &path, Some(change), &[("if-match", &version)]).await.status) })
            });
            let outcomes: BTreeMap<i32, u16> = join_all(attempts).await.into_iter().map(Result::unwrap).collect();

            let winners: Vec<i32> = outcomes.iter().filter(|it| *it.1 == 200).map(|it| *it.0).collect();
            assert_eq!(winners.len(), 1, "{outcomes:?}");
            assert!(outcomes.values().all(|it| [200, 412].contains(it)), "{outcomes:?}");
            for server in [&first, &second] {
                assert_eq!(server.read(&path).await["title"], format!("{round}.{}", winners[0]));
            }
        }
    }

    async fn members_that_both_add_at_once_are_all_there(database: Database) {
        let (first, second) = two(database);
        let names: Vec<String> = (0..40).map(|n| format!("user{n:02}")).collect();
        let mut ids = first.create_users(&names).await;
        let path = at_group(&first.create_group("Everybody", &[]).await);

        let adding = ids.iter().enumerate().map(|(n, id)| {
            let client = Client::clone(if n % 2 == 0 { &first } else { &second });
            let (path, add) = (path.clone(), json!([{ "op": "add", "path": "members", "value": [{ "value": id }] }]));
            spawn(async move { client.edit(&path, add).await.status })
        });
        let statuses: Vec<u16> = join_all(adding).await.into_iter().map(Result::unwrap).collect();

        assert_eq!(statuses, [204; 40]);
        ids.sort();
        for server in [&first, &second] {
            assert_eq!(values(&server.read(&path).await["members"]), ids);
        }
    }

    async fn a_revoked_token_is_out_everywhere_within_a_second(database: Database) {
        let (first, second) = two(database);
        let secret = first.token_with(&["--name", "leaving"]);
        let clients = [first.with_token(&secret), second.with_token(&secret)];
        // What a server might remember of a token, it remembers now.
        for client in &clients {
            client.get("/scim/v2/Users").await.is(200);
            client.create_user(&format!("user{}", client.address().port())).await;
        }
        let listed = first.database().cli(&["token", "list", "--json"]);
        let tokens: Vec<serde_json::Value> = listed.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
        let token = tokens.iter().find(|it| it["name"] == "leaving").unwrap();

        first.database().cli(&["token", "revoke", &token["id"].to_string()]);
        let revoked = Instant::now();

        let [here, there] = clients;
        join(here.is_out_within_a_second(revoked), there.is_out_within_a_second(revoked)).await;
        first.get("/scim/v2/Users").await.is(200);
    }

    async fn what_one_takes_away_the_other_does_not_have(database: Database) {
        let (first, second) = two(database);
        let (ada, eve) = (first.create_user("ada").await, first.create_user("eve").await);
        let group = at_group(&first.create_group("Staff", &[&ada, &eve]).await);
        for (here, there) in [(&first, &second), (&second, &first), (&first, &second)] {
            here.edit(&at_user(&ada), json!([{ "op": "replace", "path": "active", "value": false }])).await.is(200);
            assert_eq!(there.read(&at_user(&ada)).await["active"], false);
            assert_eq!(there.users_where("userName eq \"ada\" and active eq true").await, [""; 0]);
            there.edit(&at_user(&ada), json!([{ "op": "replace", "path": "active", "value": true }])).await.is(200);
            assert_eq!(here.users_where("userName eq \"ada\" and active eq true").await, ["ada"]);

            here.edit(&group, json!([{ "op": "remove", "path": format!("members[value eq \"{ada}\"]") }])).await.is(204);
            assert_eq!(there.read(&at_user(&ada)).await.get("groups"), None);
            there.edit(&group, json!([{ "op": "add", "path": "members", "value": [{ "value": ada }] }])).await.is(204);
            assert_eq!(values(&here.read(&at_user(&ada)).await["groups"]).len(), 1);
        }
        first.delete(&at_user(&eve)).await.is(204);
        second.get(&at_user(&eve)).await.refused(404);
        assert_eq!(values(&second.read(&group).await["members"]), [ada]);
    }

    async fn a_cursor_of_one_leads_on_at_the_other(database: Database) {
        let (first, second) = two(database);
        let names: Vec<String> = (0..12).map(|n| format!("user{n:02}")).collect();
        first.create_users(&names).await;

        let (mut seen, mut cursor) = (Vec::new(), String::new());
        for server in [&first, &second].into_iter().cycle().take(4) {
            let query = format!("/scim/v2/Users?count=3&sortBy=userName&cursor={cursor}");
            let page = server.get(&query).await.is(200);
            seen.extend(page.each("userName"));
            page.body["nextCursor"].as_str().unwrap_or_default().clone_into(&mut cursor);
        }

        assert_eq!((seen, cursor), (names.into_iter().map(Into::into).collect(), String::new()));
    }
}

//! The process is killed in mid-load: what was acknowledged is there afterwards, whole.
//!
//! `VESTIBULE_TEST_KILLS` asks for more kills than the usual ones, and `VESTIBULE_TEST_SEED`
//! for the requests and moments of a run that failed.

use std::sync::Arc;

use serde_json::Value;

use crate::support::{Database, Dice, Load, TestServer, kills};

/// How many lines of the provisioning log tell of a change that the maker of the group made.
fn changes_in_the_log(database: &Database) -> usize {
    let log = database.cli(&["log", "--json", "--limit", "1000000"]);
    let entries: Vec<Value> = log
        .lines()
        .map(|it| serde_json::from_str(it).unwrap())
        .collect();
    let group = entries.iter().find(|it| {
        it["path"]
            .as_str()
            .is_some_and(|it| it.ends_with("/Groups"))
    });
    let token = &group.expect("the group was made")["token"];
    let changes = entries
        .iter()
        .filter(|it| it["token"] == *token && it["status"].as_u64().is_some_and(|it| it < 300));
    changes.count()
}

on_each_database! {
    async fn kills_lose_nothing_that_was_acknowledged(database: Database) {
        let mut dice = Dice::new();
        let database = Arc::new(database);
        let mut server = TestServer::start(Arc::clone(&database), &[]);
        let mut load = Load::of(4, &server, &mut dice).await;
        // Checks have a token of their own, so that the log tells them from the load.
        let checking = server.token_for("default", "strict");

        for _ in 0..kills(20) {
            let running = load.begin(&[&server]);
            running.acknowledged(1 + dice.below(40)).await;
            // A server that is dropped is killed, without a signal that it could answer.
            drop(server);
            load = running.lost().await;

            server = TestServer::start(Arc::clone(&database), &[]);
            load.check(&server.with_token(&checking)).await;
        }

        assert_eq!(load.put_off(), 0, "a database that is there puts nobody off");
        // A Bulk request has a line for each of its operations.
        assert!(changes_in_the_log(&database) >= load.acknowledged());
    }
}

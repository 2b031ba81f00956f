//! PostgreSQL dies or is stopped in mid-load, and comes back, while the server runs.

use futures_util::future::join;

use crate::support::{Client, Cluster, Database, Dice, Load, TestServer, kills};

/// Asks in several ways while the database is away: everybody is put off, nobody is sent away.
async fn everybody_is_put_off(server: &Client, group: &str) {
    let (reader, writer, stranger) = (
        server.clone(),
        server.clone(),
        server.with_token("vst_nobody_has_this_token"),
    );
    let list = reader.get("/scim/v2/Users");
    let write = writer.post("/scim/v2/Users", crate::support::user("meanwhile"));
    let (ready, live) = (server.without_token(), server.without_token());
    let ((list, write), (ready, live)) = join(
        join(list, write),
        join(ready.get("/health/ready"), live.get("/health/live")),
    )
    .await;

    list.puts_off();
    write.puts_off();
    assert_eq!((ready.status, live.status), (503, 200));
    // Whether this token is one of ours, nobody can say now; only its form could be refused.
    stranger.get(group).await.one_of(&[401, 503]);
}

/// Takes the database away and brings it back, so often, and asserts that nothing is lost.
async fn comes_back(mode: &str, times: usize) {
    let mut dice = Dice::new();
    let cluster = Cluster::start();
    let server = TestServer::start(Database::at(cluster.url()), &[]);
    let mut load = Load::of(4, &server, &mut dice).await;
    for time in 0..times {
        let running = load.begin(&[&server]);
        running.acknowledged(1 + dice.below(40)).await;
        cluster.stop(mode);
        // It takes a while until a server gives up to wait for the database; once is enough.
        if time == 0 {
            everybody_is_put_off(&server, "/scim/v2/Groups").await;
        }
        cluster.begin();
        running.acknowledged(20).await;

        load = running.end().await;
        load.check(&server).await;
    }
    assert!(load.put_off() > 0, "the first time, everybody was put off");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_that_dies_in_mid_load_takes_nothing_with_it() {
    comes_back("immediate", kills(6)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_that_is_stopped_in_mid_load_takes_nothing_with_it() {
    comes_back("fast", 2).await;
}

/// What counts is what PostgreSQL still has, not what a server remembers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server_and_postgresql_that_die_together_lose_nothing() {
    let mut dice = Dice::new();
    let cluster = Cluster::start();
    let database = std::sync::Arc::new(Database::at(cluster.url()));
    let mut server = TestServer::start(std::sync::Arc::clone(&database), &[]);
    let mut load = Load::of(4, &server, &mut dice).await;
    for _ in 0..3 {
        let running = load.begin(&[&server]);
        running.acknowledged(1 + dice.below(40)).await;
        cluster.stop("immediate");
        drop(server);
        load = running.lost().await;

        cluster.begin();
        server = TestServer::start(std::sync::Arc::clone(&database), &[]);
        load.check(&server).await;
    }
}

//! PostgreSQL dies or is stopped in mid-load, and comes back, while the server runs.

use std::sync::Arc;

use futures_util::future::{join, join_all};

use crate::support::{
    Client, Cluster, Database, Dice, Kind, Load, TestServer, at_user, kills, user,
};

/// Asks in several ways while the database is away: everybody is put off, nobody is sent away.
async fn everybody_is_put_off(server: &Client, group: &str) {
    let asked = [
        ("GET", "/scim/v2/Users", None),
        ("GET", group, None),
        ("POST", "/scim/v2/Users", Some(user("meanwhile"))),
        ("DELETE", group, None),
    ];
    let answers = asked.map(|(method, path, body)| {
        let client = server.clone();
        async move { client.request(method, path, body, &[]).await }
    });
    let (ready, live) = (server.without_token(), server.without_token());
    let health = join(ready.get("/health/ready"), live.get("/health/live"));
    let (answers, (ready, live)) = join(join_all(answers), health).await;

    for answer in answers {
        answer.puts_off();
    }
    assert_eq!((ready.status, live.status), (503, 200));
}

/// Takes the database away and brings it back, so often, and asserts that nothing is lost.
async fn comes_back(mode: &str, times: usize) {
    let mut dice = Dice::new();
    let cluster = Cluster::start();
    let server = TestServer::start(Database::at(cluster.url()), &[]);
    let mut load = Load::of(4, &server, &mut dice).await;
    let group = load.group().to_owned();
    for time in 0..times {
        let running = load.begin(&[&server]);
        running.acknowledged(1 + dice.below(40)).await;
        cluster.stop(mode);
        // It takes a while until a server gives up to wait for the database; once is enough.
        if time == 0 {
            everybody_is_put_off(&server, &group).await;
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
    let database = Arc::new(Database::at(cluster.url()));
    let mut server = TestServer::start(Arc::clone(&database), &[]);
    let mut load = Load::of(4, &server, &mut dice).await;
    for _ in 0..3 {
        let running = load.begin(&[&server]);
        running.acknowledged(1 + dice.below(40)).await;
        cluster.stop("immediate");
        drop(server);
        load = running.lost().await;

        cluster.begin();
        server = TestServer::start(Arc::clone(&database), &[]);
        load.check(&server).await;
    }
}

/// After a failover, an old name may lead to the old primary for a while, which then only reads.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_only_reads_puts_writes_off_and_is_left_when_one_writes() {
    let server = TestServer::on(Kind::Postgres).await;
    let ada = at_user(&server.create_user("ada").await);
    let database = server.database();
    let name = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I";
    let end = "', current_database()); END $$";
    let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                  WHERE datname = current_database() AND pid <> pg_backend_pid()";

    database.administer(&format!(
        "{name} SET default_transaction_read_only = on{end}"
    ));
    database.administer(others);
    let clients: Vec<Client> = (0..12).map(|_| Client::clone(&server)).collect();
    let writes = clients.iter().enumerate().map(|(n, client)| {
        let name = format!("user{n}");
        async move { client.post("/scim/v2/Users", user(&name)).await }
    });
    for answer in join_all(writes).await {
        answer.puts_off();
    }
    assert_eq!(server.read(&ada).await["userName"], "ada");

    let reset =
        format!("BEGIN READ WRITE; {name} RESET default_transaction_read_only{end}; COMMIT");
    database.administer(&reset);
    for n in 0..12 {
        server.create_user(&format!("user{n}")).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_ends_when_told_to_though_its_database_is_away() {
    let cluster = Cluster::start();
    let mut server = TestServer::start(Database::at(cluster.url()), &[]);
    // The use of a token is something to write at the end.
    server.get("/scim/v2/Users").await.is(200);
    cluster.stop("fast");

    server.ask_to_end();

    server.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_its_database_does_not_start_and_says_so() {
    let cluster = Cluster::start();
    let database = Database::at(cluster.url());
    cluster.stop("fast");

    let said = TestServer::refuses_to_start(&database, &[]);

    assert!(
        said.contains("127.0.0.1") && !said.contains("panicked"),
        "{said}"
    );
}

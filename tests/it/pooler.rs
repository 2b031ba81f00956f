//! A pooler that loses its connection to PostgreSQL says so in words of its own, or says nothing;
//! and nobody knows then whether what was asked has happened.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::spawn;

use crate::support::{Client, Database, Kind, TestServer, eventually, user};

/// What PgBouncer says (protocol 3, `ErrorResponse`).
const LOST: &[u8] = b"E\0\0\0\x30SFATAL\0VFATAL\0C08P01\0Mserver conn crashed?\0\0";

/// How many clients create a user at the same time.
const CLIENTS: usize = 8;

/// A part of a name, which no statement of ours has.
fn mark(n: usize) -> String {
    format!("mark{n}mark")
}

/// Stands between a server and its database. The first time that several users are created by one
/// statement, it loses the database's answer to that.
struct Pooler {
    has_lost: Arc<AtomicBool>,
    database: Database,
}

impl Pooler {
    async fn before(database: &Database, last_words: &'static [u8]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = listener.local_addr().unwrap().to_string();
        let there = database.address().to_owned();
        let has_lost = Arc::new(AtomicBool::new(false));
        let database = database.at_another_address(&here);
        let lost = Arc::clone(&has_lost);
        spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let server = TcpStream::connect(&there).await.unwrap();
                spawn(pass_on(client, server, last_words, Arc::clone(&lost)));
            }
        });
        Self { has_lost, database }
    }
}

/// Passes on what both say, up to the answer that is lost: then there are the last words or, if
/// there are none, a silence for as long as the client listens.
async fn pass_on(
    mut client: TcpStream,
    mut server: TcpStream,
    last_words: &'static [u8],
    has_lost: Arc<AtomicBool>,
) {
    let (mut asked, mut answered) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    let mut loses = false;
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let Ok(n @ 1..) = read else { return };
                let text = String::from_utf8_lossy(&asked[..n]);
                let several = (0..CLIENTS).filter(|n| text.contains(&mark(*n))).count() > 1;
                loses = loses || several && !has_lost.swap(true, Relaxed);
                server.write_all(&asked[..n]).await.unwrap();
            }
            read = server.read(&mut answered) => {
                let Ok(n @ 1..) = read else { return };
                let said = if loses { last_words } else { &answered[..n] };
                if client.write_all(said).await.is_err() || (loses && !said.is_empty()) {
                    return;
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_have_happened_is_not_done_again() {
    creations_are_made_or_put_off(LOST).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_says_nothing_is_not_waited_for() {
    creations_are_made_or_put_off(b"").await;
}

async fn creations_are_made_or_put_off(last_words: &'static [u8]) {
    let database = Database::on(Kind::Postgres).await;
    let Pooler {
        has_lost,
        database: pooled,
    } = Pooler::before(&database, last_words).await;
    let server = TestServer::start(pooled, &[]);
    for round in 0.. {
        assert!(round < 200, "no two were created by one statement");
        let names: Vec<String> = (0..CLIENTS)
            .map(|n| format!("{}.{round}", mark(n)))
            .collect();
        let creations = names.iter().map(|name| {
            let (client, body) = (Client::clone(&server), user(name));
            spawn(async move { client.post("/scim/v2/Users", body).await })
        });

        let answers = join_all(creations).await;

        let mut put_off = 0;
        for (answer, name) in answers.into_iter().zip(&names) {
            // nobody else wanted the name
            let answer = answer.unwrap().one_of(&[201, 503]);
            let found = server.users_where(&format!("userName eq \"{name}\"")).await;
            if answer.status == 503 {
                answer.puts_off();
                put_off += 1;
                let there = found.len();
                let again = server.post("/scim/v2/Users", user(name)).await;
                assert_eq!(again.status, [201, 409][there]);
            } else {
                assert_eq!(found, [name.as_str()]);
            }
        }
        if has_lost.load(Relaxed) {
            assert!(put_off > 1);
            break;
        }
    }
    let in_use = [("pool", "write"), ("state", "in_use")];
    eventually("no connection is in use", async || {
        let metrics = server.metrics().await;
        let connections = metrics.sum("vestibule_database_connections", &in_use);
        (connections < 0.5).then_some(())
    })
    .await;
}

//! Many clients at once, most of them up to nothing.

use std::process::Command;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{server, slow};
use crate::support::wire::{GIVE_UP, until_closed};
use crate::support::{Client, Pace, TestServer, at_user};

/// Raises how many files this process, and a server that it starts, may have open.
fn allow_many_files() {
    let id = std::process::id().to_string();
    let prlimit = |arguments: &[&str]| {
        let output = Command::new("prlimit")
            .args(["--pid", &id])
            .args(arguments)
            .output()
            .expect("prlimit can be started");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    let most = prlimit(&["--nofile", "--noheadings", "--raw", "--output", "HARD"]);
    prlimit(&[&format!("--nofile={most}:")]);
}

/// Opens a connection, and has a request answered on it if it shall not stay silent.
async fn idle(client: &Client, silent: bool) -> TcpStream {
    let mut stream = client.wire().await;
    if !silent {
        let request = client.head("GET /health/live HTTP/1.1", &[]);
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut status = [0; 12];
        stream.read_exact(&mut status).await.unwrap();
        assert_eq!(&status, b"HTTP/1.1 200");
    }
    stream
}

/// A slow head, a slow body or a slow reader of a large answer.
async fn slow(client: &Client, n: usize) -> TcpStream {
    let mut stream = client.narrow_wire().await;
    let bytes = match n % 3 {
        0 => "GET /scim/v2/Users HTTP/1.1\r\nX: ".to_owned(),
        1 => client.head("POST /scim/v2/Users HTTP/1.1", &["Content-Length: 1000"]) + "{",
        _ => client.head("GET /scim/v2/Users HTTP/1.1", &[]).repeat(10),
    };
    stream.write_all(bytes.as_bytes()).await.unwrap();
    stream
}

/// A good client beside so many idle and so many slow ones.
async fn crowd(server: TestServer, idlers: usize, slow_ones: usize) {
    slow::fill_a_page(&server).await;
    let path = at_user(&server.create_user("ada").await);
    let calm = Pace::of(&server, &path).await;
    let before = server.resident();

    let mut held = Vec::new();
    for n in 0..idlers {
        held.push(idle(&server, n % 2 == 0).await);
    }
    let grown = server.resident().saturating_sub(before) / u64::try_from(idlers).unwrap();
    for n in 0..slow_ones {
        held.push(slow(&server, n).await);
    }
    let (crowded, ()) = Pace::during(&server, &path, tokio::spawn(async {})).await;

    crowded.is_hardly_slower_than(calm);
    assert!(grown <= 64 * 1024, "{grown} bytes for each idle connection");
    drop(held);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_idle_and_sixty_slow_clients_slow_nobody() {
    allow_many_files();
    crowd(server(&[]).await, 1_000, 60).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes 20,000 open files; run it by name"]
async fn ten_thousand_idle_and_two_hundred_slow_clients_slow_nobody() {
    allow_many_files();
    crowd(server(&[]).await, 9_700, 200).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_connections_make_room_for_a_new_client() {
    for silent in [false, true] {
        let server = server(&["--max-connections", "20"]).await;
        let mut held = Vec::new();
        for _ in 0..40 {
            let stream = timeout(GIVE_UP, idle(&server, silent)).await;
            held.push(stream.expect("a new connection is served"));
        }
        let newcomer = Client::clone(&server);
        let answer = timeout(GIVE_UP, newcomer.get("/scim/v2/Users")).await;
        answer.expect("a new client is served").is(200);

        // Twenty at most are open, so at least twenty of forty are not.
        let mut closings: FuturesUnordered<_> = held.iter_mut().map(until_closed).collect();
        for _ in 0..20 {
            let closed = closings.next().await.flatten();
            assert!(closed.is_some(), "more connections are open than allowed");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_in_flight_is_not_closed_to_make_room() {
    let server = server(&["--max-connections", "10"]).await;
    let mut busy = server.wire().await;
    let body = crate::support::user("ada").to_string();
    let length = format!("Content-Length: {}", body.len());
    let head = server.head(
        "POST /scim/v2/Users HTTP/1.1",
        &[
            "Content-Type: application/scim+json",
            "Expect: 100-continue",
            &length,
        ],
    );
    busy.write_all(head.as_bytes()).await.unwrap();
    let mut go_ahead = [0; 25];
    busy.read_exact(&mut go_ahead).await.unwrap();

    let mut held = Vec::new();
    for _ in 0..30 {
        let stream = timeout(GIVE_UP, idle(&server, false)).await;
        held.push(stream.expect("a new connection is served"));
    }
    busy.write_all(body.as_bytes()).await.unwrap();
    let mut status = [0; 12];
    busy.read_exact(&mut status).await.unwrap();

    assert_eq!(&status, b"HTTP/1.1 201");
}

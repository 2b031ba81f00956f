//! Heads that are too large: long addresses, long headers, many headers.

use super::server;
use crate::support::wire::{pour, statuses};
use crate::support::{Pace, TestServer, at_user};

const USERS: &str = "/scim/v2/Users";

/// Sends a head that is too large, and asserts one of these statuses, or the end, and no more.
async fn is_refused(server: &TestServer, name: &str, head: String, expected: &[u16]) {
    let said = server.write_until_closed(head).await;
    let said = said.unwrap_or_else(|| panic!("{name}: the connection stays open"));
    let answered = statuses(&said);
    assert!(
        answered.len() <= 1 && answered.iter().all(|it| expected.contains(it)),
        "{name}: {said}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_of_a_megabyte_is_refused() {
    let server = server(&[]).await;
    let path = at_user(&server.create_user("ada").await);
    let calm = Pace::of(&server, &path).await;
    let get = format!("GET {USERS} HTTP/1.1");
    let long = "x".repeat(1_000_000);
    let close = "Connection: close";

    is_refused(
        &server,
        "a long header",
        server.head(&get, &[&format!("X: {long}"), close]),
        &[400, 431],
    )
    .await;
    is_refused(
        &server,
        "a long name",
        server.head(&get, &[&format!("{long}: x"), close]),
        &[400, 431],
    )
    .await;
    is_refused(
        &server,
        "a long token",
        server
            .head(&get, &[close])
            .replace("Bearer vst_", &format!("Bearer vst_{long}")),
        &[400, 401, 431],
    )
    .await;
    let many: Vec<String> = (0..5_000).map(|n| format!("X-{n}: y")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).chain([close]).collect();
    is_refused(
        &server,
        "many headers",
        server.head(&get, &many),
        &[400, 431],
    )
    .await;
    let same = ["X: y"].repeat(5_000);
    is_refused(
        &server,
        "one header many times",
        server.head(&get, &[&same[..], &[close]].concat()),
        &[400, 431],
    )
    .await;
    for target in [
        format!("{USERS}?filter={long}"),
        format!("{USERS}/{long}"),
        format!("/{long}"),
        format!("{USERS}?{}", "a=b&".repeat(250_000)),
    ] {
        is_refused(
            &server,
            "a long address",
            server.head(&format!("GET {target} HTTP/1.1"), &[close]),
            &[400, 414, 431],
        )
        .await;
    }
    is_refused(
        &server,
        "a long method",
        server.head(&format!("{long} {USERS} HTTP/1.1"), &[close]),
        &[400, 405, 414, 431, 501],
    )
    .await;

    let (after, ()) = Pace::during(&server, &path, tokio::spawn(async {})).await;
    after.is_hardly_slower_than(calm);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_without_an_end_is_not_read_for_ever() {
    let server = server(&[]).await;
    let first_line = format!("GET {USERS} HTTP/1.1\r\n");
    let mut held = Vec::new();
    for _ in 0..4 {
        for (start, piece) in [
            (first_line.as_str(), "X: y\r\n"),
            (&first_line, "x"),
            ("GET /", "x"),
            ("", "G"),
            ("", "\r\n"),
        ] {
            let poured = pour(
                server.wire().await,
                start.as_bytes(),
                piece.repeat(1000).as_bytes(),
            )
            .await;
            let (taken, said) =
                poured.unwrap_or_else(|| panic!("{start:?} and {piece:?} hold on for ever"));
            // What the kernel holds between the two counts as taken.
            assert!(taken < 16 * 1024 * 1024, "{taken} bytes of {piece:?}");
            assert!(
                statuses(&said).iter().all(|it| (400..500).contains(it)),
                "{said}"
            );
        }
        held.push(server.resident());
    }
    let grown = held[3].saturating_sub(held[0]);
    assert!(grown < 8 * 1024 * 1024, "{grown} bytes: {held:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heads_of_a_usual_size_are_taken() {
    let server = server(&[]).await;
    let headers: Vec<String> = (0..40)
        .map(|n| format!("X-{n}: {}", "y".repeat(100)))
        .collect();
    let headers: Vec<&str> = headers
        .iter()
        .map(String::as_str)
        .chain(["Connection: close"])
        .collect();
    let said = server
        .write_until_closed(server.head(
            &format!("GET {USERS}?x={} HTTP/1.1", "y".repeat(4_000)),
            &headers,
        ))
        .await;

    assert_eq!(statuses(&said.expect("the server closes")), [200]);
}

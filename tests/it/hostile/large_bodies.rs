//! Bodies that are too large, or larger than they look.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use super::server;
use crate::support::wire::{GIVE_UP, pour, statuses};
use crate::support::{TestServer, user};

const USERS: &str = "/scim/v2/Users";
const SCIM: &str = "Content-Type: application/scim+json";

/// Asserts one answer, which is a SCIM error.
#[track_caller]
fn is_refusal(said: &str, status: u16) {
    assert_eq!(statuses(said), [status], "{said}");
    let (_, body) = said.split_once("\r\n\r\n").expect("an answer has a head");
    let body: Value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {said}"));
    assert_eq!(body["status"], status.to_string(), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_body_is_refused_before_it_is_asked_for() {
    let server = server(&["--max-body", "4096", "--bulk-max-payload", "4096"]).await;
    for path in [USERS, "/scim/v2/Bulk", "/scim/v2/Users/.search"] {
        for length in [
            "4097",
            "50000000",
            "9223372036854775807",
            "18446744073709551615",
        ] {
            let head = server.head(
                &format!("POST {path} HTTP/1.1"),
                &[
                    SCIM,
                    &format!("Content-Length: {length}"),
                    "Expect: 100-continue",
                    "Connection: close",
                ],
            );
            let said = server
                .write_until_closed(head)
                .await
                .expect("the server closes");
            if length.len() < 20 {
                is_refusal(&said, 413);
            } else {
                assert!(
                    matches!(statuses(&said)[..], [] | [400 | 413 | 431]),
                    "{said}"
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_without_an_end_is_not_read_for_ever() {
    let server = server(&["--max-body", "65536", "--bulk-max-payload", "65536"]).await;
    let before = server.resident();
    let piece = " ".repeat(16_384);
    let chunk = format!("4000\r\n{piece}\r\n");
    for path in [USERS, "/scim/v2/Bulk", "/scim/v2/Users/.search"] {
        let first_line = format!("POST {path} HTTP/1.1");
        let chunked = server.head(&first_line, &[SCIM, "Transfer-Encoding: chunked"]);
        let poured = pour(server.wire().await, chunked.as_bytes(), chunk.as_bytes()).await;
        let (taken, said) = poured.expect("the server closes");
        is_refusal(&said, 413);
        assert!(taken < 64 * 1024 * 1024, "{taken} bytes of {path}");

        let counted = server.head(&first_line, &[SCIM, "Content-Length: 1000000000000"]);
        let poured = pour(server.wire().await, counted.as_bytes(), piece.as_bytes()).await;
        let (taken, said) = poured.expect("the server closes");
        is_refusal(&said, 413);
        assert!(taken < 64 * 1024 * 1024, "{taken} bytes of {path}");
    }
    assert!(server.resident().saturating_sub(before) < 32 * 1024 * 1024);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_is_turned_away_before_the_body() {
    let server = server(&[]).await;
    let head = server
        .head(
            &format!("POST {USERS} HTTP/1.1"),
            &[
                SCIM,
                "Content-Length: 10000000",
                "Expect: 100-continue",
                "Connection: close",
            ],
        )
        .replace("Bearer vst_", "Bearer vst_x");
    let said = server
        .write_until_closed(head)
        .await
        .expect("the server closes");

    is_refusal(&said, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_in_a_thousand_pieces_are_bodies() {
    let server = server(&[]).await;
    let head = server.head(
        &format!("POST {USERS} HTTP/1.1"),
        &[SCIM, "Transfer-Encoding: chunked", "Connection: close"],
    );
    let mut body = user("ada").to_string();
    body.push_str(&" ".repeat(20_000));
    let pieces = body
        .chars()
        .map(|it| format!("1;x=\"y\"\r\n{it}\r\n"))
        .collect::<Vec<_>>()
        .concat();
    let said = timeout(
        GIVE_UP,
        server.write_until_closed(head + &pieces + "0\r\n\r\n"),
    )
    .await;

    // Extensions of so many chunks may be more than a server takes.
    let said = said
        .expect("an answer comes in time")
        .expect("the server closes");
    assert!(matches!(statuses(&said)[..], [] | [201 | 400]), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn endless_trailers_are_not_read_for_ever() {
    let server = server(&[]).await;
    let body = user("ada").to_string();
    let head = server.head(
        &format!("POST {USERS} HTTP/1.1"),
        &[SCIM, "Transfer-Encoding: chunked"],
    );
    let start = format!("{head}{:x}\r\n{body}\r\n0\r\n", body.len());
    let poured = pour(
        server.wire().await,
        start.as_bytes(),
        b"X-Trailer: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n",
    )
    .await;

    let (taken, said) = poured.expect("the server closes");
    assert!(taken < 16 * 1024 * 1024, "{taken} bytes");
    assert!(!statuses(&said).contains(&201), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_promises_of_large_bodies_take_no_memory() {
    let server = server(&[]).await;
    let before = server.resident();
    let head = server.head(
        &format!("POST {USERS} HTTP/1.1"),
        &[SCIM, "Content-Length: 16777216", "Expect: 100-continue"],
    );
    let mut held = Vec::new();
    for _ in 0..200 {
        let mut stream = server.wire().await;
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        held.push((stream, answer));
    }

    assert!(server.resident().saturating_sub(before) < 32 * 1024 * 1024);
    // Beyond what one token may have in flight, 429.
    for (_, answer) in &held {
        assert!(
            [b"HTTP/1.1 100", b"HTTP/1.1 429"].contains(&answer),
            "{}",
            String::from_utf8_lossy(answer)
        );
    }
}

on_each_database! {
    async fn a_compressed_body_is_refused_by_its_coding(server: TestServer) {
        let gzip = BASE64_STANDARD.decode("H4sIAAAAAAACA6tWKi1OLfJLzE1VslJKTElUqgUAL/U3nhIAAAA=").unwrap();
        let plain = user("ada").to_string().into_bytes();
        for (coding, body) in [
            ("gzip", &gzip), ("x-gzip", &gzip), ("GZIP", &gzip), ("deflate", &plain), ("br", &plain), ("zstd", &plain), ("gzip, identity", &gzip), ("identity, gzip", &gzip), ("gzip, gzip", &gzip), ("nonesuch", &plain),
        ] {
            for (method, path) in [("POST", USERS), ("POST", "/scim/v2/Bulk"), ("POST", "/scim/v2/Users/.search")] {
                let headers = [("content-type", "application/scim+json"), ("content-encoding", coding)];
                let answer = timeout(Duration::from_secs(30), server.send_bytes(method, path, body.clone(), &headers)).await.unwrap();
                answer.refused(415);
                assert!(answer.body["detail"].as_str().is_some_and(|it| it.contains("Content-Encoding")), "{coding}: {}", answer.text);
            }
        }
        let headers = [("content-type", "application/scim+json"), ("content-encoding", "identity")];
        server.send_bytes("POST", USERS, plain, &headers).await.is(201);
    }
}

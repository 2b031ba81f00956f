//! Clients that take their time: each is cut off by the limit that is meant for it.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use super::server;
use crate::support::wire::{GIVE_UP, closed_though_unread, drip, statuses, until_closed};
use crate::support::{Client, ERROR, bulk, user};

const USERS: &str = "/scim/v2/Users";
const POST: &str = "POST /scim/v2/Users HTTP/1.1";
const SCIM: &str = "Content-Type: application/scim+json";

/// Fills a page of half a megabyte.
pub(super) async fn fill_a_page(client: &Client) {
    let operations: Vec<Value> = (0..10)
        .map(|n| {
            let addresses: Vec<Value> = (0..50)
                .map(|m| json!({ "type": m.to_string(), "formatted": "x".repeat(1000) }))
                .collect();
            let mut data = user(&format!("user{n}"));
            data["addresses"] = addresses.into();
            json!({ "method": "POST", "path": "/Users", "bulkId": n.to_string(), "data": data })
        })
        .collect();
    client
        .post("/scim/v2/Bulk", bulk(operations.into()))
        .await
        .is(200);
    assert!(client.get(USERS).await.is(200).text.len() > 500_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_says_nothing_is_closed() {
    let server = server(&["--head-timeout", "1s", "--idle-timeout", "10m"]).await;
    let said = until_closed(&mut server.wire().await).await;

    let said = said.expect("the server closes first");
    assert!(said.is_empty() || statuses(&said) == [408], "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_never_ends_is_cut_off() {
    let server = server(&["--head-timeout", "1s", "--idle-timeout", "10m"]).await;
    let first_line = format!("GET {USERS} HTTP/1.1\r\n");
    let cases = [
        ("", "G"),
        ("G", "x"),
        ("GET ", "x"),
        ("", "\r\n"),
        (first_line.as_str(), "x"),
        (&first_line, "X: y\r\n"),
    ];
    join_all(cases.map(async |(start, piece)| {
        let said = drip(server.wire().await, start.as_bytes(), piece.as_bytes()).await;
        let said = said.unwrap_or_else(|| panic!("{start:?} and {piece:?} hold on for ever"));
        let statuses = statuses(&said);
        assert!(statuses.iter().all(|it| [400, 408].contains(it)), "{said}");
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_head_that_never_ends_is_cut_off() {
    let server = server(&["--head-timeout", "1s", "--idle-timeout", "10m"]).await;
    let start = server.head("GET /health/live HTTP/1.1", &[]) + "GET /health/live HTTP/1.1\r\n";
    let said = drip(server.wire().await, start.as_bytes(), b"X: y\r\n").await;

    let said = said.expect("the server closes first");
    assert!(
        [&[200][..], &[200, 408]].contains(&&statuses(&said)[..]),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_preface_of_http_2_that_never_ends_is_cut_off() {
    let server = server(&["--head-timeout", "1s", "--idle-timeout", "1s"]).await;
    for start in [
        "P",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let mut stream = server.wire().await;
        stream.write_all(start.as_bytes()).await.unwrap();
        assert!(until_closed(&mut stream).await.is_some(), "{start:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_never_ends_is_answered_408() {
    let server = server(&["--body-timeout", "1s"]).await;
    let chunked = server.head(POST, &[SCIM, "Transfer-Encoding: chunked"]);
    let counted = server.head(POST, &[SCIM, "Content-Length: 1000000"]);
    for (head, piece) in [(chunked, "1\r\n \r\n"), (counted, " ")] {
        let said = drip(server.wire().await, head.as_bytes(), piece.as_bytes()).await;

        let said = said.unwrap_or_else(|| panic!("the server never closes: {head}"));
        let (head, body) = said.split_once("\r\n\r\n").expect("an answer has a head");
        assert_eq!(statuses(&said), [408], "{said}");
        assert!(head.to_lowercase().contains("connection: close"), "{head}");
        assert!(head.contains("application/scim+json"), "{head}");
        let body: Value =
            serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {said}"));
        assert_eq!(
            (&body["status"], &body["schemas"]),
            (&json!("408"), &json!([ERROR]))
        );
    }
    assert_eq!(server.get(USERS).await.is(200).total(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_is_promised_and_never_sent_is_answered_408() {
    let server = server(&["--body-timeout", "1s"]).await;
    let head = server.head(POST, &[SCIM, "Content-Length: 10", "Expect: 100-continue"]);
    let said = server
        .write_until_closed(head)
        .await
        .expect("the server closes first");

    assert!(
        [&[408][..], &[100, 408]].contains(&&statuses(&said)[..]),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_without_a_request_is_closed_after_a_while() {
    let server = server(&["--idle-timeout", "1s", "--head-timeout", "10m"]).await;
    let said = server
        .write_until_closed(server.head("GET /health/live HTTP/1.1", &[]))
        .await;

    assert_eq!(statuses(&said.expect("the server closes first")), [200]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_without_a_stream_is_closed_after_a_while() {
    let server = server(&["--idle-timeout", "1s", "--head-timeout", "10m"]).await;
    let (mut sender, connection) = hyper::client::conn::http2::handshake::<_, _, Full<Bytes>>(
        TokioExecutor::new(),
        TokioIo::new(server.wire().await),
    )
    .await
    .unwrap();
    let connection = tokio::spawn(connection);
    let request = http::Request::get(format!("http://{}/health/live", server.address()))
        .body(Full::default())
        .unwrap();
    let answer = sender.send_request(request).await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.into_body().collect().await.unwrap();

    assert!(
        timeout(GIVE_UP, connection).await.is_ok(),
        "the server never closes"
    );
    drop(sender);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_with_a_slow_request_is_not_idle() {
    let server = server(&[
        "--idle-timeout",
        "1s",
        "--head-timeout",
        "1s",
        "--body-timeout",
        "10m",
    ])
    .await;
    let body = user("ada").to_string();
    let padding = 20;
    let length = format!("Content-Length: {}", body.len() + padding);
    let mut stream = server.wire().await;
    stream
        .write_all(server.head(POST, &[SCIM, &length]).as_bytes())
        .await
        .unwrap();
    // Two seconds of blanks: twice what an idle connection has.
    for _ in 0..padding {
        stream.write_all(b" ").await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).await.unwrap();

    assert_eq!(&status, b"HTTP/1.1 201");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_does_not_read_its_answers_is_cut_off() {
    let server = server(&["--body-timeout", "1s"]).await;
    fill_a_page(&server).await;
    let mut stream = server.narrow_wire().await;
    let requests = server
        .head(&format!("GET {USERS} HTTP/1.1"), &[])
        .repeat(40);
    stream.write_all(requests.as_bytes()).await.unwrap();

    assert!(
        closed_though_unread(stream).await,
        "the server holds the answer for ever"
    );
}

//! Traces for a collector: here a socket that takes what is sent by OTLP over HTTP.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::support::{Database, Kind, TestServer, at_user};

/// Takes requests until one that contains all `parts` has come; returns all that came.
fn collect(listener: TcpListener, parts: Vec<Vec<u8>>) -> JoinHandle<Vec<u8>> {
    tokio::spawn(async move {
        let mut all = Vec::new();
        let has = |all: &[u8], part: &[u8]| all.windows(part.len()).any(|here| here == part);
        while !parts.iter().all(|part| has(&all, part)) {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut buffer = vec![0; 65_536];
            while let Ok(n @ 1..) = stream.read(&mut buffer).await {
                all.extend_from_slice(&buffer[..n]);
                if parts.iter().all(|part| has(&all, part)) {
                    break;
                }
            }
            drop(
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                    .await,
            );
        }
        all
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_gets_the_spans_of_a_request_in_the_trace_of_its_client() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let database = Database::on(Kind::Sqlite).await;
    let server = TestServer::start(database, &["--otlp-endpoint", &endpoint]);
    let trace: Vec<u8> = (1..=16).collect();
    let wanted = ["POST /v1/traces", "vestibule", "/Users/{id}", "write"];
    let mut parts: Vec<Vec<u8>> = wanted.iter().map(|it| it.as_bytes().to_vec()).collect();
    parts.push(trace);
    let collected = collect(listener, parts);

    let path = at_user(&server.create_user("quendolyn").await);
    let parent = (
        "traceparent",
        "00-0102030405060708090a0b0c0d0e0f10-0102030405060708-01",
    );
    server.request("GET", &path, None, &[parent]).await.is(200);

    // what waits is sent when the server stops
    assert!(server.terminate().success());
    let all = collected.await.unwrap();
    let all = String::from_utf8_lossy(&all);
    assert!(!all.contains("quendolyn") && !all.contains("vst_"), "{all}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_is_away_stops_nobody() {
    let database = Database::on(Kind::Sqlite).await;
    let server = TestServer::start(database, &["--otlp-endpoint", "http://127.0.0.1:1"]);
    server.create_user("ada").await;
    assert!(server.terminate().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_behind_tls_is_refused_in_words() {
    let database = Database::on(Kind::Sqlite).await;
    let options = ["--otlp-endpoint", "https://collector.example"];
    let said = TestServer::refuses_to_start(&database, &options);
    assert!(said.contains("http://localhost:4318"), "{said}");
}

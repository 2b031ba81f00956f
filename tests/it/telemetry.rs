//! Traces for a collector: here a socket that takes what is sent by OTLP over HTTP.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::support::wire::GIVE_UP;
use crate::support::{Database, Kind, TestServer, at_user};

/// Takes requests, each on a connection of its own, until all `parts` have come in one or several.
fn collect(listener: TcpListener, parts: Vec<Vec<u8>>) -> JoinHandle<Vec<u8>> {
    tokio::spawn(async move {
        let mut all = Vec::new();
        let has = |all: &[u8], part: &[u8]| all.windows(part.len()).any(|here| here == part);
        while !parts.iter().all(|part| has(&all, part)) {
            let (stream, _) = listener.accept().await.unwrap();
            all.extend(request(stream).await);
        }
        all
    })
}

/// Reads one request to its end, answers it, and closes.
async fn request(mut stream: TcpStream) -> Vec<u8> {
    let mut read = Vec::new();
    let mut buffer = vec![0; 65_536];
    while missing(&read) > 0 {
        let n = stream.read(&mut buffer).await.unwrap();
        assert!(n > 0, "a request broke off");
        read.extend_from_slice(&buffer[..n]);
    }
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    stream.write_all(answer).await.unwrap();
    read
}

/// How much of a request has not come yet, as far as that is known.
fn missing(read: &[u8]) -> usize {
    let text = String::from_utf8_lossy(read).to_lowercase();
    let Some(head) = read.windows(4).position(|it| it == b"\r\n\r\n") else {
        return 1;
    };
    let length = text
        .split_once("content-length: ")
        .expect("it has a length")
        .1;
    let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
    (head + 4 + length).saturating_sub(read.len())
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
    let all = timeout(GIVE_UP, collected)
        .await
        .expect("all spans have come")
        .unwrap();
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

//! Limits for a token, and for those who guess one.

use std::net::SocketAddr;

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use super::server;
use crate::support::wire::{GIVE_UP, statuses, until_closed};
use crate::support::{Answer, Client, TestServer, user};

const USERS: &str = "/scim/v2/Users";

/// Asserts a refusal that says when to come back.
#[track_caller]
fn is_throttled(answer: &Answer) {
    answer.refused(429);
    let seconds: u64 = answer
        .header("retry-after")
        .parse()
        .unwrap_or_else(|_| panic!("no Retry-After: {answer:?}"));
    assert!((1..=120).contains(&seconds), "Retry-After: {seconds}");
}

/// Asks again until the request is served.
async fn served_in_time(client: &Client) {
    let served = async { while client.get(USERS).await.status != 200 {} };
    timeout(GIVE_UP, served)
        .await
        .expect("a request is served again");
}

/// Has a request in flight: the server waits for its body.
async fn in_flight(client: &Client, user_name: &str) -> (TcpStream, String) {
    let body = user(user_name).to_string();
    let length = format!("Content-Length: {}", body.len());
    let headers = [
        "Content-Type: application/scim+json",
        "Expect: 100-continue",
        "Connection: close",
        &length,
    ];
    let mut stream = client.wire().await;
    stream
        .write_all(
            client
                .head(&format!("POST {USERS} HTTP/1.1"), &headers)
                .as_bytes(),
        )
        .await
        .unwrap();
    let mut go_ahead = [0; 25];
    stream.read_exact(&mut go_ahead).await.unwrap();
    assert_eq!(&go_ahead, b"HTTP/1.1 100 Continue\r\n\r\n");
    (stream, body)
}

/// As many tokens that nobody made as are asked for.
fn guesses(client: &Client, number: usize) -> Vec<Client> {
    (0..number)
        .map(|n| client.with_token(&format!("vst_{n:0>43}")))
        .collect()
}

/// Guesses tokens until one guess is throttled, and returns how many were not.
async fn guess_until_throttled(client: &Client) -> usize {
    for (n, guess) in guesses(client, 200).iter().enumerate() {
        let answer = guess.get(USERS).await;
        if answer.status == 429 {
            is_throttled(&answer);
            return n;
        }
        answer.refused(401);
    }
    panic!("two hundred guesses were answered");
}

/// Asks from another address of the loopback network, and returns the status.
async fn status_from(client: &Client, address: &str, token: &str) -> Vec<u16> {
    let socket = TcpSocket::new_v4().unwrap();
    socket
        .bind(SocketAddr::new(address.parse().unwrap(), 0))
        .unwrap();
    let mut stream = socket.connect(client.address()).await.unwrap();
    let head = client
        .with_token(token)
        .head(&format!("GET {USERS} HTTP/1.1"), &["Connection: close"]);
    stream.write_all(head.as_bytes()).await.unwrap();
    statuses(&until_closed(&mut stream).await.expect("the server closes"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_has_so_many_requests_in_flight() {
    let server = server(&["--token-in-flight", "2"]).await;
    let other = server.as_profile("auto");
    let (first, second) = (
        in_flight(&server, "ada").await,
        in_flight(&server, "bo").await,
    );

    is_throttled(&server.get(USERS).await);
    is_throttled(&server.post(USERS, user("cy")).await);
    other.get(USERS).await.is(200);

    for (mut stream, body) in [first, second] {
        stream.write_all(body.as_bytes()).await.unwrap();
        let said = until_closed(&mut stream).await.expect("the server closes");
        assert_eq!(statuses(&said), [201], "{said}");
    }
    served_in_time(&server).await;
    assert_eq!(server.users_where("userName pr").await, ["ada", "bo"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_is_abandoned_is_no_longer_in_flight() {
    let server = server(&["--token-in-flight", "1"]).await;
    for n in 0..3 {
        let abandoned = in_flight(&server, &format!("user{n}")).await;
        is_throttled(&server.get(USERS).await);
        drop(abandoned);
        served_in_time(&server).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_has_so_many_requests_a_second() {
    let server = server(&["--token-rate", "1"]).await;
    let other = server.as_profile("auto");
    let clients: Vec<Client> = (0..40).map(|_| Client::clone(&server)).collect();
    let answers = join_all(clients.iter().map(|it| it.get(USERS))).await;

    let (served, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|it| it.status == 200);
    assert!(
        !served.is_empty() && !refused.is_empty(),
        "{} of 40 were served",
        served.len()
    );
    for answer in refused {
        is_throttled(answer);
    }
    other.get(USERS).await.is(200);
    served_in_time(&server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_of_one_seconds_worth_is_served() {
    let server = server(&["--token-rate", "50"]).await;
    let clients: Vec<Client> = (0..50).map(|_| Client::clone(&server)).collect();
    for answer in join_all(clients.iter().map(|it| it.get(USERS))).await {
        answer.is(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_guesses_tokens_is_slowed_down_and_others_are_not() {
    let server = server(&["--auth-failures", "5"]).await;
    server.get(USERS).await.is(200);

    assert!(
        (5..=10).contains(&guess_until_throttled(&server).await),
        "the limit is five a minute"
    );
    for guess in guesses(&server, 20) {
        is_throttled(&guess.get(USERS).await);
    }
    server.get(USERS).await.is(200);
    Client::clone(&server)
        .post(USERS, user("ada"))
        .await
        .is(201);
    assert_eq!(
        status_from(&server, "127.0.0.2", "vst_wrong").await,
        [401],
        "another address has not guessed"
    );
    assert_eq!(
        status_from(&server, "127.0.0.3", server.token()).await,
        [200]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_good_token_that_was_revoked_is_good_no_more() {
    let server = server(&["--auth-failures", "5"]).await;
    let client = server.as_profile("auto");
    client.get(USERS).await.is(200);
    guess_until_throttled(&server).await;
    client.get(USERS).await.is(200);
    server.database().cli(&["token", "revoke", "2"]);

    client.get(USERS).await.one_of(&[401, 429]).is_scim_error();
    server.get(USERS).await.is(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_behind_a_trusted_proxy_is_slowed_down_alone() {
    let server: TestServer =
        server(&["--auth-failures", "5", "--trusted-proxies", "127.0.0.1/32"]).await;
    let wrong = server.with_token("vst_wrong");
    let from = async |address: &str| {
        wrong
            .request("GET", USERS, None, &[("x-forwarded-for", address)])
            .await
            .status
    };

    let mut answered = Vec::new();
    for _ in 0..20 {
        answered.push(from("203.0.113.7").await);
    }
    assert_eq!((answered[0], answered[19]), (401, 429), "{answered:?}");
    assert_eq!(from("203.0.113.8").await, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_address_does_not_help_whoever_guesses() {
    let server = server(&["--auth-failures", "5"]).await;
    let wrong = server.with_token("vst_wrong");
    let mut answered = Vec::new();
    for n in 0..20 {
        let address = format!("203.0.113.{n}");
        let forwarded = format!("for={address}");
        let headers = [
            ("x-forwarded-for", address.as_str()),
            ("forwarded", &forwarded),
        ];
        answered.push(wrong.request("GET", USERS, None, &headers).await.status);
    }

    assert_eq!((answered[0], answered[19]), (401, 429), "{answered:?}");
}

//! Floods of HTTP/2 frames: the connection is closed, and beside it a good client is served.

use super::{server, slow};
use crate::support::http2::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, Http2, PING, PRIORITY, RST_STREAM,
    SETTINGS, WINDOW_UPDATE, frame,
};
use crate::support::{Pace, TestServer, at_user};

/// A stream that a client may open, by number.
fn stream(n: u32) -> u32 {
    (n * 2 + 1) & 0x7fff_ffff
}

/// Floods one connection beside a good client, which is hardly slowed; the flood is ended.
async fn is_ended(server: &TestServer, batch: impl FnMut(u32) -> Vec<u8> + Send + 'static) {
    let path = at_user(&server.create_user("ada").await);
    let calm = Pace::of(server, &path).await;
    let attacker = Http2::open(server, &[]).await;
    let (flooded, closed) = Pace::during(server, &path, tokio::spawn(attacker.flood(batch))).await;

    assert!(closed, "the server takes the flood for ever");
    flooded.is_hardly_slower_than(calm);
}

/// With the limits that end a connection on which nothing is asked.
async fn impatient() -> TestServer {
    server(&[
        "--idle-timeout",
        "1s",
        "--head-timeout",
        "1s",
        "--body-timeout",
        "1s",
    ])
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rapid_reset_is_ended() {
    let server = server(&[]).await;
    let block = Http2::open(&server, &[])
        .await
        .request("GET", "/scim/v2/Users", &[]);
    is_ended(&server, move |n| {
        let streams = (n * 20..n * 20 + 20).map(stream);
        streams
            .flat_map(|it| {
                [
                    frame(HEADERS, END_HEADERS | END_STREAM, it, &block),
                    frame(RST_STREAM, 0, it, &8_u32.to_be_bytes()),
                ]
                .concat()
            })
            .collect()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn resets_that_the_server_is_made_to_send_are_ended() {
    let server = server(&[]).await;
    let block = Http2::open(&server, &[])
        .await
        .request("GET", "/scim/v2/Users", &[]);
    // A window of zero more is a stream's error, which the server answers by a reset.
    is_ended(&server, move |n| {
        let streams = (n * 20..n * 20 + 20).map(stream);
        streams
            .flat_map(|it| {
                [
                    frame(HEADERS, END_HEADERS | END_STREAM, it, &block),
                    frame(WINDOW_UPDATE, 0, it, &[0; 4]),
                ]
                .concat()
            })
            .collect()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_in_endless_pieces_is_ended() {
    let server = server(&[]).await;
    let block = Http2::open(&server, &[])
        .await
        .request("GET", "/scim/v2/Users", &[]);
    is_ended(&server, move |n| {
        if n == 0 {
            frame(HEADERS, END_STREAM, 1, &block)
        } else {
            frame(
                CONTINUATION,
                0,
                1,
                &crate::support::http2::fields(&[("x", &"y".repeat(1000))]),
            )
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_in_endless_empty_pieces_is_ended() {
    let server = impatient().await;
    let block = Http2::open(&server, &[])
        .await
        .request("GET", "/scim/v2/Users", &[]);
    is_ended(&server, move |n| {
        if n == 0 {
            frame(HEADERS, END_STREAM, 1, &block)
        } else {
            frame(CONTINUATION, 0, 1, &[]).repeat(50)
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_pings_is_ended() {
    is_ended(&impatient().await, |_| {
        frame(PING, 0, 0, &[0; 8]).repeat(50)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_settings_is_ended() {
    is_ended(&impatient().await, |_| {
        frame(SETTINGS, 0, 0, &[]).repeat(50)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_priorities_is_ended() {
    is_ended(&impatient().await, |_| {
        frame(PRIORITY, 0, 1, &[0, 0, 0, 3, 0]).repeat(50)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_unknown_frames_is_ended() {
    is_ended(&impatient().await, |_| {
        frame(0xfa, 0, 0, &[0; 100]).repeat(50)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_of_empty_frames_is_ended() {
    let server = impatient().await;
    let block = Http2::open(&server, &[]).await.request(
        "POST",
        "/scim/v2/Users",
        &[("content-type", "application/scim+json")],
    );
    is_ended(&server, move |n| {
        if n == 0 {
            frame(HEADERS, END_HEADERS, 1, &block)
        } else {
            frame(DATA, 0, 1, &[]).repeat(50)
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_nobody_takes_are_given_up() {
    let server = impatient().await;
    slow::fill_a_page(&server).await;
    let path = at_user(&server.create_user("ada").await);
    let calm = Pace::of(&server, &path).await;
    let before = server.resident();
    // SETTINGS_INITIAL_WINDOW_SIZE is 0: the server may send heads and no bodies.
    let mut attacker = Http2::open(&server, &[(4, 0)]).await;
    let block = attacker.request("GET", "/scim/v2/Users", &[]);
    let requests: Vec<u8> = (0..100)
        .flat_map(|n| frame(HEADERS, END_HEADERS | END_STREAM, stream(n), &block))
        .collect();
    attacker.write(&requests).await;
    let (stalled, closed) = Pace::during(&server, &path, tokio::spawn(attacker.closes())).await;

    assert!(closed, "the server holds the answers for ever");
    stalled.is_hardly_slower_than(calm);
    assert!(
        server.resident().saturating_sub(before) < 256 * 1024 * 1024,
        "what was given up is still in memory"
    );
}

//! What one HTTP/2 connection may ask for at once, and what a request on it may look like.

use super::server;
use crate::support::http2::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, Frame, GOAWAY, HEADERS, Http2, RST_STREAM,
    SETTINGS, fields, frame, text,
};
use crate::support::{TestServer, user};

const USERS: &str = "/scim/v2/Users";

/// Tells whether a frame ends a stream or the connection without success, or is a refusal's head.
fn is_refusal(it: &Frame) -> bool {
    matches!(it.kind, RST_STREAM | GOAWAY) || (it.kind == HEADERS && !it.is_success())
}

fn is_end(it: &Frame) -> bool {
    matches!(it.kind, RST_STREAM | GOAWAY | HEADERS)
}

/// Writes a request that must be refused, and asserts that nothing of it was done.
async fn is_refused(server: &TestServer, name: &str, write: impl AsyncFnOnce(&mut Http2)) {
    let mut connection = Http2::open(server, &[]).await;
    write(&mut connection).await;
    let frames = connection.frames_until(is_end).await;
    let last = frames.last();
    assert!(
        last.is_none_or(|it| !is_end(it) || is_refusal(it)),
        "{name}: {last:?}"
    );
    // The connection that is closed ends with no such frame; one that stays open must have one.
    assert!(
        last.is_some_and(is_end) || connection.closes().await,
        "{name}: nothing comes"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_limits_are_announced() {
    let server = server(&[]).await;
    let mut connection = Http2::open(&server, &[]).await;
    let frames = connection
        .frames_until(|it| it.kind == SETTINGS && it.flags == 0)
        .await;
    let settings = frames.last().expect("a server begins with its settings");
    let setting = |name: u8| {
        settings
            .payload
            .chunks(6)
            .find(|it| it[..2] == [0, name])
            .map(|it| u32::from_be_bytes([it[2], it[3], it[4], it[5]]))
    };

    assert!(
        setting(3).is_some_and(|it| it <= 128),
        "streams: {:?}",
        setting(3)
    );
    assert!(
        setting(6).is_some_and(|it| it <= 16 * 1024),
        "header list: {:?}",
        setting(6)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_streams_than_announced_are_open() {
    let server = server(&[]).await;
    let mut connection = Http2::open(&server, &[]).await;
    let block = connection.request("POST", USERS, &[("content-type", "application/scim+json")]);
    // Each waits for its body, so none of them ends.
    let requests: Vec<u8> = (0..129)
        .flat_map(|n| frame(HEADERS, END_HEADERS, n * 2 + 1, &block))
        .collect();
    connection.write(&requests).await;
    let frames = connection.frames_until(is_end).await;

    let last = frames.last().expect("the server answers");
    assert!(matches!(last.kind, RST_STREAM | GOAWAY), "{last:?}");
    assert!(
        last.kind == GOAWAY || last.stream == 257,
        "another stream than the one too many: {last:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_head_is_refused() {
    let server = server(&[]).await;
    let long = "y".repeat(1000);
    is_refused(
        &server,
        "a hundred kilobytes in pieces",
        async |connection| {
            let mut block = connection.request("GET", USERS, &[]);
            for n in 0..100 {
                block.extend(fields(&[(&format!("x-{n}"), &long)]));
            }
            let mut pieces = block.chunks(16_000).peekable();
            let (mut kind, mut stream_end) = (HEADERS, END_STREAM);
            while let Some(piece) = pieces.next() {
                let end = if pieces.peek().is_none() {
                    END_HEADERS
                } else {
                    0
                };
                connection
                    .write(&frame(kind, stream_end | end, 1, piece))
                    .await;
                (kind, stream_end) = (CONTINUATION, 0);
            }
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_header_that_is_repeated_by_reference_counts_in_full() {
    let server = server(&[]).await;
    let before = server.resident();
    // One byte for three kilobytes, ten thousand times: 30 MB in one frame.
    is_refused(&server, "a bomb of references", async |connection| {
        let mut block = connection.request("GET", USERS, &[]);
        block.push(0x40);
        text(&mut block, "x");
        text(&mut block, &"y".repeat(3000));
        block.extend([0xbe].repeat(10_000));
        connection
            .write(&frame(HEADERS, END_STREAM | END_HEADERS, 1, &block))
            .await;
    })
    .await;
    assert!(server.resident().saturating_sub(before) < 16 * 1024 * 1024);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_http_1_says_of_a_body_is_refused() {
    let server = server(&[]).await;
    let body = user("first").to_string();
    for (name, value) in [
        ("transfer-encoding", "chunked"),
        ("connection", "close"),
        ("content-length", "1"),
        ("content-length", "100000"),
        ("content-length", "+5"),
        ("te", "gzip"),
        ("X-Upper", "a"),
        ("x", "a\r\nb: c"),
        ("x", "a\0b"),
        ("x\r\ny", "a"),
        ("x:y", "a"),
        (":path", "/health/live"),
        (":nonesuch", "a"),
        ("", "a"),
    ] {
        is_refused(
            &server,
            &format!("{name:?}: {value:?}"),
            async |connection| {
                let block = connection.request(
                    "POST",
                    USERS,
                    &[("content-type", "application/scim+json"), (name, value)],
                );
                connection
                    .write(&frame(HEADERS, END_HEADERS, 1, &block))
                    .await;
                connection
                    .write(&frame(DATA, END_STREAM, 1, body.as_bytes()))
                    .await;
            },
        )
        .await;
    }
    assert!(server.users_where("userName pr").await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_names_its_host_once() {
    let server = server(&[]).await;
    let authorization = format!("Bearer {}", server.token());
    let own = server.address().to_string();
    for more in [
        vec![(":authority", own.as_str()), ("host", "evil.example")],
        vec![(":authority", "")],
        vec![(":authority", "a b")],
        vec![(":authority", "ada@evil.example")],
        vec![("host", own.as_str()), ("host", "evil.example")],
        vec![],
    ] {
        is_refused(&server, &format!("{more:?}"), async |connection| {
            let mut all = vec![(":method", "GET"), (":scheme", "http"), (":path", USERS)];
            all.extend(&more);
            all.push(("authorization", &authorization));
            connection
                .write(&frame(HEADERS, END_HEADERS | END_STREAM, 1, &fields(&all)))
                .await;
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_is_a_path() {
    let server = server(&[]).await;
    for path in [
        "",
        "scim/v2/Users",
        "*",
        "/scim/v2/Users HTTP/1.1",
        "/scim/v2/Users\r\nX: y",
        "/scim/v2/Users\0",
        "http://evil.example/scim/v2/Users",
    ] {
        is_refused(&server, path, async |connection| {
            let block = connection.request("GET", path, &[]);
            connection
                .write(&frame(HEADERS, END_HEADERS | END_STREAM, 1, &block))
                .await;
        })
        .await;
    }
}

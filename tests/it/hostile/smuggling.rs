//! Requests that two readers of the same bytes could divide differently (RFC 9112 §11.2).

use super::server;
use crate::support::wire::statuses;
use crate::support::{TestServer, user};

const POST: &str = "POST /scim/v2/Users HTTP/1.1";
const SCIM: &str = "Content-Type: application/scim+json";

/// A complete request that must never be understood as one.
fn smuggled(server: &TestServer) -> String {
    let body = user("smuggled").to_string();
    let length = format!("Content-Length: {}", body.len());
    server.head(POST, &[SCIM, &length, "Connection: close"]) + &body
}

/// Sends each of the requests on a connection of its own; each may get one 400 (501 for a coding
/// that is not known) and must then be cut off.
async fn all_refused(server: &TestServer, requests: Vec<(String, String)>) {
    let mut wrong = Vec::new();
    for (name, request) in requests {
        match server.write_until_closed(request).await {
            None => wrong.push(format!("{name}: the connection stays open")),
            Some(said) => {
                let statuses = statuses(&said);
                if !matches!(statuses[..], [] | [400 | 501]) {
                    wrong.push(format!("{name}: {statuses:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let made = server.users_where("userName pr").await;
    assert!(made.is_empty(), "{made:?}");
}

fn named(name: impl Into<String>, request: String) -> (String, String) {
    (name.into(), request)
}

/// A chunked body with these bytes as one chunk.
fn chunk(body: &str) -> String {
    format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_has_one_length() {
    let server = server(&[]).await;
    let body = user("first").to_string();
    let smuggled = smuggled(&server);
    let short = format!("Content-Length: {}", body.len());
    let long = format!("Content-Length: {}", body.len() + smuggled.len());
    let chunked = chunk(&body);
    let of_chunks = format!("Content-Length: {}", chunked.len());
    let codes = "Transfer-Encoding: chunked";
    let nothing = format!("Content-Length: {}", 5 + smuggled.len());
    all_refused(
        &server,
        vec![
            named(
                "length, then chunked",
                server.head(POST, &[SCIM, &of_chunks, codes]) + &chunked,
            ),
            named(
                "chunked, then length",
                server.head(POST, &[SCIM, codes, &of_chunks]) + &chunked,
            ),
            named(
                "length over an end of chunks",
                server.head(POST, &[SCIM, &nothing, codes]) + "0\r\n\r\n" + &smuggled,
            ),
            named(
                "chunks over a length",
                server.head(POST, &[SCIM, codes, "Content-Length: 5"]) + &chunk(&smuggled),
            ),
            named(
                "short, then long",
                server.head(POST, &[SCIM, &short, &long]) + &body + &smuggled,
            ),
            named(
                "long, then short",
                server.head(POST, &[SCIM, &long, &short]) + &body + &smuggled,
            ),
            named(
                "a list of two",
                server.head(
                    POST,
                    &[SCIM, &format!("{short}, {}", body.len() + smuggled.len())],
                ) + &body
                    + &smuggled,
            ),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_length_is_digits() {
    let server = server(&[]).await;
    let body = user("first").to_string();
    let n = body.len();
    let lengths = [
        format!("+{n}"),
        format!("-{n}"),
        format!("0x{n:x}"),
        format!("{n};"),
        format!("{n}.0"),
        format!("{n} {n}"),
        format!("\"{n}\""),
        format!("1e{n}"),
        "18446744073709551617".into(),
        "99999999999999999999999999".into(),
        String::new(),
        "١٢".into(),
        format!("{n}\u{b}"),
        format!("{n},"),
    ];
    let requests = lengths.map(|it| {
        named(
            &it,
            server.head(
                POST,
                &[SCIM, &format!("Content-Length: {it}"), "Connection: close"],
            ) + &body,
        )
    });
    all_refused(&server, requests.into()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transfer_coding_is_chunked_and_nothing_else() {
    let server = server(&[]).await;
    let body = chunk(&user("first").to_string());
    let codings = [
        "xchunked",
        "chunked, identity",
        "identity",
        "chunked, chunked",
        "chunked, gzip",
        "\u{b}chunked",
        "chunked;q=1",
        "\"chunked\"",
        "chunkedx",
        "c hunked",
        "chunked\r\nTransfer-Encoding: identity",
        "identity\r\nTransfer-Encoding: xchunked",
    ];
    let mut requests = codings
        .map(|it| {
            named(
                it,
                server.head(
                    POST,
                    &[
                        SCIM,
                        &format!("Transfer-Encoding: {it}"),
                        "Connection: close",
                    ],
                ) + &body,
            )
        })
        .to_vec();
    // HTTP/1.0 had no chunks: a proxy of that age sees another end of the body.
    let old = server.head(
        "POST /scim/v2/Users HTTP/1.0",
        &[SCIM, "Transfer-Encoding: chunked"],
    );
    requests.push(named("HTTP/1.0", old + &body));
    all_refused(&server, requests).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_malformed_chunk_is_refused() {
    let server = server(&[]).await;
    let body = user("first").to_string();
    let n = body.len();
    let smuggled = smuggled(&server);
    let end = "0\r\n\r\n";
    let bodies = [
        format!("0x{n:x}\r\n{body}\r\n{end}"),
        format!("+{n:x}\r\n{body}\r\n{end}"),
        format!("-{n:x}\r\n{body}\r\n{end}"),
        format!(" {n:x}\r\n{body}\r\n{end}"),
        format!("{n:x}\n{body}\r\n{end}"),
        format!("{n:x}\r{body}\r\n{end}"),
        format!("{n:x}\r\n{body}{end}"),
        format!("{n:x}\r\n{body}XX{end}"),
        format!("{n:x}\r\n{body}\n0\n\n"),
        format!("{n:x};a\nb\r\n{body}\r\n{end}"),
        format!("\r\n{body}\r\n{end}"),
        format!("g\r\n{body}\r\n{end}"),
        format!("{n:x} {n:x}\r\n{body}\r\n{end}"),
        format!("10000000000000000{n:x}\r\n{body}\r\n{end}"),
        format!("{n:x};{}\r\n{body}\r\n{end}", "x".repeat(100_000)),
        format!("{n:x}\r\n{body}\r\n0\r\n\n{smuggled}"),
    ];
    let requests = bodies.map(|it| {
        let line = it
            .replacen(&body, "BODY", 1)
            .chars()
            .take(40)
            .collect::<String>();
        named(
            format!("{line:?}"),
            server.head(
                POST,
                &[SCIM, "Transfer-Encoding: chunked", "Connection: close"],
            ) + &it,
        )
    });
    all_refused(&server, requests.into()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chunk_of_impossible_size_is_not_waited_for() {
    let server = server(&["--body-timeout", "1s"]).await;
    for size in [
        "ffffffffffffffff",
        "7fffffffffffffff",
        "fffffffffffffff0",
        "ffffffff",
    ] {
        let head = server.head(POST, &[SCIM, "Transfer-Encoding: chunked"]);
        let said = server
            .write_until_closed(format!(
                "{head}{size}\r\n{{\"userName\":\"ada\"}}\r\n0\r\n\r\n"
            ))
            .await;
        let said = said.unwrap_or_else(|| panic!("{size}: the connection stays open"));
        assert!(
            matches!(statuses(&said)[..], [] | [400 | 408 | 413]),
            "{size}: {said}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_header_has_one_reading() {
    let server = server(&[]).await;
    let body = user("first").to_string();
    let length = format!("Content-Length: {}", body.len());
    let odd = [
        "X: a\r\n b",
        "X: a\r\n\tb",
        "X: a\r\n Transfer-Encoding: chunked",
        "Content-Length : 0",
        "Transfer-Encoding : chunked",
        "Transfer-Encoding\t: chunked",
        " X: y",
        "X: a\rContent-Length: 0",
        "X: a\nContent-Length: 0",
        "X: a\rb",
        "X: a\u{0}b",
        "X\u{0}: a",
        "X: a\u{1}b",
        "X: a\u{7f}b",
        ": a",
        "X",
        "X Y: a",
        "X(: a",
        "\u{e9}: a",
        "X\r: a",
        "Transfer-Encoding\r: chunked",
    ];
    let mut requests = odd
        .map(|it| {
            named(
                format!("{it:?}"),
                server.head(POST, &[SCIM, it, &length, "Connection: close"]) + &body,
            )
        })
        .to_vec();
    requests.push(named(
        "a fold in the first line",
        server
            .head(POST, &[SCIM, &length, "Connection: close"])
            .replacen("\r\n", "\r\n ", 1)
            + &body,
    ));
    all_refused(&server, requests).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_ends_with_carriage_return_and_line_feed() {
    let server = server(&[]).await;
    let body = user("first").to_string();
    let head = server.head(
        POST,
        &[
            SCIM,
            &format!("Content-Length: {}", body.len()),
            "Connection: close",
        ],
    );
    let mut requests = vec![
        named("line feeds alone", head.replace("\r\n", "\n") + &body),
        named("carriage returns alone", head.replace("\r\n", "\r") + &body),
        named(
            "a line feed after the first line",
            head.replacen("\r\n", "\n", 1) + &body,
        ),
        named(
            "a line feed at the end",
            format!("{}\r\n\n{body}", head.trim_end()),
        ),
    ];
    // A server that waits for the end of such a head may wait: the test does not.
    for (_, request) in &mut requests {
        request.push_str("\r\n\r\n");
    }
    all_refused(&server, requests).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_line_has_three_words() {
    let server = server(&[]).await;
    let lines = [
        "GET  /scim/v2/Users HTTP/1.1",
        "GET /scim/v2/Users  HTTP/1.1",
        "GET\t/scim/v2/Users HTTP/1.1",
        "GET /scim/v2/Users x HTTP/1.1",
        "GET /scim/v2/Users\u{0} HTTP/1.1",
        "GET /scim/v2/Users HTTP/1.1 ",
        "GET /scim/v2/Users HTTP/1.1\rX: y",
        "GET /scim/v2/Users http/1.1",
        "GET /scim/v2/Users HTTP/1.2",
        "GET /scim/v2/Users HTTP/01.1",
        "GET /scim/v2/Users HTTP/2.0",
        "GET scim/v2/Users HTTP/1.1",
        "GET /scim/v2/Users\u{1f} HTTP/1.1",
        "G\u{0}ET /scim/v2/Users HTTP/1.1",
        "GET: /scim/v2/Users HTTP/1.1",
        "GET \\scim\\v2\\Users HTTP/1.1",
        "GET /scim/v2/Users",
        " GET /scim/v2/Users HTTP/1.1",
    ];
    let mut wrong = Vec::new();
    for line in lines {
        let said = server
            .write_until_closed(server.head(line, &["Connection: close"]))
            .await;
        let refused = said.as_deref().is_some_and(|said| {
            !said.contains("totalResults")
                && statuses(said)
                    .iter()
                    .all(|it| [400, 404, 405, 505].contains(it))
        });
        if !refused {
            wrong.push(format!("{line:?}: {said:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_is_not_read_is_never_read_as_a_request() {
    let server = server(&["--max-body", "4096"]).await;
    let smuggled = smuggled(&server);
    let padding = " ".repeat(5000);
    let exact = format!("Content-Length: {}", smuggled.len());
    let large = format!("Content-Length: {}", smuggled.len() + padding.len());
    let wrong_token = |head: String| head.replace("Bearer vst_", "Bearer vst_x");
    let gzip = "Content-Encoding: gzip";
    let cases = [
        (
            "a GET with a body",
            server.head("GET /scim/v2/Users HTTP/1.1", &[&exact]) + &smuggled,
        ),
        (
            "a DELETE with a body",
            server.head("DELETE /scim/v2/Users/x HTTP/1.1", &[&exact]) + &smuggled,
        ),
        (
            "a HEAD with a body",
            server.head("HEAD /scim/v2/Users HTTP/1.1", &[&exact]) + &smuggled,
        ),
        (
            "health with a body",
            server.head("GET /health/live HTTP/1.1", &[&exact]) + &smuggled,
        ),
        (
            "an unknown path",
            server.head("POST /nonesuch HTTP/1.1", &[SCIM, &exact]) + &smuggled,
        ),
        (
            "an unknown method",
            server.head("BREW /scim/v2/Users HTTP/1.1", &[SCIM, &exact]) + &smuggled,
        ),
        (
            "a wrong token",
            wrong_token(server.head(POST, &[SCIM, &exact])) + &smuggled,
        ),
        (
            "another media type",
            server.head(POST, &["Content-Type: text/plain", &exact]) + &smuggled,
        ),
        (
            "a content coding",
            server.head(POST, &[SCIM, gzip, &exact]) + &smuggled,
        ),
        (
            "too large",
            server.head(POST, &[SCIM, &large]) + &smuggled + &padding,
        ),
        (
            "too large in a chunk",
            server.head(POST, &[SCIM, "Transfer-Encoding: chunked"])
                + &chunk(&format!("{padding}{smuggled}")),
        ),
        (
            "not waited for",
            server.head(POST, &[SCIM, "Expect: 100-continue", &large]) + &smuggled + &padding,
        ),
    ];
    for (name, request) in cases {
        // The last request on the connection closes it, if the server has not.
        let last = server.head("GET /health/live HTTP/1.1", &["Connection: close"]);
        let said = server
            .write_until_closed(request + &last)
            .await
            .unwrap_or_else(|| panic!("{name}: the connection stays open"));
        let finals: Vec<u16> = statuses(&said)
            .into_iter()
            .filter(|it| *it != 100)
            .collect();
        assert!(matches!(finals[..], [_] | [_, 200]), "{name}: {finals:?}");
        assert!(!finals.contains(&201), "{name}: {said}");
    }
    assert!(server.users_where("userName pr").await.is_empty());
}

//! HTTP as clients really speak it: media types, text, limits, versions of the protocol.

use std::io::{Read, Write};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::support::{TestServer, USER, at_user, encode, user};

const USERS: &str = "/scim/v2/Users";
const SCIM: (&str, &str) = ("content-type", "application/scim+json");

on_each_database! {
    async fn answers_are_scim_json_whatever_is_accepted(server: TestServer) { // R1 R3
        let path = at_user(&server.create_user("ada").await);
        for accepted in [
            "application/scim+json", "application/json", "*/*", "application/*", "application/scim+json, application/json;q=0.8",
            "text/html, application/json;q=0.9, */*;q=0.8", "APPLICATION/SCIM+JSON", "application/scim+json; charset=utf-8",
        ] {
            let answer = server.send_bytes("GET", &path, "", &[("accept", accepted)]).await.is(200);
            assert_eq!(answer.media_type(), "application/scim+json", "{accepted}");
        }
        server.send_bytes("GET", &path, "", &[]).await.is(200);
        server.send_bytes("GET", &path, "", &[("accept", "text/html")]).await.one_of(&[200, 406]);
    }

    async fn both_media_types_are_taken_with_and_without_charset(server: TestServer) { // R2
        for (n, taken) in [
            "application/scim+json", "application/json", "application/scim+json; charset=utf-8", "application/json;charset=UTF-8",
            "Application/SCIM+JSON", "application/json ; charset=\"utf-8\"",
        ].into_iter().enumerate() {
            let body = user(&format!("user{n}")).to_string();
            server.send_bytes("POST", USERS, body, &[("content-type", taken)]).await.is(201);
        }
    }

    async fn text_comes_back_as_it_was_sent(server: TestServer) { // R4 R6
        for (n, text) in [
            "😀 𝒳 👩‍👩‍👧", "e\u{301} \u{e9}", "جنسن עברית", "日本語", "  blanks  ", "a\tb\nc\r\nd", "\u{0} \u{1f}", "\"\\/", "\u{feff}x\u{200b}", "I ı İ i ß ſ K",
        ].into_iter().enumerate() {
            let mut body = user(&format!("user{n}"));
            body["displayName"] = json!(text);
            let answer = server.post(USERS, body).await;
            // PostgreSQL's text cannot hold U+0000; a server may refuse it on both.
            let answer = if text.contains('\0') { answer.one_of(&[201, 400]) } else { answer.is(201) };
            if answer.status == 201 {
                assert_eq!(answer.body["displayName"], text);
                assert_eq!(server.read(&at_user(answer.id())).await["displayName"], text);
            }
        }
    }

    async fn a_nul_is_no_failure_of_the_server(server: TestServer) { // R4 Q10
        for attribute in ["userName", "externalId", "title"] {
            let mut body = user("ada");
            body[attribute] = json!("a\u{0}b");
            let answer = server.post(USERS, body).await.one_of(&[201, 400]);
            if answer.status == 201 {
                server.delete(&at_user(answer.id())).await.is(204);
            }
            server.find(USERS, &format!("{attribute} eq \"a\\u0000b\"")).await.one_of(&[200, 400]);
        }
    }

    async fn long_values_are_kept_or_refused(server: TestServer) { // R6
        for (n, length) in [1000, 100_000, 1_000_000].into_iter().enumerate() {
            let mut body = user(&format!("user{n}"));
            body["displayName"] = json!("x".repeat(length));
            let answer = server.post(USERS, body).await.one_of(&[201, 400, 413]);
            assert!(answer.status != 201 || answer.body["displayName"].as_str().unwrap().len() == length);
        }
        let answer = server.post(USERS, user(&"u".repeat(5000))).await.one_of(&[201, 400]);
        assert!(answer.status == 400 || answer.body["userName"].as_str().unwrap().len() == 5000);
    }

    async fn deep_json_is_refused(server: TestServer) { // R7
        for depth in [33, 100, 20_000] {
            let deep = format!("{{\"userName\":\"ada\",\"x\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
            server.send_bytes("POST", USERS, deep, &[SCIM]).await.refused(400);
            let deep = format!("{{\"userName\":\"ada\",\"x\":{}1{}}}", "{\"x\":".repeat(depth), "}".repeat(depth));
            server.send_bytes("POST", USERS, deep, &[SCIM]).await.refused(400);
        }
        assert_eq!(server.get(USERS).await.is(200).total(), 0);
    }

    async fn a_slow_body_holds_up_nobody(server: TestServer) { // R7
        let body = user("ada").to_string();
        let head = format!("POST {USERS} HTTP/1.1\r\nContent-Type: application/scim+json\r\nContent-Length: {}", body.len());
        let mut slow = server.raw_connection();
        slow.write_all(&server.raw_bytes(&head, &body.as_bytes()[..10])).unwrap();

        server.create_user("bo").await;
        slow.write_all(&body.as_bytes()[10..]).unwrap();
        let mut answer = String::new();
        slow.read_to_string(&mut answer).unwrap();

        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
        assert_eq!(server.users_where("userName pr").await, ["ada", "bo"]);
    }

    async fn head_and_options_are_answered(server: TestServer) { // R10
        let path = at_user(&server.create_user("ada").await);
        for path in [path.as_str(), USERS, "/scim/v2/Schemas", "/scim/v2/Nonesuch", "/scim/v2/Bulk"] {
            let head = server.request("HEAD", path, None, &[]).await;
            assert!(head.status < 500 && head.text.is_empty(), "{path}: {}", head.status);
            let options = server.request("OPTIONS", path, None, &[]).await;
            assert!(options.status < 500, "{path}: {}", options.status);
            let trace = server.request("BREW", path, None, &[]).await;
            assert!((400..500).contains(&trace.status) || trace.status == 501, "{path}: {}", trace.status);
        }
    }

    async fn odd_paths_are_no_failure_of_the_server(server: TestServer) { // R11
        let id = server.create_user("ada").await;
        assert_eq!(server.read(&format!("/scim/v2/Users/{id}/")).await["id"], json!(id));
        server.get(&format!("/scim/v2/%55sers/{id}")).await.one_of(&[200, 404]);
        for odd in ["/scim/v2//Users", "//scim/v2/Users", "/scim/v2/Users//", "/scim/v2/./Users", "/scim/v2/Users/%2F", "/scim/v2/users", "/SCIM/V2/Users", "/scim/v2/Users;x=y"] {
            let answer = server.get(odd).await;
            assert!(answer.status == 200 || (400..500).contains(&answer.status), "{odd}: {}", answer.status);
        }
    }

    async fn a_body_may_wait_for_a_go_ahead(server: TestServer) { // R12
        let body = user("ada").to_string();
        let head = format!(
            "POST {USERS} HTTP/1.1\r\nContent-Type: application/scim+json\r\nExpect: 100-continue\r\nContent-Length: {}",
            body.len()
        );
        let mut stream = server.raw_connection();
        stream.write_all(&server.raw_bytes(&head, b"")).unwrap();
        let mut go_ahead = [0; 25];
        stream.read_exact(&mut go_ahead).unwrap();
        assert_eq!(&go_ahead, b"HTTP/1.1 100 Continue\r\n\r\n");
        stream.write_all(body.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();

        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    }

    async fn a_body_may_come_in_chunks(server: TestServer) { // R12
        let body = user("ada").to_string();
        let (first, second) = body.split_at(7);
        let chunks = format!("{:x}\r\n{first}\r\n{:x}\r\n{second}\r\n0\r\n\r\n", first.len(), second.len());
        let head = format!("POST {USERS} HTTP/1.1\r\nContent-Type: application/scim+json\r\nTransfer-Encoding: chunked");

        let answer = server.raw_request(&head, chunks.as_bytes());

        assert_eq!((answer.status, &answer.json()["userName"]), (201, &json!("ada")));
    }

    async fn http_1_0_is_spoken(server: TestServer) { // R12
        server.create_user("ada").await;
        let answer = server.raw_request(&format!("GET {USERS} HTTP/1.0"), b"");

        assert_eq!((answer.status, &answer.json()["totalResults"]), (200, &json!(1)));
    }

    async fn a_connection_serves_many_requests(server: TestServer) { // R12
        let address = server.address();
        let token = server.token();
        let request = format!("GET {USERS} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n");
        let pipelined = format!("{request}\r\n{request}\r\n{request}Connection: close\r\n\r\n");
        let mut stream = server.raw_connection();
        stream.write_all(pipelined.as_bytes()).unwrap();
        let mut answers = String::new();
        stream.read_to_string(&mut answers).unwrap();

        assert_eq!(answers.matches("HTTP/1.1 200").count(), 3, "{answers}");
    }

    async fn a_compressed_body_is_refused(server: TestServer) { // R12
        let gzip = BASE64_STANDARD.decode("H4sIAAAAAAACA6tWKi1OLfJLzE1VslJKTElUqgUAL/U3nhIAAAA=").unwrap();
        let answer = server.send_bytes("POST", USERS, gzip, &[SCIM, ("content-encoding", "gzip")]).await;

        answer.one_of(&[201, 400, 415]);
    }

    async fn garbage_is_refused_and_the_server_lives(server: TestServer) { // Q10 R12
        for garbage in ["\r\n\r\n\r\n", "GET\r\n\r\n", "\u{0}\u{1}\u{2}\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /scim/v2/Users HTTP/1.1\r\nNo colon\r\n\r\n"] {
            let mut stream = server.raw_connection();
            drop(stream.write_all(garbage.as_bytes()));
            drop(stream.shutdown(std::net::Shutdown::Write));
            let mut answer = Vec::new();
            drop(stream.read_to_end(&mut answer));
            let answer = String::from_utf8_lossy(&answer);
            assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4") || answer.starts_with("HTTP/1.1 505"), "{answer}");
        }
        server.create_user("ada").await;
    }

    async fn http_2_is_spoken(server: TestServer) { // issue 2: HTTP/1.1 and HTTP/2
        let stream = TcpStream::connect(server.address()).await.unwrap();
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake::<_, _, Full<Bytes>>(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
        tokio::spawn(async move { drop(connection.await) });
        let request = |method: &str, path: &str, body: Option<Value>| {
            http::Request::builder()
                .method(method)
                .uri(format!("http://{}{path}", server.address()))
                .header("authorization", format!("Bearer {}", server.token()))
                .header("content-type", "application/scim+json")
                .body(Full::from(body.map_or_else(String::new, |it| it.to_string())))
                .unwrap()
        };

        let created = sender.send_request(request("POST", USERS, Some(user("ada")))).await.unwrap();
        assert_eq!((created.version(), created.status().as_u16()), (http::Version::HTTP_2, 201));
        let filter = format!("{USERS}?filter={}", encode("userName eq \"ada\""));
        let (head, body) = sender.send_request(request("GET", &filter, None)).await.unwrap().into_parts();
        let found: Value = serde_json::from_slice(&body.collect().await.unwrap().to_bytes()).unwrap();
        assert_eq!((head.status.as_u16(), &found["totalResults"]), (200, &json!(1)));
        assert_eq!(found["Resources"][0]["schemas"], json!([USER]));
    }

    async fn answers_are_not_for_caches_or_guessing(server: TestServer) { // R14
        let path = at_user(&server.create_user("ada").await);
        for path in [path.as_str(), USERS] {
            let answer = server.get(path).await.is(200);
            assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
            assert!(answer.header("cache-control").contains("no-store"), "{path}: {:?}", answer.header("cache-control"));
        }
    }
}

//! Who may ask at all: the bearer token of RFC 7644 §2.

use serde_json::json;

use crate::support::{TestServer, bulk, patch, search, user};

/// Every kind of address that wants a token, with a method it has.
const PROTECTED: [(&str, &str); 14] = [
    ("GET", "/scim/v2/Users"),
    ("POST", "/scim/v2/Users"),
    ("GET", "/scim/v2/Users/00000000-0000-0000-0000-000000000000"),
    ("PUT", "/scim/v2/Users/00000000-0000-0000-0000-000000000000"),
    (
        "PATCH",
        "/scim/v2/Users/00000000-0000-0000-0000-000000000000",
    ),
    (
        "DELETE",
        "/scim/v2/Users/00000000-0000-0000-0000-000000000000",
    ),
    ("GET", "/scim/v2/Groups"),
    ("POST", "/scim/v2/Groups"),
    ("POST", "/scim/v2/.search"),
    ("POST", "/scim/v2/Users/.search"),
    ("POST", "/scim/v2/Bulk"),
    ("GET", "/scim/v2/Me"),
    ("GET", "/scim/v2/Nonesuch"),
    ("GET", "/scim/v2/Users/a/b/c"),
];

on_each_database! {
    async fn every_resource_endpoint_wants_a_token(server: TestServer) { // B1 B3 B7
        let anonymous = server.without_token();
        for (method, path) in PROTECTED {
            let body = match path.rsplit('/').next() {
                Some(".search") => search(json!({})),
                Some("Bulk") => bulk(json!([])),
                _ if method == "PATCH" => patch(json!([])),
                _ => user("ada"),
            };
            let body = Some(body).filter(|_| method != "GET" && method != "DELETE");

            let answer = anonymous.request(method, path, body, &[]).await;

            answer.refused(401);
            assert!(answer.header("www-authenticate").to_lowercase().starts_with("bearer"), "{method} {path}");
            assert!(answer.headers.get("location").is_none(), "{method} {path} leads elsewhere"); // B11
        }
        assert_eq!(server.get("/scim/v2/Users").await.is(200).total(), 0);
    }

    async fn a_wrong_token_is_refused(server: TestServer) { // B2 B3
        let mut altered = server.token().to_owned();
        let last = altered.pop().expect("a token is not empty");
        altered.push(if last == 'a' { 'b' } else { 'a' });

        for wrong in [altered.as_str(), "vst_", "wrong", &server.token()[..20]] {
            let answer = server.with_token(wrong).get("/scim/v2/Users").await;
            answer.refused(401);
            assert!(answer.header("www-authenticate").to_lowercase().starts_with("bearer"), "{wrong}");
        }
    }

    async fn the_scheme_is_bearer_in_any_case(server: TestServer) { // B4 B5
        let (anonymous, token) = (server.without_token(), server.token());
        for scheme in ["Bearer", "bearer", "BEARER"] {
            let authorization = format!("{scheme} {token}");
            anonymous.request("GET", "/scim/v2/Users", None, &[("authorization", &authorization)]).await.is(200);
        }
        for other in [format!("Basic {token}"), token.to_owned(), format!("Bearer{token}")] {
            anonymous.request("GET", "/scim/v2/Users", None, &[("authorization", &other)]).await.refused(401);
        }
    }

    async fn odd_tokens_are_refused_politely(server: TestServer) { // B6
        let anonymous = server.without_token();
        let long = "x".repeat(10_000);
        for odd in ["", " ", "a b c", "vst_\u{e4}\u{f6}", "%00", long.as_str()] {
            let authorization = format!("Bearer {odd}");
            let answer = anonymous.request("GET", "/scim/v2/Users", None, &[("authorization", &authorization)]).await;
            answer.one_of(&[400, 401]).is_scim_error();
        }
    }

    async fn two_authorization_headers_never_add_up(server: TestServer) { // B6
        let request = format!(
            "GET /scim/v2/Users HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer wrong\r\nAuthorization: Bearer {}\r\n\
             Connection: close\r\n\r\n",
            server.address(),
            server.token()
        );
        let answer = server.raw(request.as_bytes());

        assert!([400, 401].contains(&answer.status), "{answer:?}");
    }
}

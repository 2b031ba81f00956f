//! Errors have one form, whatever went wrong (RFC 7644 §3.12).

use serde_json::json;

use crate::support::{Database, TestServer, at_user, encode, patch, user};

const USERS: &str = "/scim/v2/Users";
const SCIM: (&str, &str) = ("content-type", "application/scim+json");

on_each_database! {
    async fn each_scim_type_has_its_situation(server: TestServer) { // Q1 Q2 Q8
        let strict = server.strict();
        let path = at_user(&server.create_user("ada").await);
        server.create_user("bo").await;
        let edit = async |operation| strict.edit(&path, json!([operation])).await;

        strict.find(USERS, "userName eq").await.refused_as(400, "invalidFilter");
        strict.post(USERS, user("BO")).await.refused_as(409, "uniqueness");
        edit(json!({ "op": "replace", "path": "id", "value": "x" })).await.refused_as(400, "mutability");
        strict.patch(&path, json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"] })).await.refused_as(400, "invalidSyntax");
        edit(json!({ "op": "replace", "path": "emails[", "value": "x" })).await.refused_as_one_of(400, &["invalidPath", "invalidFilter"]);
        edit(json!({ "op": "replace", "path": "title..x", "value": "x" })).await.refused_as(400, "invalidPath");
        edit(json!({ "op": "replace", "path": "emails[type eq \"work\"].value", "value": "x" })).await.refused_as(400, "noTarget");
        edit(json!({ "op": "replace", "path": "active", "value": "maybe" })).await.refused_as(400, "invalidValue");
        strict.get(&format!("{USERS}?cursor=forged")).await.refused_as(400, "invalidCursor");
    }

    async fn unknown_addresses_and_methods_are_errors_of_scim(server: TestServer) { // Q1 Q3
        for unknown in ["/scim/v2/Nonesuch", "/scim/v2/Users/a/b", "/scim/v1/Users", "/nonesuch"] {
            server.get(unknown).await.refused(404);
        }
        let id = server.create_user("ada").await;
        for (method, path, allowed) in [
            ("DELETE", USERS, "POST"),
            ("PUT", USERS, "GET"),
            ("PATCH", USERS, "GET"),
            ("POST", &at_user(&id), "PATCH"),
            ("PUT", "/scim/v2/Groups", "POST"),
        ] {
            let body = Some(patch(json!([]))).filter(|_| method != "DELETE");
            let answer = server.request(method, path, body, &[]).await;
            answer.refused(405);
            assert!(answer.header("allow").contains(allowed), "{method} {path}: {:?}", answer.header("allow"));
        }
    }

    async fn a_body_that_is_no_json_object_is_refused(server: TestServer) { // Q4 R5 R8
        for malformed in [
            &b""[..], b" ", b"{", b"}", b"{\"userName\"", b"{\"userName\":\"ada\",}", b"{'userName':'ada'}", b"userName=ada",
            b"<user/>", b"[]", b"\"ada\"", b"5", b"null", b"true", b"{\"userName\":\"ada\"} x", b"{\"userName\":\"a\nb\"}",
            b"{\"userName\":\"\\ud800\"}", b"{\"userName\":\"\xff\xfe\"}", b"{\"userName\":\"\xc3\"}", b"{\"userName\":\"ada\",\"userName\":\"bo\"}",
            b"{\"userName\":\"ada\",\"name\":{\"givenName\":\"a\",\"givenName\":\"b\"}}", b"\xef\xbb\xbf", b"{\"userName\":\"ada\",\"x\":NaN}",
            b"{\"userName\":\"ada\",\"x\":01}", b"{\"userName\":\"ada\",\"x\":1.}", b"{\"userName\":\"ada\",\"x\":.5}",
        ] {
            let answer = server.send_bytes("POST", USERS, malformed, &[SCIM]).await;
            assert_eq!(answer.status, 400, "{}: {}", String::from_utf8_lossy(malformed), answer.text);
            answer.refused(400);
        }
        let path = at_user(&server.create_user("cy").await);
        for method in ["PUT", "PATCH"] {
            server.send_bytes(method, &path, "{", &[SCIM]).await.refused_as(400, "invalidSyntax");
            server.send_bytes(method, &path, "", &[SCIM]).await.refused(400);
        }
        assert_eq!(server.users_where("userName pr").await, ["cy"]);
    }

    async fn the_same_key_in_two_cases_is_refused_or_has_a_winner(server: TestServer) { // R8
        let body = r#"{"userName":"ada","USERNAME":"bo"}"#;
        let answer = server.send_bytes("POST", USERS, body, &[SCIM]).await.one_of(&[201, 400]);

        assert!(answer.status == 400 || answer.body["userName"] == "ada" || answer.body["userName"] == "bo");
    }

    async fn other_media_types_are_refused(server: TestServer) { // Q5
        let body = user("ada").to_string();
        for other in ["text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "json", "application/jsonx"] {
            server.send_bytes("POST", USERS, body.clone(), &[("content-type", other)]).await.refused(415);
        }
        let path = at_user(&server.create_user("bo").await);
        let edit = patch(json!([{ "op": "add", "path": "title", "value": "x" }])).to_string();
        server.send_bytes("PATCH", &path, edit, &[("content-type", "application/json-patch+json")]).await.refused(415);
        assert_eq!(server.users_where("userName pr").await, ["bo"]);
    }

    async fn a_body_without_a_media_type_is_taken_or_refused(server: TestServer) { // Q5
        let answer = server.send_bytes("POST", USERS, user("ada").to_string(), &[]).await;

        answer.one_of(&[201, 400, 415]);
    }

    async fn a_body_over_the_limit_is_refused(database: Database) { // Q6 R7
        let server = TestServer::start(database, &["--max-body", "2048"]);
        let mut large = user("ada");
        large["title"] = json!("x".repeat(4000));

        server.post(USERS, large.clone()).await.refused(413);
        let declared = "POST /scim/v2/Users HTTP/1.1\r\nContent-Type: application/scim+json\r\nContent-Length: 50000000";
        assert_eq!(server.raw_request(declared, b"{").status, 413);
        let text = large.to_string();
        let chunked = format!("{:x}\r\n{text}\r\n0\r\n\r\n", text.len());
        let head = "POST /scim/v2/Users HTTP/1.1\r\nContent-Type: application/scim+json\r\nTransfer-Encoding: chunked";
        assert_eq!(server.raw_request(head, chunked.as_bytes()).status, 413);

        server.post(USERS, user("ada")).await.is(201);
    }

    async fn errors_say_what_and_betray_nothing(server: TestServer) { // Q7
        let strict = server.strict();
        let mut body = user("ada");
        body["password"] = json!("9k2mVq7T");
        body["name"] = json!({ "givenName": 5 });
        let answer = strict.post(USERS, body).await;
        answer.refused_as(400, "invalidValue");
        let detail = answer.body["detail"].as_str().unwrap();
        assert!(detail.contains("name.givenName") && detail.contains("string"), "{detail}");

        server.create_user("ada").await;
        for answer in [
            answer,
            server.post(USERS, user("ada")).await,
            server.get(&format!("{USERS}?filter={}", encode("userName eq '; DROP TABLE"))).await,
            server.get(&format!("/scim/v2/Users/{}", encode("' OR ''='"))).await,
            server.with_token("vst_9k2mVq7T").get(USERS).await,
        ] {
            answer.is_scim_error();
            for betrayed in ["9k2mVq7T", "vst_", "SELECT", "sqlite", "sqlx", "postgres", "panicked", ".rs:", "constraint"] {
                assert!(!answer.text.contains(betrayed), "{betrayed}: {}", answer.text);
            }
        }
    }
}

//! SIGTERM while somebody is in the middle of a request.

use std::io::{Read as _, Write as _};

use serde_json::json;

use crate::support::{TestServer, bulk, user};

on_each_database! {
    async fn a_body_that_is_half_there_holds_the_end_up_for_a_while_only(server: TestServer) {
        let mut server = server;
        let names: Vec<String> = (0..50).map(|n| format!("user{n}")).collect();
        server.create_users(&names).await;
        let operations: Vec<_> = (0..500).map(|n| json!({ "method": "POST", "path": "/Users", "bulkId": n.to_string(), "data": user(&format!("late{n}")) })).collect();
        let body = bulk(operations.into()).to_string().into_bytes();
        let head = format!("POST /scim/v2/Bulk HTTP/1.1\r\nContent-Type: application/scim+json\r\nExpect: 100-continue\r\nContent-Length: {}", body.len());
        let mut upload = server.raw_connection();
        upload.write_all(&server.raw_bytes(&head, b"")).unwrap();
        // That the server asks for the body shows that it is in the middle of the request.
        let mut asked = [0; 25];
        upload.read_exact(&mut asked).unwrap();
        assert!(asked.starts_with(b"HTTP/1.1 100 "), "{asked:?}");
        upload.write_all(&body[..body.len() / 2]).unwrap();

        server.ask_to_end();
        let status = server.end().await;

        assert!(status.success(), "{status}");
        let database = server.database();
        drop(server);
        let again = TestServer::start(database, &[]);
        assert_eq!(again.get("/scim/v2/Users?count=0").await.is(200).total(), 50);
        assert_eq!(again.users_where("userName sw \"late\"").await, [""; 0]);
    }

    async fn a_request_that_was_begun_is_answered_before_the_end(server: TestServer) {
        let mut server = server;
        let operations: Vec<_> = (0..200).map(|n| json!({ "method": "POST", "path": "/Users", "bulkId": n.to_string(), "data": user(&format!("user{n}")) })).collect();
        let body = bulk(operations.into()).to_string().into_bytes();
        let head = format!("POST /scim/v2/Bulk HTTP/1.1\r\nContent-Type: application/scim+json\r\nExpect: 100-continue\r\nContent-Length: {}", body.len());
        let mut upload = server.raw_connection();
        upload.write_all(&server.raw_bytes(&head, b"")).unwrap();
        let mut asked = [0; 25];
        upload.read_exact(&mut asked).unwrap();

        server.ask_to_end();
        upload.write_all(&body).unwrap();
        let mut answer = String::new();
        upload.read_to_string(&mut answer).unwrap();
        let status = server.end().await;

        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        assert!(status.success(), "{status}");
        let database = server.database();
        drop(server);
        let again = TestServer::start(database, &[]);
        assert_eq!(again.get("/scim/v2/Users?count=0").await.is(200).total(), 200);
    }
}

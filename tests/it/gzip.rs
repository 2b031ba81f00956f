//! Answers that are compressed, for clients that ask for it.

use std::io::Read as _;

use flate2::read::GzDecoder;
use serde_json::{Value, json};

use crate::support::{Answer, Client, TestServer, at_group, at_user};

const GZIP: (&str, &str) = ("accept-encoding", "gzip");

async fn zipped(client: &Client, path: &str) -> Answer {
    client.request("GET", path, None, &[GZIP]).await.is(200)
}

/// Reads a compressed answer.
#[track_caller]
fn unzipped(answer: &Answer) -> Value {
    assert_eq!(
        answer.header("content-encoding"),
        "gzip",
        "{}",
        answer.request
    );
    let mut text = String::new();
    GzDecoder::new(&answer.bytes[..])
        .read_to_string(&mut text)
        .unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Asserts that an answer came as it is.
#[track_caller]
fn is_plain(answer: &Answer) {
    assert_eq!(answer.header("content-encoding"), "", "{}", answer.request);
}

/// Makes so many users and a group of them, and returns the group's path.
async fn group_of(server: &TestServer, members: usize) -> String {
    let names: Vec<String> = (0..members).map(|n| format!("user{n:04}")).collect();
    let mut ids = Vec::new();
    for names in names.chunks(500) {
        ids.extend(server.create_users(names).await);
    }
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    at_group(&server.create_group("Everybody", &ids).await)
}

on_each_database! {
    async fn lists_and_groups_are_smaller_and_say_the_same(server: TestServer) {
        let group = group_of(&server, 40).await;
        for path in ["/scim/v2/Users?count=40", &group, "/scim/v2/Groups", "/scim/v2/Schemas"] {
            let plain = server.get(path).await.is(200);
            is_plain(&plain);

            let answer = zipped(&server, path).await;

            assert_eq!(unzipped(&answer), plain.body, "{path}");
            assert!(answer.bytes.len() * 2 < plain.bytes.len(), "{path}: {} of {}", answer.bytes.len(), plain.bytes.len());
            assert_eq!(answer.media_type(), "application/scim+json");
            assert!(answer.header("vary").to_lowercase().contains("accept-encoding"), "{path}: {:?}", answer.headers);
        }
    }

    async fn a_group_that_is_streamed_is_compressed_as_it_comes(server: TestServer) {
        let group = group_of(&server, 1_200).await;
        let plain = server.get(&group).await.is(200);
        is_plain(&plain);
        assert_eq!(plain.body["members"].as_array().unwrap().len(), 1_200);

        let answer = zipped(&server, &group).await;

        assert_eq!(unzipped(&answer), plain.body);
        assert!(answer.bytes.len() * 3 < plain.bytes.len());
    }

    async fn what_a_client_does_not_ask_for_it_does_not_get(server: TestServer) {
        group_of(&server, 10).await;
        for said in ["identity", "gzip;q=0", "br", "zstd, deflate", ""] {
            let answer = server.request("GET", "/scim/v2/Users", None, &[("accept-encoding", said)]).await.is(200);
            is_plain(&answer);
            assert_eq!(answer.total(), 10, "{said}");
        }
        for said in ["br, gzip", "GZIP", "gzip;q=0.5", "*;q=0.1, gzip"] {
            let answer = server.request("GET", "/scim/v2/Users", None, &[("accept-encoding", said)]).await.is(200);
            assert_eq!(unzipped(&answer)["totalResults"], 10, "{said}");
        }
    }

    async fn versions_are_those_of_the_resource_however_it_is_written(server: TestServer) { // M2
        let path = at_user(&server.create_user("ada").await);
        let plain = server.get(&path).await.is(200);
        let answer = zipped(&server, &path).await;
        let tag = answer.header("etag").to_owned();
        assert_eq!((tag.as_str(), unzipped(&answer)), (plain.header("etag"), plain.body.clone()));

        let unchanged = server.request("GET", &path, None, &[GZIP, ("if-none-match", &tag)]).await.is(304);
        is_plain(&unchanged);
        assert_eq!(unchanged.text, "");
        let change = crate::support::patch(json!([{ "op": "replace", "path": "title", "value": "Countess" }]));
        let changed = server.request("PATCH", &path, Some(change.clone()), &[GZIP, ("if-match", &tag)]).await.is(200);
        assert_eq!(unzipped(&changed)["title"], "Countess");
        let late = server.request("PATCH", &path, Some(change), &[GZIP, ("if-match", &tag)]).await.is(412);
        assert_eq!(unzipped(&late)["status"], "412");
        let changed = server.request("GET", &path, None, &[GZIP, ("if-none-match", &tag)]).await.is(200);
        assert_eq!(unzipped(&changed)["title"], "Countess");
    }

    async fn what_has_no_body_or_hardly_one_is_left_alone(server: TestServer) {
        let id = server.create_user("ada").await;
        let head = server.request("HEAD", &at_user(&id), None, &[GZIP]).await.is(200);
        assert_eq!(head.text, "");
        let live = server.request("GET", "/health/live", None, &[GZIP]).await.is(200);
        is_plain(&live);
        assert_eq!(live.text, "live\n");
        let gone = server.request("DELETE", &at_user(&id), None, &[GZIP]).await.is(204);
        is_plain(&gone);
        assert_eq!(gone.text, "");
    }
}

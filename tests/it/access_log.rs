//! One line of the server's log for each request.

use serde_json::Value;

use crate::support::{Client, Database, Kind, TestServer, at_user, user};

async fn server(options: &[&str]) -> TestServer {
    TestServer::start(Database::on(Kind::Sqlite).await, options)
}

/// The lines of requests that were answered.
fn lines(server: &TestServer) -> Vec<String> {
    let log = server.log();
    let lines = log.lines().filter(|line| line.contains("answered"));
    lines.map(str::to_owned).collect()
}

/// Asks with an id of its own.
async fn ask(client: &Client, id: &str, method: &str, path: &str, body: Option<Value>) -> u16 {
    client
        .request(method, path, body, &[("x-request-id", id)])
        .await
        .status
}

/// One request of each kind, with what its line must say: id, method, route, status, provider.
async fn requests(
    server: &TestServer,
) -> Vec<(&'static str, &'static str, &'static str, u16, &'static str)> {
    let entra = server.as_profile("entra");
    let nobody = server.without_token();
    let path = at_user(&entra.create_user("zacharias").await);
    let expected = vec![
        ("one", "POST", "/Users", 201, "entra"),
        ("two", "GET", "/Users/{id}", 200, "entra"),
        ("three", "POST", "/Users", 409, "entra"),
        ("four", "GET", "/Users", 200, "entra"),
        ("five", "GET", "/Users", 401, ""),
        ("six", "GET", "unknown", 404, "entra"),
        ("seven", "GET", "unknown", 404, ""),
        ("eight", "GET", "/health/live", 200, ""),
        ("nine", "GET", "/metrics", 200, ""),
        ("ten", "DELETE", "/Users/{id}", 204, "entra"),
    ];
    let given = [
        (&entra, "/scim/v2/Users", Some(user("quendolyn"))),
        (&entra, &path, None),
        (&entra, "/scim/v2/Users", Some(user("Quendolyn"))),
        (
            &entra,
            "/scim/v2/Users?filter=userName%20eq%20%22quendolyn%22",
            None,
        ),
        (&nobody, "/scim/v2/Users?quendolyn", None),
        (&entra, "/scim/v2/quendolyn", None),
        (&nobody, "/quendolyn?quendolyn", None),
        (&nobody, "/health/live?quendolyn", None),
        (&nobody, "/metrics", None),
        (&entra, &path, None),
    ];
    for ((id, method, _, status, _), (client, path, body)) in expected.iter().zip(given) {
        assert_eq!(ask(client, id, method, path, body).await, *status, "{id}");
    }
    let guessed = server.with_token("vst_quendolyn");
    assert_eq!(
        ask(&guessed, "guessed", "GET", "/scim/v2/Users", None).await,
        401
    );
    for secret in [
        "quendolyn",
        "Quendolyn",
        "zacharias",
        entra.token(),
        server.token(),
        "?",
        "userName",
    ] {
        let line = lines(server).into_iter().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret}");
    }
    expected
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_of_text_says_who_asked_for_what_and_how_it_ended() {
    let server = server(&[]).await;
    for (id, method, route, status, idp) in requests(&server).await {
        let lines = lines(&server);
        let its: Vec<&String> = lines
            .iter()
            .filter(|line| line.contains(&format!("id=\"{id}\"")))
            .collect();
        assert_eq!(its.len(), 1, "{id}: {lines:#?}");
        let words = [
            "INFO".to_owned(),
            format!("method={method} "),
            format!("route=\"{route}\" "),
            format!("status={status} "),
            "address=127.0.0.1 ".to_owned(),
            format!("idp=\"{idp}\""),
        ];
        for word in words {
            assert!(its[0].contains(&word), "{word}: {}", its[0]);
        }
        let number = |name: &str| {
            let rest = its[0]
                .split_once(name)
                .unwrap_or_else(|| panic!("{name}: {}", its[0]))
                .1;
            rest.split(' ').next().unwrap().parse::<u64>().unwrap()
        };
        assert!(number(" micros=") < 120_000_000);
        assert_eq!(number(" token=") > 0, !idp.is_empty(), "{}", its[0]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_of_json_says_the_same() {
    let server = server(&["--log-format", "json"]).await;
    for (id, method, route, status, idp) in requests(&server).await {
        let lines = lines(&server);
        let lines: Vec<Value> = lines
            .iter()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let its: Vec<&Value> = lines
            .iter()
            .filter(|line| line["span"]["id"] == id)
            .collect();
        assert_eq!(its.len(), 1, "{id}: {lines:#?}");
        let line = its[0];
        let said = [
            &line["level"],
            &line["method"],
            &line["route"],
            &line["address"],
            &line["idp"],
        ];
        assert_eq!(said, ["INFO", method, route, "127.0.0.1", idp], "{line}");
        assert_eq!(line["status"], status);
        assert!(
            line["micros"].as_u64().is_some_and(|it| it < 120_000_000),
            "{line}"
        );
        assert_eq!(
            line["token"].as_u64().is_some_and(|it| it > 0),
            !idp.is_empty(),
            "{line}"
        );
        assert!(line["timestamp"].is_string(), "{line}");
    }
    // The other lines are JSON too.
    for line in server.log().lines() {
        serde_json::from_str::<Value>(line).unwrap_or_else(|_| panic!("{line}"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_wants_none_has_none_and_the_rest() {
    let server = server(&["--log-level", "info,access=off"]).await;
    requests(&server).await;
    assert_eq!(lines(&server), [""; 0]);
    assert!(server.log().contains("listening"), "{}", server.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_address_is_what_a_trusted_proxy_says() {
    let server = server(&["--trusted-proxies", "127.0.0.0/8"]).await;
    let headers = [("x-request-id", "mine"), ("x-forwarded-for", "203.0.113.7")];
    server
        .request("GET", "/scim/v2/Users", None, &headers)
        .await
        .is(200);
    let lines = lines(&server);
    let line = lines
        .iter()
        .find(|line| line.contains("id=\"mine\""))
        .unwrap();
    assert!(line.contains(" address=203.0.113.7 "), "{line}");
}

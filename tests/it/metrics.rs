//! `/metrics`: what a Prometheus server reads.

use serde_json::json;
use tokio::io::AsyncWriteExt as _;

use crate::support::wire::until_closed;
use crate::support::{Client, Database, Kind, TestServer, at_user, eventually, user};

const REQUESTS: &str = "vestibule_http_requests_total";
const IN_FLIGHT: &str = "vestibule_http_requests_in_flight";
const CONNECTIONS: &str = "vestibule_database_connections";

async fn sqlite(options: &[&str]) -> TestServer {
    TestServer::start(Database::on(Kind::Sqlite).await, options)
}

/// Asks for the counters with these headers, and returns the status.
async fn asked(server: &Client, headers: &[(&str, &str)]) -> u16 {
    let client = server.without_token();
    client
        .request("GET", "/metrics", None, headers)
        .await
        .status
}

on_each_database! {
    async fn they_are_open_metrics_with_something_of_each(server: TestServer) {
        server.create_user("ada").await;
        let answer = server.without_token().get("/metrics").await.is(200);
        assert_eq!(answer.header("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");

        let metrics = server.metrics().await;

        let families: Vec<(&str, &str)> = metrics.families.iter().map(|(name, kind)| (name.as_str(), kind.as_str())).collect();
        assert_eq!(families, [
            ("vestibule_build", "info"),
            ("vestibule_commit_duration_seconds", "histogram"),
            ("vestibule_commit_group_size", "histogram"),
            ("vestibule_database_connections", "gauge"),
            ("vestibule_http_request_duration_seconds", "histogram"),
            ("vestibule_http_requests", "counter"),
            ("vestibule_http_requests_in_flight", "gauge"),
            ("vestibule_log_queue", "gauge"),
        ]);
    }

    async fn requests_are_counted_by_route_method_status_and_provider(server: TestServer) {
        let (entra, okta) = (server.as_profile("entra"), server.as_profile("okta"));
        let id = entra.create_user("ada").await;
        for _ in 0..3 {
            okta.get(&at_user(&id)).await.is(200);
        }
        okta.post("/scim/v2/Users", user("ADA")).await.refused(409);
        okta.get("/scim/v2/Users/0190c2a0-7d6e-7c3e-9a53-0123456789ab").await.refused(404);
        server.without_token().get("/scim/v2/Users").await.refused(401);
        server.without_token().get("/health/ready").await.is(200);
        server.without_token().get("/nowhere").await.is(404);

        let metrics = server.metrics().await;

        for (route, method, status, idp, n) in [
            ("/Users", "POST", "201", "entra", 1.0),
            ("/Users/{id}", "GET", "200", "okta", 3.0),
            ("/Users", "POST", "409", "okta", 1.0),
            ("/Users/{id}", "GET", "404", "okta", 1.0),
            ("/Users", "GET", "401", "", 1.0),
            ("/health/ready", "GET", "200", "", 1.0),
            ("unknown", "GET", "404", "", 1.0),
        ] {
            let labels = [("route", route), ("method", method), ("status", status), ("idp", idp)];
            assert!((metrics.sum(REQUESTS, &labels) - n).abs() < 0.5, "{labels:?}: {metrics:#?}");
        }
        let its = [("route", "/Users/{id}"), ("method", "GET")];
        let buckets = [its[0], its[1], ("le", "+Inf")];
        let durations = "vestibule_http_request_duration_seconds";
        assert!((metrics.sum(&format!("{durations}_count"), &its) - 4.0).abs() < 0.5, "{metrics:#?}");
        assert!((metrics.sum(&format!("{durations}_bucket"), &buckets) - 4.0).abs() < 0.5, "{metrics:#?}");
        let seconds = metrics.sum(&format!("{durations}_sum"), &its);
        assert!(seconds > 0.0 && seconds < 120.0, "{seconds}");
    }

    async fn commits_are_counted_with_the_requests_in_them(server: TestServer) {
        let (requests, commits) = ("vestibule_commit_group_size_sum", "vestibule_commit_group_size_count");
        let before = server.metrics().await;
        for n in 0..5 {
            server.create_user(&format!("user{n}")).await;
        }
        let after = server.metrics().await;

        let grown = |name: &str| after.sum(name, &[]) - before.sum(name, &[]);
        assert!(grown(requests) >= 5.0, "{after:#?}");
        assert!(grown(commits) >= 5.0 && grown(commits) <= grown(requests), "{after:#?}");
        assert!((grown("vestibule_commit_duration_seconds_count") - grown(commits)).abs() < 0.5, "{after:#?}");
        assert!(grown("vestibule_commit_duration_seconds_sum") > 0.0, "{after:#?}");
    }

    async fn connections_are_no_more_than_there_may_be(server: TestServer) {
        server.create_user("ada").await;
        let metrics = server.metrics().await;
        for pool in ["read", "write"] {
            let [in_use, most] = ["in_use", "most"].map(|state| metrics.sum(CONNECTIONS, &[("pool", pool), ("state", state)]));
            assert!(in_use >= 0.0 && most >= 1.0 && in_use <= most, "{pool}: {in_use} of {most}");
        }
    }

    async fn a_request_is_in_flight_until_it_is_answered(server: TestServer) {
        let idle = server.metrics().await.sum(IN_FLIGHT, &[]);
        let mut wire = server.wire().await;
        let head = server.head("POST /scim/v2/Users HTTP/1.1", &["Content-Type: application/scim+json", "Content-Length: 2", "Connection: close"]);
        wire.write_all(head.as_bytes()).await.unwrap();

        eventually("the request is in flight", async || {
            let now = server.metrics().await.sum(IN_FLIGHT, &[]);
            (now > idle + 0.5).then_some(())
        }).await;
        wire.write_all(b"{}").await.unwrap();
        until_closed(&mut wire).await.expect("the server closes");

        assert!((server.metrics().await.sum(IN_FLIGHT, &[]) - idle).abs() < 0.5);
    }

    async fn labels_name_nobody_and_nothing(server: TestServer) {
        let client = server.in_new_organization("umbra-corp");
        let (secret, id) = (client.token().to_owned(), client.create_user("quendolyn").await);
        let group = client.create_group("Thistlewood", &[&id]).await;
        client.users_where("userName eq \"quendolyn\"").await;
        client.get(&at_user(&id)).await.is(200);
        client.get(&format!("/scim/v2/{secret}")).await.refused(404);
        client.get("/scim/v2/Schemas/quendolyn").await.refused(404);
        client.request("QUENDOLYN", "/quendolyn", None, &[("user-agent", "quendolyn")]).await.one_of(&[404, 405]);
        client.edit(&at_user(&id), json!([{ "op": "replace", "path": "quendolyn", "value": "quendolyn" }])).await;

        let text = server.without_token().get("/metrics").await.is(200).text;

        for word in ["quendolyn", "QUENDOLYN", "Thistlewood", "umbra", &secret, &id, &group] {
            assert!(!text.contains(word), "{word}: {text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_waits_for_the_database_is_in_the_queue() {
    let server = TestServer::on(Kind::Postgres).await;
    let in_use = [("pool", "write"), ("state", "in_use")];
    let most = server
        .metrics()
        .await
        .sum(CONNECTIONS, &[("pool", "write"), ("state", "most")]);
    assert!((most - 8.0).abs() < 0.5, "{most}");
    let held = server.database().hold("resources");
    let client = Client::clone(&server);
    let waiting = tokio::spawn(async move { client.create_user("ada").await });

    eventually("the write waits", async || {
        let metrics = server.metrics().await;
        let waits = metrics.sum("vestibule_log_queue", &[]) > 0.5
            && metrics.sum(CONNECTIONS, &in_use) > 0.5;
        waits.then_some(())
    })
    .await;
    drop(held);
    waiting.await.unwrap();

    // what the server does on its own may write now and then
    eventually("nothing waits", async || {
        (server.metrics().await.sum("vestibule_log_queue", &[]) < 0.5).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_see_them_finds_nothing() {
    let server = sqlite(&["--metrics-from", "10.0.0.0/8,::1/128"]).await;
    assert_eq!(asked(&server, &[]).await, 404);
    assert_eq!(
        asked(&server, &[("x-forwarded-for", "10.0.0.1")]).await,
        404
    );
    let server = sqlite(&[]).await;
    assert_eq!(asked(&server, &[]).await, 200);
    let with_token = server.get("/metrics").await;
    assert_eq!(with_token.status, 200, "a token changes nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_through_a_proxy_is_not_taken_for_the_proxy() {
    let forwarded: [&[(&str, &str)]; 5] = [
        &[("x-forwarded-for", "203.0.113.7")],
        &[("x-forwarded-for", "127.0.0.1")],
        &[("x-forwarded-proto", "https")],
        &[("x-forwarded-host", "vestibule.example")],
        &[("forwarded", "for=127.0.0.1")],
    ];
    for options in [&[][..], &["--trusted-proxies", "10.0.0.0/8"]] {
        let server = sqlite(options).await;
        for headers in forwarded {
            assert_eq!(
                asked(&server, headers).await,
                404,
                "{options:?}, {headers:?}"
            );
        }
        assert_eq!(asked(&server, &[]).await, 200);
    }
    let server = sqlite(&["--trusted-proxies", "127.0.0.0/8"]).await;
    for (headers, status) in [
        (&[][..], 200),
        (&[("x-forwarded-for", "127.0.0.5")], 200),
        (&[("x-forwarded-for", "203.0.113.7")], 404),
        (&[("x-forwarded-for", "127.0.0.1, 203.0.113.7")], 404),
        (&[("x-forwarded-for", "nonsense")], 404),
        (&[("x-forwarded-proto", "https")], 404),
    ] {
        assert_eq!(asked(&server, headers).await, status, "{headers:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_unknown_paths_and_methods_make_no_new_series() {
    let server = sqlite(&[]).await;
    let ask = async |n: usize| {
        let agent = format!("agent/{n}");
        let headers = [("user-agent", agent.as_str())];
        for path in [
            format!("/scim/v2/Shoes{n}"),
            format!("/away/{n}"),
            format!("/scim/v2/Users/{n}/x"),
        ] {
            server.request("GET", &path, None, &headers).await.is(404);
        }
        server
            .get(&format!("/scim/v2/Users/{n}"))
            .await
            .refused(404);
        let schema = format!("/scim/v2/Schemas/urn:{n}");
        server.get(&schema).await.refused(404);
        let method = format!("MADE-UP-{n}");
        server
            .request(&method, "/scim/v2/Users", None, &headers)
            .await
            .refused(405);
        server
            .request(&method, &format!("/away/{n}"), None, &headers)
            .await
            .is(404);
    };
    ask(0).await;
    let before = server.metrics().await.series();
    // the series of the request for the counters themselves
    let before = before
        .union(&server.metrics().await.series())
        .cloned()
        .collect::<std::collections::BTreeSet<_>>();
    for n in 1..1_000 {
        ask(n).await;
    }

    let after = server.metrics().await;

    let new: Vec<_> = after.series().difference(&before).cloned().collect();
    assert!(new.is_empty(), "{new:#?}");
    let counted = after.sum(REQUESTS, &[("route", "unknown")]);
    assert!(counted >= 4_000.0, "{counted}");
}

//! `Host` and the forms of a request's target (RFC 9112 §3.2, RFC 9110 §7.2).

use super::server;
use crate::support::TestServer;
use crate::support::wire::statuses;

const PATHS: [&str; 2] = ["/scim/v2/Users", "/health/live"];

/// Sends a request with these lines for `Host`, and returns what is answered until it is closed.
async fn ask(server: &TestServer, target: &str, version: &str, hosts: &[String]) -> Vec<u16> {
    let mut request = format!("GET {target} {version}\r\n");
    for host in hosts {
        request.push_str(&format!("Host: {host}\r\n"));
    }
    request.push_str(&format!(
        "Authorization: Bearer {}\r\nConnection: close\r\n\r\n",
        server.token()
    ));
    let said = server.write_until_closed(request).await;
    statuses(&said.expect("the server closes as it was asked to"))
}

/// With and without an address of its own, the server reads `Host` alike.
async fn servers() -> [TestServer; 2] {
    [
        server(&[]).await,
        server(&["--public-url", "https://vestibule.example"]).await,
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_names_its_host_once() {
    for server in servers().await {
        let own = server.address().to_string();
        for path in PATHS {
            assert_eq!(
                ask(&server, path, "HTTP/1.1", std::slice::from_ref(&own)).await,
                [200],
                "{path}"
            );
            for hosts in [
                vec![],
                vec![own.clone(), own.clone()],
                vec![own.clone(), "evil.example".into()],
            ] {
                assert_eq!(
                    ask(&server, path, "HTTP/1.1", &hosts).await,
                    [400],
                    "{path}: {hosts:?}"
                );
            }
            assert_eq!(ask(&server, path, "HTTP/1.0", &[]).await.len(), 1, "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_is_a_name_and_perhaps_a_port() {
    for server in servers().await {
        for path in PATHS {
            for fine in [
                "vestibule.example",
                "vestibule.example:8080",
                "127.0.0.1",
                "[::1]:80",
                "VESTIBULE",
            ] {
                assert_eq!(
                    ask(&server, path, "HTTP/1.1", &[fine.into()]).await,
                    [200],
                    "{path}: {fine}"
                );
            }
            let mut wrong = Vec::new();
            for odd in [
                "",
                "a b",
                "a/b",
                "a?b",
                "a#b",
                "ada@evil.example",
                "a,b",
                "a\"b",
                "<b>",
                "a:b",
                "a:80:80",
                "[::1",
                "::1",
                "a\\b",
                "a\u{e9}",
                "a{b}",
                ":80",
                "http://a",
                "a%0d%0ab",
            ] {
                let answered = ask(&server, path, "HTTP/1.1", &[odd.into()]).await;
                if !matches!(answered[..], [] | [400]) {
                    wrong.push(format!("{path}: {odd:?}: {answered:?}"));
                }
            }
            assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_absolute_target_names_the_host_that_host_names() {
    for server in servers().await {
        let own = server.address().to_string();
        for path in PATHS {
            assert_eq!(
                ask(
                    &server,
                    &format!("http://{own}{path}"),
                    "HTTP/1.1",
                    std::slice::from_ref(&own)
                )
                .await,
                [200],
                "{path}"
            );
            for (target, host) in [
                (format!("http://evil.example{path}"), own.clone()),
                (format!("http://{own}{path}"), "evil.example".into()),
                (format!("http://ada@{own}{path}"), own.clone()),
                (format!("http://{path}"), own.clone()),
            ] {
                let answered = ask(&server, &target, "HTTP/1.1", std::slice::from_ref(&host)).await;
                assert!(
                    matches!(answered[..], [] | [400]),
                    "{target} for {host}: {answered:?}"
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn targets_for_proxies_are_refused() {
    let server = server(&[]).await;
    let own = server.address().to_string();
    for (method, target) in [
        ("CONNECT", own.as_str()),
        ("CONNECT", "evil.example:443"),
        ("OPTIONS", "*"),
        ("GET", "*"),
        ("GET", own.as_str()),
    ] {
        let said = server
            .write_until_closed(server.head(
                &format!("{method} {target} HTTP/1.1"),
                &["Connection: close"],
            ))
            .await;
        let said = said.unwrap_or_else(|| panic!("{method} {target}: the connection stays open"));
        let answered = statuses(&said);
        assert!(
            answered
                .iter()
                .all(|it| (400..500).contains(it) || *it == 501),
            "{method} {target}: {said}"
        );
    }
}

//! What a proxy says about the client: believed from trusted proxies alone.

use super::server;
use crate::support::{Answer, Client, Database, Kind, TestServer, user};

const USERS: &str = "/scim/v2/Users";

/// The server, and a client that is bound to addresses it does not have.
async fn bound(options: &[&str]) -> (TestServer, Client) {
    let server = server(options).await;
    let client = server.with_token(&server.token_with(&[
        "--allow",
        "203.0.113.0/24",
        "--allow",
        "2001:db8::/32",
    ]));
    (server, client)
}

async fn ask(client: &Client, headers: &[(&str, &str)]) -> Answer {
    client.request("GET", USERS, None, headers).await
}

/// Asserts that requests from a foreign address are let in, or are not.
async fn each_is(client: &Client, let_in: bool, cases: &[&[(&str, &str)]]) {
    let mut wrong = Vec::new();
    for headers in cases {
        let answer = ask(client, headers).await;
        let as_expected = if let_in {
            answer.status == 200
        } else {
            [400, 401, 403].contains(&answer.status)
        };
        if !as_expected {
            wrong.push(format!("{headers:?}: {}: {}", answer.status, answer.text));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Creates a user with these headers, and returns where it is said to be.
async fn location(client: &Client, user_name: &str, headers: &[(&str, &str)]) -> String {
    let answer = client
        .request("POST", USERS, Some(user(user_name)), headers)
        .await
        .is(201);
    let location = answer.body["meta"]["location"]
        .as_str()
        .expect("a resource has a location")
        .to_owned();
    assert_eq!(answer.header("location"), location);
    location
}

const FORGED: [&[(&str, &str)]; 6] = [
    &[],
    &[("x-forwarded-for", "203.0.113.7")],
    &[("x-forwarded-for", "203.0.113.7, 127.0.0.1")],
    &[("forwarded", "for=203.0.113.7")],
    &[(
        "forwarded",
        "for=\"[2001:db8::1]:4711\";proto=https;host=vestibule.example",
    )],
    &[
        ("x-real-ip", "203.0.113.7"),
        ("x-client-ip", "203.0.113.7"),
        ("true-client-ip", "203.0.113.7"),
        ("cf-connecting-ip", "203.0.113.7"),
        ("x-forwarded-for", "203.0.113.7"),
    ],
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_is_no_proxy_has_the_address_it_comes_from() {
    let (_server, client) = bound(&[]).await;
    each_is(&client, false, &FORGED).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_proxy_than_the_trusted_ones_is_no_proxy() {
    let (_server, client) = bound(&["--trusted-proxies", "10.0.0.0/8,127.0.0.2/32,::1/128"]).await;
    each_is(&client, false, &FORGED).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trusted_proxy_says_where_a_client_is() {
    let (_server, client) = bound(&["--trusted-proxies", "10.0.0.0/8,127.0.0.0/8"]).await;
    each_is(
        &client,
        true,
        &[
            &[("x-forwarded-for", "203.0.113.7")],
            &[("x-forwarded-for", " 203.0.113.7 ")],
            &[("x-forwarded-for", "2001:db8::1")],
            &[("forwarded", "for=203.0.113.7")],
            &[("forwarded", "For=\"203.0.113.7:4711\";proto=https")],
            &[("forwarded", "for=\"[2001:db8::1]:4711\"")],
            &[("forwarded", "proto=https; for=203.0.113.7 ;by=10.0.0.1")],
        ],
    )
    .await;
    // The proxy itself is somebody else, and so is whoever it names.
    each_is(
        &client,
        false,
        &[
            &[],
            &[("x-forwarded-for", "198.51.100.1")],
            &[("forwarded", "for=198.51.100.1")],
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_several_addresses_the_last_that_no_trusted_proxy_has_counts() {
    let (server, client) = bound(&["--trusted-proxies", "10.0.0.0/8,127.0.0.0/8"]).await;
    each_is(
        &client,
        true,
        &[
            &[("x-forwarded-for", "198.51.100.1, 203.0.113.7")],
            &[(
                "x-forwarded-for",
                "198.51.100.1,203.0.113.7,10.1.2.3, 127.0.0.9",
            )],
            &[("x-forwarded-for", "garbage, 203.0.113.7")],
            &[(
                "forwarded",
                "for=198.51.100.1, for=203.0.113.7, for=10.1.2.3",
            )],
        ],
    )
    .await;
    each_is(
        &client,
        false,
        &[
            &[("x-forwarded-for", "203.0.113.7, 198.51.100.1")],
            &[("x-forwarded-for", "203.0.113.7, 198.51.100.1, 10.1.2.3")],
            &[(
                "forwarded",
                "for=203.0.113.7, for=198.51.100.1, for=10.1.2.3",
            )],
            // What cannot be read is nobody's address, and hides the ones before it.
            &[("x-forwarded-for", "203.0.113.7, garbage")],
            &[("x-forwarded-for", "203.0.113.7, unknown, 10.1.2.3")],
            &[("x-forwarded-for", "203.0.113.256")],
            &[("x-forwarded-for", "203.0.113.7/24")],
            &[("x-forwarded-for", "")],
            &[("x-forwarded-for", ",,,")],
            &[("forwarded", "for=203.0.113.7, for=_hidden")],
            &[("forwarded", "for=unknown")],
            &[("forwarded", "for=\"203.0.113.7")],
            &[("forwarded", "for")],
            &[("forwarded", "")],
        ],
    )
    .await;
    // The header on two lines is one list, whose end is the second line's.
    for (first, second, status) in [
        ("203.0.113.7", "198.51.100.1", [401, 403]),
        ("198.51.100.1", "203.0.113.7", [200, 200]),
    ] {
        let head = client.head(
            &format!("GET {USERS} HTTP/1.1"),
            &[
                &format!("X-Forwarded-For: {first}"),
                &format!("X-Forwarded-For: {second}"),
                "Connection: close",
            ],
        );
        let said = server
            .write_until_closed(head)
            .await
            .expect("the server closes");
        assert!(
            status.contains(&crate::support::wire::statuses(&said)[0]),
            "{first}, then {second}: {said}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_list_of_addresses_is_read_or_refused() {
    let (_server, client) = bound(&["--trusted-proxies", "10.0.0.0/8,127.0.0.0/8"]).await;
    let long = "10.0.0.1,".repeat(500);
    for list in [
        format!("{long}203.0.113.7"),
        long.clone(),
        ",".repeat(5000),
        "[".repeat(5000),
        "for=\"".repeat(1000),
    ] {
        for name in ["x-forwarded-for", "forwarded"] {
            ask(&client, &[(name, &list)])
                .await
                .one_of(&[200, 400, 401, 403, 431]);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trusted_proxy_says_under_which_address_we_are_reached() {
    let server = server(&["--trusted-proxies", "127.0.0.0/8"]).await;
    let by_three = [
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "vestibule.example"),
        ("x-forwarded-for", "203.0.113.7"),
    ];
    assert!(
        location(&server, "ada", &by_three)
            .await
            .starts_with("https://vestibule.example/scim/v2/Users/")
    );
    let by_one = [(
        "forwarded",
        "for=203.0.113.7;proto=https;host=\"vestibule.example:8443\"",
    )];
    assert!(
        location(&server, "bo", &by_one)
            .await
            .starts_with("https://vestibule.example:8443/scim/v2/Users/")
    );
    let own = format!("http://{}/scim/v2/Users/", server.address());
    assert!(location(&server, "cy", &[]).await.starts_with(&own));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_does_not_say_under_which_address_we_are_reached() {
    for (n, options) in [
        &[][..],
        &["--trusted-proxies", "10.0.0.0/8"],
        &[
            "--public-url",
            "https://own.example",
            "--trusted-proxies",
            "127.0.0.0/8",
        ],
    ]
    .into_iter()
    .enumerate()
    {
        let server = server(options).await;
        let own = if n < 2 {
            format!("http://{}/scim/v2/Users/", server.address())
        } else {
            "https://own.example/scim/v2/Users/".into()
        };
        for (user_name, headers) in [
            (
                "ada",
                &[
                    ("x-forwarded-proto", "https"),
                    ("x-forwarded-host", "evil.example"),
                ][..],
            ),
            ("bo", &[("forwarded", "proto=https;host=evil.example")]),
            (
                "cy",
                &[
                    ("x-original-host", "evil.example"),
                    ("x-host", "evil.example"),
                    ("x-forwarded-server", "evil.example"),
                    ("x-forwarded-scheme", "https"),
                    ("x-forwarded-port", "1"),
                ],
            ),
        ] {
            let location = location(&server, user_name, headers).await;
            assert!(location.starts_with(&own), "{options:?}: {location}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forwarded_host_is_a_host_and_a_scheme_is_a_scheme() {
    let server = server(&["--trusted-proxies", "127.0.0.0/8"]).await;
    for (name, value) in [
        ("x-forwarded-host", "evil.example/x"),
        ("x-forwarded-host", "ada@evil.example"),
        ("x-forwarded-host", "<script>"),
        ("x-forwarded-host", "a\"b"),
        ("x-forwarded-host", "a b"),
        ("x-forwarded-host", "evil.example?x"),
        ("x-forwarded-host", "evil.example#x"),
        ("x-forwarded-proto", "javascript"),
        ("x-forwarded-proto", "ftp"),
        ("x-forwarded-proto", "https://evil.example/"),
        ("forwarded", "host=\"evil.example/x\""),
        ("forwarded", "host=\"a\\\"b\""),
        ("forwarded", "proto=javascript"),
    ] {
        let answer = server
            .request(
                "GET",
                "/scim/v2/ServiceProviderConfig",
                None,
                &[(name, value)],
            )
            .await
            .one_of(&[200, 400]);
        let odd = ["evil.example", "script", "ftp:", "a\\\"b", "a b"]
            .iter()
            .any(|it| {
                answer.body["meta"]["location"]
                    .as_str()
                    .is_some_and(|location| location.contains(it))
            });
        assert!(!odd, "{name}: {value}: {}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_has_the_address_that_counts() {
    for (options, seen) in [
        (&["--trusted-proxies", "127.0.0.0/8"][..], true),
        (&[], false),
    ] {
        let server = server(options).await;
        ask(&server, &[("x-forwarded-for", "203.0.113.77")])
            .await
            .is(200);
        let database = server.database();
        server.terminate();
        let logs = std::fs::read_dir(database.folder())
            .unwrap()
            .map(|it| it.unwrap().path());
        let log: String = logs
            .filter(|it| it.extension().is_some_and(|it| it == "log"))
            .map(|it| std::fs::read_to_string(it).unwrap())
            .collect();
        assert_eq!(log.contains("203.0.113.77"), seen, "{options:?}: {log}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_that_is_none_is_refused() {
    let database = Database::on(Kind::Sqlite).await;
    for odd in ["everywhere", "10.0.0.0/33", "10.0.0.0/8,,x"] {
        let said = TestServer::refuses_to_start(&database, &["--trusted-proxies", odd]);
        assert!(said.contains("invalid value"), "{said}");
    }
}

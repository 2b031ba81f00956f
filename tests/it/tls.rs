//! HTTPS by our own certificate: `--tls-cert` and `--tls-key`.

use rustls::ProtocolVersion;
use rustls::version::{TLS12, TLS13};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use crate::support::tls::{Identity, Issued, Secure, Wish, client_hello};
use crate::support::wire::{GIVE_UP, until_closed};
use crate::support::{Database, Kind, TestServer, eventually, user};

/// A server with a certificate of its own.
async fn server(more: &[&str]) -> (TestServer, Identity, Issued) {
    let (identity, issued) = Identity::new();
    let options = identity.options();
    let options: Vec<&str> = options
        .iter()
        .map(String::as_str)
        .chain(more.iter().copied())
        .collect();
    let server = TestServer::start(Database::on(Kind::Sqlite).await, &options);
    (server, identity, issued)
}

/// Connects with a client that takes this certificate alone.
async fn connect(server: &TestServer, issued: &Issued) -> Result<Secure, String> {
    Secure::connect(server.address(), Wish::any(issued)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_versions_of_http_are_spoken_over_both_versions_of_tls() {
    let (server, _identity, issued) = server(&[]).await;
    for (tls, version) in [
        (&TLS12, ProtocolVersion::TLSv1_2),
        (&TLS13, ProtocolVersion::TLSv1_3),
    ] {
        for (offered, chosen) in [
            (&["h2", "http/1.1"][..], Some("h2")),
            (&["http/1.1"], Some("http/1.1")),
            (&[], None),
        ] {
            let wish = Wish {
                trusts: &issued,
                alpn: offered,
                versions: &[tls],
            };
            let mut secure = Secure::connect(server.address(), wish).await.unwrap();
            assert_eq!((secure.version, secure.alpn.as_deref()), (version, chosen));
            secure
                .request("GET", "/scim/v2/Users", server.token(), None)
                .await
                .is(200);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn addresses_are_those_of_https() {
    let (server, _identity, issued) = server(&[]).await;
    let base = format!("https://{}/scim/v2", server.address());
    assert_eq!(server.tenant_url(), base);
    for (n, alpn) in ["h2", "http/1.1"].into_iter().enumerate() {
        let wish = Wish {
            alpn: &[alpn],
            ..Wish::any(&issued)
        };
        let mut secure = Secure::connect(server.address(), wish).await.unwrap();
        let body = user(&format!("user{n}"));
        let answer = secure
            .request("POST", "/scim/v2/Users", server.token(), Some(body))
            .await
            .is(201);
        let location = format!("{base}/Users/{}", answer.id());
        assert_eq!(answer.body["meta"]["location"], location);
        assert_eq!(answer.header("location"), location);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn versions_before_1_2_are_refused() {
    let (server, _identity, _issued) = server(&[]).await;
    for (version, is_taken) in [
        (0x0303, true),
        (0x0302, false),
        (0x0301, false),
        (0x0300, false),
    ] {
        let mut wire = server.wire().await;
        wire.write_all(&client_hello(version)).await.unwrap();
        if is_taken {
            // a handshake goes on with a ServerHello of TLS 1.2
            let mut record = [0; 6];
            timeout(GIVE_UP, wire.read_exact(&mut record))
                .await
                .unwrap()
                .unwrap();
            assert_eq!((&record[..3], record[5]), (&[22, 3, 3][..], 2));
            continue;
        }
        let mut said = Vec::new();
        let closed = timeout(GIVE_UP, wire.read_to_end(&mut said)).await;
        assert!(closed.is_ok(), "{version:x} is not closed");
        // an alert of level fatal: the version
        let alert = said.first().zip(said.get(5..));
        assert!(
            said.is_empty() || alert == Some((&21, &[2, 70])),
            "{version:x}: {said:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_speaks_plain_http_is_closed() {
    let (server, _identity, _issued) = server(&["--head-timeout", "1h"]).await;
    for request in [
        "GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let said = server
            .write_until_closed(request)
            .await
            .expect("the server closes");
        assert!(!said.contains("HTTP/"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_shake_hands_in_time_is_closed() {
    let (server, _identity, issued) = server(&[
        "--head-timeout",
        "1s",
        "--body-timeout",
        "1h",
        "--idle-timeout",
        "1h",
    ])
    .await;
    let mut silent = server.wire().await;
    let mut half = server.wire().await;
    half.write_all(&client_hello(0x0303)[..20]).await.unwrap();

    assert!(
        until_closed(&mut silent).await.is_some(),
        "who says nothing stays"
    );
    assert!(
        until_closed(&mut half).await.is_some(),
        "who says half of it stays"
    );
    connect(&server, &issued).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renewed_certificate_is_taken_and_running_connections_go_on() {
    let (server, identity, first) = server(&[]).await;
    let mut running = connect(&server, &first).await.unwrap();
    running
        .request("GET", "/scim/v2/Users", server.token(), None)
        .await
        .is(200);

    let second = identity.renew();

    eventually("the second certificate", async || {
        connect(&server, &second).await.ok()
    })
    .await;
    let refused = connect(&server, &first)
        .await
        .err()
        .expect("the first certificate is gone");
    assert!(refused.contains("certificate"), "{refused}");
    running
        .request("GET", "/scim/v2/Users", server.token(), None)
        .await
        .is(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_certificate_is_not_taken_and_the_old_one_stays() {
    let (server, identity, first) = server(&[]).await;
    for broken in [
        "",
        "-----BEGIN CERTIFICATE-----\nAAAA\n",
        &Issued::new().certificate,
    ] {
        let warnings = || server.log().matches("kept the old certificate").count();
        let before = warnings();
        identity.overwrite_certificate(broken);
        eventually("a warning", async || (warnings() > before).then_some(())).await;
        connect(&server, &first).await.unwrap();
    }
    let log = server.log();
    let warning = log
        .lines()
        .find(|it| it.contains("kept the old certificate"))
        .unwrap();
    assert!(
        warning.contains("WARN") && warning.contains("fullchain.pem"),
        "{warning}"
    );

    let second = identity.renew();

    eventually("the second certificate", async || {
        connect(&server, &second).await.ok()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_served_is_refused_at_the_start_with_the_file() {
    let database = Database::on(Kind::Sqlite).await;
    let (ours, _) = Identity::new();
    let (others, _) = Identity::new();
    let text = |path: std::path::PathBuf| path.to_str().unwrap().to_owned();
    let (certificate, key, other) = (
        text(ours.certificate()),
        text(ours.key()),
        text(others.key()),
    );
    let garbage = text(database.folder().join("garbage.pem"));
    std::fs::write(&garbage, "Dear certificate,\n").unwrap();
    let yaml = text(database.folder().join("vestibule.yaml"));
    std::fs::write(&yaml, format!("tls_cert: {certificate}\n")).unwrap();
    let nowhere = text(database.folder().join("nowhere.pem"));

    for (options, named) in [
        (vec!["--tls-cert", &certificate], &certificate),
        (vec!["--tls-key", &key], &key),
        (vec!["--config", &yaml], &certificate),
        (vec!["--tls-cert", &nowhere, "--tls-key", &key], &nowhere),
        (
            vec!["--tls-cert", &certificate, "--tls-key", &nowhere],
            &nowhere,
        ),
        (vec!["--tls-cert", &garbage, "--tls-key", &key], &garbage),
        (
            vec!["--tls-cert", &certificate, "--tls-key", &garbage],
            &garbage,
        ),
        (vec!["--tls-cert", &key, "--tls-key", &key], &key),
        (
            vec!["--tls-cert", &certificate, "--tls-key", &other],
            &certificate,
        ),
    ] {
        let said = TestServer::refuses_to_start(&database, &options);
        assert!(said.contains(named.as_str()), "{options:?}: {said}");
        assert!(!said.contains("panicked"), "{options:?}: {said}");
    }
    // The first token was not lost to those who could not see it.
    let first = TestServer::start(database, &[]);
    assert!(first.printed_token());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_file_may_say_one_half_and_a_flag_the_other() {
    let database = Database::on(Kind::Sqlite).await;
    let (identity, issued) = Identity::new();
    let [_, certificate, flag, key] = identity.options();
    let yaml = database.folder().join("vestibule.yaml");
    std::fs::write(&yaml, format!("tls_cert: {certificate}\n")).unwrap();

    let server = TestServer::start(database, &["--config", yaml.to_str().unwrap(), &flag, &key]);

    connect(&server, &issued).await.unwrap();
}

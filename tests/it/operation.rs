//! What operators are given beside the binary: unit file, container, dashboard, configuration.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::tls::{Identity, Secure, Wish};
use crate::support::{Database, Kind, TestServer, user};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// Reads a file of the repository.
#[track_caller]
fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A setting: what `--help` or the table says of it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Setting {
    environment: String,
    default: Option<String>,
}

/// The settings that `vestibule --help` tells, by flag.
fn settings() -> BTreeMap<String, Setting> {
    let help = Command::new(env!("CARGO_BIN_EXE_vestibule"))
        .arg("--help")
        .output()
        .unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let (_, help) = help.split_once("Settings:").expect("there are settings");
    let mut settings: BTreeMap<String, Setting> = BTreeMap::new();
    let mut flag = String::new();
    for line in help.lines().map(str::trim) {
        if line.starts_with("--") {
            line.split(' ').next().unwrap().clone_into(&mut flag);
            settings.insert(flag.clone(), Setting::default());
        }
        let inside = |start| {
            line.strip_prefix(start)
                .and_then(|rest| rest.strip_suffix(']'))
        };
        if let Some(name) = inside("[env: ") {
            let name = name.split('=').next().unwrap();
            name.clone_into(&mut settings.get_mut(&flag).unwrap().environment);
        }
        if let Some(default) = inside("[default: ") {
            settings.get_mut(&flag).unwrap().default = Some(default.to_owned());
        }
    }
    assert!(settings.len() > 20, "{settings:#?}");
    settings
}

/// Words of a text that begin like this.
fn words(text: &str, start: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let mut words = BTreeSet::new();
    for (at, _) in text.match_indices(start) {
        let before = text[..at].chars().next_back();
        if before.is_none_or(|c| !is_part(c)) {
            let rest = &text[at..];
            let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            words.insert(rest[..end].to_owned());
        }
    }
    words
}

#[test]
fn the_table_in_the_readme_is_what_help_says() {
    let readme = read("README.md");
    let mut table = BTreeMap::new();
    for line in readme.lines().filter(|line| line.starts_with("| `--")) {
        let cells: Vec<&str> = line
            .split('|')
            .map(|cell| cell.trim().trim_matches('`'))
            .collect();
        let environment = cells[2].to_owned();
        // what is not in code is said in words: there is no default
        let default = line
            .split('|')
            .nth(3)
            .unwrap()
            .contains('`')
            .then(|| cells[3].to_owned());
        assert!(!cells[4].is_empty(), "nothing is said of it: {line}");
        let before = table.insert(
            cells[1].to_owned(),
            Setting {
                environment,
                default,
            },
        );
        assert_eq!(before, None, "{line}");
    }
    let mut help = settings();
    for (flag, said) in &table {
        assert_eq!(Some(said), help.remove(flag).as_ref(), "{flag}");
    }
    assert!(help.is_empty(), "not in README.md: {help:#?}");
}

#[test]
fn what_the_documents_tell_to_set_can_be_set() {
    let settings = settings();
    let environment: BTreeSet<&str> = settings
        .values()
        .map(|it| it.environment.as_str())
        .collect();
    for file in [
        "README.md",
        "docs/operations.md",
        "packaging/README.md",
        "packaging/Containerfile",
        "packaging/vestibule.service",
    ] {
        let names = words(&read(file), "VESTIBULE_");
        for name in names.iter().filter(|it| !it.starts_with("VESTIBULE_TEST_")) {
            assert!(environment.contains(name.as_str()), "{file}: {name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_file_takes_every_setting() {
    let database = Database::on(Kind::Sqlite).await;
    let (identity, issued) = Identity::new();
    let [_, certificate, _, key] = identity.options();
    let schemas = database.folder().join("schemas");
    std::fs::create_dir(&schemas).unwrap();
    let url = format!("sqlite://{}/other.db", database.folder().display());
    let given = [
        ("database_url", url.as_str()),
        ("listen", "127.0.0.1:0"),
        ("public_url", "https://vestibule.example"),
        ("trusted_proxies", "[10.0.0.0/8, 127.0.0.0/8, \"::1/128\"]"),
        ("tls_cert", &certificate),
        ("tls_key", &key),
        ("head_timeout", "11s"),
        ("body_timeout", "61s"),
        ("idle_timeout", "2m"),
        ("max_connections", "1000"),
        ("metrics_from", "\n  - 203.0.113.0/24\n  - 2001:db8::/32"),
        ("otlp_endpoint", "http://127.0.0.1:1"),
        ("schemas", schemas.to_str().unwrap()),
        ("max_body", "1000000"),
        ("bulk_max_operations", "77"),
        ("bulk-max-payload", "777777"),
        ("max-results", "777"),
        ("token-in-flight", "12"),
        ("token-rate", "1000"),
        ("auth-failures", "6"),
        ("log-retention", "12h"),
        ("log-level", "info,access=off"),
        ("log-format", "json"),
    ];
    let lines: Vec<String> = given
        .iter()
        .map(|(name, value)| format!("{name}: {value}\n"))
        .collect();
    let yaml = lines.concat();
    let names: BTreeSet<String> = given
        .iter()
        .map(|(name, _)| format!("--{}", name.replace('_', "-")))
        .collect();
    let mut known: BTreeSet<String> = settings().into_keys().collect();
    known.remove("--config");
    assert_eq!(names, known);
    let file = database.folder().join("vestibule.yaml");
    std::fs::write(&file, yaml).unwrap();

    // the database's address is a flag's: it is where the test looks for it
    let server = TestServer::start(database, &["--config", file.to_str().unwrap()]);

    assert_eq!(server.tenant_url(), "https://vestibule.example/scim/v2");
    for line in server.log().lines() {
        serde_json::from_str::<Value>(line).unwrap_or_else(|_| panic!("{line}"));
    }
    let mut secure = Secure::connect(server.address(), Wish::any(&issued))
        .await
        .unwrap();
    let config = secure
        .request(
            "GET",
            "/scim/v2/ServiceProviderConfig",
            server.token(),
            None,
        )
        .await
        .is(200)
        .body;
    let said = [
        &config["filter"]["maxResults"],
        &config["bulk"]["maxOperations"],
        &config["bulk"]["maxPayloadSize"],
    ];
    assert_eq!(said, [777, 77, 777_777]);
    secure
        .request("GET", "/metrics", server.token(), None)
        .await
        .is(404);
    assert!(!server.log().contains("answered"), "{}", server.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_in_the_file_is_several_values() {
    let database = Database::on(Kind::Sqlite).await;
    let file = database.folder().join("vestibule.yaml");
    std::fs::write(&file, "trusted_proxies: [10.0.0.0/8, 127.0.0.0/8]\nmetrics_from:\n  - 203.0.113.0/24\n  - 127.0.0.0/8\n").unwrap();
    let server = TestServer::start(database, &["--config", file.to_str().unwrap()]);
    let client = server.without_token();
    for (from, status) in [
        ("203.0.113.7", 200),
        ("198.51.100.1", 404),
        ("203.0.113.7, 10.1.1.1", 200),
    ] {
        client
            .request("GET", "/metrics", None, &[("x-forwarded-for", from)])
            .await
            .is(status);
    }
    client.get("/metrics").await.is(200);
}

#[test]
fn the_unit_file_starts_what_there_is() {
    let unit = read("packaging/vestibule.service");
    let value = |name: &str| {
        let line = unit
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        line.unwrap_or_else(|| panic!("no {name}"))
    };
    let (binary, arguments) = value("ExecStart").split_once(' ').unwrap();
    assert!(arguments.split(' ').any(|it| it == "serve"), "{arguments}");
    let settings = settings();
    for flag in words(&unit, "--") {
        assert!(settings.contains_key(&flag), "{flag}");
    }
    assert_eq!(value("EnvironmentFile"), "-/etc/vestibule/env");
    // running requests have 20 seconds to finish
    assert!(value("TimeoutStopSec").parse::<u32>().unwrap() > 20);

    // Where there is systemd, it reads the file; it wants the binary to be there.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("vestibule.service");
    std::fs::write(&file, unit.replace(binary, env!("CARGO_BIN_EXE_vestibule"))).unwrap();
    let output = Command::new("timeout")
        .args(["60", "systemd-analyze", "verify", "--man=no"])
        .arg(&file)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    match output.status.code() {
        Some(124) => {
            eprintln!("the unit file is not verified: systemd does not come to an end here");
        }
        Some(127) => eprintln!("the unit file is not verified: there is no systemd here"),
        _ => assert!(
            output.status.success() && !said.contains("vestibule.service"),
            "{said}"
        ),
    }
}

#[test]
fn the_container_is_built_of_what_is_there() {
    let text = read("packaging/Containerfile");
    let ignored = read(".dockerignore");
    assert_eq!(ignored, read(".containerignore"));
    let copies = text.lines().filter_map(|line| line.strip_prefix("COPY "));
    let sources: Vec<&str> = copies
        .filter(|copy| !copy.starts_with("--from"))
        .flat_map(|copy| {
            let words: Vec<&str> = copy.split(' ').collect();
            words[..words.len() - 1].to_vec()
        })
        .collect();
    assert!(sources.contains(&"Cargo.lock"), "{sources:?}");
    for source in &sources {
        assert!(root().join(source).exists(), "{source}");
        assert!(
            ignored.lines().any(|line| line == format!("!{source}")),
            "{source} is ignored"
        );
    }
    // Cargo wants every member of the workspace, built or not
    let context = tempfile::tempdir().unwrap();
    let copied = Command::new("cp")
        .arg("-r")
        .args(&sources)
        .arg(context.path())
        .current_dir(root())
        .status();
    assert!(copied.unwrap().success());
    let read_by_cargo = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .current_dir(context.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&read_by_cargo.stderr);
    assert!(read_by_cargo.status.success(), "{said}");
    let command = text
        .lines()
        .find_map(|line| line.strip_prefix("CMD "))
        .unwrap();
    assert_eq!(command, r#"["serve"]"#);
    assert!(text.contains("cargo build --release --locked"));
}

/// All queries of a dashboard.
fn queries(value: &Value) -> Vec<&str> {
    match value {
        Value::Object(members) => {
            let here = members.get("expr").and_then(Value::as_str);
            here.into_iter()
                .chain(members.values().flat_map(queries))
                .collect()
        }
        Value::Array(values) => values.iter().flat_map(queries).collect(),
        _ => Vec::new(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dashboard_and_document_show_what_is_counted() {
    let server = TestServer::on(Kind::Sqlite).await;
    server.create_user("ada").await;
    server
        .post("/scim/v2/Users", user("ADA"))
        .await
        .refused(409);
    server.get("/scim/v2/Users").await.is(200);
    // a request is counted when it is answered
    server.metrics().await;
    let metrics = server.metrics().await;
    let counted: BTreeSet<String> = metrics
        .series()
        .into_iter()
        .map(|series| series.name)
        .collect();

    let dashboard: Value = serde_json::from_str(&read("docs/grafana.json")).unwrap();
    let queries = queries(&dashboard);
    assert!(queries.len() > 10, "{queries:#?}");
    let mut shown = BTreeSet::new();
    for query in &queries {
        let names = words(query, "vestibule_");
        assert!(!names.is_empty(), "it asks for nothing of ours: {query}");
        for name in &names {
            assert!(counted.contains(name), "{name} is not counted: {query}");
        }
        shown.extend(names);
    }
    let document = read("docs/operations.md");
    let told = words(&document, "vestibule_");
    for family in metrics.families.keys() {
        assert!(
            told.iter().any(|name| name.starts_with(family.as_str())),
            "not in docs/operations.md: {family}"
        );
    }
    for name in &told {
        assert!(
            counted.contains(name) || metrics.families.contains_key(name),
            "docs/operations.md: {name} is not counted"
        );
    }
    for family in metrics
        .families
        .keys()
        .filter(|name| *name != "vestibule_build")
    {
        assert!(
            shown.iter().any(|name| name.starts_with(family.as_str())),
            "not on the dashboard: {family}"
        );
    }
}

#[test]
fn the_dashboard_asks_the_data_source_that_is_chosen() {
    let dashboard: Value = serde_json::from_str(&read("docs/grafana.json")).unwrap();
    assert!(dashboard["schemaVersion"].as_u64().unwrap() >= 38);
    let variables = dashboard["templating"]["list"].as_array().unwrap();
    assert!(
        variables
            .iter()
            .any(|it| it["type"] == "datasource" && it["name"] == "datasource")
    );
    let panels = dashboard["panels"].as_array().unwrap();
    let ids: BTreeSet<u64> = panels.iter().map(|it| it["id"].as_u64().unwrap()).collect();
    assert_eq!(ids.len(), panels.len(), "each panel has an id of its own");
    let mut rows = 0;
    for panel in panels {
        if panel["type"] == "row" {
            rows += 1;
            continue;
        }
        assert_eq!(
            panel["datasource"]["uid"], "${datasource}",
            "{}",
            panel["title"]
        );
        assert!(panel["gridPos"]["w"].as_u64().unwrap() <= 24);
    }
    assert_eq!(rows, 5);
}

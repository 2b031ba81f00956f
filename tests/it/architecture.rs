//! The house's rules (src/README.md), held against the sources line by line.

use std::fs;
use std::path::{Path, PathBuf};

/// Rooms from the ground up; those of one storey may not call each other.
const STOREYS: [&[&str]; 9] = [
    &["scim"],
    &["idp"],
    &["model"],
    &["store"],
    &["directory", "auth", "sso", "proxy"],
    &["http"],
    &["config"],
    &["telemetry", "jobs"],
    &["app"],
];

/// What may be named only below these paths.
const LIVES_IN: [(&str, &[&str]); 11] = [
    ("axum::", &["http/"]),
    ("sea_orm::", &["store/dialect/"]),
    ("sqlx::", &["store/dialect/", "store/tests.rs"]),
    ("rusqlite::", &["store/dialect/", "store/tests.rs"]),
    ("migrations::", &["store/dialect/"]),
    ("clap::", &["config/"]),
    (
        "std::env",
        &["app/", "config/", "main.rs", "store/tests.rs"],
    ),
    ("SystemTime", &["app/"]),
    ("rustls::", &["http/server/tls.rs"]),
    ("rustix::", &["app/"]),
    ("opentelemetry_sdk::", &["telemetry.rs"]),
];

/// What the pure storeys do without.
const IMPURE: [&str; 6] = [
    "tokio",
    "tracing",
    "std::fs",
    "std::net::Tcp",
    "async fn",
    "Instant::now",
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

fn storey(room: &str) -> Option<usize> {
    STOREYS.iter().position(|rooms| rooms.contains(&room))
}

/// Returns the rooms that a line names: `crate::room`.
fn named(line: &str) -> Vec<&str> {
    let ends = |rest: &str| {
        rest.find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(rest.len())
    };
    line.split("crate::")
        .skip(1)
        .map(|rest| &rest[..ends(rest)])
        .collect()
}

fn is_code(line: &str) -> bool {
    !line.trim_start().starts_with("//")
}

/// Returns every line that breaks a rule.
fn broken(root: &Path) -> Vec<String> {
    let mut broken = Vec::new();
    for path in sources(root) {
        let place = path
            .strip_prefix(root)
            .unwrap()
            .to_string_lossy()
            .into_owned();
        let room = place.split(['/', '.']).next().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        for (n, line) in text.lines().enumerate().filter(|(_, line)| is_code(line)) {
            let mut breaks = |rule: String| {
                broken.push(format!("src/{place}:{}: {rule}: {}", n + 1, line.trim()));
            };
            if let Some(own) = storey(&room) {
                for other in named(line) {
                    if other != room && storey(other).is_some_and(|other| other >= own) {
                        breaks(format!("{room} may not use {other}"));
                    }
                }
                let is_pure = own <= 2 && !place.ends_with("tests.rs");
                if let Some(impure) = IMPURE
                    .iter()
                    .find(|impure| is_pure && line.contains(*impure))
                {
                    breaks(format!("{room} is pure and does without {impure}"));
                }
            }
            for (name, homes) in LIVES_IN {
                if line.contains(name) && !homes.iter().any(|home| place.starts_with(home)) {
                    breaks(format!("{name} lives in {homes:?} only"));
                }
            }
        }
    }
    broken
}

#[test]
fn every_room_calls_only_those_below() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let broken = broken(&root);
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn a_rule_that_is_broken_is_named_with_its_line() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("scim")).unwrap();
    fs::write(
        root.path().join("scim/mod.rs"),
        "// crate::store\nuse crate::store::Store;\nuse sqlx::PgPool;\n",
    )
    .unwrap();
    let broken = broken(root.path());
    assert_eq!(broken.len(), 2, "{broken:?}");
    assert!(
        broken[0].starts_with("src/scim/mod.rs:2: scim may not use store"),
        "{broken:?}"
    );
}

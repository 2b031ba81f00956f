//! The judge shares nothing with a server but the wire.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

/// The packages that a package needs, directly or not; also those that only its tests need.
fn needed(metadata: &Value, name: &str) -> BTreeSet<String> {
    let nodes = metadata["resolve"]["nodes"]
        .as_array()
        .expect("a resolved graph");
    let packages = metadata["packages"].as_array().expect("packages");
    let name_of = |id: &Value| {
        let package = packages
            .iter()
            .find(|it| it["id"] == *id)
            .expect("each id is a package's");
        package["name"].as_str().expect("a name").to_owned()
    };
    let start = packages
        .iter()
        .find(|it| it["name"] == name)
        .expect("the package is there");
    let mut open = vec![start["id"].clone()];
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        if seen.insert(name_of(&id)) || id == start["id"] {
            let node = nodes
                .iter()
                .find(|it| it["id"] == id)
                .expect("each package is a node");
            open.extend(
                node["dependencies"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .cloned(),
            );
        }
    }
    seen
}

fn host() -> String {
    let output = Command::new("rustc")
        .arg("-vV")
        .output()
        .expect("rustc runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    host.expect("rustc says its host").to_owned()
}

#[test]
fn the_suite_needs_nothing_of_vestibule() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        // else the packages of all systems are fetched
        .args(["--filter-platform", &host()])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("metadata is JSON");

    let needed = needed(&metadata, "conformance");

    assert!(needed.contains("ureq"), "{needed:?}");
    for ours in ["vestibule", "migrations"] {
        assert!(!needed.contains(ours), "conformance depends on {ours}");
    }
}

//! Settings: flag, then environment, then file, then default.

use std::path::PathBuf;

use crate::support::{Database, TestServer};

/// Writes a configuration file beside the database.
fn file(database: &Database, text: &str) -> PathBuf {
    let path = database.folder().join("vestibule.yaml");
    std::fs::write(&path, text).unwrap();
    path
}

on_each_database! {
    async fn a_flag_wins_over_the_file_and_the_file_over_the_default(database: Database) {
        let path = file(&database, "max_results: 50\nbulk-max-operations: 7\n");
        let server = TestServer::start(database, &["--config", path.to_str().unwrap(), "--max-results", "60"]);
        let config = server.read("/scim/v2/ServiceProviderConfig").await;
        assert_eq!(config["filter"]["maxResults"], 60);
        assert_eq!(config["bulk"]["maxOperations"], 7);
        assert_eq!(config["bulk"]["maxPayloadSize"], 8_388_608);
    }

    async fn the_environment_wins_over_the_file(database: Database) {
        let path = file(&database, "max_results: 50\n");
        let output = database.command(&["serve", "--config", path.to_str().unwrap()]).env("VESTIBULE_MAX_RESULTS", "many").output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains("many") && said.contains("--max-results"), "{said}");
    }

    async fn a_setting_that_does_not_exist_is_refused_with_the_nearest(database: Database) {
        let path = file(&database, "max_result: 50\n");
        let said = TestServer::refuses_to_start(&database, &["--config", path.to_str().unwrap()]);
        assert!(said.contains("max_result") && said.contains("did you mean max_results?"), "{said}");
        let path = file(&database, "max_results: [50]\n");
        let said = TestServer::refuses_to_start(&database, &["--config", path.to_str().unwrap()]);
        assert!(said.contains("max_results is an array"), "{said}");
    }
}

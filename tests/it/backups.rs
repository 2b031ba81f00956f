//! `vestibule backup` and `vestibule restore`.

use std::path::Path;

use crate::support::{Database, Dice, Kind, Load, TestServer, user};

/// Runs a command that must fail, and returns what it says.
#[track_caller]
fn refused(database: &Database, arguments: &[&str]) -> String {
    let output = database.run(arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "vestibule {arguments:?}: {said}");
    assert!(
        !said.contains("panicked"),
        "vestibule {arguments:?}: {said}"
    );
    said
}

/// Names of the files in a folder, without the logs of servers.
fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let names = entries.map(|it| it.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|it| !it.starts_with("serve-")).collect();
    names.sort();
    names
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Makes a server with a user, and a backup of it in its folder.
async fn backup_of(user_name: &str) -> (TestServer, std::path::PathBuf) {
    let server = TestServer::on(Kind::Sqlite).await;
    server.create_user(user_name).await;
    let backup = server.database().folder().join("backup.db");
    server.database().cli(&["backup", text(&backup)]);
    (server, backup)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_load_is_a_copy_of_one_moment() {
    let mut dice = Dice::new();
    let server = TestServer::on(Kind::Sqlite).await;
    let running = Load::of(4, &server, &mut dice).await.begin(&[&server]);
    running.acknowledged(60).await;

    let backup = server.database().folder().join("backup.db");
    let before = running.progress();
    server.database().cli(&["backup", text(&backup)]);
    running.acknowledged(20).await;
    let mut load = running.end().await;

    let copy = Database::on(Kind::Sqlite).await;
    copy.opens_with(server.token());
    copy.cli(&["restore", text(&backup)]);
    let restored = TestServer::start(copy, &[]);
    assert!(!restored.printed_token());
    load.check_copy(&restored, &before).await;
    // The original goes on, and the copy is one of its own.
    load.check(&server).await;
    restored.create_user("only-in-the-copy").await;
    assert_eq!(
        server.users_where("userName eq \"only-in-the-copy\"").await,
        [""; 0]
    );
    assert_eq!(load.put_off(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_overwrites_nothing() {
    let (server, backup) = backup_of("ada").await;
    let before = std::fs::read(&backup).unwrap();
    server.create_user("eve").await;

    let said = refused(&server.database(), &["backup", text(&backup)]);

    assert!(said.contains("backup.db"), "{said}");
    assert_eq!(std::fs::read(&backup).unwrap(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_that_cannot_be_written_names_the_file_and_leaves_none() {
    let server = TestServer::on(Kind::Sqlite).await;
    let before = files(server.database().folder());

    let nowhere = server.database().folder().join("nowhere/backup.db");
    let said = refused(&server.database(), &["backup", text(&nowhere)]);

    assert!(said.contains("backup.db"), "{said}");
    assert_eq!(files(server.database().folder()), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgresql_a_backup_is_left_to_pg_dump() {
    let server = TestServer::on(Kind::Postgres).await;
    let backup = server.database().folder().join("backup.db");
    for command in ["backup", "restore"] {
        let said = refused(&server.database(), &[command, text(&backup)]);
        assert!(command == "restore" || said.contains("pg_dump"), "{said}");
        assert!(!backup.exists());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_holds_no_more_than_was_there() {
    let (server, backup) = backup_of("ada").await;
    server.create_user("eve").await;
    let copy = Database::on(Kind::Sqlite).await;
    copy.opens_with(server.token());
    copy.cli(&["restore", text(&backup)]);

    let restored = TestServer::start(copy, &[]);

    assert_eq!(restored.users_where("userName pr").await, ["ada"]);
    restored
        .post("/scim/v2/Users", user("ADA"))
        .await
        .refused_as(409, "uniqueness");
    assert_eq!(server.users_where("userName pr").await, ["ada", "eve"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_replaces_no_database() {
    let (server, backup) = backup_of("ada").await;
    server.create_user("eve").await;

    refused(&server.database(), &["restore", text(&backup)]);

    assert_eq!(server.users_where("userName pr").await, ["ada", "eve"]);
    let database = server.database();
    assert!(server.terminate().success());
    let said = refused(&database, &["restore", text(&backup)]);
    assert!(said.contains("vestibule.db"), "{said}");
    let again = TestServer::start(database, &[]);
    assert_eq!(again.users_where("userName pr").await, ["ada", "eve"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_backup_is_not_restored() {
    let (server, backup) = backup_of("ada").await;
    let whole = std::fs::read(&backup).unwrap();
    let mut torn = whole.clone();
    let middle = torn.len() / 2;
    torn[middle..].fill(0);
    // Just the header of a database, and nothing that is ours in it.
    let foreign = whole.get(..100).unwrap();
    for (name, bytes) in [
        ("a text", &b"Dear backup,\nI hope you are well.\n"[..]),
        ("nothing", b""),
        ("a half", &whole[..middle]),
        ("all but the end", &whole[..whole.len() - 1]),
        ("a half and zeros", &torn),
        ("a header", foreign),
    ] {
        let empty = Database::on(Kind::Sqlite).await;
        let file = server.database().folder().join("damaged.db");
        std::fs::write(&file, bytes).unwrap();

        let said = refused(&empty, &["restore", text(&file)]);

        assert!(said.contains("damaged.db"), "{name}: {said}");
        assert_eq!(files(empty.folder()), [""; 0], "{name}");
        assert_eq!(std::fs::read(&file).unwrap(), bytes, "{name}");
    }
    let empty = Database::on(Kind::Sqlite).await;
    let said = refused(&empty, &["restore", "missing.db"]);
    assert!(said.contains("missing.db"), "{said}");
    assert_eq!(files(empty.folder()), [""; 0]);
}

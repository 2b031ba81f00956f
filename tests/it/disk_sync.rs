//! What is acknowledged is on the disk: each write waits for an fsync, and fails with it.
//!
//! A process that is killed leaves its writes with the system, so `kills.rs` cannot show this;
//! here fsync itself is watched, and broken, by a small library that is loaded before libc. It
//! is for SQLite: PostgreSQL syncs in a process of its own.

use std::path::PathBuf;
use std::process::Command;

use crate::support::{Database, Dice, Kind, Load, TestServer};

/// A server whose fsyncs are counted, and can be made to fail.
struct Watched {
    server: TestServer,
    synced: PathBuf,
    broken: PathBuf,
}

impl Watched {
    async fn start() -> Self {
        let database = Database::on(Kind::Sqlite).await;
        let library = database.folder().join("faults.so");
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/faults/fsync.c");
        // The compiler that links Rust.
        let made = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .arg(&library)
            .args([source, "-ldl"])
            .output()
            .expect("cc is there");
        assert!(made.status.success(), "{made:?}");
        let (synced, broken) = (
            database.folder().join("synced"),
            database.folder().join("broken"),
        );
        let server = TestServer::start_by(database, &[], |mut command| {
            command
                .env("LD_PRELOAD", &library)
                .env("FAULTS_SYNCED", &synced)
                .env("FAULTS_BROKEN", &broken);
            command
        });
        Self {
            server,
            synced,
            broken,
        }
    }

    /// How many fsyncs have returned.
    fn syncs(&self) -> u64 {
        std::fs::metadata(&self.synced).map_or(0, |it| it.len())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_write_is_synced_before_it_is_acknowledged() {
    let watched = Watched::start().await;
    for n in 0..20 {
        let before = watched.syncs();
        watched.server.create_user(&format!("user{n}")).await;
        assert!(watched.syncs() > before, "write {n} was not synced");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_cannot_be_synced_is_put_off() {
    let mut dice = Dice::new();
    let watched = Watched::start().await;
    let load = Load::of(3, &watched.server, &mut dice).await;
    let running = load.believing_refusals().begin(&[&watched.server]);
    running.acknowledged(20).await;

    std::fs::write(&watched.broken, "").unwrap();
    running.put_off(20).await;
    let path = "/scim/v2/Users?count=1";
    watched.server.get(path).await.is(200);
    std::fs::remove_file(&watched.broken).unwrap();
    running.acknowledged(20).await;

    let mut load = running.end().await;
    load.check(&watched.server).await;
    let database = watched.server.database();
    drop(watched);
    load.check(&TestServer::start(database, &[])).await;
}

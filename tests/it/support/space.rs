use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

use super::{Database, TestServer};

/// Room for a database of SQLite, that can be used up.
pub(crate) enum Space {
    /// A small file system of its own.
    Disk(PathBuf),
    /// A limit to the size of the process's files, which anybody may set.
    Limit,
}

const FOLDER: &str = "disk";

impl Space {
    /// A small disk if we may mount one, else a limit.
    pub(crate) fn small() -> (Self, TestServer) {
        let database = Database::in_subfolder(FOLDER);
        let folder = database.folder().join(FOLDER);
        std::fs::create_dir(&folder).expect("a folder can be made");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=8m", "vestibule-test"])
            .arg(&folder)
            .output();
        if mounted.is_ok_and(|it| it.status.success()) {
            return (Self::Disk(folder), TestServer::start(database, &[]));
        }
        eprintln!("a disk cannot be mounted here: files have a limit instead");
        (Self::Limit, limited(database))
    }

    pub(crate) fn limit() -> (Self, TestServer) {
        let database = Database::in_subfolder(FOLDER);
        std::fs::create_dir(database.folder().join(FOLDER)).expect("a folder can be made");
        (Self::Limit, limited(database))
    }

    /// Leaves no room.
    pub(crate) fn use_up(&self, server: &TestServer) {
        match self {
            Self::Disk(folder) => {
                let mut ballast = File::create(folder.join("ballast")).expect("a file is made");
                while ballast.write_all(&[1; 4096]).is_ok() {}
            }
            Self::Limit => {
                let file = server.database().file();
                let size = |end: &str| {
                    let path = format!("{}{end}", file.display());
                    std::fs::metadata(path).map_or(0, |it| it.len())
                };
                limit_files(server, &size("").max(size("-wal")).to_string());
            }
        }
    }

    /// Makes room again.
    pub(crate) fn free(&self, server: &TestServer) {
        match self {
            Self::Disk(folder) => {
                std::fs::remove_file(folder.join("ballast")).expect("the ballast is there");
            }
            Self::Limit => limit_files(server, "unlimited"),
        }
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        if let Self::Disk(folder) = self {
            // lazily: the server that still runs goes on, and the disk goes with it
            drop(Command::new("umount").arg("--lazy").arg(folder).status());
        }
    }
}

/// Starts a server that is told of a file that gets too large, and not ended for it.
fn limited(database: Database) -> TestServer {
    TestServer::start_by(database, &[], |usual| {
        let mut command = Command::new("sh");
        command
            .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
            .arg(usual.get_program())
            .args(usual.get_args());
        if let Some(folder) = usual.get_current_dir() {
            command.current_dir(folder);
        }
        for (name, value) in usual.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
    })
}

/// Sets the soft limit, which the owner may raise again.
fn limit_files(server: &TestServer, size: &str) {
    let done = Command::new("prlimit")
        .args(["--pid", &server.process_id(), &format!("--fsize={size}:")])
        .output()
        .expect("prlimit runs");
    assert!(done.status.success(), "{done:?}");
}

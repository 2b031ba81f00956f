use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A PostgreSQL of one test, which may stop and start it.
pub(crate) struct Cluster {
    folder: TempDir,
    programs: PathBuf,
    port: u16,
}

impl Cluster {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        if is_root() {
            // PostgreSQL refuses to run as root
            let owner = Command::new("chown")
                .arg("postgres")
                .arg(folder.path())
                .status();
            assert!(owner.expect("chown runs").success());
        }
        let mut cluster = Self {
            folder,
            programs: programs(),
            port: 0,
        };
        let data = cluster.data();
        cluster.run(
            "initdb",
            &[
                "-D",
                &data,
                "-U",
                "vestibule",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-locale",
                "--no-sync",
            ],
        );
        // a port that is free now may be taken by the next moment
        let started = (0..10).any(|_| {
            let free = TcpListener::bind("127.0.0.1:0").expect("a port is free");
            cluster.port = free.local_addr().expect("it has an address").port();
            drop(free);
            cluster.try_begin()
        });
        assert!(started, "PostgreSQL does not start: {}", cluster.log());
        cluster
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://vestibule@127.0.0.1:{}/postgres", self.port)
    }

    /// Stops it as `pg_ctl` does in this mode: `immediate` is how it dies, without a last word
    /// to the disk; `fast` is how an administrator stops it.
    pub(crate) fn stop(&self, mode: &str) {
        self.run("pg_ctl", &["-D", &self.data(), "-m", mode, "-w", "stop"]);
    }

    pub(crate) fn begin(&self) {
        assert!(
            self.try_begin(),
            "PostgreSQL does not start: {}",
            self.log()
        );
    }

    fn try_begin(&self) -> bool {
        let folder = self.folder.path().display();
        // fsync is for the end of the machine, and here only processes end
        let options = format!(
            "-p {} -k {folder} -c listen_addresses=127.0.0.1 -c max_connections=50 -c fsync=off",
            self.port
        );
        let log = format!("{folder}/log");
        let arguments = [
            "-D",
            &self.data(),
            "-w",
            "-l",
            &log,
            "-o",
            &options,
            "start",
        ];
        self.try_run("pg_ctl", &arguments).is_ok()
    }

    fn data(&self) -> String {
        self.folder.path().join("db").display().to_string()
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        self.try_run(program, arguments)
            .unwrap_or_else(|error| panic!("{program} {arguments:?}: {error}"));
    }

    fn try_run(&self, program: &str, arguments: &[&str]) -> Result<(), String> {
        let program = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        // an output of ours would stay open for as long as the server runs
        let status = command
            .args(arguments)
            .current_dir("/")
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .status()
            .map_err(|error| error.to_string())?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("{status}: {}", self.log()))
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.try_run(
            "pg_ctl",
            &["-D", &self.data(), "-m", "immediate", "-w", "stop"],
        ));
    }
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().expect("id runs");
    output.stdout.trim_ascii() == b"0"
}

/// Where Debian keeps the newest PostgreSQL's programs, of which most are not on the path.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql");
    let versions = versions.expect("PostgreSQL is installed: ./test does it");
    let newest = versions
        .filter_map(Result::ok)
        .map(|it| it.path())
        .max_by_key(|it| number(it));
    newest.expect("a version is installed").join("bin")
}

fn number(path: &Path) -> u32 {
    let name = path.file_name().and_then(|it| it.to_str());
    name.and_then(|it| it.parse().ok()).unwrap_or_default()
}

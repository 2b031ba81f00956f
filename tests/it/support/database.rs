use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;
use uuid::Uuid;

use super::deadline::Deadline;

/// The two databases on which everything has to work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

/// An empty database that belongs to one test and goes away with it.
#[derive(Debug)]
pub(crate) struct Database {
    url: String,
    /// Working directory of every process on this database.
    folder: TempDir,
    /// The administrator's URL and the name, where a server holds the database.
    hosted: Option<(String, String)>,
    /// The token that the first start printed; a later start prints none.
    pub(super) first_token: OnceLock<String>,
    _deadline: Deadline,
}

impl Database {
    #[expect(
        clippy::unused_async,
        reason = "on_each_database! awaits what it makes"
    )]
    pub(crate) async fn on(kind: Kind) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let (url, hosted) = match kind {
            Kind::Sqlite => (
                format!("sqlite://{}/vestibule.db", folder.path().display()),
                None,
            ),
            Kind::Postgres => {
                let admin = std::env::var("VESTIBULE_TEST_POSTGRES").unwrap_or_else(|_| {
                    panic!(
                        "VESTIBULE_TEST_POSTGRES is not set: run ./test, which starts a PostgreSQL and sets it \
                         to an administrator's URL; this half of the tests is never skipped"
                    )
                });
                let name = format!("vestibule_{}", Uuid::new_v4().simple());
                psql(
                    &admin,
                    &format!("CREATE DATABASE {name} TEMPLATE template0"),
                )
                .expect("a database can be made");
                (with_database(&admin, &name), Some((admin, name)))
            }
        };
        Self {
            url,
            folder,
            hosted,
            first_token: OnceLock::new(),
            _deadline: Deadline::begin(),
        }
    }

    /// An empty database of this URL, that goes away with something else.
    pub(crate) fn at(url: String) -> Self {
        let mut database = Self::without_url();
        database.url = url;
        database
    }

    /// Host and port of the PostgreSQL that has it.
    pub(crate) fn address(&self) -> &str {
        let (_, rest) = self.url.split_once('@').expect("the URL names a user");
        rest.split('/').next().expect("a URL has a host")
    }

    /// The same database, which is to be reached by another way.
    pub(crate) fn at_another_address(&self, address: &str) -> Self {
        Self::at(self.url.replace(self.address(), address))
    }

    /// An empty database of SQLite in a folder of its folder, which need not exist yet.
    pub(crate) fn in_subfolder(name: &str) -> Self {
        let mut database = Self::without_url();
        let path = database.folder.path().join(name).join("vestibule.db");
        database.url = format!("sqlite://{}", path.display());
        database
    }

    fn without_url() -> Self {
        Self {
            url: String::new(),
            folder: tempfile::tempdir().expect("a temporary folder can be made"),
            hosted: None,
            first_token: OnceLock::new(),
            _deadline: Deadline::begin(),
        }
    }

    /// Says which token opens it, for data that came from elsewhere: its start prints none.
    pub(crate) fn opens_with(&self, token: &str) {
        self.first_token
            .set(token.to_owned())
            .expect("no server was started on it");
    }

    /// Path of the database's file, where it is one.
    pub(crate) fn file(&self) -> PathBuf {
        let path = self.url.strip_prefix("sqlite://");
        PathBuf::from(path.expect("only SQLite is a file"))
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns a command of the binary on this database, untouched by the caller's settings.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vestibule"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("VESTIBULE_") {
                command.env_remove(name);
            }
        }
        command
            .env_remove("RUST_LOG")
            .current_dir(self.folder.path())
            .args(arguments)
            .args(["--database-url", &self.url]);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments)
            .output()
            .expect("the binary can be started")
    }

    /// Runs a command that must succeed, and returns what it printed.
    #[track_caller]
    pub(crate) fn cli(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "vestibule {arguments:?}: {}: {stderr}",
            output.status
        );
        String::from_utf8(output.stdout).expect("the binary prints UTF-8")
    }
}

impl Database {
    /// Runs a statement on PostgreSQL beside the server, as its administrator may.
    #[track_caller]
    pub(crate) fn administer(&self, statement: &str) {
        psql(&self.url, statement).expect("the administrator may do that");
    }
}

/// Rows or a table that nobody else may write to, until this is dropped.
#[derive(Debug)]
pub(crate) struct Held(Child);

impl Database {
    /// Locks a table of PostgreSQL, as another program may.
    pub(crate) fn hold(&self, table: &str) -> Held {
        self.hold_with(&format!("LOCK TABLE {table} IN EXCLUSIVE MODE"))
    }

    /// Holds what a statement locks on PostgreSQL.
    pub(crate) fn hold_with(&self, statement: &str) -> Held {
        let mut psql = Command::new("psql")
            .args([
                "--no-psqlrc",
                "--quiet",
                "--tuples-only",
                "--no-align",
                &self.url,
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("psql can be started");
        let statements = format!("BEGIN; {statement} \\g /dev/null\nSELECT 'held';\n");
        let stdin = psql.stdin.as_mut().expect("stdin is piped");
        stdin
            .write_all(statements.as_bytes())
            .expect("psql takes statements");
        let mut said = [0; 4];
        let stdout = psql.stdout.as_mut().expect("stdout is piped");
        stdout.read_exact(&mut said).expect("the table is held");
        Held(psql)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // PostgreSQL rolls back what nobody is there to commit
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some((admin, name)) = &self.hosted {
            // A database that stays costs disk, not a test.
            drop(psql(
                admin,
                &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
            ));
        }
    }
}

fn psql(url: &str, statement: &str) -> Result<(), String> {
    let output = Command::new("psql")
        .args([
            "--no-psqlrc",
            "--quiet",
            "--set",
            "ON_ERROR_STOP=1",
            "--command",
            statement,
            url,
        ])
        .output()
        .map_err(|error| format!("psql: {error}"))?;
    if output.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// Returns the URL with another database in it; what follows a `?` stays.
fn with_database(url: &str, name: &str) -> String {
    let (address, options) = url
        .split_once('?')
        .map_or((url, None), |(address, options)| (address, Some(options)));
    let host = address.find("://").map_or(0, |scheme| scheme + 3);
    let end = address[host..]
        .find('/')
        .map_or(address.len(), |slash| host + slash);
    let options = options.map_or_else(String::new, |it| format!("?{it}"));
    format!("{}/{name}{options}", &address[..end])
}

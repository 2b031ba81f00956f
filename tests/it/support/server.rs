use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::{Client, Database, Kind};

/// A running server with its first client, which holds the token of the first start.
///
/// The process ends with the value.
pub(crate) struct TestServer {
    client: Client,
    process: Child,
    tenant_url: String,
    /// Where the server's stderr goes.
    log: PathBuf,
    printed_token: bool,
    database: Arc<Database>,
}

impl Deref for TestServer {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl TestServer {
    pub(crate) async fn on(kind: Kind) -> Self {
        Self::start(Database::on(kind).await, &[])
    }

    /// Starts the binary on a database, and returns when it has said where it listens.
    pub(crate) fn start(database: impl Into<Arc<Database>>, options: &[&str]) -> Self {
        Self::start_by(database, options, |command| command)
    }

    /// Starts the binary by a command that was made of the usual one.
    pub(crate) fn start_by(
        database: impl Into<Arc<Database>>,
        options: &[&str],
        made: impl FnOnce(Command) -> Command,
    ) -> Self {
        let database = database.into();
        let log = database
            .folder()
            .join(format!("serve-{}.log", Uuid::new_v4().simple()));
        let mut usual = database.command(&["serve", "--listen", "127.0.0.1:0"]);
        usual.args(options);
        let mut process = made(usual)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).expect("a log can be written"))
            .spawn()
            .expect("the binary can be started");
        let lines = lines_of(&mut process);

        let (mut tenant_url, mut token) = (None, None);
        while tenant_url.is_none() || (token.is_none() && database.first_token.get().is_none()) {
            let Ok(line) = lines.recv_timeout(Duration::from_mins(1)) else {
                drop(process.kill());
                let said = std::fs::read_to_string(&log).unwrap_or_default();
                panic!(
                    "serve {options:?} printed the URL {tenant_url:?}, the token {token:?}, then stopped: {said}"
                );
            };
            if let Some(url) = line.trim().strip_prefix("Tenant URL") {
                tenant_url = Some(url.trim().to_owned());
            } else if let Some(secret) = line.trim().strip_prefix("SCIM token") {
                token = Some(secret.trim().to_owned());
            }
        }
        let tenant_url = tenant_url.expect("the loop ends with a URL");
        let printed_token = token.is_some();
        let token = database
            .first_token
            .get_or_init(|| token.expect("the loop ends with a token"))
            .clone();
        let address = address_in(&tenant_url).unwrap_or_else(|| address_in_log(&log));
        let client = Client::new(address, Some(token));
        Self {
            client,
            process,
            tenant_url,
            log,
            printed_token,
            database,
        }
    }

    /// Returns what the server says when it must refuse to start with these options.
    #[track_caller]
    pub(crate) fn refuses_to_start(database: &Database, options: &[&str]) -> String {
        let mut process = database
            .command(&["serve", "--listen", "127.0.0.1:0"])
            .args(options)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary can be started");
        let lines = lines_of(&mut process);
        // The channel ends with the process; a server that starts says so first.
        let started = lines.iter().any(|line| line.contains("Tenant URL"));
        if started {
            drop(process.kill());
        }
        let output = process.wait_with_output().expect("the process ends");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            !started && !output.status.success(),
            "serve {options:?} started, or ended in peace: {said}"
        );
        said
    }

    /// Base of all SCIM addresses, `http://127.0.0.1:PORT/scim/v2`.
    pub(crate) fn tenant_url(&self) -> &str {
        &self.tenant_url
    }

    /// Bytes of memory that the process holds now.
    pub(crate) fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))
            .expect("Linux tells a process's memory");
        let kilobytes = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next())
            .and_then(|number| number.parse::<u64>().ok());
        kilobytes.expect("a running process has memory") * 1024
    }

    pub(crate) fn printed_token(&self) -> bool {
        self.printed_token
    }

    pub(crate) fn database(&self) -> Arc<Database> {
        Arc::clone(&self.database)
    }

    /// Returns what the server has logged so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).expect("the log can be read")
    }

    /// Makes a token as an operator does.
    #[track_caller]
    pub(crate) fn token_for(&self, organization: &str, profile: &str) -> String {
        self.token_with(&["--org", organization, "--profile", profile])
    }

    #[track_caller]
    pub(crate) fn token_with(&self, options: &[&str]) -> String {
        let secret = self
            .database
            .cli(&[&["token", "create", "--quiet"], options].concat());
        let secret = secret.trim();
        assert!(
            secret.starts_with("vst_") && !secret.contains(char::is_whitespace),
            "not a token alone: {secret}"
        );
        secret.to_owned()
    }

    /// Returns a client of the default organization whose token has this profile.
    #[track_caller]
    pub(crate) fn as_profile(&self, profile: &str) -> Client {
        self.client.with_token(&self.token_for("default", profile))
    }

    /// Returns a client to which no leniency applies.
    #[track_caller]
    pub(crate) fn strict(&self) -> Client {
        self.as_profile("strict")
    }

    /// Returns a client of an organization that is made for it.
    #[track_caller]
    pub(crate) fn in_new_organization(&self, name: &str) -> Client {
        self.database.cli(&["org", "create", name]);
        self.client.with_token(&self.token_for(name, "auto"))
    }

    /// Id of the process.
    pub(crate) fn process_id(&self) -> String {
        self.process.id().to_string()
    }

    /// Ends the server as a service manager does, and waits for it.
    pub(crate) fn terminate(mut self) -> ExitStatus {
        self.ask_to_end();
        self.process.wait().expect("the process ends")
    }

    /// Sends SIGTERM.
    pub(crate) fn ask_to_end(&self) {
        Command::new("kill")
            .args(["-TERM", &self.process_id()])
            .status()
            .expect("a signal can be sent");
    }

    /// Waits until the process has ended by itself; it must not wait for others for ever.
    pub(crate) async fn end(&mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.process.try_wait().expect("the process is ours") {
                return status;
            }
            assert!(
                begun.elapsed() < Duration::from_mins(2),
                "the server does not end"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
        if std::thread::panicking() {
            let log = std::fs::read_to_string(&self.log).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            let last = lines.len().saturating_sub(30);
            eprintln!(
                "--- the server said, at the end ---\n{}",
                lines[last..].join("\n")
            );
        }
    }
}

/// Returns a process's lines as they come; they are read to the end, so that it can always write.
fn lines_of(process: &mut Child) -> mpsc::Receiver<String> {
    let stdout = BufReader::new(process.stdout.take().expect("stdout is piped"));
    let (sender, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for line in stdout.lines().map_while(Result::ok) {
            drop(sender.send(line));
        }
    });
    lines
}

/// Returns where the server listens if its tenant URL says so; with `--public-url` it does not.
fn address_in(tenant_url: &str) -> Option<SocketAddr> {
    let (_, rest) = tenant_url
        .split_once("://")
        .unwrap_or_else(|| panic!("no address: {tenant_url}"));
    let (address, path) = rest
        .split_once('/')
        .unwrap_or_else(|| panic!("no path: {tenant_url}"));
    assert_eq!(path, "scim/v2", "path of the tenant URL");
    address.parse().ok()
}

/// Returns where the server says in its log that it listens, as soon as it does.
fn address_in_log(log: &Path) -> SocketAddr {
    for _ in 0..6000 {
        let said = std::fs::read_to_string(log).unwrap_or_default();
        let mut words = said
            .lines()
            .filter(|line| line.contains("listening"))
            .flat_map(|line| line.split(['=', ' ', '"']));
        if let Some(address) = words.find_map(|word| word.parse().ok()) {
            return address;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("the server never said where it listens");
}

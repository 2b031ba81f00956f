//! Servers as child processes, which end with the value.

use std::fs::File;
use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::Context;

use super::noop;

/// A server that said where it listens.
#[derive(Debug)]
pub(crate) struct Server {
    process: Child,
    /// Base URL of its SCIM endpoints.
    pub(crate) url: String,
    /// The token that a first start prints.
    pub(crate) token: Option<String>,
    /// Where it goes on writing; a closed pipe would be an error to it.
    _stdout: Lines<BufReader<ChildStdout>>,
}

impl Server {
    /// Starts the binary that `cargo bench` built on a database.
    pub(crate) fn start(database_url: &str, folder: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vestibule"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("VESTIBULE_") {
                command.env_remove(name);
            }
        }
        command
            .current_dir(folder)
            .args(["serve", "--listen", "127.0.0.1:0", "--database-url"])
            .arg(database_url)
            .stderr(File::create(folder.join("server.log"))?);
        Self::spawn(command)
    }

    /// Starts the handler that does nothing.
    pub(crate) fn noop() -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(noop::ARGUMENT);
        Self::spawn(command)
    }

    fn spawn(mut command: Command) -> anyhow::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = command.spawn().with_context(|| format!("{command:?}"))?;
        let stdout = process.stdout.take().context("stdout is piped")?;
        let mut lines = BufReader::new(stdout).lines();
        let (mut url, mut token) = (None, None);
        // the token, if there is one, stands before the address
        while url.is_none() {
            let line = lines.next();
            let line = line.with_context(|| format!("{command:?} ended before it listened"))??;
            let said = |what| {
                line.trim()
                    .strip_prefix(what)
                    .map(|it| it.trim().to_owned())
            };
            url = said("Tenant URL");
            token = token.or_else(|| said("SCIM token"));
        }
        Ok(Self {
            process,
            url: url.context("the loop ends with it")?,
            token,
            _stdout: lines,
        })
    }

    /// Ends the server as a service manager does, and waits for it.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        let id = self.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status()?;
        self.process.wait()?;
        Ok(())
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

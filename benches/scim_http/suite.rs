//! One run: the server, what it was loaded with, and what was measured.

use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use anyhow::Context;
use serde_json::json;
use tempfile::TempDir;

use super::connection::{Answer, Connection, Request, Target};
use super::disk;
use super::load::{Load, Measured};
use super::processes::Processes;
use super::server::Server;
use super::settings::Settings;
use super::table::{Fact, Report, Row};
use super::users::user;

/// What the handler that does nothing costs, in microseconds of CPU.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Noop {
    /// For a GET.
    get: f64,
    /// For a POST of a user.
    post: f64,
}

pub(crate) struct Suite {
    pub(crate) settings: Settings,
    /// Ours; none if another server is driven.
    pub(crate) server: Option<Server>,
    /// Of the database and of whatever else is written.
    pub(crate) folder: TempDir,
    pub(crate) target: Rc<Target>,
    /// The server's and the database server's processes.
    pub(crate) processes: Processes,
    /// The ids of the loaded users, in the order of their numbers.
    pub(crate) users: Vec<String>,
    /// The time of one fdatasync.
    pub(crate) fdatasync: Duration,
    noop: Noop,
    pub(crate) report: Report,
}

impl Suite {
    /// Starts the server on an empty database, unless another one is driven.
    pub(crate) async fn start(settings: Settings) -> anyhow::Result<Self> {
        // below target/, because /tmp may be memory
        std::fs::create_dir_all(env!("CARGO_TARGET_TMPDIR"))?;
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let fdatasync = disk::fdatasync(folder.path())?;
        let server = match settings.url {
            Some(_) => None,
            None => Some(Server::start(
                &database_url(&settings, folder.path()),
                folder.path(),
            )?),
        };
        let (url, token, process) = match (&server, &settings.url, &settings.token, settings.pid) {
            (Some(server), ..) => (
                server.url.clone(),
                server.token.clone().context("the database is not empty")?,
                server.id(),
            ),
            (None, Some(url), Some(token), Some(pid)) => (url.clone(), token.clone(), pid),
            (None, ..) => anyhow::bail!("--url goes with --token and --pid"),
        };
        let target = Rc::new(Target::new(&url, &token)?);
        let answer = Connection::new(&target)
            .send(Request::get("/Users?count=0"))
            .await?;
        answer
            .has_total(0)
            .map_err(anyhow::Error::msg)
            .context("a fresh server was expected")?;
        let processes = Processes(
            [Some(process), settings.database_pid]
                .into_iter()
                .flatten()
                .collect(),
        );
        Ok(Self {
            report: Report::new(&settings, folder.path(), fdatasync),
            settings,
            server,
            folder,
            target,
            processes,
            users: Vec::new(),
            fdatasync,
            noop: Noop::default(),
        })
    }

    /// True if the settings ask for this row.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.settings.only.is_empty() || self.settings.only.iter().any(|only| only == name)
    }

    /// Sends a load to the server.
    pub(crate) async fn send(&self, load: Load<'_>) -> Measured {
        let Settings {
            connections,
            seconds,
            ..
        } = self.settings;
        load.run(&self.target, &self.processes, connections, seconds)
            .await
    }

    /// Notes what a load of reads came to.
    pub(crate) fn note_read(&mut self, name: &str, measured: Measured) {
        self.report.row(Row::new(name, measured, self.noop.get));
    }

    /// Notes what a load of writes came to.
    pub(crate) fn note_write(&mut self, name: &str, measured: Measured) {
        self.report.row(Row::new(name, measured, self.noop.post));
    }

    /// Sends one request that must succeed.
    pub(crate) async fn ask(&self, request: Request) -> Answer {
        let answer = Connection::new(&self.target).send(request).await;
        let answer = answer.unwrap_or_else(|error| panic!("no answer: {error:#}"));
        assert!(answer.status < 300, "{}", answer.brief());
        answer
    }

    /// Measures the handler that does nothing, to which all else is compared.
    pub(crate) async fn measure_noop(&mut self) {
        let server = Server::noop().expect("the benchmark can start itself");
        let target = Rc::new(Target::new(&server.url, "none").expect("it listens on HTTP"));
        let processes = Processes(vec![server.id()]);
        let Settings {
            connections,
            seconds,
            ..
        } = self.settings;
        let get = Load::new(|_, _| Request::get("/Users/1"));
        let get = get.run(&target, &processes, connections, seconds).await;
        let body = user("noop", 1);
        let post = Load::new(|_, _| Request::send("POST", "/Users", &body))
            .check(|_, answer| answer.is(&[201]));
        let post = post.run(&target, &processes, connections, seconds).await;
        self.noop = Noop {
            get: get.cpu_each(),
            post: post.cpu_each(),
        };
        self.note_read("do-nothing-get", get);
        self.note_write("do-nothing-post", post);
    }

    /// Notes the server's resident memory, without the database server's.
    pub(crate) fn note_memory(&mut self, name: &'static str) {
        let server = self.processes.0.first().copied();
        let memory = Processes(server.into_iter().collect()).memory();
        self.report.fact(Fact::memory(name, memory));
    }

    /// Prints the tables, and writes them where the settings say.
    pub(crate) fn report(self) -> anyhow::Result<()> {
        if let Some(path) = &self.settings.markdown {
            std::fs::write(path, self.report.to_markdown())?;
        }
        println!("\n{}", self.report.to_markdown());
        Ok(())
    }
}

/// Returns where the server keeps its data.
pub(crate) fn database_url(settings: &Settings, folder: &Path) -> String {
    let sqlite = || format!("sqlite://{}/vestibule.db", folder.display());
    settings.database_url.clone().unwrap_or_else(sqlite)
}

/// The body of a Bulk request.
pub(crate) fn bulk(operations: &[serde_json::Value]) -> serde_json::Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "failOnErrors": 1,
        "Operations": operations,
    })
}

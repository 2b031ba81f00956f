//! Wiring: reads the environment, starts and stops tasks, answers commands.

mod commands;
mod demo;
mod serve;

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use uuid::Uuid;

use crate::auth::{Authenticator, TokenLimits};
use crate::config::{Cli, Command, Settings};
use crate::directory::Directory;
use crate::http::{Http, Metrics, Patience};
use crate::model::Ambient;
use crate::scim::registry::Registry;
use crate::store::Store;
use crate::telemetry;

/// The real clock and dice.
const AMBIENT: Ambient = Ambient {
    now,
    id: Uuid::now_v7,
    random,
};

fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| {
            i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
        })
}

fn random(bytes: &mut [u8]) {
    #[expect(
        clippy::expect_used,
        reason = "without random numbers nothing here is safe"
    )]
    aws_lc_rs::rand::fill(bytes).expect("the system gives random numbers");
}

/// Does what the command line says.
///
/// # Errors
/// For the person at the terminal.
pub async fn run(cli: Cli) -> anyhow::Result<()> {
    match cli.command {
        Command::Serve => {
            let telemetry = telemetry::start(&cli.settings)?;
            let served = serve::serve(&cli.settings).await;
            telemetry.end().await;
            served
        }
        Command::Demo => {
            telemetry::start(&Settings {
                log_level: "warn".into(),
                ..cli.settings.clone()
            })?;
            demo::demo(cli.settings).await
        }
        Command::Token(command) => commands::token(&open(&cli.settings).await?, command).await,
        Command::Org(command) => commands::org(&open(&cli.settings).await?, command).await,
        Command::Log(command) => commands::log(&open(&cli.settings).await?, command).await,
        Command::Backup { file } => {
            Store::backup(&cli.settings.database_url, &file)?;
            commands::say(&format!("wrote {}", file.display()));
            Ok(())
        }
        Command::Restore { file } => {
            Store::restore(&cli.settings.database_url, &file)?;
            commands::say(&format!("restored {}", file.display()));
            Ok(())
        }
        Command::Migrate { down: Some(steps) } => {
            Store::migrate_down(&cli.settings.database_url, steps).await?;
            commands::say(&format!("took {steps} step(s) back"));
            Ok(())
        }
        Command::Migrate { down: None } => {
            open(&cli.settings).await?;
            commands::say("the tables are up to date");
            Ok(())
        }
    }
}

/// Opens the directory that the settings name.
async fn open(settings: &Settings) -> anyhow::Result<Directory> {
    let registry = Registry::load(&schema_files(settings)?)?;
    let store = Store::open(&settings.database_url, registry)
        .await
        .with_context(|| format!("cannot open {}", without_password(&settings.database_url)))?;
    Ok(Directory::open(store, settings.limits(), AMBIENT).await?)
}

fn authenticator(directory: &Directory, settings: &Settings) -> Authenticator {
    let limits = TokenLimits {
        in_flight: settings.token_in_flight,
        rate: settings.token_rate,
    };
    let store = directory.store.clone();
    Authenticator::new(store, AMBIENT, settings.auth_failures, limits)
}

/// What handlers work with, by the settings.
fn http_state(directory: Directory, authenticator: Authenticator, settings: &Settings) -> Http {
    Http {
        metrics: Metrics::new(directory.store.clone()),
        directory,
        authenticator,
        public_url: settings.public_url.clone(),
        trusted_proxies: settings.trusted_proxies.clone(),
        metrics_from: settings.metrics_from.clone(),
        body_timeout: settings.body_timeout.into(),
        now: AMBIENT.now,
    }
}

/// How long clients may take, by the settings, and how many may come, by what the system allows.
fn patience(settings: &Settings) -> Patience {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: maximum,
        maximum,
    };
    let files = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => maximum,
        Err(_) => current,
    };
    let for_others = 128;
    let connections = files
        .and_then(|files| usize::try_from(files).ok())
        .map_or(usize::MAX, |files| files.saturating_sub(for_others).max(64));
    Patience {
        head: settings.head_timeout.into(),
        body: settings.body_timeout.into(),
        idle: settings.idle_timeout.into(),
        connections: settings.max_connections.min(connections),
    }
}

/// Reads the JSON files of the schemas directory, in the order of their names.
fn schema_files(settings: &Settings) -> anyhow::Result<Vec<(String, String)>> {
    let Some(folder) = &settings.schemas else {
        return Ok(Vec::new());
    };
    let entries = std::fs::read_dir(folder)
        .with_context(|| format!("cannot read the schemas directory {}", folder.display()))?;
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "json")
    });
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            Ok((
                path.display().to_string(),
                std::fs::read_to_string(&path).with_context(|| path.display().to_string())?,
            ))
        })
        .collect()
}

/// A database URL as it may be shown.
fn without_password(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, place))) => format!("{scheme}://…@{place}"),
        (_, _) => url.to_owned(),
    }
}

//! Settings and commands: flags, then environment, then the YAML file, then defaults.
//!
//! # Why
//! The file's values are given to the argument parser as its defaults: so the order of
//! precedence, the checks of values and their error messages are the parser's, and there is one
//! list of settings.

mod commands;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, ValueEnum};
use ipnet::IpNet;

use crate::scim::discovery::Limits;

pub use commands::{Command, CreateToken, Expiry, LogCommand, OrgCommand, TokenCommand};

/// The entry hall between a company's identity provider and its language models.
#[derive(Debug, Parser)]
#[command(name = "vestibule", version, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// How.
    #[command(flatten)]
    pub settings: Settings,
}

/// What can be set by flag, environment or file.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Settings")]
pub struct Settings {
    /// YAML file with settings, each under its flag's name.
    #[arg(long, global = true, env = "VESTIBULE_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Where data is kept: sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE.
    #[arg(
        long,
        global = true,
        env = "VESTIBULE_DATABASE_URL",
        hide_env_values = true,
        value_name = "URL",
        default_value = "sqlite:vestibule.db"
    )]
    pub database_url: String,

    /// Address and port to listen on.
    #[arg(
        long,
        global = true,
        env = "VESTIBULE_LISTEN",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:8080"
    )]
    pub listen: SocketAddr,

    /// Scheme and host under which clients reach the server; what they asked for if not set.
    #[arg(long, global = true, env = "VESTIBULE_PUBLIC_URL", value_name = "URL", value_parser = public_url)]
    pub public_url: Option<String>,

    /// Networks of proxies whose X-Forwarded-* and Forwarded headers are believed.
    #[arg(
        long,
        global = true,
        env = "VESTIBULE_TRUSTED_PROXIES",
        value_name = "CIDR",
        value_delimiter = ','
    )]
    pub trusted_proxies: Vec<IpNet>,

    /// File with the certificate chain (PEM): serve HTTPS. Read again when it changes.
    #[arg(long, global = true, env = "VESTIBULE_TLS_CERT", value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,

    /// File with the certificate's private key (PEM).
    #[arg(long, global = true, env = "VESTIBULE_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,

    /// How long a TLS handshake and the head of a request may take.
    #[arg(
        long,
        global = true,
        env = "VESTIBULE_HEAD_TIMEOUT",
        value_name = "DURATION",
        default_value = "10s"
    )]
    pub head_timeout: Micros,

    /// How long a request's body may take, and how long a client may take nothing of its answer.
    #[arg(
        long,
        global = true,
        env = "VESTIBULE_BODY_TIMEOUT",
        value_name = "DURATION",
        default_value = "60s"
    )]
    pub body_timeout: Micros,

    /// How long a connection may rest between two requests.
    #[arg(
        long,
        global = true,
        env = "VESTIBULE_IDLE_TIMEOUT",
        value_name = "DURATION",
        default_value = "75s"
    )]
    pub idle_timeout: Micros,

    /// Connections at a time; idle ones are closed to make room for new ones.
    #[arg(
        long,
        global = true,
        env = "VESTIBULE_MAX_CONNECTIONS",
        value_name = "N",
        default_value_t = 16_384
    )]
    pub max_connections: usize,

    /// Networks that may read /metrics.
    #[arg(
        long,
        global = true,
        env = "VESTIBULE_METRICS_FROM",
        value_name = "CIDR",
        value_delimiter = ',',
        default_value = "127.0.0.0/8,::1/128"
    )]
    pub metrics_from: Vec<IpNet>,

    /// OpenTelemetry collector that traces are sent to by OTLP, such as http://localhost:4318.
    #[arg(long, global = true, env = "VESTIBULE_OTLP_ENDPOINT", value_name = "URL", value_parser = otlp_endpoint)]
    pub otlp_endpoint: Option<String>,

    /// Directory of JSON files with more schemas and resource types (see schemas/README.md).
    #[arg(long, global = true, env = "VESTIBULE_SCHEMAS", value_name = "DIR")]
    pub schemas: Option<PathBuf>,

    /// Largest request body in bytes.
    #[arg(long, global = true, env = "VESTIBULE_MAX_BODY", value_name = "BYTES", default_value_t = 16 * 1024 * 1024)]
    pub max_body: usize,

    /// Largest number of operations in a Bulk request.
    #[arg(
        long,
        global = true,
        env = "VESTIBULE_BULK_MAX_OPERATIONS",
        value_name = "N",
        default_value_t = 1_000
    )]
    pub bulk_max_operations: usize,

    /// Largest Bulk request in bytes.
    #[arg(long, global = true, env = "VESTIBULE_BULK_MAX_PAYLOAD", value_name = "BYTES", default_value_t = 8 * 1024 * 1024)]
    pub bulk_max_payload: usize,

    /// Largest number of resources on a page.
    #[arg(
        long,
        global = true,
        env = "VESTIBULE_MAX_RESULTS",
        value_name = "N",
        default_value_t = 1_000
    )]
    pub max_results: u32,

    /// Requests with one token that may be in flight at a time; more are answered 429.
    #[arg(
        long,
        global = true,
        env = "VESTIBULE_TOKEN_IN_FLIGHT",
        value_name = "N",
        default_value_t = 128
    )]
    pub token_in_flight: u32,

    /// Requests a second with one token; more are answered 429. No limit, if not said.
    #[arg(long, global = true, env = "VESTIBULE_TOKEN_RATE", value_name = "N")]
    pub token_rate: Option<u32>,

    /// Failed authentications a minute from one address, before unknown tokens are answered 429.
    #[arg(
        long,
        global = true,
        env = "VESTIBULE_AUTH_FAILURES",
        value_name = "N",
        default_value_t = 60
    )]
    pub auth_failures: u32,

    /// How long the provisioning log is kept, such as 90d, 12h or 30m.
    #[arg(
        long,
        global = true,
        env = "VESTIBULE_LOG_RETENTION",
        value_name = "DURATION",
        default_value = "90d"
    )]
    pub log_retention: Micros,

    /// What the server's log on standard error shows: error, warn, info, debug or a filter.
    #[arg(
        long,
        global = true,
        env = "VESTIBULE_LOG_LEVEL",
        value_name = "LEVEL",
        default_value = "info"
    )]
    pub log_level: String,

    /// How the server's log is written.
    #[arg(long, global = true, env = "VESTIBULE_LOG_FORMAT", value_name = "FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
}

impl Settings {
    /// Returns the limits that are said and enforced.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits {
            bulk_operations: self.bulk_max_operations,
            bulk_payload: self.bulk_max_payload,
            body: self.max_body,
            page: u64::from(self.max_results.max(1)),
        }
    }
}

/// Checks that a URL has a scheme and a host, and nothing behind them that we would double.
fn public_url(url: &str) -> Result<String, String> {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    let is_proper = rest.is_some_and(|rest| {
        let rest = rest.trim_end_matches('/');
        !rest.is_empty() && !rest.contains(['?', '#', ' ']) && !rest.ends_with("/scim/v2")
    });
    if is_proper {
        return Ok(url.to_owned());
    }
    Err("expected scheme and host, such as https://vestibule.example".into())
}

/// Checks the address of a collector: it stands beside the server, so there is no TLS to it.
fn otlp_endpoint(url: &str) -> Result<String, String> {
    let rest = url.strip_prefix("http://").unwrap_or_default();
    if rest.is_empty() || rest.contains(['?', '#', ' ']) {
        return Err("expected an http:// URL, such as http://localhost:4318".into());
    }
    Ok(url.to_owned())
}

/// How the server's log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// A duration in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Micros(pub i64);

impl From<Micros> for Duration {
    fn from(Micros(micros): Micros) -> Self {
        Self::from_micros(u64::try_from(micros).unwrap_or_default())
    }
}

impl std::str::FromStr for Micros {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("{text:?} is no duration: expected a number and d, h, m or s, such as 30d");
        let unit = match text.chars().last() {
            Some('d') => 86_400,
            Some('h') => 3_600,
            Some('m') => 60,
            Some('s') => 1,
            _ => return Err(wrong()),
        };
        let number: i64 = text
            .get(..text.len() - 1)
            .unwrap_or_default()
            .parse()
            .map_err(|_| wrong())?;
        number
            .checked_mul(unit * 1_000_000)
            .filter(|micros| *micros > 0)
            .map(Self)
            .ok_or_else(wrong)
    }
}

impl Cli {
    /// Reads command line, environment and file.
    ///
    /// # Errors
    /// What is wrong with the file. Mistakes on the command line, `--help` and `--version` end
    /// the process here.
    pub fn load(args: impl IntoIterator<Item = OsString>) -> anyhow::Result<Self> {
        let args: Vec<OsString> = args.into_iter().collect();
        let mut command = Self::command();
        if let Some(file) = config_file(&args) {
            let text = std::fs::read_to_string(&file)
                .with_context(|| format!("cannot read {}", file.display()))?;
            for (name, value) in settings_in(&text).with_context(|| file.display().to_string())? {
                // read once, kept as long as the parser's own texts
                let value: &'static str = value.leak();
                command = command.mut_arg(name, |arg| arg.default_value(value));
            }
        }
        let matches = command.get_matches_from(args);
        Ok(Self::from_arg_matches(&matches)?)
    }
}

fn config_file(args: &[OsString]) -> Option<PathBuf> {
    let mut args = args.iter().filter_map(|arg| arg.to_str());
    while let Some(arg) = args.next() {
        if arg == "--config" {
            return args.next().map(PathBuf::from);
        }
        if let Some(file) = arg.strip_prefix("--config=") {
            return Some(file.into());
        }
    }
    std::env::var_os("VESTIBULE_CONFIG").map(PathBuf::from)
}

/// Reads the settings of a file: argument ids and values.
fn settings_in(yaml: &str) -> anyhow::Result<Vec<(String, String)>> {
    let read: Option<std::collections::BTreeMap<String, serde_json::Value>> =
        serde_saphyr::from_str(yaml).context("expected a YAML mapping of settings")?;
    let command = Cli::command();
    let known: Vec<String> = command
        .get_arguments()
        .map(|arg| arg.get_id().to_string())
        .filter(|id| id != "config")
        .collect();
    let mut settings = Vec::new();
    for (key, value) in read.unwrap_or_default() {
        let id = key.replace('-', "_");
        if !known.contains(&id) {
            let nearest = known.iter().max_by(|a, b| {
                strsim::jaro_winkler(a, &id).total_cmp(&strsim::jaro_winkler(b, &id))
            });
            bail!(
                "{key:?} is no setting; did you mean {}?",
                nearest.map_or("", String::as_str)
            );
        }
        let value = match value {
            serde_json::Value::String(text) => text,
            serde_json::Value::Number(number) => number.to_string(),
            serde_json::Value::Bool(bool) => bool.to_string(),
            serde_json::Value::Array(values) if let Some(between) = delimiter(&command, &id) => {
                let texts = values.iter().map(|value| match value {
                    serde_json::Value::String(text) => Ok(text.as_str()),
                    other => bail!(
                        "{key} holds {}, expected texts",
                        crate::scim::error::describe(other)
                    ),
                });
                texts.collect::<anyhow::Result<Vec<_>>>()?.join(between)
            }
            other => bail!(
                "{key} is {}, expected a single value",
                crate::scim::error::describe(&other)
            ),
        };
        settings.push((id, value));
    }
    Ok(settings)
}

/// What stands between the values of a setting that may have several.
fn delimiter(command: &clap::Command, id: &str) -> Option<&'static str> {
    let arg = command.get_arguments().find(|arg| arg.get_id() == id)?;
    arg.get_value_delimiter().map(|_| ",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn an_unknown_setting_names_the_nearest() {
        let error = settings_in("databse_url: x").unwrap_err().to_string();
        assert!(error.contains("did you mean database_url?"), "{error}");
        assert_eq!(
            settings_in("max-results: 5\nlisten: 127.0.0.1:1").unwrap(),
            [
                ("listen".into(), "127.0.0.1:1".into()),
                ("max_results".into(), "5".into())
            ]
        );
        assert!(settings_in("").unwrap().is_empty());
        assert!(settings_in("listen: [1]").is_err());
    }

    #[test]
    fn a_setting_with_several_values_is_a_list_or_a_text() {
        for yaml in [
            "trusted_proxies: [10.0.0.0/8, \"2001:db8::/32\"]",
            "trusted_proxies:\n  - 10.0.0.0/8\n  - 2001:db8::/32\n",
            "trusted_proxies: 10.0.0.0/8,2001:db8::/32",
        ] {
            let expected = "10.0.0.0/8,2001:db8::/32".to_owned();
            assert_eq!(
                settings_in(yaml).unwrap(),
                [("trusted_proxies".into(), expected)],
                "{yaml}"
            );
        }
        assert!(settings_in("trusted_proxies: [[10.0.0.0/8]]").is_err());
        assert!(settings_in("trusted_proxies: [10]").is_err());
    }

    #[test]
    fn durations_have_a_unit() {
        assert_eq!("2m".parse(), Ok(Micros(120_000_000)));
        assert!("2".parse::<Micros>().is_err());
        assert!("-2d".parse::<Micros>().is_err());
        assert!(matches!(
            "2027-01-31T00:00:00Z".parse(),
            Ok(Expiry::At(1_801_353_600_000_000))
        ));
    }
}

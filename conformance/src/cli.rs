//! The command line.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chrono::{SecondsFormat, Utc};
use clap::Parser;

use crate::catalogue::{AREAS, Area, is_meant};
use crate::check::{Check, Profile};
use crate::report::{Outcome, Report, text};
use crate::run::{Manner, run, tasks};
use crate::server::Server;
use crate::wire::{Target, Wire};

/// Judges a SCIM 2.0 server by RFC 7643, 7644 and 9865, and by what identity providers send.
///
/// Makes users and groups whose names begin with `scimconf-`, and takes them away again. Exits
/// with 0 if no rule that must be kept is broken, with 1 if one is, and with 2 if nothing could
/// be judged.
#[derive(Debug, Parser)]
#[command(name = "scim-conformance", version)]
pub struct Arguments {
    /// Base of the server's SCIM addresses, `https://scim.example.com/v2`.
    #[arg(
        long,
        value_name = "URL",
        env = "SCIM_BASE_URL",
        required_unless_present = "list"
    )]
    base_url: Option<String>,
    /// The bearer token.
    #[arg(long, env = "SCIM_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Runs only these checks: ids, RFC sections (7644-3.5.2), areas, levels, lines of the catalogue.
    #[arg(long, value_name = "WHICH", value_delimiter = ',')]
    only: Vec<String>,
    /// Leaves these checks out; the same words as for --only.
    #[arg(long, value_name = "WHICH", value_delimiter = ',')]
    skip: Vec<String>,
    /// Judges also what this identity provider, or draft, needs; may be repeated.
    #[arg(long, value_enum)]
    profile: Vec<Profile>,
    /// Sends this header with each request, `Name: value`; may be repeated.
    #[arg(long, value_name = "HEADER", value_parser = header)]
    header: Vec<(String, String)>,
    /// Takes any certificate.
    #[arg(long)]
    insecure: bool,
    /// How long an answer may take, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    timeout: u64,
    /// Sends at most so many requests in a second.
    #[arg(long, value_name = "PER_SECOND")]
    rate: Option<f64>,
    /// How many checks run at once.
    #[arg(long, default_value_t = 4)]
    jobs: usize,
    /// Leaves on the server what was made.
    #[arg(long)]
    keep: bool,
    /// Lists the checks, and runs none.
    #[arg(long)]
    list: bool,
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once(':')
        .ok_or("a header is written Name: value")?;
    Ok((name.trim().to_lowercase(), value.trim().to_owned()))
}

impl Arguments {
    fn wants(&self, area: &Area, check: &Check) -> bool {
        let of_profile =
            check.profiles.is_empty() || check.profiles.iter().any(|it| self.profile.contains(it));
        let meant = |words: &[String]| words.iter().any(|it| is_meant(it, area, check));
        let asked = if self.only.is_empty() {
            of_profile
        } else {
            meant(&self.only)
        };
        asked && !meant(&self.skip)
    }
}

/// Does what the command line says.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match judge(&arguments) {
        Ok(report) => {
            out(&text::render(&report));
            let bad = report.count(Outcome::Fails) + report.count(Outcome::Broken);
            ExitCode::from(u8::from(bad > 0 || report.interrupted))
        }
        Err(error) => {
            eprintln!("scim-conformance: {error}");
            ExitCode::from(2)
        }
    }
}

fn judge(arguments: &Arguments) -> Result<Report, String> {
    let stop = Arc::new(AtomicBool::new(false));
    let wire = Wire::new(Target {
        base_url: arguments
            .base_url
            .clone()
            .unwrap_or_default()
            .trim_end_matches('/')
            .to_owned(),
        token: arguments.token.clone(),
        headers: arguments.header.clone(),
        insecure: arguments.insecure,
        timeout: Duration::from_secs(arguments.timeout),
        rate: arguments.rate,
    });
    let (started, begun) = (Utc::now(), Instant::now());
    let server = Server::discover(&wire)?;
    let tasks = tasks(AREAS, &server, |area, check| arguments.wants(area, check));
    let manner = Manner {
        jobs: arguments.jobs,
        keep: arguments.keep,
        scale: None,
        stop: &stop,
    };
    let results = run(&tasks, &server, &wire, &manner, |_| {});
    Ok(Report {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        base_url: wire.target().base_url.clone(),
        started: started.to_rfc3339_opts(SecondsFormat::Secs, true),
        seconds: begun.elapsed().as_secs_f64(),
        profiles: arguments.profile.clone(),
        resource_types: server.types.iter().map(|it| it.name.clone()).collect(),
        assumptions: server.assumptions.clone(),
        interrupted: stop.load(Ordering::Relaxed),
        results,
    })
}

#[expect(clippy::print_stdout, reason = "the report is what the program is for")]
fn out(text: &str) {
    print!("{text}");
}

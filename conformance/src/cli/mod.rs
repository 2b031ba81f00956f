//! The command line.

mod arguments;
mod choice;
mod list;
mod probe;
mod progress;

use std::fs;
use std::io::{IsTerminal as _, Write as _, stdout};
use std::path::Path;
use std::process::{ExitCode, exit};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use chrono::{SecondsFormat, Utc};
use clap::Parser as _;

pub use arguments::Arguments;

use crate::catalogue::AREAS;
use crate::litter;
use crate::report::compare::Comparison;
use crate::report::redact::Secrets;
use crate::report::{Format, Outcome, Report};
use crate::run::{Manner, run, tasks};
use crate::wire::Wire;
use choice::Choice;
use progress::Progress;

/// No rule that must be kept is broken.
const GOOD: u8 = 0;
/// A rule that must be kept is broken, or a check is.
const BAD: u8 = 1;
/// Nothing could be judged.
const NOTHING: u8 = 2;
/// Ended by Ctrl-C, as shells say it.
const INTERRUPTED: u8 = 130;

/// Does what the command line says.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = arguments.target().and_then(|target| {
        let secrets = Secrets::new(target.token.as_deref(), &target.headers);
        // an error may repeat what the server says
        act(&arguments, &Wire::new(target), &secrets).map_err(|error| secrets.redact(&error))
    });
    ExitCode::from(done.unwrap_or_else(|error| {
        say(&error);
        NOTHING
    }))
}

fn say(words: &str) {
    eprintln!("scim-conformance: {words}");
}

/// Writes to standard output; nobody may be reading any more, and that is no fault.
fn out(text: &str) {
    stdout().write_all(text.as_bytes()).unwrap_or_default();
}

fn act(arguments: &Arguments, wire: &Wire, secrets: &Secrets) -> Result<u8, String> {
    let choice = Choice::new(arguments)?;
    if arguments.list {
        out(&match arguments.format {
            Format::Text => list::text(&choice),
            Format::Json => list::json(&choice),
            _ => return Err("a list is text or json".to_owned()),
        });
        return Ok(GOOD);
    }
    if arguments.clean {
        return clean(wire, secrets);
    }
    let baseline = arguments.baseline.as_deref().map(read).transpose()?;
    let mut report = judge(arguments, &choice, wire)?;
    report.redact(secrets);
    report.comparison = baseline.map(|before| Comparison::new(&before, &report));
    show(arguments, &report)?;
    Ok(exit_code(&report))
}

fn clean(wire: &Wire, secrets: &Secrets) -> Result<u8, String> {
    let server = probe::discover(wire)?;
    let (deleted, left) = litter::clean(wire, &server);
    out(&format!("{deleted} deleted\n"));
    for why in &left {
        say(&secrets.redact(why));
    }
    Ok(if left.is_empty() { GOOD } else { BAD })
}

/// Reads the report of before.
fn read(path: &Path) -> Result<Report, String> {
    let fault = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let text = fs::read_to_string(path).map_err(|error| fault(&error))?;
    serde_json::from_str(&text)
        .map_err(|error| fault(&format!("no report of --format json: {error}")))
}

fn judge(arguments: &Arguments, choice: &Choice, wire: &Wire) -> Result<Report, String> {
    let stop = end_on_signals()?;
    let (started, begun) = (Utc::now(), Instant::now());
    let server = probe::discover(wire)?;
    let tasks = tasks(AREAS, &server, |area, check| {
        choice.runs(arguments, area, check)
    });
    if tasks.is_empty() {
        return Err("no check is left by --only, --skip, --profile and --race".to_owned());
    }
    let progress = Progress::new(tasks.len());
    let manner = Manner {
        jobs: usize::from(arguments.jobs),
        keep: arguments.keep,
        scale: arguments.scale,
        stop: &stop,
    };
    let results = run(&tasks, &server, wire, &manner, |it| progress.done(it));
    progress.end();
    Ok(Report {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        base_url: wire.target().base_url.clone(),
        started: started.to_rfc3339_opts(SecondsFormat::Secs, true),
        seconds: begun.elapsed().as_secs_f64(),
        profiles: arguments.profile.clone(),
        resource_types: server.types.iter().map(|it| it.name.clone()).collect(),
        assumptions: server.assumptions.clone(),
        interrupted: stop.load(Ordering::Relaxed),
        planned: tasks.len(),
        comparison: None,
        results,
    })
}

/// Sets what is returned at the first Ctrl-C, and ends the program at the second.
fn end_on_signals() -> Result<Arc<AtomicBool>, String> {
    let stop = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&stop);
    let heard = move || {
        eprintln!();
        if asked.swap(true, Ordering::Relaxed) {
            say("ended; --clean takes away what is left on the server");
            exit(i32::from(INTERRUPTED));
        }
        say("no new check begins, those that run end; Ctrl-C again ends at once");
    };
    ctrlc::set_handler(heard).map_err(|error| format!("Ctrl-C cannot be heard: {error}"))?;
    Ok(stop)
}

/// Shows the report where it is wanted.
fn show(arguments: &Arguments, report: &Report) -> Result<(), String> {
    let no_colour = std::env::var_os("NO_COLOR").is_some_and(|it| !it.is_empty());
    let colours = stdout().is_terminal() && !no_colour;
    out(&arguments.format.render(report, colours));
    for path in &arguments.output {
        let format = Format::of_file(path).unwrap_or(arguments.format);
        fs::write(path, format.render(report, false))
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

fn exit_code(report: &Report) -> u8 {
    if report.interrupted {
        return INTERRUPTED;
    }
    if !report.results.iter().any(|it| it.outcome.is_judged()) {
        say("nothing could be judged: all is blocked or not offered");
        return NOTHING;
    }
    let is_bad = match &report.comparison {
        Some(comparison) => !comparison.worse.is_empty(),
        None => report.count(Outcome::Fails) + report.count(Outcome::Broken) > 0,
    };
    if is_bad { BAD } else { GOOD }
}

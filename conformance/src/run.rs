//! Runs checks, several at once, and never stops at a failure.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::catalogue::Area;
use crate::check::{Check, Level, Run, Stop, Verdict};
use crate::lab::{Lab, PREFIX};
use crate::population::Population;
use crate::report::{CheckResult, Outcome};
use crate::server::{ResourceType, Server};
use crate::wire::Wire;

/// A check that is to be run, for one resource type if it is for each.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    area: &'static str,
    check: &'static Check,
    kind: Option<&'a ResourceType>,
}

impl Task<'_> {
    /// The check's id, followed by `[Device]` where it runs for a resource type.
    pub fn id(&self) -> String {
        match self.kind {
            Some(kind) => format!("{}[{}]", self.check.id, kind.name),
            None => self.check.id.to_owned(),
        }
    }
}

/// The tasks that these checks are on this server.
pub fn tasks<'a>(
    areas: &'static [Area],
    server: &'a Server,
    wanted: impl Fn(&Area, &Check) -> bool,
) -> Vec<Task<'a>> {
    let mut tasks = Vec::new();
    for area in areas {
        for check in area.checks.iter().filter(|check| wanted(area, check)) {
            let task = |kind| Task {
                area: area.name,
                check,
                kind,
            };
            match check.run {
                Run::Once(_) => tasks.push(task(None)),
                Run::Each(_) => tasks.extend(server.types.iter().map(|kind| task(Some(kind)))),
            }
        }
    }
    tasks
}

/// How a run goes about it.
#[derive(Debug)]
pub struct Manner<'a> {
    /// How many checks run at once.
    pub jobs: usize,
    /// Whether what was made stays.
    pub keep: bool,
    /// How many resources the checks of scale make, if they are asked for.
    pub scale: Option<usize>,
    /// Set from outside when the run shall end.
    pub stop: &'a AtomicBool,
}

/// Runs tasks, and returns what they found in their order; `done` hears of each when it is over.
pub fn run(
    tasks: &[Task<'_>],
    server: &Server,
    wire: &Wire,
    manner: &Manner<'_>,
    done: impl Fn(&CheckResult) + Sync,
) -> Vec<CheckResult> {
    let run = uuid::Uuid::new_v4().simple().to_string();
    let run = run.get(..8).unwrap_or_default();
    let population = Population::new(format!("{PREFIX}-{run}-q"));
    let queue: Mutex<VecDeque<(usize, &Task<'_>)>> = Mutex::new(tasks.iter().enumerate().collect());
    let results = Mutex::new(Vec::with_capacity(tasks.len()));
    let work = || {
        while !manner.stop.load(Ordering::Relaxed) {
            let next = queue
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .pop_front();
            let Some((n, task)) = next else { break };
            let lab =
                Lab::new(wire, server, &population, &format!("{PREFIX}-{run}-{n}")).under(manner);
            let result = one(task, lab, wire, manner.keep);
            done(&result);
            results
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push((n, result));
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..manner.jobs.max(1) {
            scope.spawn(work);
        }
    });
    if !manner.keep {
        population.close().take_away(wire);
    }
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(n, _)| *n);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Runs a task, and takes away what it made.
fn one(task: &Task<'_>, lab: Lab<'_>, wire: &Wire, keep: bool) -> CheckResult {
    let begun = Instant::now();
    let check = task.check;
    let verdict = match check.needs.iter().find_map(|it| lab.server.lacks(*it)) {
        Some(why) => Err(Stop::NotOffered(why)),
        None => judged(task, &lab),
    };
    let traces = lab.close();
    let (outcome, finding, reason) = match verdict {
        Ok(()) => (Outcome::Pass, None, None),
        Err(Stop::Wrong(finding)) => {
            let outcome = match check.level {
                Level::Must => Outcome::Fails,
                _ => Outcome::Deviates,
            };
            (outcome, Some(*finding), None)
        }
        Err(Stop::NotOffered(why)) => (Outcome::NotOffered, None, Some(why)),
        Err(Stop::Blocked(why)) => (Outcome::Blocked, None, Some(why)),
        Err(Stop::Broken(why)) => (Outcome::Broken, None, Some(why)),
    };
    let shows = !matches!(outcome, Outcome::Pass | Outcome::NotOffered);
    let mut notes = traces.notes;
    if !keep {
        let left = traces.litter.take_away(wire);
        notes.extend(left.iter().map(|it| format!("left on the server: {it}")));
    }
    CheckResult {
        id: task.id(),
        line: check.line.to_owned(),
        area: task.area.to_owned(),
        level: check.level,
        rule: check.rule.to_owned(),
        source: check.source(),
        outcome,
        finding,
        reason,
        notes,
        exchanges: if shows { traces.exchanges } else { Vec::new() },
        millis: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
    }
}

/// Runs a check's function; a panic in it is our fault, not the server's.
fn judged(task: &Task<'_>, lab: &Lab<'_>) -> Verdict {
    let judge = || match (task.check.run, task.kind) {
        (Run::Once(function), _) => function(lab),
        (Run::Each(function), Some(kind)) => function(lab, kind),
        (Run::Each(_), None) => Err(Stop::Broken("no resource type was given".to_owned())),
    };
    catch_unwind(AssertUnwindSafe(judge)).unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().cloned();
        let words = words.or_else(|| panic.downcast_ref::<&str>().map(|it| (*it).to_owned()));
        Err(Stop::Broken(
            words.unwrap_or_else(|| "the check panicked".to_owned()),
        ))
    })
}

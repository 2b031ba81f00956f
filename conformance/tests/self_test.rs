//! The judge is judged: it finds nothing wrong with a server that is right, and each of its
//! checks finds what it is for in one that is wrong.
//!
//! The specimen (`stub/`) is a right server in which one rule at a time can be broken. A check
//! that no broken rule makes fail does not count, so there is none.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod stub;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use conformance::catalogue::AREAS;
use conformance::check::{Check, Level, Run};
use conformance::report::{CheckResult, Outcome};
use conformance::run::{Manner, run, tasks};
use conformance::server::Server;
use conformance::wire::{Target, Wire};
use stub::Stub;
use stub::listed::BREAKS;
use stub::rude::{self, RUDE};

/// Runs the checks that are wanted against a server.
fn judged(stub: &Stub, jobs: usize, wanted: impl Fn(&Check) -> bool) -> Vec<CheckResult> {
    judged_at(stub.base_url(), stub.token(), jobs, wanted)
}

fn judged_at(
    base_url: String,
    token: &str,
    jobs: usize,
    wanted: impl Fn(&Check) -> bool,
) -> Vec<CheckResult> {
    let wire = Wire::new(Target {
        base_url,
        token: Some(token.to_owned()),
        headers: Vec::new(),
        insecure: false,
        timeout: Duration::from_secs(20),
        rate: None,
    });
    let server = Server::discover(&wire).expect("the specimen answers");
    let tasks = tasks(AREAS, &server, |_, check| wanted(check));
    let manner = Manner {
        jobs,
        keep: true,
        stop: &AtomicBool::new(false),
        scale: Some(100),
    };
    run(&tasks, &server, &wire, &manner, |_| {})
}

fn snapshot(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/snapshots")
        .join(name)
}

/// Compares with a file beside this one; `UPDATE_SNAPSHOTS=1` writes it.
fn is_as_in(name: &str, text: &str) {
    let path = snapshot(name);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, text).expect("a snapshot can be written");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    for (before, now) in expected.lines().zip(text.lines()) {
        assert_eq!(before, now, "{name}: UPDATE_SNAPSHOTS=1 takes what is now");
    }
    assert_eq!(expected.lines().count(), text.lines().count(), "{name}");
}

fn lines(results: &[CheckResult], outcomes: &[Outcome]) -> String {
    let listed = results.iter().filter(|it| outcomes.contains(&it.outcome));
    let words = listed.map(|it| {
        let why = it.finding.as_ref().map(ToString::to_string);
        let why = why.or_else(|| it.reason.clone()).unwrap_or_default();
        format!("{} {} {why}", it.outcome.name(), it.id)
            .trim()
            .to_owned()
            + "\n"
    });
    words.collect::<Vec<_>>().concat()
}

#[test]
fn a_right_server_keeps_every_rule() {
    // a group's name may be taken; Entra's own validator wants that it is
    let results = judged(&Stub::start(&["S14"]), 4, |_| true);
    let bound: Vec<CheckResult> = results
        .iter()
        .filter(|it| it.level != Level::Draft)
        .cloned()
        .collect();
    let wrong = lines(
        &bound,
        &[
            Outcome::Fails,
            Outcome::Deviates,
            Outcome::Blocked,
            Outcome::Broken,
        ],
    );
    assert!(wrong.is_empty(), "{wrong}");
    // the drafts contradict the RFCs, so the specimen cannot keep all of their rules
    let verdict = results
        .iter()
        .map(|it| format!("{} {}\n", it.outcome.name(), it.id));
    is_as_in("specimen.txt", &verdict.collect::<Vec<_>>().concat());
}

/// For each check a broken rule that makes it fail; `UPDATE_SNAPSHOTS=1` looks for them.
const BROKEN_BY: &str = "broken-by.txt";

/// The checks that find something wrong on a specimen that breaks a rule.
fn finding(broken: &str, ids: &[&str]) -> Vec<String> {
    let stub = Stub::start(&[broken]);
    let address = match RUDE.iter().find(|(name, _)| *name == broken) {
        Some((how, _)) => rude::before(stub.address(), how),
        None => stub.address(),
    };
    let base_url = format!("http://{address}/scim/v2");
    let results = judged_at(base_url, stub.token(), 1, |it| ids.contains(&it.id));
    let found = results.iter().filter(|it| it.finding.is_some());
    found
        .map(|it| it.id.split('[').next().unwrap_or_default().to_owned())
        .collect()
}

/// Does something for each of these, four at a time.
fn at_once<T: Send, R: Send>(of: Vec<T>, each: impl Fn(T) -> Vec<R> + Sync) -> Vec<R> {
    let (queue, done) = (Mutex::new(of), Mutex::new(Vec::new()));
    let work = || {
        loop {
            let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(next) = next else { break };
            let made = each(next);
            done.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .extend(made);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(work);
        }
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Looks for a broken rule for each check: those of its own line first, then any.
fn look_for_breaks(ids: &[(&'static str, &'static str)]) -> String {
    let rows = at_once(BREAKS.to_vec(), |(broken, _)| {
        let line = broken.split('.').next().unwrap_or_default();
        let fits = ids.iter().filter(|(_, other)| *other == line);
        let fits: Vec<&str> = fits.map(|(id, _)| *id).collect();
        let found = if fits.is_empty() {
            Vec::new()
        } else {
            finding(broken, &fits)
        };
        found.into_iter().map(|id| (id, broken)).collect()
    });
    let mut found: BTreeMap<String, &str> = BTreeMap::new();
    for (id, broken) in rows {
        let best = found.entry(id).or_insert(broken);
        *best = (*best).min(broken);
    }
    // what depends on the load shows what it does not mean
    let steady = BREAKS.iter().filter(|(name, _)| *name != "U17");
    let all: Vec<_> = steady.chain(RUDE).copied().collect();
    for some in all.chunks(4) {
        let left = ids
            .iter()
            .map(|(id, _)| *id)
            .filter(|id| !found.contains_key(*id));
        let left: Vec<&str> = left.collect();
        let rows = at_once(some.to_vec(), |(broken, _)| {
            finding(broken, &left)
                .into_iter()
                .map(|id| (id, broken))
                .collect()
        });
        found.extend(rows);
    }
    let rows = found.iter().map(|(id, broken)| format!("{id} {broken}\n"));
    rows.collect::<Vec<_>>().concat()
}

#[test]
fn each_check_fails_on_a_server_that_breaks_its_rule() {
    let ids: Vec<_> = AREAS
        .iter()
        .flat_map(|area| area.checks)
        .map(|it| (it.id, it.line))
        .collect();
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        is_as_in(BROKEN_BY, &look_for_breaks(&ids));
    }
    let table = std::fs::read_to_string(snapshot(BROKEN_BY)).expect("the table is there");
    let mut by_break: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (id, broken) in table.lines().filter_map(|it| it.split_once(' ')) {
        by_break.entry(broken).or_default().push(id);
    }
    let failing = at_once(by_break.into_iter().collect(), |(broken, ids)| {
        finding(broken, &ids)
    });
    let unbroken: Vec<&str> = ids
        .iter()
        .map(|(id, _)| *id)
        .filter(|id| !failing.iter().any(|it| it == id))
        .collect();
    assert!(
        unbroken.is_empty(),
        "no broken rule makes these fail:\n{}",
        unbroken.join("\n")
    );
}

/// Answers 200 with a plausible body to everything.
#[test]
fn a_server_that_says_yes_to_everything_fails() {
    let results = judged(&Stub::start_yes_man(), 4, |_| true);
    let judged = results
        .iter()
        .filter(|it| it.outcome != Outcome::NotOffered)
        .count();
    let passes: Vec<&CheckResult> = results
        .iter()
        .filter(|it| it.outcome == Outcome::Pass)
        .collect();
    is_as_in("yes-man.txt", &lines(&results, &[Outcome::Pass]));
    assert!(
        passes.len() * 10 <= judged,
        "{} of {judged} pass",
        passes.len()
    );
}

#[test]
fn ids_are_unique_and_say_where_the_rule_stands() {
    let checks: Vec<&Check> = AREAS.iter().flat_map(|area| area.checks).collect();
    let mut ids: Vec<&str> = checks.iter().map(|it| it.id).collect();
    ids.sort_unstable();
    for pair in ids.windows(2) {
        assert_ne!(pair[0], pair[1]);
    }
    for check in checks {
        let (place, name) = check.id.split_once('/').expect("a place and a name");
        assert!(
            !place.is_empty() && !name.is_empty() && !name.contains('/'),
            "{}",
            check.id
        );
        assert!(check.rule.ends_with('.'), "{}: {}", check.id, check.rule);
        let of_rfc = place.starts_with("rfc") || place.starts_with("erratum");
        let bound = matches!(check.level, Level::Must | Level::Should | Level::May);
        assert!(of_rfc || !bound, "{} binds, and names no RFC", check.id);
        assert!(
            matches!(check.level, Level::Idp | Level::Draft) != check.profiles.is_empty(),
            "{}",
            check.id
        );
        assert!(matches!(check.run, Run::Once(_) | Run::Each(_)));
    }
}

/// The catalogue's lines: each has a check, or a reason why not.
#[test]
fn each_line_of_the_catalogue_is_checked_or_left_out_for_a_reason() {
    let catalogue = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/requirements.md");
    let catalogue = std::fs::read_to_string(catalogue).expect("the catalogue is there");
    let lines = catalogue
        .lines()
        .filter_map(|it| it.strip_prefix("| ")?.split(" |").next());
    let is_line = |it: &&str| {
        it.starts_with(|c: char| c.is_ascii_uppercase()) && it[1..].parse::<u32>().is_ok()
    };
    let mut missing = Vec::new();
    let mut count = 0;
    for line in lines.filter(is_line) {
        count += 1;
        let checked = AREAS
            .iter()
            .any(|area| area.checks.iter().any(|it| it.line == line));
        let left_out = AREAS.iter().any(|area| {
            area.left_out
                .iter()
                .any(|(it, why)| *it == line && why.len() > 10)
        });
        if !checked && !left_out {
            missing.push(line);
        }
    }
    assert!(count > 300, "{count} lines");
    assert!(
        missing.is_empty(),
        "neither checked nor left out: {missing:?}"
    );
}

#[test]
fn the_readme_says_what_is_left_out() {
    let readme = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(readme).expect("there is a README");
    for (line, why) in AREAS.iter().flat_map(|area| area.left_out) {
        let row = format!("| {line} | {why} |");
        assert!(readme.contains(&row), "{row}");
    }
}

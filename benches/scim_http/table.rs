//! The tables, and what should come out.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::load::Measured;
use super::processes::Memory;
use super::settings::Settings;

/// Microseconds of CPU that an operation may cost on SQLite to pass, and those we aim at.
#[rustfmt::skip]
const LIMITS: [(&str, f64, f64); 32] = [
    ("get-user",                  120.0,    60.0),
    ("get-member",                120.0,    60.0),
    ("find-user-name",            120.0,    80.0),
    ("find-user-name-other-case", 120.0,    80.0),
    ("find-external-id",          120.0,    80.0),
    ("find-email",                120.0,    80.0),
    ("find-email-other-case",     120.0,    80.0),
    ("find-email-of-type",        300.0,   120.0),
    ("find-and-or-not",           300.0,   120.0),
    ("page-first",              1_500.0,   500.0),
    ("page-deep-cursor",        1_500.0,   500.0),
    ("page-sorted",             1_500.0,   500.0),
    ("post-user",                 400.0,   250.0),
    ("put-user",                  400.0,   250.0),
    ("patch-user",                400.0,   250.0),
    ("patch-email",               400.0,   250.0),
    ("add-100-members",         2_500.0, 1_500.0),
    ("remove-member",             400.0,   150.0),
    ("add-member",                400.0,   150.0),
    ("remove-at-once",            400.0,   150.0),
    ("get-group",               6_000.0, 3_000.0),
    ("get-group-alone",           120.0,    70.0),
    ("is-member",                 150.0,    90.0),
    ("remove-member-100000",      400.0,   150.0),
    ("add-member-100000",         400.0,   150.0),
    ("remove-at-once-100000",     400.0,   150.0),
    ("get-group-alone-100000",    120.0,    70.0),
    ("is-member-100000",          150.0,    90.0),
    ("get-member-100000",         120.0,    60.0),
    ("bulk-50",                10_000.0, 5_000.0),
    ("find-group",                120.0,    80.0),
    ("page-groups",             1_500.0,   500.0),
];

/// What a load of one operation came to.
#[derive(Debug)]
pub(crate) struct Row {
    name: String,
    measured: Measured,
    /// CPU of the handler that does nothing, in microseconds for each request.
    noop: f64,
}

impl Row {
    pub(crate) fn new(name: &str, measured: Measured, noop: f64) -> Self {
        Self {
            name: name.to_owned(),
            measured,
            noop,
        }
    }
}

/// A figure that is not of one operation, with what was wanted.
#[derive(Debug)]
pub(crate) struct Fact {
    name: String,
    value: String,
    wanted: String,
    /// Whether it is as wanted; none where nothing was.
    holds: Option<bool>,
}

impl Fact {
    pub(crate) fn at_most(name: &str, value: f64, unit: &str, most: f64) -> Self {
        Self {
            name: name.to_owned(),
            value: format!("{value:.0} {unit}"),
            wanted: format!("≤ {most:.0} {unit}"),
            holds: Some(value <= most),
        }
    }

    /// Resident memory, of which 40 MiB are wanted at most.
    pub(crate) fn memory(name: &str, memory: Memory) -> Self {
        let fact = Self::at_most(name, memory.resident, "MiB", 40.0);
        Self {
            value: format!("{}, {:.0} of it anonymous", fact.value, memory.anonymous),
            ..fact
        }
    }

    /// How long it took to load so many users by Bulk.
    pub(crate) fn loaded(users: usize, seconds: f64) -> Self {
        Self {
            name: format!("{users} users loaded by Bulk"),
            value: format!("{seconds:.1} s"),
            wanted: String::new(),
            holds: None,
        }
    }

    /// Removals at the same time that were answered and had no effect.
    pub(crate) fn lost_updates(suffix: &str, lost: usize, removed: usize) -> Self {
        Self {
            name: format!("lost updates{suffix}"),
            value: format!("{lost} of {removed}"),
            wanted: "0".to_owned(),
            holds: Some(lost == 0),
        }
    }

    /// Durable creations a second, as a share of those possible without group commit.
    pub(crate) fn durable(connections: u32, done: f64, possible: f64, pass: Option<f64>) -> Self {
        let share = done / possible;
        Self {
            name: format!("durable creations, {connections} connections"),
            value: format!("{done:.0}/s, {share:.2} of {connections} ÷ fdatasync"),
            wanted: pass.map_or_else(String::new, |pass| format!("≥ {pass}")),
            holds: pass.map(|pass| share >= pass),
        }
    }
}

/// All that is measured, in the order in which it was.
#[derive(Debug)]
pub(crate) struct Report {
    /// Where and how it was measured.
    setting: String,
    /// The limits are SQLite's.
    has_limits: bool,
    rows: Vec<Row>,
    facts: Vec<Fact>,
    /// Where the rows begin that repeat earlier ones with more users.
    growth: Option<usize>,
}

impl Report {
    pub(crate) fn new(settings: &Settings, folder: &Path, fdatasync: Duration) -> Self {
        Self {
            setting: setting(settings, folder, fdatasync),
            has_limits: settings.database_url.is_none(),
            rows: Vec::new(),
            facts: Vec::new(),
            growth: None,
        }
    }

    pub(crate) fn row(&mut self, row: Row) {
        eprintln!("{}", self.line(&row));
        if let Some(wrong) = &row.measured.first_wrong {
            eprintln!("    {} wrong, the first: {wrong}", row.measured.wrong);
        }
        self.rows.push(row);
    }

    pub(crate) fn fact(&mut self, fact: Fact) {
        eprintln!("{}", fact_line(&fact));
        self.facts.push(fact);
    }

    /// Says that what follows repeats the rows so far.
    pub(crate) fn begin_growth(&mut self) {
        self.growth = Some(self.rows.len());
    }

    /// Returns all as Markdown.
    pub(crate) fn to_markdown(&self) -> String {
        let mut text = format!(
            "{}\n\n| operation | op/s | p50 ms | p99 ms | CPU µs | × nothing | pass | aim | wrong | others |{}\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|{}\n",
            self.setting,
            if self.growth.is_some() {
                " × before |"
            } else {
                ""
            },
            if self.growth.is_some() { "--:|" } else { "" },
        );
        for (n, row) in self.rows.iter().enumerate() {
            text.push_str(&self.line(row));
            if let Some(growth) = self.growth {
                let before = self.rows[..growth.min(n)]
                    .iter()
                    .find(|before| before.name == row.name);
                let ratio = before.map_or_else(String::new, |before| {
                    format!(
                        "{:.2}",
                        row.measured.cpu_each() / before.measured.cpu_each()
                    )
                });
                let _ = write!(text, " {ratio} |");
            }
            text.push('\n');
        }
        text.push_str("\n| | | wanted | |\n|---|---|---|---|\n");
        for fact in &self.facts {
            text.push_str(&fact_line(fact));
            text.push('\n');
        }
        text
    }

    fn line(&self, row: &Row) -> String {
        let cpu = row.measured.cpu_each();
        let limits = LIMITS
            .iter()
            .find(|(name, ..)| self.has_limits && *name == row.name);
        let mark = |most: f64| format!("≤ {most} {}", sign(cpu <= most && row.measured.wrong == 0));
        let (pass, aim) =
            limits.map_or_else(Default::default, |(_, pass, aim)| (mark(*pass), mark(*aim)));
        format!(
            "| {:<25} | {:>8.0} | {:>7.2} | {:>7.2} | {cpu:>7.0} | {:>6.1} | {pass:>9} | {aim:>8} | {:>3} | {:>5.2} |",
            row.name,
            row.measured.per_second(),
            row.measured.quantile(0.5),
            row.measured.quantile(0.99),
            cpu / row.noop,
            row.measured.wrong,
            row.measured.cores_elsewhere(),
        )
    }
}

fn sign(holds: bool) -> &'static str {
    if holds { "✓" } else { "✗" }
}

fn fact_line(fact: &Fact) -> String {
    let holds = fact.holds.map_or("", sign);
    format!(
        "| {} | {} | {} | {holds} |",
        fact.name, fact.value, fact.wanted
    )
}

/// Says on what was measured: machine, disk, database, date, commit, load.
fn setting(settings: &Settings, folder: &Path, fdatasync: Duration) -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let cpus = read("/proc/cpuinfo");
    let mut models = cpus
        .lines()
        .filter_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = models.next().map_or("unknown CPU", |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let kernel = read("/proc/sys/kernel/osrelease");
    let database = match (&settings.url, &settings.database_url) {
        (Some(url), _) => format!("the server at {url}"),
        (None, Some(_)) => "PostgreSQL; CPU includes its processes'".to_owned(),
        (None, None) => "SQLite".to_owned(),
    };
    format!(
        "{}, commit {}, {database}. {model}, {cores} cores, Linux {}, {}, fdatasync {:.2} ms. {} users, {} members, {} connections, {} s a row. *Others*: cores that other processes kept busy meanwhile.",
        chrono::Utc::now().format("%Y-%m-%d"),
        commit(),
        kernel.trim(),
        file_system(folder),
        fdatasync.as_secs_f64() * 1e3,
        settings.users,
        settings.members,
        settings.connections,
        settings.seconds,
    )
}

fn commit() -> String {
    let output = Command::new("git")
        .args(["describe", "--always", "--dirty"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output();
    output.map_or_else(
        |_| "unknown".to_owned(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}

/// Returns the type of the file system that a folder is on.
fn file_system(folder: &Path) -> String {
    let mounts = fs::read_to_string("/proc/mounts").unwrap_or_default();
    let mounts = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(1);
        Some((fields.next()?, fields.next()?))
    });
    let holding = mounts.filter(|(place, _)| folder.starts_with(place));
    holding
        .max_by_key(|(place, _)| place.len())
        .map_or_else(|| "unknown".to_owned(), |(_, kind)| kind.to_owned())
}

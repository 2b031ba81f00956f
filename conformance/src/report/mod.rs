//! What a run found, and the forms in which it is shown.

pub mod badge;
pub mod cause;
pub mod compare;
pub mod html;
pub mod junit;
pub mod markdown;
mod paint;
pub mod redact;
pub mod score;
pub mod text;
mod words;

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::check::{Finding, Level, Profile};
use crate::exchange::Exchange;
use compare::Comparison;

/// A form in which a report is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For a terminal.
    Text,
    /// All that was found, for programs and for --baseline.
    Json,
    /// For CI systems.
    Junit,
    /// A page in a single file.
    Html,
    /// A summary for a pull request or a README.
    Markdown,
    /// A badge, as SVG.
    Badge,
}

impl Format {
    /// The form that the ending of a file's name asks for.
    pub fn of_file(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        Some(match ending.as_str() {
            "txt" => Self::Text,
            "json" => Self::Json,
            "xml" => Self::Junit,
            "html" | "htm" => Self::Html,
            "md" => Self::Markdown,
            "svg" => Self::Badge,
            _ => return None,
        })
    }

    /// A report in this form; colours are for terminals, and only text has them.
    pub fn render(self, report: &Report, colours: bool) -> String {
        match self {
            Self::Text => text::render(report, colours),
            Self::Json => serde_json::to_string_pretty(report).unwrap_or_default() + "\n",
            Self::Junit => junit::render(report),
            Self::Html => html::render(report),
            Self::Markdown => markdown::render(report),
            Self::Badge => badge::render(report),
        }
    }
}

/// What a run found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// The version of this suite.
    pub version: String,
    /// The server's base URL.
    pub base_url: String,
    /// When the run began (RFC 3339).
    pub started: String,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// The profiles that were asked for.
    pub profiles: Vec<Profile>,
    /// The server's resource types, `User` and so on.
    pub resource_types: Vec<String>,
    /// What was assumed because the server does not say it of itself.
    pub assumptions: Vec<String>,
    /// Whether the run was ended before its end.
    pub interrupted: bool,
    /// How many checks were to run; there are as many results unless it was interrupted.
    pub planned: usize,
    /// What is worse and better than in an earlier report, if there is one to compare with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
    /// What each check found, in the catalogue's order.
    pub results: Vec<CheckResult>,
}

/// What a check found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CheckResult {
    /// The check's id; followed by `[Device]` where it ran for a resource type.
    pub id: String,
    /// Its line in the catalogue.
    pub line: String,
    /// Its area, `patch`.
    pub area: String,
    /// How much its rule binds.
    pub level: Level,
    /// Its rule in our own words.
    pub rule: String,
    /// Where the rule stands.
    pub source: String,
    /// What came of it.
    pub outcome: Outcome,
    /// What is not right, if something is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finding: Option<Finding>,
    /// Why it could not be found out, if it could not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What the check remarks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What was sent and what came, of a check that did not pass.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<Exchange>,
    /// How long it took, in milliseconds.
    pub millis: u64,
}

/// What came of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The rule is kept.
    Pass,
    /// A rule that must be kept is not.
    Fails,
    /// A rule that should be kept, or that an identity provider needs, is not.
    Deviates,
    /// The server says that it does not offer this.
    NotOffered,
    /// A precondition failed.
    Blocked,
    /// The fault is ours.
    Broken,
}

impl Outcome {
    /// All outcomes, the best first.
    pub const ALL: [Self; 6] = [
        Self::Pass,
        Self::Fails,
        Self::Deviates,
        Self::NotOffered,
        Self::Blocked,
        Self::Broken,
    ];

    /// Its name, as reports print it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fails => "fails",
            Self::Deviates => "deviates",
            Self::NotOffered => "not offered",
            Self::Blocked => "blocked",
            Self::Broken => "broken",
        }
    }

    /// Its name as a word of CSS.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::NotOffered => "not-offered",
            other => other.name(),
        }
    }

    /// Whether something is to be done about it.
    pub fn is_bad(self) -> bool {
        !matches!(self, Self::Pass | Self::NotOffered)
    }

    /// Whether it says something of the server, or of us.
    pub fn is_judged(self) -> bool {
        !matches!(self, Self::NotOffered | Self::Blocked)
    }
}

impl CheckResult {
    /// The exchange that shows what is wrong.
    pub fn shown(&self) -> Option<&Exchange> {
        self.exchanges.get(self.finding.as_ref()?.exchange)
    }

    /// What was found, or why nothing could be found; empty for a check that passed.
    pub fn words(&self) -> String {
        match (&self.finding, &self.reason) {
            (Some(finding), _) => finding.to_string(),
            (None, Some(reason)) => reason.clone(),
            (None, None) => String::new(),
        }
    }
}

impl Report {
    /// How many checks came to this.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.results
            .iter()
            .filter(|it| it.outcome == outcome)
            .count()
    }

    /// The areas, in the catalogue's order.
    pub fn areas(&self) -> Vec<&str> {
        let mut areas: Vec<&str> = Vec::new();
        for result in &self.results {
            if !areas.contains(&result.area.as_str()) {
                areas.push(&result.area);
            }
        }
        areas
    }

    /// The results of an area.
    pub fn of_area(&self, area: &str) -> impl Iterator<Item = &CheckResult> {
        self.results.iter().filter(move |it| it.area == area)
    }
}

/// The title of an area, `Creating`; its name if no catalogue knows it.
pub(crate) fn title(area: &str) -> &str {
    let mut areas = crate::catalogue::AREAS.iter();
    areas.find(|it| it.name == area).map_or(area, |it| it.title)
}

//! What is worse and what is better than before.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{Outcome, Report};

/// What is different from an earlier report.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// When the run of the earlier report began (RFC 3339).
    pub before: String,
    /// Passed or was not offered then, and does not pass now.
    pub worse: Vec<Change>,
    /// Did not pass then, and passes or is not offered now.
    pub better: Vec<Change>,
    /// Did not pass then, and does not pass now.
    pub as_bad: Vec<Change>,
    /// Does not pass now, and is not in the earlier report.
    pub new: Vec<Change>,
}

/// What came of a check then, and now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The check's id.
    pub id: String,
    /// What came of it then; nothing if it was not run.
    pub before: Option<Outcome>,
    /// What came of it now.
    pub now: Outcome,
}

impl Comparison {
    /// Compares a report with an earlier one.
    pub fn new(before: &Report, now: &Report) -> Self {
        let then: HashMap<&str, Outcome> = before
            .results
            .iter()
            .map(|it| (it.id.as_str(), it.outcome))
            .collect();
        let mut comparison = Self {
            before: before.started.clone(),
            ..Self::default()
        };
        for result in &now.results {
            let before = then.get(result.id.as_str()).copied();
            let place = match (before.map(Outcome::is_bad), result.outcome.is_bad()) {
                (Some(false), true) => &mut comparison.worse,
                (Some(true), false) => &mut comparison.better,
                (Some(true), true) => &mut comparison.as_bad,
                (None, true) => &mut comparison.new,
                (_, false) => continue,
            };
            place.push(Change {
                id: result.id.clone(),
                before,
                now: result.outcome,
            });
        }
        comparison
    }

    /// Its parts with their headings, the worst first.
    pub fn parts(&self) -> [(&'static str, &[Change]); 4] {
        [
            ("worse than before", &self.worse),
            ("not in the report of before, and not right", &self.new),
            ("still as bad", &self.as_bad),
            ("better than before", &self.better),
        ]
    }
}

impl Change {
    /// `pass, now fails`.
    pub fn words(&self) -> String {
        match self.before {
            Some(before) if before == self.now => self.now.name().to_owned(),
            Some(before) => format!("{}, now {}", before.name(), self.now.name()),
            None => self.now.name().to_owned(),
        }
    }
}

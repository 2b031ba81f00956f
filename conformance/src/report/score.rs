//! Counts.

use super::{CheckResult, Outcome, Report};
use crate::check::Level;

/// How many checks passed, and of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Those that passed.
    pub passed: usize,
    /// All but what the server does not offer: what is blocked or broken has not passed.
    pub of: usize,
    /// What the server does not offer.
    pub not_offered: usize,
    /// Those that fail or are broken.
    pub failed: usize,
}

impl Score {
    /// Counts results.
    pub fn of<'a>(results: impl Iterator<Item = &'a CheckResult>) -> Self {
        let mut score = Self::default();
        for result in results {
            match result.outcome {
                Outcome::NotOffered => score.not_offered += 1,
                _ => score.of += 1,
            }
            score.passed += usize::from(result.outcome == Outcome::Pass);
            score.failed += usize::from(matches!(result.outcome, Outcome::Fails | Outcome::Broken));
        }
        score
    }

    /// Whether all passed, and there were any.
    pub fn is_full(self) -> bool {
        self.of > 0 && self.passed == self.of
    }

    /// `12/14`; a dash if nothing applies.
    pub fn fraction(self) -> String {
        match self.of {
            0 => "–".to_owned(),
            of => format!("{}/{of}", self.passed),
        }
    }
}

impl Report {
    /// The score of the rules that bind so much.
    pub fn score(&self, level: Level) -> Score {
        Score::of(self.results.iter().filter(|it| it.level == level))
    }

    /// The levels of which there are checks, the most binding first.
    pub fn levels(&self) -> Vec<Level> {
        let there = |level: &Level| self.results.iter().any(|it| it.level == *level);
        Level::ALL.into_iter().filter(there).collect()
    }

    /// The counts in one line: `212 of 215 MUST pass; 3 fail, 4 deviate, …`.
    pub fn total(&self) -> String {
        let must = self.score(Level::Must);
        let mut parts = vec![format!("{} of {} MUST pass", must.passed, must.of)];
        for (outcome, one, several) in [
            (Outcome::Fails, "fails", "fail"),
            (Outcome::Deviates, "deviates", "deviate"),
            (Outcome::Blocked, "blocked", "blocked"),
            (Outcome::Broken, "broken", "broken"),
            (Outcome::NotOffered, "not offered", "not offered"),
        ] {
            match self.count(outcome) {
                0 => {}
                1 => parts.push(format!("1 {one}")),
                n => parts.push(format!("{n} {several}")),
            }
        }
        let checks = self.results.len();
        let word = if checks == 1 { "check" } else { "checks" };
        parts.push(format!("{checks} {word} in {:.1} s", self.seconds));
        parts.join(", ")
    }
}

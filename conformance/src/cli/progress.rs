//! How far a run is, on a terminal.

use std::io::{IsTerminal as _, stderr};
use std::sync::{Mutex, PoisonError};

use crate::report::{CheckResult, Outcome};

/// How many cells the bar has.
const CELLS: usize = 30;

/// A bar on standard error; nothing if that is no terminal.
#[derive(Debug)]
pub(super) struct Progress {
    is_shown: bool,
    of: usize,
    /// How many checks are over, and how many of those fail or are broken.
    counts: Mutex<(usize, usize)>,
}

impl Progress {
    /// A bar for so many checks.
    pub(super) fn new(of: usize) -> Self {
        Self {
            is_shown: stderr().is_terminal(),
            of,
            counts: Mutex::default(),
        }
    }

    /// Shows that a check is over.
    pub(super) fn done(&self, result: &CheckResult) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.0 += 1;
        counts.1 += usize::from(matches!(result.outcome, Outcome::Fails | Outcome::Broken));
        if self.is_shown {
            let (done, bad) = *counts;
            let cells = done * CELLS / self.of.max(1);
            let bar = "█".repeat(cells) + &"░".repeat(CELLS.saturating_sub(cells));
            let bad = match bad {
                0 => String::new(),
                n => format!(", {n} fail"),
            };
            eprint!("\r\u{1b}[2K{bar} {done}/{}{bad}  {}", self.of, result.area);
        }
    }

    /// Takes the bar away.
    pub(super) fn end(&self) {
        if self.is_shown {
            eprint!("\r\u{1b}[2K");
        }
    }
}

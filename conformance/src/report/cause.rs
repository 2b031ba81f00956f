//! Checks that say the same, together: one cause often breaks many rules.

use super::{CheckResult, Outcome, Report};
use crate::lab::PREFIX;

/// Checks that found the same.
#[derive(Clone, Debug)]
pub struct Cause<'a> {
    /// The check that stands for all.
    pub first: &'a CheckResult,
    /// The others, in the catalogue's order.
    pub others: Vec<&'a CheckResult>,
}

impl Cause<'_> {
    /// How many checks it has.
    pub fn count(&self) -> usize {
        1 + self.others.len()
    }
}

/// The causes of these outcomes: the most binding rules first, and of those the causes with the
/// most checks.
pub fn causes<'a>(report: &'a Report, outcomes: &[Outcome]) -> Vec<Cause<'a>> {
    let mut causes: Vec<(String, Cause<'a>)> = Vec::new();
    let meant = |it: &&CheckResult| outcomes.contains(&it.outcome);
    for result in report.results.iter().filter(meant) {
        let key = format!("{} {}", result.level, unnamed(&result.words()));
        match causes.iter_mut().find(|(other, _)| *other == key) {
            Some((_, cause)) => cause.others.push(result),
            None => causes.push((
                key,
                Cause {
                    first: result,
                    others: Vec::new(),
                },
            )),
        }
    }
    let mut causes: Vec<Cause<'a>> = causes.into_iter().map(|(_, cause)| cause).collect();
    causes.sort_by_key(|it| (it.first.level, usize::MAX - it.count()));
    causes
}

/// Notes with the checks that make them, each check once.
pub fn notes(report: &Report) -> Vec<(String, Vec<&CheckResult>)> {
    let mut notes: Vec<(String, Vec<&CheckResult>)> = Vec::new();
    for result in &report.results {
        for note in &result.notes {
            match notes.iter_mut().find(|(other, _)| other == note) {
                Some((_, results)) => {
                    if results.iter().all(|it| it.id != result.id) {
                        results.push(result);
                    }
                }
                None => notes.push((note.clone(), vec![result])),
            }
        }
    }
    notes
}

/// A text without the names and ids that are others in each check.
fn unnamed(text: &str) -> String {
    let words = text.split_inclusive([' ', '"', '/', ',', ')']).map(|word| {
        let lower = word.to_lowercase();
        let is_id = word.len() > 12 && word.chars().filter(char::is_ascii_digit).count() > 3;
        if is_id || lower.contains(PREFIX) {
            "·"
        } else {
            word
        }
    });
    words.collect()
}

#[cfg(test)]
mod tests {
    use super::unnamed;

    #[test]
    fn names_and_ids_do_not_make_another_cause() {
        let one = "got status 409 (\"scimconf-0a1b2c3d-17-1\" is taken by 2819c223-7f76-453a)";
        let other = "got status 409 (\"scimconf-0a1b2c3d-18-2\" is taken by 0e4a8a90-12bb-99f1)";
        assert_eq!(unnamed(one), unnamed(other));
        assert_ne!(unnamed("got status 409"), unnamed("got status 400"));
    }
}

//! Which checks are meant.

use std::collections::{BTreeSet, HashSet};

use super::Arguments;
use crate::catalogue::{AREAS, Area, is_meant};
use crate::check::{Check, Level};

/// So alike are words that one is offered for the other, of 1.
const ALIKE: f64 = 0.45;

/// How many words are offered.
const OFFERED: usize = 3;

/// What the words of --only and --skip mean.
#[derive(Debug)]
pub(super) struct Choice {
    only: Vec<String>,
    skip: Vec<String>,
}

impl Choice {
    /// Reads the words.
    ///
    /// # Errors
    /// If one means no check; the error names words that are like it.
    pub(super) fn new(arguments: &Arguments) -> Result<Self, String> {
        let known = |words: &[String]| words.iter().map(|it| known(it)).collect();
        let only: Result<Vec<String>, String> = known(&arguments.only);
        Ok(Self {
            only: only?,
            skip: known(&arguments.skip)?,
        })
    }

    /// Whether nothing is left out.
    pub(super) fn is_all(&self) -> bool {
        self.only.is_empty() && self.skip.is_empty()
    }

    /// Whether a check is to be listed: profiles and options switch nothing off.
    pub(super) fn lists(&self, area: &Area, check: &Check) -> bool {
        let meant = |words: &[String]| words.iter().any(|it| is_meant(it, area, check));
        (self.only.is_empty() || meant(&self.only)) && !meant(&self.skip)
    }

    /// Whether a check is to be run.
    pub(super) fn runs(&self, arguments: &Arguments, area: &Area, check: &Check) -> bool {
        let named = self.only.iter().any(|it| names(it, area, check));
        self.lists(area, check) && (named || is_on(arguments, area, check))
    }
}

/// Whether a check runs if nobody names it.
fn is_on(arguments: &Arguments, area: &Area, check: &Check) -> bool {
    let profiles = check.profiles;
    let of_profile = profiles.iter().any(|it| arguments.profile.contains(it));
    (profiles.is_empty() || of_profile)
        && (area.name != "race" || arguments.race)
        && (area.name != "scale" || arguments.scale.is_some())
}

/// Whether a word means a check by its own name, its line or its area: a level or a section
/// means many, and does not switch on what is off.
fn names(word: &str, area: &Area, check: &Check) -> bool {
    let (place, name) = check.id.split_once('/').unwrap_or_default();
    let vendor = (!place.starts_with("rfc")).then_some(place);
    is_meant(word, area, check)
        && !is_level(word)
        && [check.id, name, check.line, area.name]
            .into_iter()
            .chain(vendor)
            .any(|it| it.eq_ignore_ascii_case(word))
}

fn is_level(word: &str) -> bool {
    let mut levels = Level::ALL.iter();
    levels.any(|it| it.name().eq_ignore_ascii_case(word))
}

/// The word, without the resource type that a report writes after an id.
fn known(word: &str) -> Result<String, String> {
    let word = word.trim();
    let word = match word.split_once('[') {
        Some((id, rest)) if rest.ends_with(']') => id,
        _ => word,
    };
    let checks = || {
        AREAS
            .iter()
            .flat_map(|area| area.checks.iter().map(move |it| (area, it)))
    };
    let is_area = AREAS.iter().any(|it| it.name.eq_ignore_ascii_case(word));
    if is_area || is_level(word) || checks().any(|(area, it)| is_meant(word, area, it)) {
        return Ok(word.to_owned());
    }
    let mut all: BTreeSet<&str> = Level::ALL.iter().map(|it| it.name()).collect();
    for (area, check) in checks() {
        let (place, name) = check.id.split_once('/').unwrap_or_default();
        all.extend([area.name, check.id, check.line, place, name]);
    }
    let mut near: Vec<(f64, &str)> = all
        .into_iter()
        .map(|other| (likeness(word, other), other))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .collect();
    near.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let near: Vec<&str> = near.into_iter().map(|(_, it)| it).take(OFFERED).collect();
    let hint = match near.as_slice() {
        [] => "--list shows all of them".to_owned(),
        near => format!("near it: {}; --list shows all of them", near.join(", ")),
    };
    Err(format!("no check is meant by {word:?}; {hint}"))
}

/// The share of pairs of letters that two words have in common (Dice's coefficient).
fn likeness(one: &str, other: &str) -> f64 {
    let pairs = |word: &str| -> HashSet<(char, char)> {
        let letters: Vec<char> = format!("^{}$", word.to_lowercase()).chars().collect();
        letters
            .iter()
            .copied()
            .zip(letters.iter().skip(1).copied())
            .collect()
    };
    let (one, other) = (pairs(one), pairs(other));
    let count = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    2.0 * count(one.intersection(&other).count()) / count(one.len() + other.len())
}

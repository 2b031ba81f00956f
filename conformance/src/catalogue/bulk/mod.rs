//! Bulk (RFC 7644 §3.7).

mod answer;
mod effect;
mod failures;
mod limits;
mod malformed;
mod references;
mod request;

use super::patch::gather::{count, gather};
use crate::check::{Check, Feature};

/// Lines of the catalogue without a check, and why.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[];

pub(super) const CHECKS: &[Check] = &gather::<{ count(TABLES) }>(TABLES);

const TABLES: &[&[Check]] = &[
    answer::CHECKS,
    references::CHECKS,
    failures::CHECKS,
    malformed::CHECKS,
    limits::CHECKS,
    effect::CHECKS,
];

/// What most of these checks need.
const USERS: &[Feature] = &[Feature::Bulk, Feature::User];
/// What checks of references need.
const GROUPS: &[Feature] = &[Feature::Bulk, Feature::User, Feature::Group];

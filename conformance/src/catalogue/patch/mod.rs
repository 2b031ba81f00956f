//! PATCH (RFC 7644 §3.5.2).

mod add;
mod atomic;
pub(super) mod attributes;
mod entra;
mod extension;
mod filters;
pub(super) mod gather;
mod mutability;
mod paths;
mod primary;
mod providers;
mod random;
mod remove;
mod replace;
mod replace_chosen;
mod request;
pub(super) mod steps;
mod values;

use crate::check::{Check, Feature};
use gather::{count, gather};

/// Lines of the catalogue without a check, and why.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[];

pub(super) const CHECKS: &[Check] = &gather::<{ count(TABLES) }>(TABLES);

const TABLES: &[&[Check]] = &[
    request::CHECKS,
    atomic::CHECKS,
    add::CHECKS,
    replace::CHECKS,
    replace_chosen::CHECKS,
    remove::CHECKS,
    primary::CHECKS,
    paths::CHECKS,
    filters::CHECKS,
    extension::CHECKS,
    values::CHECKS,
    mutability::CHECKS,
    entra::CHECKS,
    providers::CHECKS,
    random::CHECKS,
];

/// What most of these checks need.
const USERS: &[Feature] = &[Feature::Patch, Feature::User];
/// What checks need that run for each resource type.
const ANY: &[Feature] = &[Feature::Patch];

//! Bulk.

use crate::check::Check;

/// Lines of the catalogue without a check, and why.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[];

pub(super) const CHECKS: &[Check] = &[];

//! OneLogin: an administrator's JSON template, in which parameters without a value are empty
//! strings, and whose default URNs are older than the RFC. Source: OneLogin's "Create a SCIM
//! app" and logged requests.

use super::Quirk;

/// What is forgiven to OneLogin alone.
pub(super) const OWN: &[Quirk] = &[];

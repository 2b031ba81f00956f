//! Google Workspace: the SCIM 1.0 core URN beside the 2.0 one. Source: create requests on
//! record with vendors of its catalogue.

use super::Quirk;

/// What is forgiven to Google Workspace alone.
pub(super) const OWN: &[Quirk] = &[];

//! Microsoft Entra ID: `op` and booleans as capitalised strings, one operation for each
//! attribute, value paths on elements that do not exist yet, members removed by a value list;
//! with `?aadOptscim062020`, path-less values with dotted, bracketed and URN keys. Sources:
//! Microsoft's "Develop and plan provisioning for a SCIM endpoint" and "Known issues and
//! resolutions with SCIM 2.0 protocol compliance".

use super::Quirk;

/// What is forgiven to Entra alone.
pub(super) const OWN: &[Quirk] = &[Quirk::JsonValues];

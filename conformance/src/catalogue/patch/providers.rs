//! What Okta and others send in PATCH requests.

use serde_json::json;

use super::steps::after;
use crate::check::Feature::{Group, Patch};
use crate::check::Profile::Okta;
use crate::check::{Check, Verdict, idp};
use crate::lab::Lab;

pub(super) const CHECKS: &[Check] = &[
    idp(
        "J27",
        "okta/replace-without-path-with-own-id",
        "replace without a path whose value has the resource's own id beside other attributes changes the others.",
        &[Okta],
        with_own_id,
    )
    .needs(&[Patch, Group]),
];

fn with_own_id(lab: &Lab<'_>) -> Verdict {
    let (group, new) = (lab.group(&[])?, lab.name());
    let value = json!({ "id": group.id, "displayName": new });
    let now = after(lab, &group, [json!({ "op": "replace", "value": value })])?;
    now.has("displayName", new)?;
    now.has("id", group.id.as_str())
}

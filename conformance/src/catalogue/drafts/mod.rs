//! Drafts: draft-ietf-scim-interop-profile and the IPSIE SCIM profile.

mod interop;
mod ipsie;

use crate::check::Feature::{Filter, Group, Patch, User};
use crate::check::Profile::{Interop, Ipsie};
use crate::check::{Check, draft};

/// Lines of the catalogue without a check, and why.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[
    (
        "W9",
        "429 with Retry-After: whether there is a limit is known only once it is reached, which takes longer than a run may",
    ),
    (
        "U17",
        "a whole minute of requests takes longer than a run may: as many as belong to one second are tried",
    ),
];

pub(super) const CHECKS: &[Check] = &[
    draft(
        "W1",
        "interop/says-whether-it-conforms",
        "interopProfileConformant is a boolean or absent, and true only where undefined attributes and operations without a path are refused.",
        &[Interop],
        interop::says_whether_it_conforms,
    )
    .needs(&[User]),
    draft(
        "W2",
        "interop/undefined-attribute-in-post",
        "A POST with an attribute that no schema defines is refused with 400 invalidSyntax.",
        &[Interop],
        interop::undefined_attribute_in_post,
    )
    .needs(&[User]),
    draft(
        "W2",
        "interop/undefined-attribute-in-put",
        "A PUT with an attribute that no schema defines is refused with 400 invalidSyntax.",
        &[Interop],
        interop::undefined_attribute_in_put,
    )
    .needs(&[User]),
    draft(
        "W2",
        "interop/undefined-attribute-in-patch",
        "A PATCH of an attribute that no schema defines is refused with 400.",
        &[Interop],
        interop::undefined_attribute_in_patch,
    )
    .needs(&[Patch, User]),
    draft(
        "W2",
        "interop/undefined-schema",
        "A POST with a schema that is not published is refused with 400 invalidSyntax.",
        &[Interop],
        interop::undefined_schema,
    )
    .needs(&[User]),
    draft(
        "W3",
        "interop/types-have-canonical-values",
        "Each sub-attribute type is published with canonicalValues.",
        &[Interop],
        interop::types_have_canonical_values,
    ),
    draft(
        "W4",
        "interop/operation-without-path",
        "A PATCH operation without a path is refused with 400 invalidSyntax.",
        &[Interop],
        interop::operation_without_path,
    )
    .needs(&[Patch, User]),
    draft(
        "W5",
        "interop/eq-and-and",
        "Filters with eq and with and find what they should.",
        &[Interop],
        interop::eq_and_and,
    )
    .needs(&[User]),
    draft(
        "W5",
        "interop/unknown-attribute-in-filter",
        "A filter on an attribute that no schema defines is refused with 400 invalidFilter.",
        &[Interop],
        interop::unknown_attribute_in_filter,
    )
    .needs(&[User]),
    draft(
        "W6",
        "interop/delete-is-hard",
        "A deleted user is gone, and its userName is free.",
        &[Interop],
        interop::delete_is_hard,
    )
    .needs(&[User]),
    draft(
        "W6",
        "interop/patch-never-deletes",
        "A user that is made inactive by PATCH can still be read.",
        &[Interop],
        interop::patch_never_deletes,
    )
    .needs(&[Patch, User]),
    draft(
        "W7",
        "ipsie/users-are-reactivated",
        "A user that was deactivated can be activated again (AL1).",
        &[Ipsie],
        ipsie::users_are_reactivated,
    )
    .needs(&[Patch, User]),
    draft(
        "W7",
        "ipsie/lookups",
        "Users are found by userName, externalId, emails[value eq] and emails[type eq and value eq] (AL1).",
        &[Ipsie],
        ipsie::lookups,
    )
    .needs(&[User]),
    draft(
        "W8",
        "ipsie/users-have-the-attributes",
        "A User has displayName, active and externalId, and they come back (AL2).",
        &[Ipsie],
        ipsie::users_have_the_attributes,
    )
    .needs(&[User]),
    draft(
        "W8",
        "ipsie/no-password",
        "The User's schema has no password (AL2).",
        &[Ipsie],
        ipsie::no_password,
    )
    .needs(&[User]),
    draft(
        "W8",
        "ipsie/groups-without-members",
        "A group may have no members (AL2).",
        &[Ipsie],
        ipsie::groups_without_members,
    )
    .needs(&[Group]),
    draft(
        "W8",
        "ipsie/groups-by-member",
        "A filter members[value eq] finds the groups of a user (AL2).",
        &[Ipsie],
        ipsie::groups_by_member,
    )
    .needs(&[Filter, Group, User]),
    draft(
        "W8",
        "ipsie/fifty-operations-on-members",
        "One PATCH may have fifty operations on members (AL2).",
        &[Ipsie],
        ipsie::fifty_operations_on_members,
    )
    .needs(&[Group, Patch, User]),
    draft(
        "W8",
        "ipsie/bulk",
        "Bulk is offered, and makes what it is told to (AL2).",
        &[Ipsie],
        ipsie::bulk,
    )
    .needs(&[User]),
    draft(
        "U17",
        "ipsie/twenty-five-requests",
        "Twenty-five requests in a row are answered without a failure.",
        &[Ipsie],
        ipsie::twenty_five_requests,
    )
    .needs(&[User]),
];

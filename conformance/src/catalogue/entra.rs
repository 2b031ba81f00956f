//! Microsoft Entra ID: what it sends is in `flows/entra.json`.

use crate::check::Check;
use crate::check::Feature::{Filter, Group, Patch, User};
use crate::flow::flow;

const SCRIPT: &str = include_str!("../../flows/entra.json");

/// Lines of the catalogue without a check, and why.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[];

pub(super) const CHECKS: &[Check] = &[
    flow!(
        SCRIPT,
        Entra,
        "U1",
        "entra/test-connection",
        "A lookup of a user that cannot exist is answered with 200 and an empty list.",
    )
    .needs(&[Filter, User]),
    flow!(
        SCRIPT,
        Entra,
        "U1",
        "entra/test-connection-of-groups",
        "A lookup of a group that cannot exist is answered with 200 and an empty list.",
    )
    .needs(&[Filter, Group]),
    flow!(
        SCRIPT,
        Entra,
        "U8",
        "entra/schema-discovery",
        "GET /Schemas is answered with a list that has the User's schema.",
    )
    .needs(&[User]),
    flow!(
        SCRIPT,
        Entra,
        "U2",
        "entra/create-user",
        "A user is created with externalId, both schemas and values that come back as they were sent.",
    )
    .needs(&[Filter, User]),
    flow!(
        SCRIPT,
        Entra,
        "U2",
        "entra/create-with-text-booleans",
        "The text True is taken as a role's primary, and comes back as a boolean.",
    )
    .needs(&[User]),
    flow!(
        SCRIPT,
        Entra,
        "U2",
        "entra/create-with-three-telephones",
        "Telephone numbers of three types come back.",
    )
    .needs(&[User]),
    flow!(
        SCRIPT,
        Entra,
        "U8",
        "entra/find-by-user-name",
        "A user is found by userName.",
    )
    .needs(&[Filter, User]),
    flow!(
        SCRIPT,
        Entra,
        "U8",
        "entra/find-in-another-case",
        "A userName is found in any case.",
    )
    .needs(&[Filter, User]),
    flow!(
        SCRIPT,
        Entra,
        "U8",
        "entra/find-by-external-id",
        "A user is found by externalId.",
    )
    .needs(&[Filter, User]),
    flow!(
        SCRIPT,
        Entra,
        "U8",
        "entra/create-existing-user",
        "A user that exists is refused with 409, and there is still one.",
    )
    .needs(&[Filter, User]),
    flow!(
        SCRIPT,
        Entra,
        "U3",
        "entra/update-user",
        "Replace, with a capital, changes simple attributes, sub-attributes and the value of an element.",
    )
    .needs(&[Filter, Patch, User]),
    flow!(
        SCRIPT,
        Entra,
        "U3",
        "entra/add-value-that-is-absent",
        "Add at an element that is not there creates it with the type of the filter.",
    )
    .needs(&[Filter, Patch, User]),
    flow!(
        SCRIPT,
        Entra,
        "U3",
        "entra/add-and-remove-attribute",
        "Add sets and Remove takes away a simple attribute.",
    )
    .needs(&[Filter, Patch, User]),
    flow!(
        SCRIPT,
        Entra,
        "U3",
        "entra/update-extension",
        "Attributes of the enterprise extension are replaced by their full names.",
    )
    .needs(&[Filter, Patch, User]),
    flow!(
        SCRIPT,
        Entra,
        "U2",
        "entra/link-manager",
        "A manager is set by a bare text, and comes back as the complex attribute.",
    )
    .needs(&[Filter, Patch, User]),
    flow!(
        SCRIPT,
        Entra,
        "U3",
        "entra/remove-manager",
        "A manager is removed.",
    )
    .needs(&[Filter, Patch, User]),
    flow!(
        SCRIPT,
        Entra,
        "U8",
        "entra/rename-user",
        "A userName is replaced; the new one is found and the old one is free.",
    )
    .needs(&[Filter, Patch, User]),
    flow!(
        SCRIPT,
        Entra,
        "U8",
        "entra/update-several-at-once",
        "Many operations on different attributes are done in one request.",
    )
    .needs(&[Filter, Patch, User]),
    flow!(
        SCRIPT,
        Entra,
        "U4",
        "entra/flag-add",
        "With the flag: add without a path sets an attribute.",
    )
    .needs(&[Filter, Patch, User]),
    flow!(
        SCRIPT,
        Entra,
        "U4",
        "entra/flag-update",
        "With the flag: names with dots and URNs, in an operation without a path, are paths.",
    )
    .needs(&[Filter, Patch, User]),
    flow!(
        SCRIPT,
        Entra,
        "U4",
        "entra/flag-disable",
        "With the flag: a boolean disables a user.",
    )
    .needs(&[Filter, Patch, User]),
    flow!(
        SCRIPT,
        Entra,
        "U5",
        "entra/disable-user",
        "The text False disables a user, who is still found.",
    )
    .needs(&[Filter, Patch, User]),
    flow!(
        SCRIPT,
        Entra,
        "U5",
        "entra/restore-user",
        "The text True enables a user again.",
    )
    .needs(&[Filter, Patch, User]),
    flow!(
        SCRIPT,
        Entra,
        "U5",
        "entra/delete-user",
        "A user is deleted for good.",
    )
    .needs(&[Filter, User]),
    flow!(
        SCRIPT,
        Entra,
        "U5",
        "entra/delete-disabled-user",
        "A user that is disabled is deleted for good.",
    )
    .needs(&[Filter, Patch, User]),
    flow!(
        SCRIPT,
        Entra,
        "U5",
        "entra/delete-user-twice",
        "A second deletion is answered with 404.",
    )
    .needs(&[Filter, User]),
    flow!(
        SCRIPT,
        Entra,
        "U8",
        "entra/delete-unknown-user",
        "The deletion of a user that cannot exist is answered with 404.",
    )
    .needs(&[User]),
    flow!(
        SCRIPT,
        Entra,
        "U5",
        "entra/create-user-again",
        "Who was deleted can be created again with the same names, and gets another id.",
    )
    .needs(&[Filter, User]),
    flow!(
        SCRIPT,
        Entra,
        "U7",
        "entra/reads-its-writes",
        "What was written is seen at once, by GET and by lookups.",
    )
    .needs(&[Filter, Patch, User]),
    flow!(
        SCRIPT,
        Entra,
        "U16",
        "entra/patch-sent-twice",
        "An addition that is sent again adds nothing.",
    )
    .needs(&[Filter, Patch, User]),
    flow!(
        SCRIPT,
        Entra,
        "U6",
        "entra/create-group",
        "A group is created without members.",
    )
    .needs(&[Filter, Group]),
    flow!(
        SCRIPT,
        Entra,
        "U6",
        "entra/create-group-with-second-schema",
        "A group is created by a body that names Microsoft's schema too.",
    )
    .needs(&[Group]),
    flow!(
        SCRIPT,
        Entra,
        "U8",
        "entra/create-existing-group",
        "A group whose name is taken is refused with 409.",
    )
    .needs(&[Filter, Group]),
    flow!(
        SCRIPT,
        Entra,
        "U6",
        "entra/find-group-by-name",
        "A group is found by displayName, without its members.",
    )
    .needs(&[Filter, Group]),
    flow!(
        SCRIPT,
        Entra,
        "U8",
        "entra/find-group-in-another-case",
        "A group's displayName is found in any case.",
    )
    .needs(&[Filter, Group]),
    flow!(
        SCRIPT,
        Entra,
        "U6",
        "entra/find-group-by-external-id",
        "A group is found by externalId, without its members.",
    )
    .needs(&[Filter, Group]),
    flow!(
        SCRIPT,
        Entra,
        "U6",
        "entra/add-members",
        "Members are added with null as $ref.",
    )
    .needs(&[Filter, Group, Patch, User]),
    flow!(
        SCRIPT,
        Entra,
        "U6",
        "entra/add-member-again",
        "A member that is added again is there once.",
    )
    .needs(&[Filter, Group, Patch, User]),
    flow!(
        SCRIPT,
        Entra,
        "U6",
        "entra/group-without-members",
        "excludedAttributes=members leaves the members out of a group and of a list.",
    )
    .needs(&[Filter, Group, Patch, User]),
    flow!(
        SCRIPT,
        Entra,
        "U6",
        "entra/remove-member",
        "Remove with the path members and a list of values removes these alone.",
    )
    .needs(&[Filter, Group, Patch, User]),
    flow!(
        SCRIPT,
        Entra,
        "U4",
        "entra/flag-remove-member",
        "With the flag: a member is removed by a filter.",
    )
    .needs(&[Filter, Group, Patch, User]),
    flow!(
        SCRIPT,
        Entra,
        "U6",
        "entra/rename-group",
        "A group is renamed and keeps its members.",
    )
    .needs(&[Filter, Group, Patch, User]),
    flow!(
        SCRIPT,
        Entra,
        "U6",
        "entra/delete-group",
        "A group is deleted, its members stay, and a second deletion is answered with 404.",
    )
    .needs(&[Filter, Group, Patch, User]),
];

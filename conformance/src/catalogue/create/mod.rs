//! Creating (RFC 7644 §3.3).

mod answer;
mod body;
mod missing;
mod taken;

use crate::check::Feature::{Etag, User};
use crate::check::{Check, each_must, each_should, must, should};

/// Lines of the catalogue without a check, and why.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[];

pub(super) const CHECKS: &[Check] = &[
    each_must(
        "C1",
        "rfc7644-3.3/create-answers-201",
        "A resource that is created is answered with 201.",
        answer::create_answers_201,
    ),
    each_should(
        "C1",
        "rfc7644-3.3/create-answers-resource",
        "The answer to a creation has the resource in it.",
        answer::create_answers_resource,
    ),
    each_must(
        "C2",
        "rfc7644-3.3/location-leads-to-it",
        "The answer to a creation has a Location, absolute, the same as meta.location, and a GET there gives the resource.",
        answer::location_leads_to_it,
    ),
    each_must(
        "C3",
        "rfc7643-3.1/id-is-the-servers",
        "Each resource has an id that is not empty, that does not contain bulkId, and that stays as it is.",
        answer::id_is_the_servers,
    ),
    each_must(
        "C3",
        "rfc7643-3.1/id-is-never-used-again",
        "The id of a deleted resource is not given to another one.",
        answer::id_is_never_used_again,
    ),
    each_must(
        "C4",
        "rfc7643-3.1/meta-is-complete",
        "The meta of a new resource has resourceType, created, lastModified and location.",
        answer::meta_is_complete,
    ),
    each_must(
        "C4",
        "rfc7643-3.1/new-is-unmodified",
        "The lastModified of a new resource is its created.",
        answer::new_is_unmodified,
    ),
    each_must(
        "C4",
        "rfc7643-3.1/meta-of-clients-is-ignored",
        "The meta that a client sends is ignored.",
        answer::meta_of_clients_is_ignored,
    ),
    must(
        "C5",
        "rfc7644-3.14/created-has-etag",
        "Where versions are offered, the answer to a creation has an ETag, and meta.version is the same.",
        answer::created_has_etag,
    )
    .needs(&[Etag, User]),
    each_must(
        "C6",
        "rfc7644-3.3/read-only-is-ignored",
        "Values of readOnly attributes in the body of a creation are ignored, not refused and not taken.",
        answer::read_only_is_ignored,
    ),
    must(
        "C7",
        "rfc7644-3.3/duplicate-is-409",
        "A userName that another user has is refused with 409 and scimType uniqueness.",
        taken::duplicate_is_409,
    )
    .needs(&[User]),
    must(
        "C8",
        "rfc7643-4.1.1/duplicate-in-other-case-is-409",
        "A userName that differs from another one only in case is refused like the same one, with 409 and scimType uniqueness.",
        taken::duplicate_in_other_case_is_409,
    )
    .needs(&[User]),
    must(
        "C9",
        "rfc7644-5/duplicate-in-other-form-is-409",
        "A userName that differs from another one only in its Unicode form (composed or decomposed) is refused like the same one.",
        taken::duplicate_in_other_form_is_409,
    )
    .needs(&[User]),
    must(
        "C9",
        "rfc7644-5/duplicate-in-other-width-is-409",
        "A userName that differs from another one only in the width of its characters is refused like the same one.",
        taken::duplicate_in_other_width_is_409,
    )
    .needs(&[User]),
    must(
        "C10",
        "rfc7643-4.1.1/user-name-is-required",
        "A user without a userName, or with an empty or null one, is refused with 400.",
        missing::user_name_is_required,
    )
    .needs(&[User]),
    must(
        "C10",
        "rfc7643-4.1.1/user-name-is-a-string",
        "A userName that is no string is refused, or at least never comes back as what it is.",
        missing::user_name_is_a_string,
    )
    .needs(&[User]),
    should(
        "C10",
        "rfc7644-3.12/user-name-of-another-type-is-400",
        "A userName that is no string is refused with 400.",
        missing::user_name_of_another_type_is_400,
    )
    .needs(&[User]),
    each_must(
        "C10",
        "rfc7643-7/required-is-required",
        "A resource without a required attribute is refused with 400.",
        missing::required_is_required,
    ),
    each_must(
        "C11",
        "rfc7643-6/required-in-required-extension",
        "A resource without a required attribute of a required extension is refused with 400.",
        missing::required_in_required_extension,
    ),
    each_must(
        "C12",
        "rfc7643-3/schemas-are-required",
        "A body without schemas, or with none in them, is refused, or what is made of it has the schema of its type.",
        missing::schemas_are_required,
    ),
    each_must(
        "C12",
        "rfc7643-3/unknown-schema-is-not-kept",
        "A body whose schemas name one that the resource type does not have is refused, or what is made of it does not name it.",
        missing::unknown_schema_is_not_kept,
    ),
    each_should(
        "C13",
        "rfc7643-3/unnamed-extension-is-not-lost",
        "Attributes of an extension that schemas does not name are refused, or taken and the extension named.",
        body::unnamed_extension_is_not_lost,
    ),
    each_must(
        "C14",
        "rfc7643-2.5/null-is-absent",
        "An attribute that is null or an empty array is the same as one that is absent.",
        body::null_is_absent,
    ),
    each_must(
        "C15",
        "rfc7643-2.1/names-in-any-case",
        "Names of attributes in a body may be in any case.",
        body::names_in_any_case,
    ),
    each_must(
        "C16",
        "rfc7643-2.3.8/members-in-any-order",
        "The members of a body may stand in any order.",
        body::members_in_any_order,
    ),
    each_must(
        "C17",
        "rfc7643-2.4/one-primary",
        "At most one element of a multi-valued attribute is primary, whatever is sent.",
        body::one_primary,
    ),
    each_should(
        "C18",
        "rfc7643-2.4/no-element-twice",
        "The same type and value is not returned twice in one multi-valued attribute.",
        body::no_element_twice,
    ),
    should(
        "C20",
        "rfc7644-3.6/name-of-deleted-is-free",
        "The userName of a deleted user can be given to a new one.",
        taken::name_of_deleted_is_free,
    )
    .needs(&[User]),
    each_must(
        "C21",
        "rfc7644-3.9/create-answers-what-is-asked",
        "The parameters attributes and excludedAttributes shape the answer to a creation.",
        answer::create_answers_what_is_asked,
    ),
    must(
        "C22",
        "rfc7643-4.1.1/password-never-comes-back",
        "A password is never returned: not after the creation, not to a GET, not if it is asked for by name.",
        body::password_never_comes_back,
    )
    .needs(&[User]),
    must(
        "C22",
        "rfc7643-4.1.1/refusal-does-not-echo-password",
        "The refusal of a creation does not contain the password that was sent.",
        body::refusal_does_not_echo_password,
    )
    .needs(&[User]),
];

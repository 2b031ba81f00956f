//! Errors (RFC 7644 §3.12).

mod bodies;
mod fuzz;
mod kinds;
mod shape;
mod words;

use crate::check::Feature::{Filter, Patch, User};
use crate::check::{Check, must, robust, should};

/// Lines of the catalogue without a check, and why.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[(
    "Q9",
    "a limit that nobody knows would have to be overrun with thousands of requests; what is limited is sent again",
)];

pub(super) const CHECKS: &[Check] = &[
    must(
        "Q1",
        "rfc7644-3.12/errors-have-the-error-schema",
        "Each error has a body, a JSON object with the schema of errors.",
        shape::have_the_schema,
    ),
    must(
        "Q1",
        "rfc7644-3.12/error-status-is-a-string",
        "status in the body of an error is the HTTP status as a JSON string.",
        shape::status_is_a_string,
    ),
    must(
        "Q1",
        "rfc7644-3.1/errors-are-scim-json",
        "Errors have the media type application/scim+json.",
        shape::are_scim_json,
    ),
    should(
        "Q2",
        "rfc7644-3.12/scim-type-is-a-known-one",
        "A scimType is one that the RFCs define.",
        shape::scim_type_is_known,
    ),
    must(
        "Q2",
        "rfc7644-3.4.2.2/bad-filter-is-invalid-filter",
        "A filter that is not understood is refused with 400 and scimType invalidFilter.",
        kinds::invalid_filter,
    )
    .needs(&[Filter, User]),
    must(
        "Q2",
        "rfc7644-3.3/taken-name-is-uniqueness",
        "A name that is taken is refused with 409 and scimType uniqueness.",
        kinds::uniqueness,
    )
    .needs(&[User]),
    must(
        "Q2",
        "rfc7644-3.5.2/read-only-is-mutability",
        "A PATCH of an attribute that is readOnly is refused with 400, and with the scimType mutability, if there is one.",
        kinds::mutability,
    )
    .needs(&[Patch, User]),
    must(
        "Q2",
        "rfc7644-3.5.2.2/remove-of-nothing-is-no-target",
        "A remove that names no path is refused with 400 and scimType noTarget.",
        kinds::no_target,
    )
    .needs(&[Patch, User]),
    should(
        "Q2",
        "rfc7644-3.12/no-json-is-invalid-syntax",
        "The error of a body that is no JSON has the scimType invalidSyntax, if it has one.",
        kinds::invalid_syntax,
    ),
    should(
        "Q2",
        "rfc7644-3.12/bad-path-is-invalid-path",
        "The error of a path that has no syntax has the scimType invalidPath, if it has one.",
        kinds::invalid_path,
    )
    .needs(&[Patch, User]),
    should(
        "Q2",
        "rfc7644-3.12/wrong-type-is-invalid-value",
        "The error of a value of another type than the attribute's has the scimType invalidValue, if it has one.",
        kinds::invalid_value,
    )
    .needs(&[User]),
    should(
        "Q3",
        "rfc7644-3.12/unknown-endpoint-is-404",
        "An endpoint that does not exist is answered with 404.",
        kinds::unknown_endpoint_is_404,
    ),
    should(
        "Q3",
        "rfc7231-4.1/wrong-method-is-405",
        "A method that an endpoint does not have is answered with 405.",
        kinds::wrong_method_is_405,
    ),
    must(
        "Q3",
        "rfc7231-6.5.5/405-names-the-methods",
        "A 405 names the methods that there are in the Allow header.",
        kinds::allow_names_the_methods,
    ),
    must(
        "Q4",
        "rfc7644-3.12/malformed-body-is-refused",
        "A body that is no JSON, no object, or empty is refused.",
        bodies::malformed_is_refused,
    ),
    should(
        "Q4",
        "rfc7644-3.12/malformed-body-is-400",
        "A body that is no JSON, no object, or empty is answered with 400.",
        bodies::malformed_is_400,
    ),
    robust(
        "Q5",
        "robust/other-media-type-is-415",
        "A body that is said to be something else than JSON is refused with 415 or 400.",
        bodies::other_media_type_is_415,
    ),
    robust(
        "Q6",
        "robust/body-over-the-limit",
        "A body of 4 MiB is taken or refused (413), and the server goes on.",
        bodies::over_the_limit,
    ),
    robust(
        "Q7",
        "robust/errors-tell-no-secrets",
        "Errors have no stack trace, no SQL, no token and no password in them.",
        words::tell_no_secrets,
    ),
    robust(
        "Q7",
        "robust/errors-name-the-attribute",
        "The detail of an error names the attribute that is wrong.",
        words::name_the_attribute,
    )
    .needs(&[User]),
    robust(
        "Q8",
        "robust/errors-have-no-further-members",
        "The body of an error has only the members that RFC 7644 defines: strict clients refuse others.",
        shape::have_no_further_members,
    ),
    robust(
        "Q10",
        "robust/odd-values-are-no-failure",
        "Values of the wrong type, in any attribute of any resource type, are no failure of the server.",
        fuzz::odd_values,
    ),
    robust(
        "Q10",
        "robust/odd-addresses-are-no-failure",
        "Odd parameters and paths are no failure of the server.",
        fuzz::odd_addresses,
    ),
    robust(
        "Q10",
        "robust/odd-operations-are-no-failure",
        "Odd operations of a PATCH are no failure of the server.",
        fuzz::odd_operations,
    )
    .needs(&[Patch]),
];

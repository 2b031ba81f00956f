//! Reading and projection (RFC 7644 §3.4.1, §3.9, §3.10).

mod alike;
mod plain;
mod projection;
mod subs;

use crate::check::Feature::{Enterprise, Filter, Group, Patch, User};
use crate::check::{Check, each_must, each_should, may, must, robust};

/// Lines of the catalogue without a check, and why.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[];

pub(super) const CHECKS: &[Check] = &[
    each_must(
        "D1",
        "rfc7644-3.4.1/read-by-id",
        "A GET by id is answered with 200 and the resource: its schemas, its id, its meta.",
        plain::read_by_id,
    ),
    each_must(
        "D1",
        "rfc7643-3.1/content-location-is-the-location",
        "Where a GET is answered with Content-Location, that is meta.location.",
        plain::content_location_is_the_location,
    ),
    each_must(
        "D2",
        "rfc7644-3.12/unknown-id-is-404",
        "An id that nothing has is answered with 404 and a SCIM error.",
        plain::unknown_id_is_404,
    ),
    must(
        "D2",
        "rfc7644-3.4.1/id-of-another-type-is-404",
        "The id of a user is unknown among the groups.",
        plain::id_of_another_type_is_404,
    )
    .needs(&[User, Group]),
    robust(
        "D3",
        "robust/odd-ids-are-refused",
        "Ids that cannot be are refused (4xx), and break nothing.",
        plain::odd_ids_are_refused,
    ),
    each_must(
        "D4",
        "rfc7644-3.9/attributes-are-those-asked-for",
        "With the parameter attributes, a resource has its id and what was asked for, and no other attribute of its schemas.",
        projection::attributes_are_those_asked_for,
    ),
    each_must(
        "D4",
        "rfc7644-3.9/meta-only-if-asked-for",
        "With the parameter attributes, meta comes only if it was asked for: it is returned by default, not always.",
        projection::meta_only_if_asked_for,
    ),
    each_must(
        "D5",
        "rfc7644-3.10/sub-attribute-asked-for",
        "attributes=a.b gives of a complex attribute this sub-attribute, and no other one.",
        subs::sub_attribute_asked_for,
    ),
    each_must(
        "D5",
        "rfc7644-3.10/sub-attribute-of-elements-asked-for",
        "attributes=a.b gives of each element of a multi-valued attribute this sub-attribute, and no other one.",
        subs::sub_attribute_of_elements_asked_for,
    ),
    each_must(
        "D6",
        "rfc7644-3.10/attribute-by-full-name",
        "attributes takes the name of a core attribute with the URN of its schema.",
        projection::attribute_by_full_name,
    ),
    each_must(
        "D6",
        "rfc7644-3.10/extension-attribute-by-full-name",
        "attributes takes the name of an attribute of an extension with its URN, and gives no other one of the extension.",
        projection::extension_attribute_by_full_name,
    ),
    may(
        "D6",
        "rfc7644-3.10/extension-by-its-urn",
        "attributes with the bare URN of an extension gives the whole extension, where it gives anything.",
        projection::extension_by_its_urn,
    )
    .needs(&[Enterprise]),
    each_must(
        "D7",
        "rfc7643-2.1/parameters-in-any-case",
        "The names in the parameter attributes may be in any case.",
        projection::parameters_in_any_case,
    ),
    each_should(
        "D8",
        "rfc7644-3.9/unknown-attribute-is-no-error",
        "A name in attributes that nothing has gives the minimum, and no error.",
        projection::unknown_attribute_is_no_error,
    ),
    each_must(
        "D9",
        "rfc7644-3.4.2.5/excluded-is-absent",
        "excludedAttributes takes away what it names and nothing else.",
        projection::excluded_is_absent,
    ),
    each_must(
        "D9",
        "rfc7644-3.4.2.5/id-is-not-excluded",
        "excludedAttributes has no effect on id, which is always returned.",
        projection::id_is_not_excluded,
    ),
    each_must(
        "D10",
        "rfc7644-3.10/sub-attribute-excluded",
        "excludedAttributes=a.b takes away this sub-attribute and no other one.",
        subs::sub_attribute_excluded,
    ),
    each_must(
        "D11",
        "rfc7643-7/request-only-on-demand",
        "An attribute that is published as returned on request is read only if it is asked for, and then it is.",
        projection::request_only_on_demand,
    ),
    each_must(
        "D11",
        "rfc7643-7/never-is-never",
        "An attribute that is published as never returned is not read even if it is asked for.",
        projection::never_is_never,
    ),
    each_must(
        "D12",
        "rfc7644-3.9/projection-of-lists",
        "attributes and excludedAttributes shape the resources of a list too.",
        alike::projection_of_lists,
    )
    .needs(&[Filter]),
    each_must(
        "D12",
        "rfc7644-3.4.3/projection-of-search",
        "attributes and excludedAttributes of a POST to .search shape its resources too.",
        alike::projection_of_search,
    )
    .needs(&[Filter]),
    each_must(
        "D12",
        "rfc7644-3.9/projection-of-put",
        "attributes and excludedAttributes shape the answer to a PUT too.",
        alike::projection_of_put,
    ),
    each_must(
        "D12",
        "rfc7644-3.9/projection-of-patch",
        "attributes and excludedAttributes shape the answer to a PATCH too, where it has a body.",
        alike::projection_of_patch,
    )
    .needs(&[Patch]),
    robust(
        "D13",
        "robust/attributes-and-excluded-together",
        "attributes and excludedAttributes together are refused with 400, or answered with the resource.",
        projection::attributes_and_excluded_together,
    ),
    robust(
        "D14",
        "robust/blanks-after-commas",
        "Blanks after the commas of attributes are no part of the names.",
        projection::blanks_after_commas,
    ),
    robust(
        "D14",
        "robust/odd-parameters",
        "Parameters that are empty, or come twice, break nothing.",
        projection::odd_parameters,
    ),
    each_must(
        "D15",
        "rfc7643-3/schemas-name-what-is-there",
        "schemas names the core schema and each extension that has data in the resource, each once, and no other ones.",
        plain::schemas_name_what_is_there,
    ),
    each_should(
        "D15",
        "rfc7643-3/schemas-do-not-name-what-is-not",
        "schemas does not name an extension that has no data in the resource.",
        plain::schemas_do_not_name_what_is_not,
    ),
];

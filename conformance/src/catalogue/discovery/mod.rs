//! Discovery (RFC 7643 §5 to §7, RFC 7644 §4).

mod agreement;
mod announced;
mod attributes;
mod config;
mod parameters;
mod schemas;
mod types;

use serde_json::Value;

use crate::answer::{Answer, ERROR};
use crate::check::Feature::{Enterprise, Etag, Filter, Group, Patch, Sort, User};
use crate::check::{Check, Profile, Stop, Verdict, draft, each_must, may, must, robust, should};
use crate::json::list;
use crate::lab::Lab;

/// Lines of the catalogue without a check, and why.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[(
    "A13",
    "see characteristics: each characteristic that a schema announces is tried there",
)];

/// The endpoints that describe a server (RFC 7644 §4).
const ENDPOINTS: [&str; 3] = ["/ServiceProviderConfig", "/ResourceTypes", "/Schemas"];

const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

pub(super) const CHECKS: &[Check] = &[
    must(
        "A1",
        "rfc7644-4/config-is-answered",
        "GET /ServiceProviderConfig is answered with 200 and an object of its schema.",
        config::is_answered,
    ),
    must(
        "A1",
        "rfc7644-3.1/discovery-is-scim-json",
        "What the discovery endpoints answer has the media type application/scim+json.",
        config::is_scim_json,
    ),
    must(
        "A2",
        "rfc7643-5/features-are-booleans",
        "patch, bulk, filter, changePassword, sort and etag each say in a boolean whether they are supported.",
        config::features_are_booleans,
    ),
    must(
        "A3",
        "rfc7643-5/limits-are-integers",
        "bulk.maxOperations, bulk.maxPayloadSize and filter.maxResults are integers, also when the feature is not supported.",
        config::limits_are_integers,
    ),
    must(
        "A4",
        "rfc7643-5/authentication-schemes-are-described",
        "There is at least one authentication scheme, and each has a type, a name and a description.",
        config::schemes_are_described,
    ),
    may(
        "A4",
        "rfc7643-5/authentication-scheme-is-a-defined-one",
        "The type of an authentication scheme is one that RFC 7643 defines; others say nothing to a client.",
        config::scheme_is_defined,
    ),
    should(
        "A5",
        "rfc7643-5/authentication-schemes-are-public",
        "A client without credentials can read how to authenticate.",
        config::schemes_are_public,
    ),
    must(
        "A6",
        "rfc7644-4/resource-types-are-a-list",
        "GET /ResourceTypes is answered with a ListResponse that has all of them.",
        types::are_a_list,
    ),
    must(
        "A7",
        "rfc7643-6/resource-types-are-complete",
        "Each resource type has a name, an endpoint and a schema.",
        types::are_complete,
    ),
    must(
        "A7",
        "rfc7643-6/schemas-of-types-are-published",
        "The schema and the extensions of each resource type are the ids of schemas under /Schemas.",
        types::have_published_schemas,
    ),
    each_must(
        "A7",
        "rfc7643-6/endpoint-leads-to-the-resources",
        "The endpoint of a resource type is where its resources are.",
        types::endpoint_leads_to_them,
    ),
    must(
        "A8",
        "rfc7644-4/resource-type-by-id",
        "GET /ResourceTypes/{id} gives the same object as the list.",
        types::one_by_one,
    ),
    must(
        "A8",
        "rfc7644-3.12/unknown-resource-type-is-404",
        "GET of a resource type that does not exist is answered with 404 and a SCIM error.",
        types::unknown_is_404,
    ),
    must(
        "A9",
        "rfc7643-6/extensions-say-whether-required",
        "Each of schemaExtensions has a schema and says in a boolean whether it is required.",
        types::extensions_are_complete,
    ),
    each_must(
        "A9",
        "rfc7643-6/meta-names-the-resource-type",
        "meta.resourceType of a resource is the name of its resource type.",
        types::meta_names_it,
    ),
    must(
        "A10",
        "rfc7644-4/schemas-are-a-list",
        "GET /Schemas is answered with a ListResponse that has all of them, each with an id.",
        schemas::are_a_list,
    ),
    must(
        "A10",
        "rfc7644-4/schema-by-urn",
        "GET /Schemas/{urn} gives the same object as the list.",
        schemas::one_by_one,
    ),
    must(
        "A10",
        "rfc7644-3.12/unknown-schema-is-404",
        "GET of a schema that does not exist is answered with 404 and a SCIM error.",
        schemas::unknown_is_404,
    ),
    must(
        "A11",
        "rfc7643-7/attributes-are-described",
        "Each attribute of a schema has a name, a type that exists, and multiValued.",
        attributes::are_described,
    ),
    must(
        "A11",
        "rfc7643-7/characteristics-are-legal",
        "mutability, returned, uniqueness, required and caseExact have values that exist.",
        attributes::have_legal_characteristics,
    ),
    must(
        "A11",
        "rfc7643-2.3.8/complex-is-not-nested",
        "A complex attribute has no sub-attribute that is complex itself.",
        attributes::are_not_nested,
    ),
    should(
        "A11",
        "rfc7643-7/complex-has-sub-attributes",
        "A complex attribute lists its subAttributes, and only a complex one has any.",
        attributes::list_their_parts,
    ),
    must(
        "A12",
        "rfc7643-8.7.1/user-is-as-in-the-rfc",
        "The published schema of the User does not contradict the RFC's.",
        agreement::user,
    )
    .needs(&[User]),
    must(
        "A12",
        "rfc7643-8.7.1/group-is-as-in-the-rfc",
        "The published schema of the Group does not contradict the RFC's.",
        agreement::group,
    )
    .needs(&[Group]),
    must(
        "A12",
        "rfc7643-8.7.1/enterprise-user-is-as-in-the-rfc",
        "The published enterprise extension does not contradict the RFC's.",
        agreement::enterprise,
    )
    .needs(&[Enterprise]),
    must(
        "A12",
        "rfc7643-3.1/common-attributes-are-as-in-the-rfc",
        "Where a schema lists id or meta, they are readOnly, and id is always returned.",
        agreement::common,
    ),
    must(
        "A14",
        "rfc7644-3.1/messages-are-not-schemas",
        "The schemas of messages (urn:ietf:params:scim:api:…) are not under /Schemas.",
        schemas::are_not_messages,
    ),
    must(
        "A15",
        "rfc7643-5/patch-is-as-announced",
        "PATCH changes a resource if patch.supported is true, and none if it is false.",
        announced::patch,
    )
    .needs(&[User]),
    must(
        "A15",
        "rfc7643-5/bulk-is-as-announced",
        "POST /Bulk does what it is told if bulk.supported is true, and nothing if it is false.",
        announced::bulk,
    )
    .needs(&[User]),
    must(
        "A15",
        "rfc7643-5/filter-is-as-announced",
        "Where filter.supported is true, a filter finds one user by its userName, and only it.",
        announced::filter,
    )
    .needs(&[Filter, User]),
    must(
        "A15",
        "rfc7643-5/sort-is-as-announced",
        "Where sort.supported is true, sortBy gives an order, and sortOrder turns it around.",
        announced::sort,
    )
    .needs(&[Sort, Filter, User]),
    must(
        "A15",
        "rfc7643-5/etag-is-as-announced",
        "Where etag.supported is true, a resource that is read has meta.version or an ETag.",
        announced::etag,
    )
    .needs(&[Etag, User]),
    must(
        "A15",
        "rfc7643-5/change-password-is-as-announced",
        "Where changePassword.supported is true, a PATCH of password is taken.",
        announced::change_password,
    )
    .needs(&[crate::check::Feature::ChangePassword, Patch, User]),
    should(
        "A16",
        "rfc7644-4/filter-on-discovery-is-403",
        "A filter on a discovery endpoint is refused with 403.",
        parameters::filter_is_403,
    ),
    must(
        "A16",
        "rfc7644-4/discovery-is-not-filtered",
        "A filter on a discovery endpoint, if it is not refused, changes nothing.",
        parameters::filter_changes_nothing,
    ),
    must(
        "A17",
        "rfc7644-4/discovery-ignores-pages-and-order",
        "sortBy, sortOrder, startIndex and count on /ResourceTypes and /Schemas are ignored.",
        parameters::pages_are_ignored,
    ),
    robust(
        "A18",
        "robust/discovery-is-read-only",
        "POST, PUT, PATCH and DELETE on the discovery endpoints are refused.",
        parameters::writes_are_refused,
    ),
    should(
        "A19",
        "rfc7644-3.13/base-without-version",
        "The base address with a slash at its end, or without its version, is no failure of the server.",
        parameters::base_in_other_forms,
    ),
    must(
        "A19",
        "rfc7644-3.13/unknown-version-is-refused",
        "A version of SCIM in the path that the server does not speak is refused.",
        parameters::unknown_version,
    ),
    draft(
        "A20",
        "interop/resource-type-id-is-its-name",
        "The id of a resource type is its name.",
        &[Profile::Interop],
        types::id_is_name,
    ),
];

/// GETs one of the endpoints that answer a list, and returns its members; servers that answer
/// with the bare array are judged by A6 and A10, not everywhere.
fn listed(lab: &Lab<'_>, path: &str) -> Result<Vec<Value>, Stop> {
    lab.setup(&format!("GET {path}"), || {
        let answer = lab.get(path)?.is(200)?;
        let bare = answer.body.as_array().cloned();
        let listed = bare.unwrap_or_else(|| answer.resources().to_vec());
        if listed.is_empty() {
            return Err(answer.wrong("at least one of them", answer.summary()));
        }
        Ok(listed)
    })
}

/// Expects a ListResponse that has all its resources, and returns them.
fn whole_list(answer: &Answer) -> Result<Vec<Value>, Stop> {
    if !list(&answer.body, "schemas").contains(&Value::from(LIST)) {
        let expected = format!("a ListResponse: schemas [\"{LIST}\"]");
        return Err(answer.wrong(expected, answer.summary()));
    }
    let (total, there) = (answer.total()?, answer.resources().len());
    if usize::try_from(total) == Ok(there) && there > 0 {
        return Ok(answer.resources().to_vec());
    }
    let expected = "as many Resources as totalResults says, and at least one";
    Err(answer.wrong(expected, format!("{there} of {total}")))
}

/// Expects a 404 with a SCIM error.
fn not_found(answer: Answer) -> Verdict {
    let answer = answer.is(404)?;
    if list(&answer.body, "schemas").contains(&Value::from(ERROR)) {
        return Ok(());
    }
    let expected = format!("a SCIM error: schemas [\"{ERROR}\"]");
    Err(answer.wrong(expected, answer.summary()))
}

/// Expects no faults; names the first ones otherwise.
fn faultless(lab: &Lab<'_>, expected: &str, faults: &[String]) -> Verdict {
    const NAMED: usize = 6;
    let named: Vec<&str> = faults.iter().take(NAMED).map(String::as_str).collect();
    let more = match faults.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    lab.expect(
        faults.is_empty(),
        expected,
        format!("{}{more}", named.join("; ")),
    )
}

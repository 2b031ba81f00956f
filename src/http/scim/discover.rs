//! Discovery endpoints (RFC 7644 §4).

use axum::response::Response;
use http::request::Parts;
use http::{Method, StatusCode};
use serde_json::Value;

use super::super::Http;
use super::answer::{self, Refusal};
use super::route::{self, Route};
use crate::scim::error::quote;
use crate::scim::render::BaseUrl;
use crate::scim::{ScimError, discovery};

/// Answers what needs no resources (RFC 7644 §4). Filters are refused there, other parameters ignored.
pub(super) fn discover(
    http: &Http,
    parts: &Parts,
    route: Option<&Route>,
    base: &BaseUrl,
) -> Result<Response, Refusal> {
    let Some(route) = route else {
        return Err(ScimError::status(404, "nothing is here").into());
    };
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        return Err(Refusal::method(&parts.method, route.allow()));
    }
    let query = route::parameters(parts.uri.query().unwrap_or_default()).unwrap_or_default();
    if query
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("filter"))
    {
        return Err(
            ScimError::status(403, "discovery endpoints cannot be filtered (RFC 7644 §4)").into(),
        );
    }
    let registry = http.directory.store.registry;
    let found = |value: Option<Value>, name: &str| match value {
        Some(value) => Ok(answer::json(StatusCode::OK, &value)),
        None => Err(Refusal::from(ScimError::status(
            404,
            format!("nothing is called {}", quote(name)),
        ))),
    };
    match route {
        Route::ServiceProviderConfig => Ok(answer::json(
            StatusCode::OK,
            &discovery::service_provider_config(&http.directory.limits, base),
        )),
        Route::Schemas => Ok(answer::json_list(
            registry
                .schemas
                .iter()
                .map(|schema| discovery::schema(schema, base))
                .collect(),
        )),
        Route::Schema(urn) => found(
            registry
                .schema(urn)
                .map(|schema| discovery::schema(schema, base)),
            urn,
        ),
        Route::ResourceTypes => Ok(answer::json_list(
            registry
                .types
                .iter()
                .map(|kind| discovery::resource_type(kind, base))
                .collect(),
        )),
        Route::ResourceType(name) => found(
            registry
                .by_name(name)
                .map(|kind| discovery::resource_type(kind, base)),
            name,
        ),
        Route::All
        | Route::Collection(_)
        | Route::Resource(..)
        | Route::Search(_)
        | Route::Bulk
        | Route::Me => Err(ScimError::status(404, "nothing is here").into()),
    }
}

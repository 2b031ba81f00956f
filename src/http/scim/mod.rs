//! SCIM over HTTP (RFC 7644 §3): who asks, for what, and the answer.

mod answer;
mod asking;
mod discover;
mod read;
mod route;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::header::{IF_MATCH, IF_NONE_MATCH, USER_AGENT};
use http::request::Parts;
use http::{Method, StatusCode};
use serde_json::Value;

use super::edge::Answered;
use super::server::UntilSent;
use super::{Http, SCIM_PATH};
use crate::auth::InFlight;
use crate::directory::{self, Caller, Outcome, Read, Scope};
use crate::idp::{self, Signals};
use crate::scim::ScimError;
use crate::scim::list::Query;
use crate::scim::projection::Projection;
use crate::scim::resource::resource_id;
use crate::scim::schema::ResourceType;
use crate::scim::version::EntityTags;

pub(super) use answer::MEDIA_TYPE;
use answer::Refusal;
use asking::{base_url, caller, parameters, token};
use discover::discover;
use route::Route;

/// Answers a request that no other route takes: SCIM below its base, 404 elsewhere.
pub(super) async fn handle(State(http): State<Arc<Http>>, request: Request) -> Response {
    let arrived = (http.now)();
    let (parts, body) = request.into_parts();
    let path = parts
        .uri
        .path()
        .strip_prefix(SCIM_PATH)
        .filter(|rest| rest.is_empty() || rest.starts_with('/'))
        .map(str::to_owned);
    let Some(path) = path else {
        return refusal(ScimError::status(
            404,
            format!("nothing is here; SCIM is spoken below {SCIM_PATH}"),
        ))
        .into_response();
    };
    let route = Route::parse(&path, http.directory.store.registry);
    let pattern = route
        .as_ref()
        .map_or_else(|| "unknown".to_owned(), Route::pattern);
    let mut who = Who::default();
    let mut response = match answer(&http, &parts, body, route, arrived, &mut who).await {
        Ok(response) => response,
        Err(refusal) => {
            // a database that is away cannot be told so, and who asks too much makes it no work
            if let Some(caller) = &who.caller
                && ![429, 503].contains(&refusal.error.status)
                && let Err(error) = http.directory.log_failure(caller, &refusal.error).await
            {
                tracing::warn!("a failed request is missing in the provisioning log: {error}");
            }
            refusal.into_response()
        }
    };
    let (token, idp) = who
        .caller
        .as_ref()
        .map_or((0, ""), |caller| (caller.token, caller.idp()));
    let extensions = response.extensions_mut();
    extensions.insert(Answered {
        route: pattern,
        token,
        idp,
    });
    if let Some(in_flight) = who.in_flight {
        extensions.insert(UntilSent(Arc::new(in_flight)));
    }
    response
}

/// An error as an answer.
pub(super) fn refusal(error: ScimError) -> impl IntoResponse {
    Refusal::from(error).into_response()
}

/// Who is asking, as far as it is known when a request fails.
#[derive(Default)]
struct Who {
    caller: Option<Caller>,
    /// The request's place among those of its token.
    in_flight: Option<InFlight>,
}

async fn answer(
    http: &Http,
    parts: &Parts,
    body: Body,
    route: Option<Route>,
    arrived: i64,
    who: &mut Who,
) -> Result<Response, Refusal> {
    let base = base_url(http, parts);
    let Some(token) = token(http, parts, route.as_ref(), &base, arrived, who).await? else {
        return discover(http, parts, route.as_ref(), &base);
    };
    who.caller = Some(caller(parts, &token, base.clone(), arrived));
    let route = route.ok_or_else(|| {
        ScimError::status(
            404,
            format!(
                "nothing is at {}",
                crate::scim::error::quote(parts.uri.path())
            ),
        )
    })?;
    if route.is_discovery() {
        return discover(http, parts, Some(&route), &base);
    }
    let takes = route.allow();
    if !takes
        .split(", ")
        .any(|method| method == parts.method.as_str())
    {
        return Err(Refusal::method(&parts.method, takes));
    }
    let body = match route {
        Route::Me => None,
        Route::Bulk => Some(
            read::json(
                parts,
                body,
                (http.directory.limits.bulk_payload, "bulk.maxPayloadSize"),
                http.body_timeout,
            )
            .await?,
        ),
        _ if matches!(parts.method, Method::POST | Method::PUT | Method::PATCH) => {
            let limit = (http.directory.limits.body, "--max-body");
            Some(read::json(parts, body, limit, http.body_timeout).await?)
        }
        _ => None,
    };
    let header = |name| {
        parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let signals = Signals {
        user_agent: header(USER_AGENT),
        query: parts.uri.query(),
        body: body.as_ref(),
    };
    let mut caller = caller(parts, &token, base, arrived);
    caller.recognised = http.authenticator.note_use(&token, idp::recognise(signals));
    who.caller = Some(caller.clone());
    let parameters = parameters(parts, &caller)?;
    dispatch(
        http,
        parts,
        &caller,
        route,
        &parameters,
        body.unwrap_or(Value::Null),
    )
    .await
}

/// Does what the route and the method ask for.
async fn dispatch(
    http: &Http,
    parts: &Parts,
    caller: &Caller,
    route: Route,
    parameters: &[(String, String)],
    body: Value,
) -> Result<Response, Refusal> {
    let directory = &http.directory;
    match route {
        Route::All => {
            list(
                http,
                caller,
                Scope::All,
                Query::from_parameters(parameters)?,
            )
            .await
        }
        Route::Collection(kind) if parts.method == Method::POST => {
            change(
                http,
                parts,
                caller,
                kind,
                directory::Body::Create(body),
                parameters,
            )
            .await
        }
        Route::Collection(kind) => {
            list(
                http,
                caller,
                Scope::Type(kind),
                Query::from_parameters(parameters)?,
            )
            .await
        }
        Route::Search(scope) => {
            let mut body = body;
            if let Some(Value::String(filter)) = body.get_mut("filter") {
                *filter = idp::forgive_filter_text(&caller.quirks(), filter).into_owned();
            }
            list(http, caller, scope, Query::from_search(&body)?).await
        }
        Route::Resource(kind, id) => {
            let id = resource_id(&id).ok_or_else(|| ScimError::not_found(&kind.name, &id))?;
            match parts.method {
                Method::PUT => {
                    change(
                        http,
                        parts,
                        caller,
                        kind,
                        directory::Body::Replace(id, body),
                        parameters,
                    )
                    .await
                }
                Method::PATCH => {
                    change(
                        http,
                        parts,
                        caller,
                        kind,
                        directory::Body::Patch(id, body),
                        parameters,
                    )
                    .await
                }
                Method::DELETE => {
                    change(
                        http,
                        parts,
                        caller,
                        kind,
                        directory::Body::Delete(id),
                        parameters,
                    )
                    .await
                }
                _ => {
                    let query = Query::from_parameters(parameters)?;
                    let tags = tags(parts, IF_NONE_MATCH);
                    match directory
                        .read(caller, kind, id, &query.projection, tags.as_ref())
                        .await
                        .map_err(refuse)?
                    {
                        Read::Found(view) => {
                            Ok(answer::resource(StatusCode::OK, view, &caller.base))
                        }
                        Read::NotModified(version) => {
                            Ok(answer::empty(StatusCode::NOT_MODIFIED, Some(version)))
                        }
                    }
                }
            }
        }
        Route::Bulk => Ok(answer::json(
            StatusCode::OK,
            &directory.bulk(caller, body).await.map_err(refuse)?,
        )),
        Route::Me => Err(ScimError::status(
            501,
            "a SCIM token is nobody's, so there is no /Me (RFC 7644 §3.11)",
        )
        .into()),
        Route::ServiceProviderConfig
        | Route::Schemas
        | Route::Schema(_)
        | Route::ResourceTypes
        | Route::ResourceType(_) => Err(ScimError::status(404, "nothing is here").into()),
    }
}

async fn list(
    http: &Http,
    caller: &Caller,
    scope: Scope,
    query: Query,
) -> Result<Response, Refusal> {
    let listing = http
        .directory
        .list(caller, scope, query)
        .await
        .map_err(refuse)?;
    Ok(answer::listing(listing, &caller.base))
}

async fn change(
    http: &Http,
    parts: &Parts,
    caller: &Caller,
    kind: &'static ResourceType,
    body: directory::Body,
    parameters: &[(String, String)],
) -> Result<Response, Refusal> {
    let projection: Projection = Query::from_parameters(parameters)?.projection;
    let creates = matches!(body, directory::Body::Create(_));
    let condition = directory::Condition {
        if_match: tags(parts, IF_MATCH),
        if_none_match: tags(parts, IF_NONE_MATCH),
    };
    let change = http
        .directory
        .read_change(caller, kind, body, condition, &projection)
        .await
        .map_err(refuse)?;
    let outcome = http
        .directory
        .change(caller, change)
        .await
        .map_err(|error| match refuse(error) {
            // `If-None-Match: *` asks for exactly this (RFC 9110 §13.1.2)
            Refusal { error, .. }
                if error.status == 409
                    && creates
                    && tags(parts, IF_NONE_MATCH) == Some(EntityTags::Any) =>
            {
                ScimError::status(412, error.detail).into()
            }
            refusal => refusal,
        })?;
    let status = if creates {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok(match outcome {
        Outcome {
            view: Some(view), ..
        } => answer::resource(status, view, &caller.base),
        Outcome {
            view: None,
            version,
            ..
        } => answer::empty(StatusCode::NO_CONTENT, version),
    })
}

fn tags(parts: &Parts, name: http::HeaderName) -> Option<EntityTags> {
    let values: Vec<&str> = parts
        .headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    (!values.is_empty()).then(|| EntityTags::parse(&values.join(",")))
}

/// Says what went wrong as far as the client is concerned; the rest goes to the log, once.
fn refuse(error: directory::Error) -> Refusal {
    match error {
        directory::Error::Scim(error) => error.into(),
        directory::Error::Unavailable(cause) => {
            tracing::warn!("the database is not available: {cause}");
            Refusal::unavailable()
        }
        directory::Error::Internal(cause) => {
            tracing::error!("{cause}");
            ScimError::status(500, "something went wrong here; the server's log has more under this request's X-Request-Id").into()
        }
    }
}

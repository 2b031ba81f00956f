//! Who asks, from where, and with which parameters.

use std::net::IpAddr;
use std::sync::Arc;

use http::Version;
use http::header::{AUTHORIZATION, HOST};
use http::request::Parts;

use super::super::request_id::RequestId;
use super::super::server::Peer;
use super::super::{Http, SCIM_PATH};
use super::answer::Refusal;
use super::route::{self, Route};
use super::{Who, refuse};
use crate::auth::{AuthError, InFlight};
use crate::directory::Caller;
use crate::idp::{self, Profile};
use crate::model::ScimToken;
use crate::scim::ScimError;
use crate::scim::error::quote;
use crate::scim::list::PARAMETERS;
use crate::scim::render::BaseUrl;

/// Finds the token of a request; none for a discovery request that has none.
pub(super) async fn token(
    http: &Http,
    parts: &Parts,
    route: Option<&Route>,
    base: &BaseUrl,
    arrived: i64,
    who: &mut Who,
) -> Result<Option<(Arc<ScimToken>, InFlight)>, Refusal> {
    let authorization = parts
        .headers
        .get(AUTHORIZATION)
        .map(|value| value.to_str().unwrap_or("unreadable"));
    if authorization.is_none() && route.is_some_and(Route::is_discovery) {
        return Ok(None);
    }
    let address = parts
        .extensions
        .get::<Peer>()
        .map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.0.ip());
    let mut known =
        |token: &ScimToken| who.caller = Some(caller(parts, token, base.clone(), arrived));
    match http
        .authenticator
        .authenticate(authorization, address)
        .await
    {
        Ok(token) => Ok(Some(token)),
        Err(error) => {
            let detail = error.to_string();
            Err(match error {
                AuthError::Missing => Refusal::unauthorized(detail, false),
                AuthError::Unknown => Refusal::unauthorized(detail, true),
                AuthError::Expired(token) | AuthError::Revoked(token) => {
                    known(&token);
                    Refusal::unauthorized(detail, true)
                }
                AuthError::Elsewhere(token) => {
                    known(&token);
                    ScimError::status(403, detail).into()
                }
                AuthError::Throttled(seconds) | AuthError::Busy { seconds, .. } => {
                    Refusal::wait(detail, seconds)
                }
                AuthError::Store(error) => refuse(error.into()),
            })
        }
    }
}

pub(super) fn caller(parts: &Parts, token: &ScimToken, base: BaseUrl, arrived: i64) -> Caller {
    Caller {
        organization: token.organization,
        token: token.pk,
        profile: token.profile,
        recognised: token.recognised,
        base,
        request_id: parts
            .extensions
            .get::<RequestId>()
            .map(|id| id.0.clone())
            .unwrap_or_default(),
        method: parts.method.to_string(),
        path: parts
            .uri
            .path_and_query()
            .map_or("/", http::uri::PathAndQuery::as_str)
            .to_owned(),
        arrived,
    }
}

/// Returns where the client reaches us: the configured URL, or what the request says.
pub(super) fn base_url(http: &Http, parts: &Parts) -> Result<BaseUrl, Refusal> {
    if let Some(url) = &http.public_url {
        return Ok(BaseUrl(format!("{}{SCIM_PATH}", url.trim_end_matches('/'))));
    }
    let mut hosts = parts.headers.get_all(HOST).iter();
    let host = match (parts.uri.authority(), hosts.next(), hosts.next()) {
        (Some(authority), _, None) => authority.as_str(),
        (None, Some(host), None) => host.to_str().unwrap_or_default(),
        // HTTP/1.0 did not know the header
        (None, None, None) if parts.version == Version::HTTP_10 => "localhost",
        (_, _, _) => "",
    };
    let is_proper = !host.is_empty()
        && host
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-._:[]".contains(c));
    if !is_proper {
        return Err(
            ScimError::status(400, "the request needs one Host header with a host name").into(),
        );
    }
    Ok(BaseUrl(format!("http://{host}{SCIM_PATH}")))
}

/// Reads the query string; profile `strict` takes only the RFCs' parameters.
pub(super) fn parameters(parts: &Parts, caller: &Caller) -> Result<Vec<(String, String)>, Refusal> {
    let query = parts.uri.query().unwrap_or_default();
    let mut parameters = route::parameters(query).ok_or_else(|| {
        ScimError::invalid_value("the query string has a stray % or is not UTF-8")
    })?;
    let unknown = parameters.iter().find(|(name, _)| {
        !PARAMETERS
            .iter()
            .any(|known| known.eq_ignore_ascii_case(name))
    });
    if let (Some((name, _)), Profile::Strict) = (unknown, caller.profile) {
        let detail = format!(
            "{} is no query parameter; there are {}",
            quote(name),
            PARAMETERS.join(", ")
        );
        return Err(ScimError::invalid_value(detail).into());
    }
    let quirks = caller.quirks();
    for (_, filter) in parameters
        .iter_mut()
        .filter(|(name, _)| name.eq_ignore_ascii_case("filter"))
    {
        *filter = idp::forgive_filter_text(&quirks, filter).into_owned();
    }
    Ok(parameters)
}

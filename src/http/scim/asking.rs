//! Who asks, from where, and with which parameters.

use std::net::IpAddr;
use std::sync::Arc;

use http::header::AUTHORIZATION;
use http::request::Parts;

use super::super::client::Client;
use super::super::edge::RequestId;
use super::super::{Http, SCIM_PATH};
use super::answer::Refusal;
use super::route::{self, Route};
use super::{Who, refuse};
use crate::auth::AuthError;
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
) -> Result<Option<Arc<ScimToken>>, Refusal> {
    let authorization = parts
        .headers
        .get(AUTHORIZATION)
        .map(|value| value.to_str().unwrap_or("unreadable"));
    if authorization.is_none() && route.is_some_and(Route::is_discovery) {
        return Ok(None);
    }
    let address = parts
        .extensions
        .get::<Client>()
        .map_or(IpAddr::from([0, 0, 0, 0]), |client| client.address);
    let mut known =
        |token: &ScimToken| who.caller = Some(caller(parts, token, base.clone(), arrived));
    match http
        .authenticator
        .authenticate(authorization, address)
        .await
    {
        Ok((token, in_flight)) => {
            who.in_flight = Some(in_flight);
            Ok(Some(token))
        }
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
                AuthError::Throttled(seconds) => Refusal::wait(detail, seconds),
                AuthError::Busy { seconds, token, .. } => {
                    known(&token);
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
pub(super) fn base_url(http: &Http, parts: &Parts) -> BaseUrl {
    let client = parts.extensions.get::<Client>();
    BaseUrl(match (&http.public_url, client) {
        (Some(url), _) => format!("{}{SCIM_PATH}", url.trim_end_matches('/')),
        (None, Some(client)) => format!("{}://{}{SCIM_PATH}", client.scheme, client.host),
        (None, None) => SCIM_PATH.to_owned(),
    })
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

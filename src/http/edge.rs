//! What happens around every request: its id, who it comes from, the access log, the counters.
//!
//! The id is taken from `X-Request-Id` or made here; it is in the answer, in every line of the
//! server's log, and in the provisioning log.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderName, HeaderValue};
use http_body::Body as _;
use tracing::Instrument as _;
use uuid::Uuid;

use super::client::Client;
use super::scim::refusal;
use super::{Http, ROUTES, trace};

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The id of the request, among its extensions.
#[derive(Clone, Debug)]
pub(super) struct RequestId(pub(super) String);

/// What the answer is to, among its extensions, for log and counters.
#[derive(Clone, Debug, Default)]
pub(super) struct Answered {
    /// The path, with names in place of what tells people apart.
    pub(super) route: String,
    /// The SCIM token; 0 if none.
    pub(super) token: i64,
    /// The provider that holds it.
    pub(super) idp: &'static str,
}

/// What a path is called where no SCIM is spoken.
fn outside_scim(path: &str) -> &'static str {
    let route = ROUTES.into_iter().find(|route| *route == path);
    route.unwrap_or("unknown")
}

/// Carries a request in and its answer out.
pub(super) async fn carry(State(http): State<Arc<Http>>, request: Request, next: Next) -> Response {
    let arrived = (http.now)();
    let (mut parts, body) = request.into_parts();
    let sent = parts
        .headers
        .get(HEADER)
        .and_then(|value| value.to_str().ok());
    let is_proper =
        |id: &&str| (1..=128).contains(&id.len()) && id.chars().all(|c| c.is_ascii_graphic());
    let id = sent
        .filter(is_proper)
        .map_or_else(|| Uuid::new_v4().to_string(), str::to_owned);
    let method = parts.method.clone();
    let outside = outside_scim(parts.uri.path());
    let client = Client::of(&parts, &http.trusted_proxies);
    let address = client.as_ref().ok().map(|client| client.address);
    let _in_flight = http.metrics.begin();
    let span = tracing::info_span!("request", id);
    trace::begin(&span, &parts);
    let mut response = match client {
        Ok(client) => {
            parts.extensions.insert(client);
            parts.extensions.insert(RequestId(id.clone()));
            let request = Request::from_parts(parts, body);
            next.run(request).instrument(span.clone()).await
        }
        Err(error) => refusal(error).into_response(),
    };
    let answered = response
        .extensions_mut()
        .remove::<Answered>()
        .unwrap_or_else(|| Answered {
            route: outside.to_owned(),
            ..Answered::default()
        });
    // a clock may be set back
    let micros = ((http.now)() - arrived).max(0);
    let status = response.status().as_u16();
    http.metrics.count(&method, &answered, status, micros);
    trace::end(&span, &method, &answered.route, status);
    span.in_scope(|| {
        let Answered { route, token, idp } = answered;
        let bytes = response.body().size_hint().exact();
        tracing::info!(target: "access", %method, route, status, micros, bytes, address = address.map(tracing::field::display), token, idp, "answered");
    });
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}

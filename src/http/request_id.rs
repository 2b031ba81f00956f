//! The id of a request: taken from `X-Request-Id` or made here, in the answer, in every line of
//! the log, and in the provisioning log.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderName, HeaderValue};
use tracing::Instrument as _;
use uuid::Uuid;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The id of the request, among its extensions.
#[derive(Clone, Debug)]
pub(super) struct RequestId(pub(super) String);

/// Gives the request its id and the answer the same.
pub(super) async fn carry(mut request: Request, next: Next) -> Response {
    let sent = request
        .headers()
        .get(HEADER)
        .and_then(|value| value.to_str().ok());
    let is_proper =
        |id: &&str| (1..=128).contains(&id.len()) && id.chars().all(|c| c.is_ascii_graphic());
    let id = sent
        .filter(is_proper)
        .map_or_else(|| Uuid::new_v4().to_string(), str::to_owned);
    request.extensions_mut().insert(RequestId(id.clone()));
    let span = tracing::info_span!("request", id);
    let mut response = next.run(request).instrument(span).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}

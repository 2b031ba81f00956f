//! HTTP: axum lives here only. Routes, what is read from requests, what answers look like.

mod health;
mod request_id;
mod scim;
mod server;

use std::sync::Arc;

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get;
use http::StatusCode;
use tower_http::catch_panic::CatchPanicLayer;

use crate::auth::Authenticator;
use crate::directory::Directory;
use crate::scim::ScimError;

pub use server::serve;

/// The path below which SCIM is spoken.
pub const SCIM_PATH: &str = "/scim/v2";

/// What handlers work with.
#[derive(Clone, Debug)]
pub struct Http {
    /// The use cases.
    pub directory: Directory,
    /// Who is let in.
    pub authenticator: Authenticator,
    /// Scheme and host under which clients reach us, such as `https://vestibule.example`;
    /// without it, what the request says.
    pub public_url: Option<String>,
    /// The clock, microseconds since 1970.
    pub now: fn() -> i64,
}

/// Returns everything that is served.
pub fn router(http: Http) -> Router {
    Router::new()
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .fallback(scim::handle)
        .with_state(Arc::new(http))
        .layer(axum::middleware::from_fn(request_id::carry))
        .layer(CatchPanicLayer::custom(
            |_: Box<dyn std::any::Any + Send>| {
                let error =
                    ScimError::status(500, "something went wrong here; the server's log has more");
                (
                    StatusCode::INTERNAL_SERVER_ERROR,
                    [(http::header::CONTENT_TYPE, scim::MEDIA_TYPE)],
                    error.body().to_string(),
                )
                    .into_response()
            },
        ))
}

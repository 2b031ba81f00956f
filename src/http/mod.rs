//! HTTP: axum lives here only. Routes, what is read from requests, what answers look like.

mod client;
mod edge;
mod health;
mod metrics;
mod scim;
mod server;
mod trace;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get;
use http::StatusCode;
use ipnet::IpNet;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

use crate::auth::Authenticator;
use crate::directory::Directory;
use crate::scim::ScimError;

pub use metrics::Metrics;
pub use server::{Patience, Tls, TlsError, serve};

/// The path below which SCIM is spoken.
pub const SCIM_PATH: &str = "/scim/v2";

/// The paths where no SCIM is spoken, which are their own names in log and counters.
const ROUTES: [&str; 3] = ["/health/live", "/health/ready", "/metrics"];

/// What handlers work with.
#[derive(Debug)]
pub struct Http {
    /// The use cases.
    pub directory: Directory,
    /// Who is let in.
    pub authenticator: Authenticator,
    /// Scheme and host under which clients reach us, such as `https://vestibule.example`;
    /// without it, what the request says.
    pub public_url: Option<String>,
    /// Networks whose headers about forwarding are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Networks that may read the counters.
    pub metrics_from: Vec<IpNet>,
    /// The counters.
    pub metrics: Metrics,
    /// How long a request's body may take.
    pub body_timeout: Duration,
    /// The clock, microseconds since 1970.
    pub now: fn() -> i64,
}

/// Returns everything that is served.
pub fn router(http: Http) -> Router {
    let http = Arc::new(http);
    let [live, ready, metrics] = ROUTES;
    Router::new()
        .route(live, get(health::live))
        .route(ready, get(health::ready))
        .route(metrics, get(metrics::show))
        .fallback(scim::handle)
        .with_state(Arc::clone(&http))
        .layer(
            CompressionLayer::new()
                .gzip(true)
                .quality(tower_http::CompressionLevel::Fastest),
        )
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
        .layer(axum::middleware::from_fn_with_state(http, edge::carry))
}

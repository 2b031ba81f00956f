//! For load balancers and process managers; no token.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;

use super::Http;

/// The process runs.
pub(super) async fn live() -> &'static str {
    "live\n"
}

/// The database answers.
pub(super) async fn ready(State(http): State<Arc<Http>>) -> (StatusCode, &'static str) {
    match http.directory.organizations().await {
        Ok(_) => (StatusCode::OK, "ready\n"),
        Err(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "the database does not answer\n",
        ),
    }
}

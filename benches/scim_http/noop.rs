//! The yardstick: an axum handler that reads a request and answers a user that it always has at
//! hand. Less than this no server on this stack can cost.

use axum::Router;
use axum::body::Bytes;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{Method, StatusCode};

/// The argument with which the benchmark starts itself as this server.
pub(crate) const ARGUMENT: &str = "do-nothing";

const USER: &str = include_str!("noop.json");

/// Serves on a free port, which it prints as the server does.
pub(crate) fn serve() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("Tenant URL http://{}", listener.local_addr()?);
        let router = Router::new().fallback(answer);
        axum::serve(listener, router).await?;
        Ok(())
    })
}

async fn answer(method: Method, _body: Bytes) -> Response {
    let status = if method == Method::POST {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    (status, [(CONTENT_TYPE, "application/scim+json")], USER).into_response()
}

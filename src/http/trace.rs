//! What a request's span says beyond the log, in the names of OpenTelemetry's conventions for
//! HTTP. Without a collector nobody listens, and this costs next to nothing.

use http::Method;
use http::request::Parts;
use opentelemetry::propagation::Extractor;
use tracing::{Level, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// Makes the span part of the trace that the client began, if it did (W3C Trace Context).
pub(super) fn begin(span: &Span, parts: &Parts) {
    if parts.headers.contains_key("traceparent") {
        let parent = opentelemetry::global::get_text_map_propagator(|propagator| {
            propagator.extract(&Headers(parts))
        });
        // there is no layer that could take it where traces are off
        let _ = span.set_parent(parent);
    }
}

/// Says what was asked and how it ended.
pub(super) fn end(span: &Span, method: &Method, route: &str, status: u16) {
    if !tracing::enabled!(Level::DEBUG) {
        return;
    }
    span.set_attribute("http.request.method", method.to_string());
    span.set_attribute("http.route", route.to_owned());
    span.set_attribute("http.response.status_code", i64::from(status));
}

struct Headers<'p>(&'p Parts);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0
            .headers
            .get(key)
            .and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0
            .headers
            .keys()
            .map(http::HeaderName::as_str)
            .collect()
    }
}

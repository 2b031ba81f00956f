//! What a Prometheus server reads at `/metrics`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{Method, StatusCode};
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use super::Http;
use super::client::Client;
use super::edge::Answered;
use crate::store::Store;

const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    method: String,
    route: String,
    status: u16,
    idp: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    method: String,
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Pool {
    pool: &'static str,
    state: &'static str,
}

/// Counters and gauges.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    store: Store,
    requests: Family<Request, Counter>,
    durations: Family<Route, Histogram>,
    in_flight: Gauge,
    connections: Family<Pool, Gauge>,
    waiting: Gauge,
}

/// A request in flight, until it is dropped.
pub(super) struct InFlight<'m>(&'m Gauge);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    /// Counters of a server on this store.
    #[must_use]
    pub fn new(store: Store) -> Self {
        let mut registry = Registry::with_prefix("vestibule");
        let requests = Family::default();
        registry.register(
            "http_requests",
            "Requests that were answered",
            requests.clone(),
        );
        let durations: Family<Route, Histogram> =
            Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.000_25, 2.0, 16)));
        registry.register_with_unit(
            "http_request_duration",
            "Time from a request's head to its answer's head",
            Unit::Seconds,
            durations.clone(),
        );
        let in_flight = Gauge::default();
        registry.register(
            "http_requests_in_flight",
            "Requests that are being answered",
            in_flight.clone(),
        );
        let connections = Family::default();
        registry.register(
            "database_connections",
            "Connections to the database: in use, and how many there may be",
            connections.clone(),
        );
        let waiting = Gauge::default();
        registry.register(
            "log_queue",
            "Writes, each with its entries in the provisioning log, that wait for the database",
            waiting.clone(),
        );
        let measured = store.measured();
        registry.register(
            "commit_group_size",
            "Requests that were committed together",
            measured.group_size.clone(),
        );
        registry.register_with_unit(
            "commit_duration",
            "Time that a commit took, until it was durable",
            Unit::Seconds,
            measured.commit_seconds.clone(),
        );
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "What runs here", version);
        Self {
            registry,
            store,
            requests,
            durations,
            in_flight,
            connections,
            waiting,
        }
    }

    pub(super) fn begin(&self) -> InFlight<'_> {
        self.in_flight.inc();
        InFlight(&self.in_flight)
    }

    /// Counts an answer.
    pub(super) fn count(&self, method: &Method, answered: &Answered, status: u16, micros: i64) {
        let route = Route {
            method: known(method),
            route: answered.route.clone(),
        };
        #[expect(
            clippy::cast_precision_loss,
            reason = "a duration of centuries may round"
        )]
        let seconds = micros as f64 / 1e6;
        self.durations.get_or_create(&route).observe(seconds);
        let request = Request {
            method: route.method,
            route: route.route,
            status,
            idp: answered.idp,
        };
        self.requests.get_or_create(&request).inc();
    }

    fn text(&self) -> Result<String, std::fmt::Error> {
        for (pool, [in_use, most]) in self.store.connections() {
            for (state, n) in [("in_use", in_use), ("most", most)] {
                let gauge = self.connections.get_or_create_owned(&Pool { pool, state });
                gauge.set(i64::try_from(n).unwrap_or(i64::MAX));
            }
        }
        let waiting = self.store.waiting_writes();
        self.waiting.set(i64::try_from(waiting).unwrap_or(i64::MAX));
        let mut out = String::new();
        text::encode(&mut out, &self.registry)?;
        Ok(out)
    }
}

/// A method as a label: those that somebody made up are one.
fn known(method: &Method) -> String {
    let known = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
    ];
    if known.contains(method) {
        method.to_string()
    } else {
        "other".to_owned()
    }
}

/// Answers the networks that may see the counters; to others there is nothing here.
pub(super) async fn show(
    State(http): State<Arc<Http>>,
    axum::Extension(client): axum::Extension<Client>,
) -> Response {
    let may = http
        .metrics_from
        .iter()
        .any(|network| network.contains(&client.address));
    // everybody behind such a proxy has the proxy's address
    if !may || client.is_proxy {
        return StatusCode::NOT_FOUND.into_response();
    }
    match http.metrics.text() {
        Ok(text) => ([(CONTENT_TYPE, MEDIA_TYPE)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

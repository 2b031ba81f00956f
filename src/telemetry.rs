//! What the server says of itself: its log on standard error, never a token, and at level info
//! no name or address of a person; and, if asked to, traces for an OpenTelemetry collector.

use std::io::IsTerminal as _;
use std::time::Duration;

use anyhow::Context as _;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::runtime::Tokio;
use opentelemetry_sdk::trace::SdkTracerProvider;
use opentelemetry_sdk::trace::span_processor_with_async_runtime::BatchSpanProcessor;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::config::{LogFormat, Settings};

/// How long the collector may take for a batch of spans.
const EXPORT_LIMIT: Duration = Duration::from_secs(10);

/// Log and traces; the last spans are sent when [`Telemetry::end`] is called.
#[derive(Debug)]
pub struct Telemetry {
    traces: Option<SdkTracerProvider>,
}

/// Starts the log, and traces if the settings name a collector.
///
/// # Errors
/// If the level or the collector's URL cannot be read.
pub fn start(settings: &Settings) -> anyhow::Result<Telemetry> {
    // the database libraries tell every step of every migration
    let quieter = "sqlx=warn,sea_orm=warn,sea_orm_migration=warn,opentelemetry=warn";
    let filter = EnvFilter::try_new(format!("{quieter},{}", settings.log_level))?;
    let log = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    let log = match settings.log_format {
        LogFormat::Text => log.boxed(),
        LogFormat::Json => log.json().flatten_event(true).boxed(),
    };
    let traces = settings
        .otlp_endpoint
        .as_deref()
        .map(exporter)
        .transpose()?;
    let spans = traces.as_ref().map(|traces| {
        opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
        let ours = Targets::new().with_target("vestibule", tracing::Level::DEBUG);
        tracing_opentelemetry::layer()
            .with_tracer(traces.tracer("vestibule"))
            .with_filter(ours)
    });
    tracing_subscriber::registry()
        .with(log.with_filter(filter))
        .with(spans)
        .init();
    Ok(Telemetry { traces })
}

/// Sends spans to a collector by OTLP over HTTP.
fn exporter(endpoint: &str) -> anyhow::Result<SdkTracerProvider> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
        .with_timeout(EXPORT_LIMIT)
        .build()
        .with_context(|| format!("cannot send traces to {endpoint}"))?;
    let resource = Resource::builder().with_service_name("vestibule").build();
    Ok(SdkTracerProvider::builder()
        .with_span_processor(BatchSpanProcessor::builder(exporter, Tokio).build())
        .with_resource(resource)
        .build())
}

impl Telemetry {
    /// Sends the spans that wait to be sent.
    pub async fn end(self) {
        let Some(traces) = self.traces else { return };
        // it blocks its thread until the runtime's others have sent them
        let ended = tokio::task::spawn_blocking(move || traces.shutdown()).await;
        if let Ok(Err(error)) = ended {
            tracing::warn!("the last traces could not be sent: {error}");
        }
    }
}

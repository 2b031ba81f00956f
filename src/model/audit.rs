//! The provisioning log: who changed what, when, and what went wrong.

use serde_json::Value;
use uuid::Uuid;

/// One changing or failing SCIM request, or one operation of a Bulk request, as it happens.
#[derive(Clone, Debug)]
pub struct AuditEvent {
    /// The organization.
    pub organization: i64,
    /// The token.
    pub token: i64,
    /// The provider, as its profile says or as it was recognised; `auto` if neither.
    pub idp: &'static str,
    /// HTTP method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The resource, if it exists or existed.
    pub resource: Option<Uuid>,
    /// HTTP status of the answer.
    pub status: u16,
    /// Keyword of the error.
    pub scim_type: Option<&'static str>,
    /// What went wrong, or what was forgiven.
    pub detail: Option<String>,
    /// What changed, attribute by attribute: `[{"path", "before", "after"}]`.
    pub diff: Option<Value>,
    /// The request's id, as in the answer and in the server's log.
    pub request_id: String,
    /// From the request's arrival to the end of its transaction's work, microseconds.
    pub duration: i64,
}

/// An event as it is read from the log.
#[derive(Clone, Debug)]
pub struct LogEntry {
    /// Grows with every event.
    pub seq: i64,
    /// Microseconds since 1970.
    pub at: i64,
    /// Name of the organization.
    pub organization: String,
    /// Name of the token.
    pub token: String,
    /// The provider.
    pub idp: String,
    /// HTTP method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The resource.
    pub resource: Option<Uuid>,
    /// HTTP status.
    pub status: i64,
    /// Keyword of the error.
    pub scim_type: Option<String>,
    /// What went wrong, or what was forgiven.
    pub detail: Option<String>,
    /// What changed, as JSON text.
    pub diff: Option<String>,
    /// The request's id.
    pub request_id: String,
    /// Microseconds.
    pub duration: i64,
}

/// Which events are asked for.
#[derive(Clone, Debug, Default)]
pub struct LogQuery {
    /// Of this organization only.
    pub organization: Option<i64>,
    /// About this resource only.
    pub resource: Option<Uuid>,
    /// Failures only.
    pub failed: bool,
    /// The newest so many.
    pub limit: i64,
}

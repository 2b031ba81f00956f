//! What a SCIM client may be told when a request cannot be done (RFC 7644 §3.12).

use std::fmt;

use serde_json::{Map, Value};

/// The URN of the Error message (RFC 7644 §3.12).
pub const ERROR_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// The detail keyword of an error (RFC 7644 Table 9, RFC 9865 §2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScimType {
    /// The filter's syntax is wrong, or its attribute and operator do not go together.
    InvalidFilter,
    /// The filter would have to look at more resources than the server is willing to.
    TooMany,
    /// Another resource of the organization has this value.
    Uniqueness,
    /// The attribute cannot be changed in this way.
    Mutability,
    /// The body is not the message that the endpoint takes.
    InvalidSyntax,
    /// The PATCH path cannot be read, or names nothing in the schema.
    InvalidPath,
    /// The PATCH path selects nothing that could be operated on.
    NoTarget,
    /// A value is missing or not of the attribute's type.
    InvalidValue,
    /// The cursor was not issued by this server for this query.
    InvalidCursor,
}

impl ScimType {
    /// Returns the keyword as it is written in an Error body.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
            Self::InvalidCursor => "invalidCursor",
        }
    }
}

/// An error that a SCIM client is told: HTTP status, `scimType`, `detail` (RFC 7644 §3.12).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScimError {
    /// HTTP status code.
    pub status: u16,
    /// Detail keyword, for most errors of status 400 and for `uniqueness`.
    pub scim_type: Option<ScimType>,
    /// One sentence for the person who reads the provisioning log.
    pub detail: String,
}

impl ScimError {
    /// An error of status 400 with a keyword; `uniqueness` is 409 (RFC 7644 Table 9).
    #[must_use]
    pub fn new(scim_type: ScimType, detail: impl Into<String>) -> Self {
        let status = match scim_type {
            ScimType::Uniqueness => 409,
            ScimType::InvalidFilter
            | ScimType::TooMany
            | ScimType::Mutability
            | ScimType::InvalidSyntax
            | ScimType::InvalidPath
            | ScimType::NoTarget
            | ScimType::InvalidValue
            | ScimType::InvalidCursor => 400,
        };
        Self {
            status,
            scim_type: Some(scim_type),
            detail: bounded(detail.into()),
        }
    }

    /// An error that has a status and no keyword.
    #[must_use]
    pub fn status(status: u16, detail: impl Into<String>) -> Self {
        Self {
            status,
            scim_type: None,
            detail: bounded(detail.into()),
        }
    }

    /// A value is missing or wrong (`invalidValue`).
    #[must_use]
    pub fn invalid_value(detail: impl Into<String>) -> Self {
        Self::new(ScimType::InvalidValue, detail)
    }

    /// The message has the wrong shape (`invalidSyntax`).
    #[must_use]
    pub fn invalid_syntax(detail: impl Into<String>) -> Self {
        Self::new(ScimType::InvalidSyntax, detail)
    }

    /// Nothing is stored under this id (404).
    #[must_use]
    pub fn not_found(resource_type: &str, id: &str) -> Self {
        Self::status(404, format!("no {resource_type} has the id {}", quote(id)))
    }

    /// Returns the Error message: `schemas`, `status` (a string), `scimType`, `detail` and
    /// nothing else, because strict clients refuse members that they do not know.
    #[must_use]
    pub fn body(&self) -> Value {
        let mut body = Map::new();
        body.insert("schemas".into(), Value::from(vec![ERROR_SCHEMA]));
        body.insert("status".into(), Value::from(self.status.to_string()));
        if let Some(scim_type) = self.scim_type {
            body.insert("scimType".into(), Value::from(scim_type.as_str()));
        }
        body.insert("detail".into(), Value::from(self.detail.as_str()));
        Value::Object(body)
    }
}

impl fmt::Display for ScimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for ScimError {}

/// Cuts what a client made long: an error repeats no megabyte.
fn bounded(mut detail: String) -> String {
    const MOST: usize = 2_000;
    if detail.len() > MOST {
        let end = (0..=MOST).rev().find(|end| detail.is_char_boundary(*end));
        detail.truncate(end.unwrap_or_default());
        detail.push('…');
    }
    detail
}

/// Puts a client's text into an error message: quoted, escaped, at most 120 characters.
#[must_use]
pub fn quote(text: &str) -> String {
    let mut short: String = text.chars().take(120).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("{short:?}")
}

/// Says what a JSON value is, for an error message: its kind, and itself where it is short.
#[must_use]
pub fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(b) => format!("the boolean {b}"),
        Value::Number(n) => format!("the number {n}"),
        Value::String(s) => format!("the string {}", quote(s)),
        Value::Array(_) => "an array".into(),
        Value::Object(_) => "an object".into(),
    }
}

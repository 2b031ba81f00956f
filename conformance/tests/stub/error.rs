//! What a request is refused with (RFC 7644 §3.12).

use serde_json::{Value, json};

use super::wire::Answer;

/// A refusal: status, Table 9's keyword where there is one, and a text for people.
#[derive(Debug, Clone)]
pub struct ScimError {
    pub status: u16,
    pub scim_type: Option<&'static str>,
    pub detail: String,
    /// The methods that the endpoint has, if the refused one is not among them.
    pub allow: Option<&'static str>,
}

/// The result of everything that can be refused.
pub type Scim<T> = Result<T, ScimError>;

impl ScimError {
    /// A refusal without a keyword.
    pub fn new(status: u16, detail: impl Into<String>) -> Self {
        Self {
            status,
            scim_type: None,
            detail: detail.into(),
            allow: None,
        }
    }

    /// A refusal with one of Table 9's keywords.
    pub fn of(status: u16, scim_type: &'static str, detail: impl Into<String>) -> Self {
        Self {
            scim_type: Some(scim_type),
            ..Self::new(status, detail)
        }
    }

    /// 405: the endpoint exists, and has only the methods of `allow`.
    pub fn method(allow: &'static str) -> Self {
        Self {
            allow: Some(allow),
            ..Self::new(405, format!("this endpoint has {allow}"))
        }
    }

    pub fn not_found(what: &str) -> Self {
        Self::new(404, format!("there is no {what}"))
    }

    pub fn invalid_value(detail: impl Into<String>) -> Self {
        Self::of(400, "invalidValue", detail)
    }

    pub fn invalid_syntax(detail: impl Into<String>) -> Self {
        Self::of(400, "invalidSyntax", detail)
    }

    pub fn invalid_filter(detail: impl Into<String>) -> Self {
        Self::of(400, "invalidFilter", detail)
    }

    pub fn invalid_path(detail: impl Into<String>) -> Self {
        Self::of(400, "invalidPath", detail)
    }

    pub fn mutability(name: &str) -> Self {
        Self::of(400, "mutability", format!("{name} cannot be changed"))
    }

    pub fn no_target(path: &str) -> Self {
        Self::of(400, "noTarget", format!("{path} selects nothing"))
    }

    /// Returns the body of the answer, which has no member outside the Error schema.
    pub fn body(&self) -> Value {
        let mut body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": self.status.to_string(),
        });
        if let Some(scim_type) = self.scim_type {
            body["scimType"] = scim_type.into();
        }
        body["detail"] = self.detail.as_str().into();
        body
    }
}

impl From<ScimError> for Answer {
    fn from(error: ScimError) -> Self {
        let mut answer = Self::new(error.status, error.body());
        if error.status == 401 {
            answer
                .headers
                .push(("www-authenticate", "Bearer realm=\"scim\"".into()));
        }
        if let Some(allow) = error.allow {
            answer.headers.push(("allow", allow.into()));
        }
        answer
    }
}

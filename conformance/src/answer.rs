//! An answer, and what a check may expect of it.

use serde_json::Value;

use crate::check::{Diff, Finding, Stop};
use crate::json::{at, is_unassigned, list, same, text};

/// The schema of an error (RFC 7644 §3.12).
pub const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// An answer of the server that is judged.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Its body as JSON; null if it is none.
    pub body: Value,
    /// Its body.
    pub text: String,
    /// The index of its exchange among the check's.
    pub(crate) exchange: usize,
}

impl Answer {
    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find_map(|(other, value)| other.eq_ignore_ascii_case(name).then_some(value.as_str()))
    }

    /// The value at a path, `emails.0.value`; names in any case.
    pub fn at(&self, path: &str) -> Option<&Value> {
        at(&self.body, path)
    }

    /// The text at a path; empty if there is none.
    pub fn text_at(&self, path: &str) -> &str {
        text(&self.body, path)
    }

    /// The resources of a ListResponse.
    pub fn resources(&self) -> &[Value] {
        list(&self.body, "Resources")
    }

    /// `totalResults` of a ListResponse.
    ///
    /// # Errors
    /// If there is none.
    pub fn total(&self) -> Result<u64, Stop> {
        let total = self.at("totalResults").and_then(Value::as_u64);
        total.ok_or_else(|| {
            self.wrong(
                "a ListResponse with the number totalResults",
                self.summary(),
            )
        })
    }

    /// That a rule is not kept, as this answer shows.
    pub fn wrong(&self, expected: impl Into<String>, actual: impl Into<String>) -> Stop {
        Stop::Wrong(Box::new(Finding {
            expected: expected.into(),
            actual: actual.into(),
            exchange: self.exchange,
            diff: None,
        }))
    }

    /// Expects this status.
    ///
    /// # Errors
    /// If it is another.
    pub fn is(self, status: u16) -> Result<Self, Stop> {
        self.one_of(&[status])
    }

    /// Expects one of these statuses.
    ///
    /// # Errors
    /// If it is another.
    pub fn one_of(self, statuses: &[u16]) -> Result<Self, Stop> {
        if statuses.contains(&self.status) {
            return Ok(self);
        }
        let expected: Vec<String> = statuses.iter().map(u16::to_string).collect();
        Err(self.wrong(format!("status {}", expected.join(" or ")), self.summary()))
    }

    /// Expects a change to be done: 200 with the resource, or 204 (RFC 7644 §3.5.2).
    ///
    /// # Errors
    /// If it was not.
    pub fn done(self) -> Result<Self, Stop> {
        self.one_of(&[200, 204])
    }

    /// Expects a refusal with this status and, if one is named, this `scimType`.
    ///
    /// # Errors
    /// If it is none, or another.
    pub fn refused(self, status: u16, scim_type: &str) -> Result<Self, Stop> {
        self.refused_as(&[(status, scim_type)])
    }

    /// Expects a refusal in one of several ways; an empty `scimType` stands for any or none.
    ///
    /// # Errors
    /// If it is none of them.
    pub fn refused_as(self, ways: &[(u16, &str)]) -> Result<Self, Stop> {
        let given = self.text_at("scimType");
        let fits = |(status, kind): &(u16, &str)| {
            self.status == *status && (kind.is_empty() || given == *kind)
        };
        if ways.iter().any(fits) {
            return Ok(self);
        }
        let words = ways.iter().map(|(status, kind)| match *kind {
            "" => format!("status {status}"),
            kind => format!("status {status} with scimType {kind}"),
        });
        let words: Vec<String> = words.collect();
        Err(self.wrong(words.join(", or "), self.summary()))
    }

    /// Expects a refusal with any status of the client's errors.
    ///
    /// # Errors
    /// If it is none.
    pub fn rejected(self) -> Result<Self, Stop> {
        if (400..500).contains(&self.status) {
            return Ok(self);
        }
        Err(self.wrong("a refusal (4xx)", self.summary()))
    }

    /// Expects anything but a failure of the server.
    ///
    /// # Errors
    /// If it is one; 501 is none, it says that something is not offered.
    pub fn survives(self) -> Result<Self, Stop> {
        if self.status < 500 || self.status == 501 {
            return Ok(self);
        }
        Err(self.wrong("no failure of the server (5xx)", self.summary()))
    }

    /// Expects the value at a path to be this one.
    ///
    /// # Errors
    /// If it is another, or none.
    pub fn has(&self, path: &str, expected: impl Into<Value>) -> Result<(), Stop> {
        let expected = expected.into();
        let actual = self.at(path).cloned().unwrap_or_default();
        if same(&expected, &actual) {
            return Ok(());
        }
        Err(self.differs(path, expected, actual))
    }

    /// Expects no value at a path: absent, null or an empty array.
    ///
    /// # Errors
    /// If there is one.
    pub fn lacks(&self, path: &str) -> Result<(), Stop> {
        let actual = self.at(path);
        if is_unassigned(actual) {
            return Ok(());
        }
        Err(self.differs(path, Value::Null, actual.cloned().unwrap_or_default()))
    }

    /// Expects some value at a path, and returns it.
    ///
    /// # Errors
    /// If there is none.
    pub fn value(&self, path: &str) -> Result<&Value, Stop> {
        let found = self.at(path).filter(|it| !is_unassigned(Some(it)));
        found.ok_or_else(|| self.wrong(format!("a value of {path}"), "none"))
    }

    /// That the value at a path is another than it should be.
    pub fn differs(&self, path: &str, expected: Value, actual: Value) -> Stop {
        let words = |value: &Value| match value {
            Value::Null => format!("no {path}"),
            value => format!("{path} {}", brief(&value.to_string())),
        };
        Stop::Wrong(Box::new(Finding {
            expected: words(&expected),
            actual: words(&actual),
            exchange: self.exchange,
            diff: Some(Diff { expected, actual }),
        }))
    }

    /// The answer in a few words: `status 400 (invalidFilter: …)`.
    pub fn summary(&self) -> String {
        let (kind, detail) = (self.text_at("scimType"), self.text_at("detail"));
        match (kind, detail) {
            ("", "") if self.text.is_empty() => format!("status {} without a body", self.status),
            ("", "") => format!("status {}: {}", self.status, brief(&self.text)),
            ("", detail) => format!("status {} ({})", self.status, brief(detail)),
            (kind, detail) => format!("status {} ({kind}: {})", self.status, brief(detail)),
        }
    }
}

/// The beginning of a text.
pub(crate) fn brief(text: &str) -> String {
    const LONGEST: usize = 160;
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    format!(
        "{}…",
        text.get(..text.floor_char_boundary(LONGEST))
            .unwrap_or_default()
    )
}

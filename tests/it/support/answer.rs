use bytes::Bytes;
use http::HeaderMap;
use serde_json::Value;

use super::ERROR;

/// One HTTP answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Method and path that were asked, for the messages of failed assertions.
    pub(crate) request: String,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// The body as JSON; `null` when it is empty or no JSON.
    pub(crate) body: Value,
    pub(crate) text: String,
    pub(crate) bytes: Bytes,
}

impl Answer {
    /// Returns the answer if it has this status.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        self.one_of(&[status])
    }

    /// Returns the answer if it has one of these statuses.
    #[track_caller]
    pub(crate) fn one_of(self, statuses: &[u16]) -> Self {
        assert!(
            statuses.contains(&self.status),
            "{} answered {}, expected {statuses:?}: {}",
            self.request,
            self.status,
            self.shown()
        );
        self
    }

    /// Asserts an Error of RFC 7644 §3.12 with this status and any `scimType`.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16) {
        assert_eq!(
            self.status,
            status,
            "status of {}: {}",
            self.request,
            self.shown()
        );
        self.is_scim_error();
    }

    /// Asserts an Error of RFC 7644 §3.12 with this status and `scimType`.
    #[track_caller]
    pub(crate) fn refused_as(&self, status: u16, scim_type: &str) {
        self.refused_as_one_of(status, &[scim_type]);
    }

    #[track_caller]
    pub(crate) fn refused_as_one_of(&self, status: u16, scim_types: &[&str]) {
        self.refused(status);
        assert!(
            scim_types.iter().any(|it| *it == self.body["scimType"]),
            "{} has another scimType than {scim_types:?}: {}",
            self.request,
            self.shown()
        );
    }

    /// Asserts the form that each 4xx and 5xx has: media type, members, `status` as a string.
    #[track_caller]
    pub(crate) fn is_scim_error(&self) {
        let message = format!(
            "{} answered {}: {}",
            self.request,
            self.status,
            self.shown()
        );
        assert_eq!(self.media_type(), "application/scim+json", "{message}");
        let error = self
            .body
            .as_object()
            .unwrap_or_else(|| panic!("no JSON object: {message}"));
        assert_eq!(error["schemas"], serde_json::json!([ERROR]), "{message}");
        assert_eq!(self.body["status"], self.status.to_string(), "{message}");
        for (member, value) in error {
            let known = ["schemas", "status", "scimType", "detail"].contains(&member.as_str());
            assert!(
                known,
                "a member outside the Error schema, {member}: {message}"
            );
            assert!(
                member == "schemas" || value.is_string(),
                "{member} is no string: {message}"
            );
        }
    }

    /// Asserts that the client is told to come again later.
    #[track_caller]
    pub(crate) fn puts_off(&self) {
        self.refused(503);
        let after = self.header("retry-after");
        assert!(
            after.parse::<u32>().is_ok_and(|it| it > 0),
            "{} has Retry-After {after:?}",
            self.request
        );
    }

    /// Returns a header's value, or an empty string when it is absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |it| it.to_str().expect("a header is ASCII"))
    }

    /// Returns the media type of the body without its parameters.
    pub(crate) fn media_type(&self) -> &str {
        self.header("content-type")
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
    }

    #[track_caller]
    pub(crate) fn id(&self) -> &str {
        self.body["id"]
            .as_str()
            .unwrap_or_else(|| panic!("{} gave no id: {}", self.request, self.shown()))
    }

    /// Returns the version of the resource, `meta.version`.
    #[track_caller]
    pub(crate) fn version(&self) -> String {
        let version = self.body["meta"]["version"].as_str();
        version
            .unwrap_or_else(|| panic!("{} gave no version: {}", self.request, self.shown()))
            .to_owned()
    }

    /// Returns `Resources` of a ListResponse.
    #[track_caller]
    pub(crate) fn resources(&self) -> &[Value] {
        let resources = self.body["Resources"].as_array();
        resources.unwrap_or_else(|| panic!("{} gave no Resources: {}", self.request, self.shown()))
    }

    /// Returns one attribute of each of `Resources`, in their order; `null` where it is absent.
    #[track_caller]
    pub(crate) fn each(&self, attribute: &str) -> Vec<Value> {
        self.resources()
            .iter()
            .map(|it| it[attribute].clone())
            .collect()
    }

    #[track_caller]
    pub(crate) fn total(&self) -> u64 {
        let total = self.body["totalResults"].as_u64();
        total.unwrap_or_else(|| panic!("{} gave no totalResults: {}", self.request, self.shown()))
    }

    fn shown(&self) -> String {
        let mut shown: String = self.text.chars().take(600).collect();
        if shown.len() < self.text.len() {
            shown.push('…');
        }
        shown
    }
}

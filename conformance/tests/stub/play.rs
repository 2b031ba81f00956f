//! Plays the scenario to a specimen: a client that knows the names of the scenario, and compares answers.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "only tests play it"
)]

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use serde_json::Value;
use ureq::http::Request;

use crate::stub::Stub;

const SCENARIO: &str = include_str!("scenario.txt");
#[rustfmt::skip] // a line each
pub const URNS: [(&str, &str); 9] = [
    ("$USER", "urn:ietf:params:scim:schemas:core:2.0:User"),
    ("$GROUP", "urn:ietf:params:scim:schemas:core:2.0:Group"),
    ("$ENT", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"),
    ("$DEVICE", "urn:example:params:scim:schemas:core:2.0:Device"),
    ("$PLACE", "urn:example:params:scim:schemas:extension:2.0:Place"),
    ("$WARRANTY", "urn:example:params:scim:schemas:extension:2.0:Warranty"),
    ("$SEARCH", "urn:ietf:params:scim:api:messages:2.0:SearchRequest"),
    ("$BULK", "urn:ietf:params:scim:api:messages:2.0:BulkRequest"),
    ("$PATCH", "urn:ietf:params:scim:api:messages:2.0:PatchOp"),
];

pub struct Client {
    stub: Stub,
    agent: ureq::Agent,
    /// The ids and cursors that answers had, by the names that the scenario gives them.
    names: HashMap<String, String>,
    /// The times that were seen last of each resource.
    times: HashMap<String, (Value, Value)>,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: Value,
}

impl Client {
    pub fn new(stub: Stub) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(20)))
            .build();
        Self {
            stub,
            agent: config.into(),
            names: HashMap::new(),
            times: HashMap::new(),
        }
    }

    pub fn with(broken: &[&str]) -> Self {
        Self::new(Stub::start(broken))
    }

    pub fn send(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.send_raw(method, path, &[], Some(body.to_string().into_bytes()))
    }

    pub fn send_raw(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Answer {
        let uri = format!("{}{}", self.stub.base_url(), encoded(path));
        let mut request = Request::builder().method(method).uri(uri);
        let has = |wanted: &str| {
            headers
                .iter()
                .any(|(name, _)| name.eq_ignore_ascii_case(wanted))
        };
        if !has("authorization") {
            request = request.header("authorization", format!("Bearer {}", self.stub.token()));
        }
        if body.is_some() && !has("content-type") {
            request = request.header("content-type", "application/scim+json");
        }
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            request = request.header(*name, value.replace("$TOKEN", self.stub.token()));
        }
        let answer = match body {
            Some(body) => self.agent.run(request.body(body).unwrap()),
            None => self.agent.run(request.body(()).unwrap()),
        };
        let mut answer = answer.unwrap();
        let headers = answer
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
        Answer {
            status: answer.status().as_u16(),
            headers: headers.collect(),
            body: serde_json::from_str(&answer.body_mut().read_to_string().unwrap())
                .unwrap_or(Value::Null),
        }
    }

    pub fn named(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, urn) in URNS {
            text = text.replace(name, urn);
        }
        let mut names: Vec<_> = self.names.iter().collect();
        names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        for (name, value) in names {
            text = text.replace(&format!("${name}"), value);
        }
        text
    }

    /// Plays a line `[name:] status METHOD path [~ Header: value] [<- body]`; an array as body is that of a PATCH.
    pub fn play(&mut self, line: &str) -> (u16, Answer) {
        let (head, body) = line
            .split_once(" <- ")
            .map_or((line, None), |(head, body)| (head, Some(body)));
        let (head, header) = head
            .split_once(" ~ ")
            .map_or((head, None), |(head, header)| (head, Some(header)));
        let (name, head) = match head.split_once(": ") {
            Some((name, rest)) if name.chars().all(char::is_alphanumeric) => (Some(name), rest),
            _ => (None, head),
        };
        let mut words = head.splitn(3, ' ');
        let status = words.next().unwrap().parse().unwrap();
        let (method, path) = (
            words.next().unwrap(),
            self.named(words.next().unwrap_or_default()),
        );
        let body = body.map(|body| match self.named(body) {
            operations if operations.starts_with('[') => {
                format!(
                    r#"{{"schemas":["{}"],"Operations":{operations}}}"#,
                    URNS[8].1
                )
            }
            body => body.trim_start_matches("RAW ").to_owned(),
        });
        let header = header.map(|header| self.named(header));
        let header = header.as_deref().map(|header| {
            header
                .split_once(':')
                .map(|(name, value)| (name, value.trim()))
                .unwrap()
        });
        let bytes = body.map(|body| {
            if body == "LATIN" {
                b"{\"schemas\":[],\"a\":\"\xE9\"}".to_vec()
            } else {
                body.into_bytes()
            }
        });
        let answer = self.send_raw(method, path.trim(), header.as_slice(), bytes);
        if let Some(name) = name {
            let cursor = answer.body["nextCursor"].as_str();
            let id = answer.body["id"].as_str().or(cursor).unwrap_or("missing");
            self.names.insert(name.to_owned(), id.to_owned());
        }
        (status, answer)
    }

    /// Returns the answer as text, without what no two runs have in common.
    pub fn transcript(&mut self, mut answer: Answer) -> String {
        self.tell_times(&mut answer.body);
        for name in ["date", "content-length", "connection"] {
            answer.headers.remove(name);
        }
        let mut text = format!("{} {:?} {}", answer.status, answer.headers, answer.body);
        text = text.replace(&self.stub.base_url(), "$BASE");
        for (name, value) in self.names.iter().filter(|(_, value)| value.len() > 30) {
            text = text.replace(value, &format!("${name}"));
        }
        without_random(&text)
    }

    /// Puts in place of each time whether it moved since it was last seen.
    pub fn tell_times(&mut self, body: &mut Value) {
        match body {
            Value::Object(members) => {
                let id = members.get("id").map(Value::to_string);
                members
                    .values_mut()
                    .for_each(|value| self.tell_times(value));
                if let (Some(id), Some(meta)) = (id, members.get_mut("meta"))
                    && meta["created"].is_string()
                {
                    let now = (meta["created"].clone(), meta["lastModified"].clone());
                    let before = self
                        .times
                        .insert(id, now.clone())
                        .unwrap_or_else(|| now.clone());
                    meta["created"] = (now.0 == before.0).into();
                    meta["lastModified"] =
                        format!("{} {}", now.1 == before.1, now.0 == now.1).into();
                }
            }
            Value::Array(values) => values.iter_mut().for_each(|value| self.tell_times(value)),
            _ => {}
        }
    }
}

/// Masks ids and cursors that the scenario gives no name.
fn without_random(text: &str) -> String {
    let is_random =
        |word: &str| word.len() >= 32 && word.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    let words = text.split_inclusive(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    words
        .map(|word| {
            let end = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric() && c != '-');
            if is_random(end) {
                word.replace(end, "…")
            } else {
                word.to_owned()
            }
        })
        .collect()
}

/// Percent-encodes what a URI may not hold; a path may be encoded already.
fn encoded(path: &str) -> String {
    let (path, query) = path
        .split_once('?')
        .map_or((path, None), |(path, query)| (path, Some(query)));
    let encode = |text: &str, reserved: &[u8]| -> String {
        let is_plain = |byte: u8| {
            byte.is_ascii_graphic()
                && !b"\"<>[]{}\\^`|#".contains(&byte)
                && !reserved.contains(&byte)
        };
        let encode = |byte: u8| {
            if is_plain(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        };
        text.bytes().map(encode).collect()
    };
    let query = query
        .map(|query| format!("?{}", encode(query, b"+%")))
        .unwrap_or_default();
    encode(path, b"") + &query
}

/// Returns the lines of the scenario, each with what its answer must hold.
pub fn scenario() -> Vec<(&'static str, Vec<&'static str>)> {
    let mut scenario: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in SCENARIO
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        match line.strip_prefix("    ") {
            Some(held) => scenario.last_mut().unwrap().1.push(held),
            None => scenario.push((line, Vec::new())),
        }
    }
    scenario
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

//! What a check works with: the server, what it says of itself, and things made on it.

mod membership;
mod probe;

use std::cell::{Cell, RefCell};
use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::check::{Finding, Stop, Verdict};
use crate::exchange::Exchange;
use crate::json::{parse, text};
use crate::litter::Litter;
use crate::population::{People, Population};
use crate::run::Manner;
use crate::sample::{self, Fill};
use crate::server::{GROUP, ResourceType, Server, USER};
use crate::wire::{Request, Wire};

/// The schema of a PATCH request (RFC 7644 §3.5.2).
pub const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// The schema of a search by POST (RFC 7644 §3.4.3).
pub const SEARCH_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

/// Every name that this suite makes begins so.
pub const PREFIX: &str = "scimconf";

/// The place of one check; what is made in it is taken away after it.
#[derive(Debug)]
pub struct Lab<'a> {
    /// What the server says of itself.
    pub server: &'a Server,
    wire: &'a Wire,
    manner: Option<&'a Manner<'a>>,
    population: &'a Population,
    tag: String,
    names: Cell<u32>,
    exchanges: RefCell<Vec<Exchange>>,
    notes: RefCell<Vec<String>>,
    litter: RefCell<Litter>,
    someone: RefCell<Option<Made>>,
}

/// A resource that was made.
#[derive(Clone, Debug)]
pub struct Made {
    /// Its id.
    pub id: String,
    /// Its path under the base URL, `/Users/2819c223`.
    pub path: String,
    /// As the server answered it.
    pub body: Value,
}

impl Made {
    /// The text at a path of the answer, `userName`.
    pub fn text(&self, path: &str) -> &str {
        text(&self.body, path)
    }
}

/// What is left when a check is over.
#[derive(Debug)]
pub struct Traces {
    /// What was sent and what came.
    pub exchanges: Vec<Exchange>,
    /// What the check remarks.
    pub notes: Vec<String>,
    /// What it made.
    pub litter: Litter,
}

impl<'a> Lab<'a> {
    /// A place for a check; the tag is in all names that it makes.
    pub fn new(wire: &'a Wire, server: &'a Server, population: &'a Population, tag: &str) -> Self {
        Self {
            server,
            wire,
            manner: None,
            population,
            tag: tag.to_owned(),
            names: Cell::new(0),
            exchanges: RefCell::default(),
            notes: RefCell::default(),
            litter: RefCell::default(),
            someone: RefCell::default(),
        }
    }

    /// Is part of a run that goes about it like this.
    #[must_use]
    pub fn under(mut self, manner: &'a Manner<'a>) -> Self {
        self.manner = Some(manner);
        self
    }

    /// How many resources the checks of scale make, if they are asked for.
    pub fn scale(&self) -> Option<usize> {
        self.manner.and_then(|it| it.scale)
    }

    /// Whether what is made stays.
    pub fn keeps(&self) -> bool {
        self.manner.is_some_and(|it| it.keep)
    }

    /// Whether the run shall end.
    pub fn is_stopped(&self) -> bool {
        self.manner
            .is_some_and(|it| it.stop.load(Ordering::Relaxed))
    }

    /// Ends it, and returns what is left.
    pub fn close(self) -> Traces {
        Traces {
            exchanges: self.exchanges.into_inner(),
            notes: self.notes.into_inner(),
            litter: self.litter.into_inner(),
        }
    }

    /// The users that all checks of queries share; nobody changes them.
    ///
    /// # Errors
    /// The check is blocked if they cannot be made.
    pub fn people(&self) -> Result<&'a People, Stop> {
        self.population
            .people(|tag| Lab::new(self.wire, self.server, self.population, tag))
    }

    /// The part of names that only this check makes: a filter `sw` it finds nobody else's.
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// A new name, unlike all others; lower-case letters, digits and hyphens.
    pub fn name(&self) -> String {
        self.names.set(self.names.get() + 1);
        format!("{}-{}", self.tag, self.names.get())
    }

    /// Remarks something in the report, like which of two readings of the RFC a server follows.
    pub fn note(&self, words: impl Into<String>) {
        self.notes.borrow_mut().push(words.into());
    }

    /// Sends a request.
    ///
    /// # Errors
    /// If no answer comes, for which the server is blamed.
    pub fn send(&self, request: Request) -> Result<Answer, Stop> {
        self.keep(self.wire.send(&request))
    }

    /// Sends requests at the same time, and returns their answers in the same order.
    ///
    /// # Errors
    /// If one has no answer.
    pub fn send_together(&self, requests: &[Request]) -> Result<Vec<Answer>, Stop> {
        let exchanges = self.exchanged(requests);
        exchanges.into_iter().map(|it| self.keep(it)).collect()
    }

    /// Sends many requests, some at a time, and returns the bodies of their answers in the same
    /// order. The report keeps none of them, and what they make stays after the check: whoever
    /// calls this takes it away.
    ///
    /// # Errors
    /// At the first one that does not succeed, which the report keeps.
    pub fn send_many(&self, requests: &[Request]) -> Result<Vec<Value>, Stop> {
        const AT_A_TIME: usize = 8;
        let mut bodies = Vec::with_capacity(requests.len());
        for some in requests.chunks(AT_A_TIME) {
            for exchange in self.exchanged(some) {
                match &exchange.answer {
                    Ok(answer) if (200..300).contains(&answer.status) => {
                        bodies.push(parse(&answer.body));
                    }
                    _ => {
                        let answer = self.keep(exchange)?;
                        return Err(answer.wrong("success (2xx)", answer.summary()));
                    }
                }
            }
        }
        Ok(bodies)
    }

    fn exchanged(&self, requests: &[Request]) -> Vec<Exchange> {
        let wire = self.wire;
        std::thread::scope(|scope| {
            let sent = requests
                .iter()
                .map(|request| scope.spawn(|| wire.send(request)));
            let sent: Vec<_> = sent.collect();
            sent.into_iter().filter_map(|it| it.join().ok()).collect()
        })
    }

    fn keep(&self, exchange: Exchange) -> Result<Answer, Stop> {
        self.litter.borrow_mut().see(&exchange);
        let mut exchanges = self.exchanges.borrow_mut();
        let index = exchanges.len();
        let answer = match &exchange.answer {
            Ok(received) => Ok(Answer {
                status: received.status,
                headers: received.headers.clone(),
                body: parse(&received.body),
                text: received.body.clone(),
                exchange: index,
            }),
            Err(error) => Err(Stop::Wrong(Box::new(Finding {
                expected: "an answer".to_owned(),
                actual: error.clone(),
                exchange: index,
                diff: None,
            }))),
        };
        let mut exchange = exchange;
        if let Ok(received) = &mut exchange.answer {
            received.body = crate::exchange::shortened(&received.body);
        }
        exchanges.push(exchange);
        answer
    }

    /// GETs a path under the base URL.
    ///
    /// # Errors
    /// If no answer comes.
    pub fn get(&self, path: impl Into<String>) -> Result<Answer, Stop> {
        self.send(Request::new("GET", path))
    }

    /// POSTs JSON.
    ///
    /// # Errors
    /// If no answer comes.
    pub fn post(&self, path: impl Into<String>, body: &Value) -> Result<Answer, Stop> {
        self.send(Request::new("POST", path).json(body))
    }

    /// PUTs JSON.
    ///
    /// # Errors
    /// If no answer comes.
    pub fn put(&self, path: impl Into<String>, body: &Value) -> Result<Answer, Stop> {
        self.send(Request::new("PUT", path).json(body))
    }

    /// PATCHes with these Operations.
    ///
    /// # Errors
    /// If no answer comes.
    pub fn patch(&self, path: impl Into<String>, operations: Value) -> Result<Answer, Stop> {
        self.send(Request::new("PATCH", path).json(&patch(operations)))
    }

    /// DELETEs.
    ///
    /// # Errors
    /// If no answer comes.
    pub fn delete(&self, path: impl Into<String>) -> Result<Answer, Stop> {
        self.send(Request::new("DELETE", path))
    }

    /// GETs a list with these parameters.
    ///
    /// # Errors
    /// If no answer comes.
    pub fn list(&self, endpoint: &str, parameters: &[(&str, &str)]) -> Result<Answer, Stop> {
        self.get(query(endpoint, parameters))
    }

    /// The resources that a filter finds.
    ///
    /// # Errors
    /// If the answer is no list.
    pub fn find(&self, endpoint: &str, filter: &str) -> Result<Vec<Value>, Stop> {
        let answer = self.list(endpoint, &[("filter", filter)])?.is(200)?;
        answer.total()?;
        Ok(answer.resources().to_vec())
    }

    /// Reads what was made, as it is now.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn read(&self, made: &Made) -> Result<Answer, Stop> {
        self.get(&made.path)?.is(200)
    }

    /// Makes a resource that a check needs, which is not itself about making it.
    ///
    /// # Errors
    /// The check is blocked if it cannot be made.
    pub fn make(&self, endpoint: &str, body: &Value) -> Result<Made, Stop> {
        self.setup(&format!("POST {endpoint}"), || {
            self.post(endpoint, body)?.is(201)?.made(endpoint)
        })
    }

    /// Does what a check needs first: what goes wrong in it blocks the check.
    ///
    /// # Errors
    /// The check is blocked if it goes wrong.
    pub fn setup<T>(&self, what: &str, first: impl FnOnce() -> Result<T, Stop>) -> Result<T, Stop> {
        first().map_err(|stop| match stop {
            Stop::Wrong(finding) => Stop::Blocked(format!("{what}: {finding}")),
            stop => stop,
        })
    }

    /// The smallest user that this server takes, with a new `userName`.
    pub fn user_body(&self) -> Value {
        match self.server.user() {
            Some(kind) => self.body(kind, Fill::Required),
            None => json!({ "schemas": [USER], "userName": self.name() }),
        }
    }

    /// A body of this type, with a new name; a group that must have members has one.
    pub fn body(&self, kind: &ResourceType, fill: Fill) -> Value {
        let body = sample::resource(kind, &self.name(), fill);
        match self.needed_member(kind) {
            Some(member) => with(body, json!({ "members": [member] })),
            None => body,
        }
    }

    /// The path of the users' collection, `/Users`.
    pub fn users(&self) -> &str {
        self.server.user().map_or("/Users", |it| &it.endpoint)
    }

    /// The path of the groups' collection, `/Groups`.
    pub fn groups(&self) -> &str {
        self.server.group().map_or("/Groups", |it| &it.endpoint)
    }

    /// Makes the smallest user.
    ///
    /// # Errors
    /// The check is blocked if it cannot be made.
    pub fn user(&self) -> Result<Made, Stop> {
        self.make(self.users(), &self.user_body())
    }

    /// Makes a user with further attributes, which win over those that it needs.
    ///
    /// # Errors
    /// The check is blocked if it cannot be made.
    pub fn user_with(&self, attributes: Value) -> Result<Made, Stop> {
        self.make(self.users(), &with(self.user_body(), attributes))
    }

    /// The smallest group with a new `displayName`.
    pub fn group_body(&self) -> Value {
        match self.server.group() {
            Some(kind) => self.body(kind, Fill::Required),
            None => json!({ "schemas": [GROUP], "displayName": self.name() }),
        }
    }

    /// Makes a group with these members.
    ///
    /// # Errors
    /// The check is blocked if it cannot be made.
    pub fn group(&self, members: &[&Made]) -> Result<Made, Stop> {
        let mut body = self.group_body();
        if !members.is_empty() {
            let members: Vec<Value> = members.iter().map(|it| self.member(it)).collect();
            body = with(body, json!({ "members": members }));
        }
        self.make(self.groups(), &body)
    }

    /// Makes the smallest resource of a type.
    ///
    /// # Errors
    /// The check is blocked if it cannot be made.
    pub fn sample(&self, kind: &ResourceType, fill: Fill) -> Result<Made, Stop> {
        self.make(&kind.endpoint, &self.body(kind, fill))
    }

    /// Expects something of the last answer.
    ///
    /// # Errors
    /// If it is not so.
    pub fn expect(&self, kept: bool, expected: &str, actual: impl Into<String>) -> Verdict {
        if kept {
            Ok(())
        } else {
            Err(self.wrong(expected, actual))
        }
    }

    /// That a rule is not kept, as the last exchange shows.
    pub fn wrong(&self, expected: impl Into<String>, actual: impl Into<String>) -> Stop {
        Stop::Wrong(Box::new(Finding {
            expected: expected.into(),
            actual: actual.into(),
            exchange: self.exchanges.borrow().len().saturating_sub(1),
            diff: None,
        }))
    }
}

impl Answer {
    /// The resource that an answer to a creation shows.
    ///
    /// # Errors
    /// If it has no id.
    pub fn made(self, endpoint: &str) -> Result<Made, Stop> {
        let id = self.text_at("id").to_owned();
        if id.is_empty() {
            return Err(self.wrong("a resource with an id", self.summary()));
        }
        Ok(Made {
            path: format!(
                "{}/{}",
                endpoint.split('?').next().unwrap_or_default(),
                encode(&id)
            ),
            id,
            body: self.body,
        })
    }
}

/// A PATCH request with these Operations.
pub fn patch(operations: Value) -> Value {
    json!({ "schemas": [PATCH_OP], "Operations": operations })
}

/// An object with the members of another, which win.
#[must_use]
pub fn with(mut body: Value, more: Value) -> Value {
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        for (name, value) in more {
            body.insert(name, value);
        }
    }
    body
}

/// An object without this member.
#[must_use]
pub fn without(mut body: Value, name: &str) -> Value {
    if let Some(body) = body.as_object_mut() {
        body.shift_remove(name);
    }
    body
}

/// A path with parameters.
pub fn query(path: &str, parameters: &[(&str, &str)]) -> String {
    let parameters = parameters
        .iter()
        .map(|(name, value)| format!("{name}={}", encode(value)));
    format!("{path}?{}", parameters.collect::<Vec<_>>().join("&"))
}

/// Percent-encodes all but the unreserved characters of RFC 3986.
pub fn encode(text: &str) -> String {
    let encoded = text.bytes().map(|byte| match byte {
        byte if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
            char::from(byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    });
    encoded.collect()
}

//! Which request means what: authentication, endpoints, and the operations on one resource (RFC 7644 §3).

use serde_json::Value;
use uuid::Uuid;

use super::admit::{From, complete, resource};
use super::breaks::keeps;
use super::cursor::Cursors;
use super::discovery;
use super::error::{Scim, ScimError};
use super::list::{Query, Search};
use super::mutability::{carry_over, check_immutable};
use super::names::Members;
use super::schema::{ResourceType, TYPES};
use super::show::location;
use super::shown::Projection;
use super::store::{Change, Record, Store};
use super::wire::{Answer, Asked};
use super::{bulk, patch};

/// The specimen's state.
#[derive(Debug)]
pub struct Server {
    pub base: String,
    pub token: String,
    pub store: Store,
    pub cursors: Cursors,
}

impl Server {
    /// Answers a request.
    pub fn answer(&mut self, asked: &Asked) -> Answer {
        self.store.arrived = asked.arrived;
        self.authenticated(asked).unwrap_or_else(Answer::from)
    }

    fn authenticated(&mut self, asked: &Asked) -> Scim<Answer> {
        let path = asked.segments()?;
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        // A client learns here how to authenticate (RFC 7643 §5).
        let open =
            path == ["ServiceProviderConfig"] && keeps("A5") || path == ["Bulk"] && !keeps("B7");
        if !open && !self.knows(asked.header("authorization")) {
            return Err(ScimError::new(401, "a bearer token is wanted"));
        }
        self.route(asked, &path)
    }

    /// Whether the header carries our token. The name of the scheme has no case (RFC 7235 §2.1).
    fn knows(&self, authorization: Option<&str>) -> bool {
        let Some(authorization) = authorization else {
            return !keeps("B1");
        };
        let Some((scheme, token)) = authorization.split_once(' ') else {
            return false;
        };
        let bearer = if keeps("B4") {
            scheme.eq_ignore_ascii_case("bearer")
        } else {
            scheme == "Bearer"
        };
        (bearer || !keeps("B5")) && (token.trim() == self.token || !keeps("B2"))
    }

    fn route(&mut self, asked: &Asked, path: &[&str]) -> Scim<Answer> {
        let method = asked.method.as_str();
        match (method, path) {
            ("GET", ["Me"]) if !keeps("P4") => self.somebody(),
            (_, ["Me", ..]) => Err(ScimError::new(501, "/Me is not supported")),
            (_, [endpoint, ..]) if discovery::ENDPOINTS.contains(endpoint) => {
                self.discover(asked, path)
            }
            ("POST", ["Bulk"]) => bulk::run(self, asked).map(|body| Answer::new(200, body)),
            (_, ["Bulk"]) => Err(ScimError::method("POST")),
            ("POST", [".search"]) => self.search(&every_type("N2"), &asked.json()?),
            ("GET" | "HEAD", []) => self.list(&every_type("N3"), asked),
            (_, []) => Err(ScimError::method("GET")),
            (_, [".search"]) => Err(ScimError::method("POST")),
            (_, [endpoint, rest @ ..]) => {
                let kind = ResourceType::at(endpoint)
                    .ok_or_else(|| ScimError::not_found("such endpoint"))?;
                match rest {
                    [] => self.collection(asked, kind),
                    [".search"] if method == "POST" => self.search(&[kind], &asked.json()?),
                    [".search"] => Err(ScimError::method("POST")),
                    [id] => self.one(asked, kind, id),
                    _ => Err(ScimError::not_found("such endpoint")),
                }
            }
        }
    }

    /// What P4 forbids: a token that is no user gets a user.
    fn somebody(&self) -> Scim<Answer> {
        let somebody = self
            .store
            .all(&TYPES[0])
            .next()
            .ok_or_else(|| ScimError::not_found("user"))?;
        Ok(self.shown(200, somebody, &Projection::default()))
    }

    fn discover(&mut self, asked: &Asked, path: &[&str]) -> Scim<Answer> {
        if !matches!(asked.method.as_str(), "GET" | "HEAD") {
            return if keeps("A18") {
                Err(ScimError::method("GET"))
            } else {
                Ok(Answer::empty(204))
            };
        }
        if asked.query.iter().any(|(name, _)| name == "filter") && keeps("A16") {
            return Err(ScimError::new(403, "discovery has no filter"));
        }
        let body = discovery::answer(&self.base, path, self.cursors.timeout.as_secs())?;
        Ok(Answer::new(200, body))
    }

    fn collection(&mut self, asked: &Asked, kind: &'static ResourceType) -> Scim<Answer> {
        match asked.method.as_str() {
            "GET" | "HEAD" => self.list(&[kind], asked),
            "POST" => {
                let projection = Query::from_parameters(&asked.query)?.projection;
                let body = asked.json()?;
                let id = body["id"]
                    .as_str()
                    .map(str::to_owned)
                    .filter(|_| !keeps("C3.client"));
                let id = id.unwrap_or_else(|| {
                    if keeps("C3.bulkId") {
                        super::basics_breaks::id(&body, new_id())
                    } else {
                        format!("bulkId-{}", new_id())
                    }
                });
                let made = self.create(kind, &id, &body)?;
                let projection = if keeps("C21") {
                    projection
                } else {
                    Projection::default()
                };
                Ok(self
                    .shown(201, &made, &projection)
                    .with("location", location(&made, &self.base)))
            }
            "DELETE" if !keeps("L6") => Ok(Answer::empty(204)),
            _ => Err(ScimError::method("GET, POST")),
        }
    }

    fn one(&mut self, asked: &Asked, kind: &'static ResourceType, id: &str) -> Scim<Answer> {
        let method = asked.method.as_str();
        if !matches!(method, "GET" | "HEAD" | "PUT" | "PATCH" | "DELETE") {
            return Err(ScimError::method("GET, PUT, PATCH, DELETE"));
        }
        let projection = Query::from_parameters(&asked.query)?.projection;
        let record = match self.store.find(kind, id) {
            Err(_) if method == "PUT" && !keeps("K7") => {
                let made = self.create(kind, id, &asked.json()?)?;
                return Ok(self.shown(201, &made, &projection));
            }
            found => found?,
        };
        match method {
            "GET" | "HEAD" => {
                if asked
                    .header("if-none-match")
                    .is_some_and(|tags| has(tags, &record.etag()))
                    && keeps("M2")
                {
                    return Ok(Answer::empty(304).with("etag", record.etag()));
                }
                let record = if is_fresh(&record) {
                    Record {
                        members: record.before.clone(),
                        ..Record::clone(&record)
                    }
                    .into()
                } else {
                    record
                };
                Ok(self
                    .shown(200, &record, &projection)
                    .with("content-location", location(&record, &self.base)))
            }
            "DELETE" => {
                self.check_version(asked.header("if-match"), &record)?;
                self.store.delete(&record);
                Ok(Answer::empty(204))
            }
            "PUT" => {
                self.check_version(asked.header("if-match"), &record)?;
                let changed = self.replace(&record, &asked.json()?)?;
                Ok(self.shown(
                    200,
                    &changed,
                    &if keeps("D12.put") {
                        projection
                    } else {
                        Projection::default()
                    },
                ))
            }
            _ => {
                self.check_version(asked.header("if-match"), &record)?;
                let changed = self.patch(&record, &asked.json()?)?;
                Ok(self.shown(
                    200,
                    &changed,
                    &if keeps("D12.patch") {
                        projection
                    } else {
                        Projection::default()
                    },
                ))
            }
        }
    }

    fn list(&mut self, kinds: &[&'static ResourceType], asked: &Asked) -> Scim<Answer> {
        self.found(kinds, &Query::from_parameters(&asked.query)?)
    }

    fn search(&mut self, kinds: &[&'static ResourceType], body: &Value) -> Scim<Answer> {
        self.found(kinds, &Query::from_search(body)?)
    }

    fn found(&mut self, kinds: &[&'static ResourceType], query: &Query) -> Scim<Answer> {
        let search = Search {
            store: &self.store,
            base: &self.base,
            kinds,
            query,
        };
        Ok(Answer::new(200, search.answer(&mut self.cursors)?))
    }

    /// Stores a new resource (RFC 7644 §3.3).
    pub fn create(
        &mut self,
        kind: &'static ResourceType,
        id: &str,
        body: &Value,
    ) -> Scim<std::sync::Arc<Record>> {
        let members = resource(kind, body, From::Create)?;
        complete(kind, &members)?;
        self.store.create(kind, id, members)
    }

    /// Replaces a resource (RFC 7644 §3.5.1).
    pub fn replace(&mut self, record: &Record, body: &Value) -> Scim<std::sync::Arc<Record>> {
        let mut members = resource(record.kind, body, From::Replace)?;
        carry_over(record.kind, &record.members, &mut members);
        if keeps("K5") && keeps("E2.put") {
            check_immutable(record.kind, &record.members, &members)?;
        }
        if keeps("K6") {
            complete(record.kind, &members)?;
        }
        if !keeps("K11") && body.get("id").is_some() {
            return Err(ScimError::mutability("id"));
        }
        if !keeps("K1") {
            members = merged(&record.members, members);
        } else if !keeps("K3") {
            members = merged(&members, record.members.clone());
        }
        self.store.update(record, members, Change::Replace)
    }

    /// Changes parts of a resource, all or none (RFC 7644 §3.5.2).
    pub fn patch(&mut self, record: &Record, message: &Value) -> Scim<std::sync::Arc<Record>> {
        let overtaken = self.is_overtaken(record, "S16");
        let mut members = if overtaken {
            &record.before
        } else {
            &record.members
        }
        .clone();
        let shown = self.store.show(record, &self.base);
        let applied = patch::apply(record.kind, &mut members, &shown, message)
            .and_then(|()| complete(record.kind, &members))
            .and_then(|()| {
                if keeps("E2.patch") {
                    check_immutable(record.kind, &record.members, &members)
                } else {
                    Ok(())
                }
            });
        match applied {
            Ok(()) => self.store.update(record, members, Change::Patch),
            Err(error) => {
                if !keeps("J4") {
                    self.store.update(record, members, Change::Patch)?;
                }
                Err(error)
            }
        }
    }

    /// Refuses a change of another version than the client has seen (RFC 7644 §3.14).
    pub fn check_version(&self, if_match: Option<&str>, record: &Record) -> Scim<()> {
        let stale = if_match.is_some_and(|tags| !has(tags, &record.etag()));
        if stale && keeps("M3") && keeps("M8") && !self.is_overtaken(record, "M7") {
            Err(ScimError::new(412, "the resource has another version"))
        } else {
            Ok(())
        }
    }

    /// What M7 and S16 forbid: a request sees a resource as it was when the request came.
    fn is_overtaken(&self, record: &Record, rule: &str) -> bool {
        !keeps(rule) && record.modified > self.store.arrived
    }

    fn shown(&self, status: u16, record: &Record, projection: &Projection) -> Answer {
        let shown = projection.of(record.kind, &self.store.show(record, &self.base));
        Answer::new(status, shown).with("etag", record.etag())
    }
}

/// Returns all resource types, if the rule is kept.
fn every_type(rule: &str) -> Vec<&'static ResourceType> {
    TYPES
        .iter()
        .take(if keeps(rule) { TYPES.len() } else { 1 })
        .collect()
}

/// What U7 forbids: a change is seen only a while later.
fn is_fresh(record: &Record) -> bool {
    !keeps("U7") && chrono::Utc::now() - record.modified < chrono::TimeDelta::milliseconds(500)
}

/// What K1 and K3 forbid: old and new values together, `old` winning.
fn merged(old: &Members, new: Members) -> Members {
    let mut merged = old.clone();
    for (name, value) in new {
        merged.entry(name).or_insert(value);
    }
    merged
}

/// Returns a new name for a resource, ours alone (RFC 7643 §3.1).
pub fn new_id() -> String {
    Uuid::now_v7().to_string()
}

/// Whether a list of entity tags, or `*`, has this one, weakly compared (RFC 7232 §2.3.2).
fn has(tags: &str, etag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let mut tags = tags
        .split(',')
        .take(if keeps("M4.list") { usize::MAX } else { 1 });
    tags.any(|tag| tag.trim() == "*" && keeps("M4.star") || opaque(tag) == opaque(etag))
}

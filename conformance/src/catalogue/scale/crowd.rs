//! Many users, made and taken away in few requests.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use crate::check::{Feature, Stop};
use crate::json::{at, list, text};
use crate::lab::{Lab, encode};
use crate::wire::Request;

/// The most users that are made.
const MOST: usize = 1_000_000;

/// The fewest users that show a growth.
const FEWEST: usize = 100;

/// The most operations of a Bulk request.
const LARGEST_PORTION: usize = 1000;

/// The schema of a Bulk request (RFC 7644 §3.7).
const BULK_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

/// What one check makes would be measured by another one.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Many users; nobody else has such a crowd as long as this one is there.
pub(super) struct Crowd<'a, 'b> {
    lab: &'b Lab<'a>,
    users: Vec<Member>,
    _alone: MutexGuard<'static, ()>,
}

/// One of many users.
pub(super) struct Member {
    /// The user's id.
    pub(super) id: String,
    /// The user's `userName`.
    pub(super) name: String,
}

impl<'a, 'b> Crowd<'a, 'b> {
    /// Nobody yet.
    pub(super) fn new(lab: &'b Lab<'a>) -> Self {
        let alone = ONE_AT_A_TIME.lock();
        Self {
            lab,
            users: Vec::new(),
            _alone: alone.unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// The users, in the order in which they were made.
    pub(super) fn users(&self) -> &[Member] {
        &self.users
    }

    /// Makes users until there are so many.
    ///
    /// # Errors
    /// The check is blocked if they cannot be made.
    pub(super) fn grow(&mut self, to: usize) -> Result<(), Stop> {
        let portion = self.portion();
        while self.users.len() < to {
            if self.lab.is_stopped() {
                return Err(Stop::Blocked("the run was ended".to_owned()));
            }
            let count = portion.min(to - self.users.len());
            let bodies: Vec<Value> = (0..count).map(|_| self.lab.user_body()).collect();
            let made = self
                .lab
                .setup("POST of many users", || self.made(&bodies))?;
            self.users.extend(made);
        }
        Ok(())
    }

    /// How many users go into one Bulk request, or are made between two looks at the clock.
    fn portion(&self) -> usize {
        let Some(config) = self.bulk() else {
            return LARGEST_PORTION;
        };
        let limit = |path: &str| {
            let limit = at(config, path).and_then(Value::as_u64);
            limit
                .and_then(|it| usize::try_from(it).ok())
                .filter(|it| *it > 0)
        };
        let operation = self.lab.user_body().to_string().len() + 200;
        let by_size = limit("bulk.maxPayloadSize").unwrap_or(usize::MAX) / operation;
        let by_count = limit("bulk.maxOperations").unwrap_or(LARGEST_PORTION);
        by_count.min(by_size).clamp(1, LARGEST_PORTION)
    }

    /// The configuration of a server that offers Bulk.
    fn bulk(&self) -> Option<&'b Value> {
        let server = self.lab.server;
        server
            .config
            .as_ref()
            .filter(|_| server.offers(Feature::Bulk))
    }

    fn made(&self, bodies: &[Value]) -> Result<Vec<Member>, Stop> {
        let users = self.lab.users();
        let ids: Vec<String> = if self.bulk().is_some() {
            let operations = bodies.iter().enumerate().map(|(n, body)| {
                json!({ "method": "POST", "path": users, "bulkId": format!("u{n}"), "data": body })
            });
            let answers = self.lab.send_many(&[bulk(operations.collect())])?;
            let results = answers.first().map_or(&[][..], |it| list(it, "Operations"));
            let locations = results.iter().map(|it| text(it, "location"));
            locations
                .map(|it| it.rsplit('/').next().unwrap_or_default().to_owned())
                .collect()
        } else {
            let requests: Vec<Request> = bodies
                .iter()
                .map(|body| Request::new("POST", users).json(body))
                .collect();
            let answers = self.lab.send_many(&requests)?;
            answers.iter().map(|it| text(it, "id").to_owned()).collect()
        };
        if ids.len() != bodies.len() || ids.iter().any(String::is_empty) {
            return Err(Stop::Blocked("not all of many users were made".to_owned()));
        }
        let names = bodies.iter().map(|it| text(it, "userName").to_owned());
        Ok(ids
            .into_iter()
            .zip(names)
            .map(|(id, name)| Member { id, name })
            .collect())
    }
}

impl Drop for Crowd<'_, '_> {
    fn drop(&mut self) {
        if self.lab.keeps() {
            return;
        }
        let users = self.lab.users();
        let portion = self.portion();
        for some in self.users.chunks(portion) {
            let paths = some.iter().map(|it| format!("{users}/{}", encode(&it.id)));
            let requests = if self.bulk().is_some() {
                let operations = paths.map(|it| json!({ "method": "DELETE", "path": it }));
                vec![bulk(operations.collect())]
            } else {
                paths.map(|it| Request::new("DELETE", it)).collect()
            };
            if self.lab.send_many(&requests).is_err() {
                self.lab
                    .note("not all of the users could be taken away again");
                return;
            }
        }
    }
}

fn bulk(operations: Vec<Value>) -> Request {
    let request = json!({ "schemas": [BULK_REQUEST], "Operations": operations });
    Request::new("POST", "/Bulk").json(&request)
}

/// How many users are asked for.
///
/// # Errors
/// The check is blocked if it is no number that a run can make.
pub(super) fn wanted(lab: &Lab<'_>) -> Result<usize, Stop> {
    match lab.scale() {
        None => Err(Stop::Blocked("no --scale says how many users".to_owned())),
        Some(count) if (FEWEST..=MOST).contains(&count) => Ok(count),
        Some(count) => Err(Stop::Blocked(format!(
            "--scale {count} is not from {FEWEST} to {MOST}"
        ))),
    }
}

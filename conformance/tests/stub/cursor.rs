//! Cursor pages (RFC 9865 §2).
//!
//! The first page notes which resources the list has; a cursor is a random name for a position in that note. So a
//! cursor that we did not give is simply unknown, and what comes or goes between pages moves nothing else.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use uuid::Uuid;

use super::breaks::keeps;
use super::error::{Scim, ScimError};
use super::list::{Found, Search, response};

/// How long a cursor lives unless the specimen is told otherwise.
pub const TIMEOUT: Duration = Duration::from_hours(1);

/// The cursors that were given.
#[derive(Debug)]
pub struct Cursors {
    given: HashMap<String, Cursor>,
    pub timeout: Duration,
}

/// A position in a list.
#[derive(Debug, Clone)]
struct Cursor {
    ids: Arc<Vec<String>>,
    /// The first resource of the page.
    start: usize,
    count: usize,
    /// What the list was asked for.
    asked: String,
    given: Instant,
}

impl Cursors {
    pub fn new(timeout: Duration) -> Self {
        Self {
            given: HashMap::new(),
            timeout,
        }
    }

    /// Returns the page that the query's cursor stands for.
    pub fn page(&mut self, search: &Search<'_>) -> Scim<Value> {
        let name = search.query.cursor.as_deref().unwrap_or_default();
        let cursor = if name.is_empty() {
            Self::first(search)?
        } else {
            self.known(name, search)?
        };
        let mut live = Vec::new();
        for (index, id) in cursor.ids.iter().enumerate() {
            live.extend(search.store.by_id(id).map(|record| (index, record)));
        }
        let here = live.partition_point(|(index, _)| *index < cursor.start);
        let count = if keeps("I7") {
            cursor.count
        } else {
            cursor.count + 1
        };
        let end = (here + count).min(live.len());
        let page = live[here..end].iter().map(|(_, record)| {
            let shown = search.store.show(record, search.base);
            search.project(&Found {
                record: Arc::clone(record),
                shown,
            })
        });
        let mut answer = response(live.len(), page.collect());
        let more = end < live.len() || !keeps("I4.last") && cursor.count > 0;
        if cursor.count > 0 && more && keeps("I4.next") {
            let start = live.get(end).map_or(cursor.ids.len(), |(index, _)| *index);
            let start = if keeps("I3") { start } else { start + 1 };
            answer["nextCursor"] = self
                .give(Cursor {
                    start,
                    ..cursor.clone()
                })
                .into();
        }
        if cursor.count > 0 && (here > 0 || !keeps("I5")) {
            let start = live
                .get(here.saturating_sub(cursor.count))
                .map_or(0, |(index, _)| *index);
            answer["previousCursor"] = self.give(Cursor { start, ..cursor }).into();
        }
        if !keeps("I16") {
            self.given.remove(name);
        }
        Ok(answer)
    }

    fn first(search: &Search<'_>) -> Scim<Cursor> {
        if !keeps("I2") {
            return Err(invalid());
        }
        let ids = search
            .found()?
            .into_iter()
            .map(|found| found.record.id.clone());
        let (start, given, asked) = (0, Instant::now(), asked(search));
        let mut ids: Vec<String> = ids.collect();
        if !keeps("I12") {
            ids.sort();
        }
        Ok(Cursor {
            ids: Arc::new(ids),
            start,
            count: search.count(),
            asked,
            given,
        })
    }

    /// Returns the position of a cursor that we gave, to this request, not too long ago (RFC 9865 §2.1).
    fn known(&self, name: &str, search: &Search<'_>) -> Scim<Cursor> {
        let cursor = match self.given.get(name) {
            Some(cursor) => cursor.clone(),
            None if !keeps("I8") => return Self::first(search),
            None if !keeps("I18") => return Err(ScimError::new(500, "the cursor has no position")),
            None => return Err(invalid()),
        };
        if cursor.asked != asked(search) && keeps("I9") {
            return Err(invalid());
        }
        if search.query.count.is_some() && search.count() != cursor.count && keeps("I10") {
            return Err(ScimError::of(
                400,
                "invalidCount",
                "the count is not that of the first page",
            ));
        }
        if cursor.given.elapsed() > self.timeout && keeps("I11") {
            return Err(ScimError::of(
                400,
                "expiredCursor",
                "the cursor has expired",
            ));
        }
        if !keeps("I15") {
            return Ok(Cursor {
                ids: Self::first(search)?.ids,
                ..cursor
            });
        }
        Ok(cursor)
    }

    /// Names a position, with unreserved characters only (RFC 9865 §2).
    fn give(&mut self, cursor: Cursor) -> String {
        let name = Uuid::new_v4().simple().to_string();
        let name = if keeps("I6") {
            name
        } else {
            format!("{name}==/+")
        };
        self.given.insert(
            name.clone(),
            Cursor {
                given: Instant::now(),
                ..cursor
            },
        );
        name
    }
}

fn invalid() -> ScimError {
    ScimError::of(
        400,
        "invalidCursor",
        "the cursor is none that this request was given",
    )
}

/// Tells requests apart: one cursor goes with one endpoint, filter and order.
fn asked(search: &Search<'_>) -> String {
    let query = search.query;
    let endpoints: Vec<&str> = search.kinds.iter().map(|kind| kind.endpoint).collect();
    format!(
        "{endpoints:?} {:?} {:?} {}",
        query.filter, query.sort_by, query.descending
    )
}

//! Bulk requests, and the results in their answers.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::check::{Stop, Verdict};
use crate::json::{at, list, text};
use crate::lab::{Lab, Made};

/// The schema of a Bulk request.
pub(super) const REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
/// The schema of the answer.
pub(super) const RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";

/// A request with these Operations.
pub(super) fn request(operations: &[Value]) -> Value {
    json!({ "schemas": [REQUEST], "Operations": operations })
}

/// An operation that creates.
pub(super) fn create(path: &str, bulk_id: &str, data: &Value) -> Value {
    json!({ "method": "POST", "path": path, "bulkId": bulk_id, "data": data })
}

/// An operation on what there is; without data if it is null.
pub(super) fn change(method: &str, path: &str, data: Value) -> Value {
    let mut operation = json!({ "method": method, "path": path });
    if let (false, Some(members)) = (data.is_null(), operation.as_object_mut()) {
        members.insert("data".to_owned(), data);
    }
    operation
}

/// A reference to what an operation creates.
pub(super) fn reference(bulk_id: &str) -> Value {
    json!([{ "value": format!("bulkId:{bulk_id}") }])
}

/// The results of a Bulk request.
pub(super) struct Results {
    /// The answer.
    pub(super) answer: Answer,
    results: Vec<Value>,
}

/// Sends operations.
///
/// # Errors
/// If the answer is not 200 with Operations.
pub(super) fn bulk(lab: &Lab<'_>, operations: &[Value]) -> Result<Results, Stop> {
    Results::of(lab.post("/Bulk", &request(operations))?)
}

impl Results {
    /// Those of an answer.
    ///
    /// # Errors
    /// If it is not 200 with Operations.
    pub(super) fn of(answer: Answer) -> Result<Self, Stop> {
        let answer = answer.is(200)?;
        if answer.at("Operations").is_none_or(|it| !it.is_array()) {
            return Err(answer.wrong("a BulkResponse with Operations", answer.summary()));
        }
        Ok(Self {
            results: list(&answer.body, "Operations").to_vec(),
            answer,
        })
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.results.len()
    }

    /// The result of an operation that creates.
    ///
    /// # Errors
    /// If there is none with its bulkId.
    pub(super) fn of_id(&self, bulk_id: &str) -> Result<Outcome<'_>, Stop> {
        let found = self.results.iter().find(|it| text(it, "bulkId") == bulk_id);
        let none = || {
            let words = format!("a result with the bulkId {bulk_id}");
            self.answer.wrong(words, self.answer.summary())
        };
        Ok(Outcome {
            value: found.ok_or_else(none)?,
            answer: &self.answer,
        })
    }

    /// The result of the operation at this place; servers may put them in another order only
    /// where nothing else tells them apart from each other.
    ///
    /// # Errors
    /// If there is none.
    pub(super) fn at(&self, place: usize) -> Result<Outcome<'_>, Stop> {
        let none = || {
            let words = format!("a result for operation {}", place + 1);
            self.answer.wrong(words, self.answer.summary())
        };
        Ok(Outcome {
            value: self.results.get(place).ok_or_else(none)?,
            answer: &self.answer,
        })
    }
}

/// The result of an operation.
#[derive(Clone, Copy)]
pub(super) struct Outcome<'a> {
    /// As the answer has it.
    pub(super) value: &'a Value,
    answer: &'a Answer,
}

impl Outcome<'_> {
    /// Its status: a text, a number, or an object with a code, as in three places of the RFC.
    pub(super) fn status(&self) -> u64 {
        let status = at(self.value, "status.code").or_else(|| at(self.value, "status"));
        let number = |it: &Value| it.as_u64().or_else(|| it.as_str()?.parse().ok());
        status.and_then(number).unwrap_or(0)
    }

    /// Expects one of these statuses.
    ///
    /// # Errors
    /// If it has another.
    pub(super) fn is(self, statuses: &[u64]) -> Result<Self, Stop> {
        if statuses.contains(&self.status()) {
            return Ok(self);
        }
        let words: Vec<String> = statuses.iter().map(u64::to_string).collect();
        Err(self.wrong(&format!("a result with status {}", words.join(" or "))))
    }

    /// Expects a failure of the client's.
    ///
    /// # Errors
    /// If it is none.
    pub(super) fn failed(self) -> Result<Self, Stop> {
        if (400..500).contains(&self.status()) {
            return Ok(self);
        }
        Err(self.wrong("a result with status 4xx"))
    }

    /// That it is not as expected.
    pub(super) fn wrong(&self, expected: &str) -> Stop {
        let words = crate::answer::brief(&self.value.to_string());
        self.answer.wrong(expected, words)
    }

    /// Expects it to be so.
    ///
    /// # Errors
    /// If it is not.
    pub(super) fn expect(&self, kept: bool, expected: &str) -> Verdict {
        if kept {
            return Ok(());
        }
        Err(self.wrong(expected))
    }

    /// What it created.
    ///
    /// # Errors
    /// If its status is not 201, or it has no location.
    pub(super) fn made(self, endpoint: &str) -> Result<Made, Stop> {
        let outcome = self.is(&[201])?;
        let location = text(outcome.value, "location").trim_end_matches('/');
        let id = location.rsplit('/').next().unwrap_or_default().to_owned();
        outcome.expect(!id.is_empty(), "a result with a location")?;
        Ok(Made {
            path: format!("{endpoint}/{id}"),
            id,
            body: Value::Null,
        })
    }
}

//! Bulk requests (RFC 7644 §3.7): the message, and the order in which `bulkId` references let
//! its operations be done.
//!
//! # Why
//! Every POST gets its id before anything is done, so a reference is text to be replaced, in
//! whatever order the operations came. What is left to decide is who depends on whom: an
//! operation comes after those it refers to, and operations that refer to each other are one
//! unit, which is done or fails as a whole.

mod order;
mod references;

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::error::{ScimError, describe, quote};
use order::{in_order, strongly_connected};
use references::collect;

pub use references::{substitute, substitute_path};

/// The URN of the BulkRequest message.
pub const REQUEST_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
/// The URN of the BulkResponse message.
pub const RESPONSE_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";

/// The method of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Create.
    Post,
    /// Replace.
    Put,
    /// Change.
    Patch,
    /// Remove.
    Delete,
}

impl Method {
    /// Returns the method as HTTP writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// One operation of a Bulk request.
#[derive(Clone, Debug)]
pub struct BulkOperation {
    /// What it does, or the error that stands for it.
    pub request: Result<BulkAction, ScimError>,
    /// The method as the client wrote it.
    pub method: String,
    /// The client's name for the operation.
    pub bulk_id: Option<String>,
    /// The path as the client wrote it.
    pub path: String,
}

/// What a well-formed operation does.
#[derive(Clone, Debug)]
pub struct BulkAction {
    /// How.
    pub method: Method,
    /// On which path below the base, with a slash at its start.
    pub path: String,
    /// Only if the resource has one of these versions.
    pub version: Option<String>,
    /// The body; null for a DELETE.
    pub data: Value,
}

/// A Bulk request.
#[derive(Clone, Debug)]
pub struct BulkRequest {
    /// After how many errors to stop; none means never.
    pub fail_on_errors: Option<usize>,
    /// The operations in the order in which they came.
    pub operations: Vec<BulkOperation>,
}

impl BulkRequest {
    /// Reads the message.
    ///
    /// # Errors
    /// `invalidSyntax` if it is none, 413 if it has more than `max_operations` operations,
    /// `invalidValue` if a `bulkId` stands twice. An operation that is wrong in itself is an
    /// error of that operation alone.
    pub fn parse(body: Value, max_operations: usize) -> Result<Self, ScimError> {
        let Value::Object(mut message) = body else {
            return Err(ScimError::invalid_syntax(format!(
                "the body is {}, expected a BulkRequest as an object",
                describe(&body)
            )));
        };
        let mut member = |name: &str| {
            let key = message
                .keys()
                .find(|key| key.eq_ignore_ascii_case(name))?
                .clone();
            message.shift_remove(&key)
        };
        let named = member("schemas").is_some_and(|schemas| {
            schemas.as_array().is_some_and(|urns| {
                urns.iter().any(|urn| {
                    urn.as_str()
                        .is_some_and(|urn| urn.eq_ignore_ascii_case(REQUEST_SCHEMA))
                })
            })
        });
        if !named {
            return Err(ScimError::invalid_syntax(format!(
                "schemas does not name {REQUEST_SCHEMA:?}"
            )));
        }
        let fail_on_errors = match member("failOnErrors") {
            None | Some(Value::Null) => None,
            Some(value) => match value.as_u64().and_then(|n| usize::try_from(n).ok()) {
                Some(0) => None,
                Some(n) => Some(n),
                None => {
                    return Err(ScimError::invalid_value(format!(
                        "failOnErrors is {}, expected a positive integer",
                        describe(&value)
                    )));
                }
            },
        };
        let operations = match member("Operations") {
            Some(Value::Array(operations)) => operations,
            other => {
                let found = other.as_ref().map_or("missing".into(), describe);
                return Err(ScimError::invalid_syntax(format!(
                    "Operations is {found}, expected an array of operations"
                )));
            }
        };
        if operations.len() > max_operations {
            return Err(ScimError::status(
                413,
                format!(
                    "the request has {} operations, at most {max_operations} (bulk.maxOperations) are accepted; nothing was done",
                    operations.len()
                ),
            ));
        }
        let operations: Vec<_> = operations
            .into_iter()
            .enumerate()
            .map(|(n, operation)| BulkOperation::read(n, operation))
            .collect();
        let mut names = HashSet::new();
        for name in operations
            .iter()
            .filter_map(|operation| operation.bulk_id.as_deref())
        {
            if !names.insert(name) {
                return Err(ScimError::invalid_value(format!(
                    "bulkId {} stands twice; nothing was done",
                    quote(name)
                )));
            }
        }
        Ok(Self {
            fail_on_errors,
            operations,
        })
    }

    /// Returns the operations in the order in which they can be done: units of operations that
    /// refer to each other, most of them of one.
    #[must_use]
    pub fn units(&self) -> Vec<Vec<usize>> {
        let by_name: HashMap<&str, usize> = self
            .operations
            .iter()
            .enumerate()
            .filter_map(|(n, operation)| operation.bulk_id.as_deref().map(|name| (name, n)))
            .collect();
        let edges: Vec<Vec<usize>> = self
            .operations
            .iter()
            .map(|operation| {
                operation
                    .references()
                    .into_iter()
                    .filter_map(|name| by_name.get(name.as_str()).copied())
                    .collect()
            })
            .collect();
        in_order(strongly_connected(&edges), &edges)
    }
}

impl BulkOperation {
    fn read(n: usize, operation: Value) -> Self {
        let Value::Object(mut operation) = operation else {
            let error = ScimError::invalid_syntax(format!(
                "Operations[{n}] is {}, expected an object",
                describe(&operation)
            ));
            return Self {
                request: Err(error),
                method: String::new(),
                bulk_id: None,
                path: String::new(),
            };
        };
        let mut member = |name: &str| {
            let key = operation
                .keys()
                .find(|key| key.eq_ignore_ascii_case(name))?
                .clone();
            operation.shift_remove(&key)
        };
        let mut text =
            |name: &str| member(name).and_then(|value| value.as_str().map(str::to_owned));
        let method = text("method").unwrap_or_default();
        let bulk_id = text("bulkId").filter(|name| !name.is_empty());
        let path = text("path").unwrap_or_default();
        let version = text("version");
        let data = member("data").unwrap_or(Value::Null);
        let request = action(n, &method, bulk_id.as_deref(), &path, version, data);
        Self {
            request,
            method,
            bulk_id,
            path,
        }
    }

    /// Returns the names of the operations that this one refers to.
    #[must_use]
    pub fn references(&self) -> Vec<String> {
        let mut found = Vec::new();
        if let Ok(action) = &self.request {
            found.extend(
                action
                    .path
                    .split('/')
                    .filter_map(|segment| segment.strip_prefix("bulkId:"))
                    .map(str::to_owned),
            );
            collect(&action.data, &mut found);
        }
        found
    }
}

fn action(
    n: usize,
    method: &str,
    bulk_id: Option<&str>,
    path: &str,
    version: Option<String>,
    data: Value,
) -> Result<BulkAction, ScimError> {
    let method = match method.to_ascii_uppercase().as_str() {
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "PATCH" => Method::Patch,
        "DELETE" => Method::Delete,
        _ => {
            return Err(ScimError::invalid_syntax(format!(
                "Operations[{n}].method is {}, expected POST, PUT, PATCH or DELETE",
                quote(method)
            )));
        }
    };
    if path.is_empty() || path.contains("://") {
        return Err(ScimError::invalid_value(format!(
            "Operations[{n}].path is {}, expected a path such as \"/Users\"",
            quote(path)
        )));
    }
    if method == Method::Post && bulk_id.is_none() {
        return Err(ScimError::invalid_value(format!(
            "Operations[{n}].bulkId is missing, a POST needs one"
        )));
    }
    if method != Method::Delete && data.is_null() {
        return Err(ScimError::invalid_value(format!(
            "Operations[{n}].data is missing, {} needs it",
            method.as_str()
        )));
    }
    Ok(BulkAction {
        method,
        path: format!("/{}", path.trim_start_matches('/')),
        version,
        data,
    })
}

/// The result of one operation (RFC 7644 §3.7.3).
#[derive(Clone, Debug)]
pub struct BulkResult {
    /// Where the resource is, unless a POST failed.
    pub location: Option<String>,
    /// Its version after the operation.
    pub version: Option<String>,
    /// HTTP status.
    pub status: u16,
    /// The Error message of a failure.
    pub response: Option<Value>,
}

/// Returns the BulkResponse: a result for each operation that was tried, in the order in which
/// the operations came.
#[must_use]
pub fn response(operations: &[BulkOperation], results: &[Option<BulkResult>]) -> Value {
    let done = operations
        .iter()
        .zip(results)
        .filter_map(|(operation, result)| {
            let result = result.as_ref()?;
            let mut member = Map::new();
            member.insert(
                "method".into(),
                json!(operation.method.to_ascii_uppercase()),
            );
            let mut optional = |name: &str, value: Option<Value>| {
                if let Some(value) = value {
                    member.insert(name.to_owned(), value);
                }
            };
            optional("bulkId", operation.bulk_id.as_ref().map(|name| json!(name)));
            optional(
                "version",
                result.version.as_ref().map(|version| json!(version)),
            );
            optional(
                "location",
                result.location.as_ref().map(|location| json!(location)),
            );
            optional("status", Some(json!(result.status.to_string())));
            optional("response", result.response.clone());
            Some(Value::Object(member))
        });
    json!({ "schemas": [RESPONSE_SCHEMA], "Operations": done.collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn request(operations: Value) -> BulkRequest {
        BulkRequest::parse(
            json!({ "schemas": [REQUEST_SCHEMA], "Operations": operations }),
            100,
        )
        .unwrap()
    }

    fn post(name: &str, refers_to: &[&str]) -> Value {
        let members: Vec<_> = refers_to
            .iter()
            .map(|name| json!({ "value": format!("bulkId:{name}") }))
            .collect();
        json!({ "method": "POST", "path": "/Groups", "bulkId": name, "data": { "members": members } })
    }

    #[test]
    fn what_is_referred_to_comes_first() {
        let forward = request(json!([
            post("g", &["a", "b"]),
            post("a", &[]),
            post("b", &["a"])
        ]));
        assert_eq!(forward.units(), [vec![1], vec![2], vec![0]]);
        let delete = json!({ "method": "DELETE", "path": "/Users/1" });
        let waiting = request(json!([post("g", &["a"]), delete, post("a", &[])]));
        assert_eq!(waiting.units(), [vec![1], vec![2], vec![0]]);
    }

    #[test]
    fn a_circle_is_one_unit() {
        let circle = request(json!([
            post("x", &[]),
            post("a", &["b"]),
            post("b", &["a", "x"]),
            post("c", &["a"])
        ]));
        assert_eq!(circle.units(), [vec![0], vec![1, 2], vec![3]]);
    }

    #[test]
    fn references_become_ids_wherever_they_stand() {
        let id = Uuid::from_u128(7);
        let ids = HashMap::from([("ann".to_owned(), id)]);
        let mut value = json!({ "a": ["bulkId:ann"], "path": "members[value eq \"bulkId:ann\"]", "b": "say \"bulkId:x\"" });
        substitute(&mut value, &ids).unwrap();
        assert_eq!(
            value,
            json!({ "a": [id.to_string()], "path": format!("members[value eq \"{id}\"]"), "b": "say \"bulkId:x\"" })
        );
        assert_eq!(
            substitute(&mut json!("bulkId:bob"), &ids)
                .unwrap_err()
                .status,
            409
        );
        assert_eq!(
            substitute_path("/Users/bulkId:ann", &ids).unwrap(),
            format!("/Users/{id}")
        );
    }

    #[test]
    fn an_operation_is_wrong_alone_and_a_request_as_a_whole() {
        let mixed = request(
            json!([{ "method": "GET", "path": "/Users" }, 5, post("a", &[]), { "method": "POST", "path": "/Users", "data": {} }]),
        );
        let good: Vec<_> = mixed
            .operations
            .iter()
            .map(|operation| operation.request.is_ok())
            .collect();
        assert_eq!(good, [false, false, true, false]);
        let parse = |body: Value| {
            BulkRequest::parse(body, 1)
                .map(|_| ())
                .map_err(|error| error.status)
        };
        assert_eq!(parse(json!({ "Operations": [] })), Err(400));
        assert_eq!(
            parse(json!({ "schemas": [REQUEST_SCHEMA], "Operations": [1, 2] })),
            Err(413)
        );
        assert_eq!(
            parse(json!({ "schemas": [REQUEST_SCHEMA], "Operations": [] })),
            Ok(())
        );
    }
}

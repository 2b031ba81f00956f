//! Bulk requests (RFC 7644 §3.7): one transaction, a savepoint for each unit of operations.
//!
//! # Why
//! Most Bulk requests have no operation that fails, and savepoints are half of the journeys to
//! PostgreSQL: so the first attempt goes without, and what fails begins again with them. Without
//! them, what creations do waits until something is read, and is done together.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::Value;
use uuid::Uuid;

use super::{Body, Caller, Change, Condition, Directory, Error, Outcome};
use crate::scim::ScimError;
use crate::scim::bulk::{self, BulkOperation, BulkRequest, BulkResult, Method};
use crate::scim::registry::Registry;
use crate::scim::resource::resource_id;
use crate::scim::version::EntityTags;
use crate::store::Tx;

/// How many operations are done together at most, so that what waits does not fill the memory.
const TOGETHER: usize = 100;

/// What is needed to do the operations, perhaps again.
struct Run {
    caller: Caller,
    request: BulkRequest,
    units: Vec<Vec<usize>>,
    /// The ids that the POSTs get, by bulkId.
    ids: HashMap<String, Uuid>,
    registry: &'static Registry,
    clock: fn() -> i64,
    id: fn() -> Uuid,
}

/// Why an attempt was given up.
enum Stop {
    /// It cannot be done.
    Failed(Error),
    /// An operation failed, which only savepoints undo alone.
    NeedsSavepoints,
}

impl<E: Into<Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl Directory {
    /// Does a Bulk request and returns the BulkResponse.
    ///
    /// # Errors
    /// Those of [`BulkRequest::parse`]; an operation's error is part of the response.
    pub async fn bulk(&self, caller: &Caller, body: Value) -> Result<Value, Error> {
        let request = BulkRequest::parse(body, self.limits.bulk_operations)?;
        let ids = creations(&request)
            .filter_map(|operation| operation.bulk_id.clone())
            .map(|name| (name, (self.ambient.id)()))
            .collect();
        let units = request.units();
        let run = Run {
            caller: caller.clone(),
            request,
            units,
            ids,
            registry: self.store.registry,
            clock: self.ambient.now,
            id: self.ambient.id,
        };
        let run = Arc::new(run);
        for savepoints in [false, true] {
            let run = Arc::clone(&run);
            let done = self.store.write(move |tx| {
                let run = Arc::clone(&run);
                Box::pin(async move { run.all(tx, savepoints).await })
            });
            match done.await {
                Ok(response) => return Ok(response),
                Err(Stop::Failed(error)) => return Err(error),
                Err(Stop::NeedsSavepoints) => {}
            }
        }
        Err(Error::Internal("savepoints were not enough".into()))
    }
}

/// Does what waits; if some of it cannot be done, it is not known of which operation.
async fn settle(tx: &mut Tx<'_>, savepoints: bool) -> Result<(), Stop> {
    match tx.settle().await.map_err(Error::from) {
        Err(Error::Scim(_)) if !savepoints => Err(Stop::NeedsSavepoints),
        settled => Ok(settled?),
    }
}

fn creations(request: &BulkRequest) -> impl Iterator<Item = &BulkOperation> {
    request.operations.iter().filter(|operation| {
        let request = operation.request.as_ref();
        request.is_ok_and(|action| action.method == Method::Post)
    })
}

impl Run {
    async fn all(&self, tx: &mut Tx<'_>, savepoints: bool) -> Result<Value, Stop> {
        tx.queue(self.caller.organization).await?;
        let operations = &self.request.operations;
        let mut results: Vec<Option<BulkResult>> = vec![None; operations.len()];
        let (mut errors, mut failed) = (0, HashSet::new());
        for (n, unit) in self.units.iter().enumerate() {
            if n % TOGETHER == 0 {
                settle(tx, savepoints).await?;
            }
            if self
                .request
                .fail_on_errors
                .is_some_and(|limit| errors >= limit)
            {
                break;
            }
            let unit: Vec<(usize, &BulkOperation)> = unit
                .iter()
                .filter_map(|n| operations.get(*n).map(|operation| (*n, operation)))
                .collect();
            for (n, outcome) in self.unit(tx, &unit, &failed, savepoints).await? {
                let Some(operation) = operations.get(n) else {
                    continue;
                };
                let result = match outcome {
                    Ok(outcome) => self.done(operation, &outcome),
                    Err(error) => {
                        errors += 1;
                        failed.extend(operation.bulk_id.clone());
                        let event = self.caller_of(operation).failure(&error, (self.clock)());
                        tx.log(&event, (self.clock)())?;
                        self.failed(operation, &error)
                    }
                };
                if let Some(place) = results.get_mut(n) {
                    *place = Some(result);
                }
            }
        }
        settle(tx, savepoints).await?;
        Ok(bulk::response(operations, &results))
    }

    /// Does operations that refer to each other, all or none; most units have one.
    async fn unit(
        &self,
        tx: &mut Tx<'_>,
        unit: &[(usize, &BulkOperation)],
        failed: &HashSet<String>,
        savepoints: bool,
    ) -> Result<Vec<(usize, Result<Outcome, ScimError>)>, Stop> {
        if savepoints {
            tx.savepoint().await?;
        }
        match self.try_unit(tx, unit, failed, savepoints).await {
            Ok(outcomes) => {
                if savepoints {
                    tx.release_savepoint().await?;
                }
                Ok(outcomes
                    .into_iter()
                    .map(|(n, outcome)| (n, Ok(outcome)))
                    .collect())
            }
            Err((_, Error::Scim(_))) if !savepoints => Err(Stop::NeedsSavepoints),
            Err((culprit, Error::Scim(error))) => {
                tx.rollback_to_savepoint().await?;
                let of = |n: usize| {
                    if n == culprit {
                        error.clone()
                    } else {
                        ScimError::status(409, "an operation that this one refers to failed")
                    }
                };
                Ok(unit.iter().map(|(n, _)| (*n, Err(of(*n)))).collect())
            }
            Err((_, error)) => Err(error.into()),
        }
    }

    async fn try_unit(
        &self,
        tx: &mut Tx<'_>,
        unit: &[(usize, &BulkOperation)],
        failed: &HashSet<String>,
        savepoints: bool,
    ) -> Result<Vec<(usize, Outcome)>, (usize, Error)> {
        let is_circle = unit.len() > 1;
        let (mut outcomes, mut deferred) = (Vec::new(), Vec::new());
        for (n, operation) in unit {
            let at = |error: Error| (*n, error);
            let caller = self.caller_of(operation);
            let mut change = self.read(&caller, operation, failed).map_err(at)?;
            change.defer_members = is_circle;
            let outcome = change.run(tx, &caller, self.clock).await.map_err(at)?;
            if savepoints {
                // what an operation did shows now, while it can be undone alone
                tx.settle().await.map_err(|error| at(error.into()))?;
            }
            outcomes.push((*n, outcome));
            if is_circle {
                deferred.push((*n, caller, change));
            }
        }
        for (n, caller, change) in deferred {
            change
                .add_deferred_members(tx, &caller, (self.clock)())
                .await
                .map_err(|error| (n, error))?;
        }
        Ok(outcomes)
    }

    /// Makes a change of an operation, its references replaced by ids.
    fn read(
        &self,
        caller: &Caller,
        operation: &BulkOperation,
        failed: &HashSet<String>,
    ) -> Result<Change, Error> {
        let action = operation.request.as_ref().map_err(Clone::clone)?;
        if let Some(name) = operation
            .references()
            .into_iter()
            .find(|name| failed.contains(name))
        {
            return Err(ScimError::status(
                409,
                format!("bulkId:{name} failed, and this operation refers to it"),
            )
            .into());
        }
        let path = bulk::substitute_path(&action.path, &self.ids)?;
        let mut data = action.data.clone();
        bulk::substitute(&mut data, &self.ids)?;
        let mut segments = path.trim_matches('/').split('/');
        let kind = segments
            .next()
            .and_then(|endpoint| self.registry.by_endpoint(endpoint));
        let kind = kind.ok_or_else(|| {
            ScimError::status(404, format!("{path} is no endpoint of a resource type"))
        })?;
        let id = segments.next();
        let known = || -> Result<Uuid, ScimError> {
            let id = id.unwrap_or_default();
            resource_id(id).ok_or_else(|| ScimError::not_found(&kind.name, id))
        };
        let body = match (action.method, id, segments.next()) {
            (Method::Post, None, None) => Body::Create(data),
            (Method::Put, Some(_), None) => Body::Replace(known()?, data),
            (Method::Patch, Some(_), None) => Body::Patch(known()?, data),
            (Method::Delete, Some(_), None) => Body::Delete(known()?),
            (_, _, _) => {
                return Err(ScimError::invalid_value(format!(
                    "{} {path}: a POST goes to an endpoint, everything else to a resource",
                    action.method.as_str()
                ))
                .into());
            }
        };
        let new_id = operation
            .bulk_id
            .as_ref()
            .filter(|_| action.method == Method::Post)
            .and_then(|name| self.ids.get(name).copied());
        let condition = Condition {
            if_match: action.version.as_deref().map(EntityTags::parse),
            if_none_match: None,
        };
        Change::read(
            caller,
            kind,
            body,
            new_id.unwrap_or_else(self.id),
            condition,
            None,
        )
    }

    fn caller_of(&self, operation: &BulkOperation) -> Caller {
        Caller {
            method: operation.method.to_ascii_uppercase(),
            path: format!("/Bulk {}", operation.path),
            ..self.caller.clone()
        }
    }

    fn done(&self, operation: &BulkOperation, outcome: &Outcome) -> BulkResult {
        let status = match operation.request.as_ref().map(|action| action.method) {
            Ok(Method::Post) => 201,
            Ok(Method::Delete) => 204,
            Ok(Method::Put | Method::Patch) | Err(_) => 200,
        };
        BulkResult {
            location: self.location(operation, Some(outcome.id)),
            version: outcome.version.map(|version| version.to_string()),
            status,
            response: None,
        }
    }

    fn failed(&self, operation: &BulkOperation, error: &ScimError) -> BulkResult {
        let is_post = operation.method.eq_ignore_ascii_case("POST");
        let location = if is_post {
            None
        } else {
            self.location(operation, None)
        };
        BulkResult {
            location,
            version: None,
            status: error.status,
            response: Some(error.body()),
        }
    }

    fn location(&self, operation: &BulkOperation, id: Option<Uuid>) -> Option<String> {
        let action = operation.request.as_ref().ok()?;
        let path = bulk::substitute_path(&action.path, &self.ids).ok()?;
        let base = &self.caller.base.0;
        Some(match (action.method, id) {
            (Method::Post, Some(id)) => format!("{base}{}/{id}", path.trim_end_matches('/')),
            (_, _) => format!("{base}{path}"),
        })
    }
}

//! Bulk: many operations in one request, which may refer to each other (RFC 7644 §3.7).
//!
//! A new resource has its id before it is stored, so references can be resolved in any direction. Operations are
//! carried out in their order, except that one waits for those it refers to; those that refer to each other in a
//! circle are carried out together, and undone together.

use serde_json::{Map, Value, json};

use super::breaks::keeps;
use super::bulk_step::{Outcome, Step};
use super::discovery::MAX_OPERATIONS;
use super::error::{Scim, ScimError};
use super::names::same_name;
use super::patch::member;
use super::serve::Server;
use super::wire::Asked;

const REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";

/// Carries out a BulkRequest and returns the BulkResponse.
pub fn run(server: &mut Server, asked: &Asked) -> Scim<Value> {
    let body = asked.json()?;
    let steps = steps(&body)?;
    let errors_allowed = match member(&body, "failOnErrors").map(Value::as_u64) {
        None => usize::MAX,
        Some(Some(number)) if number > 0 => usize::try_from(number).unwrap_or(usize::MAX),
        Some(_) => {
            return Err(ScimError::invalid_value(
                "failOnErrors is not a positive integer",
            ));
        }
    };
    let errors_allowed = match (keeps("O10"), keeps("O11")) {
        (false, _) => 1,
        (_, false) => usize::MAX,
        _ => errors_allowed,
    };
    let mut bulk = Bulk {
        outcomes: vec![None; steps.len()],
        reach: reach(&steps),
        steps,
    };
    while bulk.errors() < errors_allowed
        && let Some(group) = bulk.next()
    {
        bulk.carry_out(server, &group);
    }
    Ok(json!({ "schemas": [RESPONSE], "Operations": bulk.results(server) }))
}

fn steps(body: &Value) -> Scim<Vec<Step>> {
    let schemas = member(body, "schemas").and_then(Value::as_array);
    let is_request = |urn: &Value| urn.as_str().is_some_and(|urn| same_name(REQUEST, urn));
    if !schemas.is_some_and(|schemas| schemas.iter().any(is_request)) && keeps("O16") {
        return Err(ScimError::invalid_syntax(format!(
            "schemas does not name {REQUEST}"
        )));
    }
    let operations = member(body, "Operations").and_then(Value::as_array);
    let none = Vec::new();
    let operations = operations.or((!keeps("O16.operations")).then_some(&none));
    let operations =
        operations.ok_or_else(|| ScimError::invalid_syntax("Operations is not an array"))?;
    if operations.is_empty() && !keeps("O17") {
        return Err(ScimError::new(500, "attempt to divide by zero"));
    }
    if operations.len() > MAX_OPERATIONS && keeps("O14") {
        return Err(ScimError::new(
            413,
            format!("a request has at most {MAX_OPERATIONS} operations"),
        ));
    }
    Ok(Step::read_all(operations))
}

/// Returns for each step which steps it refers to, directly or by way of others.
fn reach(steps: &[Step]) -> Vec<Vec<bool>> {
    let mut reach: Vec<Vec<bool>> = steps
        .iter()
        .map(|step| {
            (0..steps.len())
                .map(|other| step.refers_to.contains(&other))
                .collect()
        })
        .collect();
    for by in 0..steps.len() {
        let further = reach[by].clone();
        for row in reach.iter_mut().filter(|row| row[by]) {
            row.iter_mut()
                .zip(&further)
                .for_each(|(reached, further)| *reached |= further);
        }
    }
    reach
}

struct Bulk {
    steps: Vec<Step>,
    reach: Vec<Vec<bool>>,
    /// What became of each step; none if it was not carried out.
    outcomes: Vec<Option<Outcome>>,
}

impl Bulk {
    fn errors(&self) -> usize {
        self.outcomes
            .iter()
            .flatten()
            .filter(|outcome| outcome.is_err())
            .count()
    }

    /// Returns the steps to carry out now: the first one, together with its circle, that waits for no other.
    fn next(&self) -> Option<Vec<usize>> {
        let undone = |step: &usize| self.outcomes[*step].is_none();
        (0..self.steps.len())
            .filter(undone)
            .map(|step| self.circle(step))
            .find(|circle| {
                let waits_for = circle.iter().flat_map(|step| &self.steps[*step].refers_to);
                waits_for
                    .copied()
                    .filter(undone)
                    .all(|other| circle.contains(&other))
            })
    }

    /// Returns the steps that refer to each other with this one, and itself.
    fn circle(&self, step: usize) -> Vec<usize> {
        let in_circle =
            |other: &usize| *other == step || self.reach[step][*other] && self.reach[*other][step];
        (0..self.steps.len()).filter(in_circle).collect()
    }

    /// Carries out one step, or a circle of them, which succeeds or fails as a whole.
    fn carry_out(&mut self, server: &mut Server, circle: &[usize]) {
        let before = (circle.len() > 1).then(|| server.store.clone());
        for &index in circle {
            let outcome = if self.depends_on_failure(index) && keeps("O9") {
                Err(ScimError::new(
                    409,
                    "an operation that this one refers to has failed",
                ))
            } else if circle.len() > 1 && !keeps("O7") {
                Err(ScimError::new(500, "stack overflow"))
            } else {
                self.steps[index].carry_out(server, &self.steps)
            };
            self.outcomes[index] = Some(outcome);
        }
        let failed = |index: &usize| matches!(self.outcomes[*index], Some(Err(_)));
        if let Some(before) = before.filter(|_| circle.iter().any(failed)) {
            server.store = before;
            for &index in circle {
                if matches!(self.outcomes[index], Some(Ok(_))) {
                    self.outcomes[index] = Some(Err(ScimError::new(
                        409,
                        "an operation of its circle has failed",
                    )));
                }
            }
        }
    }

    fn depends_on_failure(&self, index: usize) -> bool {
        self.steps[index]
            .refers_to
            .iter()
            .any(|other| matches!(self.outcomes[*other], Some(Err(_))))
    }

    /// Returns what became of each step that was carried out, in the order of the request.
    fn results(&self, server: &Server) -> Vec<Value> {
        let done = self.steps.iter().zip(&self.outcomes);
        let mut results: Vec<Value> = done
            .filter_map(|(step, outcome)| Some(result(server, step, outcome.as_ref()?)))
            .collect();
        if !keeps("O1") {
            results.reverse();
        }
        results
    }
}

/// Returns one member of the response's `Operations` (RFC 7644 §3.7.3).
fn result(server: &Server, step: &Step, outcome: &Outcome) -> Value {
    let mut result = Map::new();
    result.insert("method".into(), step.method.as_str().into());
    if let Some(bulk_id) = step.bulk_id.as_ref().filter(|_| keeps("O2.bulkId")) {
        result.insert("bulkId".into(), bulk_id.as_str().into());
    }
    let location = match outcome {
        Ok(done) => Some(done.location.clone()),
        Err(_) if step.method == "POST" => None,
        Err(_) => Some(format!(
            "{}/{}",
            server.base,
            step.path.trim_start_matches('/')
        )),
    };
    if let Some(location) = location.filter(|_| keeps("O2.location")) {
        result.insert("location".into(), location.into());
    }
    let status = match outcome {
        Ok(done) => {
            if let Some(version) = done.version.as_ref().filter(|_| keeps("O2.version")) {
                result.insert("version".into(), version.as_str().into());
            }
            if !keeps("O20") {
                result.insert("response".into(), step.data.clone());
            }
            done.status
        }
        Err(error) => {
            if keeps("O3") {
                result.insert("response".into(), error.body());
            }
            error.status
        }
    };
    let status = if keeps("O2.status") {
        status.to_string().into()
    } else {
        status.into()
    };
    result.insert("status".into(), status);
    result.into()
}

//! Plays a recorded flow of an identity provider against the server, step by step.
//!
//! A port of the `replay.py` with which the traces were recorded; the format is theirs,
//! version 1. A step that fails does not stop the trace, but later steps that need what
//! it should have captured are reported as blocked.

use std::collections::HashMap;

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::support::{Client, encode};

/// The flow of one identity provider, `tests/fixtures/idp/*.json`.
pub(crate) struct Trace {
    name: String,
    document: Value,
}

type Values = HashMap<String, String>;

impl Trace {
    pub(crate) fn of(idp: &str) -> Self {
        let path = format!(
            "{}/tests/fixtures/idp/{idp}.json",
            env!("CARGO_MANIFEST_DIR")
        );
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let document: Value =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert!(
            document["format"]
                .as_str()
                .is_some_and(|it| it.starts_with("1:")),
            "{path} has another format"
        );
        Self {
            name: idp.to_owned(),
            document,
        }
    }

    /// Plays every step, and panics with the list of those that failed.
    pub(crate) async fn replay(&self, client: &Client) {
        let mut values = self.start_values();
        let steps = self.document["steps"]
            .as_array()
            .expect("a trace has steps");
        assert!(!steps.is_empty());
        let mut failures = Vec::new();
        for (n, step) in steps.iter().enumerate() {
            let superfluous = step["unless"]
                .as_str()
                .is_some_and(|it| values.contains_key(it));
            if superfluous {
                continue;
            }
            let faults = self.play(step, client, &mut values).await;
            if !faults.is_empty() {
                let (name, method, path) = (
                    text(&step["name"]),
                    text(&step["method"]),
                    text(&step["path"]),
                );
                failures.push(format!(
                    "#{} {name}  {method} {path}\n    {}",
                    n + 1,
                    faults.join("\n    ")
                ));
            }
        }
        assert!(
            failures.is_empty(),
            "{} of {} steps of {} failed:\n{}",
            failures.len(),
            steps.len(),
            self.name,
            failures.join("\n")
        );
    }

    /// Makes `{{run}}`, and the trace's own variables, which may use it.
    fn start_values(&self) -> Values {
        let run = Uuid::new_v4().simple().to_string()[..6].to_owned();
        let mut values = Values::from([("run".to_owned(), run)]);
        for (name, value) in self.document["vars"].as_object().into_iter().flatten() {
            let filled = fill_text(text(value), &mut values, str::to_owned)
                .expect("a variable uses only {{run}}");
            values.insert(name.clone(), filled);
        }
        values
    }

    async fn play(&self, step: &Value, client: &Client, values: &mut Values) -> Vec<String> {
        match self.exchange(step, client, values).await {
            Ok(faults) => faults,
            Err(missing) => vec![format!("blocked: no value for {{{{{missing}}}}}")],
        }
    }

    /// Returns what is wrong with the answer, or the name of a value that an earlier step owes.
    async fn exchange(
        &self,
        step: &Value,
        client: &Client,
        values: &mut Values,
    ) -> Result<Vec<String>, String> {
        let path = fill_text(text(&step["path"]), values, encode)?;
        let body = match step.get("body") {
            None | Some(Value::Null) => None,
            Some(body) => Some(fill(body, values)?),
        };
        let mut headers = Vec::new();
        for (name, value) in [&self.document["headers"], &step["headers"]]
            .iter()
            .filter_map(|it| it.as_object())
            .flatten()
        {
            let content_type = name.eq_ignore_ascii_case("content-type");
            if let (Some(value), false) = (value.as_str(), content_type && body.is_none()) {
                headers.push((name.as_str(), fill_text(value, values, str::to_owned)?));
            }
        }
        let headers: Vec<(&str, &str)> = headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let answer = client
            .request(
                text(&step["method"]),
                &format!("/scim/v2{path}"),
                body,
                &headers,
            )
            .await;

        let expected = &step["expect"];
        let mut faults = Vec::new();
        if !numbers(&expected["status"]).contains(&u64::from(answer.status)) {
            faults.push(format!(
                "status {}, expected {}: {}",
                answer.status, expected["status"], answer.text
            ));
        }
        if answer.body.is_null() && !answer.text.trim().is_empty() {
            faults.push(format!("the body is not JSON: {}", answer.text));
        }
        let other_status = expected
            .get("json_on")
            .is_some_and(|it| !numbers(it).contains(&u64::from(answer.status)));
        let empty = answer.status == 204 && answer.text.is_empty();
        if !other_status && !empty {
            for check in expected["json"].as_array().into_iter().flatten() {
                let check = fill(check, values)?;
                faults.extend(fault(
                    &answer.body,
                    check.as_object().expect("a check is an object"),
                ));
            }
        }
        for check in expected["headers"].as_array().into_iter().flatten() {
            let (name, pattern) = (text(&check["name"]), text(&check["matches"]));
            if !starts_as(answer.header(name), pattern) {
                faults.push(format!(
                    "header {name}: {:?} does not match {pattern}",
                    answer.header(name)
                ));
            }
        }
        for (name, path) in step["capture"].as_object().into_iter().flatten() {
            match select(&answer.body, text(path)).first() {
                Some(Value::String(found)) => drop(values.insert(name.clone(), found.clone())),
                Some(found) => drop(values.insert(name.clone(), found.to_string())),
                None => faults.push(format!("nothing to capture at {path}")),
            }
        }
        Ok(faults)
    }
}

/// Puts values in the place of each `{{name}}`, also in the names of members.
fn fill(value: &Value, values: &mut Values) -> Result<Value, String> {
    Ok(match value {
        Value::String(text) => fill_text(text, values, str::to_owned)?.into(),
        Value::Array(elements) => elements
            .iter()
            .map(|it| fill(it, values))
            .collect::<Result<_, _>>()?,
        Value::Object(members) => {
            let mut filled = Map::new();
            for (name, value) in members {
                filled.insert(
                    fill_text(name, values, str::to_owned)?,
                    fill(value, values)?,
                );
            }
            filled.into()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    })
}

fn fill_text(
    text: &str,
    values: &mut Values,
    encoded: impl Fn(&str) -> String,
) -> Result<String, String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").expect("a name ends with }}");
        let name = name.trim();
        if name.starts_with("uuid:") && !values.contains_key(name) {
            values.insert(name.to_owned(), Uuid::new_v4().to_string());
        }
        let value = values.get(name).ok_or_else(|| name.to_owned())?;
        filled.push_str(before);
        filled.push_str(&encoded(value));
        rest = after;
    }
    Ok(filled + rest)
}

/// Returns what is wrong with the document by one check of the trace.
fn fault(document: &Value, check: &Map<String, Value>) -> Option<String> {
    let path = text(&check["path"]);
    let found = select(document, path);
    let found = found.first().copied();
    let value = found.unwrap_or(&Value::Null);
    let empty = value.is_null()
        || value.as_array().is_some_and(Vec::is_empty)
        || value.as_object().is_some_and(Map::is_empty);
    for (operator, wanted) in check.iter().filter(|(operator, _)| *operator != "path") {
        let holds = match operator.as_str() {
            "exists" => value.is_null() != (*wanted == true),
            "absent" => *wanted == false || empty,
            "length" => wanted.as_u64() == length(value),
            "contains_not" => !value.as_array().is_some_and(|it| it.contains(wanted)),
            "equals" => found.is_some() && value == wanted,
            "not_equals" => found.is_some() && value != wanted,
            "iequals" => text(value).to_lowercase() == text(wanted).to_lowercase(),
            "type" => found.is_some() && type_of(value) == wanted,
            "contains" => match value {
                Value::Array(elements) => elements.contains(wanted),
                Value::String(it) => it.contains(text(wanted)),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
            },
            "one_of" => wanted.as_array().is_some_and(|it| it.contains(value)),
            "gte" => value
                .as_f64()
                .zip(wanted.as_f64())
                .is_some_and(|(it, least)| it >= least),
            unknown => panic!("the trace has a check that is not known here: {unknown}"),
        };
        if !holds {
            return Some(format!("{path}: {operator} {wanted} expected, is {value}"));
        }
    }
    None
}

/// Returns all values at `$ .key ['key'] [0] [?key=value] [*]`; names match in any case.
fn select<'a>(document: &'a Value, path: &str) -> Vec<&'a Value> {
    let mut current = vec![document];
    let mut rest = path
        .strip_prefix('$')
        .unwrap_or_else(|| panic!("a path starts with $: {path}"));
    while !rest.is_empty() {
        let (step, after) = if let Some(name) = rest.strip_prefix('.') {
            let end = name.find(['.', '[']).unwrap_or(name.len());
            name.split_at(end)
        } else {
            let closing = if rest.starts_with("['") { "']" } else { "]" };
            let end = rest.find(closing).expect("a bracket is closed") + closing.len();
            (&rest[1..end - 1], &rest[end..])
        };
        current = current.into_iter().flat_map(|it| take(it, step)).collect();
        rest = after;
    }
    current
}

fn take<'a>(value: &'a Value, step: &str) -> Vec<&'a Value> {
    if step == "*" {
        return match value {
            Value::Array(elements) => elements.iter().collect(),
            Value::Object(members) => members.values().collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
        };
    }
    if let Some((key, wanted)) = step.strip_prefix('?').and_then(|it| it.split_once('=')) {
        let wanted = wanted.trim_matches('\'').to_lowercase();
        let matches = |element: &&Value| {
            select(element, &format!("$.{key}"))
                .iter()
                .any(|it| match it {
                    Value::String(it) => it.to_lowercase() == wanted,
                    other => other.to_string() == wanted,
                })
        };
        return value
            .as_array()
            .into_iter()
            .flatten()
            .filter(matches)
            .collect();
    }
    if let Ok(index) = step.parse::<usize>() {
        return value
            .as_array()
            .and_then(|it| it.get(index))
            .into_iter()
            .collect();
    }
    let name = step.trim_matches('\'');
    let Some(members) = value.as_object() else {
        return Vec::new();
    };
    let exact = members.get(name);
    let member = exact.or_else(|| {
        members
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, it)| it)
    });
    member.into_iter().collect()
}

/// Matches the one form of pattern that the traces have: `^`, then literal text.
fn starts_as(header: &str, pattern: &str) -> bool {
    let literal = pattern
        .strip_prefix('^')
        .unwrap_or_else(|| panic!("a pattern of another form: {pattern}"));
    header.starts_with(&literal.replace('\\', ""))
}

fn length(value: &Value) -> Option<u64> {
    match value {
        Value::Null => Some(0),
        Value::Array(it) => u64::try_from(it.len()).ok(),
        Value::Object(it) => u64::try_from(it.len()).ok(),
        Value::String(it) => u64::try_from(it.chars().count()).ok(),
        Value::Bool(_) | Value::Number(_) => None,
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn numbers(value: &Value) -> Vec<u64> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_u64)
        .collect()
}

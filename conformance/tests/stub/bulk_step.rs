//! One operation of a Bulk request (RFC 7644 §3.7).

use std::collections::HashMap;

use serde_json::Value;

use super::breaks::keeps;
use super::error::{Scim, ScimError};
use super::patch::member;
use super::schema::ResourceType;
use super::serve::{Server, new_id};
use super::show::location;
use super::store::Record;

const PREFIX: &str = "bulkId:";

/// An operation that was done.
#[derive(Debug, Clone)]
pub struct Done {
    pub status: u16,
    pub location: String,
    pub version: Option<String>,
}

pub type Outcome = Scim<Done>;

/// An operation as the request has it.
#[derive(Debug)]
pub struct Step {
    pub method: String,
    pub path: String,
    pub bulk_id: Option<String>,
    pub data: Value,
    version: Option<String>,
    /// The id of the resource that it makes, if it makes one.
    id: String,
    /// The operations whose `bulkId` it names, by their positions.
    pub refers_to: Vec<usize>,
    /// Why it cannot be carried out.
    wrong: Option<ScimError>,
}

impl Step {
    /// Reads all operations, and finds out which refers to which.
    pub fn read_all(operations: &[Value]) -> Vec<Self> {
        let mut steps: Vec<Self> = operations.iter().map(Self::read).collect();
        let mut known: HashMap<String, usize> = HashMap::new();
        for (index, step) in steps.iter_mut().enumerate() {
            let Some(name) = step.bulk_id.clone().filter(|_| step.method == "POST") else {
                continue;
            };
            if known.contains_key(&name) && keeps("O13.duplicate") {
                step.wrong = Some(ScimError::invalid_syntax(format!(
                    "bulkId {name:?} is there already"
                )));
            } else {
                known.insert(name, index);
            }
        }
        for (own, step) in steps.iter_mut().enumerate() {
            for name in step.named() {
                match known.get(&name) {
                    Some(index) if *index > own && !keeps("O6") => {}
                    Some(index) => step.refers_to.push(*index),
                    None if keeps("O8") => {
                        let detail = format!("no operation has the bulkId {name:?}");
                        step.wrong
                            .get_or_insert(ScimError::of(409, "invalidValue", detail));
                    }
                    None => {}
                }
            }
        }
        steps
    }

    fn read(operation: &Value) -> Self {
        let text = |name| {
            member(operation, name)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let method = text("method").unwrap_or_default();
        let bulk_id = text("bulkId");
        let data = member(operation, "data").cloned().unwrap_or(Value::Null);
        let wrong = if !["POST", "PUT", "PATCH", "DELETE"].contains(&method.as_str())
            && keeps("O13.method")
        {
            Some(format!(
                "method {method:?} is none of POST, PUT, PATCH, DELETE"
            ))
        } else if method == "POST"
            && bulk_id.as_deref().is_none_or(str::is_empty)
            && keeps("O13.bulkId")
        {
            Some("bulkId is missing".to_owned())
        } else if !data.is_object() && method != "DELETE" && keeps("O13.data") {
            Some("data is missing".to_owned())
        } else {
            None
        };
        Self {
            method,
            path: text("path").unwrap_or_default(),
            bulk_id,
            data,
            version: text("version").filter(|_| keeps("M9")),
            id: new_id(),
            refers_to: Vec::new(),
            wrong: wrong.map(ScimError::invalid_syntax),
        }
    }

    /// Returns the names of the bulkIds that the path and the data refer to.
    fn named(&self) -> Vec<String> {
        let mut named = Vec::new();
        each_text(&self.data, &mut |text| named.extend(references(text)));
        named.extend(
            self.path
                .split('/')
                .filter_map(|segment| segment.strip_prefix(PREFIX))
                .map(str::to_owned),
        );
        named
    }

    /// Carries the operation out, `all` being those that it may refer to.
    pub fn carry_out(&self, server: &mut Server, all: &[Self]) -> Outcome {
        if let Some(wrong) = &self.wrong {
            return Err(wrong.clone());
        }
        let resolved = |text: &str| self.resolved(text, all);
        let path = self
            .path
            .split('/')
            .map(resolved)
            .collect::<Vec<_>>()
            .join("/");
        let nothing = Done {
            status: 200,
            location: server.base.clone(),
            version: None,
        };
        let (kind, id) = match target(&path) {
            Err(_) if !keeps("O13.path") => return Ok(nothing),
            found => found?,
        };
        if self.data.is_null() && self.method != "DELETE" && !keeps("O13.data") {
            return Ok(nothing);
        }
        let mut data = self.data.clone();
        change_texts(&mut data, &resolved);
        match (self.method.as_str(), id) {
            ("POST", None) => match server.create(kind, &self.id, &data) {
                Err(error) if error.status == 409 && !keeps("O18") => {
                    let location = format!("{}{}/{}", server.base, kind.endpoint, self.id);
                    Ok(Done {
                        status: 201,
                        location,
                        version: None,
                    })
                }
                made => Ok(done(201, &*made?, server)),
            },
            ("PUT" | "PATCH" | "DELETE", Some(id)) => self.change(server, kind, id, &data),
            _ if !keeps("O13.method") => Ok(nothing),
            (method, _) => Err(ScimError::new(405, format!("{path:?} has no {method}"))),
        }
    }

    fn change(
        &self,
        server: &mut Server,
        kind: &'static ResourceType,
        id: &str,
        data: &Value,
    ) -> Outcome {
        let record = server.store.find(kind, id);
        if self.method == "DELETE" && record.is_err() && !keeps("O12") {
            return Ok(Done {
                status: 204,
                location: server.base.clone(),
                version: None,
            });
        }
        let record = record?;
        server.check_version(self.version.as_deref(), &record)?;
        if !keeps("O12.nothing") {
            return Ok(done(200, &record, server));
        }
        match self.method.as_str() {
            "PUT" => server
                .replace(&record, data)
                .map(|record| done(200, &record, server)),
            "PATCH" => server
                .patch(&record, data)
                .map(|record| done(200, &record, server)),
            _ => {
                server.store.delete(&record);
                Ok(Done {
                    version: None,
                    ..done(204, &record, server)
                })
            }
        }
    }

    /// Puts ids in place of the bulkIds that `text` names.
    fn resolved(&self, text: &str, all: &[Self]) -> String {
        let mut resolved = text.to_owned();
        let rule = if self.method == "POST" && text.starts_with(PREFIX) {
            "O4"
        } else {
            "O5"
        };
        for step in self
            .refers_to
            .iter()
            .filter_map(|index| all.get(*index))
            .filter(|_| keeps(rule))
        {
            let name = format!("{PREFIX}{}", step.bulk_id.as_deref().unwrap_or_default());
            if resolved == name {
                resolved.clone_from(&step.id);
            }
            resolved = resolved.replace(&format!("\"{name}\""), &format!("\"{}\"", step.id));
        }
        resolved
    }
}

/// Returns the bulkIds that a text names: as the whole of it, or quoted in a path of PATCH.
fn references(text: &str) -> Vec<String> {
    if let Some(name) = text.strip_prefix(PREFIX) {
        return vec![name.to_owned()];
    }
    let quoted = text.split('"').skip(1).step_by(2);
    quoted
        .filter_map(|part| part.strip_prefix(PREFIX))
        .map(str::to_owned)
        .collect()
}

fn each_text(value: &Value, see: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => see(text),
        Value::Array(values) => values.iter().for_each(|value| each_text(value, see)),
        Value::Object(members) => members.values().for_each(|value| each_text(value, see)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn change_texts(value: &mut Value, change: &impl Fn(&str) -> String) {
    match value {
        Value::String(text) => *text = change(text),
        Value::Array(values) => values
            .iter_mut()
            .for_each(|value| change_texts(value, change)),
        Value::Object(members) => members
            .values_mut()
            .for_each(|value| change_texts(value, change)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Reads a path, which is relative to the base URI.
fn target(path: &str) -> Scim<(&'static ResourceType, Option<&str>)> {
    let unknown = || ScimError::not_found(&format!("endpoint {path:?}"));
    let below = match path.strip_prefix('/') {
        Some(below) => below,
        None if keeps("O19.slash") => path,
        None => return Err(unknown()),
    };
    let below = match below.split_once("/scim/v2/") {
        Some((_, below)) if !keeps("O19.absolute") => below,
        _ => below,
    };
    let (endpoint, id) = below
        .split_once('/')
        .map_or((below, None), |(endpoint, id)| (endpoint, Some(id)));
    Ok((ResourceType::at(endpoint).ok_or_else(unknown)?, id))
}

fn done(status: u16, record: &Record, server: &Server) -> Done {
    Done {
        status,
        location: location(record, &server.base),
        version: Some(record.etag()),
    }
}

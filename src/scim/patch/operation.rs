//! The PatchOp message as a client wrote it.

use std::fmt;

use serde_json::{Map, Value};

use super::super::error::{ScimError, ScimType, describe, quote};
use super::super::filter::Filter;
use super::super::path::{AttrPath, is_path_character};

/// The URN of the PatchOp message (RFC 7644 §3.5.2).
pub const PATCH_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// Add to what is there.
    Add,
    /// Put in place of what is there.
    Replace,
    /// Take away.
    Remove,
}

/// What an operation does when its value filter matches no element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoMatch {
    /// 400 `noTarget` (RFC 7644 §3.5.2.3).
    Refuse,
    /// Makes an element that the filter matches, if the filter says which (a provider's habit).
    Create,
}

/// One operation of a PATCH.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// What it does.
    pub op: Op,
    /// On what; without it, on the attributes that the value names.
    pub path: Option<PatchPath>,
    /// With what.
    pub value: Option<Value>,
    /// What if the path's filter matches nothing.
    pub no_match: NoMatch,
}

/// The path of an operation: `attribute`, `attribute.sub`, `attribute[filter]`,
/// `attribute[filter].sub` (RFC 7644 Figure 7).
#[derive(Clone, Debug, PartialEq)]
pub struct PatchPath {
    /// The attribute, with its sub-attribute if there is no filter.
    pub attribute: AttrPath,
    /// Which elements.
    pub filter: Option<Filter>,
    /// Which sub-attribute of the elements.
    pub sub: Option<String>,
}

impl PatchPath {
    /// Reads a path.
    ///
    /// # Errors
    /// `invalidPath`, or `invalidFilter` for what stands in the brackets.
    pub fn parse(text: &str) -> Result<Self, ScimError> {
        let invalid = |problem: String| {
            ScimError::new(
                ScimType::InvalidPath,
                format!("the path {} is not one: {problem}", quote(text)),
            )
        };
        let Some((attribute, rest)) = text.trim().split_once('[') else {
            return AttrPath::parse(text.trim())
                .map(|attribute| Self {
                    attribute,
                    filter: None,
                    sub: None,
                })
                .map_err(invalid);
        };
        let attribute = AttrPath::parse(attribute).map_err(invalid)?;
        let (filter, rest) = Filter::parse_in_brackets(rest)?;
        let sub = match rest.strip_prefix('.') {
            None if rest.is_empty() => None,
            Some(sub)
                if !sub.is_empty()
                    && sub
                        .chars()
                        .all(|c| is_path_character(c) && c != '.' && c != ':') =>
            {
                Some(sub.to_owned())
            }
            _ => {
                return Err(invalid(format!(
                    "expected '.' and a sub-attribute after ']', found {}",
                    quote(rest)
                )));
            }
        };
        Ok(Self {
            attribute,
            filter: Some(filter),
            sub,
        })
    }
}

impl fmt::Display for PatchPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.attribute)?;
        if let Some(filter) = &self.filter {
            write!(f, "[{filter}]")?;
        }
        match &self.sub {
            Some(sub) => write!(f, ".{sub}"),
            None => Ok(()),
        }
    }
}

/// Finds a member of a message by its name in any case.
fn member(message: &mut Map<String, Value>, name: &str) -> Option<Value> {
    let key = message
        .keys()
        .find(|key| key.eq_ignore_ascii_case(name))?
        .clone();
    message.shift_remove(&key)
}

/// Operations of one PATCH: each may look at every value of an attribute, and other writers wait.
const MOST_OPERATIONS: usize = 1_000;

/// Refuses a PatchOp message without an operation (RFC 7644 §3.5.2): asked of what was sent, because
/// what a provider is forgiven may leave nothing to do.
///
/// # Errors
/// `invalidSyntax` if `Operations` is empty.
pub fn asks_for_something(body: &Value) -> Result<(), ScimError> {
    let mut members = body.as_object().into_iter().flatten();
    let operations = members.find(|(name, _)| name.eq_ignore_ascii_case("Operations"));
    let empty = operations.is_some_and(|(_, value)| value.as_array().is_some_and(Vec::is_empty));
    if empty {
        return Err(ScimError::invalid_syntax(
            "Operations is empty, expected one operation or more",
        ));
    }
    Ok(())
}

/// Reads a PatchOp message.
///
/// # Errors
/// `invalidSyntax` unless it is an object with `schemas` and an array `Operations`, each with a known `op`; `invalidPath` and `invalidFilter` for a path that cannot be read; `noTarget` for
/// a removal without a path; `invalidValue` for an addition or replacement without a value.
pub fn parse(body: Value) -> Result<Vec<Operation>, ScimError> {
    let Value::Object(mut message) = body else {
        return Err(ScimError::invalid_syntax(format!(
            "the body is {}, expected a PatchOp message as an object",
            describe(&body)
        )));
    };
    let named = member(&mut message, "schemas").is_some_and(|schemas| {
        schemas.as_array().is_some_and(|urns| {
            urns.iter().any(|urn| {
                urn.as_str()
                    .is_some_and(|urn| urn.eq_ignore_ascii_case(PATCH_SCHEMA))
            })
        })
    });
    if !named {
        return Err(ScimError::invalid_syntax(format!(
            "schemas does not name {PATCH_SCHEMA:?}"
        )));
    }
    match member(&mut message, "Operations") {
        Some(Value::Array(operations)) if operations.len() > MOST_OPERATIONS => {
            Err(ScimError::status(
                413,
                format!(
                    "the PATCH has {} operations, at most {MOST_OPERATIONS} are taken; nothing was changed",
                    operations.len()
                ),
            ))
        }
        Some(Value::Array(operations)) => operations
            .into_iter()
            .enumerate()
            .map(|(n, operation)| read(n, operation))
            .collect(),
        Some(other) => Err(ScimError::invalid_syntax(format!(
            "Operations is {}, expected an array of operations",
            describe(&other)
        ))),
        None => Err(ScimError::invalid_syntax(
            "Operations is missing, expected an array of operations",
        )),
    }
}

fn read(n: usize, operation: Value) -> Result<Operation, ScimError> {
    let Value::Object(mut operation) = operation else {
        return Err(ScimError::invalid_syntax(format!(
            "Operations[{n}] is {}, expected an object",
            describe(&operation)
        )));
    };
    let op = match member(&mut operation, "op") {
        Some(Value::String(op)) if op.eq_ignore_ascii_case("add") => Op::Add,
        Some(Value::String(op)) if op.eq_ignore_ascii_case("replace") => Op::Replace,
        Some(Value::String(op)) if op.eq_ignore_ascii_case("remove") => Op::Remove,
        other => {
            let found = other.as_ref().map_or("missing".into(), describe);
            return Err(ScimError::invalid_syntax(format!(
                "Operations[{n}].op is {found}, expected \"add\", \"replace\" or \"remove\""
            )));
        }
    };
    let path = match member(&mut operation, "path") {
        None | Some(Value::Null) => None,
        Some(Value::String(path)) if path.trim().is_empty() => None,
        Some(Value::String(path)) => Some(PatchPath::parse(&path)?),
        Some(other) => {
            return Err(ScimError::new(
                ScimType::InvalidPath,
                format!(
                    "Operations[{n}].path is {}, expected a string",
                    describe(&other)
                ),
            ));
        }
    };
    let value = member(&mut operation, "value");
    match (op, &path, &value) {
        (Op::Remove, None, _) => Err(ScimError::new(
            ScimType::NoTarget,
            format!(
                "Operations[{n}] removes and has no path, so nothing is named that could be removed"
            ),
        )),
        (Op::Add | Op::Replace, _, None) => Err(ScimError::invalid_value(format!(
            "Operations[{n}].value is missing, expected what to {}",
            if op == Op::Add { "add" } else { "put in place" }
        ))),
        (_, _, _) => Ok(Operation {
            op,
            path,
            value,
            no_match: NoMatch::Refuse,
        }),
    }
}

//! Operations bound to a resource type: every path exists, every value has the right type.

use serde_json::{Map, Value};

use super::super::admit::admit_value;
use super::super::error::{ScimError, ScimType, describe, quote};
use super::super::filter::{
    Compare, CompareOp, Filter, Literal, Operator, ResolvedFilter, Scope, Unknown,
};
use super::super::path::{AttrPath, Container, Named, ResolvedPath};
use super::super::schema::{Attribute, Mutability, ResourceType, Type, find};
use super::operation::{NoMatch, Op, Operation, PatchPath};

/// Operations that can be applied to any resource of the type.
///
/// Members are planned apart, because they are rows: a plan without [`Step`]s never reads the
/// document, and one member edit never reads the other members.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PatchPlan {
    pub(super) steps: Vec<Step>,
    /// What happens to the members, in order.
    pub members: Vec<MemberEdit>,
}

impl PatchPlan {
    /// True if applying the plan may take long enough for others to notice.
    #[must_use]
    pub fn is_long(&self) -> bool {
        self.steps.len() > 20
    }

    /// True if the document may change.
    #[must_use]
    pub fn touches_attributes(&self) -> bool {
        !self.steps.is_empty()
    }
}

/// A change of the members of a group. Elements are admitted: objects with `value`.
#[derive(Clone, Debug, PartialEq)]
pub enum MemberEdit {
    /// These become members.
    Add(Vec<Value>),
    /// These are the members.
    Replace(Vec<Value>),
    /// Those that match are no members any more.
    Remove(ResolvedFilter),
}

impl MemberEdit {
    /// Returns the ids that a removal names, if it names nothing but ids.
    #[must_use]
    pub fn removed_ids(filter: &ResolvedFilter) -> Option<Vec<&str>> {
        match filter {
            ResolvedFilter::Compare(Compare {
                path,
                op: Operator::Eq,
                key,
            }) if path.leaf().name == "value" => Some(vec![key]),
            ResolvedFilter::Or(parts) => parts
                .iter()
                .map(Self::removed_ids)
                .collect::<Option<Vec<_>>>()
                .map(|ids| ids.concat()),
            _ => None,
        }
    }
}

/// One change of the document.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Step {
    pub(super) op: Op,
    pub(super) target: Target,
    /// Not yet admitted where it is merged: `null` in it unassigns. `Null` for a removal.
    pub(super) value: Value,
    /// The path for error messages.
    pub(super) path: String,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Target {
    /// An attribute.
    Attribute(ResolvedPath),
    /// The elements of an attribute that match, or a sub-attribute of them.
    Elements {
        path: ResolvedPath,
        filter: ResolvedFilter,
        /// What an element is made from if none matches; none if that is an error.
        seed: Option<Map<String, Value>>,
    },
}

/// Binds operations to a resource type.
///
/// # Errors
/// `invalidPath` for a path that names nothing, `mutability` for what clients cannot write or
/// remove, `invalidFilter` and `invalidValue` as in filters and resources.
pub fn plan(
    kind: &'static ResourceType,
    operations: Vec<Operation>,
) -> Result<PatchPlan, ScimError> {
    let mut plan = PatchPlan::default();
    for Operation {
        op,
        path,
        value,
        no_match,
    } in operations
    {
        let value = value.unwrap_or(Value::Null);
        match path {
            Some(path) => plan.add_path(kind, op, &path, value, no_match)?,
            None => plan.add_object(kind, op, value)?,
        }
    }
    Ok(plan)
}

impl PatchPlan {
    /// Plans an operation without a path: each member of its value is a target of its own.
    fn add_object(
        &mut self,
        kind: &'static ResourceType,
        op: Op,
        value: Value,
    ) -> Result<(), ScimError> {
        let Value::Object(object) = value else {
            return Err(ScimError::invalid_value(format!(
                "an operation without a path has {} as its value, expected an object of attributes",
                describe(&value)
            )));
        };
        for (name, value) in object {
            if name.eq_ignore_ascii_case("schemas") {
                continue;
            }
            if let Some(extension) = kind.extension(&name) {
                self.add_extension(op, Container::Extension(extension.schema), value)?;
                continue;
            }
            let attribute = kind
                .core_attribute(&name)
                .ok_or_else(|| no_attribute(kind, &name))?;
            self.add_attribute(
                kind,
                op,
                ResolvedPath {
                    container: Container::Core,
                    attribute,
                    sub: None,
                },
                name,
                value,
            )?;
        }
        Ok(())
    }

    /// Plans a whole extension: each member of its object is a target of its own.
    fn add_extension(
        &mut self,
        op: Op,
        container: Container,
        value: Value,
    ) -> Result<(), ScimError> {
        let Container::Extension(schema) = container else {
            return Ok(());
        };
        if op == Op::Remove || value.is_null() {
            for attribute in &schema.attributes {
                let path = ResolvedPath {
                    container,
                    attribute,
                    sub: None,
                };
                self.steps.push(Step {
                    op: Op::Remove,
                    target: Target::Attribute(path),
                    value: Value::Null,
                    path: path.to_string(),
                });
            }
            return Ok(());
        }
        let Value::Object(object) = value else {
            return Err(ScimError::invalid_value(format!(
                "{} is {}, expected an object",
                schema.id,
                describe(&value)
            )));
        };
        for (name, value) in object {
            let attribute = find(&schema.attributes, &name).ok_or_else(|| {
                ScimError::new(
                    ScimType::InvalidPath,
                    format!("{} has no attribute {}", schema.id, quote(&name)),
                )
            })?;
            self.add_step(
                op,
                ResolvedPath {
                    container,
                    attribute,
                    sub: None,
                },
                value,
            )?;
        }
        Ok(())
    }

    fn add_path(
        &mut self,
        kind: &'static ResourceType,
        op: Op,
        path: &PatchPath,
        value: Value,
        no_match: NoMatch,
    ) -> Result<(), ScimError> {
        let named = kind.named(&path.attribute);
        if let Some(Named::Attribute(resolved)) = named {
            check_writable(op, resolved)?;
        }
        if op == Op::Remove && !value.is_null() {
            // removing everything would be a guess, and removing these as well
            return Err(ScimError::invalid_syntax(format!(
                "a removal of {path} has a value; select what to remove by a filter in the path"
            )));
        }
        let resolved = match named {
            Some(Named::Extension(schema)) if path.filter.is_none() => {
                return self.add_extension(op, Container::Extension(schema), value);
            }
            Some(Named::Attribute(resolved)) => resolved,
            Some(Named::Extension(_)) | None => {
                return Err(no_attribute(kind, path.attribute.as_str()));
            }
        };
        let Some(filter) = &path.filter else {
            return self.add_attribute(kind, op, resolved, path.to_string(), value);
        };
        let attribute = resolved.attribute;
        let invalid = |problem: &str| {
            Err(ScimError::new(
                ScimType::InvalidPath,
                format!("the path on {} {problem}", path.attribute),
            ))
        };
        if resolved.sub.is_some() || !(attribute.multi_valued || attribute.kind == Type::Complex) {
            return invalid("filters something that has no elements");
        }
        let sub = match &path.sub {
            Some(name) => match attribute.sub(name) {
                Some(sub) => Some(sub),
                None => return invalid("names a sub-attribute that does not exist"),
            },
            None => None,
        };
        let seed = if no_match == NoMatch::Create {
            seed(attribute, filter)
        } else {
            None
        };
        let filter = filter.resolve(Scope::Element(attribute), Unknown::Refuse)?;
        let is_members = is_members(kind, &resolved);
        let path = ResolvedPath { sub, ..resolved };
        check_writable(op, path)?;
        if is_members {
            return match (op, sub) {
                (Op::Remove, None) => {
                    self.members.push(MemberEdit::Remove(filter));
                    Ok(())
                }
                (_, _) => Err(ScimError::new(
                    ScimType::Mutability,
                    format!("{path} is immutable: add the right member and remove the wrong one"),
                )),
            };
        }
        let op = if value.is_null() { Op::Remove } else { op };
        self.steps.push(Step {
            op,
            target: Target::Elements { path, filter, seed },
            value,
            path: path.to_string(),
        });
        Ok(())
    }

    fn add_attribute(
        &mut self,
        kind: &ResourceType,
        op: Op,
        path: ResolvedPath,
        written: String,
        value: Value,
    ) -> Result<(), ScimError> {
        if path.attribute.name == "schemas" && matches!(path.container, Container::Core) {
            // computed from what is there (RFC 7643 §3)
            return check_writable(op, path);
        }
        if !is_members(kind, &path) {
            return self.add_step(op, path, value);
        }
        check_writable(op, path)?;
        if path.sub.is_some() {
            return Err(ScimError::new(
                ScimType::Mutability,
                format!("{written} is immutable: add and remove whole members"),
            ));
        }
        let value = if op == Op::Add && value.is_object() {
            Value::Array(vec![value])
        } else {
            value
        };
        let elements = match admit_value(path.attribute, &path.attribute.name, value)? {
            Some(Value::Array(elements)) => elements,
            _ => Vec::new(),
        };
        self.members.push(match op {
            Op::Add => MemberEdit::Add(elements),
            Op::Replace | Op::Remove => MemberEdit::Replace(elements),
        });
        Ok(())
    }

    fn add_step(&mut self, op: Op, path: ResolvedPath, value: Value) -> Result<(), ScimError> {
        check_writable(op, path)?;
        let op = if value.is_null() { Op::Remove } else { op };
        check_writable(op, path)?;
        let target = match path.sub {
            Some(_) if path.attribute.multi_valued => Target::Elements {
                path,
                filter: ResolvedFilter::Constant(true),
                seed: Some(Map::new()),
            },
            _ => Target::Attribute(path),
        };
        self.steps.push(Step {
            op,
            target,
            value,
            path: path.to_string(),
        });
        Ok(())
    }
}

fn is_members(kind: &ResourceType, path: &ResolvedPath) -> bool {
    matches!(path.container, Container::Core)
        && kind
            .members
            .is_some_and(|members| members.name == path.attribute.name)
}

fn no_attribute(kind: &ResourceType, name: &str) -> ScimError {
    ScimError::new(
        ScimType::InvalidPath,
        format!("{} has no attribute {}", kind.name, quote(name)),
    )
}

fn check_writable(op: Op, path: ResolvedPath) -> Result<(), ScimError> {
    let read_only = path.attribute.mutability == Mutability::ReadOnly
        || path.leaf().mutability == Mutability::ReadOnly;
    if read_only {
        return Err(ScimError::new(
            ScimType::Mutability,
            format!("{path} is readOnly: only the server writes it"),
        ));
    }
    if op == Op::Remove && path.leaf().required {
        return Err(ScimError::new(
            ScimType::Mutability,
            format!("{path} is required and cannot be removed"),
        ));
    }
    Ok(())
}

/// Returns the element that a filter describes: one made of equalities joined by `and`.
fn seed(attribute: &Attribute, filter: &Filter) -> Option<Map<String, Value>> {
    let mut element = Map::new();
    let parts = match filter {
        Filter::And(parts) => parts.as_slice(),
        single => std::slice::from_ref(single),
    };
    for part in parts {
        match part {
            Filter::Compare(path, CompareOp::Eq, literal) if *literal != Literal::Null => {
                element.insert(sub_name(attribute, path)?, literal.to_value());
            }
            _ => return None,
        }
    }
    Some(element)
}

fn sub_name(attribute: &Attribute, path: &AttrPath) -> Option<String> {
    attribute.sub(path.as_str()).map(|sub| sub.name.clone())
}

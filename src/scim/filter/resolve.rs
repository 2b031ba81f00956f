//! A filter bound to a resource type, and what it means: [`ResolvedFilter::matches`].
//!
//! # Why
//! `ne` is `not eq`, so it also holds where the attribute is unassigned: RFC 7644 leaves that
//! open, and only so do `a ne b` and `not (a eq b)` agree, in a filter as in a value path and
//! in the SQL that the store makes of either.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::super::error::{ScimError, ScimType, quote};
use super::super::key::key;
use super::super::path::{AttrPath, Container, ResolvedPath};
use super::super::schema::{Attribute, ResourceType, Type};
use super::{CompareOp, Filter, Literal};

/// How two keys are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// equal
    Eq,
    /// contains
    Co,
    /// starts with
    Sw,
    /// ends with
    Ew,
    /// greater than
    Gt,
    /// greater than or equal to
    Ge,
    /// less than
    Lt,
    /// less than or equal to
    Le,
}

impl Operator {
    /// Compares the key of a value with the key of the literal.
    #[must_use]
    pub fn holds(self, value: &str, literal: &str) -> bool {
        match self {
            Self::Eq => value == literal,
            Self::Co => value.contains(literal),
            Self::Sw => value.starts_with(literal),
            Self::Ew => value.ends_with(literal),
            Self::Gt => value > literal,
            Self::Ge => value >= literal,
            Self::Lt => value < literal,
            Self::Le => value <= literal,
        }
    }
}

/// One comparison: some value of the path has a key that compares so with `key`.
#[derive(Clone, Debug, PartialEq)]
pub struct Compare {
    /// Whose values.
    pub path: ResolvedPath,
    /// How.
    pub op: Operator,
    /// The literal's key (see [`key`]).
    pub key: String,
}

/// A filter that can be evaluated: every path exists, every comparison makes sense.
#[derive(Clone, Debug, PartialEq)]
pub enum ResolvedFilter {
    /// All hold.
    And(Vec<ResolvedFilter>),
    /// One holds.
    Or(Vec<ResolvedFilter>),
    /// It does not hold.
    Not(Box<ResolvedFilter>),
    /// Always or never.
    Constant(bool),
    /// The attribute has a value that is not empty.
    Present(ResolvedPath),
    /// One value compares.
    Compare(Compare),
    /// One element of the attribute matches; the paths inside are the element's own.
    Element(ResolvedPath, Box<ResolvedFilter>),
}

/// What names are looked up in.
#[derive(Clone, Copy, Debug)]
pub enum Scope {
    /// The attributes of a resource type.
    Resource(&'static ResourceType),
    /// The sub-attributes of one element.
    Element(&'static Attribute),
}

/// What a name means that the scope does not have (RFC 7644 §3.4.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// An error: at the endpoint of one type.
    Refuse,
    /// An attribute without a value: where several types are searched.
    Unassigned,
}

impl Scope {
    fn resolve(self, path: &AttrPath) -> Option<ResolvedPath> {
        match self {
            Self::Resource(kind) => kind.resolve(path),
            Self::Element(attribute) => {
                let at_top = |attribute| ResolvedPath {
                    container: Container::Core,
                    attribute,
                    sub: None,
                };
                if attribute.kind == Type::Complex {
                    return attribute.sub(path.as_str()).map(at_top);
                }
                path.as_str()
                    .eq_ignore_ascii_case("value")
                    .then(|| at_top(attribute))
            }
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Resource(kind) => &kind.name,
            Self::Element(attribute) => &attribute.name,
        }
    }
}

fn invalid(detail: String) -> ScimError {
    ScimError::new(ScimType::InvalidFilter, detail)
}

impl Filter {
    /// Binds the filter to what its names stand for.
    ///
    /// # Errors
    /// `invalidFilter` for a name that does not exist (unless it counts as unassigned), an
    /// operator that its type does not have (Table 3), a literal of another type, and any
    /// attribute that is never returned.
    pub fn resolve(&self, scope: Scope, unknown: Unknown) -> Result<ResolvedFilter, ScimError> {
        let all = |parts: &[Self]| {
            parts
                .iter()
                .map(|part| part.resolve(scope, unknown))
                .collect::<Result<Vec<_>, _>>()
        };
        match self {
            Self::And(parts) => all(parts).map(ResolvedFilter::And),
            Self::Or(parts) => all(parts).map(ResolvedFilter::Or),
            Self::Not(inner) => Ok(ResolvedFilter::Not(Box::new(
                inner.resolve(scope, unknown)?,
            ))),
            Self::Present(path) => Ok(lookup(path, scope, unknown)?
                .map_or(ResolvedFilter::Constant(false), ResolvedFilter::Present)),
            Self::Compare(path, op, literal) => match lookup(path, scope, unknown)? {
                Some(resolved) => compare(resolved, *op, literal),
                None => Ok(ResolvedFilter::Constant(match (op, literal) {
                    (CompareOp::Ne, Literal::Null) => false,
                    (CompareOp::Ne, _) | (CompareOp::Eq, Literal::Null) => true,
                    (_, _) => false,
                })),
            },
            Self::ValuePath(path, inner) => {
                let Some(resolved) = lookup(path, scope, unknown)? else {
                    return Ok(ResolvedFilter::Constant(false));
                };
                if resolved.sub.is_some()
                    || matches!(scope, Scope::Element(_))
                    || !(resolved.attribute.multi_valued
                        || resolved.attribute.kind == Type::Complex)
                {
                    return Err(invalid(format!(
                        "{path}[…]: only a multi-valued or complex attribute has elements to filter"
                    )));
                }
                let inner = inner.resolve(Scope::Element(resolved.attribute), unknown)?;
                Ok(ResolvedFilter::Element(resolved, Box::new(inner)))
            }
        }
    }
}

fn lookup(
    path: &AttrPath,
    scope: Scope,
    unknown: Unknown,
) -> Result<Option<ResolvedPath>, ScimError> {
    match (scope.resolve(path), unknown) {
        (Some(resolved), _) if resolved.leaf().is_dropped() => Err(invalid(format!(
            "{path} is never returned, so it cannot be filtered by"
        ))),
        (Some(resolved), _) => Ok(Some(resolved)),
        (None, Unknown::Unassigned) => Ok(None),
        (None, Unknown::Refuse) => Err(invalid(format!(
            "{} has no attribute {}",
            scope.name(),
            quote(path.as_str())
        ))),
    }
}

fn compare(
    mut path: ResolvedPath,
    op: CompareOp,
    literal: &Literal,
) -> Result<ResolvedFilter, ScimError> {
    // a complex attribute stands for its "value" (RFC 7644 Figure 2: `emails co "example.com"`)
    if path.leaf().kind == Type::Complex && *literal != Literal::Null {
        path.sub = path.attribute.sub("value");
        if path.sub.is_none() {
            return Err(invalid(format!(
                "{path} is complex: compare one of its sub-attributes, such as {path}.{}",
                path.attribute
                    .sub_attributes
                    .first()
                    .map_or("value", |sub| &sub.name)
            )));
        }
    }
    let op = match (op, literal) {
        (CompareOp::Eq, Literal::Null) => {
            return Ok(ResolvedFilter::Not(Box::new(ResolvedFilter::Present(path))));
        }
        (CompareOp::Ne, Literal::Null) => return Ok(ResolvedFilter::Present(path)),
        (_, Literal::Null) => {
            return Err(invalid(format!(
                "{path} {} null: null can only be compared with eq and ne",
                op.as_str()
            )));
        }
        (CompareOp::Ne, _) => {
            let equal = compare(path, CompareOp::Eq, literal)?;
            return Ok(ResolvedFilter::Not(Box::new(equal)));
        }
        (CompareOp::Eq, _) => Operator::Eq,
        (CompareOp::Co, _) => Operator::Co,
        (CompareOp::Sw, _) => Operator::Sw,
        (CompareOp::Ew, _) => Operator::Ew,
        (CompareOp::Gt, _) => Operator::Gt,
        (CompareOp::Ge, _) => Operator::Ge,
        (CompareOp::Lt, _) => Operator::Lt,
        (CompareOp::Le, _) => Operator::Le,
    };
    let kind = path.leaf().kind;
    let has_operator = match op {
        Operator::Eq => true,
        Operator::Co | Operator::Sw | Operator::Ew => kind.is_text(),
        Operator::Gt | Operator::Ge | Operator::Lt | Operator::Le => {
            !matches!(kind, Type::Boolean | Type::Binary)
        }
    };
    if !has_operator {
        return Err(invalid(format!(
            "{path} is {}, which cannot be compared in this way; eq, ne and pr are accepted",
            kind.expectation()
        )));
    }
    let value = literal.to_value();
    match key(path.leaf(), &value).map(Cow::into_owned) {
        Some(key) => Ok(ResolvedFilter::Compare(Compare { path, op, key })),
        None => Err(invalid(format!(
            "{path} is compared with {}: expected {}",
            super::super::error::describe(&value),
            kind.expectation()
        ))),
    }
}

impl ResolvedFilter {
    /// Decides whether a resource (or an element of one, inside a value path) matches.
    #[must_use]
    pub fn matches(&self, resource: &Map<String, Value>) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.matches(resource)),
            Self::Or(parts) => parts.iter().any(|part| part.matches(resource)),
            Self::Not(inner) => !inner.matches(resource),
            Self::Constant(constant) => *constant,
            Self::Present(path) => path.values(resource).any(has_value),
            Self::Compare(Compare {
                path,
                op,
                key: literal,
            }) => path.values(resource).any(|value| {
                key(path.leaf(), value).is_some_and(|value| op.holds(&value, literal))
            }),
            Self::Element(path, inner) => path
                .values(resource)
                .any(|element| inner.matches_element(path.attribute, element)),
        }
    }

    /// Decides whether one element of `attribute` matches; a simple element is its own `value`.
    #[must_use]
    pub fn matches_element(&self, attribute: &Attribute, element: &Value) -> bool {
        match element {
            Value::Object(object) => self.matches(object),
            simple => self.matches(&Map::from_iter([(attribute.name.clone(), simple.clone())])),
        }
    }

    /// Returns every path that the filter looks at from the resource.
    #[must_use]
    pub fn paths(&self) -> Vec<ResolvedPath> {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().flat_map(Self::paths).collect(),
            Self::Not(inner) => inner.paths(),
            Self::Constant(_) => Vec::new(),
            Self::Present(path) | Self::Compare(Compare { path, .. }) | Self::Element(path, _) => {
                vec![*path]
            }
        }
    }
}

/// False for what counts as unassigned, and for the empty string (RFC 7643 §2.5, RFC 7644 Table 3).
fn has_value(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(_) | Value::Number(_) => true,
        Value::String(text) => !text.is_empty(),
        Value::Array(elements) => elements.iter().any(has_value),
        Value::Object(object) => object.values().any(has_value),
    }
}

//! A second opinion on filters: what a filter finds by RFC 7644 §3.4.2.2, whatever the server says.
//!
//! Where the RFC leaves something open, the opinion is `None`, and nobody is judged by it: `ne` on
//! attributes without a value, `pr` on empty strings, the order of strings beyond ASCII, and
//! literals of another type than the attribute.

mod parse;
#[cfg(test)]
pub(crate) mod tests;

use std::cmp::Ordering;

use chrono::DateTime;
use serde_json::Value;

use crate::json::{is_unassigned, member};
use crate::server::{Attribute, ResourceType};

/// A filter, as a tree.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// One of them at least.
    Or(Vec<Self>),
    /// All of them.
    And(Vec<Self>),
    /// Not this.
    Not(Box<Self>),
    /// `pr`.
    Present(Path),
    /// A comparison with a literal.
    Compare(Path, Operator, Value),
    /// `emails[…]`: one value of the attribute at least is so.
    Within(Path, Box<Self>),
}

/// A name in a filter.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// The schema before it, if it is named.
    pub schema: Option<String>,
    /// The attribute.
    pub attribute: String,
    /// The sub-attribute, if it is named.
    pub sub: Option<String>,
}

/// An operator of RFC 7644, Table 3, but for `pr`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are the RFC's words")]
pub enum Operator {
    Eq,
    Ne,
    Co,
    Sw,
    Ew,
    Gt,
    Ge,
    Lt,
    Le,
}

/// How the values at a path are compared.
#[derive(Clone, Copy, Debug)]
struct Manner {
    case_exact: bool,
    is_time: bool,
}

impl Filter {
    /// Whether the filter finds this resource; `None` where the RFC leaves it open.
    pub fn finds(&self, kind: &ResourceType, resource: &Value) -> Option<bool> {
        match self {
            Self::Or(parts) => any(parts.iter().map(|it| it.finds(kind, resource))),
            Self::And(parts) => all(parts.iter().map(|it| it.finds(kind, resource))),
            Self::Not(inner) => inner.finds(kind, resource).map(|it| !it),
            Self::Present(path) => present(&path.values(kind, resource)),
            Self::Compare(path, operator, literal) => {
                let (values, manner) = (path.simple_values(kind, resource), path.manner(kind));
                compare(&values, *operator, literal, manner)
            }
            Self::Within(path, inner) => {
                let elements = path.values(kind, resource);
                let inside = inner.inside(path);
                any(elements.iter().map(|it| inside.finds_in(kind, path, it)))
            }
        }
    }

    /// The paths that it names, those in brackets with the attribute before them.
    pub fn paths(&self) -> Vec<Path> {
        match self {
            Self::Or(parts) | Self::And(parts) => parts.iter().flat_map(Self::paths).collect(),
            Self::Not(inner) => inner.paths(),
            Self::Present(path) | Self::Compare(path, ..) => vec![path.clone()],
            Self::Within(path, inner) => inner.inside(path).paths(),
        }
    }

    /// The same filter, its names made paths of the attribute in whose brackets it stands.
    fn inside(&self, outer: &Path) -> Self {
        let within = |path: &Path| Path {
            schema: outer.schema.clone(),
            attribute: outer.attribute.clone(),
            sub: Some(path.attribute.clone()),
        };
        let each = |parts: &[Self]| parts.iter().map(|it| it.inside(outer)).collect();
        match self {
            Self::Or(parts) => Self::Or(each(parts)),
            Self::And(parts) => Self::And(each(parts)),
            Self::Not(inner) => Self::Not(Box::new(inner.inside(outer))),
            Self::Present(path) => Self::Present(within(path)),
            Self::Compare(path, operator, literal) => {
                Self::Compare(within(path), *operator, literal.clone())
            }
            Self::Within(path, inner) => Self::Within(within(path), inner.clone()),
        }
    }

    /// Whether it finds a resource that has, of this attribute, only this value.
    fn finds_in(&self, kind: &ResourceType, path: &Path, element: &Value) -> Option<bool> {
        let mut alone = serde_json::Map::new();
        alone.insert(path.attribute.clone(), element.clone());
        let mut resource = Value::Object(alone);
        if let Some(urn) = path.extension(kind) {
            let mut outer = serde_json::Map::new();
            outer.insert(urn.to_owned(), resource);
            resource = Value::Object(outer);
        }
        self.finds(kind, &resource)
    }
}

impl Path {
    /// Whether a type's schemas, or those attributes that every resource has, know it.
    pub fn is_known(&self, kind: &ResourceType) -> bool {
        let common = ["id", "externalId", "meta", "schemas"];
        if self.schema.is_none()
            && common
                .iter()
                .any(|it| self.attribute.eq_ignore_ascii_case(it))
        {
            return true;
        }
        self.found(kind)
            .is_some_and(|it| self.sub.as_deref().is_none_or(|sub| it.sub(sub).is_some()))
    }

    /// Its attribute, without regard to the sub-attribute.
    fn found<'a>(&self, kind: &'a ResourceType) -> Option<&'a Attribute> {
        let schema = match self.extension(kind) {
            Some(urn) => kind.extension(urn)?,
            None => &kind.schema,
        };
        schema.attribute(&self.attribute)
    }

    /// The URN of the extension that it leads into, if it does.
    fn extension(&self, kind: &ResourceType) -> Option<&str> {
        let schema = self.schema.as_deref()?;
        (!schema.eq_ignore_ascii_case(&kind.schema.id)).then_some(schema)
    }

    /// All values at the path, those of an array one by one.
    fn values<'a>(&self, kind: &ResourceType, resource: &'a Value) -> Vec<&'a Value> {
        let root = match self.extension(kind) {
            Some(urn) => member(resource, urn),
            None => Some(resource),
        };
        let found = root.and_then(|root| member(root, &self.attribute));
        let found = elements(found);
        match &self.sub {
            Some(sub) => found
                .into_iter()
                .flat_map(|it| elements(member(it, sub)))
                .collect(),
            None => found,
        }
    }

    /// The same, complex ones by their `value` (RFC 7644, Figure 2: `emails co "example.com"`).
    fn simple_values<'a>(&self, kind: &ResourceType, resource: &'a Value) -> Vec<&'a Value> {
        let values = self.values(kind, resource).into_iter();
        let simple = values.filter_map(|it| {
            if it.is_object() {
                member(it, "value")
            } else {
                Some(it)
            }
        });
        simple.collect()
    }

    fn manner(&self, kind: &ResourceType) -> Manner {
        let common =
            |name: &str| self.schema.is_none() && self.attribute.eq_ignore_ascii_case(name);
        if common("id") || common("externalId") || common("schemas") {
            return Manner {
                case_exact: true,
                is_time: false,
            };
        }
        if common("meta") {
            let sub = self.sub.as_deref().unwrap_or_default().to_lowercase();
            let is_time = sub == "created" || sub == "lastmodified";
            return Manner {
                case_exact: true,
                is_time,
            };
        }
        let attribute = self.found(kind);
        let attribute =
            attribute.and_then(|it| it.sub(self.sub.as_deref().unwrap_or("value")).or(Some(it)));
        attribute.map_or(
            Manner {
                case_exact: false,
                is_time: false,
            },
            Attribute::manner,
        )
    }
}

impl Attribute {
    fn manner(&self) -> Manner {
        Manner {
            // references and binaries are always case-exact (RFC 7643 §2.3.6, §2.3.7)
            case_exact: self.case_exact || self.kind == "reference" || self.kind == "binary",
            is_time: self.kind == "dateTime",
        }
    }
}

fn elements(value: Option<&Value>) -> Vec<&Value> {
    match value {
        Some(Value::Array(elements)) => elements.iter().collect(),
        value if is_unassigned(value) => Vec::new(),
        value => value.into_iter().collect(),
    }
}

fn any(opinions: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    all(opinions.map(|it| it.map(|it| !it))).map(|it| !it)
}

fn all(opinions: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut whole = Some(true);
    for opinion in opinions {
        match opinion {
            Some(false) => return Some(false),
            None => whole = None,
            Some(true) => {}
        }
    }
    whole
}

/// Whether there is a value that is not empty; open for an empty string or object.
fn present(values: &[&Value]) -> Option<bool> {
    any(values.iter().map(|it| match it {
        Value::String(text) if text.is_empty() => None,
        Value::Object(members) if members.is_empty() => None,
        Value::Null => Some(false),
        _ => Some(true),
    }))
}

fn compare(values: &[&Value], operator: Operator, literal: &Value, manner: Manner) -> Option<bool> {
    match (operator, literal) {
        (Operator::Eq, Value::Null) => return present(values).map(|it| !it),
        (Operator::Ne, Value::Null) => return present(values),
        (_, Value::Null) => return None,
        // with several values one may ask for one that is other, or for none that is the same
        (Operator::Ne, _) => {
            let same: Vec<_> = values
                .iter()
                .map(|it| one(it, Operator::Eq, literal, manner))
                .collect();
            let (some, every) = (any(same.iter().copied()), all(same.iter().copied()));
            return if values.is_empty() || some != every {
                None
            } else {
                some.map(|it| !it)
            };
        }
        _ => {}
    }
    any(values.iter().map(|it| one(it, operator, literal, manner)))
}

/// Compares one value.
fn one(value: &Value, operator: Operator, literal: &Value, manner: Manner) -> Option<bool> {
    match (value, literal) {
        (Value::String(value), Value::String(literal)) if manner.is_time => {
            let value = DateTime::parse_from_rfc3339(value).ok()?;
            let literal = DateTime::parse_from_rfc3339(literal).ok()?;
            ordered(value.cmp(&literal), operator)
        }
        (Value::String(value), Value::String(literal)) => text(value, operator, literal, manner),
        (Value::Number(value), Value::Number(literal)) => {
            ordered(value.as_f64()?.partial_cmp(&literal.as_f64()?)?, operator)
        }
        (Value::Bool(value), Value::Bool(literal)) if operator == Operator::Eq => {
            Some(value == literal)
        }
        _ => None,
    }
}

fn text(value: &str, operator: Operator, literal: &str, manner: Manner) -> Option<bool> {
    let (folded, wanted) = (value.to_lowercase(), literal.to_lowercase());
    let order = folded.cmp(&wanted);
    // collations agree on ASCII, and where upper and lower case make no difference
    let agreed = value.is_ascii() && literal.is_ascii() && value.cmp(literal) == order;
    let (value, literal) = if manner.case_exact {
        (value, literal)
    } else {
        (folded.as_str(), wanted.as_str())
    };
    match operator {
        Operator::Eq => Some(value == literal),
        Operator::Ne => Some(value != literal),
        Operator::Co => Some(value.contains(literal)),
        Operator::Sw => Some(value.starts_with(literal)),
        Operator::Ew => Some(value.ends_with(literal)),
        _ if agreed => ordered(order, operator),
        _ => None,
    }
}

fn ordered(order: Ordering, operator: Operator) -> Option<bool> {
    match operator {
        Operator::Eq => Some(order.is_eq()),
        Operator::Ne => Some(order.is_ne()),
        Operator::Gt => Some(order.is_gt()),
        Operator::Ge => Some(order.is_ge()),
        Operator::Lt => Some(order.is_lt()),
        Operator::Le => Some(order.is_le()),
        Operator::Co | Operator::Sw | Operator::Ew => None,
    }
}

//! Filters (RFC 7644 §3.4.2.2): [`Filter`] is what a client wrote, [`ResolvedFilter`] is the
//! same bound to a resource type, and the only one that can be evaluated.

mod parse;
mod resolve;

use std::fmt;

use serde_json::{Number, Value};

use super::path::AttrPath;

pub use resolve::{Compare, Operator, ResolvedFilter, Scope, Unknown};

/// Longest filter, in bytes.
pub const MAX_LENGTH: usize = 8 * 1024;
/// How deep groups, `not` and value paths may stand in each other.
pub const MAX_DEPTH: usize = 32;
/// How many comparisons a filter may have.
pub const MAX_COMPARISONS: usize = 64;

/// An operator as a client writes it (RFC 7644 Table 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompareOp {
    /// equal
    Eq,
    /// not equal
    Ne,
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

impl CompareOp {
    const ALL: [Self; 9] = [
        Self::Eq,
        Self::Ne,
        Self::Co,
        Self::Sw,
        Self::Ew,
        Self::Gt,
        Self::Ge,
        Self::Lt,
        Self::Le,
    ];

    /// Returns the operator as RFC 7644 writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Co => "co",
            Self::Sw => "sw",
            Self::Ew => "ew",
            Self::Gt => "gt",
            Self::Ge => "ge",
            Self::Lt => "lt",
            Self::Le => "le",
        }
    }
}

/// What an attribute is compared to.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// A JSON string.
    String(String),
    /// A JSON number.
    Number(Number),
    /// `true` or `false`.
    Bool(bool),
    /// `null`: unassigned.
    Null,
}

impl Literal {
    /// Returns the literal as a JSON value.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match self {
            Self::String(text) => Value::from(text.as_str()),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Bool(bool) => Value::Bool(*bool),
            Self::Null => Value::Null,
        }
    }
}

/// A filter as a client wrote it. Its attributes may name nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// All hold; two at least.
    And(Vec<Filter>),
    /// One holds; two at least.
    Or(Vec<Filter>),
    /// It does not hold.
    Not(Box<Filter>),
    /// The attribute has a value (`pr`).
    Present(AttrPath),
    /// A value of the attribute compares.
    Compare(AttrPath, CompareOp, Literal),
    /// One element of the multi-valued attribute matches all of the filter.
    ValuePath(AttrPath, Box<Filter>),
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |f: &mut fmt::Formatter<'_>, parts: &[Self], word: &str| {
            for (n, part) in parts.iter().enumerate() {
                if n > 0 {
                    write!(f, " {word} ")?;
                }
                match part {
                    Self::Or(_) => write!(f, "({part})")?,
                    Self::And(_) if word == "and" => write!(f, "({part})")?,
                    _ => write!(f, "{part}")?,
                }
            }
            Ok(())
        };
        match self {
            Self::And(parts) => joined(f, parts, "and"),
            Self::Or(parts) => joined(f, parts, "or"),
            Self::Not(inner) => write!(f, "not ({inner})"),
            Self::Present(path) => write!(f, "{path} pr"),
            Self::Compare(path, op, literal) => {
                write!(f, "{path} {} {}", op.as_str(), literal.to_value())
            }
            Self::ValuePath(path, inner) => write!(f, "{path}[{inner}]"),
        }
    }
}

#[cfg(test)]
pub(in crate::scim) mod tests;

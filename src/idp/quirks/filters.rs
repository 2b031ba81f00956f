//! Filters.

use serde_json::Value;

use super::names::qualify;
use super::values::{read_boolean, read_scalar};
use crate::scim::filter::{Filter, Literal};
use crate::scim::path::AttrPath;
use crate::scim::schema::{Attribute, ResourceType};

/// What is forgiven of the literals and names in a filter.
#[derive(Clone, Copy, Debug)]
pub(in crate::idp) struct InFilter {
    /// `roles[primary eq "True"]`, `active eq "false"` (see [`super::values::read_boolean`]).
    pub(in crate::idp) booleans: bool,
    /// `employeeNumber eq 9` (see [`read_scalar`]).
    pub(in crate::idp) scalars: bool,
    /// `manager eq "id"` (see [`super::names::qualify`]).
    pub(in crate::idp) names: bool,
}

/// Brings the literals of a filter into the types of their attributes, and its names into the
/// spelling of the RFC. `within` is the attribute whose elements the filter is about.
pub(in crate::idp) fn read_filter(
    forgive: InFilter,
    kind: &ResourceType,
    within: Option<&Attribute>,
    filter: &mut Filter,
) {
    let qualified = |path: &mut AttrPath| {
        if forgive.names
            && within.is_none()
            && let Some(name) = qualify(kind, path.as_str())
            && let Ok(name) = AttrPath::parse(&name)
        {
            *path = name;
        }
    };
    match filter {
        Filter::And(parts) | Filter::Or(parts) => parts
            .iter_mut()
            .for_each(|part| read_filter(forgive, kind, within, part)),
        Filter::Not(inner) => read_filter(forgive, kind, within, inner),
        Filter::Present(path) => qualified(path),
        Filter::ValuePath(path, inner) => {
            qualified(path);
            let attribute = kind.resolve(path).map(|path| path.attribute);
            read_filter(forgive, kind, attribute, inner);
        }
        Filter::Compare(path, _, literal) => {
            qualified(path);
            let attribute = match within {
                Some(attribute) => attribute.sub(path.as_str()),
                None => kind.resolve(path).map(|path| path.leaf()),
            };
            let Some(attribute) = attribute else { return };
            let mut value = literal.to_value();
            if forgive.booleans {
                read_boolean(attribute, &mut value);
            }
            if forgive.scalars {
                read_scalar(attribute, &mut value);
            }
            *literal = match value {
                Value::String(text) => Literal::String(text),
                Value::Number(number) => Literal::Number(number),
                Value::Bool(bool) => Literal::Bool(bool),
                _ => Literal::Null,
            };
        }
    }
}

/// Moves the comparison behind a value path into its brackets:
/// `emails[type eq "work"].value eq "x"` asks for `emails[type eq "work" and value eq "x"]`.
///
/// Entra, where the matching attribute is such a path (Microsoft's validator).
pub(in crate::idp) fn filter_after_brackets(filter: &str) -> Option<String> {
    let mut in_string = false;
    let mut open = None;
    let mut previous = '\0';
    for (at, c) in filter.char_indices() {
        match c {
            '"' if previous != '\\' => in_string = !in_string,
            '[' if !in_string => open = Some(at),
            ']' if !in_string => {
                let rest = filter.get(at + 1..)?;
                if let (Some(open), Some(rest)) = (open, rest.strip_prefix('.')) {
                    let (sub, comparison) = rest.split_once(' ')?;
                    let (comparison, after) = split_comparison(comparison)?;
                    let inner = filter.get(open + 1..at)?;
                    let rewritten = format!(
                        "{}[({inner}) and {sub} {comparison}]{after}",
                        filter.get(..open)?
                    );
                    return Some(filter_after_brackets(&rewritten).unwrap_or(rewritten));
                }
                open = None;
            }
            _ => {}
        }
        previous = if previous == '\\' && c == '\\' {
            '\0'
        } else {
            c
        };
    }
    None
}

/// Splits `eq "x" and …` behind its literal.
fn split_comparison(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let (op, literal) = text.split_once(' ').unwrap_or((text, ""));
    if op.eq_ignore_ascii_case("pr") {
        return Some((op, text.get(op.len()..)?));
    }
    let start = text.len() - literal.trim_start().len();
    let literal = text.get(start..)?;
    let length = if literal.starts_with('"') {
        let mut escaped = false;
        literal.char_indices().skip(1).find_map(|(at, c)| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends.then_some(at + 1)
        })?
    } else {
        literal.find([' ', ')']).unwrap_or(literal.len())
    };
    Some((text.get(..start + length)?, text.get(start + length..)?))
}

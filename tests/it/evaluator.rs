//! A second opinion on filters: a parser and an evaluator of RFC 7644 §3.4.2.2 that share
//! nothing with the server.
//!
//! It knows only what the differential test needs: it takes well-formed filters, panics on
//! others, and compares by the JSON it is given and a short list of case-exact attributes.

use serde_json::Value;

use crate::support::{ENTERPRISE, USER};

/// A filter as a tree.
pub(crate) enum Expression {
    Or(Box<Self>, Box<Self>),
    And(Box<Self>, Box<Self>),
    Not(Box<Self>),
    Present(Path),
    Compare(Path, String, Value),
    /// A value path: some element of the attribute satisfies the expression.
    Element(Path, Box<Self>),
}

/// Names from the outside in: an extension's URN if any, the attribute, its sub-attribute.
pub(crate) struct Path(Vec<String>);

const CASE_EXACT: [&str; 5] = ["id", "externalId", "location", "resourceType", "$ref"];

impl Expression {
    pub(crate) fn parse(filter: &str) -> Self {
        let mut parser = Parser { rest: filter };
        let expression = parser.or();
        assert_eq!(parser.rest.trim(), "", "the filter goes on: {filter}");
        expression
    }

    pub(crate) fn matches(&self, resource: &Value) -> bool {
        match self {
            Self::Or(left, right) => left.matches(resource) || right.matches(resource),
            Self::And(left, right) => left.matches(resource) && right.matches(resource),
            Self::Not(inner) => !inner.matches(resource),
            Self::Present(path) => path.found_in(resource).into_iter().any(present),
            Self::Compare(path, operator, Value::Null) => {
                let absent = !path.found_in(resource).into_iter().any(present);
                if operator == "eq" { absent } else { !absent }
            }
            Self::Compare(path, operator, literal) if operator == "ne" => {
                !path.any(resource, "eq", literal)
            }
            Self::Compare(path, operator, literal) => path.any(resource, operator, literal),
            Self::Element(path, inner) => path
                .found_in(resource)
                .into_iter()
                .any(|element| inner.matches(element)),
        }
    }
}

impl Path {
    fn new(text: &str) -> Self {
        for urn in [USER, ENTERPRISE] {
            if let Some((head, rest)) = text.split_at_checked(urn.len())
                && head.eq_ignore_ascii_case(urn)
            {
                let outer = if urn == USER {
                    vec![]
                } else {
                    vec![urn.to_owned()]
                };
                let inner = rest
                    .trim_start_matches(':')
                    .split('.')
                    .filter(|it| !it.is_empty())
                    .map(str::to_owned);
                return Self(outer.into_iter().chain(inner).collect());
            }
        }
        Self(text.split('.').map(str::to_owned).collect())
    }

    /// Returns all values at the path; an array gives its elements.
    fn found_in<'a>(&self, resource: &'a Value) -> Vec<&'a Value> {
        let mut found = vec![resource];
        for name in &self.0 {
            found = found
                .into_iter()
                .filter_map(|it| member(it, name))
                .flat_map(elements)
                .collect();
        }
        found
    }

    fn any(&self, resource: &Value, operator: &str, literal: &Value) -> bool {
        let name = self.0.last().expect("a path has a name");
        let case_exact = CASE_EXACT.iter().any(|it| it.eq_ignore_ascii_case(name));
        self.found_in(resource)
            .into_iter()
            .filter_map(simple)
            .any(|it| compare(it, operator, literal, case_exact))
    }
}

fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value
        .as_object()?
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, it)| it)
}

/// Returns what a complex value is compared by, its `value` (RFC 7644, Figure 2).
fn simple(value: &Value) -> Option<&Value> {
    if value.is_object() {
        member(value, "value")
    } else {
        Some(value)
    }
}

fn elements(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(elements) => elements.iter().collect(),
        other => vec![other],
    }
}

fn present(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(it) => !it.is_empty(),
        Value::Array(it) => it.iter().any(present),
        Value::Object(it) => it.values().any(present),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

fn compare(value: &Value, operator: &str, literal: &Value, case_exact: bool) -> bool {
    let (Some(value), Some(literal)) = (value.as_str(), literal.as_str()) else {
        return operator == "eq" && value == literal;
    };
    let keyed = |it: &str| {
        if case_exact {
            it.to_owned()
        } else {
            it.chars().map(fold).collect()
        }
    };
    let (value, literal) = (keyed(value), keyed(literal));
    match operator {
        "eq" => value == literal,
        "co" => value.contains(&literal),
        "sw" => value.starts_with(&literal),
        "ew" => value.ends_with(&literal),
        "gt" => value > literal,
        "ge" => value >= literal,
        "lt" => value < literal,
        "le" => value <= literal,
        unknown => panic!("unknown operator {unknown}"),
    }
}

/// Folds one character to one character, as simple case folding does.
fn fold(character: char) -> char {
    let one = |mut mapped: Box<dyn Iterator<Item = char>>, otherwise| match (
        mapped.next(),
        mapped.next(),
    ) {
        (Some(only), None) => only,
        _ => otherwise,
    };
    let upper = one(Box::new(character.to_uppercase()), character);
    one(Box::new(upper.to_lowercase()), character)
}

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn or(&mut self) -> Expression {
        let mut left = self.and();
        while self.takes_word("or") {
            left = Expression::Or(Box::new(left), Box::new(self.and()));
        }
        left
    }

    fn and(&mut self) -> Expression {
        let mut left = self.term();
        while self.takes_word("and") {
            left = Expression::And(Box::new(left), Box::new(self.term()));
        }
        left
    }

    fn term(&mut self) -> Expression {
        if self.takes_word("not") {
            assert!(self.takes("("), "not wants a parenthesis: {}", self.rest);
            return Expression::Not(Box::new(self.closed_by(")")));
        }
        if self.takes("(") {
            return self.closed_by(")");
        }
        let path = Path::new(&self.word());
        if self.takes("[") {
            return Expression::Element(path, Box::new(self.closed_by("]")));
        }
        let operator = self.word().to_lowercase();
        if operator == "pr" {
            return Expression::Present(path);
        }
        Expression::Compare(path, operator, self.literal())
    }

    fn closed_by(&mut self, end: &str) -> Expression {
        let inner = self.or();
        assert!(self.takes(end), "{end} is missing before {}", self.rest);
        inner
    }

    /// Reads up to a blank or bracket.
    fn word(&mut self) -> String {
        let rest = self.rest.trim_start();
        let end = rest
            .find([' ', '[', ']', '(', ')', '"'])
            .unwrap_or(rest.len());
        assert!(end > 0, "a word is missing before {rest}");
        self.rest = &rest[end..];
        rest[..end].to_owned()
    }

    fn literal(&mut self) -> Value {
        self.rest = self.rest.trim_start();
        let mut escaped = false;
        let mut ends = |at: usize, c: char| {
            let inside = self.rest.starts_with('"');
            let ends = if inside {
                at > 0 && c == '"' && !escaped
            } else {
                " )]".contains(c)
            };
            escaped = c == '\\' && !escaped;
            ends
        };
        let mut letters = self.rest.char_indices();
        let end = letters
            .find(|(at, c)| ends(*at, *c))
            .map_or(
                self.rest.len(),
                |(at, c)| if c == '"' { at + 1 } else { at },
            );
        let (literal, rest) = self.rest.split_at(end);
        self.rest = rest;
        serde_json::from_str(literal).expect("a literal is JSON")
    }

    fn takes(&mut self, text: &str) -> bool {
        let found = self.rest.trim_start().strip_prefix(text);
        self.rest = found.unwrap_or(self.rest);
        found.is_some()
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let rest = self.rest.trim_start();
        let Some((head, after)) = rest.split_at_checked(word.len()) else {
            return false;
        };
        let whole = head.eq_ignore_ascii_case(word) && after.starts_with([' ', '(']);
        if whole {
            self.rest = after;
        }
        whole
    }
}

//! What a filter means (RFC 7644 §3.4.2.2, Table 3).

use std::cmp::Ordering;

use chrono::{DateTime, Utc};
use serde_json::{Number, Value};

use super::breaks::keeps;
use super::error::{Scim, ScimError};
use super::filter::Filter;
use super::names::Place;
use super::schema::{Attribute, Kind};
use super::text::{compare_numbers, instant, key};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Equal,
    NotEqual,
    Contains,
    StartsWith,
    EndsWith,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Operator {
    pub fn named(word: &str) -> Option<Self> {
        Some(match word {
            "eq" => Self::Equal,
            "ne" => Self::NotEqual,
            "co" => Self::Contains,
            "sw" => Self::StartsWith,
            "ew" => Self::EndsWith,
            "gt" => Self::Greater,
            "ge" => Self::GreaterOrEqual,
            "lt" => Self::Less,
            "le" => Self::LessOrEqual,
            _ => return None,
        })
    }

    fn is_part(self) -> bool {
        matches!(self, Self::Contains | Self::StartsWith | Self::EndsWith)
    }

    fn is_order(self) -> bool {
        matches!(
            self,
            Self::Greater | Self::GreaterOrEqual | Self::Less | Self::LessOrEqual
        )
    }

    /// Whether a value that stands in `order` to the literal matches.
    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge() && (keeps("F2.equal") || order.is_ne()),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le() && (keeps("F2.equal") || order.is_ne()),
            Self::Contains | Self::StartsWith | Self::EndsWith => false,
        }
    }
}

/// The literal of a comparison, as the data type of its attribute has it.
#[derive(Debug, Clone)]
enum Literal {
    Null,
    Text(String),
    Boolean(bool),
    Number(Number),
    Instant(DateTime<Utc>),
}

/// `attribute operator literal`, with a literal that suits the attribute and an operator that it has.
#[derive(Debug, Clone)]
pub struct Comparison {
    place: Place,
    operator: Operator,
    literal: Literal,
}

impl Comparison {
    /// Refuses what Table 3 has no meaning for: an order of booleans, a number in place of a string.
    pub fn new(place: Place, operator: Operator, literal: Value) -> Scim<Self> {
        let place = with_value(place)?;
        let wrong = || ScimError::invalid_filter(format!("{} cannot be compared so", place.name()));
        let kind = place.leaf().kind;
        let is_text = matches!(kind, Kind::String | Kind::Reference | Kind::Binary);
        if operator.is_order() && matches!(kind, Kind::Boolean | Kind::Binary) && keeps("F3") {
            return Err(wrong());
        }
        if operator.is_part() && !is_text && kind != Kind::DateTime {
            return Err(wrong());
        }
        let literal = match (kind, literal) {
            (_, Value::Null) if !operator.is_order() && !operator.is_part() => Literal::Null,
            (Kind::Boolean, Value::Bool(value)) => Literal::Boolean(value),
            // Entra writes booleans as strings.
            (Kind::Boolean, Value::String(text)) if keeps("J17") => {
                Literal::Boolean(boolean(&text).ok_or_else(wrong)?)
            }
            (Kind::Integer | Kind::Decimal, Value::Number(number)) => Literal::Number(number),
            (Kind::DateTime, Value::String(text)) if !operator.is_part() && keeps("F2.instant") => {
                Literal::Instant(instant(&text).ok_or_else(wrong)?)
            }
            (_, Value::String(text)) if is_text || kind == Kind::DateTime => Literal::Text(text),
            _ => return Err(wrong()),
        };
        Ok(Self {
            place,
            operator,
            literal,
        })
    }

    /// Returns the attribute and the text that `eq` asks for, which `add` makes an element from.
    pub fn equality(&self) -> Option<(&'static Attribute, Value)> {
        let value = match &self.literal {
            Literal::Null => return None,
            Literal::Text(text) => text.as_str().into(),
            Literal::Boolean(value) => (*value).into(),
            Literal::Number(number) => number.clone().into(),
            Literal::Instant(time) => super::text::written(*time).into(),
        };
        (self.operator == Operator::Equal).then_some((self.place.attribute, value))
    }

    fn matches(&self, resource: &Value) -> bool {
        let values = self.place.values(resource);
        let values = if keeps("F9") {
            &values[..]
        } else {
            &values[..values.len().min(1)]
        };
        match (&self.literal, self.operator) {
            (Literal::Null, Operator::Equal) => values.is_empty() && keeps("F5.null"),
            (Literal::Null, _) => !values.is_empty() && keeps("F5.null"),
            // An unassigned attribute equals no literal.
            (_, Operator::NotEqual) if values.is_empty() => {
                keeps("F30") || resource.get("id").is_some()
            }
            _ => values.iter().any(|value| self.matches_value(value)),
        }
    }

    fn matches_value(&self, value: &Value) -> bool {
        match (&self.literal, value) {
            (Literal::Text(literal), Value::String(value)) => self.matches_text(value, literal),
            (Literal::Boolean(literal), Value::Bool(value)) => {
                (*literal || keeps("F5.false")) && self.operator.holds(value.cmp(literal))
            }
            (Literal::Number(literal), Value::Number(value)) if !keeps("F2.number") => self
                .operator
                .holds(value.to_string().cmp(&literal.to_string())),
            (Literal::Number(literal), Value::Number(value)) => {
                compare_numbers(value, literal).is_some_and(|order| self.operator.holds(order))
            }
            (Literal::Instant(literal), Value::String(value)) => {
                instant(value).is_some_and(|value| self.operator.holds(value.cmp(literal)))
            }
            _ => false,
        }
    }

    fn matches_text(&self, value: &str, literal: &str) -> bool {
        let attribute = self.place.leaf();
        if attribute.name == "externalId" && !keeps("F20") {
            return self
                .operator
                .holds(value.to_lowercase().cmp(&literal.to_lowercase()));
        }
        let (value, literal) = match (attribute.exact, keeps("E7.filter"), keeps("E8.filter")) {
            (true, false, _) => (value.to_lowercase(), literal.to_lowercase()),
            (false, _, false) => (value.to_owned(), literal.to_owned()),
            _ => (key(attribute, value), key(attribute, literal)),
        };
        match self.operator {
            Operator::Contains if !keeps("F29") => contains_like(&value, &literal),
            Operator::Contains if keeps("F1.co") => value.contains(&literal),
            Operator::Contains => value == literal,
            Operator::NotEqual if !keeps("F1.ne") => false,
            Operator::StartsWith if keeps("F1.sw") => value.starts_with(&literal),
            Operator::StartsWith => value.contains(&literal),
            Operator::EndsWith if keeps("F1.ew") => value.ends_with(&literal),
            Operator::EndsWith => value.contains(&literal),
            operator => operator.holds(value.cmp(&literal)),
        }
    }
}

/// What SQL's LIKE makes of `co` when `%` is not escaped.
fn contains_like(value: &str, literal: &str) -> bool {
    let mut rest = value;
    literal
        .split(['%', '_', '*'])
        .all(|part| match rest.find(part) {
            Some(start) => {
                rest = &rest[start + part.len()..];
                true
            }
            None => false,
        })
}

/// A complex attribute without sub-attribute means its `value` (RFC 7644 §3.4.2.2, Figure 2: `emails co`).
fn with_value(place: Place) -> Scim<Place> {
    if place.leaf().kind != Kind::Complex {
        return Ok(place);
    }
    let value = place.attribute.sub("value").filter(|_| keeps("F10"));
    let value =
        value.ok_or_else(|| ScimError::invalid_filter(format!("{} has no value", place.name())))?;
    Ok(Place {
        sub: Some(value),
        ..place
    })
}

/// Reads `true` and `false` in any case, which identity providers send as strings.
pub fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

impl Filter {
    /// Whether a resource, or an element of one, matches.
    pub fn matches(&self, resource: &Value) -> bool {
        match self {
            Self::And(all) => all.iter().all(|filter| filter.matches(resource)),
            Self::Or(any) => any.iter().any(|filter| filter.matches(resource)),
            Self::Not(filter) => !filter.matches(resource),
            Self::Present(place) => place.values(resource).into_iter().any(is_present),
            Self::Compare(comparison) => comparison.matches(resource),
            Self::Element(place, _) if place.values(resource).is_empty() => !keeps("F13"),
            Self::Element(place, filter) if keeps("F11") => place
                .values(resource)
                .into_iter()
                .any(|element| filter.matches(element)),
            Self::Element(place, filter) => matches_over_elements(filter, &place.values(resource)),
            Self::Unknown => !(keeps("F24.root") && keeps("F24.type")),
        }
    }

    /// Returns what the filter's equalities say of an element, when only `and` joins them.
    pub fn equalities(&self) -> Vec<(&'static Attribute, Value)> {
        match self {
            Self::And(all) => all.iter().flat_map(Self::equalities).collect(),
            Self::Compare(comparison) => comparison.equality().into_iter().collect(),
            Self::Or(_) | Self::Not(_) | Self::Present(_) | Self::Element(..) | Self::Unknown => {
                Vec::new()
            }
        }
    }
}

/// What F11 forbids: each condition may be met by another element.
fn matches_over_elements(filter: &Filter, elements: &[&Value]) -> bool {
    match filter {
        Filter::And(all) => all
            .iter()
            .all(|filter| matches_over_elements(filter, elements)),
        filter => elements.iter().any(|element| filter.matches(element)),
    }
}

/// Whether a value is neither empty nor without any member (RFC 7644 Table 3, `pr`).
pub fn is_present(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty() || !keeps("F4"),
        Value::Array(values) => values.iter().any(is_present),
        Value::Object(members) => members.values().any(is_present),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

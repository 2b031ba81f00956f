//! The filter grammar (RFC 7644 §3.4.2.2, Figure 1), read by recursive descent.
//!
//! `compare.rs` says what a filter means; here is only what may be written.

use serde_json::Value;

use super::breaks::keeps;
use super::compare::{Comparison, Operator};
use super::error::{Scim, ScimError};
use super::names::{Named, Place, Scope};
use super::schema::{Kind, ResourceType};

/// A filter whose names stand for attributes and whose literals suit them.
#[derive(Debug, Clone)]
pub enum Filter {
    And(Vec<Filter>),
    Or(Vec<Filter>),
    Not(Box<Filter>),
    Present(Place),
    Compare(Comparison),
    /// `attribute[filter]`: one element that matches the whole of it.
    Element(Place, Box<Filter>),
    /// An attribute that this type does not have, in a search over all types (RFC 7644 §3.4.2.1).
    Unknown,
}

/// A path of PATCH (RFC 7644 §3.5.2, Figure 7).
#[derive(Debug, Clone)]
pub struct ValuePath {
    pub named: Named,
    pub filter: Option<Filter>,
}

/// How deep parentheses, brackets and `not` may nest.
const DEEPEST: usize = 64;

/// Reads the filter of a request on one type; an attribute that the type does not have is refused.
pub fn parse(text: &str, kind: &'static ResourceType) -> Scim<Filter> {
    Parser::new(text, Scope::Type(kind), false).filter()
}

/// Reads the filter of a request over all types; an attribute that the type does not have is unassigned.
pub fn parse_for_any(text: &str, kind: &'static ResourceType) -> Scim<Filter> {
    Parser::new(text, Scope::Type(kind), true).filter()
}

/// Reads a path of PATCH. What is wrong with the path is `invalidPath`, what is wrong in brackets `invalidFilter`.
pub fn parse_path(text: &str, kind: &'static ResourceType) -> Scim<ValuePath> {
    let mut parser = Parser::new(text, Scope::Type(kind), false);
    let wrong = || ScimError::invalid_path(format!("{text:?} is not a path of a {}", kind.name));
    let named = parser.scope.find(parser.word()).ok_or_else(wrong)?;
    if !parser.takes("[") {
        return if parser.rest.is_empty() {
            Ok(ValuePath {
                named,
                filter: None,
            })
        } else {
            Err(wrong())
        };
    }
    let Named::Place(mut place) = named else {
        return Err(wrong());
    };
    if place.sub.is_some() || !place.attribute.multi && place.attribute.kind != Kind::Complex {
        return Err(wrong());
    }
    let filter = parser.element(place)?;
    if parser.takes(".") {
        place.sub = Some(place.attribute.sub(parser.word()).ok_or_else(wrong)?);
    }
    if !parser.rest.is_empty() {
        return Err(wrong());
    }
    Ok(ValuePath {
        named: Named::Place(place),
        filter: Some(filter),
    })
}

struct Parser<'a> {
    rest: &'a str,
    scope: Scope,
    /// Whether unknown attributes are only unassigned.
    lenient: bool,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, scope: Scope, lenient: bool) -> Self {
        Self {
            rest: text,
            scope,
            lenient,
            depth: 0,
        }
    }

    /// Reads the whole text.
    fn filter(&mut self) -> Scim<Filter> {
        let filter = self.or()?;
        self.skip_blanks();
        if self.rest.is_empty() || !keeps("F23.rest") {
            Ok(filter)
        } else {
            Err(self.wrong("the end"))
        }
    }

    /// Reads alternatives: `and` binds before `or`.
    fn or(&mut self) -> Scim<Filter> {
        let [loose, tight] = if keeps("F6") {
            ["or", "and"]
        } else {
            ["and", "or"]
        };
        self.joined(loose, |parser| parser.joined(tight, Self::term))
    }

    fn joined(&mut self, keyword: &str, part: impl Fn(&mut Self) -> Scim<Filter>) -> Scim<Filter> {
        let mut parts = vec![part(self)?];
        while self.takes_keyword(keyword) {
            parts.push(part(self)?);
        }
        Ok(match parts.len() {
            1 => parts.remove(0),
            _ if keyword == "and" => Filter::And(parts),
            _ => Filter::Or(parts),
        })
    }

    fn term(&mut self) -> Scim<Filter> {
        self.depth += 1;
        if self.depth > DEEPEST && !keeps("F28") {
            return Err(ScimError::new(500, "stack overflow"));
        }
        if self.depth > DEEPEST {
            return Err(ScimError::invalid_filter("the filter is nested too deep"));
        }
        self.skip_blanks();
        let term = if self.takes("(") {
            self.parenthesized()
        } else if self.negates() {
            let negated = Box::new(self.parenthesized()?);
            Ok(if keeps("F7") {
                Filter::Not(negated)
            } else {
                *negated
            })
        } else {
            self.expression()
        };
        self.depth -= 1;
        term
    }

    /// Takes `not (`; an attribute may be called `not…`, and a `not` without parentheses is no filter.
    fn negates(&mut self) -> bool {
        let Some(after) = strip_word(self.rest, "not") else {
            return false;
        };
        let Some(inside) = after.trim_start().strip_prefix('(') else {
            return false;
        };
        self.rest = inside;
        true
    }

    /// Reads up to and with the closing parenthesis.
    fn parenthesized(&mut self) -> Scim<Filter> {
        let filter = self.or()?;
        self.skip_blanks();
        if self.takes(")") || self.rest.is_empty() && !keeps("F23.open") {
            Ok(filter)
        } else {
            Err(self.wrong("\")\""))
        }
    }

    /// Reads up to and with the closing bracket.
    fn element(&mut self, place: Place) -> Scim<Filter> {
        let outside = std::mem::replace(&mut self.scope, Scope::Element(place.attribute));
        let lenient = std::mem::replace(&mut self.lenient, false);
        let filter = if keeps("F12") {
            self.or()?
        } else {
            self.joined("and", Self::expression_only)?
        };
        self.skip_blanks();
        self.scope = outside;
        self.lenient = lenient;
        if self.takes("]") {
            Ok(filter)
        } else {
            Err(self.wrong("\"]\""))
        }
    }

    /// What F12 forbids: brackets hold nothing but comparisons and `and`.
    fn expression_only(&mut self) -> Scim<Filter> {
        self.skip_blanks();
        self.expression()
    }

    fn expression(&mut self) -> Scim<Filter> {
        let name = self.word();
        if name.is_empty() {
            return Err(self.wrong("an attribute"));
        }
        let place = match self.scope.find(name) {
            Some(Named::Place(place)) if is_found(name, place) => Some(place),
            Some(Named::Place(_)) => {
                return Err(ScimError::invalid_filter(format!("{name:?} is unknown")));
            }
            Some(Named::Schema(_)) => {
                return Err(ScimError::invalid_filter(format!("{name:?} is a schema")));
            }
            None if self.lenient || !keeps("F24.type") => None,
            None => {
                return Err(ScimError::invalid_filter(format!(
                    "there is no attribute {name:?}"
                )));
            }
        };
        if let Some(place) =
            place.filter(|place| place.leaf().hidden() && keeps("E3.filter") && keeps("F25"))
        {
            return Err(ScimError::invalid_filter(format!(
                "{} cannot be searched",
                place.name()
            )));
        }
        if self.takes("[") {
            return self.element_of(place);
        }
        self.compared(place)
    }

    fn element_of(&mut self, place: Option<Place>) -> Scim<Filter> {
        // Without an attribute there is no scope for what is in the brackets, so that is only skipped.
        let Some(place) = place else {
            let end = self.rest.find(']').ok_or_else(|| self.wrong("\"]\""))?;
            self.rest = &self.rest[end + 1..];
            return Ok(Filter::Unknown);
        };
        if place.sub.is_some() {
            return Err(ScimError::invalid_filter(format!(
                "{} has no elements",
                place.name()
            )));
        }
        let filter = self.element(place)?;
        Ok(Filter::Element(place, Box::new(filter)))
    }

    fn compared(&mut self, place: Option<Place>) -> Scim<Filter> {
        self.blank()?;
        let word = self.word();
        let word = if keeps("F8.operator") {
            word.to_ascii_lowercase()
        } else {
            word.to_owned()
        };
        if word == "pr" {
            return Ok(place.map_or(Filter::Unknown, Filter::Present));
        }
        let operator = Operator::named(&word)
            .or((!keeps("F22")).then_some(Operator::Equal))
            .ok_or_else(|| ScimError::invalid_filter(format!("{word:?} is not an operator")))?;
        self.blank()?;
        let literal = self.literal()?;
        match place {
            Some(place) => Comparison::new(place, operator, literal).map(Filter::Compare),
            None => Ok(Filter::Unknown),
        }
    }

    /// Reads a JSON string, number, `true`, `false` or `null` (RFC 7159).
    fn literal(&mut self) -> Scim<Value> {
        if !keeps("F18")
            && self
                .rest
                .starts_with(|sign: char| sign == '-' || sign.is_ascii_digit())
        {
            return self.digits();
        }
        if let Some(quoted) = self.rest.strip_prefix('"').filter(|_| !keeps("F16")) {
            let (text, rest) = quoted
                .split_once('"')
                .ok_or_else(|| self.wrong("a quote"))?;
            self.rest = rest;
            return Ok(text.into());
        }
        // a deserializer wants a blank after true, null and numbers; a filter may close a parenthesis
        let end = |sign: char| sign.is_whitespace() || sign == ')' || sign == ']';
        let bare = self.rest.find(end).filter(|_| !self.rest.starts_with('"'));
        let text = &self.rest[..bare.unwrap_or(self.rest.len())];
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
        let literal = values.next();
        let length = values.byte_offset();
        match literal {
            Some(Ok(literal)) if !literal.is_object() && !literal.is_array() => {
                self.rest = &self.rest[length..];
                Ok(literal)
            }
            _ if !keeps("F23.quotes") => Ok(self.word().trim_matches('\'').into()),
            _ => Err(self.wrong("a value")),
        }
    }

    /// What F18 forbids: numbers are digits only.
    fn digits(&mut self) -> Scim<Value> {
        self.word()
            .parse::<u64>()
            .map(Value::from)
            .map_err(|_| self.wrong("digits"))
    }

    /// Takes what may be a name or an operator.
    fn word(&mut self) -> &'a str {
        let end = self
            .rest
            .find(|c: char| c.is_whitespace() || "[]()\"'".contains(c))
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn takes(&mut self, token: &str) -> bool {
        self.rest
            .strip_prefix(token)
            .map(|rest| self.rest = rest)
            .is_some()
    }

    /// Takes `and` or `or` in any case, with the blank before it.
    fn takes_keyword(&mut self, keyword: &str) -> bool {
        let next = self.rest.trim_start();
        let apart = next.len() < self.rest.len();
        match strip_word(next, keyword).filter(|_| apart) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Takes one blank or, tolerantly, several.
    fn blank(&mut self) -> Scim<()> {
        if !self.rest.starts_with(' ') {
            return Err(self.wrong("a blank"));
        }
        self.skip_blanks();
        Ok(())
    }

    fn skip_blanks(&mut self) {
        self.rest = if keeps("F21") {
            self.rest.trim_start()
        } else {
            self.rest.strip_prefix(' ').unwrap_or(self.rest)
        };
    }

    fn wrong(&self, expected: &str) -> ScimError {
        let rest: String = self.rest.chars().take(40).collect();
        ScimError::invalid_filter(format!("expected {expected} at {rest:?}"))
    }
}

/// Where the rules on names in filters can be broken.
fn is_found(name: &str, place: Place) -> bool {
    let attribute = place.attribute.name;
    (name.contains(attribute) || keeps("F8.name"))
        && (place.extension.is_some() || !name.contains(':') || keeps("F14"))
        && (place.extension.is_none() || keeps("F15"))
        && (attribute != "meta" || keeps("F19"))
        && (attribute != "members" || keeps("S9"))
}

/// Returns what follows `word`, which is in any case and ends before a blank or a parenthesis.
fn strip_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let head = text.get(..word.len())?;
    let rest = &text[word.len()..];
    (head.eq_ignore_ascii_case(word) && rest.starts_with([' ', '('])).then_some(rest)
}

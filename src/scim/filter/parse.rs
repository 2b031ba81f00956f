//! The filter grammar (RFC 7644 Figure 1), read by recursive descent.
//!
//! Depth is bounded here, so nothing that walks a [`Filter`] later can run out of stack.

use super::super::error::{ScimError, ScimType, quote};
use super::super::path::{AttrPath, is_path_character};
use super::{CompareOp, Filter, Literal, MAX_COMPARISONS, MAX_DEPTH, MAX_LENGTH};

impl Filter {
    /// Reads a filter. Names, operators and the words `and`, `or`, `not` may have any case.
    ///
    /// # Errors
    /// `invalidFilter`, with the position (counted in characters from 1) and what was expected
    /// there; `tooMany` beyond [`MAX_COMPARISONS`] comparisons.
    pub fn parse(text: &str) -> Result<Self, ScimError> {
        let mut parser = Parser::new(text)?;
        let filter = parser.expression(1)?;
        match parser.peek() {
            None => Ok(filter),
            Some(_) => Err(parser.expected("'and', 'or' or the end of the filter")),
        }
    }

    /// Reads the filter of a PATCH path from behind its `[` to its `]`; returns what follows.
    pub(in crate::scim) fn parse_in_brackets(text: &str) -> Result<(Self, &str), ScimError> {
        let mut parser = Parser::new(text)?;
        let filter = parser.expression(1)?;
        if !parser.take(']') {
            return Err(parser.expected("'and', 'or' or ']'"));
        }
        Ok((filter, parser.rest))
    }
}

struct Parser<'a> {
    whole: &'a str,
    rest: &'a str,
    comparisons: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Result<Self, ScimError> {
        if text.len() > MAX_LENGTH {
            return Err(invalid(format!(
                "the filter has {} bytes, at most {MAX_LENGTH} are accepted",
                text.len()
            )));
        }
        Ok(Self {
            whole: text,
            rest: text,
            comparisons: 0,
        })
    }

    fn peek(&mut self) -> Option<char> {
        self.rest = self.rest.trim_start();
        self.rest.chars().next()
    }

    fn take(&mut self, c: char) -> bool {
        if self.peek() != Some(c) {
            return false;
        }
        self.rest = self.rest.get(c.len_utf8()..).unwrap_or_default();
        true
    }

    /// Takes `word` in any case if it stands here and ends here.
    fn take_word(&mut self, word: &str) -> bool {
        self.peek();
        let Some(head) = self.rest.get(..word.len()) else {
            return false;
        };
        let tail = self.rest.get(word.len()..).unwrap_or_default();
        if !head.eq_ignore_ascii_case(word) || tail.starts_with(is_path_character) {
            return false;
        }
        self.rest = tail;
        true
    }

    fn position(&self) -> usize {
        let read = self.whole.len() - self.rest.len();
        self.whole.get(..read).unwrap_or_default().chars().count() + 1
    }

    fn expected(&mut self, what: &str) -> ScimError {
        self.peek();
        let found: String = self
            .rest
            .split_whitespace()
            .next()
            .map_or_else(|| "the end".into(), quote);
        invalid(format!(
            "at position {} of the filter: expected {what}, found {found}",
            self.position()
        ))
    }

    fn expression(&mut self, depth: usize) -> Result<Filter, ScimError> {
        if depth > MAX_DEPTH {
            return Err(invalid(format!(
                "at position {} of the filter: nested deeper than {MAX_DEPTH}",
                self.position()
            )));
        }
        let mut parts = vec![self.conjunction(depth)?];
        while self.take_word("or") {
            parts.push(self.conjunction(depth)?);
        }
        Ok(one_or(parts, Filter::Or))
    }

    fn conjunction(&mut self, depth: usize) -> Result<Filter, ScimError> {
        let mut parts = vec![self.term(depth)?];
        while self.take_word("and") {
            parts.push(self.term(depth)?);
        }
        Ok(one_or(parts, Filter::And))
    }

    fn term(&mut self, depth: usize) -> Result<Filter, ScimError> {
        if self.take('(') {
            let inner = self.expression(depth + 1)?;
            return if self.take(')') {
                Ok(inner)
            } else {
                Err(self.expected("'and', 'or' or ')'"))
            };
        }
        let before = self.rest;
        if self.take_word("not") {
            if self.take('(') {
                let inner = self.expression(depth + 1)?;
                return if self.take(')') {
                    Ok(Filter::Not(Box::new(inner)))
                } else {
                    Err(self.expected("'and', 'or' or ')'"))
                };
            }
            // an attribute may be called "not"; an operator must follow it then
            self.rest = before;
            if !self.operator_follows_a_word() {
                self.take_word("not");
                return Err(self.expected("'(' after 'not'"));
            }
        }
        self.comparison(depth)
    }

    fn operator_follows_a_word(&self) -> bool {
        let mut ahead = Parser {
            whole: self.whole,
            rest: self.rest,
            comparisons: 0,
        };
        ahead.peek();
        ahead.path().is_ok() && (ahead.take_word("pr") || ahead.operator().is_some())
    }

    fn comparison(&mut self, depth: usize) -> Result<Filter, ScimError> {
        let path = self.path()?;
        if self.rest.starts_with('[') {
            self.take('[');
            let inner = self.expression(depth + 1)?;
            return if self.take(']') {
                Ok(Filter::ValuePath(path, Box::new(inner)))
            } else {
                Err(self.expected("'and', 'or' or ']'"))
            };
        }
        self.comparisons += 1;
        if self.comparisons > MAX_COMPARISONS {
            return Err(ScimError::new(
                ScimType::TooMany,
                format!("the filter has more than {MAX_COMPARISONS} comparisons"),
            ));
        }
        if self.take_word("pr") {
            return Ok(Filter::Present(path));
        }
        let Some(op) = self.operator() else {
            return Err(self.expected("an operator (eq, ne, co, sw, ew, gt, ge, lt, le or pr)"));
        };
        Ok(Filter::Compare(path, op, self.literal()?))
    }

    fn path(&mut self) -> Result<AttrPath, ScimError> {
        self.peek();
        let end = self
            .rest
            .find(|c: char| !is_path_character(c))
            .unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        if name.is_empty() {
            return Err(self.expected("an attribute name, 'not' or '('"));
        }
        let path = AttrPath::parse(name).map_err(|problem| {
            invalid(format!(
                "at position {} of the filter: {problem}",
                self.position()
            ))
        })?;
        self.rest = rest;
        Ok(path)
    }

    fn operator(&mut self) -> Option<CompareOp> {
        CompareOp::ALL
            .into_iter()
            .find(|op| self.take_word(op.as_str()))
    }

    fn literal(&mut self) -> Result<Literal, ScimError> {
        const EXPECTED: &str = "a value: a string in double quotes, a number, true, false or null";
        match self.peek() {
            Some('"') => {
                let end =
                    end_of_string(self.rest).ok_or_else(|| self.expected("a closing '\"'"))?;
                let (string, rest) = self.rest.split_at(end);
                let text: String = serde_json::from_str(string).map_err(|error| {
                    invalid(format!(
                        "at position {} of the filter: not a JSON string: {error}",
                        self.position()
                    ))
                })?;
                if text.contains('\0') {
                    return Err(invalid(format!(
                        "at position {} of the filter: a string contains the character U+0000",
                        self.position()
                    )));
                }
                self.rest = rest;
                Ok(Literal::String(text))
            }
            Some(c) if c.is_ascii_digit() || c == '-' => {
                let end = self
                    .rest
                    .find(|c: char| !c.is_ascii_alphanumeric() && !"+-.".contains(c))
                    .unwrap_or(self.rest.len());
                let (number, rest) = self.rest.split_at(end);
                let number = serde_json::from_str(number).map_err(|_| self.expected(EXPECTED))?;
                self.rest = rest;
                Ok(Literal::Number(number))
            }
            _ if self.take_word("true") => Ok(Literal::Bool(true)),
            _ if self.take_word("false") => Ok(Literal::Bool(false)),
            _ if self.take_word("null") => Ok(Literal::Null),
            _ => Err(self.expected(EXPECTED)),
        }
    }
}

fn invalid(detail: String) -> ScimError {
    ScimError::new(ScimType::InvalidFilter, detail)
}

fn one_or(mut parts: Vec<Filter>, join: impl FnOnce(Vec<Filter>) -> Filter) -> Filter {
    if parts.len() == 1 {
        parts.remove(0)
    } else {
        join(parts)
    }
}

/// Returns the length of the JSON string, quotes included, that `text` starts with.
fn end_of_string(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (n, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(n + 1),
            _ => {}
        }
    }
    None
}

//! Reads a filter by the grammar of RFC 7644, Figure 1.

use serde_json::Value;

use super::{Filter, Operator, Path};

#[derive(Clone, Debug, PartialEq)]
enum Token {
    /// A name, an operator or a literal without quotes.
    Word(String),
    /// A string.
    Text(String),
    /// A parenthesis or bracket.
    Sign(char),
}

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    /// The words for what is wrong with it.
    pub fn parse(filter: &str) -> Result<Self, String> {
        let mut parser = Parser {
            tokens: tokens(filter)?,
            next: 0,
        };
        let whole = parser.or()?;
        match parser.peek() {
            None => Ok(whole),
            Some(token) => Err(format!("{token:?} follows the end of the filter")),
        }
    }
}

fn tokens(filter: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = filter.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '(' | ')' | '[' | ']' => {
                tokens.push(Token::Sign(first));
                1
            }
            '"' => {
                let mut strings = serde_json::Deserializer::from_str(rest).into_iter::<String>();
                match strings.next() {
                    Some(Ok(text)) => tokens.push(Token::Text(text)),
                    _ => return Err(format!("no string: {rest}")),
                }
                strings.byte_offset()
            }
            _ => {
                let ends = |it: char| it.is_whitespace() || "()[]\"".contains(it);
                let end = rest.find(ends).unwrap_or(rest.len());
                tokens.push(Token::Word(rest.get(..end).unwrap_or_default().to_owned()));
                end
            }
        };
        rest = rest.get(end..).unwrap_or_default().trim_start();
    }
    Ok(tokens)
}

struct Parser {
    tokens: Vec<Token>,
    next: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    fn take(&mut self) -> Result<Token, String> {
        let token = self.peek().cloned().ok_or("the filter ends too early")?;
        self.next += 1;
        Ok(token)
    }

    /// Takes this word, in any case, if it is next.
    fn word(&mut self, word: &str) -> bool {
        let here = matches!(self.peek(), Some(Token::Word(it)) if it.eq_ignore_ascii_case(word));
        self.next += usize::from(here);
        here
    }

    fn sign(&mut self, sign: char) -> Result<(), String> {
        match self.take()? {
            Token::Sign(it) if it == sign => Ok(()),
            token => Err(format!("{token:?} instead of {sign}")),
        }
    }

    fn or(&mut self) -> Result<Filter, String> {
        let mut parts = vec![self.and()?];
        while self.word("or") {
            parts.push(self.and()?);
        }
        Ok(alone(parts, Filter::Or))
    }

    fn and(&mut self) -> Result<Filter, String> {
        let mut parts = vec![self.term()?];
        while self.word("and") {
            parts.push(self.term()?);
        }
        Ok(alone(parts, Filter::And))
    }

    fn term(&mut self) -> Result<Filter, String> {
        if self.word("not") {
            return Ok(Filter::Not(Box::new(self.group('(', ')')?)));
        }
        match self.peek() {
            Some(Token::Sign('(')) => self.group('(', ')'),
            _ => self.expression(),
        }
    }

    fn group(&mut self, open: char, close: char) -> Result<Filter, String> {
        self.sign(open)?;
        let inner = self.or()?;
        self.sign(close)?;
        Ok(inner)
    }

    fn expression(&mut self) -> Result<Filter, String> {
        let path = match self.take()? {
            Token::Word(name) => path(&name),
            token => return Err(format!("{token:?} instead of a name")),
        };
        if self.peek() == Some(&Token::Sign('[')) {
            return Ok(Filter::Within(path, Box::new(self.group('[', ']')?)));
        }
        if self.word("pr") {
            return Ok(Filter::Present(path));
        }
        let operator = match self.take()? {
            Token::Word(word) => operator(&word)?,
            token => return Err(format!("{token:?} instead of an operator")),
        };
        let literal = match self.take()? {
            Token::Text(text) => Value::from(text),
            Token::Word(word) => {
                serde_json::from_str(&word).map_err(|_| format!("{word} is no literal"))?
            }
            token @ Token::Sign(_) => return Err(format!("{token:?} instead of a literal")),
        };
        Ok(Filter::Compare(path, operator, literal))
    }
}

fn alone(mut parts: Vec<Filter>, several: fn(Vec<Filter>) -> Filter) -> Filter {
    match (parts.pop(), parts.is_empty()) {
        (Some(part), true) => part,
        (last, _) => {
            parts.extend(last);
            several(parts)
        }
    }
}

fn path(name: &str) -> Path {
    let (schema, name) = match name.rsplit_once(':') {
        Some((schema, name)) => (Some(schema.to_owned()), name),
        None => (None, name),
    };
    let (attribute, sub) = match name.split_once('.') {
        Some((attribute, sub)) => (attribute, Some(sub.to_owned())),
        None => (name, None),
    };
    Path {
        schema,
        attribute: attribute.to_owned(),
        sub,
    }
}

fn operator(word: &str) -> Result<Operator, String> {
    Ok(match word.to_lowercase().as_str() {
        "eq" => Operator::Eq,
        "ne" => Operator::Ne,
        "co" => Operator::Co,
        "sw" => Operator::Sw,
        "ew" => Operator::Ew,
        "gt" => Operator::Gt,
        "ge" => Operator::Ge,
        "lt" => Operator::Lt,
        "le" => Operator::Le,
        _ => return Err(format!("{word} is no operator")),
    })
}

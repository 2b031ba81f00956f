//! Keeps secrets out of reports, also where a server echoes them.

use serde_json::Value;

use super::Report;
use crate::exchange::Exchange;
use crate::lab::encode;

/// What stands for the token; the shell puts it in where an exchange is sent again.
const TOKEN: &str = "$TOKEN";

/// What stands for other secrets.
const HIDDEN: &str = "…";

/// So much of the beginning of a secret gives it away: servers and reports cut texts off.
const TELLTALE: usize = 8;

/// What no report may show.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    /// Each as it may be written, and what stands for it.
    spellings: Vec<(String, &'static str)>,
    /// The headers of the command line.
    headers: Vec<(String, String)>,
}

impl Secrets {
    /// The token, and the headers that are sent with each request.
    pub fn new(token: Option<&str>, headers: &[(String, String)]) -> Self {
        let mut secrets = Self {
            spellings: Vec::new(),
            headers: headers.to_vec(),
        };
        if let Some(token) = token {
            secrets.hide(token, TOKEN);
        }
        for (_, value) in headers {
            // `Basic abc` is a secret, and `abc` is; a short word like `acme` or `true` is none
            for part in [Some(value.as_str()), value.split_whitespace().last()] {
                secrets.hide(part.filter(|it| it.len() >= TELLTALE).unwrap_or(""), HIDDEN);
            }
        }
        secrets
    }

    fn hide(&mut self, secret: &str, instead: &'static str) {
        // PHP escapes slashes in JSON, and URLs escape nearly all
        for spelling in [
            secret.to_owned(),
            secret.replace('/', r"\/"),
            encode(secret),
        ] {
            let known = self.spellings.iter().any(|(other, _)| *other == spelling);
            if !spelling.is_empty() && !known {
                self.spellings.push((spelling, instead));
            }
        }
        self.spellings
            .sort_by_key(|(spelling, _)| usize::MAX - spelling.len());
    }

    /// A text without secrets.
    pub fn redact(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (secret, instead) in &self.spellings {
            text = without(&text, secret, instead);
        }
        text
    }

    fn clean(&self, text: &mut String) {
        *text = self.redact(text);
    }

    fn clean_value(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.clean(text),
            Value::Array(elements) => elements.iter_mut().for_each(|it| self.clean_value(it)),
            Value::Object(members) => {
                let whole = std::mem::take(members);
                members.extend(whole.into_iter().map(|(name, mut value)| {
                    self.clean_value(&mut value);
                    (self.redact(&name), value)
                }));
            }
            _ => {}
        }
    }

    fn clean_exchange(&self, exchange: &mut Exchange) {
        for (name, value) in &mut exchange.headers {
            let mut given = self.headers.iter().filter(|(other, _)| other == name);
            // what a check itself sends in such a header is no secret; where the token is in
            // it, the wire has replaced that already
            if given.any(|(_, it)| it == value || value.contains(TOKEN)) {
                HIDDEN.clone_into(value);
            }
            self.clean(value);
        }
        self.clean(&mut exchange.url);
        exchange.body.iter_mut().for_each(|it| self.clean(it));
        match &mut exchange.answer {
            Ok(received) => {
                for (name, value) in &mut received.headers {
                    self.clean(name);
                    self.clean(value);
                }
                self.clean(&mut received.body);
            }
            Err(error) => self.clean(error),
        }
    }
}

impl Report {
    /// Takes the secrets out of all that comes from the server, or was sent to it.
    pub fn redact(&mut self, secrets: &Secrets) {
        let said = self.assumptions.iter_mut().chain(&mut self.resource_types);
        said.for_each(|it| secrets.clean(it));
        for result in &mut self.results {
            secrets.clean(&mut result.id);
            result.notes.iter_mut().for_each(|it| secrets.clean(it));
            result.reason.iter_mut().for_each(|it| secrets.clean(it));
            if let Some(finding) = &mut result.finding {
                secrets.clean(&mut finding.expected);
                secrets.clean(&mut finding.actual);
                if let Some(diff) = &mut finding.diff {
                    secrets.clean_value(&mut diff.expected);
                    secrets.clean_value(&mut diff.actual);
                }
            }
            for exchange in &mut result.exchanges {
                secrets.clean_exchange(exchange);
            }
        }
    }
}

/// A text with something instead of a secret, or of its beginning; in any case of letters.
fn without(text: &str, secret: &str, instead: &str) -> String {
    let telltale = secret.floor_char_boundary(TELLTALE);
    let (start, _) = secret.split_at(telltale);
    let (mut kept, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(first) = rest.chars().next() {
        let begins = rest
            .get(..start.len())
            .is_some_and(|it| it.eq_ignore_ascii_case(start));
        if begins {
            let same = rest
                .chars()
                .zip(secret.chars())
                .take_while(|(one, other)| one.eq_ignore_ascii_case(other));
            let end = same.map(|(one, _)| one.len_utf8()).sum();
            kept.push_str(instead);
            rest = rest.get(end..).unwrap_or_default();
        } else {
            kept.push(first);
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::Secrets;

    #[test]
    fn a_token_is_found_in_all_its_spellings() {
        let secrets = Secrets::new(Some("tok/en+0123456789="), &[]);
        for echo in [
            "Bearer tok/en+0123456789=",
            r#"{"detail":"tok\/en+0123456789= is expired"}"#,
            "/Users?token=tok%2Fen%2B0123456789%3D",
            "BEARER TOK/EN+0123456789=",
            "cut off: tok/en+01234…",
        ] {
            let shown = secrets.redact(echo);
            assert!(shown.contains("$TOKEN"), "{shown}");
            assert!(!shown.contains("0123"), "{shown}");
        }
    }

    #[test]
    fn the_values_of_headers_are_found_and_short_words_are_not() {
        let headers = [
            ("authorization".to_owned(), "Basic dXNlcjpwYXNz".to_owned()),
            ("x-tenant".to_owned(), "acme".to_owned()),
        ];
        let secrets = Secrets::new(None, &headers);
        assert_eq!(secrets.redact("got dXNlcjpwYXNz of acme"), "got … of acme");
    }
}

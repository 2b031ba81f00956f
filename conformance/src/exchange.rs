//! A request and its answer, as a report shows them.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// The longest body that is kept; the rest of a longer one is left out.
const LONGEST_BODY: usize = 16 * 1024;

/// A request and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// The request's method.
    pub method: String,
    /// The whole URL.
    pub url: String,
    /// The request's headers; the token is left out.
    pub headers: Vec<(String, String)>,
    /// The request's body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// What came: an answer, or the words for why none came.
    #[serde(with = "came")]
    pub answer: Result<Received, String>,
    /// How long it took, in milliseconds.
    pub millis: u64,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Received {
    /// Its status.
    pub status: u16,
    /// Its headers, in the order they came, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: String,
}

impl Exchange {
    /// The request as a command line that sends it again; the token is `$TOKEN`.
    pub fn curl(&self) -> String {
        let mut command = format!("curl -i -X {} {}", self.method, quoted(&self.url));
        for (name, value) in &self.headers {
            let header = format!("{name}: {value}");
            if value.contains("$TOKEN") {
                write!(command, " \\\n  -H \"{header}\"").unwrap_or_default();
            } else {
                write!(command, " \\\n  -H {}", quoted(&header)).unwrap_or_default();
            }
        }
        if let Some(body) = &self.body {
            write!(command, " \\\n  -d {}", quoted(body)).unwrap_or_default();
        }
        command
    }
}

/// What came, as JSON: the answer itself, or `{ "error": "why none came" }`.
mod came {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Received;

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Came<A> {
        Answer(A),
        Nothing { error: String },
    }

    pub(super) fn serialize<S: Serializer>(
        answer: &Result<Received, String>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let came = match answer {
            Ok(received) => Came::Answer(received),
            Err(error) => Came::Nothing {
                error: error.clone(),
            },
        };
        came.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Result<Received, String>, D::Error> {
        Ok(match Came::<Received>::deserialize(deserializer)? {
            Came::Answer(received) => Ok(received),
            Came::Nothing { error } => Err(error),
        })
    }
}

/// Leaves out the end of a long body.
pub(crate) fn shortened(text: &str) -> String {
    if text.len() <= LONGEST_BODY {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(LONGEST_BODY);
    let (kept, left) = text.split_at(end);
    format!("{kept}… ({} bytes more)", left.len())
}

/// Quotes for a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

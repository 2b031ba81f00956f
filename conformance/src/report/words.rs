//! What several forms of a report share: bodies, headers and differences as lines of text.

use serde_json::{Map, Value};

use crate::check::Diff;
use crate::exchange::{Exchange, Received};

/// The headers of an answer that say something of SCIM.
const TELLING: &[&str] = &[
    "content-type",
    "location",
    "etag",
    "www-authenticate",
    "allow",
    "retry-after",
];

/// More lines are not compared with each other.
const MOST_COMPARED: usize = 500;

/// How many lines stay around one that differs.
const AROUND: usize = 2;

/// The first line of an answer, `HTTP 409 Conflict`.
pub(super) fn status_line(status: u16) -> String {
    let known = ureq::http::StatusCode::from_u16(status).ok();
    match known.and_then(|it| it.canonical_reason()) {
        Some(reason) => format!("HTTP {status} {reason}"),
        None => format!("HTTP {status}"),
    }
}

/// An answer as lines: its status, headers, an empty line, and the body, pretty if it is JSON.
pub(super) fn answer(received: &Received, all_headers: bool) -> String {
    let mut lines = vec![status_line(received.status)];
    for (name, value) in &received.headers {
        if all_headers || TELLING.contains(&name.as_str()) {
            lines.push(format!("{name}: {value}"));
        }
    }
    if !received.body.is_empty() {
        lines.push(String::new());
        lines.push(pretty(&received.body));
    }
    lines.join("\n")
}

/// A body with an indent, if it is JSON.
pub(super) fn pretty(body: &str) -> String {
    let value: Option<Value> = serde_json::from_str(body).ok();
    let text = value.and_then(|it| serde_json::to_string_pretty(&it).ok());
    text.unwrap_or_else(|| body.to_owned())
}

/// An exchange in a few words, `POST /Users → 201`.
pub(super) fn headline(exchange: &Exchange, base_url: &str) -> String {
    let url = &exchange.url;
    let path = url.strip_prefix(base_url).unwrap_or(url);
    let came = match &exchange.answer {
        Ok(received) => received.status.to_string(),
        Err(_) => "no answer".to_owned(),
    };
    format!("{} {path} → {came}", exchange.method)
}

/// The first lines of a text, and how many more there are.
pub(super) fn first_lines(text: &str, most: usize) -> (Vec<&str>, usize) {
    let lines: Vec<&str> = text.lines().collect();
    let more = lines.len().saturating_sub(most);
    (lines.into_iter().take(most).collect(), more)
}

/// The beginning of a text of at most so many bytes, and how many more there are.
pub(super) fn first_bytes(text: &str, most: usize) -> (&str, usize) {
    let (kept, left) = text.split_at(text.floor_char_boundary(most));
    (kept, left.len())
}

/// A text without what a terminal obeys or that turns the direction of reading.
pub(super) fn harmless(text: &str) -> String {
    let harmful = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.replace(harmful, "\u{fffd}")
}

/// Two values line by line: each line with `-` if it should be there, with `+` if it came
/// instead, with a space if it is in both.
pub(super) fn diff(diff: &Diff) -> Vec<(char, String)> {
    let lines = |value: &Value| -> Vec<String> {
        let text = serde_json::to_string_pretty(&sorted(value)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    };
    near_changes(line_diff(lines(&diff.expected), lines(&diff.actual)))
}

/// A value whose objects have their members in order, so that only content differs.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<(&String, &Value)> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            let sorted = members
                .into_iter()
                .map(|(name, value)| (name.clone(), sorted(value)));
            Value::Object(sorted.collect::<Map<_, _>>())
        }
        Value::Array(elements) => elements.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

/// The longest common subsequence stays, the rest was taken away or came.
fn line_diff(old: Vec<String>, new: Vec<String>) -> Vec<(char, String)> {
    if old.len().max(new.len()) > MOST_COMPARED {
        let taken = old.into_iter().map(|line| ('-', line));
        return taken
            .chain(new.into_iter().map(|line| ('+', line)))
            .collect();
    }
    let common = common_lengths(&old, &new);
    let length = |i: usize, j: usize| common.get(i).and_then(|row| row.get(j)).copied();
    let (mut i, mut j, mut lines) = (0, 0, Vec::new());
    loop {
        match (old.get(i), new.get(j)) {
            (Some(one), Some(other)) if one == other => {
                lines.push((' ', one.clone()));
                (i, j) = (i + 1, j + 1);
            }
            (Some(one), other) if other.is_none() || length(i + 1, j) >= length(i, j + 1) => {
                lines.push(('-', one.clone()));
                i += 1;
            }
            (_, Some(other)) => {
                lines.push(('+', other.clone()));
                j += 1;
            }
            _ => return lines,
        }
    }
}

/// How many lines the ends of both from each pair of places have in common.
fn common_lengths(old: &[String], new: &[String]) -> Vec<Vec<usize>> {
    let mut rows = vec![vec![0; new.len() + 1]];
    for one in old.iter().rev() {
        let mut row = vec![0];
        let below = rows.last().cloned().unwrap_or_default();
        for ((other, diagonal), under) in new
            .iter()
            .rev()
            .zip(below.iter().rev())
            .zip(below.iter().rev().skip(1))
        {
            let right = row.last().copied().unwrap_or_default();
            row.push(if one == other {
                diagonal + 1
            } else {
                right.max(*under)
            });
        }
        row.reverse();
        rows.push(row);
    }
    rows.reverse();
    rows
}

/// Leaves out what is the same and far from all that differs.
fn near_changes(lines: Vec<(char, String)>) -> Vec<(char, String)> {
    let changed: Vec<usize> = lines
        .iter()
        .enumerate()
        .filter_map(|(n, (mark, _))| (*mark != ' ').then_some(n))
        .collect();
    let mut kept: Vec<(char, String)> = Vec::new();
    for (n, line) in lines.into_iter().enumerate() {
        if changed.iter().any(|it| it.abs_diff(n) <= AROUND) {
            kept.push(line);
        } else if kept.last().is_none_or(|(_, text)| text != "…") {
            kept.push((' ', "…".to_owned()));
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{diff, harmless};
    use crate::check::Diff;

    #[test]
    fn a_diff_shows_what_differs_and_little_else() {
        let lines = diff(&Diff {
            expected: json!({ "a": 1, "b": [1, 2, 3, 4, 5, 6], "c": "x" }),
            actual: json!({ "c": "y", "b": [1, 2, 3, 4, 5, 6], "a": 1 }),
        });
        let text: Vec<String> = lines
            .iter()
            .map(|(mark, it)| format!("{mark}{it}"))
            .collect();
        let expected = [
            " …",
            "     6",
            "   ],",
            "-  \"c\": \"x\"",
            "+  \"c\": \"y\"",
            " }",
        ];
        assert_eq!(text, expected);
    }

    #[test]
    fn two_changes_are_shown_apart() {
        let lines = diff(&Diff {
            expected: json!([1, 2, 3, 4]),
            actual: json!([2, 3, 5, 4]),
        });
        let text: Vec<String> = lines
            .iter()
            .map(|(mark, it)| format!("{mark}{it}"))
            .collect();
        let expected = [" [", "-  1,", "   2,", "   3,", "+  5,", "   4", " ]"];
        assert_eq!(text, expected);
    }

    #[test]
    fn a_terminal_is_not_moved_by_an_answer() {
        assert_eq!(
            harmless("a\u{1b}[31m\u{202e}b\nc"),
            "a\u{fffd}[31m\u{fffd}b\nc"
        );
    }
}

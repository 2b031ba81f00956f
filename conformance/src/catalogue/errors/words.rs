//! What errors say, and what they must not.

use serde_json::json;

use super::shape::provoked;
use crate::answer::Answer;
use crate::check::Verdict;
use crate::lab::{Lab, with, without};

/// Words that only the inside of a server has.
const INSIDE: &[&str] = &[
    "traceback (most recent call last)",
    "stack trace",
    "stacktrace",
    "exception in thread",
    "panicked at",
    "goroutine ",
    "\tat ",
    "\n    at ",
    "\\n    at ",
    "/node_modules/",
    "site-packages",
    ".java:",
    ".py\", line",
    "select * from",
    "insert into ",
    "sqlstate",
    "sqlite_",
    "sqlite3.",
    "syntax error at or near",
    "duplicate key value violates",
    "unique constraint failed",
    "org.hibernate",
    "sqlalchemy",
    "psycopg",
    "e11000 duplicate key",
];

pub(super) fn tell_no_secrets(lab: &Lab<'_>) -> Verdict {
    let password = format!("Tr0ub4dor&3-{}", lab.name());
    let mut errors = provoked(lab)?;
    let body = with(
        lab.body(lab.kind()?, crate::sample::Fill::Required),
        json!({ "password": password, "userName": ["a"], "displayName": { "a": 1 } }),
    );
    errors.push(lab.post(&lab.kind()?.endpoint, &body)?);
    for answer in errors {
        if answer.status >= 400 {
            let token = lab.target().token.as_deref().unwrap_or_default();
            let text = answer.text.to_lowercase();
            let inside = INSIDE.iter().find(|it| text.contains(**it)).copied();
            let secret = [("the token", token), ("the password", &password)];
            let secret = secret
                .iter()
                .find(|(_, it)| !it.is_empty() && answer.text.contains(*it));
            if let Some(found) = secret.map(|(what, _)| *what).or(inside) {
                let expected = "an error that tells nothing of the inside of the server";
                return Err(answer.wrong(expected, format!("{found:?} in it")));
            }
        }
    }
    Ok(())
}

pub(super) fn name_the_attribute(lab: &Lab<'_>) -> Verdict {
    let names_it = |answer: Answer| {
        let answer = lab.setup("a user without a good userName", || answer.rejected())?;
        let detail = answer.text_at("detail").to_lowercase();
        lab.expect(
            detail.replace(['_', ' ', '-'], "").contains("username"),
            "a detail that names userName",
            answer.summary(),
        )
    };
    names_it(lab.post(lab.users(), &without(lab.user_body(), "userName"))?)?;
    let wrong = with(lab.user_body(), json!({ "userName": { "a": 1 } }));
    names_it(lab.post(lab.users(), &wrong)?)
}

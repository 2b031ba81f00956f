//! Literals: escapes, characters that mean something elsewhere, text beyond ASCII, numbers.

use serde_json::{Value, json};

use super::rows::{Row, finds_among};
use crate::check::{Stop, Verdict};
use crate::json::text;
use crate::lab::{Lab, Made, with};
use crate::population::People;
use crate::sample::Fill;
use crate::server::{Attribute, ResourceType};

pub(super) const ODD: &[(&str, &str)] = &[
    ("quote", r#"She said "no" and left"#),
    ("back", r"C:\dir\new"),
    ("signs", "(a) or [b] not (c"),
    ("accent", "café a/b"),
    ("dog", "🐕 dog"),
];

pub(super) const ESCAPED: &[Row<'_>] = &[
    (r#"{text} eq "She said \"no\" and left""#, "quote"),
    (r#"{text} co "\" and""#, "quote"),
    (r#"{text} eq "C:\\dir\\new""#, "back"),
    (r#"{text} ew "\u005cnew""#, "back"),
    (r#"{text} eq "caf\u00e9 a\/b""#, "accent"),
    (r#"{text} sw "\ud83d\udc15""#, "dog"),
    (r#"{text} eq "(a) or [b] not (c""#, "signs"),
    (r#"{text} co "] not (" and userName pr"#, "signs"),
];

pub(super) const FOREIGN: &[(&str, &str)] = &[
    ("danish", "Ærø søndag"),
    ("greek", "Αθήνα πόλη"),
    ("tokyo", "東京 日本"),
    ("dog", "🐕 dog"),
];

pub(super) const BEYOND_ASCII: &[Row<'_>] = &[
    (r#"{text} eq "Ærø søndag""#, "danish"),
    (r#"{text} co "θήν""#, "greek"),
    (r#"{text} sw "東京""#, "tokyo"),
    (r#"{text} co "🐕""#, "dog"),
];

pub(super) const FOLDED: &[Row<'_>] = &[
    (r#"{text} eq "ÆRØ SØNDAG""#, "danish"),
    (r#"{text} co "ΠΌΛΗ""#, "greek"),
];

pub(super) const PATTERNS: &[(&str, &str)] = &[
    ("percent", "100% sure"),
    ("digits", "1000 sure"),
    ("under", "a_b"),
    ("letter", "acb"),
    ("star", "st*r"),
    ("plain", "it's a star"),
];

pub(super) const LITERAL: &[Row<'_>] = &[
    (r#"{text} sw "100%""#, "percent"),
    (r#"{text} co "%""#, "percent"),
    (r#"{text} eq "%sure""#, ""),
    (r#"{text} eq "a_b""#, "under"),
    (r#"{text} co "_""#, "under"),
    (r#"{text} co "*""#, "star"),
    (r#"{text} co "t's""#, "plain"),
    (r#"{text} sw ".*""#, ""),
    (r#"{text} eq "' or '1'='1""#, ""),
];

/// Users whose `{text}` is each of these.
fn people(lab: &Lab<'_>, texts: &[(&'static str, &str)]) -> Result<People, Stop> {
    let plan = |text: Option<&str>| {
        let users = texts.iter().map(|(name, value)| match text {
            Some(text) => (*name, json!({ text: value })),
            None => (*name, json!({})),
        });
        users.collect()
    };
    if lab.people()?.text.is_none() {
        return Err(Stop::NotOffered(
            "the server's User has no simple string for odd text".to_owned(),
        ));
    }
    People::make(lab, plan)
}

pub(super) fn escaped(lab: &Lab<'_>) -> Verdict {
    finds_among(lab, &people(lab, ODD)?, ESCAPED)
}

pub(super) fn beyond_ascii(lab: &Lab<'_>) -> Verdict {
    finds_among(lab, &people(lab, FOREIGN)?, BEYOND_ASCII)
}

pub(super) fn folded(lab: &Lab<'_>) -> Verdict {
    finds_among(lab, &people(lab, FOREIGN)?, FOLDED)
}

pub(super) fn literal(lab: &Lab<'_>) -> Verdict {
    finds_among(lab, &people(lab, PATTERNS)?, LITERAL)
}

/// The types of numbers.
pub(crate) const NUMBERS: &[&str] = &["integer", "decimal"];

/// A simple attribute of one of these types that a client can set, wherever this server has one:
/// its resource type, and its path.
pub(crate) fn simple<'a>(
    lab: &Lab<'a>,
    types: &[&str],
) -> Result<(&'a ResourceType, String), Stop> {
    let fits =
        |it: &&Attribute| types.contains(&it.kind.as_str()) && it.is_plain() && !it.multi_valued;
    for kind in &lab.server.types {
        if let Some(attribute) = kind.schema.attributes.iter().find(fits) {
            return Ok((kind, attribute.name.clone()));
        }
        for (extension, _) in &kind.extensions {
            if let Some(attribute) = extension.attributes.iter().find(fits) {
                return Ok((kind, format!("{}:{}", extension.id, attribute.name)));
            }
        }
    }
    Err(Stop::NotOffered(format!(
        "no resource type has a simple {} that a client can set",
        types.join(" or ")
    )))
}

/// Makes a resource with this value at `urn:…:attribute` or `attribute`.
pub(crate) fn with_value(
    lab: &Lab<'_>,
    kind: &ResourceType,
    path: &str,
    value: Value,
) -> Result<Made, Stop> {
    let mut body = lab.body(kind, Fill::Required);
    match path.rsplit_once(':') {
        None => body = with(body, json!({ path: value })),
        Some((urn, name)) => {
            let mut schemas = crate::json::list(&body, "schemas").to_vec();
            if !schemas.contains(&Value::from(urn)) {
                schemas.push(Value::from(urn));
            }
            let inner = body.get(urn).cloned().unwrap_or_else(|| json!({}));
            body = with(
                body,
                json!({ "schemas": schemas, urn: with(inner, json!({ name: value })) }),
            );
        }
    }
    lab.make(&kind.endpoint, &body)
}

/// Numbers by value: 9 and 10, which as strings stand the other way round.
pub(super) fn numbers(lab: &Lab<'_>) -> Verdict {
    nine_and_ten(
        lab,
        &[
            ("eq 9", "9"),
            ("ne 9", "10"),
            ("gt 9", "10"),
            ("ge 9", "9 10"),
            ("lt 10", "9"),
            ("le 10", "9 10"),
        ],
    )
}

pub(super) fn literals(lab: &Lab<'_>) -> Verdict {
    nine_and_ten(
        lab,
        &[
            ("eq 10", "10"),
            ("gt -5", "9 10"),
            ("lt -5", ""),
            ("eq 9.0", "9"),
            ("eq 1e1", "10"),
        ],
    )
}

/// Makes a resource with the number 9 and one with 10, and asks which of them comparisons find.
fn nine_and_ten(lab: &Lab<'_>, rows: &[(&str, &str)]) -> Verdict {
    let (kind, path) = simple(lab, NUMBERS)?;
    let nine = with_value(lab, kind, &path, json!(9))?;
    let ten = with_value(lab, kind, &path, json!(10))?;
    let both = format!(r#"(id eq "{}" or id eq "{}")"#, nine.id, ten.id);
    for (comparison, expected) in rows {
        let filter = format!("{both} and {path} {comparison}");
        let answer = lab.list(&kind.endpoint, &[("filter", &filter)])?.is(200)?;
        let has = |made: &Made| {
            answer
                .resources()
                .iter()
                .any(|it| text(it, "id") == made.id)
        };
        let found = match (has(&nine), has(&ten)) {
            (true, true) => "9 10",
            (true, false) => "9",
            (false, true) => "10",
            (false, false) => "",
        };
        if found != *expected {
            let words = |found: &str| {
                if found.is_empty() {
                    "neither".to_owned()
                } else {
                    found.replace(' ', " and ")
                }
            };
            let expected = format!(
                "`{path} {comparison}` to find, of 9 and 10, {}",
                words(expected)
            );
            return Err(answer.wrong(expected, words(found)));
        }
    }
    Ok(())
}

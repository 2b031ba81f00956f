//! Text in UTF-8 (RFC 7644 §3.8).

use serde_json::json;

use crate::answer::Answer;
use crate::check::{Stop, Verdict};
use crate::lab::{Lab, with};
use crate::sample::Fill;
use crate::server::ResourceType;
use crate::wire::Request;

/// Stands in a body where bytes are put that JSON cannot hold.
const PLACE: &str = "scimconf-place";

/// The name of an attribute that takes any text.
fn plain(kind: &ResourceType) -> Result<&str, Stop> {
    let attribute = kind.plain_text().map(|it| it.name.as_str());
    attribute.ok_or_else(|| {
        let name = &kind.name;
        Stop::NotOffered(format!("{name} has no attribute that takes any text"))
    })
}

/// A body with these bytes, as they are, in the text of an attribute after a new name.
fn body_with(lab: &Lab<'_>, kind: &ResourceType, bytes: &[u8]) -> Result<(String, Vec<u8>), Stop> {
    let name = lab.name();
    let given = json!({ plain(kind)?: format!("{name}{PLACE}") });
    let text = with(lab.body(kind, Fill::Required), given).to_string();
    let (before, after) = text.split_once(PLACE).unwrap_or((&text, ""));
    let body = [before.as_bytes(), bytes, after.as_bytes()].concat();
    Ok((name, body))
}

/// Sends a creation with these bytes in a text.
fn create(lab: &Lab<'_>, kind: &ResourceType, bytes: &[u8]) -> Result<(String, Answer), Stop> {
    let (name, body) = body_with(lab, kind, bytes)?;
    let answer = lab.send(Request::new("POST", &kind.endpoint).bytes(body))?;
    Ok((name, answer))
}

/// Reads the text of what was created, without the name before it.
fn kept(lab: &Lab<'_>, kind: &ResourceType, name: &str, answer: Answer) -> Result<String, Stop> {
    let read = lab.read(&answer.is(201)?.made(&kind.endpoint)?)?;
    let text = read.text_at(plain(kind)?);
    Ok(text.strip_prefix(name).unwrap_or(text).to_owned())
}

pub(super) fn comes_back(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    plain(kind)?;
    lab.sample(kind, Fill::Required)?;
    for (written, text) in [
        ("𠮷𝒳👩\u{200d}👩\u{200d}👧", "𠮷𝒳👩\u{200d}👩\u{200d}👧"),
        ("שלום العربية", "שלום العربية"),
        (r"\ud83d\ude00 \u65e5\u672c \/ \\ \u0022", "😀 日本 / \\ \""),
        ("か\u{3099}", "か\u{3099}"),
    ] {
        let (name, answer) = create(lab, kind, written.as_bytes())?;
        let found = kept(lab, kind, &name, answer)?;
        if found == "が" && text == "か\u{3099}" {
            lab.note("text is composed (NFC) before it is kept");
            continue;
        }
        lab.expect(found == text, &format!("{text:?}"), format!("{found:?}"))?;
    }
    Ok(())
}

pub(super) fn invalid_utf8_is_refused(lab: &Lab<'_>) -> Verdict {
    let kind = lab.kind()?;
    let bad: [&[u8]; 4] = [b"a\xffb", b"\xc0\xaf", b"\xe2\x82", b"\xed\xa0\x80"];
    for bytes in bad {
        create(lab, kind, bytes)?.1.rejected()?;
    }
    Ok(())
}

pub(super) fn lone_surrogates(lab: &Lab<'_>) -> Verdict {
    let kind = lab.kind()?;
    for escaped in [r"\ud800", r"\udc00\ud800", r"a\ud83d"] {
        let answer = create(lab, kind, escaped.as_bytes())?.1.survives()?;
        if answer.status == 201 {
            // what was taken can be read, too
            lab.read(&answer.made(&kind.endpoint)?)?;
        }
    }
    Ok(())
}

pub(super) fn long_values_are_not_cut(lab: &Lab<'_>) -> Verdict {
    let kind = lab.kind()?;
    for length in [256, 5_000, 70_000] {
        let value = "a".repeat(length);
        let (name, answer) = create(lab, kind, value.as_bytes())?;
        if answer.status != 201 {
            answer.rejected()?;
            lab.note(format!("a value of {length} characters is refused"));
            continue;
        }
        let kept = kept(lab, kind, &name, answer)?;
        lab.expect(
            kept == value,
            &format!("all {length} characters"),
            format!("{} of them", kept.len()),
        )?;
    }
    Ok(())
}

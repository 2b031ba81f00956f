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

/// Where a text is put: an attribute of a resource type.
#[derive(Clone, Copy)]
struct Place<'a> {
    kind: &'a ResourceType,
    attribute: &'a str,
}

/// Some attribute that takes a text, whether it keeps it or not.
fn somewhere<'a>(lab: &Lab<'a>) -> Result<Place<'a>, Stop> {
    let kind = lab.kind()?;
    let attribute = kind.plain_texts().next();
    let attribute = attribute.map_or("externalId", |it| &it.name);
    Ok(Place { kind, attribute })
}

/// Sends a creation with these bytes, as they are, in a text after a new name.
fn create(lab: &Lab<'_>, place: Place<'_>, bytes: &[u8]) -> Result<(String, Answer), Stop> {
    let (name, kind) = (lab.name(), place.kind);
    let given = json!({ place.attribute: format!("{name}{PLACE}") });
    let text = with(lab.body(kind, Fill::Required), given).to_string();
    let (before, after) = text.split_once(PLACE).unwrap_or((&text, ""));
    let body = [before.as_bytes(), bytes, after.as_bytes()].concat();
    let answer = lab.send(Request::new("POST", &kind.endpoint).bytes(body))?;
    Ok((name, answer))
}

/// Reads the text of what was created, without the name before it.
fn kept(lab: &Lab<'_>, place: Place<'_>, name: &str, answer: Answer) -> Result<String, Stop> {
    let read = lab.read(&answer.is(201)?.made(&place.kind.endpoint)?)?;
    let text = read.text_at(place.attribute);
    Ok(text.strip_prefix(name).unwrap_or(text).to_owned())
}

pub(super) fn comes_back(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let attribute = lab.text_attribute(kind)?;
    let place = Place { kind, attribute };
    for (written, text) in [
        ("𠮷𝒳👩\u{200d}👩\u{200d}👧", "𠮷𝒳👩\u{200d}👩\u{200d}👧"),
        ("שלום العربية", "שלום العربية"),
        (r"\ud83d\ude00 \u65e5\u672c \/ \\ \u0022", "😀 日本 / \\ \""),
        ("か\u{3099}", "か\u{3099}"),
    ] {
        let (name, answer) = create(lab, place, written.as_bytes())?;
        let found = kept(lab, place, &name, answer)?;
        if found == "が" && text == "か\u{3099}" {
            lab.note("text is composed (NFC) before it is kept");
            continue;
        }
        lab.expect(found == text, &format!("{text:?}"), format!("{found:?}"))?;
    }
    Ok(())
}

pub(super) fn invalid_utf8_is_refused(lab: &Lab<'_>) -> Verdict {
    let place = somewhere(lab)?;
    let bad: [&[u8]; 4] = [b"a\xffb", b"\xc0\xaf", b"\xe2\x82", b"\xed\xa0\x80"];
    for bytes in bad {
        create(lab, place, bytes)?.1.rejected()?;
    }
    Ok(())
}

pub(super) fn lone_surrogates(lab: &Lab<'_>) -> Verdict {
    let place = somewhere(lab)?;
    for escaped in [r"\ud800", r"\udc00\ud800", r"a\ud83d"] {
        let answer = create(lab, place, escaped.as_bytes())?.1.survives()?;
        if !answer.text_at("id").is_empty() {
            let made = answer.made(&place.kind.endpoint)?;
            lab.get(made.path)?.survives()?;
        }
    }
    Ok(())
}

pub(super) fn long_values_are_not_cut(lab: &Lab<'_>) -> Verdict {
    let kind = lab.kind()?;
    let attribute = lab.text_attribute(kind)?;
    let place = Place { kind, attribute };
    for length in [256, 5_000, 70_000] {
        let value = "a".repeat(length);
        let (name, answer) = create(lab, place, value.as_bytes())?;
        if answer.status != 201 {
            answer.rejected()?;
            lab.note(format!("a value of {length} characters is refused"));
            continue;
        }
        let kept = kept(lab, place, &name, answer)?;
        lab.expect(
            kept == value,
            &format!("all {length} characters"),
            format!("{} of them", kept.len()),
        )?;
    }
    Ok(())
}

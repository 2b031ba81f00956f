//! JSON that strains a parser (RFC 7159 §4, §6, §9).

use serde_json::json;

use crate::check::{Stop, Verdict};
use crate::lab::{Lab, with, without};
use crate::sample::Fill;
use crate::server::Attribute;
use crate::wire::Request;

/// A body that a server takes, with these members written after its own.
fn body_and(lab: &Lab<'_>, instead_of: &str, members: &str) -> Result<String, Stop> {
    let body = without(lab.body(lab.kind()?, Fill::Required), instead_of).to_string();
    let open = body.strip_suffix('}').unwrap_or(&body);
    Ok(format!("{open},{members}}}"))
}

pub(super) fn deep_json(lab: &Lab<'_>) -> Verdict {
    const DEPTH: usize = 20_000;
    let kind = lab.kind()?;
    let (arrays, ends) = ("[".repeat(DEPTH), "]".repeat(DEPTH));
    let (objects, closed) = ("{\"a\":".repeat(DEPTH), "}".repeat(DEPTH));
    let name = kind.plain_texts().next();
    let name = name.map_or("externalId", |it| &it.name);
    let living = lab.sample(kind, Fill::Required)?;
    for members in [
        format!("\"scimconf\":{arrays}{ends}"),
        format!("\"{name}\":{objects}1{closed}"),
    ] {
        let body = body_and(lab, name, &members)?;
        let request = Request::new("POST", &kind.endpoint).bytes(body);
        if let Some(answer) = lab.send_or_closed(request)? {
            answer.survives()?;
        }
        lab.read(&living)?;
    }
    Ok(())
}

pub(super) fn duplicate_names(lab: &Lab<'_>) -> Verdict {
    let kind = lab.kind()?;
    let name = lab.text_attribute(kind)?;
    let (first, second) = (lab.name(), lab.name());
    let members = format!("\"{name}\":\"{first}\",\"{name}\":\"{second}\"");
    let body = body_and(lab, name, &members)?;
    let answer = lab.send(Request::new("POST", &kind.endpoint).bytes(body))?;
    if answer.status != 201 {
        answer.rejected()?;
        return Ok(());
    }
    let read = lab.read(&answer.made(&kind.endpoint)?)?;
    let won = match read.text_at(name) {
        it if it == first => "first",
        it if it == second => "second",
        other => {
            let expected = format!("{first}, {second}, or a refusal");
            return Err(lab.wrong(expected, format!("{name} {other:?}")));
        }
    };
    lab.note(format!("of two members with the same name the {won} wins"));
    Ok(())
}

pub(super) fn bad_numbers_are_refused(lab: &Lab<'_>) -> Verdict {
    let kind = lab.kind()?;
    for number in ["NaN", "Infinity", "01", "+1", ".5", "1.", "0x10"] {
        let body = body_and(lab, "", &format!("\"scimconf\":{number}"))?;
        lab.send(Request::new("POST", &kind.endpoint).bytes(body))?
            .rejected()?;
    }
    Ok(())
}

pub(super) fn large_integers_are_kept(lab: &Lab<'_>) -> Verdict {
    /// The first integer that a double does not hold.
    const LARGE: i64 = 9_007_199_254_740_993;
    let kinds = lab.server.types.iter();
    let mut integers = kinds.filter_map(|kind| {
        let mut attributes = kind.schema.attributes.iter();
        let is_integer = |it: &&Attribute| it.kind == "integer" && it.is_plain();
        let attribute = attributes.find(|it| is_integer(it) && !it.multi_valued)?;
        Some((kind, attribute.name.as_str()))
    });
    let Some((kind, name)) = integers.next() else {
        let why = "no resource type has an integer";
        return Err(Stop::NotOffered(why.to_owned()));
    };
    let body = with(lab.body(kind, Fill::Required), json!({ name: LARGE }));
    let answer = lab.post(&kind.endpoint, &body)?;
    if answer.status != 201 {
        answer.rejected()?;
        return Ok(());
    }
    let read = lab.read(&answer.made(&kind.endpoint)?)?;
    let found = read.at(name).cloned().unwrap_or_default();
    lab.expect(
        found == LARGE,
        &format!("{name} {LARGE}, or a refusal"),
        found.to_string(),
    )
}

pub(super) fn huge_numbers(lab: &Lab<'_>) -> Verdict {
    let kind = lab.kind()?;
    let long = "9".repeat(5_000);
    for number in ["9007199254740993", "1e400", "-1e-400", "-0", &long] {
        for name in ["scimconf", "externalId", "active"] {
            let body = body_and(lab, name, &format!("\"{name}\":{number}"))?;
            lab.send(Request::new("POST", &kind.endpoint).bytes(body))?
                .survives()?;
        }
    }
    Ok(())
}

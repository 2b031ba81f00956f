//! User names, prepared before they are compared (RFC 7644 §5 and §7.8: PRECIS).

use serde_json::json;

use crate::check::{Stop, Verdict};
use crate::json::text;
use crate::lab::{Lab, with};

pub(super) fn any_composition(lab: &Lab<'_>) -> Verdict {
    found_as(lab, "rene\u{301}", "ren\u{e9}")
}

pub(super) fn any_width(lab: &Lab<'_>) -> Verdict {
    found_as(lab, "ｒｅｎｅ", "rene")
}

pub(super) fn any_case(lab: &Lab<'_>) -> Verdict {
    found_as(lab, "REN\u{c9}", "ren\u{e9}")
}

/// Makes a user whose name ends in one form, and looks for it by the other.
fn found_as(lab: &Lab<'_>, written: &str, asked: &str) -> Verdict {
    let name = lab.name();
    let given = json!({ "userName": format!("{name}{written}") });
    let answer = lab.post(lab.users(), &with(lab.user_body(), given))?;
    if (400..500).contains(&answer.status) {
        let why = format!("no such userName is taken: {}", answer.summary());
        return Err(Stop::NotOffered(why));
    }
    let made = answer.is(201)?.made(lab.users())?;
    let found = lab.find(lab.users(), &format!("userName eq \"{name}{asked}\""))?;
    lab.expect(
        found.iter().any(|it| text(it, "id") == made.id),
        &format!("the user {name}{written} to be found as {name}{asked}"),
        "no such user",
    )
}

//! Cursors that a server did not give, or not for this, and counts that it does not like.

use super::walk::{COUNT, page, start};
use crate::check::Verdict;
use crate::json::{list, text};
use crate::lab::{Lab, query};
use crate::wire::Request;

pub(super) fn count_below_one(lab: &Lab<'_>) -> Verdict {
    let people = lab.people()?;
    for count in ["0", "-1"] {
        let answer = page(lab, people, "", &[("count", count)])?;
        if answer.status == 400 {
            lab.note(format!("count={count} with a cursor is refused"));
            answer.refused_as(&[(400, "invalidCount"), (400, "")])?;
            continue;
        }
        let came = answer.is(200)?.resources().len();
        lab.expect(
            came == 0,
            "no resources, or a refusal with invalidCount",
            format!("{came} resources"),
        )?;
    }
    Ok(())
}

/// Cursors that no server gives, and such as are like this one's own.
pub(super) fn not_given(cursor: &str) -> Vec<String> {
    let mut cursors = vec!["scimconf-no-cursor".to_owned()];
    // a part of a short one, a number perhaps, may be another good one
    if cursor.len() >= 8 {
        let (head, tail) = cursor.split_at(cursor.floor_char_boundary(cursor.len() / 2));
        let turned: String = tail.chars().rev().collect();
        cursors.extend([head.to_owned(), format!("{head}{turned}x")]);
    }
    cursors
}

pub(super) fn invalid(lab: &Lab<'_>) -> Verdict {
    let people = lab.people()?;
    let (_, cursor) = start(lab, people)?;
    for forged in &not_given(&cursor) {
        page(lab, people, forged, &[COUNT])?.refused(400, "invalidCursor")?;
    }
    Ok(())
}

pub(super) fn other_query(lab: &Lab<'_>) -> Verdict {
    let people = lab.people()?;
    let (_, cursor) = start(lab, people)?;
    let nobody = format!(r#"userName eq "{}""#, lab.name());
    let other = lab
        .list(
            lab.users(),
            &[("filter", &nobody), ("cursor", &cursor), COUNT],
        )?
        .survives()?;
    let then = match other.status {
        200 if other.resources().is_empty() => "gives what that filter finds".to_owned(),
        200 => "goes on with the first one".to_owned(),
        _ => format!("is refused: {}", other.summary()),
    };
    lab.note(format!("a cursor with another filter {then}"));
    let groups = lab
        .list(lab.groups(), &[("cursor", &cursor), COUNT])?
        .survives()?;
    let user = groups.resources().iter().any(|it| {
        people
            .persons
            .iter()
            .any(|one| one.made.id == text(it, "id"))
    });
    lab.expect(!user, "no users among groups", "users")
}

pub(super) fn other_count(lab: &Lab<'_>) -> Verdict {
    let people = lab.people()?;
    let (_, cursor) = start(lab, people)?;
    let answer = page(lab, people, &cursor, &[("count", "4")])?;
    if answer.status == 400 {
        lab.note("another count than on the first page is refused");
        answer.refused_as(&[(400, "invalidCount"), (400, "invalidCursor"), (400, "")])?;
        return Ok(());
    }
    let came = answer.is(200)?.resources().len();
    lab.expect(
        came <= 4,
        "4 resources at most",
        format!("{came} resources"),
    )
}

pub(super) fn grants_nothing(lab: &Lab<'_>) -> Verdict {
    let people = lab.people()?;
    let (_, cursor) = start(lab, people)?;
    let path = query(
        lab.users(),
        &[("filter", people.scope()?), ("cursor", &cursor), COUNT],
    );
    let answer = lab
        .send(Request::new("GET", path).without_token())?
        .rejected()?;
    lab.expect(
        list(&answer.body, "Resources").is_empty(),
        "no resources",
        "resources",
    )
}

pub(super) fn forged(lab: &Lab<'_>) -> Verdict {
    let long = "A".repeat(5000);
    for cursor in [
        "1",
        "-1",
        "\0",
        "' OR 1=1 --",
        "AAAA",
        "e30",
        "\u{1F436}",
        &long,
    ] {
        lab.list(lab.users(), &[("cursor", cursor), ("count", "1")])?
            .survives()?;
    }
    Ok(())
}

//! Sorting (RFC 7644 §3.4.2.3).

mod values;

use std::fmt::Debug;

use chrono::DateTime;
use serde_json::{Value, json};

use crate::check::Feature::{Filter, Sort, User};
use crate::check::{Check, Stop, Verdict, must, robust};
use crate::json::{list, text};
use crate::lab::Lab;
use crate::population::{Found, People, Person};
use crate::server::USER;

/// Comes after every name.
const LAST: &str = "\u{10ffff}";

/// Lines of the catalogue without a check, and why.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[];

pub(super) const CHECKS: &[Check] = &[
    must(
        "G1",
        "rfc7644-3.4.2.3/ascending-by-default",
        "sortBy puts the resources in ascending order, with sortOrder ascending or without it.",
        ascending,
    )
    .needs(&[Sort, Filter, User]),
    must(
        "G1",
        "rfc7644-3.4.2.3/descending",
        "sortOrder descending turns the order round.",
        descending,
    )
    .needs(&[Sort, Filter, User]),
    must(
        "G1",
        "rfc7644-3.4.2.3/by-what-is-not-shown",
        "sortBy sorts also by an attribute that the parameter attributes leaves out.",
        by_what_is_not_shown,
    )
    .needs(&[Sort, Filter, User]),
    must(
        "G2",
        "rfc7644-3.4.2.3/case-makes-no-difference",
        "Strings whose caseExact is false are sorted without regard to case.",
        without_case,
    )
    .needs(&[Sort, Filter, User]),
    must(
        "G3",
        "rfc7644-3.4.2.3/without-a-value",
        "Resources without a value come last in ascending order, and first in descending order.",
        without_a_value,
    )
    .needs(&[Sort, Filter, User]),
    must(
        "G4",
        "rfc7644-3.4.2.3/multi-valued",
        "A multi-valued attribute is sorted by its primary value, or else by its first one.",
        multi_valued,
    )
    .needs(&[Sort, Filter, User]),
    must(
        "G5",
        "rfc7644-3.10/sort-by-sub-attribute-and-urn",
        "sortBy takes a sub-attribute, a name in any case, and a name with its schema's URN.",
        names,
    )
    .needs(&[Sort, Filter, User]),
    robust(
        "G6",
        "robust/sorted-pages-are-complete",
        "Pages of a sorted list have each resource once, also where many have the same value.",
        pages,
    )
    .needs(&[Sort, Filter, User]),
    robust(
        "G7",
        "robust/sort-by-unknown-attribute",
        "An attribute that is not there is ignored in sortBy, or refused; so is an unknown sortOrder.",
        unknown,
    )
    .needs(&[Sort, User]),
    must(
        "G8",
        "rfc7644-3.4.2.3/by-time-of-creation",
        "meta.created can be sorted by.",
        times,
    )
    .needs(&[Sort, Filter, User]),
    must(
        "G8",
        "rfc7644-3.4.2.3/times-in-other-zones",
        "dateTimes of different zones are sorted as moments.",
        values::zones,
    )
    .needs(&[Sort, Filter]),
    must(
        "G8",
        "rfc7644-3.4.2.3/numbers-by-value",
        "Numbers are sorted by their value.",
        values::numbers,
    )
    .needs(&[Sort, Filter]),
];

/// Our own users, sorted; all of them have to come.
fn sorted(lab: &Lab<'_>, people: &People, by: &str, order: Option<&str>) -> Result<Found, Stop> {
    let mut parameters = vec![("filter", people.scope()?), ("sortBy", by)];
    parameters.extend(order.map(|it| ("sortOrder", it)));
    let found = people.list(lab, &parameters)?;
    let answer = found.answer.is(200)?;
    if found.names.len() != people.persons.len() {
        let expected = format!("all {} users that the filter finds", people.persons.len());
        return Err(answer.wrong(expected, found.names.join(", ")));
    }
    Ok(Found { answer, ..found })
}

/// Expects the users in the order of a key; those of the same key in any order.
fn in_order<K: Ord + Debug>(
    people: &People,
    found: &Found,
    backwards: bool,
    key: impl Fn(&Person) -> K,
) -> Verdict {
    let mut wanted: Vec<K> = people.persons.iter().map(&key).collect();
    wanted.sort();
    if backwards {
        wanted.reverse();
    }
    let person = |name: &&str| people.persons.iter().find(|it| it.name == *name);
    let came: Vec<K> = found.names.iter().filter_map(person).map(&key).collect();
    if came == wanted {
        return Ok(());
    }
    let shown = |keys: &[K]| {
        let keys: Vec<String> = keys.iter().map(|it| format!("{it:?}")).collect();
        keys.join(", ").replace("\u{10ffff}", "(none)")
    };
    Err(found
        .answer
        .wrong(format!("this order: {}", shown(&wanted)), shown(&came)))
}

/// What a string is sorted by where case makes no difference; those without one come last.
fn folded(person: &Person, path: &str) -> String {
    match text(&person.made.body, path) {
        "" => LAST.to_owned(),
        value => value.to_lowercase(),
    }
}

fn ascending(lab: &Lab<'_>) -> Verdict {
    let people = lab.people()?;
    for order in [None, Some("ascending")] {
        let found = sorted(lab, people, "userName", order)?;
        in_order(people, &found, false, |it| folded(it, "userName"))?;
    }
    Ok(())
}

fn descending(lab: &Lab<'_>) -> Verdict {
    let people = lab.people()?;
    let found = sorted(lab, people, "userName", Some("descending"))?;
    in_order(people, &found, true, |it| folded(it, "userName"))
}

fn by_what_is_not_shown(lab: &Lab<'_>) -> Verdict {
    let people = lab.people()?;
    let parameters = [
        ("filter", people.scope()?),
        ("sortBy", "userName"),
        ("sortOrder", "descending"),
        ("attributes", "active"),
    ];
    let found = people.list(lab, &parameters)?;
    let answer = found.answer.is(200)?;
    let found = Found { answer, ..found };
    in_order(people, &found, true, |it| folded(it, "userName"))
}

/// The attribute that some users lack, if this server keeps it as it was sent.
fn text_attribute(people: &People) -> Result<&'static str, Stop> {
    let kept = |text: &&str| {
        people
            .expected(&format!("{text} pr"))
            .is_ok_and(|it| it.is_some_and(|it| it.must.len() == 6))
    };
    people.text.filter(kept).ok_or_else(|| {
        Stop::NotOffered("the server's User has no simple string that can be left out".to_owned())
    })
}

fn without_case(lab: &Lab<'_>) -> Verdict {
    let people = lab.people()?;
    // "bo" after "Ada", where upper case would come first
    let found = sorted(lab, people, "name.givenName", None)?;
    in_order(people, &found, false, |it| folded(it, "name.givenName"))?;
    if let Ok(text) = text_attribute(people) {
        let found = sorted(lab, people, text, None)?;
        // only those that have one are compared: the others are another rule's
        let has = |name: &&str| {
            people
                .persons
                .iter()
                .any(|it| it.name == *name && !it.made.text(text).is_empty())
        };
        let named: Vec<&str> = found.names.iter().copied().filter(|it| has(it)).collect();
        let right = [
            ["ada", "bo", "cy", "eve", "fay", "gil"],
            ["ada", "bo", "cy", "fay", "eve", "gil"],
        ];
        lab.expect(
            right.iter().any(|it| named == it),
            "the order Guide, guide book, Night guide, Warden and warden, Zookeeper",
            format!("the order of the users {}", named.join(", ")),
        )?;
    }
    Ok(())
}

fn without_a_value(lab: &Lab<'_>) -> Verdict {
    let people = lab.people()?;
    let text = text_attribute(people)?;
    for (order, backwards) in [("ascending", false), ("descending", true)] {
        let found = sorted(lab, people, text, Some(order))?;
        in_order(people, &found, backwards, |it| {
            it.made.text(text).is_empty()
        })?;
    }
    Ok(())
}

fn multi_valued(lab: &Lab<'_>) -> Verdict {
    let email = |local: &str, primary: bool| {
        let value = format!("{local}-{}@example.com", lab.tag());
        if primary {
            json!({ "value": value, "primary": true })
        } else {
            json!({ "value": value })
        }
    };
    let people = People::make(lab, |_| {
        vec![
            ("mia", json!({ "emails": [email("m", true)] })),
            (
                "ann",
                json!({ "emails": [email("z", false), email("a", true)] }),
            ),
            (
                "ben",
                json!({ "emails": [email("c", false), email("y", false)] }),
            ),
            (
                "kim",
                json!({ "emails": [email("b", false), email("k", true)] }),
            ),
        ]
    })?;
    let kept = people
        .persons
        .iter()
        .all(|it| !sort_value(&it.made.body).is_empty());
    if !kept {
        return Err(Stop::NotOffered(
            "the server's User has no emails, or does not keep them".to_owned(),
        ));
    }
    for (order, backwards) in [("ascending", false), ("descending", true)] {
        let found = sorted(lab, &people, "emails.value", Some(order))?;
        in_order(&people, &found, backwards, |it| sort_value(&it.made.body))?;
    }
    Ok(())
}

/// The primary email, or else the first, as the server shows them.
fn sort_value(user: &Value) -> String {
    let emails = list(user, "emails");
    let primary = emails
        .iter()
        .find(|it| it.get("primary") == Some(&Value::Bool(true)));
    primary
        .or(emails.first())
        .map_or("", |it| text(it, "value"))
        .to_lowercase()
}

fn names(lab: &Lab<'_>) -> Verdict {
    let people = lab.people()?;
    for (by, path) in [
        ("name.givenName".to_owned(), "name.givenName"),
        ("USERNAME".to_owned(), "userName"),
        ("Name.GIVENname".to_owned(), "name.givenName"),
        (format!("{USER}:userName"), "userName"),
        (format!("{USER}:name.givenName"), "name.givenName"),
    ] {
        let found = sorted(lab, people, &by, Some("descending"))?;
        in_order(people, &found, true, |it| folded(it, path))?;
    }
    Ok(())
}

fn pages(lab: &Lab<'_>) -> Verdict {
    let people = lab.people()?;
    for by in ["name.familyName", "active", "meta.created"] {
        let mut seen = Vec::new();
        for start in ["1", "4", "7"] {
            let parameters = [
                ("filter", people.scope()?),
                ("sortBy", by),
                ("startIndex", start),
                ("count", "3"),
            ];
            let answer = lab.list(lab.users(), &parameters)?.is(200)?;
            seen.extend(
                answer
                    .resources()
                    .iter()
                    .map(|it| text(it, "id").to_owned()),
            );
        }
        let all = seen.len();
        seen.sort();
        seen.dedup();
        let expected = format!(
            "each of {} users once, on pages of 3 sorted by {by}",
            people.persons.len()
        );
        let actual = format!("{} users, {} of them different", all, seen.len());
        lab.expect(
            all == people.persons.len() && seen.len() == all,
            &expected,
            actual,
        )?;
    }
    Ok(())
}

fn unknown(lab: &Lab<'_>) -> Verdict {
    for parameters in [
        [("sortBy", "scimconfUnknown"), ("sortOrder", "ascending")],
        [("sortBy", "userName"), ("sortOrder", "sideways")],
        [("sortBy", ""), ("sortOrder", "")],
        [("sortBy", "name..x["), ("sortOrder", "descending")],
        [
            ("sortBy", "emails[type eq \"work\"].value"),
            ("sortOrder", "descending"),
        ],
    ] {
        let count = [("count", "1")];
        lab.list(lab.users(), &[&parameters[..], &count[..]].concat())?
            .one_of(&[200, 400])?;
    }
    Ok(())
}

fn times(lab: &Lab<'_>) -> Verdict {
    let people = lab.people()?;
    let moment = |it: &Person| DateTime::parse_from_rfc3339(it.made.text("meta.created")).ok();
    if people.persons.iter().any(|it| moment(it).is_none()) {
        return Err(Stop::Blocked("meta.created is no dateTime".to_owned()));
    }
    for (order, backwards) in [("ascending", false), ("descending", true)] {
        let found = sorted(lab, people, "meta.created", Some(order))?;
        in_order(people, &found, backwards, moment)?;
    }
    Ok(())
}

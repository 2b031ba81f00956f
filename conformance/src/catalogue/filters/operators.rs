//! Operators on attributes (RFC 7644, Table 3).

use chrono::{DateTime, Duration, FixedOffset, SecondsFormat};
use serde_json::json;

use super::rows::{Row, finds, finds_among, finds_bare, finds_if_taken, refuses};
use crate::check::{Stop, Verdict};
use crate::lab::{Lab, with};
use crate::population::People;

pub(super) const USER_NAMES: &[Row<'_>] = &[
    (r#"userName eq "{tag}-ada""#, "ada"),
    (r#"userName eq "{tag}-nobody""#, ""),
    (r#"userName eq "{tag}""#, ""),
    (r#"userName sw "{tag}-""#, "ada bo cy dee eve fay gil hal"),
    (r#"userName sw "{tag}-e""#, "eve"),
    (r#"userName co "{tag}-d""#, "dee"),
    (r#"userName ew "{tag}-fay""#, "fay"),
];

pub(super) const IN_OTHER_CASE: &[Row<'_>] = &[
    (r#"userName eq "{tag}-ADA""#, "ada"),
    (
        r#"userName eq "{tag}-Ada" or userName eq "{tag}-BO""#,
        "ada bo",
    ),
    (r#"userName co "{tag}-DE""#, "dee"),
];

pub(super) const STRINGS: &[Row<'_>] = &[
    (r#"{text} eq "Guide""#, "ada"),
    (r#"{text} eq "guide""#, "ada"),
    (r#"{text} eq "WARDEN""#, "eve fay"),
    (r#"{text} ne "warden""#, "ada bo cy gil ?dee ?hal"),
    (r#"{text} co "guide""#, "ada bo cy"),
    (r#"{text} sw "guide""#, "ada bo"),
    (r#"{text} ew "guide""#, "ada cy"),
    (r#"{text} co "UIDE B""#, "bo"),
    (r#"name.familyName eq "VARGA""#, "ada dee"),
    (r#"name.familyName co "a""#, "ada dee eve fay gil"),
    (r#"name.familyName ne "novak""#, "ada bo cy dee gil hal"),
];

pub(super) const ORDER: &[Row<'_>] = &[
    (r#"name.familyName gt "N""#, "ada dee eve fay gil"),
    (r#"name.familyName gt "Novak""#, "ada dee gil"),
    (r#"name.familyName ge "Novak""#, "ada dee eve fay gil"),
    (r#"name.familyName lt "Novak""#, "bo cy hal"),
    (r#"name.familyName le "Novak""#, "bo cy eve fay hal"),
    (r#"userName gt "{tag}-dee""#, "eve fay gil hal"),
    (r#"userName le "{tag}-cy""#, "ada bo cy"),
];

pub(super) const PRESENT: &[Row<'_>] = &[
    ("userName pr", "ada bo cy dee eve fay gil hal"),
    ("{text} pr", "ada bo cy eve fay gil"),
    ("externalId pr", "ada bo cy eve gil"),
    ("name.familyName pr", "ada bo cy dee eve fay gil hal"),
];

pub(super) const COMPLEX_PRESENT: &[Row<'_>] = &[
    ("name pr", "ada bo cy dee eve fay gil hal"),
    ("emails pr", "ada bo cy dee eve fay gil hal"),
    ("phoneNumbers pr", "ada bo"),
    ("phoneNumbers.value pr", "ada bo"),
];

pub(super) const NULL: &[Row<'_>] = &[
    ("{text} eq null", "dee hal"),
    ("{text} ne null", "ada bo cy eve fay gil"),
];

pub(super) fn user_names(lab: &Lab<'_>) -> Verdict {
    finds_bare(lab, USER_NAMES)
}

pub(super) fn in_other_case(lab: &Lab<'_>) -> Verdict {
    finds_bare(lab, IN_OTHER_CASE)
}

pub(super) fn strings(lab: &Lab<'_>) -> Verdict {
    finds(lab, STRINGS)
}

pub(super) fn order(lab: &Lab<'_>) -> Verdict {
    finds_if_taken(lab, ORDER)
}

/// Times an hour off in other zones, so that whoever compares them as strings finds otherwise.
pub(super) fn times(lab: &Lab<'_>) -> Verdict {
    let people = lab.people()?;
    let Some(person) = people.persons.first() else {
        return Err(Stop::Broken("nobody was made".to_owned()));
    };
    let created = person.made.text("meta.created");
    let Ok(created) = DateTime::parse_from_rfc3339(created) else {
        return Err(Stop::Blocked(format!(
            "meta.created is no dateTime: {created:?}"
        )));
    };
    let everybody = "ada bo cy dee eve fay gil hal";
    let early = moment(created - Duration::hours(1), 330);
    let late = moment(created + Duration::hours(1), -480);
    let rows = [
        (format!(r#"meta.created gt "{early}""#), everybody),
        (format!(r#"meta.created ge "{early}""#), everybody),
        (format!(r#"meta.created lt "{early}""#), ""),
        (format!(r#"meta.created lt "{late}""#), everybody),
        (format!(r#"meta.created gt "{late}""#), ""),
        (format!(r#"meta.lastModified gt "{early}""#), everybody),
        (format!(r#"meta.lastModified le "{early}""#), ""),
    ];
    let rows: Vec<Row<'_>> = rows
        .iter()
        .map(|(filter, names)| (filter.as_str(), *names))
        .collect();
    finds(lab, &rows)
}

/// A moment as it is written so many minutes east of Greenwich.
fn moment(time: DateTime<FixedOffset>, minutes_east: i32) -> String {
    let time = match FixedOffset::east_opt(minutes_east * 60) {
        Some(zone) => time.with_timezone(&zone),
        None => time,
    };
    time.to_rfc3339_opts(SecondsFormat::Secs, false)
}

pub(super) fn no_order_of_booleans(lab: &Lab<'_>) -> Verdict {
    refuses(
        lab,
        &[
            "active gt true",
            "active ge true",
            "active lt true",
            "active le false",
        ],
        "active",
    )
}

pub(super) fn no_order_of_binaries(lab: &Lab<'_>) -> Verdict {
    refuses(
        lab,
        &[
            r#"x509Certificates.value gt "MII=""#,
            r#"x509Certificates.value lt "MII=""#,
        ],
        "x509Certificates",
    )
}

pub(super) fn present(lab: &Lab<'_>) -> Verdict {
    finds(lab, PRESENT)
}

pub(super) fn complex_present(lab: &Lab<'_>) -> Verdict {
    finds_if_taken(lab, COMPLEX_PRESENT)
}

/// "A non-empty or non-null value" can be read in two ways: an empty string is not null.
pub(super) fn empty_is_present_or_not(lab: &Lab<'_>) -> Verdict {
    let Some(text) = lab.people()?.text else {
        return Err(Stop::NotOffered(
            "the server's User has no simple string to leave empty".to_owned(),
        ));
    };
    let body = with(lab.user_body(), json!({ text: "" }));
    let answer = lab.post(lab.users(), &body)?;
    if answer.status == 400 {
        return Err(Stop::NotOffered(format!("an empty {text} is refused")));
    }
    let user = lab.setup("POST of a user", || answer.is(201)?.made(lab.users()))?;
    let finds = |filter: &str| -> Result<bool, Stop> {
        let filter = format!(r#"userName eq "{}" and {filter}"#, user.text("userName"));
        let answer = lab.list(lab.users(), &[("filter", &filter)])?.is(200)?;
        Ok(!answer.resources().is_empty())
    };
    let present = finds(&format!("{text} pr"))?;
    let words = if present { "finds" } else { "does not find" };
    lab.note(format!("`pr` {words} an empty string"));
    let absent = finds(&format!("not ({text} pr)"))?;
    lab.expect(
        present != absent,
        &format!("either `{text} pr` or `not ({text} pr)` to find a user whose {text} is the empty string"),
        if present { "both do" } else { "neither does" },
    )
}

pub(super) const BOOLEANS: &[Row<'_>] = &[
    ("active eq true", "on"),
    ("active eq false", "off"),
    ("active ne true", "off"),
    ("active ne false", "on"),
];

pub(super) fn booleans(lab: &Lab<'_>) -> Verdict {
    let people = People::make(lab, |_| {
        vec![
            ("on", json!({ "active": true })),
            ("off", json!({ "active": false })),
        ]
    })?;
    finds_among(lab, &people, BOOLEANS)
}

pub(super) fn null(lab: &Lab<'_>) -> Verdict {
    finds_if_taken(lab, NULL)
}

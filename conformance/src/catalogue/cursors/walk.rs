//! From page to page.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::check::{Stop, Verdict};
use crate::json::{at, text};
use crate::lab::{Lab, SEARCH_REQUEST, query};
use crate::population::People;

/// How many resources a page has at most.
pub(super) const COUNT: (&str, &str) = ("count", "3");

/// A page of our own users.
pub(super) fn page(
    lab: &Lab<'_>,
    people: &People,
    cursor: &str,
    more: &[(&str, &str)],
) -> Result<Answer, Stop> {
    let own = [("filter", people.scope()?), ("cursor", cursor)];
    lab.list(lab.users(), &[&own[..], more].concat())
}

/// The first page, and the cursor to the second.
pub(super) fn start(lab: &Lab<'_>, people: &People) -> Result<(Answer, String), Stop> {
    lab.setup("the first page", || {
        let first = page(lab, people, "", &[COUNT])?.is(200)?;
        let next = first
            .value("nextCursor")?
            .as_str()
            .unwrap_or_default()
            .to_owned();
        Ok((first, next))
    })
}

pub(super) fn next(answer: &Answer) -> Option<String> {
    answer
        .at("nextCursor")
        .and_then(Value::as_str)
        .map(str::to_owned)
}

pub(super) fn ids(answer: &Answer) -> Vec<String> {
    answer
        .resources()
        .iter()
        .map(|it| text(it, "id").to_owned())
        .collect()
}

/// All pages from the first on, by what asks for the page of a cursor.
pub(super) fn follow(
    most: usize,
    ask: impl Fn(&str) -> Result<Answer, Stop>,
) -> Result<Vec<Answer>, Stop> {
    let mut pages = Vec::new();
    let mut cursor = Some(String::new());
    while let Some(current) = cursor {
        let answer = ask(&current)?.is(200)?;
        cursor = next(&answer);
        // a page may be short, even empty; but they must come to an end
        if pages.len() > most + 2 {
            return Err(answer.wrong(
                format!("an end after {most} resources at most"),
                format!("a nextCursor on page {}", pages.len() + 1),
            ));
        }
        pages.push(answer);
    }
    Ok(pages)
}

/// Expects pages to have each of our users once.
pub(super) fn complete(people: &People, pages: &[Answer]) -> Verdict {
    let seen: Vec<String> = pages.iter().flat_map(ids).collect();
    let times = |id: &str| seen.iter().filter(|it| *it == id).count();
    let wrong: Vec<String> = people
        .persons
        .iter()
        .filter(|it| times(&it.made.id) != 1)
        .map(|it| format!("{} {} times", it.made.text("userName"), times(&it.made.id)))
        .collect();
    match pages.last() {
        Some(last) if !wrong.is_empty() => {
            Err(last.wrong("each user once on all pages together", wrong.join(", ")))
        }
        Some(last) if seen.len() != people.persons.len() => Err(last.wrong(
            "only users that the filter finds",
            format!("{} resources", seen.len()),
        )),
        _ => Ok(()),
    }
}

pub(super) fn announced(lab: &Lab<'_>) -> Verdict {
    let config = lab.get("/ServiceProviderConfig")?;
    let Some(pagination) = config.at("pagination") else {
        return Err(Stop::NotOffered(
            "ServiceProviderConfig does not say pagination".to_owned(),
        ));
    };
    for name in ["cursor", "index"] {
        if !at(pagination, name).is_some_and(Value::is_boolean) {
            return Err(config.wrong(
                format!("the boolean pagination.{name}"),
                pagination.to_string(),
            ));
        }
    }
    for name in ["defaultPageSize", "maxPageSize", "cursorTimeout"] {
        let value = at(pagination, name);
        if value.is_some_and(|it| it.as_u64().is_none_or(|it| it == 0)) {
            return Err(config.wrong(
                format!("pagination.{name} as a positive integer, if at all"),
                pagination.to_string(),
            ));
        }
    }
    let method = at(pagination, "defaultPaginationMethod");
    if method.is_some_and(|it| it != "cursor" && it != "index") {
        return Err(config.wrong(
            "pagination.defaultPaginationMethod cursor or index, if at all",
            pagination.to_string(),
        ));
    }
    Ok(())
}

pub(super) fn first_page(lab: &Lab<'_>) -> Verdict {
    let people = lab.people()?;
    let path = query(lab.users(), &[("filter", people.scope()?), COUNT]);
    for cursor in ["&cursor=", "&cursor"] {
        let answer = lab.get(format!("{path}{cursor}"))?.is(200)?;
        let came = answer.resources().len();
        lab.expect(
            (1..=3).contains(&came),
            "the first page, of up to 3 resources",
            format!("{came} resources"),
        )?;
        answer.value("nextCursor")?;
    }
    Ok(())
}

pub(super) fn each_once(lab: &Lab<'_>) -> Verdict {
    let people = lab.people()?;
    let most = people.persons.len();
    let pages = follow(most, |cursor| page(lab, people, cursor, &[COUNT]))?;
    complete(people, &pages)
}

pub(super) fn next_cursor(lab: &Lab<'_>) -> Verdict {
    let people = lab.people()?;
    // four pages of two: the last is full, and still the last
    let pages = follow(people.persons.len(), |cursor| {
        page(lab, people, cursor, &[("count", "2")])
    })?;
    let before: usize = pages.iter().map(|it| it.resources().len()).sum();
    let last = pages.last().map_or(0, |it| it.resources().len());
    lab.expect(
        before == people.persons.len(),
        "nextCursor until all users have come",
        format!("{before} users"),
    )?;
    if last == 0 {
        lab.note(
            "the last page is empty: the page before it had a nextCursor, though nothing followed",
        );
    }
    let whole = page(lab, people, "", &[("count", "100")])?.is(200)?;
    if whole.resources().len() == people.persons.len() {
        whole.lacks("nextCursor")?;
    }
    Ok(())
}

pub(super) fn previous_cursor(lab: &Lab<'_>) -> Verdict {
    let people = lab.people()?;
    let (first, cursor) = start(lab, people)?;
    first.lacks("previousCursor")?;
    let second = page(lab, people, &cursor, &[COUNT])?.is(200)?;
    let Some(previous) = second.at("previousCursor").and_then(Value::as_str) else {
        lab.note("pages have no previousCursor, which is optional");
        return Ok(());
    };
    let back = page(lab, people, previous, &[COUNT])?.is(200)?;
    let (mut wanted, mut came) = (ids(&first), ids(&back));
    wanted.sort();
    came.sort();
    lab.expect(
        came == wanted,
        "the first page again",
        format!("{} resources, not the same", came.len()),
    )
}

pub(super) fn unreserved(lab: &Lab<'_>) -> Verdict {
    let people = lab.people()?;
    let pages = follow(people.persons.len(), |cursor| {
        page(lab, people, cursor, &[COUNT])
    })?;
    for answer in &pages {
        for name in ["nextCursor", "previousCursor"] {
            let Some(cursor) = answer.at(name) else {
                continue;
            };
            let fits = |it: &str| {
                !it.is_empty()
                    && it
                        .bytes()
                        .all(|it| it.is_ascii_alphanumeric() || b"-._~".contains(&it))
            };
            if !cursor.as_str().is_some_and(fits) {
                return Err(answer.wrong(
                    format!("{name} of letters, digits and -._~ only"),
                    cursor.to_string(),
                ));
            }
        }
    }
    Ok(())
}

pub(super) fn bound(lab: &Lab<'_>) -> Verdict {
    let people = lab.people()?;
    for (count, most) in [("1", 1), ("3", 3), ("5", 5)] {
        let answer = page(lab, people, "", &[("count", count)])?.is(200)?;
        let came = answer.resources().len();
        lab.expect(
            came <= most,
            &format!("{most} resources at most"),
            format!("{came} resources"),
        )?;
    }
    Ok(())
}

pub(super) fn sorted(lab: &Lab<'_>) -> Verdict {
    let people = lab.people()?;
    let mut wanted: Vec<&str> = people
        .persons
        .iter()
        .map(|it| it.made.text("userName"))
        .collect();
    wanted.sort_unstable();
    for order in ["ascending", "descending"] {
        let more = [COUNT, ("sortBy", "userName"), ("sortOrder", order)];
        let pages = follow(people.persons.len(), |cursor| {
            page(lab, people, cursor, &more)
        })?;
        complete(people, &pages)?;
        let came: Vec<&str> = pages
            .iter()
            .flat_map(|it| it.resources().iter().map(|it| text(it, "userName")))
            .collect();
        lab.expect(
            came == wanted,
            &format!("{order}: {}", wanted.join(", ")),
            came.join(", "),
        )?;
        wanted.reverse();
    }
    Ok(())
}

pub(super) fn search(lab: &Lab<'_>) -> Verdict {
    let people = lab.people()?;
    let scope = people.scope()?;
    let path = format!("{}/.search", lab.users());
    let pages = follow(people.persons.len(), |cursor| {
        lab.post(
            path.as_str(),
            &json!({ "schemas": [SEARCH_REQUEST], "filter": scope, "count": 3, "cursor": cursor }),
        )
    })?;
    lab.expect(pages.len() > 1, "several pages of 3 users", "one page")?;
    complete(people, &pages)
}

pub(super) fn default_method(lab: &Lab<'_>) -> Verdict {
    let people = lab.people()?;
    let answer = lab
        .list(lab.users(), &[("filter", people.scope()?), COUNT])?
        .is(200)?;
    let config = lab.server.config.as_ref();
    match config.map_or("", |it| text(it, "pagination.defaultPaginationMethod")) {
        "cursor" => answer.value("nextCursor").map(|_| ()),
        "index" => answer.value("startIndex").map(|_| ()),
        _ if answer.at("nextCursor").is_some() => {
            lab.note("a request that names no method is answered by cursor");
            Ok(())
        }
        _ => {
            lab.note("a request that names no method is answered by index");
            Ok(())
        }
    }
}

pub(super) fn come_and_go(lab: &Lab<'_>) -> Verdict {
    let made = [
        lab.user()?,
        lab.user()?,
        lab.user()?,
        lab.user()?,
        lab.user()?,
    ];
    let filter = format!(r#"userName sw "{}""#, lab.tag());
    let ask = |cursor: &str| {
        lab.list(
            lab.users(),
            &[("filter", &filter), ("cursor", cursor), ("count", "2")],
        )
    };
    let first = ask("")?.is(200)?;
    let mut seen = ids(&first);
    let Some(gone) = made.iter().find(|it| seen.contains(&it.id)) else {
        return Err(Stop::Blocked(
            "the first page has none of our users".to_owned(),
        ));
    };
    lab.setup("DELETE", || lab.delete(&gone.path)?.is(204))?;
    lab.user()?;
    let mut cursor = next(&first);
    let mut rounds = 0;
    while let Some(current) = cursor {
        let answer = ask(&current)?.is(200)?;
        seen.extend(ids(&answer));
        cursor = next(&answer);
        rounds += 1;
        lab.expect(
            rounds < 9,
            "an end of the pages",
            format!("page {rounds} with a nextCursor"),
        )?;
    }
    let times = |id: &String| seen.iter().filter(|it| *it == id).count();
    let wrong: Vec<String> = made
        .iter()
        .filter(|it| times(&it.id) != 1)
        .map(|it| format!("{} {} times", it.id, times(&it.id)))
        .collect();
    lab.expect(
        wrong.is_empty(),
        "each user that was there from the first page on once",
        wrong.join(", "),
    )
}

pub(super) fn twice(lab: &Lab<'_>) -> Verdict {
    let people = lab.people()?;
    let (_, cursor) = start(lab, people)?;
    let once = page(lab, people, &cursor, &[COUNT])?.is(200)?;
    let again = page(lab, people, &cursor, &[COUNT])?.is(200)?;
    lab.expect(
        ids(&once) == ids(&again),
        "the same page again",
        format!("{:?} after {:?}", ids(&again), ids(&once)),
    )
}

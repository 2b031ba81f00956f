//! Queries by POST .search (RFC 7644 §3.4.3).

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::check::Feature::{Filter, Group, Sort, User};
use crate::check::{Check, Stop, Verdict, each_must, may, must, should};
use crate::json::{member, text};
use crate::lab::{Lab, SEARCH_REQUEST, with};
use crate::sample::Fill;
use crate::server::ResourceType;

/// Lines of the catalogue without a check, and why.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[];

pub(super) const CHECKS: &[Check] = &[
    each_must(
        "N1",
        "rfc7644-3.4.3/search-of-a-type",
        "POST .search at the endpoint of a type, where it is offered, answers 200 with a ListResponse of resources of that type.",
        of_a_type,
    ),
    must(
        "N1",
        "rfc7644-3.4.3/filter-and-page",
        "A search takes filter, startIndex and count.",
        filter_and_page,
    )
    .needs(&[Filter, User]),
    must(
        "N1",
        "rfc7644-3.4.3/sorted-search",
        "A search takes sortBy and sortOrder.",
        sorted,
    )
    .needs(&[Filter, Sort, User]),
    must(
        "N1",
        "rfc7644-3.4.3/attributes-as-arrays",
        "A search takes attributes and excludedAttributes as arrays of names.",
        attributes,
    )
    .needs(&[Filter, User]),
    may(
        "N2",
        "rfc7644-3.4.3/search-at-the-root",
        "A search at the root, where it is offered, finds resources of all types.",
        root_search,
    )
    .needs(&[Filter, User, Group]),
    may(
        "N3",
        "rfc7644-3.4.2.1/query-at-the-root",
        "A GET of the root with a filter, where it is offered, finds resources of all types.",
        root_query,
    )
    .needs(&[Filter, User, Group]),
    must(
        "N4",
        "rfc7644-3.4.3/bad-filter-in-search",
        "A bad filter in a search is refused with 400 and invalidFilter.",
        bad_filter,
    )
    .needs(&[Filter, User]),
    should(
        "N4",
        "rfc7644-3.4.3/wrong-schema",
        "A search without the schema of a SearchRequest is refused with 400.",
        wrong_schema,
    )
    .needs(&[User]),
    must(
        "N5",
        "rfc7644-3.4.3/search-creates-nothing",
        "A search answers 200 and never creates anything, even if its body has attributes of a user.",
        creates_nothing,
    )
    .needs(&[Filter, User]),
    must(
        "N6",
        "rfc7644-3.4.3/same-as-get",
        "A search finds what GET with the same parameters finds.",
        same_as_get,
    )
    .needs(&[Filter, User]),
];

/// A search with these members.
fn search(lab: &Lab<'_>, endpoint: &str, members: Value) -> Result<Answer, Stop> {
    let body = with(json!({ "schemas": [SEARCH_REQUEST] }), members);
    let answer = lab.post(format!("{}/.search", endpoint.trim_end_matches('/')), &body)?;
    // RFC 7644 §3.4.3 says what such a request means, and of no server that it has to take it
    if matches!(answer.status, 404 | 405 | 501) {
        lab.note(format!("POST {endpoint}/.search is not offered"));
        let why = format!("POST {endpoint}/.search answers {}", answer.status);
        return Err(Stop::NotOffered(why));
    }
    Ok(answer)
}

/// A search among users.
fn users(lab: &Lab<'_>, members: Value) -> Result<Answer, Stop> {
    search(lab, lab.users(), members)
}

fn of_a_type(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    lab.sample(kind, Fill::Required)?;
    let answer = search(lab, &kind.endpoint, json!({ "count": 5 }))?.is(200)?;
    let total = answer.total()?;
    lab.expect(
        total >= 1,
        "totalResults of 1 at least, as one was just made",
        format!("totalResults {total}"),
    )?;
    let other = answer
        .resources()
        .iter()
        .find(|it| !is_of(it, &kind.schema.id));
    match other {
        None => Ok(()),
        Some(other) => Err(answer.wrong(
            format!("only resources of the type {}", kind.name),
            other.to_string(),
        )),
    }
}

fn is_of(resource: &Value, schema: &str) -> bool {
    crate::json::list(resource, "schemas").iter().any(|it| {
        it.as_str()
            .is_some_and(|it| it.eq_ignore_ascii_case(schema))
    })
}

fn ids(answer: &Answer) -> Vec<&str> {
    answer.resources().iter().map(|it| text(it, "id")).collect()
}

fn filter_and_page(lab: &Lab<'_>) -> Verdict {
    let people = lab.people()?;
    let all = people.persons.len();
    let answer = users(
        lab,
        json!({ "filter": people.scope()?, "startIndex": 4, "count": 3 }),
    )?
    .is(200)?;
    answer.total()?;
    answer.has("totalResults", all)?;
    answer.has("startIndex", 4)?;
    let came = answer.resources().len();
    lab.expect(
        (1..=3).contains(&came),
        "up to 3 resources",
        format!("{came} resources"),
    )?;
    answer.has("itemsPerPage", came)
}

fn sorted(lab: &Lab<'_>) -> Verdict {
    let people = lab.people()?;
    let members = json!({ "filter": people.scope()?, "sortBy": "userName", "sortOrder": "descending", "count": 100 });
    let answer = users(lab, members)?.is(200)?;
    let came: Vec<&str> = answer
        .resources()
        .iter()
        .map(|it| text(it, "userName"))
        .collect();
    let mut wanted: Vec<&str> = people
        .persons
        .iter()
        .map(|it| it.made.text("userName"))
        .collect();
    wanted.sort_unstable();
    wanted.reverse();
    lab.expect(came == wanted, &wanted.join(", "), came.join(", "))
}

fn attributes(lab: &Lab<'_>) -> Verdict {
    let people = lab.people()?;
    let filter = people
        .fill(r#"userName eq "{tag}-ada""#)
        .unwrap_or_default();
    let answer = users(
        lab,
        json!({ "filter": filter, "attributes": ["userName", "name.familyName"] }),
    )?
    .is(200)?;
    answer.has("Resources.0.userName", format!("{}-ada", people.tag))?;
    answer.value("Resources.0.name.familyName")?;
    answer.lacks("Resources.0.name.givenName")?;
    answer.lacks("Resources.0.emails")?;
    let answer = users(
        lab,
        json!({ "filter": filter, "excludedAttributes": ["name", "emails"] }),
    )?
    .is(200)?;
    answer.has("Resources.0.userName", format!("{}-ada", people.tag))?;
    answer.lacks("Resources.0.name")?;
    answer.lacks("Resources.0.emails")
}

/// A user and a group by their ids: whoever looks at one type only finds one of them.
fn both(lab: &Lab<'_>, ask: impl Fn(&str) -> Result<Answer, Stop>) -> Verdict {
    let (user, group) = (lab.user()?, lab.group(&[])?);
    let answer = ask(&format!(r#"id eq "{}" or id eq "{}""#, user.id, group.id))?;
    if answer.status != 200 {
        answer.survives()?;
        return Err(Stop::NotOffered("the root cannot be queried".to_owned()));
    }
    let found = ids(&answer);
    let both =
        found.len() == 2 && found.contains(&user.id.as_str()) && found.contains(&group.id.as_str());
    lab.expect(
        both,
        "the user and the group of these ids",
        format!("{} resources", found.len()),
    )?;
    let filter = format!(
        r#"meta.resourceType eq "Group" and (id eq "{}" or id eq "{}")"#,
        user.id, group.id
    );
    let answer = ask(&filter)?;
    if answer.status == 200 && ids(&answer) != [group.id.as_str()] {
        return Err(answer.wrong(
            "only the group, by meta.resourceType",
            format!("{} resources", ids(&answer).len()),
        ));
    }
    Ok(())
}

fn root_search(lab: &Lab<'_>) -> Verdict {
    both(lab, |filter| search(lab, "/", json!({ "filter": filter })))
}

fn root_query(lab: &Lab<'_>) -> Verdict {
    both(lab, |filter| lab.list("/", &[("filter", filter)]))
}

fn bad_filter(lab: &Lab<'_>) -> Verdict {
    for filter in [
        r#"userName eq "a"#,
        r#"userName xx "a""#,
        r#"(userName eq "a""#,
    ] {
        users(lab, json!({ "filter": filter, "count": 1 }))?
            .refused_as(&[(400, "invalidFilter")])?;
    }
    Ok(())
}

fn wrong_schema(lab: &Lab<'_>) -> Verdict {
    for schemas in [
        json!(["urn:ietf:params:scim:api:messages:2.0:PatchOp"]),
        json!(["urn:example:nothing"]),
    ] {
        let answer = users(lab, json!({ "schemas": schemas, "count": 1 }))?;
        answer.is(400)?;
    }
    Ok(())
}

fn creates_nothing(lab: &Lab<'_>) -> Verdict {
    let name = lab.name();
    let filter = format!(r#"userName eq "{name}""#);
    let answer = users(lab, json!({ "filter": filter, "userName": name }))?.one_of(&[200, 400])?;
    if answer.status == 200 {
        answer.has("totalResults", 0)?;
        let header = answer.header("location").is_none();
        lab.expect(header, "no Location, as nothing is made", "a Location")?;
    }
    let found = lab.find(lab.users(), &filter)?;
    lab.expect(found.is_empty(), "no user made by a search", "a user")
}

fn same_as_get(lab: &Lab<'_>) -> Verdict {
    let people = lab.people()?;
    let more = people
        .fill(r#"userName eq "{tag}-ada" or userName eq "{tag}-cy""#)
        .unwrap_or_default();
    for filter in [people.scope()?, more.as_str()] {
        let get = lab
            .list(lab.users(), &[("filter", filter), ("count", "100")])?
            .is(200)?;
        let post = users(lab, json!({ "filter": filter, "count": 100 }))?.is(200)?;
        let (mut one, mut other) = (ids(&get), ids(&post));
        one.sort_unstable();
        other.sort_unstable();
        lab.expect(
            one == other,
            &format!("the {} resources that GET finds", one.len()),
            format!("{} resources", other.len()),
        )?;
        for resource in post.resources() {
            let same = get
                .resources()
                .iter()
                .find(|it| text(it, "id") == text(resource, "id"));
            let whole = same.is_some_and(|it| {
                it.as_object()
                    .is_some_and(|it| it.keys().all(|name| member(resource, name).is_some()))
            });
            lab.expect(
                whole,
                "each resource with the attributes that GET shows",
                resource.to_string(),
            )?;
        }
    }
    Ok(())
}

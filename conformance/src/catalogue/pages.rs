//! Pages by index (RFC 7644 §3.4.2.4).

use serde_json::Value;

use crate::answer::Answer;
use crate::check::Feature::{Filter, User};
use crate::check::{Check, Profile, Stop, Verdict, each_must, idp, must, robust};
use crate::json::{at, text};
use crate::lab::{Lab, query};
use crate::sample::Fill;
use crate::server::ResourceType;

/// Lines of the catalogue without a check, and why.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[
    (
        "H11",
        "needs more than a hundred resources: the area scale makes them",
    ),
    (
        "H12",
        "needs thousands of resources: the area scale makes them",
    ),
];

/// The schema of a list (RFC 7644 §3.4.2).
const LIST_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

pub(super) const CHECKS: &[Check] = &[
    each_must(
        "H1",
        "rfc7644-3.4.2/list-response",
        "A collection is answered as a ListResponse: its schema, totalResults, and no more resources than it counts.",
        list_response,
    ),
    must(
        "H1",
        "rfc7644-3.4.2/total-results",
        "totalResults is exactly the number of all resources found, on each page.",
        total,
    )
    .needs(&[Filter, User]),
    must(
        "H1",
        "rfc7644-3.4.2.4/page-says-where-it-is",
        "A page says startIndex and itemsPerPage: its first resource's place, and how many it has.",
        page,
    )
    .needs(&[User]),
    must(
        "H2",
        "rfc7644-3.4.2.4/pages-are-complete",
        "Pages, one after another, have each resource once.",
        complete,
    )
    .needs(&[Filter, User]),
    must(
        "H3",
        "rfc7644-3.4.2.4/start-index-below-one",
        "A startIndex below 1 is read as 1.",
        start_below_one,
    )
    .needs(&[User]),
    each_must(
        "H4",
        "rfc7644-3.4.2.4/count-zero",
        "With count=0 come no resources, only totalResults.",
        count_zero,
    ),
    must(
        "H5",
        "rfc7644-3.4.2.4/negative-count",
        "A negative count is read as 0.",
        negative_count,
    )
    .needs(&[User]),
    each_must(
        "H6",
        "rfc7644-3.4.2.4/count-is-a-bound",
        "A page never has more resources than count says.",
        bound,
    ),
    must(
        "H6",
        "rfc7644-3.4.2.4/large-count",
        "A count above what the server gives at once is answered with fewer resources, not with an error.",
        large_count,
    )
    .needs(&[Filter, User]),
    must(
        "H7",
        "rfc7644-3.4.2.4/past-the-end",
        "A startIndex past the end gives no resources, and the same totalResults.",
        past_the_end,
    )
    .needs(&[User]),
    robust(
        "H8",
        "robust/page-parameters-that-are-no-numbers",
        "A startIndex or count that is no number is ignored or refused.",
        no_numbers,
    )
    .needs(&[User]),
    must(
        "H9",
        "rfc7644-3.4.2/nothing-found",
        "A query that finds nothing is answered with 200, totalResults 0 and no resources.",
        nothing,
    )
    .needs(&[Filter, User]),
    // no sentence of RFC 7644 asks for it: a server may refuse what it does not know
    idp(
        "H10",
        "entra/unknown-parameters",
        "Query parameters that the server does not know are ignored, as is ?aadOptscim062020.",
        &[Profile::Entra],
        unknown_parameters,
    )
    .needs(&[User]),
];

/// The shared users, with these parameters beside a filter that finds just them; where a server
/// has no filters, all users.
fn ours(lab: &Lab<'_>, parameters: &[(&str, &str)]) -> Result<Answer, Stop> {
    let (people, mut scope) = (lab.people()?, None);
    if lab.server.offers(Filter) {
        scope = Some(("filter", people.scope()?));
    }
    let parameters = scope.into_iter().chain(parameters.iter().copied());
    lab.list(lab.users(), &parameters.collect::<Vec<_>>())?
        .is(200)
}

/// That there are pages by index at all: a server may have pages by cursor only (RFC 9865 §4).
fn by_index(lab: &Lab<'_>) -> Verdict {
    let config = lab.server.config.as_ref();
    match config.and_then(|it| at(it, "pagination.index")) {
        Some(Value::Bool(false)) => Err(Stop::NotOffered(
            "ServiceProviderConfig says pagination.index: false".to_owned(),
        )),
        _ => Ok(()),
    }
}

/// How many the shared users are.
fn number(lab: &Lab<'_>) -> Result<u64, Stop> {
    Ok(lab.people()?.persons.len() as u64)
}

/// Expects totalResults to count the shared users, or where a server has no filters, them and all
/// others.
fn counts_ours(lab: &Lab<'_>, answer: &Answer) -> Verdict {
    let (ours, total) = (number(lab)?, answer.total()?);
    if lab.server.offers(Filter) {
        return answer.has("totalResults", ours);
    }
    lab.expect(
        total >= ours,
        &format!("totalResults of {ours} at least, as the suite has made so many"),
        format!("totalResults {total}"),
    )
}

fn has_none(answer: &Answer) -> Verdict {
    match answer.resources().len() {
        0 => Ok(()),
        some => Err(answer.wrong("no resources", format!("{some} resources"))),
    }
}

fn list_response(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    lab.sample(kind, Fill::Required)?;
    let answer = lab.list(&kind.endpoint, &[("count", "3")])?.is(200)?;
    let schemas = at(&answer.body, "schemas").and_then(Value::as_array);
    let named = schemas.is_some_and(|it| it.contains(&Value::from(LIST_RESPONSE)));
    lab.expect(
        named,
        &format!("schemas with {LIST_RESPONSE}"),
        answer.summary(),
    )?;
    let (total, came) = (answer.total()?, answer.resources().len());
    lab.expect(
        total >= 1 && came as u64 <= total,
        "totalResults of 1 at least, as one was just made, and not below the number of resources",
        format!("totalResults {total} and {came} resources"),
    )
}

fn total(lab: &Lab<'_>) -> Verdict {
    by_index(lab)?;
    for parameters in [
        &[][..],
        &[("count", "3")],
        &[("startIndex", "3"), ("count", "2")],
    ] {
        counts_ours(lab, &ours(lab, parameters)?)?;
    }
    Ok(())
}

fn page(lab: &Lab<'_>) -> Verdict {
    by_index(lab)?;
    let answer = ours(lab, &[("startIndex", "4"), ("count", "3")])?;
    let came = answer.resources().len();
    lab.expect(
        (1..=3).contains(&came),
        "up to 3 resources",
        format!("{came} resources"),
    )?;
    answer.has("itemsPerPage", came)?;
    answer.has("startIndex", 4)?;
    short_page(lab)
}

/// Defined as "the number of resources returned", though the RFC's own Figure 9 has 10 for two.
fn short_page(lab: &Lab<'_>) -> Verdict {
    let start = number(lab)?.to_string();
    let answer = ours(lab, &[("startIndex", &start), ("count", "3")])?;
    let items = answer.at("itemsPerPage").and_then(Value::as_u64);
    if items == Some(3) && answer.resources().len() < 3 {
        lab.note("itemsPerPage is the number asked for, not that of the resources returned");
        return Ok(());
    }
    answer.has("itemsPerPage", answer.resources().len())
}

fn complete(lab: &Lab<'_>) -> Verdict {
    by_index(lab)?;
    let people = lab.people()?;
    let mut ids: Vec<String> = Vec::new();
    let mut rounds = 0;
    while ids.len() < people.persons.len() && rounds < people.persons.len() {
        let start = (ids.len() + 1).to_string();
        let answer = ours(lab, &[("startIndex", &start), ("count", "3")])?;
        let page: Vec<String> = answer
            .resources()
            .iter()
            .map(|it| text(it, "id").to_owned())
            .collect();
        if page.is_empty() {
            return Err(answer.wrong(
                format!("users from place {start} on, of {}", people.persons.len()),
                "no resources",
            ));
        }
        ids.extend(page);
        rounds += 1;
    }
    let once = people
        .persons
        .iter()
        .all(|person| ids.iter().filter(|it| **it == person.made.id).count() == 1);
    let expected = format!("each of {} users once, on pages of 3", people.persons.len());
    let different: std::collections::BTreeSet<&String> = ids.iter().collect();
    let actual = format!(
        "{} resources, {} of them different",
        ids.len(),
        different.len()
    );
    lab.expect(once && ids.len() == people.persons.len(), &expected, actual)
}

fn start_below_one(lab: &Lab<'_>) -> Verdict {
    by_index(lab)?;
    let first = ours(lab, &[("startIndex", "1"), ("count", "3")])?;
    let ids = |answer: &Answer| {
        answer
            .resources()
            .iter()
            .map(|it| text(it, "id").to_owned())
            .collect::<Vec<_>>()
    };
    for start in ["0", "-1", "-100"] {
        let answer = ours(lab, &[("startIndex", start), ("count", "3")])?;
        counts_ours(lab, &answer)?;
        let same = ids(&answer).len() == ids(&first).len();
        lab.expect(
            same,
            "as many resources as with startIndex=1",
            format!("{} resources", ids(&answer).len()),
        )?;
        // without sortBy the order may change from one answer to the next
        if ids(&answer) != ids(&first) {
            lab.note(format!("startIndex={start} gives other resources than startIndex=1; without sortBy no order is promised"));
        }
        if answer.at("startIndex").is_some() {
            answer.has("startIndex", 1)?;
        }
    }
    Ok(())
}

fn count_zero(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    lab.sample(kind, Fill::Required)?;
    let answer = lab.list(&kind.endpoint, &[("count", "0")])?.is(200)?;
    has_none(&answer)?;
    let total = answer.total()?;
    lab.expect(
        total >= 1,
        "totalResults of all resources, of which there is one at least",
        format!("totalResults {total}"),
    )
}

fn negative_count(lab: &Lab<'_>) -> Verdict {
    for count in ["-1", "-100"] {
        let answer = ours(lab, &[("count", count)])?;
        has_none(&answer)?;
        counts_ours(lab, &answer)?;
    }
    Ok(())
}

fn bound(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    lab.sample(kind, Fill::Required)?;
    lab.sample(kind, Fill::Required)?;
    let answer = lab.list(&kind.endpoint, &[("count", "1")])?.is(200)?;
    let (total, came) = (answer.total()?, answer.resources().len());
    lab.expect(
        came <= 1,
        "one resource at most",
        format!("{came} resources"),
    )?;
    lab.expect(
        total >= 2,
        "totalResults of 2 at least, as two were just made",
        format!("totalResults {total}"),
    )
}

fn large_count(lab: &Lab<'_>) -> Verdict {
    let answer = ours(lab, &[("count", "1000000")])?;
    let came = answer.resources().len() as u64;
    counts_ours(lab, &answer)?;
    lab.expect(
        (1..=number(lab)?).contains(&came),
        "as many of our users as the server gives at once",
        format!("{came} resources"),
    )
}

fn past_the_end(lab: &Lab<'_>) -> Verdict {
    by_index(lab)?;
    let mut starts = vec![1_000_000];
    if lab.server.offers(Filter) {
        starts.push(number(lab)? + 1);
    }
    for start in starts {
        let answer = ours(lab, &[("startIndex", &start.to_string()), ("count", "3")])?;
        has_none(&answer)?;
        counts_ours(lab, &answer)?;
    }
    Ok(())
}

fn no_numbers(lab: &Lab<'_>) -> Verdict {
    for (name, value) in [
        ("count", "abc"),
        ("startIndex", "abc"),
        ("count", "1.5"),
        ("startIndex", ""),
        ("count", "99999999999999999999999"),
        ("startIndex", "99999999999999999999999"),
        ("startIndex", "-99999999999999999999999"),
    ] {
        let mut parameters = vec![(name, value)];
        if name != "count" {
            parameters.push(("count", "1"));
        }
        lab.list(lab.users(), &parameters)?.one_of(&[200, 400])?;
    }
    Ok(())
}

fn nothing(lab: &Lab<'_>) -> Verdict {
    let filter = format!(r#"userName eq "{}""#, lab.name());
    let answer = lab.list(lab.users(), &[("filter", &filter)])?.is(200)?;
    answer.has("totalResults", 0)?;
    has_none(&answer)
}

fn unknown_parameters(lab: &Lab<'_>) -> Verdict {
    let mut parameters = vec![("count", "8"), ("scimconf-unknown", "1")];
    let people = lab.people()?;
    if lab.server.offers(Filter) {
        parameters.push(("filter", people.scope()?));
    }
    let path = query(lab.users(), &parameters);
    for path in [path.clone(), path.replacen('?', "?aadOptscim062020&", 1)] {
        counts_ours(lab, &lab.get(path)?.is(200)?)?;
    }
    Ok(())
}

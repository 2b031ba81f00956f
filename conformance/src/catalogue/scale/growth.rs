//! Lists of many users, and what a request costs among them.

use std::collections::HashSet;
use std::time::Instant;

use super::crowd::{Crowd, Member, wanted};
use crate::answer::Answer;
use crate::check::{Feature, Stop, Verdict};
use crate::json::text;
use crate::lab::{Lab, query};

/// How often each request is timed; the fastest counts, as the server has other things to do.
const TRIES: usize = 7;

/// The growth of cost, as a part of the growth in size, from which it counts as linear.
const LINEAR: f64 = 0.7;

/// Below this time, in milliseconds, nothing can be said of a growth.
const SHORTEST: f64 = 3.0;

/// The size of a page that is asked for; a server may give fewer.
const PAGE: usize = 1000;

/// What requests cost, in milliseconds.
struct Costs {
    users: u64,
    lookup: f64,
    first_page: f64,
    deep_page: f64,
}

pub(super) fn many_users_are_listed_and_found(lab: &Lab<'_>) -> Verdict {
    let count = wanted(lab)?;
    let mut crowd = Crowd::new(lab);
    crowd.grow(count / 10)?;
    let few = costs(lab, crowd.users())?;
    crowd.grow(count)?;
    let many = costs(lab, crowd.users())?;
    let growth = compared(lab, &few, &many);
    by_index(lab, crowd.users())?;
    if lab.server.offers(Feature::Cursor) {
        by_cursor(lab, crowd.users())?;
    }
    growth
}

/// The filter that finds all users of this check.
fn ours(lab: &Lab<'_>) -> String {
    format!("userName sw \"{}-\"", lab.tag())
}

fn costs(lab: &Lab<'_>, users: &[Member]) -> Result<Costs, Stop> {
    let all = lab.list(lab.users(), &[("count", "0")])?.is(200)?.total()?;
    let deep = all.saturating_sub(10).max(1).to_string();
    let mut costs = Costs {
        users: all,
        lookup: f64::MAX,
        first_page: f64::MAX,
        deep_page: f64::MAX,
    };
    for user in users
        .iter()
        .step_by((users.len() / TRIES).max(1))
        .take(TRIES)
    {
        let filter = format!("userName eq \"{}\"", user.name);
        let (cost, found) = timed(lab, &[("filter", &filter)])?;
        let is_found = found
            .resources()
            .first()
            .is_some_and(|it| text(it, "id") == user.id);
        if !is_found || found.total()? != 1 {
            return Err(found.wrong(format!("one user, by {filter}"), found.summary()));
        }
        costs.lookup = costs.lookup.min(cost);
        let (cost, _) = timed(lab, &[("startIndex", "1"), ("count", "10")])?;
        costs.first_page = costs.first_page.min(cost);
        let (cost, _) = timed(lab, &[("startIndex", &deep), ("count", "10")])?;
        costs.deep_page = costs.deep_page.min(cost);
    }
    Ok(costs)
}

fn timed(lab: &Lab<'_>, parameters: &[(&str, &str)]) -> Result<(f64, Answer), Stop> {
    let path = query(lab.users(), parameters);
    let begun = Instant::now();
    let answer = lab.get(path)?;
    let cost = begun.elapsed().as_secs_f64() * 1000.0;
    Ok((cost, answer.is(200)?))
}

/// Remarks how costs have grown, and judges the lookup.
#[expect(
    clippy::cast_precision_loss,
    reason = "a ratio of sizes needs few digits"
)]
fn compared(lab: &Lab<'_>, few: &Costs, many: &Costs) -> Verdict {
    let size = many.users as f64 / few.users.max(1) as f64;
    for (what, before, after) in [
        ("a lookup by userName", few.lookup, many.lookup),
        ("the first page", few.first_page, many.first_page),
        ("a page at the end", few.deep_page, many.deep_page),
    ] {
        lab.note(format!(
            "{what} takes {before:.1} ms among {} users and {after:.1} ms among {}: {:.1} times as long, with {size:.1} times as many",
            few.users, many.users, after / before,
        ));
    }
    let growth = many.lookup / few.lookup;
    // among users of others that were there before, or in no time, a growth cannot be seen
    if size < 4.0 || many.lookup < SHORTEST || growth <= LINEAR * size {
        return Ok(());
    }
    Err(lab.wrong(
        format!(
            "a lookup by userName that does not grow in proportion to {size:.1} times as many users"
        ),
        format!("{growth:.1} times as long, {:.1} ms", many.lookup),
    ))
}

fn by_index(lab: &Lab<'_>, users: &[Member]) -> Verdict {
    let (filter, count) = (ours(lab), PAGE.to_string());
    let mut seen = Seen::new(users);
    loop {
        let start = (seen.count + 1).to_string();
        let parameters = [
            ("filter", filter.as_str()),
            ("startIndex", &start),
            ("count", &count),
        ];
        let page = lab.list(lab.users(), &parameters)?.is(200)?;
        if seen.page(&page)? || page.resources().is_empty() {
            return seen.all(lab, "pages by index");
        }
    }
}

fn by_cursor(lab: &Lab<'_>, users: &[Member]) -> Verdict {
    let (filter, count) = (ours(lab), PAGE.to_string());
    let mut seen = Seen::new(users);
    let mut cursor = String::new();
    loop {
        let parameters = [
            ("filter", filter.as_str()),
            ("cursor", &cursor),
            ("count", &count),
        ];
        let page = lab.list(lab.users(), &parameters)?.is(200)?;
        seen.page(&page)?;
        page.text_at("nextCursor").clone_into(&mut cursor);
        if cursor.is_empty() {
            return seen.all(lab, "pages by cursor");
        }
    }
}

/// The users that pages have shown so far.
struct Seen<'a> {
    users: &'a [Member],
    ids: HashSet<String>,
    count: usize,
}

impl<'a> Seen<'a> {
    fn new(users: &'a [Member]) -> Self {
        Self {
            users,
            ids: HashSet::with_capacity(users.len()),
            count: 0,
        }
    }

    /// Sees a page, and says whether it should be the last.
    fn page(&mut self, page: &Answer) -> Result<bool, Stop> {
        let expected = self.users.len();
        let total = page.total()?;
        if usize::try_from(total).ok() != Some(expected) {
            return Err(page.wrong(format!("totalResults {expected}"), total.to_string()));
        }
        for user in page.resources() {
            self.count += 1;
            if !self.ids.insert(text(user, "id").to_owned()) {
                let words = format!("user {} again, at place {}", text(user, "id"), self.count);
                return Err(page.wrong("each user once", words));
            }
        }
        Ok(self.count >= expected)
    }

    fn all(&self, lab: &Lab<'_>, what: &str) -> Verdict {
        let missing = self
            .users
            .iter()
            .filter(|it| !self.ids.contains(&it.id))
            .count();
        let is_all = missing == 0 && self.count == self.users.len();
        lab.expect(
            is_all,
            &format!("{what} that show all {} users", self.users.len()),
            format!("{} users, {missing} of ours missing", self.count),
        )
    }
}

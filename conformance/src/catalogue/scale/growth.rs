//! What a request costs among many users.

use std::time::Instant;

use super::crowd::{Crowd, Member, wanted};
use crate::answer::Answer;
use crate::check::{Stop, Verdict};
use crate::json::text;
use crate::lab::{Lab, query};

/// How often each request is timed; the fastest counts, as the server has other things to do.
const TRIES: usize = 7;

/// The growth of cost, as a part of the growth in size, from which it counts as linear.
const LINEAR: f64 = 0.7;

/// Below this time, in milliseconds, nothing can be said of a growth.
const SHORTEST: f64 = 3.0;

/// What requests cost, in milliseconds.
struct Costs {
    users: u64,
    /// Of a request that has nothing to do with users: how busy the machine is.
    other: f64,
    lookup: f64,
    first_page: f64,
    deep_page: f64,
}

pub(super) fn many_users_are_found(lab: &Lab<'_>) -> Verdict {
    let count = wanted(lab)?;
    let mut crowd = Crowd::new(lab);
    crowd.grow(count / 10)?;
    let few = costs(lab, crowd.users())?;
    crowd.grow(count)?;
    let many = costs(lab, crowd.users())?;
    compared(lab, &few, &many)
}

fn costs(lab: &Lab<'_>, users: &[Member]) -> Result<Costs, Stop> {
    let all = lab.list(lab.users(), &[("count", "0")])?.is(200)?.total()?;
    let deep = all.saturating_sub(10).max(1).to_string();
    let mut costs = Costs {
        users: all,
        other: f64::MAX,
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
        let (cost, _) = timed(lab, "/ServiceProviderConfig".to_owned())?;
        costs.other = costs.other.min(cost);
        let (cost, found) = timed(lab, query(lab.users(), &[("filter", &filter)]))?;
        let is_found = found
            .resources()
            .first()
            .is_some_and(|it| text(it, "id") == user.id);
        if !is_found || found.total()? != 1 {
            return Err(found.wrong(format!("one user, by {filter}"), found.summary()));
        }
        costs.lookup = costs.lookup.min(cost);
        let (cost, _) = timed(
            lab,
            query(lab.users(), &[("startIndex", "1"), ("count", "10")]),
        )?;
        costs.first_page = costs.first_page.min(cost);
        let (cost, _) = timed(
            lab,
            query(lab.users(), &[("startIndex", &deep), ("count", "10")]),
        )?;
        costs.deep_page = costs.deep_page.min(cost);
    }
    Ok(costs)
}

fn timed(lab: &Lab<'_>, path: String) -> Result<(f64, Answer), Stop> {
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
    // if the machine has become busier meanwhile, all requests take longer
    let drift = (many.other / few.other).max(1.0);
    let growth = many.lookup / few.lookup / drift;
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

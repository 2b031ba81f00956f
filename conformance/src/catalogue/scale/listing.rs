//! Lists of many users.

use std::collections::HashSet;

use super::crowd::{Crowd, Member, wanted};
use crate::answer::Answer;
use crate::check::{Feature, Stop, Verdict};
use crate::json::text;
use crate::lab::Lab;

/// The size of a page that is asked for; a server may give fewer.
const PAGE: usize = 1000;

pub(super) fn many_users_are_listed(lab: &Lab<'_>) -> Verdict {
    let mut crowd = Crowd::new(lab);
    crowd.grow(wanted(lab)?)?;
    by_index(lab, crowd.users())?;
    if lab.server.offers(Feature::Cursor) {
        by_cursor(lab, crowd.users())?;
    }
    Ok(())
}

/// The filter that finds all users of this check.
fn ours(lab: &Lab<'_>) -> String {
    format!("userName sw \"{}-\"", lab.tag())
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

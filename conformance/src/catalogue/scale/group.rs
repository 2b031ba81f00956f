//! A group of many members.

use std::time::Instant;

use serde_json::{Value, json};

use super::crowd::{Crowd, Member, wanted};
use crate::check::{Stop, Verdict};
use crate::lab::{Lab, Made};

/// The most members that a group is given.
const MOST: usize = 10_000;

/// How many members are added in one request.
const PORTION: usize = 1000;

pub(super) fn large_group_is_changed(lab: &Lab<'_>) -> Verdict {
    let count = wanted(lab)?.min(MOST);
    let mut crowd = Crowd::new(lab);
    crowd.grow(count + 1)?;
    let Some((one, members)) = crowd.users().split_last() else {
        return Err(Stop::Broken("there is nobody".to_owned()));
    };
    let group = lab.group(&[])?;
    let (few, rest) = members.split_at(count / 10);
    add(lab, &group, few)?;
    let before = changed(lab, &group, one)?;
    add(lab, &group, rest)?;
    let after = changed(lab, &group, one)?;
    lab.note(format!(
        "to add and remove a member takes {before:.1} ms among {} and {after:.1} ms among {count}: {:.1} times as long",
        few.len(),
        after / before,
    ));
    let found = lab.members(&group)?;
    if !lab.keeps() {
        // first, so that its members need not leave it one by one
        lab.delete(&group.path)?;
    }
    let mut expected: Vec<&str> = members.iter().map(|it| it.id.as_str()).collect();
    expected.sort_unstable();
    lab.expect(
        found == expected,
        &format!("the {count} members that were added and not removed, each once"),
        format!("{} members", found.len()),
    )
}

fn add(lab: &Lab<'_>, group: &Made, members: &[Member]) -> Verdict {
    for some in members.chunks(PORTION) {
        let values: Vec<Value> = some.iter().map(|it| json!({ "value": it.id })).collect();
        let operations = json!([{ "op": "add", "path": "members", "value": values }]);
        lab.patch(&group.path, operations)?.done()?;
    }
    Ok(())
}

/// Adds a member and removes it, and returns how long that took, in milliseconds.
fn changed(lab: &Lab<'_>, group: &Made, member: &Member) -> Result<f64, Stop> {
    let begun = Instant::now();
    let value = json!([{ "value": member.id }]);
    let addition = json!([{ "op": "add", "path": "members", "value": value }]);
    lab.patch(&group.path, addition)?.done()?;
    let path = format!("members[value eq \"{}\"]", member.id);
    lab.patch(&group.path, json!([{ "op": "remove", "path": path }]))?
        .done()?;
    Ok(begun.elapsed().as_secs_f64() * 1000.0)
}

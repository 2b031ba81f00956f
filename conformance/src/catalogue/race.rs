//! Races: requests that are sent at the same moment.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::check::Feature::{Etag, Filter, Group, Patch, User};
use crate::check::{Check, Stop, Verdict, robust};
use crate::json::{list, text};
use crate::lab::{Lab, Made, patch, with};
use crate::server::{Attribute, ResourceType};
use crate::wire::Request;

/// Lines of the catalogue without a check, and why.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[];

pub(super) const CHECKS: &[Check] = &[
    robust(
        "C19",
        "robust/one-of-many-creations-wins",
        "Of twenty creations of one userName at the same moment one is answered 201 and the others 409.",
        one_of_many_creations_wins,
    )
    .needs(&[Filter, User]),
    robust(
        "M7",
        "robust/one-of-many-changes-wins",
        "Of eight PATCHes at the same moment that expect the same version one is done and the others are refused.",
        one_of_many_changes_wins,
    )
    .needs(&[Etag, Patch, User]),
    robust(
        "S16",
        "robust/additions-at-once-all-stay",
        "Of sixteen additions of different members at the same moment none is lost.",
        additions_at_once_all_stay,
    )
    .needs(&[Group, Patch, User]),
    robust(
        "S16",
        "robust/removals-at-once-all-happen",
        "Of eight removals of different members at the same moment none is lost.",
        removals_at_once_all_happen,
    )
    .needs(&[Group, Patch, User]),
    robust(
        "L2",
        "robust/put-does-not-bring-back",
        "A PUT at the moment of a deletion does not bring the user back.",
        put_does_not_bring_back,
    )
    .needs(&[User]),
    robust(
        "S15",
        "robust/no-member-of-a-deleted-group",
        "Additions at the moment of a group's deletion leave neither the group nor a membership.",
        no_member_of_a_deleted_group,
    )
    .needs(&[Group, Patch, User]),
];

/// How often two requests are sent against each other that either may win.
const ROUNDS: usize = 5;

fn one_of_many_creations_wins(lab: &Lab<'_>) -> Verdict {
    let body = lab.user_body();
    let same = Request::new("POST", lab.users()).json(&body);
    let answers = at_once(lab, &vec![same; 20])?;
    let created = answers.iter().filter(|it| it.status == 201).count();
    for answer in answers {
        answer.one_of(&[201, 409])?;
    }
    lab.expect(created == 1, "one 201", format!("{created}"))?;
    let filter = format!("userName eq \"{}\"", text(&body, "userName"));
    let found = lab.find(lab.users(), &filter)?.len();
    lab.expect(found == 1, "one user of this name", format!("{found}"))
}

fn one_of_many_changes_wins(lab: &Lab<'_>) -> Verdict {
    let user = lab.user()?;
    let attribute = lab.server.user().and_then(some_text);
    let name = attribute.map_or("userName", |it| &it.name);
    let version = lab.setup("the version of a user", || {
        let version = lab.read(&user)?.value("meta.version")?.clone();
        Ok(version.as_str().unwrap_or_default().to_owned())
    })?;
    let values: Vec<String> = (0..8).map(|_| lab.name()).collect();
    let requests = values.iter().map(|value| {
        let operation = json!([{ "op": "replace", "path": name, "value": value }]);
        let request = Request::new("PATCH", &user.path).json(&patch(operation));
        request.header("If-Match", &version)
    });
    let answers = at_once(lab, &requests.collect::<Vec<_>>())?;
    let is_done = |it: &Answer| matches!(it.status, 200 | 204);
    let done: Vec<usize> = (0..8)
        .filter(|n| answers.get(*n).is_some_and(is_done))
        .collect();
    for answer in answers {
        answer.one_of(&[200, 204, 409, 412])?;
    }
    let [winner] = done.as_slice() else {
        return Err(lab.wrong("one PATCH that is done", format!("{}", done.len())));
    };
    let value = values.get(*winner).map_or("", String::as_str);
    lab.read(&user)?.has(name, value)
}

/// A simple attribute that a client can set to any text, the better known first.
fn some_text(kind: &ResourceType) -> Option<&Attribute> {
    let known = ["displayName", "nickName", "title"].into_iter();
    let known = known.filter_map(|name| kind.schema.attribute(name));
    known.chain(&kind.schema.attributes).find(|it| {
        let is_free = it.uniqueness == "none" && it.canonical_values.is_empty();
        it.is_plain() && is_free && !it.multi_valued && it.kind == "string"
    })
}

fn additions_at_once_all_stay(lab: &Lab<'_>) -> Verdict {
    let users = users(lab, 16)?;
    let group = lab.group(&[])?;
    let additions: Vec<Request> = users.iter().map(|it| addition(lab, &group, it)).collect();
    for answer in at_once(lab, &additions)? {
        answer.done()?;
    }
    are_members(lab, &group, &users)
}

fn removals_at_once_all_happen(lab: &Lab<'_>) -> Verdict {
    let users = users(lab, 16)?;
    let group = lab.group(&users.iter().collect::<Vec<_>>())?;
    let (gone, kept) = users.split_at(8);
    let removals = gone.iter().map(|user| {
        let path = format!("members[value eq \"{}\"]", user.id);
        let operation = json!([{ "op": "remove", "path": path }]);
        Request::new("PATCH", &group.path).json(&patch(operation))
    });
    for answer in at_once(lab, &removals.collect::<Vec<_>>())? {
        answer.done()?;
    }
    are_members(lab, &group, kept)
}

fn put_does_not_bring_back(lab: &Lab<'_>) -> Verdict {
    for _ in 0..ROUNDS {
        let body = lab.user_body();
        let user = lab.make(lab.users(), &body)?;
        let put = Request::new("PUT", &user.path).json(&with(body, json!({ "id": user.id })));
        let answers = at_once(lab, &[put, Request::new("DELETE", &user.path)])?;
        let [put, delete] = <[Answer; 2]>::try_from(answers)
            .map_err(|_| Stop::Broken("two requests have not two answers".to_owned()))?;
        put.one_of(&[200, 404, 409, 412])?;
        let delete = delete.one_of(&[204, 409, 412])?;
        let now = lab.get(&user.path)?;
        now.is(if delete.status == 204 { 404 } else { 200 })?;
    }
    Ok(())
}

fn no_member_of_a_deleted_group(lab: &Lab<'_>) -> Verdict {
    let users = users(lab, 4)?;
    for _ in 0..ROUNDS {
        let group = lab.group(&[])?;
        let mut requests: Vec<Request> = users.iter().map(|it| addition(lab, &group, it)).collect();
        requests.insert(2, Request::new("DELETE", &group.path));
        let mut answers = at_once(lab, &requests)?;
        let delete = answers.remove(2).one_of(&[204, 409, 412])?;
        for answer in answers {
            answer.one_of(&[200, 204, 404, 409, 412])?;
        }
        if delete.status != 204 {
            continue;
        }
        lab.get(&group.path)?.is(404)?;
        for user in &users {
            let now = lab.read(user)?;
            let mut groups = list(&now.body, "groups").iter();
            let is_member = groups.any(|it| text(it, "value") == group.id);
            lab.expect(
                !is_member,
                "no membership in the deleted group",
                now.summary(),
            )?;
        }
    }
    Ok(())
}

/// Sends requests at the same moment; a server that does not take so many connections is not
/// judged by that.
fn at_once(lab: &Lab<'_>, requests: &[Request]) -> Result<Vec<Answer>, Stop> {
    lab.setup("requests at the same moment", || {
        lab.send_together(requests)
    })
}

/// Makes so many users.
fn users(lab: &Lab<'_>, count: usize) -> Result<Vec<Made>, Stop> {
    (0..count).map(|_| lab.user()).collect()
}

fn addition(lab: &Lab<'_>, group: &Made, user: &Made) -> Request {
    let operation = json!([{ "op": "add", "path": "members", "value": [lab.member(user)] }]);
    Request::new("PATCH", &group.path).json(&patch(operation))
}

/// Expects these users and nobody else to be members.
fn are_members(lab: &Lab<'_>, group: &Made, users: &[Made]) -> Verdict {
    let mut expected: Vec<Value> = users.iter().map(|it| json!(it.id)).collect();
    expected.sort_by_key(ToString::to_string);
    let members = lab.members(group)?;
    let found: Vec<Value> = members.iter().map(|it| json!(it)).collect();
    let words = format!("{} members", members.len());
    if found == expected {
        return Ok(());
    }
    Err(lab.wrong(format!("{} members, each once", expected.len()), words))
}

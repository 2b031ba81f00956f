use serde_json::{Value, json};

use super::person::{Found, Person, Unseen, picture};
use super::{Answer, Client, Dice, bulk, patch};

/// How many users a worker has at most.
const PLACES: usize = 6;

/// The users of a worker, each in its place.
pub(crate) type People = Vec<Option<Person>>;

/// A client that writes one request after the other, and remembers what was acknowledged.
///
/// Nobody else changes its users and their memberships; the names of some of them, and the
/// group, are everybody's.
pub(crate) struct Worker {
    name: String,
    dice: Dice,
    /// Path of the group.
    group: String,
    /// Ids of the users, where they are known.
    ids: Vec<Option<String>>,
    /// What was so after each acknowledged request, the first before any.
    history: Vec<People>,
    /// What will be so if the request that had no answer was done.
    pending: Option<People>,
    marks: usize,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Acknowledged,
    /// Another user has the name.
    Taken,
    /// 503, with `Retry-After`.
    PutOff,
    /// No answer.
    Lost,
}

/// A request on one user, as it stands alone or in a Bulk request.
struct Change {
    place: usize,
    method: &'static str,
    path: String,
    data: Option<Value>,
    /// The user afterwards.
    after: Option<Person>,
    may_be_taken: bool,
}

impl Worker {
    pub(crate) fn new(number: usize, group: &str, dice: Dice) -> Self {
        Self {
            name: format!("w{number}-"),
            dice,
            group: group.to_owned(),
            ids: vec![None; PLACES],
            history: vec![vec![None; PLACES]],
            pending: None,
            marks: 0,
        }
    }

    pub(crate) fn people(&self) -> &People {
        self.history.last().expect("the history has a first state")
    }

    /// How many requests have changed something.
    pub(crate) fn acknowledged(&self) -> usize {
        self.history.len() - 1
    }

    /// Sends one request through one of the clients.
    pub(crate) async fn write(&mut self, clients: &[Client]) -> Outcome {
        assert!(self.pending.is_none(), "the last request is not settled");
        let client = &clients[self.dice.below(clients.len())];
        let first = self.dice.below(PLACES);
        let together = match self.dice.below(8) {
            0 => 3,
            _ => 1,
        };
        let places = (first..first + together).map(|it| it % PLACES);
        let changes: Vec<Change> = places.map(|it| self.change(it, together > 1)).collect();
        let mut after = self.people().clone();
        for change in &changes {
            after[change.place].clone_from(&change.after);
        }
        self.pending = Some(after);
        let answer = if together > 1 {
            let body = bulk(changes.iter().map(Change::operation).collect());
            client.attempt("POST", "/scim/v2/Bulk", Some(body)).await
        } else {
            let change = &changes[0];
            let path = format!("/scim/v2{}", change.path);
            let body = change.data.clone();
            client.attempt(change.method, &path, body).await
        };
        let Some(answer) = answer else {
            return Outcome::Lost;
        };
        if answer.status == 503 {
            answer.puts_off();
            return Outcome::PutOff;
        }
        let after = self.pending.take().expect("it was set before the request");
        if answer.status == 409 && changes[0].may_be_taken {
            answer.refused_as(409, "uniqueness");
            return Outcome::Taken;
        }
        if together > 1 {
            let answer = answer.is(200);
            let results = answer.body["Operations"].as_array();
            let results = results.expect("a BulkResponse has Operations");
            for (change, result) in changes.iter().zip(results) {
                let status = result["status"].as_str().unwrap_or_default();
                assert!(status.starts_with('2'), "{}", answer.text);
                self.learn(change, result["location"].as_str());
            }
        } else {
            let answer = answer.one_of(&[200, 201, 204]);
            self.learn(&changes[0], location(&answer));
        }
        self.history.push(after);
        Outcome::Acknowledged
    }

    /// Finds out what became of the request that had no answer, or that was put off.
    ///
    /// `may_be_done` says whether it may have been done.
    pub(crate) async fn settle(
        &mut self,
        client: &Client,
        may_be_done: bool,
    ) -> Result<(), Unseen> {
        let picture = picture(client, &self.group, &self.name).await?;
        if !may_be_done {
            self.pending = None;
        }
        self.meet(&picture.users);
        Ok(())
    }

    /// Compares what was found with what was acknowledged, and takes it over.
    ///
    /// # Panics
    /// If an acknowledged request was lost, or a request was done by halves.
    pub(crate) fn meet(&mut self, users: &[Found]) {
        let (people, ids) = self.placed(users);
        let pending = self.pending.take();
        if people != *self.people() {
            assert_eq!(
                Some(&people),
                pending.as_ref(),
                "{} found the left; the request without an answer would have made the right of {:#?}",
                self.name,
                self.people()
            );
            self.history.push(people);
        }
        self.ids = ids;
    }

    /// Asserts that what was found was so at a moment after `since` acknowledged requests.
    pub(crate) fn remembers(&self, users: &[Found], since: usize) {
        let (people, _) = self.placed(users);
        let moments = self.history[since..].iter().chain(&self.pending);
        assert!(
            moments.into_iter().any(|it| *it == people),
            "{} was never so since request {since}: {people:#?}",
            self.name
        );
    }

    fn placed(&self, users: &[Found]) -> (People, Vec<Option<String>>) {
        let (mut people, mut ids) = (vec![None; PLACES], vec![None; PLACES]);
        for user in users {
            let place = user.external_id.strip_prefix(&self.name);
            let Some(place) = place.and_then(|it| it.parse::<usize>().ok()) else {
                continue;
            };
            let before = people[place].replace(user.person.clone());
            assert_eq!(before, None, "two users in place of one: {users:#?}");
            ids[place] = Some(user.id.clone());
        }
        (people, ids)
    }

    fn learn(&mut self, change: &Change, location: Option<&str>) {
        let id = location.and_then(|it| it.rsplit('/').next());
        match change.method {
            "POST" => self.ids[change.place] = Some(id.expect("a location").to_owned()),
            "DELETE" => self.ids[change.place] = None,
            _ => {}
        }
    }

    fn change(&mut self, place: usize, in_bulk: bool) -> Change {
        self.marks += 1;
        let mark = format!("{}{}", self.name, self.marks);
        let own = format!("{}user{place}-{}", self.name, self.marks % 4);
        let external_id = format!("{}{place}", self.name);
        let change = |method, path, data, after| Change {
            place,
            method,
            path,
            data,
            after,
            may_be_taken: false,
        };
        // Some names are everybody's; in a Bulk request one that is taken would be no half.
        let wants_taken = !in_bulk && self.dice.below(4) == 0;
        let contested = format!(
            "{}-{}",
            ["Name", "name", "NAME"][self.dice.below(3)],
            place % 3
        );
        let user_name = if wants_taken { contested } else { own };
        let (Some(person), Some(id)) = (self.people()[place].clone(), self.ids[place].clone())
        else {
            let active = self.dice.below(2) == 0;
            let is_member = false;
            let made = Person {
                user_name,
                mark,
                active,
                is_member,
            };
            let data = made.document(&external_id);
            return Change {
                may_be_taken: wants_taken,
                ..change("POST", "/Users".to_owned(), Some(data), Some(made))
            };
        };
        let path = format!("/Users/{id}");
        match self.dice.below(8) {
            0 => change("DELETE", path, None, None),
            1 => {
                let person = Person {
                    user_name,
                    mark,
                    ..person
                };
                Change {
                    may_be_taken: wants_taken,
                    ..change(
                        "PUT",
                        path,
                        Some(person.document(&external_id)),
                        Some(person),
                    )
                }
            }
            2 => {
                let person = Person {
                    mark,
                    active: !person.active,
                    ..person
                };
                change(
                    "PUT",
                    path,
                    Some(person.document(&external_id)),
                    Some(person),
                )
            }
            3 => {
                let person = Person { mark, ..person };
                let data = patch(json!([
                    { "op": "replace", "path": "title", "value": person.mark },
                    { "op": "replace", "path": "emails[type eq \"work\"].value", "value": person.email() },
                    { "op": "replace", "path": "displayName", "value": person.mark },
                ]));
                change("PATCH", path, Some(data), Some(person))
            }
            4 => {
                let person = Person {
                    active: !person.active,
                    ..person
                };
                let data =
                    patch(json!([{ "op": "replace", "value": { "active": person.active } }]));
                change("PATCH", path, Some(data), Some(person))
            }
            _ => {
                let operation = if person.is_member {
                    json!([{ "op": "remove", "path": format!("members[value eq \"{id}\"]") }])
                } else {
                    json!([{ "op": "add", "path": "members", "value": [{ "value": id }] }])
                };
                let person = Person {
                    is_member: !person.is_member,
                    ..person
                };
                let group = self.group.trim_start_matches("/scim/v2").to_owned();
                change("PATCH", group, Some(patch(operation)), Some(person))
            }
        }
    }
}

impl Change {
    fn operation(&self) -> Value {
        let mut operation = json!({ "method": self.method, "path": self.path });
        if self.method == "POST" {
            operation["bulkId"] = self.place.to_string().into();
        }
        if let Some(data) = &self.data {
            operation["data"] = data.clone();
        }
        operation
    }
}

fn location(answer: &Answer) -> Option<&str> {
    answer.body["meta"]["location"].as_str()
}

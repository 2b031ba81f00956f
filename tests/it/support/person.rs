use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Client, USER, values};

/// What a worker knows of a user; everything in it came with acknowledged requests.
///
/// `mark` stands in several attributes, which a request changes together: a user that has two
/// marks is half of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) user_name: String,
    pub(crate) mark: String,
    pub(crate) active: bool,
    pub(crate) is_member: bool,
}

impl Person {
    /// Returns the user as a client writes it.
    pub(crate) fn document(&self, external_id: &str) -> Value {
        json!({
            "schemas": [USER],
            "externalId": external_id,
            "userName": self.user_name,
            "displayName": self.mark,
            "title": self.mark,
            "emails": [{ "value": self.email(), "type": "work" }],
            "active": self.active,
        })
    }

    pub(crate) fn email(&self) -> String {
        format!("{}@umbra.test", self.mark)
    }
}

/// A user as the server shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) id: String,
    pub(crate) external_id: String,
    pub(crate) person: Person,
}

/// The users and the members of a group, as the server shows them at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) users: Vec<Found>,
    pub(crate) members: BTreeSet<String>,
}

/// Why there is no picture now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unseen {
    PutOff,
    Lost,
}

/// Reads the users whose `externalId` starts so, each whole.
///
/// They must stand still meanwhile.
pub(crate) async fn picture(client: &Client, group: &str, start: &str) -> Result<Picture, Unseen> {
    let users = format!(
        "/scim/v2/Users?count=1000&filter=externalId%20sw%20%22{start}%22&sortBy=externalId"
    );
    let users = client.attempt("GET", &users, None).await;
    let users = users.ok_or(Unseen::Lost)?;
    let group_read = client.attempt("GET", group, None).await;
    let group_read = group_read.ok_or(Unseen::Lost)?;
    if users.status == 503 || group_read.status == 503 {
        return Err(Unseen::PutOff);
    }
    let (users, group_read) = (users.is(200), group_read.is(200));
    let members: BTreeSet<String> = values(&group_read.body["members"]).into_iter().collect();
    let id = group_read.id();
    let users: Vec<Found> = users
        .resources()
        .iter()
        .map(|it| found(it, id, &members))
        .collect();
    Ok(Picture { users, members })
}

fn found(user: &Value, group: &str, members: &BTreeSet<String>) -> Found {
    let text = |value: &Value| {
        value
            .as_str()
            .unwrap_or_else(|| panic!("an attribute is missing: {user}"))
            .to_owned()
    };
    let id = text(&user["id"]);
    let person = Person {
        user_name: text(&user["userName"]),
        mark: text(&user["title"]),
        active: user["active"] == true,
        is_member: members.contains(&id),
    };
    assert_eq!(user["displayName"], person.mark, "half a change: {user}");
    assert_eq!(
        values(&user["emails"]),
        [person.email()],
        "half a change: {user}"
    );
    let groups = values(&user["groups"]);
    let expected = if person.is_member { &[group][..] } else { &[] };
    assert_eq!(
        groups, expected,
        "User.groups says other than Group.members: {user}"
    );
    Found {
        id,
        external_id: text(&user["externalId"]),
        person,
    }
}

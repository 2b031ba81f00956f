//! What changes announce, and how the log forgets, with the clock in hand.

use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::model::{Announcement, Kind, LogQuery, NewToken};
use crate::scim::patch::PATCH_SCHEMA;
use crate::scim::registry::Registry;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

static NOW: AtomicI64 = AtomicI64::new(1_000);

const AMBIENT: Ambient = Ambient {
    now: || NOW.fetch_add(1, Ordering::Relaxed),
    id: Uuid::now_v7,
    random: |bytes| {
        bytes.copy_from_slice(&[Uuid::new_v4().into_bytes(); 4].concat()[..bytes.len()]);
    },
};

const LIMITS: Limits = Limits {
    bulk_operations: 10,
    bulk_payload: 1_000,
    body: 1_000,
    page: 10,
};

/// A directory on a database of its own, and a caller with a token for it.
struct House {
    directory: Directory,
    caller: Caller,
    _folder: tempfile::TempDir,
}

async fn house() -> House {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("test.db").display());
    let store = Store::open(&url, Registry::load(&[]).unwrap())
        .await
        .unwrap();
    let directory = Directory::open(store, LIMITS, AMBIENT).await.unwrap();
    let organization = directory.create_organization("default").await.unwrap().pk;
    let new = NewToken {
        organization,
        profile: Profile::Strict,
        name: "t".into(),
        cidrs: Vec::new(),
        expires: None,
    };
    let (token, _) = directory.issue_token(new).await.unwrap();
    let caller = Caller {
        organization,
        token: token.pk,
        profile: Profile::Strict,
        recognised: None,
        base: BaseUrl("http://x/scim/v2".into()),
        request_id: "r".into(),
        method: "TEST".into(),
        path: "/".into(),
        arrived: 0,
    };
    House {
        directory,
        caller,
        _folder: folder,
    }
}

impl House {
    async fn change(&self, kind: &str, body: Body) -> Uuid {
        let kind = self.directory.store.registry.by_name(kind).unwrap();
        let projection = crate::scim::projection::Projection::Default;
        let read =
            self.directory
                .read_change(&self.caller, kind, body, Condition::default(), &projection);
        let change = read.await.unwrap();
        self.directory
            .change(&self.caller, change)
            .await
            .unwrap()
            .id
    }

    async fn announced(&self) -> Vec<Announcement> {
        let mut reader = self.directory.store.read().await.unwrap();
        let announced = reader.announcements_after(0, 100).await.unwrap();
        announced
            .into_iter()
            .map(|(_, _, announcement)| announcement)
            .collect()
    }
}

fn user(name: &str, active: bool) -> Value {
    json!({ "schemas": [USER], "userName": name, "active": active })
}

fn members(op: &str, path: &str, ids: &[Uuid]) -> Value {
    let mut operation = json!({ "op": op, "path": path });
    if op != "remove" {
        operation["value"] = ids
            .iter()
            .map(|id| json!({ "value": id.to_string() }))
            .collect();
    }
    json!({ "schemas": [PATCH_SCHEMA], "Operations": [operation] })
}

#[tokio::test]
async fn what_is_taken_away_is_announced() {
    let house = house().await;
    let ada = house.change("User", Body::Create(user("ada", true))).await;
    let ben = house.change("User", Body::Create(user("ben", true))).await;
    let team = house
        .change(
            "Group",
            Body::Create(json!({ "schemas": [GROUP], "displayName": "team" })),
        )
        .await;
    assert_eq!(house.announced().await, []);

    house
        .change(
            "Group",
            Body::Patch(team, members("add", "members", &[ada, ben])),
        )
        .await;
    house
        .change(
            "Group",
            Body::Patch(team, members("add", "members", &[ada])),
        )
        .await;
    house
        .change(
            "Group",
            Body::Patch(
                team,
                members("remove", &format!("members[value eq \"{ben}\"]"), &[]),
            ),
        )
        .await;
    house
        .change("User", Body::Replace(ada, user("ada", false)))
        .await;
    house
        .change("User", Body::Replace(ada, user("ada", false)))
        .await;
    house
        .change("User", Body::Replace(ada, user("ada", true)))
        .await;
    house.change("User", Body::Delete(ben)).await;
    house.change("Group", Body::Delete(team)).await;

    let with = |kind, members: &[Uuid]| Announcement {
        kind,
        resource: team,
        members: members.to_vec(),
    };
    assert_eq!(
        house.announced().await,
        [
            with(Kind::MembersAdded, &[ada, ben]),
            with(Kind::MembersRemoved, &[ben]),
            Announcement::of(Kind::UserDeactivated, ada),
            Announcement::of(Kind::UserReactivated, ada),
            Announcement::of(Kind::UserDeleted, ben),
            Announcement::of(Kind::GroupDeleted, team),
        ]
    );
}

#[tokio::test]
async fn the_log_forgets_what_is_older_than_its_retention() {
    let house = house().await;
    for n in 0..3 {
        house
            .change("User", Body::Create(user(&format!("u{n}"), true)))
            .await;
    }
    let all = LogQuery {
        limit: 100,
        ..LogQuery::default()
    };
    assert_eq!(house.directory.log_entries(&all).await.unwrap().len(), 3);
    let oldest = house
        .directory
        .log_entries(&all)
        .await
        .unwrap()
        .remove(0)
        .at;
    let age = NOW.load(Ordering::Relaxed) - oldest;

    house.directory.prune(age + 1_000).await.unwrap();
    assert_eq!(house.directory.log_entries(&all).await.unwrap().len(), 3);
    NOW.fetch_add(10_000, Ordering::Relaxed);
    house.change("User", Body::Create(user("late", true))).await;
    house.directory.prune(9_000).await.unwrap();
    assert_eq!(house.directory.log_entries(&all).await.unwrap().len(), 1);
}

//! The store on both databases: what SQL finds is what the filter means, and the tables go up
//! and down with data in them.

use std::collections::HashMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::*;
use crate::scim::admit::admit;
use crate::scim::filter::{Filter, Scope, Unknown};
use crate::scim::list::SortOrder;
use crate::scim::path::AttrPath;
use crate::scim::render::{self, BaseUrl};
use crate::scim::schema::ResourceType;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// A database that is there for one test.
struct Fresh {
    url: String,
    _folder: tempfile::TempDir,
}

fn sqlite() -> Fresh {
    let folder = tempfile::tempdir().unwrap();
    Fresh {
        url: format!("sqlite:{}", folder.path().join("test.db").display()),
        _folder: folder,
    }
}

async fn postgres() -> Fresh {
    use sqlx::{Connection as _, Executor as _};
    let server = std::env::var("VESTIBULE_TEST_POSTGRES")
        .expect("VESTIBULE_TEST_POSTGRES is not set: run ./test, which starts a PostgreSQL");
    let name = format!("store_{}", Uuid::new_v4().simple());
    let mut admin = sqlx::PgConnection::connect(&server).await.unwrap();
    admin
        .execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .await
        .unwrap();
    let (place, _) = server.rsplit_once('/').unwrap();
    Fresh {
        url: format!("{place}/{name}"),
        _folder: tempfile::tempdir().unwrap(),
    }
}

fn registry() -> &'static Registry {
    Registry::load(&[]).unwrap()
}

fn kind(name: &str) -> &'static ResourceType {
    registry().by_name(name).unwrap()
}

fn base() -> BaseUrl {
    BaseUrl("http://x/scim/v2".into())
}

async fn organization(store: &Store) -> i64 {
    let slug = format!("o{}", Uuid::new_v4().simple());
    let made = store.write(move |tx| {
        let slug = slug.clone();
        Box::pin(async move { tx.insert_organization(&slug, 0).await })
    });
    made.await.unwrap().pk
}

async fn insert(
    store: &Store,
    organization: i64,
    name: &str,
    body: Value,
    now: i64,
) -> Result<Stored, StoreError> {
    let kind = store.registry.by_name(name).unwrap();
    let attributes = admit(kind, body).unwrap().attributes;
    store
        .write(move |tx| {
            let attributes = attributes.clone();
            Box::pin(async move {
                tx.insert_resource(organization, kind, Uuid::now_v7(), &attributes, now)
                    .await
            })
        })
        .await
}

/// Users over few words, so that filters over the same words find some of them.
fn some_users() -> Vec<Value> {
    let words = ["ann", "Ben", "ÉVA", "eva\u{301}", "a_c", "100%", "zoë", ""];
    let word = |n: usize| words[n % words.len()];
    (0..60)
        .map(|n| {
            let mut user = json!({ "schemas": [USER, ENTERPRISE], "userName": format!("{}{n}", word(n)) });
            let mut set = |name: &str, value: Value| {
                user[name] = value;
            };
            if n % 3 > 0 {
                set("displayName", json!(word(n / 2)));
            }
            if n % 4 > 0 {
                set("active", json!(n % 4 == 1));
            }
            if n % 5 > 1 {
                set("title", json!(word(n / 3)));
            }
            if n % 2 > 0 {
                set("externalId", json!(format!("X{}", n % 7)));
            }
            if n % 3 > 1 {
                set("name", json!({ "familyName": word(n), "givenName": word(n / 5) }));
            }
            if n % 7 > 0 {
                let mut emails = vec![json!({ "value": format!("{}@x", word(n)), "type": "work" })];
                if n % 7 > 3 {
                    emails.push(json!({ "value": format!("{}@y", word(n / 2)), "type": "home", "primary": true }));
                }
                set("emails", json!(emails));
            }
            if n % 6 > 2 {
                set(ENTERPRISE, json!({ "department": word(n), "employeeNumber": format!("{}", n % 9) }));
            }
            user
        })
        .collect()
}

/// A store with users and nested groups, and what a filter is to find them by.
async fn filled(url: &str) -> (Store, i64, Vec<(Uuid, Map<String, Value>)>, Vec<Uuid>) {
    let store = Store::open(url, registry()).await.unwrap();
    let organization = organization(&store).await;
    let mut users = Vec::new();
    for (n, user) in some_users().into_iter().enumerate() {
        users.push(
            insert(
                &store,
                organization,
                "User",
                user,
                1_000_000 * i64::try_from(n).unwrap(),
            )
            .await
            .unwrap(),
        );
    }
    let mut groups = Vec::new();
    for n in 0..3 {
        let group = json!({ "schemas": [GROUP], "displayName": format!("group {n}") });
        groups.push(
            insert(&store, organization, "Group", group, 0)
                .await
                .unwrap(),
        );
    }
    let ids = |stored: &[Stored]| {
        stored
            .iter()
            .map(|stored| stored.resource.id)
            .collect::<Vec<_>>()
    };
    let (user_ids, group_ids) = (ids(&users), ids(&groups));
    // 0 holds 1, 1 holds 2, 2 holds 0: a circle
    for (n, group) in groups.iter().enumerate() {
        let mut members: Vec<Uuid> = user_ids.iter().skip(n).step_by(5 + n).copied().collect();
        members.push(group_ids[(n + 1) % 3]);
        let group = group.clone();
        let edit = store.write(move |tx| {
            let (group, members) = (group.clone(), members.clone());
            Box::pin(async move { tx.add_members(organization, &group, &members).await })
        });
        edit.await.unwrap().unwrap();
    }
    let mut reader = store.read().await.unwrap();
    let memberships = reader
        .memberships(&users.iter().collect::<Vec<_>>())
        .await
        .unwrap();
    let resources = users.iter().zip(&memberships).map(|(user, of)| {
        let groups = render::groups(of, kind("Group"), &base());
        let derived = groups
            .as_array()
            .filter(|groups| !groups.is_empty())
            .map(|_| ("groups", groups.clone()));
        (
            user.resource.id,
            render::attributes(kind("User"), &user.resource, derived, &base()).unwrap(),
        )
    });
    let resources = resources.collect();
    drop(reader);
    (store, organization, resources, group_ids)
}

fn filters(groups: Vec<Uuid>, users: Vec<Uuid>) -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "ann",
        "BEN",
        "éva",
        "eva\u{301}",
        "a_",
        "0%",
        "Zoë",
        "e",
        "",
        "work",
        "HOME",
        "x",
        "X3",
        "5",
        "ann0",
        "\u{10ffff}",
    ]);
    let text_op = prop::sample::select(vec!["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]);
    let text_path = prop::sample::select(vec![
        "userName".to_owned(),
        "displayName".into(),
        "title".into(),
        "externalId".into(),
        "name.familyName".into(),
        "name.givenName".into(),
        "emails.value".into(),
        "emails.type".into(),
        "emails".into(),
        format!("{ENTERPRISE}:employeeNumber"),
        format!("{ENTERPRISE}:department"),
        "meta.version".into(),
        "meta.location".into(),
        "groups.display".into(),
        "id".into(),
    ]);
    let present = prop::sample::select(vec![
        "displayName",
        "title",
        "emails",
        "emails.value",
        "active",
        "groups",
        "groups.value",
        "meta",
        "id",
        "name",
        "externalId",
        "phoneNumbers.value",
    ]);
    let text = (text_path, text_op.clone(), word.clone())
        .prop_map(|(path, op, word)| format!("{path} {op} {}", json!(word)));
    let inner = (
        prop::sample::select(vec!["type", "value", "display"]),
        text_op,
        word,
    )
        .prop_map(|(sub, op, word)| format!("{sub} {op} {}", json!(word)));
    let element = prop_oneof![
        inner.clone(),
        (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} and {b}")),
        (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} or {b}")),
        inner.prop_map(|a| format!("primary eq true and not ({a})")),
    ];
    let leaf = prop_oneof![
        text,
        present.prop_map(|path| format!("{path} pr")),
        any::<bool>().prop_map(|active| format!("active eq {active}")),
        element.prop_map(|inner| format!("emails[{inner}]")),
        prop::sample::select(groups).prop_map(|id| format!("groups.value eq \"{id}\"")),
        prop::sample::select(users).prop_map(|id| format!("id eq \"{id}\"")),
        (
            prop::sample::select(vec!["gt", "ge", "lt", "le", "eq", "ne"]),
            0..60_i64
        )
            .prop_map(|(op, n)| format!(
                "meta.created {op} {}",
                json!(render::timestamp(n * 1_000_000))
            )),
        prop::sample::select(vec!["User", "Group"])
            .prop_map(|name| format!("meta.resourceType eq \"{name}\"")),
    ];
    leaf.prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) and ({b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) or ({b})")),
            inner.prop_map(|a| format!("not ({a})")),
        ]
    })
}

/// Every filter finds by SQL what it means, in any order, page by page.
async fn sql_is_what_filters_mean(url: String) {
    let (store, organization, resources, groups) = filled(&url).await;
    let runtime = tokio::runtime::Handle::current();
    tokio::task::spawn_blocking(move || {
        let cases = filters(groups, resources.iter().map(|(id, _)| *id).collect());
        let sort = prop::sample::select(vec![
            None,
            Some("userName"),
            Some("displayName"),
            Some("emails"),
            Some("title"),
            Some("meta.lastModified"),
            Some("phoneNumbers.value"),
        ]);
        let mut runner = TestRunner::new(Config {
            cases: 400,
            failure_persistence: None,
            ..Config::default()
        });
        let run = runner.run(
            &(cases, sort, any::<bool>(), 1..40_u64),
            |(text, sort, descending, count)| {
                let filter = Filter::parse(&text)
                    .and_then(|filter| {
                        filter.resolve(Scope::Resource(kind("User")), Unknown::Refuse)
                    })
                    .map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
                let order = if descending {
                    SortOrder::Descending
                } else {
                    SortOrder::Ascending
                };
                let sort = sort.map(|path| {
                    (
                        kind("User")
                            .resolve(&AttrPath::parse(path).unwrap())
                            .unwrap(),
                        order,
                    )
                });
                let mut expected: Vec<(String, usize, Uuid)> = resources
                    .iter()
                    .enumerate()
                    .filter(|(_, (_, resource))| filter.matches(resource))
                    .map(|(n, (id, resource))| {
                        (
                            sort.map(|(path, _)| list::sort_key(&path, resource))
                                .unwrap_or_default(),
                            n,
                            *id,
                        )
                    })
                    .collect();
                expected.sort();
                if descending && sort.is_some() {
                    expected.reverse();
                }
                let expected: Vec<Uuid> = expected.into_iter().map(|(.., id)| id).collect();
                let found = runtime.block_on(all_pages(&store, organization, &filter, sort, count));
                prop_assert_eq!(found, expected, "{}", text);
                Ok(())
            },
        );
        run.unwrap();
    })
    .await
    .unwrap();
}

async fn all_pages(
    store: &Store,
    organization: i64,
    filter: &crate::scim::filter::ResolvedFilter,
    sort: Option<(crate::scim::path::ResolvedPath, SortOrder)>,
    count: u64,
) -> Vec<Uuid> {
    let (base, mut place, mut found) = (base(), None, Vec::new());
    loop {
        let request = ListRequest {
            organization,
            kind: kind("User"),
            filter: Some(filter),
            sort,
            position: Position::After(place),
            count,
            in_groups: false,
            base: &base,
        };
        let page = store.read().await.unwrap().list(&request).await.unwrap();
        found.extend(page.resources.iter().map(|stored| stored.resource.id));
        if page.next.is_none() {
            assert_eq!(page.total, found.len() as u64);
            return found;
        }
        place = page.next;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sql_is_what_filters_mean_on_sqlite() {
    let fresh = sqlite();
    sql_is_what_filters_mean(fresh.url.clone()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sql_is_what_filters_mean_on_postgres() {
    let fresh = postgres().await;
    sql_is_what_filters_mean(fresh.url.clone()).await;
}

/// The tables go down and up again with data in them, and then take data as before.
async fn tables_go_down_and_up(url: &str) {
    let (store, ..) = filled(url).await;
    drop(store);
    Store::migrate_down(url, 1).await.unwrap();
    let (store, organization, resources, _) = filled(url).await;
    let request = ListRequest {
        organization,
        kind: kind("User"),
        filter: None,
        sort: None,
        position: Position::Skip(0),
        count: 0,
        in_groups: false,
        base: &base(),
    };
    assert_eq!(
        store
            .read()
            .await
            .unwrap()
            .list(&request)
            .await
            .unwrap()
            .total,
        resources.len() as u64
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_go_down_and_up_on_sqlite() {
    tables_go_down_and_up(&sqlite().url).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_go_down_and_up_on_postgres() {
    tables_go_down_and_up(&postgres().await.url).await;
}

/// A path that an operator lets index finds what was stored before.
async fn a_new_index_is_filled(url: &str) {
    let (store, organization, resources, _) = filled(url).await;
    drop(store);
    let more =
        json!({ "id": "User", "urn:vestibule:scim:schemas:1.0:Storage": { "indexed": ["title"] } });
    let registry = Registry::load(&[("more.json".into(), more.to_string())]).unwrap();
    let store = Store::open(url, registry).await.unwrap();
    let user = registry.by_name("User").unwrap();
    let filter = Filter::parse("title sw \"a\"")
        .unwrap()
        .resolve(Scope::Resource(user), Unknown::Refuse)
        .unwrap();
    let expected = resources
        .iter()
        .filter(|(_, resource)| filter.matches(resource))
        .count();
    let mut reader = store.read().await.unwrap();
    assert!(reader.condition(organization, user, &filter).exact);
    let sort = Some((
        user.resolve(&AttrPath::parse("title").unwrap()).unwrap(),
        SortOrder::Ascending,
    ));
    let base = base();
    let request = ListRequest {
        organization,
        kind: user,
        filter: Some(&filter),
        sort,
        position: Position::Skip(0),
        count: 100,
        in_groups: false,
        base: &base,
    };
    assert_eq!(
        reader.list(&request).await.unwrap().resources.len(),
        expected
    );
    let all = ListRequest {
        filter: None,
        ..request
    };
    assert_eq!(
        reader.list(&all).await.unwrap().resources.len(),
        resources.len()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_index_is_filled_on_sqlite() {
    a_new_index_is_filled(&sqlite().url).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_index_is_filled_on_postgres() {
    a_new_index_is_filled(&postgres().await.url).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_fails_in_a_group_fails_alone() {
    let fresh = sqlite();
    let store = Store::open(&fresh.url, registry()).await.unwrap();
    let organization = organization(&store).await;
    let user = |n: usize| json!({ "schemas": [USER], "userName": format!("u{}", n % 40) });
    let inserts = (0..80).map(|n| {
        let store = store.clone();
        tokio::spawn(async move {
            insert(&store, organization, "User", user(n), 0)
                .await
                .is_ok()
        })
    });
    let done: Vec<bool> = futures_util::future::join_all(inserts)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert_eq!(done.iter().filter(|ok| **ok).count(), 40);
    let by_name: HashMap<usize, usize> =
        (0..80).filter(|n| done[*n]).map(|n| (n % 40, n)).collect();
    assert_eq!(by_name.len(), 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_transaction_nothing_is_written() {
    let fresh = sqlite();
    let store = Store::open(&fresh.url, registry()).await.unwrap();
    let organization = organization(&store).await;
    let path = fresh.url.strip_prefix("sqlite:").unwrap();
    let other = rusqlite::Connection::open(path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let user = json!({ "schemas": [USER], "userName": "ghost" });
    let refused = insert(&store, organization, "User", user.clone(), 0).await;
    assert!(
        matches!(refused, Err(StoreError::Unavailable(_))),
        "{refused:?}"
    );
    other.execute_batch("ROLLBACK").unwrap();
    insert(&store, organization, "User", user, 0).await.unwrap();
}

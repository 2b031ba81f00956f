//! Values far longer than anybody's name: kept whole, or refused by the attribute's name.
//!
//! # Why
//! A database's index takes a few kilobytes, and compresses what it can: the text here cannot be
//! compressed, so that a value which does not fit is found.

use serde_json::{Value, json};

use crate::support::{Answer, ENTERPRISE, TestServer, at_group, at_user, group, search, user};

const USERS: &str = "/scim/v2/Users";
const LENGTHS: [usize; 4] = [1_500, 3_000, 9_000, 300_000];

/// Text without a pattern, from a linear congruence.
fn noise(length: usize, seed: u64) -> String {
    let letters = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..length)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            char::from(letters[usize::try_from(state >> 58).unwrap()])
        })
        .collect()
}

/// Asserts that a long value was kept, or refused in words that name the attribute.
#[track_caller]
fn is_kept_or_refused(answer: &Answer, attribute: &str, length: usize) -> bool {
    if (200..300).contains(&answer.status) {
        return true;
    }
    answer.refused(400);
    let last = attribute.rsplit(['.', ':']).next().unwrap();
    assert!(
        answer.body["detail"]
            .as_str()
            .is_some_and(|it| it.contains(last)),
        "{attribute} of {length}: {}",
        answer.text
    );
    false
}

/// Users with one long value each; the attribute's path comes first.
fn users(value: &str) -> Vec<(&'static str, Value)> {
    let simple = [
        "externalId",
        "displayName",
        "nickName",
        "profileUrl",
        "title",
        "userType",
        "preferredLanguage",
        "locale",
        "timezone",
        "password",
    ];
    let complex = [
        ("name.formatted", json!({ "name": { "formatted": value } })),
        (
            "name.familyName",
            json!({ "name": { "familyName": value } }),
        ),
        ("emails.value", json!({ "emails": [{ "value": value }] })),
        (
            "emails.type",
            json!({ "emails": [{ "value": "a@b.test", "type": value }] }),
        ),
        (
            "phoneNumbers.value",
            json!({ "phoneNumbers": [{ "value": value }] }),
        ),
        ("ims.value", json!({ "ims": [{ "value": value }] })),
        ("photos.value", json!({ "photos": [{ "value": value }] })),
        (
            "addresses.formatted",
            json!({ "addresses": [{ "formatted": value }] }),
        ),
        (
            "entitlements.value",
            json!({ "entitlements": [{ "value": value }] }),
        ),
        ("roles.value", json!({ "roles": [{ "value": value }] })),
        (
            "x509Certificates.value",
            json!({ "x509Certificates": [{ "value": value }] }),
        ),
        (
            "employeeNumber",
            json!({ ENTERPRISE: { "employeeNumber": value } }),
        ),
        ("department", json!({ ENTERPRISE: { "department": value } })),
        (
            "manager.value",
            json!({ ENTERPRISE: { "manager": { "value": value } } }),
        ),
    ];
    let mut users = vec![("userName", json!({ "userName": value }))];
    users.extend(simple.map(|it| (it, json!({ it: value }))));
    users.extend(complex);
    users
}

on_each_database! {
    async fn a_long_value_is_kept_or_refused_wherever_it_stands(server: TestServer) {
        for length in LENGTHS {
            for (n, (attribute, more)) in users(&noise(length, 7)).into_iter().enumerate() {
                let mut body = user(&format!("user{length}-{n}"));
                body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
                let answer = server.post(USERS, body).await;
                if is_kept_or_refused(&answer, attribute, length) {
                    let read = server.read(&at_user(answer.id())).await;
                    let (name, value) = more.as_object().unwrap().iter().next().unwrap();
                    assert!(name == "password" || name == ENTERPRISE || read[name].to_string().contains(value.as_str().unwrap_or_default()), "{attribute} of {length} came back otherwise");
                }
            }
        }
    }

    async fn a_change_to_a_long_value_is_kept_or_refused(server: TestServer) {
        let path = at_user(&server.create_user("ada").await);
        let staff = at_group(&server.create_group("Staff", &[]).await);
        for length in LENGTHS {
            let value = noise(length, 11);
            for attribute in ["externalId", "title", "name.givenName", "emails[type eq \"work\"].value", "userName"] {
                let edit = server.edit(&path, json!([{ "op": "add", "path": attribute, "value": value }])).await;
                is_kept_or_refused(&edit, attribute.split('[').next().unwrap(), length);
            }
            for attribute in ["displayName", "externalId"] {
                let edit = server.edit(&staff, json!([{ "op": "replace", "path": attribute, "value": value }])).await;
                is_kept_or_refused(&edit, attribute, length);
            }
            is_kept_or_refused(&server.post("/scim/v2/Groups", group(&noise(length, 13), &[])).await, "displayName", length);
            let member = server.edit(&staff, json!([{ "op": "add", "path": "members", "value": [{ "value": value }] }])).await;
            member.refused(400);
        }
    }

    async fn a_long_name_is_unique_and_found(server: TestServer) {
        for length in [1_500, 3_000, 8_000] {
            let name = noise(length, 17);
            let (mut end, last) = (name.clone(), name.chars().last().unwrap());
            end.pop();
            end.push(if last == 'a' { 'b' } else { 'a' });
            if !is_kept_or_refused(&server.post(USERS, user(&name)).await, "userName", length) {
                continue;
            }
            server.post(USERS, user(&name.to_uppercase())).await.refused_as(409, "uniqueness");
            // Another name that differs in its last letter alone is another name.
            server.post(USERS, user(&end)).await.is(201);
            let find = async |name: &str| server.post("/scim/v2/Users/.search", search(json!({ "filter": format!("userName eq \"{name}\"") }))).await.is(200);
            let found = find(&name).await;
            assert_eq!(found.each("userName"), [json!(name)]);
            assert_eq!(find(&end).await.each("userName"), [json!(end)]);
        }
    }
}

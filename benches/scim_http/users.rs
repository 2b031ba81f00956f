//! Users: loading, finding, listing and changing them.

use std::cell::RefCell;

use serde_json::{Value, json};

use super::connection::{Answer, Request, encoded};
use super::disk;
use super::load::{Dice, Load};
use super::suite::{Suite, bulk};
use super::table::Fact;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// Users in one Bulk of the load.
const BATCH: usize = 500;
/// The number of users at which growth is measured first.
const SMALL: usize = 10_000;

/// Returns user `n` of a series as a provider creates it.
pub(crate) fn user(series: &str, n: usize) -> Value {
    json!({
        "schemas": [USER, ENTERPRISE],
        "userName": format!("{series}.{n}@example.com"),
        "externalId": format!("ext-{series}-{n}"),
        "displayName": format!("Bench User {n}"),
        "name": {
            "givenName": format!("Given{n}"),
            "familyName": format!("Family{}", n % 997),
            "formatted": format!("Given{n} Family{}", n % 997),
        },
        "title": format!("Title {}", n % 100),
        "active": true,
        "emails": [
            { "value": format!("{series}.{n}@example.com"), "type": "work", "primary": true },
            { "value": format!("home.{series}.{n}@example.net"), "type": "home" },
        ],
        "phoneNumbers": [{ "value": format!("tel:+1-201-555-{:04}", n % 10_000), "type": "work" }],
        ENTERPRISE: {
            "employeeNumber": n.to_string(),
            "department": format!("Dept {}", n % 50),
            "costCenter": "4130",
        },
    })
}

/// Returns the operation of a Bulk that creates a user.
fn creation(series: &str, n: usize) -> Value {
    json!({ "method": "POST", "path": "/Users", "bulkId": format!("b{n}"), "data": user(series, n) })
}

/// Returns the ids of what a Bulk created, or what went wrong.
fn created(answer: &Answer) -> Result<Vec<String>, String> {
    answer.is(&[200])?;
    let body = answer.json();
    let operations = body["Operations"].as_array().map_or(&[][..], Vec::as_slice);
    let id = |operation: &Value| {
        let location = operation["location"]
            .as_str()
            .filter(|_| operation["status"] == "201")?;
        location.rsplit('/').next().map(str::to_owned)
    };
    let ids = operations
        .iter()
        .map(|operation| id(operation).ok_or_else(|| operation.to_string()));
    ids.collect()
}

impl Suite {
    /// Loads users until there are `count`, by Bulk.
    pub(crate) async fn load_users(&mut self, count: usize) {
        let first = self.users.len();
        let batches = count.saturating_sub(first).div_ceil(BATCH);
        let of = |batch: usize| first + batch * BATCH..(first + (batch + 1) * BATCH).min(count);
        let ids = RefCell::new(vec![Vec::new(); batches]);
        let load = Load::new(|n, _| {
            let operations: Vec<Value> = of(n).map(|n| creation("load", n)).collect();
            Request::send("POST", "/Bulk", &bulk(&operations))
        });
        let load = load.exactly(batches).connections(2).check(|n, answer| {
            let created = created(answer)?;
            ids.borrow_mut()[n] = created;
            Ok(())
        });
        let measured = self.send(load).await;
        self.users.extend(ids.into_inner().into_iter().flatten());
        assert!(
            self.users.len() == count,
            "{} of {count} users: {:?}",
            self.users.len(),
            measured.first_wrong
        );
        let loaded = Fact::loaded(count - first, measured.seconds);
        self.note_write(&format!("load-to-{count}"), measured);
        self.report.fact(loaded);
    }

    /// Measures lookups at 10,000 users and at as many as the settings say.
    pub(crate) async fn grow(&mut self) {
        let users = self.settings.users;
        self.load_users(SMALL.min(users)).await;
        self.look_up().await;
        self.page().await;
        self.note_memory("memory, 10,000 users");
        self.report.begin_growth();
        self.load_users(users).await;
        disk::settle(self.folder.path());
        self.look_up().await;
        self.page().await;
        self.note_memory("memory, all users");
    }

    async fn find(&mut self, name: &str, filter: impl Fn(usize) -> String) {
        if !self.wants(name) {
            return;
        }
        let count = self.users.len();
        let load = Load::new(|_, dice| Request::find("/Users", &filter(dice.roll(count)), ""))
            .check(|_, answer| answer.has_total(1));
        let measured = self.send(load).await;
        self.note_read(name, measured);
    }

    /// Measures how single users are found.
    pub(crate) async fn look_up(&mut self) {
        if self.wants("get-user") {
            let load =
                Load::new(|_, dice| Request::get(format!("/Users/{}", any(&self.users, dice))))
                    .check(|_, answer| answer.is(&[200]));
            let measured = self.send(load).await;
            self.note_read("get-user", measured);
        }
        self.find("find-user-name", |n| {
            format!(r#"userName eq "load.{n}@example.com""#)
        })
        .await;
        self.find("find-user-name-other-case", |n| {
            format!(r#"userName eq "LOAD.{n}@EXAMPLE.com""#)
        })
        .await;
        self.find("find-external-id", |n| {
            format!(r#"externalId eq "ext-load-{n}""#)
        })
        .await;
        self.find("find-email", |n| {
            format!(r#"emails.value eq "home.load.{n}@example.net""#)
        })
        .await;
        self.find("find-email-other-case", |n| {
            format!(r#"emails.value eq "Home.Load.{n}@Example.Net""#)
        })
        .await;
        self.find("find-email-of-type", |n| {
            format!(r#"emails[type eq "work" and value eq "load.{n}@example.com"]"#)
        })
        .await;
        self.find("find-and-or-not", |n| {
            format!(
                r#"(name.givenName eq "Given{n}" or userName eq "nobody") and not (active eq false) and emails.value eq "home.load.{n}@example.net""#
            )
        })
        .await;
    }

    /// Measures pages of 100 users.
    pub(crate) async fn page(&mut self) {
        let total = self.users.len();
        if total < 200 {
            return;
        }
        let deep = total - 100;
        let cursor = self.deep_cursor().await;
        let pages = [
            ("page-first", "startIndex=1&count=100".to_owned()),
            ("page-deep-index", format!("startIndex={deep}&count=100")),
            (
                "page-deep-cursor",
                format!("cursor={}&count=100", encoded(&cursor)),
            ),
            (
                "page-sorted",
                "sortBy=userName&sortOrder=descending&count=100".to_owned(),
            ),
            (
                "page-attributes",
                "attributes=userName&count=100".to_owned(),
            ),
        ];
        for (name, parameters) in pages {
            if !self.wants(name) {
                continue;
            }
            let load = Load::new(|_, _| Request::get(format!("/Users?{parameters}")))
                .check(|_, answer| is_page(name, answer, total));
            let measured = self.send(load).await;
            self.note_read(name, measured);
        }
        self.page_by_title().await;
    }

    /// An attribute without an index: the server looks at each user.
    async fn page_by_title(&mut self) {
        let name = "page-title-eq";
        let total = self.users.len();
        if !self.wants(name) || total > 50_000 {
            return;
        }
        let load = Load::new(|n, _| {
            let filter = format!(r#"title eq "Title {}""#, n % 100);
            Request::find("/Users", &filter, "&count=100")
        });
        let load = load.check(|n, answer| answer.has_total((total + 99 - n % 100) / 100));
        let measured = self.send(load).await;
        self.note_read(name, measured);
    }

    /// Walks to a cursor behind nine tenths of the users.
    async fn deep_cursor(&self) -> String {
        let (mut cursor, mut passed) = (String::new(), 0);
        while passed + 1_000 < self.users.len() {
            let page = self
                .ask(Request::get(format!(
                    "/Users?attributes=id&count=1000&cursor={}",
                    encoded(&cursor)
                )))
                .await;
            let page = page.json();
            page["nextCursor"]
                .as_str()
                .expect("there are more pages")
                .clone_into(&mut cursor);
            passed += 1_000;
        }
        cursor
    }

    /// Measures creating, replacing, patching and deleting users.
    pub(crate) async fn change_users(&mut self) {
        let ids = RefCell::new(Vec::new());
        if self.wants("post-user") {
            let load = Load::new(|n, _| Request::send("POST", "/Users", &user("post", n))).check(
                |_, answer| {
                    answer.is(&[201])?;
                    let id = answer.json()["id"].as_str().map(str::to_owned);
                    ids.borrow_mut().push(id.ok_or("no id")?);
                    Ok(())
                },
            );
            let measured = self.send(load).await;
            self.note_write("post-user", measured);
        }
        let count = self.users.len();
        if self.wants("put-user") {
            let load = Load::new(|n, _| {
                let mut body = user("load", n % count);
                body["nickName"] = json!(format!("n{n}"));
                Request::send("PUT", format!("/Users/{}", self.users[n % count]), &body)
            });
            let measured = self.send(load).await;
            self.note_write("put-user", measured);
        }
        self.patch_users("patch-user", |n| {
            json!([
                { "op": "replace", "path": "displayName", "value": format!("New {n}") },
                { "op": "replace", "path": "active", "value": n % 2 == 1 },
            ])
        })
        .await;
        self.patch_users("patch-email", |n| {
            json!([{ "op": "replace", "path": r#"emails[type eq "home"].value"#, "value": format!("new.{n}@example.net") }])
        }).await;
        self.check_patch().await;
        let ids = ids.into_inner();
        if self.wants("delete-user") && !ids.is_empty() {
            let load = Load::new(|n, _| Request::delete(format!("/Users/{}", ids[n])))
                .check(|_, answer| answer.is(&[204]))
                .at_most(ids.len());
            let measured = self.send(load).await;
            self.note_write("delete-user", measured);
        }
    }

    async fn patch_users(&mut self, name: &str, operations: impl Fn(usize) -> Value) {
        if !self.wants(name) {
            return;
        }
        let count = self.users.len();
        let load = Load::new(|n, _| {
            Request::patch(format!("/Users/{}", self.users[n % count]), operations(n))
        });
        let measured = self.send(load).await;
        self.note_write(name, measured);
    }

    /// A PATCH that was answered must have happened.
    async fn check_patch(&self) {
        let path = format!("/Users/{}", self.users[0]);
        let operations = json!([{ "op": "replace", "path": "displayName", "value": "Checked" }]);
        self.ask(Request::patch(&path, operations)).await;
        let read = self.ask(Request::get(&path)).await.json();
        assert_eq!(
            read["displayName"], "Checked",
            "a PATCH that was answered did nothing"
        );
    }

    /// Measures Bulk requests of 50 creations.
    pub(crate) async fn bulk_users(&mut self) {
        if !self.wants("bulk-50") {
            return;
        }
        let load = Load::new(|n, _| {
            let operations: Vec<Value> = (n * 50..(n + 1) * 50)
                .map(|n| creation("bulk", n))
                .collect();
            Request::send("POST", "/Bulk", &bulk(&operations))
        });
        let load = load
            .connections(4)
            .check(|_, answer| match created(answer)?.len() {
                50 => Ok(()),
                other => Err(format!("{other} of 50 created")),
            });
        let measured = self.send(load).await;
        self.note_write("bulk-50", measured);
    }
}

fn any<'a>(ids: &'a [String], dice: &mut Dice) -> &'a str {
    &ids[dice.roll(ids.len())]
}

/// Fails unless the answer is the page of 100 that its name says.
fn is_page(name: &str, answer: &Answer, total: usize) -> Result<(), String> {
    answer.has_total(total)?;
    let body = answer.json();
    let resources = body["Resources"].as_array().map_or(&[][..], Vec::as_slice);
    let names: Vec<_> = resources.iter().map(|it| it["userName"].as_str()).collect();
    let is_right = match name {
        "page-sorted" => names.is_sorted_by(|a, b| a >= b),
        "page-attributes" => resources.iter().all(|it| it.get("emails").is_none()),
        _ => resources.iter().all(|it| it["emails"].is_array()),
    };
    if names.len() == 100 && is_right && names.iter().all(Option::is_some) {
        Ok(())
    } else {
        Err(format!("{} resources: {}", names.len(), answer.brief()))
    }
}

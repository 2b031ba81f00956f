//! Groups: many small ones, and a big one whose members change alone and at the same time.

use serde_json::{Value, json};

use super::connection::Request;
use super::load::Load;
use super::suite::Suite;
use super::table::Fact;

const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// How many small groups.
const GROUPS: usize = 300;
/// Members in one PATCH while a big group is filled.
const BATCH: usize = 500;
/// Members of the very big group, where so many users are loaded.
const VERY_BIG: usize = 100_000;

fn group(name: &str) -> Value {
    json!({ "schemas": [GROUP], "displayName": name, "externalId": name })
}

impl Suite {
    /// Measures changes of groups, then Bulk.
    pub(crate) async fn change_groups(&mut self) {
        self.change_small_groups().await;
        let members = self.settings.members.min(self.users.len());
        self.change_big_group(members, "").await;
        if self.users.len() >= VERY_BIG && members < VERY_BIG {
            self.change_big_group(VERY_BIG, "-100000").await;
        }
        self.bulk_users().await;
    }

    async fn change_small_groups(&mut self) {
        let names = ["post-group", "add-100-members", "find-group", "page-groups"];
        if !names.iter().any(|name| self.wants(name)) {
            return;
        }
        let create =
            Load::new(|n, _| Request::send("POST", "/Groups", &group(&format!("Group {n}"))));
        let measured = self
            .send(create.exactly(GROUPS).check(|_, answer| answer.is(&[201])))
            .await;
        self.note_write("post-group", measured);
        let page = self
            .ask(Request::get(format!("/Groups?count={GROUPS}")))
            .await
            .json();
        let groups: Vec<String> = page["Resources"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|group| group["id"].as_str().map(str::to_owned))
            .collect();
        assert_eq!(groups.len(), GROUPS);

        if self.wants("add-100-members") {
            let users = &self.users;
            let load = Load::new(|n, _| {
                let members =
                    (0..100).map(|m| json!({ "value": users[(n * 100 + m) % users.len()] }));
                add(&groups[n], members.collect())
            });
            let measured = self.send(load.exactly(GROUPS)).await;
            self.note_write("add-100-members", measured);
            let expected = self.users.len().min(100);
            assert_eq!(
                self.members_of(&groups[0]).await,
                expected,
                "members of a small group"
            );
        }
        if self.wants("find-group") {
            let load = Load::new(|n, _| {
                let filter = format!(r#"displayName eq "Group {}""#, n % GROUPS);
                Request::find("/Groups", &filter, "&excludedAttributes=members")
            });
            let measured = self.send(load.check(|_, answer| answer.has_total(1))).await;
            self.note_read("find-group", measured);
        }
        if self.wants("page-groups") {
            let load =
                Load::new(|_, _| Request::get("/Groups?excludedAttributes=members&count=100"));
            let measured = self
                .send(load.check(|_, answer| answer.has_total(GROUPS)))
                .await;
            self.note_read("page-groups", measured);
        }
    }

    /// Fills a group with so many members, then takes some away and brings them back, one by one.
    async fn change_big_group(&mut self, size: usize, suffix: &str) {
        let name = |name: &str| format!("{name}{suffix}");
        let names = [
            "remove-member",
            "add-member",
            "remove-at-once",
            "get-group",
            "get-group-alone",
            "is-member",
            "get-member",
        ];
        if size < 100 || !names.iter().any(|it| self.wants(&name(it))) {
            return;
        }
        let group = self
            .ask(Request::send(
                "POST",
                "/Groups",
                &group(&format!("Everybody{suffix}")),
            ))
            .await;
        let group = group.json()["id"]
            .as_str()
            .expect("a group has an id")
            .to_owned();
        let members = self.users[..size].to_vec();
        let load = Load::new(|n, _| {
            let batch = members.chunks(BATCH).nth(n).unwrap_or_default();
            add(
                &group,
                batch.iter().map(|id| json!({ "value": id })).collect(),
            )
        });
        let measured = self
            .send(load.exactly(size.div_ceil(BATCH)).connections(1))
            .await;
        self.note_write(&format!("add-500-members{suffix}"), measured);
        assert_eq!(
            self.members_of(&group).await,
            size,
            "members of the big group"
        );

        // a tenth is removed and added again by one connection, the next tenth removed by all
        let tenth = size / 10;
        let remove = |n: usize| {
            let path = format!(r#"members[value eq "{}"]"#, members[n]);
            Request::patch(
                format!("/Groups/{group}"),
                json!([{ "op": "remove", "path": path }]),
            )
        };
        let load = Load::new(|n, _| remove(n)).at_most(tenth).connections(1);
        let measured = self.send(load).await;
        let removed = measured.right();
        self.note_write(&name("remove-member"), measured);
        assert_eq!(
            self.members_of(&group).await,
            size - removed,
            "members after removals"
        );
        let load = Load::new(|n, _| add(&group, vec![json!({ "value": members[n] })]));
        let measured = self.send(load.exactly(removed).connections(1)).await;
        self.note_write(&name("add-member"), measured);
        assert_eq!(
            self.members_of(&group).await,
            size,
            "members after additions"
        );

        let load = Load::new(|n, _| remove(tenth + n)).at_most(tenth);
        let measured = self.send(load).await;
        let removed = measured.right();
        self.note_write(&name("remove-at-once"), measured);
        let lost = self.members_of(&group).await + removed - size;
        self.report.fact(Fact::lost_updates(suffix, lost, removed));

        if self.wants(&name("get-group")) {
            let left = size - removed;
            let load = Load::new(|_, _| Request::get(format!("/Groups/{group}")));
            let load = load.check(|_, answer| {
                // counted in the text: to parse it would take the client longer than the server
                let needle = br#""$ref":"#;
                match answer
                    .body
                    .windows(needle.len())
                    .filter(|it| it == needle)
                    .count()
                {
                    count if count == left => answer.is(&[200]),
                    count => Err(format!("{count} members, not {left}")),
                }
            });
            let measured = self.send(load).await;
            self.note_read(&name("get-group"), measured);
        }
        if self.wants(&name("get-group-alone")) {
            let path = format!("/Groups/{group}?excludedAttributes=members");
            let load =
                Load::new(|_, _| Request::get(&path)).check(|_, answer| match answer.body.len() {
                    0..4_000 => answer.is(&[200]),
                    length => Err(format!("{length} bytes")),
                });
            let measured = self.send(load).await;
            self.note_read(&name("get-group-alone"), measured);
        }
        let rest = &members[2 * tenth..];
        if self.wants(&name("is-member")) {
            let load = Load::new(|_, dice| {
                let member = &rest[dice.roll(rest.len())];
                let filter = format!(r#"id eq "{group}" and members[value eq "{member}"]"#);
                Request::find("/Groups", &filter, "&excludedAttributes=members")
            });
            let measured = self.send(load.check(|_, answer| answer.has_total(1))).await;
            self.note_read(&name("is-member"), measured);
        }
        if self.wants(&name("get-member")) {
            let load = Load::new(|_, dice| {
                Request::get(format!("/Users/{}", rest[dice.roll(rest.len())]))
            });
            let measured = self.send(load).await;
            self.note_read(&name("get-member"), measured);
        }
    }

    async fn members_of(&self, group: &str) -> usize {
        let group = self
            .ask(Request::get(format!("/Groups/{group}")))
            .await
            .json();
        group["members"].as_array().map_or(0, Vec::len)
    }
}

fn add(group: &str, members: Vec<Value>) -> Request {
    let operations = json!([{ "op": "add", "path": "members", "value": members }]);
    Request::patch(format!("/Groups/{group}"), operations)
}

//! Groups and membership (RFC 7643 §4.2).

use serde_json::{Value, json};

use crate::support::{Client, GROUP, TestServer, at_group, at_user, group, strings, user, values};

const GROUPS: &str = "/scim/v2/Groups";

/// Returns what a GET shows of the members, sorted.
async fn members(client: &Client, path: &str) -> Vec<String> {
    values(&client.read(path).await["members"])
}

fn sorted(ids: &[&String]) -> Vec<String> {
    let mut ids: Vec<String> = ids.iter().map(|it| (*it).clone()).collect();
    ids.sort();
    ids
}

on_each_database! {
    async fn a_group_is_created_with_and_without_members(server: TestServer) { // S1 C1 C2
        let ada = server.create_user("ada").await;
        for (n, (members, expected)) in [
            (None, vec![]),
            (Some(json!([])), vec![]),
            (Some(json!(null)), vec![]),
            (Some(json!([{ "value": ada }])), vec![ada.clone()]),
            (Some(json!([{ "value": ada }, { "value": ada }])), vec![ada.clone()]),
        ].into_iter().enumerate() {
            let mut body = json!({ "schemas": [GROUP], "displayName": format!("group{n}") });
            if let Some(members) = members {
                body["members"] = members;
            }
            let answer = server.post(GROUPS, body).await.is(201);
            assert_eq!(values(&answer.body["members"]), expected);
            assert_eq!(answer.body["meta"]["resourceType"], "Group");
            assert_eq!(answer.header("location"), format!("{}/Groups/{}", server.tenant_url(), answer.id()));
            assert_eq!(server.read(&at_group(answer.id())).await, answer.body);
        }
    }

    async fn a_group_needs_a_name(server: TestServer) { // S2
        server.post(GROUPS, json!({ "schemas": [GROUP], "members": [] })).await.refused_as(400, "invalidValue");
        server.post(GROUPS, group("", &[])).await.refused_as(400, "invalidValue");
    }

    async fn members_are_described_as_the_server_knows_them(server: TestServer) { // S3
        let mut body = user("ada");
        body["displayName"] = json!("Ada L.");
        let ada = server.create("/scim/v2/Users", body).await["id"].as_str().unwrap().to_owned();
        let inner = server.create_group("Inner", &[]).await;
        let path = at_group(&server.create_group("Outer", &[&ada, &inner]).await);

        let read = server.read(&path).await;

        let found = |id: &str| read["members"].as_array().unwrap().iter().find(|it| it["value"] == id).unwrap();
        assert_eq!(found(&ada)["$ref"], format!("{}/Users/{ada}", server.tenant_url()));
        assert_eq!(found(&ada)["type"], "User");
        assert!(found(&ada).get("display").is_none_or(|it| it == "Ada L."), "{read}");
        assert_eq!(found(&inner)["$ref"], format!("{}/Groups/{inner}", server.tenant_url()));
        assert_eq!(found(&inner)["type"], "Group");
    }

    async fn members_come_and_go_by_every_form_of_patch(server: TestServer) { // S4 S5 S6 J36 U6 U12
        let ids = server.create_users(&["ada", "bo", "cy"].map(str::to_owned)).await;
        let (ada, bo, cy) = (&ids[0], &ids[1], &ids[2]);
        let path = at_group(&server.create_group("Staff", &[]).await);
        let after = async |operations: Value| {
            server.edit(&path, operations).await.is(204);
            members(&server, &path).await
        };

        let add = |ids: &[&String]| ids.iter().map(|id| json!({ "value": id })).collect::<Vec<_>>();
        assert_eq!(after(json!([{ "op": "add", "path": "members", "value": add(&[ada]) }])).await, sorted(&[ada]));
        assert_eq!(after(json!([{ "op": "add", "path": "members", "value": { "value": bo } }])).await, sorted(&[ada, bo]));
        assert_eq!(after(json!([{ "op": "add", "value": { "members": add(&[bo, cy]) } }])).await, sorted(&[ada, bo, cy]));
        assert_eq!(after(json!([{ "op": "Add", "path": "members", "value": add(&[ada, cy]) }])).await, sorted(&[ada, bo, cy]));
        assert_eq!(after(json!([{ "op": "remove", "path": format!("members[value eq \"{ada}\"]") }])).await, sorted(&[bo, cy]));
        assert_eq!(after(json!([{ "op": "remove", "path": format!("members[value eq \"{ada}\"]") }])).await, sorted(&[bo, cy]));
        assert_eq!(after(json!([{ "op": "Remove", "path": "members", "value": add(&[bo, ada]) }])).await, sorted(&[cy]));
        assert_eq!(after(json!([{ "op": "replace", "path": "members", "value": add(&[ada, bo]) }])).await, sorted(&[ada, bo]));
        assert_eq!(after(json!([{ "op": "replace", "value": { "members": add(&[cy]) } }])).await, sorted(&[cy]));
        assert_eq!(after(json!([
            { "op": "remove", "path": format!("members[value eq \"{cy}\"]") },
            { "op": "add", "path": "members", "value": add(&[ada]) },
        ])).await, sorted(&[ada]));
        assert_eq!(after(json!([{ "op": "remove", "path": "members" }])).await, [""; 0]);
        after(json!([{ "op": "add", "path": "members", "value": add(&[ada]) }])).await;
        assert_eq!(after(json!([{ "op": "replace", "path": "members", "value": [] }])).await, [""; 0]);
    }

    async fn several_members_are_removed_at_once(server: TestServer) { // S7 J41
        let ids = server.create_users(&["ada", "bo", "cy"].map(str::to_owned)).await;
        let path = at_group(&server.create_group("Staff", &[&ids[0], &ids[1], &ids[2]]).await);
        let both = format!("members[value eq \"{}\" or value eq \"{}\"]", ids[0], ids[2]);

        server.edit(&path, json!([{ "op": "remove", "path": both }])).await.is(204);

        assert_eq!(members(&server, &path).await, [ids[1].clone()]);
    }

    async fn members_and_attributes_change_together_or_not_at_all(server: TestServer) { // J4 J5
        let ada = server.create_user("ada").await;
        let path = at_group(&server.create_group("Staff", &[]).await);
        server.create_group("Taken", &[]).await;
        let before = server.read(&path).await;
        let add = json!({ "op": "add", "path": "members", "value": [{ "value": ada }] });

        let taken = json!([add, { "op": "replace", "path": "displayName", "value": "TAKEN" }]);
        server.edit(&path, taken).await.refused_as(409, "uniqueness");
        server.edit(&path, json!([add, { "op": "remove", "path": "displayName" }])).await.refused_as(400, "mutability");
        assert_eq!(server.read(&path).await, before);

        server.edit(&path, json!([add, { "op": "replace", "path": "displayName", "value": "Crew" }])).await.is(204);
        let after = server.read(&path).await;
        assert_eq!((&after["displayName"], values(&after["members"])), (&json!("Crew"), vec![ada]));
    }

    async fn a_user_knows_its_groups(server: TestServer) { // S8
        let ada = server.create_user("ada").await;
        let inner = server.create_group("Inner", &[&ada]).await;
        let outer = server.create_group("Outer", &[&inner]).await;

        let read = server.read(&at_user(&ada)).await;

        let found = |id: &str| read["groups"].as_array().unwrap().iter().find(|it| it["value"] == id);
        let direct = found(&inner).expect("the user is in Inner");
        assert_eq!(direct["type"], "direct");
        assert!(direct.get("display").is_none_or(|it| it == "Inner"), "{direct}");
        assert_eq!(direct["$ref"], format!("{}/Groups/{inner}", server.tenant_url()));
        assert_eq!(found(&outer).expect("the user is in Outer through Inner")["type"], "indirect");
    }

    async fn who_is_looked_up_is_shown_as_who_is_read(server: TestServer) { // S8
        let ids = server.create_users(&["ada", "bo", "cy"].map(str::to_owned)).await;
        let [ada, bo, _] = &ids[..] else { panic!("{ids:?}") };
        let inner = server.create_group("In \"quotes\", \u{2028} and \u{1f600}", &[ada]).await;
        server.create_group("Outer", &[&inner, bo]).await;

        let mut filters = vec!["filter=userName+pr".to_owned(), "sortBy=userName".to_owned()];
        filters.extend(ids.iter().map(|id| format!("filter=id+eq+%22{id}%22")));
        filters.extend(["ada", "bo", "cy"].map(|name| format!("filter=userName+eq+%22{name}%22")));
        for filter in filters {
            let found = server.get(&format!("/scim/v2/Users?{filter}")).await.is(200);
            assert!(found.total() > 0, "{filter}");
            for user in found.resources() {
                let read = server.read(&at_user(user["id"].as_str().unwrap())).await;
                assert_eq!(user, &read, "{filter}");
            }
        }
    }

    async fn members_can_be_left_out(server: TestServer) { // S10 U6
        let ada = server.create_user("ada").await;
        let id = server.create_group("Staff", &[&ada]).await;

        for list in ["?excludedAttributes=members", "?attributes=displayName", "?excludedAttributes=members&filter=displayName+eq+%22staff%22"] {
            let found = server.get(&format!("{GROUPS}{list}")).await.is(200);
            assert_eq!(found.total(), 1, "{list}");
            assert!(found.resources()[0].get("members").is_none(), "{list}: {}", found.text);
        }
        let read = server.read(&format!("{}?excludedAttributes=members", at_group(&id))).await;
        assert!(read.get("members").is_none(), "{read}");
        assert_eq!(read["displayName"], "Staff");
        assert_eq!(values(&server.read(GROUPS).await["Resources"][0]["members"]), [ada]);
    }

    async fn an_unknown_member_is_named_and_refused(server: TestServer) { // S11
        let ada = server.create_user("ada").await;
        let path = at_group(&server.create_group("Staff", &[&ada]).await);
        let before = server.read(&path).await;
        let unknown = "00000000-0000-0000-0000-00000000dead";

        for answer in [
            server.post(GROUPS, group("Other", &[&ada, unknown])).await,
            server.put(&path, group("Staff", &[unknown])).await,
            server.edit(&path, json!([{ "op": "add", "path": "members", "value": [{ "value": unknown }] }])).await,
            server.edit(&path, json!([{ "op": "replace", "path": "members", "value": [{ "value": unknown }] }])).await,
        ] {
            answer.refused_as(400, "invalidValue");
            assert!(answer.body["detail"].as_str().is_some_and(|it| it.contains(unknown)), "{}", answer.text);
        }
        server.post(GROUPS, group("Other", &["no-id-at-all"])).await.refused_as(400, "invalidValue");
        assert_eq!(server.read(&path).await, before);
        assert_eq!(server.get(GROUPS).await.is(200).total(), 1);
        server.edit(&path, json!([{ "op": "remove", "path": format!("members[value eq \"{unknown}\"]") }])).await.is(204);
    }

    async fn groups_may_contain_each_other(server: TestServer) { // S12
        let ada = server.create_user("ada").await;
        let a = server.create_group("A", &[&ada]).await;
        let b = server.create_group("B", &[&a]).await;
        let add = |id: &str| json!([{ "op": "add", "path": "members", "value": [{ "value": id }] }]);

        let circle = server.edit(&at_group(&a), add(&b)).await.one_of(&[204, 400, 409]);
        server.edit(&at_group(&a), add(&a)).await.one_of(&[204, 400, 409]);

        let groups = values(&server.read(&at_user(&ada)).await["groups"]);
        assert_eq!(groups, sorted(&[&a, &b]));
        if circle.status == 204 {
            assert!(members(&server, &at_group(&a)).await.contains(&b));
        }
        server.get(GROUPS).await.is(200);
        server.find("/scim/v2/Users", &format!("groups.value eq \"{a}\"")).await.is(200);
        server.delete(&at_group(&a)).await.is(204);
        assert_eq!(members(&server, &at_group(&b)).await, [""; 0]);
    }

    async fn many_members_change_in_one_request(server: TestServer) { // S13
        let names: Vec<String> = (0..1000).map(|n| format!("user{n}")).collect();
        let ids = server.create_users(&names).await;
        let path = at_group(&server.create_group("Everybody", &[]).await);
        let all: Vec<Value> = ids.iter().map(|id| json!({ "value": id })).collect();

        server.edit(&path, json!([{ "op": "add", "path": "members", "value": all }])).await.is(204);
        assert_eq!(members(&server, &path).await.len(), 1000);

        let fifty: Vec<Value> = ids[..50]
            .iter()
            .map(|id| json!({ "op": "remove", "path": format!("members[value eq \"{id}\"]") }))
            .collect();
        server.edit(&path, fifty.into()).await.is(204);
        assert_eq!(members(&server, &path).await.len(), 950);

        let again: Vec<Value> =
            ids[..50].iter().map(|id| json!({ "op": "add", "path": "members", "value": [{ "value": id }] })).collect();
        server.edit(&path, again.into()).await.is(204);
        assert_eq!(members(&server, &path).await, sorted(&ids.iter().collect::<Vec<_>>()));

        server.put(&path, json!({ "schemas": [GROUP], "displayName": "Everybody", "members": all[..10] })).await.is(200);
        assert_eq!(members(&server, &path).await.len(), 10);
    }

    async fn a_display_name_is_taken_once(server: TestServer) { // S14
        server.create_group("Staff", &[]).await;
        let other = at_group(&server.create_group("Other", &[]).await);

        server.post(GROUPS, group("Staff", &[])).await.refused_as(409, "uniqueness");
        server.post(GROUPS, group("STAFF", &[])).await.refused_as(409, "uniqueness");
        server.put(&other, group("Staff", &[])).await.refused_as(409, "uniqueness");
        server.edit(&other, json!([{ "op": "replace", "path": "displayName", "value": "staff" }])).await.refused_as(409, "uniqueness");
        // A user may be called as a group is.
        server.create_user("Staff").await;
    }

    async fn a_member_keeps_its_identity(server: TestServer) { // E2
        let (ada, bo) = (server.create_user("ada").await, server.create_user("bo").await);
        let path = at_group(&server.create_group("Staff", &[&ada]).await);
        let change = json!([{ "op": "replace", "path": format!("members[value eq \"{ada}\"].value"), "value": bo }]);

        server.strict().edit(&path, change).await.one_of(&[200, 204, 400]);

        let now = members(&server, &path).await;
        assert!(now == [ada] || now == [bo], "{now:?}");
    }

    async fn a_list_of_groups_has_the_members_of_each(server: TestServer) { // S3 S9
        let ids = server.create_users(&["ada", "bo"].map(str::to_owned)).await;
        server.create_group("A", &[&ids[0]]).await;
        server.create_group("B", &[&ids[1]]).await;
        server.create_group("None", &[]).await;

        let listed = server.get(&format!("{GROUPS}?sortBy=displayName")).await.is(200);

        let each: Vec<Vec<String>> = listed.each("members").iter().map(values).collect();
        assert_eq!(each, [vec![ids[0].clone()], vec![ids[1].clone()], vec![]]);
        assert_eq!(strings(&listed.each("displayName").into()), ["A", "B", "None"]);
    }
}

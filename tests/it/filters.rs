//! Filters over HTTP (RFC 7644 §3.4.2.2): what is refused, and what needs the server's own
//! values. What each operator means is compared in `filters_differential.rs`.

use serde_json::{Value, json};

use crate::support::{Client, ENTERPRISE, TestServer, USER, at_user, encode, patch, search, user};

const USERS: &str = "/scim/v2/Users";

async fn user_with(client: &Client, user_name: &str, attributes: Value) -> String {
    let mut body = user(user_name);
    for (name, value) in attributes.as_object().unwrap() {
        body[name] = value.clone();
    }
    client.create(USERS, body).await["id"]
        .as_str()
        .unwrap()
        .to_owned()
}

on_each_database! {
    async fn malformed_filters_are_refused(server: TestServer) { // F7 F22 F23
        server.create_user("ada").await;
        for malformed in [
            "userName",
            "userName eq",
            "eq \"ada\"",
            "userName eq ada",
            "userName eq 'ada'",
            "userName eq \"ada",
            "userName eq ada\"",
            "userName = \"ada\"",
            "userName like \"ada\"",
            "userName eq \"ada\" and",
            "and userName eq \"ada\"",
            "userName eq \"ada\" userName eq \"bo\"",
            "userName eq \"ada\" title pr",
            "userName eq \"ada\" xor title pr",
            "(userName eq \"ada\"",
            "userName eq \"ada\")",
            "()",
            "not userName eq \"ada\"",
            "not (userName eq \"ada\"",
            "not ()",
            "emails[type eq \"work\"",
            "emails[type eq \"work\"]]",
            "emails[]",
            "emails type eq \"work\"]",
            "emails[emails[type eq \"work\"]]",
            "userName pr \"ada\"",
            "userName eq \"a\\x\"",
            "userName eq \"\\u12\"",
            "userName eq [\"ada\"]",
            "userName eq {}",
            "userName eq 01",
            "userName eq 1.",
            "userName eq tru",
            "user Name eq \"ada\"",
            "userName. eq \"ada\"",
            ".userName eq \"ada\"",
            "name..givenName pr",
            "9name pr",
            "userName eq \"ada\";",
            "\"ada\" eq userName",
        ] {
            let answer = server.find(USERS, malformed).await;
            assert_eq!(answer.status, 400, "{malformed}: {}", answer.text);
            answer.refused_as(400, "invalidFilter");
        }
    }

    async fn an_empty_filter_is_refused_or_none(server: TestServer) { // F23
        server.create_user("ada").await;
        for empty in ["", "%20"] {
            let answer = server.get(&format!("{USERS}?filter={empty}")).await.one_of(&[200, 400]);
            assert!(answer.status == 400 || answer.total() == 1, "{}", answer.text);
        }
    }

    async fn an_error_names_what_is_wrong(server: TestServer) { // F23 Q7
        let answer = server.find(USERS, "userName eq \"a\" and title resembles \"b\"").await;

        answer.refused_as(400, "invalidFilter");
        let detail = answer.body["detail"].as_str().unwrap();
        assert!(detail.contains("resembles") || detail.contains(|it: char| it.is_ascii_digit()), "{detail}");
    }

    async fn order_needs_an_ordered_type(server: TestServer) { // F3
        server.create_user("ada").await;
        for operator in ["gt", "ge", "lt", "le"] {
            server.find(USERS, &format!("active {operator} true")).await.refused_as(400, "invalidFilter");
            let binary = format!("x509Certificates.value {operator} \"aGVsbG8=\"");
            server.find(USERS, &binary).await.refused_as(400, "invalidFilter");
        }
    }

    async fn an_unknown_attribute_is_refused_at_a_type_and_false_at_the_root(server: TestServer) { // F24
        server.create_user("ada").await;
        server.create_group("Staff", &[]).await;

        for unknown in ["colour eq \"green\"", "name.colour pr", "emails[colour eq \"green\"]", "userName.colour pr"] {
            server.find(USERS, unknown).await.refused_as(400, "invalidFilter");
        }
        server.find(USERS, &format!("{ENTERPRISE}:colour pr")).await.refused_as(400, "invalidFilter");
        server.find("/scim/v2/Groups", "userName eq \"ada\"").await.refused_as(400, "invalidFilter");
        let root = server.post("/scim/v2/.search", search(json!({ "filter": "userName eq \"ada\"" }))).await.is(200);
        assert_eq!(root.total(), 1);
    }

    async fn depth_length_and_number_are_bounded(server: TestServer) { // F28 F27
        server.create_user("ada").await;
        let nested = |depth: usize| format!("{}title pr{}", "(".repeat(depth), ")".repeat(depth));
        let negated = |depth: usize| format!("{}title pr{}", "not (".repeat(depth), ")".repeat(depth));
        let joined = |number: usize| vec!["title pr"; number].join(" or ");
        let padded = |length: usize| format!("title eq \"{}\"", "x".repeat(length));
        let query = async |filter: String| server.post("/scim/v2/Users/.search", search(json!({ "filter": filter }))).await;

        for fine in [nested(20), negated(12), joined(64), padded(8000)] {
            query(fine).await.is(200);
        }
        for beyond in [nested(33), nested(2000), negated(2000), joined(65), padded(8200), padded(100_000)] {
            query(beyond).await.refused_as_one_of(400, &["invalidFilter", "tooMany"]);
        }
        let answer = server.get(&format!("{USERS}?filter={}", encode(&padded(30_000)))).await;
        answer.one_of(&[400, 414, 431]);
    }

    async fn database_characters_are_literal(server: TestServer) { // F29
        for name in ["a%c", "abc", "a_c", "a*c", "a\\c", "a'c", "a\"c", "a?c", "a$1c"] {
            server.create_user(name).await;
        }

        for name in ["a%c", "a_c", "a*c", "a'c", "a?c", "a$1c"] {
            for operator in ["eq", "co", "sw", "ew"] {
                assert_eq!(server.users_where(&format!("userName {operator} \"{name}\"")).await, [name]);
            }
        }
        assert_eq!(server.users_where("userName co \"\\\\\"").await, ["a\\c"]);
        assert_eq!(server.users_where("userName co \"\\\"\"").await, ["a\"c"]);
        assert_eq!(server.users_where("userName sw \"a%\"").await, ["a%c"]);
        assert_eq!(server.users_where("userName ew \"_c\"").await, ["a_c"]);
    }

    async fn times_are_compared_as_instants(server: TestServer) { // F2 F19
        let id = server.create_user("ada").await;
        let created = server.read(&at_user(&id)).await["meta"]["created"].as_str().unwrap().to_owned();
        assert!(created.ends_with('Z'), "{created}");
        // The same instant, two hours ahead of UTC: a later hour on the clock.
        let hour: u8 = created[11..13].parse().unwrap();
        let elsewhere = match hour {
            0..22 => format!("{}{:02}{}+02:00", &created[..11], hour + 2, created[13..].trim_end_matches('Z')),
            _ => format!("{}{:02}{}-02:00", &created[..11], hour - 2, created[13..].trim_end_matches('Z')),
        };

        for moment in [&created, &elsewhere] {
            for (operator, expected) in [("eq", 1), ("ne", 0), ("ge", 1), ("le", 1), ("gt", 0), ("lt", 0)] {
                let found = server.find(USERS, &format!("meta.created {operator} \"{moment}\"")).await.is(200);
                assert_eq!(found.total(), expected, "meta.created {operator} {moment}");
            }
        }
        assert_eq!(server.users_where("meta.lastModified gt \"2011-05-13T04:42:34Z\"").await, ["ada"]);
        assert_eq!(server.users_where("meta.lastModified lt \"2011-05-13T04:42:34.123-07:00\"").await, [""; 0]);
        server.find(USERS, "meta.created gt \"yesterday\"").await.refused_as(400, "invalidFilter");
    }

    async fn meta_and_id_can_be_searched(server: TestServer) { // F19 F20
        let id = server.create_user("ada").await;
        server.create_user("bo").await;
        let location = server.read(&at_user(&id)).await["meta"]["location"].as_str().unwrap().to_owned();

        assert_eq!(server.users_where(&format!("id eq \"{id}\"")).await, ["ada"]);
        assert_eq!(server.users_where(&format!("id ne \"{id}\"")).await, ["bo"]);
        assert_eq!(server.users_where(&format!("id sw \"{}\"", &id[..id.len() - 1])).await.first().unwrap(), "ada");
        assert_eq!(server.users_where("id pr").await, ["ada", "bo"]);
        assert_eq!(server.users_where("id eq \"nonesuch\"").await, [""; 0]);
        assert_eq!(server.users_where("meta.resourceType eq \"User\"").await, ["ada", "bo"]);
        assert_eq!(server.users_where("meta.resourceType eq \"Group\"").await, [""; 0]);
        assert_eq!(server.users_where(&format!("meta.location eq \"{location}\"")).await, ["ada"]);
    }

    async fn ne_matches_what_is_not_there(server: TestServer) { // F30
        user_with(&server, "ada", json!({ "title": "Dr", "emails": [{ "value": "a@example.org", "display": "x" }] })).await;
        user_with(&server, "bo", json!({ "emails": [{ "value": "b@example.org" }] })).await;

        assert_eq!(server.users_where("title ne \"Dr\"").await, ["bo"]);
        assert_eq!(server.users_where("not (title eq \"Dr\")").await, ["bo"]);
        assert_eq!(server.users_where("emails[display ne \"x\"]").await, ["bo"]);
        assert_eq!(server.users_where("emails[not (display eq \"x\")]").await, ["bo"]);
    }

    async fn an_extension_is_searched_by_urn(server: TestServer) { // F14 F15 T3
        let boss = server.create_user("boss").await;
        let extension = json!({ "department": "Field", "manager": { "value": boss } });
        user_with(&server, "ada", json!({ "schemas": [USER, ENTERPRISE], ENTERPRISE: extension })).await;
        let upper = ENTERPRISE.to_uppercase();

        for filter in [
            format!("{ENTERPRISE}:department eq \"field\""),
            format!("{upper}:DEPARTMENT eq \"FIELD\""),
            format!("{ENTERPRISE}:manager.value eq \"{boss}\""),
            format!("{ENTERPRISE}:manager pr"),
            format!("{USER}:userName sw \"a\" and {ENTERPRISE}:department pr"),
            format!("{USER}:emails[type eq \"x\"] or {USER}:userName eq \"ada\""),
        ] {
            assert_eq!(server.users_where(&filter).await, ["ada"], "{filter}");
        }
    }

    async fn groups_and_members_are_searched_by_value(server: TestServer) { // S9 F9
        let ada = server.create_user("ada").await;
        let bo = server.create_user("bo").await;
        let staff = server.create_group("Staff", &[&ada, &bo]).await;
        let other = server.create_group("Other", &[&bo]).await;
        let groups_where = async |filter: String| {
            let found = server.find("/scim/v2/Groups", &filter).await.is(200);
            crate::support::strings(&found.each("displayName").into())
        };

        assert_eq!(groups_where(format!("members.value eq \"{ada}\"")).await, ["Staff"]);
        assert_eq!(groups_where(format!("members[value eq \"{bo}\"]")).await, ["Other", "Staff"]);
        assert_eq!(groups_where(format!("members eq \"{ada}\"")).await, ["Staff"]);
        assert_eq!(groups_where(format!("not (members[value eq \"{ada}\"])")).await, ["Other"]);
        assert_eq!(groups_where("displayName eq \"STAFF\"".to_owned()).await, ["Staff"]);
        assert_eq!(groups_where(format!("id eq \"{other}\" and members pr")).await, ["Other"]);
        assert_eq!(server.users_where(&format!("groups.value eq \"{staff}\"")).await, ["ada", "bo"]);
        assert_eq!(server.users_where(&format!("groups[value eq \"{other}\"]")).await, ["bo"]);
        assert_eq!(server.users_where(&format!("not (groups.value eq \"{other}\")")).await, ["ada"]);
    }

    async fn a_changed_value_is_found_and_the_old_one_is_not(server: TestServer) { // U7
        let id = user_with(&server, "ada", json!({ "emails": [{ "value": "old@example.org", "type": "work" }] })).await;
        let change = json!([{ "op": "replace", "path": "emails[type eq \"work\"].value", "value": "new@example.org" }]);

        server.patch(&at_user(&id), patch(change)).await.is(200);

        assert_eq!(server.users_where("emails.value eq \"new@example.org\"").await, ["ada"]);
        assert_eq!(server.users_where("emails.value eq \"old@example.org\"").await, [""; 0]);
        server.delete(&at_user(&id)).await.is(204);
        assert_eq!(server.users_where("emails.value eq \"new@example.org\"").await, [""; 0]);
    }
}

//! 120 filters on eight users: the server's answer against an independent evaluator. // F31
//!
//! Each filter is asked plainly and negated, so that every answer is also checked against
//! its complement. `{ada}` stands for the id of the user `ada`, `{Staff}` for a group's.

#![expect(
    clippy::needless_raw_string_hashes,
    reason = "filters look alike, with and without quotes"
)]

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::evaluator::Expression;
use crate::support::{Client, ENTERPRISE, TestServer, USER, user};

/// What operators mean on simple attributes. // F1 F2 F4 F5 F8 F16 F17 F21
const SIMPLE: &[&str] = &[
    r#"userName eq "ada""#,
    r#"userName eq "ADA""#,
    r#"userName ne "ada""#,
    r#"userName co "a""#,
    r#"userName sw "b""#,
    r#"userName ew "umbra.test""#,
    r#"userName sw "Σίσ""#,
    r#"userName eq "ΣΊΣΥΦΟΣ""#,
    r#"userName co "φος""#,
    r#"userName gt "c""#,
    r#"userName ge "cy""#,
    r#"userName lt "bo""#,
    r#"userName le "BO""#,
    r#"userName pr"#,
    r#"USERNAME EQ "bo""#,
    r#"username Co "Y""#,
    r#"  userName   eq   "bo"  "#,
    r#"title eq "Guide""#,
    r#"title eq "guide""#,
    r#"title ne "guide""#,
    r#"title pr"#,
    r#"title PR"#,
    r#"title eq null"#,
    r#"title ne null"#,
    r#"title co "\"quoted\"""#,
    r#"title co "back\\slash""#,
    r#"title co "\u00e9t\u00e9""#,
    r#"title co "ÉTÉ""#,
    r#"title eq "a\/b""#,
    r#"title co "and""#,
    r#"title co "(or""#,
    r#"title co "] not [""#,
    r#"title co "%""#,
    r#"title co "_""#,
    r#"title gt "guide""#,
    r#"title le "guide""#,
    r#"nickName pr"#,
    r#"displayName sw " ""#,
    r#"displayName ew " ""#,
    r#"displayName co "🐕""#,
    r#"displayName eq "åsa""#,
    r#"displayName sw "Å""#,
    r#"active eq true"#,
    r#"active eq false"#,
    r#"active ne true"#,
    r#"active pr"#,
    r#"externalId eq "Ext-1""#,
    r#"externalId eq "ext-1""#,
    r#"externalId sw "ext""#,
    r#"externalId co "T-1""#,
    r#"externalId pr"#,
    r#"profileUrl eq "https://example.org/ADA""#,
    r#"preferredLanguage eq "en-us""#,
];

/// Sub-attributes, multi-valued attributes and value paths. // F9 F10 F11 F12 F13
const COMPLEX: &[&str] = &[
    r#"name.familyName eq "varga""#,
    r#"NAME.FAMILYNAME sw "V""#,
    r#"name.givenName pr"#,
    r#"name pr"#,
    r#"name.familyName gt "m""#,
    r#"name.middleName eq "x""#,
    r#"name.middleName ne "x""#,
    r#"emails.value eq "ada@umbra.test""#,
    r#"emails.value co "@umbra""#,
    r#"emails eq "ADA@umbra.test""#,
    r#"emails co "example""#,
    r#"emails.type eq "work""#,
    r#"emails.type ne "work""#,
    r#"emails.primary eq true"#,
    r#"emails.primary eq false"#,
    r#"emails pr"#,
    r#"emails.display pr"#,
    r#"emails[type eq "work"]"#,
    r#"emails[type eq "work" and value co "example"]"#,
    r#"emails.type eq "work" and emails.value co "example""#,
    r#"emails[type eq "work" or type eq "home"]"#,
    r#"emails[not (type eq "work")]"#,
    r#"emails[type ne "work"]"#,
    r#"emails[type pr]"#,
    r#"emails[not (type pr)]"#,
    r#"emails[primary eq true and type eq "home"]"#,
    r#"emails[(type eq "work" or type eq "home") and value sw "c"]"#,
    r#"emails[type eq "work" and not (value ew "test")]"#,
    r#"EMAILS[TYPE EQ "WORK" AND VALUE CO "Umbra"]"#,
    r#"emails[ type eq "work" ]"#,
    r#"emails[value eq "x"]"#,
    r#"emails[display eq "a] and (b"]"#,
    r#"phoneNumbers[type eq "mobile" and value sw "+31"]"#,
    r#"phoneNumbers.value sw "+31""#,
    r#"phoneNumbers pr"#,
    r#"ims[value eq "x"]"#,
    r#"addresses[type eq "work" and locality eq "delft"]"#,
    r#"addresses.country eq "nl""#,
    r#"addresses.locality ge "m""#,
    r#"roles.value eq "operator""#,
    r#"roles[value eq "operator" and primary eq true]"#,
    r#"groups.value eq "{Staff}""#,
    r#"groups[value eq "{Crew}"]"#,
    r#"groups.value eq "{ada}""#,
];

/// Precedence, grouping and negation. // F6 F7 F12
const LOGIC: &[&str] = &[
    r#"userName eq "ada" or userName eq "bo" and title eq "nobody""#,
    r#"(userName eq "ada" or userName eq "bo") and title eq "nobody""#,
    r#"userName eq "bo" and title eq "nobody" or userName eq "ada""#,
    r#"title pr and name pr or emails pr and active eq true"#,
    r#"title pr and (name pr or emails pr) and active eq true"#,
    r#"not (title pr)"#,
    r#"not (title pr or emails pr)"#,
    r#"not (title pr and emails pr)"#,
    r#"not (not (title pr))"#,
    r#"NOT (title pr) AND emails pr"#,
    r#"not(title pr) or userName eq "ada""#,
    r#"((((userName eq "ada"))))"#,
    r#"(title pr) and (emails pr)"#,
    r#"not (emails[type eq "work"])"#,
    r#"emails[type eq "work"] and emails[type eq "home"]"#,
    r#"emails[type eq "work"] or title pr and not (active eq false)"#,
    r#"title pr and title pr and title pr"#,
    r#"userName eq "ada" or userName eq "bo" or userName eq "cy" or userName eq "nobody""#,
    r#"not (userName sw "a" or (userName sw "b" and not (title pr)))"#,
];

/// Common attributes and extensions. // F14 F15 F19 F20
const QUALIFIED: &[&str] = &[
    r#"id eq "{ada}""#,
    r#"id ne "{ada}""#,
    r#"id eq "{ada}" or id eq "{bo}""#,
    r#"id pr"#,
    r#"meta.resourceType eq "User""#,
    r#"meta.resourceType eq "Group""#,
    r#"meta.created gt "2011-05-13T04:42:34Z""#,
    r#"meta.lastModified le "2011-05-13T04:42:34Z""#,
    r#"meta.lastModified pr"#,
    r#"{USER}:userName eq "ada""#,
    r#"{USER}:name.familyName eq "varga""#,
    r#"{USER}:emails[type eq "work"]"#,
    r#"{ENTERPRISE}:department eq "field""#,
    r#"{ENTERPRISE}:department ne "field""#,
    r#"{ENTERPRISE}:department pr"#,
    r#"{ENTERPRISE}:employeeNumber sw "e-""#,
    r#"{ENTERPRISE}:manager.value eq "{ada}""#,
    r#"{ENTERPRISE}:manager pr"#,
    r#"{ENTERPRISE}:department eq "field" and not ({ENTERPRISE}:manager pr)"#,
    r#"urn:IETF:params:scim:schemas:extension:ENTERPRISE:2.0:user:DEPARTMENT co "E""#,
];

fn users() -> Vec<(&'static str, Value)> {
    vec![
        (
            "ada",
            json!({
                "name": { "givenName": "Ada", "familyName": "Varga" }, "title": "Guide", "active": true, "externalId": "Ext-1",
                "emails": [{ "value": "ada@umbra.test", "type": "work", "primary": true }, { "value": "ada@example.org", "type": "home" }],
                "phoneNumbers": [{ "value": "+31 6 1", "type": "mobile" }, { "value": "+1 2", "type": "work" }],
                "profileUrl": "https://example.org/ADA", "preferredLanguage": "en-US",
                ENTERPRISE: { "department": "Field", "employeeNumber": "E-1" },
            }),
        ),
        (
            "bo",
            json!({
                "name": { "familyName": "van Dam" }, "title": "étÉ \"quoted\" back\\slash", "active": false, "externalId": "ext-1",
                "emails": [{ "value": "bo@example.org", "type": "work" }], "displayName": " blanks ",
                "addresses": [{ "type": "work", "locality": "Delft", "country": "NL" }, { "type": "home", "locality": "Oslo" }],
            }),
        ),
        (
            "cy",
            json!({
                "title": "this and (or that", "emails": [
                    { "value": "cy@umbra.test", "type": "home", "primary": true }, { "value": "c@umbra.test", "display": "a] and (b" },
                ],
                "roles": [{ "value": "operator", "primary": true }], "phoneNumbers": [{ "value": "+31 6 9", "type": "work" }],
            }),
        ),
        (
            "DOT@umbra.test",
            json!({ "active": true, "displayName": "Åsa", "title": "a/b", "nickName": "" }),
        ),
        (
            "Σίσυφος",
            json!({ "displayName": "🐕", "title": "100% ] not [", "roles": [{ "value": "Operator" }, { "value": "x", "primary": true }] }),
        ),
        (
            "eve",
            json!({
                "name": { "givenName": "Eve" }, "active": true, "title": "a_b", "addresses": [{ "type": "home", "locality": "delft" }],
                "emails": [{ "value": "work@umbra.test", "type": "Work", "primary": false }], "nickName": "E",
            }),
        ),
        (
            "fay",
            json!({ "active": false, ENTERPRISE: { "department": "Desk" } }),
        ),
        ("z", json!({})),
    ]
}

/// Creates the users and two groups, and returns the ids by name.
async fn populate(client: &Client) -> BTreeMap<String, String> {
    let mut ids = BTreeMap::new();
    for (user_name, attributes) in users() {
        let mut body = user(user_name);
        for (name, value) in attributes.as_object().unwrap() {
            body[name] = value.clone();
        }
        let created = client.create("/scim/v2/Users", body).await;
        ids.insert(
            user_name.to_owned(),
            created["id"].as_str().unwrap().to_owned(),
        );
    }
    for (name, members) in [("Staff", ["ada", "bo"]), ("Crew", ["bo", "eve"])] {
        let members = members.map(|it| ids[it].as_str());
        ids.insert(name.to_owned(), client.create_group(name, &members).await);
    }
    let manager = json!([{ "op": "add", "path": format!("{ENTERPRISE}:manager"), "value": { "value": ids["ada"] } }]);
    client
        .edit(&crate::support::at_user(&ids["fay"]), manager)
        .await
        .is(200);
    ids
}

/// Puts ids and URNs in the place of their names.
fn filled(filter: &str, ids: &BTreeMap<String, String>) -> String {
    let urns = filter
        .replace("{USER}", USER)
        .replace("{ENTERPRISE}", ENTERPRISE);
    ids.iter().fold(urns, |filter, (name, id)| {
        filter.replace(&format!("{{{name}}}"), id)
    })
}

on_each_database! {
    async fn the_server_and_an_independent_evaluator_agree(server: TestServer) {
        let ids = populate(&server).await;
        let listed = server.get("/scim/v2/Users").await.is(200);
        assert_eq!(listed.resources().len(), users().len());
        let filters: Vec<&str> = [SIMPLE, COMPLEX, LOGIC, QUALIFIED].concat();
        assert!(filters.len() >= 120, "{} filters", filters.len());

        let mut differences = Vec::new();
        for filter in filters {
            let filter = filled(filter, &ids);
            for asked in [filter.clone(), format!("not ({filter})")] {
                let expression = Expression::parse(&asked);
                let mut expected: Vec<&str> =
                    listed.resources().iter().filter(|it| expression.matches(it)).map(|it| it["userName"].as_str().unwrap()).collect();
                expected.sort_unstable();
                let answer = server.find("/scim/v2/Users", &asked).await;
                if answer.status != 200 {
                    differences.push(format!("{asked}\n  answered {}: {}", answer.status, answer.text));
                    continue;
                }
                let found = answer.each("userName");
                let mut found: Vec<&str> = found.iter().map(|it| it.as_str().unwrap()).collect();
                found.sort_unstable();
                if found != expected || answer.total() != expected.len() as u64 {
                    differences.push(format!("{asked}\n  selected {found:?}\n  expected {expected:?}"));
                }
            }
        }

        assert!(differences.is_empty(), "{} filters differ:\n{}", differences.len(), differences.join("\n"));
    }
}

/// The second opinion is worth something only if it is right where the answer is known.
#[test]
fn the_evaluator_knows_the_plain_cases() {
    let resource = json!({
        "userName": "Ada", "active": true,
        "emails": [{ "value": "a@umbra.test", "type": "work" }, { "value": "b@example.org", "type": "home" }],
    });
    for filter in [SIMPLE, COMPLEX, LOGIC, QUALIFIED].concat() {
        Expression::parse(&filled(filter, &BTreeMap::new()));
    }
    for (filter, expected) in [
        (r#"userName eq "ada""#, true),
        (r#"userName eq "ada" and not (active eq true)"#, false),
        (r#"title pr or userName sw "A" and active eq true"#, true),
        (r#"emails[type eq "work" and value co "example"]"#, false),
        (
            r#"emails.type eq "work" and emails.value co "example""#,
            true,
        ),
        (r#"title ne "x""#, true),
        (r#"title eq null"#, true),
    ] {
        assert_eq!(
            Expression::parse(filter).matches(&resource),
            expected,
            "{filter}"
        );
    }
}

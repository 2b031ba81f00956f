use serde_json::{Value, json};

use super::Filter;
use crate::server::{ENTERPRISE, ResourceType, Schema};

pub(crate) fn user() -> ResourceType {
    let schema = |text| Schema::read(&serde_json::from_str::<Value>(text).unwrap());
    ResourceType {
        name: "User".to_owned(),
        endpoint: "/Users".to_owned(),
        schema: schema(include_str!("../../schemas/user.json")),
        extensions: vec![(
            schema(include_str!("../../schemas/enterprise-user.json")),
            false,
        )],
    }
}

fn finds(filter: &str) -> Option<bool> {
    let resource = json!({
        "id": "A1",
        "userName": "ada",
        "title": "",
        "active": true,
        "name": { "familyName": "Varga" },
        "emails": [{ "type": "work", "value": "a@x.example" }, { "type": "home", "value": "b@y.example" }],
        "meta": { "created": "2026-01-02T03:04:05Z" },
        ENTERPRISE: { "department": "Tours" },
    });
    Filter::parse(filter).unwrap().finds(&user(), &resource)
}

#[test]
fn strings_ignore_case_but_for_those_that_do_not() {
    assert_eq!(finds(r#"USERNAME Eq "ADA""#), Some(true));
    assert_eq!(finds(r#"id eq "a1""#), Some(false));
    assert_eq!(
        finds(r#"name.familyName sw "va" and name.familyName ew "GA""#),
        Some(true)
    );
    assert_eq!(finds(r#"userName eq "\u0061da""#), Some(true));
}

#[test]
fn and_binds_before_or() {
    assert_eq!(
        finds(r#"userName eq "ada" or active eq true and active eq false"#),
        Some(true)
    );
    assert_eq!(
        finds(r#"(userName eq "ada" or active eq true) and active eq false"#),
        Some(false)
    );
    assert_eq!(finds("not (active eq false) and userName pr"), Some(true));
}

#[test]
fn a_value_path_looks_at_one_value() {
    assert_eq!(
        finds(r#"emails.type eq "work" and emails.value co "y.ex""#),
        Some(true)
    );
    assert_eq!(
        finds(r#"emails[type eq "work" and value co "y.ex"]"#),
        Some(false)
    );
    assert_eq!(finds(r#"emails[not (type eq "work")]"#), Some(true));
    assert_eq!(finds(r#"emails co "@x""#), Some(true));
    assert_eq!(finds(r#"phoneNumbers[type eq "work"]"#), Some(false));
}

#[test]
fn schemas_lead_into_extensions() {
    assert_eq!(
        finds(&format!(r#"{ENTERPRISE}:department eq "tours""#)),
        Some(true)
    );
    assert_eq!(
        finds("urn:ietf:params:scim:schemas:core:2.0:User:name.familyName pr"),
        Some(true)
    );
}

#[test]
fn times_are_compared_as_instants() {
    assert_eq!(
        finds(r#"meta.created eq "2026-01-02T04:04:05+01:00""#),
        Some(true)
    );
    assert_eq!(
        finds(r#"meta.created gt "2026-01-02T05:00:00+05:00""#),
        Some(true)
    );
}

#[test]
fn what_the_rfc_leaves_open_stays_open() {
    assert_eq!(finds(r#"nickName ne "x""#), None);
    assert_eq!(finds("title pr"), None);
    assert_eq!(finds(r#"emails.type ne "work""#), None);
    assert_eq!(finds(r#"nickName ne "x" and active eq false"#), Some(false));
    assert_eq!(finds(r#"active eq "true""#), None);
}

#[test]
fn what_is_no_filter_is_refused() {
    for filter in [
        "",
        "userName",
        "userName eq",
        r#"(userName eq "a""#,
        r#"userName eq "a" userName pr"#,
        "userName eq a",
        "not userName pr",
    ] {
        assert!(Filter::parse(filter).is_err(), "{filter}");
    }
}

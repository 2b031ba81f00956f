use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::registry::Registry;
use super::*;

fn user() -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": "2819c223-7f76-453a-919d-413861904646",
        "userName": "bjensen@example.com",
        "name": { "familyName": "Jensen", "givenName": "Barbara" },
        "nickName": "",
        "active": true,
        "emails": [
            { "value": "bjensen@example.com", "type": "work", "primary": true },
            { "value": "babs@jensen.example.org", "type": "home" }
        ],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": "Tours", "manager": { "value": "26118915" } },
        "meta": { "resourceType": "User", "created": "2010-01-23T04:56:22Z", "lastModified": "2011-05-13T04:42:34Z" }
    })
}

fn resolve(text: &str) -> Result<ResolvedFilter, String> {
    let kind = Registry::load(&[]).unwrap().by_name("User").unwrap();
    Filter::parse(text)
        .and_then(|filter| filter.resolve(Scope::Resource(kind), Unknown::Refuse))
        .map_err(|error| error.detail)
}

#[track_caller]
fn check(text: &str, expected: bool) {
    let filter = resolve(text).unwrap();
    assert_eq!(
        filter.matches(user().as_object().unwrap()),
        expected,
        "{text}"
    );
}

#[track_caller]
fn refused(text: &str, because: &str) {
    let error = resolve(text).expect_err(text);
    assert!(error.contains(because), "{text}: {error}");
}

#[test]
fn operators_compare_values() {
    check(r#"userName eq "BJENSEN@example.com""#, true);
    check(r#"userName ne "bjensen@example.com""#, false);
    check(r#"userName co "JENSEN""#, true);
    check(r#"userName sw "bj" and userName ew ".COM""#, true);
    check(r#"userName gt "a" and userName lt "c""#, true);
    check(r#"meta.lastModified ge "2011-05-13T06:42:34+02:00""#, true);
    check(r#"meta.lastModified gt "2011-05-13T04:42:34Z""#, false);
    check(r#"id eq "2819C223-7f76-453a-919d-413861904646""#, false);
}

#[test]
fn and_binds_before_or() {
    check(
        "active eq true or active eq false and active eq false",
        true,
    );
    check(
        "(active eq true or active eq false) and active eq false",
        false,
    );
    check(r#"not (active eq false or userName sw "x")"#, true);
}

#[test]
fn brackets_need_one_element_to_match_all() {
    check(
        r#"emails[type eq "work" and value co "example.org"]"#,
        false,
    );
    check(
        r#"emails.type eq "work" and emails.value co "example.org""#,
        true,
    );
    check(r#"emails[type eq "work" and not (primary eq false)]"#, true);
    check(r#"ims[type eq "aim"]"#, false);
}

#[test]
fn a_complex_attribute_stands_for_its_value() {
    check(r#"emails co "jensen.example""#, true);
    check(
        r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager eq "26118915""#,
        true,
    );
    refused(r#"name eq "x""#, "name.");
}

#[test]
fn presence_is_a_value_that_is_not_empty() {
    check("name pr", true);
    check("nickName pr", false);
    check("title pr", false);
    check("title eq null", true);
    check("userName ne null", true);
    check(r#"title ne "x""#, true);
}

#[test]
fn names_and_operators_have_any_case() {
    check(
        r#"USERNAME EQ "bjensen@example.com" AND NOT (Emails[TYPE Eq "other"])"#,
        true,
    );
    check(
        r#"URN:IETF:params:scim:schemas:extension:enterprise:2.0:USER:Department eq "tours""#,
        true,
    );
    check(
        r#"urn:ietf:params:scim:schemas:core:2.0:User:name.familyName eq "Jensen""#,
        true,
    );
}

#[test]
fn strings_are_json_strings() {
    check(r#"userName eq "bjensen\u0040example.com""#, true);
    check(r#"userName eq "a\"] or (not and""#, false);
}

#[test]
fn mistakes_are_named_with_their_place() {
    refused(
        "userName",
        "at position 9 of the filter: expected an operator",
    );
    refused(r#"userName equals "x""#, "at position 10");
    refused("userName eq 'x'", "expected a value");
    refused(r#"userName eq "x"#, "closing");
    refused(r#"(userName eq "x""#, "')'");
    refused(r#"userName eq "x" userName eq "y""#, "at position 17");
    refused(r#"not userName eq "x""#, "'(' after 'not'");
    refused(r#"emails[type eq "work""#, "']'");
    refused("", "expected an attribute name");
    refused("shoeSize eq 1", "no attribute \"shoeSize\"");
    refused(r#"password eq "x""#, "never returned");
    refused("active gt true", "cannot be compared");
    refused("active eq 1", "expected a boolean");
    refused("userName eq 1", "expected a string");
    refused(r#"userName[value eq "x"]"#, "elements");
}

#[test]
fn size_is_bounded() {
    let deep = |n: usize| "(".repeat(n) + "active pr" + &")".repeat(n);
    assert!(Filter::parse(&deep(31)).is_ok());
    refused(&deep(32), "deeper than 32");
    refused(&deep(2_000), "deeper than 32");
    refused(&"x".repeat(MAX_LENGTH + 1), "bytes");
    let wide = |n: usize| vec!["active pr"; n].join(" or ");
    assert!(Filter::parse(&wide(64)).is_ok());
    refused(&wide(65), "more than 64");
}

fn literals() -> impl Strategy<Value = Literal> {
    prop_oneof![
        "\\PC{0,12}".prop_map(Literal::String),
        any::<i64>().prop_map(|n| Literal::Number(n.into())),
        (-1e9..1e9).prop_map(|n: f64| Literal::Number(Number::from_f64(n).unwrap())),
        any::<bool>().prop_map(Literal::Bool),
        Just(Literal::Null),
    ]
}

pub(in crate::scim) fn filters() -> impl Strategy<Value = Filter> {
    let path = "[a-z]{1,6}(\\.[a-z]{1,5})?|urn:x:2\\.0:[A-Z][a-z]{0,4}:[a-z]{1,6}"
        .prop_filter("words of the grammar", |name| {
            !["not", "and", "or"].contains(&name.as_str())
        })
        .prop_map(|name| AttrPath::parse(&name).unwrap());
    let op = prop::sample::select(CompareOp::ALL.to_vec());
    let leaf = prop_oneof![
        path.clone().prop_map(Filter::Present),
        (path.clone(), op, literals())
            .prop_map(|(path, op, literal)| Filter::Compare(path, op, literal)),
    ];
    leaf.prop_recursive(4, 24, 3, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::And),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::Or),
            inner
                .clone()
                .prop_map(|filter| Filter::Not(Box::new(filter))),
            (path.clone(), inner)
                .prop_map(|(path, filter)| Filter::ValuePath(path, Box::new(filter))),
        ]
    })
}

proptest! {
    #[test]
    fn a_printed_filter_reads_as_itself(filter in filters()) {
        prop_assert_eq!(Filter::parse(&filter.to_string()).unwrap(), filter);
    }

    #[test]
    fn no_text_is_too_odd_to_answer(text in "\\PC{0,60}") {
        let _ = Filter::parse(&text);
    }
}

//! JSON that readers disagree about: numbers out of range, half characters, U+0000, great many keys.

use serde_json::{Value, json};

use crate::support::{Answer, Database, TestServer, at_user, encode, patch, user};

const USERS: &str = "/scim/v2/Users";
const DEVICES: &str = "/scim/v2/Devices";
const DEVICE: &str = "urn:example:params:scim:schemas:core:1.0:Device";
const SCIM: (&str, &str) = ("content-type", "application/scim+json");

/// Numbers as text, as no JSON library would write them.
fn numbers() -> Vec<String> {
    let digits = "9".repeat(400);
    let many = "1".repeat(100_000);
    let fixed = [
        "1e400",
        "-1e400",
        "1e-400",
        "1e99999999999999999999",
        "1e-99999999999999999999",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551616",
        "-9223372036854775809",
        "-0",
        "-0.0",
        "1.0",
        "1.5",
        "1e2",
        "1E+2",
        "0e0",
        "123456789012345678901234567890",
        "9007199254740993",
        "0.1e1",
        "4.9e-324",
        "1.7976931348623159e308",
    ];
    let mut numbers: Vec<String> = fixed.map(str::to_owned).to_vec();
    numbers.extend([
        digits.clone(),
        format!("-{digits}"),
        format!("0.{digits}"),
        format!("{digits}.{digits}e-{}", digits.len()),
        many.clone(),
        format!("0.{many}"),
        format!("1e{many}"),
    ]);
    numbers
}

fn short(number: &str) -> &str {
    &number[..number.len().min(40)]
}

/// Asserts success, or an error of SCIM that is not longer than a page.
#[track_caller]
fn is_answered(answer: &Answer, case: &str) {
    assert!(
        answer.status < 500,
        "{case}: {}: {}",
        answer.status,
        answer.text
    );
    if answer.status >= 300 {
        answer.is_scim_error();
        assert!(
            answer.text.len() < 4096,
            "{case}: an error of {} bytes",
            answer.text.len()
        );
    }
}

on_each_database! {
    async fn a_number_out_of_range_is_refused_or_kept(database: Database) {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/schemas");
        let server = TestServer::start(database, &["--schemas", folder]);
        for attribute in ["ports", "weight"] {
            for (n, number) in numbers().iter().enumerate() {
                let body = format!("{{\"schemas\":[\"{DEVICE}\"],\"serialNumber\":\"{attribute}{n}\",\"{attribute}\":{number}}}");
                let answer = server.send_bytes("POST", DEVICES, body, &[SCIM]).await;
                is_answered(&answer, short(number));
                if answer.status == 201 {
                    // What was taken comes back as the same number, wherever it was kept.
                    let sent: f64 = number.parse().unwrap();
                    let read = server.read(&format!("{DEVICES}/{}", answer.id())).await;
                    let kept = &read[attribute];
                    assert!(kept.is_null() || kept.as_f64() == Some(sent), "{}: {kept}", short(number));
                    let same: i128 = number.parse().unwrap_or_default();
                    assert!(!kept.is_i64() || same == 0 || i128::from(kept.as_i64().unwrap()) == same, "{}: {kept}", short(number));
                }
            }
        }
    }

    async fn a_number_where_none_belongs_is_refused(server: TestServer) {
        let path = at_user(&server.create_user("ada").await);
        for number in numbers() {
            let bodies = [
                ("POST", USERS, format!("{{\"userName\":\"bo\",\"title\":{number}}}")),
                ("POST", USERS, format!("{{\"userName\":{number}}}")),
                ("PUT", &path, format!("{{\"userName\":\"ada\",\"nonesuch\":{number}}}")),
                ("PATCH", &path, format!("{{\"schemas\":[\"{}\"],\"Operations\":[{{\"op\":\"add\",\"path\":\"title\",\"value\":{number}}}]}}", crate::support::PATCH_OP)),
                ("POST", "/scim/v2/Users/.search", format!("{{\"schemas\":[\"{}\"],\"count\":{number},\"startIndex\":{number}}}", crate::support::SEARCH_REQUEST)),
                ("POST", "/scim/v2/Bulk", format!("{{\"schemas\":[\"{}\"],\"failOnErrors\":{number},\"Operations\":[]}}", crate::support::BULK_REQUEST)),
            ];
            for (method, path, body) in bodies {
                is_answered(&server.send_bytes(method, path, body, &[SCIM]).await, short(&number));
            }
            is_answered(&server.get(&format!("{USERS}?filter={}", encode(&format!("meta.created gt {}", short(&number))))).await, short(&number));
        }
        assert_eq!(server.users_where("userName pr").await, ["ada"]);
    }

    async fn half_of_a_character_is_refused(server: TestServer) {
        let path = at_user(&server.create_user("ada").await);
        for half in ["\\ud800", "\\udc00", "\\udc00\\ud800", "\\ud800x", "\\ud800\\n", "\\uD83D\\uD83D", "\\u00", "\\u{1F600}", "\\x41"] {
            for body in [format!("{{\"userName\":\"{half}\"}}"), format!("{{\"userName\":\"bo\",\"{half}\":1}}"), format!("{{\"userName\":\"bo\",\"name\":{{\"givenName\":\"a{half}\"}}}}")] {
                server.send_bytes("POST", USERS, body, &[SCIM]).await.refused_as(400, "invalidSyntax");
            }
            let edit = format!("{{\"schemas\":[\"{}\"],\"Operations\":[{{\"op\":\"add\",\"path\":\"title\",\"value\":\"{half}\"}}]}}", crate::support::PATCH_OP);
            server.send_bytes("PATCH", &path, edit, &[SCIM]).await.refused_as(400, "invalidSyntax");
            server.find(USERS, &format!("userName eq \"{half}\"")).await.refused_as(400, "invalidFilter");
        }
        // Both halves are a character, and overlong UTF-8 is none.
        let body = "{\"userName\":\"\\ud83d\\ude00\"}";
        assert_eq!(server.send_bytes("POST", USERS, body, &[SCIM]).await.is(201).body["userName"], "😀");
        for bytes in [&b"\xc0\x80"[..], b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xf8\x88\x80\x80\x80", b"\x80"] {
            let body = [b"{\"userName\":\"", bytes, b"\"}"].concat();
            server.send_bytes("POST", USERS, body, &[SCIM]).await.refused_as(400, "invalidSyntax");
        }
    }

    async fn a_nul_is_refused_by_its_name(server: TestServer) {
        let path = at_user(&server.create_user("ada").await);
        let says_so = |answer: Answer| {
            answer.refused(400);
            assert!(answer.body["detail"].as_str().is_some_and(|it| it.contains("U+0000")), "{}: {}", answer.request, answer.text);
        };
        for attribute in ["userName", "externalId", "title", "displayName", "nonesuch", "password"] {
            let mut body = user("bo");
            body[attribute] = json!("a\u{0}b");
            says_so(server.post(USERS, body.clone()).await);
            says_so(server.put(&path, body).await);
            says_so(server.edit(&path, json!([{ "op": "add", "path": attribute, "value": "\u{0}" }])).await);
        }
        says_so(server.post(USERS, json!({ "userName": "bo", "a\u{0}": 1 })).await);
        says_so(server.edit(&path, json!([{ "op": "add", "path": "title\u{0}", "value": "x" }])).await);
        says_so(server.post("/scim/v2/Groups", json!({ "displayName": "\u{0}" })).await);
        says_so(server.post("/scim/v2/Groups", json!({ "displayName": "g", "members": [{ "value": "\u{0}" }] })).await);
        says_so(server.post("/scim/v2/Users/.search", json!({ "filter": "userName eq \"\u{0}\"" })).await);
        assert_eq!(server.users_where("userName pr").await, ["ada"]);
    }

    async fn a_nul_in_an_address_finds_nothing(server: TestServer) {
        server.create_user("ada").await;
        for query in ["filter=userName%20eq%20%22a%00da%22", "filter=userName%20eq%20%22a%5Cu0000da%22", "filter=%00", "sortBy=userName%00", "attributes=userName%00", "cursor=%00", "count=1%00", "x%00=y"] {
            let answer = server.get(&format!("{USERS}?{query}")).await;
            is_answered(&answer, query);
            assert!(answer.status == 400 || query.starts_with("x%00") || query.starts_with("attributes") || answer.total() == 0, "{query}: {}", answer.text);
        }
        for path in ["/scim/v2/Users/%00", "/scim/v2/Users%00", "/scim/v2/Schemas/%00", "/scim/v2/%00", "/scim/v2/Users/a%00b"] {
            server.get(path).await.one_of(&[400, 404]).is_scim_error();
        }
    }

    async fn a_great_many_names_are_read_once(server: TestServer) {
        let many = (0..50_000).map(|n| format!(",\"k{n}\":1")).collect::<Vec<_>>().concat();
        let answer = server.send_bytes("POST", USERS, format!("{{\"userName\":\"ada\"{many}}}"), &[SCIM]).await;
        is_answered(&answer, "many attributes that no schema has");
        assert!(answer.text.len() < 4096, "an answer of {} bytes", answer.text.len());
        let answer = server.strict().send_bytes("POST", USERS, format!("{{\"schemas\":[\"{}\"],\"userName\":\"bo\"{many}}}", crate::support::USER), &[SCIM]).await;
        answer.refused(400);
        is_answered(&answer, "many attributes that no schema has");
        let same = ",\"title\":\"x\"".repeat(50_000);
        server.send_bytes("POST", USERS, format!("{{\"userName\":\"cy\"{same}}}"), &[SCIM]).await.refused_as(400, "invalidSyntax");
        let cases = (0..1 << 10).map(|n: u32| {
            let name: String = "externalId".bytes().enumerate().map(|(bit, it)| char::from(if n >> bit & 1 == 1 { it.to_ascii_uppercase() } else { it.to_ascii_lowercase() })).collect();
            format!(",\"{name}\":\"{n}\"")
        }).collect::<Vec<_>>().concat();
        is_answered(&server.send_bytes("POST", USERS, format!("{{\"userName\":\"dot\"{cases}}}"), &[SCIM]).await, "one name in a thousand cases");

        // The log names what was ignored, and is no place to store a megabyte.
        let log = server.database().cli(&["log", "--json"]);
        assert!(log.len() < 64 * 1024, "a log of {} bytes", log.len());
    }

    async fn an_error_does_not_repeat_a_megabyte(server: TestServer) {
        let path = at_user(&server.create_user("ada").await);
        let long = "x".repeat(1_000_000);
        let with = |name: &str, value: Value| {
            let mut body = user("bo");
            body[name] = value;
            body
        };
        for client in [crate::support::Client::clone(&server), server.strict()] {
            for body in [with("active", json!(long)), with("name", json!(long)), with(&long, json!(1)), with("schemas", json!([long])), with("emails", json!([{ "value": "a", "primary": long }])), with("userName", json!([long]))] {
                is_answered(&client.post(USERS, body).await, "POST");
            }
            for operation in [json!({ "op": long }), json!({ "op": "add", "path": long, "value": 1 }), json!({ "op": "add", "path": "active", "value": long }), json!({ "op": "remove", "path": format!("emails[{long} eq 1]") }), json!({ "op": "add", "value": { &long: 1 } })] {
                is_answered(&client.patch(&path, patch(json!([operation]))).await, "PATCH");
            }
            for body in [json!({ "filter": long }), json!({ "sortBy": long }), json!({ "sortOrder": long }), json!({ "attributes": [long] }), json!({ "cursor": long }), json!({ "count": long }), json!({ &long: 1 })] {
                is_answered(&client.post("/scim/v2/Users/.search", crate::support::search(body)).await, "search");
            }
            is_answered(&client.post("/scim/v2/Groups", crate::support::group("g", &[&long])).await, "a member");
            is_answered(&client.post(USERS, json!(long)).await, "a string");
        }
    }
}

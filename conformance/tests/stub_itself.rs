//! The specimen is right, and each of its rules can be broken.
//!
//! `stub/scenario.txt` has requests with the status that each must have and, indented, what must be in its body. Played
//! to the right specimen, all of it holds; played to one with a broken rule, some answer differs.

mod stub;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use serde_json::{Value, json};
use stub::Stub;
use stub::listed::BREAKS;
use ureq::http::Request;

const SCENARIO: &str = include_str!("stub/scenario.txt");
#[rustfmt::skip] // a line each
const URNS: [(&str, &str); 9] = [
    ("$USER", "urn:ietf:params:scim:schemas:core:2.0:User"),
    ("$GROUP", "urn:ietf:params:scim:schemas:core:2.0:Group"),
    ("$ENT", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"),
    ("$DEVICE", "urn:example:params:scim:schemas:core:2.0:Device"),
    ("$PLACE", "urn:example:params:scim:schemas:extension:2.0:Place"),
    ("$WARRANTY", "urn:example:params:scim:schemas:extension:2.0:Warranty"),
    ("$SEARCH", "urn:ietf:params:scim:api:messages:2.0:SearchRequest"),
    ("$BULK", "urn:ietf:params:scim:api:messages:2.0:BulkRequest"),
    ("$PATCH", "urn:ietf:params:scim:api:messages:2.0:PatchOp"),
];

/// Breaks that the scenario cannot show: they need two requests at once, time, or size. They have tests of their own.
const ELSEWHERE: [&str; 11] = [
    "C19", "F27", "H11", "H12", "I11", "M7", "O15", "Q6", "S13", "S16", "U17",
];

struct Client {
    stub: Stub,
    agent: ureq::Agent,
    /// The ids and cursors that answers had, by the names that the scenario gives them.
    names: HashMap<String, String>,
    /// The times that were seen last of each resource.
    times: HashMap<String, (Value, Value)>,
}

#[derive(Debug)]
struct Answer {
    status: u16,
    headers: BTreeMap<String, String>,
    body: Value,
}

impl Client {
    fn new(stub: Stub) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(20)))
            .build();
        Self {
            stub,
            agent: config.into(),
            names: HashMap::new(),
            times: HashMap::new(),
        }
    }

    fn with(broken: &[&str]) -> Self {
        Self::new(Stub::start(broken))
    }

    fn send(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.send_raw(method, path, &[], Some(body.to_string().into_bytes()))
    }

    fn send_raw(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Answer {
        let uri = format!("{}{}", self.stub.base_url(), encoded(path));
        let mut request = Request::builder().method(method).uri(uri);
        let has = |wanted: &str| {
            headers
                .iter()
                .any(|(name, _)| name.eq_ignore_ascii_case(wanted))
        };
        if !has("authorization") {
            request = request.header("authorization", format!("Bearer {}", self.stub.token()));
        }
        if body.is_some() && !has("content-type") {
            request = request.header("content-type", "application/scim+json");
        }
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            request = request.header(*name, value.replace("$TOKEN", self.stub.token()));
        }
        let answer = match body {
            Some(body) => self.agent.run(request.body(body).unwrap()),
            None => self.agent.run(request.body(()).unwrap()),
        };
        let mut answer = answer.unwrap();
        let headers = answer
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
        Answer {
            status: answer.status().as_u16(),
            headers: headers.collect(),
            body: serde_json::from_str(&answer.body_mut().read_to_string().unwrap())
                .unwrap_or(Value::Null),
        }
    }

    fn named(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, urn) in URNS {
            text = text.replace(name, urn);
        }
        let mut names: Vec<_> = self.names.iter().collect();
        names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        for (name, value) in names {
            text = text.replace(&format!("${name}"), value);
        }
        text
    }

    /// Plays a line `[name:] status METHOD path [~ Header: value] [<- body]`; an array as body is that of a PATCH.
    fn play(&mut self, line: &str) -> (u16, Answer) {
        let (head, body) = line
            .split_once(" <- ")
            .map_or((line, None), |(head, body)| (head, Some(body)));
        let (head, header) = head
            .split_once(" ~ ")
            .map_or((head, None), |(head, header)| (head, Some(header)));
        let (name, head) = match head.split_once(": ") {
            Some((name, rest)) if name.chars().all(char::is_alphanumeric) => (Some(name), rest),
            _ => (None, head),
        };
        let mut words = head.splitn(3, ' ');
        let status = words.next().unwrap().parse().unwrap();
        let (method, path) = (
            words.next().unwrap(),
            self.named(words.next().unwrap_or_default()),
        );
        let body = body.map(|body| match self.named(body) {
            operations if operations.starts_with('[') => {
                format!(
                    r#"{{"schemas":["{}"],"Operations":{operations}}}"#,
                    URNS[8].1
                )
            }
            body => body.trim_start_matches("RAW ").to_owned(),
        });
        let header = header.map(|header| self.named(header));
        let header = header.as_deref().map(|header| {
            header
                .split_once(':')
                .map(|(name, value)| (name, value.trim()))
                .unwrap()
        });
        let bytes = body.map(|body| {
            if body == "LATIN" {
                b"{\"schemas\":[],\"a\":\"\xE9\"}".to_vec()
            } else {
                body.into_bytes()
            }
        });
        let answer = self.send_raw(method, path.trim(), header.as_slice(), bytes);
        if let Some(name) = name {
            let cursor = answer.body["nextCursor"].as_str();
            let id = answer.body["id"].as_str().or(cursor).unwrap_or("missing");
            self.names.insert(name.to_owned(), id.to_owned());
        }
        (status, answer)
    }

    /// Returns the answer as text, without what no two runs have in common.
    fn transcript(&mut self, mut answer: Answer) -> String {
        self.tell_times(&mut answer.body);
        for name in ["date", "content-length", "connection"] {
            answer.headers.remove(name);
        }
        let mut text = format!("{} {:?} {}", answer.status, answer.headers, answer.body);
        text = text.replace(&self.stub.base_url(), "$BASE");
        for (name, value) in self.names.iter().filter(|(_, value)| value.len() > 30) {
            text = text.replace(value, &format!("${name}"));
        }
        without_random(&text)
    }

    /// Puts in place of each time whether it moved since it was last seen.
    fn tell_times(&mut self, body: &mut Value) {
        match body {
            Value::Object(members) => {
                let id = members.get("id").map(Value::to_string);
                members
                    .values_mut()
                    .for_each(|value| self.tell_times(value));
                if let (Some(id), Some(meta)) = (id, members.get_mut("meta"))
                    && meta["created"].is_string()
                {
                    let now = (meta["created"].clone(), meta["lastModified"].clone());
                    let before = self
                        .times
                        .insert(id, now.clone())
                        .unwrap_or_else(|| now.clone());
                    meta["created"] = (now.0 == before.0).into();
                    meta["lastModified"] =
                        format!("{} {}", now.1 == before.1, now.0 == now.1).into();
                }
            }
            Value::Array(values) => values.iter_mut().for_each(|value| self.tell_times(value)),
            _ => {}
        }
    }
}

/// Masks ids and cursors that the scenario gives no name.
fn without_random(text: &str) -> String {
    let is_random =
        |word: &str| word.len() >= 32 && word.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    let words = text.split_inclusive(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    words
        .map(|word| {
            let end = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric() && c != '-');
            if is_random(end) {
                word.replace(end, "…")
            } else {
                word.to_owned()
            }
        })
        .collect()
}

/// Percent-encodes what a URI may not hold; a path may be encoded already.
fn encoded(path: &str) -> String {
    let (path, query) = path
        .split_once('?')
        .map_or((path, None), |(path, query)| (path, Some(query)));
    let encode = |text: &str, reserved: &[u8]| -> String {
        let is_plain = |byte: u8| {
            byte.is_ascii_graphic()
                && !b"\"<>[]{}\\^`|#".contains(&byte)
                && !reserved.contains(&byte)
        };
        let encode = |byte: u8| {
            if is_plain(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        };
        text.bytes().map(encode).collect()
    };
    let query = query
        .map(|query| format!("?{}", encode(query, b"+%")))
        .unwrap_or_default();
    encode(path, b"") + &query
}

/// Returns the lines of the scenario, each with what its answer must hold.
fn scenario() -> Vec<(&'static str, Vec<&'static str>)> {
    let mut scenario: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in SCENARIO
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        match line.strip_prefix("    ") {
            Some(held) => scenario.last_mut().unwrap().1.push(held),
            None => scenario.push((line, Vec::new())),
        }
    }
    scenario
}

#[test]
fn answers_are_right() {
    let mut client = Client::with(&[]);
    let mut wrong = Vec::new();
    for (line, held) in scenario() {
        let (status, answer) = client.play(line);
        if answer.status != status {
            wrong.push(format!("{line}\n  {} {}", answer.status, answer.body));
        }
        for held in held {
            let (pointer, expected) = held.split_once(' ').unwrap();
            let expected: Value = serde_json::from_str(&client.named(expected)).unwrap();
            let found = answer
                .body
                .pointer(&client.named(pointer))
                .unwrap_or(&Value::Null);
            if *found != expected {
                wrong.push(format!("{line}\n  {pointer} is {found}\n  {}", answer.body));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_break_is_seen() {
    let mut right = Client::with(&[]);
    let mut expected = Vec::new();
    for (line, _) in scenario() {
        let answer = right.play(line).1;
        expected.push(right.transcript(answer));
    }
    let expected = &expected;
    let differs = move |name: &str| {
        let mut client = Client::with(&[name]);
        scenario()
            .iter()
            .zip(expected)
            .any(|((line, _), expected)| {
                let answer = client.play(line).1;
                client.transcript(answer) != *expected
            })
    };
    assert!(
        !differs("nothing"),
        "the scenario is not the same each time"
    );
    let names: Vec<_> = BREAKS
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| !ELSEWHERE.contains(name))
        .collect();
    let unseen: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = names
            .chunks(names.len() / 8 + 1)
            .map(|some| {
                scope.spawn(move || {
                    some.iter()
                        .filter(|name| !differs(name))
                        .copied()
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    assert!(unseen.is_empty(), "{unseen:?}");
}

#[test]
fn starts_at_once() {
    let begin = std::time::Instant::now();
    for _ in 0..20 {
        drop(Stub::start(&[]));
    }
    assert!(
        begin.elapsed() < Duration::from_millis(1000),
        "{:?}",
        begin.elapsed()
    );
}

#[test]
fn yes_man_says_yes() {
    let mut client = Client::new(Stub::start_yes_man());
    assert_eq!(client.play("200 DELETE /Users/1").1.status, 200);
    assert_eq!(
        client.play("200 GET /Users?filter=(").1.body["totalResults"],
        1
    );
    assert_eq!(client.play("200 GET /Schemas").1.body["totalResults"], 6);
}

#[test]
fn every_break_is_listed() {
    let listed: BTreeSet<String> = BREAKS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(listed.len(), BREAKS.len(), "a name is listed twice");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stub");
    let mut asked = BTreeSet::new();
    for file in std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
    {
        if !file.ends_with("listed.rs") && file.extension().is_some_and(|kind| kind == "rs") {
            let source = std::fs::read_to_string(&file).unwrap();
            asked.extend(
                source
                    .split('"')
                    .filter(|text| is_name(text))
                    .map(str::to_owned),
            );
        }
    }
    let missing: Vec<_> = asked.difference(&listed).collect();
    let unused: Vec<_> = listed.difference(&asked).collect();
    assert!(
        missing.is_empty() && unused.is_empty(),
        "not listed: {missing:?}; not asked: {unused:?}"
    );
}

/// Whether a literal is a line of the catalogue, perhaps with a suffix.
fn is_name(text: &str) -> bool {
    let (line, suffix) = text.split_once('.').unwrap_or((text, "x"));
    let mut line = line.chars();
    line.next()
        .is_some_and(|group| ('A'..='W').contains(&group))
        && line.as_str().parse::<u8>().is_ok()
        && !suffix.is_empty()
        && suffix.chars().all(char::is_alphabetic)
}

/// Sends the same two requests at once and returns their statuses, in order.
fn at_once(client: &Client, method: &str, path: &str, etag: &str, bodies: [Value; 2]) -> [u16; 2] {
    let send = |body: &Value| {
        let headers = [("if-match", etag)];
        client
            .send_raw(
                method,
                path,
                &headers[..usize::from(!etag.is_empty())],
                Some(body.to_string().into()),
            )
            .status
    };
    let mut statuses = std::thread::scope(|scope| {
        let threads = bodies.each_ref().map(|body| scope.spawn(|| send(body)));
        threads.map(|thread| thread.join().unwrap())
    });
    statuses.sort_unstable();
    statuses
}

#[test]
fn of_two_requests_at_once_one_wins() {
    let user = json!({ "schemas": [URNS[0].1], "userName": "racer" });
    let group = json!({ "schemas": [URNS[1].1], "displayName": "racers" });
    let add = |id: &str| {
        json!({ "schemas": [URNS[8].1], "Operations": [
            { "op": "add", "path": "members", "value": [{ "value": id }] },
        ]})
    };
    for (broken, made, patched, members) in [
        (&[][..], [201, 409], [200, 412], 2),
        (&["C19"], [201, 201], [200, 412], 2),
        (&["M7"], [201, 409], [200, 200], 2),
        (&["S16"], [201, 409], [200, 412], 1),
    ] {
        let client = Client::with(broken);
        assert_eq!(
            at_once(&client, "POST", "/Users", "", [user.clone(), user.clone()]),
            made,
            "{broken:?}"
        );
        let id = client.send("POST", "/Groups", &group).body["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let path = format!("/Groups/{id}");
        at_once(&client, "PATCH", &path, "", [add("a"), add("b")]);
        let found = client.send_raw("GET", &path, &[], None);
        assert_eq!(
            found.body["members"].as_array().unwrap().len(),
            members,
            "{broken:?}"
        );
        let etag = found.header("etag").to_owned();
        assert_eq!(
            at_once(&client, "PATCH", &path, &etag, [add("c"), add("d")]),
            patched,
            "{broken:?}"
        );
    }
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

#[test]
fn cursors_expire() {
    for (broken, status) in [(&[][..], 400), (&["I11"], 200)] {
        let mut client = Client::new(Stub::start_with_cursor_timeout(
            broken,
            Duration::from_millis(1),
        ));
        for name in ["a", "b"] {
            client.send(
                "POST",
                "/Users",
                &json!({ "schemas": [URNS[0].1], "userName": name }),
            );
        }
        client.play("cursor: 200 GET /Users?cursor&count=1");
        std::thread::sleep(Duration::from_millis(5));
        assert_eq!(
            client
                .play("200 GET /Users?count=1&cursor=$cursor")
                .1
                .status,
            status
        );
    }
}

#[test]
fn sizes_are_limited() {
    let long = "x".repeat((1 << 20) + 1);
    for (broken, bulk, user) in [
        (&[][..], 413, 413),
        (&["O15"], 400, 413),
        (&["Q6"], 413, 201),
    ] {
        let client = Client::with(broken);
        assert_eq!(
            client
                .send("POST", "/Bulk", &json!({ "long": long }))
                .status,
            bulk,
            "{broken:?}"
        );
        let body = json!({ "schemas": [URNS[0].1], "userName": "long", "title": long });
        assert_eq!(
            client.send("POST", "/Users", &body).status,
            user,
            "{broken:?}"
        );
    }
}

#[test]
fn many_are_no_trouble() {
    for (broken, total, page, members) in [
        (&[][..], 1100, 100, 600),
        (&["H12"], 1000, 100, 600),
        (&["H11"], 1100, 20, 600),
        (&["F27"], 200, 100, 600),
        (&["S13"], 1100, 100, 500),
    ] {
        let client = Client::with(broken);
        for hundred in 0..11 {
            let user = |n: usize| json!({ "schemas": [URNS[0].1], "userName": format!("user{hundred}-{n}") });
            let step = |n| json!({ "method": "POST", "path": "/Users", "bulkId": format!("b{n}"), "data": user(n) });
            let steps: Vec<Value> = (0..100).map(step).collect();
            client.send(
                "POST",
                "/Bulk",
                &json!({ "schemas": [URNS[7].1], "Operations": steps }),
            );
        }
        let listed = client.send_raw("GET", "/Users", &[], None).body;
        assert_eq!(listed["totalResults"], total, "{broken:?}");
        assert_eq!(listed["itemsPerPage"], page, "{broken:?}");
        let group = client.send(
            "POST",
            "/Groups",
            &json!({ "schemas": [URNS[1].1], "displayName": "all" }),
        );
        let added: Vec<Value> = (0..600)
            .map(|n| json!({ "value": format!("{n}") }))
            .collect();
        let operation = json!({ "op": "add", "path": "members", "value": added });
        let patch = json!({ "schemas": [URNS[8].1], "Operations": [operation] });
        let path = format!("/Groups/{}", group.body["id"].as_str().unwrap());
        assert_eq!(
            client.send("PATCH", &path, &patch).body["members"]
                .as_array()
                .unwrap()
                .len(),
            members
        );
    }
}

//! The specimen is right, and each of its rules can be broken.
//!
//! `stub/scenario.txt` has requests with the status that each must have and, indented, what must be in its body. Played
//! to the right specimen, all of it holds; played to one with a broken rule, some answer differs.

#[path = "stub/play.rs"]
mod play;
mod stub;

use std::collections::BTreeSet;
use std::time::Duration;

use play::{Client, URNS, scenario};
use serde_json::{Value, json};
use stub::Stub;
use stub::listed::BREAKS;

/// Breaks that the scenario cannot show: they need two requests at once, time, size, another base or what the client
/// here does not send. The suite sees them (`self_test.rs`).
const ELSEWHERE: &[&str] = &[
    "A19.version",
    "C19",
    "F27",
    "H11",
    "H12",
    "I11",
    "J46.large",
    "M7",
    "O15",
    "Q6",
    "R12.chunks",
    "R12.expect",
    "S13",
    "S16",
    "U17",
    "U9.slow",
];

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
        begin.elapsed() < Duration::from_secs(1),
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
        if !file.ends_with("listed.rs")
            && !file.ends_with("play.rs")
            && file.extension().is_some_and(|kind| kind == "rs")
        {
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
                if etag.is_empty() { &[] } else { &headers },
                Some(body.to_string().into()),
            )
            .status
    };
    let mut statuses = std::thread::scope(|scope| {
        let threads = bodies.each_ref().map(|body| scope.spawn(|| send(body)));
        threads.map(|thread| thread.join().unwrap_or_default())
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
        (&["Q6"], 500, 500),
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

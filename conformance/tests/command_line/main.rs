//! The program as it is called: exit codes, files, words, and Ctrl-C.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod leftovers;
mod program;
mod tiny;

use std::fs;
use std::process::Output;

use axum::http::StatusCode;
use program::{code, command, judge, said, shown};
use serde_json::Value;
use tiny::{Faults, TOKEN, Tiny};

/// A check that passes on the tiny server, and fails if it takes duplicates.
const CHECK: &str = "duplicate-is-409";

/// Exits with 2 and says this.
#[track_caller]
fn is_refused(output: &Output, words: &[&str]) {
    assert_eq!(code(output), 2, "{}", said(output));
    for word in words {
        assert!(said(output).contains(word), "{word}: {}", said(output));
    }
    assert_eq!(shown(output), "", "no report without judgement");
}

#[test]
fn a_good_server_gives_0_and_is_left_clean() {
    let tiny = Tiny::start(Faults::default());
    tiny.put("alice");
    let output = judge(&tiny, &["--only", CHECK]);
    assert_eq!(code(&output), 0, "{}{}", shown(&output), said(&output));
    assert!(
        shown(&output).contains("1 of 1 MUST pass"),
        "{}",
        shown(&output)
    );
    assert!(
        !shown(&output).contains('\u{1b}'),
        "colours are for terminals"
    );
    assert_eq!(said(&output), "", "a bar is for terminals");
    assert_eq!(tiny.made(), 2);
    assert_eq!(tiny.names(), ["alice"]);
}

#[test]
fn a_broken_rule_gives_1_and_is_shown() {
    let tiny = Tiny::start(Faults {
        takes_duplicates: true,
        ..Faults::default()
    });
    let output = judge(&tiny, &["--only", CHECK]);
    assert_eq!(code(&output), 1);
    for words in [
        "RFC 7644 §3.3",
        "status 409 with scimType uniqueness",
        "curl -i -X POST",
        "HTTP 201 Created",
    ] {
        assert!(
            shown(&output).contains(words),
            "{words}: {}",
            shown(&output)
        );
    }
    assert_eq!(tiny.names(), Vec::<String>::new());
}

#[test]
fn where_all_is_blocked_nothing_is_judged() {
    let tiny = Tiny::start(Faults {
        makes_nothing: true,
        ..Faults::default()
    });
    let output = judge(&tiny, &["--only", CHECK]);
    assert_eq!(code(&output), 2);
    assert!(said(&output).contains("nothing could be judged"));
    assert!(
        shown(&output).contains("1 check  POST /Users: expected status 201; got status 501"),
        "{}",
        shown(&output)
    );
}

#[test]
fn a_wrong_token_is_one_message() {
    let tiny = Tiny::start(Faults::default());
    let base_url = tiny.base_url();
    let output = command(&["--base-url", &base_url, "--token", "a-wrong-token"])
        .output()
        .unwrap();
    is_refused(
        &output,
        &["/Users?count=1 answers 401", "does not take this token"],
    );
    let output = command(&["--base-url", &base_url]).output().unwrap();
    is_refused(
        &output,
        &["answers 401", "no token was given", "SCIM_TOKEN"],
    );
    let faults = Faults {
        always: Some((StatusCode::FORBIDDEN, "{}")),
        ..Faults::default()
    };
    is_refused(&judge(&Tiny::start(faults), &[]), &["answers 403"]);
}

#[test]
fn what_is_no_scim_server_is_one_message() {
    let page = Faults {
        always: Some((StatusCode::OK, "<h1>Welcome</h1>")),
        ..Faults::default()
    };
    is_refused(
        &judge(&Tiny::start(page), &[]),
        &["there is no SCIM server", "answers 200"],
    );
    let tiny = Tiny::start(Faults::default());
    let root = format!("http://{}", tiny.address);
    let output = command(&["--base-url", &root, "--token", TOKEN])
        .output()
        .unwrap();
    is_refused(
        &output,
        &[
            "there is no SCIM server",
            "answers 404",
            "https://scim.example.com/v2",
        ],
    );
    let output = command(&["--base-url", "http://127.0.0.1:1/v2"])
        .output()
        .unwrap();
    is_refused(&output, &["does not answer", "refused"]);
}

#[test]
fn what_cannot_be_meant_is_refused() {
    for (arguments, words) in [
        (
            &["--base-url", "scim.example.com"][..],
            "http:// or https://",
        ),
        (
            &["--base-url", "https://me:pass@scim.example.com/v2"],
            "--header",
        ),
        (
            &["--base-url", "https://scim.example.com/v2?key=1"],
            "a query",
        ),
        (&[], "--base-url"),
        (
            &["--list", "--only", "duplicate-is-408"],
            "near it: duplicate-is-409",
        ),
        (&["--list", "--skip", "craete"], "create"),
        (&["--list", "--format", "html"], "text or json"),
        (&["--list", "--output", "report.pdf"], ".html"),
        (&["--list", "--rate", "0"], "0.01"),
        (
            &["--base-url", "http://127.0.0.1:1", "--header", "no colon"],
            "Name: value",
        ),
        (
            &[
                "--base-url",
                "http://127.0.0.1:1",
                "--baseline",
                "/no/such/file",
            ],
            "/no/such/file",
        ),
    ] {
        is_refused(&command(arguments).output().unwrap(), &[words]);
    }
}

#[test]
fn the_list_has_all_checks_and_runs_none() {
    let output = command(&["--list"]).output().unwrap();
    assert_eq!(code(&output), 0);
    assert!(shown(&output).contains("rfc7644-3.3/duplicate-is-409"));
    let output = command(&["--list", "--format", "json", "--only", "create"])
        .output()
        .unwrap();
    let list: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(list["areas"].as_array().unwrap().len(), 1);
    let first = &list["areas"][0]["checks"][0];
    for name in ["id", "line", "level", "source", "rule", "needs", "profiles"] {
        assert!(first.get(name).is_some(), "{name}");
    }
}

#[test]
fn an_id_is_found_as_reports_write_it() {
    let tiny = Tiny::start(Faults::default());
    let id = "rfc7644-3.3/create-answers-201[User]";
    let output = judge(&tiny, &["--only", id, "--format", "json"]);
    assert!(shown(&output).contains(id), "{}", shown(&output));
}

#[test]
fn files_get_the_form_of_their_ending() {
    let tiny = Tiny::start(Faults::default());
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let files = ["r.txt", "r.json", "r.xml", "r.html", "r.md", "r.svg"].map(path);
    let mut arguments = vec!["--only", CHECK, "--format", "markdown"];
    arguments.extend(files.iter().flat_map(|it| ["--output", it]));
    let output = judge(&tiny, &arguments);
    assert_eq!(code(&output), 0, "{}", said(&output));
    assert!(shown(&output).starts_with("## SCIM conformance"));
    let begins = [
        "\nSCIM conformance",
        "{",
        "<?xml",
        "<!DOCTYPE html>",
        "## SCIM",
        "<svg",
    ];
    for (file, begin) in files.iter().zip(begins) {
        let text = fs::read_to_string(file).unwrap();
        assert!(text.starts_with(begin), "{file}: {text}");
    }
    assert!(fs::read_to_string(&files[5]).unwrap().contains("1/1 MUST"));
}

#[test]
fn against_a_baseline_only_what_is_worse_counts() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (good, bad) = (path("good.json"), path("bad.json"));
    let right = Tiny::start(Faults::default());
    let wrong = Tiny::start(Faults {
        takes_duplicates: true,
        ..Faults::default()
    });
    assert_eq!(
        code(&judge(&right, &["--only", CHECK, "--output", &good])),
        0
    );
    assert_eq!(
        code(&judge(&wrong, &["--only", CHECK, "--output", &bad])),
        1
    );
    for (server, baseline, expected, words) in [
        (&right, &good, 0, "0  worse than before"),
        (&wrong, &good, 1, "1  worse than before"),
        (&wrong, &bad, 0, "1  still as bad"),
        (&right, &bad, 0, "1  better than before"),
    ] {
        let output = judge(server, &["--only", CHECK, "--baseline", baseline]);
        assert_eq!(code(&output), expected, "{words}");
        assert!(
            shown(&output).contains(words),
            "{words}: {}",
            shown(&output)
        );
    }
}

#[test]
fn no_report_shows_a_secret_that_the_server_echoes() {
    let tiny = Tiny::start(Faults {
        makes_nothing: true,
        ..Faults::default()
    });
    let header = "X-Api-Key: another-secret-of-mine";
    for format in ["text", "json", "junit", "html", "markdown", "badge"] {
        let arguments = ["--only", "create", "--header", header, "--format", format];
        let output = judge(&tiny, &arguments);
        for secret in [TOKEN, "another-secret-of-mine"] {
            assert!(!shown(&output).contains(secret), "{}", shown(&output));
            assert!(!said(&output).contains(secret), "{}", said(&output));
        }
    }
    let output = judge(&tiny, &["--only", "create", "--header", header]);
    assert!(
        shown(&output).contains("'x-api-key: …'"),
        "{}",
        shown(&output)
    );
    assert!(
        shown(&output).contains("you sent Bearer $TOKEN and …"),
        "{}",
        shown(&output)
    );
}

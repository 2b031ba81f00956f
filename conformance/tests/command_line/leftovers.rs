//! What is left on a server: nothing, also after Ctrl-C.

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use crate::CHECK;
use crate::program::{code, command, judge, said, shown};
use crate::tiny::{Faults, TOKEN, Tiny};

#[test]
fn clean_takes_away_ours_and_nobody_elses() {
    let tiny = Tiny::start(Faults::default());
    for name in [
        "alice",
        "scimconf-0a1b2c3d-1-1",
        "SCIMCONF-0A1B2C3D-2-1",
        "scimconfigurator",
    ] {
        tiny.put(name);
    }
    let output = judge(&tiny, &["--clean"]);
    assert_eq!(
        (code(&output), shown(&output).as_str()),
        (0, "2 deleted\n"),
        "{}",
        said(&output)
    );
    assert_eq!(tiny.names(), ["alice", "scimconfigurator"]);
}

#[test]
fn what_cannot_be_deleted_is_named() {
    let tiny = Tiny::start(Faults {
        keeps_all: true,
        ..Faults::default()
    });
    let output = judge(&tiny, &["--only", CHECK]);
    assert!(
        shown(&output).contains("left on the server: DELETE /Users/0 answers 403"),
        "{}",
        shown(&output)
    );
    let output = judge(&tiny, &["--clean"]);
    assert_eq!(code(&output), 1);
    assert!(
        said(&output).contains("DELETE /Users/0 answers 403"),
        "{}",
        said(&output)
    );
}

/// Begins to judge a server that thinks before it makes a user, and waits for the first one.
fn begun(tiny: &Tiny, only: &str) -> Child {
    let arguments = ["--only", only, "--jobs", "1"];
    let mut command = command(&arguments);
    command
        .env("SCIM_BASE_URL", tiny.base_url())
        .env("SCIM_TOKEN", TOKEN);
    let child = command.spawn().unwrap();
    let patience = Instant::now() + Duration::from_secs(20);
    while tiny.made() == 0 {
        assert!(Instant::now() < patience, "nothing is made");
        std::thread::sleep(Duration::from_millis(5));
    }
    child
}

fn interrupt(child: &Child) {
    let id = child.id().to_string();
    let kill = Command::new("kill").args(["-INT", &id]).status().unwrap();
    assert!(kill.success());
}

#[test]
fn ctrl_c_ends_in_order() {
    let thinks = Duration::from_millis(300);
    let tiny = Tiny::start(Faults {
        thinks,
        ..Faults::default()
    });
    let child = begun(&tiny, "create");
    interrupt(&child);
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 130, "{}", said(&output));
    assert!(
        shown(&output).contains("Interrupted after "),
        "{}",
        shown(&output)
    );
    assert!(said(&output).contains("no new check begins"));
    assert_eq!(
        tiny.names(),
        Vec::<String>::new(),
        "what was made is taken away"
    );
}

#[test]
fn a_second_ctrl_c_ends_at_once() {
    let thinks = Duration::from_secs(2);
    let tiny = Tiny::start(Faults {
        thinks,
        ..Faults::default()
    });
    let child = begun(&tiny, CHECK);
    interrupt(&child);
    std::thread::sleep(Duration::from_millis(200));
    interrupt(&child);
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 130);
    assert!(said(&output).contains("--clean"), "{}", said(&output));
    assert_eq!(shown(&output), "");
}

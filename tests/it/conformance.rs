//! Vestibule before its own judge, which shares nothing with it but the wire.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use conformance::catalogue::{AREAS, Area};
use conformance::check::{Check, Profile};
use conformance::report::{CheckResult, Outcome};
use conformance::run::{Manner, run, tasks};
use conformance::server::Server;
use conformance::wire::{Target, Wire};

use crate::support::{Client, TestServer};

/// The identity providers that come to us, each with what it sends.
const PROVIDERS: [Profile; 6] = [
    Profile::Entra,
    Profile::Okta,
    Profile::Google,
    Profile::Onelogin,
    Profile::Keycloak,
    Profile::Auth0,
];

/// What we do not have, and say so.
const NOT_OFFERED: [&str; 2] = ["changePassword", "securityEvents"];

/// Runs the checks that are wanted, with a token of this profile, and expects all to pass.
async fn passes(
    server: &TestServer,
    token: &str,
    scale: Option<usize>,
    wanted: impl Fn(&Area, &Check) -> bool + Send + 'static,
) {
    let target = Target {
        base_url: server.tenant_url().to_owned(),
        token: Some(token.to_owned()),
        headers: Vec::new(),
        insecure: false,
        timeout: Duration::from_mins(1),
        rate: None,
    };
    let judged = tokio::task::spawn_blocking(move || judge(target, scale, wanted));
    let results = judged.await.expect("the judge comes to an end");

    let passed = results
        .iter()
        .filter(|it| it.outcome == Outcome::Pass)
        .count();
    let others = results
        .iter()
        .filter(|it| !matches!(it.outcome, Outcome::Pass | Outcome::NotOffered));
    let others: Vec<String> = others.map(described).collect();
    // a feature that is no longer announced is no longer judged
    let silent = results.iter().filter_map(|it| it.reason.as_deref());
    let silent: BTreeSet<&str> = silent
        .filter(|it| it.starts_with("ServiceProviderConfig ") || it.starts_with("/ResourceTypes "))
        .filter(|it| !NOT_OFFERED.iter().any(|feature| it.contains(feature)))
        .collect();
    assert!(silent.is_empty(), "{silent:?}");
    assert!(others.is_empty(), "{}", others.join("\n"));
    assert!(passed > 0, "nothing was judged");
}

fn judge(
    target: Target,
    scale: Option<usize>,
    wanted: impl Fn(&Area, &Check) -> bool,
) -> Vec<CheckResult> {
    let wire = Wire::new(target);
    let server = Server::discover(&wire).expect("the server answers");
    let tasks = tasks(AREAS, &server, wanted);
    let manner = Manner {
        jobs: 4,
        keep: false,
        scale,
        stop: &AtomicBool::new(false),
    };
    run(&tasks, &server, &wire, &manner, |_| {})
}

fn described(result: &CheckResult) -> String {
    let finding = result.finding.as_ref().map(ToString::to_string);
    let why = finding
        .or_else(|| result.reason.clone())
        .unwrap_or_default();
    format!("{} {}: {why}", result.outcome.name(), result.id)
}

/// What the suite left behind: users and groups whose names it made.
async fn left_behind(client: &Client) -> Vec<String> {
    let mut names = client.users_where("userName sw \"scimconf\"").await;
    let groups = client
        .find("/scim/v2/Groups", "displayName sw \"scimconf\"")
        .await;
    names.extend(
        groups
            .is(200)
            .each("displayName")
            .iter()
            .map(ToString::to_string),
    );
    names
}

on_each_database! {
    async fn every_rule_of_the_rfcs_is_kept(server: TestServer) {
        let strict = server.token_for("default", "strict");
        let of_rfcs = |area: &Area, check: &Check| check.profiles.is_empty() && !["race", "scale"].contains(&area.name);

        passes(&server, &strict, None, of_rfcs).await;

        assert_eq!(left_behind(&server).await, [""; 0]);
    }

    async fn every_identity_provider_has_what_it_needs(server: TestServer) {
        let auto = server.token_for("default", "auto");
        passes(&server, &auto, None, |_, check| PROVIDERS.iter().any(|it| check.profiles.contains(it))).await;
    }

    async fn races_have_one_winner_and_cost_grows_with_the_answer(server: TestServer) {
        let strict = server.token_for("default", "strict");
        passes(&server, &strict, Some(500), |area, _| ["race", "scale"].contains(&area.name)).await;
    }
}

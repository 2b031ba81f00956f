//! Tokens and organizations: who sees what, and until when (CHECKS B8, B9; issue 2, section 4).

use std::collections::BTreeSet;
use std::process::Output;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::support::{Client, TestServer, at_group, at_user, group, search, user};

const USERS: &str = "/scim/v2/Users";

/// Returns the ids that `token list --json` shows.
fn token_ids(server: &TestServer) -> BTreeSet<String> {
    let listed = server.database().cli(&["token", "list", "--json"]);
    let id = |line: &str| {
        let token: Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        token["id"]
            .as_str()
            .map_or_else(|| token["id"].to_string(), str::to_owned)
    };
    listed.lines().map(id).collect()
}

/// Makes a token, and returns its id and a client that uses it.
fn new_token(server: &TestServer, options: &[&str]) -> (String, Client) {
    let before = token_ids(server);
    let client = server.with_token(&server.token_with(options));
    let mut new = token_ids(server)
        .difference(&before)
        .cloned()
        .collect::<Vec<_>>();
    (new.pop().expect("the new token is listed"), client)
}

/// Returns a moment some seconds from now, as RFC 3339 writes it.
fn seconds_from_now(seconds: u64) -> String {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("it is later than 1970")
        .as_secs()
        + seconds;
    let (mut day, second) = (now / 86_400, now % 86_400);
    let leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let mut year = 1970;
    while day >= 365 + u64::from(leap(year)) {
        day -= 365 + u64::from(leap(year));
        year += 1;
    }
    let mut month = 1;
    for days in [
        31,
        28 + u64::from(leap(year)),
        31,
        30,
        31,
        30,
        31,
        31,
        30,
        31,
        30,
        31,
    ] {
        if day < days {
            break;
        }
        day -= days;
        month += 1;
    }
    format!(
        "{year}-{month:02}-{:02}T{:02}:{:02}:{:02}Z",
        day + 1,
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

fn secret_in(output: &str) -> String {
    let found = output.split_whitespace().find(|it| it.starts_with("vst_"));
    found
        .unwrap_or_else(|| panic!("no token in {output:?}"))
        .to_owned()
}

on_each_database! {
    async fn another_organization_sees_nothing(server: TestServer) { // B9
        let acme = server.in_new_organization("acme");
        let ada = server.create_user("ada").await;
        let staff = server.create_group("Staff", &[&ada]).await;

        for endpoint in [USERS, "/scim/v2/Groups"] {
            assert_eq!(acme.get(endpoint).await.is(200).total(), 0);
        }
        assert_eq!(acme.post("/scim/v2/.search", search(json!({}))).await.is(200).total(), 0);
        for filter in ["userName eq \"ada\"".to_owned(), format!("id eq \"{ada}\""), format!("groups.value eq \"{staff}\""), "userName pr".to_owned()] {
            assert_eq!(acme.users_where(&filter).await, [""; 0], "{filter}");
        }
        for path in [at_user(&ada), at_group(&staff)] {
            acme.get(&path).await.refused(404);
        }
    }

    async fn another_organization_changes_nothing(server: TestServer) { // B9
        let acme = server.in_new_organization("acme");
        let ada = server.create_user("ada").await;
        let staff = server.create_group("Staff", &[&ada]).await;
        let (user_path, group_path) = (at_user(&ada), at_group(&staff));
        let before = (server.read(&user_path).await, server.read(&group_path).await);

        for (path, body) in [(&user_path, user("eve")), (&group_path, group("Eve", &[]))] {
            acme.put(path, body).await.refused(404);
            acme.edit(path, json!([{ "op": "replace", "path": "displayName", "value": "Eve" }])).await.refused(404);
            acme.edit(path, json!([{ "op": "remove", "path": "members" }])).await.refused(404);
            acme.delete(path).await.refused(404);
        }
        acme.request("GET", &user_path, None, &[("if-none-match", "*")]).await.refused(404);

        assert_eq!((server.read(&user_path).await, server.read(&group_path).await), before);
    }

    async fn another_organization_is_in_nobodys_way(server: TestServer) { // B9
        let acme = server.in_new_organization("acme");
        let ada = server.create_user("ada").await;
        server.create_group("Staff", &[]).await;

        let other = acme.create_user("ada").await;
        let group = acme.create_group("Staff", &[&other]).await;

        assert_ne!(other, ada);
        assert_eq!(server.users_where("userName pr").await, ["ada"]);
        acme.delete(&at_user(&other)).await.is(204);
        server.get(&at_user(&ada)).await.is(200);
        // A member is somebody of the same organization, or nobody.
        acme.post("/scim/v2/Groups", crate::support::group("Mixed", &[&ada])).await.refused_as(400, "invalidValue");
        let add = json!([{ "op": "add", "path": "members", "value": [{ "value": ada }] }]);
        acme.edit(&at_group(&group), add).await.refused_as(400, "invalidValue");
        assert!(server.read(&at_user(&ada)).await.get("groups").is_none_or(|it| *it == json!([])));
    }

    async fn organizations_are_listed(server: TestServer) {
        let database = server.database();
        database.cli(&["org", "create", "acme"]);

        let listed = database.cli(&["org", "list"]);
        assert!(listed.contains("default") && listed.contains("acme"), "{listed}");
        assert!(!database.run(&["org", "create", "acme"]).status.success());
        assert!(!database.run(&["token", "create", "--quiet", "--org", "nonesuch"]).status.success());
    }

    async fn a_revoked_token_stops_within_a_second(server: TestServer) { // B8
        let (id, client) = new_token(&server, &["--name", "doomed"]);
        client.get(USERS).await.is(200);

        server.database().cli(&["token", "revoke", &id]);

        let answer = client.is_out_within_a_second(Instant::now()).await;
        assert!(answer.header("www-authenticate").to_lowercase().starts_with("bearer"));
        client.post(USERS, user("ada")).await.refused(401);
        client.clone().get(USERS).await.refused(401);
        server.get(USERS).await.is(200);
    }

    async fn an_expired_token_stops_at_once(server: TestServer) { // B8
        let client = server.with_token(&server.token_with(&["--expires", &seconds_from_now(3)]));
        let lasting = server.with_token(&server.token_with(&["--expires", "30d"]));
        let give_up = Instant::now() + Duration::from_mins(1);

        // The server's clock decides; asking until it has decided needs none of ours.
        loop {
            let answer = client.get(USERS).await.one_of(&[200, 401]);
            if answer.status == 401 {
                answer.refused(401);
                break;
            }
            assert!(Instant::now() < give_up, "the token never expires");
        }
        client.get(USERS).await.refused(401);
        lasting.get(USERS).await.is(200);
    }

    async fn a_token_of_the_past_is_no_token(server: TestServer) { // B8
        let made: Output = server.database().run(&["token", "create", "--quiet", "--expires", "2020-01-01T00:00:00Z"]);

        if made.status.success() {
            let secret = secret_in(&String::from_utf8(made.stdout).unwrap());
            server.with_token(&secret).get(USERS).await.refused(401);
        }
        assert!(!server.database().run(&["token", "create", "--quiet", "--expires", "someday"]).status.success());
    }

    async fn a_rotated_token_and_the_new_one_live_side_by_side(server: TestServer) { // issue 2, section 4
        let (id, old) = new_token(&server, &["--name", "rotating", "--profile", "entra"]);

        let new = server.with_token(&secret_in(&server.database().cli(&["token", "rotate", &id])));

        assert_ne!(new.token(), old.token());
        let ada = new.create_user("ada").await;
        assert_eq!(old.read(&at_user(&ada)).await["userName"], "ada");
        for id in token_ids(&server) {
            server.database().run(&["token", "revoke", &id]);
        }
        let revoked = Instant::now();
        for client in [&old, &new, &*server] {
            client.is_out_within_a_second(revoked).await;
        }
    }

    async fn a_token_may_be_bound_to_addresses(server: TestServer) { // issue 2, section 4
        let bound = |networks: &[&str]| {
            let options: Vec<&str> = networks.iter().flat_map(|it| ["--allow", it]).collect();
            server.with_token(&server.token_with(&options))
        };

        bound(&["127.0.0.0/8"]).get(USERS).await.is(200);
        bound(&["10.0.0.0/8", "127.0.0.1/32"]).get(USERS).await.is(200);
        bound(&["10.0.0.0/8"]).get(USERS).await.one_of(&[401, 403]).is_scim_error();
        bound(&["2001:db8::/32"]).post(USERS, user("ada")).await.one_of(&[401, 403]).is_scim_error();
        assert_eq!(server.get(USERS).await.is(200).total(), 0);
        assert!(!server.database().run(&["token", "create", "--quiet", "--allow", "everywhere"]).status.success());
    }

    async fn a_list_of_tokens_shows_no_secret(server: TestServer) { // Q7
        let (_, client) = new_token(&server, &["--name", "shy"]);
        client.get(USERS).await.is(200);

        let listed = server.database().cli(&["token", "list", "--json"]) + &server.database().cli(&["token", "list"]);

        for secret in [client.token(), server.token()] {
            assert!(!listed.contains(secret), "{listed}");
        }
        assert!(listed.contains("shy"), "{listed}");
    }

    async fn an_unknown_profile_is_refused(server: TestServer) {
        let made = server.database().run(&["token", "create", "--quiet", "--profile", "okto"]);

        assert!(!made.status.success());
        let said = String::from_utf8_lossy(&made.stderr).into_owned();
        assert!(said.contains("okta"), "the nearest is suggested: {said}");
    }
}

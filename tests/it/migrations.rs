//! A populated database goes back to an older version's tables, and forth again.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{TestServer, at_group, at_user};

/// How many steps there are: one file each.
fn steps() -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/src");
    let files = std::fs::read_dir(folder).unwrap();
    let names = files.map(|it| it.unwrap().file_name().into_string().unwrap());
    let digit = |name: &str, n| name.as_bytes().get(n).is_some_and(u8::is_ascii_digit);
    names
        .filter(|it| it.starts_with('m') && digit(it, 1) && digit(it, 8))
        .count()
}

/// What a version that has the first step knows.
async fn known(server: &TestServer) -> Vec<Value> {
    let database = server.database();
    let lines = |arguments: &[&str]| -> Vec<Value> {
        let said = database.cli(arguments);
        let read = |line| serde_json::from_str::<Value>(line).unwrap();
        said.lines().map(read).collect()
    };
    let mut known = Vec::new();
    for path in ["Users?sortBy=userName", "Groups?sortBy=displayName"] {
        let mut list = server.read(&format!("/scim/v2/{path}")).await;
        // the port is another one after each start
        let host = server.tenant_url().trim_end_matches("/scim/v2");
        let text = list.take().to_string().replace(host, "");
        known.push(serde_json::from_str(&text).unwrap());
    }
    let mut tokens = lines(&["token", "list", "--json"]);
    for token in &mut tokens {
        token["lastUsed"] = Value::Null;
    }
    known.push(tokens.into());
    known.push(lines(&["log", "--json"]).into());
    known.push(database.cli(&["org", "list"]).into());
    known
}

on_each_database! {
    async fn going_back_to_the_first_tables_and_forth_keeps_what_they_hold(server: TestServer) {
        let ids = server.create_users(&(0..20).map(|n| format!("user{n:02}")).collect::<Vec<_>>()).await;
        let members: Vec<&str> = ids.iter().map(String::as_str).take(12).collect();
        let group = server.create_group("Staff", &members).await;
        server.create_group("Nobody", &[]).await;
        server.edit(&at_user(&ids[3]), json!([{ "op": "replace", "path": "active", "value": false }])).await.is(200);
        server.delete(&at_user(&ids[19])).await.is(204);
        let acme = server.in_new_organization("acme");
        acme.create_user("user00").await;
        let before = known(&server).await;
        let database = server.database();
        assert!(server.terminate().success());

        let back = (steps() - 1).to_string();
        database.cli(&["migrate", "--down", &back]);
        database.cli(&["migrate"]);

        let again = TestServer::start(database, &[]);
        assert_eq!(known(&again).await, before);
        let acme = again.with_token(acme.token());
        assert_eq!(acme.users_where("userName pr").await, ["user00"]);
        // What can be looked up can be changed.
        again.edit(&at_group(&group), json!([{ "op": "add", "path": "members", "value": [{ "value": ids[15] }] }])).await.is(204);
        again.post("/scim/v2/Users", crate::support::user("USER07")).await.refused_as(409, "uniqueness");
    }
}

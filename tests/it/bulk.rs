//! Bulk requests (RFC 7644 §3.7): results, order and errors. References between operations
//! are in `bulk_references.rs`.

use serde_json::{Value, json};

use crate::support::{
    Answer, BULK_REQUEST, BULK_RESPONSE, Client, Database, ERROR, TestServer, at_user, bulk, user,
};

const BULK: &str = "/scim/v2/Bulk";

/// Sends operations that must be processed, and returns the results.
async fn results(client: &Client, operations: Value) -> Vec<Value> {
    let answer = client.post(BULK, bulk(operations)).await.is(200);
    assert_eq!(answer.body["schemas"], json!([BULK_RESPONSE]));
    answer.body["Operations"]
        .as_array()
        .expect("a BulkResponse has Operations")
        .clone()
}

fn post_user(bulk_id: &str, user_name: &str) -> Value {
    json!({ "method": "POST", "path": "/Users", "bulkId": bulk_id, "data": user(user_name) })
}

fn statuses(results: &[Value]) -> Vec<&str> {
    results
        .iter()
        .map(|it| it["status"].as_str().expect("a status is a string"))
        .collect()
}

/// Asserts that a request was refused as a whole, or each operation in it for itself.
#[track_caller]
fn refused_somewhere(answer: &Answer) {
    if answer.status == 200 {
        for result in answer.body["Operations"]
            .as_array()
            .expect("a BulkResponse has Operations")
        {
            assert!(
                result["status"]
                    .as_str()
                    .is_some_and(|it| it.starts_with('4')),
                "{}",
                answer.text
            );
        }
    } else {
        answer.refused(400);
    }
}

on_each_database! {
    async fn each_operation_has_a_result_in_order(server: TestServer) { // O1 O2 O12
        let ada = server.create_user("ada").await;
        let bo = server.create_user("bo").await;

        let results = results(&server, json!([
            post_user("new", "cy"),
            { "method": "PUT", "path": at_user(&ada).replace("/scim/v2", ""), "data": user("ada2") },
            { "method": "PATCH", "path": format!("/Users/{bo}"), "data": {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                "Operations": [{ "op": "add", "path": "title", "value": "Dr" }],
            } },
            { "method": "DELETE", "path": format!("/Users/{bo}") },
            { "method": "DELETE", "path": format!("/Users/{bo}") },
        ])).await;

        assert_eq!(statuses(&results), ["201", "200", "200", "204", "404"]);
        let methods: Vec<&Value> = results.iter().map(|it| &it["method"]).collect();
        assert_eq!(methods, ["POST", "PUT", "PATCH", "DELETE", "DELETE"]);
        assert_eq!(results[0]["bulkId"], "new");
        for result in &results[..3] {
            assert!(result["location"].as_str().is_some_and(|it| it.starts_with(server.tenant_url())), "{result}");
            assert!(result["version"].as_str().is_some_and(|it| it.starts_with("W/\"")), "{result}");
        }
        assert_eq!(results[3]["location"], format!("{}/Users/{bo}", server.tenant_url()));
        let location = results[0]["location"].as_str().unwrap();
        let created = server.read(location.strip_prefix(&format!("http://{}", server.address())).unwrap()).await;
        assert_eq!((&created["userName"], &created["meta"]["version"]), (&json!("cy"), &results[0]["version"]));
        assert_eq!(server.users_where("userName pr").await, ["ada2", "cy"]);
    }

    async fn a_failed_operation_carries_its_error(server: TestServer) { // O3 O10 O18
        server.create_user("ada").await;

        let results = results(&server, json!([
            post_user("1", "ADA"),
            post_user("2", ""),
            { "method": "DELETE", "path": "/Users/nonesuch" },
            post_user("3", "bo"),
        ])).await;

        assert_eq!(statuses(&results), ["409", "400", "404", "201"]);
        for result in &results[..3] {
            assert_eq!(result["response"]["schemas"], json!([ERROR]));
            assert_eq!(result["response"]["status"], result["status"]);
        }
        assert_eq!(results[0]["response"]["scimType"], "uniqueness");
        assert_eq!(results[1]["response"]["scimType"], "invalidValue");
        assert!(results[0].get("location").is_none() && results[0]["bulkId"] == "1", "{}", results[0]);
        assert_eq!(server.users_where("userName pr").await, ["ada", "bo"]);
    }

    async fn it_stops_after_so_many_errors(server: TestServer) { // O11
        server.create_user("ada").await;
        let mut body = bulk(json!([
            post_user("1", "bo"), post_user("2", "ada"), post_user("3", "cy"), post_user("4", "ada"), post_user("5", "dot"),
        ]));
        body["failOnErrors"] = json!(2);

        let answer = server.post(BULK, body).await.is(200);

        let results = answer.body["Operations"].as_array().unwrap();
        assert_eq!(statuses(results), ["201", "409", "201", "409"]);
        assert_eq!(server.users_where("userName pr").await, ["ada", "bo", "cy"]);
    }

    async fn nonsensical_operations_fail(server: TestServer) { // O13
        let strict = server.strict();
        for nonsense in [
            json!({ "method": "GET", "path": "/Users" }),
            json!({ "method": "POST", "path": "/Nonesuch", "bulkId": "1", "data": {} }),
            json!({ "method": "POST", "path": "/Bulk", "bulkId": "1", "data": bulk(json!([])) }),
            json!({ "method": "POST", "path": "/Users", "bulkId": "1" }),
            json!({ "method": "POST", "path": "/Users", "data": user("ada") }),
            json!({ "method": "POST", "path": "/Users/1", "bulkId": "1", "data": user("ada") }),
            json!({ "method": "POST", "bulkId": "1", "data": user("ada") }),
            json!({ "path": "/Users", "bulkId": "1", "data": user("ada") }),
            json!({ "method": "PUT", "path": "/Users", "data": user("ada") }),
            json!({ "method": "DELETE", "path": "/Users" }),
            json!({ "method": 5, "path": 6 }),
            json!(7),
        ] {
            refused_somewhere(&strict.post(BULK, bulk(json!([nonsense]))).await);
        }
        assert_eq!(server.get("/scim/v2/Users").await.is(200).total(), 0);
    }

    async fn a_bulk_id_names_one_operation(server: TestServer) { // O13
        let answer = server.post(BULK, bulk(json!([post_user("same", "ada"), post_user("same", "bo")]))).await;

        if answer.status == 200 {
            assert!(answer.text.contains("\"400\"") || answer.text.contains("\"409\""), "{}", answer.text);
            assert!(server.get("/scim/v2/Users").await.is(200).total() < 2);
        } else {
            answer.refused(400);
        }
    }

    async fn too_many_operations_are_refused(database: Database) { // O14
        let server = TestServer::start(database, &["--bulk-max-operations", "3"]);
        let operations = |number: usize| -> Value {
            (0..number).map(|n| post_user(&n.to_string(), &format!("user{n}"))).collect::<Vec<_>>().into()
        };

        let answer = server.post(BULK, bulk(operations(4))).await;
        answer.refused(413);
        assert!(answer.body["detail"].as_str().is_some_and(|it| it.contains('3')), "{}", answer.text);
        assert_eq!(server.get("/scim/v2/Users").await.is(200).total(), 0);

        server.post(BULK, bulk(operations(3))).await.is(200);
        assert_eq!(server.get("/scim/v2/Users").await.is(200).total(), 3);
    }

    async fn too_large_a_payload_is_refused(database: Database) { // O15 R7
        let server = TestServer::start(database, &["--bulk-max-payload", "4096"]);
        let mut large = post_user("1", "ada");
        large["data"]["title"] = json!("x".repeat(5000));

        let answer = server.post(BULK, bulk(json!([large]))).await;
        answer.refused(413);
        assert!(answer.body["detail"].as_str().is_some_and(|it| it.contains("4096")), "{}", answer.text);
        let unread = server.raw_request("POST /scim/v2/Bulk HTTP/1.1\r\nContent-Type: application/scim+json\r\nContent-Length: 100000000", b"{");
        assert_eq!(unread.status, 413, "{unread:?}");

        assert_eq!(server.get("/scim/v2/Users").await.is(200).total(), 0);
        server.post(BULK, bulk(json!([post_user("1", "ada")]))).await.is(200);
    }

    async fn a_bulk_request_says_that_it_is_one(server: TestServer) { // O16
        let strict = server.strict();
        let operations = json!([post_user("1", "ada")]);

        strict.post(BULK, json!({ "Operations": operations })).await.refused(400);
        strict.post(BULK, json!({ "schemas": [ERROR], "Operations": operations })).await.refused(400);
        server.post(BULK, json!({ "schemas": [BULK_REQUEST] })).await.refused(400);
        server.post(BULK, json!({ "schemas": [BULK_REQUEST], "Operations": {} })).await.refused(400);
        server.post(BULK, json!([])).await.refused(400);
        assert_eq!(server.get("/scim/v2/Users").await.is(200).total(), 0);
    }

    async fn nothing_to_do_is_done_or_refused(server: TestServer) { // O17
        let answer = server.post(BULK, bulk(json!([]))).await.one_of(&[200, 400]);

        assert!(answer.status == 400 || answer.body["Operations"] == json!([]), "{}", answer.text);
    }

    async fn paths_are_relative_to_the_base(server: TestServer) { // O19
        let mut bare = post_user("1", "ada");
        bare["path"] = json!("Users");
        let answer = server.post(BULK, bulk(json!([bare]))).await;
        if answer.status == 200 && answer.body["Operations"][0]["status"] == "201" {
            assert_eq!(server.users_where("userName pr").await, ["ada"]);
        } else {
            refused_somewhere(&answer);
        }
        for elsewhere in ["https://example.org/scim/v2/Users", "//example.org/Users", "/../Users"] {
            let mut operation = post_user("1", "bo");
            operation["path"] = json!(elsewhere);
            let answer = server.strict().post(BULK, bulk(json!([operation]))).await;
            refused_somewhere(&answer);
        }
        assert_eq!(server.users_where("userName eq \"bo\"").await, [""; 0]);
    }

    async fn versions_are_honoured(server: TestServer) { // M9
        let created = server.post("/scim/v2/Users", user("ada")).await.is(201);
        let path = format!("/Users/{}", created.id());
        let with = |version: &str, name: &str| json!({ "method": "PUT", "path": path, "version": version, "data": user(name) });

        let results = results(&server, json!([
            with("W/\"stale\"", "bo"), with(&created.version(), "cy"), with(&created.version(), "dot"),
        ])).await;

        assert_eq!(statuses(&results), ["412", "200", "412"]);
        assert_eq!(server.users_where("userName pr").await, ["cy"]);
    }

    async fn a_password_is_not_echoed(server: TestServer) { // O20
        let mut fine = post_user("1", "ada");
        fine["data"]["password"] = json!("9k2mVq7T");
        let mut taken = fine.clone();
        taken["bulkId"] = json!("2");

        let answer = server.post(BULK, bulk(json!([fine, taken]))).await.is(200);

        assert!(!answer.text.contains("9k2mVq7T"), "{}", answer.text);
    }

    async fn the_same_name_twice_in_one_request_is_a_conflict(server: TestServer) { // O18
        let results = results(&server, json!([post_user("1", "ada"), post_user("2", "Ada")])).await;

        assert_eq!(statuses(&results), ["201", "409"]);
    }

    /// What is done together must come out as if it was done one by one.
    async fn a_name_is_free_as_soon_as_its_user_has_lost_it(server: TestServer) {
        let ada = server.create_user("ada").await;
        let bo = server.create_user("bo").await;

        let results = results(&server, json!([
            post_user("1", "cy"),
            { "method": "PUT", "path": format!("/Users/{ada}"), "data": user("eve") },
            post_user("2", "ada"),
            post_user("3", "dee"),
            { "method": "DELETE", "path": format!("/Users/{bo}") },
            post_user("4", "bo"),
            post_user("5", "fay"),
        ])).await;

        assert_eq!(statuses(&results), ["201", "200", "201", "201", "204", "201", "201"]);
        let names = ["ada", "bo", "cy", "dee", "eve", "fay"];
        assert_eq!(server.users_where("userName pr").await, names);
        for name in names {
            assert_eq!(server.users_where(&format!("userName eq \"{name}\" or id eq \"{bo}\"")).await, [name]);
        }
        assert_eq!(server.read("/scim/v2/Users?count=0").await["totalResults"], 6);
    }

    /// More than are done together, with one that cannot be done behind them.
    async fn of_many_creations_one_fails_alone(server: TestServer) {
        let mut operations: Vec<Value> = (0..250).map(|n| post_user(&format!("b{n}"), &format!("user{n:03}"))).collect();
        operations.push(post_user("again", "USER100"));

        let results = results(&server, operations.into()).await;

        let (last, others) = results.split_last().unwrap();
        assert!(others.iter().all(|it| it["status"] == "201"), "{others:?}");
        assert_eq!((&last["status"], &last["response"]["scimType"]), (&json!("409"), &json!("uniqueness")));
        assert_eq!(server.read("/scim/v2/Users?count=0").await["totalResults"], 250);
    }

    async fn bulk_has_one_method(server: TestServer) { // Q3
        for method in ["GET", "PUT", "PATCH", "DELETE"] {
            let body = Some(bulk(json!([]))).filter(|_| method.starts_with('P'));
            let answer = server.request(method, BULK, body, &[]).await;
            answer.refused(405);
            assert!(answer.header("allow").contains("POST"), "{method}: {:?}", answer.header("allow"));
        }
    }
}

//! Whatever a client sends, it gets an answer of 2xx or a SCIM error; never a 5xx. // Q10 R7

use std::future::Future;

use proptest::prelude::{BoxedStrategy, Just, Strategy, any, prop, prop_oneof};
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use crate::support::{
    Answer, Client, ENTERPRISE, GROUP, PATCH_OP, TestServer, USER, at_group, at_user, encode,
};

const NAMES: [&str; 34] = [
    "schemas",
    "id",
    "externalId",
    "meta",
    "userName",
    "displayName",
    "name",
    "givenName",
    "emails",
    "value",
    "type",
    "primary",
    "display",
    "active",
    "members",
    "$ref",
    "groups",
    "password",
    "roles",
    "addresses",
    "x509Certificates",
    "profileUrl",
    ENTERPRISE,
    "manager",
    "Operations",
    "op",
    "path",
    "method",
    "bulkId",
    "data",
    "failOnErrors",
    "filter",
    "count",
    "attributes",
];

const PATHS: [&str; 30] = [
    "userName",
    "name",
    "name.givenName",
    "emails",
    "emails.value",
    "emails[type eq \"work\"]",
    "emails[type eq \"work\"].value",
    "emails[type eq \"work\"",
    "emails[]",
    "members",
    "members[value eq \"x\"]",
    "members[value eq \"x\"].display",
    "id",
    "meta",
    "meta.created",
    "groups",
    "schemas",
    "active",
    "password",
    "title[value pr]",
    "urn:x",
    ENTERPRISE,
    "urn:ietf:params:scim:schemas:core:2.0:User:title",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
    "nonesuch",
    "",
    " ",
    ".",
    "a.b.c",
    "displayName",
];

const FILTERS: [&str; 22] = [
    "userName",
    "eq",
    "ne",
    "co",
    "sw",
    "ew",
    "gt",
    "pr",
    "and",
    "or",
    "not",
    "(",
    ")",
    "[",
    "]",
    "\"x\"",
    "\"\\u0000\"",
    "null",
    "true",
    "1e400",
    "emails",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
];

/// Strings that parsers and databases have stumbled over.
fn text() -> BoxedStrategy<String> {
    prop_oneof![
        "\\PC{0,12}",
        any::<String>(),
        select(
            &[
                USER,
                GROUP,
                PATCH_OP,
                "",
                " ",
                "\u{0}",
                "true",
                "False",
                "2020-02-30T00:00:00Z",
                "bulkId:x",
                "%s",
                "'; --",
                "\u{feff}"
            ][..]
        )
        .prop_map(str::to_owned),
        select(&PATHS[..]).prop_map(str::to_owned),
    ]
    .boxed()
}

/// Any JSON, with names and values that mean something now and then.
fn any_json() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 48, 6, |inner| {
        let name = prop_oneof![4 => select(&NAMES[..]).prop_map(str::to_owned), 1 => text()];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..6)
                .prop_map(|members| members.into_iter().collect::<Map<_, _>>().into()),
        ]
    })
    .boxed()
}

/// A body that gets through the outer checks and is odd inside.
fn odd_request() -> BoxedStrategy<Value> {
    let operation = (
        select(&["add", "replace", "remove", "Add", "move"][..]),
        prop::option::of(path()),
        prop::option::of(any_json()),
    )
        .prop_map(|(op, path, value)| {
            let mut operation = json!({ "op": op });
            if let Some(path) = path {
                operation["path"] = path.into();
            }
            if let Some(value) = value {
                operation["value"] = value;
            }
            operation
        });
    let bulk_operation = (select(&["POST", "PUT", "PATCH", "DELETE"][..]), select(&["/Users", "/Groups", "/Users/x", "/Users/bulkId:a", "/"][..]), any_json())
        .prop_map(|(method, path, data)| json!({ "method": method, "path": path, "bulkId": "a", "data": data }));
    prop_oneof![
        any_json(),
        (select(&NAMES[..]), any_json()).prop_map(|(name, value)| {
            let mut user = json!({ "schemas": [USER], "userName": "odd", "displayName": "odd" });
            user[name] = value;
            user
        }),
        prop::collection::vec(operation, 0..4).prop_map(|operations| json!({ "schemas": [PATCH_OP], "Operations": operations })),
        prop::collection::vec(bulk_operation, 0..3).prop_map(|operations| {
            json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations })
        }),
        (filter(), any_json()).prop_map(|(filter, other)| {
            json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": filter, "count": other, "attributes": other })
        }),
    ]
    .boxed()
}

fn path() -> BoxedStrategy<String> {
    prop_oneof![4 => select(&PATHS[..]).prop_map(str::to_owned), 1 => text()].boxed()
}

fn filter() -> BoxedStrategy<String> {
    prop_oneof![
        prop::collection::vec(select(&FILTERS[..]), 0..9).prop_map(|it| it.join(" ")),
        text()
    ]
    .boxed()
}

/// Runs an async check over generated cases, and shrinks the one that fails.
fn for_each_case<S, F>(strategy: &S, check: impl Fn(S::Value) -> F)
where
    S: Strategy,
    F: Future<Output = ()>,
{
    let config = Config {
        cases: 256,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    };
    let tried = block_in_place(|| {
        TestRunner::new(config).run(strategy, |case| {
            Handle::current().block_on(check(case));
            Ok(())
        })
    });
    tried.unwrap_or_else(|error| panic!("{error}"));
}

fn is_success_or_scim_error(answer: &Answer) {
    if !(200..300).contains(&answer.status) {
        let expected = (400..500).contains(&answer.status) || answer.status == 501;
        assert!(
            expected,
            "{} answered {}: {}",
            answer.request, answer.status, answer.text
        );
        answer.is_scim_error();
    }
}

/// Every address that takes a body, with its method.
async fn targets(client: &Client) -> Vec<(&'static str, String)> {
    let (user, group) = (
        at_user(&client.create_user("subject").await),
        at_group(&client.create_group("subject", &[]).await),
    );
    vec![
        ("POST", "/scim/v2/Users".to_owned()),
        ("POST", "/scim/v2/Groups".to_owned()),
        ("PUT", user.clone()),
        ("PATCH", user),
        ("PUT", group.clone()),
        ("PATCH", group),
        ("POST", "/scim/v2/Bulk".to_owned()),
        ("POST", "/scim/v2/.search".to_owned()),
        ("POST", "/scim/v2/Users/.search".to_owned()),
        ("POST", "/scim/v2/Groups/.search".to_owned()),
        ("PATCH", "/scim/v2/Me".to_owned()),
        ("POST", "/scim/v2/Schemas".to_owned()),
    ]
}

on_each_database! {
    async fn any_json_gets_an_answer(server: TestServer) {
        let targets = targets(&server).await;
        let clients = [Client::clone(&server), server.strict()];
        let case = (0..targets.len(), any::<bool>(), odd_request());

        for_each_case(&case, |(target, strict, body)| {
            let ((method, path), client) = (&targets[target], &clients[usize::from(strict)]);
            async move { is_success_or_scim_error(&client.request(method, path, Some(body), &[]).await) }
        });

        server.get("/scim/v2/Users").await.is(200);
        server.get("/scim/v2/Groups").await.is(200);
    }

    async fn any_bytes_get_an_answer(server: TestServer) {
        let targets = targets(&server).await;
        let bytes = prop_oneof![
            prop::collection::vec(any::<u8>(), 0..64),
            odd_request().prop_map(|it| it.to_string().into_bytes()).prop_flat_map(|whole| {
                let length = whole.len();
                (0..=length).prop_map(move |end| whole[..end].to_vec())
            }),
        ];
        let types = select(&["application/scim+json", "application/json", "text/plain", ""][..]);
        let case = (0..targets.len(), bytes, types);

        for_each_case(&case, |(target, body, media_type)| {
            let (method, path) = &targets[target];
            let server = &server;
            async move {
                let answer = server.send_bytes(method, path, body, &[("content-type", media_type)]).await;
                is_success_or_scim_error(&answer);
            }
        });
    }

    async fn any_query_gets_an_answer(server: TestServer) {
        let user = at_user(&server.create_user("subject").await);
        let endpoints = ["/scim/v2/Users", "/scim/v2/Groups", &user, "/scim/v2/Schemas", "/scim/v2/nonesuch"].map(str::to_owned);
        let name = select(&["filter", "attributes", "excludedAttributes", "sortBy", "sortOrder", "startIndex", "count", "cursor", "x"][..]);
        let value = prop_oneof![filter(), path(), any::<i64>().prop_map(|it| it.to_string())];
        let case = (0..endpoints.len(), prop::collection::vec((name, value), 0..4));

        for_each_case(&case, |(endpoint, parameters)| {
            let query: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
            let path = format!("{}?{}", endpoints[endpoint], query.join("&"));
            let server = &server;
            async move { is_success_or_scim_error(&server.get(&path).await) }
        });
    }

    async fn nothing_that_never_returns_ever_leaves(server: TestServer) { // E3, issue 2 section 6
        let user = at_user(&server.create_user("subject").await);
        let secret = "9k2mVq7T-never";
        let case = (any_json(), path(), any::<bool>());

        for_each_case(&case, |(value, asked, put)| {
            let (server, user) = (&server, &user);
            async move {
                let mut body = json!({ "schemas": [USER], "userName": "subject", "password": secret, "name": value });
                if !put {
                    body = json!({ "schemas": [PATCH_OP], "Operations": [
                        { "op": "replace", "path": "password", "value": secret }, { "op": "add", "path": asked, "value": value },
                    ] });
                }
                let path = format!("{user}?attributes=password,{}", encode(&asked));
                let written = server.request(if put { "PUT" } else { "PATCH" }, &path, Some(body), &[]).await;
                let read = server.get(&path).await;
                for answer in [written, read] {
                    assert!(!answer.text.contains(secret), "{}: {}", answer.request, answer.text);
                }
            }
        });
    }
}

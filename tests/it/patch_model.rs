//! Random sequences of PATCH operations against a model of what they mean. // J50
//!
//! The model knows three simple attributes, one sub-attribute and the values of one
//! multi-valued attribute; that is enough for operations to meet on the same data.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::{Just, Strategy, any, prop, prop_oneof};
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use crate::support::{Client, TestServer, at_user, values};

const SIMPLE: [&str; 4] = ["title", "nickName", "displayName", "name.givenName"];

/// An operation in terms of the model.
#[derive(Clone, Debug)]
enum Operation {
    Set {
        attribute: usize,
        value: String,
        pathless: bool,
        add: bool,
    },
    Unset {
        attribute: usize,
        by_null: bool,
    },
    Append {
        values: Vec<u8>,
        single: bool,
    },
    ReplaceAll {
        values: Vec<u8>,
    },
    Drop {
        value: u8,
    },
    Clear,
}

/// What the user should have after the operations.
#[derive(Default)]
struct Model {
    simple: BTreeMap<usize, String>,
    entitlements: BTreeSet<String>,
}

impl Model {
    fn apply(&mut self, operation: &Operation) {
        let names = |values: &[u8]| {
            values
                .iter()
                .copied()
                .map(entitlement)
                .collect::<BTreeSet<_>>()
        };
        match operation {
            Operation::Set {
                attribute, value, ..
            } => drop(self.simple.insert(*attribute, value.clone())),
            Operation::Unset { attribute, .. } => drop(self.simple.remove(attribute)),
            Operation::Append { values, .. } => self.entitlements.extend(names(values)),
            Operation::ReplaceAll { values } => self.entitlements = names(values),
            Operation::Drop { value } => drop(self.entitlements.remove(&entitlement(*value))),
            Operation::Clear => self.entitlements.clear(),
        }
    }
}

impl Operation {
    fn to_json(&self) -> Value {
        let elements = |values: &[u8]| {
            let distinct: BTreeSet<u8> = values.iter().copied().collect();
            distinct
                .into_iter()
                .map(|it| json!({ "value": entitlement(it) }))
                .collect::<Vec<_>>()
        };
        match self {
            Self::Set {
                attribute,
                value,
                pathless,
                add,
            } => {
                let op = if *add { "add" } else { "replace" };
                let path = SIMPLE[*attribute];
                match (pathless, path.split_once('.')) {
                    (false, _) => json!({ "op": op, "path": path, "value": value }),
                    (true, None) => json!({ "op": op, "value": { path: value } }),
                    (true, Some((complex, sub))) => {
                        json!({ "op": op, "value": { complex: { sub: value } } })
                    }
                }
            }
            Self::Unset {
                attribute,
                by_null: true,
            } => json!({ "op": "replace", "path": SIMPLE[*attribute], "value": null }),
            Self::Unset {
                attribute,
                by_null: false,
            } => json!({ "op": "remove", "path": SIMPLE[*attribute] }),
            Self::Append {
                values,
                single: true,
            } => {
                let first = elements(values)
                    .into_iter()
                    .next()
                    .expect("an append has a value");
                json!({ "op": "add", "path": "entitlements", "value": first })
            }
            Self::Append {
                values,
                single: false,
            } => json!({ "op": "add", "path": "entitlements", "value": elements(values) }),
            Self::ReplaceAll { values } => {
                json!({ "op": "replace", "path": "entitlements", "value": elements(values) })
            }
            Self::Drop { value } => {
                json!({ "op": "remove", "path": format!("entitlements[value eq \"{}\"]", entitlement(*value)) })
            }
            Self::Clear => json!({ "op": "remove", "path": "entitlements" }),
        }
    }
}

fn entitlement(number: u8) -> String {
    format!("entitlement-{number}")
}

fn operation() -> impl Strategy<Value = Operation> {
    let attribute = 0..SIMPLE.len();
    let some = prop::collection::vec(0_u8..6, 1..4);
    prop_oneof![
        3 => (attribute.clone(), "[a-zA-Zé][a-zA-Zé \"\\\\]{0,5}", any::<bool>(), any::<bool>())
            .prop_map(|(attribute, value, pathless, add)| Operation::Set { attribute, value, pathless, add }),
        2 => (attribute, any::<bool>()).prop_map(|(attribute, by_null)| Operation::Unset { attribute, by_null }),
        2 => some.clone().prop_map(|values| Operation::Append { values, single: false }),
        1 => (0_u8..6).prop_map(|it| Operation::Append { values: vec![it], single: true }),
        1 => some.prop_map(|values| Operation::ReplaceAll { values }),
        2 => (0_u8..6).prop_map(|value| Operation::Drop { value }),
        1 => Just(Operation::Clear),
    ]
}

/// Compares the user on the server with the model.
async fn check(client: &Client, path: &str, model: &Model) {
    let read = client.read(path).await;
    for (number, attribute) in SIMPLE.iter().enumerate() {
        let mut value = &read;
        for name in attribute.split('.') {
            value = &value[name];
        }
        let expected = model
            .simple
            .get(&number)
            .map_or(Value::Null, |it| json!(it));
        assert_eq!(value, &expected, "{attribute} of {read}");
    }
    let expected: Vec<String> = model.entitlements.iter().cloned().collect();
    assert_eq!(values(&read["entitlements"]), expected);
}

on_each_database! {
    async fn the_server_does_what_the_model_does(server: TestServer) {
        let path = at_user(&server.create_user("subject").await);
        let everything = json!([
            { "op": "remove", "path": "title" }, { "op": "remove", "path": "nickName" },
            { "op": "remove", "path": "displayName" }, { "op": "remove", "path": "name" },
            { "op": "remove", "path": "entitlements" },
        ]);
        let config = Config { cases: 48, failure_persistence: None, ..Config::default() };
        let requests = prop::collection::vec(prop::collection::vec(operation(), 1..5), 1..6);

        let tried = block_in_place(|| {
            TestRunner::new(config).run(&requests, |requests| {
                Handle::current().block_on(async {
                    server.edit(&path, everything.clone()).await.is(200);
                    let mut model = Model::default();
                    for operations in requests {
                        let body: Vec<Value> = operations.iter().map(Operation::to_json).collect();
                        server.edit(&path, body.into()).await.is(200);
                        for operation in &operations {
                            model.apply(operation);
                        }
                        check(&server, &path, &model).await;
                    }
                });
                Ok(())
            })
        });

        tried.unwrap_or_else(|error| panic!("{error}"));
    }
}

//! Plays what an identity provider sends, from a script in `flows/`.
//!
//! A script has scenarios, a scenario has steps, and each scenario is a check. A scenario that
//! needs what another one leaves behind plays that one first, and is blocked if it fails.

mod fit;
mod play;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

pub use play::play;

/// What an identity provider sends, and what it needs of the answers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// What is known of this provider, and from where.
    #[expect(dead_code, reason = "it is for those who read the script")]
    about: Vec<String>,
    /// Headers of all its requests.
    headers: BTreeMap<String, String>,
    /// Attributes that it sends whether the server has them or not.
    #[serde(default)]
    always: Vec<String>,
    /// Values by their names, for `{{name}}`; `{{tag}}` and `{{uuid}}` are there without it.
    values: Map<String, Value>,
    /// Bodies by their names, for steps.
    bodies: Map<String, Value>,
    /// What it does, by names.
    scenarios: BTreeMap<String, Scenario>,
}

/// Something that an identity provider does.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    /// Where this is documented, or who has seen it.
    source: String,
    /// What is played first.
    #[serde(default)]
    after: Vec<String>,
    /// Attributes without which the scenario says nothing of a server.
    #[serde(default)]
    needs: Vec<String>,
    /// Its requests.
    steps: Vec<Step>,
}

/// A request, and what is needed of the answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    /// What the provider does, `looks for the user`.
    #[serde(rename = "step")]
    name: String,
    /// Method and path, `GET /Users/{{user}}`.
    send: String,
    /// Headers that win over the script's.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// The body, or the name of one.
    body: Option<Value>,
    /// Members that are put over those of the body.
    with: Option<Value>,
    /// What is needed of the answer.
    #[serde(default)]
    expect: Expect,
    /// What is remembered of the answer: names, and paths in it.
    #[serde(default)]
    keep: BTreeMap<String, String>,
    /// What a GET must show afterwards.
    leaves: Option<Expect>,
}

/// What is needed of an answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Expect {
    /// Any of these; where some are successes, the rest is needed of a success alone.
    status: Vec<u16>,
    /// Members that must be there, and perhaps more beside them; arrays in any order.
    like: Map<String, Value>,
    /// Paths without a value.
    without: Vec<String>,
    /// Paths and how many elements they have.
    count: BTreeMap<String, usize>,
    /// Paths of integers.
    numbers: Vec<String>,
    /// Paths of arrays, which must be there even if they are empty.
    arrays: Vec<String>,
    /// Paths whose value must be another.
    not: Map<String, Value>,
}

impl Default for Expect {
    fn default() -> Self {
        Self {
            status: vec![200],
            like: Map::new(),
            without: Vec::new(),
            count: BTreeMap::new(),
            numbers: Vec::new(),
            arrays: Vec::new(),
            not: Map::new(),
        }
    }
}

/// The checks that are scenarios of a script, each by the name in its id.
macro_rules! flow {
    ($script:ident, $profile:ident, $line:literal, $id:literal, $rule:literal $(,)?) => {
        $crate::check::idp(
            $line,
            $id,
            $rule,
            &[$crate::check::Profile::$profile],
            |lab| $crate::flow::play(lab, $script, $id),
        )
    };
}
pub(crate) use flow;

#[cfg(test)]
mod tests {
    use super::Script;
    use crate::catalogue::AREAS;
    use crate::check::Level;

    const SCRIPTS: &[(&str, &str)] = &[
        ("auth0", include_str!("../../flows/auth0.json")),
        ("entra", include_str!("../../flows/entra.json")),
        ("google", include_str!("../../flows/google.json")),
        ("keycloak", include_str!("../../flows/keycloak.json")),
        ("okta", include_str!("../../flows/okta.json")),
        ("onelogin", include_str!("../../flows/onelogin.json")),
    ];

    fn script(name: &str) -> Script {
        let (_, text) = SCRIPTS.iter().find(|(it, _)| *it == name).unwrap();
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}.json: {error}"))
    }

    #[test]
    fn each_scenario_is_a_check() {
        for (name, _) in SCRIPTS {
            let area = AREAS.iter().find(|it| it.name == *name).unwrap();
            for scenario in script(name).scenarios.keys() {
                let id = format!("{name}/{scenario}");
                let check = area.checks.iter().find(|it| it.id == id);
                assert_eq!(check.map(|it| it.level), Some(Level::Idp), "{id}");
            }
        }
    }

    #[test]
    fn each_scenario_that_is_played_first_exists() {
        for (name, _) in SCRIPTS {
            let script = script(name);
            for (scenario, it) in &script.scenarios {
                for earlier in &it.after {
                    assert!(
                        script.scenarios.contains_key(earlier),
                        "{name}/{scenario}: {earlier}"
                    );
                }
            }
        }
    }
}

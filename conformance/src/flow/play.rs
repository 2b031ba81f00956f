//! Plays scenarios.

use std::collections::BTreeMap;

use serde_json::Value;

use super::fit::Fit;
use super::{Expect, Scenario, Script, Step};
use crate::answer::Answer;
use crate::check::{Stop, Verdict};
use crate::json::{contains, same};
use crate::lab::{Lab, encode, with};
use crate::server::ResourceType;
use crate::wire::Request;

/// Plays the scenario of a check, `entra/disable-user`, and first those that it comes after.
///
/// # Errors
/// If an answer is not what the provider needs; blocked if that is so before the scenario.
pub fn play(lab: &Lab<'_>, script: &str, id: &str) -> Verdict {
    let script: Script =
        serde_json::from_str(script).map_err(|error| Stop::Broken(error.to_string()))?;
    let (_, name) = id.split_once('/').unwrap_or(("", id));
    let mut order = Vec::new();
    script.order(name, &mut order)?;
    let mut player = Player::new(lab, &script)?;
    for (_, scenario) in &order {
        player.offered(scenario)?;
    }
    for (played, scenario) in order {
        for step in &scenario.steps {
            if played == name {
                player.step(step).map_err(|stop| {
                    lab.note(&*scenario.source);
                    named(stop, step)
                })?;
            } else {
                lab.setup(&format!("{played}, {}", step.name), || player.step(step))?;
            }
        }
    }
    Ok(())
}

/// Says at which step it was.
fn named(stop: Stop, step: &Step) -> Stop {
    match stop {
        Stop::Wrong(mut finding) => {
            finding.actual = format!("{} (step: {})", finding.actual, step.name);
            Stop::Wrong(finding)
        }
        stop => stop,
    }
}

impl Script {
    /// The scenarios that are to be played for this one, in order, itself the last.
    fn order<'s>(
        &'s self,
        name: &'s str,
        order: &mut Vec<(&'s str, &'s Scenario)>,
    ) -> Result<(), Stop> {
        if order.iter().any(|(there, _)| *there == name) {
            return Ok(());
        }
        let scenario = self.scenarios.get(name);
        let scenario = scenario.ok_or_else(|| Stop::Broken(format!("no scenario {name}")))?;
        for earlier in &scenario.after {
            self.order(earlier, order)?;
        }
        order.push((name, scenario));
        Ok(())
    }
}

/// A script that is being played.
struct Player<'a> {
    lab: &'a Lab<'a>,
    script: &'a Script,
    values: BTreeMap<String, String>,
}

impl<'a> Player<'a> {
    fn new(lab: &'a Lab<'a>, script: &'a Script) -> Result<Self, Stop> {
        let mut player = Self {
            lab,
            script,
            values: BTreeMap::from([("tag".to_owned(), lab.name())]),
        };
        for (name, value) in &script.values {
            let id = uuid::Uuid::new_v4().to_string();
            player.values.insert("uuid".to_owned(), id);
            let value = player.filled(value.as_str().unwrap_or_default(), str::to_owned)?;
            player.values.insert(name.clone(), value);
        }
        Ok(player)
    }

    /// Whether the server has what a scenario is about.
    fn offered(&self, scenario: &Scenario) -> Verdict {
        let server = self.lab.server;
        for path in &scenario.needs {
            let mut kinds = [server.user(), server.group()].into_iter().flatten();
            if !kinds.any(|kind| Fit::new(kind, &[]).has(path)) {
                return Err(Stop::NotOffered(format!(
                    "the server's schemas have no {path} that a client can set"
                )));
            }
        }
        Ok(())
    }

    fn step(&mut self, step: &Step) -> Verdict {
        let (method, path) = step.send.split_once(' ').unwrap_or(("GET", &step.send));
        let kind = self.kind(path);
        let path = self.path(path)?;
        let mut request = Request::new(method, &path);
        // of two headers with one name the first is sent
        for (name, value) in step.headers.iter().chain(&self.script.headers) {
            // a request without a body has no type of it
            if step.body.is_some() || !name.eq_ignore_ascii_case("content-type") {
                request = request.header(name, value);
            }
        }
        if let Some(body) = self.body(step)? {
            let Some(body) = self.fitted(kind, body) else {
                return Ok(());
            };
            request = request.json(&body);
        }
        let answer = self.lab.send(request)?.one_of(&step.expect.status)?;
        self.judge(&answer, &step.expect, kind)?;
        for (name, path) in &step.keep {
            let value = answer.value(path)?.as_str();
            let value = value.ok_or_else(|| answer.wrong(format!("a text as {path}"), "none"))?;
            self.values.insert(name.clone(), value.to_owned());
        }
        let Some(leaves) = &step.leaves else {
            return Ok(());
        };
        let mut place = path.split('?').next().unwrap_or_default().to_owned();
        if method == "POST" {
            place = format!("{place}/{}", encode(answer.text_at("id")));
        }
        let now = self.lab.get(place)?.one_of(&leaves.status)?;
        self.judge(&now, leaves, kind)
    }

    /// The resource type that a path is about.
    fn kind(&self, path: &str) -> Option<&'a ResourceType> {
        let server = self.lab.server;
        match path.split(['/', '?']).nth(1) {
            Some("Users") => server.user(),
            Some("Groups") => server.group(),
            _ => None,
        }
    }

    /// A path with the server's own names of the collections.
    fn path(&self, path: &str) -> Result<String, Stop> {
        let path = self.filled(path, encode)?;
        let moved =
            |from: &str, to: &str| path.strip_prefix(from).map(|rest| format!("{to}{rest}"));
        Ok(moved("/Users", self.lab.users())
            .or_else(|| moved("/Groups", self.lab.groups()))
            .unwrap_or(path))
    }

    fn body(&self, step: &Step) -> Result<Option<Value>, Stop> {
        let body = match &step.body {
            Some(Value::String(name)) => Some(
                self.script
                    .bodies
                    .get(name)
                    .cloned()
                    .ok_or_else(|| Stop::Broken(format!("no body {name}")))?,
            ),
            body => body.clone(),
        };
        let Some(body) = body else { return Ok(None) };
        let body = with(body, step.with.clone().unwrap_or_default());
        self.all_filled(&body).map(Some)
    }

    fn fitted(&self, kind: Option<&ResourceType>, body: Value) -> Option<Value> {
        match kind {
            Some(kind) => Fit::new(kind, &self.script.always).body(body),
            None => Some(body),
        }
    }

    fn judge(&self, answer: &Answer, expect: &Expect, kind: Option<&ResourceType>) -> Verdict {
        let succeeds = |status: u16| (200..300).contains(&status);
        let of_success = expect.status.iter().any(|it| succeeds(*it));
        if answer.status == 204 || (of_success && !succeeds(answer.status)) {
            return Ok(());
        }
        let fit = kind.filter(|_| of_success).map(|kind| Fit::new(kind, &[]));
        let mut like = self.all_filled(&Value::Object(expect.like.clone()))?;
        if let Some(fit) = &fit {
            like = fit.resource(like);
        }
        for (name, wanted) in like.as_object().into_iter().flatten() {
            let found = answer.at(name).cloned().unwrap_or_default();
            if !contains(&found, wanted) {
                return Err(answer.differs(name, wanted.clone(), found));
            }
        }
        self.judge_shape(answer, expect, fit.as_ref())
    }

    fn judge_shape(&self, answer: &Answer, expect: &Expect, fit: Option<&Fit<'_>>) -> Verdict {
        for path in &expect.without {
            answer.lacks(path)?;
        }
        for (path, count) in &expect.count {
            let there = path == "Resources" || fit.is_none_or(|it| it.has(path));
            let found = answer
                .at(path)
                .and_then(Value::as_array)
                .map_or(0, Vec::len);
            if there && found != *count {
                return Err(answer.wrong(format!("{count} {path}"), format!("{found}")));
            }
        }
        for path in &expect.numbers {
            if !answer.value(path)?.is_u64() {
                return Err(answer.wrong(format!("an integer as {path}"), answer.summary()));
            }
        }
        for path in &expect.arrays {
            if !answer.at(path).is_some_and(Value::is_array) {
                return Err(answer.wrong(format!("an array as {path}"), answer.summary()));
            }
        }
        for (path, other) in &expect.not {
            let other = self.all_filled(other)?;
            let found = answer.value(path)?;
            if same(found, &other) {
                return Err(answer.wrong(format!("another {path} than before"), found.to_string()));
            }
        }
        Ok(())
    }

    fn all_filled(&self, value: &Value) -> Result<Value, Stop> {
        Ok(match value {
            Value::String(text) => Value::String(self.filled(text, str::to_owned)?),
            Value::Array(elements) => {
                let elements: Result<_, Stop> =
                    elements.iter().map(|it| self.all_filled(it)).collect();
                Value::Array(elements?)
            }
            Value::Object(members) => {
                let members: Result<_, Stop> = members
                    .iter()
                    .map(|(name, it)| Ok((name.clone(), self.all_filled(it)?)))
                    .collect();
                Value::Object(members?)
            }
            value => value.clone(),
        })
    }

    /// A text with values in the place of their names.
    fn filled(&self, text: &str, written: fn(&str) -> String) -> Result<String, Stop> {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let (name, after) = after
                .split_once("}}")
                .ok_or_else(|| Stop::Broken(format!("{text} has a {{{{ without its end")))?;
            let value = self.values.get(name);
            let value = value.ok_or_else(|| Stop::Broken(format!("nothing is called {name}")))?;
            filled.push_str(before);
            filled.push_str(&written(value));
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }
}

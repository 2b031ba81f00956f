//! Changes JSON as JSON, so that most mutants are read further than their first brace.

use libfuzzer_sys::fuzzer_mutate;
use serde_json::{Map, Value};

/// What stands in for other names, paths and strings: the words that the code branches on.
const WORDS: [&str; 40] = [
    "",
    " ",
    "a",
    "True",
    "K",
    "active",
    "add",
    "addresses",
    "displayName",
    "emails",
    "emails[type eq \"work\"]",
    "emails[type eq \"work\" and primary eq true].value",
    "emails[not (type eq \"home\")]",
    "emails.value",
    "emails.primary",
    "externalId",
    "groups",
    "home",
    "id",
    "interfaces[value eq \"eth0\"].speed",
    "manager",
    "members",
    "members[value eq \"2819c223-7f76-453a-919d-413861904646\"]",
    "meta",
    "name",
    "name.givenName",
    "op",
    "path",
    "password",
    "primary",
    "remove",
    "replace",
    "schemas",
    "tags[value eq \"red\"]",
    "type",
    "userName",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
    "value",
    "work",
];

/// Changes the JSON text in the first `size` bytes of `data`, at most to `max_size` bytes, and
/// returns its new size. Now and then, and always where it is no JSON, libFuzzer changes bytes.
pub fn json(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let mut dice = Dice(u64::from(seed) << 1 | 1);
    let parsed = data
        .get(..size)
        .and_then(|text| serde_json::from_slice(text).ok());
    let (Some(mut value), false) = (parsed, dice.roll(4) == 0) else {
        return fuzzer_mutate(data, size, max_size);
    };
    for _ in 0..=dice.roll(3) {
        change(&mut value, &mut dice);
    }
    let text = value.to_string();
    if text.len() > max_size {
        return fuzzer_mutate(data, size, max_size);
    }
    match data.get_mut(..text.len()) {
        Some(place) => place.copy_from_slice(text.as_bytes()),
        None => return fuzzer_mutate(data, size, max_size),
    }
    text.len()
}

/// Random numbers from libFuzzer's seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) >> 32).unwrap_or(0) % sides.max(1)
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.roll(from.len()))
    }
}

fn change(whole: &mut Value, dice: &mut Dice) {
    let copy = nth(whole, &mut dice.roll(count(whole))).map_or(Value::Null, |value| value.clone());
    let Some(place) = nth(whole, &mut dice.roll(count(whole))) else {
        return;
    };
    match dice.roll(6) {
        0 => *place = copy,
        1 => *place = scalar(dice),
        2 => *place = Value::Array(vec![place.take()]),
        3 => match place {
            Value::Array(elements) => *place = elements.pop().unwrap_or_default(),
            Value::String(text) => *text = respelt(text, dice),
            other => *other = copy,
        },
        4 => match place {
            Value::Array(elements) => elements.insert(dice.roll(elements.len() + 1), copy),
            Value::Object(object) => {
                object.insert(word(dice), copy);
            }
            other => *other = scalar(dice),
        },
        _ => match place {
            Value::Array(elements) if !elements.is_empty() => {
                elements.remove(dice.roll(elements.len()));
            }
            Value::Object(object) => rename(object, dice),
            other => *other = scalar(dice),
        },
    }
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(elements) => elements.iter().map(count).sum(),
        Value::Object(object) => object.values().map(count).sum(),
        _ => 0,
    }
}

/// Returns the value that stands `n` values behind the first, in the order of the text.
fn nth<'a>(value: &'a mut Value, n: &mut usize) -> Option<&'a mut Value> {
    if *n == 0 {
        return Some(value);
    }
    *n -= 1;
    match value {
        Value::Array(elements) => elements.iter_mut().find_map(|element| nth(element, n)),
        Value::Object(object) => object.values_mut().find_map(|value| nth(value, n)),
        _ => None,
    }
}

fn word(dice: &mut Dice) -> String {
    dice.pick(&WORDS)
        .map_or_else(String::new, |word| (*word).to_owned())
}

fn scalar(dice: &mut Dice) -> Value {
    match dice.roll(8) {
        0 => Value::Null,
        1 => Value::Bool(dice.roll(2) == 0),
        2 => Value::from(dice.roll(4)),
        3 => Value::from(-1.5e300),
        4 => Value::Object(Map::new()),
        5 => Value::Array(Vec::new()),
        _ => Value::from(word(dice)),
    }
}

/// Gives a text another case or another letter.
fn respelt(text: &str, dice: &mut Dice) -> String {
    match dice.roll(4) {
        0 => text.to_uppercase(),
        1 => text.to_lowercase(),
        2 => format!("{text}{}", word(dice)),
        _ => text.chars().skip(1).chain(['é']).collect(),
    }
}

/// Drops a member of an object, or gives it another name.
fn rename(object: &mut Map<String, Value>, dice: &mut Dice) {
    let names: Vec<String> = object.keys().cloned().collect();
    let Some(name) = dice.pick(&names) else {
        return;
    };
    let value = object.shift_remove(name).unwrap_or_default();
    match dice.roll(4) {
        0 => {}
        1 => drop(object.insert(respelt(name, dice), value)),
        _ => drop(object.insert(word(dice), value)),
    }
}

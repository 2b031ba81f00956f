//! Random sequences of operations: the server has what the model has (RFC 7644 §3.5.2).

use serde_json::{Map, Value, json};

use super::USERS;
use super::attributes::{Complex, Many, complex, many_primary, two_texts};
use super::steps::{add, remove, replace};
use crate::check::{Check, Stop, Verdict, must};
use crate::json::{at, list, text};
use crate::lab::{Lab, Made};
use crate::model::{Model, alike};

/// How many sequences there are.
const SEQUENCES: usize = 10;
/// How many operations there are in one.
const LENGTH: usize = 6;
/// Where the random numbers begin, the same in each run.
const SEED: u64 = 0x5c1_4c0f_0e2a;

pub(super) const CHECKS: &[Check] = &[must(
    "J50",
    "rfc7644-3.5.2/random-operations",
    "After each of ten random sequences of six operations the resource is what the rules of add, remove and replace make of it.",
    random_operations,
)
.needs(USERS)];

/// Numbers that look random (xorshift64 of G. Marsaglia).
struct Dice(u64);

impl Dice {
    /// A number below a limit.
    fn roll(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or(0) % limit.max(1)
    }
}

/// The attributes in play.
struct Field<'a> {
    texts: [&'a str; 2],
    complex: Complex<'a>,
    many: Many<'a>,
}

impl Field<'_> {
    /// A random operation that is right for what the document has now.
    fn operation(&self, lab: &Lab<'_>, dice: &mut Dice, document: &Map<String, Value>) -> Value {
        match dice.roll(3) {
            0 => self.on_text(lab, dice, document),
            1 => self.on_complex(lab, dice, document),
            _ => self.on_many(lab, dice, document),
        }
    }

    fn on_text(&self, lab: &Lab<'_>, dice: &mut Dice, document: &Map<String, Value>) -> Value {
        let [one, other] = self.texts;
        let name = if dice.roll(2) == 0 { one } else { other };
        match dice.roll(5) {
            0 => add(name, lab.name()),
            1 => replace(name, lab.name()),
            // whether what is not there can be removed is unclear
            2 if document.contains_key(name) => remove(name),
            3 => json!({ "op": "add", "value": { name: lab.name() } }),
            _ => json!({ "op": "replace", "value": { one: lab.name(), other: lab.name() } }),
        }
    }

    fn on_complex(&self, lab: &Lab<'_>, dice: &mut Dice, document: &Map<String, Value>) -> Value {
        let [one, other] = self.complex.texts;
        let name = if dice.roll(2) == 0 { one } else { other };
        let path = format!("{}.{name}", self.complex.name);
        let complex = document.get(self.complex.name);
        let there = complex.is_some_and(|it| at(it, name).is_some());
        match dice.roll(5) {
            0 => add(&path, lab.name()),
            1 => replace(&path, lab.name()),
            2 if there => remove(&path),
            3 => replace(self.complex.name, json!({ name: lab.name() })),
            _ => add(
                self.complex.name,
                json!({ one: lab.name(), other: lab.name() }),
            ),
        }
    }

    fn on_many(&self, lab: &Lab<'_>, dice: &mut Dice, document: &Map<String, Value>) -> Value {
        let many = &self.many;
        let elements = document.get(many.name).and_then(Value::as_array);
        let there = |which: usize| {
            let mut elements = elements.into_iter().flatten();
            elements.any(|it| text(it, "type") == many.kind(which))
        };
        let which = dice.roll(3);
        // one element of a type at most: some servers take no more
        if !there(which) {
            let element = self.element(lab, dice, which);
            return match dice.roll(3) {
                0 => add(many.name, element),
                1 => add(many.name, json!([element])),
                _ => json!({ "op": "add", "value": { many.name: [element] } }),
            };
        }
        match dice.roll(6) {
            0 => remove(many.name),
            1 => replace(many.name, json!([self.element(lab, dice, which)])),
            2 => remove(&many.of_kind(which)),
            3 => replace(&many.of_kind(which), self.whole(lab, which)),
            4 => replace(&format!("{}.primary", many.of_kind(which)), true),
            _ => replace(&format!("{}.value", many.of_kind(which)), many.value(lab)),
        }
    }

    /// An element, primary or not.
    fn element(&self, lab: &Lab<'_>, dice: &mut Dice, which: usize) -> Value {
        let mut element = self.many.element(lab, which);
        if let (0, Some(members)) = (dice.roll(3), element.as_object_mut()) {
            members.insert("primary".to_owned(), true.into());
        }
        element
    }

    /// An element with all that is in play: whether replace keeps the rest is unclear.
    fn whole(&self, lab: &Lab<'_>, which: usize) -> Value {
        let mut element = self.many.element(lab, which);
        if let Some(members) = element.as_object_mut() {
            members.insert("primary".to_owned(), true.into());
        }
        element
    }

    /// What a document has in the attributes in play, and nothing else of it.
    fn view(&self, document: &Value) -> Value {
        let mut view = Map::new();
        for name in self.texts {
            let value = at(document, name).filter(|it| !it.is_null());
            view.insert(name.to_owned(), value.cloned().unwrap_or_default());
        }
        for sub in self.complex.texts {
            let path = format!("{}.{sub}", self.complex.name);
            let value = at(document, &path).cloned().unwrap_or_default();
            view.insert(path, value);
        }
        let elements = list(document, self.many.name).iter().map(|it| {
            json!({
                "value": text(it, "value"),
                "type": text(it, "type"),
                "primary": at(it, "primary") == Some(&Value::Bool(true)),
            })
        });
        view.insert(self.many.name.to_owned(), elements.collect());
        view.into()
    }
}

fn random_operations(lab: &Lab<'_>) -> Verdict {
    let field = Field {
        texts: two_texts(lab)?,
        complex: complex(lab)?,
        many: many_primary(lab)?,
    };
    let user = lab.user()?;
    let mut model = Model {
        document: user.body.as_object().cloned().unwrap_or_default(),
        multi_valued: &[field.many.name],
    };
    let mut dice = Dice(SEED);
    for _ in 0..SEQUENCES {
        sequence(lab, &field, &user, &mut dice, &mut model)?;
    }
    Ok(())
}

/// Does a sequence to the model and to the server, and compares them.
fn sequence(
    lab: &Lab<'_>,
    field: &Field<'_>,
    user: &Made,
    dice: &mut Dice,
    model: &mut Model<'_>,
) -> Verdict {
    let mut operations = Vec::new();
    for _ in 0..LENGTH {
        let operation = field.operation(lab, dice, &model.document);
        model.apply(&operation).map_err(Stop::Broken)?;
        operations.push(operation);
    }
    lab.patch(&user.path, operations.into())?.done()?;
    let now = lab.read(user)?;
    let expected = field.view(&Value::Object(model.document.clone()));
    let actual = field.view(&now.body);
    if alike(&expected, &actual) {
        return Ok(());
    }
    Err(now.differs("resource", expected, actual))
}

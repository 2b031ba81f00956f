//! Eight users that all checks of queries share: made when the first of them asks, looked at by
//! all, changed by none, and taken away when the run is over.

mod plan;

pub(crate) use plan::plan;

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::check::{Feature, Stop};
use crate::evaluate::Filter;
use crate::lab::{Lab, Made, SEARCH_REQUEST, with};
use crate::litter::Litter;
use crate::server::{Attribute, ENTERPRISE, ResourceType, USER};

/// Most pages that are read of a list which cannot be limited to our own users.
const MOST_PAGES: usize = 20;

/// How many resources a page is asked to have.
const PAGE: usize = 100;

/// Attributes that may stand for `{text}`: simple strings that nearly every server stores as
/// they are.
const TEXTS: &[&str] = &["title", "nickName", "userType", "displayName"];

/// The place where the shared users are kept.
#[derive(Debug)]
pub struct Population {
    tag: String,
    people: OnceLock<Result<People, Stop>>,
    litter: Mutex<Litter>,
}

/// The shared users.
#[derive(Debug)]
pub struct People {
    /// All of their `userName`s begin with it.
    pub tag: String,
    /// They, in the order they were made.
    pub persons: Vec<Person>,
    /// The attribute that `{text}` stands for, if the server has one.
    pub text: Option<&'static str>,
    /// A filter that finds exactly them, if this server has one.
    pub scope: Option<String>,
    /// Whether the scope can be put before other filters with `and`.
    conjoins: bool,
    kind: ResourceType,
}

/// One of the shared users.
#[derive(Debug)]
pub struct Person {
    /// The name by which checks know it, `ada`.
    pub name: &'static str,
    /// As the server stores it.
    pub made: Made,
    /// As it was meant.
    planned: Value,
}

/// Whom a filter is about, by name.
#[derive(Debug, Default)]
pub struct Expected {
    /// Those it must find.
    pub must: Vec<&'static str>,
    /// Those it may find, where the RFC leaves it open.
    pub may: Vec<&'static str>,
}

/// What a server does with a filter.
#[derive(Debug)]
pub struct Found {
    /// Those it finds, by name, in the order they came.
    pub names: Vec<&'static str>,
    /// Its last answer.
    pub answer: Answer,
}

impl Person {
    /// It as it was meant, with what every server adds.
    fn meant(&self) -> Value {
        let added = ["id", "meta", "schemas"].iter().filter_map(|name| {
            let value = self.made.body.get(*name)?;
            Some(((*name).to_owned(), value.clone()))
        });
        with(self.planned.clone(), Value::Object(added.collect()))
    }
}

impl Population {
    /// A place for users whose names begin with this tag; nobody is made yet.
    pub fn new(tag: String) -> Self {
        Self {
            tag,
            people: OnceLock::new(),
            litter: Mutex::default(),
        }
    }

    /// The users; `lab` is any that speaks with their server and has this tag.
    pub(crate) fn people<'a>(
        &'a self,
        lab: impl FnOnce(&'a str) -> Lab<'a>,
    ) -> Result<&'a People, Stop> {
        let people = self.people.get_or_init(|| {
            let lab = lab(&self.tag);
            let people = lab.setup("the users for queries", || {
                People::make(&lab, |text| plan(&self.tag, text))
            });
            *self.litter.lock().unwrap_or_else(PoisonError::into_inner) = lab.close().litter;
            people
        });
        people.as_ref().map_err(Clone::clone)
    }

    /// What was made, to be taken away.
    pub fn close(self) -> Litter {
        self.litter
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl People {
    /// Makes users for queries, of whom each has a `userName` that ends in its name; `plan` says
    /// what else, and is given the attribute that stands for `{text}`.
    ///
    /// # Errors
    /// The check is blocked if they cannot be made.
    pub fn make(
        lab: &Lab<'_>,
        plan: impl FnOnce(Option<&str>) -> Vec<(&'static str, Value)>,
    ) -> Result<Self, Stop> {
        let Some(kind) = lab.server.user() else {
            return Err(Stop::NotOffered("/ResourceTypes has no User".to_owned()));
        };
        let text = TEXTS
            .iter()
            .copied()
            .find(|it| kind.schema.attribute(it).is_some_and(is_text));
        let mut persons = Vec::new();
        for (name, planned) in plan(text) {
            let planned = with(
                json!({ "userName": format!("{}-{name}", lab.tag()) }),
                planned,
            );
            let body = merged(lab.user_body(), published(&planned, kind));
            let mut made = lab.make(lab.users(), &body)?;
            made.body = lab.read(&made)?.body;
            persons.push(Person {
                name,
                made,
                planned,
            });
        }
        let mut people = Self {
            tag: lab.tag().to_owned(),
            persons,
            text,
            scope: None,
            conjoins: false,
            kind: kind.clone(),
        };
        if lab.server.offers(Feature::Filter) {
            people.find_scope(lab)?;
        }
        Ok(people)
    }

    /// Finds a filter that limits an answer to these users.
    fn find_scope(&mut self, lab: &Lab<'_>) -> Result<(), Stop> {
        let (tag, first) = (&self.tag, self.persons.first().map_or("", |it| it.name));
        let each = self
            .persons
            .iter()
            .map(|it| format!(r#"userName eq "{tag}-{}""#, it.name));
        let candidates = [
            format!(r#"userName sw "{tag}""#),
            format!(r#"userName co "{tag}""#),
            format!("({})", each.collect::<Vec<_>>().join(" or ")),
        ];
        for candidate in candidates {
            let found = self.ask(lab, Some(&candidate))?;
            if found.answer.status == 200 && found.names.len() == self.persons.len() {
                let narrow = format!(r#"{candidate} and (userName eq "{tag}-{first}")"#);
                self.conjoins = self.ask(lab, Some(&narrow))?.names == [first];
                self.scope = Some(candidate);
                break;
            }
        }
        Ok(())
    }

    /// A filter that finds exactly these users.
    ///
    /// # Errors
    /// The check is blocked if this server has none.
    pub fn scope(&self) -> Result<&str, Stop> {
        self.scope.as_deref().ok_or_else(|| {
            Stop::Blocked(
                r#"neither `userName sw "…"` nor co nor eq with or finds just our own users"#
                    .to_owned(),
            )
        })
    }

    /// A filter of a check with what stands in it for something: `{tag}`, `{text}`, `{core}` and
    /// `{enterprise}` for the schemas, `{ada}` for the id of that user; `None` if the server has
    /// nothing for it.
    pub fn fill(&self, filter: &str) -> Option<String> {
        let mut filled = filter
            .replace("{tag}", &self.tag)
            .replace("{core}", USER)
            .replace("{enterprise}", ENTERPRISE);
        if filled.contains("{text}") {
            filled = filled.replace("{text}", self.text?);
        }
        for person in &self.persons {
            filled = filled.replace(&format!("{{{}}}", person.name), &person.made.id);
        }
        Some(filled)
    }

    /// Whom a filter is about.
    ///
    /// `None` if this server lacks an attribute that is named, or stores the users otherwise than
    /// they were meant, so that the filter would not show what it is to show.
    ///
    /// # Errors
    /// If the filter cannot be read, which is our fault.
    pub fn expected(&self, filter: &str) -> Result<Option<Expected>, Stop> {
        let filter = Filter::parse(filter).map_err(Stop::Broken)?;
        if !filter.paths().iter().all(|it| it.is_known(&self.kind)) {
            return Ok(None);
        }
        let mut expected = Expected::default();
        for person in &self.persons {
            let stored = filter.finds(&self.kind, &person.made.body);
            if stored != filter.finds(&self.kind, &person.meant()) {
                return Ok(None);
            }
            match stored {
                Some(true) => expected.must.push(person.name),
                None => expected.may.push(person.name),
                Some(false) => {}
            }
        }
        Ok(Some(expected))
    }

    /// Whom of these users a filter finds, whoever else it finds.
    ///
    /// # Errors
    /// If no answer comes, or if the list is too long to look through.
    pub fn find(&self, lab: &Lab<'_>, filter: &str) -> Result<Found, Stop> {
        match &self.scope {
            Some(scope) if self.conjoins => {
                self.ask(lab, Some(&format!("{scope} and {}", as_part(filter))))
            }
            _ => self.ask(lab, Some(filter)),
        }
    }

    /// The same, with the filter just as it is.
    ///
    /// # Errors
    /// If no answer comes, or if the list is too long to look through.
    pub fn ask(&self, lab: &Lab<'_>, filter: Option<&str>) -> Result<Found, Stop> {
        let filter: Vec<_> = filter.map(|it| ("filter", it)).into_iter().collect();
        self.list(lab, &filter)
    }

    /// Our own users in a list with these parameters, page after page.
    ///
    /// # Errors
    /// If no answer comes, or if the list is too long to look through.
    pub fn list(&self, lab: &Lab<'_>, parameters: &[(&str, &str)]) -> Result<Found, Stop> {
        let ids: BTreeMap<&str, &'static str> = self
            .persons
            .iter()
            .map(|it| (it.made.id.as_str(), it.name))
            .collect();
        let (mut names, mut seen) = (Vec::new(), 0);
        for _ in 0..MOST_PAGES {
            let (start, count) = ((seen + 1).to_string(), PAGE.to_string());
            let page = [("startIndex", start.as_str()), ("count", &count)];
            // the first page without startIndex, which says nothing new
            let page = if seen == 0 { &page[1..] } else { &page[..] };
            let answer = ask(lab, &[parameters, page].concat())?;
            let resources = answer.resources();
            let ours = resources
                .iter()
                .filter_map(|it| ids.get(crate::json::text(it, "id")));
            names.extend(ours.copied());
            seen += resources.len();
            let total = answer.total().unwrap_or_default();
            if answer.status != 200 || resources.is_empty() || seen as u64 >= total {
                return Ok(Found { names, answer });
            }
        }
        Err(Stop::Blocked(format!(
            "this server cannot limit the list to our own users (`{}` and …), and the whole list is too long",
            self.scope.as_deref().unwrap_or("userName sw …")
        )))
    }
}

/// A filter as `and` takes it, in parentheses only where it needs them: of a server that cannot
/// read `))`, the check of parentheses is to tell, and not each one whose filter ends with one.
fn as_part(filter: &str) -> String {
    let inner = filter.strip_prefix('(').and_then(|it| it.strip_suffix(')'));
    let grouped = inner.is_some_and(|it| Filter::parse(it).is_ok());
    match Filter::parse(filter) {
        Ok(Filter::Or(_)) | Err(_) if !grouped => format!("({filter})"),
        _ => filter.to_owned(),
    }
}

/// A list of users; by POST if the filter is refused as sensitive in a URL (RFC 7644 §7.5.2).
fn ask(lab: &Lab<'_>, parameters: &[(&str, &str)]) -> Result<Answer, Stop> {
    let answer = lab.list(lab.users(), parameters)?;
    if answer.status != 403 || answer.text_at("scimType") != "sensitive" {
        return Ok(answer);
    }
    let member = |(name, value): &(&str, &str)| {
        let number = value.parse::<u64>().map(Value::from);
        ((*name).to_owned(), number.unwrap_or_else(|_| json!(value)))
    };
    let members: Map<String, Value> = parameters.iter().map(member).collect();
    let body = with(
        json!({ "schemas": [SEARCH_REQUEST] }),
        Value::Object(members),
    );
    lab.post(format!("{}/.search", lab.users()), &body)
}

fn is_text(attribute: &Attribute) -> bool {
    attribute.kind == "string"
        && attribute.is_plain()
        && !attribute.multi_valued
        && !attribute.case_exact
        && attribute.uniqueness == "none"
        && attribute.canonical_values.is_empty()
}

/// What of a planned user the server's schemas have.
fn published(planned: &Value, kind: &ResourceType) -> Value {
    let mut kept = Map::new();
    let mut schemas = vec![Value::from(USER)];
    for (name, value) in planned.as_object().into_iter().flatten() {
        if let Some(extension) = kind.extension(name) {
            kept.insert(name.clone(), part(value, &extension.attributes));
            schemas.push(Value::from(name.as_str()));
        } else if let Some(attribute) = kind.schema.attribute(name) {
            kept.insert(name.clone(), part(value, &attribute.sub_attributes));
        } else if name == "externalId" {
            kept.insert(name.clone(), value.clone());
        }
    }
    kept.insert("schemas".to_owned(), Value::Array(schemas));
    Value::Object(kept)
}

/// A body with the members of another, which win; what it has in objects beside them stays, for
/// the server may require it.
fn merged(body: Value, more: Value) -> Value {
    let (Value::Object(mut body), Value::Object(more)) = (body, more) else {
        return Value::Null;
    };
    for (name, value) in more {
        let value = match (body.get(&name), value) {
            (Some(Value::Object(there)), value) => with(Value::Object(there.clone()), value),
            (Some(Value::Array(there)), Value::Array(mut value)) if name == "schemas" => {
                let missing = there.iter().filter(|it| !value.contains(it));
                let missing: Vec<Value> = missing.cloned().collect();
                value.extend(missing);
                Value::Array(value)
            }
            (_, value) => value,
        };
        body.insert(name, value);
    }
    Value::Object(body)
}

/// What of a value these attributes describe.
fn part(value: &Value, attributes: &[Attribute]) -> Value {
    match value {
        Value::Array(elements) => elements.iter().map(|it| part(it, attributes)).collect(),
        Value::Object(members) => {
            let known = |name: &str| {
                attributes
                    .iter()
                    .any(|it| it.name.eq_ignore_ascii_case(name))
            };
            let members = members.iter().filter(|(name, _)| known(name));
            Value::Object(
                members
                    .map(|(name, value)| (name.clone(), value.clone()))
                    .collect(),
            )
        }
        simple => simple.clone(),
    }
}

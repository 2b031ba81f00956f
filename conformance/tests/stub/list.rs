//! Lists: what a query asks for, sorting and index pages (RFC 7644 §3.4.2 and §3.4.3).

use std::cmp::Ordering;
use std::sync::Arc;

use serde_json::{Value, json};

use super::breaks::keeps;
use super::cursor::Cursors;
use super::error::{Scim, ScimError};
use super::filter::{Filter, parse, parse_for_any};
use super::names::{Named, Place, Scope};
use super::patch::member;
use super::schema::{Attribute, ResourceType};
use super::shown::Projection;
use super::store::{Record, Store};
use super::text::compare_values;

/// The largest page, and the largest filter result that is announced.
pub const MAX_RESULTS: usize = 200;
const DEFAULT_COUNT: usize = 100;

/// What a list request asks for, from the query string or from the body of `.search`.
#[derive(Debug, Clone, Default)]
pub struct Query {
    pub filter: Option<String>,
    pub sort_by: Option<String>,
    pub descending: bool,
    pub start_index: Option<i64>,
    pub count: Option<i64>,
    /// Empty for the first page.
    pub cursor: Option<String>,
    pub projection: Projection,
}

impl Query {
    /// Reads the parameters; others are none of ours.
    pub fn from_parameters(parameters: &[(String, String)]) -> Scim<Self> {
        let get = |name: &str| {
            parameters
                .iter()
                .rev()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.clone())
        };
        let list = |name: &str| -> Vec<String> {
            let values = parameters.iter().filter(|(key, _)| key == name);
            let names = values.flat_map(|(_, value)| value.split(','));
            let names = names.map(|name| if keeps("D14") { name.trim() } else { name });
            names
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect()
        };
        if let Some((name, _)) = parameters
            .iter()
            .find(|(name, _)| !PARAMETERS.contains(&name.as_str()) && !keeps("H10"))
        {
            return Err(ScimError::invalid_value(format!(
                "{name:?} is not a parameter"
            )));
        }
        let number = |name: &str| get(name).map(|text| number(name, &text)).transpose();
        Ok(Self {
            filter: get("filter"),
            sort_by: get("sortBy"),
            descending: get("sortOrder")
                .is_some_and(|order| order.eq_ignore_ascii_case("descending")),
            start_index: number("startIndex")?,
            count: number("count")?,
            cursor: get("cursor"),
            projection: projection(list("attributes"), list("excludedAttributes")),
        })
    }

    /// Reads the body of `.search` (RFC 7644 §3.4.3).
    pub fn from_search(body: &Value) -> Scim<Self> {
        let request = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
        let schemas = member(body, "schemas").and_then(Value::as_array);
        if !schemas.is_some_and(|schemas| schemas.iter().any(|urn| urn == request))
            && keeps("N4.schema")
        {
            return Err(ScimError::invalid_syntax(format!(
                "schemas does not name {request}"
            )));
        }
        let text = |name: &str| match member(body, name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(ScimError::invalid_value(format!("{name} is not a string"))),
        };
        let number = |name: &str| match member(body, name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => {
                let wrong = || ScimError::invalid_value(format!("{name} is not an integer"));
                value.as_i64().map(Some).ok_or_else(wrong)
            }
        };
        let list = |name: &str| match member(body, name) {
            Some(Value::Array(names)) if keeps("N1.arrays") => names
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
            Some(Value::String(names)) => names
                .split(',')
                .map(|name| name.trim().to_owned())
                .collect(),
            _ => Vec::new(),
        };
        Ok(Self {
            filter: text("filter")?,
            sort_by: text("sortBy")?,
            descending: text("sortOrder")?
                .is_some_and(|order| order.eq_ignore_ascii_case("descending")),
            start_index: number("startIndex")?.filter(|_| keeps("N6")),
            count: number("count")?.filter(|_| keeps("N1.count")),
            cursor: text("cursor")?.filter(|_| keeps("I13")),
            projection: projection(list("attributes"), list("excludedAttributes")),
        })
    }
}

const PARAMETERS: [&str; 8] = [
    "filter",
    "sortBy",
    "sortOrder",
    "startIndex",
    "count",
    "cursor",
    "attributes",
    "excludedAttributes",
];

/// An empty list is as good as none.
fn projection(only: Vec<String>, except: Vec<String>) -> Projection {
    Projection {
        only: (!only.is_empty()).then_some(only),
        except,
    }
}

fn number(name: &str, text: &str) -> Scim<i64> {
    match text.parse() {
        Ok(number) => Ok(number),
        Err(_) if !keeps("H8") => Err(ScimError::new(500, "ParseIntError")),
        Err(_) => Err(ScimError::invalid_value(format!(
            "{name}: {text:?} is not an integer"
        ))),
    }
}

/// A resource that matches, as it is shown in full.
pub struct Found {
    pub record: Arc<Record>,
    pub shown: Value,
}

/// A list request and what it is asked of.
pub struct Search<'a> {
    pub store: &'a Store,
    pub base: &'a str,
    pub kinds: &'a [&'static ResourceType],
    pub query: &'a Query,
}

impl Search<'_> {
    /// Returns the ListResponse.
    pub fn answer(&self, cursors: &mut Cursors) -> Scim<Value> {
        let unnamed = self.query.cursor.is_none() && self.query.start_index.is_none();
        if self.query.cursor.is_some() || unnamed && !keeps("I14") {
            return cursors.page(self);
        }
        let found = self.found()?;
        let total = found.len();
        // What is below 1 means 1 (RFC 7644 §3.4.2.4).
        let first = match self.query.start_index.unwrap_or(1) {
            0 if !keeps("H3.zero") => total + 1,
            ..0 if !keeps("H3.negative") => total + 1,
            index => usize::try_from(index.max(1)).unwrap_or(usize::MAX),
        };
        let skipped = if keeps("H2") {
            first - 1
        } else {
            first - usize::from(first == 1)
        };
        let count = self.count();
        if skipped >= total && first > 1 && !keeps("H7") {
            return Err(ScimError::not_found("such page"));
        }
        let page: Vec<Value> = found
            .iter()
            .skip(skipped)
            .take(count)
            .map(|found| self.project(found))
            .collect();
        let mut answer = response(
            if keeps("F27") {
                total
            } else {
                total.min(MAX_RESULTS)
            },
            page,
        );
        answer["startIndex"] = match self.query.start_index {
            Some(asked) if !keeps("H3.answer") => asked.into(),
            _ => first.into(),
        };
        Ok(answer)
    }

    /// Returns how many resources a page has at most; a negative count is 0.
    pub fn count(&self) -> usize {
        match self.query.count {
            Some(0) if !keeps("H4") => DEFAULT_COUNT,
            Some(..0) if !keeps("H5") => DEFAULT_COUNT,
            Some(count) if !keeps("H6.count") => {
                usize::try_from(count.max(0)).unwrap_or(MAX_RESULTS) + 1
            }
            Some(count) if !keeps("H6.max") => usize::try_from(count.max(0)).unwrap_or(usize::MAX),
            Some(count) => {
                usize::try_from(count.max(0)).map_or(MAX_RESULTS, |count| count.min(MAX_RESULTS))
            }
            None if !keeps("H11") => 20,
            None => DEFAULT_COUNT,
        }
    }

    /// Shows a resource as the query wants it.
    pub fn project(&self, found: &Found) -> Value {
        let everything = Projection::default();
        let projection = if keeps("D12.list") {
            &self.query.projection
        } else {
            &everything
        };
        projection.of(found.record.kind, &found.shown)
    }

    /// Returns all that matches, in order.
    pub fn found(&self) -> Scim<Vec<Found>> {
        let mut found = Vec::new();
        for kind in self.kinds {
            let filter = self.filter(kind)?;
            let most = if keeps("H12") { usize::MAX } else { 1000 };
            for record in self.store.all(kind).take(most) {
                let shown = self.store.show(record, self.base);
                if filter.as_ref().is_none_or(|filter| filter.matches(&shown)) {
                    found.push(Found {
                        record: record.clone(),
                        shown,
                    });
                }
            }
        }
        self.sort(&mut found)?;
        Ok(found)
    }

    fn filter(&self, kind: &'static ResourceType) -> Scim<Option<Filter>> {
        let Some(text) = &self.query.filter else {
            return Ok(None);
        };
        if self.kinds.len() > 1 {
            parse_for_any(text, kind).map(Some)
        } else {
            parse(text, kind).map(Some)
        }
    }

    /// Sorts stably, so that equal ones stay in the order of their creation on each page.
    fn sort(&self, found: &mut [Found]) -> Scim<()> {
        let Some(by) = self
            .query
            .sort_by
            .as_deref()
            .filter(|by| keeps("G5") || !by.contains(['.', ':']))
        else {
            return Ok(());
        };
        let place = |kind| match Scope::Type(kind).find(by) {
            Some(Named::Place(place)) if !place.leaf().hidden() => Some(place),
            _ => None,
        };
        if place(self.kinds[0]).is_none() && !keeps("G7") {
            return Err(ScimError::new(500, format!("no column {by}")));
        }
        let key = |found: &Found| {
            let place = place(found.record.kind)?;
            Some((place.leaf(), sort_value(place, &found.shown)?.clone()))
        };
        let mut keyed: Vec<_> = (0..found.len())
            .map(|index| (key(&found[index]), index))
            .collect();
        if !keeps("G6") && self.query.start_index > Some(1) {
            keyed.reverse();
        }
        let descending = self.query.descending && keeps("G1.descending");
        if !keeps("G1.sorts") {
            return Ok(());
        }
        keyed.sort_by(|(left, _), (right, _)| {
            let order = in_order(left.as_ref(), right.as_ref());
            if descending { order.reverse() } else { order }
        });
        let order = keyed.into_iter().map(|(_, index)| index);
        let sorted: Vec<Found> = order
            .map(|index| Found {
                record: found[index].record.clone(),
                shown: found[index].shown.take(),
            })
            .collect();
        for (slot, sorted) in found.iter_mut().zip(sorted) {
            *slot = sorted;
        }
        Ok(())
    }
}

type Key<'a> = Option<&'a (&'static Attribute, Value)>;

/// No value comes last, when ascending (RFC 7644 §3.4.2.3).
fn in_order(left: Key<'_>, right: Key<'_>) -> Ordering {
    match (left, right) {
        (Some((attribute, left)), Some((_, right))) => compare_values(attribute, left, right),
        (left, right) if keeps("G3") => left.is_none().cmp(&right.is_none()),
        (left, right) => left.is_some().cmp(&right.is_some()),
    }
}

/// Of a multi-valued attribute the primary value counts, else the first (RFC 7644 §3.4.2.3).
fn sort_value(place: Place, shown: &Value) -> Option<&Value> {
    let values = super::names::elements(place.whole(shown)?);
    let primary = values
        .iter()
        .find(|value| value["primary"] == true && keeps("G4"));
    let value = *primary.or(values.first())?;
    match value.as_object() {
        Some(members) => members.get(place.sub.map_or("value", |sub| sub.name)),
        None => Some(value),
    }
}

/// Returns a ListResponse (RFC 7644 §3.4.2).
pub fn response(total: usize, resources: Vec<Value>) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": if keeps("H1.total") { total } else { resources.len() },
        "itemsPerPage": if keeps("H1.items") { resources.len() } else { DEFAULT_COUNT },
        "Resources": resources,
    })
}

//! Queries over resources: their parameters, and the ListResponse (RFC 7644 §3.4.2, RFC 9865).

use serde_json::{Map, Value};

use super::error::{ScimError, describe, quote};
use super::filter::Filter;
use super::path::AttrPath;
use super::projection::Projection;

/// The URN of the ListResponse message (RFC 7644 §3.4.2).
pub const LIST_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
/// The URN of the SearchRequest message (RFC 7644 §3.4.3).
pub const SEARCH_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

/// Direction of sorting (RFC 7644 §3.4.2.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortOrder {
    /// Small to large, absent last.
    #[default]
    Ascending,
    /// Large to small, absent first.
    Descending,
}

/// Where a page starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// At this resource of the result, counted from 1 (RFC 7644 §3.4.2.4).
    Index(u64),
    /// Where a cursor says; an empty one is the start (RFC 9865 §2).
    Cursor(String),
}

/// What a client asks for with a GET on an endpoint or a POST to `.search`.
#[derive(Clone, Debug)]
pub struct Query {
    /// Which resources.
    pub filter: Option<Filter>,
    /// By what they are sorted.
    pub sort_by: Option<AttrPath>,
    /// How.
    pub sort_order: SortOrder,
    /// Where the page starts.
    pub start: Start,
    /// How many resources it has at most; 0 asks for `totalResults` alone.
    pub count: Option<u64>,
    /// Which of their attributes.
    pub projection: Projection,
}

/// The names of all query parameters, for those who refuse others.
pub const PARAMETERS: [&str; 8] = [
    "filter",
    "sortBy",
    "sortOrder",
    "startIndex",
    "count",
    "cursor",
    "attributes",
    "excludedAttributes",
];

/// Numbers are read leniently: RFC 7644 §3.4.2.4 gives a meaning to those out of range.
fn number(name: &str, value: &Value) -> Result<Option<i64>, ScimError> {
    let read = match value {
        Value::Null => return Ok(None),
        Value::Number(n) => n.as_i64(),
        Value::String(text) if text.trim().is_empty() => return Ok(None),
        Value::String(text) => text
            .trim()
            .parse::<i128>()
            .ok()
            .and_then(|n| i64::try_from(n.clamp(i64::MIN.into(), i64::MAX.into())).ok()),
        _ => None,
    };
    read.map(Some).ok_or_else(|| {
        ScimError::invalid_value(format!(
            "{name} is {}, expected an integer",
            describe(value)
        ))
    })
}

fn text<'a>(name: &str, value: &'a Value) -> Result<Option<&'a str>, ScimError> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.trim()).filter(|text| !text.is_empty())),
        other => Err(ScimError::invalid_value(format!(
            "{name} is {}, expected a string",
            describe(other)
        ))),
    }
}

/// Names joined by commas, or an array of them.
fn names(name: &str, value: &Value) -> Result<Vec<String>, ScimError> {
    let wrong = |value: &Value| {
        Err(ScimError::invalid_value(format!(
            "{name} is {}, expected attribute names",
            describe(value)
        )))
    };
    match value {
        Value::Null => Ok(Vec::new()),
        Value::String(text) => Ok(text
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect()),
        Value::Array(elements) => {
            let mut all = Vec::new();
            for element in elements {
                match element {
                    Value::String(_) => all.extend(names(name, element)?),
                    other => return wrong(other),
                }
            }
            Ok(all)
        }
        other => wrong(other),
    }
}

impl Query {
    /// Reads the parameters of a GET, in the order in which they came; of a name that stands
    /// twice, the last counts, but names of attributes add up.
    ///
    /// # Errors
    /// `invalidFilter` and `tooMany` for the filter, `invalidValue` for the rest.
    pub fn from_parameters(parameters: &[(String, String)]) -> Result<Self, ScimError> {
        let mut message = Map::new();
        for (name, value) in parameters {
            let Some(known) = PARAMETERS
                .iter()
                .find(|known| known.eq_ignore_ascii_case(name))
            else {
                continue;
            };
            let joined = match message.get(*known).and_then(Value::as_str) {
                Some(before) if known.ends_with("ttributes") => format!("{before},{value}"),
                _ => value.clone(),
            };
            message.insert((*known).to_owned(), Value::from(joined));
        }
        Self::read(&message)
    }

    /// Reads a SearchRequest (RFC 7644 §3.4.3).
    ///
    /// # Errors
    /// `invalidSyntax` if it is none, and those of the parameters.
    pub fn from_search(body: &Value) -> Result<Self, ScimError> {
        let Some(body) = body.as_object() else {
            return Err(ScimError::invalid_syntax(format!(
                "the body is {}, expected a SearchRequest as an object",
                describe(body)
            )));
        };
        let mut message = Map::new();
        for (name, value) in body {
            let known = PARAMETERS
                .iter()
                .chain(&["schemas"])
                .find(|known| known.eq_ignore_ascii_case(name));
            message.insert(
                known.map_or_else(|| name.clone(), |known| (*known).to_owned()),
                value.clone(),
            );
        }
        let named = message
            .get("schemas")
            .and_then(Value::as_array)
            .is_some_and(|urns| {
                urns.iter().any(|urn| {
                    urn.as_str()
                        .is_some_and(|urn| urn.eq_ignore_ascii_case(SEARCH_SCHEMA))
                })
            });
        if !named {
            return Err(ScimError::invalid_syntax(format!(
                "schemas does not name {SEARCH_SCHEMA:?}"
            )));
        }
        Self::read(&message)
    }

    fn read(message: &Map<String, Value>) -> Result<Self, ScimError> {
        let of = |name: &str| message.get(name).unwrap_or(&Value::Null);
        let filter = text("filter", of("filter"))?
            .map(Filter::parse)
            .transpose()?;
        let sort_by = match text("sortBy", of("sortBy"))? {
            None => None,
            Some(path) => Some(AttrPath::parse(path).map_err(|problem| {
                ScimError::invalid_value(format!("sortBy is {}: {problem}", quote(path)))
            })?),
        };
        let sort_order = match text("sortOrder", of("sortOrder"))? {
            None => SortOrder::Ascending,
            Some(word) if word.eq_ignore_ascii_case("ascending") => SortOrder::Ascending,
            Some(word) if word.eq_ignore_ascii_case("descending") => SortOrder::Descending,
            Some(word) => {
                return Err(ScimError::invalid_value(format!(
                    "sortOrder is {}, expected \"ascending\" or \"descending\"",
                    quote(word)
                )));
            }
        };
        let start = match of("cursor") {
            Value::Null => Start::Index(
                number("startIndex", of("startIndex"))?
                    .map_or(1, |n| u64::try_from(n).unwrap_or(1).max(1)),
            ),
            cursor => Start::Cursor(text("cursor", cursor)?.unwrap_or_default().to_owned()),
        };
        let count = number("count", of("count"))?.map(|n| u64::try_from(n).unwrap_or(0));
        let projection = Projection::new(
            &names("attributes", of("attributes"))?,
            &names("excludedAttributes", of("excludedAttributes"))?,
        )?;
        Ok(Self {
            filter,
            sort_by,
            sort_order,
            start,
            count,
            projection,
        })
    }
}

/// Returns a ListResponse of resources that are JSON values already.
#[must_use]
pub fn list_response(resources: Vec<Value>) -> Value {
    serde_json::json!({
        "schemas": [LIST_SCHEMA],
        "totalResults": resources.len(),
        "startIndex": 1,
        "itemsPerPage": resources.len(),
        "Resources": resources,
    })
}

/// Returns the text of a ListResponse up to its first resource. What follows are resources,
/// joined by commas, and `]}`.
#[must_use]
pub fn list_head(
    total: u64,
    start_index: Option<u64>,
    items: usize,
    next_cursor: Option<&str>,
) -> String {
    let mut head = format!(r#"{{"schemas":["{LIST_SCHEMA}"],"totalResults":{total},"#);
    if let Some(start_index) = start_index {
        head.push_str(&format!(r#""startIndex":{start_index},"#));
    }
    head.push_str(&format!(r#""itemsPerPage":{items},"#));
    if let Some(cursor) = next_cursor {
        head.push_str(&format!(r#""nextCursor":"{cursor}","#));
    }
    head.push_str(r#""Resources":["#);
    head
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn get(parameters: &[(&str, &str)]) -> Result<Query, ScimError> {
        let parameters: Vec<_> = parameters
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Query::from_parameters(&parameters)
    }

    #[test]
    fn numbers_out_of_range_have_a_meaning() {
        let query = get(&[("startIndex", "-3"), ("count", "-1")]).unwrap();
        assert_eq!((query.start, query.count), (Start::Index(1), Some(0)));
        assert!(
            get(&[("count", "abc")])
                .unwrap_err()
                .detail
                .contains("count is the string \"abc\"")
        );
    }

    #[test]
    fn names_of_attributes_add_up() {
        let query = get(&[
            ("attributes", "userName, ,name.x"),
            ("ATTRIBUTES", "title"),
            ("aadOptscim062020", ""),
        ])
        .unwrap();
        let Projection::Only(paths) = query.projection else {
            panic!()
        };
        assert_eq!(
            paths.iter().map(AttrPath::as_str).collect::<Vec<_>>(),
            ["userName", "name.x", "title"]
        );
    }

    #[test]
    fn a_bare_cursor_is_the_start() {
        assert_eq!(
            get(&[("cursor", "")]).unwrap().start,
            Start::Cursor(String::new())
        );
    }

    #[test]
    fn a_search_is_a_query() {
        let body = json!({ "schemas": [SEARCH_SCHEMA], "filter": "userName pr", "attributes": ["userName"], "count": 5, "sortOrder": "DESCENDING" });
        let query = Query::from_search(&body).unwrap();
        assert_eq!(
            (query.count, query.sort_order),
            (Some(5), SortOrder::Descending)
        );
        assert!(Query::from_search(&json!({ "count": 5 })).is_err());
    }
}

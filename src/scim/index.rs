//! The values under which a resource is found, as the store keeps them beside the document.

use std::collections::HashSet;

use serde_json::Value;

use super::error::ScimError;
use super::key::key;
use super::path::ResolvedPath;
use super::resource::Attributes;
use super::schema::ResourceType;

/// Longest key of an indexed value, in bytes: PostgreSQL's indexes end at 2,704.
pub const MAX_KEY: usize = 2_000;

/// One value under which a resource is found.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    /// Which of the type's `indexed` paths it belongs to.
    pub index: usize,
    /// Its key.
    pub key: String,
    /// Which element of a multi-valued attribute it stands in; 0 is the one that sorting looks
    /// at: the primary, else the first (RFC 7644 §3.4.2.3).
    pub element: i64,
}

/// Returns all values under which a resource is found.
///
/// # Errors
/// `invalidValue` for a value that is too long to be indexed, and for a unique one that stands
/// twice.
pub fn entries(kind: &ResourceType, attributes: &Attributes) -> Result<HashSet<Entry>, ScimError> {
    let mut entries = HashSet::new();
    for (index, path) in kind.indexed.iter().enumerate() {
        let whole = ResolvedPath { sub: None, ..*path };
        let elements: Vec<&Value> = whole.values(attributes.as_map()).collect();
        let primary = elements
            .iter()
            .position(|element| element.get("primary") == Some(&Value::Bool(true)))
            .unwrap_or(0);
        for (n, element) in elements.iter().enumerate() {
            let value = match path.sub {
                Some(sub) => element.get(&sub.name),
                None => Some(*element),
            };
            let Some(key) = value.and_then(|value| key(path.leaf(), value)) else {
                continue;
            };
            if key.len() > MAX_KEY {
                return Err(ScimError::invalid_value(format!(
                    "{path} has {} bytes, at most {MAX_KEY} are accepted",
                    key.len()
                )));
            }
            if path.leaf().is_unique()
                && entries
                    .iter()
                    .any(|entry: &Entry| entry.index == index && entry.key == *key)
            {
                return Err(ScimError::invalid_value(format!(
                    "{path} has one value twice, and its values are unique"
                )));
            }
            // the primary element changes places with the first
            let place = if n == primary {
                0
            } else if n == 0 {
                primary
            } else {
                n
            };
            entries.insert(Entry {
                index,
                key: key.into_owned(),
                element: i64::try_from(place).unwrap_or(i64::MAX),
            });
        }
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::admit::admit;
    use super::super::registry::Registry;
    use super::*;

    #[test]
    fn the_primary_element_is_the_one_that_sorts() {
        let kind = Registry::load(&[]).unwrap().by_name("User").unwrap();
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "BJensen",
            "emails": [{ "value": "Home@x", "type": "home" }, { "value": "work@x", "type": "work", "primary": true }]
        });
        let entries = entries(kind, &admit(kind, body).unwrap().attributes).unwrap();
        let of = |path: &str| {
            let index = kind
                .indexed
                .iter()
                .position(|known| known.to_string() == path)
                .unwrap();
            let mut found: Vec<_> = entries
                .iter()
                .filter(|entry| entry.index == index)
                .map(|entry| (entry.element, entry.key.as_str()))
                .collect();
            found.sort_unstable();
            found
        };
        assert_eq!(of("userName"), [(0, "bjensen")]);
        assert_eq!(of("emails.value"), [(0, "work@x"), (1, "home@x")]);
        assert_eq!(of("emails.type"), [(0, "work"), (1, "home")]);
    }
}

//! Which attributes an answer has: `attributes`, `excludedAttributes` and `returned`
//! (RFC 7644 §3.9, RFC 7643 §7).

use serde_json::{Map, Value};

use super::error::ScimError;
use super::path::{AttrPath, Container, Named, ResolvedPath};
use super::resource::is_unassigned;
use super::schema::{Attribute, ResourceType, Returned, Schema};

/// What the client asked to see, as it wrote it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Projection {
    /// What is returned by default.
    #[default]
    Default,
    /// These and what is always returned.
    Only(Vec<AttrPath>),
    /// What is returned by default, without these.
    Except(Vec<AttrPath>),
}

impl Projection {
    /// Reads the two parameters. Names that are no paths are ignored, like names of unknown
    /// attributes: they select nothing.
    ///
    /// # Errors
    /// `invalidValue` if both are given (RFC 7644 §3.9: they exclude each other).
    pub fn new(attributes: &[String], excluded: &[String]) -> Result<Self, ScimError> {
        let paths = |names: &[String]| {
            names
                .iter()
                .filter_map(|name| AttrPath::parse(name.trim()).ok())
                .collect::<Vec<_>>()
        };
        match (attributes.is_empty(), excluded.is_empty()) {
            (true, true) => Ok(Self::Default),
            (false, true) => Ok(Self::Only(paths(attributes))),
            (true, false) => Ok(Self::Except(paths(excluded))),
            (false, false) => Err(ScimError::invalid_value(
                "attributes and excludedAttributes exclude each other; send one of them",
            )),
        }
    }

    /// Binds the names to a resource type.
    #[must_use]
    pub fn resolve(&self, kind: &ResourceType) -> Selection {
        let core = || {
            let attributes = kind.schema.attributes.iter();
            attributes.map(|attribute| ResolvedPath {
                container: Container::Core,
                attribute,
                sub: None,
            })
        };
        let named = |paths: &[AttrPath]| {
            let mut named = Vec::new();
            for path in paths {
                // a schema's URN alone stands for all that it defines (RFC 7644 §3.10)
                if path.as_str().eq_ignore_ascii_case(&kind.schema.id) {
                    named.extend(core().map(Named::Attribute));
                }
                named.extend(kind.named(path));
            }
            named
        };
        match self {
            Self::Default => Selection::Default,
            Self::Only(paths) => Selection::Only(named(paths)),
            Self::Except(paths) => Selection::Except(named(paths)),
        }
    }
}

/// A projection bound to a resource type.
#[derive(Clone, Debug)]
pub enum Selection {
    /// What is returned by default.
    Default,
    /// These and what is always returned.
    Only(Vec<Named>),
    /// What is returned by default, without these.
    Except(Vec<Named>),
}

/// How much of an attribute the names cover.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Covered {
    Whole,
    /// Only some sub-attributes.
    Part,
    Not,
}

impl Selection {
    /// True if an answer may have a value of this core attribute, so that it is worth reading.
    #[must_use]
    pub fn includes(&self, attribute: &Attribute) -> bool {
        self.shows(Container::Core, attribute)
    }

    /// True if an answer may have a value of this sub-attribute of a core attribute.
    #[must_use]
    pub fn includes_sub(&self, attribute: &Attribute, sub: &Attribute) -> bool {
        self.shows_sub(Container::Core, attribute, sub)
    }

    fn covers(names: &[Named], container: Container, attribute: &Attribute) -> Covered {
        let mut covered = Covered::Not;
        for name in names {
            match (name, container) {
                (Named::Extension(schema), Container::Extension(own)) if schema.id == own.id => {
                    return Covered::Whole;
                }
                (Named::Attribute(path), _) if is_same_place(path, container, attribute) => {
                    match path.sub {
                        None => return Covered::Whole,
                        Some(_) => covered = Covered::Part,
                    }
                }
                (_, _) => {}
            }
        }
        covered
    }

    fn shows(&self, container: Container, attribute: &Attribute) -> bool {
        match (attribute.returned, self) {
            (Returned::Always, _) => true,
            (Returned::Never, _) => false,
            (Returned::Default, Self::Default) => true,
            (Returned::Default, Self::Except(names)) => {
                Self::covers(names, container, attribute) != Covered::Whole
            }
            (Returned::Default | Returned::Request, Self::Only(names)) => {
                Self::covers(names, container, attribute) != Covered::Not
            }
            (Returned::Request, Self::Default | Self::Except(_)) => false,
        }
    }

    fn shows_sub(&self, container: Container, attribute: &Attribute, sub: &Attribute) -> bool {
        let named = |names: &[Named]| {
            names.iter().any(|name| match name {
                Named::Attribute(path) => {
                    is_same_place(path, container, attribute)
                        && path.sub.is_some_and(|named| named.name == sub.name)
                }
                Named::Extension(_) => false,
            })
        };
        match (sub.returned, self) {
            (Returned::Always, _) => true,
            (Returned::Never, _) => false,
            (Returned::Default, Self::Default) => true,
            (Returned::Default, Self::Except(names)) => !named(names),
            (Returned::Default, Self::Only(names)) => {
                named(names) || Self::covers(names, container, attribute) != Covered::Part
            }
            (Returned::Request, Self::Only(names)) => named(names),
            (Returned::Request, Self::Default | Self::Except(_)) => false,
        }
    }

    /// Keeps of a resource what the client asked to see. `schemas` then names exactly the
    /// extensions that are left (RFC 7643 §3).
    #[must_use]
    pub fn apply(&self, kind: &ResourceType, resource: Map<String, Value>) -> Map<String, Value> {
        let mut kept = Map::with_capacity(resource.len());
        for (name, value) in resource {
            if let Some(extension) = kind.extension(&name) {
                let Value::Object(object) = value else {
                    continue;
                };
                let object = self.keep(
                    Container::Extension(extension.schema),
                    &extension.schema.attributes,
                    object,
                );
                if !object.is_empty() {
                    kept.insert(name, Value::Object(object));
                }
            } else if let Some(attribute) = kind.core_attribute(&name)
                && let Some(value) = self.keep_value(Container::Core, attribute, value)
            {
                kept.insert(name, value);
            }
        }
        let left = |schema: &&Schema| schema.id == kind.schema.id || kept.contains_key(&schema.id);
        let schemas: Vec<_> = kind
            .all_schemas()
            .filter(left)
            .map(|schema| Value::from(schema.id.as_str()))
            .collect();
        if let Some(named) = kept.get_mut("schemas") {
            *named = Value::Array(schemas);
        }
        kept
    }

    fn keep(
        &self,
        container: Container,
        attributes: &[Attribute],
        object: Map<String, Value>,
    ) -> Map<String, Value> {
        let known = |name: &str| super::schema::find(attributes, name);
        object
            .into_iter()
            .filter_map(|(name, value)| {
                Some((
                    name.clone(),
                    self.keep_value(container, known(&name)?, value)?,
                ))
            })
            .collect()
    }

    fn keep_value(
        &self,
        container: Container,
        attribute: &Attribute,
        value: Value,
    ) -> Option<Value> {
        if !self.shows(container, attribute) {
            return None;
        }
        let element = |element: Value| match element {
            Value::Object(object) => {
                let subs = object.into_iter().filter(|(name, _)| {
                    attribute
                        .sub(name)
                        .is_some_and(|sub| self.shows_sub(container, attribute, sub))
                });
                Value::Object(subs.collect())
            }
            simple => simple,
        };
        let kept = match value {
            Value::Array(elements) => Value::Array(
                elements
                    .into_iter()
                    .map(element)
                    .filter(|element| !is_unassigned(element))
                    .collect(),
            ),
            single => element(single),
        };
        Some(kept).filter(|kept| !is_unassigned(kept))
    }
}

fn is_same_place(path: &ResolvedPath, container: Container, attribute: &Attribute) -> bool {
    let same_container = match (path.container, container) {
        (Container::Core, Container::Core) => true,
        (Container::Extension(a), Container::Extension(b)) => a.id == b.id,
        (Container::Core, Container::Extension(_)) | (Container::Extension(_), Container::Core) => {
            false
        }
    };
    same_container && path.attribute.name == attribute.name
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::registry::Registry;
    use super::*;

    const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

    fn user() -> Value {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
            "id": "1",
            "userName": "a",
            "name": { "givenName": "A", "familyName": "B" },
            "emails": [{ "value": "x", "type": "work" }, { "value": "y" }],
            ENTERPRISE: { "department": "D", "costCenter": "C" },
            "meta": { "resourceType": "User", "version": "W/\"1\"" }
        })
    }

    #[track_caller]
    fn check(attributes: &str, excluded: &str, expected: Value) {
        let kind = Registry::load(&[]).unwrap().by_name("User").unwrap();
        let names = |text: &str| {
            text.split(',')
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let selection = Projection::new(&names(attributes), &names(excluded))
            .unwrap()
            .resolve(kind);
        let Value::Object(user) = user() else {
            unreachable!()
        };
        assert_eq!(Value::Object(selection.apply(kind, user)), expected);
    }

    const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

    #[test]
    fn nothing_asked_is_everything_by_default() {
        check("", "", user());
    }

    #[test]
    fn only_what_is_asked_and_what_is_always_there() {
        check(
            "USERNAME",
            "",
            json!({ "schemas": [CORE], "id": "1", "userName": "a" }),
        );
        check(
            "emails.value, name.givenName",
            "",
            json!({ "schemas": [CORE], "id": "1", "name": { "givenName": "A" }, "emails": [{ "value": "x" }, { "value": "y" }] }),
        );
        check(
            "emails.type",
            "",
            json!({ "schemas": [CORE], "id": "1", "emails": [{ "type": "work" }] }),
        );
        check(
            &format!("{ENTERPRISE}:department"),
            "",
            json!({ "schemas": [CORE, ENTERPRISE], "id": "1", ENTERPRISE: { "department": "D" } }),
        );
        check(
            ENTERPRISE,
            "",
            json!({ "schemas": [CORE, ENTERPRISE], "id": "1", ENTERPRISE: { "department": "D", "costCenter": "C" } }),
        );
        check(
            CORE,
            "",
            json!({ "schemas": [CORE], "id": "1", "userName": "a", "name": { "givenName": "A", "familyName": "B" }, "emails": [{ "value": "x", "type": "work" }, { "value": "y" }] }),
        );
        check("shoeSize", "", json!({ "schemas": [CORE], "id": "1" }));
    }

    #[test]
    fn what_is_excluded_is_gone_unless_it_is_always_there() {
        let mut expected = user();
        expected.as_object_mut().unwrap().remove("emails");
        check("", "emails,id,schemas", expected);
        let mut expected = user();
        expected["name"]
            .as_object_mut()
            .unwrap()
            .remove("givenName");
        check("", "name.givenName", expected);
    }
}

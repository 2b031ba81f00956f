//! Attribute paths: `userName`, `name.familyName`, `urn:…:User:department` (RFC 7644 §3.10),
//! as written ([`AttrPath`]) and as found in a resource type ([`ResolvedPath`]).

use std::fmt;

use serde_json::{Map, Value};

use super::schema::{Attribute, ResourceType, Schema};

/// An attribute path as the client wrote it. It may name nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttrPath(String);

impl AttrPath {
    /// Reads a path: a letter or `$` first, then letters, digits, and `$ - _ . :`.
    ///
    /// # Errors
    /// Says which character does not belong, or what is missing.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.chars().next() {
            None => return Err("expected an attribute name".into()),
            Some(c) if c.is_ascii_alphabetic() || c == '$' => {}
            Some(c) => return Err(format!("an attribute name cannot start with {c:?}")),
        }
        if let Some(c) = text.chars().find(|c| !is_path_character(*c)) {
            return Err(format!("an attribute name cannot contain {c:?}"));
        }
        if text.ends_with(['.', ':']) || text.contains("..") {
            return Err("expected an attribute name after the last '.' or ':'".into());
        }
        Ok(Self(text.to_owned()))
    }

    /// Returns the path as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True if the path starts with a schema's URN.
    #[must_use]
    pub fn is_qualified(&self) -> bool {
        self.0.contains(':')
    }
}

/// True for the characters of which paths are made (RFC 7644 §3.10, RFC 7643 §2.1).
#[must_use]
pub fn is_path_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '$' | '-' | '_' | '.' | ':')
}

impl fmt::Display for AttrPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where an attribute of a resource stands: at the top, or in an extension's object.
#[derive(Clone, Copy, Debug)]
pub enum Container {
    /// At the top level of the resource.
    Core,
    /// In the object that is named by the extension's URN.
    Extension(&'static Schema),
}

/// A path that names an attribute of a resource type.
#[derive(Clone, Copy, Debug)]
pub struct ResolvedPath {
    /// Where the attribute stands.
    pub container: Container,
    /// The attribute.
    pub attribute: &'static Attribute,
    /// The sub-attribute, if the path names one.
    pub sub: Option<&'static Attribute>,
}

/// What a path can name: an attribute, or a whole extension by its URN (RFC 7644 §3.10).
#[derive(Clone, Copy, Debug)]
pub enum Named {
    /// An attribute or sub-attribute.
    Attribute(ResolvedPath),
    /// All attributes of an extension.
    Extension(&'static Schema),
}

impl ResourceType {
    /// Finds what `path` names: core attributes with or without their URN, extension
    /// attributes with theirs, all in any case.
    #[must_use]
    pub fn named(&self, path: &AttrPath) -> Option<Named> {
        let text = path.as_str();
        if !path.is_qualified() {
            return self
                .attribute_in(Container::Core, text)
                .map(Named::Attribute);
        }
        if let Some(extension) = self.extension(text) {
            return Some(Named::Extension(extension.schema));
        }
        if let Some(rest) = after_urn(text, &self.schema.id) {
            return self
                .attribute_in(Container::Core, rest)
                .map(Named::Attribute);
        }
        self.extensions.iter().find_map(|extension| {
            let rest = after_urn(text, &extension.schema.id)?;
            self.attribute_in(Container::Extension(extension.schema), rest)
                .map(Named::Attribute)
        })
    }

    /// Finds the attribute that `path` names.
    #[must_use]
    pub fn resolve(&self, path: &AttrPath) -> Option<ResolvedPath> {
        match self.named(path)? {
            Named::Attribute(resolved) => Some(resolved),
            Named::Extension(_) => None,
        }
    }

    fn attribute_in(&self, container: Container, text: &str) -> Option<ResolvedPath> {
        let (name, sub) = match text.split_once('.') {
            Some((name, sub)) => (name, Some(sub)),
            None => (text, None),
        };
        let attribute = match container {
            Container::Core => self.core_attribute(name)?,
            Container::Extension(schema) => super::schema::find(&schema.attributes, name)?,
        };
        let sub = match sub {
            Some(sub) => Some(attribute.sub(sub)?),
            None => None,
        };
        Some(ResolvedPath {
            container,
            attribute,
            sub,
        })
    }
}

/// Returns what follows `urn:` in `text`, the URN compared in any case.
fn after_urn<'a>(text: &'a str, urn: &str) -> Option<&'a str> {
    let head = text.get(..urn.len())?;
    if !head.eq_ignore_ascii_case(urn) {
        return None;
    }
    text.get(urn.len()..)?.strip_prefix(':')
}

impl ResolvedPath {
    /// Returns the attribute whose values the path gives: the sub-attribute, or the attribute.
    #[must_use]
    pub fn leaf(&self) -> &'static Attribute {
        self.sub.unwrap_or(self.attribute)
    }

    /// Returns the values that the path gives in a resource: the elements of a multi-valued
    /// attribute one by one, an unassigned one not at all (RFC 7643 §2.5).
    pub fn values<'a>(
        &self,
        resource: &'a Map<String, Value>,
    ) -> impl Iterator<Item = &'a Value> + use<'a> {
        let holder = match self.container {
            Container::Core => Some(resource),
            Container::Extension(schema) => resource.get(&schema.id).and_then(Value::as_object),
        };
        let elements = match holder.and_then(|holder| holder.get(&self.attribute.name)) {
            None => &[],
            Some(Value::Array(elements)) => elements.as_slice(),
            Some(single) => std::slice::from_ref(single),
        };
        let sub = self.sub;
        elements.iter().filter_map(move |element| match sub {
            None => Some(element),
            Some(sub) => element.get(&sub.name),
        })
    }
}

/// Two paths are one when they name the same place.
impl PartialEq for ResolvedPath {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl fmt::Display for ResolvedPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Container::Extension(schema) = self.container {
            write!(f, "{}:", schema.id)?;
        }
        f.write_str(&self.attribute.name)?;
        match self.sub {
            Some(sub) => write!(f, ".{}", sub.name),
            None => Ok(()),
        }
    }
}

//! Schemas and resource types as data (RFC 7643 §6 and §7), read from the lines of `definitions.rs`.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::definitions::{COMMON, DEVICE, DEVICE_LABEL, DEVICE_PLACE, ENTERPRISE, GROUP, USER};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    String,
    Boolean,
    Integer,
    Decimal,
    DateTime,
    Binary,
    Reference,
    Complex,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutability {
    ReadOnly,
    ReadWrite,
    Immutable,
    WriteOnly,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Returned {
    Always,
    Never,
    Default,
    Request,
}

/// An attribute or sub-attribute with its characteristics (RFC 7643 §2.2 and §7).
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "RFC 7643 §7 has them")]
pub struct Attribute {
    pub name: &'static str,
    pub kind: Kind,
    pub multi: bool,
    pub required: bool,
    pub exact: bool,
    pub mutability: Mutability,
    pub returned: Returned,
    pub unique: bool,
    pub canonical: Vec<&'static str>,
    pub references: Vec<&'static str>,
    pub description: &'static str,
    pub subs: Vec<Attribute>,
}

#[derive(Debug)]
pub struct Schema {
    pub urn: &'static str,
    pub name: &'static str,
    pub description: &'static str,
    pub attributes: Vec<Attribute>,
}

#[derive(Debug)]
pub struct ResourceType {
    pub name: &'static str,
    pub endpoint: &'static str,
    pub core: Schema,
    pub extensions: Vec<Extension>,
}

#[derive(Debug)]
pub struct Extension {
    pub schema: Schema,
    pub required: bool,
}

/// The attributes that every resource has and no schema lists (RFC 7643 §3 and §3.1).
pub static COMMON_ATTRIBUTES: LazyLock<Schema> = LazyLock::new(|| schema(COMMON));

/// The resource types of the specimen.
pub static TYPES: LazyLock<Vec<ResourceType>> = LazyLock::new(|| {
    vec![
        resource_type("User", "/Users", USER, &[(ENTERPRISE, false)]),
        resource_type("Group", "/Groups", GROUP, &[]),
        resource_type(
            "Device",
            "/Devices",
            DEVICE,
            &[(DEVICE_PLACE, true), (DEVICE_LABEL, false)],
        ),
    ]
});

fn resource_type(
    name: &'static str,
    endpoint: &'static str,
    core: &'static str,
    extensions: &[(&'static str, bool)],
) -> ResourceType {
    let extensions = extensions
        .iter()
        .map(|(text, required)| Extension {
            schema: schema(text),
            required: *required,
        })
        .collect();
    ResourceType {
        name,
        endpoint,
        core: schema(core),
        extensions,
    }
}

/// Reads a schema: a line `urn name | description`, then one line for each attribute.
fn schema(text: &'static str) -> Schema {
    let mut lines = text.trim().lines();
    let (head, description) = lines.next().unwrap().split_once('|').unwrap();
    let (urn, name) = head.trim().split_once(' ').unwrap();
    let mut attributes: Vec<Attribute> = Vec::new();
    for line in lines {
        match line.strip_prefix("  ") {
            Some(sub) => attributes.last_mut().unwrap().subs.push(attribute(sub)),
            None => attributes.push(attribute(line)),
        }
    }
    Schema {
        urn,
        name: name.trim(),
        description: description.trim(),
        attributes,
    }
}

/// Reads `name type word… | description`, each word being a characteristic that is not the default.
fn attribute(line: &'static str) -> Attribute {
    let (words, description) = line.split_once('|').unwrap_or((line, ""));
    let mut words = words.split_whitespace();
    let name = words.next().unwrap();
    let mut attribute = Attribute {
        name,
        kind: kind(words.next().unwrap()),
        multi: false,
        required: false,
        exact: false,
        mutability: Mutability::ReadWrite,
        returned: Returned::Default,
        unique: false,
        canonical: Vec::new(),
        references: Vec::new(),
        description: if description.is_empty() {
            name
        } else {
            description.trim()
        },
        subs: Vec::new(),
    };
    for word in words {
        match word {
            "multi" => attribute.multi = true,
            "required" => attribute.required = true,
            "exact" => attribute.exact = true,
            "readOnly" => attribute.mutability = Mutability::ReadOnly,
            "immutable" => attribute.mutability = Mutability::Immutable,
            "writeOnly" => attribute.mutability = Mutability::WriteOnly,
            "always" => attribute.returned = Returned::Always,
            "never" => attribute.returned = Returned::Never,
            "request" => attribute.returned = Returned::Request,
            "unique" => attribute.unique = true,
            values => match values.strip_prefix("->") {
                Some(types) => attribute.references = types.split(',').collect(),
                None => attribute.canonical = values.trim_start_matches('=').split(',').collect(),
            },
        }
    }
    attribute
}

fn kind(word: &str) -> Kind {
    match word {
        "string" => Kind::String,
        "boolean" => Kind::Boolean,
        "integer" => Kind::Integer,
        "decimal" => Kind::Decimal,
        "dateTime" => Kind::DateTime,
        "binary" => Kind::Binary,
        "reference" => Kind::Reference,
        "complex" => Kind::Complex,
        other => panic!("no data type {other}"),
    }
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Decimal => "decimal",
            Self::DateTime => "dateTime",
            Self::Binary => "binary",
            Self::Reference => "reference",
            Self::Complex => "complex",
        }
    }
}

impl Attribute {
    /// Returns the sub-attribute of that name, in any case.
    pub fn sub(&self, name: &str) -> Option<&Self> {
        named(&self.subs, name)
    }

    pub fn read_only(&self) -> bool {
        self.mutability == Mutability::ReadOnly
    }

    /// Whether nobody may read it back.
    pub fn hidden(&self) -> bool {
        self.returned == Returned::Never
    }

    /// Returns the attribute as /Schemas shows it (RFC 7643 §7).
    pub fn to_json(&self) -> Value {
        let mut json = json!({ "name": self.name, "type": self.kind.word() });
        if self.kind == Kind::Complex {
            json["subAttributes"] = self.subs.iter().map(Self::to_json).collect();
        }
        json["multiValued"] = self.multi.into();
        json["description"] = self.description.into();
        json["required"] = self.required.into();
        if !self.canonical.is_empty() {
            json["canonicalValues"] = self.canonical.clone().into();
        }
        json["caseExact"] = self.exact.into();
        json["mutability"] = match self.mutability {
            Mutability::ReadOnly => "readOnly",
            Mutability::ReadWrite => "readWrite",
            Mutability::Immutable => "immutable",
            Mutability::WriteOnly => "writeOnly",
        }
        .into();
        json["returned"] = match self.returned {
            Returned::Always => "always",
            Returned::Never => "never",
            Returned::Default => "default",
            Returned::Request => "request",
        }
        .into();
        json["uniqueness"] = if self.unique { "server" } else { "none" }.into();
        if !self.references.is_empty() {
            json["referenceTypes"] = self.references.clone().into();
        }
        json
    }
}

impl Schema {
    /// Returns the attribute of that name, in any case.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        named(&self.attributes, name)
    }
}

impl ResourceType {
    /// Returns the type whose endpoint is `/{segment}`.
    pub fn at(segment: &str) -> Option<&'static Self> {
        TYPES.iter().find(|kind| &kind.endpoint[1..] == segment)
    }

    pub fn named(name: &str) -> Option<&'static Self> {
        TYPES.iter().find(|kind| kind.name == name)
    }

    /// Returns the core schema and then those of the extensions.
    pub fn schemas(&self) -> impl Iterator<Item = &Schema> {
        std::iter::once(&self.core).chain(self.extensions.iter().map(|extension| &extension.schema))
    }

    /// Returns the schema with that URI, in any case.
    pub fn schema(&self, urn: &str) -> Option<&Schema> {
        self.schemas()
            .find(|schema| schema.urn.eq_ignore_ascii_case(urn))
    }

    pub fn is_core(&self, schema: &Schema) -> bool {
        self.core.urn == schema.urn
    }
}

fn named<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a Attribute> {
    attributes
        .iter()
        .find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

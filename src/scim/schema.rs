//! Schemas, attributes and resource types: the data that everything else reads (RFC 7643 §6, §7).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::path::ResolvedPath;

/// The URN of the Schema resource (RFC 7643 §7).
pub const SCHEMA_SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";
/// The URN of the ResourceType resource (RFC 7643 §6).
pub const RESOURCE_TYPE_SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";

/// The data type of an attribute (RFC 7643 §2.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Type {
    /// Unicode text.
    #[default]
    String,
    /// `true` or `false`.
    Boolean,
    /// A real number.
    Decimal,
    /// A whole number of 64 bits.
    Integer,
    /// A point in time, `xsd:dateTime`.
    DateTime,
    /// A URI, absolute or relative.
    Reference,
    /// Base64 text.
    Binary,
    /// An object of sub-attributes.
    Complex,
}

impl Type {
    /// Returns what a value of this type is, for an error message.
    #[must_use]
    pub const fn expectation(self) -> &'static str {
        match self {
            Self::String => "a string",
            Self::Boolean => "a boolean (true or false)",
            Self::Decimal => "a number",
            Self::Integer => "an integer of 64 bits",
            Self::DateTime => "a date and time such as \"2011-05-13T04:42:34Z\"",
            Self::Reference => "a URI as a string",
            Self::Binary => "base64 text",
            Self::Complex => "an object",
        }
    }

    /// True for the types whose values are compared as text.
    #[must_use]
    pub const fn is_text(self) -> bool {
        match self {
            Self::String | Self::Reference | Self::Binary => true,
            Self::Boolean | Self::Decimal | Self::Integer | Self::DateTime | Self::Complex => false,
        }
    }
}

/// Who may write an attribute, and when (RFC 7643 §7, `mutability`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Mutability {
    /// Only the server; what clients send is ignored or refused.
    ReadOnly,
    /// Anyone, at any time.
    #[default]
    ReadWrite,
    /// Once.
    Immutable,
    /// Anyone, and nobody can read it: we do not even store it.
    WriteOnly,
}

/// When an attribute is part of an answer (RFC 7643 §7, `returned`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Returned {
    /// In every answer.
    Always,
    /// In none.
    Never,
    /// Unless excluded, or others were asked for.
    #[default]
    Default,
    /// Only when asked for by name.
    Request,
}

/// In which space a value may stand only once (RFC 7643 §7, `uniqueness`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Uniqueness {
    /// In none.
    #[default]
    None,
    /// In the organization.
    Server,
    /// Everywhere; enforced like `server`, because nobody can enforce more.
    Global,
}

/// An attribute or sub-attribute with all its characteristics (RFC 7643 §7).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Attribute {
    /// Name as the server writes it; clients may use any case.
    pub name: String,
    /// Data type.
    #[serde(rename = "type", default)]
    pub kind: Type,
    /// For types `complex`: what an object of it may hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sub_attributes: Vec<Attribute>,
    /// Whether the value is an array.
    #[serde(default)]
    pub multi_valued: bool,
    /// One sentence for people.
    #[serde(default)]
    pub description: String,
    /// Whether a resource must have it.
    #[serde(default)]
    pub required: bool,
    /// Values that are suggested; others are taken too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub canonical_values: Vec<String>,
    /// Whether case matters where values are compared.
    #[serde(default)]
    pub case_exact: bool,
    /// Who may write it.
    #[serde(default)]
    pub mutability: Mutability,
    /// When it is answered.
    #[serde(default)]
    pub returned: Returned,
    /// Where a value may stand only once.
    #[serde(default)]
    pub uniqueness: Uniqueness,
    /// For type `reference`: what it may point to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reference_types: Vec<String>,
}

impl Attribute {
    /// Finds a sub-attribute by its name in any case.
    #[must_use]
    pub fn sub(&self, name: &str) -> Option<&Self> {
        find(&self.sub_attributes, name)
    }

    /// True if no two resources of an organization may share a value.
    #[must_use]
    pub fn is_unique(&self) -> bool {
        self.uniqueness != Uniqueness::None
    }

    /// True if its values are dropped after they were checked: `password` is the one that
    /// every provider sends, and sign-in is SSO, so nothing here could use it.
    #[must_use]
    pub fn is_dropped(&self) -> bool {
        self.mutability == Mutability::WriteOnly || self.returned == Returned::Never
    }
}

/// Finds an attribute by its name in any case (RFC 7643 §2.1).
#[must_use]
pub fn find<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a Attribute> {
    attributes
        .iter()
        .find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

/// A named set of attributes (RFC 7643 §7).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Schema {
    /// The URN of [`SCHEMA_SCHEMA`].
    #[serde(default = "schema_schemas")]
    pub schemas: Vec<String>,
    /// Its URN.
    pub id: String,
    /// Name for people.
    #[serde(default)]
    pub name: String,
    /// One sentence for people.
    #[serde(default)]
    pub description: String,
    /// What it holds.
    pub attributes: Vec<Attribute>,
    /// Accepted in a file and replaced by the served one.
    #[serde(default, skip_serializing)]
    pub meta: Option<serde_json::Value>,
}

fn schema_schemas() -> Vec<String> {
    vec![SCHEMA_SCHEMA.to_owned()]
}

/// An extension of a resource type (RFC 7643 §6, `schemaExtensions`).
#[derive(Clone, Copy, Debug)]
pub struct Extension {
    /// The extension's schema.
    pub schema: &'static Schema,
    /// Whether every resource of the type must have it.
    pub required: bool,
}

/// A kind of resource: its endpoint, its schemas, and how it is stored (RFC 7643 §6).
pub struct ResourceType {
    /// Name and id, `User`.
    pub name: String,
    /// Path below the base, `/Users`.
    pub endpoint: String,
    /// One sentence for people.
    pub description: String,
    /// `id`, `externalId`, `meta`, `schemas`: the attributes that every resource has.
    pub common: &'static Schema,
    /// The core schema.
    pub schema: &'static Schema,
    /// The extensions, in the order in which they are answered.
    pub extensions: Vec<Extension>,
    /// The paths whose values are found by index, and those that are unique.
    pub indexed: Vec<ResolvedPath>,
    /// The attributes that name a resource to people; the first that has a value does.
    pub displayed_by: Vec<&'static Attribute>,
    /// The boolean attribute that switches access off.
    pub active_by: Option<&'static Attribute>,
    /// The attribute whose elements are membership rows (`Group.members`).
    pub members: Option<&'static Attribute>,
    /// The attribute that is read from membership rows (`User.groups`).
    pub member_of: Option<&'static Attribute>,
}

impl ResourceType {
    /// Returns the core schema, then the extensions.
    pub fn all_schemas(&self) -> impl Iterator<Item = &'static Schema> + '_ {
        std::iter::once(self.schema).chain(self.extensions.iter().map(|extension| extension.schema))
    }

    /// Finds an extension by its URN in any case.
    #[must_use]
    pub fn extension(&self, urn: &str) -> Option<Extension> {
        self.extensions
            .iter()
            .copied()
            .find(|extension| extension.schema.id.eq_ignore_ascii_case(urn))
    }

    /// Finds an attribute of the core schema, or one that every resource has.
    #[must_use]
    pub fn core_attribute(&self, name: &str) -> Option<&'static Attribute> {
        find(&self.schema.attributes, name).or_else(|| find(&self.common.attributes, name))
    }

    /// True if every attribute is answered by default, so that a stored document can be
    /// answered as it is.
    #[must_use]
    pub fn answers_documents_as_stored(&self) -> bool {
        fn plain(attribute: &Attribute) -> bool {
            attribute.returned != Returned::Request && attribute.sub_attributes.iter().all(plain)
        }
        self.all_schemas()
            .flat_map(|schema| &schema.attributes)
            .all(plain)
    }
}

impl fmt::Debug for ResourceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// Two types are one when they have one name; a registry holds each name once.
impl PartialEq for ResourceType {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

//! What a server says of itself: its configuration, resource types and schemas.
//!
//! Everything generic goes by this, so that resource types and extensions are judged that
//! nobody here has heard of.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::check::Feature;
use crate::json::{at, list, member, text};
use crate::wire::{Request, Wire};

/// The core schema of a User (RFC 7643 §4.1).
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The core schema of a Group (RFC 7643 §4.2).
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// The enterprise extension of the User (RFC 7643 §4.3).
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// A server, as it describes itself.
#[derive(Debug)]
pub struct Server {
    /// Its `ServiceProviderConfig`, if it has one.
    pub config: Option<Value>,
    /// Its resource types; those of the RFC if it does not say.
    pub types: Vec<ResourceType>,
    /// Its schemas by their URN, with those of the RFC that it does not publish.
    pub schemas: BTreeMap<String, Schema>,
    /// What was assumed because the server does not say.
    pub assumptions: Vec<String>,
}

/// A resource type (RFC 7643 §6).
#[derive(Clone, Debug)]
pub struct ResourceType {
    /// Its name, `User`.
    pub name: String,
    /// The path of its collection under the base URL, `/Users`.
    pub endpoint: String,
    /// Its core schema.
    pub schema: Schema,
    /// Its extensions, and whether each resource must have them.
    pub extensions: Vec<(Schema, bool)>,
}

/// A schema (RFC 7643 §7).
#[derive(Clone, Debug)]
pub struct Schema {
    /// Its URN.
    pub id: String,
    /// Its attributes.
    pub attributes: Vec<Attribute>,
}

/// An attribute and its characteristics, with the defaults of RFC 7643 §2.2.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "they are the RFC's")]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// `string`, `boolean`, `decimal`, `integer`, `dateTime`, `binary`, `reference`, `complex`.
    pub kind: String,
    /// Whether it has several values.
    pub multi_valued: bool,
    /// Whether it must have a value.
    pub required: bool,
    /// Whether upper and lower case are different.
    pub case_exact: bool,
    /// `readOnly`, `readWrite`, `immutable`, `writeOnly`.
    pub mutability: String,
    /// `always`, `never`, `default`, `request`.
    pub returned: String,
    /// `none`, `server`, `global`.
    pub uniqueness: String,
    /// Values that are suggested.
    pub canonical_values: Vec<Value>,
    /// What a reference may lead to.
    pub reference_types: Vec<String>,
    /// What is in it, if it is complex.
    pub sub_attributes: Vec<Attribute>,
    /// Whether the server says so itself.
    pub published: bool,
}

impl Attribute {
    /// Reads an attribute of a schema.
    pub fn read(value: &Value) -> Self {
        let word = |name: &str, otherwise: &str| match text(value, name) {
            "" => otherwise.to_owned(),
            word => word.to_owned(),
        };
        let flag = |name: &str| {
            member(value, name)
                .and_then(Value::as_bool)
                .unwrap_or(false)
        };
        let references = list(value, "referenceTypes").iter();
        Self {
            name: word("name", ""),
            kind: word("type", "string"),
            multi_valued: flag("multiValued"),
            required: flag("required"),
            case_exact: flag("caseExact"),
            mutability: word("mutability", "readWrite"),
            returned: word("returned", "default"),
            uniqueness: word("uniqueness", "none"),
            canonical_values: list(value, "canonicalValues").to_vec(),
            reference_types: references
                .filter_map(|it| it.as_str().map(str::to_owned))
                .collect(),
            sub_attributes: list(value, "subAttributes")
                .iter()
                .map(Self::read)
                .collect(),
            published: true,
        }
    }

    /// Whether a client can set it at all.
    pub fn is_writable(&self) -> bool {
        self.mutability != "readOnly"
    }

    /// Whether a client can change it at any time and sees it in each answer.
    pub fn is_plain(&self) -> bool {
        self.mutability == "readWrite" && matches!(self.returned.as_str(), "default" | "always")
    }

    /// The sub-attribute of this name.
    pub fn sub(&self, name: &str) -> Option<&Self> {
        self.sub_attributes
            .iter()
            .find(|it| it.name.eq_ignore_ascii_case(name))
    }
}

impl Schema {
    /// Reads a schema.
    pub fn read(value: &Value) -> Self {
        Self {
            id: text(value, "id").to_owned(),
            attributes: list(value, "attributes")
                .iter()
                .map(Attribute::read)
                .collect(),
        }
    }

    /// The attribute of this name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes
            .iter()
            .find(|it| it.name.eq_ignore_ascii_case(name))
    }
}

impl ResourceType {
    /// Whether it is the User of the RFC.
    pub fn is_user(&self) -> bool {
        self.schema.id == USER
    }

    /// Whether it is the Group of the RFC.
    pub fn is_group(&self) -> bool {
        self.schema.id == GROUP
    }

    /// Attributes that take any text, as long as nobody else has the same; not every type has one.
    pub fn plain_texts(&self) -> impl Iterator<Item = &Attribute> {
        // these are texts of a form of their own, or have a meaning to some server
        const SPECIAL: [&str; 7] = [
            "userName",
            "preferredLanguage",
            "locale",
            "timezone",
            "userType",
            "externalId",
            "id",
        ];
        self.schema.attributes.iter().filter(|it| {
            let any_text = it.kind == "string" && it.canonical_values.is_empty();
            any_text && it.is_plain() && !it.multi_valued && !SPECIAL.contains(&it.name.as_str())
        })
    }

    /// The extension of this URN.
    pub fn extension(&self, urn: &str) -> Option<&Schema> {
        let mut extensions = self.extensions.iter();
        extensions.find_map(|(schema, _)| schema.id.eq_ignore_ascii_case(urn).then_some(schema))
    }
}

impl Server {
    /// Asks a server what it is.
    ///
    /// # Errors
    /// The words for why it does not answer at all.
    pub fn discover(wire: &Wire) -> Result<Self, String> {
        let first = wire.send(&Request::new("GET", "/ServiceProviderConfig"));
        first
            .answer
            .as_ref()
            .map_err(|error| format!("{} does not answer: {error}", first.url))?;
        let mut assumptions = Vec::new();
        let config = json(&first).filter(|it| member(it, "patch").is_some());
        if config.is_none() {
            assumptions.push("there is no ServiceProviderConfig: PATCH and filters are taken to be offered, nothing else".to_owned());
        }
        let schemas = schemas(wire, &mut assumptions);
        let mut types: Vec<ResourceType> = listed(wire, "/ResourceTypes")
            .iter()
            .filter_map(|it| resource_type(it, &schemas))
            .collect();
        if types.is_empty() {
            assumptions.push(
                "there are no ResourceTypes: /Users and /Groups are taken to be as in RFC 7643"
                    .to_owned(),
            );
            types = [
                ("User", "/Users", USER, &[ENTERPRISE][..]),
                ("Group", "/Groups", GROUP, &[]),
            ]
            .into_iter()
            .filter_map(|(name, endpoint, schema, extensions)| {
                let extensions = extensions
                    .iter()
                    .filter_map(|it| Some((schemas.get(*it)?.clone(), false)));
                Some(ResourceType {
                    name: name.to_owned(),
                    endpoint: endpoint.to_owned(),
                    schema: schemas.get(schema)?.clone(),
                    extensions: extensions.collect(),
                })
            })
            .collect();
        }
        Ok(Self {
            config,
            types,
            schemas,
            assumptions,
        })
    }

    /// Why a feature is not offered; nothing if it is.
    pub fn lacks(&self, feature: Feature) -> Option<String> {
        let supported = |path: &str| match &self.config {
            None if matches!(feature, Feature::Patch | Feature::Filter) => None,
            None => Some(format!("no ServiceProviderConfig says {path}")),
            Some(config) => match at(config, path).and_then(Value::as_bool) {
                Some(true) => None,
                Some(false) => Some(format!("ServiceProviderConfig says {path}: false")),
                None => Some(format!("ServiceProviderConfig does not say {path}")),
            },
        };
        let offered =
            |there: bool, what: &str| (!there).then(|| format!("/ResourceTypes has no {what}"));
        match feature {
            Feature::Patch => supported("patch.supported"),
            Feature::Bulk => supported("bulk.supported"),
            Feature::Filter => supported("filter.supported"),
            Feature::Sort => supported("sort.supported"),
            Feature::Etag => supported("etag.supported"),
            Feature::ChangePassword => supported("changePassword.supported"),
            Feature::Cursor => supported("pagination.cursor"),
            Feature::User => offered(self.user().is_some(), "User"),
            Feature::Group => offered(self.group().is_some(), "Group"),
            Feature::Enterprise => {
                let there = self
                    .user()
                    .is_some_and(|it| it.extension(ENTERPRISE).is_some());
                offered(there, "enterprise extension of the User")
            }
        }
    }

    /// Whether a feature is offered.
    pub fn offers(&self, feature: Feature) -> bool {
        self.lacks(feature).is_none()
    }

    /// The resource type of Users.
    pub fn user(&self) -> Option<&ResourceType> {
        self.types.iter().find(|it| it.is_user())
    }

    /// The resource type of Groups.
    pub fn group(&self) -> Option<&ResourceType> {
        self.types.iter().find(|it| it.is_group())
    }
}

/// The schemas that a server publishes, and those of the RFC that it does not.
fn schemas(wire: &Wire, assumptions: &mut Vec<String>) -> BTreeMap<String, Schema> {
    let mut schemas = BTreeMap::new();
    for mut schema in listed(wire, "/Schemas").iter().map(Schema::read) {
        // RFC 7643 §3.1 says that what it lists takes precedence over a schema
        let external = schema.attributes.iter_mut();
        for attribute in external.filter(|it| it.name == "externalId") {
            "readWrite".clone_into(&mut attribute.mutability);
        }
        schemas.insert(schema.id.clone(), schema);
    }
    for known in [
        include_str!("../schemas/user.json"),
        include_str!("../schemas/group.json"),
        include_str!("../schemas/enterprise-user.json"),
    ] {
        let mut schema = Schema::read(&serde_json::from_str(known).unwrap_or_default());
        for attribute in &mut schema.attributes {
            attribute.published = false;
        }
        if !schemas.contains_key(&schema.id) {
            assumptions.push(format!(
                "{} is not published: it is taken to be as in RFC 7643",
                schema.id
            ));
            schemas.insert(schema.id.clone(), schema);
        }
    }
    schemas
}

fn resource_type(value: &Value, schemas: &BTreeMap<String, Schema>) -> Option<ResourceType> {
    let endpoint = text(value, "endpoint");
    let endpoint = endpoint.rsplit('/').next().unwrap_or(endpoint);
    let extensions = list(value, "schemaExtensions").iter().filter_map(|it| {
        let required = at(it, "required").and_then(Value::as_bool).unwrap_or(false);
        Some((schemas.get(text(it, "schema"))?.clone(), required))
    });
    Some(ResourceType {
        name: text(value, "name").to_owned(),
        endpoint: format!("/{endpoint}"),
        schema: schemas.get(text(value, "schema"))?.clone(),
        extensions: extensions.collect(),
    })
}

/// The resources of a list that a server answers to a GET; none if it does not.
fn listed(wire: &Wire, path: &str) -> Vec<Value> {
    let body = json(&wire.send(&Request::new("GET", path))).unwrap_or_default();
    // some servers answer with the bare array
    body.as_array()
        .map_or_else(|| list(&body, "Resources").to_vec(), Clone::clone)
}

fn json(exchange: &crate::exchange::Exchange) -> Option<Value> {
    let received = exchange.answer.as_ref().ok()?;
    (received.status == 200).then(|| serde_json::from_str(&received.body).ok())?
}

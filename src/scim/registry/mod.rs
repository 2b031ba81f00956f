//! Loads schemas and resource types from their JSON files and checks that they fit together.
//!
//! # Why
//! A [`Registry`] lives as long as the process, so it is leaked once and everything else holds
//! plain `&'static` references to it: no counting, no lifetimes, in any resolved path or
//! filter. It would have to change if schemas were to change while the server runs.

mod check;

use serde::Deserialize;
use serde_json::Value;

use super::path::{AttrPath, Container, ResolvedPath};
use super::schema::{Extension, ResourceType, Schema, Type, find};
use check::{check_attributes, name_wrong_attribute};

/// The URN of our own object in a ResourceType file: how resources of the type are stored.
const STORAGE: &str = "urn:vestibule:scim:schemas:1.0:Storage";

/// The files that are part of the server: name and text.
const BUILT_IN: [(&str, &str); 6] = [
    ("common.json", include_str!("../../../schemas/common.json")),
    ("user.json", include_str!("../../../schemas/user.json")),
    ("group.json", include_str!("../../../schemas/group.json")),
    (
        "enterprise-user.json",
        include_str!("../../../schemas/enterprise-user.json"),
    ),
    (
        "user.resource-type.json",
        include_str!("../../../schemas/user.resource-type.json"),
    ),
    (
        "group.resource-type.json",
        include_str!("../../../schemas/group.resource-type.json"),
    ),
];

const COMMON: &str = "urn:ietf:params:scim:schemas:common";

/// Endpoints of the protocol, which no resource type can have.
const RESERVED: [&str; 6] = [
    "/ServiceProviderConfig",
    "/Schemas",
    "/ResourceTypes",
    "/Bulk",
    "/Me",
    "/.search",
];

/// A schema file that cannot be used: which one, and what would be accepted.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct SchemaFileError {
    /// Name of the file.
    pub file: String,
    /// What is wrong with it and what was expected.
    pub problem: String,
}

/// All schemas and resource types of this process.
#[derive(Debug)]
pub struct Registry {
    /// The schemas that `/Schemas` serves.
    pub schemas: Vec<&'static Schema>,
    /// The resource types, in the order in which they are served.
    pub types: Vec<&'static ResourceType>,
}

impl Registry {
    /// Finds a resource type by its endpoint's name without the slash, in exactly this case.
    #[must_use]
    pub fn by_endpoint(&self, name: &str) -> Option<&'static ResourceType> {
        self.types
            .iter()
            .copied()
            .find(|kind| kind.endpoint.strip_prefix('/') == Some(name))
    }

    /// Finds a resource type by its name.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<&'static ResourceType> {
        self.types.iter().copied().find(|kind| kind.name == name)
    }

    /// Loads the built-in files and then `files` (name and text of each).
    ///
    /// # Errors
    /// The first file that cannot be read or does not fit to the others.
    pub fn load(files: &[(String, String)]) -> Result<&'static Self, SchemaFileError> {
        let mut drafts = Drafts::default();
        for (name, text) in BUILT_IN {
            drafts.read(name, text)?;
        }
        for (name, text) in files {
            drafts.read(name, text)?;
        }
        drafts
            .finish()
            .map(|registry| &*Box::leak(Box::new(registry)))
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ExtensionDraft {
    schema: String,
    #[serde(default)]
    required: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StorageDraft {
    #[serde(default)]
    indexed: Vec<String>,
    #[serde(default)]
    displayed_by: Vec<String>,
    active_by: Option<String>,
    members: Option<String>,
    member_of: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TypeDraft {
    #[serde(skip)]
    file: String,
    #[serde(default, rename = "schemas")]
    _schemas: Vec<String>,
    #[serde(default, rename = "meta")]
    _meta: Option<Value>,
    id: Option<String>,
    name: Option<String>,
    endpoint: Option<String>,
    schema: Option<String>,
    #[serde(default)]
    description: String,
    #[serde(default)]
    schema_extensions: Vec<ExtensionDraft>,
    #[serde(default, rename = "urn:vestibule:scim:schemas:1.0:Storage")]
    storage: StorageDraft,
}

/// The files as read, before they are held against each other.
#[derive(Default)]
struct Drafts {
    /// File and schema.
    schemas: Vec<(String, Schema)>,
    types: Vec<TypeDraft>,
}

fn problem(file: &str, problem: impl Into<String>) -> SchemaFileError {
    SchemaFileError {
        file: file.to_owned(),
        problem: problem.into(),
    }
}

impl Drafts {
    fn read(&mut self, file: &str, text: &str) -> Result<(), SchemaFileError> {
        let value =
            super::json::parse(text.as_bytes()).map_err(|error| problem(file, error.detail))?;
        match value {
            Value::Array(values) => values
                .into_iter()
                .try_for_each(|value| self.take(file, value)),
            single => self.take(file, single),
        }
    }

    fn take(&mut self, file: &str, value: Value) -> Result<(), SchemaFileError> {
        let unreadable = |error: serde_json::Error| problem(file, error.to_string());
        if value.get("attributes").is_some() {
            name_wrong_attribute(&value).map_err(|text| problem(file, text))?;
            let schema: Schema = serde_json::from_value(value).map_err(unreadable)?;
            return self.add_schema(file, schema);
        }
        if value.get("endpoint").is_some()
            || value.get("schemaExtensions").is_some()
            || value.get(STORAGE).is_some()
        {
            let mut draft: TypeDraft = serde_json::from_value(value).map_err(unreadable)?;
            file.clone_into(&mut draft.file);
            return self.add_type(draft);
        }
        Err(problem(
            file,
            "expected a Schema (with \"attributes\") or a ResourceType (with \"endpoint\")",
        ))
    }

    fn add_schema(&mut self, file: &str, schema: Schema) -> Result<(), SchemaFileError> {
        if !schema.id.to_ascii_lowercase().starts_with("urn:")
            || AttrPath::parse(&schema.id).is_err()
        {
            return Err(problem(
                file,
                format!(
                    "the schema's id is {:?}, expected a URN such as \"urn:example:badge:1.0:User\"",
                    schema.id
                ),
            ));
        }
        check_attributes(&schema.attributes, None).map_err(|text| problem(file, text))?;
        match self
            .schemas
            .iter_mut()
            .find(|(_, known)| known.id.eq_ignore_ascii_case(&schema.id))
        {
            None => self.schemas.push((file.to_owned(), schema)),
            Some((_, known)) => {
                if let Some(twice) = schema
                    .attributes
                    .iter()
                    .find(|new| find(&known.attributes, &new.name).is_some())
                {
                    return Err(problem(
                        file,
                        format!(
                            "{} has an attribute {} already; a file can only add new ones",
                            known.id, twice.name
                        ),
                    ));
                }
                known.attributes.extend(schema.attributes);
            }
        }
        Ok(())
    }

    fn add_type(&mut self, mut draft: TypeDraft) -> Result<(), SchemaFileError> {
        let Some(name) = draft.name.clone().or_else(|| draft.id.clone()) else {
            return Err(problem(&draft.file, "a ResourceType needs a name"));
        };
        draft.name = Some(name.clone());
        let Some(known) = self
            .types
            .iter_mut()
            .find(|known| known.name.as_ref() == Some(&name))
        else {
            self.types.push(draft);
            return Ok(());
        };
        if draft
            .endpoint
            .as_ref()
            .is_some_and(|endpoint| Some(endpoint) != known.endpoint.as_ref())
            || draft
                .schema
                .as_ref()
                .is_some_and(|schema| Some(schema) != known.schema.as_ref())
        {
            return Err(problem(
                &draft.file,
                format!(
                    "the resource type {name} exists; a file can add extensions and indexes to it, not change its endpoint or schema"
                ),
            ));
        }
        for extension in draft.schema_extensions {
            known
                .schema_extensions
                .retain(|old| !old.schema.eq_ignore_ascii_case(&extension.schema));
            known.schema_extensions.push(extension);
        }
        known.storage.indexed.extend(draft.storage.indexed);
        Ok(())
    }

    fn finish(self) -> Result<Registry, SchemaFileError> {
        let schemas: Vec<(String, &'static Schema)> = self
            .schemas
            .into_iter()
            .map(|(file, schema)| (file, &*Box::leak(Box::new(schema))))
            .collect();
        let schema_of = |urn: &str| {
            schemas
                .iter()
                .map(|(_, schema)| *schema)
                .find(|schema| schema.id.eq_ignore_ascii_case(urn))
        };
        let Some(common) = schema_of(COMMON) else {
            return Err(problem("common.json", "the common attributes are missing"));
        };
        let mut types = self.types;
        adopt_extensions(&schemas, &mut types)?;

        let mut finished: Vec<&'static ResourceType> = Vec::new();
        for draft in types {
            let kind = finish_type(draft, common, &schema_of)?;
            if finished
                .iter()
                .any(|known| known.endpoint == kind.1.endpoint)
            {
                return Err(problem(
                    &kind.0,
                    format!(
                        "the endpoint {} is taken by another resource type",
                        kind.1.endpoint
                    ),
                ));
            }
            finished.push(Box::leak(Box::new(kind.1)));
        }
        let served = schemas
            .iter()
            .map(|(_, schema)| *schema)
            .filter(|schema| schema.id != COMMON)
            .collect();
        Ok(Registry {
            schemas: served,
            types: finished,
        })
    }
}

/// Gives each schema that no ResourceType file names to the type that its URN ends in.
fn adopt_extensions(
    schemas: &[(String, &'static Schema)],
    types: &mut [TypeDraft],
) -> Result<(), SchemaFileError> {
    for (file, schema) in schemas.iter().filter(|(_, schema)| schema.id != COMMON) {
        let named = types.iter().any(|draft| {
            let by = |urn: &str| urn.eq_ignore_ascii_case(&schema.id);
            draft.schema.as_deref().is_some_and(by)
                || draft
                    .schema_extensions
                    .iter()
                    .any(|extension| by(&extension.schema))
        });
        if named {
            continue;
        }
        let ending = schema.id.rsplit(':').next().unwrap_or_default();
        let Some(draft) = types
            .iter_mut()
            .find(|draft| draft.name.as_deref() == Some(ending))
        else {
            return Err(problem(
                file,
                format!(
                    "no resource type uses {}: name it in the schemaExtensions of a ResourceType file, or let its URN end in the name of a resource type",
                    schema.id
                ),
            ));
        };
        draft.schema_extensions.push(ExtensionDraft {
            schema: schema.id.clone(),
            required: false,
        });
    }
    Ok(())
}

fn finish_type(
    draft: TypeDraft,
    common: &'static Schema,
    schema_of: &impl Fn(&str) -> Option<&'static Schema>,
) -> Result<(String, ResourceType), SchemaFileError> {
    let file = draft.file;
    let name = draft.name.unwrap_or_default();
    let endpoint = draft.endpoint.unwrap_or_default();
    let segment = endpoint.strip_prefix('/').unwrap_or_default();
    if segment.is_empty()
        || RESERVED.contains(&endpoint.as_str())
        || !segment
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    {
        return Err(problem(
            &file,
            format!(
                "the endpoint of {name} is {endpoint:?}, expected a slash and a name such as \"/Devices\""
            ),
        ));
    }
    let missing = |urn: &str| {
        problem(
            &file,
            format!("{name} names the schema {urn}, which no file defines"),
        )
    };
    let urn = draft.schema.unwrap_or_default();
    let schema = schema_of(&urn).ok_or_else(|| missing(&urn))?;
    let mut extensions = Vec::new();
    for extension in draft.schema_extensions {
        let schema = schema_of(&extension.schema).ok_or_else(|| missing(&extension.schema))?;
        extensions.push(Extension {
            schema,
            required: extension.required,
        });
    }
    if let Some(clash) = schema
        .attributes
        .iter()
        .find(|own| find(&common.attributes, &own.name).is_some())
    {
        return Err(problem(
            &file,
            format!(
                "{}: every resource has an attribute {} already",
                schema.id, clash.name
            ),
        ));
    }

    let mut kind = ResourceType {
        name,
        endpoint,
        description: draft.description,
        common,
        schema,
        extensions,
        indexed: Vec::new(),
        displayed_by: Vec::new(),
        active_by: None,
        members: None,
        member_of: None,
    };
    let attribute = |name: &str| {
        find(&schema.attributes, name)
            .ok_or_else(|| problem(&file, format!("{} has no attribute {name}", schema.id)))
    };
    kind.displayed_by = draft
        .storage
        .displayed_by
        .iter()
        .map(|name| attribute(name))
        .collect::<Result<_, _>>()?;
    kind.active_by = draft
        .storage
        .active_by
        .as_deref()
        .map(attribute)
        .transpose()?;
    kind.members = draft
        .storage
        .members
        .as_deref()
        .map(attribute)
        .transpose()?;
    kind.member_of = draft
        .storage
        .member_of
        .as_deref()
        .map(attribute)
        .transpose()?;
    kind.indexed =
        indexed_paths(&kind, &draft.storage.indexed).map_err(|text| problem(&file, text))?;
    Ok((file, kind))
}

/// Returns the unique paths of a type and those that its file asks to be indexed.
fn indexed_paths(kind: &ResourceType, asked: &[String]) -> Result<Vec<ResolvedPath>, String> {
    let mut paths: Vec<ResolvedPath> = Vec::new();
    let containers = std::iter::once((Container::Core, kind.schema)).chain(
        kind.extensions
            .iter()
            .map(|extension| (Container::Extension(extension.schema), extension.schema)),
    );
    for (container, schema) in containers {
        for attribute in &schema.attributes {
            if attribute.is_unique() {
                paths.push(ResolvedPath {
                    container,
                    attribute,
                    sub: None,
                });
            }
            let unique_subs = attribute
                .sub_attributes
                .iter()
                .filter(|sub| sub.is_unique());
            paths.extend(unique_subs.map(|sub| ResolvedPath {
                container,
                attribute,
                sub: Some(sub),
            }));
        }
    }
    for text in asked {
        let path = AttrPath::parse(text)
            .ok()
            .and_then(|path| kind.resolve(&path));
        let Some(path) = path else {
            return Err(format!(
                "cannot index {text}: {} has no such attribute",
                kind.name
            ));
        };
        if path.leaf().kind == Type::Complex
            || path.leaf().is_dropped()
            || Some(path.attribute.name.as_str())
                == kind.members.map(|members| members.name.as_str())
        {
            return Err(format!(
                "cannot index {text}: it has no value of its own that is stored"
            ));
        }
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    paths.retain(|path| !path.leaf().is_dropped());
    Ok(paths)
}

#[cfg(test)]
mod tests;

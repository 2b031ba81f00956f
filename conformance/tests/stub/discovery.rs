//! ServiceProviderConfig, ResourceTypes and Schemas (RFC 7644 §4, RFC 7643 §5 to §7, RFC 9865 §4).

use serde_json::{Value, json};

use super::breaks::keeps;
use super::error::{Scim, ScimError};
use super::list::{MAX_RESULTS, response};
use super::schema::{Attribute, ResourceType, Schema, TYPES};

pub const MAX_OPERATIONS: usize = 100;
pub const MAX_PAYLOAD: usize = 1 << 20;

/// The endpoints of this module.
pub const ENDPOINTS: [&str; 3] = ["ServiceProviderConfig", "ResourceTypes", "Schemas"];

/// Returns what GET answers at a discovery endpoint.
pub fn answer(base: &str, path: &[&str], cursor_timeout: u64) -> Scim<Value> {
    match path {
        ["ServiceProviderConfig"] => Ok(service_provider_config(base, cursor_timeout)),
        ["ResourceTypes"] => Ok(all(TYPES
            .iter()
            .map(|kind| resource_type(base, kind))
            .collect())),
        ["Schemas"] => Ok(all(schemas().map(|known| schema(base, known)).collect())),
        ["ResourceTypes", id] => {
            let kind = ResourceType::named(id).or((!keeps("A8")).then(|| &TYPES[0]));
            kind.map(|kind| resource_type(base, kind))
                .ok_or_else(|| ScimError::not_found(id))
        }
        ["Schemas", urn] => {
            let known = schemas()
                .find(|schema| schema.urn.eq_ignore_ascii_case(urn))
                .or(schemas().next().filter(|_| !keeps("A10.unknown")));
            known
                .map(|known| schema(base, known))
                .ok_or_else(|| ScimError::not_found(urn))
        }
        _ => Err(ScimError::not_found("such endpoint")),
    }
}

fn all(resources: Vec<Value>) -> Value {
    let mut answer = response(resources.len(), resources);
    answer["startIndex"] = 1.into();
    answer
}

fn schemas() -> impl Iterator<Item = &'static Schema> {
    TYPES.iter().flat_map(ResourceType::schemas)
}

fn service_provider_config(base: &str, cursor_timeout: u64) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "documentationUri": "https://example.org/scim",
        "patch": { "supported": true },
        "bulk": { "supported": true, "maxOperations": MAX_OPERATIONS, "maxPayloadSize": MAX_PAYLOAD },
        "filter": { "supported": true, "maxResults": MAX_RESULTS },
        "changePassword": { "supported": true },
        "sort": { "supported": true },
        "etag": { "supported": true },
        "pagination": {
            "cursor": true,
            "index": true,
            "defaultPaginationMethod": "index",
            "defaultPageSize": 100,
            "maxPageSize": MAX_RESULTS,
            "cursorTimeout": cursor_timeout,
        },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "A bearer token in the Authorization header",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        }],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": format!("{base}/ServiceProviderConfig"),
        },
    })
}

fn resource_type(base: &str, kind: &ResourceType) -> Value {
    let extensions = kind.extensions.iter();
    let extensions: Vec<Value> = extensions
        .map(|extension| json!({ "schema": extension.schema.urn, "required": extension.required }))
        .collect();
    let mut shown = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
        "id": kind.name,
        "name": kind.name,
        "description": kind.core.description,
        "endpoint": kind.endpoint,
        "schema": kind.core.urn,
        "schemaExtensions": extensions,
        "meta": { "resourceType": "ResourceType", "location": format!("{base}/ResourceTypes/{}", kind.name) },
    });
    if kind.extensions.is_empty() {
        shown
            .as_object_mut()
            .map(|members| members.shift_remove("schemaExtensions"));
    }
    shown
}

fn schema(base: &str, schema: &Schema) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
        "id": schema.urn,
        "name": schema.name,
        "description": schema.description,
        "attributes": schema.attributes.iter().map(Attribute::to_json).collect::<Vec<_>>(),
        "meta": { "resourceType": "Schema", "location": format!("{base}/Schemas/{}", schema.urn) },
    })
}

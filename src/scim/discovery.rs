//! What the server says of itself: ServiceProviderConfig, ResourceTypes, Schemas
//! (RFC 7643 §5–§7, RFC 7644 §4, RFC 9865 §4).

use serde_json::{Value, json};

use super::registry::Registry;
use super::render::BaseUrl;
use super::schema::{RESOURCE_TYPE_SCHEMA, ResourceType, SCHEMA_SCHEMA, Schema};

/// The URN of the ServiceProviderConfig (RFC 7643 §5).
pub const CONFIG_SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";

/// What is enforced, and said: no request gets more.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Operations of one Bulk request.
    pub bulk_operations: usize,
    /// Bytes of one Bulk request.
    pub bulk_payload: usize,
    /// Bytes of any other request.
    pub body: usize,
    /// Resources of one page.
    pub page: u64,
}

/// Resources of a page when the client does not say.
pub const DEFAULT_PAGE: u64 = 100;

/// Returns the ServiceProviderConfig.
#[must_use]
pub fn service_provider_config(limits: &Limits, base: &BaseUrl) -> Value {
    json!({
        "schemas": [CONFIG_SCHEMA],
        "documentationUri": "https://www.rfc-editor.org/rfc/rfc7644",
        "patch": { "supported": true },
        "bulk": { "supported": true, "maxOperations": limits.bulk_operations, "maxPayloadSize": limits.bulk_payload },
        "filter": { "supported": true, "maxResults": limits.page },
        "changePassword": { "supported": false },
        "sort": { "supported": true },
        "etag": { "supported": true },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "SCIM token",
            "description": "A bearer token that an administrator issues in Settings or with `vestibule token create`",
            "specUri": "https://www.rfc-editor.org/rfc/rfc6750",
            "primary": true
        }],
        "pagination": {
            "cursor": true,
            "index": true,
            "defaultPaginationMethod": "index",
            "defaultPageSize": DEFAULT_PAGE.min(limits.page),
            "maxPageSize": limits.page
        },
        "meta": { "resourceType": "ServiceProviderConfig", "location": format!("{}/ServiceProviderConfig", base.0) }
    })
}

/// Returns a Schema as it is served.
#[must_use]
pub fn schema(schema: &Schema, base: &BaseUrl) -> Value {
    json!({
        "schemas": [SCHEMA_SCHEMA],
        "id": schema.id,
        "name": schema.name,
        "description": schema.description,
        "attributes": schema.attributes,
        "meta": { "resourceType": "Schema", "location": format!("{}/Schemas/{}", base.0, schema.id) }
    })
}

/// Returns a ResourceType as it is served; its id is its name.
#[must_use]
pub fn resource_type(kind: &ResourceType, base: &BaseUrl) -> Value {
    let extensions: Vec<_> = kind
        .extensions
        .iter()
        .map(|extension| json!({ "schema": extension.schema.id, "required": extension.required }))
        .collect();
    json!({
        "schemas": [RESOURCE_TYPE_SCHEMA],
        "id": kind.name,
        "name": kind.name,
        "description": kind.description,
        "endpoint": kind.endpoint,
        "schema": kind.schema.id,
        "schemaExtensions": extensions,
        "meta": { "resourceType": "ResourceType", "location": format!("{}/ResourceTypes/{}", base.0, kind.name) }
    })
}

impl Registry {
    /// Finds a served schema by its URN in any case.
    #[must_use]
    pub fn schema(&self, urn: &str) -> Option<&'static Schema> {
        self.schemas
            .iter()
            .copied()
            .find(|schema| schema.id.eq_ignore_ascii_case(urn))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas_say_every_characteristic_and_nothing_of_ours() {
        let base = BaseUrl("http://x/scim/v2".into());
        let registry = Registry::load(&[]).unwrap();
        for served in &registry.schemas {
            let served = schema(served, &base);
            for attribute in served["attributes"].as_array().unwrap() {
                for characteristic in [
                    "name",
                    "type",
                    "multiValued",
                    "description",
                    "required",
                    "caseExact",
                    "mutability",
                    "returned",
                    "uniqueness",
                ] {
                    assert!(
                        attribute.get(characteristic).is_some(),
                        "{characteristic} of {attribute}"
                    );
                }
            }
        }
        for kind in &registry.types {
            assert!(
                resource_type(kind, &base)
                    .get("urn:vestibule:scim:schemas:1.0:Storage")
                    .is_none()
            );
        }
    }
}

//! Breaks of discovery (RFC 7644 §4), as data.

#![allow(
    clippy::semicolon_if_nothing_returned,
    reason = "the lines of the table read better without"
)]

use serde_json::json;

use super::edits::{
    at, attribute, body, each_resource, error, fail_if, remove, resources, retain, schemas, text,
};
use super::wire_breaks::Change;

/// The breaks of discovery, by their names in [`super::listed::BREAKS`].
pub const DISCOVERY: &[(&str, Change)] = &[
    // Discovery
    ("A1.schema", |asked, answer| {
        at(asked, answer, "/ServiceProviderConfig", |body| {
            body["schemas"] = json!([])
        })
    }),
    ("A1.status", |asked, answer| {
        if asked.path == "/ServiceProviderConfig" {
            answer.status = 203;
        }
    }),
    ("A2", |asked, answer| {
        at(asked, answer, "/ServiceProviderConfig", |body| {
            body["sort"] = json!({ "supported": "true" })
        })
    }),
    ("A3", |asked, answer| {
        at(asked, answer, "/ServiceProviderConfig", |body| {
            remove(&mut body["filter"], "maxResults")
        })
    }),
    ("A4.none", |asked, answer| {
        at(asked, answer, "/ServiceProviderConfig", |body| {
            body["authenticationSchemes"] = json!([])
        })
    }),
    ("A4.type", |asked, answer| {
        at(asked, answer, "/ServiceProviderConfig", |body| {
            body["authenticationSchemes"][0]["type"] = "bearer".into()
        });
    }),
    ("A6", |asked, answer| {
        at(asked, answer, "/ResourceTypes", |body| {
            body["totalResults"] = 99.into()
        })
    }),
    ("A7", |asked, answer| {
        at(asked, answer, "/Schemas", |body| {
            retain(body, |schema| !text(schema, "id").contains("extension"))
        })
    }),
    ("A9.required", |asked, answer| {
        at(asked, answer, "/ResourceTypes", |body| {
            each_resource(body, |kind| {
                if kind["schemaExtensions"].is_array() {
                    kind["schemaExtensions"][0]["required"] = "false".into();
                }
            })
        });
    }),
    ("A9.resourceType", |_, answer| {
        resources(answer, |resource| {
            resource["meta"]["resourceType"] = text(&resource["meta"], "resourceType")
                .to_lowercase()
                .into();
        })
    }),
    ("A10.same", |asked, answer| {
        if asked.path.starts_with("/Schemas/") {
            body(answer, |schema| remove(schema, "description"));
        }
    }),
    ("A10.list", |asked, answer| {
        at(asked, answer, "/Schemas", |body| {
            *body = body["Resources"].take()
        })
    }),
    ("A11", |_, answer| {
        schemas(answer, |schema| {
            schema["attributes"][0]["mutability"] = "writeOnce".into()
        })
    }),
    ("A11.nested", |_, answer| {
        schemas(answer, |schema| {
            attribute(schema, "name", |name| {
                name["subAttributes"][0]["type"] = "complex".into();
            })
        })
    }),
    ("A12.userName", |_, answer| {
        schemas(answer, |schema| {
            attribute(schema, "userName", |name| name["caseExact"] = true.into())
        })
    }),
    ("A12.password", |_, answer| {
        schemas(answer, |schema| {
            attribute(schema, "password", |password| {
                password["returned"] = "default".into();
            })
        })
    }),
    ("A12.groups", |_, answer| {
        schemas(answer, |schema| {
            attribute(schema, "groups", |groups| {
                groups["mutability"] = "readWrite".into();
            })
        })
    }),
    ("A14", |asked, answer| {
        at(asked, answer, "/Schemas", |body| {
            let id = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
            let schemas = ["urn:ietf:params:scim:schemas:core:2.0:Schema"];
            body["totalResults"] = (body["totalResults"].as_i64().unwrap_or(0) + 1).into();
            if let Some(all) = body["Resources"].as_array_mut() {
                all.push(
                    json!({ "schemas": schemas, "id": id, "name": "PatchOp", "attributes": [] }),
                );
            }
        })
    }),
    ("A15.bulk", |asked, answer| {
        at(asked, answer, "/ServiceProviderConfig", |body| {
            body["bulk"]["supported"] = false.into()
        })
    }),
    ("A15.patch", |asked, answer| {
        if asked.method == "PATCH" {
            *answer = error(501, "PATCH is not supported");
        }
    }),
    ("A17", |asked, answer| {
        if asked.query.iter().any(|(name, _)| name == "startIndex") {
            at(asked, answer, "/Schemas", |body| {
                body["Resources"] = json!([])
            });
            at(asked, answer, "/ResourceTypes", |body| {
                body["Resources"] = json!([])
            });
        }
    }),
    ("A19", |asked, answer| {
        fail_if(answer, matches!(asked.path.as_str(), "" | "/"))
    }),
    ("A20", |asked, answer| {
        at(asked, answer, "/ResourceTypes", |body| {
            each_resource(body, |kind| {
                kind["id"] = format!("type-{}", text(kind, "id")).into();
            })
        })
    }),
];

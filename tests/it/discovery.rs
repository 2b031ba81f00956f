//! Discovery: ServiceProviderConfig, ResourceTypes and Schemas (RFC 7644 §4).

use serde_json::{Value, json};

use crate::support::{
    BULK_RESPONSE, Client, Database, ENTERPRISE, GROUP, LIST_RESPONSE, TestServer, USER, bulk,
    patch, strings, user,
};

const ENDPOINTS: [&str; 3] = [
    "/scim/v2/ServiceProviderConfig",
    "/scim/v2/ResourceTypes",
    "/scim/v2/Schemas",
];

/// Returns an attribute's definition by its dotted path, as `/Schemas` publishes it.
async fn definition(client: &Client, schema: &str, path: &str) -> Value {
    let mut definition = client.read(&format!("/scim/v2/Schemas/{schema}")).await;
    for (depth, name) in path.split('.').enumerate() {
        let among = if depth == 0 {
            "attributes"
        } else {
            "subAttributes"
        };
        let attributes = definition[among]
            .as_array()
            .unwrap_or_else(|| panic!("{path} of {schema}: no {among}"));
        let found = attributes.iter().find(|it| it["name"] == name).cloned();
        definition = found.unwrap_or_else(|| panic!("{schema} has no {path}"));
    }
    definition
}

/// Asserts what RFC 7643 §7 wants of each published attribute.
fn check_characteristics(schema: &str, attributes: &Value, depth: usize) {
    for attribute in attributes
        .as_array()
        .unwrap_or_else(|| panic!("{schema} has no attributes"))
    {
        let among = |characteristic: &str, legal: &[&str]| {
            let value = attribute[characteristic].as_str();
            assert!(
                value.is_some_and(|it| legal.contains(&it)),
                "{characteristic} of {attribute} in {schema}"
            );
        };
        let types = [
            "string",
            "boolean",
            "decimal",
            "integer",
            "dateTime",
            "binary",
            "reference",
            "complex",
        ];
        among("type", &types);
        among(
            "mutability",
            &["readOnly", "readWrite", "immutable", "writeOnly"],
        );
        among("returned", &["always", "never", "default", "request"]);
        assert!(
            attribute["name"].as_str().is_some_and(|it| !it.is_empty()),
            "{attribute} in {schema}"
        );
        assert!(
            attribute["multiValued"].is_boolean(),
            "{attribute} in {schema}"
        );
        assert!(
            attribute["required"].is_boolean(),
            "{attribute} in {schema}"
        );
        if attribute["type"] == "complex" {
            assert_eq!(
                depth, 0,
                "a complex attribute in a complex one: {attribute} in {schema}"
            );
            check_characteristics(schema, &attribute["subAttributes"], depth + 1);
        } else {
            among("uniqueness", &["none", "server", "global"]);
        }
        if attribute["type"] == "string" {
            assert!(
                attribute["caseExact"].is_boolean(),
                "{attribute} in {schema}"
            );
        }
        if attribute["type"] == "reference" {
            assert!(
                attribute["referenceTypes"].is_array(),
                "{attribute} in {schema}"
            );
        }
    }
}

on_each_database! {
    async fn the_service_provider_config_says_what_is_supported(server: TestServer) {
        let answer = server.get("/scim/v2/ServiceProviderConfig").await.is(200);

        assert_eq!(answer.media_type(), "application/scim+json"); // A1
        let config = answer.body;
        assert_eq!(config["schemas"], json!(["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"]));
        for feature in ["patch", "bulk", "filter", "sort", "etag"] { // A2
            assert_eq!(config[feature]["supported"], true, "{feature}");
        }
        assert!(config["changePassword"]["supported"].is_boolean());
        assert_eq!(config["bulk"]["maxOperations"], 1000); // A3
        assert_eq!(config["bulk"]["maxPayloadSize"], 8_388_608);
        assert_eq!(config["filter"]["maxResults"], 1000);
        let schemes = config["authenticationSchemes"].as_array().expect("authenticationSchemes"); // A4
        assert!(!schemes.is_empty());
        for scheme in schemes {
            let registered = ["oauth", "oauth2", "oauthbearertoken", "httpbasic", "httpdigest"];
            assert!(scheme["type"].as_str().is_some_and(|it| registered.contains(&it)), "{scheme}");
            assert!(scheme["name"].is_string() && scheme["description"].is_string(), "{scheme}");
        }
    }

    async fn announced_limits_are_the_configured_ones(database: Database) { // A15
        let options = ["--bulk-max-operations", "3", "--bulk-max-payload", "4096", "--max-results", "7"];
        let server = TestServer::start(database, &options);

        let config = server.read("/scim/v2/ServiceProviderConfig").await;

        assert_eq!(config["bulk"]["maxOperations"], 3);
        assert_eq!(config["bulk"]["maxPayloadSize"], 4096);
        assert_eq!(config["filter"]["maxResults"], 7);
    }

    async fn announced_features_work(server: TestServer) { // A15
        let id = server.create_user("ada").await;

        server.edit(&format!("/scim/v2/Users/{id}"), json!([{ "op": "add", "path": "title", "value": "Dr" }])).await.is(200);
        assert_eq!(server.users_where("title eq \"Dr\"").await, ["ada"]);
        server.get("/scim/v2/Users?sortBy=userName").await.is(200);
        let created = server.post("/scim/v2/Users", user("bo")).await.is(201);
        assert!(!created.header("etag").is_empty());
        let answer = server.post("/scim/v2/Bulk", bulk(json!([]))).await;
        assert!(answer.status == 400 || answer.body["schemas"] == json!([BULK_RESPONSE]), "{}", answer.text);
    }

    async fn discovery_needs_no_token_but_refuses_a_wrong_one(server: TestServer) { // A5
        for endpoint in ENDPOINTS {
            server.without_token().get(endpoint).await.is(200);
            server.with_token("vst_wrong").get(endpoint).await.refused(401);
        }
    }

    async fn resource_types_name_published_schemas(server: TestServer) { // A6 A7 A9
        let answer = server.get("/scim/v2/ResourceTypes").await.is(200);
        let published = server.get("/scim/v2/Schemas").await.is(200).each("id");

        assert_eq!(answer.body["schemas"], json!([LIST_RESPONSE]));
        assert_eq!(answer.total(), answer.resources().len() as u64);
        assert_eq!(strings(&answer.each("name").into()), ["Group", "User"]);
        for resource_type in answer.resources() {
            assert_eq!(resource_type["id"], resource_type["name"]); // A20
            assert_eq!(resource_type["meta"]["resourceType"], "ResourceType");
            assert!(resource_type["endpoint"].as_str().is_some_and(|it| it.starts_with('/')), "{resource_type}");
            assert!(published.contains(&resource_type["schema"]), "{resource_type}");
            for extension in resource_type["schemaExtensions"].as_array().into_iter().flatten() {
                assert!(published.contains(&extension["schema"]), "{extension}");
                assert!(extension["required"].is_boolean(), "{extension}");
            }
        }
    }

    async fn a_resource_type_is_read_by_its_id(server: TestServer) { // A8 A9
        let user_type = server.read("/scim/v2/ResourceTypes/User").await;
        let id = server.create_user("ada").await;

        assert_eq!(user_type["endpoint"], "/Users");
        assert_eq!(user_type["schema"], USER);
        assert_eq!(user_type["schemaExtensions"], json!([{ "schema": ENTERPRISE, "required": false }]));
        assert_eq!(server.read(&format!("/scim/v2/Users/{id}")).await["meta"]["resourceType"], user_type["name"]);
        server.get("/scim/v2/ResourceTypes/Nonesuch").await.refused(404);
    }

    async fn schemas_are_read_together_and_one_by_one(server: TestServer) { // A10 A14
        let all = server.get("/scim/v2/Schemas").await.is(200);

        assert_eq!(all.body["schemas"], json!([LIST_RESPONSE]));
        assert_eq!(all.total(), all.resources().len() as u64);
        for urn in [USER, GROUP, ENTERPRISE] {
            assert!(all.each("id").contains(&json!(urn)), "{urn} is missing");
        }
        for schema in all.resources() {
            let urn = schema["id"].as_str().expect("a schema has an id");
            assert!(!urn.starts_with("urn:ietf:params:scim:api:"), "{urn}");
            assert_eq!(&server.read(&format!("/scim/v2/Schemas/{urn}")).await, schema);
        }
        server.get("/scim/v2/Schemas/urn:example:nonesuch").await.refused(404);
    }

    async fn published_characteristics_are_complete_and_legal(server: TestServer) { // A11
        let published = server.get("/scim/v2/Schemas").await.is(200);
        assert_eq!(published.resources().len(), 3);
        for schema in published.resources() {
            check_characteristics(schema["id"].as_str().unwrap(), &schema["attributes"], 0);
        }
    }

    async fn published_characteristics_are_those_of_the_rfc(server: TestServer) { // A12
        let agrees = async |schema: &str, path: &str, characteristics: Value| {
            let definition = definition(&server, schema, path).await;
            for (name, value) in characteristics.as_object().unwrap() {
                assert_eq!(&definition[name], value, "{name} of {path} in {schema}");
            }
        };

        agrees(USER, "userName", json!({ "required": true, "caseExact": false, "uniqueness": "server", "mutability": "readWrite" })).await;
        agrees(USER, "password", json!({ "mutability": "writeOnly", "returned": "never" })).await;
        agrees(USER, "groups", json!({ "mutability": "readOnly", "multiValued": true, "type": "complex" })).await;
        agrees(USER, "groups.value", json!({ "mutability": "readOnly" })).await;
        agrees(USER, "active", json!({ "type": "boolean", "multiValued": false })).await;
        agrees(USER, "name", json!({ "type": "complex", "multiValued": false })).await;
        agrees(USER, "emails", json!({ "type": "complex", "multiValued": true })).await;
        agrees(USER, "emails.type", json!({ "canonicalValues": ["work", "home", "other"] })).await;
        agrees(USER, "emails.primary", json!({ "type": "boolean" })).await;
        agrees(USER, "profileUrl", json!({ "type": "reference", "referenceTypes": ["external"] })).await;
        agrees(USER, "x509Certificates.value", json!({ "type": "binary", "caseExact": true })).await;
        agrees(GROUP, "members", json!({ "type": "complex", "multiValued": true })).await;
        agrees(GROUP, "members.value", json!({ "mutability": "immutable" })).await;
        agrees(ENTERPRISE, "employeeNumber", json!({ "type": "string", "multiValued": false })).await;
        agrees(ENTERPRISE, "manager.displayName", json!({ "mutability": "readOnly" })).await;
    }

    async fn discovery_refuses_filters_and_ignores_paging(server: TestServer) { // A16 A17
        for endpoint in ["/scim/v2/ResourceTypes", "/scim/v2/Schemas"] {
            server.get(&format!("{endpoint}?filter=name%20eq%20%22User%22")).await.refused(403);
            let whole = server.read(endpoint).await;
            let asked = server.read(&format!("{endpoint}?startIndex=2&count=1&sortBy=name&sortOrder=descending")).await;
            assert_eq!(asked["Resources"], whole["Resources"]);
        }
    }

    async fn discovery_cannot_be_written(server: TestServer) { // A18
        for endpoint in ENDPOINTS {
            for method in ["POST", "PUT", "PATCH", "DELETE"] {
                let body = if method == "DELETE" { None } else { Some(patch(json!([]))) };
                let answer = server.request(method, endpoint, body, &[]).await;
                answer.refused(405);
                assert!(answer.header("allow").contains("GET"), "Allow of {endpoint}: {:?}", answer.header("allow"));
            }
        }
    }

    async fn a_trailing_slash_changes_nothing(server: TestServer) { // A19 R11
        for endpoint in ENDPOINTS {
            assert_eq!(server.read(&format!("{endpoint}/")).await, server.read(endpoint).await);
        }
        server.post("/scim/v2/Users/", user("ada")).await.is(201);
        assert_eq!(server.get("/scim/v2/Users/").await.is(200).total(), 1);
    }
}

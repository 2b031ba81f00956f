//! Schemas and resource types that an operator adds as files (`--schemas`), which behave
//! like those that are built in; and on them, the characteristics no core attribute has.

use serde_json::{Value, json};

use crate::support::{
    Client, Database, ENTERPRISE, TestServer, USER, at_user, bulk, patch, search, user,
};

const BADGE: &str = "urn:example:params:scim:schemas:extension:badge:1.0:User";
const DEVICE: &str = "urn:example:params:scim:schemas:core:1.0:Device";
const LOCKER: &str = "urn:example:params:scim:schemas:core:1.0:Locker";
const LEASE: &str = "urn:example:params:scim:schemas:extension:lease:1.0:Locker";
const DEVICES: &str = "/scim/v2/Devices";

/// Starts a server with the schema files of a folder under `tests/fixtures/`.
fn server_with(database: Database, folder: &str) -> TestServer {
    let folder = format!("{}/tests/fixtures/{folder}", env!("CARGO_MANIFEST_DIR"));
    TestServer::start(database, &["--schemas", &folder])
}

/// Returns a device with these attributes.
fn device(serial_number: &str, attributes: Value) -> Value {
    let mut body = json!({ "schemas": [DEVICE], "serialNumber": serial_number });
    for (name, value) in attributes.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

async fn create(client: &Client, serial_number: &str, attributes: Value) -> Value {
    client
        .create(DEVICES, device(serial_number, attributes))
        .await
}

fn at(resource: &Value) -> String {
    format!("{DEVICES}/{}", resource["id"].as_str().unwrap())
}

/// Returns the serial numbers that a filter selects, in alphabetical order.
async fn devices_where(client: &Client, filter: &str) -> Vec<String> {
    let found = client.find(DEVICES, filter).await.is(200);
    crate::support::strings(&found.each("serialNumber").into())
}

on_each_database! {
    async fn an_added_type_is_discovered(database: Database) { // T5 A7 A10 A11
        let server = server_with(database, "schemas");

        let resource_type = server.read("/scim/v2/ResourceTypes/Device").await;
        assert_eq!((&resource_type["endpoint"], &resource_type["schema"]), (&json!("/Devices"), &json!(DEVICE)));
        let user_type = server.read("/scim/v2/ResourceTypes/User").await;
        let extensions: Vec<&Value> = user_type["schemaExtensions"].as_array().unwrap().iter().map(|it| &it["schema"]).collect();
        assert!(extensions.contains(&&json!(BADGE)) && extensions.contains(&&json!(ENTERPRISE)), "{user_type}");
        let path = format!("{}/tests/fixtures/schemas/device.json", env!("CARGO_MANIFEST_DIR"));
        let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        assert_eq!(server.read(&format!("/scim/v2/Schemas/{DEVICE}")).await["attributes"], file["attributes"]);
        assert_eq!(server.get("/scim/v2/Schemas").await.is(200).total(), 5);
    }

    async fn an_added_type_has_every_verb(database: Database) { // T5 C1 D1 K1 L1 N1 O1
        let server = server_with(database, "schemas");

        let answer = server.post(DEVICES, device("S-1", json!({ "label": "One" }))).await.is(201);
        assert_eq!(answer.body["meta"]["resourceType"], "Device");
        assert_eq!(answer.header("location"), format!("{}/Devices/{}", server.tenant_url(), answer.id()));
        let path = at(&answer.body);
        assert_eq!(server.read(&path).await, answer.body);
        assert_eq!(server.put(&path, device("S-1", json!({ "label": "Two" }))).await.is(200).body["label"], "Two");
        let edited = server.edit(&path, json!([{ "op": "add", "path": "tags", "value": ["x"] }])).await.is(200);
        assert_eq!(edited.body["tags"], json!(["x"]));
        assert_eq!(server.get(DEVICES).await.is(200).total(), 1);
        assert_eq!(server.get("/scim/v2/Users").await.is(200).total(), 0);
        let found = server.post("/scim/v2/Devices/.search", search(json!({ "filter": "label eq \"two\"" }))).await.is(200);
        assert_eq!(found.total(), 1);
        let all = server.post("/scim/v2/.search", search(json!({ "filter": "meta.resourceType eq \"Device\"" }))).await.is(200);
        assert_eq!(all.total(), 1);
        let operation = json!({ "method": "POST", "path": "/Devices", "bulkId": "1", "data": device("S-2", json!({})) });
        let result = server.post("/scim/v2/Bulk", bulk(json!([operation]))).await.is(200);
        assert_eq!(result.body["Operations"][0]["status"], "201");
        server.delete(&path).await.is(204);
        server.get(&path).await.refused(404);
        assert_eq!(devices_where(&server, "serialNumber pr").await, ["S-2"]);
    }

    async fn each_type_of_value_round_trips(database: Database) { // T5 E9 E10 E11 E12 E13 E14 E16 R9
        let server = server_with(database, "schemas");
        let sent = json!({
            "enabled": false, "weight": 1.25, "ports": 24, "bought": "2011-05-13T04:42:34.123-07:00", "certificate": "aGVsbG8=",
            "manual": "https://example.org/manual?x=y#z", "tags": ["b", "a", "Z"], "location": { "building": "Nord", "floor": -1 },
            "interfaces": [{ "value": "eth0", "type": "wired", "speed": 1000, "primary": true }, { "value": "wlan0" }],
        });

        let created = create(&server, "S-1", sent.clone()).await;

        for (name, value) in sent.as_object().unwrap().iter().filter(|(name, _)| *name != "bought") {
            assert_eq!(&created[name], value, "{name}");
        }
        let bought = created["bought"].as_str().unwrap();
        assert!(bought == "2011-05-13T04:42:34.123-07:00" || bought.starts_with("2011-05-13T11:42:34.123"), "{bought}");
        assert_eq!(server.read(&at(&created)).await, created);
        for filter in ["bought eq \"2011-05-13T11:42:34.123Z\"", "bought gt \"2011-05-13T11:42:34Z\"", "bought lt \"2011-05-13T13:43:00+02:00\""] {
            assert_eq!(devices_where(&server, filter).await, ["S-1"], "{filter}"); // F2
        }
        let precise = create(&server, "S-2", json!({ "ports": 9_007_199_254_740_993_i64, "weight": -0.1 })).await;
        assert_eq!((&precise["ports"], &precise["weight"]), (&json!(9_007_199_254_740_993_i64), &json!(-0.1)));
    }

    async fn values_of_the_wrong_type_are_refused(database: Database) { // E9 E10 E11 E12 E13 J43 T5
        let server = server_with(database, "schemas");
        let strict = server.strict();
        let path = at(&create(&server, "S-1", json!({})).await);
        for (name, wrong) in [
            ("enabled", json!("maybe")), ("enabled", json!(0)), ("weight", json!("heavy")), ("weight", json!(true)),
            ("ports", json!(5.5)), ("ports", json!("five")), ("ports", json!([5])), ("bought", json!("2011-05-13")),
            ("bought", json!("yesterday")), ("bought", json!(5)), ("bought", json!("2011-02-30T00:00:00Z")), ("certificate", json!("not base64!")),
            ("tags", json!([5])), ("tags", json!([{ "value": 5 }])), ("location", json!("Nord")), ("location", json!({ "floor": "top" })),
            ("interfaces", json!([{ "value": "eth0", "speed": "fast" }])), ("manual", json!(5)),
        ] {
            strict.post(DEVICES, device("S-2", json!({ name: wrong }))).await.refused_as(400, "invalidValue");
            strict.edit(&path, json!([{ "op": "replace", "path": name, "value": wrong }])).await.refused_as(400, "invalidValue");
        }
        assert_eq!(server.get(DEVICES).await.is(200).total(), 1);
    }

    async fn numbers_are_kept_exactly_or_refused(database: Database) { // E10 E11 R9
        let server = server_with(database, "schemas");
        let headers = [("content-type", "application/scim+json")];
        for (n, (number, value)) in [("5.0", 5.0), ("1e2", 100.0), ("1E+2", 100.0), ("-0", 0.0)].into_iter().enumerate() {
            let body = format!(r#"{{"schemas":["{DEVICE}"],"serialNumber":"S-{n}","ports":{number}}}"#);
            let answer = server.send_bytes("POST", DEVICES, body, &headers).await.one_of(&[201, 400]);
            assert!(answer.status == 400 || answer.body["ports"].as_f64() == Some(value), "{number}: {}", answer.text);
        }
        for huge in ["123456789012345678901234567890", "1e400", "-1e400"] {
            let body = format!(r#"{{"schemas":["{DEVICE}"],"serialNumber":"S-x","ports":{huge}}}"#);
            server.send_bytes("POST", DEVICES, body, &headers).await.refused(400);
        }
    }

    async fn read_only_is_read_only(database: Database) { // E1 A13
        let server = server_with(database, "schemas");
        let created = create(&server, "S-1", json!({ "firmware": "mine" })).await;
        let replaced = server.put(&at(&created), device("S-1", json!({ "firmware": "mine" }))).await.is(200).body;

        assert!(created.get("firmware").is_none() && replaced.get("firmware").is_none(), "{created} {replaced}");
        for op in ["add", "replace", "remove"] {
            let operation = json!([{ "op": op, "path": "firmware", "value": "mine" }]);
            server.strict().edit(&at(&created), operation).await.refused_as(400, "mutability");
        }
    }

    async fn immutable_is_set_once(database: Database) { // E2 K5
        let server = server_with(database, "schemas");
        let path = at(&create(&server, "S-1", json!({ "model": "M1" })).await);
        let set = |value: &str| json!([{ "op": "add", "path": "model", "value": value }]);

        server.put(&path, device("S-1", json!({ "model": "M2" }))).await.refused_as(400, "mutability");
        server.put(&path, device("S-1", json!({ "model": "M1", "label": "x" }))).await.is(200);
        server.edit(&path, set("M2")).await.refused_as(400, "mutability");
        server.edit(&path, json!([{ "op": "replace", "path": "model", "value": "M2" }])).await.refused_as(400, "mutability");
        server.edit(&path, set("M1")).await.is(200);
        assert_eq!(server.read(&path).await["model"], "M1");

        let empty = at(&create(&server, "S-2", json!({})).await);
        assert_eq!(server.edit(&empty, set("M3")).await.is(200).body["model"], "M3");
        server.edit(&empty, set("M4")).await.refused_as(400, "mutability");
    }

    async fn never_is_never_and_request_on_request(database: Database) { // E3 E5 D11 A13 F25
        let server = server_with(database, "schemas");
        let created = server.post(DEVICES, device("S-1", json!({ "pin": "4711-0815", "notes": "kept" }))).await.is(201);
        let path = at(&created.body);
        let plain = server.get(&path).await.is(200);
        let asked = server.get(&format!("{path}?attributes=notes,pin")).await.is(200);
        let edited = server.patch(&format!("{path}?attributes=pin"), patch(json!([{ "op": "add", "path": "pin", "value": "4711-0816" }]))).await.is(200);
        let listed = server.get(DEVICES).await.is(200);

        for answer in [&created, &plain, &asked, &edited, &listed] {
            assert!(!answer.text.contains("4711"), "{}", answer.text);
        }
        assert!(plain.body.get("notes").is_none() && listed.resources()[0].get("notes").is_none(), "{}", plain.text);
        assert_eq!(asked.body["notes"], "kept");
        let found = server.find(DEVICES, "pin sw \"4711\"").await.one_of(&[200, 400, 403]);
        assert!(found.status != 200 || found.total() == 0, "{}", found.text);
    }

    async fn always_is_always(database: Database) { // E4 D4 D9
        let server = server_with(database, "schemas");
        let path = at(&create(&server, "S-1", json!({ "label": "One" })).await);

        assert_eq!(server.read(&format!("{path}?excludedAttributes=label")).await["label"], "One");
        let only = server.read(&format!("{path}?attributes=serialNumber")).await;
        assert_eq!((&only["label"], &only["serialNumber"]), (&json!("One"), &json!("S-1")));
        assert!(only.get("meta").is_none(), "{only}");
    }

    async fn unique_is_unique_as_case_exact_says(database: Database) { // E6 E7 E8 A13
        let server = server_with(database, "schemas");
        create(&server, "S-a", json!({ "assetTag": "Tag-1" })).await;
        let other = at(&create(&server, "S-A", json!({ "assetTag": "Tag-2" })).await);

        server.post(DEVICES, device("S-a", json!({}))).await.refused_as(409, "uniqueness");
        server.post(DEVICES, device("S-c", json!({ "assetTag": "TAG-1" }))).await.refused_as(409, "uniqueness");
        server.put(&other, device("S-A", json!({ "assetTag": "tag-1" }))).await.refused_as(409, "uniqueness");
        let tag = server.edit(&other, json!([{ "op": "replace", "path": "assetTag", "value": "tag-1" }])).await;
        tag.refused_as(409, "uniqueness");
        assert!(tag.body["detail"].as_str().is_some_and(|it| it.contains("assetTag")), "{}", tag.text);
        server.edit(&other, json!([{ "op": "replace", "path": "serialNumber", "value": "S-a" }])).await.refused_as(409, "uniqueness");

        assert_eq!(devices_where(&server, "serialNumber eq \"S-a\"").await, ["S-a"]);
        assert_eq!(devices_where(&server, "assetTag eq \"TAG-2\"").await, ["S-A"]);
        server.delete(&other).await.is(204);
        create(&server, "S-A", json!({ "assetTag": "tag-2" })).await;
    }

    async fn required_is_required_inside_elements_too(database: Database) { // E17 C10 J35
        let server = server_with(database, "schemas");
        let path = at(&create(&server, "S-1", json!({ "interfaces": [{ "value": "eth0" }] })).await);

        server.post(DEVICES, json!({ "schemas": [DEVICE], "label": "x" })).await.refused_as(400, "invalidValue");
        server.strict().post(DEVICES, device("S-2", json!({ "interfaces": [{ "speed": 10 }] }))).await.refused_as(400, "invalidValue");
        server.edit(&path, json!([{ "op": "remove", "path": "serialNumber" }])).await.refused_as(400, "mutability");
        server.strict().edit(&path, json!([{ "op": "add", "path": "interfaces", "value": [{ "speed": 10 }] }])).await.refused_as(400, "invalidValue");
        assert_eq!(server.read(&path).await["interfaces"], json!([{ "value": "eth0" }]));
    }

    async fn numbers_are_compared_and_sorted_by_value(database: Database) { // F2 F18 G8
        let server = server_with(database, "schemas");
        for (serial_number, ports, weight) in [("A", 5, 1.5), ("B", -5, 10.0), ("C", 100, 0.25)] {
            create(&server, serial_number, json!({ "ports": ports, "weight": weight })).await;
        }
        for (filter, expected) in [
            ("ports eq 5", vec!["A"]), ("ports eq 5.0", vec!["A"]), ("ports eq 1e2", vec!["C"]), ("ports lt 5", vec!["B"]),
            ("ports ge -5", vec!["A", "B", "C"]), ("ports gt 9", vec!["C"]), ("weight gt 9.5", vec!["B"]), ("weight le 1.5", vec!["A", "C"]),
            ("ports ne 5", vec!["B", "C"]),
        ] {
            assert_eq!(devices_where(&server, filter).await, expected, "{filter}");
        }
        assert_eq!(server.get(&format!("{DEVICES}?sortBy=ports")).await.is(200).each("serialNumber"), ["B", "A", "C"]);
        assert_eq!(server.get(&format!("{DEVICES}?sortBy=weight&sortOrder=descending")).await.is(200).each("serialNumber"), ["B", "A", "C"]);
    }

    async fn values_of_an_added_type_are_searched_and_patched(database: Database) { // T5 E16 F4 F11 J10 J31
        let server = server_with(database, "schemas");
        let interfaces = json!([{ "value": "eth0", "type": "wired", "speed": 10 }, { "value": "wlan0", "type": "radio", "speed": 1000 }]);
        let path = at(&create(&server, "A", json!({ "tags": ["red", "blue"], "interfaces": interfaces })).await);
        create(&server, "B", json!({ "tags": ["green"], "enabled": true })).await;

        for filter in ["tags eq \"RED\"", "tags co \"lu\"", "interfaces[type eq \"radio\" and speed gt 100]", "interfaces.value sw \"eth\"", "not (enabled pr)"] {
            assert_eq!(devices_where(&server, filter).await, ["A"], "{filter}");
        }
        assert_eq!(devices_where(&server, "interfaces[type eq \"wired\" and speed gt 100]").await, [""; 0]);
        let edited = server.edit(&path, json!([
            { "op": "add", "path": "tags", "value": ["red", "white"] },
            { "op": "remove", "path": "interfaces[type eq \"wired\"]" },
        ])).await.is(200).body;
        assert_eq!((&edited["tags"], edited["interfaces"].as_array().unwrap().len()), (&json!(["red", "blue", "white"]), 1));
    }

    async fn an_added_extension_belongs_to_its_type(database: Database) { // T5 T7 D6 F15 J37 J38
        let server = server_with(database, "schemas");
        let mut body = user("ada");
        body[BADGE] = json!({ "number": "B-1", "level": 3, "department": "Printed", "zones": ["a", "b"], "chip": { "vendor": "X", "revision": 2 } });
        body[ENTERPRISE] = json!({ "department": "Real" });
        let created = server.create("/scim/v2/Users", body.clone()).await;
        let path = at_user(created["id"].as_str().unwrap());
        server.create_user("bo").await;

        assert_eq!((&created[BADGE], &created[ENTERPRISE]), (&body[BADGE], &body[ENTERPRISE]));
        for urn in [USER, BADGE, ENTERPRISE] {
            assert!(created["schemas"].as_array().unwrap().contains(&json!(urn)), "{urn}");
        }
        for filter in [
            format!("{BADGE}:department eq \"printed\""), format!("{}:LEVEL gt 2", BADGE.to_uppercase()), format!("{BADGE}:zones eq \"a\""),
            format!("{BADGE}:chip.revision eq 2"), format!("{ENTERPRISE}:department eq \"real\" and {BADGE}:number pr"),
        ] {
            assert_eq!(server.users_where(&filter).await, ["ada"], "{filter}");
        }
        assert_eq!(server.users_where(&format!("{ENTERPRISE}:department eq \"printed\"")).await, [""; 0]);
        let only = server.read(&format!("{path}?attributes={BADGE}:chip.vendor")).await;
        assert_eq!(only[BADGE], json!({ "chip": { "vendor": "X" } }));

        let mut taken = user("cy");
        taken[BADGE] = json!({ "number": "B-1" });
        server.post("/scim/v2/Users", taken).await.refused_as(409, "uniqueness");
        let edited = server.edit(&path, json!([
            { "op": "replace", "path": format!("{BADGE}:chip.revision"), "value": 3 },
            { "op": "add", "path": format!("{BADGE}:zones"), "value": ["c"] },
            { "op": "remove", "path": ENTERPRISE },
        ])).await.is(200).body;
        assert_eq!(edited[BADGE]["chip"], json!({ "vendor": "X", "revision": 3 }));
        assert_eq!(edited[BADGE]["zones"], json!(["a", "b", "c"]));
        assert!(edited.get(ENTERPRISE).is_none(), "{edited}");
        let bare = server.edit(&path, json!([{ "op": "remove", "path": BADGE }])).await.is(200).body;
        assert_eq!(bare["schemas"], json!([USER]));
    }

    async fn a_required_extension_is_required(database: Database) { // C11 T6 T7 A9
        let server = server_with(database, "schemas-required");
        let lockers = "/scim/v2/Lockers";
        let extensions = server.read("/scim/v2/ResourceTypes/Locker").await["schemaExtensions"].clone();
        assert_eq!(extensions, json!([{ "schema": LEASE, "required": true }]));

        server.post(lockers, json!({ "schemas": [LOCKER], "label": "7" })).await.refused(400);
        let without_holder = json!({ "schemas": [LOCKER, LEASE], "label": "7", LEASE: { "label": "mine" } });
        server.post(lockers, without_holder).await.refused_as(400, "invalidValue");
        let whole = json!({ "schemas": [LOCKER, LEASE], "label": "7", LEASE: { "holder": "Ada", "label": "mine" } });
        let created = server.create(lockers, whole).await;

        assert_eq!((&created["label"], &created[LEASE]["label"]), (&json!("7"), &json!("mine")));
        let path = format!("{lockers}/{}", created["id"].as_str().unwrap());
        server.edit(&path, json!([{ "op": "remove", "path": format!("{LEASE}:holder") }])).await.refused_as(400, "mutability");
        server.put(&path, json!({ "schemas": [LOCKER], "label": "7" })).await.refused(400);
    }

    async fn a_wrong_schema_file_stops_the_start(database: Database) { // issue 2: validated at start
        let schema = |attribute: Value| {
            json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"], "id": BADGE, "name": "Badge", "attributes": [attribute] })
        };
        for (n, (content, named)) in [
            (schema(json!({ "name": "number", "type": "text", "multiValued": false })).to_string(), "number"),
            (schema(json!({ "name": "number", "type": "string", "multiValued": false, "mutability": "often" })).to_string(), "number"),
            (schema(json!({ "type": "string", "multiValued": false })).to_string(), "wrong.json"),
            ("{".to_owned(), "wrong.json"),
        ].into_iter().enumerate() {
            let folder = database.folder().join(format!("schemas{n}"));
            std::fs::create_dir(&folder).unwrap();
            std::fs::write(folder.join("wrong.json"), content).unwrap();

            let said = TestServer::refuses_to_start(&database, &["--schemas", folder.to_str().unwrap()]);

            assert!(said.contains(named) && !said.contains("panicked"), "{said}");
        }
    }
}

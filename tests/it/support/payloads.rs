use serde_json::{Value, json};

pub(crate) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub(crate) const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub(crate) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
pub(crate) const LIST_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
pub(crate) const SEARCH_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
pub(crate) const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
pub(crate) const BULK_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
pub(crate) const BULK_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";
pub(crate) const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// Returns the smallest user there is.
pub(crate) fn user(user_name: &str) -> Value {
    json!({ "schemas": [USER], "userName": user_name })
}

pub(crate) fn group(display_name: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
    json!({ "schemas": [GROUP], "displayName": display_name, "members": members })
}

pub(crate) fn patch(operations: Value) -> Value {
    json!({ "schemas": [PATCH_OP], "Operations": operations })
}

pub(crate) fn bulk(operations: Value) -> Value {
    json!({ "schemas": [BULK_REQUEST], "Operations": operations })
}

/// Returns a SearchRequest with these parameters.
pub(crate) fn search(mut parameters: Value) -> Value {
    parameters["schemas"] = json!([SEARCH_REQUEST]);
    parameters
}

pub(crate) fn at_user(id: &str) -> String {
    format!("/scim/v2/Users/{id}")
}

pub(crate) fn at_group(id: &str) -> String {
    format!("/scim/v2/Groups/{id}")
}

/// Returns `value` of each element, in alphabetical order; of an absent attribute, none.
#[track_caller]
pub(crate) fn values(multi_valued: &Value) -> Vec<String> {
    let elements = multi_valued.as_array().map_or(&[][..], Vec::as_slice);
    let mut values: Vec<String> = elements
        .iter()
        .map(|it| {
            it["value"]
                .as_str()
                .expect("an element has a value")
                .to_owned()
        })
        .collect();
    values.sort();
    values
}

/// Returns the strings of an array in alphabetical order, so that two of them compare as sets.
#[track_caller]
pub(crate) fn strings(array: &Value) -> Vec<String> {
    let mut strings: Vec<String> = array
        .as_array()
        .expect("an array")
        .iter()
        .map(|it| it.as_str().expect("an array of strings").to_owned())
        .collect();
    strings.sort();
    strings
}

//! What the tables of breaks do to answers.

use serde_json::Value;

use super::wire::{Answer, Asked};

pub fn error(status: u16, detail: &str) -> Answer {
    super::error::ScimError::new(status, detail).into()
}

pub fn fail_if(answer: &mut Answer, condition: bool) {
    if condition {
        *answer = error(500, "unexpected");
    }
}

/// Changes the body of GET at one endpoint.
pub fn at(asked: &Asked, answer: &mut Answer, path: &str, change: impl FnOnce(&mut Value)) {
    if asked.path == path && asked.method == "GET" && answer.status == 200 {
        body(answer, change);
    }
}

pub fn body(answer: &mut Answer, change: impl FnOnce(&mut Value)) {
    answer.body.as_mut().map(change);
}

pub fn errors(answer: &mut Answer, change: impl FnOnce(&mut Value)) {
    if answer.status >= 400 {
        body(answer, change);
    }
}

pub fn is_list(answer: &Answer) -> bool {
    answer
        .body
        .as_ref()
        .is_some_and(|body| body["Resources"].is_array())
}

/// Changes each user, group and device that the answer shows.
pub fn resources(answer: &mut Answer, change: fn(&mut Value)) {
    let change = |resource: &mut Value| {
        if resource["meta"]["version"].is_string() {
            change(resource);
        }
    };
    let list = is_list(answer);
    body(answer, |body| {
        if list {
            each_resource(body, change);
        } else {
            change(body);
        }
    });
}

/// Changes each schema that the answer shows.
pub fn schemas(answer: &mut Answer, change: fn(&mut Value)) {
    let change = |schema: &mut Value| {
        if schema["meta"]["resourceType"] == "Schema" {
            change(schema);
        }
    };
    let list = is_list(answer);
    body(answer, |body| {
        if list {
            each_resource(body, change);
        } else {
            change(body);
        }
    });
}

pub fn each_resource(body: &mut Value, change: impl Fn(&mut Value)) {
    body["Resources"]
        .as_array_mut()
        .into_iter()
        .flatten()
        .for_each(change);
}

pub fn attribute(schema: &mut Value, name: &str, change: fn(&mut Value)) {
    let attributes = schema["attributes"].as_array_mut().into_iter().flatten();
    attributes
        .filter(|attribute| attribute["name"] == name)
        .for_each(change);
}

/// Keeps some of a list, and counts again.
pub fn retain(body: &mut Value, keep: impl Fn(&Value) -> bool) {
    if let Some(resources) = body["Resources"].as_array_mut() {
        resources.retain(keep);
        body["totalResults"] = body["Resources"].as_array().map_or(0, Vec::len).into();
    }
}

pub fn remove(object: &mut Value, name: &str) {
    object
        .as_object_mut()
        .map(|object| object.shift_remove(name));
}

pub fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object[name].as_str().unwrap_or_default()
}

pub fn detail(answer: &Answer) -> &str {
    answer.body.as_ref().map_or("", |body| text(body, "detail"))
}

pub fn lose_header(answer: &mut Answer, name: &str) {
    answer.headers.retain(|(known, _)| *known != name);
}

pub fn header(answer: &mut Answer, name: &str, change: impl Fn(&str) -> String) {
    for (_, value) in answer
        .headers
        .iter_mut()
        .filter(|(known, _)| *known == name)
    {
        *value = change(value);
    }
}

pub fn lose_scim_type(answer: &mut Answer, scim_type: &str) {
    errors(answer, |body| {
        if body["scimType"] == scim_type {
            remove(body, "scimType");
        }
    });
}

pub fn swap_scim_type(answer: &mut Answer, scim_type: &str) {
    errors(answer, |body| {
        if body["scimType"] == scim_type {
            body["scimType"] = "tooMany".into();
        }
    });
}

/// Takes scheme and host off an address.
pub fn relative(location: &str) -> String {
    location
        .splitn(4, '/')
        .nth(3)
        .map(|path| format!("/{path}"))
        .unwrap_or_default()
}

/// Puts a question mark for what needs four bytes in UTF-8.
pub fn without_astral(value: &mut Value) {
    match value {
        Value::String(text) => *text = text.replace(|letter: char| u32::from(letter) > 0xFFFF, "?"),
        Value::Array(values) => values.iter_mut().for_each(without_astral),
        Value::Object(members) => members.values_mut().for_each(without_astral),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

//! Names of attributes and schemas.

use serde_json::{Map, Value, json};

use crate::scim::path::AttrPath;
use crate::scim::schema::{Attribute, ResourceType, Type, find};

/// Drops attributes, sub-attributes and schema URNs that we do not have, and names the core
/// schema if nobody did.
///
/// All: an administrator maps what the provider has, not what we have. Entra sends
/// `http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group`, Google
/// `urn:scim:schemas:core:1.0` (create requests on record). What is dropped is noted, so that
/// the provisioning log names it.
pub(in crate::idp) fn drop_unknown_names(
    kind: &ResourceType,
    body: &mut Map<String, Value>,
    dropped: &mut Vec<String>,
) {
    body.retain(|name, value| {
        let known = if name.eq_ignore_ascii_case("schemas") {
            true
        } else if let Some(extension) = kind.extension(name) {
            drop_unknown_members(
                &extension.schema.attributes,
                &format!("{}:", extension.schema.id),
                value,
                dropped,
            );
            true
        } else if let Some(attribute) = kind.core_attribute(name) {
            drop_unknown_subs(attribute, value, dropped);
            true
        } else {
            false
        };
        if !known {
            dropped.push(name.clone());
        }
        known
    });
    let key = body
        .keys()
        .find(|name| name.eq_ignore_ascii_case("schemas"))
        .cloned()
        .unwrap_or_else(|| "schemas".into());
    let mut urns = match body.get(&key) {
        Some(Value::Array(urns)) => urns.clone(),
        Some(Value::String(urn)) => vec![json!(urn)],
        Some(Value::Null) | None => Vec::new(),
        Some(_) => return,
    };
    urns.retain(|urn| {
        let known = urn.as_str().is_none_or(|urn| {
            urn.eq_ignore_ascii_case(&kind.schema.id) || kind.extension(urn).is_some()
        });
        if !known {
            dropped.extend(urn.as_str().map(str::to_owned));
        }
        known
    });
    if !urns.iter().any(|urn| {
        urn.as_str()
            .is_some_and(|urn| urn.eq_ignore_ascii_case(&kind.schema.id))
    }) {
        urns.push(json!(kind.schema.id));
    }
    body.insert(key, Value::Array(urns));
}

fn drop_unknown_members(
    attributes: &[Attribute],
    prefix: &str,
    value: &mut Value,
    dropped: &mut Vec<String>,
) {
    let Value::Object(object) = value else { return };
    object.retain(|name, value| {
        let Some(attribute) = find(attributes, name) else {
            dropped.push(format!("{prefix}{name}"));
            return false;
        };
        drop_unknown_subs(attribute, value, dropped);
        true
    });
}

/// The part of [`drop_unknown_names`] that looks into one attribute's value.
pub(in crate::idp) fn drop_unknown_subs(
    attribute: &Attribute,
    value: &mut Value,
    dropped: &mut Vec<String>,
) {
    if attribute.kind != Type::Complex {
        return;
    }
    match value {
        Value::Array(elements) => elements
            .iter_mut()
            .for_each(|element| drop_unknown_subs(attribute, element, dropped)),
        object => drop_unknown_members(
            &attribute.sub_attributes,
            &format!("{}.", attribute.name),
            object,
            dropped,
        ),
    }
}

/// The enterprise extension's URN.
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// What it was called before.
const OLD_ENTERPRISE: [&str; 2] = [
    "urn:scim:schemas:extension:enterprise:1.0",
    "urn:scim:schemas:extension:enterprise:2.0",
];

/// Reads the enterprise extension under the names that it had before RFC 7643, and its
/// `managerId` of SCIM 1.1.
///
/// OneLogin's default template has `urn:scim:schemas:extension:enterprise:2.0`, SCIM 1.1 had `…:1.0`.
pub(in crate::idp) fn rename_old_urns(kind: &ResourceType, body: &mut Map<String, Value>) {
    if kind.extension(ENTERPRISE).is_none() {
        return;
    }
    let is_old = |name: &str| {
        OLD_ENTERPRISE
            .iter()
            .any(|old| old.eq_ignore_ascii_case(name))
    };
    if !body
        .keys()
        .any(|name| name.eq_ignore_ascii_case(ENTERPRISE))
        && let Some(old) = body.keys().find(|name| is_old(name)).cloned()
        && let Some(value) = body.shift_remove(&old)
    {
        body.insert(ENTERPRISE.into(), value);
    }
    if let Some(Value::Object(extension)) = body.get_mut(ENTERPRISE)
        && let Some(Value::Object(manager)) = extension.get_mut("manager")
        && let Some(id) = manager.shift_remove("managerId")
    {
        manager.entry("value").or_insert(id);
    }
}

/// Returns the name as RFC 7644 §3.10 writes it, if it is another spelling of one: an old URN
/// before it, a dot behind the URN, or no URN although only one extension has the attribute.
///
/// Azure's `manager[value eq "id"]` (thomaspoignant/scim-patch#453), `path: "manager"`
/// (Captain-P-Goldfish/SCIM-SDK#653), `…:2.0:User.employeeNumber` (apache/directory-scimple#704).
pub(in crate::idp) fn qualify(kind: &ResourceType, name: &str) -> Option<String> {
    let path = AttrPath::parse(name).ok()?;
    if kind.named(&path).is_some() {
        return None;
    }
    let after = |urn: &str, separator: char| {
        let head = name.get(..urn.len())?;
        let rest = name.get(urn.len()..)?;
        rest.strip_prefix(separator)
            .filter(|_| head.eq_ignore_ascii_case(urn))
    };
    let candidates = kind.extensions.iter().filter_map(|extension| {
        let urn = extension.schema.id.as_str();
        let old = if urn == ENTERPRISE {
            &OLD_ENTERPRISE[..]
        } else {
            &[]
        };
        let rest = after(urn, '.')
            .or_else(|| old.iter().find_map(|old| after(old, ':')))
            .or_else(|| (!path.is_qualified()).then_some(name))?;
        let qualified = format!("{urn}:{rest}");
        let path = AttrPath::parse(&qualified).ok()?;
        kind.named(&path).map(|_| qualified)
    });
    let mut candidates = candidates.fuse();
    candidates.next().filter(|_| candidates.next().is_none())
}

/// Returns the attributes that an object of a resource names, with their values.
pub(in crate::idp) fn values<'a>(
    kind: &ResourceType,
    object: &'a mut Map<String, Value>,
) -> Vec<(&'static Attribute, &'a mut Value)> {
    let mut found = Vec::new();
    for (name, value) in object.iter_mut() {
        if let Some(extension) = kind.extension(name) {
            let Value::Object(object) = value else {
                continue;
            };
            for (name, value) in object.iter_mut() {
                found.extend(find(&extension.schema.attributes, name).map(|known| (known, value)));
            }
        } else {
            found.extend(kind.core_attribute(name).map(|known| (known, value)));
        }
    }
    found
}

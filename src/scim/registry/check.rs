//! What a schema file must hold to before it is used.

use std::collections::HashSet;

use serde_json::Value;

use super::super::schema::{Attribute, Mutability, Type};

/// Names the attribute definition that cannot be read, which the reader of JSON does not.
pub(super) fn name_wrong_attribute(schema: &Value) -> Result<(), String> {
    let definitions = |of: &Value, member: &str| match of.get(member) {
        Some(Value::Array(definitions)) => definitions.clone(),
        _ => Vec::new(),
    };
    let name = |definition: &Value| {
        let name = definition.get("name").and_then(Value::as_str);
        name.unwrap_or("an attribute without a name").to_owned()
    };
    for attribute in definitions(schema, "attributes") {
        for sub in definitions(&attribute, "subAttributes") {
            let path = format!("{}.{}", name(&attribute), name(&sub));
            serde_json::from_value::<Attribute>(sub).map_err(|error| format!("{path}: {error}"))?;
        }
        let path = name(&attribute);
        serde_json::from_value::<Attribute>(attribute)
            .map_err(|error| format!("{path}: {error}"))?;
    }
    Ok(())
}

/// Checks what RFC 7643 §2.1, §2.3.8 and §7 ask of attribute definitions.
pub(super) fn check_attributes(
    attributes: &[Attribute],
    parent: Option<&Attribute>,
) -> Result<(), String> {
    let mut names = HashSet::new();
    for attribute in attributes {
        let name = &attribute.name;
        let path = parent.map_or_else(|| name.clone(), |parent| format!("{}.{name}", parent.name));
        let proper = name.strip_prefix('$').unwrap_or(name);
        if !proper.starts_with(|c: char| c.is_ascii_alphabetic())
            || !proper
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        {
            return Err(format!(
                "{path}: an attribute name is a letter, then letters, digits, '-' and '_'"
            ));
        }
        if !names.insert(name.to_ascii_lowercase()) {
            return Err(format!(
                "{path} is defined twice (names are compared in any case)"
            ));
        }
        match (attribute.kind, parent) {
            (Type::Complex, Some(_)) => {
                return Err(format!("{path}: a sub-attribute cannot be complex"));
            }
            (Type::Complex, None) if attribute.sub_attributes.is_empty() => {
                return Err(format!("{path}: a complex attribute needs subAttributes"));
            }
            (Type::Complex, None) if attribute.is_unique() => {
                return Err(format!(
                    "{path}: say which sub-attribute is unique, not the complex attribute"
                ));
            }
            (Type::Complex, None) => check_attributes(&attribute.sub_attributes, Some(attribute))?,
            (_, _) if !attribute.sub_attributes.is_empty() => {
                return Err(format!(
                    "{path}: only a complex attribute has subAttributes"
                ));
            }
            (_, _) => {}
        }
        if parent.is_some() && attribute.multi_valued {
            return Err(format!(
                "{path}: a sub-attribute cannot be multi-valued here; make the attribute multi-valued"
            ));
        }
        if attribute.required && attribute.mutability == Mutability::ReadOnly && parent.is_none() {
            return Err(format!(
                "{path}: nobody could give a required attribute that is readOnly"
            ));
        }
    }
    Ok(())
}

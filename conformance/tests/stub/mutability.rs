//! What a change may not touch (RFC 7643 §7 mutability; RFC 7644 §3.5.1 and §3.5.2).

use serde_json::Value;

use super::breaks::keeps;
use super::error::{Scim, ScimError};
use super::names::Members;
use super::schema::{Attribute, Mutability, ResourceType};

/// Hands on to the replaced resource what PUT cannot take away: immutable values and unread secrets.
pub fn carry_over(kind: &'static ResourceType, old: &Members, new: &mut Members) {
    carry(&kind.core.attributes, old, new);
    if !keeps("K10.extension") {
        for (name, value) in old.iter().filter(|(name, _)| name.starts_with("urn:")) {
            new.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
    for schema in kind.schemas().skip(1) {
        if let Some(Value::Object(old)) = old.get(schema.urn)
            && let Some(Value::Object(new)) = new.get_mut(schema.urn)
        {
            carry(&schema.attributes, old, new);
        }
    }
}

fn carry(attributes: &'static [Attribute], old: &Members, new: &mut Members) {
    for attribute in attributes {
        let stays = match attribute.mutability {
            Mutability::Immutable | Mutability::WriteOnly => true,
            Mutability::ReadOnly | Mutability::ReadWrite => false,
        };
        if let Some(value) = old.get(attribute.name).filter(|_| stays) {
            new.entry(attribute.name).or_insert_with(|| value.clone());
        }
    }
}

/// Refuses to change what was set once, in the whole resource.
pub fn check_immutable(kind: &'static ResourceType, old: &Members, new: &Members) -> Scim<()> {
    check(&kind.core.attributes, old, new)?;
    for schema in kind.schemas().skip(1) {
        if let Some(Value::Object(old)) = old.get(schema.urn) {
            let none = Members::new();
            check(
                &schema.attributes,
                old,
                new.get(schema.urn)
                    .and_then(Value::as_object)
                    .unwrap_or(&none),
            )?;
        }
    }
    Ok(())
}

fn check(attributes: &'static [Attribute], old: &Members, new: &Members) -> Scim<()> {
    for attribute in attributes {
        let Some(was) = old.get(attribute.name) else {
            continue;
        };
        let is = new.get(attribute.name);
        if attribute.mutability == Mutability::Immutable && (is != Some(was) || !keeps("E2.same")) {
            return Err(ScimError::mutability(attribute.name));
        }
        // The elements of a multi-valued attribute come and go; a single value stays the same one.
        if let (Some(was), Some(is), false) = (
            was.as_object(),
            is.and_then(Value::as_object),
            attribute.multi,
        ) {
            check(&attribute.subs, was, is)?;
        }
    }
    Ok(())
}

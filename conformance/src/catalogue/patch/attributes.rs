//! Chooses the attributes to change from those that the server publishes.

use serde_json::{Value, json};

use crate::check::Stop;
use crate::json::contains;
use crate::lab::{Lab, Made};
use crate::sample::{self, Fill};
use crate::server::{Attribute, ENTERPRISE, ResourceType};

/// Texts without a meaning of their own, which servers offer most.
const PREFERRED: &[&str] = &[
    "displayName",
    "title",
    "nickName",
    "userType",
    "givenName",
    "familyName",
    "department",
    "employeeNumber",
    "costCenter",
    "locality",
    "region",
];

/// Attributes with a meaning: a server may check their values, or act on them.
const PECULIAR: &[&str] = &[
    "id",
    "schemas",
    "meta",
    "externalId",
    "userName",
    "password",
    "active",
    "profileUrl",
    "preferredLanguage",
    "locale",
    "timezone",
    "country",
    "formatted",
    "value",
    "type",
];

/// The resource type of Users.
pub(in crate::catalogue) fn user_type<'a>(lab: &Lab<'a>) -> Result<&'a ResourceType, Stop> {
    let none = || Stop::NotOffered("/ResourceTypes has no User".to_owned());
    lab.server.user().ok_or_else(none)
}

fn is_simple(attribute: &Attribute) -> bool {
    let known = ["string", "boolean", "integer", "decimal"];
    !attribute.multi_valued
        && attribute.is_plain()
        && attribute.canonical_values.is_empty()
        && (attribute.kind == "string" || attribute.uniqueness == "none")
        && known.contains(&attribute.kind.as_str())
        && !PECULIAR.contains(&attribute.name.as_str())
}

fn is_text(attribute: &Attribute) -> bool {
    attribute.kind == "string" && !attribute.required && is_simple(attribute)
}

/// The attributes that fit, texts that servers offer most first.
fn fitting(attributes: &[Attribute], fits: impl Fn(&Attribute) -> bool) -> Vec<&Attribute> {
    let mut found: Vec<_> = attributes.iter().filter(|it| fits(it)).collect();
    let rank = |it: &Attribute| PREFERRED.iter().position(|name| *name == it.name);
    found.sort_by_key(|it| (rank(it).unwrap_or(PREFERRED.len()), it.kind != "string"));
    found
}

/// An attribute of a resource type with one simple value that a client can change.
pub(in crate::catalogue) fn simple(kind: &ResourceType) -> Result<&Attribute, Stop> {
    first(kind, "has no simple attribute to change", is_simple)
}

/// The same, and the resource can be without it.
pub(in crate::catalogue) fn optional(kind: &ResourceType) -> Result<&Attribute, Stop> {
    // whatever a schema says, RFC 7643 §4.2 requires a group's displayName
    let name = |it: &Attribute| kind.is_group() && it.name == "displayName";
    first(kind, "has no simple attribute to do without", |it| {
        is_simple(it) && !it.required && !name(it)
    })
}

/// An attribute that each resource of a type must have and a client can change.
pub(in crate::catalogue) fn required(kind: &ResourceType) -> Result<&Attribute, Stop> {
    first(kind, "has no required attribute", |it| {
        it.required
            && it.mutability == "readWrite"
            && !["id", "schemas"].contains(&it.name.as_str())
    })
}

fn first<'a>(
    kind: &'a ResourceType,
    otherwise: &str,
    fits: impl Fn(&Attribute) -> bool,
) -> Result<&'a Attribute, Stop> {
    let found = fitting(&kind.schema.attributes, fits).into_iter().next();
    found.ok_or_else(|| Stop::NotOffered(format!("{} {otherwise}", kind.schema.id)))
}

/// Two different values of a simple attribute.
pub(in crate::catalogue) fn values(lab: &Lab<'_>, attribute: &Attribute) -> (Value, Value) {
    if attribute.kind == "string" {
        return (lab.name().into(), lab.name().into());
    }
    let tag = lab.name();
    (
        sample::value(attribute, "", &tag, Fill::All).unwrap_or_default(),
        sample::other_value(attribute, "", &tag).unwrap_or_default(),
    )
}

/// The name of a text that a User can be without.
pub(in crate::catalogue) fn text<'a>(lab: &Lab<'a>) -> Result<&'a str, Stop> {
    let found = fitting(&user_type(lab)?.schema.attributes, is_text);
    let none = || Stop::NotOffered("the User has no plain text to do without".to_owned());
    found.first().map(|it| it.name.as_str()).ok_or_else(none)
}

/// The names of two such texts.
pub(in crate::catalogue) fn two_texts<'a>(lab: &Lab<'a>) -> Result<[&'a str; 2], Stop> {
    pair(&user_type(lab)?.schema.attributes)
        .ok_or_else(|| Stop::NotOffered("the User has no two plain texts to do without".to_owned()))
}

/// The names of two texts of the enterprise extension.
pub(in crate::catalogue) fn enterprise_texts<'a>(lab: &Lab<'a>) -> Result<[&'a str; 2], Stop> {
    let extension = user_type(lab)?.extension(ENTERPRISE);
    let found = extension.and_then(|it| pair(&it.attributes));
    let none = || Stop::NotOffered("the enterprise extension has no two plain texts".to_owned());
    found.ok_or_else(none)
}

fn pair(attributes: &[Attribute]) -> Option<[&str; 2]> {
    match fitting(attributes, is_text).as_slice() {
        [one, other, ..] => Some([&one.name, &other.name]),
        _ => None,
    }
}

/// A complex attribute with one value, and two texts in it.
#[derive(Clone, Copy, Debug)]
pub(in crate::catalogue) struct Complex<'a> {
    /// Its name, `name`.
    pub(in crate::catalogue) name: &'a str,
    /// The names of its texts, `givenName` and `familyName`.
    pub(in crate::catalogue) texts: [&'a str; 2],
}

/// A complex attribute of the User.
pub(in crate::catalogue) fn complex<'a>(lab: &Lab<'a>) -> Result<Complex<'a>, Stop> {
    let attributes = &user_type(lab)?.schema.attributes;
    let fits =
        |it: &Attribute| it.kind == "complex" && !it.multi_valued && it.is_plain() && !it.required;
    let found = fitting(attributes, fits).into_iter().find_map(|it| {
        Some(Complex {
            name: &it.name,
            texts: pair(&it.sub_attributes)?,
        })
    });
    found.ok_or_else(|| Stop::NotOffered("the User has no complex attribute".to_owned()))
}

/// An attribute with several values, each with a `value` and mostly with a `type`.
#[derive(Clone, Debug)]
pub(in crate::catalogue) struct Many<'a> {
    /// Its name, `emails`.
    pub(in crate::catalogue) name: &'a str,
    /// Three types of its values, `work`.
    pub(in crate::catalogue) types: [String; 3],
    has_type: bool,
}

impl Many<'_> {
    /// A new element of one of the three types.
    pub(in crate::catalogue) fn element(&self, lab: &Lab<'_>, which: usize) -> Value {
        if self.has_type {
            return json!({ "value": self.value(lab), "type": self.kind(which) });
        }
        json!({ "value": self.value(lab) })
    }

    /// A new value.
    pub(in crate::catalogue) fn value(&self, lab: &Lab<'_>) -> String {
        let name = lab.name();
        let number: u32 = name
            .rsplit('-')
            .next()
            .and_then(|it| it.parse().ok())
            .unwrap_or(0);
        match self.name {
            "emails" => format!("{name}@example.com"),
            "phoneNumbers" => format!("tel:+1-201-555-{number:04}"),
            _ => name,
        }
    }

    /// One of the three types.
    pub(in crate::catalogue) fn kind(&self, which: usize) -> &str {
        self.types.get(which).map_or("other", String::as_str)
    }

    /// The path of the values of one of the three types, `emails[type eq "work"]`.
    pub(in crate::catalogue) fn of_kind(&self, which: usize) -> String {
        format!("{}[type eq \"{}\"]", self.name, self.kind(which))
    }
}

/// An attribute of the User with several values that it can be without; they may have no type.
pub(in crate::catalogue) fn several<'a>(lab: &Lab<'a>) -> Result<Many<'a>, Stop> {
    many_with(lab, &["value"])
}

/// The same, whose values have a type.
pub(in crate::catalogue) fn many<'a>(lab: &Lab<'a>) -> Result<Many<'a>, Stop> {
    many_with(lab, &["value", "type"])
}

/// The same, whose values have `primary`.
pub(in crate::catalogue) fn many_primary<'a>(lab: &Lab<'a>) -> Result<Many<'a>, Stop> {
    many_with(lab, &["value", "type", "primary"])
}

fn many_with<'a>(lab: &Lab<'a>, parts: &[&str]) -> Result<Many<'a>, Stop> {
    const KNOWN: &[&str] = &["emails", "phoneNumbers", "roles", "entitlements"];
    let kind = user_type(lab)?;
    let found = KNOWN.iter().find_map(|name| {
        let attribute = kind.schema.attribute(name)?;
        let has = |part: &&str| attribute.sub(part).is_some_and(Attribute::is_plain);
        let fits = attribute.is_plain() && !attribute.required && parts.iter().all(has);
        (fits && attribute.multi_valued).then(|| Many {
            name: &attribute.name,
            types: types(attribute),
            has_type: has(&"type"),
        })
    });
    found.ok_or_else(|| {
        let parts = parts.join(", ");
        Stop::NotOffered(format!(
            "the User has no attribute with several values of {parts}"
        ))
    })
}

/// Three values of `type`, those that the server suggests first.
fn types(attribute: &Attribute) -> [String; 3] {
    let suggested = attribute.sub("type").map(|it| it.canonical_values.clone());
    let mut all: Vec<String> = suggested
        .unwrap_or_default()
        .iter()
        .filter_map(as_text)
        .collect();
    for usual in ["work", "home", "other"] {
        if !all.iter().any(|it| it == usual) {
            all.push(usual.to_owned());
        }
    }
    let mut all = all.into_iter();
    [(); 3].map(|()| all.next().unwrap_or_default())
}

fn as_text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// A text in the values of an attribute with several, chosen by their `type`.
#[derive(Clone, Debug)]
pub(in crate::catalogue) struct Inner<'a> {
    /// The attribute; its elements may need a `value` beside.
    pub(in crate::catalogue) many: Many<'a>,
    /// The text's name, `locality`.
    pub(in crate::catalogue) text: &'a str,
    has_value: bool,
}

impl Inner<'_> {
    /// A new element of one of the three types, with the text.
    pub(in crate::catalogue) fn element(&self, lab: &Lab<'_>, which: usize) -> Value {
        let mut element = json!({ "type": self.many.kind(which) });
        if let Some(members) = element.as_object_mut() {
            members.insert(self.text.to_owned(), lab.name().into());
            if self.has_value {
                members.insert("value".to_owned(), self.many.value(lab).into());
            }
        }
        element
    }

    /// The text's path in the values of one of the three types.
    pub(in crate::catalogue) fn path(&self, which: usize) -> String {
        format!("{}.{}", self.many.of_kind(which), self.text)
    }
}

/// An attribute of the User whose values have a text beside `value` and `type`.
pub(in crate::catalogue) fn inner<'a>(lab: &Lab<'a>) -> Result<Inner<'a>, Stop> {
    const KNOWN: &[&str] = &[
        "addresses",
        "emails",
        "phoneNumbers",
        "roles",
        "entitlements",
    ];
    let kind = user_type(lab)?;
    let found = KNOWN.iter().find_map(|name| {
        let attribute = kind.schema.attribute(name)?;
        attribute.sub("type").filter(|it| it.is_plain())?;
        let text = fitting(&attribute.sub_attributes, is_text)
            .into_iter()
            .next()?;
        (attribute.is_plain() && attribute.multi_valued).then(|| Inner {
            many: Many {
                name: &attribute.name,
                types: types(attribute),
                has_type: true,
            },
            text: &text.name,
            has_value: attribute.sub("value").is_some(),
        })
    });
    found.ok_or_else(|| {
        Stop::NotOffered("the User has no values with a type and another text".to_owned())
    })
}

/// Makes a User with these attributes; blocked if the server does not keep them.
pub(in crate::catalogue) fn person(lab: &Lab<'_>, attributes: Value) -> Result<Made, Stop> {
    kept(lab, lab.user_with(attributes.clone())?, &attributes)
}

/// Makes a resource with an attribute; blocked if the server does not keep it.
pub(in crate::catalogue) fn thing(
    lab: &Lab<'_>,
    kind: &ResourceType,
    attributes: Value,
) -> Result<Made, Stop> {
    let body = crate::lab::with(lab.body(kind, Fill::Required), attributes.clone());
    kept(lab, lab.make(&kind.endpoint, &body)?, &attributes)
}

fn kept(lab: &Lab<'_>, mut made: Made, attributes: &Value) -> Result<Made, Stop> {
    if !contains(&made.body, attributes) {
        made.body = lab.setup("GET of what was made", || lab.read(&made))?.body;
    }
    if contains(&made.body, attributes) {
        return Ok(made);
    }
    Err(Stop::Blocked(format!(
        "a creation did not keep {attributes}"
    )))
}

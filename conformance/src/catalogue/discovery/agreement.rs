//! The published schemas beside those of the RFC (RFC 7643 §8.7.1).
//!
//! A server may offer less than the RFC's schemas, and more (RFC 7644 §3.1), and it may choose
//! most characteristics; only what contradicts the RFC's own words is a fault.

use serde_json::Value;

use super::{faultless, listed};
use crate::check::{Stop, Verdict};
use crate::json::text;
use crate::lab::Lab;
use crate::server::{Attribute, ENTERPRISE, GROUP, Schema, USER};

/// What the words of RFC 7643 leave no choice about: attribute, characteristic, the values that
/// are right, and where it stands.
const RULES: &[(&str, &str, &str, &[&str], &str)] = &[
    (USER, "userName", "required", &["true"], "§4.1.1"),
    (USER, "userName", "caseExact", &["false"], "§4.1.1"),
    (
        USER,
        "userName",
        "uniqueness",
        &["server", "global"],
        "§4.1.1",
    ),
    (USER, "password", "mutability", &["writeOnly"], "§4.1.1"),
    (USER, "password", "returned", &["never"], "§4.1.1"),
    (USER, "groups", "mutability", &["readOnly"], "§4.1.2"),
    (
        ENTERPRISE,
        "manager.displayName",
        "mutability",
        &["readOnly"],
        "§4.3",
    ),
];

pub(super) fn user(lab: &Lab<'_>) -> Verdict {
    agrees(lab, USER, include_str!("../../../schemas/user.json"))
}

pub(super) fn group(lab: &Lab<'_>) -> Verdict {
    agrees(lab, GROUP, include_str!("../../../schemas/group.json"))
}

pub(super) fn enterprise(lab: &Lab<'_>) -> Verdict {
    let ours = include_str!("../../../schemas/enterprise-user.json");
    agrees(lab, ENTERPRISE, ours)
}

fn agrees(lab: &Lab<'_>, urn: &str, rfc: &str) -> Verdict {
    let rfc: Value = serde_json::from_str(rfc).map_err(|it| Stop::Broken(it.to_string()))?;
    let all = listed(lab, "/Schemas")?;
    let Some(published) = all.iter().find(|it| text(it, "id") == urn) else {
        return Err(Stop::NotOffered(format!("{urn} is not under /Schemas")));
    };
    let (published, rfc) = (Schema::read(published), Schema::read(&rfc));
    let mut seen = Seen::default();
    seen.compare("", &published.attributes, &rfc.attributes);
    seen.rules(urn, &published);
    lab_notes(lab, &seen);
    faultless(lab, "what RFC 7643 says of these attributes", &seen.faults)
}

/// What a comparison has found.
#[derive(Default)]
struct Seen {
    faults: Vec<String>,
    absent: Vec<String>,
    further: Vec<String>,
    chosen: Vec<String>,
}

fn lab_notes(lab: &Lab<'_>, seen: &Seen) {
    for (what, names) in [
        ("attributes of the RFC that are not offered", &seen.absent),
        ("attributes that the RFC does not have", &seen.further),
        ("characteristics of the server's own choice", &seen.chosen),
    ] {
        if !names.is_empty() {
            lab.note(format!("{what}: {}", names.join(", ")));
        }
    }
}

/// Types that stand for the same JSON, between which servers choose.
fn is_same_type(one: &str, other: &str) -> bool {
    let text = ["string", "reference", "binary"];
    one.eq_ignore_ascii_case(other) || (text.contains(&one) && text.contains(&other))
}

impl Seen {
    fn compare(&mut self, parent: &str, published: &[Attribute], rfc: &[Attribute]) {
        let find = |all: &[Attribute], name: &str| {
            let mut all = all.iter();
            all.find(|it| it.name.eq_ignore_ascii_case(name)).cloned()
        };
        for theirs in published {
            let place = format!("{parent}{}", theirs.name);
            match find(rfc, &theirs.name) {
                Some(ours) => self.one(&place, theirs, &ours),
                None if parent.is_empty() && is_common(&theirs.name) => {}
                None => self.further.push(place),
            }
        }
        let absent = rfc.iter().filter(|it| find(published, &it.name).is_none());
        self.absent
            .extend(absent.map(|it| format!("{parent}{}", it.name)));
    }

    fn one(&mut self, place: &str, theirs: &Attribute, ours: &Attribute) {
        if !is_same_type(&theirs.kind, &ours.kind) {
            let (theirs, ours) = (&theirs.kind, &ours.kind);
            self.faults
                .push(format!("{place} has the type {theirs}, not {ours}"));
        }
        if theirs.multi_valued != ours.multi_valued {
            let theirs = theirs.multi_valued;
            self.faults
                .push(format!("{place} has multiValued {theirs}"));
        }
        for characteristic in [
            "type",
            "required",
            "caseExact",
            "mutability",
            "returned",
            "uniqueness",
        ] {
            let (theirs, ours) = (word(theirs, characteristic), word(ours, characteristic));
            if theirs != ours {
                self.chosen
                    .push(format!("{place} {characteristic} {theirs} (RFC: {ours})"));
            }
        }
        let inner = format!("{place}.");
        self.compare(&inner, &theirs.sub_attributes, &ours.sub_attributes);
    }

    fn rules(&mut self, urn: &str, published: &Schema) {
        for (schema, path, characteristic, right, section) in RULES {
            let attribute = match path.split_once('.') {
                Some((name, sub)) => published.attribute(name).and_then(|it| it.sub(sub)),
                None => published.attribute(path),
            };
            let Some(attribute) = attribute.filter(|_| *schema == urn) else {
                continue;
            };
            let given = word(attribute, characteristic);
            if !right.iter().any(|it| it.eq_ignore_ascii_case(&given)) {
                let right = right.join(" or ");
                self.faults.push(format!(
                    "{path} has {characteristic} {given}, not {right} (RFC 7643 {section})"
                ));
            }
        }
    }
}

/// A characteristic of an attribute as a word.
fn word(attribute: &Attribute, characteristic: &str) -> String {
    match characteristic {
        "type" => attribute.kind.clone(),
        "required" => attribute.required.to_string(),
        "caseExact" => attribute.case_exact.to_string(),
        "mutability" => attribute.mutability.clone(),
        "returned" => attribute.returned.clone(),
        _ => attribute.uniqueness.clone(),
    }
}

/// Whether an attribute is one of those that each resource has (RFC 7643 §3.1).
fn is_common(name: &str) -> bool {
    let common = ["id", "externalId", "meta", "schemas"];
    common.iter().any(|it| it.eq_ignore_ascii_case(name))
}

pub(super) fn common(lab: &Lab<'_>) -> Verdict {
    let types = listed(lab, "/ResourceTypes")?;
    let schemas = listed(lab, "/Schemas")?;
    let (mut faults, mut found) = (Vec::new(), false);
    for schema in schemas.iter().map(Schema::read) {
        // the schemas of the discovery endpoints have an id of another kind
        let is_core = types.iter().any(|it| text(it, "schema") == schema.id);
        for name in ["id", "meta"] {
            let Some(attribute) = schema.attribute(name).filter(|_| is_core) else {
                continue;
            };
            found = true;
            if attribute.mutability != "readOnly" {
                let given = &attribute.mutability;
                faults.push(format!("{}: {name} has mutability {given}", schema.id));
            }
            if name == "id" && attribute.returned != "always" {
                let given = &attribute.returned;
                faults.push(format!("{}: id has returned {given}", schema.id));
            }
            if name == "id" && !attribute.case_exact {
                lab.note("id is published with caseExact false; RFC 7643 §3.1 says true");
            }
        }
    }
    if !found {
        let why = "no schema lists id or meta, which need not be";
        return Err(Stop::NotOffered(why.to_owned()));
    }
    faultless(lab, "id: readOnly and always, meta: readOnly", &faults)
}

//! `remove` (RFC 7644 §3.5.2.2).

use serde_json::json;

use super::attributes::{
    complex, inner, many, optional, person, required, several, text, thing, values,
};
use super::steps::{after, has_all, refuses_with, remove, unchanged};
use super::{ANY, USERS};
use crate::check::{Check, Verdict, each_must, must, should};
use crate::lab::{Lab, Made, without};
use crate::sample::Fill;
use crate::server::ResourceType;

pub(super) const CHECKS: &[Check] = &[
    each_must(
        "J30",
        "rfc7644-3.5.2.2/remove-simple",
        "remove of a simple attribute makes it unassigned.",
        removes_simple,
    )
    .needs(ANY),
    must(
        "J30",
        "rfc7644-3.5.2.2/remove-sub-attribute",
        "remove of a sub-attribute makes it unassigned, and leaves its siblings alone.",
        removes_sub_attribute,
    )
    .needs(USERS),
    must(
        "J30",
        "rfc7644-3.5.2.2/remove-complex",
        "remove of a complex attribute makes it unassigned with all its sub-attributes.",
        removes_complex,
    )
    .needs(USERS),
    must(
        "J30",
        "rfc7644-3.5.2.2/remove-multi-valued",
        "remove of a multi-valued attribute without a filter removes all its values.",
        removes_multi_valued,
    )
    .needs(USERS),
    must(
        "J31",
        "rfc7644-3.5.2.2/remove-chosen-elements",
        "remove with a filter removes the elements that match it, all of them, and no others.",
        removes_chosen_elements,
    )
    .needs(USERS),
    must(
        "J31",
        "rfc7644-3.5.2.2/remove-by-value",
        "remove with a filter on value removes the element with this value, and no other.",
        removes_by_value,
    )
    .needs(USERS),
    must(
        "J31",
        "rfc7644-3.5.2.2/remove-of-last-element-unassigns",
        "When the last element is removed by a filter, the attribute is unassigned.",
        last_element_unassigns,
    )
    .needs(USERS),
    must(
        "J32",
        "rfc7644-3.5.2.2/remove-sub-attribute-of-chosen-elements",
        "remove of a sub-attribute of the elements that a filter chooses removes it from these only, and the elements stay.",
        sub_attribute_of_chosen_elements,
    )
    .needs(USERS),
    each_must(
        "J33",
        "rfc7644-3.5.2.2/remove-without-target-is-noTarget",
        "remove without a path is refused with 400 and scimType noTarget, and changes nothing.",
        without_target_is_no_target,
    )
    .needs(ANY),
    should(
        "J34",
        "rfc7644-3.5.2.2/remove-of-absent-succeeds",
        "remove of an attribute that has no value succeeds, or says noTarget, and changes nothing.",
        of_absent_succeeds,
    )
    .needs(USERS),
    should(
        "J34",
        "rfc7644-3.5.2.2/remove-unmatched-succeeds",
        "remove with a filter that matches no element succeeds, or says noTarget, and changes nothing.",
        unmatched_succeeds,
    )
    .needs(USERS),
    each_must(
        "J35",
        "rfc7644-3.5.2.2/remove-required-is-mutability",
        "remove of a required attribute is refused with 400 and scimType mutability, and changes nothing.",
        required_is_mutability,
    )
    .needs(ANY),
    each_must(
        "J35",
        "rfc7644-3.5.2.2/remove-read-only-is-mutability",
        "remove of a readOnly attribute (id) is refused with 400 and scimType mutability, and changes nothing.",
        read_only_is_mutability,
    )
    .needs(ANY),
];

fn removes_simple(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let attribute = optional(kind)?;
    let (old, _) = values(lab, attribute);
    let made = thing(lab, kind, json!({ &attribute.name: old }))?;
    after(lab, &made, [remove(&attribute.name)])?.lacks(&attribute.name)
}

fn removes_sub_attribute(lab: &Lab<'_>) -> Verdict {
    let complex = complex(lab)?;
    let [one, other] = complex.texts;
    let kept = lab.name();
    let user = person(
        lab,
        json!({ complex.name: { one: lab.name(), other: kept } }),
    )?;
    let path = format!("{}.{one}", complex.name);
    let now = after(lab, &user, [remove(&path)])?;
    now.lacks(&path)?;
    now.has(&format!("{}.{other}", complex.name), kept)
}

fn removes_complex(lab: &Lab<'_>) -> Verdict {
    let complex = complex(lab)?;
    let [one, other] = complex.texts;
    let user = person(
        lab,
        json!({ complex.name: { one: lab.name(), other: lab.name() } }),
    )?;
    let now = after(lab, &user, [remove(complex.name)])?;
    // a server may derive some other part of it, like name.formatted
    now.lacks(&format!("{}.{one}", complex.name))?;
    now.lacks(&format!("{}.{other}", complex.name))
}

fn removes_multi_valued(lab: &Lab<'_>) -> Verdict {
    let many = several(lab)?;
    let [one, two] = [0, 1].map(|n| many.element(lab, n));
    let user = person(lab, json!({ many.name: [one, two] }))?;
    after(lab, &user, [remove(many.name)])?.lacks(many.name)
}

fn removes_chosen_elements(lab: &Lab<'_>) -> Verdict {
    let many = many(lab)?;
    let [one, two, three] = [0, 1, 0].map(|n| many.element(lab, n));
    let user = person(lab, json!({ many.name: [one, two, three] }))?;
    let now = after(lab, &user, [remove(&many.of_kind(0))])?;
    has_all(&now, many.name, &[&two])
}

fn removes_by_value(lab: &Lab<'_>) -> Verdict {
    let many = several(lab)?;
    let [one, two] = [0, 1].map(|n| many.element(lab, n));
    let user = person(lab, json!({ many.name: [one, two] }))?;
    let value = crate::json::text(&one, "value");
    let path = format!("{}[value eq \"{value}\"]", many.name);
    has_all(&after(lab, &user, [remove(&path)])?, many.name, &[&two])
}

fn last_element_unassigns(lab: &Lab<'_>) -> Verdict {
    let many = many(lab)?;
    let user = person(lab, json!({ many.name: [many.element(lab, 0)] }))?;
    after(lab, &user, [remove(&many.of_kind(0))])?.lacks(many.name)
}

fn sub_attribute_of_chosen_elements(lab: &Lab<'_>) -> Verdict {
    let inner = inner(lab)?;
    let [one, two] = [0, 1].map(|n| inner.element(lab, n));
    let user = person(lab, json!({ inner.many.name: [one, two] }))?;
    let now = after(lab, &user, [remove(&inner.path(1))])?;
    let stripped = without(two.clone(), inner.text);
    has_all(&now, inner.many.name, &[&one, &stripped])?;
    let gone = !crate::json::list(&now.body, inner.many.name)
        .iter()
        .any(|it| crate::json::contains(it, &two));
    lab.expect(gone, &format!("no {}", inner.path(1)), now.text)
}

fn without_target_is_no_target(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let made = lab.sample(kind, Fill::Required)?;
    refuses_with(lab, &made, [json!({ "op": "remove" })], "noTarget")
}

/// Removes what is not there.
fn removes_nothing(lab: &Lab<'_>, user: &Made, path: &str) -> Verdict {
    let before = lab.read(user)?;
    let answer = lab.patch(&user.path, json!([remove(path)]))?;
    if answer.status == 400 && answer.text_at("scimType") == "noTarget" {
        lab.note(format!(
            "remove of {path}, which is not there, says noTarget"
        ));
    } else {
        answer.done()?;
    }
    unchanged(lab, user, &before)
}

fn of_absent_succeeds(lab: &Lab<'_>) -> Verdict {
    let name = text(lab)?;
    removes_nothing(lab, &lab.user()?, name)
}

fn unmatched_succeeds(lab: &Lab<'_>) -> Verdict {
    let many = many(lab)?;
    let user = person(lab, json!({ many.name: [many.element(lab, 0)] }))?;
    removes_nothing(lab, &user, &many.of_kind(1))
}

fn required_is_mutability(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let attribute = required(kind)?;
    let made = lab.sample(kind, Fill::Required)?;
    refuses_with(lab, &made, [remove(&attribute.name)], "mutability")
}

fn read_only_is_mutability(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let made = lab.sample(kind, Fill::Required)?;
    refuses_with(lab, &made, [remove("id")], "mutability")
}

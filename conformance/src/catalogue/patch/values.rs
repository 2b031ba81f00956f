//! Values that an attribute does not take (RFC 7644 §3.12).

use serde_json::{Value, json};

use super::attributes::{complex, many, person, simple, values};
use super::steps::{add, names, refuses, replace, unchanged};
use super::{ANY, USERS};
use crate::check::{Check, Stop, Verdict, each_must, must, should};
use crate::lab::Lab;
use crate::sample::Fill;
use crate::server::ResourceType;

pub(super) const CHECKS: &[Check] = &[
    each_must(
        "J43",
        "rfc7644-3.5.2/wrong-type-of-simple-is-400",
        "An object or an array as the value of a simple attribute is refused with 400, and changes nothing.",
        wrong_type_of_simple_is_400,
    )
    .needs(ANY),
    must(
        "J43",
        "rfc7644-3.5.2/wrong-type-of-boolean-is-400",
        "A value of a boolean that is neither true nor false is refused with 400, and changes nothing.",
        wrong_type_of_boolean_is_400,
    )
    .needs(USERS),
    must(
        "J43",
        "rfc7644-3.5.2/wrong-type-of-complex-is-400",
        "A text as the value of a complex attribute, or of one with several complex values, is refused with 400, and changes nothing.",
        wrong_type_of_complex_is_400,
    )
    .needs(USERS),
    should(
        "J43",
        "rfc7644-3.12/wrong-type-is-invalidValue",
        "The error of a value of the wrong type names invalidValue.",
        wrong_type_is_invalid_value,
    )
    .needs(USERS),
    must(
        "J44",
        "rfc7643-4.1.1/user-name-in-use-is-refused",
        "A userName of another user is refused with 409, or with 400 and scimType uniqueness, and changes nothing.",
        user_name_in_use_is_refused,
    )
    .needs(USERS),
    must(
        "J44",
        "rfc7643-4.1.1/user-name-in-use-in-other-case-is-refused",
        "A userName of another user that differs only in case is refused like one that is the same.",
        user_name_in_other_case_is_refused,
    )
    .needs(USERS),
    must(
        "J44",
        "rfc7643-4.1.1/own-user-name-in-other-case-is-free",
        "The user's own userName, and the same in another case, is no conflict.",
        own_user_name_in_other_case_is_free,
    )
    .needs(USERS),
];

fn wrong_type_of_simple_is_400(lab: &Lab<'_>, kind: &ResourceType) -> Verdict {
    let attribute = simple(kind)?;
    let (one, other) = values(lab, attribute);
    let made = lab.sample(kind, Fill::Required)?;
    refuses(
        lab,
        &made,
        [replace(&attribute.name, json!({ "value": one }))],
    )?;
    refuses(lab, &made, [replace(&attribute.name, json!([one, other]))])
}

fn wrong_type_of_boolean_is_400(lab: &Lab<'_>) -> Verdict {
    let schema = &super::attributes::user_type(lab)?.schema;
    let is_boolean =
        |it: &&crate::server::Attribute| it.kind == "boolean" && !it.multi_valued && it.is_plain();
    let found = schema.attributes.iter().find(is_boolean);
    let Some(attribute) = found else {
        return Err(Stop::NotOffered("the User has no boolean".to_owned()));
    };
    let user = lab.user()?;
    refuses(lab, &user, [replace(&attribute.name, "perhaps")])?;
    refuses(
        lab,
        &user,
        [replace(&attribute.name, json!({ "value": true }))],
    )
}

fn wrong_type_of_complex_is_400(lab: &Lab<'_>) -> Verdict {
    let (complex, many) = (complex(lab)?, many(lab)?);
    let user = person(lab, json!({ many.name: [many.element(lab, 0)] }))?;
    refuses(lab, &user, [replace(complex.name, lab.name())])?;
    refuses(
        lab,
        &user,
        [replace(
            &format!("{}.value", many.of_kind(0)),
            json!({ "value": many.value(lab) }),
        )],
    )?;
    refuses(
        lab,
        &user,
        [add(many.name, json!([[many.element(lab, 1)]]))],
    )
}

fn wrong_type_is_invalid_value(lab: &Lab<'_>) -> Verdict {
    let complex = complex(lab)?;
    let user = lab.user()?;
    let answer = lab.patch(&user.path, json!([replace(complex.name, lab.name())]))?;
    names(lab, answer, &["invalidValue"])
}

/// Sets a userName that is taken, and expects a refusal.
fn conflicts(lab: &Lab<'_>, taken: impl Fn(&str) -> String) -> Verdict {
    let (other, user) = (lab.user()?, lab.user()?);
    let before = lab.read(&user)?;
    let name: Value = taken(other.text("userName")).into();
    lab.patch(&user.path, json!([replace("userName", name)]))?
        .refused_as(&[(409, ""), (400, "uniqueness")])?;
    unchanged(lab, &user, &before)
}

fn user_name_in_use_is_refused(lab: &Lab<'_>) -> Verdict {
    conflicts(lab, str::to_owned)
}

fn user_name_in_other_case_is_refused(lab: &Lab<'_>) -> Verdict {
    conflicts(lab, str::to_uppercase)
}

fn own_user_name_in_other_case_is_free(lab: &Lab<'_>) -> Verdict {
    let user = lab.user()?;
    let own = user.text("userName");
    for name in [own.to_owned(), own.to_uppercase()] {
        lab.patch(&user.path, json!([replace("userName", name)]))?
            .done()?;
    }
    let now = lab.read(&user)?;
    let same = now.text_at("userName").eq_ignore_ascii_case(own);
    lab.expect(same, own, now.text_at("userName"))
}

//! Filters in paths (RFC 7644 §3.5.2 and §3.4.2.2): each chooses the right elements.
//!
//! The filters are seen in what a remove leaves. A server may refuse an operator that it does not
//! know with invalidFilter ("comparison combination is not supported", table 9), except those
//! that the RFC's own examples of PATCH use; what no server may do is choose other elements.

use serde_json::{Value, json};

use super::USERS;
use super::attributes::{Many, many, many_primary, person};
use super::steps::{has_all, remove, replace};
use crate::check::{Check, Stop, Verdict, must};
use crate::json::text;
use crate::lab::{Lab, Made, with};

pub(super) const CHECKS: &[Check] = &[
    must(
        "J41",
        "rfc7644-3.5.2/path-filter-and",
        "A filter with and in a path chooses the elements that match both sides.",
        and,
    )
    .needs(USERS),
    must(
        "J41",
        "rfc7644-3.4.2.2/path-filter-or",
        "A filter with or in a path chooses the elements that match one side or both.",
        or,
    )
    .needs(USERS),
    must(
        "J41",
        "rfc7644-3.4.2.2/path-filter-not",
        "A filter with not in a path chooses the elements that do not match what is in its parentheses.",
        not,
    )
    .needs(USERS),
    must(
        "J41",
        "rfc7644-3.4.2.2/path-filter-pr",
        "A filter with pr in a path chooses the elements that have the sub-attribute.",
        pr,
    )
    .needs(USERS),
    must(
        "J41",
        "rfc7644-3.4.2.2/path-filter-precedence",
        "In a filter in a path, and binds more than or, and parentheses more than both.",
        precedence,
    )
    .needs(USERS),
    must(
        "J41",
        "rfc7644-3.4.2.2/path-filter-comparisons",
        "The operators ne, co, sw and ew in a path choose as they do in a query.",
        comparisons,
    )
    .needs(USERS),
    must(
        "J41",
        "rfc7644-3.4.2.2/path-filter-boolean",
        "A filter in a path compares a boolean with the literal true.",
        boolean,
    )
    .needs(USERS),
    must(
        "J41",
        "rfc7644-3.4.2.2/path-filter-values-in-any-case",
        "A filter in a path compares values in any case where the attribute is not caseExact.",
        values_in_any_case,
    )
    .needs(USERS),
    must(
        "J41",
        "rfc7644-3.4.2.2/path-filter-operators-in-any-case",
        "The operators of a filter in a path are read in any case.",
        operators_in_any_case,
    )
    .needs(USERS),
];

/// A user with three elements of three types.
struct Three<'a> {
    many: Many<'a>,
    elements: [Value; 3],
    user: Made,
}

impl<'a> Three<'a> {
    fn new(lab: &Lab<'a>, many: Many<'a>) -> Result<Self, Stop> {
        let elements = [0, 1, 2].map(|n| many.element(lab, n));
        let user = person(lab, json!({ many.name: elements }))?;
        Ok(Self {
            many,
            elements,
            user,
        })
    }

    /// The value of an element.
    fn value(&self, which: usize) -> &str {
        self.elements.get(which).map_or("", |it| text(it, "value"))
    }

    /// Expects a filter to choose these elements; all operators in it have to be known.
    fn chooses(&self, lab: &Lab<'_>, filter: &str, chosen: &[usize]) -> Verdict {
        self.judge(lab, filter, chosen, true)
    }

    /// Expects a filter to choose these elements, or to be refused as not supported.
    fn may_choose(&self, lab: &Lab<'_>, filter: &str, chosen: &[usize]) -> Verdict {
        self.judge(lab, filter, chosen, false)
    }

    fn judge(&self, lab: &Lab<'_>, filter: &str, chosen: &[usize], known: bool) -> Verdict {
        let Self {
            many,
            elements,
            user,
        } = self;
        let path = format!("{}[{filter}]", many.name);
        // puts all of them back first
        let operations = json!([replace(many.name, elements.to_vec()), remove(&path)]);
        let answer = lab.patch(&user.path, operations)?;
        if !known && answer.status == 400 && answer.text_at("scimType") == "invalidFilter" {
            lab.note(format!("the filter {filter} is refused as not supported"));
            return Ok(());
        }
        answer.done()?;
        let left = elements.iter().enumerate();
        let left = left.filter(|(n, _)| !chosen.contains(n)).map(|(_, it)| it);
        let left: Vec<&Value> = left.collect();
        has_all(&lab.read(user)?, many.name, &left)
    }
}

fn three<'a>(lab: &Lab<'a>) -> Result<Three<'a>, Stop> {
    Three::new(lab, many(lab)?)
}

fn and(lab: &Lab<'_>) -> Verdict {
    let three = three(lab)?;
    let kind = three.many.kind(0).to_owned();
    let [own, other] = [three.value(0), three.value(1)];
    three.chooses(
        lab,
        &format!(r#"type eq "{kind}" and value eq "{own}""#),
        &[0],
    )?;
    // matches nothing: the first side one element, the second side another
    let filter = format!(r#"type eq "{kind}" and value eq "{other}""#);
    let operations = json!([
        replace(three.many.name, three.elements.to_vec()),
        remove(&format!("{}[{filter}]", three.many.name))
    ]);
    let answer = lab.patch(&three.user.path, operations)?;
    answer.refused_as(&[(200, ""), (204, ""), (400, "noTarget")])?;
    let all: Vec<&Value> = three.elements.iter().collect();
    has_all(&lab.read(&three.user)?, three.many.name, &all)
}

fn or(lab: &Lab<'_>) -> Verdict {
    let three = three(lab)?;
    let [one, two] = [three.many.kind(0), three.many.kind(2)];
    three.may_choose(
        lab,
        &format!(r#"type eq "{one}" or type eq "{two}""#),
        &[0, 2],
    )
}

fn not(lab: &Lab<'_>) -> Verdict {
    let three = three(lab)?;
    let kind = three.many.kind(1);
    three.may_choose(lab, &format!(r#"not (type eq "{kind}")"#), &[0, 2])
}

fn pr(lab: &Lab<'_>) -> Verdict {
    let many = many(lab)?;
    let one = many.element(lab, 0);
    // a server may give a type to an element that has none: then all have one
    let two = crate::lab::without(many.element(lab, 1), "type");
    let user = person(lab, json!({ many.name: [one, two] }))?;
    let shown = crate::json::list(&lab.read(&user)?.body, many.name).to_vec();
    let typed = |it: &&Value| crate::json::at(it, "type").is_some_and(|it| !it.is_null());
    let left: Vec<&Value> = shown.iter().filter(|it| !typed(it)).collect();
    let answer = lab.patch(
        &user.path,
        json!([remove(&format!("{}[type pr]", many.name))]),
    )?;
    if answer.status == 400 && answer.text_at("scimType") == "invalidFilter" {
        lab.note("the operator pr in a path is refused as not supported");
        return Ok(());
    }
    answer.done()?;
    has_all(&lab.read(&user)?, many.name, &left)
}

fn precedence(lab: &Lab<'_>) -> Verdict {
    let three = three(lab)?;
    let [a, b, c] = [0, 1, 2].map(|n| three.many.kind(n));
    let value = three.value(2);
    // and first: a, or (b and the value of c), which is none
    let plain = format!(r#"type eq "{a}" or type eq "{b}" and value eq "{value}""#);
    three.may_choose(lab, &plain, &[0])?;
    let grouped = format!(r#"(type eq "{a}" or type eq "{c}") and value eq "{value}""#);
    three.may_choose(lab, &grouped, &[2])
}

fn comparisons(lab: &Lab<'_>) -> Verdict {
    let three = three(lab)?;
    let kind = three.many.kind(1);
    let value = three.value(0);
    let middle = value.get(1..).unwrap_or_default();
    let but_last = value
        .get(..value.len().saturating_sub(1))
        .unwrap_or_default();
    three.may_choose(lab, &format!(r#"type ne "{kind}""#), &[0, 2])?;
    three.may_choose(lab, &format!(r#"value co "{middle}""#), &[0])?;
    if three.many.name == "emails" {
        three.may_choose(lab, r#"value ew "@example.com""#, &[0, 1, 2])?;
        three.may_choose(lab, &format!(r#"value sw "{but_last}""#), &[0])?;
    }
    Ok(())
}

fn boolean(lab: &Lab<'_>) -> Verdict {
    let many = many_primary(lab)?;
    let [one, two] = [0, 1].map(|n| many.element(lab, n));
    let two = with(two, json!({ "primary": true }));
    let user = person(lab, json!({ many.name: [one, two] }))?;
    let path = format!("{}[primary eq true]", many.name);
    lab.patch(&user.path, json!([remove(&path)]))?.done()?;
    has_all(&lab.read(&user)?, many.name, &[&one])
}

fn values_in_any_case(lab: &Lab<'_>) -> Verdict {
    let three = three(lab)?;
    let exact = lab
        .server
        .user()
        .and_then(|it| it.schema.attribute(three.many.name));
    let exact = exact
        .and_then(|it| it.sub("type"))
        .is_some_and(|it| it.case_exact);
    if exact {
        return Err(Stop::NotOffered(format!(
            "{}.type is caseExact",
            three.many.name
        )));
    }
    let kind = three.many.kind(0).to_uppercase();
    three.chooses(lab, &format!(r#"type eq "{kind}""#), &[0])
}

fn operators_in_any_case(lab: &Lab<'_>) -> Verdict {
    let three = three(lab)?;
    let (kind, value) = (three.many.kind(1), three.value(1));
    three.chooses(lab, &format!(r#"type EQ "{kind}""#), &[1])?;
    three.chooses(
        lab,
        &format!(r#"type Eq "{kind}" AND value eQ "{value}""#),
        &[1],
    )
}

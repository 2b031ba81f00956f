//! `and`, `or`, `not`, and parentheses (RFC 7644, Tables 4 and 5).

use super::rows::{Row, finds, finds_bare, refuses};
use crate::check::Verdict;
use crate::lab::Lab;

pub(super) const AND_OR: &[Row<'_>] = &[
    (r#"userName sw "{tag}" and userName ew "-ada""#, "ada"),
    (r#"userName eq "{tag}-ada" and userName eq "{tag}-bo""#, ""),
    (
        r#"userName eq "{tag}-ada" or userName eq "{tag}-bo""#,
        "ada bo",
    ),
    (
        r#"userName eq "{tag}-ada" or userName eq "{tag}-bo" or userName eq "{tag}-cy""#,
        "ada bo cy",
    ),
    (
        r#"userName sw "{tag}" and userName co "e" and userName ew "-dee""#,
        "dee",
    ),
];

pub(super) const PRECEDENCE: &[Row<'_>] = &[
    (
        r#"userName eq "{tag}-ada" or userName eq "{tag}-bo" and userName eq "{tag}-cy""#,
        "ada",
    ),
    (
        r#"userName eq "{tag}-bo" and userName eq "{tag}-cy" or userName eq "{tag}-ada""#,
        "ada",
    ),
    (
        r#"userName eq "{tag}-ada" or userName eq "{tag}-bo" and userName sw "{tag}" or userName eq "{tag}-cy""#,
        "ada bo cy",
    ),
];

pub(super) const GROUPING: &[Row<'_>] = &[
    (r#"(userName eq "{tag}-ada")"#, "ada"),
    (r#"((userName eq "{tag}-ada"))"#, "ada"),
    (
        r#"(userName eq "{tag}-ada" or userName eq "{tag}-bo") and userName ew "-bo""#,
        "bo",
    ),
    (
        r#"userName ew "-bo" and (userName eq "{tag}-ada" or userName eq "{tag}-bo")"#,
        "bo",
    ),
    (
        r#"userName eq "{tag}-ada" or (userName sw "{tag}" and (userName ew "-bo" or userName ew "-cy"))"#,
        "ada bo cy",
    ),
    (
        r#"(userName eq "{tag}-ada" or userName eq "{tag}-bo") and (userName ew "-cy" or userName ew "-bo")"#,
        "bo",
    ),
];

pub(super) const NOT: &[Row<'_>] = &[
    (
        r#"not (userName eq "{tag}-ada")"#,
        "bo cy dee eve fay gil hal",
    ),
    (
        r#"not (userName ew "-ada" or userName ew "-bo")"#,
        "cy dee eve fay gil hal",
    ),
    (
        r#"not (userName ew "-ada" and userName ew "-bo")"#,
        "ada bo cy dee eve fay gil hal",
    ),
    (
        r#"not (userName ew "-ada") and not (userName ew "-bo")"#,
        "cy dee eve fay gil hal",
    ),
    (
        r#"not (userName ew "-ada") and userName co "c""#,
        "bo cy dee eve fay gil hal",
    ),
    (
        r#"not (userName ew "-ada") and (userName ew "a" or userName ew "y")"#,
        "cy fay",
    ),
    (r#"not (not (userName ew "-ada"))"#, "ada"),
    ("not ({text} pr)", "dee hal"),
];

pub(super) const ANY_CASE: &[Row<'_>] = &[
    (r#"USERNAME EQ "{tag}-ada""#, "ada"),
    (r#"username Sw "{tag}" AND UserName eW "-bo""#, "bo"),
    (
        r#"userName eq "{tag}-ada" OR userName eq "{tag}-bo""#,
        "ada bo",
    ),
    (r#"userName sw "{tag}" and NOT (userName co "scim")"#, ""),
    (r#"userName sw "{tag}-c" and Name.FamilyName PR"#, "cy"),
];

pub(super) const BLANKS: &[Row<'_>] = &[
    (r#"  userName eq "{tag}-ada"  "#, "ada"),
    (r#"userName   eq   "{tag}-ada""#, "ada"),
    (r#"( userName eq "{tag}-ada" )"#, "ada"),
    (r#"userName sw "{tag}" and not(userName co "-")"#, ""),
    (
        r#"userName sw "{tag}" and emails[ type eq "work" and value co "@corp" ]"#,
        "ada dee fay",
    ),
];

pub(super) fn and_or(lab: &Lab<'_>) -> Verdict {
    finds_bare(lab, AND_OR)
}

pub(super) fn precedence(lab: &Lab<'_>) -> Verdict {
    finds_bare(lab, PRECEDENCE)
}

pub(super) fn grouping(lab: &Lab<'_>) -> Verdict {
    finds_bare(lab, GROUPING)
}

pub(super) fn not(lab: &Lab<'_>) -> Verdict {
    finds(lab, NOT)
}

pub(super) fn not_needs_parentheses(lab: &Lab<'_>) -> Verdict {
    refuses(
        lab,
        &[
            r#"not userName eq "x""#,
            r#"userName pr and not userName eq "x""#,
        ],
        "userName",
    )
}

pub(super) fn any_case(lab: &Lab<'_>) -> Verdict {
    finds_bare(lab, ANY_CASE)
}

pub(super) fn blanks(lab: &Lab<'_>) -> Verdict {
    finds_bare(lab, BLANKS)
}

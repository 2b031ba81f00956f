//! Filters (RFC 7644 §3.4.2.2).

mod differential;
mod logic;
mod operators;
mod paths;
mod refused;
mod rows;
#[cfg(test)]
mod tests;
mod values;

pub(super) use values::{NUMBERS, simple, with_value};

use crate::check::Feature::{Enterprise, Filter, Group, User};
use crate::check::{Check, may, must, robust, should};

/// Lines of the catalogue without a check, and why.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[];

pub(super) const CHECKS: &[Check] = &[
    must(
        "F6",
        "rfc7644-3.4.2.2/and-and-or",
        "`and` finds what both sides find, `or` what one of them finds.",
        logic::and_or,
    )
    .needs(&[Filter, User]),
    must(
        "F1",
        "rfc7644-3.4.2.2/user-name-operators",
        "eq, sw, co and ew on userName find those whose userName is so.",
        operators::user_names,
    )
    .needs(&[Filter, User]),
    must(
        "F1",
        "rfc7643-4.1.1/user-name-ignores-case",
        "A filter on userName takes no notice of case.",
        operators::in_other_case,
    )
    .needs(&[Filter, User]),
    must(
        "F1",
        "rfc7644-3.4.2.2/string-operators",
        "eq, ne, co, sw and ew on strings find those whose value is so; case makes no difference where caseExact is false.",
        operators::strings,
    )
    .needs(&[Filter, User]),
    must(
        "F2",
        "rfc7644-3.4.2.2/order-of-strings",
        "gt, ge, lt and le compare strings by their order; combinations that are not supported are refused with invalidFilter.",
        operators::order,
    )
    .needs(&[Filter, User]),
    must(
        "F2",
        "rfc7644-3.4.2.2/order-of-times",
        "gt, ge, lt and le compare dateTimes as moments, whatever their time zones.",
        operators::times,
    )
    .needs(&[Filter, User]),
    must(
        "F2",
        "rfc7644-3.4.2.2/order-of-numbers",
        "Operators compare numbers by their value.",
        values::numbers,
    )
    .needs(&[Filter]),
    must(
        "F3",
        "rfc7644-3.4.2.2/no-order-of-booleans",
        "gt, ge, lt and le on a boolean are refused with invalidFilter.",
        operators::no_order_of_booleans,
    )
    .needs(&[Filter, User]),
    must(
        "F3",
        "rfc7644-3.4.2.2/no-order-of-binaries",
        "gt and lt on a binary attribute are refused with invalidFilter.",
        operators::no_order_of_binaries,
    )
    .needs(&[Filter, User]),
    must(
        "F4",
        "rfc7644-3.4.2.2/present",
        "pr finds those who have a value of the attribute.",
        operators::present,
    )
    .needs(&[Filter, User]),
    must(
        "F4",
        "rfc7644-3.4.2.2/complex-present",
        "pr on complex and multi-valued attributes finds those who have a value; it may be refused as not supported.",
        operators::complex_present,
    )
    .needs(&[Filter, User]),
    must(
        "F4",
        "rfc7644-3.4.2.2/empty-is-present-or-not",
        "Whether pr finds an empty string is open; not (… pr) finds it if pr does not, and does not if pr does.",
        operators::empty_is_present_or_not,
    )
    .needs(&[Filter, User]),
    must(
        "F5",
        "rfc7644-3.4.2.2/booleans",
        "eq and ne compare booleans with true and false.",
        operators::booleans,
    )
    .needs(&[Filter, User]),
    must(
        "F5",
        "rfc7644-3.4.2.2/null",
        "null in a filter stands for no value; a comparison with it may be refused as not supported.",
        operators::null,
    )
    .needs(&[Filter, User]),
    must(
        "F6",
        "rfc7644-3.4.2.2/and-before-or",
        "`and` binds before `or`.",
        logic::precedence,
    )
    .needs(&[Filter, User]),
    must(
        "F6",
        "rfc7644-3.4.2.2/parentheses",
        "What is in parentheses is evaluated first, also within others.",
        logic::grouping,
    )
    .needs(&[Filter, User]),
    must(
        "F7",
        "rfc7644-3.4.2.2/not",
        "not (…) finds those whom the filter in it does not find, and binds before `and`.",
        logic::not,
    )
    .needs(&[Filter, User]),
    must(
        "F7",
        "rfc7644-3.4.2.2/not-needs-parentheses",
        "`not` without parentheses is no filter, and refused with invalidFilter.",
        logic::not_needs_parentheses,
    )
    .needs(&[Filter, User]),
    must(
        "F8",
        "rfc7644-3.4.2.2/any-case",
        "Operators and names of attributes may be written in any case.",
        logic::any_case,
    )
    .needs(&[Filter, User]),
    must(
        "F9",
        "rfc7644-3.4.2.2/sub-attributes",
        "A sub-attribute of a multi-valued attribute is so if one of the values is so.",
        paths::sub_attributes,
    )
    .needs(&[Filter, User]),
    must(
        "F10",
        "rfc7644-3.4.2.2/value-by-default",
        "A comparison with a multi-valued complex attribute itself is one with its value sub-attribute, as in the RFC's own example, or is refused with invalidFilter, as the RFC also wants a sub-attribute to be named.",
        paths::default_value,
    )
    .needs(&[Filter, User]),
    must(
        "F11",
        "rfc7644-3.4.2.2/same-value",
        "In emails[…], one and the same value has to be all that the brackets say.",
        paths::same_value,
    )
    .needs(&[Filter, User]),
    must(
        "F12",
        "rfc7644-3.4.2.2/in-brackets",
        "Brackets take or, not, pr and parentheses.",
        paths::in_brackets,
    )
    .needs(&[Filter, User]),
    must(
        "F12",
        "rfc7644-3.4.2.2/around-brackets",
        "emails[…] can be combined with and, or and not.",
        paths::around_brackets,
    )
    .needs(&[Filter, User]),
    must(
        "F13",
        "rfc7644-3.4.2.2/brackets-without-values",
        "emails[…] on an attribute that a user lacks does not find the user, and is no error.",
        paths::no_values,
    )
    .needs(&[Filter, User]),
    must(
        "F14",
        "rfc7644-3.10/core-by-urn",
        "Attributes of the core schema may have its URN before their names.",
        paths::core_schema,
    )
    .needs(&[Filter, User]),
    must(
        "F15",
        "rfc7644-3.10/extension-by-urn",
        "Attributes of an extension are found by its URN and their names.",
        paths::extension,
    )
    .needs(&[Filter, Enterprise]),
    must(
        "F15",
        "rfc7644-3.10/urn-in-any-case",
        "The URN of a schema may be written in any case.",
        paths::shouted,
    )
    .needs(&[Filter, Enterprise]),
    must(
        "F15",
        "rfc7644-3.10/sub-attribute-of-extension",
        "A sub-attribute of an extension, manager.value, is found by the extension's URN.",
        paths::manager,
    )
    .needs(&[Filter, Enterprise]),
    must(
        "F16",
        "rfc7644-3.4.2.2/escapes",
        "Strings in filters are JSON strings: escapes mean what they mean there, and brackets, parentheses and words in them mean nothing.",
        values::escaped,
    )
    .needs(&[Filter, User]),
    must(
        "F17",
        "rfc7644-3.4.2.2/text-beyond-ascii",
        "Filters find text of any script.",
        values::beyond_ascii,
    )
    .needs(&[Filter, User]),
    should(
        "F17",
        "rfc7644-3.4.2.2/case-beyond-ascii",
        "Where case makes no difference, it makes none beyond ASCII either.",
        values::folded,
    )
    .needs(&[Filter, User]),
    must(
        "F19",
        "rfc7644-3.4.2.2/common-attributes",
        "What every resource has, meta and schemas, can be filtered by, as in the RFC's examples.",
        paths::common,
    )
    .needs(&[Filter, User]),
    must(
        "F18",
        "rfc7644-3.4.2.2/number-literals",
        "Numbers in filters are JSON numbers: 9, -5, 9.0 and 1e1.",
        values::literals,
    )
    .needs(&[Filter]),
    must(
        "F19",
        "rfc7644-3.4.2.2/meta-location",
        "meta.location can be filtered by, or is refused with invalidFilter.",
        paths::location,
    )
    .needs(&[Filter, User]),
    must(
        "F20",
        "rfc7644-3.4.2.2/ids",
        "id and externalId can be filtered by.",
        paths::ids,
    )
    .needs(&[Filter, User]),
    must(
        "F20",
        "rfc7643-3.1/external-id-is-case-exact",
        "A filter on externalId does not find one that differs in case.",
        paths::exact_ids,
    )
    .needs(&[Filter, User]),
    robust(
        "F21",
        "robust/blanks-in-filters",
        "Blanks around the parts of a filter do no harm.",
        logic::blanks,
    )
    .needs(&[Filter, User]),
    must(
        "F22",
        "rfc7644-3.4.2.2/unknown-operator",
        "A filter with an unknown operator is refused with 400 and invalidFilter.",
        refused::unknown_operators,
    )
    .needs(&[Filter, User]),
    must(
        "F23",
        "rfc7644-3.12/malformed-filter",
        "A filter that is not of the grammar is refused with 400 and invalidFilter.",
        refused::malformed,
    )
    .needs(&[Filter, User]),
    must(
        "F24",
        "rfc7644-3.4.2.2/unknown-attribute",
        "A filter on an attribute that the type does not have finds nobody, or is refused.",
        refused::unknown_attribute,
    )
    .needs(&[Filter, User]),
    must(
        "F24",
        "rfc7644-3.4.2.1/attribute-of-another-type",
        "At the root, an attribute that a type does not have is taken as one without a value.",
        refused::unknown_attribute_at_root,
    )
    .needs(&[Filter, User, Group]),
    robust(
        "F25",
        "robust/no-filter-tells-a-password",
        "No filter tells anything of a password.",
        refused::password_is_not_told,
    )
    .needs(&[Filter, User]),
    may(
        "F26",
        "rfc7644-7.5.2/sensitive-filter-by-post",
        "A filter that is refused by GET as sensitive works by POST .search.",
        refused::sensitive_works_by_post,
    )
    .needs(&[Filter, User]),
    must(
        "F27",
        "rfc7644-3.4.2.1/too-many",
        "A list that is too long is refused with tooMany, and otherwise totalResults counts all that was found, not only what is returned.",
        refused::too_many_is_said,
    )
    .needs(&[Filter, User]),
    robust(
        "F28",
        "robust/deep-and-long-filters",
        "Filters that are very deep or very long are answered or refused, and the server lives.",
        refused::deep_and_long,
    )
    .needs(&[Filter, User]),
    robust(
        "F29",
        "robust/patterns-are-literal",
        "Characters that are patterns in SQL, LIKE or regular expressions are only themselves.",
        values::literal,
    )
    .needs(&[Filter, User]),
    may(
        "F30",
        "rfc7644-3.4.2.2/ne-without-a-value",
        "Whether `ne` finds what has no value is open; a server treats it in one way, in brackets too.",
        refused::ne_of_nothing,
    )
    .needs(&[Filter, User]),
    must(
        "F31",
        "rfc7644-3.4.2.2/differential",
        "Over a hundred filters find exactly whom an independent evaluator finds.",
        differential::many,
    )
    .needs(&[Filter, User]),
];

//! The order of values that are no strings.

use serde_json::{Value, json};

use crate::catalogue::filters::{NUMBERS, simple, with_value};
use crate::check::Verdict;
use crate::json::text;
use crate::lab::Lab;

/// Moments which as strings stand the other way round.
pub(super) fn zones(lab: &Lab<'_>) -> Verdict {
    let values = [
        json!("2026-01-01T20:00:00-08:00"),
        json!("2026-01-02T04:30:00+05:00"),
        json!("2026-01-02T03:00:00Z"),
    ];
    in_this_order(lab, &["dateTime"], &values, [1, 2, 0])
}

/// Numbers which as strings stand the other way round.
pub(super) fn numbers(lab: &Lab<'_>) -> Verdict {
    in_this_order(lab, NUMBERS, &[json!(10), json!(9), json!(100)], [1, 0, 2])
}

/// Makes a resource with each value, and expects them sorted so that the indexes of the values
/// come in this order.
fn in_this_order(lab: &Lab<'_>, types: &[&str], values: &[Value], order: [usize; 3]) -> Verdict {
    let (kind, path) = simple(lab, types)?;
    let mut made = Vec::new();
    for value in values {
        made.push(with_value(lab, kind, &path, value.clone())?.id);
    }
    let each: Vec<String> = made.iter().map(|id| format!(r#"id eq "{id}""#)).collect();
    let filter = each.join(" or ");
    let answer = lab
        .list(&kind.endpoint, &[("filter", &filter), ("sortBy", &path)])?
        .is(200)?;
    let index = |it: &Value| made.iter().position(|id| id == text(it, "id"));
    let came: Vec<usize> = answer.resources().iter().filter_map(index).collect();
    let shown = |indexes: &[usize]| {
        let shown = indexes.iter().filter_map(|it| values.get(*it));
        shown.map(Value::to_string).collect::<Vec<_>>().join(", ")
    };
    lab.expect(
        came == order,
        &format!("{path} in the order {}", shown(&order)),
        shown(&came),
    )
}

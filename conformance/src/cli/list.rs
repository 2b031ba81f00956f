//! The checks that there are.

use serde_json::{Value, json};

use super::choice::Choice;
use crate::catalogue::{AREAS, Area};
use crate::check::Check;

/// The checks by area, for reading.
pub(super) fn text(choice: &Choice) -> String {
    let mut text = String::new();
    for (area, checks) in areas(choice) {
        text += &format!("\n{} ({}: {})\n", area.title, area.name, checks.len());
        for check in checks {
            text += &format!(
                "  {:6} {:6} {}\n                {} ({})\n",
                check.line,
                check.level,
                check.id,
                check.rule,
                check.source()
            );
        }
        for (line, reason) in area.left_out {
            text += &format!("  {line:6} left out: {reason}\n");
        }
    }
    let all = areas(choice);
    let count: usize = all.iter().map(|(_, checks)| checks.len()).sum();
    text + &format!("\nchecks: {count}, areas: {}\n", all.len())
}

/// The checks by area, for programs.
pub(super) fn json(choice: &Choice) -> String {
    let areas = areas(choice).into_iter().map(|(area, checks)| {
        let left_out = area.left_out.iter();
        let left_out = left_out.map(|(line, reason)| json!({ "line": line, "reason": reason }));
        json!({
            "name": area.name,
            "title": area.title,
            "checks": checks.into_iter().map(described).collect::<Vec<_>>(),
            "left_out": left_out.collect::<Vec<_>>(),
        })
    });
    let list = json!({ "areas": areas.collect::<Vec<_>>() });
    serde_json::to_string_pretty(&list).unwrap_or_default() + "\n"
}

fn described(check: &Check) -> Value {
    let needs = check.needs.iter().map(|it| format!("{it:?}"));
    json!({
        "id": check.id,
        "line": check.line,
        "level": check.level,
        "source": check.source(),
        "rule": check.rule,
        "needs": needs.collect::<Vec<_>>(),
        "profiles": check.profiles,
    })
}

/// The areas of which something is to be listed.
fn areas(choice: &Choice) -> Vec<(&'static Area, Vec<&'static Check>)> {
    let areas = AREAS.iter().map(|area| {
        let checks = area.checks.iter().filter(|it| choice.lists(area, it));
        (area, checks.collect::<Vec<_>>())
    });
    let is_there = |(area, checks): &(&Area, Vec<&Check>)| {
        !checks.is_empty() || (choice.is_all() && !area.left_out.is_empty())
    };
    areas.filter(is_there).collect()
}

//! Scores as tables.

use super::{each, escaped};
use crate::report::score::Score;
use crate::report::{CheckResult, Report, title};

/// Areas by levels, and the RFCs' sections by levels.
pub(super) fn render(report: &Report) -> String {
    let areas = report.areas().into_iter().map(|area| {
        let name = format!(
            "<a href=\"#area-{0}\">{1}</a>",
            escaped(area),
            escaped(title(area))
        );
        (name, report.of_area(area).collect())
    });
    let areas = table(report, "Area", areas.collect());
    let mut sources: Vec<&str> = report.results.iter().map(|it| it.source.as_str()).collect();
    sources.sort_by_key(|it| place(it));
    sources.dedup();
    let sources = sources.into_iter().map(|source| {
        let results = report.results.iter().filter(|it| it.source == source);
        (escaped(source), results.collect())
    });
    let sources = table(report, "Section", sources.collect());
    format!(
        "<section>\n<h2>Scores</h2>\n{areas}<details class=\"plain\"><summary>By section of the RFCs</summary>\n{sources}</details>\n</section>\n"
    )
}

/// A source so that `§3.9` comes before `§3.10`, and the RFCs before what is none.
fn place(source: &str) -> (bool, Vec<u32>, &str) {
    let numbers = source
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|it| it.parse().ok());
    (!source.starts_with("RFC"), numbers.collect(), source)
}

fn table(report: &Report, what: &str, rows: Vec<(String, Vec<&CheckResult>)>) -> String {
    let levels = report.levels();
    let heads = each(&levels, |it| format!("<th scope=\"col\">{it}</th>"));
    let mut html = format!(
        "<div class=\"scroll\" role=\"region\" aria-label=\"Scores: {what} by level\" tabindex=\"0\"><table>\n<thead><tr><th scope=\"col\">{what}</th>{heads}<th scope=\"col\">not offered</th></tr></thead>\n<tbody>\n"
    );
    let row = |name: &str, results: &[&CheckResult]| {
        let cells = levels.iter().map(|level| {
            let of_level = results.iter().filter(|it| it.level == *level);
            cell(Score::of(of_level.copied()))
        });
        let not_offered = match Score::of(results.iter().copied()).not_offered {
            0 => "<td class=\"none\">–</td>".to_owned(),
            n => format!("<td>{n}</td>"),
        };
        let cells: String = cells.collect();
        format!("<tr><th scope=\"row\">{name}</th>{cells}{not_offered}</tr>\n")
    };
    for (name, results) in &rows {
        html += &row(name, results);
    }
    let all: Vec<&CheckResult> = report.results.iter().collect();
    html += &format!(
        "</tbody>\n<tfoot>{}</tfoot>\n</table></div>\n",
        row("All", &all).trim_end()
    );
    html
}

fn cell(score: Score) -> String {
    let class = match score {
        Score { of: 0, .. } => "none",
        Score { failed: 1.., .. } => "fails",
        score if score.is_full() => "pass",
        _ => "deviates",
    };
    format!("<td class=\"{class}\">{}</td>", score.fraction())
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn sections_are_in_the_order_of_the_rfc() {
        let mut sources = [
            "what okta sends",
            "RFC 7644 §3.10",
            "RFC 7644 §3.9",
            "RFC 7643 §4",
        ];
        sources.sort_by_key(|it| place(it));
        assert_eq!(
            sources,
            [
                "RFC 7643 §4",
                "RFC 7644 §3.9",
                "RFC 7644 §3.10",
                "what okta sends"
            ]
        );
    }
}

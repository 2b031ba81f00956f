//! For a terminal.

use super::cause::{Cause, causes, notes};
use super::paint::Paint;
use super::score::Score;
use super::words::{answer, diff, first_bytes, first_lines, harmless};
use super::{CheckResult, Outcome, Report, title};
use crate::check::Level;
use crate::exchange::Exchange;

/// How many causes are shown with their exchange; a longer text nobody reads.
const WITH_EXCHANGE: usize = 10;

/// The most lines of an answer, or of a difference, that are shown.
const LINES: usize = 30;

/// The most bytes of a command that are shown.
const COMMAND: usize = 1500;

/// How many ids are named where many checks have the same cause.
const NAMED: usize = 3;

/// The report as text; with colours if it is for a terminal.
pub fn render(report: &Report, colours: bool) -> String {
    let paint = Paint(colours);
    let mut text = head(report, paint);
    text += &scores(report, paint);
    text += &findings(report, paint);
    text += &unjudged(report, paint);
    text += &comparison(report, paint);
    text += &remarks(report, paint);
    let total = harmless(&report.total());
    let bad = report.count(Outcome::Fails) + report.count(Outcome::Broken) > 0;
    let total = match (bad, report.interrupted) {
        (true, _) => paint.red(&total),
        (_, true) => paint.yellow(&total),
        _ => paint.green(&total),
    };
    text + &format!("\n{}\n", paint.bold(&total))
}

fn head(report: &Report, paint: Paint) -> String {
    let title = format!("SCIM conformance of {}", harmless(&report.base_url));
    let mut facts = vec![
        report.started.clone(),
        format!("scim-conformance {}", report.version),
        format!("resource types {}", report.resource_types.join(", ")),
    ];
    if !report.profiles.is_empty() {
        let titles: Vec<&str> = report.profiles.iter().map(|it| it.title()).collect();
        facts.push(format!("profiles {}", titles.join(", ")));
    }
    let facts = harmless(&facts.join(" · "));
    let mut text = format!("\n{}\n{}\n", paint.bold(&title), paint.dim(&facts));
    if report.interrupted {
        let (done, planned) = (report.results.len(), report.planned);
        let words = format!("Interrupted after {done} of {planned} checks.");
        text += &format!("{}\n", paint.yellow(&words));
    }
    text
}

/// A line for each area.
fn scores(report: &Report, paint: Paint) -> String {
    let head = format!("{:44}{:>9}{:>9}{:>9}", "", "MUST", "SHOULD", "other");
    let mut text = format!("\n{}\n", paint.dim(&head));
    for area in report.areas() {
        let results: Vec<&CheckResult> = report.of_area(area).collect();
        text += &score_line(title(area), &results, paint);
    }
    text
}

fn score_line(name: &str, results: &[&CheckResult], paint: Paint) -> String {
    let of = |wanted: &dyn Fn(Level) -> bool| {
        let results = results.iter().filter(|it| wanted(it.level));
        Score::of(results.copied())
    };
    let all = of(&|_| true);
    let columns = [
        of(&|level| level == Level::Must),
        of(&|level| level == Level::Should),
        of(&|level| !matches!(level, Level::Must | Level::Should)),
    ];
    let columns = columns.map(|score| {
        let fraction = format!("{:>9}", score.fraction());
        match score {
            Score { of: 0, .. } => paint.dim(&fraction),
            Score { failed: 1.., .. } => paint.red(&fraction),
            score if score.is_full() => paint.green(&fraction),
            _ => paint.yellow(&fraction),
        }
    });
    let not_offered = match all.not_offered {
        0 => String::new(),
        n => paint.dim(&format!("   {n} not offered")),
    };
    let name = harmless(name);
    format!(
        "{name:33} {}{}{not_offered}\n",
        bar(all, paint),
        columns.concat()
    )
}

/// Ten cells; only what passes whole fills them all.
fn bar(score: Score, paint: Paint) -> String {
    if score.of == 0 {
        return paint.dim("··········");
    }
    let cells = score.passed * 10 / score.of;
    let full = "█".repeat(cells);
    let full = match score {
        Score { failed: 1.., .. } => paint.red(&full),
        score if score.is_full() => paint.green(&full),
        _ => paint.yellow(&full),
    };
    format!("{full}{}", paint.dim(&"░".repeat(10 - cells)))
}

fn heading(text: &str, paint: Paint) -> String {
    format!("\n{}\n", paint.bold(text))
}

/// What is not as it must or should be, the most binding first.
fn findings(report: &Report, paint: Paint) -> String {
    let causes = causes(report, &[Outcome::Fails, Outcome::Deviates]);
    if causes.is_empty() {
        return String::new();
    }
    let mut text = heading("What to fix first", paint);
    for (n, cause) in causes.iter().enumerate() {
        text += &finding(n + 1, cause, n < WITH_EXCHANGE, paint);
    }
    if causes.len() > WITH_EXCHANGE {
        let words = "The other exchanges are in the report of --output report.html.";
        text += &format!("\n{}\n", paint.dim(words));
    }
    text
}

fn finding(n: usize, cause: &Cause<'_>, with_exchange: bool, paint: Paint) -> String {
    let result = cause.first;
    let level = format!("{:6}", result.level.name());
    let level = match result.outcome {
        Outcome::Fails => paint.red(&level),
        _ => paint.yellow(&level),
    };
    let place = format!("{} · {} · {}", result.source, result.line, result.id);
    let mut text = format!(
        "\n{n:>3}  {} {}\n     {}\n",
        paint.bold(&level),
        paint.bold(&harmless(&result.rule)),
        paint.dim(&harmless(&place)),
    );
    let Some(finding) = &result.finding else {
        return text;
    };
    for (word, value) in [
        ("expected", paint.green(&harmless(&finding.expected))),
        ("got     ", paint.red(&harmless(&finding.actual))),
    ] {
        text += &format!("     {word}  {value}\n");
    }
    for other in &cause.others {
        // a rule that ran for several resource types is said once
        let words = if other.rule == result.rule {
            other.id.clone()
        } else {
            format!("{} ({})", other.rule, other.id)
        };
        text += &format!("     the same  {}\n", paint.dim(&harmless(&words)));
    }
    if with_exchange && let Some(exchange) = result.shown() {
        text += &indented(&shown(exchange, paint));
    }
    if let Some(values) = &finding.diff {
        let lines = diff(values);
        let lines: Vec<String> = lines
            .iter()
            .take(LINES)
            .map(|(mark, line)| {
                let line = harmless(&format!("{mark} {line}"));
                match mark {
                    '-' => paint.green(&line),
                    '+' => paint.red(&line),
                    _ => line,
                }
            })
            .collect();
        let legend = paint.dim("- expected, + got");
        text += &indented(&format!("{legend}\n{}", lines.join("\n")));
    }
    text
}

/// A request as a command, and its answer.
fn shown(exchange: &Exchange, paint: Paint) -> String {
    let command = harmless(&exchange.curl());
    let (command, more) = first_bytes(&command, COMMAND);
    let mut text = paint.cyan(command);
    if more > 0 {
        text += &format!("\n… {more} bytes more");
    }
    let answer = match &exchange.answer {
        Ok(received) => harmless(&answer(received, false)),
        Err(error) => harmless(error),
    };
    let (lines, more) = first_lines(&answer, LINES);
    text += &format!("\n\n{}", lines.join("\n"));
    if more > 0 {
        text += &format!("\n… {more} lines more");
    }
    text
}

/// An empty line, and the text with an indent.
fn indented(text: &str) -> String {
    let lines = text.lines().map(|line| match line {
        "" => "\n".to_owned(),
        line => format!("     {line}\n"),
    });
    format!("\n{}", lines.collect::<String>())
}

/// What is blocked or broken, a line for each cause.
fn unjudged(report: &Report, paint: Paint) -> String {
    let mut text = String::new();
    for (title, outcome) in [
        ("Blocked: what these need failed", Outcome::Blocked),
        ("Broken: the fault is of this suite", Outcome::Broken),
    ] {
        let causes = causes(report, &[outcome]);
        if !causes.is_empty() {
            text += &heading(title, paint);
        }
        for cause in causes {
            let count = match cause.count() {
                1 => "1 check".to_owned(),
                n => format!("{n} checks"),
            };
            let words = harmless(&cause.first.words());
            let all = [&[cause.first][..], &cause.others].concat();
            text += &format!("  {}  {words}\n", paint.yellow(&format!("{count:>10}")));
            text += &format!("              {}\n", paint.dim(&named(&all)));
        }
    }
    text
}

/// The ids of a few checks.
fn named(results: &[&CheckResult]) -> String {
    let ids: Vec<&str> = results
        .iter()
        .take(NAMED)
        .map(|it| it.id.as_str())
        .collect();
    let ids = harmless(&ids.join(", "));
    match results.len().saturating_sub(NAMED) {
        0 => ids,
        more => format!("{ids} and {more} more"),
    }
}

fn comparison(report: &Report, paint: Paint) -> String {
    let Some(comparison) = &report.comparison else {
        return String::new();
    };
    let title = format!(
        "Compared with the report of {}",
        harmless(&comparison.before)
    );
    let mut text = heading(&title, paint);
    for (words, changes) in comparison.parts() {
        text += &format!("  {:>4}  {words}\n", changes.len());
        for change in changes {
            let line = harmless(&format!("{}: {}", change.id, change.words()));
            text += &format!("        {}\n", paint.dim(&line));
        }
    }
    text
}

/// What was assumed, and what checks remark.
fn remarks(report: &Report, paint: Paint) -> String {
    let notes = notes(report);
    if notes.is_empty() && report.assumptions.is_empty() {
        return String::new();
    }
    let mut text = heading("Notes", paint);
    for assumption in &report.assumptions {
        text += &format!("  - {}\n", harmless(assumption));
    }
    for (note, results) in notes {
        text += &format!(
            "  - {} {}\n",
            harmless(&note),
            paint.dim(&format!("({})", named(&results)))
        );
    }
    text
}

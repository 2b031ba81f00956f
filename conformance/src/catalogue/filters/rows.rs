//! Tables of filters, and the users that each must find.

use crate::answer::Answer;
use crate::check::{Stop, Verdict};
use crate::lab::Lab;
use crate::population::{Expected, Found, People};

/// A filter, and the names of those it must find: `ada bo ?dee`, where the RFC leaves it open
/// whether it finds `dee`.
pub(super) type Row<'a> = (&'a str, &'a str);

/// Most filters that a finding tells of.
const MOST_TOLD: usize = 5;

/// How a table is asked.
#[derive(Clone, Copy)]
struct Manner {
    /// As they are, not limited to our own users.
    bare: bool,
    /// Whether a refusal is right too: Table 9 lets servers refuse with invalidFilter what they do
    /// not support of "attribute and filter comparison combination".
    refusable: bool,
}

/// Asks each filter, limited to our own users; all must find whom they describe.
pub(super) fn finds(lab: &Lab<'_>, rows: &[Row<'_>]) -> Verdict {
    finds_among(lab, lab.people()?, rows)
}

/// The same among other users.
pub(super) fn finds_among(lab: &Lab<'_>, people: &People, rows: &[Row<'_>]) -> Verdict {
    judge(
        lab,
        people,
        rows,
        Manner {
            bare: false,
            refusable: false,
        },
    )
}

/// Asks each filter as it is; it must be one that finds none but our own users.
pub(super) fn finds_bare(lab: &Lab<'_>, rows: &[Row<'_>]) -> Verdict {
    judge(
        lab,
        lab.people()?,
        rows,
        Manner {
            bare: true,
            refusable: false,
        },
    )
}

/// Asks each filter, limited to our own users; it may be refused as not supported.
pub(super) fn finds_if_taken(lab: &Lab<'_>, rows: &[Row<'_>]) -> Verdict {
    judge(
        lab,
        lab.people()?,
        rows,
        Manner {
            bare: false,
            refusable: true,
        },
    )
}

fn judge(lab: &Lab<'_>, people: &People, rows: &[Row<'_>], manner: Manner) -> Verdict {
    let mut tally = Tally::default();
    for (filter, names) in rows {
        let Some(filter) = people.fill(filter) else {
            continue;
        };
        let Some(expected) = people.expected(&filter)? else {
            continue;
        };
        // the schemas that this server publishes may give a filter another meaning
        if !agree(names, &expected) {
            lab.note(format!("not judged, as the server's schema gives it another meaning than the RFC's: `{filter}`"));
            continue;
        }
        let found = if manner.bare {
            people.ask(lab, Some(&filter))?
        } else {
            people.find(lab, &filter)?
        };
        tally.count(people, &filter, &expected, found, manner.refusable);
    }
    tally.verdict(lab)
}

/// Whether the table and the evaluator are of one opinion.
pub(super) fn agree(names: &str, expected: &Expected) -> bool {
    let must = expected.must.iter().map(|it| (*it).to_owned());
    let may = expected.may.iter().map(|it| format!("?{it}"));
    let mut computed: Vec<String> = must.chain(may).collect();
    let mut written: Vec<&str> = names.split_whitespace().collect();
    computed.sort();
    written.sort_unstable();
    computed == written
}

/// Sends filters that must be refused with 400 and `invalidFilter`, where the server's User has
/// this attribute; the keyword may be left out, as it is optional (RFC 7644 §3.12).
pub(super) fn refuses(lab: &Lab<'_>, filters: &[&str], attribute: &str) -> Verdict {
    let Some(kind) = lab
        .server
        .user()
        .filter(|it| it.schema.attribute(attribute).is_some())
    else {
        return Err(Stop::NotOffered(format!(
            "the server's User has no {attribute}"
        )));
    };
    let mut wrong: Vec<(String, Answer)> = Vec::new();
    for filter in filters {
        let answer = lab.list(&kind.endpoint, &[("filter", filter), ("count", "1")])?;
        if answer.status == 400 && answer.text_at("scimType").is_empty() {
            lab.note("a bad filter is refused without the keyword invalidFilter");
        } else if answer.clone().refused(400, "invalidFilter").is_err() {
            let came = match answer.status {
                200 => "200".to_owned(),
                _ => answer.summary(),
            };
            wrong.push((format!("`{filter}`: {came}"), answer));
        }
    }
    let Some((_, first)) = wrong.first() else {
        return Ok(());
    };
    let told: Vec<&str> = wrong.iter().map(|(words, _)| words.as_str()).collect();
    Err(first.wrong(
        "status 400 with scimType invalidFilter for each of these filters",
        format!(
            "{} of {} are answered otherwise: {}",
            wrong.len(),
            filters.len(),
            told.join("; ")
        ),
    ))
}

/// What came of the filters of a table.
#[derive(Default)]
pub(super) struct Tally {
    right: usize,
    refused: Vec<String>,
    wrong: Vec<(String, String, Answer)>,
}

impl Tally {
    /// Counts what a filter found.
    pub(super) fn count(
        &mut self,
        people: &People,
        filter: &str,
        expected: &Expected,
        found: Found,
        refusable: bool,
    ) {
        let shown = filter.replace(&people.tag, "…");
        let answer = found.answer;
        let kind = answer.text_at("scimType");
        let refused =
            answer.status == 501 || (answer.status == 400 && matches!(kind, "" | "invalidFilter"));
        if refused && refusable {
            self.refused.push(shown);
            return;
        }
        if answer.status != 200 {
            let actual = answer.summary();
            self.wrong.push((
                format!("`{shown}` to find {}", listed(&expected.must)),
                actual,
                answer,
            ));
            return;
        }
        let mut once = found.names.clone();
        once.sort_unstable();
        once.dedup();
        let complete = expected.must.iter().all(|it| once.contains(it));
        let no_other = once
            .iter()
            .all(|it| expected.must.contains(it) || expected.may.contains(it));
        if complete && no_other && once.len() == found.names.len() {
            self.right += 1;
            return;
        }
        let open = match expected.may.as_slice() {
            [] => String::new(),
            may => format!(" (and perhaps {})", listed(may)),
        };
        let wanted = format!("`{shown}` to find {}{open}", listed(&expected.must));
        self.wrong.push((wanted, listed(&found.names), answer));
    }

    /// The verdict on all of them.
    pub(super) fn verdict(self, lab: &Lab<'_>) -> Verdict {
        if !self.refused.is_empty() {
            lab.note(format!(
                "refused as not supported: `{}`",
                self.refused.join("`, `")
            ));
        }
        let asked = self.right + self.wrong.len();
        if asked == 0 && !self.refused.is_empty() {
            return Err(Stop::NotOffered(
                "all of these filters are refused as not supported (Table 9, invalidFilter)"
                    .to_owned(),
            ));
        }
        if asked == 0 {
            return Err(Stop::NotOffered("the server's User has none of the attributes that this needs, or keeps them otherwise than they are sent".to_owned()));
        }
        let Some((expected, actual, answer)) = self.wrong.first() else {
            return Ok(());
        };
        let more = self.wrong.iter().skip(1).take(MOST_TOLD - 1);
        let more: Vec<String> = more
            .map(|(expected, actual, _)| format!("expected {expected}, got {actual}"))
            .collect();
        let actual = match self.wrong.len() {
            1 => actual.clone(),
            wrong => format!(
                "{actual}; {wrong} of {asked} filters are wrong: {}",
                more.join("; ")
            ),
        };
        Err(answer.wrong(expected.as_str(), actual))
    }
}

fn listed(names: &[&str]) -> String {
    match names {
        [] => "nobody".to_owned(),
        names => names.join(", "),
    }
}

use std::collections::{BTreeMap, BTreeSet};

use super::Client;

/// What `/metrics` says, read strictly (OpenMetrics 1.0).
#[derive(Debug, Default)]
pub(crate) struct Exposition {
    /// Families by name, with their types.
    pub(crate) families: BTreeMap<String, String>,
    samples: BTreeMap<Series, f64>,
}

/// Name and labels of a sample.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) labels: BTreeMap<String, String>,
}

impl Client {
    /// Reads the counters.
    pub(crate) async fn metrics(&self) -> Exposition {
        let answer = self.without_token().get("/metrics").await.is(200);
        Exposition::parse(&answer.text)
    }
}

impl Exposition {
    /// Reads each line of an exposition.
    ///
    /// # Panics
    /// If a line is not as the format has it.
    #[track_caller]
    pub(crate) fn parse(text: &str) -> Self {
        let mut read = Self::default();
        let lines = text.strip_suffix("# EOF\n").expect("# EOF is the end");
        let (mut family, mut told) = (String::new(), BTreeSet::new());
        for line in lines.lines() {
            let Some(metadata) = line.strip_prefix("# ") else {
                read.sample(line, &family);
                continue;
            };
            let mut words = metadata.splitn(3, ' ');
            let mut word = || words.next().unwrap_or_else(|| panic!("too short: {line}"));
            let (what, name, rest) = (word(), word(), word());
            if name != family {
                let is_new = !read.families.contains_key(name);
                assert!(is_new, "a family in two places: {line}");
                name.clone_into(&mut family);
                told.clear();
                read.families.insert(name.to_owned(), String::new());
            }
            assert!(told.insert(what.to_owned()), "said twice: {line}");
            match what {
                "TYPE" => {
                    let known = ["counter", "gauge", "histogram", "info"].contains(&rest);
                    assert!(known, "no type: {line}");
                    read.families.insert(name.to_owned(), rest.to_owned());
                }
                "UNIT" => assert!(name.ends_with(&format!("_{rest}")), "{line}"),
                "HELP" => assert!(!rest.is_empty(), "{line}"),
                _ => panic!("no metadata: {line}"),
            }
        }
        read.check_histograms();
        read
    }

    #[track_caller]
    fn sample(&mut self, line: &str, family: &str) {
        let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line}"));
        let (name, labels) = match series.split_once('{') {
            Some((name, rest)) => {
                let labels = rest.strip_suffix('}');
                (
                    name,
                    labels_in(labels.unwrap_or_else(|| panic!("no end: {line}"))),
                )
            }
            None => (series, BTreeMap::new()),
        };
        let kind = self.families.get(family).map_or("", String::as_str);
        let suffixes: &[&str] = match kind {
            "counter" => &["_total", "_created"],
            "gauge" => &[""],
            "histogram" => &["_bucket", "_count", "_sum", "_created"],
            "info" => &["_info"],
            _ => panic!("a sample of no type: {line}"),
        };
        let suffix = name.strip_prefix(family);
        assert!(
            suffix.is_some_and(|it| suffixes.contains(&it)),
            "not of {family}: {line}"
        );
        assert!(
            labels.contains_key("le") == (suffix == Some("_bucket")),
            "{line}"
        );
        let value: f64 = value.parse().unwrap_or_else(|_| panic!("{line}"));
        assert!(value.is_finite(), "{line}");
        assert!(kind == "gauge" || value >= 0.0, "less than nothing: {line}");
        let name = name.to_owned();
        let before = self.samples.insert(Series { name, labels }, value);
        assert_eq!(before, None, "twice: {line}");
    }

    /// Asserts that buckets count up, to all that there are.
    #[track_caller]
    fn check_histograms(&self) {
        let mut buckets: BTreeMap<Series, Vec<(f64, f64)>> = BTreeMap::new();
        for (series, value) in &self.samples {
            if let Some(name) = series.name.strip_suffix("_bucket") {
                let mut labels = series.labels.clone();
                let le = labels.remove("le").unwrap_or_default();
                let le: f64 = le.parse().unwrap_or_else(|_| panic!("{series:?}"));
                let name = format!("{name}_count");
                buckets
                    .entry(Series { name, labels })
                    .or_default()
                    .push((le, *value));
            }
        }
        for (count, mut buckets) in buckets {
            buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
            assert!(buckets.is_sorted_by(|a, b| a.1 <= b.1), "{count:?}");
            let last = buckets.last().copied();
            assert_eq!(
                last,
                self.samples.get(&count).map(|all| (f64::INFINITY, *all))
            );
        }
    }

    /// All series, without what they count.
    pub(crate) fn series(&self) -> BTreeSet<Series> {
        self.samples.keys().cloned().collect()
    }

    /// The sum of a name's samples that have these labels.
    pub(crate) fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let samples = self.samples.iter().filter(|(series, _)| {
            let has =
                |label: &(&str, &str)| series.labels.get(label.0).is_some_and(|it| it == label.1);
            series.name == name && labels.iter().all(has)
        });
        samples.map(|(_, value)| value).sum()
    }
}

/// Reads `name="value",…` with `\\`, `\"` and `\n` in values.
#[track_caller]
fn labels_in(text: &str) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (name, value) = rest.split_once("=\"").unwrap_or_else(|| panic!("{text}"));
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        assert!(!name.is_empty() && name.chars().all(is_name), "{text}");
        let (mut read, mut characters) = (String::new(), value.char_indices());
        let end = loop {
            match characters.next().unwrap_or_else(|| panic!("{text}")) {
                (end, '"') => break end,
                (_, '\\') => match characters.next() {
                    Some((_, 'n')) => read.push('\n'),
                    Some((_, c @ ('\\' | '"'))) => read.push(c),
                    _ => panic!("{text}"),
                },
                (_, c) => read.push(c),
            }
        };
        let before = labels.insert(name.to_owned(), read);
        assert_eq!(before, None, "a label twice: {text}");
        rest = &value[end + 1..];
        if let Some(more) = rest.strip_prefix(',') {
            assert!(!more.is_empty(), "{text}");
            rest = more;
        } else {
            assert_eq!(rest, "", "{text}");
        }
    }
    labels
}

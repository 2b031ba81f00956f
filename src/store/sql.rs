//! SQL text with its arguments, built piece by piece. Values are only ever bound.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use uuid::Uuid;

/// A value that is bound to a statement.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Arg {
    Int(i64),
    Text(String),
    Id(Uuid),
    NoInt,
    NoText,
    NoId,
    /// A list; only PostgreSQL takes one.
    Many(Column),
}

impl From<i64> for Arg {
    fn from(n: i64) -> Self {
        Self::Int(n)
    }
}

impl From<&str> for Arg {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Arg {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Uuid> for Arg {
    fn from(id: Uuid) -> Self {
        Self::Id(id)
    }
}

impl From<Option<i64>> for Arg {
    fn from(n: Option<i64>) -> Self {
        n.map_or(Self::NoInt, Self::Int)
    }
}

impl From<Option<String>> for Arg {
    fn from(text: Option<String>) -> Self {
        text.map_or(Self::NoText, Self::Text)
    }
}

impl From<Option<Uuid>> for Arg {
    fn from(id: Option<Uuid>) -> Self {
        id.map_or(Self::NoId, Self::Id)
    }
}

/// A list of values of one kind, one for each of many rows.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Column {
    Ints(Vec<i64>),
    Texts(Vec<String>),
    Ids(Vec<Uuid>),
    /// Some of them none.
    MaybeTexts(Vec<Option<String>>),
    MaybeIds(Vec<Option<Uuid>>),
}

/// Columns of rows, by name.
pub(super) type Columns = Vec<(&'static str, Column)>;

impl Column {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Ints(values) => values.len(),
            Self::Texts(values) => values.len(),
            Self::Ids(values) => values.len(),
            Self::MaybeTexts(values) => values.len(),
            Self::MaybeIds(values) => values.len(),
        }
    }

    /// How many bytes of text there are.
    fn bytes(&self) -> usize {
        match self {
            Self::Texts(values) => values.iter().map(String::len).sum(),
            Self::MaybeTexts(values) => values.iter().flatten().map(String::len).sum(),
            Self::Ints(_) | Self::Ids(_) | Self::MaybeIds(_) => 0,
        }
    }

    pub(super) fn arg(&self, row: usize) -> Option<Arg> {
        match self {
            Self::Ints(values) => values.get(row).copied().map(Arg::Int),
            Self::Texts(values) => values.get(row).cloned().map(Arg::Text),
            Self::Ids(values) => values.get(row).copied().map(Arg::Id),
            Self::MaybeTexts(values) => values.get(row).cloned().map(Arg::from),
            Self::MaybeIds(values) => values.get(row).copied().map(Arg::from),
        }
    }

    /// Appends the values of a column of the same kind.
    fn extend(&mut self, other: Self) {
        match (self, other) {
            (Self::Ints(values), Self::Ints(more)) => values.extend(more),
            (Self::Texts(values), Self::Texts(more)) => values.extend(more),
            (Self::Ids(values), Self::Ids(more)) => values.extend(more),
            (Self::MaybeTexts(values), Self::MaybeTexts(more)) => values.extend(more),
            (Self::MaybeIds(values), Self::MaybeIds(more)) => values.extend(more),
            (_, _) => unreachable!("a column of a table is of one kind"),
        }
    }
}

/// A statement, or a part of one: text with a `?` where each argument stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Sql {
    text: String,
    pub(super) args: Vec<Arg>,
}

impl Sql {
    pub(super) fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            args: Vec::new(),
        }
    }

    /// Appends text of ours. It has no `?`, unless for an argument that is appended next.
    pub(super) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Appends a place for an argument, and the argument.
    pub(super) fn bind(&mut self, value: impl Into<Arg>) -> &mut Self {
        self.args.push(value.into());
        self.text.push('?');
        self
    }

    /// Appends another part with its arguments.
    pub(super) fn append(&mut self, part: Self) -> &mut Self {
        self.text.push_str(&part.text);
        self.args.extend(part.args);
        self
    }

    /// Returns the text with its arguments numbered `$1`, `$2` …, which both databases read.
    pub(super) fn text(&self) -> String {
        let mut pieces = self.text.split('?');
        let mut text = pieces.next().unwrap_or_default().to_owned();
        for (n, piece) in pieces.enumerate() {
            let _ = write!(text, "${}{piece}", n + 1);
        }
        text
    }
}

/// A change of rows, whose only result is how many it touched. Steps that are alike can become
/// one, whoever wanted them.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Insert(Rows),
    /// In the rows whose columns are equal to `key`, others become what `set` says.
    Update {
        table: &'static str,
        key: Columns,
        set: Columns,
    },
    /// Rows to delete: those whose columns are equal to these.
    Delete(&'static str, Columns),
    /// The groups that these resources are members of get a new version, for they are to go.
    Leave {
        members: Vec<i64>,
        now: i64,
    },
    /// What changes counters of `resource_counts`.
    Count(Counts),
}

/// What an insertion ends with that leaves out what a unique index has already.
pub(super) const UNLESS_THERE: &str = " ON CONFLICT DO NOTHING";

/// Rows to insert into a table.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    pub(super) table: &'static str,
    pub(super) columns: Columns,
    /// Those that a unique index has already are left out. PostgreSQL looks for each before it
    /// inserts it then, which is a fifth of what rows cost that cannot be there.
    pub(super) may_be_there: bool,
}

impl Rows {
    /// Rows that cannot be there already.
    pub(super) fn new(table: &'static str, columns: Columns) -> Self {
        Self {
            table,
            columns,
            may_be_there: false,
        }
    }
}

/// By how much counters change: of an organization and a type, each in one of its parts.
#[derive(Clone, Debug)]
pub(super) struct Counts(BTreeMap<[i64; 2], (i64, i64)>);

impl Counts {
    /// What an insertion of [`Counts::columns`] ends with.
    pub(super) const ADD: &str =
        " ON CONFLICT (organization, type, shard) DO UPDATE SET n = resource_counts.n + excluded.n";

    pub(super) fn new(organization: i64, kind: i64, shard: i64, change: i64) -> Self {
        Self(BTreeMap::from([([organization, kind], (shard, change))]))
    }

    /// Adds what others change, in the part that is changed anyway.
    fn join(&mut self, others: Self) {
        for (of, (shard, change)) in others.0 {
            self.0.entry(of).or_insert((shard, 0)).1 += change;
        }
    }

    pub(super) fn columns(&self) -> Columns {
        let column = |value: fn(&[i64; 2], &(i64, i64)) -> i64| {
            Column::Ints(self.0.iter().map(|(of, by)| value(of, by)).collect())
        };
        vec![
            ("organization", column(|of, _| of[0])),
            ("type", column(|of, _| of[1])),
            ("shard", column(|_, by| by.0)),
            ("n", column(|_, by| by.1)),
        ]
    }
}

/// What tells steps that are not alike: the kind of step, its table and columns.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Likeness {
    kind: u8,
    table: &'static str,
    columns: Vec<&'static str>,
    may_be_there: bool,
}

impl Step {
    /// The columns in which it has rows.
    fn columns(&self) -> Vec<&Columns> {
        match self {
            Self::Insert(rows) => vec![&rows.columns],
            Self::Update { key, set, .. } => vec![key, set],
            Self::Delete(_, columns) => vec![columns],
            Self::Leave { .. } | Self::Count(_) => Vec::new(),
        }
    }

    /// How many bytes of text it has.
    pub(super) fn bytes(&self) -> usize {
        let columns = self.columns().into_iter().flatten();
        columns.map(|(_, column)| column.bytes()).sum()
    }

    /// What this step has in common with those that can be joined to it.
    pub(super) fn likeness(&self) -> Likeness {
        let (kind, table, may_be_there) = match self {
            Self::Insert(rows) => (0, rows.table, rows.may_be_there),
            Self::Update { table, .. } => (1, *table, false),
            Self::Delete(table, _) => (2, *table, false),
            Self::Leave { .. } => (3, "resources", false),
            Self::Count(_) => (4, "resource_counts", false),
        };
        let columns = self.columns().into_iter().flatten();
        Likeness {
            kind,
            table,
            columns: columns.map(|(name, _)| *name).collect(),
            may_be_there,
        }
    }

    /// Does what a step that is like this one does too.
    pub(super) fn join(&mut self, later: Self) {
        match (self, later) {
            (Self::Insert(rows), Self::Insert(others)) => join(&mut rows.columns, others.columns),
            (
                Self::Update { key, set, .. },
                Self::Update {
                    key: keys,
                    set: sets,
                    ..
                },
            ) => {
                join(key, keys);
                join(set, sets);
            }
            (Self::Delete(_, columns), Self::Delete(_, others)) => join(columns, others),
            (
                Self::Leave { members, now },
                Self::Leave {
                    members: more,
                    now: later,
                },
            ) => {
                members.extend(more);
                *now = later.max(*now);
            }
            (Self::Count(counts), Self::Count(others)) => counts.join(others),
            (_, _) => unreachable!("only steps that are alike are joined"),
        }
    }
}

/// Appends rows of the same columns.
fn join(columns: &mut Columns, others: Columns) {
    for ((_, column), (_, other)) in columns.iter_mut().zip(others) {
        column.extend(other);
    }
}

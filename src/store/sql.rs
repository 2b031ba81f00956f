//! SQL text with its arguments, built piece by piece. Values are only ever bound.

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

    /// A statement with a `?` for each of its arguments, in the order in which they stand.
    pub(super) fn with<const N: usize>(text: &str, args: [Arg; N]) -> Self {
        Self {
            text: text.to_owned(),
            args: args.into(),
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

    /// Returns the text with a `?` for each argument, which SQLite reads.
    pub(super) fn raw_text(&self) -> &str {
        &self.text
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

/// A statement that changes rows, whose only result is how many.
#[derive(Debug)]
pub(super) enum Step {
    Run(Sql),
    /// The insertion of one row, whose `pk` other steps refer to.
    New(&'static str, Columns),
    Insert(Rows),
    /// Rows to delete: those whose columns are equal to these.
    Delete(&'static str, Columns),
    /// What changes a counter of [`resource_counts`](COUNT).
    Count {
        /// Organization, type, shard.
        of: [i64; 3],
        change: i64,
    },
}

/// What an insertion ends with that leaves out what a unique index has already.
pub(super) const UNLESS_THERE: &str = " ON CONFLICT DO NOTHING";

/// Rows to insert into a table.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) table: &'static str,
    pub(super) columns: Columns,
    /// Their `pk` is that of the new row among the same steps.
    pub(super) refer: bool,
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
            refer: false,
            may_be_there: false,
        }
    }

    fn is_like(&self, later: &Self) -> bool {
        let names = |rows: &Self| -> Vec<&str> { rows.columns.iter().map(|it| it.0).collect() };
        let of = |rows: &Self| (rows.table, rows.refer, rows.may_be_there);
        of(self) == of(later) && names(self) == names(later)
    }
}

const COUNT: &str = "INSERT INTO resource_counts (organization, type, shard, n) VALUES (?, ?, ?, ?)
                     ON CONFLICT (organization, type, shard) DO UPDATE SET n = resource_counts.n + excluded.n";

impl Step {
    /// A statement with a `?` for each of its arguments, in the order in which they stand.
    pub(super) fn run<const N: usize>(text: &str, args: [Arg; N]) -> Self {
        Self::Run(Sql::with(text, args))
    }

    /// The statement that changes a counter.
    pub(super) fn counting([organization, kind, shard]: [i64; 3], change: i64) -> Sql {
        Sql::with(COUNT, [organization, kind, shard, change].map(Arg::Int))
    }

    /// True if [`Step::join`] makes one step of this one and a later one.
    pub(super) fn is_like(&self, later: &Self) -> bool {
        match (self, later) {
            (Self::Insert(rows), Self::Insert(others)) => rows.is_like(others),
            (Self::Count { of, .. }, Self::Count { of: other, .. }) => of == other,
            (_, _) => false,
        }
    }

    /// Does what a step that is like this one does too.
    pub(super) fn join(&mut self, later: Self) {
        match (self, later) {
            (Self::Insert(rows), Self::Insert(others)) => {
                for ((_, column), (_, other)) in rows.columns.iter_mut().zip(others.columns) {
                    column.extend(other);
                }
            }
            (Self::Count { change, .. }, Self::Count { change: more, .. }) => *change += more,
            (_, _) => unreachable!("only steps that are alike are joined"),
        }
    }
}

//! Steps that wait to become one statement.

use std::collections::HashSet;

use super::super::error::StoreError;
use super::super::sql::{Column, Likeness, Step};
use super::steps::Form;

/// How many rows a step must touch, and what it means if it touches fewer.
pub(super) type Expected = (u64, StoreError);

/// Steps that wait, with what is expected of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Deferred {
    steps: Vec<Waiting>,
    /// How rows are given to the statement.
    pub(super) form: Form,
}

#[derive(Clone, Debug)]
struct Waiting {
    likeness: Likeness,
    step: Step,
    expected: Option<Expected>,
}

impl Deferred {
    /// Adds a step, as a part of one that is like it and of which the same is expected, if there
    /// is one: what fifty creations do is a statement as short as what one does.
    pub(super) fn push(&mut self, step: Step, expected: Option<Expected>) {
        self.add(Waiting {
            likeness: step.likeness(),
            step,
            expected,
        });
    }

    fn add(&mut self, later: Waiting) {
        let alike = |first: &&mut Waiting| first.likeness == later.likeness;
        for first in self.steps.iter_mut().filter(alike) {
            match (&mut first.expected, &later.expected) {
                (None, None) => return first.step.join(later.step),
                (Some((least, otherwise)), Some((more, other))) if otherwise == other => {
                    *least += more;
                    return first.step.join(later.step);
                }
                (_, _) => {}
            }
        }
        self.steps.push(later);
    }

    /// All that these do. In whatever order they came, the steps are in the same: the same
    /// steps are the same statement.
    pub(super) fn joined<'d>(changes: impl Iterator<Item = &'d Self>) -> Self {
        let mut all = Self {
            form: Form::Lists,
            ..Self::default()
        };
        for step in changes.flat_map(|change| &change.steps) {
            all.add(step.clone());
        }
        let place = |step: &Waiting| (step.likeness.clone(), step.expected.is_some());
        all.steps.sort_by_cached_key(place);
        all
    }

    pub(super) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.steps.clear();
    }

    /// The keys of the resources whose rows are changed, which must not be changed twice at once.
    pub(super) fn changed(&self) -> HashSet<i64> {
        let mut changed = HashSet::new();
        for Waiting { step, .. } in &self.steps {
            let (Step::Update { key, .. } | Step::Delete("resources", key)) = step else {
                continue;
            };
            for (_, column) in key.iter().filter(|(name, _)| *name == "pk") {
                if let Column::Ints(keys) = column {
                    changed.extend(keys);
                }
            }
        }
        changed
    }

    /// How many bytes of text there are.
    pub(super) fn bytes(&self) -> usize {
        self.steps.iter().map(|waiting| waiting.step.bytes()).sum()
    }

    pub(super) fn into_parts(self) -> (Vec<Step>, Vec<Option<Expected>>) {
        let parts = |waiting: Waiting| (waiting.step, waiting.expected);
        self.steps.into_iter().map(parts).unzip()
    }
}

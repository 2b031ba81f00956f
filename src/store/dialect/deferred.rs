//! Steps that wait to become one statement.

use super::super::error::StoreError;
use super::super::sql::Step;

/// How many rows a step must touch, and what it means if it touches fewer.
pub(super) type Expected = (u64, StoreError);

/// Steps that wait, with what is expected of them.
#[derive(Default)]
pub(super) struct Deferred(Vec<(Step, Option<Expected>)>);

impl Deferred {
    /// Adds a step, as a part of one that is like it and of which the same is expected, if there
    /// is one: what fifty creations do is a statement as short as what one does.
    pub(super) fn push(&mut self, step: Step, expected: Option<Expected>) {
        let alike = |(first, _): &&mut (Step, _)| first.is_like(&step);
        for (first, already) in self.0.iter_mut().filter(alike) {
            match (already, &expected) {
                (None, None) => return first.join(step),
                (Some((least, otherwise)), Some((more, other))) if otherwise == other => {
                    *least += more;
                    return first.join(step);
                }
                (_, _) => {}
            }
        }
        self.0.push((step, expected));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// True if the row of a new resource waits that others refer to.
    pub(super) fn has_new(&self) -> bool {
        let is_new = |(step, _): &(Step, _)| matches!(step, Step::New(..));
        self.0.iter().any(is_new)
    }

    pub(super) fn into_parts(self) -> (Vec<Step>, Vec<Option<Expected>>) {
        self.0.into_iter().unzip()
    }
}

//! Keys of resources that are yet to come.
//!
//! # Why
//! A row whose key is known before it is inserted can be referred to at once, so that a creation
//! is one statement, and many creations are one as well. A journey for each key would cost as
//! much as that saves, so they are set aside by the hundred; those that are left when the process
//! ends are nobody's.

use std::sync::{Mutex, PoisonError};

/// Keys that are set aside, the next one last.
#[derive(Default)]
pub(super) struct Keys(Mutex<Vec<i64>>);

impl Keys {
    /// Sets keys aside, the largest first.
    pub(super) const SET_ASIDE: &str = "SELECT nextval(pg_get_serial_sequence('resources', 'pk')) FROM generate_series(1, 100) ORDER BY 1 DESC";

    /// Takes a key, if there is one.
    pub(super) fn take(&self) -> Option<i64> {
        self.held().pop()
    }

    /// Adds keys and takes one of them.
    pub(super) fn put(&self, mut keys: Vec<i64>) -> Option<i64> {
        let key = keys.pop();
        // those that others have put meanwhile are lower or higher, and used up first
        self.held().splice(0..0, keys);
        key
    }

    /// Forgets all keys, after a connection was lost or one of them was taken: a database that
    /// takes another's place may not know that they were set aside.
    pub(super) fn clear(&self) {
        self.held().clear();
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Vec<i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

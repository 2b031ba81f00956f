//! The rules that can be broken on purpose, one at a time.
//!
//! The server asks [`keeps`] at the one place where a rule lives. A server has a thread of its own, and what it
//! breaks is that thread's: no function has to hand it on.

use std::cell::RefCell;
use std::collections::HashSet;

thread_local! {
    static BROKEN: RefCell<HashSet<String>> = RefCell::default();
}

/// Breaks these rules on this thread, from now on.
pub fn break_here(names: &[String]) {
    BROKEN.set(names.iter().cloned().collect());
}

/// Whether the rule of that name is to be kept.
pub fn keeps(name: &str) -> bool {
    BROKEN.with_borrow(|broken| !broken.contains(name))
}

//! Vestibule from outside: the binary runs, and the tests talk to it over HTTP.
//!
//! Each test runs on SQLite and on PostgreSQL, on a database of its own. The letters in
//! comments, `// C7`, name the requirement that the line shows; the table in
//! `tests/README.md` says which have no test, and why. `./test` sets what the PostgreSQL
//! half needs.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[macro_use]
mod support;

mod replay;
mod traces;

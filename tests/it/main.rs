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
#![expect(
    clippy::needless_pass_by_value,
    reason = "a payload is written where it is used"
)]

#[macro_use]
mod support;

mod access_log;
mod architecture;
mod authentication;
mod backups;
mod bulk;
mod bulk_references;
mod characteristics;
mod configuration;
mod conformance;
mod create;
mod cursors;
mod database_away;
mod discovery;
mod disk_full;
mod disk_sync;
mod errors;
mod evaluator;
mod extensions;
mod filters;
mod filters_differential;
mod groups;
mod gzip;
mod hostile;
mod idps;
mod kills;
mod lessons;
mod lifecycle;
mod me;
mod metrics;
mod migrations;
mod never_500;
mod operation;
mod organizations;
mod paging;
mod patch;
mod patch_model;
mod patch_refusals;
mod patch_values;
mod pooler;
mod provisioning_log;
mod put;
mod races;
mod read;
mod replay;
mod replicas;
mod search;
mod serving;
mod sorting;
mod stops;
mod telemetry;
mod tls;
mod together;
mod traces;
mod transport;
mod versions;

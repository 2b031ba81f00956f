//! What the fuzz targets share: the server's pure storeys, compiled here by themselves, and the
//! resources that the targets work on.
//!
//! # Why
//! `scim` and `idp` are pure and call nothing above them, so they are included as files. A
//! dependency on the whole package would bring SQLite, TLS and HTTP into every instrumented build.

#[path = "../../src/scim/mod.rs"]
pub mod scim;

#[path = "../../src/idp/mod.rs"]
pub mod idp;

pub mod mutate;
pub mod subject;

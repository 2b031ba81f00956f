//! Clients that mean harm: too slow, too many, too much, too clever.
//!
//! What an attack does to the others is measured on a good client beside it, as a ratio to its
//! pace without the attack; what it does to the attacker is an answer, or an end. What has to do
//! with connections alone is shown on SQLite.

mod amplification;
mod crowds;
mod cursors;
mod entity_tags;
mod forwarded;
mod hosts;
mod http2_floods;
mod http2_limits;
mod json;
mod large_bodies;
mod large_heads;
mod long_values;
mod look_alikes;
mod queries;
mod slow;
mod smuggling;
mod throttling;

use crate::support::{Database, Kind, TestServer};

/// Starts a server with these options, on SQLite.
async fn server(options: &[&str]) -> TestServer {
    TestServer::start(Database::on(Kind::Sqlite).await, options)
}

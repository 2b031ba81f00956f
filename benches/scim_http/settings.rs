//! The command line.

use std::path::PathBuf;

use clap::Parser;

/// Measures a SCIM server over HTTP.
#[derive(Debug, Parser)]
pub(crate) struct Settings {
    /// Users to load before anything is measured; with --growth, the larger number
    #[arg(long, default_value_t = 10_000)]
    pub(crate) users: usize,
    /// Members of the big group
    #[arg(long, default_value_t = 10_000)]
    pub(crate) members: usize,
    /// Connections that send at the same time
    #[arg(long, default_value_t = 8)]
    pub(crate) connections: usize,
    /// Seconds for each row
    #[arg(long, default_value_t = 3.0)]
    pub(crate) seconds: f64,
    /// An empty PostgreSQL database to measure instead of SQLite
    #[arg(long, requires = "database_pid")]
    pub(crate) database_url: Option<String>,
    /// The postmaster, whose processes' CPU counts as the server's
    #[arg(long)]
    pub(crate) database_pid: Option<u32>,
    /// Rows to measure; all without it
    #[arg(long, value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    /// Measures lookups at 10,000 users and again at --users
    #[arg(long)]
    pub(crate) growth: bool,
    /// Writes the tables to this file as well
    #[arg(long)]
    pub(crate) markdown: Option<PathBuf>,
    /// Base URL of a running server to drive instead, `http://HOST:PORT/PATH`
    #[arg(
        long,
        requires = "token",
        requires = "pid",
        conflicts_with = "database_url"
    )]
    pub(crate) url: Option<String>,
    /// Its bearer token
    #[arg(long)]
    pub(crate) token: Option<String>,
    /// Its process
    #[arg(long)]
    pub(crate) pid: Option<u32>,
    /// What `cargo bench` says to every benchmark
    #[arg(long, hide = true)]
    pub(crate) bench: bool,
}

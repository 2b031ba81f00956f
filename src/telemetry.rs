//! The server's log: on standard error, never a token, and at level info no name or address of
//! a person.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, Settings};

/// Starts the log.
///
/// # Errors
/// If the level cannot be read.
pub fn start(settings: &Settings) -> anyhow::Result<()> {
    // the database libraries tell every step of every migration
    let quieter = "sqlx=warn,sea_orm=warn,sea_orm_migration=warn";
    let filter = EnvFilter::try_new(format!("{quieter},{}", settings.log_level))?;
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    match settings.log_format {
        LogFormat::Text => subscriber.init(),
        LogFormat::Json => subscriber.json().flatten_event(true).init(),
    }
    Ok(())
}

//! What the server does on its own: notes token uses, prunes the log, keeps statistics.

use std::time::Duration;

use crate::auth::Authenticator;
use crate::directory::Directory;

/// How often token uses are written.
const NOTE_EVERY: Duration = Duration::from_mins(1);
/// How often the log is pruned.
const PRUNE_EVERY: Duration = Duration::from_mins(10);

/// How often the database's statistics are looked at.
const COUNT_EVERY: Duration = Duration::from_secs(5);

/// Runs until it is dropped.
pub async fn run(directory: Directory, authenticator: Authenticator, log_retention: i64) {
    let mut note = tokio::time::interval(NOTE_EVERY);
    let mut prune = tokio::time::interval(PRUNE_EVERY);
    let mut count = tokio::time::interval(COUNT_EVERY);
    loop {
        let done = tokio::select! {
            _ = count.tick() => directory.store.keep_statistics().await.map_err(Into::into),
            _ = note.tick() => note_uses(&directory, &authenticator).await,
            _ = prune.tick() => directory.prune(log_retention).await,
        };
        if let Err(error) = done {
            tracing::warn!("a background job failed and will be tried again: {error}");
        }
    }
}

/// Writes the token uses since the last time.
///
/// # Errors
/// If the store is not available; the uses are lost then.
pub async fn note_uses(
    directory: &Directory,
    authenticator: &Authenticator,
) -> Result<(), crate::directory::Error> {
    let uses = authenticator.take_uses();
    if uses.is_empty() {
        Ok(())
    } else {
        directory.note_token_uses(uses).await
    }
}

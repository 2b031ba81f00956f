//! Everything that is kept: sea-orm, sqlx and rusqlite live here only.
//!
//! [`Store::read`] gives a [`Tx`] that sees one state of the data; [`Store::write`] runs a
//! use case in a transaction. Their methods are in the file of the table they are about.

mod catalog;
mod dialect;
mod error;
mod filter;
mod list;
mod log;
mod members;
mod memberships;
mod organizations;
mod outbox;
mod resources;
mod settings;
mod sql;
mod tokens;

use std::path::Path;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::watch;
use tracing::Instrument as _;

use crate::scim::registry::Registry;
use catalog::Catalog;
use dialect::{AsyncWork, Connection, Database};

pub use dialect::Measured;
pub use error::StoreError;
pub use list::{Keyset, ListRequest, Page, Position};
pub use members::{Edited, Members};
pub use memberships::Groups;
pub use resources::Stored;
pub use tokens::TokenUse;

/// The database, and what we know of it. Clones are the same store.
#[derive(Clone)]
pub struct Store {
    database: Arc<Database>,
    catalog: Arc<Catalog>,
    /// The schemas that resources are stored by.
    pub registry: &'static Registry,
    announced: watch::Sender<i64>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}

/// A transaction, or a reader's view: what use cases work on.
pub struct Tx<'c> {
    connection: Held<'c>,
    catalog: Arc<Catalog>,
    registry: &'static Registry,
    /// The part of the counters that this transaction counts in.
    shard: i64,
}

impl std::fmt::Debug for Tx<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tx")
    }
}

#[expect(
    clippy::large_enum_variant,
    reason = "one lives for each request, on its stack"
)]
enum Held<'c> {
    Lent(&'c mut Connection),
    Own(Connection),
}

impl Tx<'_> {
    fn connection(&mut self) -> &mut Connection {
        match &mut self.connection {
            Held::Lent(connection) => connection,
            Held::Own(connection) => connection,
        }
    }

    /// Lets no other transaction of the organization past this point until this one ends, where
    /// transactions run side by side: for those that change many rows in an order of their own.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn queue(&mut self, organization: i64) -> Result<(), StoreError> {
        self.connection().queue(organization).await
    }

    /// Marks a point to which [`Tx::rollback_to_savepoint`] returns.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn savepoint(&mut self) -> Result<(), StoreError> {
        self.connection().execute("SAVEPOINT part", &[]).await
    }

    /// Keeps what was done since the last savepoint.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn release_savepoint(&mut self) -> Result<(), StoreError> {
        self.connection()
            .execute("RELEASE SAVEPOINT part", &[])
            .await
    }

    /// Undoes what was done since the last savepoint.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn rollback_to_savepoint(&mut self) -> Result<(), StoreError> {
        self.connection().forget_deferred();
        self.connection()
            .execute("ROLLBACK TO SAVEPOINT part", &[])
            .await?;
        self.release_savepoint().await
    }

    /// Does what was put off until it could be done together (see [`dialect`]).
    ///
    /// # Errors
    /// [`StoreError::Taken`], [`StoreError::Stale`], [`StoreError::Unavailable`].
    pub async fn settle(&mut self) -> Result<(), StoreError> {
        self.connection().settle().await
    }
}

impl Store {
    /// Connects to `url` (`sqlite:PATH` or `postgres://…`), brings the tables up to date, and
    /// indexes what the schemas ask for and the tables lack.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the database cannot be reached or migrated.
    pub async fn open(url: &str, registry: &'static Registry) -> Result<Self, StoreError> {
        let database = Arc::new(Database::open(url).await?);
        let store = Self {
            database,
            catalog: Arc::default(),
            registry,
            announced: watch::Sender::new(0),
        };
        let catalog = store.load_catalog().await?;
        Ok(Self {
            catalog: Arc::new(catalog),
            ..store
        })
    }

    /// Takes the last `steps` migrations back.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn migrate_down(url: &str, steps: u32) -> Result<(), StoreError> {
        Database::migrate_down(url, steps).await
    }

    /// Copies the database of `url` into `file`, which must not exist, while it is in use.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]; there is no file then.
    pub fn backup(url: &str, file: &Path) -> Result<(), StoreError> {
        Database::backup(url, file)
    }

    /// Puts a backup where `url` says, if no database is there.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], also for what is no backup; there is no database then.
    pub fn restore(url: &str, file: &Path) -> Result<(), StoreError> {
        Database::restore(url, file)
    }

    /// Returns a view of one state of the data, for reading.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn read(&self) -> Result<Tx<'static>, StoreError> {
        let waiting = tracing::debug_span!("reader");
        let connection = self.database.reader().instrument(waiting).await?;
        Ok(Tx {
            connection: Held::Own(connection),
            catalog: Arc::clone(&self.catalog),
            registry: self.registry,
            shard: 0,
        })
    }

    /// For how many microseconds what was read of a token may be trusted: none where reading it
    /// costs next to nothing.
    #[must_use]
    pub fn trusted_for(&self) -> i64 {
        if self.database.is_far() { 500_000 } else { 0 }
    }

    /// Runs `work` in one transaction, which is durable when this returns `Ok` and never was
    /// when it returns an error. `work` may run more than once (see [`dialect`]).
    ///
    /// # Errors
    /// Those of `work`, and [`StoreError::Unavailable`].
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: for<'t> Fn(&'t mut Tx<'_>) -> BoxFuture<'t, Result<T, E>> + Send + Sync + 'static,
    {
        let shard = i64::from(uuid::Uuid::new_v4().as_bytes()[0]) % self.database.shards();
        let work = Work {
            run: work,
            catalog: Arc::clone(&self.catalog),
            registry: self.registry,
            shard,
        };
        let span = tracing::debug_span!("write");
        let done = self.database.write(work).instrument(span).await;
        if done.is_ok() {
            self.announced.send_modify(|n| *n += 1);
        }
        done
    }

    /// Lets the database count again what its planner goes by, where much has changed.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn keep_statistics(&self) -> Result<(), StoreError> {
        self.database.keep_statistics().await
    }

    /// Returns what is measured of commits.
    #[must_use]
    pub fn measured(&self) -> &Measured {
        self.database.measured()
    }

    /// Returns how many connections of each kind are in use, and how many may be.
    #[must_use]
    pub fn connections(&self) -> [(&'static str, [usize; 2]); 2] {
        self.database.connections()
    }

    /// Returns how many writes wait for their turn.
    #[must_use]
    pub fn waiting_writes(&self) -> usize {
        self.database.waiting_writes()
    }

    /// Returns a channel that changes after every commit: whoever admits users looks at the
    /// outbox then.
    #[must_use]
    pub fn announcements(&self) -> watch::Receiver<i64> {
        self.announced.subscribe()
    }
}

struct Work<F> {
    run: F,
    catalog: Arc<Catalog>,
    registry: &'static Registry,
    shard: i64,
}

impl<T, E, F> AsyncWork<T, E> for Work<F>
where
    F: for<'t> Fn(&'t mut Tx<'_>) -> BoxFuture<'t, Result<T, E>> + Send + Sync + 'static,
    T: Send + 'static,
    E: Send + 'static,
{
    fn run<'c>(&'c self, connection: &'c mut Connection) -> BoxFuture<'c, Result<T, E>> {
        Box::pin(async move {
            let mut tx = Tx {
                connection: Held::Lent(connection),
                catalog: Arc::clone(&self.catalog),
                registry: self.registry,
                shard: self.shard,
            };
            (self.run)(&mut tx).await
        })
    }
}

#[cfg(test)]
mod tests;

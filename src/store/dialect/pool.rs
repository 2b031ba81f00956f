//! Connections to PostgreSQL that wait for work.
//!
//! # Why
//! sqlx's own pool asks a connection whether it lives when it is lent and again when it comes
//! back, and takes it back on a task of its own. That is right for a network that drops
//! connections in mid-air, and most of what a lookup by key cost us. A loan of ours is a lock
//! and a pop; who finds its connection lost begins again on a new one, where that is safe.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, PgConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::super::error::StoreError;
use super::keys::Keys;
use super::{PATIENCE, unavailable};

/// How long after its last answer a connection is lent unasked.
const TRUSTED_FOR: Duration = Duration::from_secs(5);

/// Some connections with the same options.
pub(in crate::store) struct Pool {
    options: PgConnectOptions,
    /// What a new connection is told first.
    greeting: String,
    idle: Mutex<Vec<(PgConnection, Instant)>>,
    permits: Arc<Semaphore>,
    size: usize,
    /// Keys that are set aside.
    keys: Arc<Keys>,
}

impl Pool {
    pub(super) fn new(
        options: PgConnectOptions,
        greeting: String,
        size: usize,
        keys: &Arc<Keys>,
    ) -> Arc<Self> {
        Arc::new(Self {
            options,
            greeting,
            idle: Mutex::default(),
            permits: Arc::new(Semaphore::new(size)),
            size,
            keys: Arc::clone(keys),
        })
    }

    /// Lends a connection: the one that was used last, or a new one.
    pub(super) async fn lend(self: &Arc<Self>) -> Result<Loan, StoreError> {
        let permit = timeout(PATIENCE, Arc::clone(&self.permits).acquire_owned())
            .await
            .map_err(|_| unavailable("all connections are in use"))?
            .map_err(unavailable)?;
        self.loan(permit).await
    }

    /// Lends a connection, if not all are in use.
    pub(super) async fn lend_spare(self: &Arc<Self>) -> Result<Loan, StoreError> {
        let permit = Arc::clone(&self.permits).try_acquire_owned();
        self.loan(permit.map_err(unavailable)?).await
    }

    async fn loan(self: &Arc<Self>, permit: OwnedSemaphorePermit) -> Result<Loan, StoreError> {
        let mut loan = Loan {
            connection: None,
            is_whole: false,
            used: Instant::now(),
            pool: Arc::clone(self),
            _permit: permit,
        };
        let idle = self.idle().pop();
        if let Some((mut connection, used)) = idle
            && let Some(used) = alive(&mut connection, used).await
        {
            loan.connection = Some(connection);
            loan.is_whole = true;
            loan.used = used;
        } else {
            loan.renew().await?;
        }
        Ok(loan)
    }

    /// How many connections are lent, and how many may be.
    pub(super) fn in_use(&self) -> [usize; 2] {
        [self.size - self.permits.available_permits(), self.size]
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<(PgConnection, Instant)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When a connection answered last, if it still does.
async fn alive(connection: &mut PgConnection, used: Instant) -> Option<Instant> {
    if used.elapsed() < TRUSTED_FOR {
        return Some(used);
    }
    let answered = timeout(PATIENCE, connection.ping()).await;
    matches!(answered, Ok(Ok(()))).then(Instant::now)
}

/// A connection on loan. It goes back if nothing is under way on it, and is closed otherwise:
/// that is how the transaction of a client that went away is rolled back.
pub(in crate::store) struct Loan {
    connection: Option<PgConnection>,
    /// No statement and no transaction is under way.
    is_whole: bool,
    /// When it answered last.
    used: Instant,
    pool: Arc<Pool>,
    _permit: OwnedSemaphorePermit,
}

impl Loan {
    /// Returns the connection, for something that ends with [`Loan::ended`].
    pub(super) fn begin(&mut self) -> Result<&mut PgConnection, StoreError> {
        self.is_whole = false;
        let lost = || unavailable("the connection was lost");
        self.connection.as_mut().ok_or_else(lost)
    }

    /// What was begun has ended; nothing is under way any more.
    pub(super) fn ended(&mut self) {
        self.is_whole = true;
        self.used = Instant::now();
    }

    /// Closes the connection. The others are likely as useless.
    pub(super) fn discard(&mut self) {
        self.connection = None;
        self.pool.idle().clear();
        self.pool.keys.clear();
    }

    /// True if nothing is under way and the connection was not lost.
    pub(super) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// The keys that are set aside.
    pub(super) fn keys(&self) -> &Keys {
        &self.pool.keys
    }

    /// Takes a new connection in place of a lost one.
    pub(super) async fn renew(&mut self) -> Result<(), StoreError> {
        self.discard();
        let connect = async {
            let mut connection = self.pool.options.connect().await?;
            connection
                .execute(AssertSqlSafe(self.pool.greeting.clone()))
                .await?;
            Ok::<_, sqlx::Error>(connection)
        };
        let connection = timeout(PATIENCE, connect)
            .await
            .map_err(unavailable)?
            .map_err(unavailable)?;
        self.connection = Some(connection);
        self.ended();
        Ok(())
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take()
            && self.is_whole
        {
            self.pool.idle().push((connection, self.used));
        }
    }
}

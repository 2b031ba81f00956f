//! Writes of PostgreSQL that are committed together.
//!
//! # Why
//! Half of what a small change costs PostgreSQL is not the change: it is the journey to it and
//! the wait for its disk. A change that is one statement waits while one like it is under way,
//! and all that have come meanwhile are one statement, which is their transaction. A client alone
//! waits for nobody. What cannot be done for all is done for each by itself, so that one fails
//! alone; who was waited for too long is not waited for any longer.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedMutexGuard, oneshot};
use tokio::time::timeout;

use super::super::error::StoreError;
use super::connection::Connection;
use super::deferred::Deferred;
use super::pool::Pool;
use super::{Measured, unavailable};

/// How many changes are committed together at most.
const GROUP: usize = 64;
/// How long the changes under way are waited for: longer, and they wait for somebody themselves.
const PATIENCE: Duration = Duration::from_millis(50);

/// Why a change was not made.
pub(super) struct Failed {
    pub(super) error: StoreError,
    /// A new attempt may not fail.
    pub(super) retriable: bool,
}

/// The changes that are waiting.
#[derive(Default)]
pub(super) struct Together {
    waiting: Mutex<Vec<Job>>,
    /// Held by those under way.
    turn: Arc<tokio::sync::Mutex<()>>,
}

/// A change, and who wants to know how it went.
struct Job {
    change: Deferred,
    /// The resources that it changes.
    changed: HashSet<i64>,
    answer: oneshot::Sender<Result<(), Failed>>,
}

impl Together {
    /// Makes a change, perhaps with others: it is durable when this returns `Ok`.
    pub(super) async fn commit(
        &self,
        change: Deferred,
        pool: &Arc<Pool>,
        measured: &Measured,
    ) -> Result<(), Failed> {
        let (answer, mut answered) = oneshot::channel();
        self.waiting().push(Job {
            changed: change.changed(),
            change,
            answer,
        });
        let turn = tokio::select! {
            biased;
            answer = &mut answered => return answer.unwrap_or_else(|_| Err(lost())),
            turn = timeout(PATIENCE, Arc::clone(&self.turn).lock_owned()) => turn.ok(),
        };
        let group = self.next();
        if !group.is_empty() {
            // whoever goes away does not take the others with it
            tokio::spawn(run(group, turn, Arc::clone(pool), measured.clone()));
        }
        answered.await.unwrap_or_else(|_| Err(lost()))
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<Job>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes those that can be done together: no two that change the same resource.
    fn next(&self) -> Vec<Job> {
        let (mut count, mut changed) = (0, HashSet::new());
        let mut waiting = self.waiting();
        let (group, rest) = waiting.drain(..).partition(|job| {
            let fits = count < GROUP && changed.is_disjoint(&job.changed);
            if fits {
                count += 1;
                changed.extend(&job.changed);
            }
            fits
        });
        *waiting = rest;
        group
    }
}

/// Makes the changes of a group, and tells each how it went.
async fn run(
    group: Vec<Job>,
    _turn: Option<OwnedMutexGuard<()>>,
    pool: Arc<Pool>,
    measured: Measured,
) {
    let mut connection = match pool.lend().await {
        Ok(loan) => Connection::postgres_writer(loan, false),
        Err(error) => return tell_all(group, &error),
    };
    if group.len() > 1 {
        let begun = Instant::now();
        let all = Deferred::joined(group.iter().map(|job| &job.change));
        let done = connection.finish_alone(all).await;
        match done {
            Ok(()) => {
                measured.commit(group.len(), begun);
                for job in group {
                    let _ = job.answer.send(Ok(()));
                }
                return;
            }
            Err(failed) if !connection.is_whole() => return tell_all(group, &failed.error),
            // it was nothing to some of them
            Err(_) => {}
        }
    }
    for job in group {
        let begun = Instant::now();
        let done = connection.finish_alone(job.change).await;
        if done.is_ok() {
            measured.commit(1, begun);
        }
        let _ = job.answer.send(done);
    }
}

fn tell_all(group: Vec<Job>, error: &StoreError) {
    for job in group {
        let _ = job.answer.send(Err(Failed {
            error: error.clone(),
            retriable: false,
        }));
    }
}

/// Whoever was to answer is no more: the server is about to end.
fn lost() -> Failed {
    Failed {
        error: unavailable("the writer has stopped"),
        retriable: false,
    }
}

//! Changes of PostgreSQL that are committed together.
//!
//! # Why
//! Half of what a small change costs PostgreSQL is not the change: it is the journey to it and
//! the wait for its disk. A change that is one statement waits while another is under way, and
//! all that have come meanwhile are one statement, which is their transaction. A client alone
//! waits for nobody. What cannot be made for all at once, because something that one of them
//! expects is not so, or because somebody holds a row that one of them wants, is made for each
//! by itself: one fails alone, and one waits alone.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
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
/// How many bytes of text they have at most, unless one has more.
const GROUP_BYTES: usize = 4 << 20;
/// How long the change under way is waited for, and how long several wait for a row that one of
/// them wants: whoever holds it any longer is not about to commit.
pub(super) const PATIENCE: Duration = Duration::from_millis(50);
/// How long several changes may take: they are made one by one then.
pub(super) const LIMIT: Duration = Duration::from_secs(5);

/// Why a change was not made.
#[derive(Clone)]
pub(super) struct Failed {
    pub(super) error: StoreError,
    /// A new attempt may not fail.
    pub(super) retriable: bool,
}

/// The changes that are waiting, and the connections to make them by.
pub(super) struct Together {
    waiting: Mutex<Vec<Job>>,
    /// How many have come so far.
    count: AtomicU64,
    /// Held by those under way.
    turn: Arc<tokio::sync::Mutex<()>>,
    /// For one change.
    writers: Arc<Pool>,
    /// For several, which do not wait for rows.
    groups: Arc<Pool>,
    measured: Measured,
}

/// A change, and who wants to know how it went.
struct Job {
    number: u64,
    change: Deferred,
    /// The resources that it changes.
    changed: HashSet<i64>,
    bytes: usize,
    answer: oneshot::Sender<Result<(), Failed>>,
}

impl Together {
    pub(super) fn new(writers: &Arc<Pool>, groups: Arc<Pool>, measured: Measured) -> Arc<Self> {
        Arc::new(Self {
            waiting: Mutex::default(),
            count: AtomicU64::default(),
            turn: Arc::default(),
            writers: Arc::clone(writers),
            groups,
            measured,
        })
    }

    /// Makes a change, perhaps with others: it is durable when this returns `Ok`.
    pub(super) async fn commit(self: &Arc<Self>, change: Deferred) -> Result<(), Failed> {
        let number = self.count.fetch_add(1, Relaxed);
        let (answer, mut answered) = oneshot::channel();
        self.waiting().push(Job {
            number,
            changed: change.changed(),
            bytes: change.bytes(),
            change,
            answer,
        });
        // whoever was to answer is no more only if the server is about to end
        let ended = || Failed {
            error: unavailable("the writer has stopped"),
            retriable: false,
        };
        let turn = tokio::select! {
            biased;
            answer = &mut answered => return answer.unwrap_or_else(|_| Err(ended())),
            turn = timeout(PATIENCE, Arc::clone(&self.turn).lock_owned()) => turn.ok(),
        };
        let group = self.group_of(number);
        if group.is_empty() {
            // another's group has it
            drop(turn);
        } else {
            // a client that goes away does not take the others with it
            tokio::spawn(Arc::clone(self).make(group, turn));
        }
        answered.await.unwrap_or_else(|_| Err(ended()))
    }

    /// Takes a change that waits, and those that can be made with it: no two that change the same
    /// resource, and none whose client went away. Whoever waits for the others takes them.
    fn group_of(&self, number: u64) -> Vec<Job> {
        let mut waiting = self.waiting();
        let Some(place) = waiting.iter().position(|job| job.number == number) else {
            return Vec::new();
        };
        let first = waiting.remove(place);
        let (mut changed, mut bytes) = (first.changed.clone(), first.bytes);
        let mut group = vec![first];
        for job in std::mem::take(&mut *waiting) {
            if job.answer.is_closed() {
                continue;
            }
            let has_room = group.len() < GROUP && bytes + job.bytes <= GROUP_BYTES;
            if has_room && changed.is_disjoint(&job.changed) {
                changed.extend(&job.changed);
                bytes += job.bytes;
                group.push(job);
            } else {
                waiting.push(job);
            }
        }
        group
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<Job>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the changes of a group, all at once if that can be, and tells each how it went.
    async fn make(self: Arc<Self>, mut group: Vec<Job>, _turn: Option<OwnedMutexGuard<()>>) {
        if group.len() > 1
            && let Some(done) = self.make_at_once(&group).await
        {
            for job in group {
                let _ = job.answer.send(done.clone());
            }
            return;
        }
        let last = group.pop();
        for job in group {
            tokio::spawn(Arc::clone(&self).make_alone(job));
        }
        if let Some(job) = last {
            let made = tokio::spawn(self.make_alone(job));
            // one that waits for a row keeps nobody from his turn
            let _ = timeout(PATIENCE, made).await;
        }
    }

    /// Makes changes as one; returns nothing if they were not made, and each may be by itself.
    async fn make_at_once(&self, group: &[Job]) -> Option<Result<(), Failed>> {
        let loan = self.groups.lend_spare().await.ok()?;
        let mut connection = Connection::postgres_writer(loan, false);
        let begun = Instant::now();
        let all = Deferred::joined(group.iter().map(|job| &job.change));
        // the database gives up after the limit; one that says nothing is given up here
        match timeout(2 * LIMIT, connection.finish_alone(all)).await {
            Ok(Ok(())) => {
                self.measured.commit(group.len(), begun);
                Some(Ok(()))
            }
            Ok(Err(_)) if connection.is_whole() => None,
            // they may have been made
            Ok(Err(failed)) => Some(Err(failed)),
            Err(_) => Some(Err(Failed {
                error: unavailable("the database says nothing"),
                retriable: false,
            })),
        }
    }

    /// Makes a change for as long as its client waits.
    async fn make_alone(self: Arc<Self>, job: Job) {
        let Job {
            change, mut answer, ..
        } = job;
        let make = async {
            let loan = self.writers.lend().await.map_err(|error| Failed {
                error,
                retriable: false,
            })?;
            let begun = Instant::now();
            let mut connection = Connection::postgres_writer(loan, false);
            connection.finish_alone(change).await?;
            self.measured.commit(1, begun);
            Ok(())
        };
        tokio::select! {
            biased;
            () = answer.closed() => {}
            done = make => {
                let _ = answer.send(done);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::sql::{Column, Step};
    use super::super::postgres::options;
    use super::*;

    type Answered = oneshot::Receiver<Result<(), Failed>>;

    /// Changes that wait, each of one resource; nobody connects to anything.
    fn waiting(resources: &[i64]) -> (Arc<Together>, Vec<Answered>) {
        let options = options("postgres://nobody@localhost/none").unwrap();
        let pool = || Pool::new(options.clone(), String::new(), 1, &Arc::default());
        let (writers, groups) = (pool(), pool());
        let together = Together::new(&writers, groups, Measured::new());
        let answered = resources.iter().zip(0..).map(|(pk, number)| {
            let mut change = Deferred::default();
            let key = vec![("pk", Column::Ints(vec![*pk]))];
            change.push(Step::Delete("resources", key), None);
            let (answer, answered) = oneshot::channel();
            together.waiting().push(Job {
                number,
                changed: change.changed(),
                bytes: 1000,
                change,
                answer,
            });
            answered
        });
        let answered = answered.collect();
        (together, answered)
    }

    fn numbers(jobs: &[Job]) -> Vec<u64> {
        jobs.iter().map(|job| job.number).collect()
    }

    #[test]
    fn no_resource_is_changed_twice_at_once() {
        let (together, _answered) = waiting(&[7, 8, 7, 9, 8]);
        assert_eq!(numbers(&together.group_of(2)), [2, 1, 3]);
        assert_eq!(numbers(&together.waiting()), [0, 4]);
        assert_eq!(numbers(&together.group_of(0)), [0, 4]);
    }

    #[test]
    fn who_was_taken_takes_nobody() {
        let (together, _answered) = waiting(&[7, 8]);
        together.group_of(0);
        assert!(together.group_of(1).is_empty());
    }

    #[test]
    fn what_nobody_waits_for_is_not_made() {
        let (together, mut answered) = waiting(&[7, 8, 9]);
        answered.remove(1);
        assert_eq!(numbers(&together.group_of(2)), [2, 0]);
        assert!(together.waiting().is_empty());
    }

    #[test]
    fn a_group_is_of_some_and_leaves_the_others() {
        let resources: Vec<i64> = (0..100).collect();
        let (together, _answered) = waiting(&resources);
        assert_eq!(together.group_of(99).len(), GROUP);
        assert_eq!(together.waiting().len(), 100 - GROUP);
    }

    #[test]
    fn what_is_long_is_made_in_several_groups() {
        let (together, _answered) = waiting(&[7, 8, 9]);
        for job in together.waiting().iter_mut() {
            job.bytes = GROUP_BYTES / 2;
        }
        assert_eq!(numbers(&together.group_of(0)), [0, 1]);
        together.waiting()[0].bytes = GROUP_BYTES + 1;
        assert_eq!(numbers(&together.group_of(2)), [2]);
    }
}

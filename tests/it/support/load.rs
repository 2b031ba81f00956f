use std::collections::BTreeSet;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::person::{Picture, Unseen, picture};
use super::worker::{Outcome, Worker};
use super::{Client, Dice, user};

/// How long something may take that has to happen.
const PATIENCE: Duration = Duration::from_mins(3);

/// Workers that change users and the members of one group, all at once.
pub(crate) struct Load {
    workers: Vec<Worker>,
    group: String,
    /// Whether a request that was put off may have been done all the same.
    may_be_done: bool,
    put_off: usize,
}

/// A load that is on.
pub(crate) struct Running {
    tasks: Vec<JoinHandle<Worker>>,
    counts: watch::Receiver<Counts>,
    end: Arc<AtomicBool>,
    rest: Load,
}

#[derive(Clone, Debug, Default)]
struct Counts {
    /// Of each worker, since it was made.
    acknowledged: Vec<usize>,
    put_off: usize,
    has_failed: bool,
}

impl Counts {
    fn acknowledged(&self) -> usize {
        self.acknowledged.iter().sum()
    }
}

impl Load {
    /// Makes the group, and workers that have done nothing yet.
    pub(crate) async fn of(workers: usize, client: &Client, dice: &mut Dice) -> Self {
        let group = super::at_group(&client.create_group("Everybody", &[]).await);
        let workers = (0..workers).map(|n| Worker::new(n, &group, dice.split()));
        Self {
            workers: workers.collect(),
            group,
            may_be_done: true,
            put_off: 0,
        }
    }

    /// The same, where a request that was put off must not have been done.
    pub(crate) fn believing_refusals(self) -> Self {
        Self {
            may_be_done: false,
            ..self
        }
    }

    pub(crate) fn group(&self) -> &str {
        &self.group
    }

    /// How many requests were put off since the load was made.
    pub(crate) fn put_off(&self) -> usize {
        self.put_off
    }

    /// How many requests have changed something since the load was made.
    pub(crate) fn acknowledged(&self) -> usize {
        self.workers.iter().map(Worker::acknowledged).sum()
    }

    /// Lets the workers write, each request through one of these clients.
    pub(crate) fn begin(mut self, clients: &[&Client]) -> Running {
        let counts = Counts {
            acknowledged: self.workers.iter().map(Worker::acknowledged).collect(),
            put_off: self.put_off,
            has_failed: false,
        };
        let (sender, counts) = watch::channel(counts);
        let end = Arc::new(AtomicBool::new(false));
        let workers = std::mem::take(&mut self.workers).into_iter().enumerate();
        let tasks = workers.map(|(n, worker)| {
            let run = Run {
                number: n,
                clients: clients.iter().copied().cloned().collect(),
                counts: sender.clone(),
                end: Arc::clone(&end),
                may_be_done: self.may_be_done,
            };
            tokio::spawn(run.until_the_end(worker))
        });
        let tasks = tasks.collect();
        Running {
            tasks,
            counts,
            end,
            rest: self,
        }
    }

    /// Compares the server's data with what was acknowledged.
    ///
    /// # Panics
    /// If a write was lost, or done by halves, or two parts of the data contradict each other.
    pub(crate) async fn check(&mut self, client: &Client) {
        let picture = self.agreeing_picture(client).await;
        for worker in &mut self.workers {
            worker.meet(&picture.users);
        }
        self.names_are_unique(client, &picture).await;
    }

    /// Asserts that the server's data is a copy of a moment after `since` requests of each worker.
    pub(crate) async fn check_copy(&self, client: &Client, since: &[usize]) {
        let picture = self.agreeing_picture(client).await;
        for (worker, since) in self.workers.iter().zip(since) {
            worker.remembers(&picture.users, *since);
        }
        self.names_are_unique(client, &picture).await;
    }

    /// Reads everything, and asserts that its parts agree.
    async fn agreeing_picture(&self, client: &Client) -> Picture {
        let picture = still_picture(client, &self.group).await;
        let users = client.get("/scim/v2/Users?count=1000").await.is(200);
        let ids: BTreeSet<String> = picture.users.iter().map(|it| it.id.clone()).collect();
        let listed: BTreeSet<String> = users
            .each("id")
            .iter()
            .map(|it| it.as_str().expect("an id").to_owned())
            .collect();
        assert_eq!(
            ids, listed,
            "the filter finds the left, the list has the right"
        );
        assert!(
            picture.members.is_subset(&ids),
            "members that are no users: {picture:#?}"
        );

        let active = picture.users.iter().filter(|it| it.person.active).count();
        for (query, expected) in [
            ("Users?count=1000", ids.len()),
            ("Users?count=0", ids.len()),
            ("Users?count=0&filter=active%20eq%20true", active),
            (
                "Users?count=0&filter=active%20eq%20false",
                ids.len() - active,
            ),
            ("Groups?count=0", 1),
        ] {
            let list = client.get(&format!("/scim/v2/{query}")).await.is(200);
            assert_eq!(
                usize::try_from(list.total()),
                Ok(expected),
                "totalResults of {query}"
            );
        }
        for found in &picture.users {
            let person = &found.person;
            let filter = format!(
                "emails.value eq \"{}\" and userName eq \"{}\"",
                person.email(),
                person.user_name
            );
            assert_eq!(
                client.users_where(&filter).await,
                [person.user_name.as_str()],
                "{filter}"
            );
        }
        picture
    }

    /// Asserts that no name is there twice, that those there are taken, and a new one is not.
    async fn names_are_unique(&self, client: &Client, picture: &Picture) {
        let names = picture
            .users
            .iter()
            .map(|it| it.person.user_name.to_lowercase());
        let unique: BTreeSet<String> = names.collect();
        assert_eq!(
            unique.len(),
            picture.users.len(),
            "a name is there twice: {picture:#?}"
        );
        for name in &unique {
            let again = client
                .post("/scim/v2/Users", user(&name.to_uppercase()))
                .await;
            again.refused_as(409, "uniqueness");
        }
        // A key that outlives its user would block the name for ever.
        for n in 0..3 {
            let name = format!("name-{n}");
            if !unique.contains(&name) {
                let id = client.create_user(&name).await;
                client.delete(&super::at_user(&id)).await.is(204);
            }
        }
    }
}

impl Running {
    /// Waits until so many more requests were acknowledged.
    pub(crate) async fn acknowledged(&self, more: usize) {
        let goal = self.counts.borrow().acknowledged() + more;
        self.until("more requests are acknowledged", |it| {
            it.acknowledged() >= goal
        })
        .await;
    }

    /// Waits until so many more requests were put off.
    pub(crate) async fn put_off(&self, more: usize) {
        let goal = self.counts.borrow().put_off + more;
        self.until("more requests are put off", |it| it.put_off >= goal)
            .await;
    }

    /// How many requests of each worker were acknowledged so far.
    pub(crate) fn progress(&self) -> Vec<usize> {
        self.counts.borrow().acknowledged.clone()
    }

    /// Waits until the workers have done with their requests.
    pub(crate) async fn end(self) -> Load {
        self.end.store(true, Ordering::Relaxed);
        self.join().await
    }

    /// Waits until all workers have lost the server.
    pub(crate) async fn lost(self) -> Load {
        self.join().await
    }

    async fn join(self) -> Load {
        let ended = tokio::time::timeout(PATIENCE, join_all(self.tasks)).await;
        let workers = ended.expect("each request has an end");
        let workers = workers
            .into_iter()
            .map(|it| it.unwrap_or_else(|error| resume_unwind(error.into_panic())));
        Load {
            workers: workers.collect(),
            put_off: self.counts.borrow().put_off,
            ..self.rest
        }
    }

    async fn until(&self, what: &str, condition: impl Fn(&Counts) -> bool) {
        let mut counts = self.counts.clone();
        let waiting = counts.wait_for(|it| it.has_failed || condition(it));
        let reached = tokio::time::timeout(PATIENCE, waiting).await;
        let last = self.counts.borrow().clone();
        assert!(reached.is_ok(), "waited until {what}, in vain: {last:?}");
        assert!(
            !last.has_failed,
            "waited until {what}, but a worker failed, as said above"
        );
        assert!(
            reached.is_ok_and(|it| it.is_ok()),
            "waited until {what}, but the workers have lost the server: {last:?}"
        );
    }
}

/// What a worker's task needs.
struct Run {
    number: usize,
    clients: Vec<Client>,
    counts: watch::Sender<Counts>,
    end: Arc<AtomicBool>,
    may_be_done: bool,
}

impl Run {
    async fn until_the_end(self, mut worker: Worker) -> Worker {
        while !self.end.load(Ordering::Relaxed) {
            match worker.write(&self.clients).await {
                Outcome::Acknowledged => {}
                Outcome::Taken => continue,
                Outcome::Lost => break,
                Outcome::PutOff => {
                    if self.settled(&mut worker).await == Err(Unseen::Lost) {
                        break;
                    }
                }
            }
            let acknowledged = worker.acknowledged();
            self.counts
                .send_modify(|it| it.acknowledged[self.number] = acknowledged);
        }
        worker
    }

    /// Lets the worker find out what became of a request that was put off.
    async fn settled(&self, worker: &mut Worker) -> Result<(), Unseen> {
        loop {
            self.counts.send_modify(|it| it.put_off += 1);
            let settled = worker.settle(&self.clients[0], self.may_be_done).await;
            if settled != Err(Unseen::PutOff) {
                return settled;
            }
        }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.counts.send_modify(|it| it.has_failed = true);
        }
    }
}

/// Reads everything, again until it stands still.
///
/// PostgreSQL may still be at a commit that a server asked for before it was killed.
async fn still_picture(client: &Client, group: &str) -> Picture {
    let mut last = None;
    for _ in 0..100 {
        let next = picture(client, group, "w").await;
        match (next, last) {
            (Ok(next), Some(last)) if next == last => return next,
            (next, _) => last = next.ok(),
        }
    }
    panic!("the data changes by itself: {last:#?}");
}

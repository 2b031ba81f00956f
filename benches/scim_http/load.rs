//! Many requests of one kind from several connections, with the time that each took.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;

use super::connection::{Answer, Connection, Request, Target};
use super::processes::{Processes, cpu_of_all};

/// Answers that must be wrong, all from the first on, before a load is given up.
const HOPELESS: usize = 20;

type Make<'a> = Box<dyn Fn(usize, &mut Dice) -> Request + 'a>;
type Check<'a> = Box<dyn Fn(usize, &Answer) -> Result<(), String> + 'a>;

/// What to send, how much of it, and what must come back.
pub(crate) struct Load<'a> {
    make: Make<'a>,
    check: Check<'a>,
    connections: Option<usize>,
    at_most: usize,
    seconds: Option<f64>,
}

impl<'a> Load<'a> {
    /// Requests made from their number, counted from 0, and a random number; 200 or 204 is right.
    pub(crate) fn new(make: impl Fn(usize, &mut Dice) -> Request + 'a) -> Self {
        Self {
            make: Box::new(make),
            check: Box::new(|_, answer| answer.is(&[200, 204])),
            connections: None,
            at_most: usize::MAX,
            seconds: None,
        }
    }

    /// Says what is right about the answer to the request of a number.
    pub(crate) fn check(
        mut self,
        check: impl Fn(usize, &Answer) -> Result<(), String> + 'a,
    ) -> Self {
        self.check = Box::new(check);
        self
    }

    /// Another number of connections than the settings'.
    pub(crate) fn connections(mut self, connections: usize) -> Self {
        self.connections = Some(connections);
        self
    }

    /// Ends after so many requests, however long they take.
    pub(crate) fn exactly(mut self, requests: usize) -> Self {
        self.at_most = requests;
        self.seconds = Some(f64::INFINITY);
        self
    }

    /// Ends after so many requests, or with the time.
    pub(crate) fn at_most(mut self, requests: usize) -> Self {
        self.at_most = requests;
        self
    }

    /// Sends until the number of requests or the time is reached.
    pub(crate) async fn run(
        self,
        target: &Rc<Target>,
        processes: &Processes,
        connections: usize,
        seconds: f64,
    ) -> Measured {
        let seconds = self.seconds.unwrap_or(seconds);
        let next = Cell::new(0);
        let measured = RefCell::new(Measured::default());
        let driver = Processes(vec![std::process::id()]);
        let used = || (processes.cpu(), driver.own_cpu(), cpu_of_all());
        let before = used();
        let start = Instant::now();
        let drive = async |number: usize| {
            let mut connection = Connection::new(target);
            let mut dice = Dice(number as u64);
            loop {
                let n = next.get();
                let is_hopeless = measured.borrow().is_hopeless();
                if n >= self.at_most || start.elapsed().as_secs_f64() > seconds || is_hopeless {
                    break;
                }
                next.set(n + 1);
                let request = (self.make)(n, &mut dice);
                let sent = Instant::now();
                let answer = connection.send(request).await;
                let took = sent.elapsed();
                let verdict = match answer {
                    Ok(answer) => (self.check)(n, &answer),
                    Err(error) => Err(format!("{error:#}")),
                };
                measured.borrow_mut().note(took, verdict);
            }
        };
        join_all((0..self.connections.unwrap_or(connections)).map(drive)).await;
        let mut measured = measured.into_inner();
        measured.seconds = start.elapsed().as_secs_f64();
        let after = used();
        measured.cpu = after.0.saturating_sub(before.0);
        let ours = measured.cpu + after.1.saturating_sub(before.1);
        measured.elsewhere = (after.2.saturating_sub(before.2)).saturating_sub(ours);
        measured.times.sort_unstable();
        measured
    }
}

/// What a load came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Measured {
    /// The time of each request, in order of size.
    times: Vec<Duration>,
    /// Answers that were not what they should be.
    pub(crate) wrong: usize,
    /// The first of them.
    pub(crate) first_wrong: Option<String>,
    /// How long the load took.
    pub(crate) seconds: f64,
    /// CPU time of the server, user and system.
    cpu: Duration,
    /// CPU time of everything else on the machine but the driver.
    elsewhere: Duration,
}

impl Measured {
    fn note(&mut self, took: Duration, verdict: Result<(), String>) {
        self.times.push(took);
        if let Err(problem) = verdict {
            self.wrong += 1;
            self.first_wrong.get_or_insert(problem);
        }
    }

    fn is_hopeless(&self) -> bool {
        self.wrong >= HOPELESS && self.wrong == self.times.len()
    }

    /// Number of requests that were answered rightly.
    pub(crate) fn right(&self) -> usize {
        self.times.len() - self.wrong
    }

    /// Right answers a second.
    #[expect(clippy::cast_precision_loss, reason = "a number of requests")]
    pub(crate) fn per_second(&self) -> f64 {
        self.right() as f64 / self.seconds
    }

    /// The time within which this share of the answers came, in milliseconds.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a number of requests"
    )]
    pub(crate) fn quantile(&self, share: f64) -> f64 {
        let last = self.times.len().saturating_sub(1);
        let place = (last as f64 * share).round() as usize;
        self.times
            .get(place)
            .map_or(0.0, |time| time.as_secs_f64() * 1e3)
    }

    /// How many cores others kept busy meanwhile: what makes times unusable, and CPU a little higher.
    pub(crate) fn cores_elsewhere(&self) -> f64 {
        self.elsewhere.as_secs_f64() / self.seconds
    }

    /// CPU time of the server for one request, in microseconds.
    #[expect(clippy::cast_precision_loss, reason = "a number of requests")]
    pub(crate) fn cpu_each(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.times.len().max(1) as f64
    }
}

/// Random numbers, the same in each run.
#[derive(Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// Returns a number below `sides`.
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        // SplitMix64
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) >> 33).unwrap_or_default() % sides.max(1)
    }
}

//! Who is expected to write together.
//!
//! # Why
//! Those who were answered by a commit come again while the next one is under way, which took
//! only those who had waited: two halves by turns, each waiting for the other, at half of what
//! the disk could do. So a commit waits a little for as many as there were. One client alone is
//! never waited for, and neither is anybody on a disk that syncs as fast as they come.

use std::time::{Duration, Instant};

use tokio::sync::mpsc;

/// Those who write at the same time, as the last commit saw them.
#[derive(Default)]
pub(super) struct Company {
    /// How many wrote or waited at the end of the last commit.
    size: usize,
    /// How long it is worth to wait for them.
    pub(super) patience: Duration,
}

impl Company {
    /// Less than this is no wait, but a delay by the system's timer.
    const LEAST: Duration = Duration::from_micros(250);
    /// A disk that has stalled says nothing of the next commit.
    const MOST: Duration = Duration::from_millis(10);

    /// A commit took so long; so many wrote in it or waited at its end.
    pub(super) fn saw(&mut self, commit: Duration, size: usize) {
        let patience = (commit / 4).min(Self::MOST);
        self.patience = if patience < Self::LEAST {
            Duration::ZERO
        } else {
            patience
        };
        self.size = size;
    }

    /// The next request for a group that has so many, if one comes in time.
    pub(super) fn next<T>(
        &self,
        jobs: &mut mpsc::Receiver<T>,
        has: usize,
        until: Instant,
    ) -> Option<T> {
        loop {
            if let Ok(job) = jobs.try_recv() {
                return Some(job);
            }
            if has >= self.size || Instant::now() >= until {
                return None;
            }
            std::thread::sleep(self.patience / 10);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_hours(1);

    #[test]
    fn one_alone_is_not_waited_for() {
        let (_sender, mut jobs) = mpsc::channel::<u32>(8);
        let mut company = Company::default();
        company.saw(LONG, 1);
        assert_eq!(company.next(&mut jobs, 1, Instant::now() + LONG), None);
    }

    #[test]
    fn those_who_were_there_are_waited_for() {
        let (sender, mut jobs) = mpsc::channel(8);
        let mut company = Company::default();
        company.saw(LONG, 3);
        sender.try_send(2).unwrap();
        let until = Instant::now() + LONG;
        assert_eq!(company.next(&mut jobs, 1, until), Some(2));
        let third = std::thread::spawn(move || sender.try_send(3));
        assert_eq!(company.next(&mut jobs, 2, until), Some(3));
        third.join().unwrap().unwrap();
    }

    #[test]
    fn a_fast_disk_waits_for_nobody() {
        let (_sender, mut jobs) = mpsc::channel::<u32>(8);
        let mut company = Company::default();
        company.saw(Company::LEAST, 8);
        assert!(company.patience.is_zero());
        let until = Instant::now() + company.patience;
        assert_eq!(company.next(&mut jobs, 1, until), None);
    }
}

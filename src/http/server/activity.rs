//! What a connection is doing, and for how long.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::{Patience, UntilSent};

/// A client that has just connected, or has just been answered, is not idle yet.
const BREATH: Duration = Duration::from_secs(1);

/// What a connection is doing. Times are milliseconds since the server started, plus one; 0 is
/// never.
#[derive(Debug)]
pub(super) struct Activity {
    started: Instant,
    /// Requests that are not answered to the end.
    in_flight: AtomicUsize,
    /// Those of them whose answers are being sent.
    sending: AtomicUsize,
    /// When a request's head began to come that is not complete.
    head_since: AtomicU64,
    /// When an answer last went on.
    progress: AtomicU64,
    /// Since when nothing more can be written.
    blocked_since: AtomicU64,
    /// When the last answer ended, or the connection began.
    rest_since: AtomicU64,
    is_http2: AtomicBool,
    /// Anything came.
    spoke: AtomicBool,
}

/// What is to become of a connection.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Keep,
    /// It may answer what it was asked.
    Finish,
    /// It ends here.
    Cut,
}

/// How often to look at a connection.
pub(super) fn look_every(patience: &Patience) -> Duration {
    let shortest = patience.head.min(patience.body).min(patience.idle);
    (shortest / 2).clamp(Duration::from_millis(50), Duration::from_secs(5))
}

impl Activity {
    pub(super) fn new(started: Instant) -> Self {
        let activity = Self {
            started,
            in_flight: AtomicUsize::new(0),
            sending: AtomicUsize::new(0),
            head_since: AtomicU64::new(0),
            progress: AtomicU64::new(0),
            blocked_since: AtomicU64::new(0),
            rest_since: AtomicU64::new(0),
            is_http2: AtomicBool::new(false),
            spoke: AtomicBool::new(false),
        };
        let now = activity.now();
        // who says nothing at all is as slow as who says half a head
        activity.head_since.store(now, Relaxed);
        activity.rest_since.store(now, Relaxed);
        activity
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).map_or(u64::MAX, |ms| ms + 1)
    }

    /// Bytes came, these; returns whether they are HTTP/2.
    pub(super) fn read(&self, bytes: &[u8]) -> bool {
        if !self.spoke.swap(true, Relaxed) && bytes.starts_with(b"PRI") {
            self.is_http2.store(true, Relaxed);
        }
        if self.in_flight.load(Relaxed) == 0 {
            let _ = self
                .head_since
                .compare_exchange(0, self.now(), Relaxed, Relaxed);
        }
        self.is_http2.load(Relaxed)
    }

    /// Bytes went.
    pub(super) fn wrote(&self) {
        self.progress.store(self.now(), Relaxed);
        self.blocked_since.store(0, Relaxed);
    }

    /// The client takes nothing.
    pub(super) fn cannot_write(&self) {
        let _ = self
            .blocked_since
            .compare_exchange(0, self.now(), Relaxed, Relaxed);
    }

    /// A request's head is complete.
    pub(super) fn begin(self: &Arc<Self>) -> InFlight {
        self.in_flight.fetch_add(1, Relaxed);
        self.head_since.store(0, Relaxed);
        InFlight {
            activity: Arc::clone(self),
            is_sending: false,
        }
    }

    /// Decides what is to become of the connection; `crowded` if others wait for its place.
    pub(super) fn verdict(&self, patience: &Patience, crowded: bool) -> Verdict {
        let now = self.now();
        let longer = |since: u64, limit: Duration| {
            since > 0 && u128::from(now.saturating_sub(since)) > limit.as_millis()
        };
        if longer(self.blocked_since.load(Relaxed), patience.body) {
            return Verdict::Cut;
        }
        let in_flight = self.in_flight.load(Relaxed);
        if in_flight > 0 {
            let all_wait = self.sending.load(Relaxed) == in_flight;
            return if all_wait && longer(self.progress.load(Relaxed), patience.body) {
                Verdict::Cut
            } else {
                Verdict::Keep
            };
        }
        let (head, rest) = (self.head_since.load(Relaxed), self.rest_since.load(Relaxed));
        let is_reading = head > 0 && !self.is_http2.load(Relaxed);
        if is_reading && longer(head, patience.head) || longer(rest, patience.idle + patience.head)
        {
            return Verdict::Cut;
        }
        if longer(rest, patience.idle)
            || crowded && !(is_reading && self.spoke.load(Relaxed)) && longer(rest, BREATH)
        {
            return Verdict::Finish;
        }
        Verdict::Keep
    }
}

/// A request that is not answered to the end, until it is dropped.
#[derive(Debug)]
pub(super) struct InFlight {
    activity: Arc<Activity>,
    is_sending: bool,
}

impl InFlight {
    /// The answer is ready to be sent.
    pub(super) fn sending<B>(mut self, body: B, until_sent: Option<UntilSent>) -> Sending<B> {
        self.is_sending = true;
        self.activity.sending.fetch_add(1, Relaxed);
        self.activity.wrote();
        Sending {
            body,
            in_flight: self,
            _until_sent: until_sent,
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let activity = &self.activity;
        if self.is_sending {
            activity.sending.fetch_sub(1, Relaxed);
        }
        activity.head_since.store(0, Relaxed);
        activity.rest_since.store(activity.now(), Relaxed);
        activity.in_flight.fetch_sub(1, Relaxed);
    }
}

/// The body of an answer, which counts as in flight until it is sent.
#[derive(Debug)]
pub(super) struct Sending<B> {
    body: B,
    in_flight: InFlight,
    _until_sent: Option<UntilSent>,
}

impl<B: Body<Data = Bytes> + Unpin> Body for Sending<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        self.in_flight.activity.wrote();
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Activity of a server that started so long ago.
    fn activity(age: Duration) -> Arc<Activity> {
        Arc::new(Activity::new(Instant::now().checked_sub(age).unwrap()))
    }

    const PATIENCE: Patience = Patience {
        head: Duration::from_secs(10),
        body: Duration::from_mins(1),
        idle: Duration::from_secs(75),
        connections: 1,
    };

    fn since(activity: &Activity, field: &AtomicU64, ago: u64) {
        field.store(activity.now() - ago * 1_000, Relaxed);
    }

    #[test]
    fn who_says_nothing_or_half_a_head_is_cut() {
        let activity = activity(Duration::from_hours(1));
        assert_eq!(activity.verdict(&PATIENCE, false), Verdict::Keep);
        since(&activity, &activity.head_since, 11);
        assert_eq!(activity.verdict(&PATIENCE, false), Verdict::Cut);
    }

    #[test]
    fn who_was_answered_may_rest_but_not_for_ever() {
        let activity = activity(Duration::from_hours(1));
        drop(activity.begin());
        since(&activity, &activity.rest_since, 70);
        assert_eq!(activity.verdict(&PATIENCE, false), Verdict::Keep);
        assert_eq!(activity.verdict(&PATIENCE, true), Verdict::Finish);
        since(&activity, &activity.rest_since, 76);
        assert_eq!(activity.verdict(&PATIENCE, false), Verdict::Finish);
        since(&activity, &activity.rest_since, 86);
        assert_eq!(activity.verdict(&PATIENCE, false), Verdict::Cut);
    }

    #[test]
    fn who_takes_nothing_of_an_answer_is_cut_and_who_waits_for_one_is_not() {
        let activity = activity(Duration::from_hours(1));
        let in_flight = activity.begin();
        since(&activity, &activity.rest_since, 1_000);
        assert_eq!(activity.verdict(&PATIENCE, true), Verdict::Keep);
        let sending = in_flight.sending((), None);
        assert_eq!(activity.verdict(&PATIENCE, false), Verdict::Keep);
        since(&activity, &activity.progress, 61);
        assert_eq!(activity.verdict(&PATIENCE, false), Verdict::Cut);
        // hyper may have the whole answer, and nowhere to write it
        drop(sending);
        activity.cannot_write();
        since(&activity, &activity.blocked_since, 61);
        assert_eq!(activity.verdict(&PATIENCE, false), Verdict::Cut);
        activity.wrote();
        assert_eq!(activity.verdict(&PATIENCE, false), Verdict::Keep);
    }

    #[test]
    fn who_has_said_nothing_makes_room() {
        let activity = activity(Duration::from_hours(1));
        since(&activity, &activity.rest_since, 2);
        assert_eq!(activity.verdict(&PATIENCE, true), Verdict::Finish);
        activity.read(b"GET");
        assert_eq!(activity.verdict(&PATIENCE, true), Verdict::Keep);
    }

    #[test]
    fn window_updates_of_http2_are_no_head() {
        let activity = activity(Duration::from_hours(1));
        activity.read(b"PRI * HTTP/2.0\r\n");
        drop(activity.begin());
        activity.read(b"\0\0\x04\x08");
        since(&activity, &activity.head_since, 11);
        assert_eq!(activity.verdict(&PATIENCE, false), Verdict::Keep);
    }
}

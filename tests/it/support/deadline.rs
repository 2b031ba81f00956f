use std::io::Write as _;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// Far longer than the longest test takes on a slow machine.
const LONGEST: Duration = Duration::from_mins(8);

/// Ends all tests, and names its own, if it is not dropped in time.
///
/// `cargo test` waits for ever for a test that waits for ever.
#[derive(Debug)]
pub(super) struct Deadline {
    /// Closed when this is dropped.
    _end: Sender<()>,
}

impl Deadline {
    pub(super) fn begin() -> Self {
        let test = std::thread::current()
            .name()
            .unwrap_or("a test without a name")
            .to_owned();
        let (sender, end) = channel::<()>();
        std::thread::spawn(move || {
            if end.recv_timeout(LONGEST) == Err(RecvTimeoutError::Timeout) {
                // not by eprintln!, which tests keep to themselves until they end
                let minutes = LONGEST.as_secs() / 60;
                drop(writeln!(
                    std::io::stderr(),
                    "{test} has no end: {minutes} minutes are over"
                ));
                std::process::exit(101);
            }
        });
        Self { _end: sender }
    }
}

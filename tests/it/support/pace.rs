use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinHandle;

use super::Client;

/// How long a good client waits for an answer, but for the slowest one of a hundred.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace(Duration);

impl Pace {
    /// Measures a good client that is alone with the server and reads.
    pub(crate) async fn of(client: &Client, path: &str) -> Self {
        let mut waits = Vec::new();
        for n in 0..100 {
            waits.push(read(client, path, n).await);
        }
        Self::at_99_of_a_hundred(waits)
    }

    /// Measures a good client as long as an attack lasts, and returns what the attack found.
    pub(crate) async fn during<T>(client: &Client, path: &str, attack: JoinHandle<T>) -> (Self, T) {
        let mut waits = Vec::new();
        while !attack.is_finished() || waits.len() < 100 {
            waits.push(read(client, path, waits.len()).await);
        }
        let found = attack.await.expect("an attack does not panic");
        (Self::at_99_of_a_hundred(waits), found)
    }

    /// Measures a good client that is alone with the server and changes this resource.
    pub(crate) async fn of_changes(client: &Client, path: &str) -> Self {
        let mut waits = Vec::new();
        for n in 0..20 {
            waits.push(change(client, path, n).await);
        }
        Self::at_99_of_a_hundred(waits)
    }

    /// Measures a good client that changes this resource as long as an attack lasts.
    pub(crate) async fn of_changes_during<T>(
        client: &Client,
        path: &str,
        attack: JoinHandle<T>,
    ) -> (Self, T) {
        let mut waits = Vec::new();
        while !attack.is_finished() || waits.len() < 20 {
            waits.push(change(client, path, waits.len()).await);
        }
        let found = attack.await.expect("an attack does not panic");
        (Self::at_99_of_a_hundred(waits), found)
    }

    /// Asserts that an attack did not make a good client wait much longer.
    #[track_caller]
    pub(crate) fn is_hardly_slower_than(self, calm: Self) {
        let bound = calm.0 * 10 + Duration::from_millis(500);
        assert!(
            self.0 <= bound,
            "under attack a good client waits {:?}, without {:?}",
            self.0,
            calm.0
        );
    }

    fn at_99_of_a_hundred(mut waits: Vec<Duration>) -> Self {
        waits.sort();
        Self(waits[waits.len() * 99 / 100])
    }
}

/// Reads once, on a new connection every tenth time.
async fn read(client: &Client, path: &str, n: usize) -> Duration {
    let newcomer = Client::clone(client);
    let client = if n.is_multiple_of(10) {
        &newcomer
    } else {
        client
    };
    let start = Instant::now();
    client.get(path).await.is(200);
    start.elapsed()
}

async fn change(client: &Client, path: &str, n: usize) -> Duration {
    let operations = json!([{ "op": "replace", "path": "title", "value": n.to_string() }]);
    let start = Instant::now();
    client.edit(path, operations).await.is(200);
    start.elapsed()
}

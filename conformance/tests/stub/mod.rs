//! The specimen: a small SCIM 2.0 server that is right (RFC 7643, 7644, 9865), and in which each rule can be broken
//! on purpose, so that a conformance suite can be shown to notice it.
//!
//! Everything is in memory and goes when the [`Stub`] is dropped.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each crate that includes the module uses a part of it"
)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a specimen for tests; whatever it indexes it has made itself"
)]

pub mod breaks;
pub mod listed;
pub mod rude;

mod admit;
mod basics_breaks;
mod bulk;
mod bulk_step;
mod compare;
mod cursor;
mod definitions;
mod discovery;
mod discovery_breaks;
mod door_breaks;
mod edits;
mod elements;
mod error;
mod filter;
mod flow_breaks;
mod group_breaks;
mod list;
mod mutability;
mod names;
mod patch;
mod query_breaks;
mod schema;
mod serve;
mod show;
mod shown;
mod store;
mod text;
mod wire;
mod wire_breaks;
mod yes_man;

use std::net::{SocketAddr, TcpListener};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;

use serve::Server;
use wire::Handler;

const PREFIX: &str = "/scim/v2";

/// A running specimen, which stops when it is dropped.
#[derive(Debug)]
pub struct Stub {
    address: SocketAddr,
    token: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Stub {
    /// Starts a specimen on a free port that keeps all rules but the `broken` ones.
    ///
    /// A name that [`breaks::BREAKS`] does not list breaks nothing.
    pub fn start(broken: &[&str]) -> Self {
        Self::start_at(0, broken)
    }

    /// As [`Self::start`], on that port.
    pub fn start_at(port: u16, broken: &[&str]) -> Self {
        Self::start_with(port, broken, cursor::TIMEOUT)
    }

    /// As [`Self::start`], with cursors that live only so long (RFC 9865 §4 `cursorTimeout`).
    pub fn start_with_cursor_timeout(broken: &[&str], timeout: Duration) -> Self {
        Self::start_with(0, broken, timeout)
    }

    /// Starts the negative control: it answers 200 and a plausible body to everything.
    pub fn start_yes_man() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let base = format!("http://{}{PREFIX}", listener.local_addr().unwrap());
        Self::serving(
            listener,
            new_token(),
            Vec::new(),
            Box::new(move |asked| yes_man::answer(&base, asked)),
        )
    }

    fn start_with(port: u16, broken: &[&str], cursor_timeout: Duration) -> Self {
        let token = new_token();
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let mut server = Server {
            base: format!("http://{}{PREFIX}", listener.local_addr().unwrap()),
            token: token.clone(),
            store: store::Store::default(),
            cursors: cursor::Cursors::new(cursor_timeout),
        };
        let broken: Vec<String> = broken.iter().map(|&name| name.to_owned()).collect();
        Self::serving(
            listener,
            token,
            broken,
            Box::new(move |asked| server.answer(asked)),
        )
    }

    fn serving(
        listener: TcpListener,
        token: String,
        broken: Vec<String>,
        handler: Handler,
    ) -> Self {
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            breaks::break_here(&broken);
            wire::serve(listener, PREFIX, handler, stopped);
        });
        Self {
            address,
            token,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base URI, without a slash at the end.
    pub fn base_url(&self) -> String {
        format!("http://{}{PREFIX}", self.address)
    }

    /// The bearer token that it accepts.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Waits until it is stopped from outside.
    pub fn wait(mut self) {
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn new_token() -> String {
    format!("stub-{}", uuid::Uuid::new_v4().simple())
}

impl Drop for Stub {
    fn drop(&mut self) {
        let _ = self.stop.take().map(|stop| stop.send(()));
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

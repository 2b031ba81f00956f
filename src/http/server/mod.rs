//! Accepts connections and serves HTTP/1.1 and HTTP/2 on them, until told to stop.
//!
//! # Why
//! `axum::serve` waits for slow clients without a limit and takes as many as come. This loop
//! knows what each connection is doing (`activity`), ends those that do nothing for too long,
//! and makes room among the idle ones when there are too many.

mod activity;
mod framing;
mod tls;
mod wire;

use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tower::ServiceExt as _;

use activity::{Activity, Verdict};
use wire::Wire;

pub use tls::{Tls, TlsError};

/// How long requests may take to finish once we were told to stop.
const GRACE: Duration = Duration::from_secs(20);
/// Streams of one HTTP/2 connection.
const STREAMS: u32 = 128;
/// Bytes of a request's head.
const HEAD_BYTES: usize = 64 * 1024;

/// How long a client may take, and how many may come.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For a TLS handshake, the first bytes, and a request's head.
    pub head: Duration,
    /// For a request's body, and for taking any of an answer.
    pub body: Duration,
    /// Between two requests.
    pub idle: Duration,
    /// Connections at a time.
    pub connections: usize,
}

/// How a request came, among its extensions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer {
    /// Who opened the connection.
    pub(super) address: SocketAddr,
    /// True if the connection is TLS.
    pub(super) is_tls: bool,
}

/// What holds until the answer is sent: an answer carries it among its extensions.
#[derive(Clone, Debug)]
pub(super) struct UntilSent(
    #[expect(dead_code, reason = "it is there to be dropped")]
    pub(super)  Arc<dyn std::any::Any + Send + Sync>,
);

/// What all connections share.
struct Shared {
    router: Router,
    tls: Option<Tls>,
    patience: Patience,
    http: auto::Builder<TokioExecutor>,
    started: Instant,
}

/// Serves until `stop` is ready, then lets running requests finish.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    tls: Option<Tls>,
    patience: Patience,
    stop: impl Future<Output = ()>,
) {
    let most = u32::try_from(patience.connections)
        .unwrap_or(u32::MAX)
        .max(1);
    let room = Arc::new(Semaphore::new(most as usize));
    let shared = Arc::new(Shared {
        router,
        tls,
        patience,
        http: http_builder(),
        started: Instant::now(),
    });
    let (stopping, crowded) = (watch::Sender::new(false), watch::Sender::new(()));
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // out of file descriptors, most likely: those who are served go on
                tracing::warn!("cannot accept a connection: {error}");
                crowded.send_replace(());
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let permit = tokio::select! {
            permit = place_in(&room, &crowded) => permit,
            () = &mut stop => break,
        };
        let (shared, stopping, crowded) = (
            Arc::clone(&shared),
            stopping.subscribe(),
            crowded.subscribe(),
        );
        tokio::spawn(async move {
            shared.greet(stream, address, stopping, crowded).await;
            drop(permit);
        });
    }
    drop(listener);
    stopping.send_replace(true);
    if timeout(GRACE, room.acquire_many(most)).await.is_err() {
        tracing::warn!("some requests did not finish in {GRACE:?}");
    }
}

/// Waits for a place for a connection, and asks the idle ones for theirs.
async fn place_in(room: &Arc<Semaphore>, crowded: &watch::Sender<()>) -> OwnedSemaphorePermit {
    loop {
        let permit = Arc::clone(room).acquire_owned();
        match timeout(Duration::from_millis(100), permit).await {
            Ok(Ok(permit)) => return permit,
            Ok(Err(_)) | Err(_) => crowded.send_replace(()),
        }
    }
}

fn http_builder() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        // a head that is slow and a client that is idle are not the same: see `activity`
        .header_read_timeout(None)
        .max_buf_size(HEAD_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(16 * 1024)
        .max_pending_accept_reset_streams(20)
        .max_local_error_reset_streams(64)
        .max_send_buf_size(64 * 1024)
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(20));
    builder
}

impl Shared {
    /// Shakes hands, if it is to be TLS, and serves the connection.
    async fn greet(
        &self,
        stream: TcpStream,
        address: SocketAddr,
        stopping: watch::Receiver<bool>,
        crowded: watch::Receiver<()>,
    ) {
        let _ = stream.set_nodelay(true);
        let Some(tls) = &self.tls else {
            return self.talk(stream, address, stopping, crowded).await;
        };
        match timeout(self.patience.head, tls.accept(stream)).await {
            Ok(Ok(stream)) => self.talk(stream, address, stopping, crowded).await,
            Ok(Err(error)) => tracing::debug!("no TLS with {address}: {error}"),
            Err(_) => tracing::debug!("{address} is too slow for TLS"),
        }
    }

    /// Serves a connection until it ends or has to.
    async fn talk(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        address: SocketAddr,
        mut stopping: watch::Receiver<bool>,
        mut crowded: watch::Receiver<()>,
    ) {
        let activity = Arc::new(Activity::new(self.started));
        let peer = Peer {
            address,
            is_tls: self.tls.is_some(),
        };
        let wire = Wire::new(stream, Arc::clone(&activity));
        let (router, served) = (self.router.clone(), Arc::clone(&activity));
        let service = service_fn(move |mut request: http::Request<Incoming>| {
            let request_activity = served.begin();
            request.extensions_mut().insert(peer);
            let router = router.clone();
            async move {
                let mut response = router.oneshot(request).await?;
                let until_sent = response.extensions_mut().remove::<UntilSent>();
                Ok::<_, std::convert::Infallible>(
                    response.map(|body| request_activity.sending(body, until_sent)),
                )
            }
        });
        let mut connection = pin!(self.http.serve_connection(TokioIo::new(wire), service));
        let mut look = interval(activity::look_every(&self.patience));
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let verdict = tokio::select! {
                ended = connection.as_mut() => {
                    if let Err(error) = ended {
                        tracing::debug!("the connection of {address} ended: {error}");
                    }
                    return;
                }
                _ = look.tick() => activity.verdict(&self.patience, false),
                Ok(()) = crowded.changed() => activity.verdict(&self.patience, true),
                Ok(()) = stopping.changed() => Verdict::Finish,
            };
            match verdict {
                Verdict::Keep => {}
                Verdict::Finish => connection.as_mut().graceful_shutdown(),
                Verdict::Cut => {
                    tracing::debug!("{address} is too slow");
                    return;
                }
            }
        }
    }
}

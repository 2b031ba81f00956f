use std::future::pending;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::select;
use tokio::time::{sleep, timeout};

use super::Client;

/// After so long a hostile client has won: the server should have closed long before.
pub(crate) const GIVE_UP: Duration = Duration::from_secs(30);

/// How slowly a slow client is slow.
const DRIP: Duration = Duration::from_millis(100);

impl Client {
    /// Opens a bare connection for asynchronous tests.
    pub(crate) async fn wire(&self) -> TcpStream {
        TcpStream::connect(self.address())
            .await
            .expect("the server accepts connections")
    }

    /// Opens a connection that can take a few kilobytes of an answer before it is read.
    pub(crate) async fn narrow_wire(&self) -> TcpStream {
        let socket = TcpSocket::new_v4().expect("a socket can be made");
        socket
            .set_recv_buffer_size(4096)
            .expect("a buffer can be made small");
        socket
            .connect(self.address())
            .await
            .expect("the server accepts connections")
    }

    /// Returns the head of a request with the token, on a connection that stays open.
    pub(crate) fn head(&self, first_line: &str, headers: &[&str]) -> String {
        let mut head = format!(
            "{first_line}\r\nHost: {}\r\nAuthorization: Bearer {}\r\n",
            self.address(),
            self.token()
        );
        for header in headers {
            head.push_str(header);
            head.push_str("\r\n");
        }
        head + "\r\n"
    }

    /// Writes bytes and reads until the server closes; none if it never does.
    pub(crate) async fn write_until_closed(&self, bytes: impl Into<Vec<u8>>) -> Option<String> {
        let (mut reading, mut writing) = self.wire().await.into_split();
        let bytes = bytes.into();
        // A server may close before it has read everything.
        let write = async move {
            drop(writing.write_all(&bytes).await);
            pending::<()>().await;
        };
        select! {
            answer = until_closed(&mut reading) => answer,
            () = write => None,
        }
    }
}

/// Reads until the server closes, and returns what it had said; none if it never does.
pub(crate) async fn until_closed(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut answer = Vec::new();
    // A connection that is reset is closed as well.
    let closed = timeout(GIVE_UP, stream.read_to_end(&mut answer)).await;
    closed
        .is_ok()
        .then(|| String::from_utf8_lossy(&answer).into_owned())
}

/// Writes a start, then a piece again and again, as slowly as a hostile client does, until the
/// server closes; returns what it had said, none if it never closes.
pub(crate) async fn drip(stream: TcpStream, start: &[u8], piece: &[u8]) -> Option<String> {
    let (mut reading, mut writing) = stream.into_split();
    let write = async move {
        let mut open = writing.write_all(start).await.is_ok();
        while open {
            sleep(DRIP).await;
            open = writing.write_all(piece).await.is_ok();
        }
        pending::<()>().await;
    };
    select! {
        answer = until_closed(&mut reading) => answer,
        () = write => None,
    }
}

/// Writes a start, then a piece again and again, as fast as the server reads, until it closes.
///
/// Returns how many bytes it took and what it had said; none if it never closes.
pub(crate) async fn pour(stream: TcpStream, start: &[u8], piece: &[u8]) -> Option<(usize, String)> {
    let (mut reading, mut writing) = stream.into_split();
    let mut written = 0;
    let write = async {
        let mut open = writing.write_all(start).await.is_ok();
        while open {
            open = writing.write_all(piece).await.is_ok();
            written += piece.len();
        }
        pending::<()>().await;
    };
    let answer = select! {
        answer = until_closed(&mut reading) => answer,
        () = write => None,
    };
    answer.map(|answer| (written, answer))
}

/// Writes now and then, and never reads, until the server has closed; tells whether it did.
pub(crate) async fn closed_though_unread(mut stream: TcpStream) -> bool {
    let probe = async {
        while stream.write_all(b"\r\n").await.is_ok() {
            sleep(DRIP).await;
        }
    };
    timeout(GIVE_UP, probe).await.is_ok()
}

/// Returns the status of every HTTP/1 answer in what was read from a connection.
pub(crate) fn statuses(read: &str) -> Vec<u16> {
    read.split("HTTP/1.")
        .skip(1)
        .filter_map(|answer| answer.get(2..5)?.parse().ok())
        .collect()
}

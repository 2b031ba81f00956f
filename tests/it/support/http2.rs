use std::future::pending;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::select;
use tokio::time::timeout;

use super::Client;
use super::wire::GIVE_UP;

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const PRIORITY: u8 = 2;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PING: u8 = 6;
pub(crate) const GOAWAY: u8 = 7;
pub(crate) const WINDOW_UPDATE: u8 = 8;
pub(crate) const CONTINUATION: u8 = 9;

pub(crate) const END_STREAM: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;

/// A frame that the server sent (RFC 9113 §4.1).
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) stream: u32,
    pub(crate) payload: Vec<u8>,
}

impl Frame {
    /// Tells whether these are the headers of a 2xx answer.
    ///
    /// The server's encoder writes 200 and 204 as an index and the others in words.
    pub(crate) fn is_success(&self) -> bool {
        self.kind == HEADERS
            && (matches!(self.payload.first(), Some(0x88..=0x8a))
                || self.payload.starts_with(b"\x48\x03201")
                || self.payload.starts_with(b"\x48\x82\x10\x03"))
    }
}

/// Returns the bytes of a frame.
pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a frame is small");
    let mut bytes = length.to_be_bytes()[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// Writes header fields as literals that enter no table (RFC 7541 §6.2.2).
pub(crate) fn fields(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in fields {
        block.push(0);
        text(&mut block, name);
        text(&mut block, value);
    }
    block
}

/// Writes a string without compression (RFC 7541 §5.2).
pub(crate) fn text(block: &mut Vec<u8>, text: &str) {
    let length = text.len();
    if let Some(rest) = length.checked_sub(127) {
        block.push(127);
        let mut rest = rest;
        while rest >= 128 {
            block.push(u8::try_from(rest % 128 + 128).expect("seven bits and a flag"));
            rest /= 128;
        }
        block.push(u8::try_from(rest).expect("seven bits"));
    } else {
        block.push(u8::try_from(length).expect("less than 127"));
    }
    block.extend(text.as_bytes());
}

/// An HTTP/2 connection on which a test writes frames itself.
pub(crate) struct Http2 {
    reading: OwnedReadHalf,
    writing: OwnedWriteHalf,
    authority: String,
    authorization: String,
}

impl Http2 {
    /// Opens a connection with prior knowledge, and these settings of the client.
    pub(crate) async fn open(client: &Client, settings: &[(u16, u32)]) -> Self {
        Self::on(client.wire().await, client, settings).await
    }

    pub(crate) async fn on(stream: TcpStream, client: &Client, settings: &[(u16, u32)]) -> Self {
        let (reading, mut writing) = stream.into_split();
        let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
        bytes.extend(frame(SETTINGS, 0, 0, &self::settings(settings)));
        writing
            .write_all(&bytes)
            .await
            .expect("a new connection can be written to");
        Self {
            reading,
            writing,
            authority: client.address().to_string(),
            authorization: format!("Bearer {}", client.token()),
        }
    }

    /// Returns the header block of a request with the token.
    pub(crate) fn request(&self, method: &str, path: &str, more: &[(&str, &str)]) -> Vec<u8> {
        let mut all = vec![
            (":method", method),
            (":scheme", "http"),
            (":path", path),
            (":authority", self.authority.as_str()),
            ("authorization", self.authorization.as_str()),
        ];
        all.extend(more);
        fields(&all)
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        // A server may have closed already; the test sees that when it reads.
        drop(self.writing.write_all(bytes).await);
    }

    /// Reads one frame; none when the server has closed.
    async fn next(&mut self) -> Option<Frame> {
        next(&mut self.reading).await
    }

    /// Reads frames to the one that is looked for, to the server's closing, or until the test
    /// gives up; the last is what was looked for if it came.
    pub(crate) async fn frames_until(&mut self, found: impl Fn(&Frame) -> bool) -> Vec<Frame> {
        let mut frames = Vec::new();
        let read = async {
            while let Some(frame) = self.next().await {
                let last = found(&frame);
                frames.push(frame);
                if last {
                    break;
                }
            }
        };
        // What came in time is what counts.
        drop(timeout(GIVE_UP, read).await);
        frames
    }

    /// Reads and discards frames, and tells whether the server closes.
    pub(crate) async fn closes(mut self) -> bool {
        let read = async { while self.next().await.is_some() {} };
        timeout(GIVE_UP, read).await.is_ok()
    }

    /// Writes batch after batch while reading what comes, and tells whether the server closes.
    pub(crate) async fn flood(self, mut batch: impl FnMut(u32) -> Vec<u8>) -> bool {
        let (mut reading, mut writing) = (self.reading, self.writing);
        let write = async {
            for n in 0.. {
                if writing.write_all(&batch(n)).await.is_err() {
                    break;
                }
                tokio::task::yield_now().await;
            }
            pending::<()>().await;
        };
        let read = async { while next(&mut reading).await.is_some() {} };
        let closed = async {
            select! {
                () = read => {},
                () = write => {},
            }
        };
        timeout(GIVE_UP, closed).await.is_ok()
    }
}

async fn next(reading: &mut OwnedReadHalf) -> Option<Frame> {
    let mut head = [0; 9];
    reading.read_exact(&mut head).await.ok()?;
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
    let mut payload = vec![0; usize::try_from(length).expect("a frame fits into memory")];
    reading.read_exact(&mut payload).await.ok()?;
    Some(Frame {
        kind: head[3],
        flags: head[4],
        stream: u32::from_be_bytes([head[5] & 0x7f, head[6], head[7], head[8]]),
        payload,
    })
}

/// Writes the payload of SETTINGS (RFC 9113 §6.5.1).
fn settings(settings: &[(u16, u32)]) -> Vec<u8> {
    let mut payload = Vec::new();
    for (name, value) in settings {
        payload.extend(name.to_be_bytes());
        payload.extend(value.to_be_bytes());
    }
    payload
}

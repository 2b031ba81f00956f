use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use super::Client;

/// An answer as it came over the wire, to bytes that no HTTP library would send.
#[derive(Debug)]
pub(crate) struct RawAnswer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl RawAnswer {
    /// Returns the body as JSON; `null` when it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|it| it.parse().ok());
        Self {
            status: status.unwrap_or_else(|| panic!("no HTTP answer: {text:?}")),
            body: body.to_owned(),
        }
    }
}

impl Client {
    /// Opens a bare connection, on which a read gives up after a while instead of hanging.
    pub(crate) fn raw_connection(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address()).expect("the server accepts connections");
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .expect("a timeout can be set");
        stream
    }

    /// Writes bytes and reads until the server closes; send `Connection: close`.
    ///
    /// A server may answer before it has read everything, so a failed write is no failure.
    pub(crate) fn raw(&self, bytes: &[u8]) -> RawAnswer {
        let mut stream = self.raw_connection();
        drop(stream.write_all(bytes));
        let mut answer = Vec::new();
        drop(stream.read_to_end(&mut answer));
        RawAnswer::parse(&answer)
    }

    /// Writes a request with this head (first line and further headers) and body.
    ///
    /// `Host`, the token and `Connection: close` are added; `Content-Length` is not.
    pub(crate) fn raw_request(&self, head: &str, body: &[u8]) -> RawAnswer {
        self.raw(&self.raw_bytes(head, body))
    }

    pub(crate) fn raw_bytes(&self, head: &str, body: &[u8]) -> Vec<u8> {
        let (address, token) = (self.address(), self.token());
        let (first, further) = head.split_once("\r\n").unwrap_or((head, ""));
        let further = if further.is_empty() {
            String::new()
        } else {
            format!("{further}\r\n")
        };
        let mut bytes = format!(
            "{first}\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n{further}\r\n"
        )
        .into_bytes();
        bytes.extend_from_slice(body);
        bytes
    }
}

//! HTTP/1 written by hand, for what no library sends: only without TLS, and only for checks of
//! the wire itself.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use crate::check::Stop;
use crate::exchange::{Exchange, Received, shortened};
use crate::wire::Target;

/// How long a connection is listened to for what need not come.
const MOMENT: Duration = Duration::from_secs(1);

/// An answer with a longer body is cut off: no check needs one.
const LONGEST_ANSWER: u64 = 1024 * 1024;

/// A connection to the server that is judged.
#[derive(Debug)]
pub struct Connection {
    reader: BufReader<TcpStream>,
    host: String,
    prefix: String,
    is_old: bool,
}

/// A request, as it will be on the wire.
#[derive(Clone, Debug)]
pub struct Message {
    method: String,
    path: String,
    version: &'static str,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Message {
    /// A request in HTTP/1.1 without a body; the path follows the base URL.
    pub fn new(method: &str, path: impl Into<String>) -> Self {
        Self {
            method: method.to_owned(),
            path: path.into(),
            version: "HTTP/1.1",
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// Is in HTTP/1.0.
    #[must_use]
    pub fn old(mut self) -> Self {
        self.version = "HTTP/1.0";
        self
    }

    /// Has this header too.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_lowercase(), value.to_owned()));
        self
    }

    /// Asks that the connection is closed after the answer.
    #[must_use]
    pub fn last(self) -> Self {
        self.header("connection", "close")
    }

    /// Has this body, and says its length.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        let length = self.body.len().to_string();
        self.header("content-type", "application/scim+json")
            .header("content-length", &length)
    }

    /// Has this body in chunks, and does not say its length.
    #[must_use]
    pub fn chunks(mut self, body: &[u8]) -> Self {
        for chunk in body.chunks(16) {
            self.body
                .extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            self.body.extend_from_slice(chunk);
            self.body.extend_from_slice(b"\r\n");
        }
        self.body.extend_from_slice(b"0\r\n\r\n");
        self.header("content-type", "application/scim+json")
            .header("transfer-encoding", "chunked")
    }

    fn waits(&self) -> bool {
        self.headers.iter().any(|(name, _)| name == "expect")
    }
}

impl Connection {
    /// Connects to a server.
    ///
    /// # Errors
    /// If it is not spoken to in the clear, or cannot be reached.
    pub fn open(target: &Target) -> Result<Self, Stop> {
        let Some(rest) = target.base_url.strip_prefix("http://") else {
            return Err(Stop::NotOffered(
                "this is looked at on the bare wire, and the server is reached by https".to_owned(),
            ));
        };
        let (host, prefix) = rest.find('/').map_or((rest, ""), |it| rest.split_at(it));
        let stream = connect(host, target.timeout)
            .map_err(|error| Stop::Blocked(format!("no connection to {host}: {error}")))?;
        Ok(Self {
            reader: BufReader::new(stream),
            host: host.to_owned(),
            prefix: prefix.to_owned(),
            is_old: false,
        })
    }

    /// Sends a message with the token, and reads one answer; says what came of it.
    pub fn send(&mut self, target: &Target, message: &Message) -> Exchange {
        let mut headers = vec![("host".to_owned(), self.host.clone())];
        if let Some(token) = &target.token {
            headers.push(("authorization".to_owned(), format!("Bearer {token}")));
        }
        headers.extend(target.headers.iter().chain(&message.headers).cloned());
        let begun = Instant::now();
        let answer = self.exchange(message, &headers);
        let secret = target.token.as_deref().unwrap_or("no token");
        for (_, value) in &mut headers {
            *value = value.replace(secret, "$TOKEN");
        }
        let body =
            (!message.body.is_empty()).then(|| shortened(&String::from_utf8_lossy(&message.body)));
        Exchange {
            method: message.method.clone(),
            url: format!("http://{}{}{}", self.host, self.prefix, message.path),
            headers,
            body,
            answer: answer.map_err(|error| match error.kind() {
                ErrorKind::WouldBlock | ErrorKind::TimedOut => "timeout: no answer".to_owned(),
                _ => error.to_string(),
            }),
            millis: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        }
    }

    /// Whether the last answer was in HTTP/1.0, to which much of HTTP/1.1 does not apply.
    pub fn is_old(&self) -> bool {
        self.is_old
    }

    /// What comes after the last answer, until the connection is closed or silent for a moment.
    pub fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        let quiet = self.reader.get_ref().set_read_timeout(Some(MOMENT));
        if quiet.is_ok() {
            // silence is an error here, and what came before it is what is asked for
            let mut some = self.reader.by_ref().take(LONGEST_ANSWER);
            some.read_to_end(&mut rest).unwrap_or_default();
        }
        rest
    }

    fn exchange(
        &mut self,
        message: &Message,
        headers: &[(String, String)],
    ) -> std::io::Result<Received> {
        let (method, path) = (&message.method, &message.path);
        let mut head = format!("{method} {}{path} {}\r\n", self.prefix, message.version);
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        self.reader.get_mut().write_all(head.as_bytes())?;
        if message.waits()
            && self.speaks_within(MOMENT)?
            && let Some(answer) = self.read(method)?
        {
            return Ok(answer);
        }
        self.reader.get_mut().write_all(&message.body)?;
        loop {
            if let Some(answer) = self.read(method)? {
                return Ok(answer);
            }
        }
    }

    /// Whether something comes within this time.
    fn speaks_within(&mut self, time: Duration) -> std::io::Result<bool> {
        let usual = self.reader.get_ref().read_timeout()?;
        self.reader.get_ref().set_read_timeout(Some(time))?;
        let speaks = self.reader.fill_buf().is_ok_and(|it| !it.is_empty());
        self.reader.get_ref().set_read_timeout(usual)?;
        Ok(speaks)
    }

    /// Reads an answer; `None` if it is only a provisional one (1xx).
    fn read(&mut self, method: &str) -> std::io::Result<Option<Received>> {
        let first = self.line()?;
        self.is_old = first.starts_with("HTTP/1.0");
        let status = first.split(' ').nth(1).and_then(|it| it.parse().ok());
        let status: u16 = status.ok_or_else(|| bad(&format!("no status line but {first:?}")))?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            headers.push((name.to_lowercase(), value.trim().to_owned()));
        }
        if status < 200 {
            return Ok(None);
        }
        let body = match method {
            "HEAD" => Vec::new(),
            _ if matches!(status, 204 | 304) => Vec::new(),
            _ => self.body(&headers)?,
        };
        Ok(Some(Received {
            status,
            headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }))
    }

    fn body(&mut self, headers: &[(String, String)]) -> std::io::Result<Vec<u8>> {
        let header = |wanted: &str| headers.iter().find(|(name, _)| name == wanted);
        let mut body = Vec::new();
        if header("transfer-encoding").is_some() {
            loop {
                let line = self.line()?;
                let size = line.split(';').next().unwrap_or_default().trim();
                let size = u64::from_str_radix(size, 16).map_err(|_| bad("a bad chunk"))?;
                self.reader.by_ref().take(size).read_to_end(&mut body)?;
                self.line()?;
                if size == 0 {
                    return Ok(body);
                }
            }
        }
        let length = header("content-length").and_then(|(_, value)| value.parse().ok());
        let length = length.unwrap_or(LONGEST_ANSWER).min(LONGEST_ANSWER);
        self.reader.by_ref().take(length).read_to_end(&mut body)?;
        Ok(body)
    }

    fn line(&mut self) -> std::io::Result<String> {
        let mut line = Vec::new();
        let mut some = self.reader.by_ref().take(LONGEST_ANSWER);
        if some.read_until(b'\n', &mut line)? == 0 {
            return Err(bad("the connection was closed before the answer"));
        }
        Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
    }
}

fn connect(host: &str, timeout: Duration) -> std::io::Result<TcpStream> {
    let is_port = |it: &str| it.bytes().all(|byte| byte.is_ascii_digit());
    let with_port = match host.rsplit_once(':') {
        Some((_, port)) if is_port(port) => host.to_owned(),
        _ => format!("{host}:80"),
    };
    let mut connected = Err(bad("no address"));
    for address in with_port.to_socket_addrs()? {
        connected = TcpStream::connect_timeout(&address, timeout);
        if connected.is_ok() {
            break;
        }
    }
    let stream = connected?;
    stream.set_read_timeout(Some(timeout))?;
    stream.set_write_timeout(Some(timeout))?;
    Ok(stream)
}

fn bad(words: &str) -> std::io::Error {
    std::io::Error::other(words)
}

//! One keep-alive connection to a server.

use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, bail};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_mins(2);

/// Where requests go.
#[derive(Debug)]
pub(crate) struct Target {
    /// Host and port.
    authority: String,
    /// What stands before `/Users`; empty or `/…`.
    base: String,
    token: String,
}

impl Target {
    /// Reads `http://HOST:PORT/PATH`.
    pub(crate) fn new(url: &str, token: &str) -> anyhow::Result<Self> {
        let rest = url.trim_end_matches('/');
        let Some(rest) = rest.strip_prefix("http://") else {
            bail!("{url} is not an http:// address");
        };
        let (authority, base) = match rest.find('/') {
            Some(slash) => rest.split_at(slash),
            None => (rest, ""),
        };
        Ok(Self {
            authority: authority.to_owned(),
            base: base.to_owned(),
            token: token.to_owned(),
        })
    }
}

/// A request to be sent.
#[derive(Debug)]
pub(crate) struct Request {
    method: &'static str,
    path: String,
    body: Option<Bytes>,
}

impl Request {
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self {
            method: "GET",
            path: path.into(),
            body: None,
        }
    }

    pub(crate) fn delete(path: impl Into<String>) -> Self {
        Self {
            method: "DELETE",
            ..Self::get(path)
        }
    }

    pub(crate) fn send(method: &'static str, path: impl Into<String>, body: &Value) -> Self {
        Self {
            method,
            path: path.into(),
            body: Some(body.to_string().into()),
        }
    }

    /// A PATCH with one operation or more.
    pub(crate) fn patch(path: impl Into<String>, operations: Value) -> Self {
        let body = serde_json::json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": operations,
        });
        Self::send("PATCH", path, &body)
    }

    /// A GET of what a filter finds at an endpoint; `rest` is further parameters.
    pub(crate) fn find(endpoint: &str, filter: &str, rest: &str) -> Self {
        Self::get(format!("{endpoint}?filter={}{rest}", encoded(filter)))
    }
}

/// Percent-encodes a query parameter's value.
pub(crate) fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(byte.into());
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Bytes,
}

impl Answer {
    /// Returns the body as JSON; `null` if it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Says what came, for people.
    pub(crate) fn brief(&self) -> String {
        let start = &self.body[..self.body.len().min(140)];
        format!("{} {}", self.status, String::from_utf8_lossy(start))
    }

    /// Fails unless the status is one of these.
    pub(crate) fn is(&self, statuses: &[u16]) -> Result<(), String> {
        if statuses.contains(&self.status) {
            Ok(())
        } else {
            Err(self.brief())
        }
    }

    /// Fails unless it is a list of so many results.
    pub(crate) fn has_total(&self, total: usize) -> Result<(), String> {
        self.is(&[200])?;
        if self.json()["totalResults"] == total {
            Ok(())
        } else {
            Err(format!("not {total} results: {}", self.brief()))
        }
    }
}

/// A connection, made with the first request and again after it was closed.
#[derive(Debug)]
pub(crate) struct Connection {
    target: Rc<Target>,
    sender: Option<SendRequest<Full<Bytes>>>,
}

impl Connection {
    pub(crate) fn new(target: &Rc<Target>) -> Self {
        Self {
            target: Rc::clone(target),
            sender: None,
        }
    }

    /// Sends a request and reads the whole answer.
    pub(crate) async fn send(&mut self, request: Request) -> anyhow::Result<Answer> {
        let answer = timeout(PATIENCE, self.exchange(request)).await;
        let answer = answer.context("no answer in two minutes").flatten();
        if answer.is_err() {
            self.sender = None;
        }
        answer
    }

    async fn exchange(&mut self, request: Request) -> anyhow::Result<Answer> {
        let target = Rc::clone(&self.target);
        let mut head = hyper::Request::builder()
            .method(request.method)
            .uri(format!("{}{}", target.base, request.path))
            .header("host", &target.authority)
            .header("authorization", format!("Bearer {}", target.token))
            .header("accept", "application/scim+json");
        if request.body.is_some() {
            head = head.header("content-type", "application/scim+json");
        }
        let request = head.body(Full::new(request.body.unwrap_or_default()))?;
        let answer = self.sender().await?.send_request(request).await?;
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await?.to_bytes();
        Ok(Answer { status, body })
    }

    async fn sender(&mut self) -> anyhow::Result<&mut SendRequest<Full<Bytes>>> {
        let is_open = match &mut self.sender {
            Some(sender) => sender.ready().await.is_ok(),
            None => false,
        };
        if !is_open {
            let stream = TcpStream::connect(&self.target.authority).await?;
            stream.set_nodelay(true)?;
            let (sender, connection) = handshake(TokioIo::new(stream)).await?;
            tokio::spawn(connection);
            self.sender = Some(sender);
        }
        self.sender.as_mut().context("it was just made")
    }
}

//! HTTP: requests and answers as plain values, and the listener that turns one into the other.

use std::net::TcpListener;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, Response};
use axum::serve::ListenerExt;
use chrono::{DateTime, Utc};
use serde_json::Value;

use super::breaks::keeps;
use super::discovery::MAX_PAYLOAD;
use super::error::{Scim, ScimError};
use super::wire_breaks;

/// A request, read to its end.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    /// The path below the base URI, still percent-encoded.
    pub path: String,
    pub query: Vec<(String, String)>,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub arrived: DateTime<Utc>,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Returns the segments of the path; a slash at the end means nothing.
    pub fn segments(&self) -> Scim<Vec<String>> {
        let path = self.path.trim_start_matches('/');
        let path = if keeps("R11") {
            path.trim_end_matches('/')
        } else {
            path
        };
        if path.is_empty() {
            return Ok(Vec::new());
        }
        let decoded = path.split('/').map(|segment| decode(segment, false));
        decoded
            .collect::<Option<_>>()
            .ok_or_else(|| ScimError::not_found("such path"))
    }

    /// Reads the body as JSON (RFC 7644 §3.8).
    pub fn json(&self) -> Scim<Value> {
        let media_type = self
            .header("content-type")
            .unwrap_or("application/scim+json");
        let media_type = media_type.split(';').next().unwrap_or_default().trim();
        let known = ["application/scim+json", "application/json"]
            .iter()
            .any(|known| known.eq_ignore_ascii_case(media_type));
        let refused = !keeps("R2.json") && media_type.eq_ignore_ascii_case("application/json")
            || !keeps("R2.charset")
                && self
                    .header("content-type")
                    .is_some_and(|given| given.contains("charset"));
        if !known && keeps("Q5") || refused {
            return Err(ScimError::new(
                415,
                format!("{media_type:?} is not application/scim+json"),
            ));
        }
        let read = if keeps("R5") {
            serde_json::from_slice(&self.body)
        } else {
            serde_json::from_str(&String::from_utf8_lossy(&self.body))
        };
        match read {
            Ok(Value::Object(object)) => Ok(object.into()),
            Ok(_) if !keeps("Q4.object") => {
                Err(ScimError::new(500, "invalid type: expected a map"))
            }
            Ok(_) => Err(ScimError::invalid_syntax("the body is not a JSON object")),
            Err(error) if error.to_string().contains("recursion") && !keeps("R7") => {
                Err(ScimError::new(500, "stack overflow"))
            }
            Err(_) if !keeps("Q4.swallowed") => Err(ScimError::new(200, "")),
            Err(_) if !keeps("Q4.json") => Err(ScimError::new(500, "unexpected token")),
            Err(error) => Err(ScimError::invalid_syntax(format!(
                "the body is not JSON: {error}"
            ))),
        }
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Option<Value>,
}

impl Answer {
    pub fn new(status: u16, body: Value) -> Self {
        Self {
            status,
            headers: vec![
                ("content-type", "application/scim+json".into()),
                ("cache-control", "no-store".into()),
                ("x-content-type-options", "nosniff".into()),
            ],
            body: Some(body),
        }
    }

    pub fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: None,
        }
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// What answers the requests of one server.
pub type Handler = Box<dyn FnMut(&Asked) -> Answer + Send>;

/// Serves on the listener until `stop` is told or its sender is gone, on this thread.
pub fn serve(
    listener: TcpListener,
    prefix: &'static str,
    mut handler: Handler,
    stop: tokio::sync::oneshot::Receiver<()>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async move {
        listener.set_nonblocking(true).unwrap();
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        // Small answers must not wait for the client's acknowledgement of earlier ones.
        let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap_or_default());
        let (sender, mut requests) =
            tokio::sync::mpsc::channel::<(Asked, tokio::sync::oneshot::Sender<Answer>)>(64);
        // One request after the other, each as a whole.
        let answering = async move {
            while let Some((asked, reply)) = requests.recv().await {
                let mut answer = handler(&asked);
                wire_breaks::change(&asked, &mut answer);
                let _ = reply.send(answer);
            }
        };
        let router = axum::Router::new().fallback(move |request: Request| {
            let sender = sender.clone();
            async move {
                let answer = match read(request, prefix).await {
                    Ok(asked) => {
                        // What these rules forbid: others come in between.
                        if !(keeps("C19") && keeps("M7") && keeps("S16")) {
                            tokio::time::sleep(Duration::from_millis(50)).await;
                        }
                        let (reply, answer) = tokio::sync::oneshot::channel();
                        let _ = sender.send((asked, reply)).await;
                        answer.await.unwrap_or_else(|_| Answer::empty(500))
                    }
                    Err(error) => error.into(),
                };
                write(answer)
            }
        });
        tokio::select! {
            _ = axum::serve(listener, router) => {}
            () = answering => {}
            _ = stop => {}
        }
    });
}

/// How much of a body is read at all. More than is allowed, so that a client that has not yet sent everything can
/// still hear the answer.
const READ: usize = 8 * MAX_PAYLOAD;

async fn read(request: Request, prefix: &str) -> Scim<Asked> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    let prefix = if keeps("A19.version") {
        prefix
    } else {
        path.get(..prefix.len()).unwrap_or(prefix)
    };
    let below = path
        .strip_prefix(prefix)
        .filter(|rest| rest.is_empty() || rest.starts_with('/'));
    let path = below
        .ok_or_else(|| ScimError::not_found("such path"))?
        .to_owned();
    let headers: Vec<(String, String)> = parts
        .headers
        .iter()
        .map(|(name, value)| {
            (
                name.as_str().to_owned(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        })
        .collect();
    let query = parts.uri.query().map(parameters).unwrap_or_default();
    let mut asked = Asked {
        method: parts.method.to_string(),
        path,
        query,
        headers,
        body: Vec::new(),
        arrived: Utc::now(),
    };
    let status = if keeps("Q6") { 413 } else { 500 };
    let too_large = || ScimError::new(status, format!("a body has at most {MAX_PAYLOAD} bytes"));
    let limit = match asked.path.as_str() {
        "/Bulk" if !keeps("O15") => READ,
        "/Bulk" => MAX_PAYLOAD,
        _ => MAX_PAYLOAD,
    };
    let announced = asked
        .header("content-length")
        .and_then(|length| length.parse().ok());
    if announced.is_some_and(|length: usize| length > READ) {
        return Err(too_large());
    }
    asked.body = to_bytes(body, READ)
        .await
        .map_err(|_| too_large())?
        .to_vec();
    if asked.body.len() > limit {
        Err(too_large())
    } else {
        Ok(asked)
    }
}

fn parameters(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .filter_map(|(name, value)| Some((decode(name, true)?, decode(value, true)?)))
        .collect()
}

/// Undoes percent-encoding; in a query, `+` is a blank.
fn decode(text: &str, in_query: bool) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let digits = [bytes.next()?, bytes.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            b'+' if in_query => b' ',
            byte => byte,
        });
    }
    String::from_utf8(decoded).ok()
}

fn write(answer: Answer) -> Response<Body> {
    let body = answer.body.map(|body| body.to_string()).unwrap_or_default();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = axum::http::StatusCode::from_u16(answer.status).unwrap();
    for (name, value) in answer.headers {
        response
            .headers_mut()
            .append(name, HeaderValue::from_str(&value).unwrap());
    }
    response
}

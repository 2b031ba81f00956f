//! Sends requests to the server that is judged; knows HTTP and nothing of SCIM.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;
use ureq::http;
use ureq::tls::{RootCerts, TlsConfig};

use crate::exchange::{Exchange, Received, shortened};

/// An answer with a longer body is cut off: no check needs one.
const LONGEST_ANSWER: u64 = 64 * 1024 * 1024;

/// How often a request is sent again that was answered 429.
const PATIENCE: usize = 5;

/// The longest time that a `Retry-After` may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// A body of more bytes than this may be refused before it is read.
const LARGE_BODY: usize = 64 * 1024;

/// The time in which a server closes a connection, if it does so after an answer.
const CLOSING: Duration = Duration::from_millis(20);

/// How long a connection is kept that nobody uses.
const LONGEST_IDLE: Duration = Duration::from_secs(1);

/// The server that is judged, and how to speak with it.
#[derive(Clone, Debug)]
pub struct Target {
    /// Base of all addresses, without a slash at its end.
    pub base_url: String,
    /// The bearer token, if there is one.
    pub token: Option<String>,
    /// Further headers of each request.
    pub headers: Vec<(String, String)>,
    /// Whether any certificate will do.
    pub insecure: bool,
    /// How long an answer may take.
    pub timeout: Duration,
    /// Most requests in a second, if there is a limit.
    pub rate: Option<f64>,
}

/// A request, in the making.
#[derive(Clone, Debug)]
pub struct Request {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    token: Token,
}

/// With which token a request is sent.
#[derive(Clone, Debug)]
enum Token {
    Ours,
    None,
}

impl Request {
    /// A request without a body; the path follows the base URL, or is a URL itself.
    pub fn new(method: &str, path: impl Into<String>) -> Self {
        Self {
            method: method.to_owned(),
            path: path.into(),
            headers: Vec::new(),
            body: None,
            token: Token::Ours,
        }
    }

    /// Has this JSON as its body, `application/scim+json` unless a header says otherwise.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.bytes(body.to_string())
    }

    /// Has these bytes as its body, `application/scim+json` unless a header says otherwise.
    #[must_use]
    pub fn bytes(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Has this header; it wins over what is sent without it.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_lowercase(), value.to_owned()));
        self
    }

    /// Is sent without the token.
    #[must_use]
    pub fn without_token(mut self) -> Self {
        self.token = Token::None;
        self
    }

    /// Its method.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// Whether it changes nothing, so that it may be sent twice (RFC 7231 §4.2.1).
    fn only_reads(&self) -> bool {
        matches!(self.method.as_str(), "GET" | "HEAD" | "OPTIONS")
    }

    /// Its path, or URL.
    pub fn path(&self) -> &str {
        &self.path
    }
}

/// Connections to the server; threads share it.
#[derive(Debug)]
pub struct Wire {
    target: Target,
    agent: ureq::Agent,
    pace: Mutex<Instant>,
}

impl Wire {
    /// Prepares to speak with a server; nothing is sent.
    pub fn new(target: Target) -> Self {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = TlsConfig::builder()
            .unversioned_rustls_crypto_provider(provider)
            .root_certs(RootCerts::PlatformVerifier)
            .disable_verification(target.insecure)
            .build();
        let config = ureq::Agent::config_builder()
            .tls_config(tls)
            .timeout_global(Some(target.timeout))
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_connections_per_host(64)
            .max_idle_connections(64)
            // some servers close an idle connection after two seconds, just when it is used again
            .max_idle_age(LONGEST_IDLE)
            .user_agent(concat!("scim-conformance/", env!("CARGO_PKG_VERSION")))
            .build();
        Self {
            target,
            agent: ureq::Agent::new_with_config(config),
            pace: Mutex::new(Instant::now()),
        }
    }

    /// The server that is spoken with.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The URL of a path.
    pub fn url(&self, path: &str) -> String {
        if path.starts_with("http://") || path.starts_with("https://") {
            return path.to_owned();
        }
        format!("{}{path}", self.target.base_url)
    }

    /// Whether the token may go to this URL: what a server says in `Location`, `$ref` or `next` may
    /// name any host.
    fn trusts(&self, url: &str) -> Result<(), String> {
        let base = &self.target.base_url;
        let other = place(url).is_some_and(|it| Some(it) != place(base));
        if other || (is_encrypted(base) && !is_encrypted(url)) {
            return Err(format!(
                "not sent: {url} is not at the host and scheme of {base}, for which the token is"
            ));
        }
        Ok(())
    }

    /// Sends a request, again after a while if it is answered 429; says what came of it.
    pub fn send(&self, request: &Request) -> Exchange {
        let mut exchange = self.send_once(request);
        // a server may close a connection that it was to keep, at any time: only what ends the next
        // one too is the fault of this request. A write is not sent again, for nobody knows
        // whether it was done (RFC 7230 §6.3.1).
        if request.only_reads() && exchange.answer.as_ref().is_err_and(|it| is_lost(it)) {
            exchange = self.send_once(request);
        }
        for _ in 0..PATIENCE {
            let Ok(Received {
                status: 429,
                headers,
                ..
            }) = &exchange.answer
            else {
                break;
            };
            let after = headers.iter().find(|(name, _)| name == "retry-after");
            let seconds = after.and_then(|(_, value)| value.parse().ok()).unwrap_or(1);
            sleep(Duration::from_secs(seconds).min(LONGEST_WAIT));
            exchange = self.send_once(request);
        }
        exchange
    }

    fn send_once(&self, request: &Request) -> Exchange {
        self.keep_pace();
        let url = self.url(&request.path);
        let mut headers = vec![("accept".to_owned(), "application/scim+json".to_owned())];
        if request.body.is_some() {
            headers.push((
                "content-type".to_owned(),
                "application/scim+json".to_owned(),
            ));
        }
        if let (Token::Ours, Some(token)) = (&request.token, &self.target.token) {
            headers.push(("authorization".to_owned(), format!("Bearer {token}")));
        }
        for (name, value) in self.target.headers.iter().chain(&request.headers) {
            headers.retain(|(other, _)| other != name);
            headers.push((name.clone(), value.clone()));
        }
        // a server that refuses a body unread may close the connection after its answer: the next
        // request is not to be lost on it
        let large = request
            .body
            .as_ref()
            .is_some_and(|it| it.len() > LARGE_BODY);
        if large && !headers.iter().any(|(name, _)| name == "connection") {
            headers.push(("connection".to_owned(), "close".to_owned()));
        }
        let begun = Instant::now();
        let answer = self
            .trusts(&url)
            .and_then(|()| self.exchange(&request.method, &url, &headers, request.body.as_deref()));
        let secret = self.target.token.as_deref().unwrap_or("no token");
        for (_, value) in &mut headers {
            *value = value.replace(secret, "$TOKEN");
        }
        Exchange {
            method: request.method.clone(),
            url,
            headers,
            body: request
                .body
                .as_deref()
                .map(|it| shortened(&String::from_utf8_lossy(it))),
            answer,
            millis: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        }
    }

    fn exchange(
        &self,
        method: &str,
        url: &str,
        headers: &[(String, String)],
        body: Option<&[u8]>,
    ) -> Result<Received, String> {
        let mut builder = http::Request::builder().method(method).uri(url);
        for (name, value) in headers {
            // an empty value takes a header away that would be sent without it
            if !value.is_empty() {
                builder = builder.header(name, value);
            }
        }
        let request = builder.body(body.unwrap_or_default().to_vec());
        let request =
            request.map_err(|error| format!("no request can be made of this: {error}"))?;
        let answer = if body.is_some() {
            let agent = &self.agent;
            agent.run(agent.configure_request(request).build())
        } else {
            let (parts, _) = request.into_parts();
            self.agent.run(http::Request::from_parts(parts, ()))
        };
        let mut answer = answer.map_err(|error| error.to_string())?;
        if answer.status().is_server_error() {
            // some servers close the connection after it without a word (Express): once the body
            // is read it may be used again, and by then that is to be seen
            sleep(CLOSING);
        }
        let headers = answer.headers().iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        });
        let (status, headers) = (answer.status().as_u16(), headers.collect());
        let body = answer
            .body_mut()
            .with_config()
            .limit(LONGEST_ANSWER)
            .read_to_vec();
        let body = body.map_err(|error| format!("status {status}, then {error}"))?;
        Ok(Received {
            status,
            headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        })
    }

    /// Waits until the rate allows another request.
    fn keep_pace(&self) {
        let Some(rate) = self.target.rate else { return };
        let mut next = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let mine = (*next).max(now);
        *next = mine + Duration::from_secs_f64(1.0 / rate);
        drop(next);
        sleep(mine - now);
    }
}

/// Whether an error is that of a connection which the server has closed.
fn is_lost(error: &str) -> bool {
    let lost = ["reset by peer", "disconnected", "Broken pipe"];
    lost.iter().any(|it| error.contains(it))
}

/// The host of a URL; this machine has several names for itself.
fn place(url: &str) -> Option<String> {
    let uri: http::Uri = url.parse().ok()?;
    let host = uri.host()?.to_lowercase();
    let is_here = host == "localhost" || host == "[::1]" || host.starts_with("127.");
    Some(if is_here {
        "localhost".to_owned()
    } else {
        host
    })
}

fn is_encrypted(url: &str) -> bool {
    url.get(..8)
        .is_some_and(|it| it.eq_ignore_ascii_case("https://"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_goes_nowhere_else() {
        let wire = |base_url: &str| {
            Wire::new(Target {
                base_url: base_url.to_owned(),
                token: Some("secret".to_owned()),
                headers: Vec::new(),
                insecure: false,
                timeout: Duration::from_secs(1),
                rate: None,
            })
        };
        let here = wire("http://localhost:8080/scim/v2");
        for url in ["http://127.0.0.1:8080/x", "http://[::1]/x", "/Users/1"] {
            assert!(here.trusts(&here.url(url)).is_ok(), "{url}");
        }
        let there = wire("https://scim.example/v2");
        assert!(there.trusts("https://SCIM.example:443/v2/Users/1").is_ok());
        for url in ["https://evil.example/v2", "http://scim.example/v2/Users/1"] {
            let answer = there.send(&Request::new("GET", url)).answer;
            let error = answer.expect_err(url);
            assert!(error.starts_with("not sent: "), "{error}");
        }
    }
}

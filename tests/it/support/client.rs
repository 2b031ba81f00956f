use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::{Answer, group, patch, user};

/// After so long a request has no answer: far longer than the slowest takes.
const PATIENCE: Duration = Duration::from_mins(3);

/// A SCIM client: one token, one connection that is kept alive.
///
/// Its clone has a connection of its own; requests that shall run at the same time go
/// through clones.
pub(crate) struct Client {
    address: SocketAddr,
    token: Option<String>,
    connection: Mutex<Option<SendRequest<Full<Bytes>>>>,
}

impl Clone for Client {
    fn clone(&self) -> Self {
        Self::new(self.address, self.token.clone())
    }
}

impl Client {
    pub(crate) fn new(address: SocketAddr, token: Option<String>) -> Self {
        Self {
            address,
            token,
            connection: Mutex::new(None),
        }
    }

    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self::new(self.address, Some(token.to_owned()))
    }

    pub(crate) fn without_token(&self) -> Self {
        Self::new(self.address, None)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    #[track_caller]
    pub(crate) fn token(&self) -> &str {
        self.token.as_deref().expect("this client has a token")
    }

    /// Asks until a request that began more than a second after `revoked` was refused, and asserts
    /// that none was let in between two that were refused.
    pub(crate) async fn is_out_within_a_second(&self, revoked: Instant) -> Answer {
        let mut was_out = false;
        loop {
            let is_late = revoked.elapsed() > Duration::from_secs(1);
            let answer = self.get("/scim/v2/Users?count=1").await;
            if is_late || was_out {
                answer.refused(401);
                return answer;
            }
            was_out = answer.one_of(&[200, 401]).status == 401;
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.request("GET", path, None, &[]).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.request("POST", path, Some(body), &[]).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.request("PUT", path, Some(body), &[]).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.request("PATCH", path, Some(body), &[]).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.request("DELETE", path, None, &[]).await
    }

    /// PATCHes with these Operations.
    pub(crate) async fn edit(&self, path: &str, operations: Value) -> Answer {
        self.patch(path, patch(operations)).await
    }

    /// GETs a list through a filter, which is percent-encoded here.
    pub(crate) async fn find(&self, endpoint: &str, filter: &str) -> Answer {
        self.get(&format!("{endpoint}?filter={}&count=1000", encode(filter)))
            .await
    }

    /// Returns the `userName`s that a filter selects, in alphabetical order.
    pub(crate) async fn users_where(&self, filter: &str) -> Vec<String> {
        let found = self.find("/scim/v2/Users", filter).await.is(200);
        let mut names: Vec<String> = found
            .each("userName")
            .iter()
            .map(|it| it.as_str().expect("a user has a userName").to_owned())
            .collect();
        names.sort();
        names
    }

    /// Creates a resource, and returns it.
    pub(crate) async fn create(&self, endpoint: &str, body: Value) -> Value {
        self.post(endpoint, body).await.is(201).body
    }

    /// Creates a user that has a `userName` and nothing else, and returns its id.
    pub(crate) async fn create_user(&self, user_name: &str) -> String {
        self.post("/scim/v2/Users", user(user_name))
            .await
            .is(201)
            .id()
            .to_owned()
    }

    /// Creates a group with these members, and returns its id.
    pub(crate) async fn create_group(&self, display_name: &str, members: &[&str]) -> String {
        self.post("/scim/v2/Groups", group(display_name, members))
            .await
            .is(201)
            .id()
            .to_owned()
    }

    /// Creates users in one Bulk request, and returns their ids in the same order.
    pub(crate) async fn create_users(&self, user_names: &[String]) -> Vec<String> {
        let operations: Vec<Value> = user_names
            .iter()
            .enumerate()
            .map(|(n, name)| json!({ "method": "POST", "path": "/Users", "bulkId": n.to_string(), "data": user(name) }))
            .collect();
        let answer = self
            .post("/scim/v2/Bulk", super::bulk(operations.into()))
            .await
            .is(200);
        let results = answer.body["Operations"]
            .as_array()
            .expect("a BulkResponse has Operations");
        assert_eq!(results.len(), user_names.len());
        results
            .iter()
            .map(|it| {
                let location = it["location"]
                    .as_str()
                    .unwrap_or_else(|| panic!("no location: {it}"));
                location
                    .rsplit('/')
                    .next()
                    .expect("a location has an id")
                    .to_owned()
            })
            .collect()
    }

    /// GETs a resource that exists.
    pub(crate) async fn read(&self, path: &str) -> Value {
        self.get(path).await.is(200).body
    }

    /// Sends JSON; `headers` win over the ones a SCIM client always sends.
    pub(crate) async fn request(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut all = HeaderMap::new();
        all.insert("accept", HeaderValue::from_static("application/scim+json"));
        if body.is_some() {
            all.insert(
                "content-type",
                HeaderValue::from_static("application/scim+json"),
            );
        }
        self.send(
            method,
            path,
            body.map_or_else(Vec::new, |it| it.to_string().into_bytes()),
            headers,
            all,
        )
        .await
    }

    /// Sends JSON once: `None` when the connection broke, and nobody knows what became of it.
    pub(crate) async fn attempt(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Option<Answer> {
        let mut all = HeaderMap::new();
        all.insert("accept", HeaderValue::from_static("application/scim+json"));
        all.insert(
            "content-type",
            HeaderValue::from_static("application/scim+json"),
        );
        let body = body.map_or_else(Vec::new, |it| it.to_string().into_bytes());
        let request = self.made(method, path, body, &[], all);
        let name = format!("{method} {path}");
        let mut connection = self.connection.lock().await;
        let exchange = async {
            let mut sender = match connection.take() {
                Some(open) => open,
                None => self.try_connect().await?,
            };
            sender.ready().await.ok()?;
            let answer = answer(name.clone(), sender.send_request(request).await.ok()?).await?;
            *connection = Some(sender);
            Some(answer)
        };
        timeout(PATIENCE, exchange)
            .await
            .unwrap_or_else(|_| panic!("no answer to {name}"))
    }

    /// Sends any bytes, with no header but `Host`, the token and those given.
    pub(crate) async fn send_bytes(
        &self,
        method: &str,
        path: &str,
        body: impl Into<Vec<u8>>,
        headers: &[(&str, &str)],
    ) -> Answer {
        self.send(method, path, body.into(), headers, HeaderMap::new())
            .await
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        body: Vec<u8>,
        headers: &[(&str, &str)],
        all: HeaderMap,
    ) -> Answer {
        let request = self.made(method, path, body, headers, all);
        let name = format!("{} {}", request.method(), request.uri());
        timeout(PATIENCE, self.exchange(request))
            .await
            .unwrap_or_else(|_| panic!("no answer to {name}"))
    }

    /// Makes a request with `Host` and the token; `headers` win.
    fn made(
        &self,
        method: &str,
        path: &str,
        body: Vec<u8>,
        headers: &[(&str, &str)],
        mut all: HeaderMap,
    ) -> Request<Full<Bytes>> {
        all.insert(
            "host",
            HeaderValue::from_str(&self.address.to_string()).expect("an address is ASCII"),
        );
        if let Some(token) = &self.token {
            all.insert(
                "authorization",
                HeaderValue::from_str(&format!("Bearer {token}")).expect("a token is ASCII"),
            );
        }
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a header's name");
            all.insert(
                name,
                HeaderValue::from_bytes(value.as_bytes()).expect("a header's value"),
            );
        }
        let mut request = Request::new(Full::new(Bytes::from(body)));
        *request.method_mut() = Method::from_bytes(method.as_bytes()).expect("a method");
        *request.uri_mut() = path
            .parse()
            .unwrap_or_else(|error| panic!("{path}: {error}"));
        *request.headers_mut() = all;
        request
    }

    /// Sends on the open connection, and on a new one when the server had closed it.
    async fn exchange(&self, request: Request<Full<Bytes>>) -> Answer {
        let name = format!("{} {}", request.method(), request.uri());
        let mut connection = self.connection.lock().await;
        let mut open = connection.take();
        if let Some(sender) = &mut open
            && sender.ready().await.is_err()
        {
            open = None;
        }
        let reused = open.is_some();
        let mut sender = match open {
            Some(sender) => sender,
            None => self.connect().await,
        };
        let mut sent = sender.send_request(request.clone()).await;
        if reused
            && sent
                .as_ref()
                .is_err_and(|error| error.is_canceled() || error.is_incomplete_message())
        {
            sender = self.connect().await;
            sent = sender.send_request(request).await;
        }
        let sent = sent.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let answer = answer(name.clone(), sent).await;
        *connection = Some(sender);
        answer.unwrap_or_else(|| panic!("the body of {name} broke off"))
    }

    async fn connect(&self) -> SendRequest<Full<Bytes>> {
        self.try_connect()
            .await
            .expect("the server accepts connections")
    }

    async fn try_connect(&self) -> Option<SendRequest<Full<Bytes>>> {
        let stream = TcpStream::connect(self.address).await.ok()?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await.ok()?;
        tokio::spawn(async move { drop(connection.await) });
        Some(sender)
    }
}

/// Reads an answer to its end, if it has one.
pub(super) async fn answer(request: String, response: Response<Incoming>) -> Option<Answer> {
    let (head, body) = response.into_parts();
    let bytes = body.collect().await.ok()?.to_bytes();
    Some(Answer {
        request,
        status: head.status.as_u16(),
        headers: head.headers,
        body: serde_json::from_slice(&bytes).unwrap_or_default(),
        text: String::from_utf8_lossy(&bytes).into_owned(),
        bytes,
    })
}

/// Percent-encodes all but the unreserved characters of RFC 3986.
pub(crate) fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("a String takes everything");
        }
        encoded
    })
}

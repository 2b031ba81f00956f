//! A tiny SCIM server: users in memory, and what can go wrong with servers.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;
use axum::routing::any;
use serde_json::{Value, json};

/// The token that it takes.
pub(crate) const TOKEN: &str = "a-token-that-nobody-may-see";

/// What is not right with it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Faults {
    /// A userName may be taken twice.
    pub(crate) takes_duplicates: bool,
    /// No user can be made.
    pub(crate) makes_nothing: bool,
    /// How long it thinks before a user is made.
    pub(crate) thinks: Duration,
    /// Answers all requests like this.
    pub(crate) always: Option<(StatusCode, &'static str)>,
    /// Nothing can be deleted.
    pub(crate) keeps_all: bool,
}

/// A server that runs until the test is over.
#[derive(Clone, Debug)]
pub(crate) struct Tiny {
    pub(crate) address: SocketAddr,
    faults: Faults,
    users: Arc<Mutex<Vec<Value>>>,
    made: Arc<AtomicUsize>,
}

impl Tiny {
    /// Starts one on a free port.
    pub(crate) fn start(faults: Faults) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let tiny = Self {
            address: listener.local_addr().unwrap(),
            faults,
            users: Arc::default(),
            made: Arc::default(),
        };
        let router = Router::new()
            .route("/v2/ServiceProviderConfig", any(config))
            .route("/v2/Users", any(users))
            .route("/v2/Users/{id}", any(user))
            .fallback(any(nothing))
            .with_state(tiny.clone());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                axum::serve(listener, router).await.unwrap();
            });
        });
        tiny
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}/v2", self.address)
    }

    /// The names of the users that are there.
    pub(crate) fn names(&self) -> Vec<String> {
        let users = self.users.lock().unwrap();
        let names = users.iter().map(|it| it["userName"].as_str().unwrap());
        names.map(str::to_owned).collect()
    }

    /// How many users were made so far.
    pub(crate) fn made(&self) -> usize {
        self.made.load(Ordering::SeqCst)
    }

    /// Makes a user behind everybody's back.
    pub(crate) fn put(&self, name: &str) {
        let id = self.made.fetch_add(1, Ordering::SeqCst).to_string();
        let user = json!({ "id": id, "userName": name });
        self.users.lock().unwrap().push(user);
    }

    /// What is answered before anything else: that the token is wrong, or a fault.
    fn refusal(&self, headers: &HeaderMap) -> Option<Response> {
        if let Some((status, body)) = self.faults.always {
            let mut answer = Response::new(Body::from(body));
            *answer.status_mut() = status;
            return Some(answer);
        }
        let given = headers.get("authorization").map(|it| it.to_str().unwrap());
        (given != Some(&format!("Bearer {TOKEN}"))).then(|| error(401, headers))
    }
}

/// An error that repeats the request's secrets.
fn error(status: u16, headers: &HeaderMap) -> Response {
    let sent = |name| headers.get(name).map_or("", |it| it.to_str().unwrap());
    let echo = format!(
        "you sent {} and {}",
        sent("authorization"),
        sent("x-api-key")
    );
    answer(
        status,
        &json!({ "status": status.to_string(), "detail": echo }),
    )
}

fn answer(status: u16, body: &Value) -> Response {
    Response::builder()
        .status(status)
        .header("content-type", "application/scim+json")
        .body(Body::from(body.to_string()))
        .unwrap()
}

async fn nothing(State(tiny): State<Tiny>, headers: HeaderMap) -> Response {
    tiny.refusal(&headers)
        .unwrap_or_else(|| error(404, &headers))
}

async fn config(State(tiny): State<Tiny>, headers: HeaderMap) -> Response {
    let no = json!({ "supported": false });
    let config = json!({ "patch": no, "filter": { "supported": true }, "etag": no });
    tiny.refusal(&headers)
        .unwrap_or_else(|| answer(200, &config))
}

async fn users(
    State(tiny): State<Tiny>,
    method: Method,
    headers: HeaderMap,
    uri: Uri,
    body: Bytes,
) -> Response {
    if let Some(refusal) = tiny.refusal(&headers) {
        return refusal;
    }
    if method == Method::GET {
        // it filters nothing, and has no pages
        let users = tiny.users.lock().unwrap();
        assert_eq!(uri.path(), "/v2/Users");
        return answer(
            200,
            &json!({ "totalResults": users.len(), "Resources": *users }),
        );
    }
    tokio::time::sleep(tiny.faults.thinks).await;
    let Ok(mut user) = serde_json::from_slice::<Value>(&body) else {
        return error(400, &headers);
    };
    let mut users = tiny.users.lock().unwrap();
    let taken = users.iter().any(|it| it["userName"] == user["userName"]);
    if tiny.faults.makes_nothing || (taken && !tiny.faults.takes_duplicates) {
        drop(users);
        if tiny.faults.makes_nothing {
            return error(501, &headers);
        }
        return answer(409, &json!({ "status": "409", "scimType": "uniqueness" }));
    }
    let id = tiny.made.fetch_add(1, Ordering::SeqCst).to_string();
    user["id"] = json!(id);
    users.push(user.clone());
    answer(201, &user)
}

async fn user(
    State(tiny): State<Tiny>,
    method: Method,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    if let Some(refusal) = tiny.refusal(&headers) {
        return refusal;
    }
    let mut users = tiny.users.lock().unwrap();
    let Some(place) = users.iter().position(|it| it["id"] == id.as_str()) else {
        return error(404, &headers);
    };
    if method == Method::DELETE {
        if tiny.faults.keeps_all {
            return error(403, &headers);
        }
        users.remove(place);
        return answer(204, &Value::Null);
    }
    answer(200, &users[place])
}

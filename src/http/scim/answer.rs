//! SCIM answers: media type, headers, and bodies that stream what is long.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use http::header::{
    ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, ETAG, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderName, HeaderValue, StatusCode};
use http_body::Frame;
use http_body_util::StreamBody;
use serde_json::Value;

use crate::directory::{Listing, View};
use crate::scim::list::list_head;
use crate::scim::render::{BaseUrl, MemberShape};
use crate::scim::version::Version;
use crate::scim::{ScimError, list};
use crate::store::Members;

/// The media type of every SCIM answer (RFC 7644 §8.1).
pub(in crate::http) const MEDIA_TYPE: &str = "application/scim+json";

/// Members of a group that are written at once; more are streamed in pieces of so many.
const MEMBERS_AT_ONCE: usize = 500;

/// An error on its way out, with the headers that belong to it.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) error: ScimError,
    pub(super) header: Option<(HeaderName, HeaderValue)>,
}

impl From<ScimError> for Refusal {
    fn from(error: ScimError) -> Self {
        Self {
            error,
            header: None,
        }
    }
}

impl Refusal {
    /// 401, with the scheme that is asked for (RFC 6750 §3).
    pub(super) fn unauthorized(detail: String, sent_a_token: bool) -> Self {
        let challenge = if sent_a_token {
            r#"Bearer realm="scim", error="invalid_token""#
        } else {
            r#"Bearer realm="scim""#
        };
        Self {
            error: ScimError::status(401, detail),
            header: Some((WWW_AUTHENTICATE, HeaderValue::from_static(challenge))),
        }
    }

    /// 429: asked too much, and may ask again in so many seconds.
    pub(super) fn wait(detail: String, seconds: u64) -> Self {
        Self {
            error: ScimError::status(429, detail),
            header: Some((RETRY_AFTER, HeaderValue::from(seconds))),
        }
    }

    /// 408: the body did not come, and whatever still does is not read.
    pub(super) fn slow(patience: Duration) -> Self {
        let detail = format!("the body did not arrive within {patience:?}; nothing was changed");
        Self {
            error: ScimError::status(408, detail),
            header: Some((CONNECTION, HeaderValue::from_static("close"))),
        }
    }

    /// 405, with the methods that are taken.
    pub(super) fn method(method: &http::Method, allow: &'static str) -> Self {
        let error = ScimError::status(405, format!("{method} is not taken here; {allow} are"));
        Self {
            error,
            header: Some((ALLOW, HeaderValue::from_static(allow))),
        }
    }

    /// 503: nothing was done, or the connection was lost while the database did it; the same
    /// request may succeed soon.
    pub(super) fn unavailable() -> Self {
        let error = ScimError::status(503, "the database does not answer; please try again");
        Self {
            error,
            header: Some((RETRY_AFTER, HeaderValue::from_static("2"))),
        }
    }

    pub(super) fn into_response(self) -> Response {
        let mut response = json(
            StatusCode::from_u16(self.error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            &self.error.body(),
        );
        if let Some((name, value)) = self.header {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

fn respond(status: StatusCode, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// An answer without a body.
pub(super) fn empty(status: StatusCode, version: Option<Version>) -> Response {
    let mut response = respond(status, Body::empty());
    response.headers_mut().remove(CONTENT_TYPE);
    tag(&mut response, version);
    response
}

/// A JSON value.
pub(super) fn json(status: StatusCode, value: &Value) -> Response {
    respond(status, Body::from(value.to_string()))
}

/// Values as a ListResponse.
pub(super) fn json_list(values: Vec<Value>) -> Response {
    json(StatusCode::OK, &list::list_response(values))
}

fn tag(response: &mut Response, version: Option<Version>) {
    if let Some(value) =
        version.and_then(|version| HeaderValue::from_str(&version.to_string()).ok())
    {
        response.headers_mut().insert(ETAG, value);
    }
}

/// One resource.
pub(super) fn resource(status: StatusCode, view: View, base: &BaseUrl) -> Response {
    let (version, location) = (view.version, HeaderValue::from_str(&view.location));
    let mut pieces = Pieces::new(base);
    pieces.view(view);
    let mut response = respond(status, pieces.into_body());
    tag(&mut response, Some(version));
    if let Ok(location) = location
        && status == StatusCode::CREATED
    {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

/// A page of resources.
pub(super) fn listing(listing: Listing, base: &BaseUrl) -> Response {
    let mut pieces = Pieces::new(base);
    pieces.text(&list_head(
        listing.total,
        listing.start_index,
        listing.views.len(),
        listing.next_cursor.as_deref(),
    ));
    for (n, view) in listing.views.into_iter().enumerate() {
        if n > 0 {
            pieces.text(",");
        }
        pieces.view(view);
    }
    pieces.text("]}");
    respond(StatusCode::OK, pieces.into_body())
}

/// A body in the making: text, and groups whose members are written when they are asked for.
struct Pieces {
    base: BaseUrl,
    done: VecDeque<Piece>,
    text: String,
}

enum Piece {
    Text(String),
    Members {
        members: Members,
        shape: MemberShape,
        written: usize,
    },
}

impl Pieces {
    fn new(base: &BaseUrl) -> Self {
        Self {
            base: base.clone(),
            done: VecDeque::new(),
            text: String::new(),
        }
    }

    fn text(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn view(&mut self, view: View) {
        let Some((name, members, shape)) = view.members else {
            self.text.push_str(&view.text.into_text());
            return;
        };
        self.text.push_str(&view.text.head);
        self.text.push_str(&format!("{}:[", Value::from(name)));
        if members.len() <= MEMBERS_AT_ONCE {
            write_members(
                &mut self.text,
                &members,
                shape,
                0,
                members.len(),
                &self.base,
            );
        } else {
            self.done
                .push_back(Piece::Text(std::mem::take(&mut self.text)));
            self.done.push_back(Piece::Members {
                members,
                shape,
                written: 0,
            });
        }
        self.text.push(']');
        if view.text.tail != "}" {
            self.text.push(',');
        }
        self.text.push_str(&view.text.tail);
    }

    fn into_body(mut self) -> Body {
        if self.done.is_empty() {
            return Body::from(self.text);
        }
        self.done
            .push_back(Piece::Text(std::mem::take(&mut self.text)));
        Body::new(StreamBody::new(stream::iter(self)))
    }
}

fn write_members(
    out: &mut String,
    members: &Members,
    shape: MemberShape,
    start: usize,
    count: usize,
    base: &BaseUrl,
) {
    for (n, member) in members.iter_from(start).take(count).enumerate() {
        if start + n > 0 {
            out.push(',');
        }
        shape.write(out, &member, base);
    }
}

impl Iterator for Pieces {
    type Item = Result<Frame<Bytes>, Infallible>;

    fn next(&mut self) -> Option<Self::Item> {
        let text = match self.done.pop_front()? {
            Piece::Text(text) => text,
            Piece::Members {
                members,
                shape,
                written,
            } => {
                let mut text = String::with_capacity(MEMBERS_AT_ONCE * 200);
                write_members(
                    &mut text,
                    &members,
                    shape,
                    written,
                    MEMBERS_AT_ONCE,
                    &self.base,
                );
                let written = written + MEMBERS_AT_ONCE;
                if written < members.len() {
                    self.done.push_front(Piece::Members {
                        members,
                        shape,
                        written,
                    });
                }
                text
            }
        };
        Some(Ok(Frame::data(Bytes::from(text))))
    }
}

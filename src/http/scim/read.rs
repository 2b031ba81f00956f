//! Reads a request's body as JSON.

use std::time::Duration;

use axum::body::Body;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http::request::Parts;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde_json::Value;
use tokio::time::timeout;

use super::answer::Refusal;
use crate::scim::{ScimError, json};

/// Reads the body of a request: at most so many bytes (and where that is set), in at most such a
/// time.
///
/// # Errors
/// 413 without reading more than the limit, 408 for a body that is slower, 415 for another media
/// type, `invalidSyntax` for what is not JSON.
pub(super) async fn json(
    parts: &Parts,
    body: Body,
    (limit, limit_name): (usize, &str),
    patience: Duration,
) -> Result<Value, Refusal> {
    check_media_type(parts)?;
    let too_large = || {
        ScimError::status(
            413,
            format!("the body has more than {limit} bytes ({limit_name}); nothing was changed"),
        )
    };
    let announced = parts
        .headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(too_large().into());
    }
    let collected = timeout(patience, Limited::new(body, limit).collect()).await;
    let bytes = match collected.map_err(|_| Refusal::slow(patience))? {
        Ok(collected) => collected.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => return Err(too_large().into()),
        Err(_) => return Err(ScimError::status(400, "the body ended too early").into()),
    };
    Ok(json::parse(&bytes)?)
}

/// SCIM's media type, or JSON's; parameters such as `charset` do not matter.
fn check_media_type(parts: &Parts) -> Result<(), ScimError> {
    if let Some(encoding) = parts.headers.get(CONTENT_ENCODING)
        && !encoding.as_bytes().eq_ignore_ascii_case(b"identity")
    {
        return Err(ScimError::status(
            415,
            "the body has a Content-Encoding; send it plain",
        ));
    }
    let Some(value) = parts.headers.get(CONTENT_TYPE) else {
        return Ok(());
    };
    let essence = value
        .to_str()
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    if ["application/scim+json", "application/json"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(essence))
    {
        return Ok(());
    }
    Err(ScimError::status(
        415,
        format!(
            "the Content-Type is {}, expected application/scim+json or application/json",
            crate::scim::error::quote(essence)
        ),
    ))
}

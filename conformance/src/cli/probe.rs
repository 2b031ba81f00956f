//! Whether there is a server to be judged: a wrong address or token must not look like a server
//! that breaks every rule.

use serde_json::Value;

use crate::exchange::{Exchange, Received};
use crate::server::Server;
use crate::wire::{Request, Wire};

/// Asks a server what it is, if it is one and takes the token.
///
/// # Errors
/// The words for what is not right.
pub(super) fn discover(wire: &Wire) -> Result<Server, String> {
    let config = wire.send(&Request::new("GET", "/ServiceProviderConfig"));
    let config = answered(&config)?;
    let server = Server::discover(wire)?;
    let endpoint = match (server.user(), server.types.first()) {
        (Some(kind), _) | (None, Some(kind)) => &kind.endpoint,
        (None, None) => "/Users",
    };
    let path = format!("{endpoint}?count=1");
    let list = wire.send(&Request::new("GET", path.as_str()));
    let list = answered(&list)?;
    let url = wire.url(&path);
    let target = wire.target();
    match (list.status, &target.token) {
        (401, None) if target.headers.is_empty() => Err(format!(
            "GET {url} answers 401, and no token was given: use --token or SCIM_TOKEN"
        )),
        (401, _) => Err(format!(
            "GET {url} answers 401: the server does not take this token{}",
            challenge(list)
        )),
        (403, _) => Err(format!(
            "GET {url} answers 403: with this token nothing can be read"
        )),
        _ if is_json(config) || is_json(list) => Ok(server),
        _ => Err(format!(
            "there is no SCIM server at {}: /ServiceProviderConfig answers {}, {path} answers {}; --base-url is the address under which /Users is, like https://scim.example.com/v2",
            target.base_url,
            words(config),
            words(list)
        )),
    }
}

fn answered(exchange: &Exchange) -> Result<&Received, String> {
    exchange.answer.as_ref().map_err(|error| {
        let hint = match error.to_lowercase() {
            error if error.contains("certificate") => " (--insecure takes any certificate)",
            error if error.contains("timeout") => " (--timeout gives it more time)",
            _ => "",
        };
        format!("{} does not answer: {error}{hint}", exchange.url)
    })
}

fn is_json(answer: &Received) -> bool {
    let body: Option<Value> = serde_json::from_str(&answer.body).ok();
    answer.status == 200 && body.is_some_and(|it| it.is_object() || it.is_array())
}

fn header<'a>(answer: &'a Received, name: &str) -> Option<&'a str> {
    let mut headers = answer.headers.iter();
    headers.find_map(|(other, value)| (other == name).then_some(value.as_str()))
}

fn challenge(answer: &Received) -> String {
    header(answer, "www-authenticate").map_or_else(String::new, |it| format!(" ({it})"))
}

/// An answer in a few words: `404`, `302 to https://…`, `200 with text/html`.
fn words(answer: &Received) -> String {
    let status = answer.status;
    match (
        status,
        header(answer, "location"),
        header(answer, "content-type"),
    ) {
        (300..=399, Some(location), _) => format!("{status} to {location}"),
        (200..=299, _, Some(kind)) => format!("{status} with {kind}"),
        _ => status.to_string(),
    }
}

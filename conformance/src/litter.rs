//! What was made on the server that is judged, so that it can be taken away again.

use serde_json::Value;

use crate::check::Feature;
use crate::exchange::Exchange;
use crate::json::{list, parse, text};
use crate::lab::{PREFIX, encode, query};
use crate::server::{ResourceType, Server};
use crate::wire::{Request, Wire};

/// The attributes in which every resource that a check makes has a name of ours.
const NAMES: &[&str] = &["userName", "displayName", "externalId"];

/// How many resources are asked for at once.
const PAGE: usize = 100;

/// The URLs of what one check has made.
#[derive(Debug, Default)]
pub struct Litter(Vec<String>);

impl Litter {
    /// Remembers what an exchange has made: by POST, alone or in a Bulk request.
    pub fn see(&mut self, exchange: &Exchange) {
        let Ok(answer) = &exchange.answer else { return };
        if exchange.method != "POST" || !(200..300).contains(&answer.status) {
            return;
        }
        let address = exchange.url.split('?').next().unwrap_or_default();
        // a search makes nothing, and what /Me leads to is the caller unless it has our name
        let is_callers = address.ends_with("/Me") && !answer.body.contains(PREFIX);
        if address.ends_with("/.search") || is_callers {
            return;
        }
        let body = parse(&answer.body);
        // some servers send the address of the request itself with every answer
        let is_made = |(name, value): &&(String, String)| name == "location" && value != address;
        let made = answer.headers.iter().filter(is_made);
        let made = made.map(|(_, value)| value.clone());
        let in_bulk = list(&body, "Operations").iter();
        let in_bulk = in_bulk.filter(|it| text(it, "method").eq_ignore_ascii_case("POST"));
        let in_bulk = in_bulk.map(|it| text(it, "location").to_owned());
        let before = self.0.len();
        self.0
            .extend(made.chain(in_bulk).filter(|it| !it.is_empty()));
        // a server that names no location still says the id
        let id = text(&body, "id");
        if answer.status == 201 && self.0.len() == before && !id.is_empty() {
            self.0
                .push(format!("{}/{}", address.trim_end_matches('/'), encode(id)));
        }
    }

    /// Takes all of it away, the last first: groups are made after their members. Returns what
    /// is still there, and why.
    pub fn take_away(self, wire: &Wire) -> Vec<String> {
        let base = wire.url("");
        let urls = self.0.into_iter().rev();
        let left = urls.filter_map(|url| {
            // a location may have another host's name in it, and no token is for another host
            let path = match url.strip_prefix(&base) {
                Some(path) => path.to_owned(),
                None => ends(&url),
            };
            delete(wire, &path).err()
        });
        left.collect()
    }
}

/// Takes away what killed runs have left: all resources with a name that begins with
/// `scimconf-`. Returns how many those were, and what may still be there and why.
pub fn clean(wire: &Wire, server: &Server) -> (usize, Vec<String>) {
    let mut kinds: Vec<&ResourceType> = server.types.iter().collect();
    // groups first: some servers keep a user who is a member
    kinds.sort_by_key(|it| !it.is_group());
    let (mut deleted, mut left) = (0, Vec::new());
    for kind in kinds {
        let paths = left_of(wire, server, kind).unwrap_or_else(|why| {
            left.push(why);
            Vec::new()
        });
        for path in paths {
            match delete(wire, &path) {
                Ok(()) => deleted += 1,
                Err(why) => left.push(why),
            }
        }
    }
    (deleted, left)
}

/// The paths of the resources of a type that have a name of ours.
fn left_of(wire: &Wire, server: &Server, kind: &ResourceType) -> Result<Vec<String>, String> {
    let names = names(kind);
    let mut found = Vec::new();
    if server.offers(Feature::Filter) {
        let by_name = names.iter().map(|name| {
            let filter = format!("{name} sw \"{PREFIX}-\"");
            listed(wire, &kind.endpoint, &[("filter", &filter)])
        });
        // a server that knows no such filter shows all there is
        match by_name.collect::<Result<Vec<_>, _>>() {
            Ok(lists) => found = lists.concat(),
            Err(_) => found = listed(wire, &kind.endpoint, &[])?,
        }
    } else {
        found.extend(listed(wire, &kind.endpoint, &[])?);
    }
    // a server may not have filtered at all: nothing is deleted that was not looked at
    found.retain(|it| names.iter().any(|name| is_ours(text(it, name))));
    let paths = found.iter().map(|it| text(it, "id"));
    let paths = paths.map(|id| format!("{}/{}", kind.endpoint, encode(id)));
    let mut paths: Vec<String> = paths.collect();
    paths.sort();
    paths.dedup();
    Ok(paths)
}

/// The attributes of a type in which a name of ours may be.
fn names(kind: &ResourceType) -> Vec<&str> {
    let own = kind.schema.attributes.iter();
    let own = own.filter(|it| it.required && it.kind == "string" && !it.multi_valued);
    let mut names: Vec<&str> = own.map(|it| it.name.as_str()).collect();
    for name in NAMES {
        let known = *name == "externalId" || kind.schema.attribute(name).is_some();
        if known && !names.contains(name) {
            names.push(name);
        }
    }
    names
}

fn is_ours(name: &str) -> bool {
    let start = format!("{PREFIX}-");
    name.get(..start.len())
        .is_some_and(|it| it.eq_ignore_ascii_case(&start))
}

/// All resources of a list, page by page.
fn listed(wire: &Wire, path: &str, parameters: &[(&str, &str)]) -> Result<Vec<Value>, String> {
    let mut found: Vec<Value> = Vec::new();
    let count = PAGE.to_string();
    loop {
        let start = (found.len() + 1).to_string();
        let page = [("startIndex", start.as_str()), ("count", count.as_str())];
        let path = query(path, &[parameters, &page].concat());
        let exchange = wire.send(&Request::new("GET", path));
        let answer = exchange
            .answer
            .map_err(|error| format!("GET {}: {error}", exchange.url))?;
        if answer.status == 404 {
            return Ok(found);
        }
        if answer.status != 200 {
            return Err(format!("GET {} answers {}", exchange.url, answer.status));
        }
        let body = parse(&answer.body);
        let resources = list(&body, "Resources");
        let total = body.get("totalResults").and_then(Value::as_u64);
        // a server without pages answers with the same ones again
        let seen = |it: &Value| found.iter().any(|other| other.get("id") == it.get("id"));
        if resources.iter().all(seen) {
            return Ok(found);
        }
        found.extend_from_slice(resources);
        if total.is_some_and(|total| u64::try_from(found.len()).unwrap_or(u64::MAX) >= total) {
            return Ok(found);
        }
    }
}

/// Deletes; what is not there any more is fine.
fn delete(wire: &Wire, path: &str) -> Result<(), String> {
    let request = Request::new("DELETE", path);
    let answer = wire.send(&request).answer;
    // nobody judges this one: a connection that was lost is no reason to leave something behind
    let answer = answer.or_else(|_| wire.send(&request).answer);
    match answer {
        Ok(answer) if (200..300).contains(&answer.status) => Ok(()),
        Ok(answer) if matches!(answer.status, 404 | 410) => Ok(()),
        Ok(answer) => Err(format!("DELETE {path} answers {}", answer.status)),
        Err(error) => Err(format!("DELETE {path}: {error}")),
    }
}

/// The last two segments of a URL: collection and id.
fn ends(url: &str) -> String {
    let mut segments = url.rsplitn(3, '/');
    let (id, collection) = (
        segments.next().unwrap_or_default(),
        segments.next().unwrap_or_default(),
    );
    format!("/{collection}/{id}")
}

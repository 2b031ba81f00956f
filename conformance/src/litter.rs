//! What was made on the server that is judged, so that it can be taken away again.

use serde_json::Value;

use crate::exchange::Exchange;
use crate::json::{list, text};
use crate::wire::{Request, Wire};

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
        let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        let made = answer.headers.iter().filter(|(name, _)| name == "location");
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
            let collection = exchange.url.split('?').next().unwrap_or_default();
            self.0
                .push(format!("{}/{id}", collection.trim_end_matches('/')));
        }
    }

    /// Takes all of it away, the last first: groups are made after their members.
    pub fn take_away(self, wire: &Wire) {
        let base = wire.url("");
        for url in self.0.into_iter().rev() {
            // a location may have another host's name in it, and no token is for another host
            let path = match url.strip_prefix(&base) {
                Some(path) => path.to_owned(),
                None => ends(&url),
            };
            wire.send(&Request::new("DELETE", path));
        }
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

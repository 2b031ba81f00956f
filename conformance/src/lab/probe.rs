//! Finding out what a server is like, below and above of what its requests and answers say.

use serde_json::json;

use super::{Lab, with};
use crate::answer::Answer;
use crate::check::Stop;
use crate::raw::{Connection, Message};
use crate::sample::Fill;
use crate::server::ResourceType;
use crate::wire::{Request, Target};

impl<'a> Lab<'a> {
    /// Sends a request that a server may also refuse by closing the connection; `None` if it does.
    ///
    /// # Errors
    /// If no answer comes in time, for which the server is blamed.
    pub fn send_or_closed(&self, request: Request) -> Result<Option<Answer>, Stop> {
        // what is left of such a connection is for nobody else
        let exchange = self.wire.send(&request.header("connection", "close"));
        let late = |error: &String| error.starts_with("timeout");
        let closed = exchange.answer.as_ref().is_err_and(|it| !late(it));
        match self.keep(exchange) {
            Err(_) if closed => Ok(None),
            answer => answer.map(Some),
        }
    }

    /// Sends a message on a connection of its own, as it is written.
    ///
    /// # Errors
    /// If no answer comes, for which the server is blamed.
    pub fn speak(&self, connection: &mut Connection, message: &Message) -> Result<Answer, Stop> {
        self.keep(connection.send(self.target(), message))
    }

    /// The server that is judged, and how to speak with it.
    pub fn target(&self) -> &'a Target {
        self.wire.target()
    }

    /// The type of Users, or the first one of a server without them.
    ///
    /// # Errors
    /// If there is none at all.
    pub fn kind(&self) -> Result<&'a ResourceType, Stop> {
        let kind = self.server.user().or_else(|| self.server.types.first());
        kind.ok_or_else(|| Stop::NotOffered("/ResourceTypes has no type".to_owned()))
    }

    /// The name of an attribute of this type that keeps a text that it is given, found by trying;
    /// some servers publish what they make up themselves as if it could be written.
    ///
    /// # Errors
    /// If none is published, or none of the first ones keeps it.
    pub fn text_attribute<'k>(&self, kind: &'k ResourceType) -> Result<&'k str, Stop> {
        const TRIED: usize = 3;
        let names: Vec<&str> = kind.plain_texts().map(|it| it.name.as_str()).collect();
        if names.is_empty() {
            let name = &kind.name;
            let why = format!("{name} has no attribute that takes any text");
            return Err(Stop::NotOffered(why));
        }
        for name in names.into_iter().take(TRIED) {
            let text = self.name();
            let body = with(self.body(kind, Fill::Required), json!({ name: text }));
            let made = self.make(&kind.endpoint, &body)?;
            let read = self.setup(&made.path, || self.read(&made))?;
            if read.text_at(name) == text {
                return Ok(name);
            }
        }
        let name = &kind.name;
        Err(Stop::Blocked(format!(
            "no text attribute of {name} keeps its text"
        )))
    }
}

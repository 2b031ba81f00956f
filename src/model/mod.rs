//! Our nouns. Pure: no I/O, no clock.

mod ambient;
mod announcement;
mod audit;
mod organization;
mod token;

pub use ambient::Ambient;
pub use announcement::{Announcement, Kind};
pub use audit::{AuditEvent, LogEntry, LogQuery};
pub use organization::Organization;
pub use token::{NewToken, ScimToken, TokenSecret, TokenState};

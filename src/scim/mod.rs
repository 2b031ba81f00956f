//! RFC 7643, 7644 and 9865 as types and functions.
//!
//! Pure: no I/O, no async, no clock, no log. Strict: what identity providers get wrong is put
//! right before it comes here (see [`crate::idp`]).

pub mod admit;
pub mod bulk;
pub mod discovery;
pub mod error;
pub mod filter;
pub mod fold;
pub mod index;
pub mod json;
pub mod key;
pub mod list;
pub mod patch;
pub mod path;
pub mod projection;
pub mod registry;
pub mod render;
pub mod resource;
pub mod schema;
pub mod version;

pub use error::{ScimError, ScimType};

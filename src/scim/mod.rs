//! RFC 7643, 7644 and 9865 as types and functions.
//!
//! Pure: no I/O, no async, no clock, no log. Strict: what identity providers get wrong is put
//! right before it comes here (see [`crate::idp`]).

pub mod admit;
pub mod error;
pub mod filter;
pub mod fold;
pub mod json;
pub mod key;
pub mod patch;
pub mod path;
pub mod registry;
pub mod resource;
pub mod schema;

pub use error::{ScimError, ScimType};

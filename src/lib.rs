//! stub
pub mod auth;
pub mod directory;
pub mod http;
pub mod idp;
pub mod model;
pub mod scim;
pub mod store;

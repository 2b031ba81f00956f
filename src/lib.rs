//! stub
pub mod idp;
pub mod model;
pub mod scim;
pub mod store;

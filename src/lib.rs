#![doc = include_str!("README.md")]

pub mod app;
pub mod auth;
pub mod config;
pub mod directory;
pub mod http;
pub mod idp;
pub mod jobs;
pub mod model;
pub mod scim;
pub mod store;
pub mod telemetry;

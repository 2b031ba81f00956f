//! What every test stands on: a running server on a database of its own, and a client.
//!
//! A test talks to the server as an identity provider does, over HTTP with a token, and
//! as an operator does, by the command line. Nothing here looks into the library.

#[macro_use]
mod macros;
mod answer;
mod client;
mod cluster;
mod database;
mod deadline;
mod dice;
mod eventually;
pub(crate) mod http2;
mod load;
pub(crate) mod openmetrics;
mod pace;
mod payloads;
mod person;
mod raw;
mod server;
mod space;
pub(crate) mod tls;
pub(crate) mod wire;
mod worker;

pub(crate) use answer::Answer;
pub(crate) use client::{Client, encode};
pub(crate) use cluster::Cluster;
pub(crate) use database::{Database, Kind};
pub(crate) use dice::{Dice, kills};
pub(crate) use eventually::eventually;
pub(crate) use load::Load;
pub(crate) use pace::Pace;
pub(crate) use payloads::{
    BULK_REQUEST, BULK_RESPONSE, ENTERPRISE, ERROR, GROUP, LIST_RESPONSE, PATCH_OP, SEARCH_REQUEST,
    USER, at_group, at_user, bulk, group, patch, search, strings, user, values,
};
pub(crate) use server::TestServer;
pub(crate) use space::Space;

//! A judge for SCIM 2.0 servers, whoever made them.
//!
//! It knows HTTP, JSON and the RFCs (7643, 7644, 9865), and nothing of the server that it judges
//! but what that says of itself. A run goes one way: [`cli`] says what is wanted, [`server`] asks
//! the server what it is, [`catalogue`] has the [`check`]s, [`run`] runs each in a [`lab`] of its
//! own, and [`report`] shows what they found.

pub mod answer;
pub mod catalogue;
pub mod check;
pub mod cli;
pub mod exchange;
pub mod flow;
pub mod json;
pub mod lab;
pub mod litter;
pub mod model;
pub mod raw;
pub mod report;
pub mod run;
pub mod sample;
pub mod server;
pub mod wire;

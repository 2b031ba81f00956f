//! PATCH (RFC 7644 §3.5.2): [`Operation`]s are what a client wrote, [`plan`] binds them to a
//! resource type, and [`PatchPlan::apply`] changes attributes in memory, all or none.

mod apply;
mod operation;
mod plan;

pub use operation::{NoMatch, Op, Operation, PATCH_SCHEMA, PatchPath, asks_for_something, parse};
pub use plan::{MemberEdit, PatchPlan, plan};

#[cfg(test)]
mod tests;

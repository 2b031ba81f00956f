//! What identity providers do differently, as data: which habits each has, and how to tell
//! one from another. [`crate::scim`] is strict; what is forgiven is forgiven here, before it.

pub mod profiles;
pub mod quirks;
mod recognise;
mod reshape;

pub use profiles::{Idp, Profile};
pub use quirks::Quirk;
pub use recognise::{Sign, Signals, recognise};
pub use reshape::{
    Forgiven, forgive_body, forgive_filter, forgive_filter_text, forgive_operations, forgive_patch,
};

#[cfg(test)]
mod tests;

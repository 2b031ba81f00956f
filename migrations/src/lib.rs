//! The tables of Vestibule, as steps up and down.
//!
//! Each step is written once, with placeholders for the few words in which SQLite and
//! PostgreSQL differ (see [`dialect`]).

mod dialect;
mod m20261122_000001_first_tables;
mod m20261122_000002_failed_requests;
mod m20261122_000003_renamed_members;
mod m20261122_000004_distinct_values;
mod m20261122_000005_unchecked_members;

use sea_orm_migration::prelude::MigrationTrait;
pub use sea_orm_migration::prelude::{DbErr, MigratorTrait};

/// All steps, oldest first.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_first_tables::Migration),
            Box::new(m20261122_000002_failed_requests::Migration),
            Box::new(m20261122_000003_renamed_members::Migration),
            Box::new(m20261122_000004_distinct_values::Migration),
            Box::new(m20261122_000005_unchecked_members::Migration),
        ]
    }
}

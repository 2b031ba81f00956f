//! How distinct the values of attributes are, said to PostgreSQL.
//!
//! # Why
//! From a sample of millions it takes them for a hundred times less distinct than they are. Then
//! the plan for any value seems dearer than the one for this value, and a lookup is planned anew
//! each time, which costs four times as much as to run it.

use sea_orm_migration::prelude::*;

use crate::dialect::on_postgres;

/// The step.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261122_000004_distinct_values"
    }
}

#[expect(
    elided_lifetimes_in_paths,
    reason = "the signature of the trait, as async_trait writes it"
)]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        alter(manager, "SET (n_distinct = -0.5)").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        alter(manager, "RESET (n_distinct)").await
    }
}

/// It takes effect when the table is analyzed next.
async fn alter(manager: &SchemaManager<'_>, how: &str) -> Result<(), DbErr> {
    let sql = format!("ALTER TABLE attribute_values ALTER COLUMN value {how}");
    on_postgres(manager, &sql).await
}

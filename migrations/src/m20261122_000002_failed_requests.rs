//! Failures in the provisioning log, found without reading the successes: they are what an
//! administrator looks for, and few among millions.

use sea_orm_migration::prelude::*;

use crate::dialect::run;

/// The step.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261122_000002_failed_requests"
    }
}

const UP: &str =
    "CREATE INDEX provisioning_log_failed ON provisioning_log (seq) WHERE status >= 400";

const DOWN: &str = "DROP INDEX provisioning_log_failed";

#[expect(
    elided_lifetimes_in_paths,
    reason = "the signature of the trait, as async_trait writes it"
)]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, DOWN).await
    }
}

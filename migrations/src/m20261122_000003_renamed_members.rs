//! What a resource is called, in the rows of its memberships too.
//!
//! # Why a trigger
//! Whoever adds a resource to a group copies its name there, and holds its row meanwhile, so
//! that a rename waits. The statement that renames sees the memberships as they were before it
//! waited, so the new row needs a statement that begins later: on PostgreSQL that was a
//! transaction of three more journeys, where the trigger runs it inside the first one.

use sea_orm_migration::prelude::*;

use crate::dialect::Follower;

/// The step.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261122_000003_renamed_members"
    }
}

const RENAMED: Follower = Follower {
    name: "members_renamed",
    table: "resources",
    column: "display",
    statement: "UPDATE members SET display = NEW.display WHERE member_pk = NEW.pk",
};

#[expect(
    elided_lifetimes_in_paths,
    reason = "the signature of the trait, as async_trait writes it"
)]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        RENAMED.create(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        RENAMED.drop(manager).await
    }
}

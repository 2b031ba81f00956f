//! Members of groups that PostgreSQL does not look up again.
//!
//! # Why
//! Whoever adds members holds their rows and the group's until the transaction ends, so that they
//! are there. Two foreign keys had PostgreSQL look each of them up once more, row by row: nearly
//! half of what it cost to add five hundred. What locks do not settle is a deletion that waited
//! for them and does not see the new membership: the resource's own trigger finds it, and the
//! deletion begins again. SQLite has one writer, and keeps its foreign keys.

use sea_orm_migration::prelude::*;

use crate::dialect::on_postgres;

/// The step.
#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261122_000005_unchecked_members"
    }
}

#[expect(
    elided_lifetimes_in_paths,
    reason = "the signature of the trait, as async_trait writes it"
)]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        on_postgres(
            manager,
            "CREATE FUNCTION members_remain() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                 IF EXISTS (SELECT 1 FROM members WHERE member_pk = OLD.pk)
                 OR EXISTS (SELECT 1 FROM members WHERE group_pk = OLD.pk) THEN
                     RAISE foreign_key_violation USING MESSAGE = 'a membership of the resource remains';
                 END IF;
                 RETURN NULL;
             END $$;
             CREATE TRIGGER members_remain AFTER DELETE ON resources FOR EACH ROW EXECUTE FUNCTION members_remain();
             ALTER TABLE members DROP CONSTRAINT members_group_pk_fkey, DROP CONSTRAINT members_member_pk_fkey",
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        on_postgres(
            manager,
            "ALTER TABLE members ADD CONSTRAINT members_group_pk_fkey FOREIGN KEY (group_pk) REFERENCES resources (pk),
                 ADD CONSTRAINT members_member_pk_fkey FOREIGN KEY (member_pk) REFERENCES resources (pk);
             DROP TRIGGER members_remain ON resources;
             DROP FUNCTION members_remain()",
        )
        .await
    }
}

//! Organizations.

use super::dialect::Row;
use super::sql::Arg;
use super::{StoreError, Tx};
use crate::model::Organization;

fn organization(row: &Row<'_>) -> Result<Organization, StoreError> {
    Ok(Organization {
        pk: row.int(0)?,
        slug: row.text(1)?,
    })
}

impl Tx<'_> {
    /// Makes an organization.
    ///
    /// # Errors
    /// [`StoreError::Taken`].
    pub async fn insert_organization(
        &mut self,
        slug: &str,
        now: i64,
    ) -> Result<Organization, StoreError> {
        let sql = "INSERT INTO organizations (slug, created_us) VALUES ($1, $2) ON CONFLICT (slug) DO NOTHING RETURNING pk, slug";
        let inserted = self
            .connection()
            .rows(sql, &[Arg::from(slug), Arg::Int(now)], organization)
            .await?;
        inserted
            .into_iter()
            .next()
            .ok_or_else(|| StoreError::Taken {
                path: "name".into(),
            })
    }

    /// Finds an organization by its name.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn organization(&mut self, slug: &str) -> Result<Option<Organization>, StoreError> {
        Ok(self
            .connection()
            .rows(
                "SELECT pk, slug FROM organizations WHERE slug = $1",
                &[Arg::from(slug)],
                organization,
            )
            .await?
            .pop())
    }

    /// Returns all organizations.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn organizations(&mut self) -> Result<Vec<Organization>, StoreError> {
        self.connection()
            .rows(
                "SELECT pk, slug FROM organizations ORDER BY slug",
                &[],
                organization,
            )
            .await
    }
}

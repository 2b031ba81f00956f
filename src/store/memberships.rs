//! The groups that a resource is in.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::resources::{COLUMNS, Stored, stored};
use super::sql::{Arg, Column};
use super::{StoreError, Tx};
use crate::scim::render::Membership;
use crate::scim::schema::ResourceType;

/// Whether the group `m.group_pk` is a member of another one, [`NESTED`], or not.
const IS_NESTED: &str = "CASE WHEN EXISTS (SELECT 1 FROM members n WHERE n.member_pk = m.group_pk AND n.nested = 1) THEN CAST(2 AS bigint) ELSE CAST(1 AS bigint) END";
const NESTED: i64 = 2;

/// The groups of each resource of a page.
pub type Groups = Vec<Vec<Membership>>;

/// The groups of the resource `r`, as the text of a JSON array that [`RowGroups`] reads: where a
/// statement is a journey to the database, who looks somebody up has them in the same one.
pub(super) fn groups_of_row() -> String {
    format!(
        "(SELECT CAST(json_agg(json_build_array({IS_NESTED}, g.id, g.display) ORDER BY g.pk) AS text)
          FROM members m JOIN resources g ON g.pk = m.group_pk WHERE m.member_pk = r.pk)"
    )
}

/// The groups that a resource is in itself, and whether there are others above them.
#[derive(Debug, Default)]
pub(super) struct RowGroups {
    pub(super) direct: Vec<Membership>,
    pub(super) nested: bool,
}

impl RowGroups {
    /// Reads what [`groups_of_row`] selects.
    pub(super) fn read(text: Option<&str>) -> Result<Self, StoreError> {
        let corrupt = |error: &dyn std::fmt::Display| StoreError::Corrupt(error.to_string());
        let mut read = Self::default();
        let Some(text) = text else {
            return Ok(read);
        };
        let groups: Vec<(i64, &str, String)> =
            serde_json::from_str(text).map_err(|error| corrupt(&error))?;
        for (part, id, display) in groups {
            read.nested |= part == NESTED;
            read.direct.push(Membership {
                id: id.parse::<Uuid>().map_err(|error| corrupt(&error))?,
                display,
                direct: true,
            });
        }
        Ok(read)
    }
}

impl Tx<'_> {
    /// Returns a resource with the groups it is in, in one statement.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn resource_in_groups(
        &mut self,
        organization: i64,
        kind: &ResourceType,
        id: Uuid,
    ) -> Result<Option<(Stored, Vec<Membership>)>, StoreError> {
        let number = self.catalog.number(kind);
        let connection = self.connection();
        let (type_is, its_type_is) = (connection.checked("type"), connection.checked("r.type"));
        let sql = format!(
            "SELECT CAST(0 AS bigint) AS part, {COLUMNS} FROM resources WHERE organization = $1 AND id = $2 AND {type_is} = $3
             UNION ALL
             SELECT {IS_NESTED} AS part, g.pk, g.id, g.version, g.created_us, g.updated_us, g.display
             FROM resources r JOIN members m ON m.member_pk = r.pk JOIN resources g ON g.pk = m.group_pk
             WHERE r.organization = $1 AND r.id = $2 AND {its_type_is} = $3
             ORDER BY part, pk"
        );
        let args = [Arg::Int(organization), Arg::Id(id), Arg::Int(number)];
        let (mut found, mut groups, mut nested) = (None, Vec::new(), false);
        self.connection()
            .rows(&sql, &args, |row| {
                let (part, stored) = (row.int(0)?, stored(row, 1)?);
                if part == 0 {
                    found = Some(stored);
                } else {
                    nested |= part == NESTED;
                    groups.push(Membership {
                        id: stored.resource.id,
                        display: stored.resource.document,
                        direct: true,
                    });
                }
                Ok(())
            })
            .await?;
        let Some(found) = found else {
            return Ok(None);
        };
        if nested {
            groups = self
                .all_memberships(&[found.pk])
                .await?
                .remove(&found.pk)
                .unwrap_or_default();
        }
        Ok(Some((found, groups)))
    }

    /// Returns the groups that each of these users is in, directly or through other groups.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn memberships(&mut self, users: &[&Stored]) -> Result<Groups, StoreError> {
        let sql = format!(
            "SELECT {IS_NESTED}, m.member_pk, g.id, g.display FROM members m JOIN resources g ON g.pk = m.group_pk
             WHERE m.member_pk {{key}} ORDER BY g.pk"
        );
        let keys = Column::Ints(users.iter().map(|user| user.pk).collect());
        let mut by_user: HashMap<i64, Vec<Membership>> = HashMap::new();
        let mut nested = Vec::new();
        self.connection()
            .rows_for_keys(&sql, &[], keys, |row| {
                let user = row.int(1)?;
                if row.int(0)? == NESTED {
                    nested.push(user);
                }
                by_user.entry(user).or_default().push(Membership {
                    id: row.id(2)?,
                    display: row.text(3)?,
                    direct: true,
                });
                Ok(())
            })
            .await?;
        by_user.extend(self.all_memberships(&nested).await?);
        Ok(users
            .iter()
            .map(|user| by_user.remove(&user.pk).unwrap_or_default())
            .collect())
    }

    /// Adds the groups that resources are in through other groups to those that they are in.
    pub(super) async fn with_nested(
        &mut self,
        resources: &[Stored],
        direct: Vec<RowGroups>,
    ) -> Result<Groups, StoreError> {
        let nested = resources.iter().zip(&direct).filter(|(_, of)| of.nested);
        let nested: Vec<i64> = nested.map(|(resource, _)| resource.pk).collect();
        let mut all = self.all_memberships(&nested).await?;
        let groups = resources.iter().zip(direct).map(|(resource, of)| {
            let all = all.remove(&resource.pk);
            all.unwrap_or(of.direct)
        });
        Ok(groups.collect())
    }

    /// Returns the groups of those users of whose groups some are members of groups themselves.
    async fn all_memberships(
        &mut self,
        users: &[i64],
    ) -> Result<HashMap<i64, Vec<Membership>>, StoreError> {
        // UNION drops what was reached before, so circles of groups end
        let sql = "WITH RECURSIVE up (member, grp, direct) AS (
                       SELECT member_pk, group_pk, CAST(1 AS bigint) FROM members WHERE member_pk {key}
                       UNION
                       SELECT up.member, m.group_pk, CAST(0 AS bigint) FROM up JOIN members m ON m.member_pk = up.grp AND m.nested = 1
                   )
                   SELECT up.member, g.id, g.display, MAX(up.direct) FROM up JOIN resources g ON g.pk = up.grp
                   GROUP BY up.member, g.pk, g.id, g.display ORDER BY g.pk";
        let mut by_user: HashMap<i64, Vec<Membership>> = HashMap::new();
        let users: HashSet<i64> = users.iter().copied().collect();
        let users = users.into_iter().collect();
        self.connection()
            .rows_for_keys(sql, &[], Column::Ints(users), |row| {
                by_user.entry(row.int(0)?).or_default().push(Membership {
                    id: row.id(1)?,
                    display: row.text(2)?,
                    direct: row.int(3)? == 1,
                });
                Ok(())
            })
            .await?;
        Ok(by_user)
    }
}

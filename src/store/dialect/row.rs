//! A row of either database.

use sqlx::postgres::PgRow;
use sqlx::{Postgres, Row as _};
use uuid::Uuid;

use super::super::error::StoreError;
use super::sqlite;

/// A row of a result. Columns count from 0.
pub(in crate::store) enum Row<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r PgRow),
}

impl Row<'_> {
    pub(in crate::store) fn int(&self, column: usize) -> Result<i64, StoreError> {
        self.read(column)
    }

    pub(in crate::store) fn text(&self, column: usize) -> Result<String, StoreError> {
        self.read(column)
    }

    pub(in crate::store) fn optional_int(&self, column: usize) -> Result<Option<i64>, StoreError> {
        self.read(column)
    }

    pub(in crate::store) fn optional_text(
        &self,
        column: usize,
    ) -> Result<Option<String>, StoreError> {
        self.read(column)
    }

    pub(in crate::store) fn id(&self, column: usize) -> Result<Uuid, StoreError> {
        self.optional_id(column)?
            .ok_or_else(|| StoreError::Corrupt("a row has no id".into()))
    }

    pub(in crate::store) fn optional_id(&self, column: usize) -> Result<Option<Uuid>, StoreError> {
        match self {
            Self::Sqlite(row) => {
                let bytes: Option<[u8; 16]> = row.get(column).map_err(sqlite::failure)?;
                Ok(bytes.map(Uuid::from_bytes))
            }
            Self::Postgres(row) => row
                .try_get(column)
                .map_err(|error| StoreError::Corrupt(error.to_string())),
        }
    }

    fn read<T>(&self, column: usize) -> Result<T, StoreError>
    where
        T: rusqlite::types::FromSql + for<'d> sqlx::Decode<'d, Postgres> + sqlx::Type<Postgres>,
    {
        match self {
            Self::Sqlite(row) => row.get(column).map_err(sqlite::failure),
            Self::Postgres(row) => row
                .try_get(column)
                .map_err(|error| StoreError::Corrupt(error.to_string())),
        }
    }
}

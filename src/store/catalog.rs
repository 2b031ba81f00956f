//! Numbers for resource types and indexed paths: what rows say instead of names.
//!
//! A path that is newly indexed, or whose values compare differently than before, is filled in
//! from the documents when the store is opened; one that is no longer indexed is emptied.

use std::collections::HashMap;

use super::sql::{Arg, Column};
use super::{Store, StoreError, Tx};
use crate::scim::index::{Entry, entries};
use crate::scim::path::ResolvedPath;
use crate::scim::resource::Attributes;
use crate::scim::schema::ResourceType;

/// The key of a resource that has no value: behind all others, so that sorting needs one walk.
pub(super) const ABSENT: &str = "\u{10ffff}";
/// How many resources are indexed in one transaction.
const CHUNK: i64 = 1_000;

/// An index: its number, and which table its values stand in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Index {
    pub(super) number: i64,
    pub(super) unique: bool,
    /// Every resource has an entry: a value, or [`ABSENT`].
    pub(super) complete: bool,
}

impl Index {
    pub(super) fn table(self) -> &'static str {
        if self.unique {
            "unique_values"
        } else {
            "attribute_values"
        }
    }
}

/// What is known of the numbers.
#[derive(Debug, Default)]
pub(super) struct Catalog {
    types: HashMap<String, i64>,
    /// By type and place in the type's `indexed` paths.
    indexes: HashMap<(String, usize), Index>,
}

impl Catalog {
    pub(super) fn number(&self, kind: &ResourceType) -> i64 {
        self.types.get(&kind.name).copied().unwrap_or_default()
    }

    pub(super) fn index(&self, kind: &ResourceType, place: usize) -> Option<Index> {
        self.indexes.get(&(kind.name.clone(), place)).copied()
    }

    pub(super) fn index_of(&self, kind: &ResourceType, path: &ResolvedPath) -> Option<Index> {
        let place = kind.indexed.iter().position(|indexed| indexed == path)?;
        self.index(kind, place)
    }
}

/// What the keys of a path depend on; if it changes, they are made anew.
fn signature(path: &ResolvedPath) -> String {
    let leaf = path.leaf();
    format!(
        "{:?} {} {:?} 1",
        leaf.kind, leaf.case_exact, leaf.uniqueness
    )
}

impl Store {
    pub(super) async fn load_catalog(&self) -> Result<Catalog, StoreError> {
        let registry = self.registry;
        let mut reader = self.read().await?;
        let types: HashMap<String, i64> = reader
            .connection()
            .rows("SELECT name, pk FROM resource_types", &[], |row| {
                Ok((row.text(0)?, row.int(1)?))
            })
            .await?
            .into_iter()
            .collect();
        let known = reader
            .connection()
            .rows(
                "SELECT type, path, signature, pk FROM attributes",
                &[],
                |row| Ok(((row.int(0)?, row.text(1)?), (row.text(2)?, row.int(3)?))),
            )
            .await?;
        drop(reader);
        let mut known: HashMap<(i64, String), (String, i64)> = known.into_iter().collect();
        let mut catalog = Catalog {
            types,
            ..Catalog::default()
        };
        for kind in registry.types.iter().copied() {
            let number = match catalog.types.get(&kind.name) {
                Some(number) => *number,
                None => {
                    self.write(move |tx| Box::pin(async move { tx.add_type(&kind.name).await }))
                        .await?
                }
            };
            catalog.types.insert(kind.name.clone(), number);
            for (place, path) in kind.indexed.iter().enumerate() {
                let text = path.to_string();
                let index = match known.remove(&(number, text.clone())) {
                    Some((old, attribute)) if old == signature(path) => attribute,
                    other => {
                        if let Some((_, attribute)) = other {
                            self.write(move |tx| {
                                Box::pin(async move { tx.drop_index(attribute).await })
                            })
                            .await?;
                        }
                        self.fill_index(kind, number, place).await?
                    }
                };
                let unique = path.leaf().is_unique();
                let complete = !unique || path.leaf().required;
                catalog.indexes.insert(
                    (kind.name.clone(), place),
                    Index {
                        number: index,
                        unique,
                        complete,
                    },
                );
            }
        }
        for (_, (_, attribute)) in known {
            self.write(move |tx| Box::pin(async move { tx.drop_index(attribute).await }))
                .await?;
        }
        Ok(catalog)
    }

    /// Makes an index and fills it from the documents.
    async fn fill_index(
        &self,
        kind: &'static ResourceType,
        number: i64,
        place: usize,
    ) -> Result<i64, StoreError> {
        let Some(path) = kind.indexed.get(place).copied() else {
            return Ok(0);
        };
        let attribute = self
            .write(move |tx| Box::pin(async move { tx.add_attribute(number, &path).await }))
            .await?;
        let mut after = 0;
        loop {
            let last = self
                .write(move |tx| {
                    Box::pin(
                        async move { tx.fill_chunk(kind, number, place, attribute, after).await },
                    )
                })
                .await?;
            match last {
                Some(last) => after = last,
                None => return Ok(attribute),
            }
        }
    }
}

impl Tx<'_> {
    async fn add_type(&mut self, name: &str) -> Result<i64, StoreError> {
        let sql = "INSERT INTO resource_types (name) VALUES ($1) ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING pk";
        self.connection()
            .rows(sql, &[Arg::from(name)], |row| row.int(0))
            .await?
            .pop()
            .ok_or(StoreError::Stale)
    }

    async fn add_attribute(&mut self, kind: i64, path: &ResolvedPath) -> Result<i64, StoreError> {
        let sql = "INSERT INTO attributes (type, path, signature) VALUES ($1, $2, $3)
                   ON CONFLICT (type, path) DO UPDATE SET signature = excluded.signature RETURNING pk";
        let args = [
            Arg::Int(kind),
            Arg::Text(path.to_string()),
            Arg::Text(signature(path)),
        ];
        self.connection()
            .rows(sql, &args, |row| row.int(0))
            .await?
            .pop()
            .ok_or(StoreError::Stale)
    }

    async fn drop_index(&mut self, attribute: i64) -> Result<(), StoreError> {
        for sql in [
            "DELETE FROM unique_values WHERE attribute = $1",
            "DELETE FROM attribute_values WHERE attribute = $1",
            "DELETE FROM attributes WHERE pk = $1",
        ] {
            self.connection()
                .execute(sql, &[Arg::Int(attribute)])
                .await?;
        }
        Ok(())
    }

    /// Indexes the next resources after `after`; returns the last of them.
    async fn fill_chunk(
        &mut self,
        kind: &'static ResourceType,
        number: i64,
        place: usize,
        attribute: i64,
        after: i64,
    ) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT pk, organization, doc FROM resources WHERE type = $1 AND pk > $2 ORDER BY pk LIMIT $3";
        let rows = self
            .connection()
            .rows(
                sql,
                &[Arg::Int(number), Arg::Int(after), Arg::Int(CHUNK)],
                |row| Ok((row.int(0)?, row.int(1)?, row.text(2)?)),
            )
            .await?;
        let last = rows.last().map(|(pk, ..)| *pk);
        let unique = kind
            .indexed
            .get(place)
            .is_some_and(|path| path.leaf().is_unique());
        let mut values = Values::default();
        for (pk, organization, document) in rows {
            let attributes = Attributes::from_document(&document)
                .map_err(|error| StoreError::Corrupt(error.to_string()))?;
            let found: Vec<Entry> = entries(kind, &attributes)?
                .into_iter()
                .filter(|entry| entry.index == place)
                .collect();
            if found.is_empty() && !unique {
                values.push(organization, attribute, ABSENT.to_owned(), pk, -1);
            }
            for entry in found {
                values.push(organization, attribute, entry.key, pk, entry.element);
            }
        }
        let (table, asked) = (
            if unique {
                "unique_values"
            } else {
                "attribute_values"
            },
            values.len(),
        );
        let inserted = self
            .connection()
            .insert_many(table, values.columns(), "pk")
            .await?;
        if unique && inserted.len() < asked {
            let path = kind
                .indexed
                .get(place)
                .map(ToString::to_string)
                .unwrap_or_default();
            return Err(StoreError::Corrupt(format!(
                "{path} is to be unique, but some resources share a value"
            )));
        }
        Ok(last)
    }
}

/// Rows for one of the two tables of values.
#[expect(
    clippy::struct_field_names,
    reason = "a value is what the table calls it"
)]
#[derive(Debug, Default)]
pub(super) struct Values {
    organizations: Vec<i64>,
    attributes: Vec<i64>,
    values: Vec<String>,
    pks: Vec<i64>,
    elements: Vec<i64>,
}

impl Values {
    pub(super) fn push(
        &mut self,
        organization: i64,
        attribute: i64,
        value: String,
        pk: i64,
        element: i64,
    ) {
        self.organizations.push(organization);
        self.attributes.push(attribute);
        self.values.push(value);
        self.pks.push(pk);
        self.elements.push(element);
    }

    pub(super) fn len(&self) -> usize {
        self.pks.len()
    }

    pub(super) fn columns(self) -> Vec<(&'static str, Column)> {
        vec![
            ("organization", Column::Ints(self.organizations)),
            ("attribute", Column::Ints(self.attributes)),
            ("value", Column::Texts(self.values)),
            ("pk", Column::Ints(self.pks)),
            ("element", Column::Ints(self.elements)),
        ]
    }
}

//! SCIM tokens.

use ipnet::IpNet;

use super::dialect::Row;
use super::sql::Arg;
use super::{StoreError, Tx};
use crate::idp::{Idp, Profile};
use crate::model::{NewToken, ScimToken, TokenSecret};

/// That a token was used, and by whom it seems.
#[derive(Clone, Copy, Debug)]
pub struct TokenUse {
    /// The token.
    pub token: i64,
    /// Microseconds since 1970.
    pub at: i64,
    /// The provider that its requests showed.
    pub recognised: Option<Idp>,
}

const COLUMNS: &str = "pk, organization, profile, name, hint, sha256, cidrs, created_us, expires_us, last_used_us, recognised, revoked_us";

fn token(row: &Row<'_>) -> Result<ScimToken, StoreError> {
    let corrupt =
        |what: &str| StoreError::Corrupt(format!("a token has {what} that cannot be read"));
    let cidrs = row
        .text(6)?
        .split_whitespace()
        .map(str::parse::<IpNet>)
        .collect::<Result<Vec<_>, _>>();
    Ok(ScimToken {
        pk: row.int(0)?,
        organization: row.int(1)?,
        profile: row.text(2)?.parse().map_err(|_| corrupt("a profile"))?,
        name: row.text(3)?,
        hint: row.text(4)?,
        sha256: row.text(5)?,
        cidrs: cidrs.map_err(|_| corrupt("a network"))?,
        created: row.int(7)?,
        expires: row.optional_int(8)?,
        last_used: row.optional_int(9)?,
        recognised: row.optional_text(10)?.and_then(|name| match name.parse() {
            Ok(Profile::Idp(idp)) => Some(idp),
            _ => None,
        }),
        revoked: row.optional_int(11)?,
    })
}

impl Tx<'_> {
    /// Finds a token by the SHA-256 of its secret.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn token_by_hash(&mut self, sha256: &str) -> Result<Option<ScimToken>, StoreError> {
        let sql = select("WHERE sha256 = $1");
        Ok(self
            .connection()
            .rows(&sql, &[Arg::from(sha256)], token)
            .await?
            .pop())
    }

    /// Finds a token by its id.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn token(&mut self, pk: i64) -> Result<Option<ScimToken>, StoreError> {
        let sql = select("WHERE pk = $1");
        Ok(self
            .connection()
            .rows(&sql, &[Arg::Int(pk)], token)
            .await?
            .pop())
    }

    /// Returns the tokens of an organization.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn tokens(&mut self, organization: i64) -> Result<Vec<ScimToken>, StoreError> {
        let sql = select("WHERE organization = $1 ORDER BY pk");
        self.connection()
            .rows(&sql, &[Arg::Int(organization)], token)
            .await
    }

    /// Stores a token; of its secret, only the SHA-256.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn insert_token(
        &mut self,
        new: &NewToken,
        secret: &TokenSecret,
        now: i64,
    ) -> Result<ScimToken, StoreError> {
        let cidrs: Vec<String> = new.cidrs.iter().map(ToString::to_string).collect();
        let sql = format!(
            "INSERT INTO scim_tokens (organization, profile, name, hint, sha256, cidrs, created_us, expires_us)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING {COLUMNS}"
        );
        let args = [
            Arg::Int(new.organization),
            Arg::from(new.profile.as_str()),
            Arg::from(new.name.as_str()),
            Arg::from(secret.hint()),
            Arg::from(secret.sha256()),
            Arg::from(cidrs.join(" ")),
            Arg::Int(now),
            Arg::from(new.expires),
        ];
        self.connection()
            .rows(&sql, &args, token)
            .await?
            .pop()
            .ok_or(StoreError::Stale)
    }

    /// Ends a token; returns false if there is none that could end.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn revoke_token(&mut self, pk: i64, now: i64) -> Result<bool, StoreError> {
        let sql = "UPDATE scim_tokens SET revoked_us = $1 WHERE pk = $2 AND revoked_us IS NULL RETURNING pk";
        let args = [Arg::Int(now), Arg::Int(pk)];
        let revoked = self.connection().rows(sql, &args, |row| row.int(0)).await?;
        Ok(!revoked.is_empty())
    }

    /// Notes that tokens were used.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn note_token_uses(&mut self, uses: &[TokenUse]) -> Result<(), StoreError> {
        for TokenUse {
            token,
            at,
            recognised,
        } in uses
        {
            let sql = "UPDATE scim_tokens SET last_used_us = $1, recognised = COALESCE($2, recognised) WHERE pk = $3";
            let args = [
                Arg::Int(*at),
                Arg::from(recognised.map(|idp| idp.as_str().to_owned())),
                Arg::Int(*token),
            ];
            self.connection().execute(sql, &args).await?;
        }
        Ok(())
    }
}

fn select(condition: &str) -> String {
    format!("SELECT {COLUMNS} FROM scim_tokens {condition}")
}

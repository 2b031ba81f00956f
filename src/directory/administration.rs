//! What an administrator does: organizations, tokens, the provisioning log.

use super::{Directory, Error};
use crate::idp::Profile;
use crate::model::{
    LogEntry, LogQuery, NewToken, Organization, ScimToken, TokenSecret, TokenState,
};
use crate::scim::ScimError;
use crate::store::TokenUse;

/// How many rows are pruned in one transaction.
const BATCH: i64 = 500;

impl Directory {
    /// Returns an organization by its name.
    ///
    /// # Errors
    /// 404.
    pub async fn organization(&self, slug: &str) -> Result<Organization, Error> {
        let found = self.store.read().await?.organization(slug).await?;
        found.ok_or_else(|| {
            ScimError::status(
                404,
                format!("no organization is called {slug:?}; `vestibule org list` shows them"),
            )
            .into()
        })
    }

    /// Returns all organizations.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn organizations(&self) -> Result<Vec<Organization>, Error> {
        Ok(self.store.read().await?.organizations().await?)
    }

    /// Makes an organization.
    ///
    /// # Errors
    /// `invalidValue` for a name that is none, 409 for one that is taken.
    pub async fn create_organization(&self, slug: &str) -> Result<Organization, Error> {
        Organization::check_slug(slug).map_err(ScimError::invalid_value)?;
        let (slug, now) = (slug.to_owned(), (self.ambient.now)());
        self.store
            .write(move |tx| {
                let slug = slug.clone();
                Box::pin(async move {
                    tx.insert_organization(&slug, now)
                        .await
                        .map_err(Error::from)
                })
            })
            .await
    }

    /// Issues a token. The secret is returned here and never again.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn issue_token(&self, new: NewToken) -> Result<(ScimToken, TokenSecret), Error> {
        let mut random = [0; 40];
        (self.ambient.random)(&mut random);
        let (secret, now) = (TokenSecret::new(&random), (self.ambient.now)());
        let token = self
            .store
            .write(move |tx| {
                let (new, secret) = (new.clone(), TokenSecret::new(&random));
                Box::pin(async move {
                    tx.insert_token(&new, &secret, now)
                        .await
                        .map_err(Error::from)
                })
            })
            .await?;
        Ok((token, secret))
    }

    /// On a store without organizations, makes the default one and a token for it.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn first_token(&self) -> Result<Option<TokenSecret>, Error> {
        if !self.organizations().await?.is_empty() {
            return Ok(None);
        }
        let organization = match self.create_organization(Organization::DEFAULT).await {
            Ok(organization) => organization,
            // another replica was first
            Err(Error::Scim(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let new = NewToken {
            organization: organization.pk,
            profile: Profile::Auto,
            name: "first token".into(),
            cidrs: Vec::new(),
            expires: None,
        };
        Ok(Some(self.issue_token(new).await?.1))
    }

    /// Returns the tokens of an organization.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn tokens(&self, organization: i64) -> Result<Vec<ScimToken>, Error> {
        Ok(self.store.read().await?.tokens(organization).await?)
    }

    /// Ends a token: it is refused from the next request on.
    ///
    /// # Errors
    /// 404 if there is none, or it has ended already.
    pub async fn revoke_token(&self, pk: i64) -> Result<(), Error> {
        let now = (self.ambient.now)();
        let revoked = self
            .store
            .write(move |tx| {
                Box::pin(async move { tx.revoke_token(pk, now).await.map_err(Error::from) })
            })
            .await?;
        if revoked {
            Ok(())
        } else {
            Err(ScimError::status(404, format!("no live token has the id {pk}")).into())
        }
    }

    /// Issues a token like another one, so that a provider can change over while both are live.
    /// At most two of a name are.
    ///
    /// # Errors
    /// 404 if there is none that is live; 409 if two of its name are.
    pub async fn rotate_token(&self, pk: i64) -> Result<(ScimToken, TokenSecret), Error> {
        let now = (self.ambient.now)();
        let mut reader = self.store.read().await?;
        let is_live = |token: &ScimToken| {
            !matches!(
                token.state(now, None),
                TokenState::Revoked | TokenState::Expired
            )
        };
        let token = reader.token(pk).await?.filter(is_live);
        let token = token
            .ok_or_else(|| ScimError::status(404, format!("no live token has the id {pk}")))?;
        let twins = reader
            .tokens(token.organization)
            .await?
            .into_iter()
            .filter(|other| other.name == token.name && is_live(other))
            .count();
        drop(reader);
        if twins > 1 {
            return Err(ScimError::status(
                409,
                format!(
                    "two tokens called {:?} are live already; revoke the old one first",
                    token.name
                ),
            )
            .into());
        }
        // the old one's remaining time is not the new one's
        let expires = token.expires.map(|at| now + (at - token.created));
        let ScimToken {
            organization,
            profile,
            name,
            cidrs,
            ..
        } = token;
        self.issue_token(NewToken {
            organization,
            profile,
            name,
            cidrs,
            expires,
        })
        .await
    }

    /// Notes that tokens were used.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn note_token_uses(&self, uses: Vec<TokenUse>) -> Result<(), Error> {
        self.store
            .write(move |tx| {
                let uses = uses.clone();
                Box::pin(async move { tx.note_token_uses(&uses).await.map_err(Error::from) })
            })
            .await
    }

    /// Returns entries of the provisioning log, oldest first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn log_entries(&self, query: &LogQuery) -> Result<Vec<LogEntry>, Error> {
        Ok(self.store.read().await?.log_entries(query).await?)
    }

    /// Removes log entries and announcements that are older than `retention` (microseconds), in
    /// small batches, each a transaction of its own.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn prune(&self, retention: i64) -> Result<(), Error> {
        let before = (self.ambient.now)().saturating_sub(retention);
        loop {
            let pruned = self
                .store
                .write(move |tx| {
                    Box::pin(async move {
                        let entries = tx.prune_log(before, BATCH).await.map_err(Error::from)?;
                        let announcements =
                            tx.prune_outbox(before, BATCH).await.map_err(Error::from)?;
                        Ok::<_, Error>(entries.max(announcements))
                    })
                })
                .await?;
            if pruned < BATCH.unsigned_abs() {
                return Ok(());
            }
            tokio::task::yield_now().await;
        }
    }
}

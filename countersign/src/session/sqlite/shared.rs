//! What others do to sessions in a transaction of their own, and the store in its.

use super::writing::Writing;
use super::{SqliteStore, rows, statements, stored_epoch};
use crate::clock::Timestamp;
use crate::secret::TokenHash;
use crate::session::{Commit, Committed, Epoch, SessionStore as _, StoreError, UserId};

impl Writing {
    /// Carries out what a request has staged. Roll back when it was not done.
    pub(crate) async fn carry_out(
        &mut self,
        commit: &Commit,
        now: Timestamp,
    ) -> Result<Committed, StoreError> {
        match commit {
            Commit::Change { token, changes } => self.change(token, changes, now).await,
            Commit::Begin {
                session,
                replaces,
                changes,
            } => self.begin(session, replaces.as_ref(), changes, now).await,
        }
    }

    /// Ends all sessions of a user, those included whose commit is under way, but not `except`. Answers the epoch that begins.
    pub(crate) async fn end_all_of(
        &mut self,
        user: &UserId,
        except: Option<&TokenHash>,
        now: Timestamp,
    ) -> Result<Epoch, StoreError> {
        // The epoch alone would end them. But their rows would stay until their deadlines.
        let end = sqlx::query(statements::END_ALL_OF)
            .bind(user.as_str().to_owned())
            .bind(now.as_millis())
            .bind((now + SqliteStore::TOMBSTONE).as_millis())
            .bind(except.map(|token| token.digest().to_vec()));
        self.execute(end).await?;
        if let Some(token) = except {
            let spare = sqlx::query(statements::SPARE)
                .bind(token.digest().to_vec())
                .bind(now.as_millis())
                .bind(user.as_str().to_owned());
            self.execute(spare).await?;
        }
        self.next_epoch_of(user).await
    }

    async fn next_epoch_of(&mut self, user: &UserId) -> Result<Epoch, StoreError> {
        let next = sqlx::query(statements::NEXT_USER_EPOCH).bind(user.as_str().to_owned());
        rows::epoch(stored_epoch(self.one(next).await?)?)
    }
}

#[cfg(feature = "accounts")]
mod of_accounts {
    use super::super::rows::{corrupt, get};
    use super::super::{end, end_all, end_named, settings_are_missing};
    use super::*;
    use crate::session::SessionId;

    impl Writing {
        /// Whose session a token is, and its name; `None` for a visitor's.
        pub(crate) async fn owner_of(
            &mut self,
            token: &TokenHash,
        ) -> Result<Option<(UserId, SessionId)>, StoreError> {
            let query = sqlx::query(statements::OWNER).bind(token.digest().to_vec());
            let Some(row) = self.one(query).await? else {
                return Ok(None);
            };
            let id = <[u8; 16]>::try_from(get::<&[u8]>(&row, "id")?)
                .map_err(|error| corrupt("session id", error))?;
            let user = UserId::new(get::<&str>(&row, "user_id")?);
            Ok(Some((user, SessionId::from_bytes(id))))
        }

        /// The token of a user's live session.
        pub(crate) async fn token_of(
            &mut self,
            user: &UserId,
            session: SessionId,
            now: Timestamp,
        ) -> Result<Option<TokenHash>, StoreError> {
            let query = sqlx::query(statements::TOKEN_OF_NAMED)
                .bind(user.as_str().to_owned())
                .bind(now.as_millis())
                .bind(session.as_bytes().to_vec());
            let Some(row) = self.one(query).await? else {
                return Ok(None);
            };
            let digest = <[u8; 32]>::try_from(get::<&[u8]>(&row, "token_digest")?)
                .map_err(|error| corrupt("token of a session", error))?;
            Ok(Some(TokenHash::from_stored(get(&row, "bucket")?, digest)))
        }

        /// Has a session go on with its user's new stamp.
        pub(crate) async fn restamp(
            &mut self,
            token: &TokenHash,
            stamp: &str,
        ) -> Result<(), StoreError> {
            let restamp = sqlx::query(statements::RESTAMP)
                .bind(token.digest().to_vec())
                .bind(stamp.to_owned());
            self.execute(restamp).await
        }

        /// Ends a session and all that are one login with it. Answers whether it was live or fading.
        pub(crate) async fn end(
            &mut self,
            token: &TokenHash,
            now: Timestamp,
        ) -> Result<bool, StoreError> {
            Ok(self.write(end(token, now)).await? > 0)
        }

        /// Ends a session of a user and all that are one login with it. Answers whether it was live and that user's.
        pub(crate) async fn end_named(
            &mut self,
            user: &UserId,
            session: SessionId,
            now: Timestamp,
        ) -> Result<bool, StoreError> {
            Ok(self.write(end_named(user, session, now)).await? > 0)
        }

        /// Ends everybody's sessions, visitors' included, and those whose commit is under way.
        pub(crate) async fn end_all(&mut self, now: Timestamp) -> Result<(), StoreError> {
            match self.write(end_all(now)).await? {
                1 => Ok(()),
                _ => Err(settings_are_missing()),
            }
        }

        /// Ends all sessions of a user for good: nothing is left of them, not even that they were.
        pub(crate) async fn forget_all_of(&mut self, user: &UserId) -> Result<(), StoreError> {
            let delete = sqlx::query(statements::DELETE_ALL_OF).bind(user.as_str().to_owned());
            self.execute(delete).await?;
            self.next_epoch_of(user).await.map(drop)
        }
    }
}

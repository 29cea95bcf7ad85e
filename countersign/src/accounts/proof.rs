use std::fmt;
use std::time::Duration;

use super::store::tokens::{self, Purpose, TokenRow};
use super::{AccountError, Accounts, store};
use crate::secret::Token;

/// A secret that proves once, for a minute, that whoever brings it may write to the accounts' database: 256 random bits,
/// of which the database has only the hash.
///
/// By it two programs on one database know each other: one makes it, sends it over the network, and finds out whether
/// the other end is who uses it.
#[derive(Clone)]
pub struct DatabaseProof(Token);

impl DatabaseProof {
    /// For how long it can be used: a minute.
    pub const LASTS: Duration = Duration::from_secs(60);

    /// The proof's text, to be sent: letters, digits, `-` and `_`.
    pub fn reveal(&self) -> String {
        self.0.reveal()
    }
}

impl fmt::Debug for DatabaseProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseProof([redacted])")
    }
}

impl Accounts {
    /// Makes a proof.
    ///
    /// ```
    /// # use countersign::accounts::Accounts;
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// # let folder = tempfile::tempdir()?;
    /// # let accounts = Accounts::open(folder.path().join("accounts.db")).await?;
    /// let proof = accounts.make_proof().await?;
    /// assert!(!accounts.proof_was_used(&proof).await?);
    /// assert!(accounts.use_proof(&proof.reveal()).await?);
    /// assert!(accounts.proof_was_used(&proof).await?);
    /// assert!(!accounts.use_proof(&proof.reveal()).await?, "once");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn make_proof(&self) -> Result<DatabaseProof, AccountError> {
        let token = Token::generate_anywhere(&*self.login().random);
        let now = self.now();
        let row = TokenRow {
            expires_at: now + DatabaseProof::LASTS,
            email: None,
            roles: Vec::new(),
            account: None,
            is_trusted: false,
        };
        let mut writing = self.database().begin().await?;
        tokens::insert(&mut writing, &token.hash(), Purpose::Proof, &row, now).await?;
        store::commit(writing).await?;
        Ok(DatabaseProof(token))
    }

    /// Uses a proof up. Answers whether the text was one. What is none costs a look at the database at most.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn use_proof(&self, text: &str) -> Result<bool, AccountError> {
        let Some(token) = Token::parse(text.as_bytes()) else {
            return Ok(false);
        };
        let (hash, now) = (token.hash(), self.now());
        let database = self.database();
        if database.token(&hash, Purpose::Proof, now).await?.is_none() {
            return Ok(false);
        }
        let mut writing = database.begin().await?;
        let row = tokens::take(&mut writing, &hash, Purpose::Proof, now).await?;
        store::commit(writing).await?;
        Ok(row.is_some())
    }

    /// Whether somebody used the proof, or its minute is over.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn proof_was_used(&self, proof: &DatabaseProof) -> Result<bool, AccountError> {
        let (hash, now) = (proof.0.hash(), self.now());
        let row = self.database().token(&hash, Purpose::Proof, now).await?;
        Ok(row.is_none())
    }
}

//! What is SQLite's own: its files, starts side by side, an application's tables, transactions that are given up.

mod failures;
mod files;
mod given_up;
mod starts;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use countersign::clock::Timestamp;
use countersign::secret::{OperatingSystemRandom, Token, TokenHash};
use countersign::session::{
    ClientRecord, Commit, Committed, DataChanges, LoginRecord, Lookup, Method, Methods, NewSession,
    SessionId, SessionRecord, SessionStore, SqliteStore, UserId, Want,
};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

/// A folder that goes away with the test.
pub(crate) struct Folder {
    folder: tempfile::TempDir,
    files: AtomicU32,
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            files: AtomicU32::new(0),
        }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The path of a file that is not there yet.
    pub(crate) fn fresh_file(&self) -> PathBuf {
        let file = self.files.fetch_add(1, Ordering::Relaxed);
        self.path().join(format!("{file}.db"))
    }
}

/// An application's own connections, without any of the settings that ours have.
fn options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
}

/// A store on an application's pool of one connection.
async fn one_connection(folder: &Folder) -> SqliteStore {
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .connect_with(options(&folder.fresh_file()))
        .await
        .unwrap();
    SqliteStore::from_pool(pool).await.unwrap()
}

fn login(name: &str) -> (NewSession, TokenHash) {
    let token = Token::generate(Token::bucket_of(name), &OperatingSystemRandom).hash();
    let login = LoginRecord {
        user_id: UserId::new(name),
        stamp: None,
        authenticated_at: Some(NOW),
        methods: Methods::from(Method::Password),
        remembered: false,
        forced: false,
    };
    let record = SessionRecord {
        id: SessionId::generate(NOW, &OperatingSystemRandom),
        login: Some(login),
        created_at: NOW,
        last_seen_at: NOW,
        idle: Duration::from_secs(3_600),
        expires_at: NOW + Duration::from_secs(86_400),
        client: ClientRecord::default(),
    };
    let session = NewSession {
        token,
        record,
        epoch: None,
    };
    (session, token)
}

async fn log_in(store: &SqliteStore, name: &str) -> (SessionId, TokenHash) {
    let (session, token) = login(name);
    let id = session.record.id;
    begin(store, session).await;
    (id, token)
}

async fn begin(store: &SqliteStore, session: NewSession) {
    let commit = Commit::Begin {
        session,
        replaces: None,
        changes: DataChanges::default(),
    };
    assert_eq!(store.commit(commit, NOW).await.unwrap(), Committed::Done);
}

async fn load(store: &SqliteStore, token: &TokenHash) -> Lookup {
    store.load(token, Want::RecordAndData, NOW).await.unwrap()
}

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

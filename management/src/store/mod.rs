//! The SQL store: every resource as one row, a clock that counts write transactions, and a signal when it moved.
//!
//! What always holds: there is one writer at a time (a pool of one connection), so the sequence of commits is the order of
//! sequences; the signal is sent after the commit, never before.

pub mod changes;
pub mod instances;
pub mod row;
mod writer;

use std::path::Path;

use sqlx::Sqlite;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use tokio::sync::watch;

pub use row::Row;
pub use writer::Writer;

use crate::clock::{arm_time, now};
use crate::limits::{READERS_MAX, STORE_BUSY_TIMEOUT};

const FILE_NAME: &str = "postern.db";

/// Handle to the store; clones share it.
#[derive(Clone)]
pub struct Store {
    writer: SqlitePool,
    readers: SqlitePool,
    committed: watch::Sender<i64>,
}

impl Store {
    /// Opens (and creates) `postern.db` in `data` and brings its tables up to date. The file is readable by its owner only.
    pub async fn open(data: &Path) -> Result<Self, sqlx::Error> {
        let file = data.join(FILE_NAME);
        restrict(&file)?;
        let options = SqliteConnectOptions::new()
            .filename(&file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // WAL with NORMAL keeps every commit through a crash of the process; FULL also through a power cut, which is
            // what an operator expects of "201 Created".
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(STORE_BUSY_TIMEOUT)
            .foreign_keys(true);
        let writer = SqlitePoolOptions::new().max_connections(1).connect_with(options.clone()).await?;
        sqlx::migrate!("./migrations").run(&writer).await?;
        let readers =
            SqlitePoolOptions::new().max_connections(READERS_MAX).connect_with(options.read_only(true)).await?;
        let epoch = uuid::Uuid::new_v4().simple().to_string();
        sqlx::query("INSERT OR IGNORE INTO clock (one, epoch, sequence, forgotten, created) VALUES (1, ?, 0, 0, ?)")
            .bind(epoch)
            .bind(arm_time(now()))
            .execute(&writer)
            .await?;
        let sequence: i64 = sqlx::query_scalar("SELECT sequence FROM clock").fetch_one(&writer).await?;
        Ok(Self { writer, readers, committed: watch::channel(sequence).0 })
    }

    /// Whether a data folder holds a store.
    pub fn exists(data: &Path) -> bool {
        data.join(FILE_NAME).is_file()
    }

    /// A connection that only reads. Statements outside a transaction each see the newest commit.
    pub async fn reader(&self) -> Result<PoolConnection<Sqlite>, sqlx::Error> {
        self.readers.acquire().await
    }

    /// A read transaction: everything read through it is one state.
    pub async fn read(&self) -> Result<sqlx::Transaction<'static, Sqlite>, sqlx::Error> {
        self.readers.begin().await
    }

    /// Starts a write transaction. Waits until the writer before it is done.
    pub async fn write(&self) -> Result<Writer, sqlx::Error> {
        Writer::begin(&self.writer, self.committed.clone()).await
    }

    /// A connection for notes that are no part of the configuration (heartbeats): the clock stands still.
    pub async fn note(&self) -> Result<PoolConnection<Sqlite>, sqlx::Error> {
        self.writer.acquire().await
    }

    /// Follows the sequence of the last commit.
    pub fn commits(&self) -> watch::Receiver<i64> {
        self.committed.subscribe()
    }

    /// When the data file was made, RFC 3339.
    pub async fn created(&self) -> Result<String, sqlx::Error> {
        sqlx::query_scalar("SELECT created FROM clock").fetch_one(&self.readers).await
    }

    /// Ends all connections; the WAL is folded into the file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// Creates the file with mode 0600 before SQLite does it with the umask's.
fn restrict(file: &Path) -> Result<(), sqlx::Error> {
    use std::os::unix::fs::OpenOptionsExt;
    let opened = std::fs::OpenOptions::new().create(true).append(true).mode(0o600).open(file);
    opened.map(drop).map_err(sqlx::Error::Io)
}

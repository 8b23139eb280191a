//! A write transaction. All rows written in it carry the same sequence; deletions leave tombstones.

use std::ops::{Deref, DerefMut};

use serde_json::{Map, Value};
use sqlx::sqlite::SqlitePool;
use sqlx::{Sqlite, SqliteConnection, Transaction};
use tokio::sync::watch;

use super::row::{self, Row, collection_of, key_of};
use crate::clock::{arm_time, now};
use crate::limits::TOMBSTONES_MAX;

/// Dropped without [`Writer::commit`], nothing of it happened.
pub struct Writer {
    transaction: Transaction<'static, Sqlite>,
    sequence: i64,
    now: String,
    committed: watch::Sender<i64>,
}

impl Writer {
    pub(super) async fn begin(pool: &SqlitePool, committed: watch::Sender<i64>) -> Result<Self, sqlx::Error> {
        // IMMEDIATE: another process (the token subcommand) may hold the file; fail here and not at the first write.
        let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
        let sequence = sqlx::query_scalar("UPDATE clock SET sequence = sequence + 1 RETURNING sequence")
            .fetch_one(&mut *transaction)
            .await?;
        Ok(Self { transaction, sequence, now: arm_time(now()), committed })
    }

    /// Time of this transaction, RFC 3339.
    pub fn now(&self) -> &str {
        &self.now
    }

    /// Sequence of this transaction: the version of every row it writes.
    pub fn sequence(&self) -> i64 {
        self.sequence
    }

    /// Creates or replaces a resource. An id that is replaced keeps the case and the time it was created with.
    pub async fn put(
        &mut self,
        id: &str,
        kind: &str,
        properties: &Map<String, Value>,
        secrets: &Map<String, Value>,
    ) -> Result<(), sqlx::Error> {
        let key = key_of(id);
        sqlx::query(
            "INSERT INTO resources (key, id, kind, collection, properties, secrets, version, sequence, created, updated)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?8)
             ON CONFLICT (key) DO UPDATE SET properties = ?5, secrets = ?6, version = ?7, sequence = ?7, updated = ?8",
        )
        .bind(&key)
        .bind(id)
        .bind(kind)
        .bind(collection_of(&key))
        .bind(text_of(properties))
        .bind(text_of(secrets))
        .bind(self.sequence)
        .bind(&self.now)
        .execute(&mut *self.transaction)
        .await?;
        sqlx::query("DELETE FROM tombstones WHERE key = ?").bind(&key).execute(&mut *self.transaction).await?;
        Ok(())
    }

    /// Removes a resource and everything under it.
    pub async fn delete(&mut self, id: &str) -> Result<(), sqlx::Error> {
        let key = key_of(id);
        // '/' + 1 = '0': the range holds everything under the id.
        let (first, last) = (format!("{key}/"), format!("{key}0"));
        sqlx::query(
            "INSERT OR REPLACE INTO tombstones (key, id, sequence)
             SELECT key, id, ?4 FROM resources WHERE key = ?1 OR (key > ?2 AND key < ?3)",
        )
        .bind(&key)
        .bind(&first)
        .bind(&last)
        .bind(self.sequence)
        .execute(&mut *self.transaction)
        .await?;
        sqlx::query("DELETE FROM resources WHERE key = ?1 OR (key > ?2 AND key < ?3)")
            .bind(&key)
            .bind(&first)
            .bind(&last)
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }

    /// Makes the feed tell of an API, its revisions and all that is under them again, unchanged: a gateway that did not see
    /// them sees them now. ETags stay.
    pub async fn touch_api(&mut self, base: &str) -> Result<(), sqlx::Error> {
        let key = key_of(&format!("/apis/{base}"));
        sqlx::query(
            "UPDATE resources SET sequence = ?1
             WHERE key = ?2 OR (key > ?2 || '/' AND key < ?2 || '0') OR (key > ?2 || ';rev=' AND key < ?2 || ';rev>')",
        )
        .bind(self.sequence)
        .bind(&key)
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    /// Gives a resource and what is under it a new id. `keep` says which of the things below stay where they are.
    pub async fn rename(&mut self, from: &Row, to: &str, keep: impl Fn(&Row) -> bool) -> Result<(), sqlx::Error> {
        let children = row::below(self, &from.id).await?;
        self.delete(&from.id).await?;
        self.put_again(from, to).await?;
        for child in children {
            if keep(&child) {
                self.put_again(&child, &child.id).await?;
            } else if let Some(rest) = child.id.get(from.id.len()..) {
                self.put_again(&child, &format!("{to}{rest}")).await?;
            }
        }
        Ok(())
    }

    /// Writes a row under an id, with its creation time.
    pub async fn put_again(&mut self, row: &Row, id: &str) -> Result<(), sqlx::Error> {
        self.put(id, &row.kind, &row.properties, &row.secrets).await?;
        sqlx::query("UPDATE resources SET created = ? WHERE key = ?")
            .bind(&row.created)
            .bind(key_of(id))
            .execute(&mut *self.transaction)
            .await?;
        Ok(())
    }

    /// Makes it happen and tells those who wait. Returns the sequence.
    pub async fn commit(mut self) -> Result<i64, sqlx::Error> {
        self.forget_deletions().await?;
        self.transaction.commit().await?;
        self.committed.send_replace(self.sequence);
        Ok(self.sequence)
    }

    /// Keeps the newest tombstones only; agents that stand before the oldest get a snapshot.
    async fn forget_deletions(&mut self) -> Result<(), sqlx::Error> {
        let edge: Option<i64> =
            sqlx::query_scalar("SELECT sequence FROM tombstones ORDER BY sequence DESC LIMIT 1 OFFSET ?")
                .bind(TOMBSTONES_MAX)
                .fetch_optional(&mut *self.transaction)
                .await?;
        let Some(edge) = edge else { return Ok(()) };
        sqlx::query("DELETE FROM tombstones WHERE sequence <= ?").bind(edge).execute(&mut *self.transaction).await?;
        sqlx::query("UPDATE clock SET forgotten = ?").bind(edge).execute(&mut *self.transaction).await?;
        Ok(())
    }
}

impl Deref for Writer {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.transaction
    }
}

impl DerefMut for Writer {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.transaction
    }
}

fn text_of(object: &Map<String, Value>) -> String {
    // A map of JSON values always serialises.
    serde_json::to_string(object).unwrap_or_else(|_| "{}".to_owned())
}

//! What readers of the feed must be told: rows and tombstones after a sequence, in order.
//!
//! What always holds: within one read transaction, `rows after s` plus `tombstones after s` turn the state at `s` into the
//! state now, as long as `s` is not below `forgotten`.

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use sqlx::SqliteConnection;

/// Where the store stands.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Position {
    pub epoch: String,
    pub sequence: i64,
    pub forgotten: i64,
}

/// A changed resource, as stored text: the feed does not need it as a tree.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Change {
    pub id: String,
    pub sequence: i64,
    /// `None`: deleted.
    pub properties: Option<String>,
    pub secrets: Option<String>,
}

/// Reads where the store stands.
pub async fn position(connection: &mut SqliteConnection) -> Result<Position, sqlx::Error> {
    sqlx::query_as("SELECT epoch, sequence, forgotten FROM clock").fetch_one(connection).await
}

/// All resources, in key order: a snapshot.
pub fn everything(connection: &mut SqliteConnection) -> BoxStream<'_, Result<Change, sqlx::Error>> {
    sqlx::query_as("SELECT id, sequence, properties, secrets FROM resources ORDER BY key").fetch(connection).boxed()
}

/// What changed after `sequence`, oldest first; within one transaction deletions come first.
pub fn after(connection: &mut SqliteConnection, sequence: i64) -> BoxStream<'_, Result<Change, sqlx::Error>> {
    sqlx::query_as(
        "SELECT id, sequence, NULL AS properties, NULL AS secrets, 0 AS rank FROM tombstones WHERE sequence > ?1
         UNION ALL
         SELECT id, sequence, properties, secrets, 1 AS rank FROM resources WHERE sequence > ?1
         ORDER BY sequence, rank",
    )
    .bind(sequence)
    .fetch(connection)
    .boxed()
}

/// Ids only, of what changed after `sequence`.
pub async fn ids_after(connection: &mut SqliteConnection, sequence: i64) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT id FROM tombstones WHERE sequence > ?1 UNION ALL SELECT id FROM resources WHERE sequence > ?1",
    )
    .bind(sequence)
    .fetch_all(connection)
    .await
}

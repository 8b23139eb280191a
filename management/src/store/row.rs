//! One resource as a row, and reading rows.

use serde_json::{Map, Value};
use sqlx::SqliteConnection;

/// A resource as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Relative id in the case it was written in.
    pub id: String,
    /// ARM type below the service, for example `apis/operations`.
    pub kind: String,
    pub properties: Map<String, Value>,
    pub secrets: Map<String, Value>,
    /// Sequence of the last change.
    pub version: i64,
    /// RFC 3339.
    pub created: String,
    pub updated: String,
}

/// Storage key of an id: ids compare without regard to ASCII case.
pub fn key_of(id: &str) -> String {
    id.to_ascii_lowercase()
}

/// The collection an id or key stands in: everything before its last segment.
pub fn collection_of(key: &str) -> &str {
    key.rsplit_once('/').map_or("", |(collection, _)| collection)
}

#[derive(sqlx::FromRow)]
pub(super) struct Columns {
    id: String,
    kind: String,
    properties: String,
    secrets: String,
    version: i64,
    created: String,
    updated: String,
}

impl TryFrom<Columns> for Row {
    type Error = sqlx::Error;

    fn try_from(columns: Columns) -> Result<Self, sqlx::Error> {
        let object = |text: &str| serde_json::from_str(text).map_err(|error| sqlx::Error::Decode(Box::new(error)));
        Ok(Self {
            properties: object(&columns.properties)?,
            secrets: object(&columns.secrets)?,
            id: columns.id,
            kind: columns.kind,
            version: columns.version,
            created: columns.created,
            updated: columns.updated,
        })
    }
}

impl Row {
    /// Name of the resource: the last segment of its id.
    pub fn name(&self) -> &str {
        postern_model::id::last_segment(&self.id)
    }

    /// Text property, empty when absent.
    pub fn text(&self, property: &str) -> &str {
        self.properties.get(property).and_then(Value::as_str).unwrap_or_default()
    }

    /// Secret text, empty when absent.
    pub fn secret(&self, property: &str) -> &str {
        self.secrets.get(property).and_then(Value::as_str).unwrap_or_default()
    }
}

const SELECT: &str = "SELECT id, kind, properties, secrets, version, created, updated FROM resources";

/// Reads one resource.
pub async fn get(connection: &mut SqliteConnection, id: &str) -> Result<Option<Row>, sqlx::Error> {
    let columns: Option<Columns> =
        sqlx::query_as("SELECT id, kind, properties, secrets, version, created, updated FROM resources WHERE key = ?")
            .bind(key_of(id))
            .fetch_optional(connection)
            .await?;
    columns.map(Row::try_from).transpose()
}

/// All resources of a collection (for example `/apis`), in key order.
pub async fn list(connection: &mut SqliteConnection, collection: &str) -> Result<Vec<Row>, sqlx::Error> {
    page(connection, collection, i64::MAX, 0).await
}

/// A part of a collection, in key order.
pub async fn page(
    connection: &mut SqliteConnection,
    collection: &str,
    limit: i64,
    offset: i64,
) -> Result<Vec<Row>, sqlx::Error> {
    let sql = format!("{SELECT} WHERE collection = ? ORDER BY key LIMIT ? OFFSET ?");
    let columns: Vec<Columns> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(key_of(collection))
        .bind(limit)
        .bind(offset)
        .fetch_all(connection)
        .await?;
    columns.into_iter().map(Row::try_from).collect()
}

/// Number of resources in a collection.
pub async fn count(connection: &mut SqliteConnection, collection: &str) -> Result<u64, sqlx::Error> {
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM resources WHERE collection = ?")
        .bind(key_of(collection))
        .fetch_one(connection)
        .await?;
    Ok(u64::try_from(count).unwrap_or_default())
}

/// All resources of a kind, wherever they stand, in key order.
pub async fn of_kind(connection: &mut SqliteConnection, kind: &str) -> Result<Vec<Row>, sqlx::Error> {
    let sql = format!("{SELECT} WHERE kind = ? ORDER BY key");
    let columns: Vec<Columns> = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(kind).fetch_all(connection).await?;
    columns.into_iter().map(Row::try_from).collect()
}

/// Everything under an id, without itself, in key order.
pub async fn below(connection: &mut SqliteConnection, id: &str) -> Result<Vec<Row>, sqlx::Error> {
    let key = key_of(id);
    let sql = format!("{SELECT} WHERE key > ? AND key < ? ORDER BY key");
    let columns: Vec<Columns> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(format!("{key}/"))
        // '0' is the character after '/'.
        .bind(format!("{key}0"))
        .fetch_all(connection)
        .await?;
    columns.into_iter().map(Row::try_from).collect()
}

/// All revisions of an API but the current one: `{base};rev=…`, in key order.
pub async fn revisions(connection: &mut SqliteConnection, base: &str) -> Result<Vec<Row>, sqlx::Error> {
    let prefix = key_of(&format!("/apis/{base};rev"));
    let sql = format!("{SELECT} WHERE collection = '/apis' AND key > ? AND key < ? ORDER BY key");
    let columns: Vec<Columns> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(format!("{prefix}="))
        // '>' is the character after '='.
        .bind(format!("{prefix}>"))
        .fetch_all(connection)
        .await?;
    columns.into_iter().map(Row::try_from).collect()
}

//! The last heartbeat of every gateway instance. Not part of the configuration: writing one moves no clock.

use sqlx::SqliteConnection;

use crate::limits::{INSTANCE_FORGOTTEN_AFTER, INSTANCES_MAX};

/// One instance of a gateway resource.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Instance {
    pub instance: String,
    /// Unix time.
    pub heard_ms: i64,
    /// The heartbeat as it was sent (JSON).
    pub report: String,
}

/// Notes a heartbeat and forgets instances that are long silent or too many.
pub async fn hear(
    connection: &mut SqliteConnection,
    gateway: &str,
    instance: &str,
    heard_ms: i64,
    report: &str,
) -> Result<(), sqlx::Error> {
    let gateway = gateway.to_ascii_lowercase();
    sqlx::query("INSERT OR REPLACE INTO instances (gateway, instance, heard_ms, report) VALUES (?, ?, ?, ?)")
        .bind(&gateway)
        .bind(instance)
        .bind(heard_ms)
        .bind(report)
        .execute(&mut *connection)
        .await?;
    let forgotten_ms = i64::try_from(INSTANCE_FORGOTTEN_AFTER.as_millis()).unwrap_or(i64::MAX);
    sqlx::query(
        "DELETE FROM instances WHERE gateway = ?1 AND (heard_ms < ?2 OR instance NOT IN
            (SELECT instance FROM instances WHERE gateway = ?1 ORDER BY heard_ms DESC, instance LIMIT ?3))",
    )
    .bind(&gateway)
    .bind(heard_ms - forgotten_ms)
    .bind(INSTANCES_MAX)
    .execute(connection)
    .await?;
    Ok(())
}

/// All instances of a gateway, by name.
pub async fn list(connection: &mut SqliteConnection, gateway: &str) -> Result<Vec<Instance>, sqlx::Error> {
    sqlx::query_as("SELECT instance, heard_ms, report FROM instances WHERE gateway = ? ORDER BY instance")
        .bind(gateway.to_ascii_lowercase())
        .fetch_all(connection)
        .await
}

/// Forgets the instances of a gateway that is deleted.
pub async fn forget(connection: &mut SqliteConnection, gateway: &str) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM instances WHERE gateway = ?")
        .bind(gateway.to_ascii_lowercase())
        .execute(connection)
        .await?;
    Ok(())
}

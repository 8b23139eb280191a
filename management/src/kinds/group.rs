//! Groups: the three that every service has, and who is in which.

use serde_json::{Map, Value, json};

use super::Draft;
use crate::error::ArmError;
use crate::store::{Row, Store, Writer, row};

/// Groups of every service: id, display name, description.
const BUILT_IN: [(&str, &str, &str); 3] = [
    (
        "administrators",
        "Administrators",
        "Administrators is a built-in group. Its membership is managed by the system.",
    ),
    ("developers", "Developers", "Developers is a built-in group. Its membership is managed by the system."),
    ("guests", "Guests", "Guests is a built-in group. Its membership is managed by the system."),
];
/// The group every new product is linked to: those who manage the service see all products.
pub(super) const ADMINISTRATORS: &str = "administrators";
/// The group every user is in.
pub(super) const DEVELOPERS: &str = "developers";
/// The user every service has: its owner.
const OWNER: &str = "1";

/// Makes what is built in where it is missing: in a fresh store, and in one of a version that had no groups.
pub async fn make_built_in(store: &Store) -> Result<(), ArmError> {
    let mut writer = store.write().await?;
    if row::get(&mut writer, &format!("/groups/{ADMINISTRATORS}")).await?.is_some() {
        return Ok(());
    }
    for (id, display_name, description) in BUILT_IN {
        let properties =
            json!({"displayName": display_name, "description": description, "builtIn": true, "type": "system"});
        put(&mut writer, &format!("/groups/{id}"), "groups", properties).await?;
    }
    let email = "operator@localhost";
    let properties = json!({"firstName": "Service", "lastName": "Administrator", "email": email, "state": "active",
        "registrationDate": writer.now(), "identities": [{"provider": "Basic", "id": email}]});
    put(&mut writer, &format!("/users/{OWNER}"), "users", properties).await?;
    for group in [ADMINISTRATORS, DEVELOPERS] {
        put(&mut writer, &format!("/groups/{group}/users/{OWNER}"), "groups/users", json!({})).await?;
    }
    writer.commit().await?;
    Ok(())
}

async fn put(writer: &mut Writer, id: &str, kind: &str, properties: Value) -> Result<(), ArmError> {
    let Value::Object(properties) = properties else { return Ok(()) };
    Ok(writer.put(id, kind, &properties, &Map::new()).await?)
}

/// Built-in groups stay as they are.
pub(super) fn before_put(draft: &mut Draft) -> Result<(), ArmError> {
    if let Some(existing) = &draft.existing {
        refuse_built_in(existing)?;
    }
    draft.set("builtIn", false);
    Ok(())
}

/// Takes its links with products along; its members go with everything under it.
pub(super) async fn before_delete(writer: &mut Writer, existing: &Row) -> Result<(), ArmError> {
    refuse_built_in(existing)?;
    for link in row::of_kind(writer, "products/groups").await? {
        if link.name().eq_ignore_ascii_case(existing.name()) {
            writer.delete(&link.id).await?;
        }
    }
    Ok(())
}

fn refuse_built_in(group: &Row) -> Result<(), ArmError> {
    if group.properties.get("builtIn") == Some(&Value::Bool(true)) {
        let message = format!("The group '{}' is built in and cannot be changed or deleted.", group.name());
        return Err(ArmError::field("groupId", message));
    }
    Ok(())
}

/// Who is in which group.
pub struct Memberships {
    groups: Vec<Row>,
    links: Vec<Row>,
}

impl Memberships {
    pub async fn read(connection: &mut sqlx::SqliteConnection) -> Result<Self, sqlx::Error> {
        let groups = row::list(connection, "/groups").await?;
        Ok(Self { groups, links: row::of_kind(connection, "groups/users").await? })
    }

    /// Groups a user is in, in the order of their names.
    pub fn of(&self, user: &str) -> impl Iterator<Item = &Row> {
        let links = self.links.iter().filter(move |link| link.name().eq_ignore_ascii_case(user));
        links.filter_map(|link| {
            let group = link.id.rsplitn(3, '/').nth(2)?;
            self.groups.iter().find(|row| row.id.eq_ignore_ascii_case(group))
        })
    }
}

//! Users and groups (`users/{id}`, `groups/{id}`) as policies see them in `context.User` and `context.Product.Groups`.

use serde::{Deserialize, Serialize};

/// Properties of a user.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct UserProperties {
    pub email: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub note: Option<String>,
    pub registration_date: Option<String>,
    pub state: Option<UserState>,
    pub identities: Vec<UserIdentity>,
}

/// Whether the user may sign in and call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UserState {
    #[default]
    Active,
    /// "Blocked users are unable to sign into the developer portal or call any APIs of subscribed products" (ARM reference, `UserState`).
    Blocked,
    Pending,
    Deleted,
}

/// One way of a user to prove who they are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct UserIdentity {
    pub provider: Option<String>,
    pub id: Option<String>,
}

/// Properties of a group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct GroupProperties {
    pub display_name: Option<String>,
}

//! Users, whom policies see as `context.User`.

use serde::{Deserialize, Serialize};

/// A user. Its part is the shard of its name ([`crate::shard_of`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Resource name.
    pub name: String,
    /// E-mail address.
    pub email: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Note of the operator; empty when there is none.
    pub note: String,
    /// `registrationDate`, seconds since 1970.
    pub registered_s: Option<i64>,
    /// Ids and display names of the groups it is in, sorted.
    pub groups: Vec<(String, String)>,
    /// Ids and providers of its identities, as written.
    pub identities: Vec<(String, String)>,
}

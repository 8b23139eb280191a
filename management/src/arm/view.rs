//! How a row looks to a client: `{id, type, name, properties}`, without secrets, references as full ids.

use serde_json::{Map, Value};

use super::identity::ServiceIdentity;
use super::table::{Behaviour, Kind};
use crate::kinds::policy_text::{Form, convert};
use crate::store::Row;

/// What a client asked for that changes how an entity looks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Look {
    /// Form of policy texts (`format` of the query).
    pub form: Form,
}

/// The entity under an id of its own.
pub fn entity(identity: &ServiceIdentity, kind: &Kind, row: &Row, look: Look) -> Value {
    envelope(identity, kind, &row.id, properties(identity, kind, row, look))
}

/// Puts properties into the envelope.
pub fn envelope(identity: &ServiceIdentity, kind: &Kind, id: &str, properties: Map<String, Value>) -> Value {
    let name = postern_model::id::last_segment(id);
    let mut entity = Map::new();
    entity.insert("id".to_owned(), identity.full(id).into());
    entity.insert("type".to_owned(), kind.arm_type().into());
    entity.insert("name".to_owned(), name.into());
    entity.insert("properties".to_owned(), Value::Object(properties));
    Value::Object(entity)
}

/// What a client sees of the properties.
pub fn properties(identity: &ServiceIdentity, kind: &Kind, row: &Row, look: Look) -> Map<String, Value> {
    let mut seen = row.properties.clone();
    match kind.behaviour {
        Behaviour::Policy | Behaviour::PolicyFragment => {
            let value = convert(row.text("value"), Form::of(row.text("format")), look.form);
            seen.insert("format".to_owned(), look.form.name().into());
            seen.insert("value".to_owned(), value.into());
        }
        Behaviour::NamedValue if row.properties.get("secret") != Some(&Value::Bool(true)) => {
            if let Some(value) = row.secrets.get("value") {
                seen.insert("value".to_owned(), value.clone());
            }
        }
        Behaviour::Subscription => {
            in_full(identity, &mut seen, "scope");
            in_full(identity, &mut seen, "ownerId");
        }
        Behaviour::Api => in_full(identity, &mut seen, "apiVersionSetId"),
        Behaviour::Release => in_full(identity, &mut seen, "apiId"),
        _ => {}
    }
    seen
}

/// Writes a relative id that is stored as the full id clients expect.
fn in_full(identity: &ServiceIdentity, properties: &mut Map<String, Value>, name: &str) {
    if let Some(Value::String(id)) = properties.get_mut(name)
        && id.starts_with('/')
        && !id.to_ascii_lowercase().starts_with("/subscriptions/")
    {
        *id = identity.full(id);
    }
}

//! What is special about each kind of resource: checks against other resources, values the service sets, what a change
//! brings with it. One file a concept; the machinery that is the same for all is in `arm::crud`.

pub mod actions;
pub mod api;
pub mod backend;
pub mod certificate;
pub mod first_start;
pub mod gateway;
pub mod group;
pub mod hostname;
pub mod import;
pub mod links;
pub mod logger;
pub mod named_value;
pub mod operation;
pub mod policy;
pub mod policy_text;
pub mod product;
pub mod resolver;
pub mod revisions;
pub mod schema;
pub mod subscription;
pub mod user;
pub mod version_set;

use postern_model::openapi::ImportedApi;
use serde_json::{Map, Value};

use crate::arm::request::Query;
use crate::arm::table::Behaviour;
use crate::arm::target::Place;
use crate::error::ArmError;
use crate::server::App;
use crate::store::{Row, Writer};

/// A resource on its way into the store.
#[derive(Debug)]
pub struct Draft {
    pub place: Place,
    /// What stands there now.
    pub existing: Option<Row>,
    /// What is to stand there, secrets included.
    pub properties: Map<String, Value>,
    pub prepared: Prepared,
}

/// What was fetched and read before the write transaction began: nothing slow happens while it is open.
#[derive(Debug, Default)]
pub struct Prepared {
    pub import: Option<Box<ImportedApi>>,
    /// Operations and policies to copy from another API (`sourceApiId`), by its relative id.
    pub copy_from: Option<String>,
    /// This revision is to become the current one.
    pub make_current: bool,
}

impl Draft {
    /// Text property, empty when absent.
    pub fn text(&self, name: &str) -> &str {
        self.properties.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.properties.insert(name.to_owned(), value.into());
    }

    pub fn set_default(&mut self, name: &str, value: impl Into<Value>) {
        if !self.properties.contains_key(name) {
            self.set(name, value);
        }
    }
}

/// Fetches links and reads documents.
pub async fn prepare(app: &App, place: &Place, sent: &mut Map<String, Value>) -> Result<Prepared, ArmError> {
    match place.kind.behaviour {
        Behaviour::Api => import::prepare(app, place, sent).await,
        Behaviour::Policy | Behaviour::PolicyFragment => {
            policy::prepare(app, sent).await?;
            Ok(Prepared::default())
        }
        _ => Ok(Prepared::default()),
    }
}

/// Sets what the service sets and brings references into their stored form.
pub async fn before_put(app: &App, writer: &mut Writer, draft: &mut Draft) -> Result<(), ArmError> {
    match draft.place.kind.behaviour {
        Behaviour::Api => api::before_put(writer, draft).await,
        Behaviour::Operation => operation::before_put(draft),
        Behaviour::Release => revisions::before_release(writer, draft).await,
        Behaviour::Subscription => subscription::before_put(app, writer, draft).await,
        Behaviour::ProductApi | Behaviour::GatewayApi | Behaviour::ProductGroup | Behaviour::GroupUser => {
            links::before_put(writer, draft).await
        }
        Behaviour::Group => group::before_put(draft),
        Behaviour::User => {
            user::before_put(writer, draft);
            Ok(())
        }
        Behaviour::ApiLink | Behaviour::GroupLink => links::before_put_link(writer, draft).await,
        Behaviour::Certificate => certificate::before_put(draft),
        Behaviour::GatewayHostname => hostname::before_put(writer, draft).await,
        Behaviour::GatewayAuthority => hostname::before_put_authority(writer, draft).await,
        Behaviour::Logger => logger::before_put(writer, draft).await,
        _ => Ok(()),
    }
}

/// Checks the complete resource, alone and against others.
pub async fn check(writer: &mut Writer, draft: &Draft) -> Result<(), ArmError> {
    match draft.place.kind.behaviour {
        Behaviour::Api => api::check(writer, draft).await,
        Behaviour::Operation => operation::check(writer, draft).await,
        Behaviour::Policy | Behaviour::PolicyFragment => policy::check(writer, draft).await,
        Behaviour::VersionSet => version_set::check(draft),
        Behaviour::Subscription => subscription::check(writer, draft).await,
        Behaviour::NamedValue => named_value::check(writer, draft).await,
        Behaviour::Backend => backend::check(draft),
        Behaviour::Gateway => gateway::check(draft),
        Behaviour::Resolver => resolver::check(writer, draft).await,
        Behaviour::ApiSchema => schema::check_api_schema(draft),
        Behaviour::Schema => schema::check_global(draft),
        Behaviour::Logger => logger::check(draft),
        Behaviour::User => user::check(writer, draft).await,
        _ => Ok(()),
    }
}

/// What follows from the resource being there now; `id` is where it stands.
pub async fn after_put(writer: &mut Writer, draft: &mut Draft, id: &str) -> Result<(), ArmError> {
    match draft.place.kind.behaviour {
        Behaviour::Api => api::after_put(writer, draft, id).await,
        Behaviour::Release => revisions::after_release(writer, draft).await,
        Behaviour::Gateway => gateway::after_put(writer, draft, id).await,
        Behaviour::GatewayApi => links::after_put_gateway_api(writer, draft).await,
        Behaviour::Product => product::after_put(writer, draft).await,
        Behaviour::User => user::after_put(writer, draft).await,
        _ => Ok(()),
    }
}

/// Refuses a deletion, or takes along what must go with it.
pub async fn before_delete(writer: &mut Writer, place: &Place, existing: &Row, query: &Query) -> Result<(), ArmError> {
    match place.kind.behaviour {
        Behaviour::Api => api::before_delete(writer, existing, query).await,
        Behaviour::Product => product::before_delete(writer, existing, query).await,
        Behaviour::VersionSet => version_set::before_delete(writer, existing).await,
        Behaviour::Certificate => certificate::before_delete(writer, existing).await,
        Behaviour::NamedValue => named_value::before_delete(writer, existing).await,
        Behaviour::PolicyFragment => policy::before_delete_fragment(writer, existing).await,
        Behaviour::Gateway => gateway::before_delete(writer, existing).await,
        Behaviour::Logger => logger::before_delete(writer, existing).await,
        Behaviour::Group => group::before_delete(writer, existing).await,
        Behaviour::User => user::before_delete(writer, existing, query).await,
        _ => Ok(()),
    }
}

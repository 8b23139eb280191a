//! What the definition of an operation says of its messages: parameters, bodies, statuses, headers, and the schemas they conform to.
//!
//! What must hold: everything is built once per generation, away from requests. [`prepare`] compiles the schemas that programs need; a
//! request only looks them up. `xml` checks bodies against XML Schema in turns. Schemas fetch nothing: a reference to another document leads to another schema of the service, or nowhere.

mod choices;
mod document;
mod kept;
mod normalise;
mod place;
mod schema;
mod value;
mod violation;
mod xml;

use std::sync::Arc;

pub use document::{ContentKind, SchemaDocument};
pub(crate) use schema::NoSchema;
pub use schema::{Schema, Variant, prepare};
pub(crate) use value::ValueKind;
#[cfg(test)]
pub(crate) use violation::Violation;
pub(crate) use violation::parse as read;
pub(crate) use xml::{NotChecked, XmlCheck};

use crate::exchange::Side;

/// One operation's messages.
#[derive(Debug, Default)]
pub struct Contract {
    /// Parameters of the path.
    pub path: Vec<Parameter>,
    /// Parameters of the query, those of the URL template among them.
    pub query: Vec<Parameter>,
    /// Headers of the request.
    pub headers: Vec<Parameter>,
    /// Bodies of the request.
    pub request: Vec<Body>,
    /// Responses by status.
    pub responses: Vec<ResponseContract>,
    /// Whether the API has schemas at all.
    pub has_schemas: bool,
    /// All its documents of XML Schema, for bodies of which nothing else is said.
    pub xml: Option<Arc<Schema>>,
}

/// A parameter or header.
#[derive(Debug)]
pub struct Parameter {
    /// Its name; headers compare without case.
    pub name: Box<str>,
    /// Whether a message must have it.
    pub required: bool,
    /// What its value must be.
    pub schema: Arc<Schema>,
}

/// A body in one media type.
#[derive(Debug)]
pub struct Body {
    /// Media type as written; compared without parameters and case.
    pub content_type: Box<str>,
    /// What it must be; `None`: nothing is said.
    pub schema: Option<Arc<Schema>>,
}

/// A response.
#[derive(Debug, Default)]
pub struct ResponseContract {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: Vec<Parameter>,
    /// Its bodies.
    pub bodies: Vec<Body>,
}

impl Contract {
    /// The response with this status.
    #[must_use]
    pub fn response(&self, status: u16) -> Option<&ResponseContract> {
        self.responses.iter().find(|response| response.status == status)
    }

    /// The body of this media type (without parameters).
    pub(crate) fn body(&self, side: Side, status: u16, media_type: &str) -> Option<&Body> {
        let bodies = match side {
            Side::Request => &self.request,
            Side::Response => &self.response(status)?.bodies,
        };
        bodies.iter().find(|body| essence(&body.content_type).eq_ignore_ascii_case(media_type))
    }

    /// Every schema that bodies conform to.
    pub fn body_schemas(&self) -> impl Iterator<Item = &Arc<Schema>> {
        let responses = self.responses.iter().flat_map(|response| &response.bodies);
        self.request.iter().chain(responses).filter_map(|body| body.schema.as_ref())
    }

    /// Every schema that parameters of the request conform to.
    pub fn parameter_schemas(&self) -> impl Iterator<Item = &Arc<Schema>> {
        self.path.iter().chain(&self.query).chain(&self.headers).map(|parameter| &parameter.schema)
    }

    /// Every schema that headers of responses conform to.
    pub fn header_schemas(&self) -> impl Iterator<Item = &Arc<Schema>> {
        self.responses.iter().flat_map(|response| &response.headers).map(|header| &header.schema)
    }
}

/// A media type without its parameters.
pub(crate) fn essence(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests;

//! `context` and everything that hangs on it (apim.md §3.3), with the extension methods of its maps (§3.4).
//!
//! Nothing is copied when an expression names a part of the exchange: a part is one of a few objects without content, made once per thread,
//! and its members look at the exchange that the machine is running for. What must hold: getting there allocates nothing.

mod apis;
mod body;
mod extensions;
mod form;
mod graphql;
mod maps;
mod message;
mod parts;
mod response;
mod url;

use std::any::Any;
use std::rc::Rc;

use postern_dotnet::{Exception, Text};

use super::Library;
use crate::exchange::Side;
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::{Dictionary, Enumerator, Object};
use crate::expression::types::Type;
use crate::expression::value::Value;

pub(crate) use response::StoredResponse;

/// A part of the exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Context,
    Api,
    KeyNames,
    Deployment,
    Gateway,
    Sustainability,
    LastError,
    Operation,
    Product,
    Subscription,
    User,
    Request,
    Response,
    Body(Side),
    Headers(Side),
    Url,
    OriginalUrl,
    Query,
    OriginalQuery,
    MatchedParameters,
    Variables,
    Certificates,
    GraphQl,
}

/// Every part, so that each has an object.
const PARTS: [Part; 25] = [
    Part::Context,
    Part::Api,
    Part::KeyNames,
    Part::Deployment,
    Part::Gateway,
    Part::Sustainability,
    Part::LastError,
    Part::Operation,
    Part::Product,
    Part::Subscription,
    Part::User,
    Part::Request,
    Part::Response,
    Part::Body(Side::Request),
    Part::Body(Side::Response),
    Part::Headers(Side::Request),
    Part::Headers(Side::Response),
    Part::Url,
    Part::OriginalUrl,
    Part::Query,
    Part::OriginalQuery,
    Part::MatchedParameters,
    Part::Variables,
    Part::Certificates,
    Part::GraphQl,
];

thread_local! {
    static OBJECTS: [Rc<dyn Object>; PARTS.len()] = PARTS.map(|part| Rc::new(PartObject(part)) as Rc<dyn Object>);
}

/// The object that stands for a part.
pub(super) fn part(part: Part) -> Value {
    let index = PARTS.iter().position(|known| *known == part).unwrap_or(0);
    part_at(PartIndex(index as u8))
}

/// Which of the parts, for instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PartIndex(u8);

/// The object that stands for a part.
pub(crate) fn part_at(index: PartIndex) -> Value {
    OBJECTS
        .with(|objects| objects.get(usize::from(index.0)).map_or(Value::Null, |object| Value::Object(object.clone())))
}

/// The part that a member is in every request: code that names it need not call the member to get there. `of` is the part that has the member;
/// without one it is a member of the globals, of type `type_of`.
pub(crate) fn constant_part(of: Option<PartIndex>, member: &str, type_of: &Type) -> Option<PartIndex> {
    let of = of.map(|of| PARTS.get(usize::from(of.0)).copied());
    let part = match (of, member) {
        (None, "context") if *type_of == context_type("IContext") => Part::Context,
        (Some(Some(Part::Context)), "Api") => Part::Api,
        (Some(Some(Part::Context)), "Deployment") => Part::Deployment,
        (Some(Some(Part::Context)), "Operation") => Part::Operation,
        (Some(Some(Part::Context)), "Request") => Part::Request,
        (Some(Some(Part::Context)), "Variables") => Part::Variables,
        (Some(Some(Part::Request)), "Headers") => Part::Headers(Side::Request),
        (Some(Some(Part::Request)), "MatchedParameters") => Part::MatchedParameters,
        (Some(Some(Part::Request)), "OriginalUrl") => Part::OriginalUrl,
        (Some(Some(Part::Request)), "Url") => Part::Url,
        _ => return None,
    };
    PARTS.iter().position(|known| *known == part).map(|index| PartIndex(index as u8))
}

/// What stands for a part.
pub(super) struct PartObject(pub(super) Part);

impl Object for PartObject {
    fn of(&self) -> Type {
        let strings = || [Type::String, Type::array_of(Type::String)];
        let map = |arguments: [Type; 2]| Type::generic("System.Collections.Generic.IReadOnlyDictionary", arguments);
        match self.0 {
            Part::Context => context_type("IContext"),
            Part::Api => context_type("IApi"),
            Part::KeyNames => context_type("ISubscriptionKeyParameterNames"),
            Part::Deployment => context_type("IDeployment"),
            Part::Gateway => context_type("IGateway"),
            Part::Sustainability => context_type("ISustainabilityInfo"),
            Part::LastError => context_type("ILastError"),
            Part::Operation => context_type("IOperation"),
            Part::Product => context_type("IProduct"),
            Part::Subscription => context_type("ISubscription"),
            Part::User => context_type("IUser"),
            Part::Request => context_type("IRequest"),
            Part::Response => context_type("IResponse"),
            Part::GraphQl => context_type("IGraphQLDataContext"),
            Part::Body(_) => context_type("IMessageBody"),
            Part::Url | Part::OriginalUrl => context_type("IUrl"),
            Part::Headers(_) | Part::Query | Part::OriginalQuery => map(strings()),
            Part::MatchedParameters => map([Type::String, Type::String]),
            Part::Variables => map([Type::String, Type::Object]),
            Part::Certificates => {
                map([Type::String, Type::named("System.Security.Cryptography.X509Certificates.X509Certificate2")])
            }
        }
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn to_text(&self, machine: &mut Machine<'_>) -> Result<Text, Thrown> {
        match self.0 {
            Part::Url | Part::OriginalUrl => Ok(url::of_part(self.0, machine.host.exchange).text()),
            _ => Ok(super::full_name(&self.of()).into()),
        }
    }

    fn enumerate(self: Rc<Self>) -> Option<Box<dyn Enumerator>> {
        self.is_map().then(|| Box::new(maps::Walk::new(self)) as Box<dyn Enumerator>)
    }

    fn dictionary(&self) -> Option<&dyn Dictionary> {
        self.is_map().then_some(self as &dyn Dictionary)
    }
}

impl PartObject {
    fn is_map(&self) -> bool {
        matches!(
            self.0,
            Part::Headers(_)
                | Part::Query
                | Part::OriginalQuery
                | Part::MatchedParameters
                | Part::Variables
                | Part::Certificates
        )
    }
}

/// A class of the context's object model.
pub(super) fn context_type(name: &str) -> Type {
    Type::named(&format!("Microsoft.Azure.ApiManagement.{name}"))
}

/// Which part `this` is; `None` for an object of the same class that is not a part.
fn this_part(call: &Call<'_, '_>) -> Option<Part> {
    call.argument(0).downcast_ref::<PartObject>().map(|object| object.0)
}

/// A string that may be empty.
fn text(text: &str) -> Value {
    Value::String(Text::new(text))
}

/// Bytes as received, which are text in practice; anything else is replaced.
fn text_of(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(known) => text(known),
        Err(_) => Value::from(String::from_utf8_lossy(bytes).into_owned()),
    }
}

fn not_supported(message: &'static str) -> Thrown {
    Exception::new(postern_dotnet::ExceptionType::NotSupported, message).into()
}

pub(super) fn declare(library: &mut Library) {
    library
        .declare("static class Postern.Globals")
        .getter("static IContext context", |_| Ok(part(Part::Context)))
        // Expressions stand in a class, which has these from `object`.
        .method("static bool Equals(object objA, object objB)", |call| {
            Ok(call.argument(0).equals(call.argument(1)).into())
        })
        .method("static bool ReferenceEquals(object objA, object objB)", |call| {
            Ok(call.argument(0).same(call.argument(1)).into())
        });
    graphql::declare(library);
    parts::declare(library);
    message::declare(library);
    body::declare(library);
    url::declare(library);
    extensions::declare(library);
}

#[cfg(test)]
mod tests;

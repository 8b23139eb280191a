//! Which bodies an expression may read. They have to be in hand before it is evaluated, so one too many may be named, but none too few.

use crate::expression::bound::{BoundExpr, BoundKind, BoundUnit};
use crate::expression::compiled::Bodies;
use crate::expression::library;
use crate::expression::types::Type;

use super::visit;

/// What is seen of the exchange.
#[derive(Debug, Default)]
struct Seen {
    /// `context.Request`, `context.Response`
    request: bool,
    response: bool,
    /// `Body` of any request, any response.
    request_body: bool,
    response_body: bool,
}

/// The bodies that code may read: it gets the message from the context and, somewhere, the body of such a message. A response may also come from
/// a variable (of `send-request`); that one's body is there already.
pub(super) fn bodies(unit: &mut BoundUnit) -> Bodies {
    let mut seen = Seen::default();
    for function in &mut unit.functions {
        visit::statement(&mut function.body, &mut |value| match &value.kind {
            BoundKind::Call { native, arguments, .. } => seen.member(&native.name, arguments.first()),
            BoundKind::DynamicMember { name, .. } => seen.member(name, None),
            _ => {}
        });
    }
    Bodies { request: seen.request && seen.request_body, response: seen.response && seen.response_body }
}

impl Seen {
    /// A property is read; of what is not known where `dynamic` hides it.
    fn member(&mut self, name: &str, receiver: Option<&BoundExpr>) {
        let of = receiver.map_or("", |receiver| class_name(&receiver.of));
        match name {
            "Request" => self.request = true,
            "Response" => self.response = true,
            "Body" => {
                self.request_body |= !of.contains("Response");
                self.response_body |= !of.contains("Request");
            }
            _ => {}
        }
    }
}

fn class_name(of: &Type) -> &'static str {
    match of {
        Type::Class(class, _) => &library::get().class(*class).name,
        _ => "",
    }
}

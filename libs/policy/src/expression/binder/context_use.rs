//! What an expression may see of the exchange. Bodies have to be in hand before it is evaluated, and what looks at the response cannot be
//! evaluated before there is one; so one thing too many may be named, but none too few.

use crate::expression::bound::{BoundExpr, BoundKind, BoundUnit};
use crate::expression::compiled::Bodies;
use crate::expression::library;
use crate::expression::types::Type;

use super::visit;

/// What is seen of the exchange.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// `context.Request`, `context.Response`
    request: bool,
    response: bool,
    /// `Body` of any request, any response.
    request_body: bool,
    response_body: bool,
    /// Other members of `context` that change until the end of a request.
    changing: bool,
}

/// What code may see, by the members that it names.
pub(super) fn of(unit: &mut BoundUnit) -> Seen {
    let mut seen = Seen::default();
    for function in &mut unit.functions {
        visit::statement(&mut function.body, &mut |value| match &value.kind {
            BoundKind::Call { native, arguments, .. } => seen.member(&native.name, arguments.first()),
            BoundKind::DynamicMember { name, .. } => seen.member(name, None),
            _ => {}
        });
    }
    seen
}

impl Seen {
    /// The bodies that the code may read: it gets the message from the context and, somewhere, the body of such a message. A response may also
    /// come from a variable (of `send-request`); that one's body is there already.
    pub(super) fn bodies(&self) -> Bodies {
        Bodies { request: self.request && self.request_body, response: self.response && self.response_body }
    }

    /// Whether the code may look at something that only the end of a request tells.
    pub(super) fn is_for_the_end(&self) -> bool {
        self.response || self.changing
    }

    /// A property is read; of what is not known where `dynamic` hides it.
    fn member(&mut self, name: &str, receiver: Option<&BoundExpr>) {
        let of = receiver.map_or("", |receiver| class_name(&receiver.of));
        match name {
            "Request" => self.request = true,
            "Response" => self.response = true,
            "Variables" | "Elapsed" | "LastError" => self.changing = true,
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

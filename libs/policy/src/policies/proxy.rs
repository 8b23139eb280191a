//! `proxy`: the HTTP proxy over which the backend is reached.
//!
//! `<proxy url="http://host:port" username="u" password="p"/>` – `url` required, with `http://` or nothing in front; name and password together or
//! neither; inbound and inside `send-request`.

use crate::builder::Builder;
use crate::definition::{
    ANY_SCOPE, AttributeRule, Built, Content, Definition, ElementRule, Evaluation, Expression, Once, ValueRule,
    optional, required,
};
use crate::effect::HttpProxy;
use crate::expression::value::Value;
use crate::given::Given;
use crate::policy::{Policy, PolicyContext, Step};
use crate::reader::Element;
use crate::section::Sections;

const ATTRIBUTES: &[AttributeRule] = &[
    required("url", Expression::Allowed, ValueRule::NonEmpty),
    optional("username", Expression::Allowed, ValueRule::Text),
    optional("password", Expression::Allowed, ValueRule::Text),
];

pub(super) static RULE: ElementRule = ElementRule { element: "proxy", attributes: ATTRIBUTES, content: Content::Empty };

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule { element: "proxy", attributes: ATTRIBUTES, content: Content::Empty },
    sections: Sections::INBOUND,
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::Own,
    build: |element, builder| Proxy::from(element, builder).and_then(Built::policy),
};

#[derive(Debug)]
pub(super) struct Proxy {
    url: Given<Box<str>>,
    user: Option<Given<Box<str>>>,
    password: Option<Given<Box<str>>>,
}

impl Proxy {
    /// `None`: a problem was reported.
    pub(super) fn from(element: &Element, builder: &mut Builder<'_, '_>) -> Option<Proxy> {
        if element.attribute("username").is_some() != element.attribute("password").is_some() {
            let message = "`<proxy>` takes `username` and `password` together";
            builder.error(element.offset, "attribute-missing", message);
            return None;
        }
        Some(Proxy {
            url: builder.text_attribute(element, "url")??,
            user: builder.text_attribute(element, "username")?,
            password: builder.text_attribute(element, "password")?,
        })
    }

    pub(super) fn chosen(&self, values: &[Value]) -> HttpProxy {
        let written = self.url.text(values).trim();
        let url = if written.contains("://") { written.into() } else { format!("http://{written}").into() };
        let credentials = match (&self.user, &self.password) {
            (Some(user), Some(password)) => Some((user.text(values).into(), password.text(values).into())),
            _ => None,
        };
        HttpProxy { url, credentials }
    }
}

impl Policy for Proxy {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        context.exchange.set_proxy(&self.chosen(context.values));
        Step::Next
    }
}

#[cfg(test)]
mod tests {
    use crate::effect::HttpProxy;
    use crate::testing::{Expect, MemoryExchange, check, compile_one, drive};

    #[test]
    fn the_proxy_is_chosen_with_its_credentials() {
        for (attributes, url, credentials) in [
            ("url='http://p:8080'", "http://p:8080", None),
            ("url='p.test'", "http://p.test", None),
            ("url='@(\"p\" + 1)' username='u' password='@(\"w\")'", "http://p1", Some(("u".into(), "w".into()))),
        ] {
            let (program, diagnostics) =
                compile_one(&format!("<policies><inbound><proxy {attributes}/></inbound></policies>"));
            assert!(diagnostics.is_empty(), "{diagnostics:?}");
            let mut exchange = MemoryExchange::get("/");
            drive(&program, &mut exchange, &mut crate::run::Run::new());
            assert_eq!(exchange.proxy, Some(HttpProxy { url: url.into(), credentials }));
        }
    }

    #[test]
    fn the_url_is_required_and_credentials_come_in_pairs() {
        for (attributes, codes) in [
            ("", &["attribute-missing"][..]),
            ("url='p' username='u'", &["attribute-missing"]),
            ("url='p' password='u'", &["attribute-missing"]),
            ("url=''", &["value-invalid"]),
        ] {
            check(&format!("<proxy {attributes}/>"), MemoryExchange::get("/"), &[Expect::Codes(codes)]);
        }
    }
}

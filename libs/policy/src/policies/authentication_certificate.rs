//! `authentication-certificate`: the client certificate that the backend is shown.
//!
//! `<authentication-certificate thumbprint="t" | certificate-id="id" | body="pfx" password="p"/>` – exactly one of the three; `password` with
//! `body` only; inbound and inside `send-request`. `body` is an expression of `byte[]`, or base64. Ids and thumbprints compare without case.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::builder::Builder;
use crate::definition::{
    ANY_SCOPE, AttributeRule, Built, Content, Definition, ElementRule, Evaluation, Expression, Once, ValueRule,
    optional,
};
use crate::effect::ClientCertificate;
use crate::expression::value::Value;
use crate::given::{Given, Wanted};
use crate::policy::{Failure, Policy, PolicyContext, PolicyKind, Step};
use crate::reader::Element;
use crate::section::Sections;

const ATTRIBUTES: &[AttributeRule] = &[
    optional("thumbprint", Expression::Allowed, ValueRule::NonEmpty),
    optional("certificate-id", Expression::Allowed, ValueRule::NonEmpty),
    optional("body", Expression::Allowed, ValueRule::NonEmpty),
    optional("password", Expression::Allowed, ValueRule::Text),
];

pub(super) static RULE: ElementRule =
    ElementRule { element: "authentication-certificate", attributes: ATTRIBUTES, content: Content::Empty };

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule { element: "authentication-certificate", attributes: ATTRIBUTES, content: Content::Empty },
    sections: Sections::INBOUND,
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::Own,
    build: |element, builder| AuthenticationCertificate::from(element, builder).and_then(Built::policy),
};

#[derive(Debug)]
pub(super) enum AuthenticationCertificate {
    Id(Given<Box<str>>),
    Thumbprint(Given<Box<str>>),
    Body { body: Given<Box<str>>, password: Option<Given<Box<str>>> },
}

impl AuthenticationCertificate {
    /// `None`: a problem was reported.
    pub(super) fn from(element: &Element, builder: &mut Builder<'_, '_>) -> Option<AuthenticationCertificate> {
        let password = builder.text_attribute(element, "password")?;
        let given: Vec<&str> = ["thumbprint", "certificate-id", "body"]
            .into_iter()
            .filter(|name| element.attribute(name).is_some())
            .collect();
        match (&*given, &password) {
            (["thumbprint"], None) => {
                Some(AuthenticationCertificate::Thumbprint(builder.text_attribute(element, "thumbprint")??))
            }
            (["certificate-id"], None) => {
                Some(AuthenticationCertificate::Id(builder.text_attribute(element, "certificate-id")??))
            }
            (["body"], _) => {
                let value = &element.attribute("body")?.value;
                let body = match value.is_literal() {
                    true => Given::Literal(value.text.trim().into()),
                    false => Given::Expression(builder.expression(value, Wanted::Body)?),
                };
                Some(AuthenticationCertificate::Body { body, password })
            }
            ([], _) => {
                let message = "`<authentication-certificate>` needs attribute `thumbprint`, `certificate-id` or `body`";
                builder.error(element.offset, "attribute-missing", message);
                None
            }
            _ => {
                let message = "`<authentication-certificate>` takes one of `thumbprint`, `certificate-id` and `body`; \
                               `password` goes with `body`";
                builder.error(element.offset, "attribute-conflict", message);
                None
            }
        }
    }

    /// The error: bytes that are no certificate.
    pub(super) fn chosen(&self, values: &[Value]) -> Result<ClientCertificate, String> {
        Ok(match self {
            AuthenticationCertificate::Id(id) => ClientCertificate::Id(id.text(values).into()),
            AuthenticationCertificate::Thumbprint(thumbprint) => {
                let bare: String = thumbprint.text(values).chars().filter(char::is_ascii_alphanumeric).collect();
                ClientCertificate::Thumbprint(bare.into())
            }
            AuthenticationCertificate::Body { body, password } => {
                let bytes = body.body(values);
                let bytes = match std::str::from_utf8(&bytes) {
                    Ok(text) => {
                        let compact: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
                        match (STANDARD.decode(compact), &bytes) {
                            (Ok(decoded), _) => decoded,
                            // An array, whose bytes happen to be text.
                            (Err(_), Cow::Owned(_)) => bytes.into_owned(),
                            (Err(_), Cow::Borrowed(_)) => return Err("`body` is neither bytes nor base64".to_owned()),
                        }
                    }
                    Err(_) => bytes.into_owned(),
                };
                let password = password.as_ref().map_or("", |password| password.text(values)).into();
                ClientCertificate::Given { bytes: bytes.into(), password }
            }
        })
    }
}

impl Policy for AuthenticationCertificate {
    fn kind(&self) -> PolicyKind<'_> {
        match self {
            AuthenticationCertificate::Id(Given::Literal(id)) => PolicyKind::Certificate(id),
            AuthenticationCertificate::Thumbprint(Given::Literal(thumbprint)) => PolicyKind::Thumbprint(thumbprint),
            _ => PolicyKind::Other,
        }
    }

    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        match self.chosen(context.values) {
            Ok(certificate) => {
                context.exchange.set_client_certificate(&certificate);
                Step::Next
            }
            Err(message) => Step::Fail(Box::new(Failure::unusable_value(message))),
        }
    }
}

#[cfg(test)]
mod tests {
    use postern_dotnet::crypto::Certificate;

    use crate::effect::ClientCertificate;
    use crate::testing::{Expect, MemoryExchange, check, compile_one, drive};

    fn chosen(attributes: &str) -> Option<ClientCertificate> {
        let client = include_bytes!("../../../dotnet/fixtures/certificates/empty-password.pfx");
        let policy = format!("<policies><inbound><authentication-certificate {attributes}/></inbound></policies>");
        let (program, diagnostics) = compile_one(&policy);
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        let mut exchange = MemoryExchange {
            certificates: vec![("client".to_owned(), client.to_vec())],
            certificate_ids: vec!["client".into()],
            ..MemoryExchange::get("/")
        };
        drive(&program, &mut exchange, &mut crate::run::Run::new());
        exchange.chosen_certificate
    }

    #[test]
    fn a_certificate_is_chosen_by_id_thumbprint_or_bytes() {
        let given = |bytes: &[u8], password: &str| {
            Some(ClientCertificate::Given { bytes: bytes.into(), password: password.into() })
        };
        assert_eq!(chosen("certificate-id='c'"), Some(ClientCertificate::Id("c".into())));
        assert_eq!(chosen("certificate-id='@(\"c\" + 1)'"), Some(ClientCertificate::Id("c1".into())));
        assert_eq!(chosen("thumbprint='CA 06 f5'"), Some(ClientCertificate::Thumbprint("CA06f5".into())));
        assert_eq!(chosen("body='MIIC'"), given(&[0x30, 0x82, 0x02], ""));
        assert_eq!(
            chosen("body='@(Convert.FromBase64String(\"MIIC\"))' password='p'"),
            given(&[0x30, 0x82, 0x02], "p")
        );
        // Bytes that are neither base64 nor a certificate are told from those by who reads them.
        assert_eq!(chosen("body='@(new byte[] { 1, 2, 3 })'"), given(&[1, 2, 3], ""));
        assert_eq!(chosen("body='***'"), None);
        assert_eq!(chosen("body='@(\"*\" + \"**\")'"), None);
    }

    #[test]
    fn a_certificate_of_the_configuration_is_exported_with_its_key() {
        // The example of Microsoft's policy toolkit.
        let body = "@(context.Deployment.Certificates[\"client\"].Export(X509ContentType.Pfx, \"testPass\"))";
        let Some(ClientCertificate::Given { bytes, password }) = chosen(&format!("body='{body}' password='testPass'"))
        else {
            panic!("no bytes");
        };
        let certificate = Certificate::read(&bytes, &password).unwrap();
        assert_eq!(
            (certificate.thumbprint().as_str(), certificate.has_private_key()),
            ("62C545FFA364C3DA533C30C4750C5E67EB175D2B", true)
        );
    }

    #[test]
    fn exactly_one_source_is_given() {
        for (attributes, codes) in [
            ("", &["attribute-missing"][..]),
            ("password='p'", &["attribute-missing"]),
            ("thumbprint='a' certificate-id='b'", &["attribute-conflict"]),
            ("thumbprint='a' password='b'", &["attribute-conflict"]),
            ("thumbprint=''", &["value-invalid"]),
        ] {
            let policy = format!("<authentication-certificate {attributes}/>");
            check(&policy, MemoryExchange::get("/"), &[Expect::Codes(codes)]);
        }
        let expected = [Expect::Response(
            500,
            "{ \"statusCode\": 500, \"message\": \"Internal server error\", \"activityId\": \"87aeb87f-192c-424c-84d1-32d5bbfec437\" }",
        )];
        check("<authentication-certificate body='***'/>", MemoryExchange::get("/"), &expected);
    }
}

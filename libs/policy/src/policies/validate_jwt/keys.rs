//! The keys that stand in the policy: secrets, RSA parameters, certificates of the service.
//!
//! Literal ones are prepared when the document is read. One that cannot be used verifies nothing, which a warning says.

use std::sync::Arc;

use postern_dotnet::crypto::Certificate;
use postern_dotnet::jwt::{Key, KeyError, KeySet};

use crate::builder::Builder;
use crate::definition::{ChildRule, Content, ElementRule, Expression, Occurs, TextRule, ValueRule, optional, required};
use crate::given::Given;
use crate::policy::PolicyContext;
use crate::reader::Element;

static KEY: ElementRule = ElementRule {
    element: "key",
    attributes: &[
        optional("id", Expression::Allowed, ValueRule::Text),
        optional("certificate-id", Expression::Allowed, ValueRule::NonEmpty),
        optional("n", Expression::Allowed, ValueRule::NonEmpty),
        optional("e", Expression::Allowed, ValueRule::NonEmpty),
    ],
    content: Content::Text(TextRule { expression: Expression::Allowed, value: ValueRule::Text }),
};
pub(super) static SIGNING: ElementRule = ElementRule {
    element: "issuer-signing-keys",
    attributes: &[],
    content: Content::Children(&[ChildRule { rule: &KEY, occurs: Occurs::Some }]),
};
pub(super) static DECRYPTION: ElementRule = ElementRule {
    element: "decryption-keys",
    attributes: &[],
    content: Content::Children(&[ChildRule { rule: &KEY, occurs: Occurs::Some }]),
};
static CERTIFICATE_KEY: ElementRule = ElementRule {
    element: "key",
    attributes: &[required("certificate-id", Expression::Allowed, ValueRule::NonEmpty)],
    content: Content::Empty,
};
/// Those of `validate-azure-ad-token`.
pub(in crate::policies) static CERTIFICATES: ElementRule = ElementRule {
    element: "decryption-keys",
    attributes: &[],
    content: Content::Children(&[ChildRule { rule: &CERTIFICATE_KEY, occurs: Occurs::Some }]),
};

#[derive(Debug, Default)]
pub(super) struct Keys {
    prepared: Arc<KeySet>,
    /// Those that are known only when the policy runs.
    signing: Vec<Source>,
    decryption: Vec<Source>,
}

#[derive(Debug)]
struct Source {
    id: Option<Given<Box<str>>>,
    material: Material,
}

#[derive(Debug)]
enum Material {
    Secret(Given<Box<str>>),
    Rsa { modulus: Given<Box<str>>, exponent: Given<Box<str>> },
    Certificate(Given<Box<str>>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Signing,
    Decryption,
}

impl Keys {
    /// `None`: a problem was reported.
    pub(super) fn from(element: &Element, builder: &mut Builder<'_, '_>) -> Option<Keys> {
        let mut prepared = KeySet::default();
        let mut keys = Keys::default();
        for (name, purpose) in [("issuer-signing-keys", Purpose::Signing), ("decryption-keys", Purpose::Decryption)] {
            let (ready, later) = match purpose {
                Purpose::Signing => (&mut prepared.signing, &mut keys.signing),
                Purpose::Decryption => (&mut prepared.decryption, &mut keys.decryption),
            };
            for key in element.children_named(name).flat_map(|list| &list.children) {
                let source = Source::from(key, builder)?;
                match source.literal(purpose) {
                    None => later.push(source),
                    Some(Ok(key)) => ready.push(key),
                    Some(Err(error)) => {
                        let message = format!("the key in `<{name}>` is not used: {error}");
                        builder.warning(key.offset, "key-unusable", message, None);
                    }
                }
            }
        }
        keys.prepared = Arc::new(prepared);
        Some(keys)
    }

    /// All keys of the policy, and those of its providers.
    pub(super) fn set(&self, context: &PolicyContext<'_>, provided: Option<Arc<KeySet>>) -> Arc<KeySet> {
        if self.signing.is_empty() && self.decryption.is_empty() && provided.is_none() {
            return Arc::clone(&self.prepared);
        }
        let made = |sources: &[Source], purpose| {
            sources.iter().filter_map(|source| source.resolve(context, purpose)).collect::<Vec<_>>()
        };
        let mut others = vec![Arc::clone(&self.prepared)];
        if let Some(provided) = provided {
            others.extend(provided.others.iter().cloned());
            others.push(provided);
        }
        Arc::new(KeySet {
            signing: made(&self.signing, Purpose::Signing),
            decryption: made(&self.decryption, Purpose::Decryption),
            issuers: Vec::new(),
            others,
        })
    }
}

impl Source {
    fn from(element: &Element, builder: &mut Builder<'_, '_>) -> Option<Source> {
        let id = builder.text_attribute(element, "id")?;
        let given = |name: &str| element.attribute(name).is_some();
        let has_text = element.has_text() || !element.text.is_literal();
        let material = match (given("certificate-id"), given("n") && given("e"), has_text) {
            (true, false, false) => Material::Certificate(builder.text_attribute(element, "certificate-id")??),
            (false, true, false) => Material::Rsa {
                modulus: builder.text_attribute(element, "n")??,
                exponent: builder.text_attribute(element, "e")??,
            },
            (false, false, true) if !given("n") && !given("e") => Material::Secret(builder.text(&element.text)?),
            _ => {
                let message = "`<key>` needs either base64 text, `certificate-id`, or `n` and `e`";
                builder.error(element.offset, "attribute-conflict", message);
                return None;
            }
        };
        Some(Source { id, material })
    }

    /// The key if all of it is literal.
    fn literal(&self, purpose: Purpose) -> Option<Result<Key, KeyError>> {
        let id = match &self.id {
            Some(id) => Some(id.literal()?),
            None => None,
        };
        match &self.material {
            Material::Secret(secret) => Some(Key::from_base64(id, secret.literal()?)),
            // A public key opens nothing.
            Material::Rsa { .. } if purpose == Purpose::Decryption => Some(Err(KeyError::NoPrivateKey)),
            Material::Rsa { modulus, exponent } => Some(Key::from_rsa(id, modulus.literal()?, exponent.literal()?)),
            Material::Certificate(_) => None,
        }
    }

    /// `None`: it cannot be used.
    fn resolve(&self, context: &PolicyContext<'_>, purpose: Purpose) -> Option<Key> {
        let values = context.values;
        let id = self.id.as_ref().map(|id| id.text(values));
        match &self.material {
            Material::Secret(secret) => Key::from_base64(id, secret.text(values)).ok(),
            Material::Rsa { .. } if purpose == Purpose::Decryption => None,
            Material::Rsa { modulus, exponent } => Key::from_rsa(id, modulus.text(values), exponent.text(values)).ok(),
            Material::Certificate(name) => {
                let (bytes, password) = context.exchange.certificate(name.text(values).trim())?;
                let certificate = Certificate::read(bytes, password).ok()?;
                match purpose {
                    Purpose::Signing => Key::from_certificate(id, &certificate).ok(),
                    Purpose::Decryption => Key::decrypting(id, &certificate).ok(),
                }
            }
        }
    }
}

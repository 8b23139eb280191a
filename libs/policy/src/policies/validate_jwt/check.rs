//! The check of one token, common to `validate-jwt` and `validate-azure-ad-token`: find it, get the keys, verify, keep it.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use encoding_rs::UTF_8;
use postern_dotnet::jwt::{Jwt, JwtError, KeySet, Reason, Rules, extract_token, verify};

use super::cache::{self, Subject};
use super::keys::Keys;
use super::rules::RuleSource;
use crate::builder::Builder;
use crate::effect::{Effect, KeysRequest, Outcome};
use crate::exchange::{Exchange, Side};
use crate::expression::library::JwtObject;
use crate::expression::value::Value;
use crate::given::Given;
use crate::policy::{DefaultResponse, Failure, Policy, PolicyContext, Step};
use crate::reader::Element;
use crate::url;

/// Status of a refused request unless the policy has its own.
const STATUS: u16 = 401;

#[derive(Debug)]
pub(in crate::policies) struct Check {
    /// Different for every policy of the process.
    identity: u64,
    source: Source,
    scheme: Option<Given<Box<str>>>,
    status: Option<Given<u64>>,
    message: Option<Given<Box<str>>>,
    variable: Option<Box<str>>,
    rules: RuleSource,
    keys: Keys,
    providers: Box<[Provider]>,
    /// Client applications of which the token must be for one; empty: not checked.
    applications: Vec<Given<Box<str>>>,
}

/// Where the token is.
#[derive(Debug)]
pub(in crate::policies) enum Source {
    Header(Given<Box<str>>),
    Query(Given<Box<str>>),
    Value(Given<Box<str>>),
}

/// An OpenID provider.
#[derive(Debug)]
pub(in crate::policies) enum Provider {
    Url(Given<Box<str>>),
    /// A tenant of Microsoft Entra at an endpoint; tokens of version 1 and 2 have issuers of their own.
    Tenant {
        endpoint: Option<Given<Box<str>>>,
        tenant: Given<Box<str>>,
        version: &'static str,
    },
}

/// What is particular to a policy.
pub(in crate::policies) struct Parts {
    pub(in crate::policies) source: Source,
    pub(in crate::policies) providers: Vec<Provider>,
    pub(in crate::policies) applications: Vec<Given<Box<str>>>,
    pub(in crate::policies) more_audiences: Vec<Given<Box<str>>>,
    pub(in crate::policies) tenant_templates: bool,
}

impl Source {
    /// The attribute that says it; with none, `default`. `None`: a problem was reported.
    pub(in crate::policies) fn from(
        element: &Element,
        builder: &mut Builder<'_, '_>,
        default: Option<&str>,
    ) -> Option<Source> {
        let names = ["header-name", "query-parameter-name", "token-value"];
        let mut given = names.into_iter().filter(|name| element.attribute(name).is_some());
        match (given.next(), given.next(), default) {
            (Some("header-name"), None, _) => Some(Source::Header(builder.text_attribute(element, "header-name")??)),
            (Some("query-parameter-name"), None, _) => {
                Some(Source::Query(builder.text_attribute(element, "query-parameter-name")??))
            }
            (Some(_), None, _) => {
                let token = builder.text_attribute(element, "token-value")??;
                if token.literal().is_some_and(|token| token.trim_start().starts_with("Bearer ")) {
                    let message = "`token-value` is the token alone, without a scheme in front of it";
                    builder.warning(element.offset, "value-suspect", message, Some("leave out `Bearer `".to_owned()));
                }
                Some(Source::Value(token))
            }
            (None, _, Some(default)) => Some(Source::Header(Given::Literal(default.into()))),
            (first, ..) => {
                let code = if first.is_some() { "attribute-conflict" } else { "attribute-missing" };
                let message =
                    format!("`<{}>` needs exactly one of {}", element.name, names.map(|n| format!("`{n}`")).join(", "));
                builder.error(element.offset, code, message);
                None
            }
        }
    }
}

impl Check {
    /// `None`: a problem was reported.
    pub(in crate::policies) fn from(element: &Element, builder: &mut Builder<'_, '_>, parts: Parts) -> Option<Check> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Some(Check {
            identity: NEXT.fetch_add(1, Ordering::Relaxed),
            source: parts.source,
            scheme: builder.text_attribute(element, "require-scheme")?,
            status: builder.number_attribute(element, "failed-validation-httpcode")?,
            message: builder.text_attribute(element, "failed-validation-error-message")?,
            variable: element.owned("output-token-variable-name"),
            rules: RuleSource::from(element, builder, parts.more_audiences, parts.tenant_templates)?,
            keys: Keys::from(element, builder)?,
            providers: parts.providers.into(),
            applications: parts.applications,
        })
    }

    fn token<'a>(&self, context: &'a PolicyContext<'_>) -> Result<Cow<'a, str>, JwtError> {
        let (exchange, values) = (&*context.exchange, context.values);
        match &self.source {
            Source::Header(name) => {
                let name = name.text(values).trim();
                let value = exchange.header(Side::Request, name).ok_or_else(JwtError::not_present)?;
                // Any other header holds the token as it is: the scheme is a matter of `Authorization`.
                let is_authorization = name.eq_ignore_ascii_case("Authorization");
                let scheme = self.scheme.as_ref().filter(|_| is_authorization).map(|scheme| scheme.text(values).trim());
                let scheme = scheme.filter(|scheme| !scheme.is_empty());
                // With vector instructions: a token is most of the request's head.
                match UTF_8.decode_without_bom_handling_and_without_replacement(value) {
                    Some(Cow::Borrowed(value)) => extract_token(value, scheme).map(Cow::Borrowed),
                    _ => {
                        extract_token(&String::from_utf8_lossy(value), scheme).map(|token| Cow::Owned(token.to_owned()))
                    }
                }
            }
            Source::Query(name) => from_query(exchange, name.text(values).trim()).map(Cow::Owned),
            Source::Value(token) => match token.text(values).trim() {
                "" => Err(JwtError::not_present()),
                token => Ok(Cow::Owned(token.to_owned())),
            },
        }
    }

    fn ask(&self, context: &PolicyContext<'_>, renew: bool) -> Step {
        let urls = self.providers.iter().map(|provider| provider.url(context.values)).collect();
        Step::Perform(Effect::Keys(Box::new(KeysRequest { urls, renew })))
    }

    /// Verifies the token with the policy's keys and those provided.
    fn verify(&self, context: &mut PolicyContext<'_>, provided: Option<Arc<KeySet>>, is_fresh: bool) -> Step {
        let token = match self.token(context) {
            Ok(token) => token.into_owned(),
            Err(error) => return self.refuse(context, error),
        };
        let rules = match self.rules.rules(context) {
            Ok(rules) => rules,
            Err(message) => return Step::Fail(Box::new(Failure::unusable_value(message))),
        };
        let keys = self.keys.set(context, provided);
        let now_s = now_s(context.exchange);
        match self.verified(context, &token, &keys, &rules, now_s) {
            Ok(jwt) => self.accept(context, jwt),
            Err(error) if error.reason == Reason::TokenSignatureKeyNotFound && !is_fresh => self.ask(context, true),
            Err(error) => self.refuse(context, error),
        }
    }

    fn verified(
        &self,
        context: &PolicyContext<'_>,
        token: &str,
        keys: &KeySet,
        rules: &Rules,
        now_s: i64,
    ) -> Result<Rc<JwtObject>, JwtError> {
        let verified = verify(token.as_bytes(), keys, rules, now_s)?;
        self.check_tenant(&verified.jwt, context.values)?;
        self.check_application(&verified.jwt, context.values)?;
        Ok(cache::put(self.subject(context.values, token), verified, now_s))
    }

    fn subject<'a>(&self, values: &'a [Value], token: &'a str) -> Subject<'a> {
        Subject { policy: self.identity, values, token: token.as_bytes() }
    }

    /// Tokens of personal accounts look like those of any other tenant, but `organizations` leaves them out.
    fn check_tenant(&self, jwt: &Jwt, values: &[Value]) -> Result<(), JwtError> {
        let issuer = jwt.issuer.as_deref().unwrap_or_default();
        if !issuer.contains(CONSUMERS) || !self.providers.iter().any(|provider| provider.is_organizations(values)) {
            return Ok(());
        }
        let message =
            format!("IDX10205: Issuer validation failed. Issuer: '{issuer}'. Personal accounts are not allowed.");
        Err(JwtError { reason: Reason::TokenIssuerNotAllowed, message })
    }

    /// `appid` in tokens of version 1, `azp` in those of version 2.
    fn check_application(&self, jwt: &Jwt, values: &[Value]) -> Result<(), JwtError> {
        if self.applications.is_empty() {
            return Ok(());
        }
        let claim = |name: &str| jwt.claims.get(name).and_then(|values| values.first());
        let found = ["appid", "azp"].into_iter().find_map(|name| Some((name, claim(name)?)));
        let Some((name, application)) = found else {
            let message = "JWT token is missing the following claims: appid. Access denied.".to_owned();
            return Err(JwtError { reason: Reason::TokenClaimNotFound, message });
        };
        if self.applications.iter().any(|known| known.text(values).trim().eq_ignore_ascii_case(application)) {
            return Ok(());
        }
        let message = format!("Claim {name} value of {application} is not allowed. Access denied.");
        Err(JwtError { reason: Reason::TokenClaimValueNotAllowed, message })
    }

    fn accept(&self, context: &mut PolicyContext<'_>, jwt: Rc<JwtObject>) -> Step {
        if let Some(variable) = &self.variable {
            context.state.variables.set(variable, Value::Object(jwt));
        }
        Step::Next
    }

    fn refuse(&self, context: &PolicyContext<'_>, error: JwtError) -> Step {
        let status = self.status.as_ref().map(|status| status.number(context.values));
        let status = status.and_then(|status| u16::try_from(status).ok()).filter(|status| (200..=999).contains(status));
        let message = match &self.message {
            Some(message) => message.text(context.values).to_owned().into(),
            None => error.public_message().into(),
        };
        Step::Fail(Box::new(Failure {
            reason: error.reason.name().into(),
            message: error.message.into(),
            response: DefaultResponse::Message { status: status.unwrap_or(STATUS), message },
        }))
    }
}

fn now_s(exchange: &dyn Exchange) -> i64 {
    i64::try_from(exchange.unix_time().as_secs()).unwrap_or(i64::MAX)
}

fn from_query(exchange: &dyn Exchange, name: &str) -> Result<String, JwtError> {
    let mut found = url::parameters(exchange.query())
        .filter(|parameter| url::decode(parameter.name).eq_ignore_ascii_case(name.as_bytes()));
    let parameter = found.next().ok_or_else(JwtError::not_present)?;
    let value = parameter.text.get(parameter.name.len() + 1..).unwrap_or_default();
    let token = String::from_utf8_lossy(&url::decode(value)).into_owned();
    if token.trim().is_empty() { Err(JwtError::not_present()) } else { Ok(token.trim().to_owned()) }
}

impl Provider {
    /// All tenants of organizations, and not the one of personal accounts.
    fn is_organizations(&self, values: &[Value]) -> bool {
        let Provider::Tenant { tenant, .. } = self else { return false };
        let tenant = tenant.text(values).trim().trim_end_matches('/');
        tenant.rsplit('/').next().is_some_and(|name| name.eq_ignore_ascii_case("organizations"))
    }

    fn url(&self, values: &[Value]) -> Box<str> {
        match self {
            Provider::Url(url) => url.text(values).trim().into(),
            Provider::Tenant { endpoint, tenant, version } => {
                let endpoint = endpoint.as_ref().map_or(LOGIN, |endpoint| endpoint.text(values));
                let (endpoint, tenant) = (endpoint.trim().trim_end_matches('/'), tenant.text(values).trim());
                let tenant = tenant.trim_end_matches('/');
                let base = if tenant.contains("://") { tenant.to_owned() } else { format!("{endpoint}/{tenant}") };
                format!("{base}/{version}.well-known/openid-configuration").into()
            }
        }
    }
}

/// The tenant of all personal accounts.
const CONSUMERS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";
/// Where Microsoft Entra signs users in.
const LOGIN: &str = "https://login.microsoftonline.com";

impl Policy for Check {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let token = match self.token(context) {
            Ok(token) => token,
            Err(error) => return self.refuse(context, error),
        };
        let known = cache::get(self.subject(context.values, &token), now_s(context.exchange));
        drop(token);
        match known {
            Some(jwt) => self.accept(context, jwt),
            None if self.providers.is_empty() => self.verify(context, None, true),
            None => self.ask(context, false),
        }
    }

    fn resume(&self, context: &mut PolicyContext<'_>, outcome: Outcome) -> Step {
        match outcome {
            Outcome::Keys(Ok(provided)) => self.verify(context, Some(provided.keys), provided.is_fresh),
            Outcome::Keys(Err(message)) => {
                let error = JwtError { reason: Reason::JwtInvalid, message: message.into() };
                self.refuse(context, error)
            }
            _ => Step::Fail(Box::new(Failure::wrong_outcome())),
        }
    }
}

//! An exchange as `context.json` describes it, and the variables and the error that go with it.

use std::borrow::Cow;
use std::net::IpAddr;
use std::time::Duration;

use postern_dotnet::date::{DateTime, DateTimeStyles};
use postern_dotnet::jwt::Jwt;
use serde_json::Value as Json;

use crate::effect::{ClientCertificate, HttpProxy, HttpResponse};
use crate::exchange::{
    ApiDetails, BackendTarget, DeploymentDetails, Exchange, ListedApi, MockExample, OperationDetails, ProductDetails,
    Side, SubscriptionDetails, UrlParts, UserDetails,
};
use crate::expression::Value;
use crate::expression::library::JwtObject;
use crate::expression::library::context::StoredResponse;
use crate::expression::library::json::wrapper::token_value;
use crate::last_error::LastError;
use crate::section::{ScopeName, Section};
use crate::testing::MemoryExchange;
use crate::variables::Variables;

type Pairs = Vec<(Box<str>, Box<str>)>;

/// A description.
pub(super) struct Described {
    json: Json,
    product_groups: Pairs,
    user_groups: Pairs,
    identities: Pairs,
    protocols: Vec<Box<str>>,
    /// Ids and PFX.
    certificates: Vec<(Box<str>, Vec<u8>)>,
    certificate_ids: Vec<Box<str>>,
    client_certificate: Option<Vec<u8>>,
}

/// The text of a member; empty for null.
fn text<'j>(json: &'j Json, name: &str) -> &'j str {
    json[name].as_str().unwrap_or_default()
}

fn pairs(json: &Json, other: &str) -> Pairs {
    let pair = |item: &Json| (text(item, "id").into(), text(item, other).into());
    json.as_array().into_iter().flatten().map(pair).collect()
}

fn from_base64(text: &str) -> Vec<u8> {
    postern_dotnet::text::from_base64(text).unwrap()
}

fn ticks(text: &str) -> i64 {
    DateTime::parse(text, DateTimeStyles::ROUNDTRIP_KIND, DateTime::UNIX_EPOCH).unwrap().ticks()
        - DateTime::UNIX_EPOCH.ticks()
}

/// Seconds since 1970; `None` for null.
fn seconds(json: &Json, name: &str) -> Option<i64> {
    json[name].as_str().map(|text| ticks(text) / 10_000_000)
}

fn header_lines(json: &Json) -> Vec<(String, Vec<u8>)> {
    let lines = json.as_object().into_iter().flatten().flat_map(|(name, values)| {
        values.as_array().unwrap().iter().map(|value| (name.clone(), value.as_str().unwrap().into()))
    });
    lines.collect()
}

fn url(text: &str) -> UrlParts<'_> {
    let (scheme, rest) = text.split_once("://").unwrap();
    let (authority, target) = rest.split_at(rest.find('/').unwrap());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let (host, port) = authority.split_once(':').unwrap_or((authority, if scheme == "https" { "443" } else { "80" }));
    UrlParts {
        scheme,
        host,
        port: port.parse().unwrap(),
        path: Cow::Borrowed(path.as_bytes()),
        query: query.as_bytes(),
    }
}

impl Described {
    pub(super) fn read(text_of_file: &str) -> Described {
        let json: Json = serde_json::from_str(text_of_file).unwrap();
        let protocols = json["api"]["protocols"].as_array().into_iter().flatten();
        let certificates = json["deployment"]["certificates"].as_object().unwrap().iter();
        let certificates: Vec<_> =
            certificates.map(|(id, pfx)| (id.as_str().into(), from_base64(pfx.as_str().unwrap()))).collect();
        Described {
            product_groups: pairs(&json["product"]["groups"], "name"),
            user_groups: pairs(&json["user"]["groups"], "name"),
            identities: pairs(&json["user"]["identities"], "provider"),
            protocols: protocols.map(|protocol| protocol.as_str().unwrap().into()).collect(),
            certificate_ids: certificates.iter().map(|(id, _): &(Box<str>, _)| id.clone()).collect(),
            certificates,
            client_certificate: json["request"]["certificate"].as_str().map(from_base64),
            json,
        }
    }

    /// The exchange before an expression has touched it.
    pub(super) fn exchange(&self) -> DescribedExchange<'_> {
        let (request, response) = (&self.json["request"], &self.json["response"]);
        let parameters = request["matchedParameters"].as_object().unwrap().iter();
        let messages = MemoryExchange {
            method: text(request, "method").into(),
            request_headers: header_lines(&request["headers"]),
            request_body: request["body"].as_str().map(Into::into),
            matched_parameters: parameters
                .map(|(name, value)| (name.clone(), value.as_str().unwrap().into()))
                .collect(),
            has_response: !response.is_null(),
            status: response["statusCode"].as_u64().unwrap_or(200) as u16,
            reason: text(response, "statusReason").to_owned(),
            response_headers: header_lines(&response["headers"]),
            response_body: text(response, "body").into(),
            ..MemoryExchange::default()
        };
        DescribedExchange { of: self, messages }
    }

    pub(super) fn variables(&self) -> Variables {
        let mut variables = Variables::default();
        for (name, variable) in self.json["variables"].as_object().unwrap() {
            variables.set(name, value_of(variable));
        }
        variables
    }

    pub(super) fn last_error(&self) -> Option<LastError> {
        let error = &self.json["lastError"];
        let owned = |name: &str| text(error, name).to_owned();
        error.is_object().then(|| LastError {
            source: owned("source").into(),
            reason: owned("reason").into(),
            message: owned("message").into(),
            scope: Some(ScopeName::Api).filter(|scope| scope.as_str() == text(error, "scope")),
            section: Section::from_name(text(error, "section")),
            path: Some(text(error, "path").into()),
            policy_id: Some(text(error, "policyId").into()),
        })
    }
}

fn value_of(variable: &Json) -> Value {
    let value = &variable["value"];
    let text_of_value = value.as_str().unwrap_or_default();
    match text(variable, "type") {
        "string" => Value::from(text_of_value),
        "int" => Value::Int(value.as_i64().unwrap() as i32),
        "long" => Value::Long(value.as_i64().unwrap()),
        "bool" => Value::Bool(value.as_bool().unwrap()),
        "double" => Value::Double(value.as_f64().unwrap()),
        "Jwt" => JwtObject::value(Jwt::parse(text_of_value).unwrap()),
        "JObject" | "JArray" => token_value(postern_dotnet::json::parse(&value.to_string()).unwrap()),
        "IResponse" => {
            let headers = header_lines(&value["headers"]).into_iter();
            Value::object(StoredResponse::new(HttpResponse {
                status: value["statusCode"].as_u64().unwrap() as u16,
                reason: text(value, "statusReason").into(),
                headers: headers.map(|(name, value)| (name.into(), value)).collect(),
                body: text(value, "body").into(),
            }))
        }
        other => panic!("no variable is a {other}"),
    }
}

/// The exchange of one evaluation. Its messages may be changed, as in the mock of the generator.
pub(super) struct DescribedExchange<'d> {
    of: &'d Described,
    messages: MemoryExchange,
}

impl DescribedExchange<'_> {
    fn json(&self) -> &Json {
        &self.of.json
    }
}

impl Exchange for DescribedExchange<'_> {
    fn request_id(&self) -> &str {
        text(self.json(), "requestId")
    }

    fn api_id(&self) -> &str {
        text(&self.json()["api"], "id")
    }

    fn api_name(&self) -> &str {
        text(&self.json()["api"], "name")
    }

    fn api(&self) -> ApiDetails<'_> {
        let api = &self.json()["api"];
        let names = &api["subscriptionKeyParameterNames"];
        ApiDetails {
            path: text(api, "path"),
            version: text(api, "version"),
            revision: text(api, "revision"),
            is_current_revision: api["isCurrentRevision"].as_bool().unwrap(),
            service_url: text(api, "serviceUrl"),
            key_header: text(names, "header"),
            key_query: text(names, "query"),
        }
    }

    fn api_protocols(&self) -> &[Box<str>] {
        &self.of.protocols
    }

    fn operation_id(&self) -> &str {
        text(&self.json()["operation"], "id")
    }

    fn operation_name(&self) -> &str {
        text(&self.json()["operation"], "name")
    }

    fn operation(&self) -> OperationDetails<'_> {
        let operation = &self.json()["operation"];
        OperationDetails { method: text(operation, "method"), url_template: text(operation, "urlTemplate") }
    }

    fn product(&self) -> Option<ProductDetails<'_>> {
        let product = &self.json()["product"];
        product.is_object().then(|| ProductDetails {
            id: text(product, "id"),
            name: text(product, "name"),
            subscription_required: product["subscriptionRequired"].as_bool().unwrap(),
            approval_required: product["approvalRequired"].as_bool().unwrap(),
            subscriptions_limit: product["subscriptionLimit"].as_u64().map(|limit| limit as u32),
            is_published: text(product, "state") == "Published",
            groups: &self.of.product_groups,
        })
    }

    /// The described product holds the API of the request.
    fn product_apis(&self, visit: &mut dyn FnMut(ListedApi<'_>)) {
        visit(ListedApi {
            id: self.api_id(),
            name: self.api_name(),
            details: self.api(),
            protocols: self.api_protocols(),
        });
    }

    fn subscription_id(&self) -> Option<&str> {
        self.json()["subscription"]["id"].as_str()
    }

    fn subscription(&self) -> Option<SubscriptionDetails<'_>> {
        let subscription = &self.json()["subscription"];
        subscription.is_object().then(|| SubscriptionDetails {
            id: text(subscription, "id"),
            name: text(subscription, "name"),
            key: text(subscription, "key"),
            primary_key: text(subscription, "primaryKey"),
            secondary_key: text(subscription, "secondaryKey"),
            created_s: seconds(subscription, "createdDate"),
            start_s: seconds(subscription, "startDate"),
            end_s: seconds(subscription, "endDate"),
        })
    }

    fn user(&self) -> Option<UserDetails<'_>> {
        let user = &self.json()["user"];
        user.is_object().then(|| UserDetails {
            id: text(user, "id"),
            email: text(user, "email"),
            first_name: text(user, "firstName"),
            last_name: text(user, "lastName"),
            note: text(user, "note"),
            registration_s: seconds(user, "registrationDate"),
            groups: &self.of.user_groups,
            identities: &self.of.identities,
        })
    }

    fn deployment(&self) -> DeploymentDetails<'_> {
        let deployment = &self.json()["deployment"];
        DeploymentDetails {
            gateway_id: text(deployment, "gatewayId"),
            instance_id: text(&deployment["gateway"], "instanceId"),
            region: text(deployment, "region"),
            service_id: text(deployment, "serviceId"),
            service_name: text(deployment, "serviceName"),
        }
    }

    fn caller_ip(&self) -> Option<IpAddr> {
        text(&self.json()["request"], "ipAddress").parse().ok()
    }

    fn elapsed(&self) -> Duration {
        Duration::from_nanos(ticks(text(self.json(), "elapsed")) as u64 * 100)
    }

    fn unix_time(&self) -> Duration {
        let began = ticks(text(self.json(), "timestamp")) as u64;
        Duration::from_nanos(began * 100) + self.elapsed()
    }

    fn is_tracing(&self) -> bool {
        self.json()["tracing"].as_bool().unwrap()
    }

    fn original_url(&self) -> UrlParts<'_> {
        url(text(&self.json()["request"], "originalUrl"))
    }

    fn backend_url(&self) -> UrlParts<'_> {
        url(text(&self.json()["request"], "url"))
    }

    fn client_certificate(&self) -> Option<&[u8]> {
        self.of.client_certificate.as_deref()
    }

    fn certificate(&self, id: &str) -> Option<(&[u8], &str)> {
        let found = self.of.certificates.iter().find(|(known, _)| known.eq_ignore_ascii_case(id));
        found.map(|(_, pfx)| (pfx.as_slice(), ""))
    }

    fn certificate_ids(&self) -> &[Box<str>] {
        &self.of.certificate_ids
    }

    fn path(&self) -> &[u8] {
        self.messages.path()
    }

    fn query(&self) -> &[u8] {
        self.messages.query()
    }

    fn method(&self) -> &[u8] {
        self.messages.method()
    }

    fn matched_parameter(&self, name: &str) -> Option<&[u8]> {
        self.messages.matched_parameter(name)
    }

    fn matched_parameters(&self, visit: &mut dyn FnMut(&str, &[u8])) {
        self.messages.matched_parameters(visit);
    }

    fn is_template_query_parameter(&self, name: &[u8]) -> bool {
        self.messages.is_template_query_parameter(name)
    }

    fn header(&self, side: Side, name: &str) -> Option<&[u8]> {
        self.messages.header(side, name)
    }

    fn header_values(&self, side: Side, name: &str, visit: &mut dyn FnMut(&[u8])) {
        self.messages.header_values(side, name, visit);
    }

    fn headers(&self, side: Side, visit: &mut dyn FnMut(&[u8], &[u8])) {
        self.messages.headers(side, visit);
    }

    fn status(&self) -> u16 {
        self.messages.status()
    }

    fn reason(&self) -> &str {
        &self.messages.reason
    }

    fn has_response(&self) -> bool {
        self.messages.has_response()
    }

    fn has_body(&self, side: Side) -> bool {
        self.messages.has_body(side)
    }

    fn body(&self, side: Side) -> Option<&[u8]> {
        self.messages.body(side)
    }

    fn content(&self, side: Side) -> Option<&[u8]> {
        self.messages.content(side)
    }

    fn is_coded(&self, side: Side) -> bool {
        self.messages.is_coded(side)
    }

    fn set_body(&mut self, side: Side, body: &[u8]) {
        self.messages.set_body(side, body);
    }

    fn random(&mut self) -> u64 {
        self.messages.random()
    }

    // What only policies do, not expressions.

    fn set_method(&mut self, _method: &[u8]) {}

    fn set_path(&mut self, _path: &[u8]) {}

    fn set_query(&mut self, _query: &[u8]) {}

    fn set_backend(&mut self, _target: &BackendTarget) {}

    fn set_client_certificate(&mut self, _certificate: &ClientCertificate) {}

    fn set_proxy(&mut self, _proxy: &HttpProxy) {}

    fn set_header(&mut self, _side: Side, _name: &str, _value: &[u8]) {}

    fn append_header(&mut self, _side: Side, _name: &str, _value: &[u8]) {}

    fn remove_header(&mut self, _side: Side, _name: &str) {}

    fn set_status(&mut self, _code: u16, _reason: &str) {}

    fn begin_response(&mut self) {}

    fn mock_example(&self, _status: u16, _content_type: Option<&str>, _index: Option<u32>) -> Option<MockExample<'_>> {
        None
    }
}

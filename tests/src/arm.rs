//! An operator: a small client of the ARM API of the management plane.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::client::{Client, Response};

/// Where the management plane serves its one service.
pub const SERVICE: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/postern/providers/\
                           Microsoft.ApiManagement/service/postern";
/// The version that clients of today send.
pub const API_VERSION: &str = "2024-05-01";

/// An operator with a token.
#[derive(Debug, Clone)]
pub struct Arm {
    pub address: SocketAddr,
    pub token: String,
}

impl Arm {
    /// Any request below the service; `path` begins with `/`.
    pub fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Response {
        let separator = if path.contains('?') { '&' } else { '?' };
        let target = format!("{SERVICE}{path}{separator}api-version={API_VERSION}");
        let authorization = format!("Bearer {}", self.token);
        let mut all = vec![("Authorization", authorization.as_str()), ("Content-Type", "application/json")];
        all.extend_from_slice(headers);
        if method == "POST" && body.is_empty() {
            all.push(("Content-Length", "0"));
        }
        Client::connect(self.address).request(method, &target, &all, body)
    }

    pub fn get(&self, path: &str) -> Value {
        let answer = self.request("GET", path, &[], b"");
        assert_eq!(answer.status, 200, "GET {path}: {}", answer.text());
        answer.json()
    }

    /// Creates or replaces; `properties` is what stands under that name.
    pub fn put(&self, path: &str, properties: &Value) -> Response {
        let body = json!({ "properties": properties }).to_string();
        let answer = self.request("PUT", path, &[], body.as_bytes());
        assert!(matches!(answer.status, 200 | 201), "PUT {path}: {} {}", answer.status, answer.text());
        answer
    }

    pub fn post(&self, path: &str, body: &Value) -> Response {
        let bytes = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let answer = self.request("POST", path, &[], &bytes);
        assert!(matches!(answer.status, 200 | 204), "POST {path}: {} {}", answer.status, answer.text());
        answer
    }

    pub fn delete(&self, path: &str) {
        let answer = self.request("DELETE", path, &[], b"");
        assert!(matches!(answer.status, 200 | 204), "DELETE {path}: {} {}", answer.status, answer.text());
    }

    /// An API `name` at path `name` whose one operation takes `GET /x`, open or keyed, assigned to the gateway.
    pub fn put_api(&self, gateway: &str, name: &str, backend_url: &str, keyed: bool) {
        let path = format!("/apis/{name}");
        self.put(
            &path,
            &json!({
                "displayName": name, "path": name, "protocols": ["http", "https"], "serviceUrl": backend_url,
                "subscriptionRequired": keyed,
            }),
        );
        self.put(
            &format!("{path}/operations/get-x"),
            &json!({ "displayName": "Get x", "method": "GET", "urlTemplate": "/x" }),
        );
        self.put(&format!("/gateways/{gateway}/apis/{name}"), &json!({}));
    }

    /// Sets a policy document; `scope` is empty for the global one.
    pub fn put_policy(&self, scope: &str, document: &str) {
        self.put(&format!("{scope}/policies/policy"), &json!({ "format": "rawxml", "value": document }));
    }

    /// A token for the gateway that is valid for a day.
    pub fn gateway_token(&self, gateway: &str) -> String {
        let tomorrow = time::OffsetDateTime::now_utc() + time::Duration::days(1);
        self.gateway_token_until(gateway, tomorrow)
    }

    /// A token for the gateway that ends at `expiry`.
    pub fn gateway_token_until(&self, gateway: &str, expiry: time::OffsetDateTime) -> String {
        let format = time::macros::format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
        let body = json!({ "keyType": "primary", "expiry": expiry.format(&format).unwrap() });
        let answer = self.post(&format!("/gateways/{gateway}/generateToken"), &body).json();
        let value = answer["value"].as_str().unwrap();
        value.strip_prefix("GatewayKey ").unwrap_or(value).to_owned()
    }
}

/// A policy document that puts `X-Round: value` on each answer, on top of what the outer scopes do.
pub fn marking_policy(value: &str) -> String {
    format!(
        "<policies>\n  <inbound><base /></inbound>\n  <backend><base /></backend>\n  <outbound>\n    <base />\n    \
         <set-header name=\"X-Round\" exists-action=\"override\"><value>{value}</value></set-header>\n  </outbound>\n  \
         <on-error><base /></on-error>\n</policies>"
    )
}

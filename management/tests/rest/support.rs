//! A management plane in a folder of its own, and how to speak to it.

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use postern_management::server::App;
use postern_management::settings::Settings;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

pub(crate) const SERVICE: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/postern/providers/Microsoft.ApiManagement/service/postern";

pub(crate) struct Plane {
    pub(crate) app: App,
    pub(crate) folder: TempDir,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("JSON: {}", String::from_utf8_lossy(&self.bytes)))
    }

    pub(crate) fn tag(&self) -> String {
        self.headers[header::ETAG].to_str().expect("text").to_owned()
    }

    /// Code of an ARM error.
    pub(crate) fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }

    /// Checks the status and returns the body.
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", String::from_utf8_lossy(&self.bytes));
        if self.bytes.is_empty() { Value::Null } else { self.json() }
    }

    /// Checks that it is a `ValidationError` for that field and returns the message.
    pub(crate) fn refused(&self, target: &str) -> String {
        let body = self.expect(400);
        assert_eq!(body["error"]["code"], "ValidationError", "{body}");
        let details = body["error"]["details"].as_array().cloned().unwrap_or_default();
        let found = details.iter().find(|detail| detail["target"] == target);
        found.unwrap_or_else(|| panic!("no detail for {target} in {body}"))["message"]
            .as_str()
            .expect("text")
            .to_owned()
    }
}

impl Plane {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let app = App::open(&Settings::on(folder.path())).await.expect("starts");
        Self { app, folder }
    }

    /// Ends the plane and starts another on the same folder.
    pub(crate) async fn restart(self) -> Self {
        self.app.store.close().await;
        let app = App::open(&Settings::on(self.folder.path())).await.expect("starts again");
        Self { app, folder: self.folder }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.app.router().oneshot(request).await.expect("never fails");
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.expect("body").to_vec();
        Answer { status: parts.status, headers: parts.headers, bytes }
    }

    /// A request as the operator; `path` is below the service and may have a query.
    pub(crate) fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        let separator = if path.contains('?') { '&' } else { '?' };
        Request::builder()
            .method(Method::from_bytes(method.as_bytes()).expect("method"))
            .uri(format!("{SERVICE}{path}{separator}api-version=2024-05-01"))
            .header(header::HOST, "management.test:7070")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.app.operator.expose()))
            .header(header::CONTENT_TYPE, "application/json")
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request("GET", path).body(Body::empty()).expect("request")).await
    }

    pub(crate) async fn head(&self, path: &str) -> Answer {
        self.send(self.request("HEAD", path).body(Body::empty()).expect("request")).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(self.request("DELETE", path).body(Body::empty()).expect("request")).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(self.request("POST", path).body(body.to_string().into()).expect("request")).await
    }

    /// PUT of `properties`.
    pub(crate) async fn put(&self, path: &str, properties: Value) -> Answer {
        let body = json!({"properties": properties}).to_string();
        self.send(self.request("PUT", path).body(body.into()).expect("request")).await
    }

    pub(crate) async fn patch(&self, path: &str, properties: Value) -> Answer {
        let body = json!({"properties": properties}).to_string();
        self.send(self.request("PATCH", path).body(body.into()).expect("request")).await
    }

    /// Creates an API `name` at the path of the same name.
    pub(crate) async fn api(&self, name: &str) -> Value {
        self.put(&format!("/apis/{name}"), json!({"displayName": name, "path": name})).await.expect(201)
    }

    /// A token of the gateway, valid for a day.
    pub(crate) async fn token(&self, gateway: &str) -> String {
        let expiry = postern_management::clock::arm_time(postern_management::clock::now() + time::Duration::days(1));
        let answer = self
            .post(&format!("/gateways/{gateway}/generateToken"), json!({"keyType": "primary", "expiry": expiry}))
            .await;
        answer.expect(200)["value"].as_str().expect("token").to_owned()
    }

    /// A request to the configuration endpoint.
    pub(crate) async fn configuration(&self, method: &str, path: &str, token: &str, body: impl Into<Body>) -> Answer {
        let request = Request::builder()
            .method(Method::from_bytes(method.as_bytes()).expect("method"))
            .uri(format!("/configuration/v1/{path}"))
            .header(header::AUTHORIZATION, format!("GatewayKey {token}"));
        self.send(request.body(body.into()).expect("request")).await
    }
}

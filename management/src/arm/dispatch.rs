//! From an HTTP request to its answer: operator's token, path, api-version, method.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::request::ArmRequest;
use super::table::Behaviour;
use super::target::{Target, resolve};
use super::{crud, list};
use crate::configuration::instances;
use crate::error::ArmError;
use crate::kinds::actions;
use crate::server::App;

/// Answers every request that is not for the configuration endpoint.
pub async fn serve(State(app): State<App>, request: Request<Body>) -> Response<Body> {
    let is_head = request.method() == Method::HEAD;
    let described = format!("{} {}", request.method(), request.uri().path());
    let result = answer(&app, request).await;
    let mut response = match result {
        Ok(response) => response,
        Err(error) => {
            if error.status.is_server_error() {
                tracing::error!(request = described, code = error.code, message = error.message, "request failed");
            }
            let mut response = error.into_response();
            if is_head {
                *response.body_mut() = Body::empty();
            }
            response
        }
    };
    let id = HeaderValue::from_str(&uuid::Uuid::new_v4().to_string());
    if let Ok(id) = id {
        response.headers_mut().insert(HeaderName::from_static("x-ms-request-id"), id);
    }
    response
}

async fn answer(app: &App, request: Request<Body>) -> Result<Response<Body>, ArmError> {
    authorize(app, request.headers())?;
    let request = ArmRequest::read(request, app.public_url.as_deref()).await?;
    request.check_api_version()?;
    let target = resolve(&request.segments, &app.identity)?;
    match (&request.method, target) {
        (&Method::GET, Target::Services) => {
            let services = json!({"value": [service(app)]});
            Ok((StatusCode::OK, axum::Json(services)).into_response())
        }
        (&Method::GET | &Method::HEAD, Target::Service) => {
            Ok((StatusCode::OK, axum::Json(service(app))).into_response())
        }
        (&Method::GET, Target::Collection { kind, parent }) => list::list(app, &request, kind, &parent).await,
        (&Method::GET, Target::Entity(place)) if place.kind.behaviour == Behaviour::Instance => {
            instances::get(app, &place).await
        }
        (&Method::GET, Target::Entity(place)) => crud::get(app, &request, &place).await,
        (&Method::HEAD, Target::Entity(place)) => crud::head(app, &place).await,
        (&Method::PUT, Target::Entity(place)) => crud::put(app, &request, &place).await,
        (&Method::PATCH, Target::Entity(place)) => crud::patch(app, &request, &place).await,
        (&Method::DELETE, Target::Entity(place)) => crud::delete(app, &request, &place).await,
        (&Method::POST, Target::Action { place, action }) => actions::run(app, &request, &place, &action).await,
        (_, Target::Action { .. }) if request.method != Method::POST => Err(ArmError::new(
            StatusCode::NOT_FOUND,
            "ResourceNotFound",
            "The path names no resource this service knows.",
        )),
        _ => Err(ArmError::method_not_allowed()),
    }
}

/// Lets the operator in.
pub fn authorize(app: &App, headers: &HeaderMap) -> Result<(), ArmError> {
    const CHALLENGE: &str = "Bearer realm=\"postern\"";
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        let message = "Authentication failed. The 'Authorization' header is missing.";
        return Err(ArmError::unauthorized("AuthenticationFailed", message, CHALLENGE));
    };
    let token = value
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .and_then(|(scheme, token)| scheme.eq_ignore_ascii_case("bearer").then_some(token.trim()));
    match token {
        Some(token) if app.operator.matches(token) => Ok(()),
        _ => {
            let message = "The access token is invalid.";
            Err(ArmError::unauthorized("InvalidAuthenticationToken", message, CHALLENGE))
        }
    }
}

/// The service as a resource.
fn service(app: &App) -> Value {
    let identity = &app.identity;
    json!({
        "id": identity.id(),
        "name": identity.name,
        "type": "Microsoft.ApiManagement/service",
        "location": identity.location,
        "tags": {},
        "etag": "AAAAAAAAAAE=",
        "sku": {"name": "Developer", "capacity": 1},
        "properties": {
            "publisherEmail": "operator@localhost",
            "publisherName": identity.name,
            "provisioningState": "Succeeded",
            "targetProvisioningState": "",
            "createdAtUtc": app.created,
            "hostnameConfigurations": [],
            "publicNetworkAccess": "Enabled",
            "virtualNetworkType": "None",
            "disableGateway": true,
            "platformVersion": "undetermined",
        },
    })
}

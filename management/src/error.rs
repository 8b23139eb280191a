//! Every way a request can fail, as ARM says it: `{"error":{"code","message","details":[{code,target,message}]}}`.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// One entry of `details`.
#[derive(Clone, Debug, PartialEq)]
pub struct Detail {
    pub code: &'static str,
    pub target: String,
    pub message: String,
    /// `info` of one `additionalInfo` entry, for clients that want positions as numbers.
    pub info: Option<Value>,
}

/// A failed request.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ArmError {
    pub status: StatusCode,
    pub code: &'static str,
    pub message: String,
    pub details: Vec<Detail>,
    /// Value of `WWW-Authenticate`, on 401.
    pub challenge: Option<&'static str>,
}

impl ArmError {
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), details: Vec::new(), challenge: None }
    }

    /// 400 with the fields that are wrong.
    pub fn validation(details: Vec<Detail>) -> Self {
        let message = "One or more fields contain incorrect values:";
        Self { details, ..Self::new(StatusCode::BAD_REQUEST, "ValidationError", message) }
    }

    /// 400 for one field.
    pub fn field(target: &str, message: impl Into<String>) -> Self {
        Self::validation(vec![Detail::field(target, message)])
    }

    /// 404 for an entity; `title` is what the entity is called, for example `API`.
    pub fn not_found(title: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "ResourceNotFound", format!("{title} not found."))
    }

    pub fn precondition_failed() -> Self {
        let message =
            "The specified ETag does not match the current ETag of the entity: it was changed since it was read.";
        Self::new(StatusCode::PRECONDITION_FAILED, "PreconditionFailed", message)
    }

    pub fn method_not_allowed() -> Self {
        let message = "The requested resource does not support this HTTP method.";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", message)
    }

    pub fn bad_content(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "InvalidRequestContent", message)
    }

    pub fn unauthorized(code: &'static str, message: impl Into<String>, challenge: &'static str) -> Self {
        Self { challenge: Some(challenge), ..Self::new(StatusCode::UNAUTHORIZED, code, message) }
    }

    /// The body that goes over the wire.
    pub fn body(&self) -> Value {
        let details: Vec<Value> = self.details.iter().map(Detail::body).collect();
        let details = if details.is_empty() { Value::Null } else { Value::Array(details) };
        json!({"error": {"code": self.code, "message": self.message, "details": details}})
    }
}

impl Detail {
    pub fn field(target: &str, message: impl Into<String>) -> Self {
        Self { code: "ValidationError", target: target.to_owned(), message: message.into(), info: None }
    }

    fn body(&self) -> Value {
        let mut body = json!({"code": self.code, "target": self.target, "message": self.message});
        if let (Some(info), Some(object)) = (&self.info, body.as_object_mut()) {
            object.insert("additionalInfo".to_owned(), json!([{"type": "PolicyDiagnostic", "info": info}]));
        }
        body
    }
}

impl From<sqlx::Error> for ArmError {
    /// The store failed: the client learns that it may try again, the log learns why.
    fn from(error: sqlx::Error) -> Self {
        tracing::error!(error = %error, "the store failed");
        let busy = matches!(&error, sqlx::Error::PoolTimedOut)
            || matches!(&error, sqlx::Error::Database(database) if database.code().as_deref() == Some("5"));
        if busy {
            Self::new(StatusCode::SERVICE_UNAVAILABLE, "ServerBusy", "The store is busy. Try again.")
        } else {
            Self::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError", "The store failed; see the log.")
        }
    }
}

impl IntoResponse for ArmError {
    fn into_response(self) -> Response {
        let mut response = (self.status, axum::Json(self.body())).into_response();
        if let Some(challenge) = self.challenge {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::ArmError;

    #[test]
    fn errors_have_the_arm_envelope() {
        assert_eq!(
            ArmError::field("path", "is too long").body(),
            json!({"error": {"code": "ValidationError", "message": "One or more fields contain incorrect values:",
                "details": [{"code": "ValidationError", "target": "path", "message": "is too long"}]}})
        );
        assert_eq!(
            ArmError::not_found("API").body(),
            json!({"error": {"code": "ResourceNotFound", "message": "API not found.", "details": null}})
        );
    }
}

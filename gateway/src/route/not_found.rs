//! What a caller gets when a request meets no operation.

use super::path::PathError;

/// Why [`super::RouteTable::find`] found nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotFound {
    /// The path is refused before matching.
    Path(PathError),
    /// No API at this host and path (or it has no such version or revision).
    Api,
    /// A header- or query-versioned API, and the request names no version.
    Version,
    /// The API is known ([`super::RouteMatch::api`]), but none of its operations fits. APIM answers 404 for an unknown
    /// path and for a known path with another method alike (apim.md §10.2).
    Operation,
}

impl NotFound {
    /// 404; 400 or 414 for a refused path.
    pub fn status(self) -> u16 {
        match self {
            Self::Path(error) => error.status(),
            _ => 404,
        }
    }

    /// apim.md §2.0.2: 54 bytes for a path or operation that does not exist; empty when the version is missing.
    pub fn body(self) -> &'static [u8] {
        match self {
            Self::Path(PathError::TooLong) => br#"{ "statusCode": 414, "message": "The request path is too long" }"#,
            Self::Path(_) => br#"{ "statusCode": 400, "message": "The request path is invalid" }"#,
            Self::Version => b"",
            Self::Api | Self::Operation => br#"{ "statusCode": 404, "message": "Resource not found" }"#,
        }
    }

    /// `None` when there is no body.
    pub fn content_type(self) -> Option<&'static str> {
        (!self.body().is_empty()).then_some("application/json")
    }

    /// `context.LastError.Message`; source `configuration`, reason `OperationNotFound` (apim.md §4).
    pub fn message(self) -> &'static str {
        "Unable to match incoming request to an operation."
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_have_the_lengths_seen_on_the_wire() {
        assert_eq!(NotFound::Operation.body().len(), 54);
        assert_eq!(NotFound::Api.body(), NotFound::Operation.body());
        assert_eq!((NotFound::Version.status(), NotFound::Version.body()), (404, &b""[..]));
        assert_eq!(NotFound::Version.content_type(), None);
        assert_eq!(NotFound::Path(PathError::Nul).status(), 400);
        assert_eq!(NotFound::Path(PathError::TooLong).status(), 414);
    }
}

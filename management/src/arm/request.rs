//! An ARM request, read: who sent it, which path, query, conditions and body.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, Uri, header};
use futures_util::StreamExt;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::etag::Conditions;
use crate::error::ArmError;
use crate::limits::{BODY_BYTES_DRAINED_MAX, BODY_BYTES_MAX, PATH_BYTES_MAX};

/// Oldest api-version that is served; all are served alike.
const API_VERSION_OLDEST: &str = "2021-08-01";

/// A request, complete.
#[derive(Debug)]
pub struct ArmRequest {
    pub method: Method,
    /// Decoded, non-empty path segments.
    pub segments: Vec<String>,
    pub query: Query,
    pub conditions: Conditions,
    /// Scheme, host and path the client used, for links back.
    pub url: String,
    pub body: Bytes,
}

/// Decoded query parameters.
#[derive(Clone, Debug, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    pub fn of(uri: &Uri) -> Self {
        let pairs = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        Self(pairs.into_owned().collect())
    }

    /// First value of a parameter; names compare without case, as ARM does.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Whether a parameter is `true`.
    pub fn is_true(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// The same parameters with some replaced, encoded.
    pub fn with(&self, replaced: &[(&str, String)]) -> String {
        let kept = self.0.iter().filter(|(key, _)| !replaced.iter().any(|(name, _)| key.eq_ignore_ascii_case(name)));
        let mut text = url::form_urlencoded::Serializer::new(String::new());
        text.extend_pairs(kept).extend_pairs(replaced);
        text.finish()
    }
}

impl ArmRequest {
    /// Reads the whole request. `public_url` replaces scheme and host in links when it is set.
    pub async fn read(request: Request<Body>, public_url: Option<&str>) -> Result<Self, ArmError> {
        let (parts, body) = request.into_parts();
        let body = read_body(&parts.headers, body, BODY_BYTES_MAX).await?;
        let path = parts.uri.path();
        if path.len() > PATH_BYTES_MAX {
            return Err(ArmError::new(StatusCode::URI_TOO_LONG, "RequestUriTooLong", "The request URI is too long."));
        }
        Ok(Self {
            segments: segments(path)?,
            query: Query::of(&parts.uri),
            conditions: Conditions::of(&parts.headers),
            url: format!("{}{path}", origin(&parts.headers, public_url)),
            method: parts.method,
            body,
        })
    }

    /// Refuses requests without an api-version, or with one that is no date or too old.
    pub fn check_api_version(&self) -> Result<(), ArmError> {
        let Some(version) = self.query.get("api-version").filter(|version| !version.is_empty()) else {
            let message = "The api-version query parameter (?api-version=) is required for all requests.";
            return Err(ArmError::new(StatusCode::BAD_REQUEST, "MissingApiVersionParameter", message));
        };
        let date = version.strip_suffix("-preview").unwrap_or(version);
        let is_date = date.len() == 10
            && date
                .bytes()
                .enumerate()
                .all(|(at, byte)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() });
        if is_date && date >= API_VERSION_OLDEST {
            return Ok(());
        }
        let message = format!(
            "The api-version '{version}' is invalid. Supported are all dates from '{API_VERSION_OLDEST}' on, for example '2024-05-01'."
        );
        Err(ArmError::new(StatusCode::BAD_REQUEST, "InvalidApiVersionParameter", message))
    }

    /// The body as a JSON object; an empty body is an empty object.
    pub fn json(&self) -> Result<Map<String, Value>, ArmError> {
        json_object(&self.body)
    }

    /// The object under `properties`. `None` when the body has none.
    pub fn properties(&self) -> Result<Option<Map<String, Value>>, ArmError> {
        match self.json()?.shift_remove("properties") {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(properties)) => Ok(Some(properties)),
            Some(_) => Err(ArmError::field("properties", "'properties' must be an object.")),
        }
    }
}

/// Reads a JSON object; an empty text is an empty object.
pub fn json_object(body: &[u8]) -> Result<Map<String, Value>, ArmError> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Map::new());
    }
    let text = std::str::from_utf8(body).map_err(|error| {
        ArmError::bad_content(format!("The request content is not valid UTF-8 (byte {}).", error.valid_up_to()))
    })?;
    // A byte order mark is not JSON, but .NET clients send one.
    match serde_json::from_str(text.trim_start_matches('\u{feff}')) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(ArmError::bad_content("The request content must be a JSON object.")),
        Err(error) => Err(ArmError::bad_content(format!(
            "The request content was invalid and could not be deserialized: '{error}'."
        ))),
    }
}

/// Reads a body up to `limit`. A larger one is read on for a while and thrown away: a client that still writes would see a
/// reset connection instead of the answer.
pub async fn read_body(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, ArmError> {
    let declared = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    let mut bytes = Vec::with_capacity(declared.unwrap_or_default().min(limit));
    let mut read = 0usize;
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk =
            chunk.map_err(|error| ArmError::bad_content(format!("The request content was cut off: {error}.")))?;
        read += chunk.len();
        if read <= limit {
            bytes.extend_from_slice(&chunk);
        } else {
            bytes = Vec::new();
        }
        if read > BODY_BYTES_DRAINED_MAX {
            break;
        }
    }
    if read > limit {
        let message = format!("The request content is larger than {limit} bytes.");
        return Err(ArmError::new(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", message));
    }
    Ok(bytes.into())
}

fn segments(path: &str) -> Result<Vec<String>, ArmError> {
    let decode = |segment: &str| percent_decode_str(segment).decode_utf8().map(|text| text.into_owned());
    let decoded: Result<Vec<String>, _> = path.split('/').filter(|segment| !segment.is_empty()).map(decode).collect();
    decoded.map_err(|_| {
        ArmError::new(
            StatusCode::BAD_REQUEST,
            "InvalidRequestUri",
            "The request URI is not valid UTF-8 after decoding.",
        )
    })
}

/// Scheme and host of links back to this server.
fn origin(headers: &HeaderMap, public_url: Option<&str>) -> String {
    if let Some(url) = public_url {
        return url.trim_end_matches('/').to_owned();
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    format!("http://{host}")
}

#[cfg(test)]
mod tests {
    use super::{json_object, segments};

    #[test]
    fn segments_are_decoded_one_by_one() {
        assert_eq!(segments("/apis/a%3Brev%3D2/").expect("good"), ["apis", "a;rev=2"]);
        assert_eq!(segments("/a%2Fb").expect("good"), ["a/b"]);
        assert!(segments("/%ff").is_err());
    }

    #[test]
    fn bad_content_says_where() {
        assert!(json_object(b" \n").expect("empty").is_empty());
        assert!(json_object(b"\xef\xbb\xbf{}").is_ok());
        assert!(json_object(b"{\"a\":\"\xff\"}").expect_err("no UTF-8").message.contains("byte 6"));
        assert!(json_object(b"{\"a\":").expect_err("cut").message.contains("line 1 column"));
        assert_eq!(json_object(b"[]").expect_err("list").code, "InvalidRequestContent");
    }
}

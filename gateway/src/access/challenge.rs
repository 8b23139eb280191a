//! What a caller without access is told (apim.md §2.0.2).

use crate::snapshot::Api;

/// Why access is denied. The status is 401.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// No key, and neither an open product nor an open API.
    Missing,
    /// The key is unknown, its subscription is not active, or it is for something else.
    Invalid,
}

impl Denial {
    /// 152 or 143 bytes of JSON.
    pub fn body(self) -> &'static [u8] {
        match self {
            Self::Missing => br#"{ "statusCode": 401, "message": "Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API." }"#,
            Self::Invalid => br#"{ "statusCode": 401, "message": "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription." }"#,
        }
    }

    /// `context.LastError.Reason`; the source is `authorization` (apim.md §4).
    pub fn reason(self) -> &'static str {
        match self {
            Self::Missing => "SubscriptionKeyNotFound",
            Self::Invalid => "SubscriptionKeyInvalid",
        }
    }

    /// `context.LastError.Message`. For a missing key it is not the text of the body ("this API" there, "an API" here).
    pub fn message(self) -> &'static str {
        match self {
            Self::Missing => {
                "Access denied due to missing subscription key. Make sure to include subscription key when making requests to this API."
            }
            Self::Invalid => {
                "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription."
            }
        }
    }
}

/// Appends the value of `WWW-Authenticate`:
/// `AzureApiManagementKey realm="https://<gateway-host>/<api-path>",name="Ocp-Apim-Subscription-Key",type="header"`.
/// `host` is the request's `Host`; what could end the quoted text is left out.
pub fn write_challenge(out: &mut Vec<u8>, host: &[u8], api: &Api) {
    let quotable = |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
    out.extend_from_slice(b"AzureApiManagementKey realm=\"https://");
    out.extend(host.iter().copied().filter(quotable));
    out.push(b'/');
    out.extend(api.path().bytes().filter(quotable));
    out.extend_from_slice(b"\",name=\"");
    out.extend(api.key_header().bytes().filter(quotable));
    out.extend_from_slice(b"\",type=\"header\"");
}

#[cfg(test)]
mod tests {
    use super::Denial;

    /// apim.md section 4, lines 703 and 704; section 2.0.2, lines 191 and 192, has the lengths.
    #[test]
    fn a_denial_says_what_the_facts_say() {
        let missing = "Access denied due to missing subscription key. Make sure to include subscription key when making requests to this API.";
        let invalid = "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription.";
        for (denial, reason, message, length) in [
            (Denial::Missing, "SubscriptionKeyNotFound", missing, 152),
            (Denial::Invalid, "SubscriptionKeyInvalid", invalid, 143),
        ] {
            assert_eq!((denial.reason(), denial.message(), denial.body().len()), (reason, message, length));
        }
    }
}

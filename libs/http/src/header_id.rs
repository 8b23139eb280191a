//! Small ids for the header names the gateway has an opinion on, found without hashing unknown names.
//!
//! The ids are also the place where names are classified: what is hop-by-hop, what `Connection` may not remove, what may
//! stand in a trailer. A new well-known name is one line in the table and, if it is special, one in a class.

/// Writes the enum and the table of names from one list, so that they cannot disagree.
macro_rules! header_ids {
    ($($id:ident = $name:literal,)+) => {
        /// A header name known to this crate, or one of the two kinds of unknown names.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[repr(u8)]
        pub enum HeaderId {
            /// Any name without an id of its own.
            #[default]
            Other,
            /// A name that equals one of the `X-Forwarded-*` family when `_` is read as `-`, as CGI-like servers do.
            /// It could only serve to forge what the gateway writes and is never forwarded.
            Lookalike,
            $(#[doc = concat!("`", $name, "`")] $id,)+
        }

        const IDS: &[HeaderId] = &[HeaderId::Other, HeaderId::Lookalike, $(HeaderId::$id),+];
        const NAMES: &[&str] = &["", "", $($name),+];
    };
}

header_ids! {
    Host = "host",
    Connection = "connection",
    ContentLength = "content-length",
    TransferEncoding = "transfer-encoding",
    Te = "te",
    Trailer = "trailer",
    Upgrade = "upgrade",
    KeepAlive = "keep-alive",
    ProxyConnection = "proxy-connection",
    ProxyAuthenticate = "proxy-authenticate",
    ProxyAuthorization = "proxy-authorization",
    ProxyAuthenticationInfo = "proxy-authentication-info",
    Http2Settings = "http2-settings",
    Expect = "expect",
    Forwarded = "forwarded",
    XForwardedFor = "x-forwarded-for",
    XForwardedProto = "x-forwarded-proto",
    XForwardedHost = "x-forwarded-host",
    XForwardedPort = "x-forwarded-port",
    XRealIp = "x-real-ip",
    XOriginalUrl = "x-original-url",
    XRewriteUrl = "x-rewrite-url",
    Via = "via",
    Authorization = "authorization",
    WwwAuthenticate = "www-authenticate",
    Cookie = "cookie",
    SetCookie = "set-cookie",
    OcpApimSubscriptionKey = "ocp-apim-subscription-key",
    ContentType = "content-type",
    ContentEncoding = "content-encoding",
    ContentLanguage = "content-language",
    ContentRange = "content-range",
    ContentLocation = "content-location",
    ContentDisposition = "content-disposition",
    Accept = "accept",
    AcceptEncoding = "accept-encoding",
    AcceptLanguage = "accept-language",
    AcceptRanges = "accept-ranges",
    CacheControl = "cache-control",
    Pragma = "pragma",
    Expires = "expires",
    Age = "age",
    Date = "date",
    ETag = "etag",
    LastModified = "last-modified",
    Vary = "vary",
    Location = "location",
    RetryAfter = "retry-after",
    Server = "server",
    Allow = "allow",
    IfMatch = "if-match",
    IfNoneMatch = "if-none-match",
    IfModifiedSince = "if-modified-since",
    IfUnmodifiedSince = "if-unmodified-since",
    IfRange = "if-range",
    Range = "range",
    Origin = "origin",
    Referer = "referer",
    UserAgent = "user-agent",
    AccessControlRequestMethod = "access-control-request-method",
    AccessControlRequestHeaders = "access-control-request-headers",
    MaxForwards = "max-forwards",
}

const _: () = assert!(IDS.len() <= 64, "sets of ids are kept in a u64");

impl HeaderId {
    /// The id of a name, compared without case.
    #[inline]
    pub fn of(name: &[u8]) -> Self {
        let candidate = SLOTS[slot_of(name)];
        if equals_lower_case(name, candidate.name().as_bytes()) { candidate } else { Self::Other }
    }

    /// The name in lower case; empty for `Other` and `Lookalike`.
    #[inline]
    pub fn name(self) -> &'static str {
        NAMES[self as usize]
    }

    /// This id's bit in a set of ids.
    #[inline]
    pub(crate) fn bit(self) -> u64 {
        1 << self as u8
    }

    /// Whether the field is meant for one connection by its name, see [`HOP_BY_HOP`].
    #[inline]
    pub fn is_hop_by_hop(self) -> bool {
        HOP_BY_HOP & self.bit() != 0
    }

    /// Whether the field may be forwarded in a trailer section. RFC 9110 §6.5.1 forbids fields for framing, routing,
    /// request modifiers, authentication and content format there; of the names known here only these are none of those.
    pub(crate) fn is_allowed_in_trailer(self) -> bool {
        const SET: u64 = set(&[HeaderId::Other, HeaderId::ETag, HeaderId::Server, HeaderId::Via]);
        SET & self.bit() != 0
    }
}

/// Fields that speak of one connection or one hop's framing and are never copied to the next (RFC 9110 §7.6.1; the
/// `Proxy-*` authentication fields are consumed by the first proxy, §11.7; `HTTP2-Settings` belongs to an h2c upgrade).
/// `Content-Length` is not among them: it is rewritten only when the body's framing changes.
pub(crate) const HOP_BY_HOP: u64 = set(&[
    HeaderId::Lookalike,
    HeaderId::Connection,
    HeaderId::TransferEncoding,
    HeaderId::Te,
    HeaderId::Upgrade,
    HeaderId::KeepAlive,
    HeaderId::ProxyConnection,
    HeaderId::ProxyAuthenticate,
    HeaderId::ProxyAuthorization,
    HeaderId::ProxyAuthenticationInfo,
    HeaderId::Http2Settings,
]);

/// The set of these ids.
pub(crate) const fn set(ids: &[HeaderId]) -> u64 {
    let mut bits = 0;
    let mut index = 0;
    while index < ids.len() {
        bits |= 1 << ids[index] as u8;
        index += 1;
    }
    bits
}

/// What the underscores of a name hide when they are read as hyphens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Disguise {
    /// Nothing we care about.
    None,
    /// Content-Length or Transfer-Encoding: a second opinion on framing.
    Framing,
    /// One of the `X-Forwarded-*` family.
    Forwarded,
}

/// Looks behind the underscores of a name that has some.
pub(crate) fn disguise(name: &[u8]) -> Disguise {
    let hides = |id: HeaderId| {
        let known = id.name().as_bytes();
        name.len() == known.len()
            && name.iter().zip(known).all(|(&byte, &plain)| {
                let byte = if byte == b'_' { b'-' } else { byte.to_ascii_lowercase() };
                byte == plain
            })
    };
    if hides(HeaderId::ContentLength) || hides(HeaderId::TransferEncoding) {
        Disguise::Framing
    } else if [HeaderId::XForwardedFor, HeaderId::XForwardedProto, HeaderId::XForwardedHost, HeaderId::XForwardedPort]
        .into_iter()
        .any(hides)
    {
        Disguise::Forwarded
    } else {
        Disguise::None
    }
}

/// Whether `name` is `lower` but for case; `lower` holds lower-case letters, digits and `-`. Eight bytes at a time, the
/// last eight overlapping; about a third of the time of a loop over single bytes.
#[inline]
fn equals_lower_case(name: &[u8], lower: &[u8]) -> bool {
    if name.len() != lower.len() {
        return false;
    }
    let (Some(last_name), Some(last_lower)) = (last_word(name), last_word(lower)) else {
        return name.eq_ignore_ascii_case(lower);
    };
    let (names, _) = name.as_chunks::<8>();
    let (lowers, _) = lower.as_chunks::<8>();
    let is_equal = |(name, lower): (&[u8; 8], &[u8; 8])| {
        equals_lower_case_word(u64::from_le_bytes(*name), u64::from_le_bytes(*lower))
    };
    names.iter().zip(lowers).all(is_equal) && equals_lower_case_word(last_name, last_lower)
}

/// The last eight bytes; of four to seven bytes the first four and the last four.
#[inline]
fn last_word(name: &[u8]) -> Option<u64> {
    if let Some(last) = name.last_chunk::<8>() {
        return Some(u64::from_le_bytes(*last));
    }
    let (first, last) = (name.first_chunk::<4>()?, name.last_chunk::<4>()?);
    Some(u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32)
}

/// Setting 0x20 makes letters lower case and leaves digits and `-` alone, but it also makes `-` of CR and digits of other
/// control bytes; those are the bytes that have neither 0x20 nor 0x40.
#[inline]
fn equals_lower_case_word(name: u64, lower: u64) -> bool {
    const BIT_5: u64 = 0x2020_2020_2020_2020;
    const BIT_6: u64 = BIT_5 << 1;
    name | BIT_5 == lower && (name | name << 1) & BIT_6 == BIT_6
}

/// Perfect hash over the known names: length, first byte, last byte and the fourth from the end, weighted. The weights
/// were found by search; the table below does not compile when two names meet.
#[inline]
const fn slot_of(name: &[u8]) -> usize {
    let Some((&first, _)) = name.split_first() else { return 0 };
    let len = name.len();
    let fourth = name[len.saturating_sub(4)];
    let sum =
        len * 13 + (first | 0x20) as usize * 14 + (name[len - 1] | 0x20) as usize * 32 + (fourth | 0x20) as usize * 16;
    sum % SLOT_COUNT
}

const SLOT_COUNT: usize = 256;

static SLOTS: [HeaderId; SLOT_COUNT] = {
    let mut slots = [HeaderId::Other; SLOT_COUNT];
    let mut index = HeaderId::Lookalike as usize + 1;
    while index < IDS.len() {
        let slot = slot_of(NAMES[index].as_bytes());
        assert!(matches!(slots[slot], HeaderId::Other), "two known names share a slot: search new weights");
        slots[slot] = IDS[index];
        index += 1;
    }
    slots
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_name_is_found_in_any_case() {
        for &id in &IDS[2..] {
            assert_eq!(HeaderId::of(id.name().as_bytes()), id);
            assert_eq!(HeaderId::of(id.name().to_ascii_uppercase().as_bytes()), id);
        }
    }

    #[test]
    fn names_one_byte_off_are_other() {
        for &id in &IDS[2..] {
            let name = id.name().as_bytes();
            for position in 0..name.len() {
                for byte in (0..=255).filter(|byte: &u8| byte.to_ascii_lowercase() != name[position]) {
                    let mut altered = name.to_vec();
                    altered[position] = byte;
                    let found = HeaderId::of(&altered);
                    assert!(
                        found == HeaderId::Other || found != id && altered == found.name().as_bytes(),
                        "{altered:?}"
                    );
                }
            }
            assert_ne!(HeaderId::of(&name[1..]), id);
            assert_ne!(HeaderId::of(&name[..name.len() - 1]), id);
        }
        assert_eq!(HeaderId::of(b""), HeaderId::Other);
    }

    #[test]
    fn underscores_do_not_hide_framing_or_forwarding() {
        for (name, expected) in [
            (&b"Transfer_Encoding"[..], Disguise::Framing),
            (b"content_LENGTH", Disguise::Framing),
            (b"X_Forwarded-For", Disguise::Forwarded),
            (b"X_Forwarded_Proto", Disguise::Forwarded),
            (b"api_key", Disguise::None),
        ] {
            assert_eq!(disguise(name), expected, "{name:?}");
        }
    }
}

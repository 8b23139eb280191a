//! Which host names are served: exact names, then names with one leading wildcard label, or any.

use super::literals::{Literals, NodeId};
use super::segment::Segment;

/// Parents of the two kinds of edges.
const EXACT: NodeId = 0;
const WILDCARD: NodeId = 1;

/// The names from the bundle; none of them means that every `Host` is served.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hosts {
    names: Option<Literals>,
}

impl Hosts {
    pub(crate) fn new(names: &[String]) -> Self {
        if names.is_empty() {
            return Self::default();
        }
        let mut literals = Literals::default();
        for name in names {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            let (kind, key) = name.strip_prefix("*.").map_or((EXACT, &*name), |parent| (WILDCARD, parent));
            if literals.find_key(kind, key.as_bytes()).is_none() {
                literals.insert(kind, key.as_bytes(), 0);
            }
        }
        Self { names: Some(literals) }
    }

    /// Whether requests with this `Host` are served.
    pub(crate) fn serves(&self, host: &[u8], steps: &mut u32) -> bool {
        let Some(names) = &self.names else { return true };
        let name = without_port(host);
        if names.find(EXACT, &Segment::new(name, false), steps).is_some() {
            return true;
        }
        let Some(dot) = memchr::memchr(b'.', name) else { return false };
        dot > 0 && names.find(WILDCARD, &Segment::new(&name[dot + 1..], false), steps).is_some()
    }
}

/// The name in `name:port`, `[v6]:port` or `name.`.
fn without_port(host: &[u8]) -> &[u8] {
    let colon = host.iter().rposition(|&byte| byte == b':');
    let name = match colon {
        Some(at) if host[at + 1..].iter().all(u8::is_ascii_digit) && !host[..at].contains(&b':') => &host[..at],
        Some(at) if at > 0 && host[at - 1] == b']' => &host[..at],
        _ => host,
    };
    name.strip_suffix(b".").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_served_by_exact_name_then_by_wildcard_of_one_label() {
        let names = ["api.example.com", "*.example.org", "[::1]", "localhost"].map(str::to_owned);
        let hosts = Hosts::new(&names);
        let table = [
            ("api.example.com", true),
            ("API.Example.COM:8080", true),
            ("api.example.com.", true),
            ("other.example.com", false),
            ("a.example.org:443", true),
            ("a.b.example.org", false),
            ("example.org", false),
            (".example.org", false),
            ("[::1]:8080", true),
            ("[::1]", true),
            ("localhost:80", true),
            ("localhost:80x", false),
            ("", false),
        ];
        for (host, expected) in table {
            assert_eq!(hosts.serves(host.as_bytes(), &mut 0), expected, "{host}");
        }
        assert!(Hosts::new(&[]).serves(b"anything", &mut 0) && Hosts::new(&[]).serves(b"", &mut 0));
    }
}

//! From the front of a path to an API revision: path prefix, version, revision.
//!
//! The longest prefix that ends at a segment boundary wins and there is no way back from it: a request for one API never
//! reaches another because an operation is missing. Version segments are part of the prefix; header and query versions
//! hang below it; `;rev=n` closes it. All of that is one tree with one table of edges, so a look-up costs the same with
//! ten APIs and with ten thousand.

use std::sync::Arc;

use super::limits::TEMPLATE_SEGMENTS_MAX;
use super::literals::{Literals, NONE, NodeId};
use super::query;
use super::segment::Segment;
use super::table::RouteRequest;
use super::template::octets;

/// An API's place in the snapshot's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ApiIndex(pub(crate) u32);

/// Copied for each worker: a handful of flat lists.
#[derive(Debug, Clone)]
pub(crate) struct Prefixes {
    nodes: Vec<Node>,
    literals: Literals,
    schemes: Arc<[Scheme]>,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    /// Whether a path segment can lead on.
    has_children: bool,
    http: Slot,
    websocket: Slot,
    schemes_start: u32,
    schemes_count: u32,
    /// Node whose edges are revision numbers.
    revisions: NodeId,
}

impl Node {
    const EMPTY: Self = Self {
        has_children: false,
        http: Slot::Free,
        websocket: Slot::Free,
        schemes_start: 0,
        schemes_count: 0,
        revisions: NONE,
    };

    /// Whether a prefix may end here.
    fn is_endpoint(&self) -> bool {
        self.http != Slot::Free || self.websocket != Slot::Free || self.schemes_count > 0 || self.revisions != NONE
    }
}

/// What answers at a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slot {
    Free,
    Api(ApiIndex),
    /// An API belongs here but could not be built: the place is kept, so that no API with a shorter prefix gets its calls.
    LeftOut,
}

/// A place where requests for one path name their version.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Scheme {
    place: VersionPlace,
    /// Node whose edges are the versions.
    versions: NodeId,
}

/// Where a request names the version of a header- or query-versioned API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum VersionPlace {
    /// Header name.
    Header(Box<str>),
    /// Decoded and folded parameter name.
    Query(Box<[u8]>),
}

/// What the front of a path led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// The API, and where the rest of the path begins.
    Api(ApiIndex, usize),
    /// Nothing there.
    Nothing,
    /// A header- or query-versioned path without a version, and no unversioned API there.
    VersionMissing,
}

/// Where an API answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// Path with its version segment, no slashes at the ends.
    pub(crate) path: Box<str>,
    /// Header or query versioning; with an empty value it is the unversioned original.
    pub(crate) version: Option<(VersionPlace, Box<str>)>,
    pub(crate) revision: Box<str>,
    pub(crate) is_current: bool,
    pub(crate) websocket: bool,
}

/// Why an API cannot have its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PlaceError {
    #[error("the path has more than {TEMPLATE_SEGMENTS_MAX} segments")]
    TooManySegments,
    #[error("the path contains `{segment}`, which no request can have there")]
    Segment { segment: String },
    #[error("another API has the same path, version and revision")]
    Taken { by: Option<ApiIndex> },
}

impl Prefixes {
    pub(super) fn find(
        &self,
        path: &[u8],
        escaped: bool,
        parameters: bool,
        request: &RouteRequest<'_>,
        steps: &mut u32,
    ) -> Found {
        let Some(root) = self.nodes.first() else { return Found::Nothing };
        let mut best = root.is_endpoint().then_some((0, 0));
        let mut revision = None;
        let (mut id, mut at) = (0, 0);
        while self.nodes[id as usize].has_children || parameters {
            let start = at + 1;
            if start >= path.len() {
                break;
            }
            let segment = Segment::next(path, start, escaped);
            let end = start + segment.octets.len();
            if parameters && let Some((base, number)) = split_revision(segment.octets) {
                let node = if base.is_empty() && at == 0 {
                    Some(0)
                } else {
                    self.literals.find(id, &Segment::new(base, escaped), steps)
                };
                if let Some(node) = node.filter(|&node| self.nodes[node as usize].is_endpoint()) {
                    best = Some((node, end));
                    revision = Some(number);
                    break;
                }
            }
            let Some(child) = self.literals.find_lenient(id, &segment, parameters, steps) else { break };
            (id, at) = (child, end);
            if self.nodes[id as usize].is_endpoint() {
                best = Some((id, at));
            }
        }
        let Some((node, end)) = best else { return Found::Nothing };
        match self.select(node, revision, request, steps) {
            Ok(Slot::Api(api)) => Found::Api(api, end),
            Ok(Slot::Free | Slot::LeftOut) => Found::Nothing,
            Err(VersionMissing) => Found::VersionMissing,
        }
    }

    /// Version, then revision, then protocol.
    fn select(
        &self,
        id: NodeId,
        revision: Option<&[u8]>,
        request: &RouteRequest<'_>,
        steps: &mut u32,
    ) -> Result<Slot, VersionMissing> {
        let mut node = &self.nodes[id as usize];
        let first = node.schemes_start as usize;
        let schemes = &self.schemes[first..first + node.schemes_count as usize];
        if !schemes.is_empty() {
            let named = schemes.iter().find_map(|scheme| Some((scheme.versions, scheme.place.read(request)?)));
            match named {
                Some((versions, value)) => match self.literals.find(versions, &Segment::new(value, true), steps) {
                    Some(version) => node = &self.nodes[version as usize],
                    None => return Ok(Slot::Free),
                },
                None if node.http == Slot::Free && node.websocket == Slot::Free && node.revisions == NONE => {
                    return Err(VersionMissing);
                }
                None => {}
            }
        }
        if let Some(number) = revision {
            let found = (node.revisions != NONE)
                .then(|| self.literals.find(node.revisions, &Segment::new(number, false), steps))
                .flatten();
            match found {
                Some(revision) => node = &self.nodes[revision as usize],
                None => return Ok(Slot::Free),
            }
        }
        Ok(match (request.websocket, node.websocket) {
            (false, _) | (true, Slot::Free) => node.http,
            (true, websocket) => websocket,
        })
    }
}

struct VersionMissing;

impl VersionPlace {
    fn read<'a>(&self, request: &RouteRequest<'a>) -> Option<&'a [u8]> {
        let value = match self {
            Self::Header(name) => (request.header)(name)?.trim_ascii(),
            Self::Query(name) => query::value(request.query, name)?.value,
        };
        (!value.is_empty()).then_some(value)
    }

    /// A query parameter's name as requests' names are compared.
    pub(crate) fn query(name: &str) -> Self {
        Self::Query(query::Decoded::new(name.as_bytes()).map(|byte| byte.to_ascii_lowercase()).collect())
    }
}

/// `base;rev=n` into its halves.
fn split_revision(segment: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(b';', segment)?;
    let (base, rest) = segment.split_at(at);
    let (name, number) = rest.split_at_checked(b";rev=".len())?;
    name.eq_ignore_ascii_case(b";rev=").then_some((base, number))
}

/// Collects places; order matters where two APIs want the same one: the first gets it.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    nodes: Vec<Node>,
    literals: Literals,
    schemes: Vec<(NodeId, Scheme)>,
}

impl Builder {
    /// Gives `api` its place, `None` for an API that is left out.
    pub(crate) fn add(&mut self, place: &Place, api: Option<ApiIndex>) -> Result<(), PlaceError> {
        if self.nodes.is_empty() {
            self.nodes.push(Node::EMPTY);
        }
        let mut id = 0;
        for (count, segment) in place.path.split('/').filter(|segment| !segment.is_empty()).enumerate() {
            if count == TEMPLATE_SEGMENTS_MAX {
                return Err(PlaceError::TooManySegments);
            }
            if matches!(segment, "." | "..") || segment.contains([';', '\\', '?', '#']) {
                return Err(PlaceError::Segment { segment: segment.to_owned() });
            }
            self.nodes[id as usize].has_children = true;
            id = self.edge(id, &octets(segment));
        }
        match &place.version {
            Some((scheme, value)) if !value.is_empty() => id = self.version(id, scheme, value),
            _ => {}
        }
        let slot = api.map_or(Slot::LeftOut, Slot::Api);
        let revisions = self.revisions(id);
        let revision = self.edge(revisions, &octets(&place.revision));
        self.free(revision, place.websocket)?;
        if place.is_current {
            self.free(id, place.websocket)?;
            *self.slot(id, place.websocket) = slot;
        }
        *self.slot(revision, place.websocket) = slot;
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Prefixes {
        self.schemes.sort_by_key(|(node, _)| *node);
        for (index, (node, _)) in self.schemes.iter().enumerate() {
            let node = &mut self.nodes[*node as usize];
            if node.schemes_count == 0 {
                node.schemes_start = index as u32;
            }
            node.schemes_count += 1;
        }
        let schemes = self.schemes.into_iter().map(|(_, scheme)| scheme).collect();
        Prefixes { nodes: self.nodes, literals: self.literals, schemes }
    }

    fn node(&mut self) -> NodeId {
        self.nodes.push(Node::EMPTY);
        (self.nodes.len() - 1) as NodeId
    }

    fn edge(&mut self, parent: NodeId, key: &[u8]) -> NodeId {
        self.literals.find_key(parent, key).unwrap_or_else(|| {
            let child = self.node();
            self.literals.insert(parent, key, child);
            child
        })
    }

    fn version(&mut self, at: NodeId, place: &VersionPlace, value: &str) -> NodeId {
        let known = self.schemes.iter().find(|(node, scheme)| *node == at && scheme.place == *place);
        let versions = match known {
            Some((_, scheme)) => scheme.versions,
            None => {
                let versions = self.node();
                self.schemes.push((at, Scheme { place: place.clone(), versions }));
                versions
            }
        };
        self.edge(versions, &octets(value))
    }

    fn revisions(&mut self, at: NodeId) -> NodeId {
        if self.nodes[at as usize].revisions == NONE {
            self.nodes[at as usize].revisions = self.node();
        }
        self.nodes[at as usize].revisions
    }

    fn slot(&mut self, node: NodeId, websocket: bool) -> &mut Slot {
        let node = &mut self.nodes[node as usize];
        if websocket { &mut node.websocket } else { &mut node.http }
    }

    fn free(&mut self, node: NodeId, websocket: bool) -> Result<(), PlaceError> {
        match *self.slot(node, websocket) {
            Slot::Free => Ok(()),
            Slot::Api(by) => Err(PlaceError::Taken { by: Some(by) }),
            Slot::LeftOut => Err(PlaceError::Taken { by: None }),
        }
    }
}

//! The route table: one request in, one operation out.
//!
//! What must hold: `find` allocates nothing once the match's path buffer has grown, takes no lock, touches no reference
//! counter, and its cost depends on the request's path alone, not on how many APIs and operations there are.

use std::sync::Arc;

use crate::observe::series::SeriesId;
use crate::snapshot::Api;

use super::hosts::Hosts;
use super::method::Method;
use super::not_found::NotFound;
use super::operations::{Captures, OperationTable, Search, Wanted};
use super::path::{Form, normalise};
use super::prefixes::{ApiIndex, Found, Prefixes};

/// An operation's place in its API's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OperationIndex(pub(crate) u32);

/// What routing looks at in a request. All of it borrowed from the read buffer.
#[derive(Clone, Copy)]
pub struct RouteRequest<'a> {
    /// `Host` as sent: any case, with or without port; may be empty.
    pub host: &'a [u8],
    /// Method name, case-sensitive.
    pub method: &'a [u8],
    /// Path of the request target as sent; empty counts as `/`.
    pub path: &'a [u8],
    /// Query as sent, without the question mark; empty when there is none.
    pub query: &'a [u8],
    /// A WebSocket handshake: prefers an API of that kind where two share a path.
    pub websocket: bool,
    /// First value of a header, by name in any case. Called for header-versioned APIs and for `OPTIONS` only.
    pub header: &'a dyn Fn(&str) -> Option<&'a [u8]>,
}

/// One worker's copy. [`crate::snapshot::Snapshot::table`] makes it.
#[derive(Debug, Clone)]
pub struct RouteTable {
    hosts: Hosts,
    prefixes: Prefixes,
    apis: Arc<[Arc<ApiRoutes>]>,
}

/// What routing needs of one API; shared by all workers and over generations.
#[derive(Debug, Default)]
pub struct ApiRoutes {
    pub(crate) operations: OperationTable,
    /// By operation index.
    pub(crate) series: Box<[SeriesId]>,
}

/// The outcome of a search; kept and reused for request after request.
#[derive(Debug, Default)]
pub struct RouteMatch {
    api: Option<ApiIndex>,
    operation: Option<OperationIndex>,
    series: SeriesId,
    preflight: bool,
    /// Whether the normal form of the path differs from the raw one and is in `buffer`.
    rewritten: bool,
    buffer: Vec<u8>,
    /// Where the API's prefix ends in the normalised path.
    prefix_end: usize,
    captures: Captures,
    steps: u32,
}

impl RouteTable {
    pub(crate) fn new(hosts: Hosts, prefixes: Prefixes, apis: Arc<[Arc<ApiRoutes>]>) -> Self {
        Self { hosts, prefixes, apis }
    }

    /// Finds the operation for a request.
    ///
    /// # Errors
    /// Why there is none. With [`NotFound::Operation`] `found` tells the API.
    pub fn find(&self, request: &RouteRequest<'_>, found: &mut RouteMatch) -> Result<(), NotFound> {
        found.clear();
        // Authority form and `*` have no path that an API could be at.
        let has_path = request.path.first().is_none_or(|&byte| byte == b'/');
        if !has_path || !self.hosts.serves(request.host, &mut found.steps) {
            return Err(NotFound::Api);
        }
        let form = normalise(request.path, &mut found.buffer).map_err(NotFound::Path)?;
        let (path, escaped, parameters) = match form {
            Form::Normal { escaped, parameters } => (request.path, escaped, parameters),
            Form::Rewritten { escaped, parameters } => {
                found.rewritten = true;
                (found.buffer.as_slice(), escaped, parameters)
            }
        };
        let (api, end) = match self.prefixes.find(path, escaped, parameters, request, &mut found.steps) {
            Found::Api(api, end) => (api, end),
            Found::Nothing => return Err(NotFound::Api),
            Found::VersionMissing => return Err(NotFound::Version),
        };
        found.api = Some(api);
        found.prefix_end = end;
        let Some(routes) = self.apis.get(api.0 as usize) else { return Err(NotFound::Api) };
        let mut search = Search {
            path,
            query: request.query,
            wanted: Wanted::Method(Method::new(request.method)),
            escaped,
            parameters,
            captures: &mut found.captures,
            steps: &mut found.steps,
        };
        let operation = if request.method == b"OPTIONS" {
            find_options(&routes.operations, request, &mut search, end, &mut found.preflight)
        } else {
            routes.operations.find(&mut search, end)
        };
        let operation = operation.ok_or(NotFound::Operation)?;
        found.operation = Some(OperationIndex(operation));
        found.series = routes.series.get(operation as usize).copied().unwrap_or_default();
        Ok(())
    }
}

/// `OPTIONS`: an operation of that name, else the operation a preflight asks for, else one for every method, else (an
/// `Origin` alone) whatever is at the path, so that `cors` can answer.
fn find_options(
    operations: &OperationTable,
    request: &RouteRequest<'_>,
    search: &mut Search<'_>,
    at: usize,
    preflight: &mut bool,
) -> Option<u32> {
    let mut find = |wanted: Wanted<'_>| {
        let mut again = Search { wanted, captures: search.captures, steps: search.steps, ..*search };
        operations.find(&mut again, at)
    };
    if let Some(operation) = find(Wanted::Named(Method::new(b"OPTIONS"))) {
        return Some(operation);
    }
    let has_origin = (request.header)("Origin").is_some();
    let asked = (request.header)("Access-Control-Request-Method").filter(|_| has_origin);
    if let Some(method) = asked {
        *preflight = true;
        return find(Wanted::Method(Method::new(method.trim_ascii()))).or_else(|| find(Wanted::Any));
    }
    find(Wanted::Method(Method::new(b"OPTIONS"))).or_else(|| {
        *preflight = has_origin;
        has_origin.then(|| find(Wanted::Any)).flatten()
    })
}

impl RouteMatch {
    fn clear(&mut self) {
        self.api = None;
        self.operation = None;
        self.series = SeriesId::UNMATCHED;
        self.preflight = false;
        self.rewritten = false;
        self.prefix_end = 0;
        self.captures.clear();
        self.steps = 0;
    }

    /// The API, also when none of its operations fits. Valid for the snapshot whose table was asked.
    pub fn api(&self) -> Option<ApiIndex> {
        self.api
    }

    /// The operation.
    pub fn operation(&self) -> Option<OperationIndex> {
        self.operation
    }

    /// Where the request is counted.
    pub fn series(&self) -> SeriesId {
        self.series
    }

    /// Whether this is a CORS preflight for an API without `OPTIONS` operation here: then [`RouteMatch::operation`] is
    /// the one the caller asks about, and only the `cors` policy may run.
    pub fn preflight(&self) -> bool {
        self.preflight
    }

    /// The normalised path. `raw` is the path the search was made with.
    pub fn path<'a>(&'a self, raw: &'a [u8]) -> &'a [u8] {
        if self.rewritten { &self.buffer } else { raw }
    }

    /// The API's part of the path: `/echo/v1`, `/echo;rev=2`; empty for an API at the root.
    pub fn api_path<'a>(&'a self, raw: &'a [u8]) -> &'a [u8] {
        self.path(raw).get(..self.prefix_end).unwrap_or(b"")
    }

    /// What follows the API's part: empty, or begins with a slash.
    pub fn forward_path<'a>(&'a self, raw: &'a [u8]) -> &'a [u8] {
        self.path(raw).get(self.prefix_end..).unwrap_or(b"")
    }

    /// How many parameters the operation's URL template has.
    pub fn parameter_count(&self) -> usize {
        self.captures.count()
    }

    /// Name and value (still percent-encoded) of a template parameter; `None` for one that is not in the request.
    pub fn parameter<'a>(
        &'a self,
        index: usize,
        api: &'a Api,
        raw_path: &'a [u8],
        raw_query: &'a [u8],
    ) -> Option<(&'a str, &'a [u8])> {
        let name = api.operation(self.operation?).parameters().get(index)?;
        Some((name, self.value(index, raw_path, raw_query)?))
    }

    /// The value (still percent-encoded) of a template parameter, by name in any case.
    pub fn named<'a>(&'a self, name: &str, api: &'a Api, raw_path: &'a [u8], raw_query: &'a [u8]) -> Option<&'a [u8]> {
        let names = api.operation(self.operation?).parameters();
        let index = names.iter().position(|known| known.eq_ignore_ascii_case(name))?;
        self.value(index, raw_path, raw_query)
    }

    /// Table slots, nodes and candidates the search looked at: what the cost of a search is measured in.
    pub fn steps(&self) -> u32 {
        self.steps
    }

    fn value<'a>(&'a self, index: usize, raw_path: &'a [u8], raw_query: &'a [u8]) -> Option<&'a [u8]> {
        let source = if index < self.captures.in_path { self.path(raw_path) } else { raw_query };
        source.get(self.captures.range(index)?)
    }
}

#[cfg(test)]
mod tests;

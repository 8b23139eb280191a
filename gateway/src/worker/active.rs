//! The configuration a worker serves, as requests see it.
//!
//! What must hold: a request holds the `Rc` of the configuration it began with until its end, so a swap never changes a
//! request half-way; the last request drops it. Shared parts inside are reached by reference, never by cloning an `Arc`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::route::RouteTable;
use crate::snapshot::{Snapshot, Upstream};

/// URLs from `set-backend-service base-url` that are kept parsed; literal ones are few, computed ones may be many.
const URLS_MAX: usize = 4_096;

/// One generation in force on this worker.
#[derive(Debug)]
pub(crate) struct Active {
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) table: RouteTable,
    urls: RefCell<HashMap<Box<str>, Rc<Upstream>, ahash::RandomState>>,
}

impl Active {
    pub(crate) fn new(snapshot: Arc<Snapshot>, table: RouteTable) -> Rc<Self> {
        Rc::new(Self { snapshot, table, urls: RefCell::default() })
    }

    /// The upstream of a URL that a policy names, parsed once per generation.
    ///
    /// # Errors
    /// What is wrong with the URL.
    pub(crate) fn upstream_of(&self, url: &str) -> Result<Rc<Upstream>, String> {
        let mut urls = self.urls.borrow_mut();
        if let Some(upstream) = urls.get(url) {
            return Ok(Rc::clone(upstream));
        }
        let upstream = Rc::new(Upstream::parse(url).map_err(|error| error.to_string())?);
        if urls.len() >= URLS_MAX {
            urls.clear();
        }
        urls.insert(url.into(), Rc::clone(&upstream));
        Ok(upstream)
    }
}

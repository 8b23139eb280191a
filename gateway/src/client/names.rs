//! One worker's cache of resolved names.
//!
//! What must hold: a name is asked for once at a time, whoever waits for it; a stale answer is used while a new one is
//! fetched, so that a slow name server delays no request of a known backend.

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::resolve::Answer;
use crate::io::Notify;
use crate::worker::{ReplyTo, Shared};

/// `getaddrinfo` tells no time to live; this is how fast a changed record is followed.
const FRESH: Duration = Duration::from_secs(10);
/// A failed lookup is not repeated sooner: an unknown name must not flood the name server.
const FAILED_FRESH: Duration = Duration::from_secs(1);
/// Names kept. Backends come from configuration; the limit guards against policies that make up host names.
const NAMES_MAX: usize = 10_000;

type Addresses = Result<Rc<[IpAddr]>, Rc<str>>;

#[derive(Debug, Default)]
struct Name {
    known: Option<(Addresses, Instant)>,
    asked: bool,
    changed: Rc<Notify>,
}

/// The cache. Answers come in through [`Names::learn`].
#[derive(Debug)]
pub(crate) struct Names {
    shared: Arc<Shared>,
    reply_to: ReplyTo,
    names: RefCell<HashMap<Box<str>, Name>>,
}

impl Names {
    pub(crate) fn new(shared: Arc<Shared>, reply_to: ReplyTo) -> Self {
        Self { shared, reply_to, names: RefCell::default() }
    }

    /// The addresses of `host`, which may be a literal. Waits only for a name that is not known yet.
    ///
    /// # Errors
    /// The system's message for a name that does not resolve.
    pub(crate) async fn look_up(&self, host: &str) -> Addresses {
        if let Ok(literal) = host.parse::<IpAddr>() {
            return Ok(Rc::new([literal]));
        }
        loop {
            let changed = match self.known_or_ask(host) {
                Ok(known) => return known,
                Err(changed) => changed,
            };
            changed.notified().await;
        }
    }

    fn known_or_ask(&self, host: &str) -> Result<Addresses, Rc<Notify>> {
        let mut names = self.names.borrow_mut();
        if !names.contains_key(host) {
            if names.len() >= NAMES_MAX {
                names.retain(|_, name| name.asked);
            }
            names.insert(host.into(), Name::default());
        }
        let Some(name) = names.get_mut(host) else { return Err(Rc::default()) };
        let fresh = name
            .known
            .as_ref()
            .is_some_and(|(result, at)| at.elapsed() < if result.is_ok() { FRESH } else { FAILED_FRESH });
        if !fresh && !name.asked {
            name.asked = true;
            self.shared.resolver.ask(host, &self.reply_to);
        }
        match &name.known {
            // A failure is not served stale: the name may exist by now.
            Some((result, _)) if fresh || result.is_ok() => Ok(result.clone()),
            _ => Err(Rc::clone(&name.changed)),
        }
    }

    /// Takes an answer of the resolver and lets those go on who waited for it.
    pub(crate) fn learn(&self, answer: Answer) {
        let mut names = self.names.borrow_mut();
        let Some(name) = names.get_mut(&answer.host) else { return };
        name.asked = false;
        let keep_old = answer.result.is_err() && matches!(&name.known, Some((Ok(_), _)));
        let result = answer.result.map(Rc::from).map_err(Rc::from);
        // An address that worked is better than none: the old one stays while the name server fails.
        match &mut name.known {
            Some((_, at)) if keep_old => *at = Instant::now(),
            known => *known = Some((result, Instant::now())),
        }
        name.changed.notify_all();
    }
}

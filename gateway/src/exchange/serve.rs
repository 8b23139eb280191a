//! One request, from its head to its line in the access log, in this order:
//! head → route → access → inbound → forward → outbound → respond → account.

use std::cell::OnceCell;
use std::pin::pin;
use std::rc::Rc;
use std::time::Instant;

use postern_http::{BodyLength, Method};
use postern_policy::{Advance, Effect, Exchange as _, LastError, Preflight, Program, Run, Section, Side};

use super::intake::{Intake, Rest};
use super::{Content, Exchange, Fate, HeldPlaces, Replaced, Response, Scratch, Source, Target, Times};
use super::{Refusal, account, forward, gone, local, perform, respond};
use crate::access::{self, Decision, Denial, Grant};
use crate::connection::{Connection, Peer};
use crate::io::Socket;
use crate::observe::metrics::Outcome;
use crate::route::{NotFound, RouteMatch, RouteRequest};
use crate::worker::{Active, Context};

/// Serves the request whose head is at the start of the connection's inbox.
pub(crate) async fn serve(context: &Rc<Context>, connection: &mut Connection, scratch: &mut Scratch) -> Fate {
    if scratch.head.method == Method::Connect {
        return local::refuse(context, connection, Refusal::NO_TUNNELS).await;
    }
    if local::is_status_request(connection, scratch) {
        return local::status(context, connection, scratch).await;
    }
    let Some(active) = context.active() else {
        return local::unavailable(context, connection, scratch).await;
    };
    let Connection { socket, peer, inbox } = connection;
    let (fate, rest) = serve_with(context, &active, socket, peer, inbox, scratch).await;
    take_up(inbox, rest, fate)
}

async fn serve_with(
    context: &Rc<Context>,
    active: &Rc<Active>,
    socket: &mut Socket,
    peer: &Peer,
    bytes: &[u8],
    scratch: &mut Scratch,
) -> (Fate, Rest) {
    let Scratch { head, response_head, found, run, work } = scratch;
    work.reset();
    run.reset();
    let before = account::Traffic::of(socket);
    let mut intake = Intake::new(head, bytes);
    let began = Instant::now();
    let not_found = route(active, head, bytes, found);
    let mut exchange = Exchange {
        context,
        active,
        peer,
        bytes,
        head,
        api: found.api().map(|api| active.snapshot.api(api)),
        operation: None,
        found,
        work,
        response_head,
        grant: Grant::default(),
        target: Target::Unusable("the API has no backend"),
        via: None,
        replaced: Replaced::default(),
        response: Response { source: Source::Local, content: Content::Own, status: 200, status_set: false },
        backend: None,
        backend_status: None,
        times: Times { began, backend_began: None, attempt_began: began, backend_ended: None },
        outcome: Outcome::Local,
        request_id: context.next_request_id(),
        request_id_text: OnceCell::new(),
        places: HeldPlaces::new(&context.shared.places),
        fault: None,
        meter: None,
    };
    exchange.place();
    let caller = Rc::clone(socket.watch());
    let processed = {
        let work = pin!(process(&mut exchange, run, not_found, socket, &mut intake));
        gone::while_there(&caller, work).await
    };
    if processed.is_none() {
        Box::pin(gone::give_up(&mut exchange, run, socket, &mut intake)).await;
    }
    if !run.is_settled() {
        run.begin_settling();
        if let Some(effect) = run.settle(&mut exchange) {
            Box::pin(settle(&mut exchange, run, socket, &mut intake, effect)).await;
        }
    }
    run.finish(&mut exchange);
    exchange.meter = run.meter(&exchange).map(Box::new);
    let responded = {
        let work = pin!(respond::respond(&mut exchange, socket, &mut intake));
        gone::while_there(&caller, work).await
    };
    let fate = responded.unwrap_or_else(|| {
        gone::drop_backend(&mut exchange);
        exchange.outcome = Outcome::ClientError;
        Fate::Abort
    });
    if let Some(meter) = exchange.meter.take() {
        let has_end = exchange.response_head.body != BodyLength::UntilClose;
        if let Some(effect) = run.metered(&mut exchange, *meter, has_end && fate != Fate::Abort) {
            Box::pin(settle(&mut exchange, run, socket, &mut intake, effect)).await;
        }
    }
    account::account(&mut exchange, run, before, socket, fate);
    (fate, intake.rest())
}

/// What is left of the inbox is the beginning of the next request.
pub(super) fn take_up(inbox: &mut Vec<u8>, rest: Rest, fate: Fate) -> Fate {
    match rest {
        Rest::After(length) if length >= inbox.len() => inbox.clear(),
        Rest::After(length) => drop(inbox.drain(..length)),
        Rest::Instead(left_over) => {
            inbox.clear();
            inbox.extend_from_slice(&left_over);
        }
        Rest::Unknown if fate == Fate::KeepAlive => return Fate::Close,
        Rest::Unknown => {}
    }
    fate
}

fn route(active: &Active, head: &postern_http::RequestHead, bytes: &[u8], found: &mut RouteMatch) -> Option<NotFound> {
    let header = |name: &str| head.headers.find(bytes, name.as_bytes()).map(|header| header.value.of(bytes));
    let request = RouteRequest {
        host: head.authority.of(bytes),
        method: head.method_range.of(bytes),
        path: if head.path.is_empty() { head.target_range.of(bytes) } else { head.path.of(bytes) },
        query: head.query.of(bytes),
        websocket: false,
        header: &header,
    };
    active.table.find(&request, found).err()
}

/// Everything between the head and the response. Afterwards the exchange holds the response to send.
async fn process(
    exchange: &mut Exchange<'_>,
    run: &mut Run,
    not_found: Option<NotFound>,
    socket: &mut Socket,
    intake: &mut Intake<'_>,
) {
    if let Some(not_found) = not_found {
        let is_unknown = matches!(not_found, NotFound::Api | NotFound::Operation);
        let program = exchange.program().unwrap_or_else(|| exchange.active.snapshot.service_program());
        if is_unknown && run.cross_domain(program, exchange) {
            return;
        }
        exchange.refuse_route(run, not_found);
        return on_error(exchange, run, socket, intake).await;
    }
    if let Err(denial) = exchange.access() {
        exchange.refuse_access(run, denial);
        return on_error(exchange, run, socket, intake).await;
    }
    let Some(program) = exchange.program() else { return };
    if exchange.found.preflight() {
        if run.preflight(program, exchange) == Preflight::NotHandled {
            exchange.refuse_route(run, NotFound::Operation);
            on_error(exchange, run, socket, intake).await;
        }
        return;
    }
    for section in [Section::Inbound, Section::Backend, Section::Outbound] {
        if program.is_empty(section) {
            continue;
        }
        if section == Section::Outbound && !exchange.has_response() {
            // Nothing was forwarded: what the caller will get is the response that these policies see (decisions/0014).
            exchange.set_status(200, "OK");
        }
        let after = match program.forward_only() {
            Some(options) if section == Section::Backend && !exchange.is_executed_here() => {
                forward::forward_only(exchange, run, program, socket, intake, options).await
            }
            _ => run_section(exchange, run, program, section, socket, intake).await,
        };
        match after {
            After::Section => {}
            After::Response => return,
            After::Error => return on_error(exchange, run, socket, intake).await,
        }
    }
}

/// Counts what waited for the response: does this, and what follows from it.
async fn settle(
    exchange: &mut Exchange<'_>,
    run: &mut Run,
    socket: &mut Socket,
    intake: &mut Intake<'_>,
    mut effect: Effect,
) {
    loop {
        let outcome = perform::perform(exchange, socket, intake, effect).await;
        if let postern_policy::Outcome::ForwardFailed(_) = outcome {
            // A body was needed and part of it is lost: there is no response any more.
            exchange.fault.get_or_insert_with(|| "a condition needs a body that could not be read".to_owned());
            return;
        }
        match run.settle_on(exchange, outcome) {
            Some(next) => effect = next,
            None => return,
        }
    }
}

/// How a section of a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    /// The next one follows.
    Section,
    /// The response is complete.
    Response,
    /// `on-error` follows.
    Error,
}

async fn run_section(
    exchange: &mut Exchange<'_>,
    run: &mut Run,
    program: &Program,
    section: Section,
    socket: &mut Socket,
    intake: &mut Intake<'_>,
) -> After {
    run.enter(section);
    let mut advance = run.advance(program, exchange);
    loop {
        match advance {
            Advance::SectionEnd => return After::Section,
            Advance::Respond => return After::Response,
            Advance::Failed => {
                exchange.judge_failure(run);
                return After::Error;
            }
            Advance::Perform(effect) => {
                let outcome = perform::perform(exchange, socket, intake, effect).await;
                advance = run.resume(program, exchange, outcome);
            }
        }
    }
}

/// Runs `on-error`, whose policies may change the default error response.
pub(super) async fn on_error(exchange: &mut Exchange<'_>, run: &mut Run, socket: &mut Socket, intake: &mut Intake<'_>) {
    let snapshot = &exchange.active.snapshot;
    let program = exchange.program().unwrap_or_else(|| snapshot.service_program());
    if !program.is_empty(Section::OnError) {
        Box::pin(run_section(exchange, run, program, Section::OnError, socket, intake)).await;
    }
}

impl<'a> Exchange<'a> {
    /// Looks up what the route found.
    fn place(&mut self) {
        if let (Some(api), Some(operation)) = (self.api, self.found.operation()) {
            self.operation = Some(api.operation(operation));
        }
        if let Some(upstream) = self.api.and_then(|api| api.upstream()) {
            self.target = Target::Configured(upstream);
        }
    }

    /// The effective policy of what was found; `None` when no API was.
    pub(super) fn program(&self) -> Option<&'a Program> {
        let api = self.found.api()?;
        Some(&**self.active.snapshot.program(api, self.found.operation(), self.grant.product))
    }

    /// Whether the request's query is executed by the policy machine instead of being forwarded.
    fn is_executed_here(&self) -> bool {
        self.api.and_then(|api| api.graphql()).is_some_and(|graphql| graphql.resolvers.is_some())
    }

    fn access(&mut self) -> Result<(), Denial> {
        let Some(api) = self.api else { return Ok(()) };
        let query = self.head.query.of(self.bytes);
        if self.found.preflight() {
            self.grant = access::decide_preflight(&self.active.snapshot, self.found, query);
            return Ok(());
        }
        let (id, name) = (api.key_header_id(), api.key_header().as_bytes());
        let key = self.head.headers.find_as(self.bytes, id, name);
        let key = key.map(|header| header.value.of(self.bytes));
        match access::decide(&self.active.snapshot, self.found, key, query) {
            Decision::Granted(grant) => self.grant = grant,
            Decision::Denied(denial) => return Err(denial),
        }
        Ok(())
    }

    fn refuse_route(&mut self, run: &mut Run, not_found: NotFound) {
        self.outcome = if not_found.status() == 404 { Outcome::NotFound } else { Outcome::ClientError };
        // APIM logs a request that matches nothing with the section "backend".
        run.enter(Section::Backend);
        let error = LastError::new("configuration", "OperationNotFound", not_found.message());
        run.fail(self, not_found.status(), error);
        self.set_body(Side::Response, not_found.body());
        match not_found.content_type() {
            Some(content_type) => self.set_header(Side::Response, "Content-Type", content_type.as_bytes()),
            None => self.remove_header(Side::Response, "Content-Type"),
        }
    }

    fn refuse_access(&mut self, run: &mut Run, denial: Denial) {
        self.outcome = Outcome::Rejected;
        let error = LastError::new("authorization", denial.reason(), denial.message());
        run.fail(self, 401, error);
        self.set_body(Side::Response, denial.body());
        if let Some(api) = self.api {
            let mut challenge = Vec::new();
            access::write_challenge(&mut challenge, self.head.authority.of(self.bytes), api);
            self.set_header(Side::Response, "WWW-Authenticate", &challenge);
        }
    }

    /// Whose fault a failed policy is, for the metrics: a status below 500 turned the caller away.
    pub(super) fn judge_failure(&mut self, run: &Run) {
        self.outcome = match run.last_error().map(|error| &*error.reason) {
            Some("BackendConnectionFailure" | "Timeout") => Outcome::BackendError,
            Some("ClientConnectionFailure") => Outcome::ClientError,
            _ if self.response.status < 500 => Outcome::Rejected,
            _ => Outcome::GatewayError,
        };
    }
}

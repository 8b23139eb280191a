//! The configuration endpoint of docs/configuration-endpoint.md: feed with long poll, heartbeats, gateway token.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        mpsc::{self, Receiver, Sender},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use postern_model::feed::{FeedBegin, FeedEnd, FeedLine, FeedMode, Heartbeat, HeartbeatReply};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::gateway::PATIENCE;

pub(crate) const TOKEN: &str = "GatewayKey edge&209912312359&c2lnbmF0dXJl";

/// Serves until it is dropped.
pub(crate) struct Management {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    heartbeats: Receiver<Heartbeat>,
    runtime: Option<tokio::runtime::Runtime>,
}

struct Shared {
    service: Mutex<Service>,
    changed: watch::Sender<u64>,
    heartbeats: Mutex<Sender<Heartbeat>>,
}

#[derive(Default)]
struct Service {
    resources: BTreeMap<String, Value>,
    log: Vec<(u64, FeedLine)>,
    refuse: Option<(u16, &'static str)>,
    /// Cut the next answer off after this many lines.
    cut_after: Option<usize>,
    feeds: usize,
}

impl Management {
    pub(crate) fn start(resources: &[(&str, Value)]) -> Management {
        Management::start_at(SocketAddr::from(([127, 0, 0, 1], 0)), resources)
    }

    /// Starts at a given address: where an earlier one was.
    pub(crate) fn start_at(address: SocketAddr, resources: &[(&str, Value)]) -> Management {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (sender, heartbeats) = mpsc::channel();
        let resources = resources.iter().map(|(id, value)| ((*id).to_owned(), value.clone())).collect();
        let shared = Arc::new(Shared {
            service: Mutex::new(Service { resources, ..Service::default() }),
            changed: watch::channel(1).0,
            heartbeats: Mutex::new(sender),
        });
        let app = Router::new()
            .route("/configuration/v1/feed", get(feed))
            .route("/configuration/v1/heartbeat", post(heartbeat))
            .with_state(Arc::clone(&shared));
        let listener = runtime.block_on(tokio::net::TcpListener::bind(address)).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async move { axum::serve(listener, app).await });
        Management { address, shared, heartbeats, runtime: Some(runtime) }
    }

    pub(crate) fn url(&self) -> String {
        format!("endpoint:http://{}", self.address)
    }

    pub(crate) fn put(&self, id: &str, properties: Value) {
        self.change(FeedLine::Put { id: id.to_owned(), properties });
    }

    pub(crate) fn delete(&self, id: &str) {
        self.change(FeedLine::Delete { id: id.to_owned() });
    }

    fn change(&self, line: FeedLine) {
        let mut service = self.shared.service.lock().unwrap();
        match &line {
            FeedLine::Put { id, properties } => drop(service.resources.insert(id.clone(), properties.clone())),
            FeedLine::Delete { id } => service.resources.retain(|other, _| !other.starts_with(id.as_str())),
            _ => {}
        }
        self.shared.changed.send_modify(|number| {
            *number += 1;
            service.log.push((*number, line));
        });
    }

    /// Answers everything with 401 and this error code from now on.
    pub(crate) fn refuse(&self, code: &'static str) {
        self.shared.service.lock().unwrap().refuse = Some((401, code));
    }

    pub(crate) fn accept(&self) {
        self.shared.service.lock().unwrap().refuse = None;
    }

    pub(crate) fn cut_next_feed(&self, lines: usize) {
        self.shared.service.lock().unwrap().cut_after = Some(lines);
    }

    /// The first heartbeat that `wanted` accepts.
    pub(crate) fn heartbeat(&self, wanted: impl Fn(&Heartbeat) -> bool) -> Heartbeat {
        let deadline = std::time::Instant::now() + PATIENCE;
        let mut last = None;
        while let Some(left) = deadline.checked_duration_since(std::time::Instant::now()) {
            match self.heartbeats.recv_timeout(left) {
                Ok(heartbeat) if wanted(&heartbeat) => return heartbeat,
                Ok(heartbeat) => last = Some(heartbeat),
                Err(_) => break,
            }
        }
        panic!("no such heartbeat; the last one was {last:#?}");
    }
}

impl Drop for Management {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

#[derive(Deserialize)]
struct FeedQuery {
    after: Option<String>,
    wait: Option<u64>,
}

fn refused(shared: &Shared, headers: &HeaderMap) -> Option<Response> {
    let (status, code) = match shared.service.lock().unwrap().refuse {
        Some(refuse) => refuse,
        None if headers.get("authorization").is_some_and(|token| token == TOKEN) => return None,
        None => (401, "GatewayTokenInvalid"),
    };
    let body = Json(json!({ "error": { "code": code, "message": "the token is not accepted" } }));
    Some((StatusCode::from_u16(status).unwrap(), body).into_response())
}

async fn feed(State(shared): State<Arc<Shared>>, Query(query): Query<FeedQuery>, headers: HeaderMap) -> Response {
    if let Some(response) = refused(&shared, &headers) {
        return response;
    }
    let after: Option<u64> = query.after.as_deref().and_then(|text| text.strip_prefix("c-")?.parse().ok());
    if let Some(after) = after {
        let mut changed = shared.changed.subscribe();
        let newer = changed.wait_for(|number| *number > after);
        let _ = tokio::time::timeout(Duration::from_secs(query.wait.unwrap_or(0)), newer).await;
    }
    let mut service = shared.service.lock().unwrap();
    service.feeds += 1;
    let number = *shared.changed.borrow();
    let mode = if after.is_some() { FeedMode::Changes } else { FeedMode::Snapshot };
    let lines: Vec<FeedLine> = match after {
        Some(after) => service.log.iter().filter(|(number, _)| *number > after).map(|(_, line)| line.clone()).collect(),
        None => {
            let put =
                |(id, properties): (&String, &Value)| FeedLine::Put { id: id.clone(), properties: properties.clone() };
            service.resources.iter().map(put).collect()
        }
    };
    let begin = FeedBegin { mode, gateway: "edge".to_owned(), continuation: format!("c-{number}") };
    let end = FeedLine::End(FeedEnd { count: lines.len() as u64 });
    let all = std::iter::once(FeedLine::Begin(begin)).chain(lines).chain([end]);
    let all: Vec<String> = all.map(|line| serde_json::to_string(&line).unwrap() + "\n").collect();
    let keep = service.cut_after.take().unwrap_or(all.len());
    ([("content-type", "application/x-ndjson")], all[..keep.min(all.len())].concat()).into_response()
}

async fn heartbeat(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Json(heartbeat): Json<Heartbeat>,
) -> Response {
    if let Some(response) = refused(&shared, &headers) {
        return response;
    }
    let _ = shared.heartbeats.lock().unwrap().send(heartbeat);
    Json(HeartbeatReply { interval_seconds: 60, token_expires_at: "2099-12-31T23:59:00Z".to_owned() }).into_response()
}

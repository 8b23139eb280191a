//! `GET /configuration/v1/feed`: the configuration of a gateway as lines, whole or since a continuation.
//!
//! What always holds: a stream is read in one transaction; the continuation it begins with is the state it ends in; a
//! request that waits holds no connection of the store.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, Uri, header};
use axum::response::IntoResponse;
use futures_util::StreamExt;
use postern_model::ApiName;
use postern_model::feed::{FeedBegin, FeedEnd, FeedLine, FeedMode};
use serde_json::{Map, Value, json};
use sqlx::{Sqlite, Transaction};
use tokio::sync::mpsc;

use super::auth::{Caller, authorize};
use super::visible::Visible;
use crate::arm::request::Query;
use crate::error::ArmError;
use crate::limits::{FEED_CHUNK_BYTES, FEED_STALL_MAX, FEED_WAIT_MAX};
use crate::server::App;
use crate::store::changes::{self, Change, Position};
use crate::store::row;

/// Chunks that may wait for a slow reader.
const CHUNKS_WAITING_MAX: usize = 2;

/// Answers a feed request.
pub async fn serve(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Response<Body> {
    match answer(&app, &Query::of(&uri), &headers).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    }
}

async fn answer(app: &App, query: &Query, headers: &HeaderMap) -> Result<Response<Body>, ArmError> {
    let wait = wait_of(query)?;
    let deadline = tokio::time::Instant::now() + wait;
    let mut commits = app.store.commits();
    loop {
        let seen = *commits.borrow_and_update();
        let mut reader = app.store.read().await?;
        // Again on every round: a key may have been regenerated, or the token may have ended, while the request waited.
        let caller = authorize(&mut reader, headers).await?;
        let position = changes::position(&mut reader).await?;
        let visible = Visible::to(&mut reader, &caller.gateway).await?;
        let after = query.get("after").and_then(|after| position.read(after));
        let Some(after) = after else { return Ok(stream(app, reader, caller, visible, position, None)) };
        let is_late = tokio::time::Instant::now() >= deadline;
        if is_late || changed(&mut reader, &visible, after, position.sequence).await? {
            return Ok(stream(app, reader, caller, visible, position, Some(after)));
        }
        drop(reader);
        tokio::select! {
            ended = commits.wait_for(|sequence| *sequence > seen) => {
                if ended.is_err() {
                    return Err(ArmError::new(StatusCode::SERVICE_UNAVAILABLE, "ServerStopping", "The server stops."));
                }
            }
            () = tokio::time::sleep_until(deadline) => {}
            () = app.stopping() => {
                return Err(ArmError::new(StatusCode::SERVICE_UNAVAILABLE, "ServerStopping", "The server stops."));
            }
        }
    }
}

fn wait_of(query: &Query) -> Result<Duration, ArmError> {
    match query.get("wait").filter(|text| !text.is_empty()) {
        None => Ok(Duration::ZERO),
        Some(text) => match text.parse::<u64>() {
            Ok(seconds) => Ok(Duration::from_secs(seconds).min(FEED_WAIT_MAX)),
            Err(_) => Err(ArmError::field("wait", format!("'wait' must be a number of seconds; it is '{text}'."))),
        },
    }
}

/// Whether something after `after` concerns the gateway.
pub(super) async fn changed(
    connection: &mut sqlx::SqliteConnection,
    visible: &Visible,
    after: i64,
    now: i64,
) -> Result<bool, sqlx::Error> {
    if after == now {
        return Ok(false);
    }
    let ids = changes::ids_after(connection, after).await?;
    Ok(ids.iter().any(|id| visible.shows(id) || visible.lost_api(id).is_some()))
}

impl Position {
    /// The continuation that stands for this position.
    pub fn continuation(&self) -> String {
        format!("{}-{}", self.epoch, self.sequence)
    }

    /// The sequence of a continuation; `None` when changes since then cannot be given.
    pub fn read(&self, continuation: &str) -> Option<i64> {
        let (epoch, sequence) = continuation.split_once('-')?;
        let sequence: i64 = sequence.parse().ok()?;
        (epoch == self.epoch && (self.forgotten..=self.sequence).contains(&sequence)).then_some(sequence)
    }
}

/// Streams the lines from a task of its own; when the reader goes away or stalls, the task ends.
fn stream(
    app: &App,
    reader: Transaction<'static, Sqlite>,
    caller: Caller,
    visible: Visible,
    position: Position,
    after: Option<i64>,
) -> Response<Body> {
    let (sender, receiver) = mpsc::channel::<Result<Bytes, sqlx::Error>>(CHUNKS_WAITING_MAX);
    let service = service_line(app);
    tokio::spawn(async move {
        let mut lines = Lines { chunk: Vec::with_capacity(FEED_CHUNK_BYTES + 4096), count: 0, sender };
        match write(reader, &mut lines, &caller, &visible, &position, after, &service).await {
            Ok(()) => {}
            Err(Cut::Reader) => tracing::debug!(gateway = caller.gateway, "the reader of the feed went away"),
            Err(Cut::Store(error)) => {
                tracing::error!(gateway = caller.gateway, error = %error, "the feed was cut off");
                // Sent as an error, so that the connection ends without the last chunk.
                let _ = lines.sender.send(Err(error)).await;
            }
        }
    });
    let chunks = futures_util::stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|chunk| (chunk, receiver))
    });
    let mut response = Body::from_stream(chunks).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Why a stream ended early.
enum Cut {
    Reader,
    Store(sqlx::Error),
}

impl From<sqlx::Error> for Cut {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error)
    }
}

async fn write(
    mut reader: Transaction<'static, Sqlite>,
    lines: &mut Lines,
    caller: &Caller,
    visible: &Visible,
    position: &Position,
    after: Option<i64>,
    service: &FeedLine,
) -> Result<(), Cut> {
    let mode = if after.is_some() { FeedMode::Changes } else { FeedMode::Snapshot };
    let begin = FeedBegin { mode, gateway: caller.gateway.clone(), continuation: position.continuation() };
    lines.push(&FeedLine::Begin(begin)).await?;
    match after {
        None => {
            lines.counted(service).await?;
            let mut rows = changes::everything(&mut reader);
            while let Some(change) = rows.next().await {
                let change = change?;
                if visible.shows(&change.id) {
                    lines.change(change).await?;
                }
            }
        }
        Some(after) => {
            for id in lost_apis(&mut reader, visible, after).await? {
                lines.counted(&FeedLine::Delete { id }).await?;
            }
            let mut rows = changes::after(&mut reader, after);
            while let Some(change) = rows.next().await {
                let change = change?;
                let is_told =
                    if change.properties.is_some() { visible.shows(&change.id) } else { visible.misses(&change.id) };
                if is_told {
                    lines.change(change).await?;
                }
            }
        }
    }
    let end = FeedLine::End(FeedEnd { count: lines.count });
    lines.push(&end).await?;
    lines.flush().await
}

/// Ids of the APIs, with all their revisions, that were taken away from the gateway and are still there. They come first: an
/// API that was taken away and given back comes again in full after its deletion.
async fn lost_apis(
    connection: &mut sqlx::SqliteConnection,
    visible: &Visible,
    after: i64,
) -> Result<Vec<String>, sqlx::Error> {
    let mut names = Vec::new();
    {
        let mut rows = changes::after(connection, after);
        while let Some(change) = rows.next().await {
            let change = change?;
            if change.properties.is_none() {
                names.extend(visible.lost_api(&change.id));
            }
        }
    }
    let mut ids = Vec::new();
    for name in names {
        let base = ApiName::parse(name.as_str()).base;
        ids.extend(row::revisions(connection, base.as_str()).await?.into_iter().map(|row| row.id));
        ids.push(format!("/apis/{base}"));
    }
    Ok(ids)
}

/// What agents must know of the service itself.
fn service_line(app: &App) -> FeedLine {
    let identity = &app.identity;
    let properties = json!({"name": identity.name, "id": identity.id(), "location": identity.location});
    FeedLine::Put { id: "/".to_owned(), properties }
}

/// Lines on their way into chunks.
struct Lines {
    chunk: Vec<u8>,
    count: u64,
    sender: mpsc::Sender<Result<Bytes, sqlx::Error>>,
}

impl Lines {
    async fn counted(&mut self, line: &FeedLine) -> Result<(), Cut> {
        self.count += 1;
        self.push(line).await
    }

    async fn push(&mut self, line: &FeedLine) -> Result<(), Cut> {
        serde_json::to_writer(&mut self.chunk, line)
            .map_err(|error| Cut::Store(sqlx::Error::Encode(Box::new(error))))?;
        self.end_line().await
    }

    /// A resource as a line. Properties without secrets are copied as the text they are stored as.
    async fn change(&mut self, change: Change) -> Result<(), Cut> {
        let Some(properties) = change.properties else {
            return self.counted(&FeedLine::Delete { id: change.id }).await;
        };
        self.count += 1;
        let secrets = change.secrets.filter(|secrets| secrets != "{}" && !is_gateway(&change.id));
        let properties = match secrets {
            None => properties,
            Some(secrets) => with_secrets(&properties, &secrets)?,
        };
        self.chunk.extend_from_slice(b"{\"kind\":\"put\",\"id\":");
        serde_json::to_writer(&mut self.chunk, &change.id)
            .map_err(|error| Cut::Store(sqlx::Error::Encode(Box::new(error))))?;
        self.chunk.extend_from_slice(b",\"properties\":");
        self.chunk.extend_from_slice(properties.as_bytes());
        self.chunk.push(b'}');
        self.end_line().await
    }

    async fn end_line(&mut self) -> Result<(), Cut> {
        self.chunk.push(b'\n');
        if self.chunk.len() >= FEED_CHUNK_BYTES { self.flush().await } else { Ok(()) }
    }

    async fn flush(&mut self) -> Result<(), Cut> {
        let chunk = Bytes::from(std::mem::replace(&mut self.chunk, Vec::with_capacity(FEED_CHUNK_BYTES + 4096)));
        match self.sender.send_timeout(Ok(chunk), FEED_STALL_MAX).await {
            Ok(()) => Ok(()),
            Err(_) => Err(Cut::Reader),
        }
    }
}

/// Keys of gateways sign tokens; no gateway needs them.
fn is_gateway(id: &str) -> bool {
    id.get(..10).is_some_and(|start| start.eq_ignore_ascii_case("/gateways/"))
}

fn with_secrets(properties: &str, secrets: &str) -> Result<String, Cut> {
    let decode = |text: &str| serde_json::from_str::<Map<String, Value>>(text);
    let merged = decode(properties).and_then(|mut properties| {
        properties.extend(decode(secrets)?);
        serde_json::to_string(&properties)
    });
    merged.map_err(|error| Cut::Store(sqlx::Error::Decode(Box::new(error))))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::wait_of;
    use crate::arm::request::Query;
    use crate::store::changes::Position;

    #[test]
    fn waiting_is_bounded() {
        let wait = |query: &str| wait_of(&Query::of(&format!("/feed?{query}").parse().expect("URI")));
        for (query, seconds) in
            [("", 0), ("wait=", 0), ("wait=0", 0), ("wait=55", 55), ("wait=56", 55), ("wait=99999999999", 55)]
        {
            assert_eq!(wait(query), Ok(Duration::from_secs(seconds)), "{query}");
        }
        assert!(wait("wait=-1").is_err() && wait("wait=1.5").is_err());
    }

    #[test]
    fn a_continuation_reads_back_between_what_is_forgotten_and_now() {
        let position = Position { epoch: "e".to_owned(), sequence: 9, forgotten: 4 };
        assert_eq!(position.continuation(), "e-9");
        for (text, expected) in
            [("e-9", Some(9)), ("e-4", Some(4)), ("e-3", None), ("e-10", None), ("f-9", None), ("e", None)]
        {
            assert_eq!(position.read(text), expected, "{text}");
        }
    }
}

//! The feed of the configuration endpoint, read as an agent reads it: into an inventory.

use std::time::{Duration, Instant};

use axum::http::{Request, header};
use postern_management::server::{listen, serve};
use postern_model::feed::{FeedLine, FeedMode};
use postern_model::{Inventory, Name, PolicyScope};
use serde_json::json;
use tokio::sync::oneshot;

use super::support::Plane;

/// An agent: where it stands and what it knows.
pub(crate) struct Reader {
    token: String,
    continuation: Option<String>,
    pub(crate) inventory: Inventory,
}

/// What one stream said.
pub(crate) struct Told {
    pub(crate) mode: FeedMode,
    pub(crate) count: u64,
    pub(crate) ids: Vec<String>,
}

impl Reader {
    pub(crate) async fn new(plane: &Plane, gateway: &str) -> Self {
        Self { token: plane.token(gateway).await, continuation: None, inventory: Inventory::new() }
    }

    pub(crate) async fn read(&mut self, plane: &Plane) -> Told {
        let path = match &self.continuation {
            Some(continuation) => format!("feed?after={continuation}"),
            None => "feed".to_owned(),
        };
        let answer = plane.configuration("GET", &path, &self.token, "").await;
        assert_eq!(answer.status.as_u16(), 200);
        self.apply(std::str::from_utf8(&answer.bytes).expect("text"))
    }

    fn apply(&mut self, text: &str) -> Told {
        let lines: Vec<FeedLine> = text.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
        let Some((FeedLine::Begin(begin), rest)) = lines.split_first() else { panic!("begin comes first") };
        let Some((FeedLine::End(end), body)) = rest.split_last() else { panic!("end comes last") };
        assert_eq!(end.count, body.len() as u64);
        if begin.mode == FeedMode::Snapshot {
            self.inventory = Inventory::new();
        }
        let mut ids = Vec::new();
        for line in body {
            match line {
                FeedLine::Put { id, properties } => {
                    self.inventory.put(id, properties.clone(), id.as_str()).expect("has its shape");
                    ids.push(format!("+{id}"));
                }
                FeedLine::Delete { id } => {
                    self.inventory.remove(id);
                    ids.push(format!("-{id}"));
                }
                other => panic!("unexpected {other:?}"),
            }
        }
        self.continuation = Some(begin.continuation.clone());
        Told { mode: begin.mode, count: end.count, ids }
    }

    /// A second reader that starts from nothing must know the same.
    async fn assert_complete(&self, plane: &Plane) {
        let mut fresh = Self { token: self.token.clone(), continuation: None, inventory: Inventory::new() };
        fresh.read(plane).await;
        assert_eq!(fresh.inventory, self.inventory);
    }
}

async fn plane() -> Plane {
    let plane = Plane::new().await;
    plane.api("a").await;
    plane.api("hidden").await;
    plane
        .put("/apis/a/operations/get", json!({"displayName": "g", "method": "GET", "urlTemplate": "/"}))
        .await
        .expect(201);
    plane.put("/gateways/default/apis/a", json!({})).await.expect(201);
    plane.put("/namedValues/n", json!({"displayName": "n", "value": "secret-1", "secret": true})).await.expect(201);
    plane
        .put("/subscriptions/s", json!({"displayName": "s", "scope": "/apis", "primaryKey": "key-1"}))
        .await
        .expect(201);
    plane
}

#[tokio::test]
async fn a_snapshot_holds_what_the_gateway_may_see_with_secrets() {
    let plane = plane().await;
    let mut reader = Reader::new(&plane, "default").await;
    let told = reader.read(&plane).await;
    assert_eq!(told.mode, FeedMode::Snapshot);
    let known = &reader.inventory;
    assert_eq!(known.apis.keys().map(Name::as_str).collect::<Vec<_>>(), ["a"]);
    assert_eq!(known.operations.len(), 1);
    assert_eq!(known.named_values[&Name::from("n")].properties.value.as_ref().expect("value").expose(), "secret-1");
    assert_eq!(known.subscriptions[&Name::from("s")].properties.primary_key.as_ref().expect("key").expose(), "key-1");
    assert!(known.policies.contains_key(&PolicyScope::Global));
    assert_eq!(known.service.as_ref().and_then(|service| service.properties.name.as_deref()), Some("postern"));
    assert_eq!(known.exposed_apis(Some(&Name::from("default"))).len(), 1);
    let keys = plane.post("/gateways/default/listKeys", json!({})).await.expect(200);
    let raw = plane.configuration("GET", "feed", &reader.token, "").await;
    assert!(!String::from_utf8_lossy(&raw.bytes).contains(keys["primary"].as_str().expect("key")), "keys sign tokens");
}

#[tokio::test]
async fn changes_bring_a_reader_to_where_a_snapshot_would() {
    let plane = plane().await;
    let mut reader = Reader::new(&plane, "default").await;
    reader.read(&plane).await;
    let nothing = reader.read(&plane).await;
    assert_eq!((nothing.mode, nothing.count), (FeedMode::Changes, 0));

    plane.patch("/apis/a", json!({"description": "d"})).await.expect(200);
    assert_eq!(reader.read(&plane).await.ids, ["+/apis/a"]);

    plane.delete("/apis/a/operations/get").await.expect(204);
    plane.delete("/subscriptions/s").await.expect(204);
    plane.put("/products/p", json!({"displayName": "p"})).await.expect(201);
    plane.put("/products/p/apis/a", json!({})).await.expect(201);
    let told = reader.read(&plane).await;
    assert_eq!(
        told.ids,
        [
            "-/apis/a/operations/get",
            "-/subscriptions/s",
            "+/products/p",
            "+/products/p/groups/administrators",
            "+/products/p/apis/a"
        ]
    );
    reader.assert_complete(&plane).await;

    // Created, changed and deleted between two reads, and deleted and created again.
    plane.put("/backends/b", json!({"url": "http://b.test", "protocol": "http"})).await.expect(201);
    plane.delete("/backends/b").await.expect(204);
    plane
        .put("/apis/a/operations/get", json!({"displayName": "g", "method": "PUT", "urlTemplate": "/"}))
        .await
        .expect(201);
    plane.delete("/products/p").await.expect(204);
    plane.put("/products/p", json!({"displayName": "again"})).await.expect(201);
    reader.read(&plane).await;
    assert!(reader.inventory.product_apis.is_empty(), "the link went with the first product");
    reader.assert_complete(&plane).await;
}

#[tokio::test]
async fn assigning_an_api_brings_all_of_it_and_taking_it_away_removes_all_of_it() {
    let plane = plane().await;
    plane
        .put("/apis/hidden/operations/x", json!({"displayName": "x", "method": "GET", "urlTemplate": "/"}))
        .await
        .expect(201);
    plane.put("/apis/hidden;rev=2", json!({"sourceApiId": "/apis/hidden"})).await.expect(201);
    let mut reader = Reader::new(&plane, "default").await;
    reader.read(&plane).await;
    assert!(!reader.inventory.apis.contains_key(&Name::from("hidden")));
    let tag = plane.get("/apis/hidden").await.tag();

    plane.put("/gateways/default/apis/hidden", json!({})).await.expect(201);
    reader.read(&plane).await;
    assert!(reader.inventory.apis.contains_key(&Name::from("hidden;rev=2")));
    assert_eq!(reader.inventory.operations_of(&Name::from("hidden")).count(), 1);
    assert_eq!(plane.get("/apis/hidden").await.tag(), tag, "the API itself did not change");
    reader.assert_complete(&plane).await;

    plane.delete("/gateways/default/apis/hidden").await.expect(204);
    reader.read(&plane).await;
    reader.assert_complete(&plane).await;
    assert_eq!(reader.inventory.apis.len(), 1);

    plane.put("/gateways/default/apis/hidden", json!({})).await.expect(201);
    plane.delete("/gateways/default/apis/hidden").await.expect(204);
    plane.put("/gateways/default/apis/hidden", json!({})).await.expect(201);
    reader.read(&plane).await;
    reader.assert_complete(&plane).await;
    plane.delete("/apis/hidden?deleteRevisions=true").await.expect(204);
    reader.read(&plane).await;
    reader.assert_complete(&plane).await;
}

#[tokio::test]
async fn a_release_reaches_the_gateway_as_a_whole() {
    let plane = plane().await;
    plane.put("/apis/a;rev=2", json!({"sourceApiId": "/apis/a"})).await.expect(201);
    plane
        .put("/apis/a;rev=2/operations/new", json!({"displayName": "n", "method": "GET", "urlTemplate": "/n"}))
        .await
        .expect(201);
    let mut reader = Reader::new(&plane, "default").await;
    reader.read(&plane).await;
    plane.put("/apis/a/releases/r", json!({"apiId": "/apis/a;rev=2"})).await.expect(201);
    reader.read(&plane).await;
    assert_eq!(reader.inventory.operations_of(&Name::from("a")).count(), 2);
    reader.assert_complete(&plane).await;
}

#[tokio::test]
async fn each_gateway_sees_its_own_apis_only() {
    let plane = plane().await;
    plane.put("/gateways/other", json!({})).await.expect(201);
    let mut reader = Reader::new(&plane, "other").await;
    reader.read(&plane).await;
    assert!(reader.inventory.apis.is_empty() && reader.inventory.operations.is_empty());
    assert_eq!(reader.inventory.gateways.keys().map(Name::as_str).collect::<Vec<_>>(), ["other"]);
    plane.patch("/apis/a", json!({"description": "x"})).await.expect(200);
    assert_eq!(reader.read(&plane).await.count, 0);
}

#[tokio::test]
async fn a_continuation_that_cannot_be_followed_gives_a_snapshot() {
    let plane = plane().await;
    let token = plane.token("default").await;
    for after in ["", "x", "other-epoch-3", "other-3", "a-b"] {
        let answer = plane.configuration("GET", &format!("feed?after={after}"), &token, "").await;
        let first = String::from_utf8(answer.bytes).expect("text");
        assert!(first.starts_with("{\"kind\":\"begin\",\"mode\":\"snapshot\""), "{after}: {first}");
    }
    let other = Plane::new().await;
    let mut reader = Reader::new(&plane, "default").await;
    reader.read(&plane).await;
    reader.token = other.token("default").await;
    assert_eq!(reader.read(&other).await.mode, FeedMode::Snapshot, "a continuation of another data file");
    plane.configuration("GET", "feed?wait=soon", &token, "").await.expect(400);
}

#[tokio::test]
async fn deletions_are_remembered_up_to_the_limit_and_who_was_away_longer_gets_a_snapshot() {
    let plane = plane().await;
    let mut reader = Reader::new(&plane, "default").await;
    reader.read(&plane).await;
    let most = postern_management::limits::TOMBSTONES_MAX;
    let bury = async |first: i64, count: i64| {
        let mut writer = plane.app.store.write().await.expect("writer");
        let sequence = writer.sequence();
        sqlx::query(
            "WITH RECURSIVE n (i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?1 + ?2)
             INSERT INTO tombstones (key, id, sequence) SELECT '/backends/' || i, '/backends/' || i, ?3 FROM n",
        )
        .bind(first)
        .bind(count)
        .bind(sequence)
        .execute(&mut *writer)
        .await
        .expect("buried");
        writer.commit().await.expect("committed");
    };
    bury(0, 1).await;
    bury(1, most - 1).await;
    let told = reader.read(&plane).await;
    assert_eq!((told.mode, told.count), (FeedMode::Changes, u64::try_from(most).expect("positive")));
    reader.continuation = None;
    reader.read(&plane).await;
    let away = reader.continuation.clone();
    bury(most, 1).await;
    assert_eq!(reader.read(&plane).await.mode, FeedMode::Changes, "it stands behind what was forgotten");
    bury(most + 1, most).await;
    reader.continuation = away;
    assert_eq!(reader.read(&plane).await.mode, FeedMode::Snapshot);
}

/// A real server on a real socket.
async fn started(plane: &Plane) -> (String, oneshot::Sender<()>, tokio::task::JoinHandle<std::io::Result<()>>) {
    let listener = listen(([127, 0, 0, 1], 0).into()).await.expect("bound");
    let url = format!("http://{}", listener.local_addr().expect("address"));
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(serve(plane.app.clone(), listener, async move {
        let _ = stopped.await;
    }));
    (url, stop, task)
}

#[tokio::test]
async fn a_waiting_reader_is_told_of_a_change_well_within_a_second() {
    let plane = plane().await;
    let mut reader = Reader::new(&plane, "default").await;
    reader.read(&plane).await;
    let (url, stop, task) = started(&plane).await;
    let client = reqwest::Client::new();
    let mut slowest = Duration::ZERO;
    for round in 0..20 {
        let continuation = reader.continuation.clone().expect("read before");
        let waiting = client
            .get(format!("{url}/configuration/v1/feed?after={continuation}&wait=50"))
            .header(header::AUTHORIZATION, format!("GatewayKey {}", reader.token))
            .send();
        let waiting = tokio::spawn(waiting);
        // A change the gateway does not see wakes nobody.
        plane.patch("/apis/hidden", json!({"description": format!("{round}")})).await.expect(200);
        let begin = Instant::now();
        plane.patch("/apis/a", json!({"description": format!("{round}")})).await.expect(200);
        let text = waiting.await.expect("task").expect("answer").text().await.expect("text");
        slowest = slowest.max(begin.elapsed());
        assert_eq!(reader.apply(&text).ids, ["+/apis/a"]);
    }
    eprintln!("slowest of 20 changes: {slowest:?}");
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");
    stop.send(()).expect("runs");
    task.await.expect("task").expect("ends well");
}

#[tokio::test]
async fn a_waiting_reader_is_let_go_when_the_server_stops_or_its_key_changes() {
    let plane = plane().await;
    let mut reader = Reader::new(&plane, "default").await;
    reader.read(&plane).await;
    let (url, stop, task) = started(&plane).await;
    let client = reqwest::Client::new();
    let wait = |reader: &Reader| {
        let continuation = reader.continuation.clone().expect("read before");
        let request = client
            .get(format!("{url}/configuration/v1/feed?after={continuation}&wait=50"))
            .header(header::AUTHORIZATION, format!("GatewayKey {}", reader.token));
        tokio::spawn(request.send())
    };
    let waiting = wait(&reader);
    plane.post("/gateways/default/regenerateKey", json!({"keyType": "primary"})).await.expect(204);
    assert_eq!(waiting.await.expect("task").expect("answer").status().as_u16(), 401);

    let mut reader = Reader::new(&plane, "default").await;
    reader.read(&plane).await;
    let waiting = wait(&reader);
    // The request must have arrived before the server is told to stop: a second one on the same server is answered after it.
    let probe = Request::builder().uri("/configuration/v1/feed").body(axum::body::Body::empty()).expect("request");
    plane.send(probe).await.expect(401);
    client.get(format!("{url}/configuration/v1/feed")).send().await.expect("answered");
    stop.send(()).expect("runs");
    match waiting.await.expect("task") {
        Ok(answer) => assert_eq!(answer.status().as_u16(), 503),
        // Not accepted yet when the server stopped.
        Err(error) => assert!(error.is_request() || error.is_connect(), "{error}"),
    }
    task.await.expect("task").expect("ends well");
}

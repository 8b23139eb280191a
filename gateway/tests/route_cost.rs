//! What routing and the access decision cost: no allocation, ever; and, on demand, nanoseconds.
//!
//! `cargo test -p postern-gateway --test route_cost --release -- --ignored --nocapture` prints the times.
#![allow(unsafe_code, reason = "counting allocations needs an allocator, and `GlobalAlloc` is unsafe")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use postern_bundle::{
    Api, Bundle, KeyNames, Operation, Part, PartKey, Product, ProductState, Secret, Service, Subscription,
    SubscriptionScope, SubscriptionState, shard_of,
};
use postern_gateway::access::{Decision, decide, write_challenge};
use postern_gateway::observe::series::SeriesTable;
use postern_gateway::route::{NotFound, RouteMatch, RouteRequest, RouteTable};
use postern_gateway::snapshot::Snapshot;

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: every call is handed to the system's allocator unchanged; the counter is a plain cell without destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: as promised by the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as promised by the caller.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: as promised by the caller.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn api(name: &str, operations: usize) -> Api {
    let operation = |index: usize| {
        let template = match index % 4 {
            0 => format!("/resource{index}"),
            1 => format!("/resource{index}/{{id}}"),
            2 => format!("/resource{index}/{{id}}/items/{{item}}.{{format}}"),
            _ => format!("/resource{index}/files/{{*rest}}"),
        };
        Operation {
            name: format!("op-{index:06}"),
            display_name: String::new(),
            method: "GET".into(),
            url_template: template,
            template_parameters: Vec::new(),
            policy: None,
            request: Default::default(),
            responses: Vec::new(),
        }
    };
    Api {
        name: name.into(),
        display_name: name.into(),
        path: format!("team/{name}"),
        version: None,
        revision: "1".into(),
        is_current: true,
        kind: "http".into(),
        protocols: Vec::new(),
        service_url: Some("http://127.0.0.1:1".into()),
        subscription_required: true,
        subscription_key: KeyNames::default(),
        graphql: None,
        odata: None,
        policy: None,
        operations: (0..operations).map(operation).collect(),
    }
}

fn subscription(index: usize) -> Subscription {
    Subscription {
        name: format!("subscription-{index}"),
        display_name: String::new(),
        scope: SubscriptionScope::Product("gold".into()),
        state: SubscriptionState::Active,
        primary_key: Some(Secret::new(format!("{index:032x}"))),
        secondary_key: Some(Secret::new(format!("{index:031x}s"))),
        owner: None,
        allow_tracing: false,
        created_s: None,
        start_s: None,
        expiration_s: None,
    }
}

fn bundle(generation: u64, apis: usize, operations: usize, subscriptions: usize, edit: impl Fn(&mut Api)) -> Bundle {
    let mut parts = vec![(PartKey::Service, Part::Service(Service::default()))];
    let mut names = Vec::new();
    for index in 0..apis {
        let mut api = api(&format!("api{index:05}"), operations);
        edit(&mut api);
        names.push(api.name.clone());
        parts.push((PartKey::Api(api.name.clone()), Part::Api(api)));
    }
    let product = Product {
        name: "gold".into(),
        display_name: "Gold".into(),
        subscription_required: true,
        approval_required: false,
        subscriptions_limit: None,
        groups: Vec::new(),
        state: ProductState::Published,
        policy: None,
        apis: names,
    };
    parts.push((PartKey::Product("gold".into()), Part::Product(product)));
    let mut shards = vec![Vec::new(); 256];
    for index in 0..subscriptions {
        let subscription = subscription(index);
        shards[usize::from(shard_of(&subscription.name))].push(subscription);
    }
    for (shard, mut list) in (0u16..).zip(shards).filter(|(_, list)| !list.is_empty()) {
        list.sort_by(|a: &Subscription, b: &Subscription| a.name.cmp(&b.name));
        parts.push((PartKey::Subscriptions(shard), Part::Subscriptions(list)));
    }
    Bundle::from_parts(generation, parts).expect("the parts are small")
}

fn find(table: &RouteTable, found: &mut RouteMatch, path: &str, query: &str) -> Result<(), NotFound> {
    let header = |_: &str| None;
    let request = RouteRequest {
        host: b"gateway.example.com",
        method: b"GET",
        path: path.as_bytes(),
        query: query.as_bytes(),
        websocket: false,
        header: &header,
    };
    table.find(&request, found)
}

#[test]
fn routing_and_access_allocate_nothing() {
    let bundle = bundle(1, 3, 40, 1_000, |_| {});
    let (snapshot, diagnostics) = Snapshot::build(None, &bundle, &mut Arc::new(SeriesTable::default()));
    assert_eq!(diagnostics, []);
    let table = snapshot.table();
    let mut found = RouteMatch::default();
    let mut challenge = Vec::with_capacity(512);
    let requests = [
        ("/team/api00001/resource0", "", Ok(())),
        ("/Team/API00002/Resource2/7/items/a.json/", "a=1", Ok(())),
        ("/team/api00001/resource3/files/a/b%20c", "", Ok(())),
        ("/team//api00001/./%72esource1/x%2Fy", "subscription-key=%66f", Ok(())),
        ("/team/api00001/nothing", "", Err(NotFound::Operation)),
        ("/nothing", "", Err(NotFound::Api)),
    ];
    let key = format!("{:032x}", 77);
    let mut run = || {
        for (path, query, expected) in &requests {
            assert_eq!(find(&table, &mut found, path, query), *expected, "{path}");
            for key in [None, Some(key.as_bytes()), Some(&b"nonsense"[..])] {
                match decide(&snapshot, &found, key, query.as_bytes()) {
                    Decision::Granted(grant) => {
                        let subscription = snapshot.subscription(grant.subscription.unwrap()).unwrap();
                        assert_eq!(subscription.name, "subscription-77");
                        let api = found.api().unwrap();
                        black_box(snapshot.program(api, found.operation(), grant.product));
                    }
                    Decision::Denied(_) => {
                        if let Some(api) = found.api() {
                            challenge.clear();
                            write_challenge(&mut challenge, b"gateway.example.com", snapshot.api(api));
                        }
                    }
                }
            }
        }
    };
    // The first round lets the buffer of rewritten paths grow.
    run();
    let before = ALLOCATIONS.get();
    for _ in 0..100 {
        run();
    }
    assert_eq!(ALLOCATIONS.get() - before, 0);
}

#[test]
#[allow(clippy::print_stdout, reason = "the figures are what it is run for")]
#[ignore = "prints times, which mean nothing in an unoptimised build on a busy machine"]
fn times() {
    for (apis, operations) in [(1, 10), (10, 2_000), (2_000, 10), (2_000, 100)] {
        let first = bundle(1, apis, operations, 100_000, |_| {});
        let mut series = Arc::new(SeriesTable::default());
        let start = cpu_time();
        let (snapshot, _) = Snapshot::build(None, &first, &mut series);
        println!("{apis} APIs x {operations} operations: first build {:?}", (cpu_time() - start));
        let changed = bundle(2, apis, operations, 100_000, |api| {
            if api.name == "api00000" {
                api.display_name = "changed".into();
            }
        });
        const APPLIES: u32 = 50;
        let mut current = snapshot;
        let (mut building, mut copying, mut dropping) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
        for apply in 0..APPLIES {
            let bundle = if apply.is_multiple_of(2) { &changed } else { &first };
            let start = Instant::now();
            let (next, _) = Snapshot::build(Some(&current), bundle, &mut series);
            building += start.elapsed();
            let start = Instant::now();
            let copy = next.table();
            copying += start.elapsed();
            let start = Instant::now();
            drop((copy, std::mem::replace(&mut current, next)));
            dropping += start.elapsed();
        }
        println!(
            "  one API changed, wall time: build {:?}, copy for a worker {:?}, drop of both {:?}",
            building / APPLIES,
            copying / APPLIES,
            dropping / APPLIES
        );
        let next = current;
        time_requests(&next, apis, operations);
    }
}

/// CPU time of this thread: unlike the clock it does not count what others on the machine do. Exact to a scheduler tick.
fn cpu_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or_default())
}

#[allow(clippy::print_stdout, reason = "the figures are what it is run for")]
fn time_requests(snapshot: &Snapshot, apis: usize, operations: usize) {
    const ROUNDS: usize = 1_000;
    let table = snapshot.table();
    let mut found = RouteMatch::default();
    let target = |i: usize| {
        let (api, operation) = (i * 7919 % apis, i * 104_729 % operations);
        match operation % 4 {
            0 => format!("/team/api{api:05}/resource{operation}"),
            1 => format!("/team/api{api:05}/resource{operation}/4711"),
            2 => format!("/team/api{api:05}/resource{operation}/4711/items/picture.png"),
            _ => format!("/team/api{api:05}/resource{operation}/files/a/b/c.txt"),
        }
    };
    let paths: Vec<String> = (0..1_000).map(target).collect();
    let keys: Vec<String> = (0..1_000).map(|i| format!("{:032x}", i * 97)).collect();
    let mut steps = 0;
    let start = cpu_time();
    for _ in 0..ROUNDS {
        for path in &paths {
            assert!(find(&table, &mut found, black_box(path), "").is_ok());
            steps += u64::from(found.steps());
        }
    }
    let searches = (ROUNDS * paths.len()) as u32;
    println!("  find: {:?}, {:.2} steps", (cpu_time() - start) / searches, steps as f64 / f64::from(searches));
    let start = cpu_time();
    for _ in 0..ROUNDS {
        for key in &keys {
            black_box(decide(snapshot, &found, Some(black_box(key.as_bytes())), b""));
        }
    }
    println!("  decide: {:?}", (cpu_time() - start) / searches);
}

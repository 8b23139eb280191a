//! The pass-through keep-alive path allocates nothing: a worker in this process, its thread's allocations counted.
#![allow(clippy::unwrap_used, reason = "a failing helper is a failing test")]
#![allow(unsafe_code, reason = "a counting global allocator cannot be written without")]

mod in_process;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use in_process::Worker;
use postern_bundle::{
    Api, Bundle, Part, PartKey, Secret, Service, Subscription, SubscriptionScope, SubscriptionState, shard_of,
};
use postern_gateway::observe::metrics::Counter;
use postern_gateway::settings::DriverChoice;

thread_local! {
    static COUNTED: Cell<bool> = const { Cell::new(false) };
}

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

struct Counting;

// SAFETY: every call goes to the system's allocator as it came; counting touches no memory of the allocation.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: as promised by the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as promised by the caller.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: as promised by the caller.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

fn count() {
    if COUNTED.try_with(Cell::get).unwrap_or(false) {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const KEY: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
const WARM_UP: u32 = 200;
const REQUESTS: u32 = 1_000;

/// Answers every request on every connection with 1 KB.
fn start_origin() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || {
                let mut response =
                    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1024\r\n\r\n".to_vec();
                response.resize(response.len() + 1024, b'x');
                let mut received = Vec::new();
                let mut buffer = [0; 4096];
                while let Ok(count @ 1..) = stream.read(&mut buffer) {
                    received.extend_from_slice(&buffer[..count]);
                    while let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") {
                        received.drain(..end + 4);
                        stream.write_all(&response).unwrap();
                    }
                }
            });
        }
    });
    address
}

fn configuration(origin: SocketAddr) -> Bundle {
    let api = Api {
        service_url: Some(format!("http://{origin}")),
        subscription_required: true,
        ..in_process::api("/items/{id}")
    };
    let subscription = Subscription {
        name: "s".to_owned(),
        display_name: "S".to_owned(),
        scope: SubscriptionScope::AllApis,
        state: SubscriptionState::Active,
        primary_key: Some(Secret::new(KEY)),
        secondary_key: None,
        owner: None,
        allow_tracing: false,
        created_s: None,
        start_s: None,
        expiration_s: None,
    };
    let parts = [
        (PartKey::Service, Part::Service(Service::default())),
        (PartKey::Api("a".to_owned()), Part::Api(api)),
        (PartKey::Subscriptions(shard_of("s")), Part::Subscriptions(vec![subscription])),
    ];
    Bundle::from_parts(1, parts).unwrap()
}

fn get(stream: &mut TcpStream, buffer: &mut [u8]) {
    let request = format!(
        "GET /a/items/42?x=1 HTTP/1.1\r\nHost: gateway.example\r\nUser-Agent: test\r\nAccept: */*\r\n\
         Ocp-Apim-Subscription-Key: {KEY}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut length = 0;
    loop {
        let count = stream.read(&mut buffer[length..]).unwrap();
        assert!(count > 0, "closed after {:?}", String::from_utf8_lossy(&buffer[..length]));
        length += count;
        let Some(end) = buffer[..length].windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        if length == end + 4 + 1024 {
            break;
        }
    }
    assert!(buffer.starts_with(b"HTTP/1.1 200 OK\r\n"), "{:?}", String::from_utf8_lossy(&buffer[..length]));
}

fn check(driver: DriverChoice) {
    let worker = Worker::start(driver, || COUNTED.set(true));
    worker.publish(&configuration(start_origin()));
    let metrics = Arc::clone(&worker.metrics);

    let mut stream = TcpStream::connect(worker.address).unwrap();
    let mut buffer = vec![0; 8192];
    for _ in 0..WARM_UP {
        get(&mut stream, &mut buffer);
    }
    let operations = || (metrics.value(Counter::IoReads), metrics.value(Counter::IoWrites));
    let (before, io_before) = (ALLOCATIONS.load(Ordering::Relaxed), operations());
    for _ in 0..REQUESTS {
        get(&mut stream, &mut buffer);
    }
    let allocations = ALLOCATIONS.load(Ordering::Relaxed) - before;
    let io = operations();
    drop(stream);
    let lines = worker.drain(Duration::from_secs(10)).lines().count();
    assert_eq!(lines, (WARM_UP + REQUESTS) as usize, "every request is in the access log");
    // Ten times a second the tick hands a log batch over, which may need a fresh buffer once; a request needs none.
    assert!(allocations < 10, "{allocations} allocations in {REQUESTS} requests");
    // A read that waits for the next request may be counted before or after the look.
    let per_request = |before: u64, after: u64| (after - before).abs_diff(u64::from(REQUESTS) * 2);
    assert!(per_request(io_before.0, io.0) <= 1, "{} reads", io.0 - io_before.0);
    assert!(per_request(io_before.1, io.1) <= 1, "{} writes", io.1 - io_before.1);
}

// One test, not two: the allocations of two workers at once could not be told apart.
#[test]
fn a_pass_through_request_allocates_nothing_and_takes_two_reads_and_two_writes() {
    for driver in [DriverChoice::IoUring, DriverChoice::Epoll] {
        check(driver);
    }
}

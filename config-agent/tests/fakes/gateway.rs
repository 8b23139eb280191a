//! The gateway's side of the push protocol.

use std::{
    io::{Read, Write},
    os::unix::net::{UnixListener, UnixStream},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        mpsc::{self, Receiver, Sender},
    },
    time::Duration,
};

use postern_bundle::*;

/// Longest time anything in these tests may take; only a failing test waits it out.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// What the gateway saw.
#[derive(Debug)]
pub(crate) enum Seen {
    /// A generation, and whether it came as a delta.
    Applied { bundle: Bundle, put: usize, delta: bool },
    /// There is nothing to serve.
    Unconfigured(String),
}

/// Listens on a socket until it is dropped; the configuration survives a lost connection.
pub(crate) struct Gateway {
    pub(crate) socket: PathBuf,
    seen: Receiver<Seen>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    current: Mutex<Option<Bundle>>,
    connection: Mutex<Option<UnixStream>>,
    reject: Mutex<Option<RejectedReason>>,
    closed: Mutex<bool>,
}

impl Gateway {
    /// Listens at `socket`, without configuration.
    pub(crate) fn start(socket: &Path) -> Gateway {
        let _ = std::fs::remove_file(socket);
        let listener = UnixListener::bind(socket).unwrap();
        let shared = Arc::new(Shared::default());
        let (sender, seen) = mpsc::channel();
        let state = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if *state.closed.lock().unwrap() {
                    return;
                }
                let stream = stream.unwrap();
                *state.connection.lock().unwrap() = Some(stream.try_clone().unwrap());
                // A connection that ends in an error is one the agent ended.
                let _ = serve(stream, &state, &sender);
            }
        });
        Gateway { socket: socket.to_owned(), seen, shared }
    }

    /// The next thing that happens.
    pub(crate) fn next(&self) -> Seen {
        self.seen.recv_timeout(PATIENCE).expect("nothing came from the agent")
    }

    /// The next generation.
    pub(crate) fn next_bundle(&self) -> Bundle {
        match self.next() {
            Seen::Applied { bundle, .. } => bundle,
            other => panic!("not a generation: {other:?}"),
        }
    }

    /// Answers the next commit with `Rejected`.
    pub(crate) fn reject_next(&self, reason: RejectedReason) {
        *self.shared.reject.lock().unwrap() = Some(reason);
    }

    /// Sends bytes that are no frame.
    pub(crate) fn send_garbage(&self) {
        let guard = self.shared.connection.lock().unwrap();
        guard.as_ref().unwrap().write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
    }

    /// Loses the connection and the configuration, as a restart does.
    pub(crate) fn restart(&self) {
        *self.shared.current.lock().unwrap() = None;
        let guard = self.shared.connection.lock().unwrap();
        guard.as_ref().unwrap().shutdown(std::net::Shutdown::Both).unwrap();
    }

    pub(crate) fn current(&self) -> Option<Bundle> {
        self.shared.current.lock().unwrap().clone()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        *self.shared.closed.lock().unwrap() = true;
        let _ = UnixStream::connect(&self.socket);
    }
}

fn serve(mut stream: UnixStream, shared: &Shared, seen: &Sender<Seen>) -> std::io::Result<()> {
    let mut decoder = Decoder::<AgentMessage>::new();
    let mut staging = Staging::new();
    let mut buffer = [0; 64 * 1024];
    let (mut put, mut delta) = (0, false);
    loop {
        let length = stream.read(&mut buffer)?;
        if length == 0 {
            return Ok(());
        }
        decoder.push(&buffer[..length]);
        while let Some(message) = decoder.next_message().unwrap() {
            let current = shared.current.lock().unwrap().clone();
            match message {
                AgentMessage::Hello(_) => greet(&mut stream, current.as_ref())?,
                AgentMessage::Begin(begin) => {
                    (put, delta) = (0, begin.base.is_some());
                    staging.begin(begin, current.as_ref()).unwrap();
                }
                AgentMessage::Put(part) => {
                    put += 1;
                    staging.put(part).unwrap();
                }
                AgentMessage::Drop(key) => staging.drop_part(&key).unwrap(),
                AgentMessage::Ping(number) => send(&mut stream, &GatewayMessage::Pong(number))?,
                AgentMessage::Unconfigure(reason) => seen.send(Seen::Unconfigured(reason)).unwrap_or_default(),
                AgentMessage::Commit(commit) => {
                    let bundle = staging.commit(commit).unwrap();
                    if let Some(reason) = shared.reject.lock().unwrap().take() {
                        reject(&mut stream, bundle.generation(), reason)?;
                        continue;
                    }
                    *shared.current.lock().unwrap() = Some(bundle.clone());
                    applied(&mut stream, &bundle)?;
                    seen.send(Seen::Applied { bundle, put, delta }).unwrap_or_default();
                }
            }
        }
    }
}

fn send(stream: &mut UnixStream, message: &GatewayMessage) -> std::io::Result<()> {
    stream.write_all(&Encoder::frame(message).unwrap())
}

fn greet(stream: &mut UnixStream, current: Option<&Bundle>) -> std::io::Result<()> {
    let hello = GatewayHello {
        protocol: PROTOCOL,
        version: "9.9.9".to_owned(),
        pid: std::process::id(),
        generation: current.map(Bundle::generation),
        root_hash: current.map(Bundle::root_hash),
    };
    send(stream, &GatewayMessage::Hello(hello))
}

fn applied(stream: &mut UnixStream, bundle: &Bundle) -> std::io::Result<()> {
    let (generation, root_hash) = (bundle.generation(), bundle.root_hash());
    send(stream, &GatewayMessage::Applied(Applied { generation, root_hash, apply_us: 1, diagnostics: Vec::new() }))?;
    let health = Health {
        generation: Some(generation),
        root_hash: Some(root_hash),
        ready: true,
        driver: "epoll".to_owned(),
        workers: vec![WorkerHealth { index: 0, alive: true, restarts: 0 }],
        ..Health::default()
    };
    send(stream, &GatewayMessage::Health(health))
}

fn reject(stream: &mut UnixStream, generation: u64, reason: RejectedReason) -> std::io::Result<()> {
    let message = "it cannot be built".to_owned();
    let rejected = Rejected { generation, reason, message, diagnostics: Vec::new() };
    send(stream, &GatewayMessage::Rejected(rejected))
}

//! The connection to the gateway: a Unix socket that is opened again whenever it is lost.
//!
//! What always holds: commands belong to one connection (they die with it, so nothing stale is ever sent to a gateway that restarted);
//! the order of messages is the order of commands; a gateway that falls silent is given up.

use std::{
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::Duration,
};

use postern_bundle::{
    AgentHello, AgentMessage, Begin, Bundle, Commit, Decoder, Encoder, FrameError, GatewayHello, GatewayMessage,
    PROTOCOL, Put,
};
use thiserror::Error;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::mpsc,
    time::{Instant, timeout},
};

use crate::limits;

/// What the agent asks of a connected gateway.
#[derive(Debug)]
pub enum Command {
    /// Make the gateway run on `bundle`, given that it runs on `base` (`None`: send everything).
    Push {
        /// The new generation.
        bundle: Bundle,
        /// What the gateway runs on.
        base: Option<Bundle>,
    },
    /// There is nothing to serve; say why.
    Unconfigure(String),
}

/// What the agent hears of the gateway.
#[derive(Debug)]
pub enum Event {
    /// A connection is up.
    Connected {
        /// The gateway's greeting.
        hello: GatewayHello,
        /// Takes commands for this connection; dropping it closes the connection.
        link: mpsc::UnboundedSender<Command>,
    },
    /// The gateway said something.
    Message(GatewayMessage),
    /// The connection is gone, or could not be made. `Connected` may follow.
    Disconnected(String),
}

/// Why a connection ended.
#[derive(Debug, Error)]
pub enum PushError {
    /// Nobody listens, or the connection broke.
    #[error("{path}: {error}", path = path.display())]
    Io {
        /// The socket.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The gateway closed the connection.
    #[error("the gateway closed the connection")]
    Closed,
    /// The gateway said something that is no message.
    #[error("the gateway sent a bad frame: {0}")]
    Frame(#[from] FrameError),
    /// The gateway did not answer in time.
    #[error("the gateway did not {what} within {} s", after.as_secs())]
    Silent {
        /// What it should have done.
        what: &'static str,
        /// How long it had.
        after: Duration,
    },
    /// Somebody else listens at the gateway's socket.
    #[error("{path} belongs to user {uid}, who is neither this agent's user nor root: nothing is sent there", path = path.display())]
    Peer {
        /// The socket.
        path: PathBuf,
        /// Who listens.
        uid: u32,
    },
    /// The agent ends.
    #[error("the agent is stopping")]
    Stopping,
}

/// Keeps a connection to the gateway at `socket` until nobody listens to `events`.
pub async fn run(socket: PathBuf, events: mpsc::Sender<Event>) {
    loop {
        let ended = match connection(&socket, &events).await {
            Err(PushError::Stopping) => return,
            Err(error) => error.to_string(),
            Ok(never) => match never {},
        };
        if events.send(Event::Disconnected(ended)).await.is_err() {
            return;
        }
        tokio::select! {
            () = events.closed() => return,
            () = tokio::time::sleep(limits::SOCKET_RETRY) => {}
        }
    }
}

enum Never {}

async fn connection(socket: &Path, events: &mpsc::Sender<Event>) -> Result<Never, PushError> {
    let io = |error| PushError::Io { path: socket.to_owned(), error };
    let stream = UnixStream::connect(socket).await.map_err(io)?;
    check_peer(socket, &stream).map_err(io)??;
    let (reader, writer) = stream.into_split();
    let mut gateway = Gateway {
        socket,
        reader,
        writer,
        decoder: Decoder::new(),
        buffer: vec![0; limits::SOCKET_READ_BYTES],
        unanswered_pings: 0,
        applying_since: None,
    };
    let hello = AgentHello { protocol: PROTOCOL, version: env!("CARGO_PKG_VERSION").to_owned() };
    gateway.send(&AgentMessage::Hello(hello)).await?;
    let greeting = timeout(limits::HELLO_TIMEOUT, gateway.greeting());
    let silent = |_| PushError::Silent { what: "greet", after: limits::HELLO_TIMEOUT };
    let hello = greeting.await.map_err(silent)??;
    let (link, commands) = mpsc::unbounded_channel();
    if events.send(Event::Connected { hello, link }).await.is_err() {
        return Err(PushError::Stopping);
    }
    gateway.serve(commands, events).await
}

/// What is pushed holds every key of the service, so it goes to a gateway of the same user only. An agent that is root trusts
/// whoever could make the socket.
fn check_peer(socket: &Path, stream: &UnixStream) -> io::Result<Result<(), PushError>> {
    // The owner of a process's entry in /proc is its effective user.
    let own = std::fs::metadata("/proc/self")?.uid();
    let uid = stream.peer_cred()?.uid();
    let trusted = own == 0 || uid == own || uid == 0;
    Ok(if trusted { Ok(()) } else { Err(PushError::Peer { path: socket.to_owned(), uid }) })
}

struct Gateway<'a> {
    socket: &'a Path,
    reader: OwnedReadHalf,
    writer: OwnedWriteHalf,
    decoder: Decoder<GatewayMessage>,
    buffer: Vec<u8>,
    unanswered_pings: u64,
    /// Set while a commit is not answered.
    applying_since: Option<Instant>,
}

impl Gateway<'_> {
    async fn greeting(&mut self) -> Result<GatewayHello, PushError> {
        loop {
            match self.decoder.next_message()? {
                Some(GatewayMessage::Hello(hello)) => return Ok(hello),
                // Nothing else may come before the greeting.
                Some(_) => return Err(PushError::Closed),
                None => self.receive().await?,
            }
        }
    }

    /// Handles commands and messages until one side ends.
    async fn serve(
        &mut self,
        mut commands: mpsc::UnboundedReceiver<Command>,
        events: &mpsc::Sender<Event>,
    ) -> Result<Never, PushError> {
        let mut ping = tokio::time::interval(limits::PING_INTERVAL);
        ping.reset();
        loop {
            while let Some(message) = self.decoder.next_message()? {
                self.note(&message);
                if events.send(Event::Message(message)).await.is_err() {
                    return Err(PushError::Stopping);
                }
            }
            tokio::select! {
                received = self.receive() => received?,
                command = commands.recv() => match command {
                    Some(command) => self.command(command).await?,
                    None => return Err(PushError::Stopping),
                },
                _ = ping.tick() => self.ping().await?,
            }
        }
    }

    fn note(&mut self, message: &GatewayMessage) {
        // Whatever it says, it is alive.
        self.unanswered_pings = 0;
        if matches!(message, GatewayMessage::Applied(_) | GatewayMessage::Rejected(_)) {
            self.applying_since = None;
        }
    }

    async fn ping(&mut self) -> Result<(), PushError> {
        if let Some(since) = self.applying_since {
            // It may be busy building; that has a limit of its own.
            let waited = since.elapsed();
            let silent = PushError::Silent { what: "apply a generation", after: limits::APPLY_TIMEOUT };
            return if waited > limits::APPLY_TIMEOUT { Err(silent) } else { Ok(()) };
        }
        if self.unanswered_pings >= 2 {
            return Err(PushError::Silent { what: "answer", after: limits::PING_INTERVAL * 2 });
        }
        self.unanswered_pings += 1;
        self.send(&AgentMessage::Ping(self.unanswered_pings)).await
    }

    async fn command(&mut self, command: Command) -> Result<(), PushError> {
        match command {
            Command::Unconfigure(reason) => self.send(&AgentMessage::Unconfigure(reason)).await,
            Command::Push { bundle, base } => {
                let delta = bundle.delta_from(base.as_ref());
                let base = base.as_ref().map(Bundle::root_hash);
                let mut out = Vec::new();
                Encoder::encode(&AgentMessage::Begin(Begin { generation: bundle.generation(), base }), &mut out)?;
                for (key, part) in delta.put {
                    let put = Put { key, hash: part.hash(), bytes: std::sync::Arc::clone(part.bytes()) };
                    Encoder::encode(&AgentMessage::Put(put), &mut out)?;
                    if out.len() >= limits::SOCKET_WRITE_BYTES {
                        self.write(&out).await?;
                        out.clear();
                    }
                }
                for key in delta.drop {
                    Encoder::encode(&AgentMessage::Drop(key), &mut out)?;
                }
                let commit = Commit { generation: bundle.generation(), root_hash: bundle.root_hash() };
                Encoder::encode(&AgentMessage::Commit(commit), &mut out)?;
                self.applying_since = Some(Instant::now());
                self.write(&out).await
            }
        }
    }

    async fn send(&mut self, message: &AgentMessage) -> Result<(), PushError> {
        let frame = Encoder::frame(message)?;
        self.write(&frame).await
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), PushError> {
        let written = timeout(limits::APPLY_TIMEOUT, self.writer.write_all(bytes)).await;
        let silent = |_| PushError::Silent { what: "take what it was sent", after: limits::APPLY_TIMEOUT };
        written.map_err(silent)?.map_err(|error| PushError::Io { path: self.socket.to_owned(), error })
    }

    /// Reads once. Cancel-safe: bytes are in the decoder or still in the socket.
    async fn receive(&mut self) -> Result<(), PushError> {
        let read = self.reader.read(&mut self.buffer).await;
        match read.map_err(|error| PushError::Io { path: self.socket.to_owned(), error })? {
            0 => Err(PushError::Closed),
            length => {
                self.decoder.push(self.buffer.get(..length).unwrap_or_default());
                Ok(())
            }
        }
    }
}

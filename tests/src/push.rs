//! The agent's side of the push protocol, for tests that give a gateway its configuration without an agent.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use postern_bundle::{
    AgentHello, AgentMessage, Applied, Begin, Bundle, Commit, Decoder, Encoder, GatewayHello, GatewayMessage, PROTOCOL,
    Put, Rejected,
};

use crate::limits::HANG;

/// A connection to the gateway's control socket.
#[derive(Debug)]
pub struct Pusher {
    stream: UnixStream,
    messages: Receiver<GatewayMessage>,
    /// What the gateway said it runs on when this connection began.
    pub hello: GatewayHello,
    last: Option<Bundle>,
}

impl Pusher {
    /// Connects and shakes hands.
    pub fn connect(socket: &Path) -> Self {
        let stream = UnixStream::connect(socket).unwrap();
        let messages = read_messages(stream.try_clone().unwrap());
        let version = env!("CARGO_PKG_VERSION").to_owned();
        send(&stream, &AgentMessage::Hello(AgentHello { protocol: PROTOCOL, version }));
        let GatewayMessage::Hello(hello) = messages.recv_timeout(HANG).unwrap() else {
            panic!("the first message is not a hello")
        };
        Pusher { stream, messages, hello, last: None }
    }

    /// Pushes what differs from the bundle pushed last on this connection, and waits until every worker has it.
    ///
    /// # Panics
    /// When the gateway does not apply it.
    pub fn push(&mut self, bundle: &Bundle) -> Applied {
        self.try_push(bundle).unwrap()
    }

    /// As [`Pusher::push`], with the refusal as a value.
    pub fn try_push(&mut self, bundle: &Bundle) -> Result<Applied, Rejected> {
        self.send_changes(bundle);
        self.send(&AgentMessage::Commit(Commit { generation: bundle.generation(), root_hash: bundle.root_hash() }));
        let answer = self.wait_for(|message| match message {
            GatewayMessage::Applied(applied) => Some(Ok(applied)),
            GatewayMessage::Rejected(rejected) => Some(Err(rejected)),
            _ => None,
        });
        if answer.is_ok() {
            self.last = Some(bundle.clone());
        }
        answer
    }

    /// Everything of a generation but its end.
    pub fn send_changes(&mut self, bundle: &Bundle) {
        let delta = bundle.delta_from(self.last.as_ref());
        let base = self.last.as_ref().map(Bundle::root_hash);
        self.send(&AgentMessage::Begin(Begin { generation: bundle.generation(), base }));
        for (key, part) in delta.put {
            self.send(&AgentMessage::Put(Put { key, hash: part.hash(), bytes: part.bytes().clone() }));
        }
        for key in delta.drop {
            self.send(&AgentMessage::Drop(key));
        }
    }

    /// Tells the gateway that there is nothing to serve.
    pub fn unconfigure(&mut self, reason: &str) {
        self.send(&AgentMessage::Unconfigure(reason.to_owned()));
        self.last = None;
    }

    pub fn send(&self, message: &AgentMessage) {
        send(&self.stream, message);
    }

    /// Sends bytes that need not be a frame.
    pub fn send_bytes(&self, bytes: &[u8]) {
        // The gateway may have ended the connection already.
        let _ = (&self.stream).write_all(bytes);
    }

    /// The first message that `wanted` takes; others are skipped.
    pub fn wait_for<T>(&self, mut wanted: impl FnMut(GatewayMessage) -> Option<T>) -> T {
        loop {
            let message = self.messages.recv_timeout(HANG).expect("the gateway says nothing or ended the connection");
            if let Some(found) = wanted(message) {
                return found;
            }
        }
    }

    /// Waits until the gateway ends this connection.
    pub fn wait_for_end(&self) {
        while self.messages.recv_timeout(HANG).map_err(|error| assert_ne!(error.to_string(), TIMED_OUT)).is_ok() {}
    }
}

const TIMED_OUT: &str = "timed out waiting on channel";

fn send(stream: &UnixStream, message: &AgentMessage) {
    let frame = Encoder::frame(message).unwrap();
    let mut stream = stream;
    stream.write_all(&frame).unwrap();
}

/// Reads all the time, so that the gateway's reports never fill the socket.
fn read_messages(mut stream: UnixStream) -> Receiver<GatewayMessage> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut decoder = Decoder::<GatewayMessage>::new();
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = stream.read(&mut buffer) {
            decoder.push(&buffer[..count]);
            while let Some(message) = decoder.next_message().unwrap() {
                if sender.send(message).is_err() {
                    return;
                }
            }
        }
    });
    receiver
}

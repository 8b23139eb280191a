//! The control thread: one loop over the listening socket and the connected agent.
//!
//! What must hold: at most one agent is connected; a newer one takes the place of an older one, because the older is then
//! most likely a process that died or hangs.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use crossbeam_channel::Sender;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::configuration::Current;
use super::session::{Session, SessionError};
use super::socket::ControlSocket;
use crate::observe::state::ProcessState;
use crate::supervisor::Event;

/// How often changes of the workers' health are looked for while nothing arrives.
const TICK: Timespec = Timespec { tv_sec: 0, tv_nsec: 250_000_000 };

/// Wait after a failed `poll` (memory shortage), so that the loop does not spin.
const POLL_PAUSE: Duration = Duration::from_millis(100);

/// Starts the control thread, which runs until the process ends.
///
/// # Errors
/// When the thread cannot be started.
pub fn start(socket: ControlSocket, state: Arc<ProcessState>, events: Sender<Event>) -> io::Result<()> {
    let mut server = Server { socket, current: Current::new(Arc::clone(&state), events), state, session: None };
    thread::Builder::new().name("control".into()).spawn(move || {
        loop {
            server.turn();
        }
    })?;
    Ok(())
}

#[derive(Debug)]
struct Server {
    socket: ControlSocket,
    state: Arc<ProcessState>,
    current: Current,
    session: Option<Session>,
}

impl Server {
    fn turn(&mut self) {
        let (connection_waits, agent_speaks) = self.wait();
        self.current.release();
        if connection_waits && let Some(stream) = self.socket.accept() {
            self.end_session(None);
            match Session::new(stream) {
                Ok(session) => self.begin_session(session),
                Err(error) => tracing::warn!(%error, "connection of an agent not usable"),
            }
            return;
        }
        let Some(session) = &mut self.session else { return };
        let read = if agent_speaks { session.read(&mut self.current, &self.state) } else { Ok(()) };
        if let Err(error) = read.and_then(|()| session.tick(&self.state)) {
            self.end_session(Some(&error));
        }
    }

    /// Waits for a connection or bytes; says which.
    fn wait(&self) -> (bool, bool) {
        let mut sources = vec![PollFd::new(&self.socket.listener, PollFlags::IN)];
        if let Some(session) = &self.session {
            sources.push(PollFd::new(&session.stream, PollFlags::IN));
        }
        if let Err(error) = poll(&mut sources, Some(&TICK)) {
            if error != rustix::io::Errno::INTR {
                tracing::error!(%error, "control thread cannot wait");
                thread::sleep(POLL_PAUSE);
            }
            return (false, false);
        }
        // Errors and hang-ups show when the source is used.
        let ready = |index: usize| sources.get(index).is_some_and(|source| !source.revents().is_empty());
        (ready(0), ready(1))
    }

    fn begin_session(&mut self, session: Session) {
        self.session = Some(session);
        self.state.agent_connected.store(true, Ordering::Relaxed);
    }

    /// Forgets the agent and what it had not committed; what is in force stays.
    fn end_session(&mut self, error: Option<&SessionError>) {
        if self.session.take().is_none() {
            return;
        }
        self.current.abort();
        self.state.agent_connected.store(false, Ordering::Relaxed);
        match error {
            None => tracing::info!("agent replaced by a newer one"),
            Some(SessionError::Closed) => tracing::info!("agent disconnected"),
            Some(error) => {
                tracing::warn!(error = error as &dyn std::error::Error, "agent disconnected");
            }
        }
    }
}

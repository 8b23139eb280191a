//! The worker's thread: builds the runtime, starts the accept loop, and handles mailbox and ticks until it is told to end.
//!
//! What must hold: a runtime is never dropped while operations may be in flight (the kernel would write into freed
//! memory), so it is leaked when the worker ends; after a panic of the loop every socket of the worker is shut down and
//! its tasks get a moment to end by themselves.

use std::any::Any;
use std::cell::Cell;
use std::future::Future;
use std::io;
use std::mem::ManuallyDrop;
use std::os::unix::net::UnixStream as StdUnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, unbounded};
use monoio::io::{AsyncReadRent, CancelHandle, Canceller};
use monoio::net::UnixStream;
use monoio::time::TimeDriver;
use monoio::{IoUringDriver, LegacyDriver, Runtime, RuntimeBuilder};

use super::context::Parts;
use super::deadline::TICK;
use super::{Active, Context, Driver, Heartbeat, Message, Reply, ReplyTo, WorkerConfig, WorkerExit};
use crate::connection::Security;
use crate::io::{self as worker_io, Notify};
use crate::listener;
use crate::observe::metrics::Counter;
use crate::settings::DriverChoice;

/// Submission entries of a ring: operations of one loop turn. The completion queue has twice as many.
const RING_ENTRIES: u32 = 4_096;
/// Time for the tasks of a panicked worker to see that their sockets were shut down.
const CLEAN_UP: Duration = Duration::from_millis(200);
/// Values and nodes of dropped documents that are freed in a tick: a fraction of a millisecond, and the largest document within ten seconds.
const GARBAGE_PER_TICK: usize = 8 * 1024;
/// How often idle backend connections are looked through.
const SWEEP_EVERY_TICKS: u32 = 10;

/// Runs a worker on the calling thread until it has drained.
///
/// A panic of the worker's own loop unwinds out of this function, after its connections were shut down.
pub fn run(config: WorkerConfig) -> WorkerExit {
    if let Some(core) = config.core
        && !core_affinity::set_for_current(core)
    {
        tracing::warn!(worker = config.index, core = core.id, "the worker could not be bound to its core");
    }
    let started = config.started.clone();
    let result = match config.driver {
        DriverChoice::IoUring => build_ring().map(|ring| drive(ring, config, Driver::IoUring)),
        DriverChoice::Epoll => build_epoll().map(|epoll| drive(epoll, config, Driver::Epoll)),
        DriverChoice::Auto => match build_ring() {
            Ok(ring) => Ok(drive(ring, config, Driver::IoUring)),
            Err(error) => {
                tracing::warn!(worker = config.index, %error, "no io_uring ring could be built; using epoll");
                build_epoll().map(|epoll| drive(epoll, config, Driver::Epoll))
            }
        },
    };
    result.unwrap_or_else(|error| {
        let _ = started.send(Err(format!("the runtime could not be built: {error}")));
        WorkerExit::Failed
    })
}

fn build_ring() -> io::Result<Runtime<TimeDriver<IoUringDriver>>> {
    let mut flags = io_uring::IoUring::builder();
    // Measured: these two take a quarter off the cost of a request (perf/README.md).
    flags.setup_coop_taskrun().setup_single_issuer();
    RuntimeBuilder::<IoUringDriver>::new().uring_builder(flags).with_entries(RING_ENTRIES).enable_timer().build()
}

fn build_epoll() -> io::Result<Runtime<TimeDriver<LegacyDriver>>> {
    RuntimeBuilder::<LegacyDriver>::new().enable_timer().build()
}

fn drive<D: monoio::Driver>(runtime: Runtime<D>, config: WorkerConfig, driver: Driver) -> WorkerExit {
    let mut runtime = ManuallyDrop::new(runtime);
    let rescue: Rc<Rescue> = Rc::default();
    let result = catch_unwind(AssertUnwindSafe(|| runtime.block_on(serve(config, driver, Rc::clone(&rescue)))));
    result.unwrap_or_else(|panic| {
        clean_up(&mut runtime, &rescue);
        resume_unwind(panic)
    })
}

/// What is needed to end a worker whose loop is gone.
#[derive(Default)]
struct Rescue {
    context: Cell<Option<Rc<Context>>>,
    canceller: Cell<Option<Canceller>>,
}

fn clean_up<D: monoio::Driver>(runtime: &mut Runtime<D>, rescue: &Rescue) {
    let (context, canceller) = (rescue.context.take(), rescue.canceller.take());
    let attempt = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async {
            if let Some(context) = &context {
                context.set_draining();
                context.sockets.shut_down_all();
                context.pools.clear();
            }
            if let Some(canceller) = canceller {
                canceller.cancel();
            }
            monoio::time::sleep(CLEAN_UP).await;
        });
    }));
    if attempt.is_err() {
        tracing::error!("a second panic while a worker was cleaned up");
    }
    // The panic came between two requests; what was recorded before it is still good.
    if let Some(context) = context {
        context.log.borrow_mut().flush();
    }
}

/// The loop of a worker.
async fn serve(config: WorkerConfig, driver: Driver, rescue: Rc<Rescue>) -> WorkerExit {
    let set_up = match set_up(config, driver) {
        Ok(set_up) => set_up,
        Err((started, error)) => {
            let _ = started.send(Err(error.to_string()));
            return WorkerExit::Failed;
        }
    };
    let SetUp { context, listeners, mailbox, replies, wake, replies_wake, knocks, heartbeat, started } = set_up;
    let canceller = Canceller::new();
    let accept_handle = canceller.handle();
    rescue.context.set(Some(Rc::clone(&context)));
    rescue.canceller.set(Some(canceller));
    let told = Rc::new(Told::default());
    context.metrics.set_driver(driver);
    monoio::spawn(tick(Rc::clone(&context), heartbeat));
    monoio::spawn(on_wake(knocks, worker_io::wake_yielded));
    monoio::spawn(learn(Rc::clone(&context), replies_wake, replies));
    monoio::spawn(read_mailbox(Rc::clone(&context), Rc::clone(&told), wake, mailbox));
    let queues: Vec<_> = listeners.iter().map(listener::Listener::queue).collect();
    let accept = |listener| guard(Rc::clone(&told), accept(Rc::clone(&context), listener, accept_handle.clone()));
    let accepting: Vec<_> = listeners.into_iter().map(|listener| monoio::spawn(accept(listener))).collect();
    let _ = started.send(Ok(driver));
    let deadline = told.wait().await;
    context.set_draining();
    if let Some(canceller) = rescue.canceller.take() {
        canceller.cancel();
    }
    for accepting in accepting {
        accepting.await;
    }
    drain(&context, &queues, deadline).await
}

/// What another task has to say to the worker's main task, which alone may end the worker.
#[derive(Default)]
struct Told {
    drain: Cell<Option<Instant>>,
    panic: Cell<Option<Box<dyn Any + Send>>>,
    changed: Notify,
}

impl Told {
    /// Waits for the order to drain.
    ///
    /// # Panics
    /// With the panic of a task that the worker cannot do without.
    async fn wait(&self) -> Instant {
        loop {
            if let Some(panic) = self.panic.take() {
                resume_unwind(panic);
            }
            if let Some(deadline) = self.drain.get() {
                return deadline;
            }
            self.changed.notified().await;
        }
    }
}

/// Hands a panic of `task` to the main task, so that the worker ends in one place.
async fn guard(told: Rc<Told>, task: impl Future<Output = ()>) {
    if let Err(panic) = crate::connection::catch_panic(|| task).await {
        told.panic.set(Some(panic));
        told.changed.notify_all();
    }
}

async fn accept(context: Rc<Context>, listener: listener::Listener, handle: CancelHandle) {
    listener.accept_until_cancelled(&context, handle).await;
}

struct SetUp {
    context: Rc<Context>,
    listeners: Vec<listener::Listener>,
    mailbox: Receiver<Message>,
    replies: Receiver<Reply>,
    wake: UnixStream,
    replies_wake: UnixStream,
    /// Where tasks that yield knock.
    knocks: UnixStream,
    heartbeat: Arc<Heartbeat>,
    started: crossbeam_channel::Sender<Result<Driver, String>>,
}

fn set_up(
    config: WorkerConfig,
    driver: Driver,
) -> Result<SetUp, (crossbeam_channel::Sender<Result<Driver, String>>, io::Error)> {
    let started = config.started.clone();
    set_up_parts(config, driver).map_err(|error| (started, error))
}

fn set_up_parts(config: WorkerConfig, driver: Driver) -> io::Result<SetUp> {
    let (sender, replies) = unbounded();
    let (near, far) = StdUnixStream::pair()?;
    near.set_nonblocking(true)?;
    let (knock, knocks) = StdUnixStream::pair()?;
    knock.set_nonblocking(true)?;
    worker_io::set_knock(knock);
    let reply_to = ReplyTo { replies: sender, wake: Arc::new(near) };
    let parts = Parts {
        settings: config.settings,
        metrics: config.metrics,
        log: config.log,
        readiness: config.readiness,
        shared: config.shared,
    };
    let mut listeners = vec![listener::Listener::new(config.listeners.http, driver, Security::Cleartext)?];
    if let Some(https) = config.listeners.https {
        listeners.push(listener::Listener::new(https, driver, Security::Tls)?);
    }
    Ok(SetUp {
        context: Context::new(parts, reply_to),
        listeners,
        mailbox: config.mailbox,
        replies,
        wake: wake_socket(config.wake, driver)?,
        replies_wake: wake_socket(far, driver)?,
        knocks: wake_socket(knocks, driver)?,
        heartbeat: config.heartbeat,
        started: config.started,
    })
}

fn wake_socket(socket: StdUnixStream, driver: Driver) -> io::Result<UnixStream> {
    // The ring must have a blocking descriptor (else it answers EAGAIN), epoll a non-blocking one.
    socket.set_nonblocking(driver == Driver::Epoll)?;
    UnixStream::from_std(socket)
}

/// The worker's clock: deadlines, callers that are gone, heartbeat, log hand-over, idle connections.
async fn tick(context: Rc<Context>, heartbeat: Arc<Heartbeat>) {
    let mut interval = monoio::time::interval(TICK);
    let mut ticks = 0u32;
    loop {
        interval.tick().await;
        let now = Instant::now();
        heartbeat.beat();
        context.clock.tick(now);
        context.wheel.advance(now);
        context.sockets.look_for_gone();
        context.log.borrow_mut().flush();
        context.dropped.tell(now);
        // What requests left behind, should no other request come.
        postern_dotnet::garbage::collect(GARBAGE_PER_TICK);
        ticks = ticks.wrapping_add(1);
        if ticks.is_multiple_of(SWEEP_EVERY_TICKS) {
            context.pools.sweep(now, context.settings.limits.upstream_idle_timeout);
        }
    }
}

/// Calls `act` whenever bytes arrive on a wake-up socket; ends when its other end is gone.
async fn on_wake(mut socket: UnixStream, mut act: impl FnMut()) {
    let mut buffer = Vec::with_capacity(256);
    loop {
        buffer.clear();
        let (result, returned) = socket.read(buffer).await;
        buffer = returned;
        match result {
            Ok(0) => return,
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return,
            _ => act(),
        }
    }
}

async fn learn(context: Rc<Context>, wake: UnixStream, replies: Receiver<Reply>) {
    let take = |reply| match reply {
        Reply::Name(answer) => context.names.learn(answer),
        Reply::Offloaded(ticket) => context.offloads.learn(ticket),
    };
    on_wake(wake, || replies.try_iter().for_each(take)).await;
}

async fn read_mailbox(context: Rc<Context>, told: Rc<Told>, wake: UnixStream, mailbox: Receiver<Message>) {
    // What was sent before the loop began has its byte waiting as well.
    on_wake(wake, || mailbox.try_iter().for_each(|message| obey(&context, &told, message))).await;
}

fn obey(context: &Context, told: &Told, message: Message) {
    match message {
        Message::Publish { snapshot, table } => {
            let generation = snapshot.generation();
            context.set_active(Some(Active::new(snapshot, *table)));
            context.metrics.set_generation(generation);
        }
        Message::Unconfigure { reason } => {
            tracing::debug!(%reason, "configuration taken away");
            context.set_active(None);
            context.metrics.set_generation(0);
        }
        Message::Drain { deadline } => {
            told.drain.set(Some(deadline));
            told.changed.notify_all();
        }
        Message::Panic => {
            let panic = catch_unwind(|| panic!("a panic was asked for by the test hook")).err();
            told.panic.set(panic);
            told.changed.notify_all();
        }
    }
}

/// Waits until `deadline` for what goes on without a connection: events, and one-way requests.
async fn settle(context: &Context, deadline: Instant) {
    let left = || deadline.saturating_duration_since(Instant::now());
    while context.events.count() > 0 && !left().is_zero() {
        let _ = monoio::time::timeout(left(), context.events.settled.notified()).await;
    }
    while context.one_way.count() > 0 && !left().is_zero() {
        let _ = monoio::time::timeout(left(), context.one_way.ended.notified()).await;
    }
    let (events, one_way) = (context.events.count(), context.one_way.count());
    if events > 0 || one_way > 0 {
        context.metrics.add(Counter::EventsDropped, events as u64);
        context.metrics.add(Counter::OneWayDropped, one_way as u64);
        tracing::warn!(events, one_way, "events and one-way requests are given up, as the worker ends");
    }
}

/// Finishes what is under way: connections that the listener had queued are served, idle ones are closed.
async fn drain(context: &Rc<Context>, queues: &[listener::Queue], deadline: Instant) -> WorkerExit {
    queues.iter().for_each(|queue| queue.serve_rest(context));
    context.sockets.finish_idle();
    context.pools.clear();
    while context.connections() > 0 {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        let _ = monoio::time::timeout(left, context.empty.notified()).await;
    }
    settle(context, deadline).await;
    context.log.borrow_mut().flush();
    match context.connections() {
        0 => WorkerExit::Drained,
        connections => {
            context.sockets.shut_down_all();
            WorkerExit::DrainDeadline { connections }
        }
    }
}

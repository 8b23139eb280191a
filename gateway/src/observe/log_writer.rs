//! The one thread that writes the access log, and the way of batches to it and back.
//!
//! What must hold: the queue is bounded, a worker never waits for it, and what does not fit is counted by record. Buffers
//! go round: the writer gives them back, so that workers allocate none in steady state.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::access_log::{AccessLog, LogFormat, LogLevel};
use super::bell::{Bell, Next};
use super::log_file::LogFile;
use crate::limits::{LOG_BATCH_BYTES, LOG_BATCHES_MAX, LOG_HELD_MAX, LOG_VALUE_BYTES_MAX};

/// Where lines go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogDestination {
    Off,
    Stdout,
    /// Appended to; opened again on SIGHUP, so that it can be rotated.
    File(PathBuf),
}

/// What became of records, over all workers.
#[derive(Debug, Default)]
pub struct LogCounts {
    pub written: AtomicU64,
    /// Dropped because the writer was behind.
    pub dropped: AtomicU64,
    /// Lost because the destination refused them.
    pub failed: AtomicU64,
}

#[derive(Debug)]
enum Entry {
    Batch { bytes: Vec<u8>, records: u32 },
    Reopen,
    Finish,
}

/// A worker's end of the queue.
#[derive(Debug, Clone)]
pub(super) struct Batches {
    full: Sender<Entry>,
    empty: Receiver<Vec<u8>>,
    counts: Arc<LogCounts>,
    /// Behind `full`, which is dropped before it.
    bell: Bell,
}

impl Batches {
    /// Takes `batch` away and leaves an empty buffer in its place; drops its records when the queue is full.
    pub(super) fn hand_over(&self, batch: &mut Vec<u8>, records: u32) {
        if self.full.is_full() {
            self.drop_records(records);
            return;
        }
        let next = self.empty.try_recv().unwrap_or_else(|_| Vec::with_capacity(batch.capacity()));
        let bytes = std::mem::replace(batch, next);
        if let Err(rejected) = self.full.try_send(Entry::Batch { bytes, records }) {
            self.drop_records(records);
            // Another worker took the last place in between; keep the buffer.
            if let Entry::Batch { bytes, .. } = rejected.into_inner() {
                *batch = bytes;
            }
            return;
        }
        self.bell.ring();
    }

    /// Whether `entry` found a place before `timeout` passed.
    fn send(&self, entry: Entry, timeout: Duration) -> bool {
        let is_sent = self.full.send_timeout(entry, timeout).is_ok();
        self.bell.ring();
        is_sent
    }

    fn drop_records(&self, records: u32) {
        self.counts.dropped.fetch_add(u64::from(records), Ordering::Relaxed);
    }
}

/// The writer thread's owner: makes the workers' ends, and ends the thread.
#[derive(Debug)]
pub struct LogWriter {
    batches: Option<Batches>,
    format: LogFormat,
    level: LogLevel,
    region: Arc<str>,
    counts: Arc<LogCounts>,
    thread: Option<JoinHandle<()>>,
}

impl LogWriter {
    /// Opens the destination and starts the thread; starts none when the log is off.
    ///
    /// # Errors
    /// When the file cannot be opened or the thread cannot be started.
    pub fn start(destination: &LogDestination, format: LogFormat, level: LogLevel, region: &str) -> io::Result<Self> {
        let counts = Arc::new(LogCounts::default());
        let mut writer =
            Self { batches: None, format, level, region: region.into(), counts: Arc::clone(&counts), thread: None };
        let output = match destination {
            LogDestination::Off => return Ok(writer),
            LogDestination::Stdout => Output::Stdout(io::stdout()),
            LogDestination::File(path) => Output::File(LogFile::open(path)?),
        };
        let (full, entries) = bounded(LOG_BATCHES_MAX);
        let (back, empty) = bounded(LOG_BATCHES_MAX);
        let bell = Bell::default();
        let run = {
            let (counts, bell) = (Arc::clone(&counts), bell.clone());
            move || write_entries(output, |patience| bell.next(&entries, patience), &back, &counts)
        };
        writer.thread = Some(std::thread::Builder::new().name("access-log".into()).spawn(run)?);
        writer.batches = Some(Batches { full, empty, counts, bell });
        Ok(writer)
    }

    /// One worker's log.
    pub fn log(&self) -> AccessLog {
        AccessLog::new(self.batches.clone(), self.format, self.level, &self.region)
    }

    /// What became of records so far.
    pub fn counts(&self) -> &Arc<LogCounts> {
        &self.counts
    }

    /// Opens the file again under its name (after rotation).
    pub fn reopen(&self) {
        if let Some(batches) = &self.batches {
            // The writer is behind when this waits; the caller is the supervisor, so not for long.
            batches.send(Entry::Reopen, Duration::from_secs(1));
        }
    }

    /// Writes what is queued and ends the thread; gives up after `timeout` (a blocked pipe), which loses the rest.
    pub fn finish(mut self, timeout: Duration) {
        let (Some(batches), Some(thread)) = (self.batches.take(), self.thread.take()) else { return };
        if !batches.send(Entry::Finish, timeout) {
            return;
        }
        if !wait_for_end(&batches.empty, timeout) {
            tracing::warn!("access log did not finish in time");
        } else if thread.join().is_err() {
            tracing::error!("access log writer panicked");
        }
    }
}

/// Whether the writer thread, which holds the other end, went away before the timeout.
fn wait_for_end(empty: &Receiver<Vec<u8>>, timeout: Duration) -> bool {
    let deadline = Instant::now() + timeout;
    loop {
        match empty.recv_deadline(deadline) {
            Ok(_) => {}
            Err(end) => return end == RecvTimeoutError::Disconnected,
        }
    }
}

enum Output {
    Stdout(io::Stdout),
    File(LogFile),
}

impl Output {
    /// Writes what is to be written now; a part may be held back until [`Output::flush`], and the batch with it.
    fn write(&mut self, batch: Vec<u8>) -> Written {
        match self {
            Self::Stdout(stdout) => {
                let mut stdout = stdout.lock();
                Written { result: stdout.write_all(&batch).and_then(|()| stdout.flush()), free: batch }
            }
            Self::File(file) => file.write(batch),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(_) => Ok(()),
            Self::File(file) => file.flush(),
        }
    }

    /// How long what is held back may wait for more.
    fn patience(&self) -> Option<Duration> {
        match self {
            Self::File(file) if !file.held().is_empty() => Some(LOG_HELD_MAX),
            _ => None,
        }
    }

    fn reopen(&mut self) {
        if let Self::File(file) = self {
            file.reopen();
        }
    }
}

/// What became of a batch.
pub(super) struct Written {
    pub(super) result: io::Result<()>,
    /// A buffer that is not needed any more.
    pub(super) free: Vec<u8>,
}

fn write_entries(
    mut output: Output,
    mut next: impl FnMut(Option<Duration>) -> Next<Entry>,
    back: &Sender<Vec<u8>>,
    counts: &LogCounts,
) {
    let mut failing = false;
    loop {
        let (written, records) = match next(output.patience()) {
            Next::Entry(Entry::Batch { bytes, records }) => (output.write(bytes), u64::from(records)),
            Next::Silence => (Written { result: output.flush(), free: Vec::new() }, 0),
            Next::Entry(Entry::Reopen) => {
                let result = output.flush();
                output.reopen();
                (Written { result, free: Vec::new() }, 0)
            }
            Next::Entry(Entry::Finish) | Next::End => {
                if let Err(error) = output.flush() {
                    tracing::error!(%error, "the end of the access log could not be written");
                }
                return;
            }
        };
        match written.result {
            Ok(()) => {
                counts.written.fetch_add(records, Ordering::Relaxed);
                failing = false;
            }
            Err(error) => {
                counts.failed.fetch_add(records, Ordering::Relaxed);
                // Once per outage: a full disk must not fill the event log too.
                if !std::mem::replace(&mut failing, true) {
                    tracing::error!(%error, "access log cannot be written");
                }
            }
        }
        let mut free = written.free;
        free.clear();
        if (1..=2 * (LOG_BATCH_BYTES + LOG_VALUE_BYTES_MAX)).contains(&free.capacity()) {
            let _ = back.try_send(free);
        }
    }
}

/// A queue without a writer, and what counts the records in it.
#[cfg(test)]
pub(super) fn tests_queue(room: usize) -> (Batches, impl Fn() -> u32) {
    let (full, entries) = bounded(room);
    let (_back, empty) = bounded(room);
    let count = move || {
        entries.try_iter().map(|entry| if let Entry::Batch { records, .. } = entry { records } else { 0 }).sum()
    };
    (Batches { full, empty, counts: Arc::default(), bell: Bell::default() }, count)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::observe::access_log::AccessRecord;

    fn record() -> AccessRecord<'static> {
        AccessRecord { status: 200, method: b"GET", host: b"h", target: b"/x", ..Default::default() }
    }

    fn start(destination: &LogDestination) -> LogWriter {
        LogWriter::start(destination, LogFormat::Json, LogLevel::Info, "Anywhere").unwrap()
    }

    #[test]
    fn records_of_all_workers_are_in_the_file_when_it_finished() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("access.log");
        let writer = start(&LogDestination::File(path.clone()));
        let counts = Arc::clone(writer.counts());
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let mut log = writer.log();
                std::thread::spawn(move || {
                    for _ in 0..500 {
                        log.record(&record());
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        writer.finish(Duration::from_secs(10));
        let text = std::fs::read_to_string(path).unwrap();
        let lines = text.lines().filter(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()).count();
        assert_eq!(lines, 2000);
        assert_eq!(counts.written.load(Ordering::Relaxed), 2000);
        assert_eq!(counts.dropped.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn a_writer_that_is_behind_costs_records_and_not_time() {
        let (full, entries) = bounded(1);
        let (_back, empty) = bounded(1);
        let counts = Arc::new(LogCounts::default());
        let batches = Batches { full, empty, counts: Arc::clone(&counts), bell: Bell::default() };
        let mut log = AccessLog::new(Some(batches), LogFormat::Json, LogLevel::Info, "");
        for _ in 0..3 {
            log.record(&record());
            log.record(&record());
            log.flush();
        }
        assert_eq!(counts.dropped.load(Ordering::Relaxed), 4, "the queue has room for one batch");
        assert!(matches!(entries.try_recv(), Ok(Entry::Batch { records: 2, .. })));
    }

    #[test]
    fn buffers_come_back() {
        let (full, entries) = bounded(4);
        let (back, empty) = bounded(4);
        let batches = Batches { full, empty, counts: Arc::default(), bell: Bell::default() };
        let mut log = AccessLog::new(Some(batches), LogFormat::Json, LogLevel::Info, "");
        back.send(Vec::with_capacity(12_345)).unwrap();
        log.record(&record());
        log.flush();
        assert!(matches!(entries.try_recv(), Ok(Entry::Batch { .. })));
        assert!(back.is_empty(), "the returned buffer is in use again");
    }

    #[test]
    fn after_rotation_lines_go_to_the_new_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("access.log");
        let rotated = folder.path().join("access.log.1");
        let writer = start(&LogDestination::File(path.clone()));
        let mut log = writer.log();
        log.record(&record());
        log.flush();
        // Opened before the thread starts, so the name may change at any time.
        std::fs::rename(&path, &rotated).unwrap();
        writer.reopen();
        log.record(&record());
        log.record(&record());
        drop(log);
        writer.finish(Duration::from_secs(10));
        let lines = |path: &Path| std::fs::read_to_string(path).unwrap().lines().count();
        assert_eq!((lines(&rotated), lines(&path)), (1, 2));
    }

    #[test]
    fn a_log_file_is_not_for_everyone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("access.log");
        start(&LogDestination::File(path.clone())).finish(Duration::from_secs(10));
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o007, 0);
    }

    #[test]
    fn a_log_that_is_off_takes_no_records() {
        let writer = start(&LogDestination::Off);
        let mut log = writer.log();
        assert!(!log.enabled());
        log.record(&record());
        log.flush();
        writer.finish(Duration::from_secs(1));
    }
}

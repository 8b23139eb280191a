//! An APIOps directory as a source: what CI pipelines produce, watched.
//!
//! What always holds: a tree is read only when it is at rest (no file changed for [`limits::TREE_QUIET`], none while it was read); a
//! file that does not parse is read again for a while before it counts as broken, because its writer may not be done.

mod layout;
mod overrides;
mod reader;
mod tree;

use std::{
    collections::BTreeMap,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::Instant,
};

use notify::{EventKind, RecursiveMode, Watcher, event::AccessKind, event::AccessMode};
use tokio::sync::mpsc;
use tracing::{debug, warn};

use super::{Failure, FailureKind, Snapshot, Source, Update, Updates};
use crate::limits;

pub use overrides::Overrides;
pub use reader::{Reader, Reading};
pub use tree::{Stamp, Tree, TreeError};

/// Watches and reads a directory.
#[derive(Debug)]
pub struct ApiopsSource {
    root: PathBuf,
    overrides: Option<PathBuf>,
    reader: Reader,
    /// Versions of files that were waited for and stayed as they are: simply broken.
    given_up: BTreeMap<String, Stamp>,
}

impl ApiopsSource {
    /// A source for the tree below `root`; `overrides` is a `configuration.<env>.yaml`.
    pub fn new(root: PathBuf, overrides: Option<PathBuf>) -> ApiopsSource {
        ApiopsSource { root, overrides, reader: Reader::new(), given_up: BTreeMap::new() }
    }

    /// The tree once nothing in it changed for a moment.
    async fn settled(&self) -> Result<Tree, Failure> {
        let started = Instant::now();
        let mut tree = self.list().await?;
        while !tree.is_at_rest(limits::TREE_QUIET) && started.elapsed() < limits::TREE_QUIET_MAX {
            tokio::time::sleep(limits::TREE_QUIET).await;
            let next = self.list().await?;
            let same = next == tree;
            tree = next;
            if same {
                break;
            }
        }
        Ok(tree)
    }

    async fn list(&self) -> Result<Tree, Failure> {
        let (root, extra) = (self.root.clone(), self.overrides.clone());
        blocking(move || Tree::list(&root, extra.as_deref()).map_err(|error| unreadable(&error))).await?
    }

    /// Reads a tree at rest, again while a file looks half-written or changes under the reader.
    async fn read(&mut self, mut tree: Tree) -> Result<(Tree, Reading), Failure> {
        let mut attempts = 0;
        loop {
            let mut reader = std::mem::take(&mut self.reader);
            let (reader, read) = blocking(move || {
                let reading = reader.read(&tree);
                (reader, reading.map(|reading| (tree, reading)))
            })
            .await?;
            self.reader = reader;
            let (read_tree, reading) = read.map_err(|error| unreadable(&error))?;
            let after = self.list().await?;
            let suspects = reading.half_written.iter().filter_map(|path| read_tree.files.get_key_value(path));
            let suspects: BTreeMap<String, Stamp> = suspects.map(|(path, stamp)| (path.clone(), *stamp)).collect();
            let known = suspects.iter().all(|(path, stamp)| self.given_up.get(path) == Some(stamp));
            if after == read_tree && (known || attempts >= limits::TREE_RETRY_COUNT) {
                self.given_up = suspects;
                return Ok((read_tree, reading));
            }
            attempts += 1;
            debug!(attempts, "the directory is being written to, reading it again");
            tokio::time::sleep(limits::TREE_RETRY_PAUSE).await;
            tree = self.settled().await?;
            if attempts > limits::TREE_RETRY_COUNT * 4 {
                return Err(unreadable("the directory does not come to rest"));
            }
        }
    }

    async fn refresh(&mut self, last: &mut Option<Tree>) -> Option<Update> {
        let result = match self.settled().await {
            Ok(tree) if last.as_ref() == Some(&tree) => return None,
            Ok(tree) => self.read(tree).await,
            Err(failure) => Err(failure),
        };
        match result {
            Ok((tree, reading)) => {
                *last = Some(tree);
                let Reading { inventory, problems, .. } = reading;
                Some(Update::Snapshot(Box::new(Snapshot { inventory, problems, gateway: None, continuation: None })))
            }
            Err(failure) => {
                *last = None;
                Some(Update::Failed(failure))
            }
        }
    }
}

impl Source for ApiopsSource {
    async fn run(mut self, updates: Updates) {
        let (signal, mut changed) = mpsc::channel(1);
        let mut last = None;
        let mut watched = None;
        let mut watcher = None;
        loop {
            let started = Instant::now();
            // A root that was replaced (a link to another tree, a new checkout) needs a new watch.
            let identity = std::fs::metadata(&self.root).ok().map(|root| (root.dev(), root.ino()));
            if watched != identity {
                watched = identity;
                let folders = [Some(self.root.as_path()), self.overrides.as_deref().and_then(Path::parent)];
                drop(watcher.take());
                watcher = identity.and_then(|_| watch(&folders, signal.clone()));
            }
            if let Some(update) = self.refresh(&mut last).await
                && !updates.send(update).await
            {
                return;
            }
            let looked = started.elapsed();
            tokio::select! {
                () = updates.closed() => return,
                Some(()) = changed.recv() => {}
                // Looking at a huge tree must stay a small part of the time.
                () = tokio::time::sleep(limits::TREE_POLL.max(looked * limits::TREE_POLL_SHARE)) => {}
            }
        }
    }
}

/// Starts watching. Without it (no notification on this file system, no descriptors left) the tree is only polled.
fn watch(folders: &[Option<&Path>], signal: mpsc::Sender<()>) -> Option<notify::RecommendedWatcher> {
    let on_event = move |event: notify::Result<notify::Event>| {
        let reading = |kind: &EventKind| matches!(kind, EventKind::Access(access) if *access != AccessKind::Close(AccessMode::Write));
        if event.as_ref().is_ok_and(|event| reading(&event.kind)) {
            return;
        }
        // A full channel already says that something changed.
        let _ = signal.try_send(());
    };
    let mut watcher = match notify::recommended_watcher(on_event) {
        Ok(watcher) => watcher,
        Err(error) => {
            warn!(%error, "changes of files are not notified here, the directory is polled");
            return None;
        }
    };
    for (index, folder) in folders.iter().enumerate() {
        let Some(folder) = folder.filter(|folder| !folder.as_os_str().is_empty()) else { continue };
        let mode = if index == 0 { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
        if let Err(error) = watcher.watch(folder, mode) {
            warn!(folder = %folder.display(), %error, "a folder cannot be watched, it is polled");
        }
    }
    Some(watcher)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(|error| unreadable(&error))
}

fn unreadable(error: &(impl std::fmt::Display + ?Sized)) -> Failure {
    Failure { kind: FailureKind::Unreadable, message: error.to_string() }
}

//! Collects the changes of one generation and hands the whole over at its commit, or nothing.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::{
    bundle::Bundle,
    hash::Hash,
    limits,
    message::{Begin, Commit, Put, RejectedReason},
    part::{EncodedPart, PartError, PartKey},
};

/// The generation being received. What it holds is never visible before `commit` succeeded.
///
/// After an error the generation is lost: its remaining messages are passed over, so that the sender hears of it once, and its
/// commit fails. The next `begin` starts afresh.
#[derive(Debug, Default)]
pub struct Staging {
    open: Option<Open>,
    lost: bool,
}

#[derive(Debug)]
struct Open {
    generation: u64,
    bytes: usize,
    parts: BTreeMap<PartKey, EncodedPart>,
}

impl Staging {
    /// Nothing open.
    pub fn new() -> Staging {
        Staging::default()
    }

    /// Opens a generation on top of `current`, the bundle in force. An earlier one that was not committed is forgotten.
    pub fn begin(&mut self, begin: Begin, current: Option<&Bundle>) -> Result<(), StagingError> {
        self.open = None;
        self.lost = true;
        let parts = match (begin.base, current) {
            (None, _) => BTreeMap::new(),
            (Some(base), Some(current)) if current.root_hash() == base => current.parts().clone(),
            (Some(base), current) => {
                return Err(StagingError::Base { asked: base, current: current.map(Bundle::root_hash) });
            }
        };
        let bytes = parts.values().map(|part| part.bytes().len()).sum();
        self.open = Some(Open { generation: begin.generation, bytes, parts });
        self.lost = false;
        Ok(())
    }

    /// Adds or replaces a part. The hash is checked here, the content when the commit comes.
    pub fn put(&mut self, put: Put) -> Result<(), StagingError> {
        self.step(|open| open.put(put))
    }

    /// Removes a part.
    pub fn drop_part(&mut self, key: &PartKey) -> Result<(), StagingError> {
        self.step(|open| open.drop_part(key))
    }

    fn step(&mut self, step: impl FnOnce(&mut Open) -> Result<(), StagingError>) -> Result<(), StagingError> {
        if self.lost {
            return Ok(());
        }
        let result = self.open.as_mut().ok_or(StagingError::NotOpen).and_then(step);
        if result.is_err() {
            self.open = None;
            self.lost = true;
        }
        result
    }

    /// Closes the generation. Only a bundle with the promised root hash comes out; in any other case nothing stays open.
    pub fn commit(&mut self, commit: Commit) -> Result<Bundle, StagingError> {
        self.lost = false;
        let open = self.open.take().ok_or(StagingError::NotOpen)?;
        if open.generation != commit.generation {
            return Err(StagingError::Generation { opened: open.generation, committed: commit.generation });
        }
        let bundle = Bundle::from_encoded(open.generation, open.parts)?;
        if bundle.root_hash() == commit.root_hash {
            Ok(bundle)
        } else {
            Err(StagingError::RootHash { promised: commit.root_hash, computed: bundle.root_hash() })
        }
    }

    /// Forgets what was received since `begin`.
    pub fn abort(&mut self) {
        self.open = None;
    }

    /// Whether a generation is open.
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }
}

impl Open {
    fn put(&mut self, put: Put) -> Result<(), StagingError> {
        let part = EncodedPart::from_bytes(&put.key, put.bytes)?;
        if part.hash() != put.hash {
            return Err(StagingError::PartHash { key: put.key });
        }
        let old = self.parts.get(&put.key);
        let bytes = self.bytes - old.map_or(0, |old| old.bytes().len()) + part.bytes().len();
        if bytes > limits::BUNDLE_BYTES_MAX {
            return Err(StagingError::TooLarge { bytes });
        }
        if old.is_none() && self.parts.len() >= limits::PARTS_MAX {
            return Err(StagingError::Part(PartError::TooMany));
        }
        self.bytes = bytes;
        self.parts.insert(put.key, part);
        Ok(())
    }

    fn drop_part(&mut self, key: &PartKey) -> Result<(), StagingError> {
        let removed = self.parts.remove(key).ok_or_else(|| StagingError::NoSuchPart { key: key.clone() })?;
        self.bytes -= removed.bytes().len();
        Ok(())
    }
}

/// Why a generation cannot be taken.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum StagingError {
    /// The sender's base is not what is in force here.
    #[error("the changes are relative to {asked:?}, but {current:?} is in force")]
    Base {
        /// What the sender named.
        asked: Hash,
        /// What is in force.
        current: Option<Hash>,
    },
    /// A message of a generation came without `Begin`.
    #[error("no generation is open")]
    NotOpen,
    /// A part's bytes do not have the promised hash.
    #[error("{key} does not have the hash it was sent with")]
    PartHash {
        /// The part.
        key: PartKey,
    },
    /// `Drop` of something that is not there.
    #[error("{key} cannot be dropped: it is not there")]
    NoSuchPart {
        /// The part.
        key: PartKey,
    },
    /// `Commit` of another generation than `Begin`.
    #[error("generation {opened} was opened, but {committed} committed")]
    Generation {
        /// In `Begin`.
        opened: u64,
        /// In `Commit`.
        committed: u64,
    },
    /// The parts together do not have the promised root hash.
    #[error("the generation has root hash {computed:?}, but {promised:?} was promised")]
    RootHash {
        /// In `Commit`.
        promised: Hash,
        /// Of what was received.
        computed: Hash,
    },
    /// Over [`limits::BUNDLE_BYTES_MAX`].
    #[error("a generation of {bytes} bytes is larger than {max}", max = limits::BUNDLE_BYTES_MAX)]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// A part is not valid.
    #[error(transparent)]
    Part(#[from] PartError),
}

impl StagingError {
    /// What the sender should do about it.
    pub fn reason(&self) -> RejectedReason {
        match self {
            StagingError::Base { .. } => RejectedReason::BaseMismatch,
            StagingError::TooLarge { .. } | StagingError::Part(_) => RejectedReason::Invalid,
            _ => RejectedReason::Corrupt,
        }
    }
}

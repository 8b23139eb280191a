//! What is wrong with a URL, and where.

use std::fmt;

use thiserror::Error;

/// A part of a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The path below the service's root.
    Path,
    /// A query option, by its name as written.
    Option(Box<str>),
}

/// A URL that does not conform.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{place}, position {position}: {message}")]
pub struct OdataError {
    /// Which part of the URL.
    pub place: Place,
    /// Where in it, in bytes of its text without percent-encoding, from 0.
    pub position: usize,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Path => f.write_str("path"),
            Place::Option(name) => f.write_str(name),
        }
    }
}

/// Something wrong in a text whose place in the URL the caller knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) position: usize,
    pub(crate) message: String,
}

pub(crate) type Parsed<T> = Result<T, Fault>;

impl Fault {
    pub(crate) fn new(position: usize, message: impl Into<String>) -> Fault {
        Fault { position, message: message.into() }
    }

    pub(crate) fn at(self, place: Place) -> OdataError {
        OdataError { place, position: self.position, message: self.message }
    }
}

//! Reads one answer of the configuration feed: JSON lines, however the network cuts them.
//!
//! Pure: bytes in, [`Feed`] out. An answer without its last line, or with another number of lines than that line says, is an
//! error and gives nothing.

use postern_model::{
    Inventory, ResourceId,
    feed::{FeedBegin, FeedLine, FeedMode},
};

use crate::{
    limits,
    source::{Change, Failure, FailureKind, Problem, state::shape_problem},
};

/// A complete answer.
#[derive(Debug)]
pub struct Feed {
    /// Whether it replaces or changes what the reader has.
    pub mode: FeedMode,
    /// Gateway resource it is for.
    pub gateway: String,
    /// Where the reader stands after it.
    pub continuation: String,
    /// Number of put and delete lines.
    pub count: u64,
    /// All resources, in snapshot mode.
    pub inventory: Inventory,
    /// What could not be read, in snapshot mode.
    pub problems: Vec<Problem>,
    /// The lines, in changes mode.
    pub changes: Vec<Change>,
}

impl Feed {
    /// Whether it says that nothing changed.
    pub fn is_empty(&self) -> bool {
        self.mode == FeedMode::Changes && self.changes.is_empty()
    }
}

/// Collects an answer.
#[derive(Debug, Default)]
pub(super) struct FeedReader {
    line: Vec<u8>,
    bytes: usize,
    feed: Option<Feed>,
    ended: bool,
}

impl FeedReader {
    /// Nothing read yet.
    pub(super) fn new() -> FeedReader {
        FeedReader::default()
    }

    /// Takes the next bytes.
    pub(super) fn push(&mut self, mut bytes: &[u8]) -> Result<(), Failure> {
        self.bytes += bytes.len();
        if self.bytes > limits::FEED_BYTES_MAX {
            return Err(broken(format!("the feed is longer than {} bytes", limits::FEED_BYTES_MAX)));
        }
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            let (head, tail) = bytes.split_at(end);
            if self.line.is_empty() {
                self.take_line(head)?;
            } else {
                self.keep(head)?;
                let line = std::mem::take(&mut self.line);
                self.take_line(&line)?;
            }
            bytes = tail.get(1..).unwrap_or_default();
        }
        self.keep(bytes)
    }

    /// The whole answer, if it is whole.
    pub(super) fn finish(mut self) -> Result<Feed, Failure> {
        let last = std::mem::take(&mut self.line);
        self.take_line(&last)?;
        match self.feed {
            Some(feed) if self.ended => Ok(feed),
            _ => Err(broken("the feed was cut off before its end line".to_owned())),
        }
    }

    fn keep(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        if self.line.len() + bytes.len() > limits::FEED_LINE_BYTES_MAX {
            return Err(broken(format!("a line of the feed is longer than {} bytes", limits::FEED_LINE_BYTES_MAX)));
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    fn take_line(&mut self, line: &[u8]) -> Result<(), Failure> {
        if line.iter().all(u8::is_ascii_whitespace) {
            return Ok(());
        }
        if self.ended {
            return Err(broken("the feed goes on after its end line".to_owned()));
        }
        let line: FeedLine = serde_json::from_slice(line)
            .map_err(|error| broken(format!("a line of the feed is not valid: {error}")))?;
        match (&mut self.feed, line) {
            (feed @ None, FeedLine::Begin(begin)) => *feed = Some(open(begin)),
            (Some(feed), FeedLine::Put { id, properties }) => feed.put(id, properties),
            (Some(feed), FeedLine::Delete { id }) => feed.delete(id),
            (Some(feed), FeedLine::End(end)) if end.count == feed.count => self.ended = true,
            (Some(feed), FeedLine::End(end)) => {
                return Err(broken(format!("the feed has {} lines, its end says {}", feed.count, end.count)));
            }
            (Some(_), FeedLine::Begin(_)) => return Err(broken("the feed begins twice".to_owned())),
            (None, _) => return Err(broken("the feed does not start with its begin line".to_owned())),
        }
        Ok(())
    }
}

impl Feed {
    fn put(&mut self, id: String, properties: serde_json::Value) {
        self.count += 1;
        match self.mode {
            FeedMode::Changes => self.changes.push(Change::Put { id, properties }),
            FeedMode::Snapshot => {
                if let Err(error) = self.inventory.put(&id, properties, id.as_str()) {
                    self.problems.push(shape_problem(ResourceId::parse(&id), &error));
                }
            }
        }
    }

    fn delete(&mut self, id: String) {
        self.count += 1;
        match self.mode {
            FeedMode::Changes => self.changes.push(Change::Delete { id }),
            FeedMode::Snapshot => self.inventory.remove(&id),
        }
    }
}

fn open(begin: FeedBegin) -> Feed {
    Feed {
        mode: begin.mode,
        gateway: begin.gateway,
        continuation: begin.continuation,
        count: 0,
        inventory: Inventory::new(),
        problems: Vec::new(),
        changes: Vec::new(),
    }
}

fn broken(message: String) -> Failure {
    Failure { kind: FailureKind::Unreachable, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SNAPSHOT: &str = concat!(
        r#"{"kind":"begin","mode":"snapshot","gateway":"default","continuation":"6f0c2a-41"}"#,
        "\n",
        r#"{"kind":"put","id":"/apis/echo","properties":{"path":"echo"}}"#,
        "\n",
        r#"{"kind":"put","id":"/apis/bad","properties":{"path":7}}"#,
        "\n",
        r#"{"kind":"end","count":2}"#,
        "\n",
    );

    fn read(chunks: &[&[u8]]) -> Result<Feed, Failure> {
        let mut reader = FeedReader::new();
        chunks.iter().try_for_each(|chunk| reader.push(chunk))?;
        reader.finish()
    }

    #[test]
    fn a_snapshot_is_read_wherever_it_is_cut() {
        let bytes = SNAPSHOT.as_bytes();
        for cut in 0..=bytes.len() {
            let (head, tail) = bytes.split_at(cut);
            let feed = read(&[head, tail]).unwrap();
            assert_eq!((feed.mode, feed.gateway.as_str(), feed.count), (FeedMode::Snapshot, "default", 2));
            assert_eq!((feed.inventory.apis.len(), feed.problems.len()), (1, 1));
        }
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(read(&single).unwrap().continuation, "6f0c2a-41");
    }

    #[test]
    fn a_feed_that_was_cut_off_gives_nothing() {
        let end = SNAPSHOT.rfind("{\"kind\":\"end\"").unwrap();
        for length in 0..end {
            assert!(read(&[&SNAPSHOT.as_bytes()[..length]]).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn changes_keep_their_order() {
        let text = concat!(
            "{\"kind\":\"begin\",\"mode\":\"changes\",\"gateway\":\"g\",\"continuation\":\"2\"}\n",
            "{\"kind\":\"delete\",\"id\":\"/apis/a\"}\n{\"kind\":\"put\",\"id\":\"/apis/a\",\"properties\":{}}\n",
            "{\"kind\":\"end\",\"count\":2}"
        );
        let feed = read(&[text.as_bytes()]).unwrap();
        assert!(matches!(feed.changes.as_slice(), [Change::Delete { .. }, Change::Put { .. }]));
    }

    #[test]
    fn a_wrong_count_a_second_begin_garbage_and_unknown_lines_are_errors() {
        let begin = "{\"kind\":\"begin\",\"mode\":\"changes\",\"gateway\":\"g\",\"continuation\":\"2\"}\n";
        for rest in [
            "{\"kind\":\"end\",\"count\":1}\n",
            begin,
            "not json\n",
            "{\"kind\":\"new\"}\n",
            "{\"kind\":\"end\",\"count\":0}\n{\"kind\":\"end\",\"count\":0}\n",
            "\u{0}\n",
        ] {
            assert!(read(&[begin.as_bytes(), rest.as_bytes()]).is_err(), "{rest}");
        }
        assert!(read(&[b"{\"kind\":\"end\",\"count\":0}\n"]).is_err());
        assert!(read(&[b"\xff\xfe\n"]).is_err());
    }

    #[test]
    fn a_line_over_the_limit_is_an_error_at_the_byte_over_it() {
        let mut reader = FeedReader::new();
        reader.push(&vec![b' '; limits::FEED_LINE_BYTES_MAX]).unwrap();
        assert!(reader.push(b" ").is_err());
    }
}

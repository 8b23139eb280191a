//! Long texts and bodies that are made in pieces.
//!
//! What must hold: nothing that was written is copied or moved while more is written, however much it is; [`Rope::join`] copies it once, in turns.
//! What is shorter than a piece is never copied.

use crate::work::Pace;

/// Bytes after which a new piece begins: few enough to be copied in a tenth of a turn.
const PIECE_BYTES: usize = 64 * 1024;
/// Bytes that are copied to memory not used before in one step.
const BYTES_PER_STEP: usize = 16;

/// What a rope is made of.
pub trait Piece: Default {
    /// An empty piece with room for so many bytes.
    fn with_room(bytes: usize) -> Self;
    /// Its length in bytes.
    fn bytes(&self) -> usize;
    /// Copies another one to its end.
    fn add(&mut self, other: &Self);
}

impl Piece for String {
    fn with_room(bytes: usize) -> String {
        String::with_capacity(bytes)
    }

    fn bytes(&self) -> usize {
        self.len()
    }

    fn add(&mut self, other: &String) {
        self.push_str(other);
    }
}

impl Piece for Vec<u8> {
    fn with_room(bytes: usize) -> Vec<u8> {
        Vec::with_capacity(bytes)
    }

    fn bytes(&self) -> usize {
        self.len()
    }

    fn add(&mut self, other: &Vec<u8>) {
        self.extend_from_slice(other);
    }
}

/// A long text. It is written to [`end`](Rope::end); between two writes [`cut`](Rope::cut) begins a new piece where that is long.
#[derive(Debug, Default)]
pub struct Rope<P = String> {
    /// Pieces that are complete, and their bytes.
    full: Vec<P>,
    full_bytes: usize,
    /// The piece that is written to.
    pub end: P,
}

impl<P: Piece> Rope<P> {
    /// Bytes written so far.
    pub fn len(&self) -> usize {
        self.full_bytes + self.end.bytes()
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Begins a new piece if this one is long.
    pub fn cut(&mut self) {
        if self.end.bytes() >= PIECE_BYTES {
            self.full_bytes += self.end.bytes();
            self.full.push(std::mem::replace(&mut self.end, P::with_room(PIECE_BYTES + PIECE_BYTES / 8)));
        }
    }

    /// Adds another one.
    pub fn append(&mut self, other: Rope<P>) {
        if other.full.is_empty() {
            self.end.add(&other.end);
        } else {
            self.full_bytes += self.end.bytes() + other.full_bytes;
            self.full.push(std::mem::replace(&mut self.end, other.end));
            self.full.extend(other.full);
        }
        self.cut();
    }

    /// All of it, complete pieces first.
    pub fn pieces(&self) -> impl Iterator<Item = &P> {
        self.full.iter().chain(std::iter::once(&self.end))
    }

    /// The whole as one. Pieces are freed as they are copied.
    pub async fn join(self, pace: &Pace) -> P {
        if self.full.is_empty() {
            return self.end;
        }
        let mut whole = P::with_room(self.len());
        for piece in self.full.into_iter().chain(std::iter::once(self.end)) {
            pace.take((piece.bytes() / BYTES_PER_STEP) as u64).await;
            whole.add(&piece);
        }
        whole
    }

    /// The whole as one, in one go.
    pub fn into_whole(self) -> P {
        if self.full.is_empty() {
            return self.end;
        }
        let mut whole = P::with_room(self.len());
        self.pieces().for_each(|piece| whole.add(piece));
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work::{Paced, in_pieces};

    fn rope(lengths: &[usize]) -> (Rope, String) {
        let (mut rope, mut text) = (Rope::<String>::default(), String::new());
        for (index, length) in lengths.iter().enumerate() {
            let more =
                ["a", "b", "c"].iter().cycle().nth(index).map(|letter| letter.repeat(*length)).unwrap_or_default();
            rope.end.push_str(&more);
            text.push_str(&more);
            rope.cut();
        }
        assert_eq!(rope.len(), text.len());
        (rope, text)
    }

    #[test]
    fn pieces_come_to_the_whole() {
        for lengths in
            [&[][..], &[1], &[PIECE_BYTES], &[PIECE_BYTES - 1, 2, 5], &[7; 100], &[50_000; 60], &[1 << 20, 3]]
        {
            let (left, text) = rope(lengths);
            assert_eq!(left.pieces().map(String::as_str).collect::<String>(), text);
            assert_eq!(left.into_whole(), text);
            let (left, _) = rope(lengths);
            let (joined, turns) = in_pieces(Paced::new(|pace| async move { left.join(&pace).await }), 10_000);
            assert_eq!(joined, text);
            assert!(turns >= text.len() / (2 << 20), "{turns} turns");
            // Appended to another one.
            for before in [&[][..], &[3], &[70_000, 4]] {
                let ((mut left, start), (right, end)) = (rope(before), rope(lengths));
                left.append(right);
                left.end.push('!');
                assert_eq!(left.len(), start.len() + end.len() + 1);
                assert!(left.into_whole() == format!("{start}{end}!"));
            }
        }
        let (many, _) = rope(&[50_000; 200]);
        let (_, turns) = in_pieces(Paced::new(|pace| async move { many.join(&pace).await }), 10_000);
        assert!(turns > 50, "{turns} turns");
    }
}

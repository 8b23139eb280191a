//! Data as text, in pieces.
//!
//! What must hold: nothing recurses over lists and maps; a piece ends between two values, or within a long text.

use std::rc::Rc;

use postern_dotnet::json::write_string;
use postern_dotnet::number::{self, Number};

use super::data::{Data, Items, Map, OWN_TEXT};
use super::words::Words;

/// Bytes of a text that are written before a piece may end.
const TEXT_AT_ONCE: usize = 4096;

/// Lists and maps that are being written, the innermost last.
#[derive(Default)]
pub(super) struct Writing(Vec<Open>);

enum Open {
    /// The next item, and whether it is in JSON.
    List(Rc<Items>, usize, bool),
    /// A map is written as JSON, unless it has a text of its own.
    Map(Rc<Map>, usize),
    /// A long text from a position on, and whether it is in JSON.
    Text(Words, usize, bool),
}

impl Writing {
    /// Begins to write data; what is neither a list nor a map nor a long text is written at once.
    pub(super) fn new(data: &Data, out: &mut String) -> Writing {
        let mut writing = Writing::default();
        writing.value(data, false, out);
        writing
    }

    /// Goes on until the text has about so many bytes, or so many items were looked at, of which some write nothing; whether there is more to do.
    pub(super) fn go_on(&mut self, out: &mut String, length: usize, items_max: usize) -> bool {
        let mut items = 0;
        while out.len() < length && items < items_max {
            items += 1;
            let Some(open) = self.0.last_mut() else { return false };
            match open {
                Open::List(items, at, in_json) => {
                    let (found, index, in_json) = (items.get(*at).cloned(), *at, *in_json);
                    *at += 1;
                    match found {
                        Some(item) => {
                            if in_json && index > 0 {
                                out.push(',');
                            }
                            self.value(&item, in_json, out);
                        }
                        None => {
                            self.0.pop();
                            if in_json {
                                out.push(']');
                            }
                        }
                    }
                }
                Open::Text(text, at, in_json) => {
                    let end = text.ceil_char_boundary(at.saturating_add(TEXT_AT_ONCE));
                    let (piece, in_json) = (text.get(*at..end).unwrap_or_default(), *in_json);
                    if in_json {
                        write_within(piece, out);
                    } else {
                        out.push_str(piece);
                    }
                    *at = end;
                    if end == text.len() {
                        self.0.pop();
                        if in_json {
                            out.push('"');
                        }
                    }
                }
                Open::Map(map, at) => {
                    let (map, index) = (Rc::clone(map), *at);
                    *at += 1;
                    match map.entries.get(index) {
                        Some((name, value)) => {
                            if index > 0 {
                                out.push(',');
                            }
                            write_string(name, out);
                            out.push(':');
                            self.value(value, true, out);
                        }
                        None => {
                            self.0.pop();
                            out.push('}');
                        }
                    }
                }
            }
        }
        !self.0.is_empty()
    }

    /// Writes a value, or begins to.
    fn value(&mut self, data: &Data, in_json: bool, out: &mut String) {
        match data {
            Data::Nil if in_json => out.push_str("null"),
            Data::Nil => {}
            Data::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
            Data::Integer(number) => out.push_str(&number.to_string()),
            Data::Float(float) => out.push_str(&number::format(Number::Double(*float), "").unwrap_or_default()),
            Data::Text(text) if text.len() > TEXT_AT_ONCE => {
                if in_json {
                    out.push('"');
                }
                self.0.push(Open::Text(text.clone(), 0, in_json));
            }
            Data::Text(text) if in_json => write_string(text, out),
            Data::Text(text) => out.push_str(text),
            Data::Date(date) if in_json => write_string(&date.format("o").unwrap_or_default(), out),
            Data::Date(date) => out.push_str(&date.format("").unwrap_or_default()),
            Data::List(items) => {
                if in_json {
                    out.push('[');
                }
                self.0.push(Open::List(Rc::clone(items), 0, in_json));
            }
            Data::Map(map) => match map.get(OWN_TEXT) {
                // This recurses, but data are no deeper than [`bind`](super::bind) makes them.
                Some(text) if !in_json => self.value(text, false, out),
                _ => {
                    out.push('{');
                    self.0.push(Open::Map(Rc::clone(map), 0));
                }
            },
        }
    }
}

/// A part of a string of JSON, without quotes.
fn write_within(part: &str, out: &mut String) {
    let begin = out.len();
    write_string(part, out);
    out.pop();
    out.remove(begin);
}

//! `System.IO.StringReader` and `StringWriter`; what they can do stands with `TextReader` and `TextWriter`, whose only classes they are.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use postern_dotnet::text::from_units;
use postern_dotnet::{Exception, Text};

use super::Library;
use super::string::format_composite;
use super::values::{named_type, part, text, units};
use crate::expression::array::Array;
use crate::expression::display::to_text;
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::{List as _, Object};
use crate::expression::types::Type;
use crate::expression::value::Value;

/// Reads a text from front to back.
struct Reader {
    text: Text,
    /// In bytes, always at a character.
    position: Cell<usize>,
    closed: Cell<bool>,
}

impl Object for Reader {
    fn of(&self) -> Type {
        named_type!("System.IO.StringReader")
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn dispose(&self) {
        self.closed.set(true);
    }
}

impl Reader {
    fn rest(&self) -> Result<&str, Exception> {
        if self.closed.get() {
            let message = "Cannot read from a closed TextReader.";
            return Err(Exception::new(postern_dotnet::ExceptionType::ObjectDisposed, message));
        }
        Ok(self.text.get(self.position.get()..).unwrap_or_default())
    }
}

fn close(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    call.this::<Reader>()?.closed.set(true);
    Ok(Value::Null)
}

/// Collects text.
#[derive(Default)]
struct Writer(RefCell<String>);

impl Object for Writer {
    fn of(&self) -> Type {
        named_type!("System.IO.StringWriter")
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn to_text(&self, machine: &mut Machine<'_>) -> Result<Text, Thrown> {
        let text = self.0.borrow();
        machine.charge_memory(text.len())?;
        Ok(Text::new(&*text))
    }
}

/// What a StringReader has not given out yet; it is at its end then. `None` for anything else.
pub(super) fn take_rest(reader: &Value) -> Option<Text> {
    let reader = reader.downcast_ref::<Reader>()?;
    let rest = Text::new(reader.rest().ok()?);
    reader.position.set(reader.text.len());
    Some(rest)
}

/// Writes to a StringWriter; `false` for anything else.
pub(super) fn append(writer: &Value, text: &str) -> bool {
    let writer = writer.downcast_ref::<Writer>();
    if let Some(writer) = writer {
        writer.0.borrow_mut().push_str(text);
    }
    writer.is_some()
}

pub(super) fn declare(library: &mut Library) {
    declare_reader(library);
    declare_writer(library);
    declare_lines(library);
}

fn declare_reader(library: &mut Library) {
    library
        .declare("class System.IO.TextReader : IDisposable")
        .method("int Read()", |call| {
            let reader = call.this::<Reader>()?;
            let next = reader.rest()?.chars().next();
            reader.position.set(reader.position.get() + next.map_or(0, char::len_utf8));
            Ok(first_unit(next))
        })
        .method("int Read(char[] buffer, int index, int count)", read_into)
        .method("int ReadBlock(char[] buffer, int index, int count)", read_into)
        .method("int Peek()", |call| Ok(first_unit(call.this::<Reader>()?.rest()?.chars().next())))
        .method("string ReadLine()", read_line)
        .method("string ReadToEnd()", |call| {
            let reader = call.this::<Reader>()?;
            let rest = Text::new(reader.rest()?);
            reader.position.set(reader.text.len());
            text(call, rest)
        })
        .method("void Close()", close)
        .method("void Dispose()", close);
    library.declare("class System.IO.StringReader : TextReader, IDisposable").constructor("(string s)", |call| {
        let text = call.required_text(0, "s")?;
        Ok(Value::object(Reader { text, position: Cell::new(0), closed: Cell::new(false) }))
    });
}

fn declare_writer(library: &mut Library) {
    library
        .declare("class System.IO.TextWriter : IDisposable")
        .method("void Write(bool value)", |call| write(call, ""))
        .method("void Write(char value)", |call| write(call, ""))
        .method("void Write(decimal value)", |call| write(call, ""))
        .method("void Write(double value)", |call| write(call, ""))
        .method("void Write(float value)", |call| write(call, ""))
        .method("void Write(int value)", |call| write(call, ""))
        .method("void Write(long value)", |call| write(call, ""))
        .method("void Write(uint value)", |call| write(call, ""))
        .method("void Write(ulong value)", |call| write(call, ""))
        .method("void Write(object value)", |call| write(call, ""))
        .method("void Write(string value)", |call| write(call, ""))
        .method("void Write(StringBuilder value)", |call| write(call, ""))
        .method("void Write(char[] buffer)", |call| write_units(call, false, ""))
        .method("void Write(char[] buffer, int index, int count)", |call| write_units(call, true, ""))
        .method("void Write(string format, object arg0)", |call| write_arguments(call, ""))
        .method("void Write(string format, object arg0, object arg1)", |call| write_arguments(call, ""))
        .method("void Write(string format, object arg0, object arg1, object arg2)", |call| write_arguments(call, ""))
        .method("void Write(string format, params object[] arg)", |call| write_format(call, ""))
        .getter("Encoding Encoding", |_| Ok(super::encoding::unicode()))
        .getter("string NewLine", |_| Ok("\n".into()))
        .method("void Flush()", |_| Ok(Value::Null))
        .method("void Close()", |_| Ok(Value::Null))
        .method("void Dispose()", |_| Ok(Value::Null));
    library
        .declare("class System.IO.StringWriter : TextWriter, IDisposable")
        .constructor("()", |_| Ok(Value::object(Writer::default())))
        .constructor("(IFormatProvider formatProvider)", |_| Ok(Value::object(Writer::default())))
        .method("string ToString()", |call| Ok(Value::String(call.this::<Writer>()?.to_text(call.machine)?)));
}

fn declare_lines(library: &mut Library) {
    library
        .declare("class System.IO.TextWriter : IDisposable")
        .method("void WriteLine()", |call| push(call, "\n"))
        .method("void WriteLine(bool value)", |call| write(call, "\n"))
        .method("void WriteLine(char value)", |call| write(call, "\n"))
        .method("void WriteLine(decimal value)", |call| write(call, "\n"))
        .method("void WriteLine(double value)", |call| write(call, "\n"))
        .method("void WriteLine(float value)", |call| write(call, "\n"))
        .method("void WriteLine(int value)", |call| write(call, "\n"))
        .method("void WriteLine(long value)", |call| write(call, "\n"))
        .method("void WriteLine(uint value)", |call| write(call, "\n"))
        .method("void WriteLine(ulong value)", |call| write(call, "\n"))
        .method("void WriteLine(object value)", |call| write(call, "\n"))
        .method("void WriteLine(string value)", |call| write(call, "\n"))
        .method("void WriteLine(StringBuilder value)", |call| write(call, "\n"))
        .method("void WriteLine(char[] buffer)", |call| write_units(call, false, "\n"))
        .method("void WriteLine(char[] buffer, int index, int count)", |call| write_units(call, true, "\n"))
        .method("void WriteLine(string format, object arg0)", |call| write_arguments(call, "\n"))
        .method("void WriteLine(string format, object arg0, object arg1)", |call| write_arguments(call, "\n"))
        .method("void WriteLine(string format, object arg0, object arg1, object arg2)", |call| {
            write_arguments(call, "\n")
        })
        .method("void WriteLine(string format, params object[] arg)", |call| write_format(call, "\n"));
}

/// Reads characters into an array: as many as there are and were asked for.
fn read_into(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let reader = call.this::<Reader>()?;
    let buffer = call.object::<Array>(1).ok_or_else(|| Exception::argument_null("buffer"))?;
    let place = |index: usize, name: &str| {
        let message = format!("{name} ('{}') must be a non-negative value.", call.int(index));
        usize::try_from(call.int(index)).map_err(|_| {
            let message = format!("{message} (Parameter '{name}')\nActual value was {}.", call.int(index));
            Exception::new(postern_dotnet::ExceptionType::ArgumentOutOfRange, message)
        })
    };
    let (index, count) = (place(2, "index")?, place(3, "count")?);
    if index.checked_add(count).is_none_or(|end| end > buffer.len()) {
        let message = "Offset and length were out of bounds for the array or count is greater than the number of elements from index to the end \
                       of the source collection.";
        return Err(Exception::new(postern_dotnet::ExceptionType::Argument, message).into());
    }
    call.machine.charge(buffer.len() / 4 + count)?;
    let mut items = buffer.to_vec();
    let (mut read, mut bytes) = (0, 0);
    for c in reader.rest()?.chars() {
        // Half a pair stays for the next call.
        if read + c.len_utf16() > count {
            break;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            if let Some(place) = items.get_mut(index + read) {
                *place = Value::Char(*unit);
            }
            read += 1;
        }
        bytes += c.len_utf8();
    }
    reader.position.set(reader.position.get() + bytes);
    buffer.replace_all(items);
    Ok(super::values::int(read))
}

/// A character as the number `Read` gives: its unit, -1 at the end. Characters outside the first plane come as U+FFFD.
fn first_unit(c: Option<char>) -> Value {
    Value::Int(c.map_or(-1, |c| i32::from(u16::try_from(u32::from(c)).unwrap_or(0xFFFD))))
}

fn read_line(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let reader = call.this::<Reader>()?;
    let rest = reader.rest()?;
    if rest.is_empty() {
        return Ok(Value::Null);
    }
    let end = rest.find(['\r', '\n']).unwrap_or(rest.len());
    let (line, ending) = rest.split_at(end);
    let ending = if ending.starts_with("\r\n") { 2 } else { ending.len().min(1) };
    call.machine.charge(end / 16)?;
    let line = Text::new(line);
    reader.position.set(reader.position.get() + end + ending);
    text(call, line)
}

fn push(call: &mut Call<'_, '_>, text: &str) -> Result<Value, Thrown> {
    call.machine.charge_memory(text.len())?;
    call.this::<Writer>()?.0.borrow_mut().push_str(text);
    Ok(Value::Null)
}

fn write(call: &mut Call<'_, '_>, ending: &str) -> Result<Value, Thrown> {
    let value = call.take(1);
    let text = to_text(&value, call.machine)?;
    push(call, &text)?;
    push(call, ending)
}

fn write_units(call: &mut Call<'_, '_>, is_part: bool, ending: &str) -> Result<Value, Thrown> {
    let units = units(call, 1)?;
    call.machine.charge(units.len() / 16)?;
    let chosen = if is_part { part(&units, call.int(2), call.int(3), ("index", "count"))? } else { &units };
    let text = from_units(chosen);
    push(call, &text)?;
    push(call, ending)
}

/// With one to three arguments behind the format.
fn write_arguments(call: &mut Call<'_, '_>, ending: &str) -> Result<Value, Thrown> {
    let pattern = call.required_text(1, "format")?;
    let arguments = call.arguments_from(2);
    let text = format_composite(&pattern, &arguments, call.machine)?;
    push(call, &text)?;
    push(call, ending)
}

fn write_format(call: &mut Call<'_, '_>, ending: &str) -> Result<Value, Thrown> {
    let pattern = call.required_text(1, "format")?;
    let array = call.object::<Array>(2).ok_or_else(|| Exception::argument_null("arg"))?;
    let text = format_composite(&pattern, &array.to_vec(), call.machine)?;
    push(call, &text)?;
    push(call, ending)
}

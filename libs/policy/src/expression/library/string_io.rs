//! `System.IO.StringReader` and `StringWriter`; what they can do stands with `TextReader` and `TextWriter`, whose only classes they are.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use postern_dotnet::text::from_units;
use postern_dotnet::{Exception, Text};

use super::Library;
use super::string::format_composite;
use super::string_builder::Builder;
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
    /// The second half of a surrogate pair whose first half was read alone.
    low: Cell<Option<u16>>,
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

    /// The next UTF-16 unit, which stays.
    fn peek(&self) -> Result<Option<u16>, Exception> {
        let next = self.rest()?.chars().next();
        Ok(self.low.get().or_else(|| next.map(|next| next.encode_utf16(&mut [0; 2])[0])))
    }

    /// The next UTF-16 unit.
    fn unit(&self) -> Result<Option<u16>, Exception> {
        let next = self.rest()?.chars().next();
        if let Some(low) = self.low.take() {
            return Ok(Some(low));
        }
        let Some(next) = next else { return Ok(None) };
        self.position.set(self.position.get() + next.len_utf8());
        let mut units = [0; 2];
        let units = next.encode_utf16(&mut units);
        self.low.set(units.get(1).copied());
        Ok(units.first().copied())
    }

    /// A text that is read: half a pair in front of it is no character of a text.
    fn read(&self, text: &str) -> Text {
        if self.low.take().is_some() { Text::new(format!("\u{FFFD}{text}")) } else { Text::new(text) }
    }
}

fn close(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    call.this::<Reader>()?.closed.set(true);
    Ok(Value::Null)
}

/// Writes to a builder; `TextWriter.Null` has none.
struct Writer {
    builder: Option<Rc<Builder>>,
    closed: Cell<bool>,
    new_line: RefCell<Text>,
}

impl Writer {
    fn value(builder: Option<Rc<Builder>>) -> Value {
        Value::object(Writer { builder, closed: Cell::new(false), new_line: RefCell::new(Text::new("\n")) })
    }

    /// Adds a text that was paid for.
    fn add(&self, text: &str) -> Result<(), Exception> {
        let Some(builder) = &self.builder else { return Ok(()) };
        if self.closed.get() {
            let message = "Cannot write to a closed TextWriter.";
            return Err(Exception::new(postern_dotnet::ExceptionType::ObjectDisposed, message));
        }
        builder.add(text)
    }
}

impl Object for Writer {
    fn of(&self) -> Type {
        named_type!("System.IO.StringWriter")
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn to_text(&self, machine: &mut Machine<'_>) -> Result<Text, Thrown> {
        match &self.builder {
            Some(builder) => builder.to_text(machine),
            None => Ok(Text::new("System.IO.TextWriter+NullTextWriter")),
        }
    }

    fn dispose(&self) {
        self.closed.set(true);
    }
}

/// What a StringReader has not given out yet; it is at its end then. `None` for anything else.
pub(super) fn take_rest(reader: &Value) -> Option<Text> {
    let reader = reader.downcast_ref::<Reader>()?;
    let rest = reader.read(reader.rest().ok()?);
    reader.position.set(reader.text.len());
    Some(rest)
}

/// Writes to a StringWriter; `false` for anything else.
///
/// # Errors
/// `ObjectDisposedException` where it is closed.
pub(super) fn append(writer: &Value, text: &str) -> Result<bool, Exception> {
    let writer = writer.downcast_ref::<Writer>();
    writer.map_or(Ok(()), |writer| writer.add(text))?;
    Ok(writer.is_some())
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
            let next = call.this::<Reader>()?.unit()?;
            Ok(Value::Int(next.map_or(-1, i32::from)))
        })
        .method("int Read(char[] buffer, int index, int count)", read_into)
        .method("int ReadBlock(char[] buffer, int index, int count)", read_into)
        .method("int Peek()", |call| {
            let next = call.this::<Reader>()?.peek()?;
            Ok(Value::Int(next.map_or(-1, i32::from)))
        })
        .method("string ReadLine()", read_line)
        .method("string ReadToEnd()", |call| {
            let reader = call.this::<Reader>()?;
            let rest = reader.read(reader.rest()?);
            reader.position.set(reader.text.len());
            text(call, rest)
        })
        .getter("static TextReader Null", |_| Ok(read_from(Text::default())))
        .method("void Close()", close)
        .method("void Dispose()", close);
    library.declare("class System.IO.StringReader : TextReader, IDisposable").constructor("(string s)", |call| {
        let text = call.required_text(0, "s")?;
        Ok(read_from(text))
    });
}

fn read_from(text: Text) -> Value {
    Value::object(Reader { text, position: Cell::new(0), low: Cell::new(None), closed: Cell::new(false) })
}

fn declare_writer(library: &mut Library) {
    library
        .declare("class System.IO.TextWriter : IDisposable")
        .method("void Write(bool value)", |call| write(call, false))
        .method("void Write(char value)", |call| write(call, false))
        .method("void Write(decimal value)", |call| write(call, false))
        .method("void Write(double value)", |call| write(call, false))
        .method("void Write(float value)", |call| write(call, false))
        .method("void Write(int value)", |call| write(call, false))
        .method("void Write(long value)", |call| write(call, false))
        .method("void Write(uint value)", |call| write(call, false))
        .method("void Write(ulong value)", |call| write(call, false))
        .method("void Write(object value)", |call| write_object(call, false))
        .method("void Write(string value)", |call| write(call, false))
        .method("void Write(StringBuilder value)", |call| write(call, false))
        .method("void Write(char[] buffer)", |call| write_units(call, false, false))
        .method("void Write(char[] buffer, int index, int count)", |call| write_units(call, true, false))
        .method("void Write(string format, object arg0)", |call| write_arguments(call, false))
        .method("void Write(string format, object arg0, object arg1)", |call| write_arguments(call, false))
        .method("void Write(string format, object arg0, object arg1, object arg2)", |call| write_arguments(call, false))
        .method("void Write(string format, params object[] arg)", |call| write_format(call, false))
        .getter("Encoding Encoding", |_| Ok(super::encoding::unicode()))
        .getter("IFormatProvider FormatProvider", super::comparers::culture)
        .getter("static TextWriter Null", |_| Ok(Writer::value(None)))
        .getter("string NewLine", |call| Ok(Value::String(call.this::<Writer>()?.new_line.borrow().clone())))
        .setter("string NewLine", |call| {
            let new_line = call.text(1).cloned().unwrap_or_else(|| Text::new("\n"));
            call.this::<Writer>()?.new_line.replace(new_line);
            Ok(Value::Null)
        })
        .method("void Flush()", |_| Ok(Value::Null))
        .method("void Close()", close_writer)
        .method("void Dispose()", close_writer);
    library
        .declare("class System.IO.StringWriter : TextWriter, IDisposable")
        .constructor("()", |_| Ok(Writer::value(Some(Rc::default()))))
        .constructor("(IFormatProvider formatProvider)", |_| Ok(Writer::value(Some(Rc::default()))))
        .constructor("(StringBuilder sb)", write_to)
        .constructor("(StringBuilder sb, IFormatProvider formatProvider)", write_to)
        .method("StringBuilder GetStringBuilder()", |call| {
            let builder = call.this::<Writer>()?.builder.clone();
            Ok(builder.map_or(Value::Null, |builder| Value::Object(builder)))
        })
        .method("string ToString()", |call| Ok(Value::String(call.this::<Writer>()?.to_text(call.machine)?)));
}

fn declare_lines(library: &mut Library) {
    library
        .declare("class System.IO.TextWriter : IDisposable")
        .method("void WriteLine()", |call| end(call, true))
        .method("void WriteLine(bool value)", |call| write(call, true))
        .method("void WriteLine(char value)", |call| write(call, true))
        .method("void WriteLine(decimal value)", |call| write(call, true))
        .method("void WriteLine(double value)", |call| write(call, true))
        .method("void WriteLine(float value)", |call| write(call, true))
        .method("void WriteLine(int value)", |call| write(call, true))
        .method("void WriteLine(long value)", |call| write(call, true))
        .method("void WriteLine(uint value)", |call| write(call, true))
        .method("void WriteLine(ulong value)", |call| write(call, true))
        .method("void WriteLine(object value)", |call| write_object(call, true))
        .method("void WriteLine(string value)", |call| write(call, true))
        .method("void WriteLine(StringBuilder value)", |call| write(call, true))
        .method("void WriteLine(char[] buffer)", |call| write_units(call, false, true))
        .method("void WriteLine(char[] buffer, int index, int count)", |call| write_units(call, true, true))
        .method("void WriteLine(string format, object arg0)", |call| write_arguments(call, true))
        .method("void WriteLine(string format, object arg0, object arg1)", |call| write_arguments(call, true))
        .method("void WriteLine(string format, object arg0, object arg1, object arg2)", |call| {
            write_arguments(call, true)
        })
        .method("void WriteLine(string format, params object[] arg)", |call| write_format(call, true));
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
    call.machine.charge(count)?;
    let mut read = 0;
    while read < count
        && let Some(unit) = reader.unit()?
    {
        buffer.set(index + read, Value::Char(unit))?;
        read += 1;
    }
    Ok(super::values::int(read))
}

fn read_line(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let reader = call.this::<Reader>()?;
    let rest = reader.rest()?;
    if reader.peek()?.is_none() {
        return Ok(Value::Null);
    }
    let end = rest.find(['\r', '\n']).unwrap_or(rest.len());
    let (line, ending) = rest.split_at(end);
    let ending = if ending.starts_with("\r\n") { 2 } else { ending.len().min(1) };
    call.machine.charge(end / 16)?;
    let line = reader.read(line);
    reader.position.set(reader.position.get() + end + ending);
    text(call, line)
}

fn push(call: &mut Call<'_, '_>, text: &str) -> Result<Value, Thrown> {
    call.machine.charge_memory(text.len())?;
    call.this::<Writer>()?.add(text)?;
    Ok(Value::Null)
}

/// What stands at the end of a line, if one is asked for.
fn end(call: &mut Call<'_, '_>, is_line: bool) -> Result<Value, Thrown> {
    if !is_line {
        return Ok(Value::Null);
    }
    let new_line = call.this::<Writer>()?.new_line.borrow().clone();
    push(call, &new_line)
}

fn close_writer(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    call.this::<Writer>()?.closed.set(true);
    Ok(Value::Null)
}

/// A writer that adds to a builder.
fn write_to(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let builder = call.object::<Builder>(0).ok_or_else(|| Exception::argument_null("sb"))?;
    Ok(Writer::value(Some(builder)))
}

fn write(call: &mut Call<'_, '_>, is_line: bool) -> Result<Value, Thrown> {
    let value = call.take(1);
    let text = to_text(&value, call.machine)?;
    push(call, &text)?;
    end(call, is_line)
}

/// Nothing is not written at all.
fn write_object(call: &mut Call<'_, '_>, is_line: bool) -> Result<Value, Thrown> {
    if call.argument(1).is_null() { end(call, is_line) } else { write(call, is_line) }
}

fn write_units(call: &mut Call<'_, '_>, is_part: bool, is_line: bool) -> Result<Value, Thrown> {
    let units = units(call, 1)?;
    call.machine.charge(units.len() / 16)?;
    let chosen = if is_part { part(&units, call.int(2), call.int(3), ("index", "count"))? } else { &units };
    let text = from_units(chosen);
    push(call, &text)?;
    end(call, is_line)
}

/// With one to three arguments behind the format.
fn write_arguments(call: &mut Call<'_, '_>, is_line: bool) -> Result<Value, Thrown> {
    let pattern = call.required_text(1, "format")?;
    let arguments = call.arguments_from(2);
    let text = format_composite(&pattern, &arguments, call.machine)?;
    push(call, &text)?;
    end(call, is_line)
}

fn write_format(call: &mut Call<'_, '_>, is_line: bool) -> Result<Value, Thrown> {
    let pattern = call.required_text(1, "format")?;
    let array = call.object::<Array>(2).ok_or_else(|| Exception::argument_null("arg"))?;
    let text = format_composite(&pattern, &array.to_vec(), call.machine)?;
    push(call, &text)?;
    end(call, is_line)
}

//! Where in a text reading failed: `LineNumber`, `LinePosition` and `Path` of the exceptions. They are at the end of the message.

use super::super::Library;
use crate::expression::exception::ExceptionObject;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::value::Value;

pub(super) fn declare(library: &mut Library) {
    for class in ["class Newtonsoft.Json.JsonReaderException", "class Newtonsoft.Json.JsonSerializationException"] {
        library
            .declare(class)
            .getter("int LineNumber", |call| number(call, ", line "))
            .getter("int LinePosition", |call| number(call, ", position "))
            .getter("string Path", path);
    }
    library
        .declare("class System.Xml.XmlException")
        .getter("int LineNumber", |call| number(call, "Line "))
        .getter("int LinePosition", |call| number(call, ", position "));
    library.declare("class Newtonsoft.Json.JsonWriterException").getter("string Path", path);
}

/// The number behind the last `label`; 0 without one.
fn number(call: &mut Call<'_, '_>, label: &str) -> Result<Value, Thrown> {
    let exception = call.this::<ExceptionObject>()?;
    let behind = exception.0.message.rsplit_once(label).map_or("", |(_, behind)| behind);
    let digits = behind.split(|next: char| !next.is_ascii_digit()).next().unwrap_or_default();
    Ok(Value::Int(digits.parse().unwrap_or(0)))
}

/// What stands in the quotes behind the last `Path`.
fn path(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let exception = call.this::<ExceptionObject>()?;
    let behind = exception.0.message.rsplit_once("Path '").map_or("", |(_, behind)| behind);
    let end = behind.rfind("',").or_else(|| behind.rfind("'.")).unwrap_or(behind.len());
    Ok(behind.get(..end).unwrap_or_default().into())
}

//! Members of exceptions. Every class has the constructors that code uses; those with a parameter's name put it behind the message.

use std::sync::Arc;

use postern_dotnet::{Exception, ExceptionType, Inner, Text};

use super::Library;
use super::values::text;
use crate::expression::exception::ExceptionObject;
use crate::expression::machine::Thrown;
use crate::expression::native::{Call, Native};
use crate::expression::object::Object;
use crate::expression::value::Value;

/// Constructors of one class; the class is known when the code is compiled, hence a native for each.
macro_rules! constructors {
    ($($of:ident)*) => {
        /// Class, and its constructors without message, with one, and with an inner exception.
        const CONSTRUCTORS: &[(ExceptionType, Native, Native, Native)] = &[$((
            ExceptionType::$of,
            |_| Ok(made(ExceptionType::$of, None, None)),
            |call| with_message(call, ExceptionType::$of),
            |call| with_inner(call, ExceptionType::$of),
        ),)*];
    };
}

constructors! {
    Exception System Application Argument ArgumentNull ArgumentOutOfRange Arithmetic DivideByZero Overflow ArrayTypeMismatch Format UriFormat
    IndexOutOfRange InvalidCast InvalidOperation ObjectDisposed KeyNotFound NotImplemented NotSupported PlatformNotSupported NullReference
    OutOfMemory Rank InsufficientExecutionStack Timeout TimeZoneNotFound InvalidTimeZone DecoderFallback EncoderFallback Cryptographic
    RegexParse RegexMatchTimeout Xml Json JsonReader JsonWriter JsonSerialization RuntimeBinder SwitchExpression
}

pub(super) fn declare(library: &mut Library) {
    library
        .declare("class System.Exception")
        .getter("string Message", |call| {
            let message = Text::new(&*this(call)?.message);
            text(call, message)
        })
        .getter("Exception InnerException", |call| {
            let exception = this(call)?;
            Ok(exception.inner.get().map_or(Value::Null, |inner| Value::object(ExceptionObject(Arc::clone(inner)))))
        })
        // Code has no frames that it could show.
        .getter("string StackTrace", |_| Ok(Value::Null))
        .getter("string Source", |_| Ok(Value::Null))
        .getter("string HelpLink", |_| Ok(Value::Null))
        .getter("int HResult", |call| Ok(Value::Int(this(call)?.of.h_result())))
        .method("Exception GetBaseException()", |call| {
            let exception = this(call)?;
            // A link takes a few nanoseconds; how many there are is paid for when they are made.
            Ok(Value::object(ExceptionObject(exception.base())))
        })
        .method("string ToString()", |call| {
            let object = call.this::<ExceptionObject>()?;
            Ok(Value::String(object.to_text(call.machine)?))
        });
    for (of, plain, message, inner) in CONSTRUCTORS {
        let builder = library.declare(of.name());
        let builder = builder.constructor("()", *plain);
        match of {
            // Its only text is the parameter's name.
            ExceptionType::ArgumentNull | ExceptionType::ArgumentOutOfRange => {
                builder.constructor("(string paramName)", *message);
            }
            _ => {
                builder
                    .constructor("(string message)", *message)
                    .constructor("(string message, Exception innerException)", *inner);
            }
        }
    }
    declare_argument(library);
}

fn declare_argument(library: &mut Library) {
    library
        .declare("class System.ArgumentException")
        .constructor("(string message, string paramName)", |call| Ok(about(call, ExceptionType::Argument, 1, 0)))
        .getter("string ParamName", |call| {
            // The name stands at the end of the message, where the constructors put it.
            let message = this(call)?.message.clone();
            let name =
                message.rsplit_once("(Parameter '").and_then(|(_, rest)| rest.split_once("')")).map(|(name, _)| name);
            Ok(name.map(Text::new).into())
        });
    library
        .declare("class System.ArgumentNullException")
        .constructor("(string paramName, string message)", |call| Ok(about(call, ExceptionType::ArgumentNull, 0, 1)));
    library
        .declare("class System.ArgumentOutOfRangeException")
        .constructor("(string paramName, string message)", |call| {
            Ok(about(call, ExceptionType::ArgumentOutOfRange, 0, 1))
        })
        .constructor("(string paramName, object actualValue, string message)", |call| {
            let value = call.take(1);
            let value = crate::expression::display::to_text(&value, call.machine)?;
            let made = about(call, ExceptionType::ArgumentOutOfRange, 0, 2);
            let message = made.downcast_ref::<ExceptionObject>().map(|object| object.0.message.to_string());
            let message = format!("{}\nActual value was {value}.", message.unwrap_or_default());
            Ok(self::made(ExceptionType::ArgumentOutOfRange, Some(&message.into()), None))
        });
}

fn this(call: &Call<'_, '_>) -> Result<Arc<Exception>, Thrown> {
    Ok(Arc::clone(&call.this::<ExceptionObject>()?.0))
}

fn made(of: ExceptionType, message: Option<&Text>, inner: Option<Arc<Exception>>) -> Value {
    let message = message.map_or_else(|| default_message(of), ToString::to_string);
    let inner = inner.map(Inner::from).unwrap_or_default();
    Value::object(ExceptionObject(Arc::new(Exception { of, message: message.into(), inner })))
}

fn with_message(call: &mut Call<'_, '_>, of: ExceptionType) -> Result<Value, Thrown> {
    let given = call.text(0).cloned();
    call.machine.charge_memory(given.as_ref().map_or(0, |text| text.len()))?;
    if matches!(of, ExceptionType::ArgumentNull | ExceptionType::ArgumentOutOfRange) {
        return Ok(match given {
            Some(name) => made(of, Some(&format!("{} (Parameter '{name}')", default_message(of)).into()), None),
            None => made(of, None, None),
        });
    }
    Ok(made(of, given.as_ref(), None))
}

/// What an exception with an inner one counts for: many times what it takes, since a chain is freed and walked along in one go. The longest one
/// there can be, of some hundred thousand, then takes a few milliseconds.
const LINK_BYTES: usize = 512;

fn with_inner(call: &mut Call<'_, '_>, of: ExceptionType) -> Result<Value, Thrown> {
    let inner = call.object::<ExceptionObject>(1).map(|object| Arc::clone(&object.0));
    call.machine.charge_memory(LINK_BYTES + call.text(0).map_or(0, |text| text.len()))?;
    Ok(made(of, call.text(0), inner))
}

/// An argument exception of message and parameter's name, either of which may be null.
fn about(call: &Call<'_, '_>, of: ExceptionType, name: usize, message: usize) -> Value {
    let message = call.text(message).map_or_else(|| default_message(of), ToString::to_string);
    match call.text(name).filter(|name| !name.is_empty()) {
        Some(name) => made(of, Some(&format!("{message} (Parameter '{name}')").into()), None),
        None => made(of, Some(&message.into()), None),
    }
}

/// What `Message` is when none was given.
fn default_message(of: ExceptionType) -> String {
    match of {
        ExceptionType::System => "System error.",
        ExceptionType::Application => "Error in the application.",
        ExceptionType::Argument => "Value does not fall within the expected range.",
        ExceptionType::ArgumentNull => "Value cannot be null.",
        ExceptionType::ArgumentOutOfRange => "Specified argument was out of the range of valid values.",
        ExceptionType::Arithmetic => "Overflow or underflow in the arithmetic operation.",
        ExceptionType::DivideByZero => "Attempted to divide by zero.",
        ExceptionType::Overflow => "Arithmetic operation resulted in an overflow.",
        ExceptionType::Format => "One of the identified items was in an invalid format.",
        ExceptionType::IndexOutOfRange => "Index was outside the bounds of the array.",
        ExceptionType::InvalidCast => "Specified cast is not valid.",
        ExceptionType::InvalidOperation => "Operation is not valid due to the current state of the object.",
        ExceptionType::KeyNotFound => "The given key was not present in the dictionary.",
        ExceptionType::NotImplemented => "The method or operation is not implemented.",
        ExceptionType::NotSupported => "Specified method is not supported.",
        ExceptionType::NullReference => "Object reference not set to an instance of an object.",
        ExceptionType::OutOfMemory => "Insufficient memory to continue the execution of the program.",
        ExceptionType::Timeout => "The operation has timed out.",
        other => return format!("Exception of type '{}' was thrown.", other.name()),
    }
    .to_owned()
}

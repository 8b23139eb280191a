//! Exceptions: the error of everything in this crate, and what `catch` sees.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::garbage;

/// An exception that .NET would throw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// Its class.
    pub of: ExceptionType,
    /// `Exception.Message`, in full, in .NET 8's words.
    pub message: Cow<'static, str>,
    /// `Exception.InnerException`.
    pub inner: Inner,
}

/// The inner exception, which has one itself, and so on without end: code may make a chain of any length, so nothing here recurses along it.
#[derive(Clone, Default)]
pub struct Inner(Option<Arc<Exception>>);

impl Inner {
    /// What it is, if there is one.
    #[must_use]
    pub fn get(&self) -> Option<&Arc<Exception>> {
        self.0.as_ref()
    }
}

impl From<Arc<Exception>> for Inner {
    fn from(exception: Arc<Exception>) -> Inner {
        Inner(Some(exception))
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(exception) = self.0.take() {
            garbage::free(vec![exception], |exception, pending| {
                if let Some(mut exception) = Arc::into_inner(exception) {
                    pending.extend(exception.inner.0.take());
                }
                0
            });
        }
    }
}

impl PartialEq for Inner {
    fn eq(&self, other: &Inner) -> bool {
        let (mut one, mut two) = (self.get(), other.get());
        while let (Some(left), Some(right)) = (one, two) {
            if left.of != right.of || left.message != right.message {
                return false;
            }
            (one, two) = (left.inner.get(), right.inner.get());
        }
        one.is_none() && two.is_none()
    }
}

impl Eq for Inner {}

impl fmt::Debug for Inner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().map(ToString::to_string).fmt(formatter)
    }
}

impl Exception {
    /// An exception without an inner one.
    #[must_use]
    pub fn new(of: ExceptionType, message: impl Into<Cow<'static, str>>) -> Exception {
        Exception { of, message: message.into(), inner: Inner::default() }
    }

    /// `ArgumentNullException` for a parameter.
    #[must_use]
    pub fn argument_null(parameter: &str) -> Exception {
        let message = format!("Value cannot be null. (Parameter '{parameter}')");
        Exception::new(ExceptionType::ArgumentNull, message)
    }

    /// `ArgumentOutOfRangeException` for a parameter.
    #[must_use]
    pub fn argument_out_of_range(parameter: &str, message: &str) -> Exception {
        Exception::new(ExceptionType::ArgumentOutOfRange, format!("{message} (Parameter '{parameter}')"))
    }

    /// `ArgumentOutOfRangeException` for a number that must not be negative.
    #[must_use]
    pub fn negative(parameter: &str, value: i64) -> Exception {
        let message = format!(
            "{parameter} ('{value}') must be a non-negative value. (Parameter '{parameter}')\nActual value was {value}."
        );
        Exception::new(ExceptionType::ArgumentOutOfRange, message)
    }

    /// `ArgumentOutOfRangeException` for a number that must not be greater than another.
    #[must_use]
    pub fn greater(parameter: &str, value: i64, bound: i64) -> Exception {
        let message = format!(
            "{parameter} ('{value}') must be less than or equal to '{bound}'. (Parameter '{parameter}')\nActual value was {value}."
        );
        Exception::new(ExceptionType::ArgumentOutOfRange, message)
    }

    /// `ArgumentException` for a parameter.
    #[must_use]
    pub fn argument(parameter: &str, message: &str) -> Exception {
        Exception::new(ExceptionType::Argument, format!("{message} (Parameter '{parameter}')"))
    }

    /// `FormatException`.
    #[must_use]
    pub fn format(message: impl Into<Cow<'static, str>>) -> Exception {
        Exception::new(ExceptionType::Format, message)
    }

    /// `NullReferenceException`.
    #[must_use]
    pub fn null_reference() -> Exception {
        Exception::new(ExceptionType::NullReference, "Object reference not set to an instance of an object.")
    }

    /// `OutOfMemoryException`: what .NET would run into as well, only later.
    #[must_use]
    pub fn out_of_memory() -> Exception {
        let message = "Insufficient memory to continue the execution of the program.";
        Exception::new(ExceptionType::OutOfMemory, message)
    }

    /// The innermost one, or itself: `GetBaseException()`.
    #[must_use]
    pub fn base(self: &Arc<Exception>) -> Arc<Exception> {
        let mut exception = self;
        while let Some(inner) = exception.inner.get() {
            exception = inner;
        }
        Arc::clone(exception)
    }

    /// `ToString()`, without frames: class and message, then those of the inner ones.
    #[must_use]
    pub fn full_text(&self) -> String {
        let (mut text, mut exception, mut depth) = (String::new(), self, 0);
        loop {
            text.push_str(exception.of.name());
            if !exception.message.is_empty() {
                text.push_str(": ");
                text.push_str(&exception.message);
            }
            let Some(inner) = exception.inner.get() else { break };
            text.push_str("\n ---> ");
            (exception, depth) = (inner, depth + 1);
        }
        text.push_str(&"\n   --- End of inner exception stack trace ---".repeat(depth));
        text
    }

    /// `OverflowException` of checked arithmetic.
    #[must_use]
    pub fn overflow() -> Exception {
        Exception::new(ExceptionType::Overflow, "Arithmetic operation resulted in an overflow.")
    }
}

impl fmt::Display for Exception {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.of.name(), self.message)
    }
}

impl std::error::Error for Exception {}

macro_rules! exception_types {
    ($($variant:ident $name:literal $base:ident)*) => {
        /// The exception classes that exist here.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "each is named after its class, see `name`")]
        pub enum ExceptionType { $($variant,)* }

        impl ExceptionType {
            /// Every class.
            pub const ALL: &'static [ExceptionType] = &[$(ExceptionType::$variant,)*];

            /// Full name: `System.FormatException`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(ExceptionType::$variant => $name,)* }
            }

            /// The class it derives from; `Exception` from itself.
            #[must_use]
            pub const fn base(self) -> ExceptionType {
                match self { $(ExceptionType::$variant => ExceptionType::$base,)* }
            }
        }
    };
}

exception_types! {
    Exception "System.Exception" Exception
    System "System.SystemException" Exception
    Application "System.ApplicationException" Exception
    Argument "System.ArgumentException" System
    ArgumentNull "System.ArgumentNullException" Argument
    ArgumentOutOfRange "System.ArgumentOutOfRangeException" Argument
    Arithmetic "System.ArithmeticException" System
    DivideByZero "System.DivideByZeroException" Arithmetic
    Overflow "System.OverflowException" Arithmetic
    ArrayTypeMismatch "System.ArrayTypeMismatchException" System
    Format "System.FormatException" System
    UriFormat "System.UriFormatException" Format
    IndexOutOfRange "System.IndexOutOfRangeException" System
    InvalidCast "System.InvalidCastException" System
    InvalidOperation "System.InvalidOperationException" System
    ObjectDisposed "System.ObjectDisposedException" InvalidOperation
    KeyNotFound "System.Collections.Generic.KeyNotFoundException" System
    NotImplemented "System.NotImplementedException" System
    NotSupported "System.NotSupportedException" System
    PlatformNotSupported "System.PlatformNotSupportedException" NotSupported
    NullReference "System.NullReferenceException" System
    OutOfMemory "System.OutOfMemoryException" System
    Rank "System.RankException" System
    InsufficientExecutionStack "System.InsufficientExecutionStackException" System
    Timeout "System.TimeoutException" System
    TimeZoneNotFound "System.TimeZoneNotFoundException" Exception
    InvalidTimeZone "System.InvalidTimeZoneException" Exception
    DecoderFallback "System.Text.DecoderFallbackException" Argument
    EncoderFallback "System.Text.EncoderFallbackException" Argument
    Cryptographic "System.Security.Cryptography.CryptographicException" System
    RegexParse "System.Text.RegularExpressions.RegexParseException" Argument
    RegexMatchTimeout "System.Text.RegularExpressions.RegexMatchTimeoutException" Timeout
    Xml "System.Xml.XmlException" System
    XPath "System.Xml.XPath.XPathException" System
    Xslt "System.Xml.Xsl.XsltException" System
    Json "Newtonsoft.Json.JsonException" Exception
    JsonReader "Newtonsoft.Json.JsonReaderException" Json
    JsonWriter "Newtonsoft.Json.JsonWriterException" Json
    JsonSerialization "Newtonsoft.Json.JsonSerializationException" Json
    RuntimeBinder "Microsoft.CSharp.RuntimeBinder.RuntimeBinderException" Exception
    SwitchExpression "System.Runtime.CompilerServices.SwitchExpressionException" InvalidOperation
}

impl ExceptionType {
    /// The class with this full name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<ExceptionType> {
        ExceptionType::ALL.iter().copied().find(|known| known.name() == name)
    }

    /// `HResult`.
    #[must_use]
    pub fn h_result(self) -> i32 {
        let bits: u32 = match self {
            ExceptionType::System | ExceptionType::Cryptographic => 0x8013_1501,
            ExceptionType::Application => 0x8013_1600,
            ExceptionType::ArgumentNull | ExceptionType::NullReference => 0x8000_4003,
            ExceptionType::ArgumentOutOfRange => 0x8013_1502,
            ExceptionType::Arithmetic => 0x8007_0216,
            ExceptionType::DivideByZero => 0x8002_0012,
            ExceptionType::Overflow => 0x8013_1516,
            ExceptionType::ArrayTypeMismatch => 0x8013_1503,
            ExceptionType::Format | ExceptionType::UriFormat => 0x8013_1537,
            ExceptionType::IndexOutOfRange => 0x8013_1508,
            ExceptionType::InvalidCast => 0x8000_4002,
            ExceptionType::ObjectDisposed => 0x8013_1622,
            ExceptionType::InvalidOperation | ExceptionType::SwitchExpression => 0x8013_1509,
            ExceptionType::KeyNotFound => 0x8013_1577,
            ExceptionType::NotImplemented => 0x8000_4001,
            ExceptionType::NotSupported => 0x8013_1515,
            ExceptionType::PlatformNotSupported => 0x8013_1539,
            ExceptionType::OutOfMemory => 0x8007_000E,
            ExceptionType::Rank => 0x8013_1517,
            ExceptionType::InsufficientExecutionStack => 0x8013_1578,
            ExceptionType::Timeout | ExceptionType::RegexMatchTimeout => 0x8013_1505,
            ExceptionType::Xml | ExceptionType::XPath | ExceptionType::Xslt => 0x8013_1940,
            known if known.is(ExceptionType::Argument) => 0x8007_0057,
            _ => 0x8013_1500,
        };
        bits.cast_signed()
    }

    /// Whether `catch (other)` catches it.
    #[must_use]
    pub fn is(self, other: ExceptionType) -> bool {
        let mut current = self;
        loop {
            if current == other {
                return true;
            }
            if current == current.base() {
                return false;
            }
            current = current.base();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_its_bases_and_no_other() {
        assert!(ExceptionType::ArgumentNull.is(ExceptionType::Argument));
        assert!(ExceptionType::UriFormat.is(ExceptionType::System));
        assert!(ExceptionType::JsonReader.is(ExceptionType::Exception));
        assert!(!ExceptionType::Argument.is(ExceptionType::ArgumentNull));
        assert!(!ExceptionType::Json.is(ExceptionType::System));
    }

    #[test]
    fn every_class_is_found_by_its_name() {
        for of in ExceptionType::ALL {
            assert_eq!(ExceptionType::from_name(of.name()), Some(*of));
        }
    }
}

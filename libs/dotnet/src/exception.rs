//! Exceptions: the error of everything in this crate, and what `catch` sees.

use std::borrow::Cow;
use std::fmt;

/// An exception that .NET would throw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// Its class.
    pub of: ExceptionType,
    /// `Exception.Message`, in full, in .NET 8's words.
    pub message: Cow<'static, str>,
    /// `Exception.InnerException`.
    pub inner: Option<Box<Exception>>,
}

impl Exception {
    /// An exception without an inner one.
    #[must_use]
    pub fn new(of: ExceptionType, message: impl Into<Cow<'static, str>>) -> Exception {
        Exception { of, message: message.into(), inner: None }
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

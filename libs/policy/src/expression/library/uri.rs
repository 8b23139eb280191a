//! `System.Uri`, `UriKind`, `UriPartial`, `UriHostNameType`.

use std::any::Any;
use std::rc::Rc;

use postern_dotnet::text::{IsCut, anywhere, mapping, outside_escapes};
use postern_dotnet::uri::{self, Uri, UriKind, UriPartial};
use postern_dotnet::{Exception, Text};

use super::pieces::{ONE_GO_BYTES_MAX, work};
use super::values::{self, constant, equal, hash_of_this, named_type, text, text_array};
use super::{ClassBuilder, Library};
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::Object;
use crate::expression::types::Type;
use crate::expression::value::Value;

/// A URI as an object.
#[derive(Debug)]
pub(crate) struct UriObject(pub(crate) Uri);

impl Object for UriObject {
    fn of(&self) -> Type {
        named_type!("System.Uri")
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn to_text(&self, machine: &mut Machine<'_>) -> Result<Text, Thrown> {
        machine.charge_memory(self.0.original_string().len())?;
        Ok(self.0.to_string().into())
    }

    fn equals(&self, other: &Value) -> bool {
        other.downcast_ref::<UriObject>().is_some_and(|other| self.0.same(&other.0))
    }

    fn content_bytes(&self) -> usize {
        self.0.original_string().len()
    }

    fn hash_code(&self) -> u64 {
        // Host and path decide; what else differs is told apart by `equals`.
        let parts = [self.0.host().unwrap_or_default(), self.0.absolute_path().unwrap_or_default()];
        Value::from(parts.concat()).hash_code()
    }
}

/// Properties that borrow from the URI.
macro_rules! parts {
    ($builder:expr, $($name:literal $property:ident)*) => {
        $builder $(.getter(concat!("string ", $name), |call| {
            let this = call.this::<UriObject>()?;
            let part = this.0.$property()?;
            text(call, AsRef::<str>::as_ref(&part))
        }))*
    };
}

const SCHEMES: [(&str, crate::expression::native::Native); 17] = [
    ("static string UriSchemeHttp", |_| Ok("http".into())),
    ("static string UriSchemeHttps", |_| Ok("https".into())),
    ("static string UriSchemeFile", |_| Ok("file".into())),
    ("static string UriSchemeFtp", |_| Ok("ftp".into())),
    ("static string UriSchemeMailto", |_| Ok("mailto".into())),
    ("static string UriSchemeFtps", |_| Ok("ftps".into())),
    ("static string UriSchemeGopher", |_| Ok("gopher".into())),
    ("static string UriSchemeNetPipe", |_| Ok("net.pipe".into())),
    ("static string UriSchemeNetTcp", |_| Ok("net.tcp".into())),
    ("static string UriSchemeNews", |_| Ok("news".into())),
    ("static string UriSchemeNntp", |_| Ok("nntp".into())),
    ("static string UriSchemeSftp", |_| Ok("sftp".into())),
    ("static string UriSchemeSsh", |_| Ok("ssh".into())),
    ("static string UriSchemeTelnet", |_| Ok("telnet".into())),
    ("static string UriSchemeWs", |_| Ok("ws".into())),
    ("static string UriSchemeWss", |_| Ok("wss".into())),
    ("static string SchemeDelimiter", |_| Ok("://".into())),
];

pub(super) fn declare(library: &mut Library) {
    library.enumeration("System.UriKind", &[("RelativeOrAbsolute", 0), ("Absolute", 1), ("Relative", 2)]);
    library.enumeration("System.UriPartial", &[("Scheme", 0), ("Authority", 1), ("Path", 2), ("Query", 3)]);
    let host_types = [("Unknown", 0), ("Basic", 1), ("Dns", 2), ("IPv4", 3), ("IPv6", 4)];
    library.enumeration("System.UriHostNameType", &host_types);
    let mut builder = library.declare("class System.Uri");
    for (signature, native) in SCHEMES {
        builder = builder.getter(signature, native);
    }
    let builder = parts!(
        builder,
        "Scheme" scheme "Host" host "DnsSafeHost" dns_safe_host "UserInfo" user_info
        "Authority" authority "AbsolutePath" absolute_path "LocalPath" local_path "Query" query "Fragment" fragment
        "PathAndQuery" path_and_query "AbsoluteUri" absolute_uri
    );
    declare_statics(declare_methods(declare_properties(builder)));
}

fn declare_properties(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .constructor("(string uriString)", |call| create(call, UriKind::Absolute))
        .constructor("(string uriString, UriKind uriKind)", |call| {
            let kind = kind(call, 1)?;
            create(call, kind)
        })
        .constructor("(Uri baseUri, string relativeUri)", |call| {
            let relative = call.text(1).cloned().unwrap_or_default();
            combine(call, &relative)
        })
        .constructor("(Uri baseUri, Uri relativeUri)", |call| {
            let relative = call.object::<UriObject>(1).ok_or_else(|| Exception::argument_null("relativeUri"))?;
            combine(call, relative.0.original_string())
        })
        .getter("string IdnHost", |call| Ok(call.this::<UriObject>()?.0.idn_host()?.into()))
        .getter("string OriginalString", |call| {
            let this = call.this::<UriObject>()?;
            text(call, this.0.original_string())
        })
        .getter("bool IsAbsoluteUri", |call| Ok(call.this::<UriObject>()?.0.is_absolute().into()))
        .getter("bool IsDefaultPort", |call| Ok(call.this::<UriObject>()?.0.is_default_port()?.into()))
        .getter("bool IsFile", |call| Ok(call.this::<UriObject>()?.0.is_file()?.into()))
        .getter("bool IsUnc", |call| {
            let this = call.this::<UriObject>()?;
            Ok((this.0.is_file()? && !this.0.host()?.is_empty()).into())
        })
        .getter("bool IsLoopback", |call| Ok(call.this::<UriObject>()?.0.is_loopback()?.into()))
        .getter("bool UserEscaped", |_| Ok(false.into()))
        .getter("int Port", |call| Ok(call.this::<UriObject>()?.0.port()?.into()))
        .getter("UriHostNameType HostNameType", |call| {
            Ok(constant("System.UriHostNameType", call.this::<UriObject>()?.0.host_name_type()? as i64))
        })
        .getter("string[] Segments", |call| {
            let this = call.this::<UriObject>()?;
            text_array(call, this.0.segments()?)
        })
}

fn declare_methods(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method("string GetLeftPart(UriPartial part)", |call| {
            let part = match call.constant(1) {
                0 => UriPartial::Scheme,
                1 => UriPartial::Authority,
                2 => UriPartial::Path,
                3 => UriPartial::Query,
                other => {
                    let message = format!("The value '{other}' is not valid for this usage of the type UriPartial.");
                    return Err(Exception::argument("part", &message).into());
                }
            };
            let left = call.this::<UriObject>()?.0.left_part(part)?;
            text(call, left)
        })
        .method("bool IsBaseOf(Uri uri)", |call| {
            let other = call.object::<UriObject>(1).ok_or_else(|| Exception::argument_null("uri"))?;
            Ok(call.this::<UriObject>()?.0.is_base_of(&other.0)?.into())
        })
        .method("Uri MakeRelativeUri(Uri uri)", |call| {
            let other = call.object::<UriObject>(1).ok_or_else(|| Exception::argument_null("uri"))?;
            Ok(Value::object(UriObject(call.this::<UriObject>()?.0.make_relative(&other.0)?)))
        })
        .method("string MakeRelative(Uri toUri)", make_relative)
        .method("bool IsWellFormedOriginalString()", |call| {
            let this = call.this::<UriObject>()?;
            Ok(uri::is_well_formed_uri_string(this.0.original_string(), UriKind::RelativeOrAbsolute).into())
        })
        .method("string ToString()", |call| Ok(Value::String(call.this::<UriObject>()?.to_text(call.machine)?)))
        .method("bool Equals(object comparand)", |call| Ok(equal(call)?.into()))
        .method("bool Equals(Uri other)", |call| Ok(equal(call)?.into()))
        .method("int GetHashCode()", hash_of_this)
        .operator("static bool operator ==(Uri uri1, Uri uri2)", |call| Ok(equal(call)?.into()))
        .operator("static bool operator !=(Uri uri1, Uri uri2)", |call| {
            Ok((!call.argument(0).equals(call.argument(1))).into())
        })
}

fn declare_statics(builder: ClassBuilder<'_>) -> ClassBuilder<'_> {
    builder
        .method("static bool TryCreate(string uriString, UriKind uriKind, out Uri result)", |call| {
            let kind = kind(call, 1)?;
            let created = call.text(0).and_then(|text| Uri::try_create(text, kind));
            Ok(try_result(call, 2, created))
        })
        .method("static bool TryCreate(Uri baseUri, string relativeUri, out Uri result)", |call| {
            let base = call.object::<UriObject>(0);
            let created = base.zip(call.text(1)).and_then(|(base, relative)| Uri::combine(&base.0, relative).ok());
            Ok(try_result(call, 2, created))
        })
        .method("static bool TryCreate(Uri baseUri, Uri relativeUri, out Uri result)", |call| {
            let pair = call.object::<UriObject>(0).zip(call.object::<UriObject>(1));
            let created = pair.and_then(|(base, relative)| Uri::combine(&base.0, relative.0.original_string()).ok());
            Ok(try_result(call, 2, created))
        })
        .method("static bool IsWellFormedUriString(string uriString, UriKind uriKind)", |call| {
            let kind = kind(call, 1)?;
            Ok(call.text(0).is_some_and(|text| uri::is_well_formed_uri_string(text, kind)).into())
        })
        .method("static string EscapeDataString(string stringToEscape)", |call| {
            changed(call, "stringToEscape", anywhere, uri::escape_data_string)
        })
        .method("static string EscapeUriString(string stringToEscape)", |call| {
            changed(call, "stringToEscape", anywhere, uri::escape_uri_string)
        })
        .method("static string UnescapeDataString(string stringToUnescape)", |call| {
            changed(call, "stringToUnescape", outside_escapes, uri::unescape_data_string)
        })
        .method("static UriHostNameType CheckHostName(string name)", |call| {
            let of = call.text(0).map_or(uri::HostNameType::Unknown, |name| uri::check_host_name(name));
            Ok(constant("System.UriHostNameType", of as i64))
        })
        .method("static bool CheckSchemeName(string schemeName)", |call| {
            Ok(call.text(0).is_some_and(|name| uri::check_scheme_name(name)).into())
        })
        .method("static bool IsHexEncoding(string pattern, int index)", |call| {
            let Some(pattern) = call.text(0) else { return Err(Exception::null_reference().into()) };
            let at = |behind: i32| {
                let index = call.int(1).checked_add(behind).and_then(|index| usize::try_from(index).ok());
                index.and_then(|index| postern_dotnet::text::unit_at(pattern, index))
            };
            let is_digit = |unit: Option<u16>| unit.and_then(hex_value).is_some();
            Ok((at(0) == Some(u16::from(b'%')) && is_digit(at(1)) && is_digit(at(2))).into())
        })
        .method("static char HexUnescape(string pattern, ref int index)", hex_unescape)
        .method("static int FromHex(char digit)", |call| {
            let message = "Value does not fall within the expected range. (Parameter 'digit')";
            let unit = super::values::unit(call, 0);
            let value = hex_value(unit);
            Ok(value.ok_or_else(|| Exception::new(postern_dotnet::ExceptionType::Argument, message))?.into())
        })
        .method("static bool IsHexDigit(char character)", |call| {
            let digit = char::from_u32(values::unit(call, 0).into());
            Ok(digit.is_some_and(|digit| digit.is_ascii_hexdigit()).into())
        })
        .method("static string HexEscape(char character)", |call| {
            let byte = u8::try_from(values::unit(call, 0));
            let message = "Specified argument was out of the range of valid values.";
            let byte = byte.map_err(|_| Exception::argument_out_of_range("character", message))?;
            text(call, format!("%{byte:02X}"))
        })
}

/// The old form of `MakeRelativeUri`, a text.
fn make_relative(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let other = call.object::<UriObject>(1).ok_or_else(|| Exception::argument_null("toUri"))?;
    let relative = call.this::<UriObject>()?.0.make_relative(&other.0)?;
    // The old form stops at the path.
    let whole = if relative.is_absolute() { relative.absolute_uri()? } else { relative.original_string().to_owned() };
    let path = whole.split(['?', '#']).next().unwrap_or_default().to_owned();
    text(call, path)
}

/// A character, or the one that a percent sign and two digits stand for.
fn hex_unescape(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let Some(pattern) = call.text(0).cloned() else { return Err(Exception::null_reference().into()) };
    let length = postern_dotnet::text::length(&pattern);
    call.machine.charge(pattern.len() / 16)?;
    let given = call.int(1);
    let index = usize::try_from(given).map_err(|_| Exception::negative("index", given.into()))?;
    if index >= length {
        let message =
            format!("index ('{given}') must be less than '{length}'. (Parameter 'index')\nActual value was {given}.");
        return Err(Exception::new(postern_dotnet::ExceptionType::ArgumentOutOfRange, message).into());
    }
    let unit = |at: usize| postern_dotnet::text::unit_at(&pattern, at);
    let digits = (unit(index + 1).and_then(hex_value), unit(index + 2).and_then(hex_value));
    let (unit, taken) = match (unit(index), digits) {
        (Some(0x25), (Some(high), Some(low))) => (u16::try_from(high * 16 + low).unwrap_or(0), 3),
        (plain, _) => (plain.unwrap_or(0), 1),
    };
    call.set_out(1, given.saturating_add(taken));
    Ok(Value::Char(unit))
}

fn kind(call: &Call<'_, '_>, index: usize) -> Result<UriKind, Thrown> {
    match call.constant(index) {
        0 => Ok(UriKind::RelativeOrAbsolute),
        1 => Ok(UriKind::Absolute),
        2 => Ok(UriKind::Relative),
        other => {
            let message = format!("The value '{other}' passed for the UriKind parameter is invalid.");
            Err(Exception::argument("uriKind", &message).into())
        }
    }
}

fn create(call: &mut Call<'_, '_>, kind: UriKind) -> Result<Value, Thrown> {
    let text = call.required_text(0, "uriString")?;
    call.machine.charge_memory(text.len().saturating_mul(2))?;
    Ok(Value::object(UriObject(Uri::parse(&text, kind)?)))
}

fn combine(call: &mut Call<'_, '_>, relative: &str) -> Result<Value, Thrown> {
    let base = call.object::<UriObject>(0).ok_or_else(|| Exception::argument_null("baseUri"))?;
    call.machine.charge_memory((base.0.original_string().len() + relative.len()).saturating_mul(2))?;
    Ok(Value::object(UriObject(Uri::combine(&base.0, relative)?)))
}

fn try_result(call: &mut Call<'_, '_>, out: usize, created: Option<Uri>) -> Value {
    let found = created.is_some();
    call.set_out(out, created.map_or(Value::Null, |uri| Value::object(UriObject(uri))));
    found.into()
}

/// A text that is turned into another, paid for on both sides; a long one in turns, part by part.
pub(super) fn changed(
    call: &mut Call<'_, '_>,
    parameter: &str,
    is_cut: IsCut,
    of: for<'a> fn(&'a str) -> std::borrow::Cow<'a, str>,
) -> Result<Value, Thrown> {
    let given = call.required_text(0, parameter)?;
    if given.len() > ONE_GO_BYTES_MAX {
        return Ok(Value::String(work(call.machine, |_| Ok(mapping(given, is_cut, of)))?));
    }
    // Some ten nanoseconds for eight bytes of it.
    call.machine.charge(given.len() / 8)?;
    call.machine.take_memory(given.len())?;
    let changed = of(&given).into_owned();
    text(call, changed)
}

/// The value of a hexadecimal digit.
fn hex_value(unit: u16) -> Option<i32> {
    let digit = char::from_u32(u32::from(unit))?.to_digit(16)?;
    i32::try_from(digit).ok()
}

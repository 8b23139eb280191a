//! `System.Net.IPAddress`.

use std::any::Any;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::rc::Rc;

use postern_dotnet::uri::IpAddress;
use postern_dotnet::{Exception, Text};

use super::Library;
use super::values::{byte_array, bytes, constant, hash, named_type};
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::Object;
use crate::expression::types::Type;
use crate::expression::value::Value;

/// An address as an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AddressObject(pub(crate) IpAddress);

impl Object for AddressObject {
    fn of(&self) -> Type {
        named_type!("System.Net.IPAddress")
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn to_text(&self, _machine: &mut Machine<'_>) -> Result<Text, Thrown> {
        Ok(self.0.to_string().into())
    }

    fn equals(&self, other: &Value) -> bool {
        other.downcast_ref::<AddressObject>() == Some(self)
    }

    fn hash_code(&self) -> u64 {
        self.0.address_bytes().iter().fold(0, |hash: u64, byte| hash.rotate_left(5) ^ u64::from(*byte))
    }
}

fn fixed(address: IpAddr) -> Value {
    Value::object(AddressObject(IpAddress::new(address)))
}

pub(super) fn declare(library: &mut Library) {
    library.enumeration(
        "System.Net.Sockets.AddressFamily",
        &[("Unknown", -1), ("Unspecified", 0), ("Unix", 1), ("InterNetwork", 2), ("InterNetworkV6", 23)],
    );
    library
        .declare("class System.Net.IPAddress")
        .constructor("(byte[] address)", |call| {
            Ok(Value::object(AddressObject(IpAddress::from_bytes(&bytes(call, 0, "address")?)?)))
        })
        .getter("static IPAddress Any", |_| Ok(fixed(Ipv4Addr::UNSPECIFIED.into())))
        .getter("static IPAddress Loopback", |_| Ok(fixed(Ipv4Addr::LOCALHOST.into())))
        .getter("static IPAddress Broadcast", |_| Ok(fixed(Ipv4Addr::BROADCAST.into())))
        .getter("static IPAddress None", |_| Ok(fixed(Ipv4Addr::BROADCAST.into())))
        .getter("static IPAddress IPv6Any", |_| Ok(fixed(Ipv6Addr::UNSPECIFIED.into())))
        .getter("static IPAddress IPv6Loopback", |_| Ok(fixed(Ipv6Addr::LOCALHOST.into())))
        .method("static short HostToNetworkOrder(short host)", |call| Ok(swapped(call)))
        .method("static int HostToNetworkOrder(int host)", |call| Ok(swapped(call)))
        .method("static long HostToNetworkOrder(long host)", |call| Ok(swapped(call)))
        .method("static short NetworkToHostOrder(short network)", |call| Ok(swapped(call)))
        .method("static int NetworkToHostOrder(int network)", |call| Ok(swapped(call)))
        .method("static long NetworkToHostOrder(long network)", |call| Ok(swapped(call)))
        .method("static IPAddress Parse(string ipString)", |call| {
            Ok(Value::object(AddressObject(IpAddress::parse(&call.required_text(0, "ipString")?)?)))
        })
        .method("static bool TryParse(string ipString, out IPAddress address)", |call| {
            let parsed = call.text(0).and_then(|text| IpAddress::try_parse(text));
            call.set_out(1, parsed.map_or(Value::Null, |address| Value::object(AddressObject(address))));
            Ok(parsed.is_some().into())
        })
        .method("static bool IsLoopback(IPAddress address)", |call| {
            let address = call.object::<AddressObject>(0).ok_or_else(|| Exception::argument_null("address"))?;
            Ok(address.0.is_loopback().into())
        })
        .getter("AddressFamily AddressFamily", |call| {
            Ok(constant("System.Net.Sockets.AddressFamily", this(call)?.family() as i64))
        })
        .getter("bool IsIPv4MappedToIPv6", |call| Ok(mapped(this(call)?).is_some().into()))
        .method("IPAddress MapToIPv4()", |call| {
            let address = this(call)?;
            Ok(fixed(mapped(address).map_or(address.address(), IpAddr::V4)))
        })
        .method("IPAddress MapToIPv6()", |call| {
            Ok(fixed(match this(call)?.address() {
                IpAddr::V4(address) => address.to_ipv6_mapped().into(),
                address @ IpAddr::V6(_) => address,
            }))
        })
        .method("byte[] GetAddressBytes()", |call| {
            let bytes = this(call)?.address_bytes();
            byte_array(call, bytes)
        })
        .method("string ToString()", |call| Ok(this(call)?.to_string().into()))
        .method("bool Equals(object comparand)", |call| Ok(call.argument(0).equals(call.argument(1)).into()))
        .method("int GetHashCode()", |call| Ok(hash(call.argument(0))));
    declare_rare(library);
}

fn declare_rare(library: &mut Library) {
    library
        .declare("class System.Net.IPAddress")
        .constructor("(long newAddress)", |call| {
            let Value::Long(value) = *call.argument(0) else { return Ok(Value::Null) };
            let address = u32::try_from(value).map_err(|_| {
                // Compared and shown without its sign.
                let value = value.cast_unsigned();
                let message = format!(
                    "newAddress ('{value}') must be less than or equal to '{}'. (Parameter 'newAddress')\nActual value was {value}.",
                    u32::MAX
                );
                Exception::new(postern_dotnet::ExceptionType::ArgumentOutOfRange, message)
            })?;
            Ok(fixed(Ipv4Addr::from(address.to_le_bytes()).into()))
        })
        .getter("static IPAddress IPv6None", |_| Ok(fixed(Ipv6Addr::UNSPECIFIED.into())))
        .getter("bool IsIPv6LinkLocal", |call| in_prefix(call, 0xFFC0, 0xFE80))
        .getter("bool IsIPv6SiteLocal", |call| in_prefix(call, 0xFFC0, 0xFEC0))
        .getter("bool IsIPv6Multicast", |call| in_prefix(call, 0xFF00, 0xFF00))
        .getter("bool IsIPv6UniqueLocal", |call| in_prefix(call, 0xFE00, 0xFC00))
        .getter("bool IsIPv6Teredo", |call| {
            let is = matches!(this(call)?.address(), IpAddr::V6(address) if address.segments().starts_with(&[0x2001, 0]));
            Ok(is.into())
        });
}

/// Whether the first sixteen bits of an IPv6 address are these, under a mask.
fn in_prefix(call: &Call<'_, '_>, mask: u16, wanted: u16) -> Result<Value, Thrown> {
    let is = matches!(this(call)?.address(), IpAddr::V6(address) if address.segments()[0] & mask == wanted);
    Ok(is.into())
}

/// The bytes the other way round: the machine's order is that of x86.
fn swapped(call: &Call<'_, '_>) -> Value {
    match *call.argument(0) {
        Value::Short(value) => Value::Short(value.swap_bytes()),
        Value::Int(value) => Value::Int(value.swap_bytes()),
        Value::Long(value) => Value::Long(value.swap_bytes()),
        _ => Value::Null,
    }
}

fn this(call: &Call<'_, '_>) -> Result<IpAddress, Thrown> {
    Ok(call.this::<AddressObject>()?.0)
}

fn mapped(address: IpAddress) -> Option<Ipv4Addr> {
    match address.address() {
        IpAddr::V6(address) => address.to_ipv4_mapped(),
        IpAddr::V4(_) => None,
    }
}

//! `System.Net.IPAddress`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::Exception;

/// `System.Net.Sockets.AddressFamily`, as far as addresses have one; with its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressFamily {
    /// IPv4.
    InterNetwork = 2,
    /// IPv6.
    InterNetworkV6 = 23,
}

/// An IP address; IPv6 with its scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct IpAddress {
    address: IpAddr,
    scope: u32,
}

impl IpAddress {
    /// An address without scope.
    #[must_use]
    pub const fn new(address: IpAddr) -> IpAddress {
        IpAddress { address, scope: 0 }
    }

    /// `new IPAddress(byte[])`.
    ///
    /// # Errors
    /// `ArgumentException` unless there are 4 or 16 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<IpAddress, Exception> {
        let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
        let address = v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from));
        address.map(IpAddress::new).map_err(|_| Exception::argument("address", "An invalid IP address was specified."))
    }

    /// `IPAddress.TryParse`.
    #[must_use]
    pub fn try_parse(text: &str) -> Option<IpAddress> {
        if !text.contains(':') {
            return parse_ipv4_loose(text).map(|address| IpAddress::new(address.into()));
        }
        let inner = match text.strip_prefix('[') {
            // What follows the bracket may only be a port, which does not count.
            Some(rest) => {
                let (inner, port) = rest.split_once(']')?;
                let port_is_fine = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
                port_is_fine.then_some(inner)?
            }
            None => text,
        };
        let (address, scope) = parse_ipv6(inner)?;
        Some(IpAddress { address: address.into(), scope })
    }

    /// `IPAddress.Parse`.
    ///
    /// # Errors
    /// `FormatException`.
    pub fn parse(text: &str) -> Result<IpAddress, Exception> {
        IpAddress::try_parse(text).ok_or_else(|| Exception::format("An invalid IP address was specified."))
    }

    /// `GetAddressBytes`: 4 or 16, in network order.
    #[must_use]
    pub fn address_bytes(self) -> Vec<u8> {
        match self.address {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        }
    }

    /// `AddressFamily`.
    #[must_use]
    pub const fn family(self) -> AddressFamily {
        match self.address {
            IpAddr::V4(_) => AddressFamily::InterNetwork,
            IpAddr::V6(_) => AddressFamily::InterNetworkV6,
        }
    }

    /// `IPAddress.IsLoopback`: 127.0.0.0/8, `::1`, and 127.0.0.1 mapped to IPv6.
    #[must_use]
    pub fn is_loopback(self) -> bool {
        match self.address {
            IpAddr::V4(address) => address.is_loopback(),
            IpAddr::V6(address) => address.is_loopback() || address.to_ipv4_mapped() == Some(Ipv4Addr::LOCALHOST),
        }
    }

    /// `MapToIPv4`, where there is one inside.
    #[must_use]
    pub fn address(self) -> IpAddr {
        self.address
    }
}

impl std::fmt::Display for IpAddress {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.address {
            IpAddr::V4(address) => write!(formatter, "{address}")?,
            IpAddr::V6(address) => match embedded_ipv4(address) {
                Some(inner) => write!(formatter, "::{inner}")?,
                None => write!(formatter, "{address}")?,
            },
        }
        if self.scope != 0 { write!(formatter, "%{}", self.scope) } else { Ok(()) }
    }
}

/// `::1.2.3.4`, which .NET writes so although it is deprecated.
fn embedded_ipv4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let segments = address.segments();
    let zeros = segments.iter().take(6).all(|segment| *segment == 0);
    (zeros && segments[6] != 0).then(|| address.to_ipv4()).flatten()
}

fn is_port(text: &str) -> bool {
    let hex = text.strip_prefix("0x").filter(|digits| !digits.is_empty());
    match hex {
        Some(digits) => digits.len() <= 4 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => text.bytes().all(|byte| byte.is_ascii_digit()) && (text.is_empty() || text.parse::<u16>().is_ok()),
    }
}

/// Up to four numbers, decimal, octal (`017`) or hexadecimal (`0x1F`); the last one fills what is left, as `inet_aton` has it.
pub(super) fn parse_ipv4_loose(text: &str) -> Option<Ipv4Addr> {
    let parts: Vec<u32> = text.split('.').map(parse_number).collect::<Option<_>>()?;
    let (last, leading) = parts.split_last()?;
    if leading.len() > 3 || leading.iter().any(|part| *part > 0xFF) {
        return None;
    }
    let free_bits = 32 - 8 * u32::try_from(leading.len()).ok()?;
    if u64::from(*last) >> free_bits != 0 {
        return None;
    }
    let head = leading.iter().enumerate().fold(0, |value, (index, part)| value | part << (24 - 8 * index));
    Some(Ipv4Addr::from(head | last))
}

fn parse_number(text: &str) -> Option<u32> {
    let (digits, radix) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None if text.len() > 1 && text.starts_with('0') => (text, 8),
        None => (text, 10),
    };
    // A sign is not a digit, though Rust would take one.
    digits.chars().all(|c| c.is_digit(radix)).then(|| u32::from_str_radix(digits, radix).ok()).flatten()
}

/// An IPv6 address with an optional scope (`fe80::1%3`).
pub(super) fn parse_ipv6(text: &str) -> Option<(Ipv6Addr, u32)> {
    let (address, scope) = match text.split_once('%') {
        Some((address, scope)) => (address, scope.parse().unwrap_or(0)),
        None => (text, 0),
    };
    Some((address.parse().ok()?, scope))
}

#[cfg(test)]
mod tests;

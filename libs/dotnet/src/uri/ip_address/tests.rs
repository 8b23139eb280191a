//! Texts that are addresses, and their text again.

use super::*;

#[test]
fn addresses_are_read_in_all_their_spellings() {
    let cases = [
        ("10.0.0.1", "10.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("1", "0.0.0.1"),
        ("0x7F.0.0.01", "127.0.0.1"),
        ("4294967295", "255.255.255.255"),
        ("::1", "::1"),
        ("[2001:DB8::1]:443", "2001:db8::1"),
        ("fe80::1%3", "fe80::1%3"),
        ("::ffff:1.2.3.4", "::ffff:1.2.3.4"),
        ("::1.2.3.4", "::1.2.3.4"),
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
    ];
    for (text, expected) in cases {
        assert_eq!(IpAddress::parse(text).map(|address| address.to_string()), Ok(expected.to_owned()), "{text}");
    }
}

#[test]
fn other_texts_are_refused() {
    for text in [
        "",
        "1.2.3.4.5",
        "256.0.0.1",
        "1.2.3.256",
        "a.b.c.d",
        "1..2",
        "+1.2.3.4",
        " 1.2.3.4",
        "09.1.1.1",
        "::g",
        "[::1",
        "[::1]x",
    ] {
        assert_eq!(IpAddress::parse(text), Err(Exception::format("An invalid IP address was specified.")), "{text}");
    }
}

#[test]
fn family_bytes_and_loopback_follow_the_address() {
    let v4 = IpAddress::parse("127.8.8.8").unwrap();
    assert_eq!(v4.family(), AddressFamily::InterNetwork);
    assert!(v4.is_loopback());
    assert_eq!(v4.address_bytes(), [127, 8, 8, 8]);
    let v6 = IpAddress::parse("::1").unwrap();
    assert_eq!(v6.family(), AddressFamily::InterNetworkV6);
    assert!(v6.is_loopback() && IpAddress::parse("::ffff:127.0.0.1").unwrap().is_loopback());
    assert_eq!(IpAddress::from_bytes(&v6.address_bytes()), Ok(v6));
    assert!(IpAddress::from_bytes(&[1, 2]).is_err());
}

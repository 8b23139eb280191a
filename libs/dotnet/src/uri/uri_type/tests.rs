//! Properties of URIs.

use super::*;

fn uri(text: &str) -> Uri {
    Uri::parse(text, UriKind::Absolute).unwrap()
}

#[test]
fn a_uri_comes_apart() {
    let uri = uri("HTTPS://User:Pw@Example.com:8443/a/b%20c/./d?x=1&y=é#frag");
    assert_eq!(uri.scheme(), Ok("https"));
    assert_eq!(uri.user_info(), Ok("User:Pw"));
    assert_eq!(uri.host(), Ok("example.com"));
    assert_eq!(uri.port(), Ok(8443));
    assert_eq!(uri.is_default_port(), Ok(false));
    assert_eq!(uri.authority().as_deref(), Ok("example.com:8443"));
    assert_eq!(uri.absolute_path(), Ok("/a/b%20c/d"));
    assert_eq!(uri.local_path().as_deref(), Ok("/a/b c/d"));
    assert_eq!(uri.query(), Ok("?x=1&y=%C3%A9"));
    assert_eq!(uri.fragment(), Ok("#frag"));
    assert_eq!(uri.path_and_query().as_deref(), Ok("/a/b%20c/d?x=1&y=%C3%A9"));
    assert_eq!(uri.segments(), Ok(vec!["/", "a/", "b%20c/", "d"]));
    assert_eq!(uri.absolute_uri().as_deref(), Ok("https://User:Pw@example.com:8443/a/b%20c/d?x=1&y=%C3%A9#frag"));
    assert_eq!(uri.original_string(), "HTTPS://User:Pw@Example.com:8443/a/b%20c/./d?x=1&y=é#frag");
}

#[test]
fn texts_are_made_canonical() {
    let cases = [
        ("http://a", "http://a/"),
        ("http://A:80/", "http://a/"),
        ("https://a:443?x", "https://a/?x"),
        ("http://a/%41%2Fb%2e", "http://a/A%2Fb."),
        ("http://a/x y\"<>", "http://a/x%20y%22%3C%3E"),
        ("http://a/100%", "http://a/100%25"),
        ("http://a/b\\c", "http://a/b/c"),
        ("http://a/b/../../c", "http://a/c"),
        (" http://a/ ", "http://a/"),
        ("http://[::1]:8080/x", "http://[::1]:8080/x"),
        ("http://127.1/", "http://127.0.0.1/"),
        ("http://bücher.de/é", "http://bücher.de/%C3%A9"),
        ("urn:isbn:123", "urn:isbn:123"),
        ("foo://Host/x", "foo://host/x"),
        ("mailto:a@B.c?subject=x", "mailto:a@b.c?subject=x"),
        ("mailto:x", "mailto:x"),
        ("/a/b", "file:///a/b"),
        ("file:///c:/x", "file:///c:/x"),
        ("c:\\x\\y", "file:///c:/x/y"),
        ("http://a/b#c#d", "http://a/b#c#d"),
    ];
    for (text, expected) in cases {
        assert_eq!(uri(text).absolute_uri().as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn text_for_people_takes_harmless_escapes_back() {
    let cases = [
        ("http://a/b%20c", "http://a/b c"),
        ("http://a/%C3%A9", "http://a/é"),
        ("http://a/b%2Fc%3F%23%25", "http://a/b%2Fc%3F%23%25"),
        ("http://a/?q=%22x%22", "http://a/?q=\"x\""),
        ("http://a", "http://a/"),
    ];
    for (text, expected) in cases {
        assert_eq!(uri(text).to_string(), expected, "{text}");
    }
}

#[test]
fn broken_texts_are_refused_with_the_message_of_dotnet() {
    let cases = [
        ("", "Invalid URI: The URI is empty."),
        ("example.com/x", "Invalid URI: The format of the URI could not be determined."),
        ("http://a\\b/c", "Invalid URI: The hostname could not be parsed."),
        ("1http://a", "Invalid URI: The URI scheme is not valid."),
        ("http://", "Invalid URI: The hostname could not be parsed."),
        ("http://a b/", "Invalid URI: The hostname could not be parsed."),
        ("http://a:b/", "Invalid URI: Invalid port specified."),
        ("http://a:99999/", "Invalid URI: Invalid port specified."),
        ("http://a@b@c/", "Invalid URI: The hostname could not be parsed."),
        ("http:a", "Invalid URI: The Authority/Host could not be parsed."),
    ];
    for (text, message) in cases {
        let error = Uri::parse(text, UriKind::Absolute).unwrap_err();
        assert_eq!((error.of, error.message.as_ref()), (ExceptionType::UriFormat, message), "{text}");
    }
    assert!(Uri::try_create("http://a/", UriKind::Relative).is_none());
    assert!(Uri::try_create("http://", UriKind::RelativeOrAbsolute).is_none());
}

#[test]
fn a_relative_reference_has_no_parts() {
    let uri = Uri::parse("/a/b?c", UriKind::RelativeOrAbsolute).unwrap();
    assert!(!uri.is_absolute());
    assert_eq!(uri.to_string(), "/a/b?c");
    let error = uri.host().unwrap_err();
    assert_eq!(error.of, ExceptionType::InvalidOperation);
    assert_eq!(error.message, "This operation is not supported for a relative URI.");
}

#[test]
fn left_parts_end_where_they_are_told() {
    let uri = uri("http://u@h:81/a/b?q#f");
    for (part, expected) in [
        (UriPartial::Scheme, "http://"),
        (UriPartial::Authority, "http://u@h:81"),
        (UriPartial::Path, "http://u@h:81/a/b"),
        (UriPartial::Query, "http://u@h:81/a/b?q"),
    ] {
        assert_eq!(uri.left_part(part).as_deref(), Ok(expected));
    }
}

#[test]
fn equality_ignores_fragment_and_user() {
    assert!(uri("http://A/x#1").same(&uri("http://u@a:80/x#2")));
    assert!(!uri("http://a/x").same(&uri("http://a/X")));
    assert_eq!(uri("http://localhost/").is_loopback(), Ok(true));
    assert_eq!(uri("http://[::1]/").is_loopback(), Ok(true));
    assert_eq!(uri("http://example.com/").is_loopback(), Ok(false));
}

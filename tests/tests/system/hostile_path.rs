//! Paths written so that two readers see two paths (`facts/peers.md` C2, row 7): what was matched is what is forwarded.

use postern_tests::gateway::Gateway;
use postern_tests::on_both_drivers;
use postern_tests::origin::Origin;
use postern_tests::service::{Configuration, inbound, open_api, operation};

/// How a backend that decodes everything once, and takes `\` and `;x` the way some do, would read a target. (One that
/// decodes twice has no path that is safe: `%25` is how a percent sign is written.)
fn most_lenient_reading(target: &str) -> String {
    let path = target.split('?').next().unwrap_or_default();
    let decoded = decode(path).replace('\\', "/");
    let mut segments: Vec<&str> = Vec::new();
    for segment in decoded.split('/') {
        match segment.split(';').next().unwrap_or_default() {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            name => segments.push(name),
        }
    }
    format!("/{}", segments.join("/")).to_lowercase()
}

fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut index = 0;
    while index < bytes.len() {
        let escape = text.get(index + 1..index + 3).filter(|_| bytes[index] == b'%');
        if let Some(byte) = escape.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            out.push(byte);
            index += 3;
        } else {
            out.push(bytes[index]);
            index += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Ways to write `/shop/public/../admin` and the like.
const TRICKS: [&str; 44] = [
    "/shop/public/../admin",
    "/shop/public/./../admin",
    "/shop/public/x/../../admin",
    "/shop/public/%2e%2e/admin",
    "/shop/public/%2E%2E/admin",
    "/shop/public/.%2e/admin",
    "/shop/public/%2e./admin",
    "/shop/public/%252e%252e/admin",
    "/shop/public/%25%32%65%25%32%65/admin",
    "/shop/public/..;/admin",
    "/shop/public/..;x=y/admin",
    "/shop/public/%2e%2e;/admin",
    "/shop/public/..%3b/admin",
    "/shop/public/..%2fadmin",
    "/shop/public/..%2Fadmin",
    "/shop/public/%2e%2e%2fadmin",
    "/shop/public%2f..%2fadmin",
    "/shop/public/..%252fadmin",
    "/shop/public/..\\admin",
    "/shop/public\\..\\admin",
    "/shop/public/..%5cadmin",
    "/shop/public/%2e%2e%5cadmin",
    "/shop/public%5c..%5cadmin",
    "/shop/public/..%255cadmin",
    "/shop/public//../admin",
    "/shop/public/..//admin",
    "//shop/public/../admin",
    "/shop//public/..//admin",
    "/shop/public/..%00/admin",
    "/shop/public/..%c0%afadmin",
    "/shop/public/%c0%ae%c0%ae/admin",
    "/shop/public/%e0%80%ae%e0%80%ae/admin",
    "/shop/public/.%00./admin",
    "/shop/public/...//../admin",
    "/shop/public/.../admin",
    "/shop/public/..?x/admin",
    "/shop/public/..%3f/admin",
    "/shop/public/..%23/admin",
    "/shop/public/../public/../admin",
    "/shop/public/a/..;/..;/admin",
    "/./shop/public/../admin",
    "/%73hop/public/../admin",
    "/shop/%70ublic/../admin",
    "/shop/public/..%u2215admin",
];

on_both_drivers! {
    fn no_way_of_writing_a_path_reaches_what_its_operation_does_not_cover(driver) {
        let origin = Origin::start();
        let mut shop = open_api("shop", &origin.url());
        shop.operations = vec![operation("GET", "/public/*")];
        let gateway = Gateway::with(driver, &Configuration::of(shop));
        for trick in TRICKS {
            origin.clear();
            let answer = gateway.get(trick, &[]);
            assert!(matches!(answer.status, 200 | 400 | 404), "{trick}: {}", answer.head);
            for seen in origin.seen() {
                let reading = most_lenient_reading(&seen.target());
                assert!(reading.starts_with("/public"), "{trick} reached {reading} as {}", seen.target());
            }
        }
    }

    fn a_policy_of_an_operation_cannot_be_avoided_by_another_way_of_writing_its_path(driver) {
        let origin = Origin::start();
        let mut shop = open_api("shop", &origin.url());
        let mut admin = operation("GET", "/admin");
        admin.policy = inbound("<return-response><set-status code=\"403\" reason=\"No\"/></return-response>");
        let mut below = operation("GET", "/admin/*");
        below.policy = admin.policy.clone();
        shop.operations = vec![admin, below, operation("GET", "/*")];
        let gateway = Gateway::with(driver, &Configuration::of(shop));
        let ways = [
            "/shop/admin", "/shop/admin/", "/shop/ADMIN", "/Shop/Admin", "/shop/%61dmin",
            "/shop/adm%69n", "/shop//admin", "/shop/./admin", "/shop/x/../admin", "/shop/admin/.", "/shop/admin/x/..", "/shop/admin//", "/shop/admin?x",
            "/shop/admin/%2e", "/shop/x/%2e%2e/admin", "/shop/admin/x", "/shop/%2e/admin",
        ];
        for way in ways {
            assert_eq!(gateway.get(way, &[]).status, 403, "{way}");
        }
        let lenient = [
            "/shop/admin;x", "/shop/admin%00", "/shop/admin\\", "/shop/admin%2f", "/shop/admin%20", "/shop/%2561dmin",
            "/shop/admin.", "/shop/admin~", "/shop/admin%09",
        ];
        for way in lenient {
            origin.clear();
            let answer = gateway.get(way, &[]);
            assert!(matches!(answer.status, 200 | 400 | 403 | 404), "{way}: {}", answer.head);
            for seen in origin.seen() {
                // What is forwarded is what was matched: no decoding in between that would make it `/admin`.
                assert_eq!(Some(seen.target().as_str()), way.strip_prefix("/shop"), "{way}");
            }
        }
    }

    fn harmless_paths_arrive_as_they_were_sent(driver) {
        let origin = Origin::start();
        let gateway = Gateway::with(driver, &Configuration::of(open_api("shop", &origin.url())));
        let paths = [
            "/x", "/x/", "/X/y", "/a%20b", "/a%2Fb", "/%C3%A4", "/a+b", "/a;b=c/d", "/a,b", "/a:b", "/a@b", "/~a",
            "/a%25b", "/x?a=b", "/x?", "/x?a=/../b", "/x?a=%00", "/x?a=b?c", "/a.b", "/.well-known/x", "/..a", "/a..",
        ];
        for path in paths {
            origin.clear();
            let answer = gateway.get(&format!("/shop{path}"), &[]);
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
            assert_eq!(origin.seen()[0].target(), path);
        }
        for (sent, arrives) in [("/shop", "/"), ("/shop?a", "/?a"), ("/SHOP/x", "/x")] {
            origin.clear();
            assert_eq!(gateway.get(sent, &[]).status, 200, "{sent}");
            assert_eq!(origin.seen()[0].target(), arrives, "{sent}");
        }
    }
}

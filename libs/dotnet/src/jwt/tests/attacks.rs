//! Tokens that must not pass: each is one way others were deceived.

use super::*;

fn rsa_keys() -> KeySet {
    signing([rsa_key(Some("k1"), rsa())])
}

fn bearer(header: &str) -> String {
    forge(header, PAYLOAD, rs256(rsa()))
}

#[test]
fn an_unsigned_token_passes_only_where_a_policy_allows_it() {
    let relaxed = Rules { require_signed_tokens: false, ..Rules::default() };
    for name in ["none", "None", "NONE", "nOnE", "none ", "", "RS256", "HS256"] {
        let token = forge(&format!(r#"{{"alg":"{name}"}}"#), PAYLOAD, |_| Vec::new());
        for keys in [rsa_keys(), secret_keys(), KeySet::default()] {
            assert_eq!(reason(&token, &keys, &Rules::default()), Some(Reason::TokenSignatureInvalid), "{name}");
            assert_eq!(check(&token, &keys, &relaxed).is_ok(), name == "none", "{name}");
        }
        let signed = forge(&format!(r#"{{"alg":"{name}"}}"#), PAYLOAD, |_| vec![0; 32]);
        assert!(check(&signed, &rsa_keys(), &relaxed).is_err(), "{name}");
    }
    let header_only = forge(r#"{"typ":"JWT"}"#, PAYLOAD, |_| Vec::new());
    assert!(check(&header_only, &rsa_keys(), &relaxed).is_err());
}

#[test]
fn a_public_key_is_never_a_secret() {
    use base64::Engine as _;
    let der = rsa().public().der().to_vec();
    let base64 = base64::engine::general_purpose::STANDARD.encode(&der);
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{base64}\n-----END PUBLIC KEY-----\n");
    let (modulus, _) = rsa_components(rsa());
    for secret in [der, base64.into_bytes(), pem.into_bytes(), encoding::decode(modulus.as_bytes()).unwrap()] {
        for header in [r#"{"alg":"HS256"}"#, r#"{"alg":"HS256","kid":"k1"}"#] {
            let token = forge(header, PAYLOAD, hs256(&secret));
            assert!(check(&token, &rsa_keys(), &Rules::default()).is_err());
        }
    }
}

#[test]
fn keys_in_a_header_are_not_looked_at() {
    let attacker = new_rsa();
    let (modulus, exponent) = rsa_components(&attacker);
    for header in [
        format!(r#"{{"alg":"RS256","jwk":{{"kty":"RSA","n":"{modulus}","e":"{exponent}"}}}}"#),
        r#"{"alg":"RS256","jku":"https://attacker.example/keys"}"#.to_owned(),
        r#"{"alg":"RS256","x5u":"https://attacker.example/chain"}"#.to_owned(),
        r#"{"alg":"RS256","x5c":["MIIB"]}"#.to_owned(),
        r#"{"alg":"RS256","kid":"k1","jwk":{}}"#.to_owned(),
        r#"{"alg":"HS256","jwk":{"kty":"oct","k":"WlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpa"}}"#.to_owned(),
    ] {
        assert!(check(&forge(&header, PAYLOAD, rs256(&attacker)), &rsa_keys(), &Rules::default()).is_err());
        assert!(check(&forge(&header, PAYLOAD, hs256(&[0x5a; 33])), &rsa_keys(), &Rules::default()).is_err());
    }
    let beside = format!(r#"{{"alg":"RS256","kid":"k1","jwk":{{"kty":"RSA","n":"{modulus}","e":"{exponent}"}}}}"#);
    assert!(check(&bearer(&beside), &rsa_keys(), &Rules::default()).is_ok(), "signed by the configured key");
}

#[test]
fn a_strange_key_id_selects_nothing_and_breaks_no_message() {
    let empty_file = forge(r#"{"alg":"HS256","kid":"../../dev/null"}"#, PAYLOAD, hs256(b""));
    assert_eq!(reason(&empty_file, &rsa_keys(), &Rules::default()), Some(Reason::TokenSignatureKeyNotFound));
    let attacker = new_rsa();
    for kid in [
        r#""' UNION SELECT 'key""#,
        r#""https://attacker.example/key""#,
        r#""k1\u0000""#,
        r#""K1""#,
        r#""a\r\nX-Injected: 1""#,
        "7",
        "null",
        r#"["k1"]"#,
        r#"{"k1":1}"#,
    ] {
        let token = forge(&format!(r#"{{"alg":"RS256","kid":{kid}}}"#), PAYLOAD, rs256(&attacker));
        let error = check(&token, &rsa_keys(), &Rules::default()).unwrap_err();
        assert_eq!(error.reason, Reason::TokenSignatureKeyNotFound, "{kid}");
        assert!(!error.message.contains('\r') && !error.message.contains("\nX-"), "{}", error.message);
    }
    let huge = forge(&format!(r#"{{"alg":"RS256","kid":"{}"}}"#, "k".repeat(10_000)), PAYLOAD, rs256(&attacker));
    assert!(check(&huge, &rsa_keys(), &Rules::default()).unwrap_err().message.len() < 2000);
}

#[test]
fn a_named_key_is_the_only_one_tried() {
    let other = new_rsa();
    let keys = signing([rsa_key(Some("k1"), rsa()), rsa_key(Some("k2"), &other)]);
    assert!(check(&bearer(r#"{"alg":"RS256","kid":"k1"}"#), &keys, &Rules::default()).is_ok());
    let crossed = reason(&bearer(r#"{"alg":"RS256","kid":"k2"}"#), &keys, &Rules::default());
    assert_eq!(crossed, Some(Reason::TokenSignatureInvalid));
    assert!(check(&bearer(r#"{"alg":"RS256"}"#), &keys, &Rules::default()).is_ok(), "without a name all are tried");
    assert!(
        check(&bearer(r#"{"alg":"RS256","kid":"new"}"#), &keys, &Rules::default()).is_ok(),
        "as IdentityModel does"
    );
}

#[test]
fn extensions_that_must_be_understood_end_the_check() {
    for header in [
        r#"{"alg":"RS256","crit":["exp"],"exp":1}"#,
        r#"{"alg":"RS256","crit":[]}"#,
        r#"{"alg":"RS256","crit":null}"#,
        r#"{"alg":"RS256","b64":false,"crit":["b64"]}"#,
        r#"{"alg":"RS256","b64":false}"#,
    ] {
        assert_eq!(reason(&bearer(header), &rsa_keys(), &Rules::default()), Some(Reason::JwtInvalid), "{header}");
    }
}

#[test]
fn a_member_given_twice_ends_the_check() {
    for header in [
        r#"{"alg":"RS256","alg":"RS256"}"#,
        r#"{"alg":"none","alg":"RS256"}"#,
        r#"{"alg":"RS256","kid":"k1","kid":"k2"}"#,
        r#"{"alg":"RS256","\u0061lg":"RS256"}"#,
    ] {
        assert_eq!(reason(&bearer(header), &rsa_keys(), &Rules::default()), Some(Reason::JwtInvalid), "{header}");
    }
    for payload in [
        r#"{"exp":1,"exp":1700000600}"#,
        r#"{"exp":1700000600,"sub":"a","sub":"b"}"#,
        r#"{"exp":1700000600,"a":{"b":1,"b":2}}"#,
    ] {
        let token = forge(r#"{"alg":"RS256"}"#, payload, rs256(rsa()));
        assert_eq!(reason(&token, &rsa_keys(), &Rules::default()), Some(Reason::JwtInvalid), "{payload}");
    }
}

#[test]
fn base64_has_one_spelling() {
    let token = forge(r#"{"alg":"HS256"}"#, PAYLOAD, hs256(SECRET));
    assert!(check(&token, &secret_keys(), &Rules::default()).is_ok());
    let (head, signature) = token.rsplit_once('.').unwrap();
    let last = signature.chars().last().unwrap();
    // 32 bytes leave two bits of the last character unused: three other characters decode to the same bytes.
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let twin = alphabet.chars().nth(alphabet.find(last).unwrap() + 1).unwrap();
    let variants = [
        format!("{head}.{}{twin}", &signature[..signature.len() - 1]),
        format!("{head}.{signature}="),
        format!("{head}.{signature}=="),
        format!("{head}.{signature}\n"),
        format!("{head}. {signature}"),
        format!("{head}.{}", signature.replace('-', "+").replace('_', "/") + "+"),
        format!(" {token}"),
        format!("{token} "),
        format!("{token}\0"),
        format!("\u{feff}{token}"),
        format!("{token}."),
        format!("{token}..."),
        format!(".{token}"),
        token.replacen('.', "=.", 1),
        token.replacen('.', "..", 1),
        head.to_owned(),
        signature.to_owned(),
        String::new(),
        "..".to_owned(),
        "....".to_owned(),
    ];
    for variant in variants {
        assert!(check(&variant, &secret_keys(), &Rules::default()).is_err(), "{variant:?}");
    }
}

#[test]
fn signatures_of_nothing_do_not_verify() {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let keys = signing([Key::from_point(None, Curve::P256, pair.public_key().as_ref()).unwrap()]);
    // The order of P-256: as r or s it is zero again.
    let order = [
        0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad,
        0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];
    let der = EcdsaKeyPair::generate(&aws_lc_rs::signature::ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
    for signature in [
        vec![0; 64],
        vec![0; 1],
        vec![0; 63],
        vec![0; 65],
        vec![0xff; 64],
        [&[0; 32][..], &order].concat(),
        [&order[..], &order].concat(),
        [&order[..], &[0; 32]].concat(),
        vec![0x30, 6, 2, 1, 0, 2, 1, 0],
        der.sign(&SystemRandom::new(), b"x").unwrap().as_ref().to_vec(),
    ] {
        let token = forge(r#"{"alg":"ES256"}"#, PAYLOAD, |_| signature.clone());
        assert!(check(&token, &keys, &Rules::default()).is_err());
    }
    for signature in [vec![0; 256], vec![0xff; 256], vec![0; 1], vec![1; 255], vec![1; 257]] {
        assert!(
            check(&forge(r#"{"alg":"RS256"}"#, PAYLOAD, |_| signature.clone()), &rsa_keys(), &Rules::default())
                .is_err()
        );
    }
    assert!(check(&forge(r#"{"alg":"HS256"}"#, PAYLOAD, |_| vec![0; 32]), &secret_keys(), &Rules::default()).is_err());
    let whole = Hmac::sign(HashAlgorithm::Sha256, SECRET, b"");
    assert!(
        check(&forge(r#"{"alg":"HS256"}"#, PAYLOAD, |_| whole[..16].to_vec()), &secret_keys(), &Rules::default())
            .is_err()
    );
}

#[test]
fn dates_are_numbers_that_a_date_can_hold() {
    for (dates, passes) in [
        (r#""exp":1700000600"#, true),
        (r#""exp":1700000600.9"#, true),
        (r#""exp":1.7000006e9"#, true),
        (r#""exp":253402300799"#, true),
        (r#""exp":"1700000600""#, false),
        (r#""exp":253402300800"#, false),
        (r#""exp":1e99"#, false),
        (r#""exp":1e400"#, false),
        (r#""exp":-1"#, false),
        (r#""exp":-0.5"#, false),
        (r#""exp":9223372036854775808"#, false),
        (r#""exp":null"#, false),
        (r#""exp":true"#, false),
        (r#""exp":[1700000600]"#, false),
        (r#""exp":{}"#, false),
        (r#""Exp":1700000600"#, false),
        (r#""exp":1700000600,"nbf":"0""#, false),
        (r#""exp":1700000600,"nbf":1e99"#, false),
    ] {
        let token = forge(r#"{"alg":"HS256"}"#, &format!("{{{dates}}}"), hs256(SECRET));
        assert_eq!(check(&token, &secret_keys(), &Rules::default()).is_ok(), passes, "{dates}");
    }
}

#[test]
fn names_compare_by_their_characters() {
    let rules = Rules { issuers: vec!["https://issuer".into()], audiences: vec!["api".into()], ..Rules::default() };
    for (claims, passes) in [
        (r#""iss":"https://issuer","aud":"api""#, true),
        (r#""iss":"https:\/\/issuer","aud":["x","api"]"#, true),
        (r#""iss":"https://\u0456ssuer","aud":"api""#, false),
        (r#""iss":"https://issuer\u0000","aud":"api""#, false),
        (r#""iss":"HTTPS://issuer","aud":"api""#, false),
        (r#""iss":"https://issuer/","aud":"api""#, false),
        (r#""iss":["https://evil","https://issuer"],"aud":"api""#, false),
        (r#""iss":["https://issuer"],"aud":"api""#, false),
        (r#""iss":{"https://issuer":1},"aud":"api""#, false),
        (r#""iss":"https://issuer","aud":"API""#, false),
        (r#""iss":"https://issuer","aud":{"api":1}"#, false),
        (r#""iss":"https://issuer","aud":[["api"]]"#, false),
        (r#""iss":"https://issuer","aud":"api,x""#, false),
    ] {
        let payload = format!(r#"{{"exp":1700000600,{claims}}}"#);
        let token = forge(r#"{"alg":"HS256"}"#, &payload, hs256(SECRET));
        assert_eq!(check(&token, &secret_keys(), &rules).is_ok(), passes, "{claims}");
    }
}

#[test]
fn size_depth_and_count_are_bounded() {
    let sized = |bytes: usize| format!(r#"{{"exp":1700000600,"x":"{}"}}"#, "x".repeat(bytes));
    assert!(
        check(&forge(r#"{"alg":"HS256"}"#, &sized(180_000), hs256(SECRET)), &secret_keys(), &Rules::default()).is_ok()
    );
    let huge = check(&forge(r#"{"alg":"HS256"}"#, &sized(200_000), hs256(SECRET)), &secret_keys(), &Rules::default());
    assert!(huge.unwrap_err().message.starts_with("IDX10209: Token has length: '2667"));
    let deep = format!(r#"{{"exp":1700000600,"x":{}{}}}"#, "[".repeat(50_000), "]".repeat(50_000));
    let wide = format!(r#"{{"exp":1700000600,"x":[{}1]}}"#, "1,".repeat(50_000));
    let header = format!(r#"{{"alg":"HS256","x":"{}"}}"#, "x".repeat(40_000));
    for (header, payload) in [(r#"{"alg":"HS256"}"#, &*deep), (r#"{"alg":"HS256"}"#, &wide), (&header, PAYLOAD)] {
        let token = forge(header, payload, hs256(SECRET));
        assert_eq!(reason(&token, &secret_keys(), &Rules::default()), Some(Reason::JwtInvalid));
    }
    assert!(check(&".".repeat(250_000), &secret_keys(), &Rules::default()).is_err());
}

#[test]
fn a_provider_speaks_for_itself_only() {
    let other = new_rsa();
    let mut keys = KeySet::default();
    keys.add_provider("https://one", [rsa_key(Some("a"), rsa())]);
    keys.add_provider("https://two", [rsa_key(Some("b"), &other)]);
    let token = |issuer: &str| {
        forge(r#"{"alg":"RS256","kid":"a"}"#, &format!(r#"{{"exp":1700000600,"iss":"{issuer}"}}"#), rs256(rsa()))
    };
    assert!(check(&token("https://one"), &keys, &Rules::default()).is_ok());
    let crossed = reason(&token("https://two"), &keys, &Rules::default());
    assert_eq!(crossed, Some(Reason::TokenSignatureKeyNotFound));
    assert_eq!(reason(&token("https://three"), &keys, &Rules::default()), Some(Reason::TokenIssuerNotAllowed));
    let rules = Rules { issuers: vec!["https://three".into()], ..Rules::default() };
    assert!(check(&token("https://three"), &keys, &rules).is_ok(), "an issuer that the policy lists");
}

#[test]
fn no_byte_string_panics() {
    let token = forge(r#"{"alg":"HS256"}"#, PAYLOAD, hs256(SECRET)).into_bytes();
    let mut changed = token.clone();
    for at in 0..token.len() {
        for byte in [0, b'.', b'=', b'A', 0xff] {
            changed[at] = byte;
            assert!(changed == token || verify(&changed, &secret_keys(), &Rules::default(), NOW_S).is_err());
        }
        changed[at] = token[at];
        assert!(verify(&token[..at], &secret_keys(), &Rules::default(), NOW_S).is_err());
    }
    let _ = verify(&token, &secret_keys(), &Rules { clock_skew_s: u32::MAX, ..Rules::default() }, i64::MAX);
    let _ = verify(&token, &secret_keys(), &Rules { clock_skew_s: u32::MAX, ..Rules::default() }, i64::MIN);
}

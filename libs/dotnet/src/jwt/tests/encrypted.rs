//! JWE: every supported way to encrypt, and ways to abuse it.

use aws_lc_rs::aead::{AES_128_GCM, AES_192_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::key_wrap::{AES_128, AES_256, AesKek, KeyWrap as _};

use super::*;
use crate::crypto::{Aes, EncryptionPadding};

const SECRETS: [(&str, usize); 6] = [
    ("A128CBC-HS256", 32),
    ("A192CBC-HS384", 48),
    ("A256CBC-HS512", 64),
    ("A128GCM", 16),
    ("A192GCM", 24),
    ("A256GCM", 32),
];

/// Seals `plain` under `content_key` with the header given and the wrapped key.
fn seal(header: &str, encryption: &str, content_key: &[u8], wrapped: &[u8], plain: &[u8]) -> String {
    let header = encoding::encode(header.as_bytes());
    let (vector, text, tag) = if encryption.ends_with("GCM") {
        let algorithm = match content_key.len() {
            16 => &AES_128_GCM,
            24 => &AES_192_GCM,
            _ => &AES_256_GCM,
        };
        let mut text = plain.to_vec();
        let tag = LessSafeKey::new(UnboundKey::new(algorithm, content_key).unwrap())
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key([7; 12]), Aad::from(header.as_bytes()), &mut text)
            .unwrap();
        (vec![7; 12], text, tag.as_ref().to_vec())
    } else {
        let hash = match content_key.len() {
            32 => HashAlgorithm::Sha256,
            48 => HashAlgorithm::Sha384,
            _ => HashAlgorithm::Sha512,
        };
        let (code_key, text_key) = content_key.split_at(content_key.len() / 2);
        let text = Aes::default().encrypt(plain, text_key, &[7; 16]).unwrap();
        let bits = (header.len() as u64 * 8).to_be_bytes();
        let tag = Hmac::sign(hash, code_key, &[header.as_bytes(), &[7; 16], &text, &bits].concat());
        (vec![7; 16], text, tag[..content_key.len() / 2].to_vec())
    };
    let [wrapped, vector, text, tag] = [wrapped, &vector, &text, &tag].map(encoding::encode);
    format!("{header}.{wrapped}.{vector}.{text}.{tag}")
}

fn inner() -> String {
    forge(r#"{"alg":"HS256"}"#, PAYLOAD, hs256(SECRET))
}

fn keys(decryption: Vec<Key>) -> KeySet {
    KeySet { decryption, ..secret_keys() }
}

#[test]
fn every_encryption_opens_with_every_kind_of_key() {
    let certificate =
        crate::crypto::Certificate::read(include_bytes!("../../../fixtures/certificates/modern.pfx"), "postern")
            .unwrap();
    let public = certificate.rsa_public_key().unwrap();
    for (encryption, length) in SECRETS {
        let content_key = vec![3; length];
        let wrap = |cipher, secret: &[u8]| {
            let mut target = [0; 80];
            AesKek::new(cipher, secret).unwrap().wrap(&content_key, &mut target).unwrap().to_vec()
        };
        let (short, long) = ([9; 16], [9; 32]);
        let secret = |bytes: &[u8]| Key::from_secret(None, bytes).unwrap();
        let oaep = |hash| public.encrypt(&content_key, EncryptionPadding::Oaep(hash)).unwrap();
        for (algorithm, wrapped, key) in [
            ("dir", Vec::new(), secret(&content_key)),
            ("A128KW", wrap(&AES_128, &short), secret(&short)),
            ("A256KW", wrap(&AES_256, &long), secret(&long)),
            ("RSA-OAEP", oaep(HashAlgorithm::Sha1), Key::decrypting(None, &certificate).unwrap()),
            ("RSA-OAEP-256", oaep(HashAlgorithm::Sha256), Key::decrypting(None, &certificate).unwrap()),
        ] {
            let header = format!(r#"{{"alg":"{algorithm}","enc":"{encryption}","cty":"JWT"}}"#);
            let token = seal(&header, encryption, &content_key, &wrapped, inner().as_bytes());
            let keys = keys(vec![secret(&[1; 64]), key]);
            let verified = check(&token, &keys, &Rules::default());
            assert_eq!(verified.unwrap().jwt.subject.as_deref(), Some("me"), "{algorithm} {encryption}");
            let last = token.len() - 3;
            let broken = format!(
                "{}{}{}",
                &token[..last],
                if &token[last..=last] == "A" { "B" } else { "A" },
                &token[last + 1..]
            );
            assert_eq!(reason(&broken, &keys, &Rules::default()), Some(Reason::JwtInvalid));
        }
    }
}

#[test]
fn keys_wrapped_with_192_bits_are_those_of_rfc_3394() {
    let hex = |text: &str| -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    };
    let secret = hex("000102030405060708090A0B0C0D0E0F1011121314151617");
    // Sections 4.2 and 4.4.
    for (key, wrapped) in [
        ("00112233445566778899AABBCCDDEEFF", "96778B25AE6CA435F92B5B97C050AED2468AB8A17AD84E5D"),
        (
            "00112233445566778899AABBCCDDEEFF0001020304050607",
            "031D33264E15D33268F24EC260743EDCE1C6C7DDEE725A936BA814915C6762D2",
        ),
    ] {
        let (key, mut wrapped) = (hex(key), hex(wrapped));
        let encryption = if key.len() == 16 { "A128GCM" } else { "A192GCM" };
        let header = format!(r#"{{"alg":"A192KW","enc":"{encryption}"}}"#);
        let keys = keys(vec![Key::from_secret(None, &secret).unwrap()]);
        let token = |wrapped: &[u8]| seal(&header, encryption, &key, wrapped, inner().as_bytes());
        assert!(check(&token(&wrapped), &keys, &Rules::default()).is_ok());
        for length in [0, 8, 16, wrapped.len() - 1] {
            assert!(check(&token(&wrapped[..length]), &keys, &Rules::default()).is_err(), "{length}");
        }
        assert!(check(&token(&[&wrapped[..], &[0; 64]].concat()), &keys, &Rules::default()).is_err());
        wrapped[0] ^= 1;
        assert!(check(&token(&wrapped), &keys, &Rules::default()).is_err());
    }
}

#[test]
fn a_compressed_token_is_inflated_up_to_a_limit() {
    let content_key = [3; 32];
    let header = r#"{"alg":"dir","enc":"A128CBC-HS256","zip":"DEF"}"#;
    let sealed = |plain: &[u8], header: &str| {
        let deflated = miniz_oxide::deflate::compress_to_vec(plain, 9);
        seal(header, "A128CBC-HS256", &content_key, b"", &deflated)
    };
    let keys = || keys(vec![Key::from_secret(None, &content_key).unwrap()]);
    assert!(check(&sealed(inner().as_bytes(), header), &keys(), &Rules::default()).is_ok());
    let bomb = sealed(&vec![b'a'; 100_000_000], header);
    assert!(bomb.len() < limits::TOKEN_BYTES_MAX);
    assert!(check(&bomb, &keys(), &Rules::default()).unwrap_err().message.starts_with("IDX10679"));
    for zip in [r#""zip":"GZIP""#, r#""zip":null"#, r#""zip":1"#] {
        let token = sealed(inner().as_bytes(), &header.replace(r#""zip":"DEF""#, zip));
        assert!(check(&token, &keys(), &Rules::default()).is_err());
    }
}

#[test]
fn encryption_does_not_replace_a_signature() {
    let content_key = [3; 32];
    let header = r#"{"alg":"dir","enc":"A128CBC-HS256"}"#;
    let keys = keys(vec![Key::from_secret(None, &content_key).unwrap()]);
    let sealed = |plain: &str| seal(header, "A128CBC-HS256", &content_key, b"", plain.as_bytes());
    let unsigned = forge(r#"{"alg":"none"}"#, PAYLOAD, |_| Vec::new());
    let foreign = forge(r#"{"alg":"HS256"}"#, PAYLOAD, hs256(&[1; 32]));
    let nested = sealed(&sealed(&inner()));
    for token in [sealed(PAYLOAD), sealed(&unsigned), sealed(&foreign), nested, sealed(""), sealed("....")] {
        assert!(check(&token, &keys, &Rules::default()).is_err());
    }
    assert!(check(&sealed(&inner()), &keys, &Rules::default()).is_ok());
    assert!(
        check(&sealed(&inner()), &secret_keys(), &Rules::default()).unwrap_err().message.starts_with("IDX10609"),
        "no decryption keys"
    );
}

#[test]
fn a_key_decrypts_only_what_its_kind_and_length_fit() {
    let content_key = [3; 32];
    let seal = |header: &str| seal(header, "A128CBC-HS256", &content_key, b"", inner().as_bytes());
    let keys = keys(vec![Key::from_secret(None, &content_key).unwrap()]);
    for header in [
        r#"{"alg":"dir","enc":"A256CBC-HS512"}"#,
        r#"{"alg":"dir","enc":"A256GCM"}"#,
        r#"{"alg":"dir","enc":"none"}"#,
        r#"{"alg":"none","enc":"A128CBC-HS256"}"#,
        r#"{"alg":"RSA1_5","enc":"A128CBC-HS256"}"#,
        r#"{"alg":"PBES2-HS256+A128KW","enc":"A128CBC-HS256","p2c":2147483647,"p2s":"AAAA"}"#,
        r#"{"alg":"ECDH-ES","enc":"A128CBC-HS256","epk":{}}"#,
        r#"{"alg":"A128KW","enc":"A128CBC-HS256"}"#,
        r#"{"alg":"dir","enc":"A128CBC-HS256","crit":["x"]}"#,
        r#"{"alg":"dir","alg":"dir","enc":"A128CBC-HS256"}"#,
        r#"{"enc":"A128CBC-HS256"}"#,
    ] {
        assert_eq!(reason(&seal(header), &keys, &Rules::default()), Some(Reason::JwtInvalid), "{header}");
    }
}

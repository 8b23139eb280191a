//! Tokens are made here with aws-lc, keys and signatures of the RFCs come from their text.

mod attacks;
mod encrypted;
mod keys;
mod parsing;
mod rules;
mod vectors;

use std::sync::OnceLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _,
};

use super::key::Curve;
use super::*;
use crate::crypto::{HashAlgorithm, Hmac, RsaPrivateKey, SignaturePadding};

const NOW_S: i64 = 1_700_000_000;
const SECRET: &[u8; 64] = &[0x5a; 64];
const PAYLOAD: &str = r#"{"iss":"https://issuer","aud":"api","sub":"me","exp":1700000600,"nbf":1699999000}"#;

fn rsa() -> &'static RsaPrivateKey {
    static KEY: OnceLock<RsaPrivateKey> = OnceLock::new();
    KEY.get_or_init(new_rsa)
}

fn new_rsa() -> RsaPrivateKey {
    use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
    let pair = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
    RsaPrivateKey::from_der(AsDer::<Pkcs8V1Der<'static>>::as_der(&pair).unwrap().as_ref()).unwrap()
}

/// Modulus and exponent of an RSA key, as a JWK has them.
fn rsa_components(key: &RsaPrivateKey) -> (String, String) {
    let (_, info) = <x509_parser::x509::SubjectPublicKeyInfo<'_> as x509_parser::prelude::FromDer<'_, _>>::from_der(
        key.public().der(),
    )
    .unwrap();
    match info.parsed().unwrap() {
        x509_parser::public_key::PublicKey::RSA(key) => {
            let modulus = key.modulus.strip_prefix(&[0]).unwrap_or(key.modulus);
            (encoding::encode(modulus), encoding::encode(key.exponent))
        }
        _ => unreachable!("the key is an RSA key"),
    }
}

fn rsa_key(id: Option<&str>, key: &RsaPrivateKey) -> Key {
    let (modulus, exponent) = rsa_components(key);
    Key::from_rsa(id, &modulus, &exponent).unwrap()
}

fn rs256(key: &RsaPrivateKey) -> impl Fn(&[u8]) -> Vec<u8> {
    |signed| key.sign(signed, HashAlgorithm::Sha256, SignaturePadding::Pkcs1).unwrap()
}

fn hs256(secret: &[u8]) -> impl Fn(&[u8]) -> Vec<u8> {
    |signed| Hmac::sign(HashAlgorithm::Sha256, secret, signed)
}

/// A signed token with exactly these texts in it.
fn forge(header: &str, payload: &str, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let signed = format!("{}.{}", encoding::encode(header.as_bytes()), encoding::encode(payload.as_bytes()));
    let signature = encoding::encode(&sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

fn signing(keys: impl IntoIterator<Item = Key>) -> KeySet {
    KeySet { signing: keys.into_iter().collect(), ..KeySet::default() }
}

fn secret_keys() -> KeySet {
    signing([Key::from_secret(None, SECRET).unwrap()])
}

fn check(token: &str, keys: &KeySet, rules: &Rules) -> Result<VerifiedToken, JwtError> {
    verify(token.as_bytes(), keys, rules, NOW_S)
}

fn reason(token: &str, keys: &KeySet, rules: &Rules) -> Option<Reason> {
    check(token, keys, rules).err().map(|error| error.reason)
}

#[test]
fn every_algorithm_verifies_its_own_signature_and_no_other() {
    let elliptic = |algorithm: &'static EcdsaSigningAlgorithm| EcdsaKeyPair::generate(algorithm).unwrap();
    let p256 = elliptic(&ECDSA_P256_SHA256_FIXED_SIGNING);
    let p384 = elliptic(&ECDSA_P384_SHA384_FIXED_SIGNING);
    let p521 = elliptic(&ECDSA_P521_SHA512_FIXED_SIGNING);
    let ed25519 = Ed25519KeyPair::generate().unwrap();
    let point = |curve, bytes: &[u8]| Key::from_point(None, curve, bytes).unwrap();
    let keys = [
        Key::from_secret(None, SECRET).unwrap(),
        rsa_key(None, rsa()),
        point(Curve::P256, p256.public_key().as_ref()),
        point(Curve::P384, p384.public_key().as_ref()),
        point(Curve::P521, p521.public_key().as_ref()),
        point(Curve::Ed25519, ed25519.public_key().as_ref()),
    ];
    let ecdsa = |pair: &EcdsaKeyPair, signed: &[u8]| pair.sign(&SystemRandom::new(), signed).unwrap().as_ref().to_vec();
    let (pkcs1, pss) = (SignaturePadding::Pkcs1, SignaturePadding::Pss);
    let sign = |name: &str, signed: &[u8]| match name {
        "HS256" => Hmac::sign(HashAlgorithm::Sha256, SECRET, signed),
        "HS384" => Hmac::sign(HashAlgorithm::Sha384, SECRET, signed),
        "HS512" => Hmac::sign(HashAlgorithm::Sha512, SECRET, signed),
        "RS256" => rsa().sign(signed, HashAlgorithm::Sha256, pkcs1).unwrap(),
        "RS384" => rsa().sign(signed, HashAlgorithm::Sha384, pkcs1).unwrap(),
        "RS512" => rsa().sign(signed, HashAlgorithm::Sha512, pkcs1).unwrap(),
        "PS256" => rsa().sign(signed, HashAlgorithm::Sha256, pss).unwrap(),
        "PS384" => rsa().sign(signed, HashAlgorithm::Sha384, pss).unwrap(),
        "PS512" => rsa().sign(signed, HashAlgorithm::Sha512, pss).unwrap(),
        "ES256" => ecdsa(&p256, signed),
        "ES384" => ecdsa(&p384, signed),
        "ES512" => ecdsa(&p521, signed),
        _ => ed25519.sign(signed).as_ref().to_vec(),
    };
    let keys = signing(keys);
    let names = [
        "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
        "EdDSA",
    ];
    for signed_as in names {
        for named in names {
            let token = forge(&format!(r#"{{"alg":"{named}"}}"#), PAYLOAD, |signed| sign(signed_as, signed));
            assert_eq!(check(&token, &keys, &Rules::default()).is_ok(), signed_as == named, "{signed_as} as {named}");
        }
        let token = forge(&format!(r#"{{"alg":"{signed_as}"}}"#), PAYLOAD, |signed| sign(signed_as, signed));
        let changed = token.replacen('.', ".e30", 1);
        assert!(check(&changed, &keys, &Rules::default()).is_err());
    }
}

#[test]
fn the_result_has_what_policies_and_caches_need() {
    let token = forge(r#"{"alg":"HS256","typ":"JWT"}"#, PAYLOAD, hs256(SECRET));
    let rules = Rules { clock_skew_s: 30, ..Rules::default() };
    let verified = check(&token, &secret_keys(), &rules).unwrap();
    assert_eq!(verified.valid_from_s, Some(1_699_998_970));
    assert_eq!(verified.valid_until_s, Some(1_700_000_629));
    assert_eq!(verified.sha256.to_vec(), HashAlgorithm::Sha256.hash(token.as_bytes()));
    assert_eq!(verified.jwt, Jwt::parse(&token).unwrap());
}

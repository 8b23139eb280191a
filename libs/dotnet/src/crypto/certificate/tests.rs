//! Expected texts are what Mono's X509Certificate2 prints for the same files; where Mono drops quotes and splits components of several
//! values, .NET 8's rules (X500NameEncoder) count.

use super::super::rsa::{EncryptionPadding, SignaturePadding};
use super::*;

const CA: &[u8] = include_bytes!("../../../fixtures/certificates/ca.pem");
const LEAF: &[u8] = include_bytes!("../../../fixtures/certificates/leaf.pem");
const LEAF_DER: &[u8] = include_bytes!("../../../fixtures/certificates/leaf.der");
const MODERN: &[u8] = include_bytes!("../../../fixtures/certificates/modern.pfx");
const LEGACY: &[u8] = include_bytes!("../../../fixtures/certificates/legacy.pfx");
const EMPTY_PASSWORD: &[u8] = include_bytes!("../../../fixtures/certificates/empty-password.pfx");
const EC: &[u8] = include_bytes!("../../../fixtures/certificates/ec.pem");
const EC_STORE: &[u8] = include_bytes!("../../../fixtures/certificates/ec.pfx");
const SHA1_SIGNATURE: &[u8] = include_bytes!("../../../fixtures/certificates/sha1.sig");

/// 2026-11-27T20:44:49Z.
const NOT_BEFORE_S: i64 = 1_795_812_289;

#[test]
fn properties_are_those_of_x509_certificate_2() {
    let leaf = Certificate::read(LEAF, "").unwrap();
    assert_eq!(
        leaf.subject(),
        "OID.1.3.6.1.4.1.99999.1=private, E=ops@example.com, CN=client.example.com, OU=\"a+b\" + OU=Gateway, \
         O=\"Contoso, \"\"Inc.\"\"\", L=München, S=Bayern, C=DE"
    );
    assert_eq!(leaf.issuer(), "CN=Test Authority, O=Postern Test, C=DE");
    assert_eq!(leaf.serial_number(), "009A01");
    assert_eq!(leaf.serial_bytes(), [0x01, 0x9a, 0x00]);
    assert_eq!(leaf.thumbprint(), "62C545FFA364C3DA533C30C4750C5E67EB175D2B");
    assert_eq!(leaf.version(), 3);
    assert_eq!(leaf.not_before_s(), NOT_BEFORE_S);
    assert_eq!(leaf.effective_date(), "11/27/2026 20:44:49");
    assert_eq!(leaf.expiration_date(), "11/03/2126 20:44:49");
    assert_eq!(leaf.signature_algorithm(), "1.2.840.113549.1.1.11");
    assert_eq!(leaf.key_algorithm(), "1.2.840.113549.1.1.1");
    assert_eq!(leaf.key_parameters(), [5, 0]);
    assert!(leaf.public_key_string().starts_with("3082010A0282010100B49F932A781D43C7DC0202"));
    assert_eq!(leaf.der(), LEAF_DER);
    assert_eq!(leaf.rsa_public_key().unwrap().bits(), 2048);
    assert!(!leaf.has_private_key() && leaf.friendly_name().is_empty());
    assert_eq!(Certificate::read(CA, "").unwrap().serial_number(), "00B0C1D2");
}

#[test]
fn short_names_come_from_the_alternative_names_first() {
    let leaf = Certificate::read(LEAF, "").unwrap();
    for (name, of_issuer, expected) in [
        (NameType::Simple, false, "client.example.com"),
        (NameType::Simple, true, "Test Authority"),
        (NameType::Email, false, "san@example.com"),
        (NameType::Upn, false, "user@corp.example"),
        (NameType::Dns, false, "one.example.com"),
        (NameType::Dns, true, "Test Authority"),
        (NameType::DnsFromAlternative, false, "one.example.com"),
        (NameType::DnsFromAlternative, true, ""),
        (NameType::Url, false, "https://example.com/x"),
    ] {
        assert_eq!(leaf.name_info(name, of_issuer), expected, "{name:?} {of_issuer}");
    }
    assert_eq!(leaf.dns_names(), ["one.example.com", "two.example.com"]);
}

#[test]
fn a_key_store_of_either_age_gives_certificate_and_key() {
    for (store, password, friendly_name) in
        [(MODERN, "postern", "the client"), (LEGACY, "postern", "the client"), (EMPTY_PASSWORD, "", "")]
    {
        let certificate = Certificate::read(store, password).unwrap();
        assert_eq!(certificate.thumbprint(), "62C545FFA364C3DA533C30C4750C5E67EB175D2B");
        assert_eq!(certificate.friendly_name(), friendly_name);
        assert!(certificate.has_private_key() && certificate.private_key_der().is_some());
        let key = certificate.rsa_private_key().unwrap();
        let (hash, padding) = (HashAlgorithm::Sha256, SignaturePadding::Pkcs1);
        let signature = key.private().unwrap().sign(b"data", hash, padding).unwrap();
        assert!(certificate.rsa_public_key().unwrap().verify(b"data", &signature, hash, padding));
        let encrypted = key.public().encrypt(b"x", EncryptionPadding::Oaep(HashAlgorithm::Sha1)).unwrap();
        assert_eq!(
            key.private().unwrap().decrypt(&encrypted, EncryptionPadding::Oaep(HashAlgorithm::Sha1)).unwrap(),
            b"x"
        );
        assert_eq!(Certificate::content_type(store), ContentType::Pfx);
        assert_eq!(
            Certificate::read(store, "wrong").unwrap_err().message,
            "The specified network password is not correct."
        );
    }
    let elliptic = Certificate::read(EC_STORE, "postern").unwrap();
    assert!(elliptic.has_private_key() && elliptic.rsa_private_key().is_none() && elliptic.rsa_public_key().is_none());
}

#[test]
fn an_exported_key_store_gives_the_certificate_and_its_key_again() {
    let bare = Certificate::read(LEAF, "").unwrap();
    let joined = bare.with_rsa_private_key(
        Certificate::read(MODERN, "postern").unwrap().rsa_private_key().unwrap().private().unwrap(),
    );
    for (certificate, password, has_key) in [
        (Certificate::read(MODERN, "postern").unwrap(), "other", true),
        (Certificate::read(LEGACY, "postern").unwrap(), "pässwörd €", true),
        (Certificate::read(EMPTY_PASSWORD, "").unwrap(), "", true),
        (Certificate::read(EC_STORE, "postern").unwrap(), "p", true),
        (joined.unwrap(), "p", true),
        (bare, "p", false),
    ] {
        let store = certificate.to_pkcs12(password).unwrap();
        assert_eq!(Certificate::content_type(&store), ContentType::Pfx);
        let again = Certificate::read(&store, password).unwrap();
        assert_eq!(again.der(), certificate.der());
        assert_eq!(again.private_key_der(), certificate.private_key_der());
        assert_eq!(again.has_private_key(), has_key);
        let message = Certificate::read(&store, "wrong").unwrap_err().message;
        assert_eq!(message, "The specified network password is not correct.");
    }
}

#[test]
fn the_same_certificate_is_read_from_every_form() {
    use base64::Engine as _;
    let der = Certificate::read(LEAF_DER, "").unwrap();
    let bare = base64::engine::general_purpose::STANDARD.encode(LEAF_DER);
    let bare = Certificate::read(bare.as_bytes(), "").unwrap();
    assert_eq!(der, Certificate::read(LEAF, "").unwrap());
    assert_eq!(der, bare);
    assert_ne!(der, Certificate::read(CA, "").unwrap());
    let store = Certificate::read(MODERN, "postern").unwrap();
    let joined = der.with_private_key(store.private_key_der().unwrap()).unwrap();
    assert!(joined.rsa_private_key().is_some());
    assert_eq!(Certificate::read_all_pem(&[CA, LEAF].concat()).unwrap().len(), 2);
}

#[test]
fn an_openssl_signature_with_sha1_verifies() {
    let key = Certificate::read(LEAF, "").unwrap().rsa_public_key().unwrap();
    assert!(key.verify(b"data", SHA1_SIGNATURE, HashAlgorithm::Sha1, SignaturePadding::Pkcs1));
    assert!(key.verify_hash(
        &HashAlgorithm::Sha1.hash(b"data"),
        SHA1_SIGNATURE,
        HashAlgorithm::Sha1,
        SignaturePadding::Pkcs1
    ));
    assert!(!key.verify(b"date", SHA1_SIGNATURE, HashAlgorithm::Sha1, SignaturePadding::Pkcs1));
}

#[test]
fn trust_needs_a_path_and_the_time() {
    let (authority, leaf, other) =
        (Certificate::read(CA, "").unwrap(), Certificate::read(LEAF, "").unwrap(), Certificate::read(EC, "").unwrap());
    let now = u64::try_from(NOT_BEFORE_S).unwrap() + 1;
    let trusted = std::slice::from_ref(&authority);
    for (certificate, authorities, now, expected) in [
        (&leaf, trusted, now, Ok(())),
        (&authority, trusted, now, Ok(())),
        (&leaf, trusted, 0, Err(TrustFailure::Time)),
        (&leaf, trusted, u64::MAX / 2, Err(TrustFailure::Time)),
        (&authority, trusted, 0, Err(TrustFailure::Time)),
        (&leaf, &[][..], now, Err(TrustFailure::Issuer)),
        (&leaf, std::slice::from_ref(&other), now, Err(TrustFailure::Issuer)),
    ] {
        assert_eq!(
            certificate.verify_trust(&[], authorities, &RevocationLists::default(), now),
            expected,
            "{certificate:?} {now}"
        );
    }
}

#[test]
fn no_prefix_and_no_changed_byte_panics() {
    for source in [LEAF_DER, MODERN, LEAF] {
        for length in (0..source.len()).step_by(7) {
            assert!(Certificate::read(&source[..length], "postern").is_err() || source == LEAF);
        }
    }
    let mut changed = LEAF_DER.to_vec();
    for at in 0..changed.len() {
        for bit in [0x01, 0x80] {
            changed[at] ^= bit;
            if let Ok(certificate) = Certificate::read(&changed, "") {
                let _ = (certificate.subject().len(), certificate.rsa_public_key().is_some());
            }
            changed[at] ^= bit;
        }
    }
    assert_eq!(Certificate::read(b"x", "").unwrap_err().message, "Cannot find the requested object.");
    assert_eq!(Certificate::read(b"\x30\x03\x02\x01\x03", "").unwrap_err().of, crate::ExceptionType::Cryptographic);
}

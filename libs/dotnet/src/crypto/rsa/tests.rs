use aws_lc_rs::rsa::KeySize;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;

fn key() -> RsaPrivateKey {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    RsaPrivateKey::from_der(AsDer::<Pkcs8V1Der<'static>>::as_der(&pair).unwrap().as_ref()).unwrap()
}

#[test]
fn what_is_signed_verifies_and_nothing_else_does() {
    let key = key();
    let other = self::key();
    for hash in [HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512] {
        for padding in [SignaturePadding::Pkcs1, SignaturePadding::Pss] {
            let signature = key.sign(b"data", hash, padding).unwrap();
            let of_hash = key.sign_hash(&hash.hash(b"data"), hash, padding).unwrap();
            for signature in [&signature, &of_hash] {
                assert!(key.public().verify(b"data", signature, hash, padding));
                assert!(key.public().verify_hash(&hash.hash(b"data"), signature, hash, padding));
                assert!(!key.public().verify(b"Data", signature, hash, padding));
                assert!(!key.public().verify(b"data", &signature[1..], hash, padding));
                assert!(!other.public().verify(b"data", signature, hash, padding));
            }
        }
    }
}

#[test]
fn what_is_encrypted_decrypts_with_the_same_padding_only() {
    let key = key();
    let paddings = [
        EncryptionPadding::Pkcs1,
        EncryptionPadding::Oaep(HashAlgorithm::Sha1),
        EncryptionPadding::Oaep(HashAlgorithm::Sha256),
        EncryptionPadding::Oaep(HashAlgorithm::Sha512),
    ];
    for padding in paddings {
        let encrypted = key.public().encrypt(b"secret", padding).unwrap();
        assert_eq!(key.decrypt(&encrypted, padding).unwrap(), b"secret");
        for other in paddings.into_iter().filter(|other| *other != padding && *other != EncryptionPadding::Pkcs1) {
            assert_eq!(key.decrypt(&encrypted, other).unwrap_err().message, "The parameter is incorrect.");
        }
        assert!(key.public().encrypt(&[0; 300], padding).is_err());
    }
}

#[test]
fn keys_are_read_from_pem_and_xml() {
    use x509_parser::der_parser::der::parse_der;
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let der = AsDer::<Pkcs8V1Der<'static>>::as_der(&pair).unwrap().as_ref().to_vec();
    let pem = |label: &str, der: &[u8]| {
        format!("x\n-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
    };
    let (_, info) = parse_der(&der).unwrap();
    let pkcs1 = info.as_sequence().unwrap()[2].as_slice().unwrap();
    let (_, numbers) = parse_der(pkcs1).unwrap();
    let numbers: Vec<String> =
        numbers.as_sequence().unwrap().iter().map(|number| STANDARD.encode(number.as_slice().unwrap())).collect();
    let xml = |names: &[&str]| {
        let members = names.iter().zip(&numbers[1..]).map(|(name, number)| format!("<{name}>\n{number}</{name}>"));
        format!("<RSAKeyValue>{}</RSAKeyValue>", members.collect::<String>())
    };
    let private = ["Modulus", "Exponent", "D", "P", "Q", "DP", "DQ", "InverseQ"];
    let key = RsaPrivateKey::from_der(&der).unwrap();
    for (read, is_private) in [
        (RsaKey::from_pem(&pem("PRIVATE KEY", &der)), true),
        (RsaKey::from_pem(&pem("RSA PRIVATE KEY", pkcs1)), true),
        (RsaKey::from_pem(&pem("PUBLIC KEY", key.public().der())), false),
        (RsaKey::from_xml(&xml(&private)), true),
        (RsaKey::from_xml(&xml(&private[..2])), false),
    ] {
        let read = read.unwrap();
        assert_eq!(read.public().der(), key.public().der());
        assert_eq!(read.private().is_ok(), is_private);
    }
    assert!(RsaKey::from_xml(&xml(&private[..5])).is_err());
    assert!(RsaKey::from_xml("<RSAKeyValue/>").is_err());
    assert!(RsaKey::from_pem("no key").unwrap_err().message.starts_with("No supported key formats were found."));
}

#[test]
fn refusals_are_exceptions() {
    let key = key();
    assert_eq!(
        key.sign_hash(b"short", HashAlgorithm::Sha256, SignaturePadding::Pkcs1).unwrap_err().message,
        "The provided value of 5 bytes does not match the expected size of 32 bytes for the algorithm (SHA256)."
    );
    assert!(key.sign(b"", HashAlgorithm::Sha1, SignaturePadding::Pkcs1).is_err());
    assert!(RsaPrivateKey::from_der(b"\x30\x00").is_err());
    assert!(RsaPublicKey::from_components(b"", b"").is_err());
    assert!(RsaKey::Public(key.public().clone()).private().is_err());
}

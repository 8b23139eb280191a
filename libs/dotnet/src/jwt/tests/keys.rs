//! Keys from policies, certificates, key sets and configuration documents.

use super::*;
use crate::crypto::Certificate;

fn certificate() -> Certificate {
    Certificate::read(include_bytes!("../../../fixtures/certificates/modern.pfx"), "postern").unwrap()
}

#[test]
fn a_certificate_verifies_under_its_id_its_thumbprint_and_x5t() {
    let certificate = certificate();
    let private = certificate.rsa_private_key().unwrap();
    let x5t = encoding::encode(&certificate.hash(HashAlgorithm::Sha1));
    let keys = signing([Key::from_certificate(None, &certificate).unwrap(), rsa_key(Some("other"), rsa())]);
    for header in [
        format!(r#"{{"alg":"RS256","kid":"{}"}}"#, certificate.thumbprint()),
        format!(r#"{{"alg":"RS256","kid":"{}"}}"#, certificate.thumbprint().to_lowercase()),
        format!(r#"{{"alg":"RS256","kid":"{x5t}"}}"#),
        format!(r#"{{"alg":"RS256","x5t":"{x5t}"}}"#),
        r#"{"alg":"RS256"}"#.to_owned(),
    ] {
        let token = forge(&header, PAYLOAD, rs256(private.private().unwrap()));
        assert!(check(&token, &keys, &Rules::default()).is_ok(), "{header}");
    }
    let elliptic = Certificate::read(include_bytes!("../../../fixtures/certificates/ec.pem"), "").unwrap();
    assert!(Key::from_certificate(Some("k"), &elliptic).unwrap().fits(Algorithm::Es256));
    assert!(Key::decrypting(None, &elliptic).is_err());
}

#[test]
fn a_key_set_keeps_its_usable_keys() {
    use base64::Engine as _;
    let (modulus, exponent) = rsa_components(rsa());
    let certificate = base64::engine::general_purpose::STANDARD.encode(certificate().der());
    let document = format!(
        r#"{{"keys":[
            {{"kty":"RSA","kid":"a","use":"sig","n":"{modulus}","e":"{exponent}","x5t":"abc","unknown":1}},
            {{"kty":"RSA","kid":"b","alg":"PS256","n":"{modulus}","e":"{exponent}"}},
            {{"kty":"RSA","kid":"c","x5c":["{certificate}"]}},
            {{"kty":"oct","kid":"d","k":"WlpaWlpaWlpaWlpaWlpaWlpa"}},
            {{"kty":"RSA","kid":"enc","use":"enc","n":"{modulus}","e":"{exponent}"}},
            {{"kty":"RSA","kid":"wrap","key_ops":["wrapKey"],"n":"{modulus}","e":"{exponent}"}},
            {{"kty":"RSA","kid":"oaep","alg":"RSA-OAEP","n":"{modulus}","e":"{exponent}"}},
            {{"kty":"RSA","kid":"small","n":"AQAB","e":"AQAB"}},
            {{"kty":"RSA","kid":"even","n":"{modulus}","e":"Ag"}},
            {{"kty":"EC","kid":"off-curve","crv":"P-256","x":"{zeros}","y":"{zeros}"}},
            {{"kty":"EC","kid":"k1","crv":"secp256k1","x":"{zeros}","y":"{zeros}"}},
            {{"kty":"OKP","kid":"x","crv":"X25519","x":"{zeros}"}},
            {{"kty":"oct","kid":"short","k":"AA"}},
            {{"kty":"AKP"}}, {{}}, 7
        ]}}"#,
        zeros = encoding::encode(&[0; 32]),
    );
    let read = KeyDocument::parse(document.as_bytes()).unwrap();
    let ids: Vec<_> = read.keys.iter().map(|key| key.id.as_deref().unwrap()).collect();
    assert_eq!((ids, read.skipped_count), (vec!["a", "b", "c", "d"], 12));
    let keys = signing(read.keys);
    for (kid, passes) in [("a", true), ("b", false), ("d", false)] {
        let token = forge(&format!(r#"{{"alg":"RS256","kid":"{kid}"}}"#), PAYLOAD, rs256(rsa()));
        assert_eq!(check(&token, &keys, &Rules::default()).is_ok(), passes, "{kid}");
    }
}

#[test]
fn documents_of_another_form_are_errors() {
    for document in ["", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":[],"keys":[]}"#, "<html>"] {
        assert_eq!(KeyDocument::parse(document.as_bytes()).unwrap_err(), KeyError::Document);
        assert_eq!(OpenIdConfiguration::parse(document.as_bytes()).unwrap_err(), KeyError::Document);
    }
    let many = format!(r#"{{"keys":[{}{{}}]}}"#, "{},".repeat(300));
    assert_eq!(KeyDocument::parse(many.as_bytes()).unwrap_err(), KeyError::DocumentTooLarge);
    let configuration = br#"{"issuer":"https://login.example/t/v2.0","jwks_uri":"https://login.example/keys","x":[1]}"#;
    assert_eq!(
        OpenIdConfiguration::parse(configuration).unwrap(),
        OpenIdConfiguration {
            issuer: "https://login.example/t/v2.0".to_owned(),
            jwks_uri: "https://login.example/keys".to_owned()
        }
    );
}

#[test]
fn a_policy_s_own_keys_are_base64_of_some_length() {
    assert_eq!(Key::from_base64(None, "AAAA").unwrap_err(), KeyError::SecretTooShort);
    assert_eq!(Key::from_base64(None, "").unwrap_err(), KeyError::SecretTooShort);
    assert_eq!(Key::from_base64(None, "no base64!").unwrap_err(), KeyError::Base64);
    assert!(Key::from_base64(Some("k"), " WlpaWlpaWlpaWlpa\n WlpaWlpa ").is_ok());
    assert_eq!(Key::from_rsa(None, "AQAB", "AQAB").unwrap_err(), KeyError::Rsa);
    assert_eq!(Key::from_rsa(None, "", "").unwrap_err(), KeyError::Rsa);
    assert!(!format!("{:?}", Key::from_secret(Some("k"), SECRET).unwrap()).contains("90"), "no secret is printed");
}

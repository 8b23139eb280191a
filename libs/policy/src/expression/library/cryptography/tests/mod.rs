//! Members of the classes, called by their signatures.

use super::super::native_tests::{call, call_with, set_with};
use super::*;
use crate::expression::display::to_text;
use crate::expression::machine::Host;
use crate::testing::MemoryExchange;
use crate::variables::Variables;

const NAMESPACE: &str = "System.Security.Cryptography";
const STORE: &[u8] = include_bytes!("../../../../../../dotnet/fixtures/certificates/modern.pfx");
const AUTHORITY: &[u8] = include_bytes!("../../../../../../dotnet/fixtures/certificates/ca.pem");

fn array(bytes: &[u8]) -> Value {
    Value::object(Array::bytes(bytes.to_vec()))
}

fn hex(value: &Value) -> String {
    let array = value.downcast::<Array>().unwrap();
    let bytes = array.as_bytes().unwrap();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn get_value(class: &str, signature: &str, arguments: &[Value]) -> Value {
    call(&format!("{NAMESPACE}.{class}"), signature, arguments).unwrap().0
}

fn text(class: &str, signature: &str, arguments: &[Value]) -> String {
    let mut exchange = MemoryExchange::default();
    let mut variables = Variables::default();
    let mut machine = Machine::new(Host { exchange: &mut exchange, variables: &mut variables, last_error: None });
    to_text(&get_value(class, signature, arguments), &mut machine).unwrap().to_string()
}

fn error(class: &str, signature: &str, arguments: &[Value]) -> String {
    call(&format!("{NAMESPACE}.{class}"), signature, arguments).unwrap_err()
}

fn certificate() -> Value {
    let class = "X509Certificates.X509Certificate2";
    get_value(class, "(byte[] rawData, string password)", &[array(STORE), "postern".into()])
}

#[test]
fn every_hash_class_computes_its_hash() {
    for (class, made_by, expected) in [
        ("MD5", "static MD5 Create()", "900150983cd24fb0d6963f7d28e17f72"),
        ("SHA1", "static SHA1 Create()", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("SHA1Managed", "()", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("SHA256", "static SHA256 Create()", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("SHA256Managed", "()", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ] {
        let hasher = get_value(class, made_by, &[]);
        assert_eq!(hasher.of(), crate::expression::Type::named(&format!("{NAMESPACE}.{class}")));
        for _ in 0..2 {
            let hash = get_value(class, "byte[] ComputeHash(byte[] buffer)", &[hasher.clone(), array(b"abc")]);
            assert_eq!(hex(&hash), expected, "{class}");
        }
        assert_eq!(hex(&get_value(class, "byte[] Hash", std::slice::from_ref(&hasher))), expected);
        let part = [hasher, array(b"xabcx"), 1.into(), 3.into()];
        let hash = get_value(class, "byte[] ComputeHash(byte[] buffer, int offset, int count)", &part);
        assert_eq!(hex(&hash), expected);
    }
    assert_eq!(hex(&get_value("MD5", "static byte[] HashData(byte[] source)", &[array(b"abc")])).len(), 32);
}

#[test]
fn every_keyed_class_computes_its_code() {
    let data = array(b"what do ya want for nothing?");
    for (class, expected) in [
        ("HMACMD5", "750c783e6ab0b503eaa86e310a5db738"),
        ("HMACSHA1", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
        ("HMACSHA256", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    ] {
        let with_key = get_value(class, "(byte[] key)", &[array(b"Jefe")]);
        let compute = "byte[] ComputeHash(byte[] buffer)";
        assert_eq!(hex(&get_value(class, compute, &[with_key, data.clone()])), expected);
        // `new HMACSHA256 { Key = key }`
        let initialized = get_value(class, "()", &[]);
        assert_eq!(hex(&get_value(class, "byte[] Key", std::slice::from_ref(&initialized))).len(), 128);
        call_setter(class, "byte[] Key", &[initialized.clone(), array(b"Jefe")]).unwrap();
        assert_eq!(hex(&get_value(class, compute, &[initialized, data.clone()])), expected);
    }
    let named = get_value("HashAlgorithm", "static HashAlgorithm Create(string hashName)", &["HMACSHA512".into()]);
    assert_eq!(named.of(), crate::expression::Type::named(&format!("{NAMESPACE}.HMACSHA512")));
    let unknown = get_value("HashAlgorithm", "static HashAlgorithm Create(string hashName)", &["x".into()]);
    assert!(unknown.is_null());
}

/// A getter and a setter are declared with the same words: the setter is the one that takes a value.
fn call_setter(class: &str, signature: &str, arguments: &[Value]) -> Result<(), String> {
    let mut exchange = MemoryExchange::default();
    let mut variables = Variables::default();
    let mut machine = Machine::new(Host { exchange: &mut exchange, variables: &mut variables, last_error: None });
    set_with(&mut machine, &format!("{NAMESPACE}.{class}"), signature, arguments)
}

#[test]
fn a_hash_grows_block_by_block() {
    let hasher = get_value("SHA256", "static SHA256 Create()", &[]);
    let block = "int TransformBlock(byte[] inputBuffer, int inputOffset, int inputCount, byte[] outputBuffer, int outputOffset)";
    let last = "byte[] TransformFinalBlock(byte[] inputBuffer, int inputOffset, int inputCount)";
    let target = array(&[0; 4]);
    let arguments = [hasher.clone(), array(b"ab"), 0.into(), 2.into(), target.clone(), 1.into()];
    assert!(get_value("SHA256", block, &arguments).equals(&2.into()));
    assert_eq!(hex(&target), "00616200");
    get_value("SHA256", last, &[hasher.clone(), array(b"c"), 0.into(), 1.into()]);
    let hash = hex(&get_value("SHA256", "byte[] Hash", &[hasher]));
    assert_eq!(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

#[test]
fn arguments_that_do_not_fit_throw_what_net_throws() {
    let hasher = get_value("SHA256", "static SHA256 Create()", &[]);
    let compute = "byte[] ComputeHash(byte[] buffer, int offset, int count)";
    for (offset, count, expected) in [
        (-1, 1, "System.ArgumentOutOfRangeException: Non-negative number required. (Parameter 'offset')"),
        (0, -1, "System.ArgumentException: Value was invalid. (Parameter 'count')"),
        (0, 4, "System.ArgumentException: Value was invalid. (Parameter 'count')"),
        (
            2,
            2,
            "System.ArgumentException: Offset and length were out of bounds for the array or count is greater than the number of elements from index to the end of the source collection.",
        ),
    ] {
        assert_eq!(error("SHA256", compute, &[hasher.clone(), array(b"abc"), offset.into(), count.into()]), expected);
    }
    assert_eq!(
        error("SHA256", "byte[] ComputeHash(byte[] buffer)", &[hasher, Value::Null]),
        "System.ArgumentNullException: Value cannot be null. (Parameter 'buffer')"
    );
    assert_eq!(
        call_setter("SymmetricAlgorithm", "byte[] Key", &[get_value("Aes", "static Aes Create()", &[]), array(b"x")])
            .unwrap_err(),
        "System.Security.Cryptography.CryptographicException: Specified key is not a valid size for this algorithm."
    );
}

#[test]
fn bytes_encrypt_and_decrypt_by_name_and_by_object() {
    let class = "Microsoft.Azure.ApiManagement.CipherExtensions";
    let (key, iv) = (array(&[1; 32]), array(&[2; 16]));
    let by_name = |direction: &str, data: Value| {
        let signature = format!("static byte[] {direction}(this byte[] input, string alg, byte[] key, byte[] iv)");
        call(class, &signature, &[data, "Aes".into(), key.clone(), iv.clone()]).unwrap().0
    };
    let encrypted = by_name("Encrypt", array(b"a secret of some length"));
    assert_eq!(hex(&encrypted).len(), 64);
    assert_eq!(hex(&by_name("Decrypt", encrypted.clone())), hex(&array(b"a secret of some length")));
    let aes = get_value("SymmetricAlgorithm", "static SymmetricAlgorithm Create(string algName)", &["AES".into()]);
    call_setter("SymmetricAlgorithm", "byte[] Key", &[aes.clone(), key]).unwrap();
    call_setter("SymmetricAlgorithm", "byte[] IV", &[aes.clone(), iv]).unwrap();
    let decrypt = "static byte[] Decrypt(this byte[] input, SymmetricAlgorithm alg)";
    let decrypted = call(class, decrypt, &[encrypted.clone(), aes.clone()]).unwrap().0;
    assert_eq!(hex(&decrypted), hex(&array(b"a secret of some length")));
    let no_padding = enumeration(&format!("{NAMESPACE}.PaddingMode"), 1);
    call_setter("SymmetricAlgorithm", "PaddingMode Padding", &[aes.clone(), no_padding]).unwrap();
    let padded = call(class, decrypt, &[encrypted, aes.clone()]).unwrap().0;
    assert!(hex(&padded).ends_with("090909090909090909"));
    assert_eq!(text("SymmetricAlgorithm", "PaddingMode Padding", &[aes]), "None");
    let unknown = call(
        class,
        "static byte[] Encrypt(this byte[] input, string alg, byte[] key, byte[] iv)",
        &[array(b""), "Rot13".into(), array(b""), array(b"")],
    );
    assert!(unknown.unwrap_err().contains("'Rot13' is not a known symmetric algorithm."));
}

#[test]
fn a_certificate_shows_its_properties() {
    let certificate = certificate();
    let class = "X509Certificates.X509Certificate2";
    for (signature, expected) in [
        ("string Thumbprint", "62C545FFA364C3DA533C30C4750C5E67EB175D2B"),
        ("string GetCertHashString()", "62C545FFA364C3DA533C30C4750C5E67EB175D2B"),
        ("string SerialNumber", "009A01"),
        ("string Issuer", "CN=Test Authority, O=Postern Test, C=DE"),
        ("string FriendlyName", "the client"),
        ("string GetEffectiveDateString()", "11/27/2026 20:44:49"),
        ("DateTime NotBefore", "11/27/2026 20:44:49"),
        ("DateTime NotAfter", "11/03/2126 20:44:49"),
        ("string GetKeyAlgorithm()", "1.2.840.113549.1.1.1"),
        ("bool HasPrivateKey", "True"),
        ("int Version", "3"),
        ("bool Verify()", "False"),
        ("bool VerifyNoRevocation()", "False"),
    ] {
        assert_eq!(text(class, signature, std::slice::from_ref(&certificate)), expected, "{signature}");
    }
    let oid = get_value(class, "Oid SignatureAlgorithm", std::slice::from_ref(&certificate));
    assert_eq!(text("Oid", "string FriendlyName", &[oid]), "sha256RSA");
    let issuer = get_value(class, "X500DistinguishedName IssuerName", std::slice::from_ref(&certificate));
    let name = text("X509Certificates.X500DistinguishedName", "string Name", &[issuer]);
    assert_eq!(name, "CN=Test Authority, O=Postern Test, C=DE");
    let dns = enumeration(&format!("{NAMESPACE}.X509Certificates.X509NameType"), 3);
    let info = "string GetNameInfo(X509NameType nameType, bool forIssuer)";
    assert_eq!(text(class, info, &[certificate.clone(), dns, false.into()]), "one.example.com");
    let whole = text(class, "string ToString(bool fVerbose)", &[certificate, false.into()]);
    assert!(whole.contains("\n\n[Serial Number]\n  009A01\n\n[Not Before]\n  11/27/2026 20:44:49\n\n"));
    let (of, message) = (
        "System.Security.Cryptography.CryptographicException",
        error(class, "(byte[] rawData, string password)", &[array(STORE), "wrong".into()]),
    );
    assert_eq!(message, format!("{of}: The specified network password is not correct."));
    assert_eq!(error(class, "(byte[] rawData)", &[array(b"x")]), format!("{of}: Cannot find the requested object."));
}

#[test]
fn a_certificate_s_key_signs_and_decrypts() {
    let extensions = "X509Certificates.RSACertificateExtensions";
    let private =
        get_value(extensions, "static RSA GetRSAPrivateKey(this X509Certificate2 certificate)", &[certificate()]);
    let public =
        get_value(extensions, "static RSA GetRSAPublicKey(this X509Certificate2 certificate)", &[certificate()]);
    assert_eq!(private.of(), crate::expression::Type::named(&format!("{NAMESPACE}.RSACng")), "`as RSACng` works");
    let hash = get_value("HashAlgorithmName", "static HashAlgorithmName SHA256", &[]);
    let sign = "byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm, RSASignaturePadding padding)";
    let verify =
        "bool VerifyData(byte[] data, byte[] signature, HashAlgorithmName hashAlgorithm, RSASignaturePadding padding)";
    for padding in ["static RSASignaturePadding Pkcs1", "static RSASignaturePadding Pss"] {
        let padding = get_value("RSASignaturePadding", padding, &[]);
        let signature = get_value("RSA", sign, &[private.clone(), array(b"data"), hash.clone(), padding.clone()]);
        for (data, expected) in [(b"data", true), (b"Data", false)] {
            let arguments = [public.clone(), array(data), signature.clone(), hash.clone(), padding.clone()];
            assert!(get_value("RSA", verify, &arguments).equals(&expected.into()));
        }
        let refused = error("RSA", sign, &[public.clone(), array(b"data"), hash.clone(), padding]);
        assert_eq!(refused, "System.Security.Cryptography.CryptographicException: Key does not exist.");
    }
    let padding = get_value("RSAEncryptionPadding", "static RSAEncryptionPadding OaepSHA256", &[]);
    let encrypted = get_value(
        "RSA",
        "byte[] Encrypt(byte[] data, RSAEncryptionPadding padding)",
        &[public, array(b"secret"), padding.clone()],
    );
    let decrypted =
        get_value("RSA", "byte[] Decrypt(byte[] data, RSAEncryptionPadding padding)", &[private, encrypted, padding]);
    assert_eq!(hex(&decrypted), hex(&array(b"secret")));
}

#[test]
fn a_key_of_another_certificate_is_not_joined() {
    let authority = get_value("X509Certificates.X509Certificate2", "(byte[] rawData)", &[array(AUTHORITY)]);
    let extensions = "X509Certificates.RSACertificateExtensions";
    let private =
        get_value(extensions, "static RSA GetRSAPrivateKey(this X509Certificate2 certificate)", &[certificate()]);
    let join = "static X509Certificate2 CopyWithPrivateKey(this X509Certificate2 certificate, RSA privateKey)";
    assert_eq!(
        error(extensions, join, &[authority.clone(), private.clone()]),
        "System.ArgumentException: The provided key does not match the public key for this certificate. (Parameter 'privateKey')"
    );
    let joined = get_value(extensions, join, &[certificate(), private]);
    assert_eq!(text("X509Certificates.X509Certificate2", "bool HasPrivateKey", &[joined]), "True");
    let none = get_value(extensions, "static RSA GetRSAPrivateKey(this X509Certificate2 certificate)", &[authority]);
    assert!(none.is_null());
}

#[test]
fn random_bytes_are_not_all_zero_and_cost_memory() {
    let generator = get_value("RNGCryptoServiceProvider", "()", &[]);
    let target = array(&[0; 64]);
    get_value("RandomNumberGenerator", "void GetNonZeroBytes(byte[] data)", &[generator, target.clone()]);
    assert!(!hex(&target).as_bytes().chunks(2).any(|byte| byte == b"00"));
    let huge = error("RandomNumberGenerator", "static byte[] GetBytes(int count)", &[i32::MAX.into()]);
    assert_eq!(huge, "Memory");
}

#[test]
fn slow_operations_meet_the_budget() {
    let mut exchange = MemoryExchange::default();
    let mut variables = Variables::default();
    let mut machine = Machine::new(Host { exchange: &mut exchange, variables: &mut variables, last_error: None });
    let class = format!("{NAMESPACE}.X509Certificates.X509Certificate2");
    let arguments = [array(b"\x30\x03\x02\x01\x03"), "x".into()];
    let stopped = (0..1000).find_map(|_| {
        let error = call_with(&mut machine, &class, "(byte[] rawData, string password)", &arguments).unwrap_err();
        (error == "Steps").then_some(error)
    });
    assert!(stopped.is_some(), "five seconds' worth of key stores");
}

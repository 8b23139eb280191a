//! Hashes, message authentication codes, RSA, AES and X.509 certificates as in System.Security.Cryptography.

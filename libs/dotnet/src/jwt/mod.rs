//! JSON Web Tokens: parsing, and the checks of validate-jwt.

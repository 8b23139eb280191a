//! `AsJwt`: what is read without being checked.

use super::*;

#[test]
fn properties_are_read_without_a_check() {
    let payload = r#"{"jti":"id1","iss":"i","sub":"s","aud":["a","b"],"iat":1,"nbf":2,"exp":3.7,"roles":["x","y"],"n":1.5,"o":{"k":[1]},"z":null,"t":true,"deep":[[1,2],{"a":"b"}]}"#;
    let token = forge(r#"{"alg":"RS256","typ":"JWT","kid":"k"}"#, payload, |_| b"wrong".to_vec());
    for text in [token.clone(), format!("Bearer {token}"), format!(" bearer  {token} ")] {
        let jwt = Jwt::parse(&text).unwrap();
        assert_eq!(jwt.algorithm.as_deref(), Some("RS256"));
        assert_eq!(jwt.token_type.as_deref(), Some("JWT"));
        assert_eq!(jwt.key_id.as_deref(), Some("k"));
        assert_eq!(jwt.id.as_deref(), Some("id1"));
        assert_eq!((jwt.issuer.as_deref(), jwt.subject.as_deref()), (Some("i"), Some("s")));
        assert_eq!(jwt.audiences, ["a", "b"]);
        assert_eq!((jwt.issued_at_s, jwt.not_before_s, jwt.expiration_s), (Some(1), Some(2), Some(3)));
        let claims: Vec<String> =
            jwt.claims.iter().map(|(name, values)| format!("{name}={}", values.join("|"))).collect();
        assert_eq!(
            claims.join(" "),
            r#"jti=id1 iss=i sub=s aud=a|b iat=1 nbf=2 exp=3.7 roles=x|y n=1.5 o={"k":[1]} z= t=true deep=[1,2]|{"a":"b"}"#
        );
        assert_eq!(jwt.claims.joined("roles").as_deref(), Some("x,y"));
        assert_eq!(jwt.claims.get("gone"), None);
        assert_eq!(jwt.claims.count(), 13);
    }
}

#[test]
fn what_is_no_token_is_none() {
    let token = forge(r#"{"alg":"none"}"#, "{}", |_| Vec::new());
    assert!(Jwt::parse(&token).is_some());
    for text in
        ["", "a", "a.b", "a.b.c", "Basic e30.e30.", "e30.e30", "e30.W10.", "e30.e30.e30.e30", "Bearer", "e30.e31.x"]
    {
        assert!(Jwt::parse(text).is_none(), "{text}");
    }
    assert!(Jwt::parse(&"e30.".repeat(100_000)).is_none());
    assert!(Jwt::parse("e30.e30.e30.e30.e30").is_some_and(|jwt| jwt.claims.count() == 0), "encrypted: header only");
}

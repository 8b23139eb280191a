//! `Jwt`, `string.AsJwt()` and `string.TryParseJwt(out …)`.

use std::any::Any;
use std::rc::Rc;

use postern_dotnet::Text;
use postern_dotnet::date::DateTimeOffset;
use postern_dotnet::jwt::Jwt;

use super::Library;
use super::pair::PairValue;
use crate::expression::array::Array;
use crate::expression::machine::Machine;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::object::{Dictionary, Enumerator, Object};
use crate::expression::sequence::Items;
use crate::expression::types::Type;
use crate::expression::value::Value;

const CLAIMS: &str = "Microsoft.Azure.ApiManagement.JwtClaims";

pub(super) fn declare(library: &mut Library) {
    library.declare("sealed class Microsoft.Azure.ApiManagement.JwtClaims : IReadOnlyDictionary<string, string[]>");
    library
        .declare("sealed class Microsoft.Azure.ApiManagement.Jwt")
        .getter("string Algorithm", |call| Ok(this(call)?.algorithm.clone().into()))
        .getter("IEnumerable<string> Audiences", |call| {
            let audiences = this(call)?.audiences.clone();
            Ok(Value::object(Array::texts(audiences)))
        })
        .getter("IReadOnlyDictionary<string, string[]> Claims", |call| Ok(Value::object(ClaimsObject(this(call)?))))
        .getter("DateTime? ExpirationTime", |call| Ok(optional_date(this(call)?.expiration_s)))
        .getter("DateTime? IssuedAt", |call| Ok(optional_date(this(call)?.issued_at_s)))
        .getter("DateTime? NotBefore", |call| Ok(optional_date(this(call)?.not_before_s)))
        .getter("string Id", |call| Ok(this(call)?.id.clone().into()))
        .getter("string Issuer", |call| Ok(this(call)?.issuer.clone().into()))
        .getter("string Subject", |call| Ok(this(call)?.subject.clone().into()))
        .getter("string Type", |call| Ok(this(call)?.token_type.clone().into()));
    library
        .declare("static class Microsoft.Azure.ApiManagement.JwtExtensions")
        .method("static Jwt AsJwt(this string input)", |call| Ok(parsed(call)?.map_or(Value::Null, JwtObject::value)))
        .method("static bool TryParseJwt(this string input, out Jwt result)", |call| {
            let jwt = parsed(call)?;
            let is_valid = jwt.is_some();
            call.set_out(1, jwt.map_or(Value::Null, JwtObject::value));
            Ok(is_valid.into())
        });
}

fn this(call: &Call<'_, '_>) -> Result<Rc<Jwt>, Thrown> {
    Ok(Rc::clone(&call.this::<JwtObject>()?.0))
}

/// What `AsJwt` gives for the receiver; a null receiver is no token.
fn parsed(call: &mut Call<'_, '_>) -> Result<Option<Jwt>, Thrown> {
    let Some(text) = call.text(0).cloned() else { return Ok(None) };
    // Decoding and reading, and the claims that come of it.
    call.machine.charge_memory(text.len().saturating_mul(4))?;
    Ok(Jwt::parse(&text))
}

/// A `DateTime` in UTC from Unix seconds.
pub(super) fn date_time(unix_s: i64) -> Value {
    DateTimeOffset::from_unix_time_seconds(unix_s).map_or(Value::Null, |at| at.utc_date_time().into())
}

fn optional_date(unix_s: Option<i64>) -> Value {
    unix_s.map_or(Value::Null, date_time)
}

/// A token: parsed by code, or verified by a policy with `output-token-variable-name`.
pub struct JwtObject(pub Rc<Jwt>);

impl JwtObject {
    /// A token as a value.
    #[must_use]
    pub fn value(jwt: Jwt) -> Value {
        Value::object(JwtObject(Rc::new(jwt)))
    }
}

impl Object for JwtObject {
    fn of(&self) -> Type {
        Type::named("Microsoft.Azure.ApiManagement.Jwt")
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }
}

/// `Jwt.Claims`
struct ClaimsObject(Rc<Jwt>);

impl Object for ClaimsObject {
    fn of(&self) -> Type {
        Type::named(CLAIMS)
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn enumerate(self: Rc<Self>) -> Option<Box<dyn Enumerator>> {
        let types = || [Type::String, Type::array_of(Type::String)];
        let pair = |(name, values): (&Text, &[Text])| {
            let values = Value::object(Array::texts(values.iter().cloned()));
            Value::object(PairValue::new(types(), Value::String(name.clone()), values))
        };
        let pairs: Vec<Value> = self.0.claims.iter().map(pair).collect();
        Some(Box::new(Items(pairs.into_iter())))
    }

    fn count(&self) -> Option<usize> {
        Some(self.0.claims.count())
    }

    fn dictionary(&self) -> Option<&dyn Dictionary> {
        Some(self)
    }
}

impl Dictionary for ClaimsObject {
    fn get(&self, _machine: &Machine<'_>, key: &Value) -> Option<Value> {
        let Value::String(name) = key else { return None };
        self.0.claims.get(name).map(|values| Value::object(Array::texts(values.iter().cloned())))
    }

    fn keys(&self, _machine: &Machine<'_>) -> Vec<Value> {
        self.0.claims.iter().map(|(name, _): (&Text, _)| Value::String(name.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Outcome, call, shown};
    use super::*;
    use crate::expression::machine::Host;
    use crate::testing::MemoryExchange;
    use crate::variables::Variables;

    /// `{"alg":"RS256","typ":"JWT"}.{"sub":"me","aud":"a","roles":["x","y"],"exp":1700000600}.x`
    const TOKEN: &str = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJtZSIsImF1ZCI6ImEiLCJyb2xlcyI6WyJ4IiwieSJdLCJleHAiOjE3MDAwMDA2MDB9.eA";
    const EXTENSIONS: &str = "Microsoft.Azure.ApiManagement.JwtExtensions";

    fn property(jwt: &Value, signature: &str) -> Value {
        one(call("Microsoft.Azure.ApiManagement.Jwt", signature, std::slice::from_ref(jwt)))
    }

    fn one(outcome: Outcome) -> Value {
        outcome.unwrap().remove(0)
    }

    #[test]
    fn a_token_s_properties_and_claims_are_read() {
        for text in [TOKEN.to_owned(), format!("Bearer {TOKEN}")] {
            let jwt = one(call(EXTENSIONS, "static Jwt AsJwt(this string input)", &[text.into()]));
            assert!(property(&jwt, "string Algorithm").equals(&"RS256".into()));
            assert!(property(&jwt, "string Type").equals(&"JWT".into()));
            assert!(property(&jwt, "string Subject").equals(&"me".into()));
            assert!(property(&jwt, "string Issuer").is_null());
            let jwt = std::slice::from_ref(&jwt);
            let date = |signature| shown(call("Microsoft.Azure.ApiManagement.Jwt", signature, jwt));
            assert_eq!(date("DateTime? ExpirationTime"), "11/14/2023 22:23:20");
            assert_eq!(date("DateTime? NotBefore"), "null");
            let jwt = &jwt[0];
            let claims = property(jwt, "IReadOnlyDictionary<string, string[]> Claims");
            let Value::Object(claims) = claims else { panic!("claims are an object") };
            assert_eq!(claims.count(), Some(4));
            let walked = crate::expression::sequence::enumerate(&Value::Object(Rc::clone(&claims)));
            assert!(walked.is_ok());
            let claims = claims.dictionary().unwrap();
            let (mut exchange, mut variables) = (MemoryExchange::default(), Variables::default());
            let host = Host { exchange: &mut exchange, variables: &mut variables, last_error: None };
            let machine = Machine::new(host);
            let roles = claims.get(&machine, &"roles".into()).unwrap().downcast::<Array>().unwrap();
            assert!(roles.to_vec()[1].equals(&"y".into()));
            assert!(claims.get(&machine, &"gone".into()).is_none());
            assert_eq!(claims.keys(&machine).len(), 4);
        }
    }

    #[test]
    fn what_is_no_token_is_null_or_false() {
        for text in [Value::Null, "".into(), "Basic x".into(), "a.b.c".into()] {
            let as_jwt = call(EXTENSIONS, "static Jwt AsJwt(this string input)", std::slice::from_ref(&text));
            assert!(one(as_jwt).is_null());
            let parse = "static bool TryParseJwt(this string input, out Jwt result)";
            assert_eq!(shown(call(EXTENSIONS, parse, &[text, Value::Null])), "False null");
        }
        let parse = "static bool TryParseJwt(this string input, out Jwt result)";
        let parsed = call(EXTENSIONS, parse, &[TOKEN.into(), Value::Null]).unwrap();
        assert!(parsed[0].equals(&true.into()) && parsed[1].downcast_ref::<JwtObject>().is_some());
    }
}

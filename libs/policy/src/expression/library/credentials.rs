//! `BasicAuthCredentials`, `string.AsBasic()` and `string.TryParseBasic(out …)`.

use std::any::Any;
use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use postern_dotnet::Text;

use super::Library;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::object::Object;
use crate::expression::types::Type;
use crate::expression::value::Value;

pub(super) fn declare(library: &mut Library) {
    library
        .declare("sealed class Microsoft.Azure.ApiManagement.BasicAuthCredentials")
        .getter("string UserId", |call| Ok(call.this::<Credentials>()?.user_id.clone().into()))
        // The policy toolkit's name for it.
        .getter("string Username", |call| Ok(call.this::<Credentials>()?.user_id.clone().into()))
        .getter("string Password", |call| Ok(call.this::<Credentials>()?.password.clone().into()));
    library
        .declare("static class Microsoft.Azure.ApiManagement.BasicAuthExtensions")
        .method("static BasicAuthCredentials AsBasic(this string input)", |call| {
            Ok(parsed(call)?.map_or(Value::Null, Value::object))
        })
        .method("static bool TryParseBasic(this string input, out BasicAuthCredentials result)", |call| {
            let credentials = parsed(call)?;
            let is_valid = credentials.is_some();
            call.set_out(1, credentials.map_or(Value::Null, Value::object));
            Ok(is_valid.into())
        });
}

fn parsed(call: &mut Call<'_, '_>) -> Result<Option<Credentials>, Thrown> {
    let Some(text) = call.text(0).cloned() else { return Ok(None) };
    call.machine.charge_memory(text.len())?;
    Ok(Credentials::parse(&text))
}

#[derive(Debug, PartialEq, Eq)]
struct Credentials {
    user_id: Text,
    password: Text,
}

impl Credentials {
    /// The value of an `Authorization` header with the scheme `Basic` (RFC 7617). The first colon ends the user id; text is UTF-8.
    fn parse(header: &str) -> Option<Credentials> {
        let (scheme, encoded) = header.trim().split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("Basic") {
            return None;
        }
        let decoded = STANDARD.decode(encoded.trim_start()).ok()?;
        let text = String::from_utf8_lossy(&decoded);
        let (user_id, password) = text.split_once(':')?;
        Some(Credentials { user_id: user_id.into(), password: password.into() })
    }
}

impl Object for Credentials {
    fn of(&self) -> Type {
        Type::named("Microsoft.Azure.ApiManagement.BasicAuthCredentials")
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_basic_scheme_with_a_colon_gives_credentials() {
        for (header, expected) in [
            ("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", Some(("Aladdin", "open sesame"))),
            (" basic  dGVzdDoxMjPCow== ", Some(("test", "123£"))),
            ("Basic Og==", Some(("", ""))),
            ("Basic YTpiOmM=", Some(("a", "b:c"))),
            ("Basic YWxvbmU=", None),
            ("Basic YTpi=", None),
            ("Basic !", None),
            ("Basic", None),
            ("Bearer YTpi", None),
            ("YTpi", None),
            ("", None),
        ] {
            let expected = expected.map(|(user_id, password): (&str, &str)| Credentials {
                user_id: user_id.into(),
                password: password.into(),
            });
            assert_eq!(Credentials::parse(header), expected, "{header}");
        }
        assert!(Credentials::parse("Basic //46YQ==").is_some(), "bytes that are not UTF-8");
    }
}

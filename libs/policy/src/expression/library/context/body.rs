//! `IMessageBody`: bodies as text, bytes, JSON, XML, forms.
//!
//! What must hold: the body was read before the expression is evaluated ([`Bodies`](crate::expression::Bodies)); without `preserveContent` it is
//! gone afterwards, as in the original.

use postern_dotnet::Exception;

use super::response::StoredBody;
use super::{Library, Part, form, not_supported};
use crate::charset::{self, Charset};
use crate::expression::array::Array;
use crate::expression::library::json::convert::parse_with_settings;
use crate::expression::library::{self, MemberKind};
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::types::{Number, Type};
use crate::expression::value::Value;

pub(super) fn declare(library: &mut Library) {
    library
        .declare("interface Microsoft.Azure.ApiManagement.IMessageBody")
        .method("T As<T>(bool preserveContent = false)", |call| {
            let of = call.type_argument(0);
            let body = take(call)?;
            read_as(call, body, &of)
        })
        .method("JToken AsJToken(bool preserveContent = false, JsonSerializerSettings settings = null)", |call| {
            read_json(call, &Type::named("Newtonsoft.Json.Linq.JToken"))
        })
        .method("JObject AsJObject(bool preserveContent = false, JsonSerializerSettings settings = null)", |call| {
            read_json(call, &Type::named("Newtonsoft.Json.Linq.JObject"))
        })
        .method("JArray AsJArray(bool preserveContent = false, JsonSerializerSettings settings = null)", |call| {
            read_json(call, &Type::named("Newtonsoft.Json.Linq.JArray"))
        })
        .method("IDictionary<string, IList<string>> AsFormUrlEncodedContent(bool preserveContent = false)", form::read);
}

/// A body as it was taken.
#[derive(Default)]
pub(super) struct Taken {
    bytes: Vec<u8>,
    /// How its characters are encoded, if that was said.
    charset: Option<Charset>,
}

impl Taken {
    pub(super) fn text(self) -> String {
        charset::into_text(self.bytes, self.charset)
    }
}

/// `this`; gone afterwards unless `preserveContent`, the first argument, is true.
pub(super) fn take(call: &mut Call<'_, '_>) -> Result<Taken, Thrown> {
    if call.machine.is_resumed() {
        // It was taken when reading began.
        return Ok(Taken::default());
    }
    let preserve = call.bool(1);
    let taken = if let Some(stored) = call.object::<StoredBody>(0) {
        let body = &stored.0.body;
        let bytes = if preserve { body.borrow().clone() } else { body.take() }.unwrap_or_default();
        Taken { bytes, charset: stored.0.charset() }
    } else {
        let Some(Part::Body(side)) = super::this_part(call) else { return Err(Exception::null_reference().into()) };
        let exchange = &mut call.machine.host.exchange;
        let charset = charset::of_message(&**exchange, side);
        let bytes = exchange.content(side).unwrap_or_default().to_vec();
        if !preserve {
            exchange.set_body(side, b"");
        }
        Taken { bytes, charset }
    };
    call.machine.charge_memory(taken.bytes.len())?;
    Ok(taken)
}

/// JSON of a kind, with settings if there are any: they are the second argument.
fn read_json(call: &mut Call<'_, '_>, of: &Type) -> Result<Value, Thrown> {
    let body = take(call)?;
    if call.argument(2).is_null() {
        return read_as(call, body, of);
    }
    parse_with_settings(call, &body.text(), 2, of)
}

/// Every other type is read by its own `Parse`.
fn read_as(call: &mut Call<'_, '_>, body: Taken, of: &Type) -> Result<Value, Thrown> {
    match of {
        Type::String | Type::Object => return Ok(Value::from(body.text())),
        Type::Array(element, 1) if **element == Type::Number(Number::Byte) => {
            return Ok(Value::object(Array::bytes(body.bytes)));
        }
        _ => {}
    }
    let of = match library::full_name(of).as_str() {
        "System.Xml.Linq.XNode" => Type::named("System.Xml.Linq.XElement"),
        _ => of.clone(),
    };
    let parse = library::get().class_of(&of).and_then(|(class, _)| {
        class.members().iter().find(|member| {
            member.kind == MemberKind::Method
                && &*member.name == "Parse"
                && member.parameters.len() == 1
                && member.parameters.iter().all(|parameter| parameter.of == Type::String)
        })
    });
    let Some(parse) = parse else {
        return Err(not_supported("The body cannot be read as this type."));
    };
    let arguments = [Value::from(body.text())].into_iter().collect();
    let mut inner = Call { machine: &mut *call.machine, arguments, types: &[], outs: smallvec::SmallVec::new() };
    (parse.native)(&mut inner)
}

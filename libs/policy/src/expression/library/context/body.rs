//! `IMessageBody`: bodies as text, bytes, JSON, XML, forms.
//!
//! What must hold: the body was read before the expression is evaluated ([`Bodies`](crate::expression::Bodies)); without `preserveContent` it is
//! gone afterwards, as in the original.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

use postern_dotnet::{Exception, Text};

use super::response::StoredBody;
use super::{Library, Part, not_supported};
use crate::charset::{self, Charset};
use crate::expression::array::Array;
use crate::expression::library::json::convert::parse_with_settings;
use crate::expression::library::{self, MemberKind};
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::{Dictionary, Enumerator, Object};
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
        .method("IDictionary<string, IList<string>> AsFormUrlEncodedContent(bool preserveContent = false)", |call| {
            let body = take(call)?;
            Ok(Value::object(Form::parse(&body.text())))
        });
}

/// A body as it was taken.
#[derive(Default)]
struct Taken {
    bytes: Vec<u8>,
    /// How its characters are encoded, if that was said.
    charset: Option<Charset>,
}

impl Taken {
    fn text(self) -> String {
        charset::into_text(self.bytes, self.charset)
    }
}

/// `this`; gone afterwards unless `preserveContent`, the first argument, is true.
fn take(call: &mut Call<'_, '_>) -> Result<Taken, Thrown> {
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

/// `application/x-www-form-urlencoded` as a dictionary that can be changed.
struct Form(RefCell<Vec<(Text, Value)>>);

impl Form {
    fn parse(text: &str) -> Form {
        let mut fields: Vec<(Text, Vec<Text>)> = Vec::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = Text::from(postern_dotnet::uri::url_decode(name).into_owned());
            let value = Text::from(postern_dotnet::uri::url_decode(value).into_owned());
            match fields.iter_mut().find(|(known, _)| *known == name) {
                Some((_, values)) => values.push(value),
                None => fields.push((name, vec![value])),
            }
        }
        let fields = fields.into_iter().map(|(name, values)| (name, Value::object(Array::texts(values))));
        Form(RefCell::new(fields.collect()))
    }
}

impl Object for Form {
    fn of(&self) -> Type {
        let list = Type::generic("System.Collections.Generic.IList", [Type::String]);
        Type::generic("System.Collections.Generic.IDictionary", [Type::String, list])
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn enumerate(self: Rc<Self>) -> Option<Box<dyn Enumerator>> {
        Some(Box::new(super::maps::Walk::new(self)))
    }

    fn count(&self) -> Option<usize> {
        Some(self.0.borrow().len())
    }

    fn dictionary(&self) -> Option<&dyn Dictionary> {
        Some(self)
    }
}

impl Dictionary for Form {
    fn get(&self, _machine: &Machine<'_>, key: &Value) -> Option<Value> {
        let Value::String(name) = key else { return None };
        self.0.borrow().iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    fn keys(&self, _machine: &Machine<'_>) -> Vec<Value> {
        self.0.borrow().iter().map(|(name, _)| Value::String(name.clone())).collect()
    }

    fn set(&self, key: &Value, value: Value) -> Result<(), Exception> {
        let Value::String(name) = key else { return Err(Exception::argument_null("key")) };
        let mut fields = self.0.borrow_mut();
        match fields.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value,
            None => fields.push((name.clone(), value)),
        }
        Ok(())
    }

    fn remove(&self, key: &Value) -> Result<bool, Exception> {
        let Value::String(name) = key else { return Ok(false) };
        let mut fields = self.0.borrow_mut();
        let before = fields.len();
        fields.retain(|(known, _)| known != name);
        Ok(fields.len() < before)
    }
}

//! `JArray`.

use postern_dotnet::json::{JToken, JTokenType, Key, LoadSettings};
use postern_dotnet::{Exception, ExceptionType};

use super::super::Library;
use super::container::{cleared, copy};
use super::content::{self, Place, adopted};
use super::convert::parse;
use super::interfaces;
use super::serialize::from_object;
use super::token::this;
use super::wrapper::{charge_shift, linq_type, token_of, token_value};
use crate::expression::library::collections::enumerator::start_of;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::value::Value;

type Answer = Result<Value, Thrown>;

pub(super) fn declare(library: &mut Library) {
    library
        .declare("class Newtonsoft.Json.Linq.JArray : JContainer, IList<JToken>")
        .constructor("()", |_| Ok(token_value(JToken::array())))
        .constructor("(JArray other)", copy)
        .constructor("(object content)", new_array)
        .constructor("(params object[] content)", new_array)
        .method("static JArray Parse(string json)", |call| {
            let text = call.required_text(0, "s")?;
            parse(call.machine, &text, LoadSettings::default(), Some(JTokenType::Array)).map(token_value)
        })
        .method("static JArray FromObject(object o)", |call| {
            let token = from_object(call)?;
            if token.is_array() {
                return Ok(token_value(token));
            }
            let message = format!("Object serialized to {}. JArray instance expected.", token.token_type().name());
            Err(Exception::new(ExceptionType::Argument, message).into())
        })
        .indexer("JToken this[int index]", |call| Ok(token_value(this(call)?.at(Key::Index(call.int(1)))?)))
        .index_setter("JToken this[int index]", |call| {
            let (token, value) = (this(call)?, token_of(call.argument(2)).cloned());
            let value = adopted(call.machine, Some(&token), value)?;
            token.set_item(call.int(1).into(), value.as_ref())?;
            Ok(Value::Null)
        })
        .method("void Add(JToken item)", |call| {
            let (token, item) = (this(call)?, token_of(call.argument(1)).cloned());
            let item = adopted(call.machine, Some(&token), item)?;
            token.add(item.as_ref())?;
            Ok(Value::Null)
        })
        .method("void Insert(int index, JToken item)", |call| interfaces::insert(call, &this(call)?))
        .method("void RemoveAt(int index)", |call| {
            let token = this(call)?;
            charge_shift(call.machine, &token)?;
            token.remove_at(call.int(1).into())?;
            Ok(Value::Null)
        })
        .method("bool Remove(JToken item)", |call| {
            let token = this(call)?;
            charge_shift(call.machine, &token)?;
            Ok(match token_of(call.argument(1)) {
                Some(item) => token.remove_child(item)?.into(),
                None => false.into(),
            })
        })
        .method("int IndexOf(JToken item)", |call| {
            let index = index_of(call)?.and_then(|index| i32::try_from(index).ok());
            Ok(Value::Int(index.unwrap_or(-1)))
        })
        .method("bool Contains(JToken item)", |call| Ok(index_of(call)?.is_some().into()))
        .method("void Clear()", cleared)
        .method("void CopyTo(JToken[] array, int arrayIndex)", |call| interfaces::copy_into(call, &this(call)?))
        .method("IEnumerator<JToken> GetEnumerator()", |call| start_of(call, linq_type("JToken")));
}

fn new_array(call: &mut Call<'_, '_>) -> Answer {
    content::add(call, 0, |_| Ok(Place::end(JToken::array()))).map(token_value)
}

fn index_of(call: &mut Call<'_, '_>) -> Result<Option<usize>, Thrown> {
    let token = this(call)?;
    call.machine.charge(token.count())?;
    Ok(token_of(call.argument(1)).and_then(|item| token.index_of(item)))
}

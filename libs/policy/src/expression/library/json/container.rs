//! `JContainer`, `JProperty`, `JConstructor`.

use postern_dotnet::json::{JToken, MergeSettings};
use postern_dotnet::work::Paced;
use postern_dotnet::{Exception, ExceptionType};

use super::super::Library;
use super::super::pieces::work;
use super::content::{self, Place, adopted, property_value};
use super::settings::merge_settings;
use super::token::{this, type_name};
use super::walk::{Gives, Walk};
use super::wrapper::{copy_of, linq_type, token_of, token_value};
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::value::Value;

type Answer = Result<Value, Thrown>;

pub(super) fn declare(library: &mut Library) {
    library
        .declare("class Newtonsoft.Json.Linq.JContainer : JToken, IList<JToken>, IList")
        .getter("int Count", |call| Ok(Value::Int(i32::try_from(this(call)?.count()).unwrap_or(i32::MAX))))
        .method("void Add(object content)", add)
        .method("void AddFirst(object content)", |call| {
            content::add(call, 1, |call| Ok(Place::at(this(call)?, 0)))?;
            Ok(Value::Null)
        })
        .method("IEnumerable<JToken> Descendants()", |call| {
            Ok(Walk::value(linq_type("JToken"), this(call)?, Gives::Descendants))
        })
        .method("IEnumerable<JToken> DescendantsAndSelf()", |call| {
            Ok(Walk::value(linq_type("JToken"), this(call)?, Gives::DescendantsAndSelf))
        })
        .method("void RemoveAll()", cleared)
        .method("void ReplaceAll(object content)", |call| {
            content::add(call, 1, |call| {
                let token = this(call)?;
                token.clear()?;
                Ok(Place::end(token))
            })?;
            Ok(Value::Null)
        })
        .method("void Merge(object content)", |call| merge(call, MergeSettings::default()))
        .method("void Merge(object content, JsonMergeSettings settings)", |call| {
            let settings = merge_settings(call, 2);
            merge(call, settings)
        });
    library
        .declare("class Newtonsoft.Json.Linq.JToken")
        .getter("JContainer Parent", |call| Ok(token_value(this(call)?.parent())));
    library
        .declare("class Newtonsoft.Json.Linq.JProperty : JContainer")
        .constructor("(string name, object content)", new_property)
        .constructor("(string name, params object[] content)", new_property)
        .constructor("(JProperty other)", copy)
        .getter("string Name", name)
        .getter("JToken Value", |call| Ok(token_value(this(call)?.property_value())))
        .setter("JToken Value", |call| {
            let (token, value) = (this(call)?, token_of(call.argument(1)).cloned());
            let value = adopted(call.machine, Some(&token), value)?;
            token.set_property_value(value.as_ref())?;
            Ok(Value::Null)
        });
    library
        .declare("class Newtonsoft.Json.Linq.JConstructor : JContainer")
        .constructor("(string name)", new_constructor)
        .constructor("(string name, object content)", new_constructor)
        .constructor("(string name, params object[] content)", new_constructor)
        .constructor("(JConstructor other)", copy)
        .getter("string Name", name);
}

/// `new JObject(JObject other)` and its kin.
pub(super) fn copy(call: &mut Call<'_, '_>) -> Answer {
    let Some(token) = token_of(call.argument(0)).cloned() else {
        return Err(Exception::argument_null("other").into());
    };
    copy_of(call.machine, &token).map(token_value)
}

fn add(call: &mut Call<'_, '_>) -> Answer {
    content::add(call, 1, |call| Ok(Place::end(this(call)?)))?;
    Ok(Value::Null)
}

/// `RemoveAll()`, `Clear()`.
pub(super) fn cleared(call: &mut Call<'_, '_>) -> Answer {
    let token = this(call)?;
    work(call.machine, |_| Ok(token.clearing()?))?;
    Ok(Value::Null)
}

fn name(call: &mut Call<'_, '_>) -> Answer {
    Ok(this(call)?.name().into())
}

fn new_property(call: &mut Call<'_, '_>) -> Answer {
    let name = call.required_text(0, "name")?;
    let value = property_value(call, 1)?;
    Ok(token_value(JToken::property(name, value.as_ref())?))
}

fn new_constructor(call: &mut Call<'_, '_>) -> Answer {
    let name = call.required_text(0, "name")?;
    let token = JToken::constructor(name)?;
    if call.arguments.len() > 1 {
        return content::add(call, 1, |_| Ok(Place::end(token))).map(token_value);
    }
    Ok(token_value(token))
}

fn merge(call: &mut Call<'_, '_>, settings: MergeSettings) -> Answer {
    // What is gone on with has its content.
    let is_begun = call.machine.has_paused_in::<Paced<Result<(), Exception>>>();
    let content = if is_begun { None } else { merged(call)? };
    if content.is_none() && !is_begun {
        return Ok(Value::Null);
    }
    let token = this(call)?;
    work(call.machine, |_| Ok(token.merging(&content.unwrap_or_else(JToken::null), settings)))??;
    Ok(Value::Null)
}

/// What a document is merged with: the argument, an array of its items if it is a sequence, or `None` for null.
fn merged(call: &mut Call<'_, '_>) -> Result<Option<JToken>, Thrown> {
    if let Some(content) = token_of(call.argument(1)) {
        return Ok(Some(content.clone()));
    }
    if !call.machine.is_resumed() {
        if call.argument(1).is_null() {
            return Ok(None);
        }
        if !content::is_multiple(call.argument(1)) {
            let of = type_name(call.argument(1));
            let message = format!("Could not determine JSON object type for type {of}. (Parameter 'content')");
            return Err(Exception::new(ExceptionType::Argument, message).into());
        }
    }
    content::add(call, 1, |_| Ok(Place::end(JToken::array()))).map(Some)
}

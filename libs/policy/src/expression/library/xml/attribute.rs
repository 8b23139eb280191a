//! XAttribute.

use postern_dotnet::xml::XAttribute;
use postern_dotnet::{Exception, ExceptionType};

use super::content::required_plain;
use super::node::charge_search;
use super::values::{attribute, attribute_of, attribute_value, attributes, name_value, required_name};
use crate::expression::library::Library;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::value::Value;

pub(super) fn declare(library: &mut Library) {
    library
        .declare("class System.Xml.Linq.XAttribute : XObject")
        .constructor("(XName name, object value)", |call| {
            let name = required_name(call, 0)?;
            let value = required_plain(call, 1)?;
            Ok(attribute_value(XAttribute::new(name, value)))
        })
        .constructor("(XAttribute other)", |call| {
            let other = attribute_of(call.argument(0)).ok_or_else(|| Exception::argument_null("other"))?;
            Ok(attribute_value(XAttribute::new(other.name().clone(), other.value())))
        })
        .getter("XName Name", |call| Ok(name_value(attribute(call, 0)?.name().clone())))
        .getter("string Value", |call| Ok(attribute(call, 0)?.value().into()))
        .setter("string Value", |call| {
            let value = call.required_text(1, "value")?;
            attribute(call, 0)?.set_value(value);
            Ok(Value::Null)
        })
        .getter("bool IsNamespaceDeclaration", |call| Ok(Value::Bool(attribute(call, 0)?.is_namespace_declaration())))
        .getter("XAttribute NextAttribute", |call| Ok(attribute_value(searched(call)?.next())))
        .getter("XAttribute PreviousAttribute", |call| Ok(attribute_value(searched(call)?.previous())))
        .getter("static IEnumerable<XAttribute> EmptySequence", |call| attributes(call.machine, Vec::new()))
        .method("void SetValue(object value)", |call| {
            let value = required_plain(call, 1)?;
            attribute(call, 0)?.set_value(value);
            Ok(Value::Null)
        })
        .method("void Remove()", |call| {
            let attribute = searched(call)?;
            if attribute.parent().is_none() {
                return Err(Exception::new(ExceptionType::InvalidOperation, "The parent is missing.").into());
            }
            attribute.remove();
            Ok(Value::Null)
        })
        .method("string ToString()", |call| Ok(Value::text(attribute(call, 0)?.to_string())));
}

/// `this`, after paying for a look at all attributes of its element.
fn searched(call: &mut Call<'_, '_>) -> Result<XAttribute, Thrown> {
    let attribute = attribute(call, 0)?;
    if let Some(element) = attribute.parent() {
        charge_search(call.machine, &element)?;
    }
    Ok(attribute)
}

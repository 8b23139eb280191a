//! XName and XNamespace.

use postern_dotnet::Text;
use postern_dotnet::xml::{XML_NAMESPACE, XMLNS_NAMESPACE, XName};

use super::values::{NameValue, name, name_value, namespace, namespace_value};
use crate::expression::library::Library;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::value::Value;

pub(super) fn declare(library: &mut Library) {
    library.declare("sealed class System.Xml.Linq.XNamespace");
    library
        .declare("sealed class System.Xml.Linq.XName : IEquatable<XName>")
        .getter("string LocalName", |call| part(call, XName::local))
        .getter("XNamespace Namespace", |call| Ok(namespace_value(call.this::<NameValue>()?.0.namespace().clone())))
        .getter("string NamespaceName", |call| part(call, XName::namespace))
        .method("static XName Get(string expandedName)", parse)
        .method("static XName Get(string localName, string namespaceName)", |call| {
            let (local, namespace) = (call.required_text(0, "localName")?, call.required_text(1, "namespaceName")?);
            Ok(name_value(XName::new(&namespace, &local)?))
        })
        .method("string ToString()", |call| Ok(Value::text(call.this::<NameValue>()?.0.to_string())))
        .operator("static implicit operator XName(string expandedName)", |call| {
            if call.argument(0).is_null() { Ok(Value::Null) } else { parse(call) }
        })
        .operator("static bool operator ==(XName left, XName right)", |call| {
            Ok(Value::Bool(name(call, 0) == name(call, 1)))
        })
        .operator("static bool operator !=(XName left, XName right)", |call| {
            Ok(Value::Bool(name(call, 0) != name(call, 1)))
        });
    library
        .declare("sealed class System.Xml.Linq.XNamespace")
        .getter("string NamespaceName", uri)
        .getter("static XNamespace None", |_| Ok(namespace_value(Text::default())))
        .getter("static XNamespace Xml", |_| Ok(namespace_value(Text::new_static(XML_NAMESPACE))))
        .getter("static XNamespace Xmlns", |_| Ok(namespace_value(Text::new_static(XMLNS_NAMESPACE))))
        .method("static XNamespace Get(string namespaceName)", |call| {
            Ok(namespace_value(call.required_text(0, "namespaceName")?))
        })
        .method("XName GetName(string localName)", qualified)
        .method("string ToString()", uri)
        .operator("static implicit operator XNamespace(string namespaceName)", |call| {
            Ok(namespace_value(call.text(0).cloned()))
        })
        .operator("static XName operator +(XNamespace ns, string localName)", qualified)
        .operator("static bool operator ==(XNamespace left, XNamespace right)", |call| {
            Ok(Value::Bool(namespace(call, 0) == namespace(call, 1)))
        })
        .operator("static bool operator !=(XNamespace left, XNamespace right)", |call| {
            Ok(Value::Bool(namespace(call, 0) != namespace(call, 1)))
        });
}

fn parse(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let text = call.required_text(0, "expandedName")?;
    call.machine.charge(text.len())?;
    Ok(name_value(XName::parse(&text)?))
}

fn part(call: &mut Call<'_, '_>, part: fn(&XName) -> &Text) -> Result<Value, Thrown> {
    Ok(part(&call.this::<NameValue>()?.0).clone().into())
}

fn uri(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    Ok(namespace(call, 0).into())
}

fn qualified(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let local = call.required_text(1, "localName")?;
    let namespace = namespace(call, 0).ok_or_else(|| postern_dotnet::Exception::argument_null("ns"))?;
    Ok(name_value(XName::new(&namespace, &local)?))
}

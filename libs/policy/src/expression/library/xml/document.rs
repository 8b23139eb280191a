//! XDocument and XDeclaration.

use postern_dotnet::xml::{Declaration, LoadOptions, Loading, XDeclaration, XNode};
use postern_dotnet::{Exception, Text};

use super::content::add;
use super::element::{load_options, parse};
use super::node::copied;
use super::values::{DeclarationValue, node, node_value};
use crate::expression::library::Library;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::value::Value;

type Answer = Result<Value, Thrown>;

pub(super) fn declare(library: &mut Library) {
    library
        .declare("class System.Xml.Linq.XDocument : XContainer")
        .constructor("()", |_| Ok(node_value(XNode::document(None))))
        .constructor("(params object[] content)", |call| with_content(call, None, 0))
        .constructor("(XDeclaration declaration, params object[] content)", |call| {
            let declaration = declaration(call, 0);
            with_content(call, declaration, 1)
        })
        .constructor("(XDocument other)", |call| copied(call, "other"))
        .method("static XDocument Parse(string text)", |call| {
            parse(call, XNode::parse_document, Loading::document, LoadOptions::None)
        })
        .method("static XDocument Parse(string text, LoadOptions options)", |call| {
            let options = load_options(call, 1);
            parse(call, XNode::parse_document, Loading::document, options)
        })
        .getter("XElement Root", |call| Ok(node_value(node(call, 0)?.root())))
        .getter("XDocumentType DocumentType", |call| Ok(node_value(node(call, 0)?.document_type_node())))
        .getter("XDeclaration Declaration", |call| Ok(declaration_value(node(call, 0)?.declaration())))
        .setter("XDeclaration Declaration", |call| {
            let declaration = declaration(call, 1);
            node(call, 0)?.set_declaration(declaration);
            Ok(Value::Null)
        });
    library
        .declare("class System.Xml.Linq.XDeclaration")
        .constructor("(string version, string encoding, string standalone)", |call| {
            let part = |index: usize| call.text(index).cloned();
            let parts = Declaration { version: part(0), encoding: part(1), standalone: part(2) };
            Ok(declaration_value(XDeclaration::new(parts)))
        })
        .constructor("(XDeclaration other)", |call| {
            let other = declaration(call, 0).ok_or_else(|| Exception::argument_null("other"))?;
            Ok(declaration_value(XDeclaration::new(other.parts())))
        })
        .getter("string Encoding", |call| Ok(parts(call)?.encoding.into()))
        .getter("string Standalone", |call| Ok(parts(call)?.standalone.into()))
        .getter("string Version", |call| Ok(parts(call)?.version.into()))
        .setter("string Version", |call| set(call, |parts, value| parts.version = value))
        .setter("string Encoding", |call| set(call, |parts, value| parts.encoding = value))
        .setter("string Standalone", |call| set(call, |parts, value| parts.standalone = value))
        .method("string ToString()", |call| Ok(Value::text(call.this::<DeclarationValue>()?.0.to_string())));
}

fn with_content(call: &mut Call<'_, '_>, declaration: Option<XDeclaration>, index: usize) -> Answer {
    add(call, index, |_| Ok(XNode::document(declaration))).map(node_value)
}

fn declaration_value(declaration: impl Into<Option<XDeclaration>>) -> Value {
    declaration.into().map_or(Value::Null, |declaration| Value::object(DeclarationValue(declaration)))
}

fn declaration(call: &Call<'_, '_>, index: usize) -> Option<XDeclaration> {
    call.argument(index).downcast_ref::<DeclarationValue>().map(|declaration| declaration.0.clone())
}

fn parts(call: &Call<'_, '_>) -> Result<Declaration, Thrown> {
    Ok(call.this::<DeclarationValue>()?.0.parts())
}

fn set(call: &Call<'_, '_>, set: fn(&mut Declaration, Option<Text>)) -> Answer {
    let mut changed = parts(call)?;
    set(&mut changed, call.text(1).cloned());
    call.this::<DeclarationValue>()?.0.set(changed);
    Ok(Value::Null)
}

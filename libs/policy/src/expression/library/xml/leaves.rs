//! XText, XCData, XComment, XProcessingInstruction, XDocumentType; the comparers.

use std::any::Any;
use std::rc::Rc;

use postern_dotnet::xml::{DocumentType, XNode};

use super::node::copied;
use super::values::{node, node_value};
use crate::expression::library::Library;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::object::Object;
use crate::expression::types::Type;
use crate::expression::value::Value;

type Answer = Result<Value, Thrown>;

/// XNodeDocumentOrderComparer and XNodeEqualityComparer.
pub(super) enum Comparer {
    Order,
    Equality,
}

impl Object for Comparer {
    fn of(&self) -> Type {
        Type::named(match self {
            Comparer::Order => "System.Xml.Linq.XNodeDocumentOrderComparer",
            Comparer::Equality => "System.Xml.Linq.XNodeEqualityComparer",
        })
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }
}

pub(super) fn declare(library: &mut Library) {
    library
        .declare("class System.Xml.Linq.XText : XNode")
        .constructor("(string value)", |call| Ok(node_value(XNode::text(call.required_text(0, "value")?))))
        .constructor("(XText other)", |call| copied(call, "other"))
        .getter("string Value", |call| Ok(node(call, 0)?.own_value().into()))
        .setter("string Value", set_value);
    library
        .declare("class System.Xml.Linq.XCData : XText")
        .constructor("(string value)", |call| Ok(node_value(XNode::cdata(call.required_text(0, "value")?))))
        .constructor("(XCData other)", |call| copied(call, "other"));
    library
        .declare("class System.Xml.Linq.XComment : XNode")
        .constructor("(string value)", |call| Ok(node_value(XNode::comment(call.required_text(0, "value")?))))
        .constructor("(XComment other)", |call| copied(call, "other"))
        .getter("string Value", |call| Ok(node(call, 0)?.own_value().into()))
        .setter("string Value", set_value);
    library
        .declare("class System.Xml.Linq.XProcessingInstruction : XNode")
        .constructor("(string target, string data)", |call| {
            let (target, data) = (call.required_text(0, "target")?, call.required_text(1, "data")?);
            Ok(node_value(XNode::instruction(&target, &data)?))
        })
        .constructor("(XProcessingInstruction other)", |call| copied(call, "other"))
        .getter("string Target", |call| Ok(node(call, 0)?.target().into()))
        .setter("string Target", |call| {
            node(call, 0)?.set_target(call.required_text(1, "name")?)?;
            Ok(Value::Null)
        })
        .getter("string Data", |call| Ok(node(call, 0)?.own_value().into()))
        .setter("string Data", set_value);
    library
        .declare("class System.Xml.Linq.XDocumentType : XNode")
        .constructor("(string name, string publicId, string systemId, string internalSubset)", |call| {
            let part = |index: usize| call.text(index).cloned();
            let (public_id, system_id, internal_subset) = (part(1), part(2), part(3));
            let name = call.required_text(0, "name")?;
            let declaration = DocumentType { name, public_id, system_id, internal_subset };
            Ok(node_value(XNode::document_type(declaration)))
        })
        .constructor("(XDocumentType other)", |call| copied(call, "other"))
        .getter("string Name", |call| doctype(call, |declaration| Some(declaration.name.clone())))
        .getter("string PublicId", |call| doctype(call, |declaration| declaration.public_id.clone()))
        .getter("string SystemId", |call| doctype(call, |declaration| declaration.system_id.clone()))
        .getter("string InternalSubset", |call| doctype(call, |declaration| declaration.internal_subset.clone()))
        .setter("string Name", |call| {
            let name = call.required_text(1, "name")?;
            set_doctype(call, |declaration| declaration.set_name(name))
        })
        .setter("string PublicId", |call| {
            let value = call.text(1).cloned();
            set_doctype(call, |declaration| {
                declaration.public_id = value;
                Ok(())
            })
        })
        .setter("string SystemId", |call| {
            let value = call.text(1).cloned();
            set_doctype(call, |declaration| {
                declaration.system_id = value;
                Ok(())
            })
        })
        .setter("string InternalSubset", |call| {
            let value = call.text(1).cloned();
            set_doctype(call, |declaration| {
                declaration.internal_subset = value;
                Ok(())
            })
        });
}

fn set_doctype(
    call: &Call<'_, '_>,
    change: impl FnOnce(&mut DocumentType) -> Result<(), postern_dotnet::Exception>,
) -> Answer {
    node(call, 0)?.change_doctype(change)?;
    Ok(Value::Null)
}

fn set_value(call: &mut Call<'_, '_>) -> Answer {
    let value = call.required_text(1, "value")?;
    node(call, 0)?.set_own_value(value);
    Ok(Value::Null)
}

fn doctype(call: &Call<'_, '_>, part: fn(&DocumentType) -> Option<postern_dotnet::Text>) -> Answer {
    Ok(node(call, 0)?.doctype().and_then(|declaration| part(&declaration)).into())
}

//! XmlNodeList and XmlAttributeCollection.

use postern_dotnet::Exception;

use super::super::values::int;
use super::node::name;
use super::values::{DomList, DomValue};
use crate::expression::library::Library;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::value::Value;

type Answer = Result<Value, Thrown>;

pub(super) fn declare(library: &mut Library) {
    library
        .declare("class System.Xml.XmlNodeList : IEnumerable")
        .getter("int Count", |call| Ok(int(call.this::<DomList>()?.items.len())))
        .indexer("XmlNode this[int i]", |call| Ok(at(call)?.unwrap_or_default()))
        .method("XmlNode Item(int index)", |call| Ok(at(call)?.unwrap_or_default()));
    library
        .declare("class System.Xml.XmlAttributeCollection : IEnumerable")
        .getter("int Count", |call| Ok(int(call.this::<DomList>()?.items.len())))
        .indexer("XmlAttribute this[int i]", |call| {
            at(call)?.ok_or_else(|| {
                let message = "The index being passed in is out of range.";
                Exception::new(postern_dotnet::ExceptionType::IndexOutOfRange, message).into()
            })
        })
        .indexer("XmlAttribute this[string name]", named)
        .method("XmlNode GetNamedItem(string name)", named);
}

/// The item at a position; `None` outside.
fn at(call: &Call<'_, '_>) -> Result<Option<Value>, Thrown> {
    let list = call.this::<DomList>()?;
    Ok(usize::try_from(call.int(1)).ok().and_then(|index| list.items.get(index).cloned()))
}

fn named(call: &mut Call<'_, '_>) -> Answer {
    let wanted = call.required_text(1, "name")?;
    let list = call.this::<DomList>()?;
    let found =
        list.items.iter().find(|value| value.downcast_ref::<DomValue>().is_some_and(|dom| name(&dom.0) == wanted));
    Ok(found.cloned().unwrap_or_default())
}

//! `X509Certificate2.Extensions`: what a certificate says beside names and keys.

use std::any::Any;
use std::rc::Rc;

use postern_dotnet::crypto::{Certificate, Extension};
use postern_dotnet::{Exception, Text};

use super::super::Library;
use super::super::fixed_list::FixedList;
use super::super::values::{int, text};
use super::oid::oid;
use super::{cost, new_bytes};
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::Object;
use crate::expression::types::Type;
use crate::expression::value::Value;

const EXTENSION: &str = "System.Security.Cryptography.X509Certificates.X509Extension";
const COLLECTION: &str = "System.Security.Cryptography.X509Certificates.X509ExtensionCollection";

pub(super) fn declare(library: &mut Library) {
    library
        .declare("class System.Security.Cryptography.X509Certificates.X509Extension : AsnEncodedData")
        .getter("bool Critical", |call| Ok(call.this::<ExtensionObject>()?.0.is_critical.into()))
        .getter("byte[] RawData", |call| {
            let value = call.this::<ExtensionObject>()?.0.value.clone();
            new_bytes(call.machine, value)
        })
        .getter("Oid Oid", |call| Ok(oid(&call.this::<ExtensionObject>()?.0.id)))
        .method("string Format(bool multiLine)", |call| {
            let shown = call.this::<ExtensionObject>()?.0.text.clone();
            text(call, shown)
        });
    library
        .declare(
            "sealed class System.Security.Cryptography.X509Certificates.X509ExtensionCollection : IEnumerable<X509Extension>, ICollection",
        )
        .getter("int Count", |call| Ok(int(call.this::<FixedList>()?.items.len())))
        .indexer("X509Extension this[int index]", |call| {
            let list = call.this::<FixedList>()?;
            let found = usize::try_from(call.int(1)).ok().and_then(|index| list.items.get(index).cloned());
            let message = "Index was out of range. Must be non-negative and less than the size of the collection.";
            found.ok_or_else(|| Exception::argument_out_of_range("index", message).into())
        })
        .indexer("X509Extension this[string oid]", |call| {
            let wanted = call.text(1).cloned().unwrap_or_default();
            let list = call.this::<FixedList>()?;
            call.machine.charge(list.items.len())?;
            let is_it = |item: &&Value| item.downcast_ref::<ExtensionObject>().is_some_and(|found| found.0.id == *wanted);
            Ok(list.items.iter().find(is_it).cloned().unwrap_or_default())
        });
}

/// The extensions of a certificate as a collection, paid for.
pub(super) fn extensions(call: &mut Call<'_, '_>, certificate: &Certificate) -> Result<Value, Thrown> {
    cost::certificate(call.machine, certificate.der().len())?;
    // The texts are some times as long as what they are of.
    call.machine.charge_memory(certificate.der().len().saturating_mul(4))?;
    let items =
        certificate.extensions().into_iter().map(|extension| Value::object(ExtensionObject(extension))).collect();
    Ok(Value::object(FixedList { class: COLLECTION, items, owner: () }))
}

struct ExtensionObject(Extension);

impl Object for ExtensionObject {
    fn of(&self) -> Type {
        Type::named(EXTENSION)
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn to_text(&self, _machine: &mut Machine<'_>) -> Result<Text, Thrown> {
        Ok(Text::new_static(EXTENSION))
    }
}

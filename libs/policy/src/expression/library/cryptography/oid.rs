//! `Oid` and `OidCollection`.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

use postern_dotnet::crypto::extension_name;
use postern_dotnet::{Exception, Text};

use super::super::Library;
use super::super::values::int;
use super::required;
use crate::expression::array::Array;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::object::{Enumerator, List as _, Object};
use crate::expression::sequence::Items;
use crate::expression::types::Type;
use crate::expression::value::Value;

/// Bytes that an item of a collection takes.
const ITEM_BYTES: usize = 16;

pub(super) fn declare(library: &mut Library) {
    library
        .declare("sealed class System.Security.Cryptography.Oid")
        .constructor("()", |_| Ok(made(None, None)))
        .constructor("(string oid)", |call| new_oid(call, 0, None))
        .constructor("(string value, string friendlyName)", |call| new_oid(call, 0, Some(1)))
        .constructor("(Oid oid)", |call| {
            let other = required::<Oid>(call, 0, "oid")?;
            Ok(made(other.value.borrow().clone(), other.friendly_name.borrow().clone()))
        })
        .getter("string Value", |call| Ok(call.this::<Oid>()?.value.borrow().clone().into()))
        .setter("string Value", |call| set(call, |oid| &oid.value))
        .getter("string FriendlyName", |call| Ok(call.this::<Oid>()?.friendly_name.borrow().clone().into()))
        .setter("string FriendlyName", |call| set(call, |oid| &oid.friendly_name));
    library
        .declare("sealed class System.Security.Cryptography.OidCollection : IEnumerable<Oid>, ICollection")
        .constructor("()", |_| Ok(Value::object(OidCollection::default())))
        .getter("int Count", |call| Ok(int(call.this::<OidCollection>()?.0.borrow().len())))
        .getter("bool IsSynchronized", |_| Ok(false.into()))
        .getter("object SyncRoot", |call| Ok(call.take(0)))
        .indexer("Oid this[int index]", |call| {
            let items = call.this::<OidCollection>()?;
            let found = usize::try_from(call.int(1)).ok().and_then(|index| items.0.borrow().get(index).cloned());
            let message = "Index was out of range. Must be non-negative and less than the size of the collection.";
            found.ok_or_else(|| Exception::argument_out_of_range("index", message).into())
        })
        .indexer("Oid this[string oid]", |call| {
            let wanted = call.text(1).cloned();
            let items = call.this::<OidCollection>()?;
            call.machine.charge(items.0.borrow().len())?;
            let has_value = |item: &&Value| item.downcast_ref::<Oid>().is_some_and(|oid| *oid.value.borrow() == wanted);
            let found = items.0.borrow().iter().find(has_value).cloned();
            Ok(found.unwrap_or_default())
        })
        .method("void CopyTo(Oid[] array, int index)", |call| {
            let items = call.this::<OidCollection>()?.0.borrow().clone();
            let target = required::<Array>(call, 1, "array")?;
            let start = usize::try_from(call.int(2)).ok().filter(|start| *start < target.len());
            let message = "Index was out of range. Must be non-negative and less than the size of the collection.";
            let start = start.ok_or_else(|| Exception::argument_out_of_range("index", message))?;
            if items.len() > target.len() - start {
                let message =
                    "Destination array was not long enough. Check the destination index, length, and the array's lower bounds.";
                return Err(Exception::argument("destinationArray", message).into());
            }
            call.machine.charge(items.len())?;
            target.fill(start, items)?;
            Ok(Value::Null)
        })
        .method("int Add(Oid oid)", |call| {
            call.machine.charge_memory(ITEM_BYTES)?;
            let items = call.this::<OidCollection>()?;
            let added = call.take(1);
            let place = items.0.borrow().len();
            items.0.borrow_mut().push(added);
            Ok(int(place))
        });
}

/// An identifier and its name.
struct Oid {
    value: RefCell<Option<Text>>,
    friendly_name: RefCell<Option<Text>>,
}

impl Object for Oid {
    fn of(&self) -> Type {
        Type::named("System.Security.Cryptography.Oid")
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }
}

fn made(value: Option<Text>, friendly_name: Option<Text>) -> Value {
    Value::object(Oid { value: RefCell::new(value), friendly_name: RefCell::new(friendly_name) })
}

/// Sets a part: once, or to what it is.
fn set(call: &mut Call<'_, '_>, part: impl Fn(&Oid) -> &RefCell<Option<Text>>) -> Result<Value, Thrown> {
    let this = call.this::<Oid>()?;
    let value = call.text(1).cloned();
    let present = part(&this).borrow().clone();
    // The name that goes with the value has not been looked up yet, as far as anybody can tell.
    let id = this.value.borrow().clone().unwrap_or_default();
    let is_found = std::ptr::eq(part(&this), &this.friendly_name) && present.as_deref() == name_of(&id);
    if present.is_some() && present != value && !is_found {
        let message = "The OID value is immutable once it has been set.";
        return Err(Exception::new(postern_dotnet::ExceptionType::NotSupported, message).into());
    }
    part(&this).replace(value);
    Ok(Value::Null)
}

/// A list of identifiers.
#[derive(Default)]
struct OidCollection(RefCell<Vec<Value>>);

impl Object for OidCollection {
    fn of(&self) -> Type {
        Type::named("System.Security.Cryptography.OidCollection")
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn enumerate(self: Rc<Self>) -> Option<Box<dyn Enumerator>> {
        Some(Box::new(Items(self.0.borrow().clone().into_iter())))
    }

    fn count(&self) -> Option<usize> {
        Some(self.0.borrow().len())
    }
}

/// Identifiers that certificates have, with Windows' names.
const FRIENDLY_NAMES: [(&str, &str); 14] = [
    ("1.2.840.113549.1.1.1", "RSA"),
    ("1.2.840.113549.1.1.5", "sha1RSA"),
    ("1.2.840.113549.1.1.10", "RSASSA-PSS"),
    ("1.2.840.113549.1.1.11", "sha256RSA"),
    ("1.2.840.113549.1.1.12", "sha384RSA"),
    ("1.2.840.113549.1.1.13", "sha512RSA"),
    ("1.2.840.10045.2.1", "ECC"),
    ("1.2.840.10045.4.3.2", "sha256ECDSA"),
    ("1.2.840.10045.4.3.3", "sha384ECDSA"),
    ("1.2.840.10045.4.3.4", "sha512ECDSA"),
    ("1.3.14.3.2.26", "sha1"),
    ("2.16.840.1.101.3.4.2.1", "sha256"),
    ("2.16.840.1.101.3.4.2.2", "sha384"),
    ("2.16.840.1.101.3.4.2.3", "sha512"),
];

/// An `Oid` with its friendly name if it has one: Windows' for algorithms, OpenSSL's for the rest.
pub(super) fn oid(value: &str) -> Value {
    made(Some(value.into()), name_of(value).map(Text::new_static))
}

fn name_of(value: &str) -> Option<&'static str> {
    let known = FRIENDLY_NAMES.iter().find(|(known, _)| *known == value).map(|(_, name)| *name);
    known.or_else(|| extension_name(value))
}

/// `new Oid(…)`: a value, or a friendly name that stands for one.
fn new_oid(call: &mut Call<'_, '_>, value: usize, friendly_name: Option<usize>) -> Result<Value, Thrown> {
    let value = call.text(value).cloned();
    if let Some(index) = friendly_name {
        return Ok(made(value, call.text(index).cloned()));
    }
    let text = value.unwrap_or_default();
    let by_name = FRIENDLY_NAMES.iter().find(|(_, name)| name.eq_ignore_ascii_case(&text));
    Ok(oid(by_name.map_or(&text, |(value, _)| *value)))
}

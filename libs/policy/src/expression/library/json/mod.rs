//! Newtonsoft.Json: `JToken` and its kin, `JsonConvert`, the extension methods of `Newtonsoft.Json.Linq`.
//!
//! A token is a [`TokenValue`] around the library's handle; copies are the same token, whatever variable or list holds them. What must hold:
//! every native pays for documents before it reads, copies or writes them.

mod array;
mod cast;
mod comments;
mod container;
mod content;
pub(crate) mod convert;
mod deserialize;
mod exception;
mod extensions;
mod fill;
mod found;
pub(crate) mod interfaces;
mod misfit;
mod object;
mod read;
mod relatives;
mod selected;
mod self_reference;
pub(crate) mod serialize;
mod settings;
mod token;
mod value;
mod walk;
pub(crate) mod wrapper;
mod writing;
mod xml;

#[cfg(test)]
mod tests;

use super::Library;

pub(super) fn declare(library: &mut Library) {
    library.enumeration("Newtonsoft.Json.Formatting", &[("None", 0), ("Indented", 1)]);
    settings::declare(library);
    token::declare(library);
    cast::declare(library);
    container::declare(library);
    object::declare(library);
    array::declare(library);
    value::declare(library);
    extensions::declare(library);
    convert::declare(library);
    exception::declare(library);
    xml::declare(library);
}

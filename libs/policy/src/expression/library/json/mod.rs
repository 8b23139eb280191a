//! Newtonsoft.Json: `JToken` and its kin, `JsonConvert`, the extension methods of `Newtonsoft.Json.Linq`.
//!
//! A token is a [`TokenValue`] around the library's handle; copies are the same token, whatever variable or list holds them. What must hold:
//! every native pays for documents before it reads, copies or writes them.

mod array;
mod cast;
mod container;
mod content;
mod convert;
mod extensions;
mod object;
mod serialize;
mod token;
mod value;
mod wrapper;

#[cfg(test)]
mod tests;

use super::Library;

pub(crate) use convert::{parse_object, parse_token};
pub(crate) use serialize::to_token;
pub(crate) use wrapper::{TokenValue, token_value};

pub(super) fn declare(library: &mut Library) {
    library.enumeration("Newtonsoft.Json.Formatting", &[("None", 0), ("Indented", 1)]);
    library.enumeration(
        "Newtonsoft.Json.Linq.MergeArrayHandling",
        &[("Concat", 0), ("Union", 1), ("Replace", 2), ("Merge", 3)],
    );
    library.flags("Newtonsoft.Json.Linq.MergeNullValueHandling", &[("Ignore", 0), ("Merge", 1)]);
    token::declare(library);
    cast::declare(library);
    container::declare(library);
    object::declare(library);
    array::declare(library);
    value::declare(library);
    extensions::declare(library);
    convert::declare(library);
}

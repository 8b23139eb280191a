//! `System.Uri`, `System.Net.WebUtility` and `System.Net.IPAddress`.
//!
//! What must hold: a [`Uri`] never changes the text it was made of ([`Uri::original_string`]); everything else is derived from it as
//! .NET 8 does on Linux: a text that starts with `/` is a file where an absolute URI is demanded, and a relative reference elsewhere.

mod authority;
mod combine;
mod escape;
mod idn;
mod ip_address;
mod limits;
mod parse;
mod path;
mod uri_type;
mod web_utility;
mod well_formed;

pub use authority::{HostNameType, check_host_name};
pub(crate) use escape::is_outside_escapes;
pub use escape::{escape_data_string, escape_uri_string, unescape_data_string};
pub use ip_address::{AddressFamily, IpAddress};
pub use parse::check_scheme_name;
pub use uri_type::{Uri, UriKind, UriPartial};
pub use web_utility::{html_decode, html_encode, url_decode, url_encode};
pub use well_formed::is_well_formed_uri_string;

//! The closed world of expressions: every class and member that code may use (apim.md §3.2–3.4), each with its C# signature and the native
//! function behind it.
//!
//! A file of this folder declares a few related classes in a function `declare(library: &mut Library)`, listed in [`Library::new`]:
//!
//! ```text
//! pub(super) fn declare(library: &mut Library) {
//!     library.declare("sealed class System.Text.StringBuilder")
//!         .constructor("(string value)", |call| …)
//!         .getter("int Length", |call| …)
//!         .setter("int Length", |call| …)
//!         .method("StringBuilder Append(string value)", append)
//!         .method("static string Join<T>(string separator, IEnumerable<T> values)", join)
//!         .method("bool TryParse(string text, out int result)", try_parse)
//!         .indexer("char this[int index]", |call| …)
//!         .operator("static implicit operator JToken(string value)", |call| …)
//!         .operator("static bool operator ==(TimeSpan left, TimeSpan right)", |call| …);
//!     library.enumeration("System.DateTimeKind", &[("Unspecified", 0), ("Utc", 1), ("Local", 2)]);
//! }
//! ```
//!
//! Signatures are read like C#: `params`, `out`, defaults, `this` in front of the first parameter of an extension method, type parameters,
//! nullable types, arrays, tuples, delegates. Types are written by their simple name. What must hold: every signature resolves (a test
//! resolves all of them), and a native never panics, whatever the arguments, as long as they are of the declared types.

mod array_class;
mod bit_converter;
mod boolean;
mod character;
pub(crate) mod collections;
pub(super) mod compare;
pub(crate) mod comparers;
pub(crate) mod context;
mod convert;
mod convert_overloads;
mod core;
mod credentials;
mod cryptography;
pub(crate) mod dates;
mod declare;
mod defaults;
mod encoding;
mod encoding_buffers;
mod enum_class;
mod exception;
mod filling;
mod fixed_list;
mod float_functions;
pub(crate) mod guid;
mod ip_address;
pub(crate) mod json;
mod linq;
mod math;
mod number_creation;
mod number_statics;
mod numbers;
mod object;
pub(crate) mod pair;
mod pieces;
mod random;
mod regex;
mod signature;
mod string;
mod string_builder;
mod string_io;
mod token;
pub(super) mod tuple_class;
mod type_class;
pub(crate) mod uri;
mod values;
mod web_utility;
pub(crate) mod xml;
mod xml_document;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, OnceLock};

use super::native::Native;
use super::types::{Number, Type};

pub(in crate::expression) use collections::enumerator::iterated;
pub use cryptography::CertificateObject;
pub use declare::ClassBuilder;
pub use token::JwtObject;
pub(crate) use values::{from_number, number as number_of};

/// A class of the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClassId(u16);

impl ClassId {
    /// Its number, for tables.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What kind of type a class is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClassKind {
    /// `class`
    Class,
    /// `static class`: holds members, has no instances.
    Static,
    /// `struct`
    Struct,
    /// `interface`
    Interface,
    /// `enum`
    Enum,
    /// `delegate`: its only member is `Invoke`.
    Delegate,
}

impl ClassKind {
    /// Whether instances are never null.
    #[must_use]
    pub const fn is_value_type(self) -> bool {
        matches!(self, ClassKind::Struct | ClassKind::Enum)
    }
}

/// How a type parameter of an interface or delegate may vary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variance {
    /// Not at all.
    None,
    /// `out`
    Out,
    /// `in`
    In,
}

/// A class, struct, interface, enum or delegate.
#[derive(Debug)]
pub struct Class {
    /// Its number.
    pub id: ClassId,
    /// With namespace, without type parameters: `System.Collections.Generic.List`.
    pub full_name: Box<str>,
    /// Without namespace.
    pub name: Box<str>,
    /// What it is.
    pub kind: ClassKind,
    /// Names and variance of its type parameters.
    pub parameters: Vec<(Box<str>, Variance)>,
    /// Names and values of an enum, in order of declaration.
    pub constants: Vec<(&'static str, i64)>,
    /// `[Flags]`: combinations are printed as a list.
    pub is_flags: bool,
    declared_bases: Vec<String>,
    bases: OnceLock<Vec<Type>>,
    declared_members: Vec<declare::Declared>,
    members: OnceLock<Vec<Member>>,
}

/// What kind of member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberKind {
    /// A method.
    Method,
    /// A constructor.
    Constructor,
    /// Reading of a property or field.
    Getter,
    /// Writing of a property: the value is the last argument.
    Setter,
    /// Reading of an indexer.
    IndexGetter,
    /// Writing of an indexer: the value is the last argument.
    IndexSetter,
    /// An operator; its name is the symbol: `==`, `+`, …
    Operator,
    /// An implicit conversion.
    Implicit,
    /// An explicit conversion.
    Explicit,
}

/// A member with one of its overloads.
#[derive(Debug)]
pub struct Member {
    /// Its name; empty for constructors, conversions and indexers.
    pub name: Box<str>,
    /// What it is.
    pub kind: MemberKind,
    /// No instance goes in front of the arguments.
    pub is_static: bool,
    /// Its first parameter is marked `this`.
    pub is_extension: bool,
    /// Type parameters of its own: they are numbered behind those of the class.
    pub type_parameters: Vec<Box<str>>,
    /// What it takes.
    pub parameters: Vec<Parameter>,
    /// What it gives.
    pub returns: Type,
    /// What it does.
    pub native: Native,
    /// Its type arguments have to be numbers or `char`: `where T : INumberBase<T>`.
    pub takes_numbers: bool,
    /// It is left out where another one of its name takes the arguments, too: `[OverloadResolutionPriority(-1)]`.
    pub yields: bool,
    /// As declared, for documentation and messages.
    pub signature: &'static str,
}

/// A parameter.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its name, for named arguments.
    pub name: Box<str>,
    /// Its type.
    pub of: Type,
    /// `out`: the native sets it with [`Call::set_out`](super::native::Call::set_out).
    pub is_out: bool,
    /// `params`: the type is an array and takes all further arguments.
    pub is_params: bool,
    /// Value if it is left out.
    pub default: Option<Constant>,
}

/// A constant, as it stands in compiled code and in defaults of parameters.
#[derive(Debug, Clone, PartialEq)]
pub enum Constant {
    /// `null`
    Null,
    /// `bool`
    Bool(bool),
    /// `char`
    Char(u16),
    /// Any integer type but `char`; within the range of its type.
    Integer(Number, i128),
    /// `float`
    Float(f32),
    /// `double`
    Double(f64),
    /// `decimal`
    Decimal(postern_dotnet::Decimal),
    /// `string`
    String(postern_dotnet::Text),
    /// A value of an enum.
    Enum(ClassId, i64),
}

/// All classes.
#[derive(Debug)]
pub struct Library {
    classes: Vec<Class>,
    /// By full name and by simple name, each with the number of type parameters. Simple names may be ambiguous.
    by_name: HashMap<(Box<str>, usize), Vec<ClassId>>,
}

/// The library; built when first asked for.
#[must_use]
pub fn get() -> &'static Library {
    static LIBRARY: LazyLock<Library> = LazyLock::new(Library::new);
    &LIBRARY
}

impl Library {
    /// Declares everything. One line per file, in alphabetical order.
    fn new() -> Library {
        let mut library = Library { classes: Vec::new(), by_name: HashMap::new() };
        core::declare(&mut library);
        array_class::declare(&mut library);
        bit_converter::declare(&mut library);
        boolean::declare(&mut library);
        character::declare(&mut library);
        collections::declare(&mut library);
        comparers::declare(&mut library);
        context::declare(&mut library);
        convert::declare(&mut library);
        convert_overloads::declare(&mut library);
        credentials::declare(&mut library);
        cryptography::declare(&mut library);
        dates::declare(&mut library);
        encoding::declare(&mut library);
        encoding_buffers::declare(&mut library);
        enum_class::declare(&mut library);
        exception::declare(&mut library);
        float_functions::declare(&mut library);
        guid::declare(&mut library);
        ip_address::declare(&mut library);
        json::declare(&mut library);
        linq::declare(&mut library);
        math::declare(&mut library);
        number_creation::declare(&mut library);
        number_statics::declare(&mut library);
        numbers::declare(&mut library);
        object::declare(&mut library);
        pair::declare(&mut library);
        random::declare(&mut library);
        regex::declare(&mut library);
        string::declare(&mut library);
        string_builder::declare(&mut library);
        string_io::declare(&mut library);
        token::declare(&mut library);
        tuple_class::declare(&mut library);
        type_class::declare(&mut library);
        uri::declare(&mut library);
        web_utility::declare(&mut library);
        xml::declare(&mut library);
        xml_document::declare(&mut library);
        library
    }

    /// A class by its number.
    #[must_use]
    pub fn class(&self, id: ClassId) -> &Class {
        // Numbers come from this library only, so they are in range; the first class stands in otherwise.
        self.classes.get(usize::from(id.0)).unwrap_or(&self.classes[0])
    }

    /// All classes, in order of declaration.
    pub fn classes(&self) -> impl Iterator<Item = &Class> {
        self.classes.iter()
    }

    /// A class by its full name and number of type parameters.
    #[must_use]
    pub fn class_by_full_name(&self, full_name: &str, arity: usize) -> Option<ClassId> {
        let found = self.by_name.get(&(full_name.into(), arity))?;
        found.iter().copied().find(|id| &*self.class(*id).full_name == full_name)
    }

    /// Classes with this simple or full name: more than one if a simple name is ambiguous.
    #[must_use]
    pub fn classes_named(&self, name: &str, arity: usize) -> &[ClassId] {
        self.by_name.get(&(name.into(), arity)).map_or(&[], |found| found)
    }

    /// Whether a class with another number of type parameters, or a namespace, begins with `name`.
    #[must_use]
    pub fn is_namespace(&self, name: &str) -> bool {
        self.classes.iter().any(|class| class.full_name.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
    }

    /// The type a class name stands for: `System.String` is `string`, `System.Int32` is `int`.
    #[must_use]
    pub fn type_of(&self, id: ClassId, arguments: Arc<[Type]>) -> Type {
        let class = self.class(id);
        match (&*class.full_name, &*arguments) {
            ("System.Object", []) => Type::Object,
            ("System.String", []) => Type::String,
            ("System.Boolean", []) => Type::Bool,
            ("System.Char", []) => Type::Char,
            ("System.Void", []) => Type::Void,
            ("System.Nullable", [element]) => Type::nullable_of(element.clone()),
            ("System.ValueTuple", items) if items.len() > 1 => Type::Tuple(arguments),
            (name, []) => match name.strip_prefix("System.") {
                Some(short) => match Number::ALL.into_iter().find(|number| number.name() == short) {
                    Some(number) => Type::Number(number),
                    None => Type::Class(id, arguments),
                },
                None => Type::Class(id, arguments),
            },
            _ => Type::Class(id, arguments),
        }
    }

    /// The class that holds the members of a type, with its type arguments: `System.String` for `string`, `System.Array` for arrays.
    #[must_use]
    pub fn class_of(&self, of: &Type) -> Option<(&Class, Arc<[Type]>)> {
        let plain = |name: &str| Some((self.class(self.class_by_full_name(name, 0)?), Arc::default()));
        match of {
            Type::Object | Type::Dynamic | Type::Anonymous(_) => plain("System.Object"),
            Type::Bool => plain("System.Boolean"),
            Type::Char => plain("System.Char"),
            Type::String => plain("System.String"),
            Type::Number(number) => plain(&format!("System.{}", number.name())),
            Type::Array(..) => plain("System.Array"),
            Type::Nullable(element) => {
                let id = self.class_by_full_name("System.Nullable", 1)?;
                Some((self.class(id), Arc::from([(**element).clone()])))
            }
            Type::Class(id, arguments) => Some((self.class(*id), Arc::clone(arguments))),
            Type::Tuple(items) => {
                let id = self.class_by_full_name("System.ValueTuple", items.len())?;
                Some((self.class(id), Arc::clone(items)))
            }
            Type::Void | Type::Null | Type::Parameter(_) => None,
        }
    }
}

impl Class {
    /// Base class and interfaces as declared (not those of the bases), in terms of its type parameters.
    pub fn bases(&self) -> &[Type] {
        self.bases.get_or_init(|| {
            let names = self.parameters.iter().map(|(name, _)| &**name).collect::<Vec<_>>();
            self.declared_bases.iter().filter_map(|base| signature::read_type(base, &names).ok()).collect()
        })
    }

    /// Its own members, not those of its bases. Types are in terms of the class's and the member's type parameters.
    pub fn members(&self) -> &[Member] {
        self.members.get_or_init(|| {
            self.declared_members.iter().filter_map(|declared| signature::read_member(self, declared).ok()).collect()
        })
    }

    /// Its own members of a name.
    pub fn members_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Member> {
        self.members().iter().filter(move |member| &*member.name == name)
    }
}

/// The full name of a type as `Type.FullName` and the default `ToString()` give it, roughly: with namespaces and type arguments.
#[must_use]
pub fn full_name(of: &Type) -> String {
    match of {
        Type::Array(element, rank) => {
            format!("{}[{}]", full_name(element), ",".repeat(usize::from(rank.saturating_sub(1))))
        }
        Type::Class(id, arguments) if !arguments.is_empty() => {
            let list = arguments.iter().map(full_name).collect::<Vec<_>>().join(",");
            format!("{}`{}[{list}]", get().class(*id).full_name, arguments.len())
        }
        Type::Tuple(items) => {
            let list = items.iter().map(full_name).collect::<Vec<_>>().join(",");
            format!("System.ValueTuple`{}[{list}]", items.len())
        }
        other => match get().class_of(other) {
            Some((class, _)) => class.full_name.to_string(),
            None => other.to_string(),
        },
    }
}

#[cfg(test)]
mod documentation;
#[cfg(test)]
mod evaluated_tests;
#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod native_tests;
#[cfg(test)]
mod natives_tests;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod world_tests;

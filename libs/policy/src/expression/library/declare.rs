//! How classes get into the library: names at once, signatures as text that is read when first needed.

use std::sync::OnceLock;

use super::{Class, ClassId, ClassKind, Library, MemberKind, Variance};
use crate::expression::native::{Call, Native};
use crate::expression::value::Value;

/// A member before its signature is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Declared {
    pub(super) kind: MemberKind,
    pub(super) signature: &'static str,
    pub(super) native: Native,
}

/// Adds members to one class.
#[derive(Debug)]
pub struct ClassBuilder<'l> {
    class: &'l mut Class,
}

impl Library {
    /// Declares a class by its header: `sealed class System.Collections.Generic.List<T> : IList<T>`; also `static class`, `struct`,
    /// `interface System.Func<in T, out TResult>`. Declaring it again adds members to it.
    pub fn declare(&mut self, header: &'static str) -> ClassBuilder<'_> {
        let (kind, name, bases) = split_header(header);
        let (full_name, parameters) = split_parameters(name);
        let id = match self.class_by_full_name(full_name, parameters.len()) {
            Some(id) => id,
            None => self.add(kind, full_name, parameters, bases),
        };
        ClassBuilder { class: &mut self.classes[usize::from(id.0)] }
    }

    /// Declares an enum with names and values.
    pub fn enumeration(&mut self, full_name: &'static str, constants: &[(&'static str, i64)]) {
        let id = self.add(ClassKind::Enum, full_name, Vec::new(), Vec::new());
        self.classes[usize::from(id.0)].constants = constants.to_vec();
    }

    /// Declares an enum whose values are combined.
    pub fn flags(&mut self, full_name: &'static str, constants: &[(&'static str, i64)]) {
        self.enumeration(full_name, constants);
        if let Some(class) = self.classes.last_mut() {
            class.is_flags = true;
        }
    }

    /// Declares a delegate: `System.Func<in T, out TResult>` with the signature `TResult Invoke(T arg)`.
    pub fn delegate(&mut self, name: &'static str, invoke: &'static str) {
        let (full_name, parameters) = split_parameters(name);
        let id = self.add(ClassKind::Delegate, full_name, parameters, Vec::new());
        let builder = ClassBuilder { class: &mut self.classes[usize::from(id.0)] };
        builder.method(invoke, |call| {
            // They stay where they are: the call may pause.
            let Call { machine, arguments, .. } = call;
            match arguments.split_first() {
                Some((delegate, arguments)) => machine.invoke_in_turns(delegate, arguments),
                None => Ok(Value::Null),
            }
        });
    }

    /// Declares an exception class by its full name and that of its base.
    pub(super) fn exception(&mut self, full_name: &str, base: Option<&str>) {
        let base = base.map(|base| base.rsplit('.').next().unwrap_or(base).to_owned());
        self.add(ClassKind::Class, full_name, Vec::new(), base.into_iter().collect());
    }

    fn add(
        &mut self,
        kind: ClassKind,
        full_name: &str,
        parameters: Vec<(Box<str>, Variance)>,
        declared_bases: Vec<String>,
    ) -> ClassId {
        let id = ClassId(u16::try_from(self.classes.len()).unwrap_or(u16::MAX));
        let name = full_name.rsplit('.').next().unwrap_or(full_name);
        for key in [full_name, name] {
            self.by_name.entry((key.into(), parameters.len())).or_default().push(id);
        }
        self.classes.push(Class {
            id,
            full_name: full_name.into(),
            name: name.into(),
            kind,
            parameters,
            constants: Vec::new(),
            is_flags: false,
            declared_bases,
            bases: OnceLock::new(),
            declared_members: Vec::new(),
            members: OnceLock::new(),
        });
        id
    }
}

impl ClassBuilder<'_> {
    /// A method: `static string Join<T>(string separator, IEnumerable<T> values)`. An instance method gets `this` as its first argument,
    /// never null.
    pub fn method(self, signature: &'static str, native: Native) -> Self {
        self.add(MemberKind::Method, signature, native)
    }

    /// A constructor: `(string value, int capacity = 16)`.
    pub fn constructor(self, signature: &'static str, native: Native) -> Self {
        self.add(MemberKind::Constructor, signature, native)
    }

    /// A property or field: `int Length`, `static string Empty`.
    pub fn getter(self, signature: &'static str, native: Native) -> Self {
        self.add(MemberKind::Getter, signature, native)
    }

    /// Writing of a property; the value is the argument behind `this`.
    pub fn setter(self, signature: &'static str, native: Native) -> Self {
        self.add(MemberKind::Setter, signature, native)
    }

    /// An indexer: `char this[int index]`.
    pub fn indexer(self, signature: &'static str, native: Native) -> Self {
        self.add(MemberKind::IndexGetter, signature, native)
    }

    /// Writing through an indexer; the value is the last argument.
    pub fn index_setter(self, signature: &'static str, native: Native) -> Self {
        self.add(MemberKind::IndexSetter, signature, native)
    }

    /// An operator (`static bool operator ==(T a, T b)`) or conversion (`static implicit operator JToken(string value)`).
    pub fn operator(self, signature: &'static str, native: Native) -> Self {
        let kind = if signature.contains(" implicit ") {
            MemberKind::Implicit
        } else if signature.contains(" explicit ") {
            MemberKind::Explicit
        } else {
            MemberKind::Operator
        };
        self.add(kind, signature, native)
    }

    fn add(self, kind: MemberKind, signature: &'static str, native: Native) -> Self {
        self.class.declared_members.push(Declared { kind, signature, native });
        self
    }
}

/// Kind, name with type parameters, bases.
fn split_header(header: &str) -> (ClassKind, &str, Vec<String>) {
    let (head, bases) = header.split_once(" : ").unwrap_or((header, ""));
    let name = head.rfind(' ').filter(|_| !head.contains('<')).map_or_else(
        || head.find('<').and_then(|open| head[..open].rfind(' ')).map_or(0, |space| space + 1),
        |space| space + 1,
    );
    let (words, name) = head.split_at(name);
    let has = |word: &str| words.split(' ').any(|found| found == word);
    let kind = if has("interface") {
        ClassKind::Interface
    } else if has("struct") {
        ClassKind::Struct
    } else if has("static") {
        ClassKind::Static
    } else {
        ClassKind::Class
    };
    (kind, name, split_list(bases))
}

/// `Name<in T, out U>` into the name and its parameters.
fn split_parameters(name: &str) -> (&str, Vec<(Box<str>, Variance)>) {
    let Some((name, list)) = name.split_once('<') else { return (name, Vec::new()) };
    let parameters = list.trim_end_matches('>').split(',').map(|parameter| {
        let parameter = parameter.trim();
        match (parameter.strip_prefix("in "), parameter.strip_prefix("out ")) {
            (Some(name), _) => (name.into(), Variance::In),
            (_, Some(name)) => (name.into(), Variance::Out),
            _ => (parameter.into(), Variance::None),
        }
    });
    (name, parameters.collect())
}

/// Cuts at the commas that are not inside brackets.
fn split_list(text: &str) -> Vec<String> {
    let mut items = Vec::new();
    let (mut depth, mut start) = (0_i32, 0);
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'<' => depth += 1,
            b'>' => depth -= 1,
            b',' if depth == 0 => {
                items.push(text[start..index].trim().to_owned());
                start = index + 1;
            }
            _ => {}
        }
    }
    let last = text[start..].trim();
    if !last.is_empty() {
        items.push(last.to_owned());
    }
    items
}

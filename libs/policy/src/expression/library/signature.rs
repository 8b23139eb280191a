//! Reads the C# signatures of declarations.

use std::sync::Arc;

use postern_dotnet::Text;

use super::declare::Declared;
use super::{Class, Constant, Member, MemberKind, Parameter, get};
use crate::expression::types::{Number, Type};

/// What is wrong with a signature: a mistake in the library, found by its tests.
pub(super) type SignatureError = String;

/// Reads a type; `parameters` are the type parameters in scope.
pub(super) fn read_type(text: &str, parameters: &[&str]) -> Result<Type, SignatureError> {
    let mut reader = Reader::new(text, parameters.iter().map(|name| (*name).to_owned()).collect());
    let of = reader.type_()?;
    reader.end()?;
    Ok(of)
}

/// Reads a member of a class.
pub(super) fn read_member(class: &Class, declared: &Declared) -> Result<Member, SignatureError> {
    let parameters = class.parameters.iter().map(|(name, _)| name.to_string()).collect();
    let mut reader = Reader::new(declared.signature, parameters);
    let member = reader.member(class, declared).map_err(|error| format!("{}: {error}", declared.signature))?;
    reader.end().map_err(|error| format!("{}: {error}", declared.signature))?;
    Ok(member)
}

struct Reader<'t> {
    rest: &'t str,
    /// Type parameters in scope, those of the class first.
    parameters: Vec<String>,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str, parameters: Vec<String>) -> Reader<'t> {
        Reader { rest: text.trim(), parameters }
    }

    fn end(&self) -> Result<(), SignatureError> {
        if self.rest.is_empty() { Ok(()) } else { Err(format!("unread: `{}`", self.rest)) }
    }

    fn eat(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, token: &str) -> Result<(), SignatureError> {
        if self.eat(token) { Ok(()) } else { Err(format!("`{token}` expected at `{}`", self.rest)) }
    }

    /// A word that is not the beginning of a longer one.
    fn eat_word(&mut self, word: &str) -> bool {
        let behind = self.rest.strip_prefix(word);
        if behind.is_some_and(|rest| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_')) {
            return self.eat(word);
        }
        false
    }

    fn name(&mut self) -> Result<&'t str, SignatureError> {
        let end = self
            .rest
            .find(|next: char| !next.is_alphanumeric() && next != '_' && next != '@')
            .unwrap_or(self.rest.len());
        if end == 0 {
            return Err(format!("name expected at `{}`", self.rest));
        }
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest.trim_start();
        Ok(name.trim_start_matches('@'))
    }

    fn type_(&mut self) -> Result<Type, SignatureError> {
        let mut of = if self.eat("(") { self.tuple()? } else { self.named_type()? };
        loop {
            if self.eat("?") {
                if of.is_value_type() || matches!(of, Type::Parameter(_)) {
                    of = Type::nullable_of(of);
                }
            } else if self.eat("[") {
                let mut rank = 1;
                while self.eat(",") {
                    rank += 1;
                }
                self.expect("]")?;
                of = Type::Array(Arc::new(of), rank);
            } else {
                return Ok(of);
            }
        }
    }

    fn tuple(&mut self) -> Result<Type, SignatureError> {
        let mut items = Vec::new();
        loop {
            items.push(self.type_()?);
            if !self.rest.starts_with([',', ')']) {
                self.name()?;
            }
            if !self.eat(",") {
                break;
            }
        }
        self.expect(")")?;
        Ok(Type::Tuple(items.into()))
    }

    fn named_type(&mut self) -> Result<Type, SignatureError> {
        let name = self.name()?;
        if let Some(index) = self.parameters.iter().position(|parameter| parameter == name) {
            return Ok(Type::Parameter(u8::try_from(index).unwrap_or(u8::MAX)));
        }
        if let Some(of) = keyword(name) {
            return Ok(of);
        }
        let mut arguments = Vec::new();
        if self.eat("<") {
            loop {
                arguments.push(self.type_()?);
                if !self.eat(",") {
                    break;
                }
            }
            self.expect(">")?;
        }
        match get().classes_named(name, arguments.len()) {
            [id] => Ok(get().type_of(*id, arguments.into())),
            [] => Err(format!("unknown type `{name}`")),
            _ => Err(format!("ambiguous type `{name}`")),
        }
    }

    fn member(&mut self, class: &Class, declared: &Declared) -> Result<Member, SignatureError> {
        let own = get().type_of(class.id, (0..class.parameters.len()).map(parameter).collect());
        let yields = self.eat(YIELDS);
        let is_static = self.eat_word("static");
        let mut member = Member {
            name: Box::default(),
            kind: declared.kind,
            is_static,
            is_extension: false,
            type_parameters: Vec::new(),
            parameters: Vec::new(),
            returns: Type::Void,
            native: declared.native,
            takes_numbers: false,
            yields,
            signature: declared.signature.trim_start_matches(YIELDS).trim_start(),
        };
        match declared.kind {
            MemberKind::Constructor => {
                member.returns = own;
                member.is_static = true;
                self.parameter_list(&mut member, "(", ")")?;
            }
            MemberKind::Getter | MemberKind::Setter => {
                member.returns = self.type_()?;
                member.name = self.name()?.into();
            }
            MemberKind::IndexGetter | MemberKind::IndexSetter => {
                member.returns = self.type_()?;
                self.expect("this")?;
                self.parameter_list(&mut member, "[", "]")?;
            }
            MemberKind::Operator => {
                member.returns = self.type_()?;
                self.expect("operator")?;
                let (symbol, rest) = self.rest.split_at(self.rest.find('(').unwrap_or(self.rest.len()));
                member.name = symbol.trim().into();
                self.rest = rest;
                self.parameter_list(&mut member, "(", ")")?;
            }
            MemberKind::Implicit | MemberKind::Explicit => {
                if !self.eat_word("implicit") {
                    self.expect("explicit")?;
                }
                self.expect("operator")?;
                member.returns = self.type_()?;
                self.parameter_list(&mut member, "(", ")")?;
            }
            MemberKind::Method => self.method(&mut member)?,
        }
        member.takes_numbers = self.constraint()?;
        if matches!(declared.kind, MemberKind::Setter | MemberKind::IndexSetter) {
            let of = std::mem::replace(&mut member.returns, Type::Void);
            member.parameters.push(Parameter {
                name: "value".into(),
                of,
                is_out: false,
                is_params: false,
                default: None,
            });
        }
        Ok(member)
    }

    /// `T Name<T>(…)`: what it returns may be one of its own type parameters, so those are looked for first.
    fn method(&mut self, member: &mut Member) -> Result<(), SignatureError> {
        // The last list in brackets is that of the parameters; those before are tuples in the result.
        let list = self.rest.split_once(" where ").map_or(self.rest, |(before, _)| before);
        let head = list.split_at(parameters_open(list).unwrap_or(list.len())).0.trim_end();
        if head.ends_with('>')
            && let Some(open) = matching_open(head)
        {
            let names = head[open + 1..head.len() - 1].split(',').map(|name| name.trim().to_owned());
            // `List<T> Name(…)` ends with `>` only if the method itself has type parameters.
            self.parameters.extend(names.clone());
            member.type_parameters = names.map(String::into_boxed_str).collect();
        }
        member.returns = self.type_()?;
        member.name = self.name()?.into();
        if !member.type_parameters.is_empty() {
            let end = self.rest.find('>').ok_or("`>` expected")?;
            self.rest = self.rest[end + 1..].trim_start();
        }
        self.parameter_list(member, "(", ")")
    }

    /// `where T : INumberBase<T>`, the only constraint that code could violate unnoticed.
    fn constraint(&mut self) -> Result<bool, SignatureError> {
        if !self.eat_word("where") {
            return Ok(false);
        }
        let of = self.name()?;
        self.expect(":")?;
        self.expect("INumberBase")?;
        self.expect("<")?;
        self.expect(of)?;
        self.expect(">")?;
        Ok(true)
    }

    fn parameter_list(&mut self, member: &mut Member, open: &str, close: &str) -> Result<(), SignatureError> {
        self.expect(open)?;
        while !self.eat(close) {
            if member.parameters.is_empty() && self.eat_word("this") {
                member.is_extension = true;
            }
            // What a `ref` parameter refers to goes in as its value and comes out as that of an `out` parameter does.
            let is_out = self.eat_word("out") || self.eat_word("ref");
            let is_params = self.eat_word("params");
            let of = self.type_()?;
            let name = self.name()?.into();
            let default = if self.eat("=") { Some(self.constant(&of)?) } else { None };
            member.parameters.push(Parameter { name, of, is_out, is_params, default });
            if !self.eat(",") && !self.rest.starts_with(close) {
                return Err(format!("`{close}` expected at `{}`", self.rest));
            }
        }
        Ok(())
    }

    /// A default: `null`, `true`, `false`, a whole number, `"text"`, `Enum.Name`, `default`.
    fn constant(&mut self, of: &Type) -> Result<Constant, SignatureError> {
        if let Some(text) = self.rest.strip_prefix('"') {
            let end = text.find('"').ok_or("`\"` expected")?;
            self.rest = text[end + 1..].trim_start();
            return Ok(Constant::String(Text::new(&text[..end])));
        }
        let is_negative = self.eat("-");
        let word = self.name()?;
        match (word, of) {
            ("null" | "default", _) => Ok(Constant::Null),
            ("true", _) => Ok(Constant::Bool(true)),
            ("false", _) => Ok(Constant::Bool(false)),
            (_, Type::Class(id, _)) => {
                self.expect(".")?;
                let name = self.name()?;
                let constants = &get().class(*id).constants;
                let (_, value) =
                    constants.iter().find(|(known, _)| *known == name).ok_or_else(|| format!("no {name}"))?;
                Ok(Constant::Enum(*id, *value))
            }
            (digits, Type::Number(number)) => {
                let value: i128 = digits.parse().map_err(|_| format!("number expected: {digits}"))?;
                Ok(Constant::Integer(*number, if is_negative { -value } else { value }))
            }
            _ => Err(format!("constant expected: {word}")),
        }
    }
}

/// In front of a member that is left out where another one of its name takes the arguments, too.
const YIELDS: &str = "[OverloadResolutionPriority(-1)]";

/// The bracket that belongs to the one at the end.
fn parameters_open(text: &str) -> Option<usize> {
    let mut depth = 0_i32;
    text.bytes().enumerate().rev().find_map(|(index, byte)| {
        depth += i32::from(byte == b')') - i32::from(byte == b'(');
        (depth == 0).then_some(index)
    })
}

fn parameter(index: usize) -> Type {
    Type::Parameter(u8::try_from(index).unwrap_or(u8::MAX))
}

/// The `<` that belongs to the `>` at the end.
fn matching_open(text: &str) -> Option<usize> {
    let mut depth = 0_i32;
    for (index, byte) in text.bytes().enumerate().rev() {
        match byte {
            b'>' => depth += 1,
            b'<' => {
                depth -= 1;
                if depth == 0 {
                    return Some(index);
                }
            }
            _ => {}
        }
    }
    None
}

fn keyword(name: &str) -> Option<Type> {
    Some(match name {
        "void" => Type::Void,
        "object" => Type::Object,
        "dynamic" => Type::Dynamic,
        "bool" => Type::Bool,
        "char" => Type::Char,
        "string" => Type::String,
        _ => Type::Number(Number::ALL.into_iter().find(|number| number.keyword() == name)?),
    })
}

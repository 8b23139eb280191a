//! What an element says of itself (`xsi:type`, `xsi:nil`), and its value when it ends.

use postern_dotnet::Text;
use postern_dotnet::xml::XName;

use super::{Checker, Frame, Mode, State, is_any, message};
use crate::component::{Content, Derivations, ElementDecl, Given, Type, TypeId};
use crate::document::{ElementIndex, Place};
use crate::simple::builtin::Builtin;
use crate::simple::value::Value;
use crate::simple::{SimpleType, Typed, Variety, shortened};

/// The namespace of `xsi:type` and its kin.
pub(super) const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

impl Checker<'_> {
    fn xsi(&self, index: ElementIndex, local: &str) -> Option<&Text> {
        let attributes = self.document.attributes(index);
        let is_it = |name: &XName| name.namespace() == XSI && name.local() == local;
        attributes.iter().find(|attribute| is_it(&attribute.name)).map(|attribute| &attribute.value)
    }

    /// Whether an element says a type that there is.
    pub(super) fn says_type(&self, index: ElementIndex) -> bool {
        self.xsi(index, "type").is_some_and(|name| self.type_of(name).is_some())
    }

    fn type_of(&self, name: &str) -> Option<TypeId> {
        let (prefix, local) = name.trim().split_once(':').unwrap_or(("", name.trim()));
        let namespace = self.namespace(prefix).or_else(|| prefix.is_empty().then(Text::default))?;
        self.schemas.global_types.get(&XName::new(&namespace, local).ok()?).copied()
    }

    /// Sees to `xsi:nil`, `xsi:type` and what is abstract, in .NET's order.
    pub(super) fn describe(&mut self, frame: &mut Frame, name: &XName, place: Place) {
        let declaration = frame.declaration.and_then(|id| self.schemas.element(id));
        self.say_nil(frame, declaration, place);
        if self.xsi(frame.index, "type").is_some() {
            return self.say_type(frame, declaration, name, place);
        }
        let Mode::Checked(of) = frame.mode else { return };
        let is_abstract = declaration.is_some_and(|declaration| declaration.is_abstract)
            || self.schemas.complex(of).is_some_and(|complex| complex.is_abstract);
        if is_abstract {
            frame.mode = Mode::Skip;
            let shown = message::qualified(name);
            self.wrong(place, format!("The element '{shown}' is abstract or its type is abstract."));
        }
    }

    fn say_nil(&mut self, frame: &mut Frame, declaration: Option<&ElementDecl>, place: Place) {
        let Some(nil) = self.xsi(frame.index, "nil").map(|nil| nil.trim().to_owned()) else { return };
        let is_fixed = declaration.is_some_and(|declaration| matches!(declaration.given, Some(Given::Fixed(_))));
        match nil.as_str() {
            "true" | "1" | "false" | "0" if declaration.is_some_and(|declaration| !declaration.nillable) => {
                self.wrong(place, "If the 'nillable' attribute is false in the schema, the 'xsi:nil' attribute must not be present in the instance.");
            }
            "true" | "1" => {
                frame.nil = true;
                if is_fixed {
                    self.wrong(
                        place,
                        "There must be no fixed value when an attribute is 'xsi:nil' and has a value of 'true'.",
                    );
                }
            }
            "false" | "0" => {}
            other => {
                let shown = shortened(other);
                self.wrong(place, format!("The string '{shown}' is not a valid Boolean value."));
            }
        }
    }

    fn say_type(&mut self, frame: &mut Frame, declaration: Option<&ElementDecl>, name: &XName, place: Place) {
        let Some(said) = self.xsi(frame.index, "type").cloned() else { return };
        // What has a wrong type is not looked at.
        let declared = std::mem::replace(&mut frame.mode, Mode::Skip);
        let prefix = said.split_once(':').map(|(prefix, _)| prefix.trim().to_owned());
        if let Some(prefix) = prefix.filter(|prefix| self.namespace(prefix).is_none()) {
            let (said, prefix) = (shortened(&said), shortened(&prefix));
            return self.wrong(place, format!("The attribute 'type' has an invalid value '{said}' according to its schema type 'QName' - '{prefix}' is an undeclared prefix."));
        }
        let Some(of) = self.type_of(&said) else {
            let (prefix, local) = said.trim().split_once(':').unwrap_or(("", said.trim()));
            let namespace = self.namespace(prefix).filter(|namespace| !namespace.is_empty());
            let shown = namespace.map_or(local.to_owned(), |namespace| format!("{namespace}:{local}"));
            let shown = shortened(&shown);
            return self.wrong(place, format!("This is an invalid xsi:type '{shown}'."));
        };
        if let Some(complex) = self.schemas.complex(of).filter(|complex| complex.is_abstract) {
            let shown = complex.name.as_ref().map(message::qualified).unwrap_or_default();
            return self.wrong(place, format!("The xsi:type '{shown}' cannot be abstract."));
        }
        if let Mode::Checked(declared) = declared {
            let mut blocked = declaration.map(|declaration| declaration.block).unwrap_or_default();
            if let Some(complex) = self.schemas.complex(declared) {
                blocked = Derivations {
                    extension: blocked.extension || complex.block.extension,
                    restriction: blocked.restriction || complex.block.restriction,
                    substitution: false,
                };
            }
            if !is_any(declared) && !self.schemas.derives(of, declared, blocked) {
                let shown = match self.schemas.types.get(of.0 as usize) {
                    Some(Type::Complex(complex)) => complex.name.as_ref().map(message::qualified),
                    Some(Type::Simple(simple)) => simple.name.as_ref().map(message::qualified),
                    None => None,
                };
                let shown = shown.unwrap_or_else(|| said.to_string());
                let element = message::qualified(name);
                return self.wrong(place, format!("The xsi:type attribute value '{shown}' is not valid for the element '{element}', either because it is not a type validly derived from the type in the schema, or because it has xsi:type derivation blocked."));
            }
        }
        frame.mode = Mode::Checked(of);
    }

    pub(super) fn end(&mut self, index: ElementIndex) {
        let Some(frame) = self.state.frames.pop() else { return };
        let Some(element) = self.document.element(index) else { return };
        let value = self.finish(&frame, &element.name, element.end_place);
        let value = value.filter(|_| self.state.identities.are_used()).map(|(value, shown)| {
            let mut key = String::new();
            value.key(&mut key);
            (key, shown)
        });
        let mut found = Vec::new();
        let State { identities, budget, .. } = &mut *self.state;
        identities.leave(self.schemas, &value, element.end_place, budget, &mut found);
        for (place, message) in found {
            self.wrong(place, message);
        }
        self.undeclare(index);
    }

    /// Checks that nothing is missing; gives the value of an element that has one.
    fn finish(&mut self, frame: &Frame, name: &XName, place: Place) -> Option<(Value, String)> {
        let Mode::Checked(of) = frame.mode else { return None };
        if frame.nil {
            return None;
        }
        let schemas = self.schemas;
        let given = frame.declaration.and_then(|id| schemas.element(id)).and_then(|element| element.given.as_ref());
        let complex_name = schemas.complex(of).map(|complex| complex.name.as_ref());
        let simple = match schemas.types.get(of.0 as usize)? {
            Type::Simple(simple) => simple,
            Type::Complex(complex) => match &complex.content {
                Content::Simple(simple) => schemas.simple(*simple)?,
                Content::Elements(model) => {
                    if !frame.broken && !model.is_complete(&frame.progress) {
                        let mut steps = 0;
                        let expected = message::expected(&model.expected(&frame.progress, true, &mut steps));
                        self.state.budget.take(steps * super::STEPS_PER_CANDIDATE);
                        let shown = message::in_namespace(name);
                        self.wrong(place, format!("The element {shown} has incomplete content.{expected}"));
                    }
                    self.mixed_fixed(frame, given, name, place);
                    return None;
                }
                Content::Empty => {
                    self.mixed_fixed(frame, given, name, place);
                    return None;
                }
            },
        };
        if frame.broken {
            return None;
        }
        let text = match given {
            Some(Given::Default(value) | Given::Fixed(value)) if frame.text.is_empty() => value.as_str(),
            _ => frame.text.as_str(),
        };
        let prefixes = |prefix: &str| self.namespace(prefix);
        match simple.parse(text, self, &prefixes) {
            Ok(typed) => {
                self.fixed(simple, &typed, given, name, place);
                self.identify(simple, &typed, text, place);
                Some((typed.value, text.to_owned()))
            }
            Err(why) => {
                let datatype = match complex_name {
                    Some(Some(name)) => message::qualified(name),
                    // .NET names the code of the type below a complex type without a name.
                    Some(None) => SimpleType { name: None, ..simple.clone() }.shown(self),
                    None => simple.shown(self),
                };
                let (shown, text) = (message::qualified(name), shortened(text));
                self.wrong(place, format!("The '{shown}' element is invalid - The value '{text}' is invalid according to its datatype '{datatype}' - {why}"));
                None
            }
        }
    }

    fn fixed(&mut self, simple: &SimpleType, typed: &Typed, given: Option<&Given>, name: &XName, place: Place) {
        let Some(Given::Fixed(fixed)) = given else { return };
        let prefixes = |prefix: &str| self.namespace(prefix);
        let is_it = simple.parse(fixed, self, &prefixes).is_ok_and(|fixed| fixed.value.is(&typed.value));
        if !is_it {
            let shown = message::qualified(name);
            self.wrong(place, format!("The value of the '{shown}' element does not equal its fixed value."));
        }
    }

    /// A fixed value of mixed content is compared as text.
    fn mixed_fixed(&mut self, frame: &Frame, given: Option<&Given>, name: &XName, place: Place) {
        if let Some(Given::Fixed(fixed)) = given
            && !frame.has_children
            && !frame.text.is_empty()
            && frame.text != fixed.as_str()
        {
            let shown = message::qualified(name);
            self.wrong(place, format!("The value of the '{shown}' element does not equal its fixed value."));
        }
    }

    /// Keeps what `ID` and `IDREF` say.
    pub(super) fn identify(&mut self, simple: &SimpleType, typed: &Typed, text: &str, place: Place) {
        let builtin = match simple.variety {
            Variety::Atomic | Variety::List(_) => typed.builtin,
            Variety::Union(_) => return,
        };
        match builtin {
            Builtin::Id => {
                let id = Text::new(text.trim());
                if !self.state.ids.insert(id.clone()) {
                    let shown = shortened(&id);
                    self.wrong(place, format!("'{shown}' is already used as an ID."));
                }
            }
            Builtin::IdRef => {
                self.state
                    .references
                    .extend(text.split_ascii_whitespace().map(|reference| (Text::new(reference), place)));
            }
            Builtin::Entity => {
                let name = shortened(text.split_ascii_whitespace().next().unwrap_or_default());
                self.wrong(place, format!("Reference to an undeclared entity, '{name}'."));
            }
            _ => {}
        }
    }
}

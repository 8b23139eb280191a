//! Element declarations.

use postern_dotnet::xml::XName;

use super::{Kind, Read, Reader, Spot, Wrong};
use crate::component::{ANY_TYPE, Derivations, ElementDecl, ElementId, Given, TypeId};
use crate::validate::message::qualified;

/// A declaration before it is read.
pub(super) fn blank(name: XName) -> ElementDecl {
    ElementDecl {
        name,
        of: ANY_TYPE,
        nillable: false,
        is_abstract: false,
        given: None,
        block: Derivations::default(),
        head: None,
        constraints: Vec::new(),
    }
}

impl Reader<'_> {
    pub(super) fn global_element(&mut self, name: &XName, spot: Spot) -> Read<()> {
        for wrong in ["minOccurs", "maxOccurs", "ref", "form"] {
            if self.attribute(spot, wrong).is_some() {
                self.wrong(spot, format!("The '{wrong}' attribute cannot be present."));
            }
        }
        let Some(id) = self.global_elements.get(name).copied() else { return Err(Wrong) };
        let mut declaration = self.element_definition(name.clone(), spot)?;
        if let Some(head) = self.reference(spot, "substitutionGroup")? {
            let Some(head) = self.global_elements.get(&head).copied() else {
                let shown = qualified(&head);
                return self.fail(spot, format!("Substitution group refers to '{shown}', an undeclared element."));
            };
            declaration.head = Some(head);
            if !self.has_type(spot) {
                self.untyped.insert(id);
            }
        }
        declaration.is_abstract = self.flag(spot, "abstract");
        if let Some(place) = self.elements.get_mut(id.0 as usize) {
            *place = declaration;
        }
        Ok(())
    }

    fn has_type(&self, spot: Spot) -> bool {
        let is_type = |child: &Spot| matches!(self.local(*child), "simpleType" | "complexType");
        self.attribute(spot, "type").is_some() || self.children(spot).iter().any(is_type)
    }

    /// An element inside a content model: a declaration of its own, or a reference.
    pub(super) fn local_element(&mut self, spot: Spot) -> Read<ElementId> {
        if let Some(name) = self.reference(spot, "ref")? {
            return match self.global_elements.get(&name) {
                Some(id) => Ok(*id),
                None => self.fail(spot, format!("The '{}' element is not declared.", qualified(&name))),
            };
        }
        if let Some(known) = self.local_elements.get(&spot) {
            return Ok(*known);
        }
        let is_qualified = match self.attribute(spot, "form").as_deref() {
            Some("qualified") => true,
            Some("unqualified") => false,
            _ => self.schemas.get(spot.schema).is_some_and(|schema| schema.elements_qualified),
        };
        let namespace = if is_qualified { self.target(spot) } else { postern_dotnet::Text::default() };
        let name = self.name_in(spot, &namespace)?;
        let declaration = self.element_definition(name, spot)?;
        let id = self.add_element(declaration, spot)?;
        self.local_elements.insert(spot, id);
        Ok(id)
    }

    fn element_definition(&mut self, name: XName, spot: Spot) -> Read<ElementDecl> {
        let mut declaration = blank(name);
        declaration.of = self.type_of(spot, ANY_TYPE)?;
        declaration.nillable = self.flag(spot, "nillable");
        declaration.given = self.given(spot);
        declaration.block = self.block(spot);
        for child in self.children(spot) {
            match self.local(child) {
                "simpleType" | "complexType" => {}
                "key" | "unique" | "keyref" => {
                    let id = self.next_constraint();
                    self.constraint(child)?;
                    declaration.constraints.push(id);
                }
                _ => self.unsupported(child),
            }
        }
        Ok(declaration)
    }

    /// The type that `type` names or that stands inside.
    pub(super) fn type_of(&mut self, spot: Spot, without: TypeId) -> Read<TypeId> {
        let inside =
            self.children(spot).into_iter().find(|child| matches!(self.local(*child), "simpleType" | "complexType"));
        match (self.reference(spot, "type")?, inside) {
            (Some(_), Some(inside)) => {
                self.fail(inside, "The type attribute cannot be present with either simpleType or complexType.")
            }
            (Some(name), None) => self.type_named(spot, &name),
            (None, Some(inside)) => self.new_type(inside, None),
            (None, None) => Ok(without),
        }
    }

    pub(super) fn given(&mut self, spot: Spot) -> Option<Given> {
        match (self.raw_attribute(spot, "default"), self.raw_attribute(spot, "fixed")) {
            (Some(_), Some(_)) => {
                self.wrong(spot, "The fixed and default attributes cannot both be present.");
                None
            }
            (Some(value), None) => Some(Given::Default(value)),
            (None, value) => value.map(Given::Fixed),
        }
    }

    /// `block`, or what the schema says for all.
    pub(super) fn block(&self, spot: Spot) -> Derivations {
        let root = self.schemas.get(spot.schema).map(|schema| Spot { schema: spot.schema, node: schema.root });
        let text = self
            .attribute(spot, "block")
            .or_else(|| root.and_then(|root| self.attribute(root, "blockDefault")))
            .unwrap_or_default();
        let has = |word: &str| text.split_ascii_whitespace().any(|known| known == word || known == "#all");
        Derivations { extension: has("extension"), restriction: has("restriction"), substitution: has("substitution") }
    }

    /// Where a global component stands that is referred to at a spot.
    pub(super) fn global(&self, spot: Spot, kind: Kind, name: &XName) -> Option<Spot> {
        self.original(spot, kind, name).or_else(|| self.globals.get(&(kind, name.clone())).copied())
    }
}

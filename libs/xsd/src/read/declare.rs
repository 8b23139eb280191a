//! Declaring: everything that has a name at the top level of a schema gets its place, before anything is read.

use super::{Kind, Reader, Spot, element};

impl Reader<'_> {
    /// Declares everything that has a name in the schemas' top level.
    pub(super) fn declare(&mut self) {
        for schema in 0..self.schemas.len() {
            let Some(root) = self.schemas.get(schema).map(|schema| schema.root) else { continue };
            let children = self.children(Spot { schema, node: root });
            for spot in children {
                match self.local(spot) {
                    "element" => self.declare_one(Kind::Element, spot),
                    "simpleType" | "complexType" => self.declare_one(Kind::Type, spot),
                    "attribute" => self.declare_one(Kind::Attribute, spot),
                    "group" => self.declare_one(Kind::Group, spot),
                    "attributeGroup" => self.declare_one(Kind::AttributeGroup, spot),
                    "include" | "import" | "redefine" | "notation" => {}
                    _ => self.unsupported(spot),
                }
            }
        }
    }

    fn declare_one(&mut self, kind: Kind, spot: Spot) {
        let Ok(name) = self.target_name(spot) else { return };
        let shown = crate::validate::message::qualified(&name);
        if let Some(known) = self.globals.get(&(kind, name.clone())) {
            // The same document may come in by several ways.
            let is_same = self.documents_are_same(*known, spot);
            if !is_same {
                let what = match kind {
                    Kind::Element => "global element",
                    Kind::Type if self.local(spot) == "simpleType" => "simpleType",
                    Kind::Type => "complexType",
                    Kind::Attribute => "global attribute",
                    Kind::Group => "group",
                    Kind::AttributeGroup => "attributeGroup",
                    Kind::Constraint => "identity constraint",
                };
                self.wrong(spot, format!("The {what} '{shown}' has already been declared."));
            }
            return;
        }
        match kind {
            Kind::Type => {
                if self.global_types.contains_key(&name) {
                    return self.wrong(spot, format!("The type '{shown}' is built in."));
                }
                let Ok(id) = self.new_type(spot, Some(name.clone())) else { return };
                self.global_types.insert(name.clone(), id);
            }
            Kind::Element => {
                let Ok(id) = self.add_element(element::blank(name.clone()), spot) else { return };
                self.global_elements.insert(name.clone(), id);
            }
            _ => {}
        }
        self.named.push((kind, name.clone(), spot));
        self.globals.insert((kind, name), spot);
    }
}

//! Attributes and attribute groups.

use std::collections::{HashMap, HashSet};

use postern_dotnet::Text;
use postern_dotnet::xml::{XML_NAMESPACE, XName};

use super::{Kind, Read, Reader, Spot};
use crate::component::{AttributeUse, Given, TypeId};
use crate::limits;
use crate::simple::builtin::Builtin;
use crate::validate::message::qualified;
use crate::wildcard::{Namespaces, Process, Wildcard};

/// What a type says of attributes.
#[derive(Debug, Default)]
pub(super) struct Collected {
    pub(super) uses: Vec<AttributeUse>,
    pub(super) wildcard: Option<Wildcard>,
    pub(super) names: HashSet<XName>,
}

/// `xml:lang` and its kin, which schemas import without anything being there.
pub(super) fn xml_attributes(known: &mut HashMap<XName, AttributeUse>) {
    for (local, of) in
        [("lang", Builtin::Language), ("space", Builtin::NcName), ("base", Builtin::AnyUri), ("id", Builtin::Id)]
    {
        if let Ok(name) = XName::new(XML_NAMESPACE, local) {
            let declared = AttributeUse {
                name: name.clone(),
                of: TypeId::of(of),
                required: false,
                prohibited: false,
                given: None,
            };
            known.insert(name, declared);
        }
    }
}

impl Reader<'_> {
    pub(super) fn global_attribute(&mut self, name: &XName, spot: Spot) -> Read<AttributeUse> {
        if let Some(known) = self.global_attributes.get(name)
            && name.namespace() != XML_NAMESPACE
        {
            return Ok(known.clone());
        }
        let declared = AttributeUse {
            name: name.clone(),
            of: self.attribute_type(spot)?,
            required: false,
            prohibited: false,
            given: self.given(spot),
        };
        self.global_attributes.insert(name.clone(), declared.clone());
        Ok(declared)
    }

    fn attribute_type(&mut self, spot: Spot) -> Read<TypeId> {
        for child in self.children(spot) {
            if self.local(child) != "simpleType" {
                self.unsupported(child);
            }
        }
        self.type_of(spot, TypeId::of(Builtin::AnySimpleType))
    }

    /// Collects what the attributes, groups and wildcards inside an element say. Other children are not its business.
    pub(super) fn attributes(&mut self, spot: Spot, into: &mut Collected, depth: usize) -> Read<()> {
        if depth > limits::REFERENCE_DEPTH_MAX {
            return self.fail(spot, "Circular attribute group reference.");
        }
        for child in self.children(spot) {
            self.part(child)?;
            match self.local(child) {
                "attribute" => {
                    let attribute = self.attribute_use(child)?;
                    if !into.names.insert(attribute.name.clone()) {
                        let name = qualified(&attribute.name);
                        return self.fail(child, format!("The attribute '{name}' already exists."));
                    }
                    into.uses.push(attribute);
                }
                "attributeGroup" => {
                    let Some(name) = self.reference(child, "ref")? else {
                        return self.fail(child, "The required attribute 'ref' is missing.");
                    };
                    let Some(group) = self.global(child, Kind::AttributeGroup, &name) else {
                        let shown = qualified(&name);
                        return self.fail(child, format!("Reference to undeclared attribute group '{shown}'."));
                    };
                    self.attributes(group, into, depth + 1)?;
                }
                "anyAttribute" => {
                    let wildcard = self.wildcard(child)?;
                    into.wildcard = Some(match into.wildcard.take() {
                        None => wildcard,
                        Some(known) => {
                            Wildcard { namespaces: known.namespaces.intersection(&wildcard.namespaces), ..known }
                        }
                    });
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn attribute_use(&mut self, spot: Spot) -> Read<AttributeUse> {
        let kind = self.attribute(spot, "use").unwrap_or_default();
        if !matches!(kind.as_str(), "" | "optional" | "required" | "prohibited") {
            self.wrong(spot, format!("'{kind}' is an invalid value for the 'use' attribute."));
        }
        let mut attribute = match self.reference(spot, "ref")? {
            Some(name) => {
                let declared = match self.global(spot, Kind::Attribute, &name) {
                    Some(global) => self.global_attribute(&name, global)?,
                    None => match self.global_attributes.get(&name) {
                        Some(known) => known.clone(),
                        None => {
                            return self.fail(spot, format!("The '{}' attribute is not declared.", qualified(&name)));
                        }
                    },
                };
                let own = self.given(spot);
                AttributeUse { given: own.or(declared.given), ..declared }
            }
            None => {
                let is_qualified = match self.attribute(spot, "form").as_deref() {
                    Some("qualified") => true,
                    Some("unqualified") => false,
                    _ => self.schemas.get(spot.schema).is_some_and(|schema| schema.attributes_qualified),
                };
                let namespace = if is_qualified { self.target(spot) } else { Text::default() };
                let name = self.name_in(spot, &namespace)?;
                let of = self.attribute_type(spot)?;
                AttributeUse { name, of, required: false, prohibited: false, given: self.given(spot) }
            }
        };
        attribute.required = kind == "required";
        attribute.prohibited = kind == "prohibited";
        if matches!(attribute.given, Some(Given::Default(_))) && attribute.required {
            return self
                .fail(spot, "The 'use' attribute must be optional (or absent) if the default attribute is present.");
        }
        Ok(attribute)
    }

    /// `xs:any` or `xs:anyAttribute`
    pub(super) fn wildcard(&mut self, spot: Spot) -> Read<Wildcard> {
        let process = match self.attribute(spot, "processContents").as_deref() {
            None | Some("strict") => Process::Strict,
            Some("lax") => Process::Lax,
            Some("skip") => Process::Skip,
            Some(other) => {
                return self.fail(spot, format!("'{other}' is an invalid value for the 'processContents' attribute."));
            }
        };
        let namespaces = self.attribute(spot, "namespace").unwrap_or_default();
        let words: Vec<&str> = namespaces.split_ascii_whitespace().collect();
        let shown = if words.is_empty() { Text::new_static("##any") } else { Text::from(words.join(", ")) };
        Ok(Wildcard { namespaces: Namespaces::read(&namespaces, &self.target(spot)), process, shown })
    }
}

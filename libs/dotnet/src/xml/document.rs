//! What only documents have: declaration, document type, root.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use super::node::{Data, NodeKind, XNode};
use crate::{Exception, Text};

/// `XDeclaration`: a reference, as in .NET.
#[derive(Debug, Clone)]
pub struct XDeclaration(Rc<RefCell<Declaration>>);

/// The parts of an XML declaration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Declaration {
    /// `Version`
    pub version: Option<Text>,
    /// `Encoding`
    pub encoding: Option<Text>,
    /// `Standalone`
    pub standalone: Option<Text>,
}

impl XDeclaration {
    /// `new XDeclaration(version, encoding, standalone)`
    #[must_use]
    pub fn new(declaration: Declaration) -> XDeclaration {
        XDeclaration(Rc::new(RefCell::new(declaration)))
    }

    /// Its parts.
    #[must_use]
    pub fn parts(&self) -> Declaration {
        self.0.borrow().clone()
    }

    /// Changes its parts.
    pub fn set(&self, declaration: Declaration) {
        *self.0.borrow_mut() = declaration;
    }

    /// Whether both are the same declaration.
    #[must_use]
    pub fn is(&self, other: &XDeclaration) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    pub(super) fn copy(&self) -> XDeclaration {
        XDeclaration::new(self.parts())
    }
}

/// `ToString()`
impl fmt::Display for XDeclaration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = self.0.borrow();
        formatter.write_str("<?xml")?;
        for (name, value) in
            [("version", &parts.version), ("encoding", &parts.encoding), ("standalone", &parts.standalone)]
        {
            if let Some(value) = value {
                write!(formatter, " {name}=\"{value}\"")?;
            }
        }
        formatter.write_str("?>")
    }
}

/// The parts of a document type declaration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DocumentType {
    /// `Name`
    pub name: Text,
    /// `PublicId`
    pub public_id: Option<Text>,
    /// `SystemId`
    pub system_id: Option<Text>,
    /// `InternalSubset`
    pub internal_subset: Option<Text>,
}

impl DocumentType {
    /// `Name`
    ///
    /// # Errors
    /// `XmlException` for what is no name.
    pub fn set_name(&mut self, name: Text) -> Result<(), Exception> {
        // Unlike an element's, it may have colons.
        super::name::verify(&name.replace(':', "_"))?;
        self.name = name;
        Ok(())
    }
}

impl XNode {
    /// `XDocument.Root`
    #[must_use]
    pub fn root(&self) -> Option<XNode> {
        self.nodes().into_iter().find(XNode::is_element)
    }

    /// `XDocument.DocumentType`
    #[must_use]
    pub fn document_type_node(&self) -> Option<XNode> {
        self.nodes().into_iter().find(|node| node.kind() == NodeKind::DocumentType)
    }

    /// `XDocument.Declaration`
    #[must_use]
    pub fn declaration(&self) -> Option<XDeclaration> {
        match &self.node.data {
            Data::Document { declaration, .. } => declaration.borrow().clone(),
            _ => None,
        }
    }

    /// Sets `XDocument.Declaration`.
    pub fn set_declaration(&self, new: Option<XDeclaration>) {
        if let Data::Document { declaration, .. } = &self.node.data {
            *declaration.borrow_mut() = new;
        }
    }
}

//! Transformations.

mod builder;
mod functions;
mod instructions;
mod sort;
mod templates;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::super::chars;
use super::super::limits::{XSLT_DEPTH_FAR, XSLT_DEPTH_NEAR, XSLT_STACK_BYTES};
use super::super::name::{XML_NAMESPACE, XName};
use super::super::node::{NodeKind, XNode};
use super::super::read::{LoadOptions, Loading};
use super::super::xpath::{Axis, Budget, Context, Item, XPathValue, passes};
use super::exception;
use super::sheet::Stylesheet;
use crate::work::{Pace, Paced, in_one_go, unless, within};
use crate::{Exception, Text};
use builder::Builder;

/// Steps for an element whose white space may be removed.
const STRIPPED_STEPS: u64 = 10;

/// The result of a transformation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transformed {
    /// The result as text.
    pub text: String,
    /// `xml`, `html` or `text`.
    pub method: String,
    /// `media-type` of xsl:output.
    pub media_type: Option<String>,
}

/// Why there is no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Untransformed {
    /// The templates call each other so deeply that they need a stack of their own: [`Stylesheet::transform_deep`].
    Deep,
    /// There is none.
    Exception(Exception),
}

impl From<Exception> for Untransformed {
    fn from(exception: Exception) -> Untransformed {
        Untransformed::Exception(exception)
    }
}

impl Stylesheet {
    /// Transforms a document, here and now. Parameters are strings; those that the stylesheet does not declare are ignored.
    pub fn transform(self: &Arc<Self>, input: &str, parameters: &[(&str, &str)]) -> Result<Transformed, Exception> {
        let owned: Vec<_> = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let input = Text::new(input);
        match in_one_go(self.transforming(input.clone(), owned.clone())) {
            Ok(transformed) => Ok(transformed),
            Err(Untransformed::Exception(exception)) => Err(exception),
            Err(Untransformed::Deep) => self.transform_deep(&input, &owned, &AtomicBool::new(false)),
        }
    }

    /// The same, if so many steps of a turn are enough for it.
    pub fn transform_within(
        &self,
        steps: u64,
        input: &Text,
        parameters: &[(String, String)],
    ) -> Option<Result<Transformed, Untransformed>> {
        within(steps, |pace| self.run(pace, input, parameters, XSLT_DEPTH_NEAR))
    }

    /// The same in pieces, on the caller's stack.
    pub fn transforming(
        self: &Arc<Self>,
        input: Text,
        parameters: Vec<(String, String)>,
    ) -> Paced<Result<Transformed, Untransformed>> {
        let sheet = Arc::clone(self);
        Paced::new(|pace| async move { sheet.run(pace, &input, &parameters, XSLT_DEPTH_NEAR).await })
    }

    /// The same on a stack of its own, of [`XSLT_STACK_BYTES`], for which the caller waits: a worker must not. It ends soon after it was called off.
    pub fn transform_deep(
        &self,
        input: &Text,
        parameters: &[(String, String)],
        is_called_off: &AtomicBool,
    ) -> Result<Transformed, Exception> {
        let work = || unless(is_called_off, |pace| self.run(pace, input, parameters, XSLT_DEPTH_FAR));
        let done = std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().stack_size(XSLT_STACK_BYTES).spawn_scoped(scope, work);
            thread.ok().and_then(|thread| thread.join().ok().flatten())
        });
        match done {
            Some(Ok(transformed)) => Ok(transformed),
            Some(Err(Untransformed::Exception(exception))) => Err(exception),
            Some(Err(Untransformed::Deep)) | None => {
                Err(exception("The templates of the stylesheet call each other too deeply."))
            }
        }
    }

    async fn run(
        &self,
        pace: Pace,
        input: &Text,
        parameters: &[(String, String)],
        depth_max: usize,
    ) -> Result<Transformed, Untransformed> {
        let document = pace.run(Loading::document(input.clone(), LoadOptions::PreserveWhitespace)).await?;
        self.strip_space(&pace, &document).await?;
        let transformer = Transformer {
            sheet: self,
            source: Item::Node(document),
            budget: Budget::new(pace.clone()),
            globals: RefCell::default(),
            locals: RefCell::default(),
            base: Cell::new(0),
            keys: RefCell::default(),
            depth: Cell::new(0),
            depth_max,
            too_deep: Cell::new(false),
            parameters,
        };
        let mut out = Builder::result();
        let root = Focus { node: transformer.source.clone(), position: 1, size: 1 };
        let result = transformer.apply_rules(&root, None, &[], &mut out).await;
        if transformer.too_deep.get() {
            return Err(Untransformed::Deep);
        }
        result?;
        transformer.discard_keys().await;
        let result = out.finish();
        Ok(Transformed {
            text: self.output.write(&pace, &result).await?,
            method: self.output.method_for(&result).to_string(),
            media_type: self.output.media_type.as_ref().map(Text::to_string),
        })
    }

    /// Removes white space from the input as `xsl:strip-space` asks for.
    async fn strip_space(&self, pace: &Pace, document: &XNode) -> Result<(), Exception> {
        if self.spaces.is_empty() {
            return Ok(());
        }
        let space = XName::trusted(Text::new_static(XML_NAMESPACE), Text::new_static("space"));
        for element in document.descendants(None) {
            pace.take(STRIPPED_STEPS).await;
            let item = Item::Node(element.clone());
            let rules = self.spaces.iter().filter(|rule| passes(&rule.test, Axis::Child, &item));
            // The more specific test decides, of equal ones the last.
            let specific = |rule: &&super::sheet::SpaceRule| match rule.test {
                super::super::xpath::NodeTest::Any => 0,
                super::super::xpath::NodeTest::InNamespace(_) => 1,
                _ => 2,
            };
            let strips = rules.max_by_key(specific).is_some_and(|rule| rule.strips);
            if !strips || element.attribute(&space).is_some_and(|attribute| attribute.value() == "preserve") {
                continue;
            }
            for text in element.nodes() {
                if text.kind() == NodeKind::Text && chars::is_blank(&text.own_value().unwrap_or_default()) {
                    text.remove()?;
                }
            }
        }
        Ok(())
    }
}

/// The current node, and its place in the current list.
#[derive(Debug, Clone)]
struct Focus {
    node: Item,
    position: usize,
    size: usize,
}

/// The nodes of a key by value.
type KeyIndex = Rc<HashMap<Text, Vec<Item>>>;

enum Global {
    Pending,
    Value(XPathValue),
}

/// A transformation that is under way.
struct Transformer<'s> {
    sheet: &'s Stylesheet,
    source: Item,
    budget: Budget,
    globals: RefCell<HashMap<XName, Global>>,
    /// Variables of the templates that are under way; those of the current one begin at `base`.
    locals: RefCell<Vec<(XName, XPathValue)>>,
    base: Cell<usize>,
    keys: RefCell<HashMap<XName, Option<KeyIndex>>>,
    depth: Cell<usize>,
    depth_max: usize,
    too_deep: Cell<bool>,
    parameters: &'s [(String, String)],
}

impl Transformer<'_> {
    fn context(&self, focus: &Focus) -> Context<'_> {
        Context {
            node: focus.node.clone(),
            position: focus.position,
            size: focus.size,
            current: focus.node.clone(),
            environment: self,
            budget: &self.budget,
        }
    }
}

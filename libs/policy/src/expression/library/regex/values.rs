//! Patterns and results as values of the language.

use std::any::Any;
use std::rc::Rc;
use std::sync::{Arc, LazyLock};

use postern_dotnet::Text;
use postern_dotnet::regex::{Capture, Group, Match, Regex};

use crate::expression::library::fixed_list::FixedList;
use crate::expression::machine::{Machine, Thrown};
use crate::expression::object::Object;
use crate::expression::types::Type;
use crate::expression::value::Value;

macro_rules! values {
    ($($(#[$doc:meta])* $value:ident($inner:ty) $class:literal $text:expr;)*) => { $(
        $(#[$doc])*
        #[derive(Debug)]
        pub(super) struct $value(pub(super) $inner);

        impl Object for $value {
            fn of(&self) -> Type {
                static OF: LazyLock<Type> = LazyLock::new(|| Type::named($class));
                OF.clone()
            }

            fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
                self
            }

            fn to_text(&self, _machine: &mut Machine<'_>) -> Result<Text, Thrown> {
                let text: fn(&$inner) -> Text = $text;
                Ok(text(&self.0))
            }
        }
    )* };
}

values! {
    /// A Regex.
    RegexValue(Arc<Regex>) "System.Text.RegularExpressions.Regex" |regex| regex.pattern().clone();
    /// A Match.
    MatchValue(Match) "System.Text.RegularExpressions.Match" Match::value;
    /// A Group that is not a Match.
    GroupValue(Group) "System.Text.RegularExpressions.Group" Group::value;
    /// A Capture that is not a Group.
    CaptureValue(Capture) "System.Text.RegularExpressions.Capture" Capture::value;
}

/// The part of the input that a Match, Group or Capture stands for.
pub(super) fn capture_of(value: &Value) -> Option<Capture> {
    if let Some(found) = value.downcast_ref::<MatchValue>() {
        return Some(found.0.whole());
    }
    if let Some(group) = value.downcast_ref::<GroupValue>() {
        return Some(group.0.capture().clone());
    }
    value.downcast_ref::<CaptureValue>().map(|capture| capture.0.clone())
}

/// The group that a Match or Group is.
pub(super) fn group_of(value: &Value) -> Option<Group> {
    if let Some(found) = value.downcast_ref::<MatchValue>() {
        return Some(found.0.group(0));
    }
    value.downcast_ref::<GroupValue>().map(|group| group.0.clone())
}

/// A MatchCollection, GroupCollection or CaptureCollection; the match that a GroupCollection belongs to is its owner.
pub(super) type Collection = FixedList<Option<Match>>;

//! Texts that templates compute with.
//!
//! What must hold: a long text is not copied when it has been made, or when it was there before.

use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::rc::Rc;

use postern_dotnet::Text;

/// Bytes from which on a text is kept as it is; shorter ones are copied, which takes one piece of memory instead of two.
const LONG_BYTES: usize = 1024;

/// A text. Copies of it share it.
#[derive(Debug, Clone)]
pub(crate) enum Words {
    Short(Rc<str>),
    Long(Rc<Long>),
}

#[derive(Debug)]
pub(crate) enum Long {
    /// The template made it.
    Made(String),
    /// It was there before.
    Given(Text),
}

impl Deref for Words {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Words::Short(text) => text,
            Words::Long(long) => match &**long {
                Long::Made(text) => text,
                Long::Given(text) => text,
            },
        }
    }
}

impl PartialEq for Words {
    fn eq(&self, other: &Words) -> bool {
        **self == **other
    }
}

impl Eq for Words {}

impl Hash for Words {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl From<&str> for Words {
    fn from(text: &str) -> Words {
        Words::Short(text.into())
    }
}

impl From<Rc<str>> for Words {
    fn from(text: Rc<str>) -> Words {
        Words::Short(text)
    }
}

impl From<String> for Words {
    fn from(text: String) -> Words {
        if text.len() < LONG_BYTES { Words::Short(text.into()) } else { Words::Long(Rc::new(Long::Made(text))) }
    }
}

impl From<&Text> for Words {
    fn from(text: &Text) -> Words {
        if text.len() < LONG_BYTES {
            Words::Short(text.as_str().into())
        } else {
            Words::Long(Rc::new(Long::Given(text.clone())))
        }
    }
}

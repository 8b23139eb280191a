//! Values of enums.

use std::any::Any;
use std::cmp::Ordering;
use std::rc::Rc;
use std::sync::Arc;

use postern_dotnet::{Exception, Text};

use super::library::{self, ClassId};
use super::machine::{Machine, Thrown};
use super::object::Object;
use super::types::Type;
use super::value::Value;

/// A value of an enum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EnumValue {
    /// Which enum.
    pub class: ClassId,
    /// Its number.
    pub value: i64,
}

impl EnumValue {
    /// Its name, the names of its flags, or its number.
    #[must_use]
    pub fn text(self) -> Text {
        let class = library::get().class(self.class);
        let name = |value: i64| class.constants.iter().find(|(_, known)| *known == value).map(|(name, _)| *name);
        if let Some(name) = name(self.value) {
            return Text::kept(name, NAME_OF_ENUM);
        }
        if class.is_flags && self.value > 0 {
            let mut left = self.value;
            let mut names: Vec<&str> = Vec::new();
            for (name, value) in class.constants.iter().rev() {
                if *value != 0 && left & value == *value {
                    left &= !value;
                    names.push(name);
                }
            }
            if left == 0 {
                names.reverse();
                return Text::from(names.join(", "));
            }
        }
        Text::from(self.value.to_string())
    }
}

impl Object for EnumValue {
    fn of(&self) -> Type {
        Type::Class(self.class, Arc::default())
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn to_text(&self, _machine: &mut Machine<'_>) -> Result<Text, Thrown> {
        Ok(EnumValue::text(*self))
    }

    fn format(&self, format: &str) -> Option<Result<Text, Exception>> {
        Some(match format {
            "" | "G" | "g" | "F" | "f" => Ok(EnumValue::text(*self)),
            "D" | "d" => Ok(Text::from(self.value.to_string())),
            "X" | "x" => Ok(Text::from(format!("{:08X}", self.value))),
            _ => Err(Exception::format(
                "Format string can be only \"G\", \"g\", \"X\", \"x\", \"F\", \"f\", \"D\" or \"d\".",
            )),
        })
    }

    fn primitive(&self) -> Option<Value> {
        Some(i32::try_from(self.value).map_or(Value::Long(self.value), Value::Int))
    }

    fn equals(&self, other: &Value) -> bool {
        other.downcast_ref::<EnumValue>() == Some(self)
    }

    fn hash_code(&self) -> u64 {
        self.value.unsigned_abs()
    }

    fn compare(&self, other: &Value) -> Option<Ordering> {
        other
            .downcast_ref::<EnumValue>()
            .filter(|other| other.class == self.class)
            .map(|other| self.value.cmp(&other.value))
    }
}

/// Names of constants are objects that .NET keeps, but no literals.
const NAME_OF_ENUM: u16 = 1000;

/// Places for shared values: programs use a handful (`StringComparison.OrdinalIgnoreCase`).
const SHARED_MAX: usize = 64;

thread_local! {
    static SHARED: std::cell::RefCell<[Option<Rc<EnumValue>>; SHARED_MAX]> = const { std::cell::RefCell::new([const { None }; SHARED_MAX]) };
}

impl EnumValue {
    /// A value of an enum, without an allocation for values used before on this thread.
    #[must_use]
    pub fn shared(class: ClassId, value: i64) -> Value {
        let wanted = EnumValue { class, value };
        let place = value.unsigned_abs().wrapping_mul(7).wrapping_add(class.index() as u64);
        let place = usize::try_from(place % SHARED_MAX as u64).unwrap_or(0);
        let shared = SHARED.try_with(|shared| {
            let mut shared = shared.borrow_mut();
            match &shared[place] {
                Some(known) if **known == wanted => Rc::clone(known),
                _ => {
                    let made = Rc::new(wanted);
                    shared[place] = Some(Rc::clone(&made));
                    made
                }
            }
        });
        Value::Object(shared.unwrap_or_else(|_| Rc::new(wanted)))
    }
}

//! `StringComparison`, `StringComparer`, `StringSplitOptions` and `CultureInfo`.

use std::any::Any;
use std::rc::Rc;

use postern_dotnet::Exception;
use postern_dotnet::text::{StringComparison, compare, equals, to_upper};

use super::Library;
use super::string::order_in_turns;
use super::values::{hash, named_type};
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::object::Object;
use crate::expression::types::Type;
use crate::expression::value::Value;

/// Bytes of a text whose characters are mapped and compared in one step.
const CASED_BYTES_PER_STEP: usize = 4;

/// A `StringComparer`. Collections that take one ask it for [`equal`](Comparer::equal) and [`key`](Comparer::key).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Comparer(pub(crate) StringComparison);

impl Comparer {
    /// Whether two values are the same to it: texts as it compares them, anything else by content.
    pub(crate) fn equal(self, left: &Value, right: &Value) -> bool {
        match (left, right) {
            (Value::String(left), Value::String(right)) => equals(left, right, self.0),
            (left, right) => left.equals(right),
        }
    }

    /// Steps for comparing two values: texts are walked over character by character.
    pub(crate) fn comparing_steps(self, left: &Value, right: &Value) -> usize {
        match (left, right) {
            (Value::String(left), Value::String(right)) => 1 + left.len().min(right.len()) / CASED_BYTES_PER_STEP,
            (left, _) => left.comparing_steps(),
        }
    }

    /// Steps for making a key and hashing it.
    pub(crate) fn key_steps(self, value: &Value) -> usize {
        match value {
            Value::String(text) if self.0.ignores_case() => 1 + text.len() / CASED_BYTES_PER_STEP,
            value => value.hashing_steps(),
        }
    }

    /// A value that is equal for all texts that are the same to it, for hashing.
    pub(crate) fn key(self, value: &Value) -> Value {
        match value {
            Value::String(text) if self.0.ignores_case() => Value::from(&*to_upper(text)),
            other => other.clone(),
        }
    }
}

impl Object for Comparer {
    fn of(&self) -> Type {
        named_type!("System.StringComparer")
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn equals(&self, other: &Value) -> bool {
        other.downcast_ref::<Comparer>() == Some(self)
    }

    fn hash_code(&self) -> u64 {
        self.0 as u64
    }
}

/// The only culture there is.
struct Culture;

impl Object for Culture {
    fn of(&self) -> Type {
        named_type!("System.Globalization.CultureInfo")
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn to_text(&self, _machine: &mut crate::expression::machine::Machine<'_>) -> Result<postern_dotnet::Text, Thrown> {
        Ok(postern_dotnet::Text::default())
    }
}

pub(super) fn culture(_call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    Ok(Value::object(Culture))
}

macro_rules! comparers {
    ($builder:expr, $($name:ident)*) => {
        $builder $(.getter(concat!("static StringComparer ", stringify!($name)), |_| {
            Ok(Value::object(Comparer(StringComparison::$name)))
        }))*
    };
}

pub(super) fn declare(library: &mut Library) {
    library.enumeration(
        "System.StringComparison",
        &[
            ("CurrentCulture", 0),
            ("CurrentCultureIgnoreCase", 1),
            ("InvariantCulture", 2),
            ("InvariantCultureIgnoreCase", 3),
            ("Ordinal", 4),
            ("OrdinalIgnoreCase", 5),
        ],
    );
    let forms = [("FormC", 1), ("FormD", 2), ("FormKC", 5), ("FormKD", 6)];
    library.enumeration("System.Text.NormalizationForm", &forms);
    library.flags("System.StringSplitOptions", &[("None", 0), ("RemoveEmptyEntries", 1), ("TrimEntries", 2)]);
    declare_comparer(library);
    library
        .declare("class System.Globalization.CultureInfo")
        .constructor("(string name)", culture)
        .getter("static CultureInfo InvariantCulture", culture)
        .getter("static CultureInfo CurrentCulture", culture)
        .getter("static CultureInfo CurrentUICulture", culture)
        .getter("string Name", |_| Ok("".into()))
        .method("static CultureInfo GetCultureInfo(string name)", culture);
}

fn declare_comparer(library: &mut Library) {
    let builder =
        library.declare("class System.StringComparer : IEqualityComparer<string>, IComparer<string>, IComparer");
    comparers!(
        builder,
        CurrentCulture CurrentCultureIgnoreCase InvariantCulture InvariantCultureIgnoreCase Ordinal OrdinalIgnoreCase
    )
    .method("static StringComparer FromComparison(StringComparison comparisonType)", |call| {
        Ok(Value::object(Comparer(StringComparison::from_value(call.constant(0))?)))
    })
    .method("int Compare(string x, string y)", |call| {
        let by = call.this::<Comparer>()?.0;
        if let Some(order) = order_in_turns(call, [1, 2], by)? {
            return Ok(Value::Int(order));
        }
        let steps = Comparer(by).comparing_steps(call.argument(1), call.argument(2));
        call.machine.charge(steps)?;
        Ok(Value::Int(match (call.text(1), call.text(2)) {
            (Some(left), Some(right)) => compare(left, right, by),
            (left, right) => left.is_some().cmp(&right.is_some()) as i32,
        }))
    })
    .method("int Compare(object x, object y)", |call| {
        let by = call.this::<Comparer>()?.0;
        if let Some(order) = order_in_turns(call, [1, 2], by)? {
            return Ok(Value::Int(order));
        }
        let steps = Comparer(by).comparing_steps(call.argument(1), call.argument(2));
        call.machine.charge(steps)?;
        Ok(Value::Int(match (call.argument(1), call.argument(2)) {
            (Value::String(left), Value::String(right)) => compare(left, right, by),
            (Value::Null, right) => -i32::from(!right.is_null()),
            (_, Value::Null) => 1,
            (left, right) => super::compare::compare(left, right)? as i32,
        }))
    })
    .method("bool Equals(object x, object y)", are_equal)
    .method("int GetHashCode(object obj)", |call| {
        if call.argument(1).is_null() {
            return Err(Exception::argument_null("obj").into());
        }
        let comparer = call.this::<Comparer>()?;
        let steps = comparer.key_steps(call.argument(1));
        call.machine.charge(steps)?;
        Ok(hash(&comparer.key(call.argument(1))))
    })
    .method(
        "static bool IsWellKnownOrdinalComparer(IEqualityComparer<string> comparer, out bool ignoreCase)",
        is_ordinal,
    )
    .method("static StringComparer Create(CultureInfo culture, bool ignoreCase)", of_culture)
    .method("bool Equals(string x, string y)", are_equal)
    .method("int GetHashCode(string obj)", |call| {
        if call.argument(1).is_null() {
            return Err(Exception::argument_null("obj").into());
        }
        let comparer = call.this::<Comparer>()?;
        let steps = comparer.key_steps(call.argument(1));
        call.machine.charge(steps)?;
        Ok(hash(&comparer.key(call.argument(1))))
    });
}

fn are_equal(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let comparer = call.this::<Comparer>()?;
    if let Some(order) = order_in_turns(call, [1, 2], comparer.0)? {
        return Ok((order == 0).into());
    }
    let steps = comparer.comparing_steps(call.argument(1), call.argument(2));
    call.machine.charge(steps)?;
    Ok(comparer.equal(call.argument(1), call.argument(2)).into())
}

/// Whether an `IEqualityComparer<string>` compares unit by unit.
fn is_ordinal(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let comparison = call.argument(0).downcast_ref::<Comparer>().map(|comparer| comparer.0);
    // `EqualityComparer<string>.Default` is one, too.
    let is_default = !call.argument(0).is_null() && comparison.is_none();
    let ignores_case = comparison == Some(StringComparison::OrdinalIgnoreCase);
    call.set_out(1, ignores_case);
    Ok((is_default || ignores_case || comparison == Some(StringComparison::Ordinal)).into())
}

fn of_culture(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    if call.argument(0).is_null() {
        return Err(Exception::argument_null("culture").into());
    }
    let case =
        if call.bool(1) { StringComparison::InvariantCultureIgnoreCase } else { StringComparison::InvariantCulture };
    Ok(Value::object(Comparer(case)))
}

//! Collections through their natives. Expected values are those of .NET 8; the tables of `tests/csharp` have many more, from source text.

use super::super::testing::{call_typed, s};
use super::{DictionaryObject, ListObject};
use crate::expression::display;
use crate::expression::library::pair::PairValue;
use crate::expression::machine::{Host, Machine};
use crate::expression::types::Type;
use crate::expression::value::Value;
use crate::expression::{delegate::NativeDelegate, sequence};
use crate::testing::MemoryExchange;
use crate::variables::Variables;

const LIST: (&str, usize) = ("System.Collections.Generic.List", 1);
const DICTIONARY: (&str, usize) = ("System.Collections.Generic.Dictionary", 2);
const SET: (&str, usize) = ("System.Collections.Generic.HashSet", 1);

pub(crate) fn with_machine<T>(run: impl FnOnce(&mut Machine<'_>) -> T) -> T {
    let mut exchange = MemoryExchange::get("/");
    let mut variables = Variables::default();
    run(&mut Machine::new(Host { exchange: &mut exchange, variables: &mut variables, last_error: None }))
}

/// Any value as text, with the items of everything that can be walked over.
pub(crate) fn show(value: &Value) -> String {
    with_machine(|machine| show_with(machine, value))
}

fn show_with(machine: &mut Machine<'_>, value: &Value) -> String {
    if let Some(pair) = value.downcast_ref::<PairValue>() {
        return format!("{}: {}", show_with(machine, &pair.key), show_with(machine, &pair.value));
    }
    let Value::Object(_) = value else {
        return if value.is_null() { "null".to_owned() } else { display::to_text(value, machine).unwrap().to_string() };
    };
    let mut items = Vec::new();
    match sequence::enumerate(value) {
        Ok(mut walk) => loop {
            match walk.next(machine) {
                Ok(Some(item)) => items.push(show_with(machine, &item)),
                Ok(None) => return format!("[{}]", items.join(", ")),
                Err(thrown) => return message(&thrown),
            }
        },
        Err(_) => display::to_text(value, machine).unwrap().to_string(),
    }
}

pub(crate) fn message(thrown: &crate::expression::machine::Thrown) -> String {
    match thrown {
        crate::expression::machine::Thrown::Exception(exception) => format!("!{}", exception.message),
        crate::expression::machine::Thrown::Limit(limit) => format!("!{limit:?}"),
    }
}

pub(crate) fn ints(values: &[i32]) -> Value {
    Value::object(ListObject::new(Type::INT, values.iter().copied().map(Value::Int).collect()))
}

/// A function of one `int`.
pub(crate) fn function<R: Into<Value>>(run: impl Fn(i32) -> R + 'static) -> Value {
    NativeDelegate::value(Type::named("System.Action"), 1, move |_, arguments| {
        Ok(run(if let Some(Value::Int(value)) = arguments.first() { *value } else { 0 }).into())
    })
}

fn outcome(class: (&str, usize), signature: &str, types: &[Type], arguments: &[Value]) -> String {
    match call_typed(class, signature, types, arguments) {
        Ok(values) => values.iter().map(show).collect::<Vec<_>>().join(" "),
        Err(message) => format!("!{message}"),
    }
}

#[test]
fn lists_change_as_they_do_in_dotnet() {
    let odd = || function(|value| value % 2 == 1);
    let outside =
        "!Index was out of range. Must be non-negative and less than the size of the collection. (Parameter 'index')";
    let cases: &[(&str, Vec<Value>, &str, &str)] = &[
        ("void Add(T item)", vec![Value::Int(4)], "null", "[1, 2, 3, 4]"),
        ("void Insert(int index, T item)", vec![Value::Int(3), Value::Int(9)], "null", "[1, 2, 3, 9]"),
        (
            "void Insert(int index, T item)",
            vec![Value::Int(4), Value::Int(9)],
            "!Index must be within the bounds of the List. (Parameter 'index')",
            "[1, 2, 3]",
        ),
        ("void AddRange(IEnumerable<T> collection)", vec![ints(&[7, 8])], "null", "[1, 2, 3, 7, 8]"),
        (
            "void AddRange(IEnumerable<T> collection)",
            vec![Value::Null],
            "!Value cannot be null. (Parameter 'collection')",
            "[1, 2, 3]",
        ),
        ("bool Remove(T item)", vec![Value::Int(2)], "True", "[1, 3]"),
        ("void RemoveAt(int index)", vec![Value::Int(3)], outside, "[1, 2, 3]"),
        ("void RemoveAt(int index)", vec![Value::Int(-1)], outside, "[1, 2, 3]"),
        ("int RemoveAll(Predicate<T> match)", vec![odd()], "2", "[2]"),
        ("void Reverse()", vec![], "null", "[3, 2, 1]"),
        ("void Clear()", vec![], "null", "[]"),
        ("List<T> FindAll(Predicate<T> match)", vec![odd()], "[1, 3]", "[1, 2, 3]"),
        ("T FindLast(Predicate<T> match)", vec![odd()], "3", "[1, 2, 3]"),
        ("T Find(Predicate<T> match)", vec![function(|_| false)], "0", "[1, 2, 3]"),
        ("int BinarySearch(T item)", vec![Value::Int(0)], "-1", "[1, 2, 3]"),
        (
            "List<T> GetRange(int index, int count)",
            vec![Value::Int(2), Value::Int(2)],
            "!Offset and length were out of bounds for the array or count is greater than the number of elements from index to the end of the \
             source collection.",
            "[1, 2, 3]",
        ),
    ];
    for (signature, arguments, expected, after) in cases {
        let list = ints(&[1, 2, 3]);
        let arguments: Vec<Value> = std::iter::once(list.clone()).chain(arguments.iter().cloned()).collect();
        assert_eq!(outcome(LIST, signature, &[Type::INT], &arguments), *expected, "{signature}");
        assert_eq!(show(&list), *after, "{signature}");
    }
}

#[test]
fn a_comparison_that_contradicts_itself_still_sorts_all_items() {
    let comparison =
        NativeDelegate::value(Type::named("System.Action"), 2, |_, arguments| match (&arguments[0], &arguments[1]) {
            (Value::Int(left), Value::Int(right)) => Ok(Value::Int((left * 7919 + right * 104_729) % 3 - 1)),
            _ => Ok(Value::Int(0)),
        });
    let list = ints(&(0..1000).collect::<Vec<_>>());
    assert_eq!(outcome(LIST, "void Sort(Comparison<T> comparison)", &[Type::INT], &[list.clone(), comparison]), "null");
    let mut sorted = with_machine(|machine| sequence::collect(&list, machine)).unwrap();
    sorted.sort_by_key(|value| if let Value::Int(value) = value { *value } else { -1 });
    assert_eq!(
        show(&ints(&(0..1000).collect::<Vec<_>>())),
        format!("[{}]", { sorted.iter().map(show).collect::<Vec<_>>().join(", ") })
    );
}

#[test]
fn dictionaries_say_what_is_wrong_with_a_key() {
    let types = [Type::String, Type::INT];
    let dictionary = Value::object(DictionaryObject::new(types.clone(), super::equality::Equality::default()));
    let run = |signature: &str, arguments: &[Value]| {
        let arguments: Vec<Value> = std::iter::once(dictionary.clone()).chain(arguments.iter().cloned()).collect();
        outcome(DICTIONARY, signature, &types, &arguments)
    };
    let add = "void Add(TKey key, TValue value)";
    assert_eq!(run(add, &[s("a"), Value::Int(1)]), "null");
    assert_eq!(run(add, &[s("a"), Value::Int(2)]), "!An item with the same key has already been added. Key: a");
    assert_eq!(run(add, &[Value::Null, Value::Int(2)]), "!Value cannot be null. (Parameter 'key')");
    assert_eq!(run("bool TryAdd(TKey key, TValue value)", &[s("a"), Value::Int(2)]), "False");
    assert_eq!(run("bool TryGetValue(TKey key, out TValue value)", &[s("a"), Value::Null]), "True 1");
    assert_eq!(run("bool TryGetValue(TKey key, out TValue value)", &[s("b"), Value::Null]), "False 0");
    let missing = call_typed(DICTIONARY, "TValue this[TKey key]", &types, &[dictionary.clone(), s("x")]);
    assert_eq!(missing.unwrap_err(), "The given key 'x' was not present in the dictionary.");
    assert_eq!(run("bool Remove(TKey key)", &[s("a")]), "True");
    assert_eq!(show(&dictionary), "[]");
}

#[test]
fn a_walk_ends_when_its_collection_grows_and_goes_on_when_a_key_is_removed() {
    let list = ints(&[1]);
    let changed = with_machine(|machine| {
        let mut walk = sequence::enumerate(&list).unwrap();
        walk.next(machine).unwrap();
        list.downcast_ref::<ListObject>().unwrap().push(machine, Value::Int(2)).unwrap();
        message(&walk.next(machine).unwrap_err())
    });
    assert_eq!(changed, "!Collection was modified; enumeration operation may not execute.");
    let dictionary = DictionaryObject::new([Type::INT, Type::INT], super::equality::Equality::default());
    let dictionary = Value::object(dictionary);
    with_machine(|machine| {
        let object = dictionary.downcast_ref::<DictionaryObject>().unwrap();
        for key in 0..3 {
            object.add(machine, &Value::Int(key), Value::Null).unwrap();
        }
        let mut walk = sequence::enumerate(&dictionary).unwrap();
        walk.next(machine).unwrap();
        object.table.borrow_mut().remove(&Value::Int(1));
        assert_eq!(show(&walk.next(machine).unwrap().unwrap()), "2: null");
        object.put(machine, &Value::Int(2), Value::Int(5)).unwrap();
        assert!(walk.next(machine).unwrap().is_none());
        object.add(machine, &Value::Int(9), Value::Null).unwrap();
        assert_eq!(show(&dictionary), "[0: null, 9: null, 2: 5]");
    });
}

#[test]
fn sets_and_interfaces_reach_the_same_objects() {
    let comparer = call_typed(("System.StringComparer", 0), "static StringComparer OrdinalIgnoreCase", &[], &[]);
    let comparer = comparer.unwrap().remove(0);
    let items = Value::object(crate::expression::array::Array::texts(["a", "A", "b"]));
    let set = call_typed(
        SET,
        "(IEnumerable<T> collection, IEqualityComparer<T> comparer)",
        &[Type::String],
        &[items.clone(), comparer],
    );
    let set = set.unwrap().remove(0);
    assert_eq!(show(&set), "[a, b]");
    let collection = ("System.Collections.Generic.ICollection", 1);
    let types = [Type::String];
    assert_eq!(outcome(collection, "bool Contains(T item)", &types, &[set.clone(), s("B")]), "True");
    assert_eq!(outcome(collection, "void Add(T item)", &types, &[set.clone(), s("c")]), "null");
    assert_eq!(outcome(collection, "int Count", &types, &[set]), "3");
    assert_eq!(outcome(collection, "void Add(T item)", &types, &[items, s("c")]), "!Collection was of a fixed size.");
}

#[test]
fn a_list_in_a_list_many_times_is_dropped_on_a_small_stack() {
    let thread = std::thread::Builder::new().stack_size(256 * 1024).spawn(|| {
        let mut value = Value::Null;
        for _ in 0..100_000 {
            value = Value::object(ListObject::new(Type::Object, vec![value]));
        }
        drop(value);
    });
    thread.unwrap().join().unwrap();
}
